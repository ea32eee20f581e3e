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

    /// How full a file system is.
    filesystem_usage: Attributed, key ["pod", "node", "mount"],
    capture "how full the file systems are", "df -k; df -i",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The device or the source, such as `/dev/sda1`, `overlay`, `tmpfs`.
        device: Text,
        /// Where it is mounted.
        mount: Text,
        /// Its type, such as `ext4`.
        r#type: Text,
        /// How large it is.
        size: Quantity,
        /// How much is used.
        used: Quantity,
        /// How much is free for those who are not root.
        available: Quantity,
        /// How much of it is used, in hundredths; absent if it has no size.
        percent: Int,
        /// How many inodes it has.
        inodes: Int,
        /// How many of them are free.
        inodes_free: Int,
        /// How many of them are used, in hundredths; absent if it counts none.
        inodes_percent: Int,
    }

    /// How much memory or swap there is, and how much of it is used.
    memory_usage: Attributed, key [],
    capture "the use of memory", "free -b",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// `memory` or `swap`.
        kind: Text,
        /// How much there is; no swap is `0`.
        total: Quantity,
        /// How much is used.
        used: Quantity,
        /// How much is used for nothing at all.
        free: Quantity,
        /// How much processes can have without swapping; absent for swap.
        available: Quantity,
    }

    /// A file system that is mounted.
    mount: Attributed, key [],
    capture "the mounts", "cat /proc/mounts",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The device or the source, such as `/dev/sda1`, `overlay`, `10.0.0.7:/export`.
        device: Text,
        /// Where it is mounted.
        mount: Text,
        /// Its type, such as `ext4`, `xfs`, `nfs4`, `cgroup2`.
        r#type: Text,
        /// Its options, parted by commas, such as `ro,relatime`.
        options: Text,
    }

    /// Whether a clock is kept right, from `timedatectl` or `chronyc tracking`.
    clock_sync: Attributed, key [],
    capture "whether the clock is kept right", "timedatectl; chronyc tracking",
    {
        /// The node.
        node: Text,
        /// Whether the clock is synchronized.
        synchronized: Bool,
        /// Whether a service is to keep it right, as `timedatectl` says.
        service: Bool,
        /// The server that it follows; absent if none.
        source: Text,
        /// How many steps that is away from a clock of reference; 0 if there is none.
        stratum: Int,
        /// How far the clock is off, in either direction.
        offset: Duration,
    }

    /// A container as the container runtime knows it.
    runtime_container: Attributed, key ["node", "id"],
    capture "the containers of the runtime", "crictl ps -a",
    {
        /// The node.
        node: Text,
        /// Its id, which may be shortened.
        id: Text,
        /// Its image: a name, or the beginning of a digest.
        image: Text,
        /// How long ago it was created, as of the capture.
        age: Duration,
        /// `Running`, `Exited`, `Created` or `Unknown`.
        state: Text,
        /// Its name in the pod.
        name: Text,
        /// How often it was started before.
        attempt: Int,
        /// The sandbox of its pod: the `id` of `runtime_pod`, which may be shortened.
        sandbox: Text,
        /// Its pod; unknown to older versions of crictl.
        pod_name: Text,
        /// Namespace of its pod; unknown to older versions of crictl.
        pod_namespace: Text,
    }

    /// The sandbox of a pod as the container runtime knows it.
    runtime_pod: Attributed, key ["node", "id"],
    capture "the sandboxes of the runtime", "crictl pods",
    {
        /// The node.
        node: Text,
        /// Its id, which may be shortened.
        id: Text,
        /// How long ago it was created, as of the capture.
        age: Duration,
        /// `Ready` or `NotReady`.
        state: Text,
        /// The pod.
        pod_name: Text,
        /// Its namespace.
        pod_namespace: Text,
        /// How often its sandbox was made before.
        attempt: Int,
    }

    /// An image that a node has.
    runtime_image: Attributed, key [],
    capture "the images of the runtime", "crictl images",
    {
        /// The node.
        node: Text,
        /// Its name with the registry, without a tag; absent if it has none any more.
        image: Text,
        /// Its tag; absent if it has none.
        tag: Text,
        /// Its id, which may be shortened.
        id: Text,
        /// How large it is.
        size: Quantity,
    }

    /// An address of a network interface; an interface without one has a row with an absent address.
    interface_address: Attributed, key [],
    capture "the network interfaces", "ip addr",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The interface, such as `eth0`, without the end behind `@`.
        interface: Text,
        /// The address.
        address: Address,
        /// How many bits of it are those of the network.
        prefix: Int,
        /// `global`, `link` or `host`.
        scope: Text,
        /// The largest packet, in bytes.
        mtu: Int,
        /// `UP`, `DOWN` or `UNKNOWN`.
        state: Text,
        /// Whether there is a carrier: a cable, or another end.
        carrier: Bool,
    }

    /// A route.
    route: Attributed, key [],
    capture "the routes", "ip route show table all",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// `unicast`, `local`, `broadcast`, `multicast`, `blackhole`, `unreachable`, `prohibit` or `throw`.
        r#type: Text,
        /// Where to, as a CIDR; `0.0.0.0/0` or `::/0` for the default route.
        destination: Address,
        /// The next hop; absent if it is on the link.
        gateway: Address,
        /// The interface; absent if nothing is sent.
        interface: Text,
        /// Who made it, such as `kernel`, `dhcp`, `bird`; absent if nobody says.
        protocol: Text,
        /// The address that packets are sent from; absent if it is left to the kernel.
        source: Address,
        /// The lower one wins; absent stands for 0, or for 1024 in IPv6.
        metric: Int,
        /// The table that it stands in, `main` unless stated.
        table: Text,
    }

    /// A rule that says which table of routes is asked.
    route_rule: Attributed, key [],
    capture "the rules of routing", "ip rule",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The lower one is asked first.
        priority: Int,
        /// The senders that it is for, as a CIDR; absent for any.
        source: Address,
        /// The receivers that it is for, as a CIDR; absent for any.
        destination: Address,
        /// The mark that it is for, such as `0x200/0xf00`; absent for any.
        mark: Text,
        /// The table; absent if it looks up none.
        table: Text,
        /// The rule in full.
        text: Text,
    }

    /// A neighbour on the link, as ARP or neighbour discovery found it.
    neighbour: Attributed, key [],
    capture "the neighbours on the link", "ip neigh",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// Its address.
        address: Address,
        /// The interface that it is behind.
        interface: Text,
        /// Its hardware address; absent if it did not answer.
        mac: Text,
        /// `REACHABLE`, `STALE`, `DELAY`, `PROBE`, `FAILED`, `INCOMPLETE`, `PERMANENT` or `NOARP`.
        state: Text,
    }

    /// A plugin in the configuration of a container network interface (CNI).
    cni_plugin: Attributed, key [],
    capture "the CNI configuration", "cat /etc/cni/net.d/*",
    {
        /// The node.
        node: Text,
        /// Its file, such as `10-calico.conflist`, as far as it is known. The kubelet's runtime takes
        /// the first in the order of names.
        file: Text,
        /// The name of the network.
        network: Text,
        /// The version of the specification that it is written for; absent if it states none.
        version: Text,
        /// The plugin, such as `calico`, `portmap`, `bandwidth`: the name of a program in `/opt/cni/bin`.
        r#type: Text,
        /// Which one it is, counted from 1.
        position: Int,
        /// The largest packet, in bytes; absent if it states none.
        mtu: Int,
        /// Who gives out addresses, such as `host-local`, `calico-ipam`; absent if nobody does.
        ipam: Text,
        /// The addresses that are given out, as CIDRs parted by commas; absent if it states none.
        subnets: Text,
        /// The kubeconfig that it uses; absent if none.
        kubeconfig: Text,
    }
}
