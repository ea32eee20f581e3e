//! Relations of Kubernetes objects.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = 0;

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
    event: Read, key ["namespace", "kind", "name", "reason", "message"],
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
