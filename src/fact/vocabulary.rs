//! The relations that captures fill: each declared once, for its readers, for `kube`, and for rules.
//!
//! A relation `pod` is a module `pod` here; its columns are constants that index a row's cells.

use std::borrow::Cow;

use super::{Column, Filling, Relation, RelationId, Type};

macro_rules! relations {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $filling:ident,
        key [$($key:literal),*],
        capture $capture:literal, $command:literal,
        { $( $(#[doc = $column_doc:literal])+ $column:ident: $type:ident ),+ $(,)? }
    )+) => {
        #[expect(non_camel_case_types, reason = "a relation is called as in rules")]
        enum Ids { $($name),+ }

        $(
            $(#[doc = $doc])+
            pub mod $name {
                use super::*;

                #[expect(non_camel_case_types, reason = "a column is called as in rules")]
                enum Index { $($column),+ }

                /// The relation's id.
                pub const ID: RelationId = RelationId(Ids::$name as u16);

                $(
                    $(#[doc = $column_doc])+
                    #[expect(non_upper_case_globals, reason = "a column is called as in rules")]
                    pub const $column: usize = Index::$column as usize;
                )+

                /// How many columns there are.
                pub const WIDTH: usize = COLUMNS.len();

                static COLUMNS: &[Column] = &[$(Column {
                    name: Cow::Borrowed(stringify!($column)),
                    as_type: Type::$type,
                    doc: Cow::Borrowed(concat!($($column_doc),+).trim_ascii()),
                }),+];

                /// The declaration.
                pub static RELATION: Relation = Relation {
                    name: Cow::Borrowed(stringify!($name)),
                    doc: Cow::Borrowed(concat!($($doc),+).trim_ascii()),
                    columns: Cow::Borrowed(COLUMNS),
                    key: &[$($key),*],
                    capture: Cow::Borrowed($capture),
                    command: Cow::Borrowed($command),
                    filling: Filling::$filling,
                };
            }
        )+

        /// All relations that readers fill, in the order of their ids.
        pub static ALL: &[&Relation] = &[$(&$name::RELATION),+];
    };
}

relations! {
    /// A pod, from YAML, JSON, a `kubectl get pods` table or `kubectl describe`.
    pod: Read, key ["namespace", "name"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// Name of the pod.
        name: Text,
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        phase: Text,
        /// The STATUS that kubectl shows, such as `CrashLoopBackOff`.
        status: Text,
        /// Containers that are ready.
        ready: Int,
        /// Containers that the READY column counts.
        containers: Int,
        /// Restarts of all containers together.
        restarts: Int,
        /// The node it was assigned to; absent while it waits for one.
        node: Text,
        /// The pod's own address.
        address: Address,
        /// Whether it lives in the node's network namespace.
        host_network: Bool,
        /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.
        dns_policy: Text,
        /// The service account that it runs as.
        service_account: Text,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it was created.
        created: Time,
    }

    /// A container of a pod, init containers included.
    container: Read, key ["namespace", "pod", "name"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// Name of the container.
        name: Text,
        /// Its image, as the specification names it.
        image: Text,
        /// Whether it is an init container.
        init: Bool,
        /// Whether it is ready.
        ready: Bool,
        /// How often it was restarted.
        restarts: Int,
        /// `running`, `waiting` or `terminated`.
        state: Text,
        /// Why it waits or was terminated; absent while it runs.
        reason: Text,
        /// Exit code of the present termination; absent otherwise.
        exit_code: Int,
        /// Why its last run ended; absent if there was none.
        last_reason: Text,
        /// Exit code of its last run; absent if there was none.
        last_exit_code: Int,
    }

    /// A probe that a container declares.
    probe: Read, key ["namespace", "pod", "container", "kind"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// `readiness`, `liveness` or `startup`.
        kind: Text,
        /// `http`, `tcp`, `grpc` or `exec`.
        protocol: Text,
        /// The port's number, also where the probe names it; absent for `exec`.
        port: Int,
        /// The path of an HTTP probe.
        path: Text,
    }

    /// A port that a container declares.
    container_port: Read, key ["namespace", "pod", "container", "port", "protocol"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// The port's name; absent if it has none.
        name: Text,
        /// The port's number.
        port: Int,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: Text,
    }

    /// A label of a pod.
    pod_label: Read, key ["namespace", "pod", "key"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The label's key.
        key: Text,
        /// The label's value.
        value: Text,
    }

    /// A label of a namespace.
    namespace_label: Read, key ["namespace", "key"],
    capture "the namespaces", "kubectl get namespaces -o yaml",
    {
        /// The namespace.
        namespace: Text,
        /// The label's key.
        key: Text,
        /// The label's value.
        value: Text,
    }

    /// A Service.
    service: Read, key ["namespace", "name"],
    capture "the Services", "kubectl get services -A -o yaml",
    {
        /// Namespace of the Service.
        namespace: Text,
        /// Name of the Service.
        name: Text,
        /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
        kind: Text,
        /// Its virtual address; absent if it is headless or an external name.
        cluster_ip: Address,
        /// Whether it is headless (`clusterIP: None`).
        headless: Bool,
        /// The name that an `ExternalName` Service stands for.
        external_name: Text,
        /// When it was created.
        created: Time,
    }

    /// A port of a Service.
    service_port: Read, key ["namespace", "service", "port", "protocol"],
    capture "the Services", "kubectl get services -A -o yaml",
    {
        /// Namespace of the Service.
        namespace: Text,
        /// The Service.
        service: Text,
        /// The port's name; absent if it has none.
        name: Text,
        /// The port that clients use.
        port: Int,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: Text,
        /// The port of the pods, as number or name.
        target_port: Text,
    }

    /// A label that a Service selects pods by.
    service_selector: Read, key ["namespace", "service", "key"],
    capture "the Services", "kubectl get services -A -o yaml",
    {
        /// Namespace of the Service.
        namespace: Text,
        /// The Service.
        service: Text,
        /// The label's key.
        key: Text,
        /// The label's value.
        value: Text,
    }

    /// An address behind a Service, once for each of its ports.
    endpoint: Read, key ["namespace", "service", "address", "port", "protocol"],
    capture "the Endpoints", "kubectl get endpoints -A -o yaml",
    {
        /// Namespace of the Service.
        namespace: Text,
        /// The Service.
        service: Text,
        /// The address.
        address: Address,
        /// The pod that it belongs to; absent if none is named.
        pod: Text,
        /// Whether it takes traffic.
        ready: Bool,
        /// The port at that address; absent if the Service names none.
        port: Int,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: Text,
        /// The name of the Service's port.
        port_name: Text,
    }

    /// An event.
    event: Read, key [],
    capture "the events", "kubectl get events -A -o yaml",
    {
        /// Namespace of the object that it is about.
        namespace: Text,
        /// Kind of that object.
        kind: Text,
        /// Name of that object.
        name: Text,
        /// The container of that object, if it is about one.
        container: Text,
        /// Its reason, such as `Unhealthy`.
        reason: Text,
        /// Its message.
        message: Text,
        /// `Normal` or `Warning`.
        level: Text,
        /// How often it occurred.
        count: Int,
        /// When it occurred last.
        last_seen: Time,
    }

    /// A name server in a resolv.conf; the fourth and later ones, which the resolver ignores, are left out.
    nameserver: Attributed, key [],
    capture "resolv.conf of the pod", "kubectl -n {namespace} exec {pod}{exec} -- cat /etc/resolv.conf",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose resolv.conf it is; absent if it is a node's.
        pod: Text,
        /// The node whose resolv.conf it is; absent if it is a pod's.
        node: Text,
        /// The name server's address.
        address: Address,
    }

    /// A search domain in a resolv.conf.
    search_domain: Attributed, key [],
    capture "resolv.conf of the pod", "kubectl -n {namespace} exec {pod}{exec} -- cat /etc/resolv.conf",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose resolv.conf it is; absent if it is a node's.
        pod: Text,
        /// The node whose resolv.conf it is; absent if it is a pod's.
        node: Text,
        /// The domain.
        domain: Text,
    }

    /// A listening socket, from netstat or ss.
    listener: Attributed, key [],
    capture "the pod's listening sockets", "kubectl -n {namespace} exec {pod}{exec} -- netstat -lnpt",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it listens; absent if it is a node's.
        pod: Text,
        /// The node on which it listens; absent if it is a pod's.
        node: Text,
        /// `tcp`, `tcp6`, `udp` or `udp6`.
        protocol: Text,
        /// The local address.
        address: Address,
        /// The local port.
        port: Int,
        /// Name of the process; absent if it belongs to another user than the one who looked.
        process: Text,
    }

    /// A connected socket, from netstat or ss.
    connection: Attributed, key [],
    capture "the pod's sockets", "kubectl -n {namespace} exec {pod}{exec} -- netstat -anpt",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it is; absent if it is a node's.
        pod: Text,
        /// The node on which it is; absent if it is a pod's.
        node: Text,
        /// `tcp`, `tcp6`, `udp` or `udp6`.
        protocol: Text,
        /// `ESTABLISHED`, `SYN_SENT` and so on.
        state: Text,
        /// The remote address.
        peer: Address,
        /// The remote port.
        peer_port: Int,
        /// Name of the process; absent if it belongs to another user than the one who looked.
        process: Text,
    }

    /// An answer to an HTTP request, from a `curl -v` transcript.
    http_response: Read, key [],
    capture "the answer of the readiness port", "curl -v http://{address}:{port}{path}",
    {
        /// The host or address that was asked.
        address: Address,
        /// The port that was asked.
        port: Int,
        /// The path that was asked for.
        path: Text,
        /// The HTTP status code.
        status: Int,
    }

    /// That a sidecar's Envoy is not ready, as its pilot-agent says; one row for each reason in a log.
    envoy_not_ready: Attributed, key [],
    capture "the log of the sidecar", "kubectl -n {namespace} logs {pod} -c istio-proxy",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// `configuration` (see the counters), `state`, `workers`, `admin` (its admin port does not
        /// answer as it should), `dns`, `listeners`, `bootstrap` or `other`.
        reason: Text,
        /// Accepted updates of clusters; absent unless the reason is `configuration`.
        cds_successful: Int,
        /// Rejected updates of clusters.
        cds_rejected: Int,
        /// Accepted updates of listeners.
        lds_successful: Int,
        /// Rejected updates of listeners.
        lds_rejected: Int,
        /// The rest of the line: a server state, an error.
        detail: Text,
        /// Whether no later line of the log says that it became ready.
        current: Bool,
        /// How many lines say so.
        count: Int,
    }

    /// A line of a container's log that matches a rule's pattern.
    log: Attributed, key [],
    capture "the log of the container", "kubectl -n {namespace} logs {pod} -c {container}",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// The line.
        text: Text,
    }

    /// What a clock said when captures were taken.
    clock: Attributed, key [],
    capture "the time of the captures", "date -u",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was asked; absent if it was a node's.
        pod: Text,
        /// The node on which it was asked; absent if it was a pod's.
        node: Text,
        /// The time, in UTC.
        time: Time,
    }

    /// Any field of any object, by its path (`spec.trafficPolicy.tls.mode`, `spec.ports[*].port`).
    object: Read, key ["kind", "namespace", "name"],
    capture "the objects", "kubectl get {kind} -A -o yaml",
    {
        /// The object's kind, such as `NetworkPolicy`; a rule names it literally.
        kind: Text,
        /// The object's namespace; absent if it has none.
        namespace: Text,
        /// The object's name.
        name: Text,
    }
}
