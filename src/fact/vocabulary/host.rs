//! Relations of what is set up on a node and around it: certificates, the kubelet's configuration, disks,
//! memory, mounts, clocks, containers, addresses, routes.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::metrics::END;

/// How many relations are declared up to here.
pub(super) const END: u16 = BASE + COUNT;

relations! {
    /// A certificate (X.509), from a file, from a Secret, or as `openssl x509` describes it. Keys are never
    /// read.
    certificate: Read, key [],
    capture "the certificate, without its key", "openssl x509 -noout -text -in {file}",
    {
        /// Namespace of the Secret; absent if it is none's.
        namespace: Text,
        /// The Secret that holds it; absent if none does.
        secret: Text,
        /// The key of the Secret below which it stands, such as `tls.crt`; absent if it is none's.
        key: Text,
        /// The pod in which it was looked at; absent if it was a node, or a Secret.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod, or a Secret.
        node: Text,
        /// Its file, such as `/etc/kubernetes/pki/apiserver.crt`, as far as the command names it,
        /// otherwise the name of the captured file, or the one that kubeadm has for it; absent if it is
        /// a Secret's.
        file: Text,
        /// Which one it is in its file or key, counted from 1: a server's own comes first, the others
        /// vouch for the one before.
        position: Int,
        /// Whom it is for, as in RFC 4514: `CN=system:node:n1,O=system:nodes`.
        subject: Text,
        /// Who signed it, in the same notation.
        issuer: Text,
        /// Its serial number, in hexadecimal digits without colons.
        serial: Text,
        /// When it begins to hold.
        not_before: Time,
        /// When it expires; absent if it never does.
        not_after: Time,
        /// The DNS names, addresses and URIs that it is for, parted by commas; absent if it names none.
        names: Text,
        /// Whether it may sign others.
        is_ca: Bool,
        /// Whether it names itself as its issuer, as roots do.
        self_signed: Bool,
    }

    /// A setting of a kubelet, once for each scalar in its configuration.
    kubelet_setting: Attributed, key [],
    capture "the kubelet's configuration", "kubectl get --raw /api/v1/nodes/{node}/proxy/configz",
    {
        /// The node; absent if it is the configuration that kubeadm gives to all.
        node: Text,
        /// Where it stands, parted by dots: `cgroupDriver`, `clusterDNS`, `evictionHard.memory.available`.
        /// Of a list there is a row for each entry.
        key: Text,
        /// Its value. In a file settings that are left at their defaults are not shown.
        value: Text,
    }

    /// A cluster in a kubeconfig: how a kubelet, kube-proxy or kubectl reaches the API server. Tokens, keys
    /// and passwords are never read.
    kubeconfig_cluster: Attributed, key [],
    capture "the kubeconfig, without its credentials", "kubectl config view --kubeconfig {file}",
    {
        /// Namespace of the ConfigMap or the pod; absent if it is a node's file.
        namespace: Text,
        /// The ConfigMap that holds it, such as `kube-proxy` or `cluster-info`; absent if it is a file.
        config_map: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// Its file, such as `/etc/kubernetes/kubelet.conf`, as far as the command names it, otherwise
        /// the name of the captured file; absent if it is a ConfigMap's.
        file: Text,
        /// What the cluster is called there; may be empty.
        name: Text,
        /// The URL of the API server, as it is written.
        server: Text,
        /// The name or address in that URL.
        host: Address,
        /// The port in that URL, or the one that its scheme means.
        port: Int,
        /// The name that the server's certificate is checked for, if it is not the host; absent if it is.
        tls_server_name: Text,
        /// Whether the server's certificate is not checked at all.
        insecure: Bool,
        /// The file of the certificate authority; absent if its certificate stands in the kubeconfig, or
        /// nowhere.
        ca_file: Text,
        /// Whether the current context is of this cluster.
        current: Bool,
    }

    /// A plugin of CoreDNS, for each zone of its server block.
    corefile_plugin: Read, key [],
    capture "the configuration of CoreDNS", "kubectl -n {namespace} get configmap {config_map} -o yaml",
    {
        /// Namespace of the ConfigMap; absent if it is a file.
        namespace: Text,
        /// The ConfigMap that holds the Corefile; absent if it is a file.
        config_map: Text,
        /// The zone, without a dot at its end; `.` for all.
        zone: Text,
        /// The port.
        port: Int,
        /// The plugin, such as `kubernetes`, `forward`, `hosts` or `import`.
        plugin: Text,
        /// What stands behind its name, parted by single blanks; absent if nothing.
        arguments: Text,
        /// The lines of its block, parted by `; `; absent if it has none.
        options: Text,
        /// Which one it is in its server block, counted from 1. The order in which plugins work is another.
        position: Int,
    }
}
