//! Relations of a service mesh: what Envoy, istiod and Istio's own tools say.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::nodes::END;

relations! {
    /// A cluster (a named set of upstream endpoints) that an Envoy knows, from `config_dump` or `clusters`.
    envoy_cluster: Attributed, key ["namespace", "pod", "name"],
    capture "the configuration of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET config_dump",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// Its name, such as `outbound|9080|v1|details.default.svc.cluster.local` or `xds-grpc`.
        name: Text,
        /// How its endpoints are found: `EDS`, `STATIC`, `STRICT_DNS`, `LOGICAL_DNS`, `ORIGINAL_DST`.
        discovery: Text,
        /// `inbound` or `outbound`; absent if Istio did not name it.
        direction: Text,
        /// The Service's port in its name; absent if Istio did not name it.
        service_port: Int,
        /// The subset of a DestinationRule in its name; absent if there is none.
        subset: Text,
        /// The host in its name; absent if there is none.
        host: Text,
        /// The Service of a host `<service>.<namespace>.svc.…`; absent for any other host.
        service: Text,
        /// The namespace of that Service; absent for any other host.
        service_namespace: Text,
        /// Whether it waits for its first endpoints or certificates and takes no traffic yet.
        warming: Bool,
    }

    /// An endpoint of a cluster, from `clusters`, or from `config_dump` (of EDS clusters only with `include_eds`).
    envoy_endpoint: Attributed, key ["namespace", "pod", "cluster", "address", "port"],
    capture "the endpoints that the sidecar knows", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET clusters",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// The cluster that it belongs to.
        cluster: Text,
        /// Its address; a name for a DNS cluster of `config_dump`.
        address: Address,
        /// Its port; absent for a pipe or an internal listener.
        port: Int,
        /// Whether it may be chosen: no health flag but `healthy`, or EDS says `HEALTHY` or `UNKNOWN`.
        healthy: Bool,
        /// Envoy's flags as shown, such as `healthy` or `/failed_outlier_check/failed_active_hc`, or the
        /// health status of EDS in lower case.
        health_flags: Text,
        /// Connections that failed since Envoy started.
        connect_failures: Int,
        /// Requests that timed out since Envoy started.
        request_timeouts: Int,
    }

    /// A listener of an Envoy, from `config_dump` or `listeners`.
    envoy_listener: Attributed, key ["namespace", "pod", "name"],
    capture "the listeners of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET listeners",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// Its name, such as `virtualInbound` or `0.0.0.0_8080`.
        name: Text,
        /// Its address; absent for a pipe or an internal listener.
        address: Address,
        /// Its port; absent for a pipe or an internal listener.
        port: Int,
        /// `active`, `warming`, `draining`, or `none` if no version of it was ever accepted.
        state: Text,
    }

    /// An update of configuration that an Envoy rejected, from `config_dump` (`error_state`).
    envoy_error: Attributed, key [],
    capture "the configuration of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET config_dump",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// What was rejected: `listener`, `cluster`, `route`, `endpoint` or `secret`.
        kind: Text,
        /// Its name.
        name: Text,
        /// Envoy's reason.
        details: Text,
        /// When it was tried last.
        attempted: Time,
    }

    /// A secret that an Envoy asked for, from `config_dump`; keys and certificates are not read.
    envoy_secret: Attributed, key ["namespace", "pod", "name"],
    capture "the configuration of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET config_dump",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// Its name, such as `default` or `ROOTCA`.
        name: Text,
        /// `active`, or `warming` while it has not arrived.
        state: Text,
    }

    /// An Envoy process, from `server_info`.
    envoy_server: Attributed, key ["namespace", "pod"],
    capture "the state of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET server_info",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// `LIVE`, `DRAINING`, `PRE_INITIALIZING` or `INITIALIZING`.
        state: Text,
        /// Envoy's version.
        version: Version,
        /// Istio's version, as the proxy was started with; absent if it names none.
        istio_version: Version,
        /// Time since it started.
        uptime: Duration,
    }

    /// A certificate that an Envoy holds, from `certs`.
    envoy_certificate: Attributed, key [],
    capture "the certificates of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET certs",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// `ca` for one that others are checked by, `chain` for its own.
        kind: Text,
        /// Its file, or `<inline>`.
        path: Text,
        /// Its serial number, in hexadecimal digits.
        serial: Text,
        /// Its subject alternative names, parted by blanks; absent if it has none.
        sans: Text,
        /// Days until it expires, as Envoy counted them; 0 also for one that has expired.
        days_until_expiration: Int,
        /// From when on it is valid.
        valid_from: Time,
        /// When it expires.
        expires: Time,
    }

    /// A counter or gauge of an Envoy, from `stats` or `stats/prometheus`. Only those are read that tell of
    /// updates, failures and health; those of single clusters that are 0 are left out, but for
    /// `membership_…`.
    envoy_stat: Attributed, key ["namespace", "pod", "name", "cluster"],
    capture "the statistics of the sidecar", "kubectl -n {namespace} exec {pod} -c istio-proxy -- pilot-agent request GET stats",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose Envoy it is.
        pod: Text,
        /// Its name in Envoy's dotted notation, without a cluster's name: `listener_manager.lds.update_rejected`,
        /// `upstream_cx_connect_fail`.
        name: Text,
        /// The cluster that it is about; absent if it is about all of Envoy.
        cluster: Text,
        /// Its value.
        value: Int,
    }

    /// A proxy as istiod sees it, from `istioctl proxy-status` or `/debug/syncz`. The states are `SYNCED`,
    /// `STALE`, `NOT SENT`, `NEVER ACKED`, `ERROR`, `IGNORED` (not asked for) or `SUBSCRIBED` (asked for; newer
    /// tables say no more).
    proxy_sync: Read, key ["namespace", "pod", "istiod"],
    capture "istiod's view of its proxies", "istioctl proxy-status",
    {
        /// Namespace of the proxy's pod.
        namespace: Text,
        /// The proxy's pod.
        pod: Text,
        /// The mesh's name for its Kubernetes cluster.
        cluster: Text,
        /// State of its clusters.
        cds: Text,
        /// State of its listeners.
        lds: Text,
        /// State of its endpoints.
        eds: Text,
        /// State of its routes.
        rds: Text,
        /// The istiod that serves it.
        istiod: Text,
        /// The proxy's Istio version.
        version: Version,
    }

    /// A host that istiod knows, from `/debug/registryz`; one row for each port.
    mesh_service: Read, key [],
    capture "istiod's registry", "kubectl -n istio-system exec deploy/istiod -- pilot-discovery request GET /debug/registryz",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// The host that clients ask for.
        host: Text,
        /// `Kubernetes` or `External` (a ServiceEntry), or another registry.
        registry: Text,
        /// Its virtual address; absent if it has none.
        address: Address,
        /// The port; absent if it has none.
        port: Int,
        /// The protocol that Istio takes the port for, such as `HTTP` or `TCP`.
        protocol: Text,
    }

    /// An endpoint that istiod knows, from `/debug/endpointz`.
    mesh_endpoint: Read, key [],
    capture "istiod's endpoints", "kubectl -n istio-system exec deploy/istiod -- pilot-discovery request GET /debug/endpointz",
    {
        /// The Service's namespace; absent if the host names none.
        namespace: Text,
        /// The host that clients ask for.
        host: Text,
        /// The name of the Service's port.
        port_name: Text,
        /// The endpoint's address.
        address: Address,
        /// The endpoint's port.
        port: Int,
        /// `healthy`, `unhealthy`, `draining` or `terminating`.
        health: Text,
    }

    /// A message of `istioctl analyze`.
    analysis_message: Read, key [],
    capture "what Istio's analyzers find", "istioctl analyze -A",
    {
        /// Its code, such as `IST0101`.
        code: Text,
        /// Its name, such as `ReferencedResourceNotFound`; only in JSON and before Istio 1.10.
        title: Text,
        /// `Error`, `Warning` or `Info`.
        level: Text,
        /// Kind of the object that it is about; absent if it is about none.
        kind: Text,
        /// The object's namespace; absent if it has none.
        namespace: Text,
        /// The object's name; absent if it is about none.
        name: Text,
        /// Its text.
        message: Text,
    }

    /// That Istio injected a sidecar into a pod, from the annotation `sidecar.istio.io/status`.
    sidecar_injection: Read, key ["namespace", "pod"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The control plane's revision that injected it; absent before Istio 1.6.
        revision: Text,
        /// The containers that were added, parted by blanks.
        containers: Text,
        /// The init containers that were added, parted by blanks; absent with the CNI plug-in.
        init_containers: Text,
    }
}
