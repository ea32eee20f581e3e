//! Relations of the cluster as a whole: nodes, namespaces, and what guards the API.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::workloads::BASE + super::workloads::COUNT;

relations! {
    /// A node.
    node: Read, key ["name"],
    capture "the nodes", "kubectl get nodes -o yaml",
    {
        /// Its name.
        name: Text,
        /// Whether its condition `Ready` is `True`; `Unknown` counts as not ready, as kubectl shows it.
        ready: Bool,
        /// Whether it takes no new pods (`kubectl cordon`).
        unschedulable: Bool,
        /// Its roles, parted by commas; absent if it has none.
        roles: Text,
        /// Version of its kubelet.
        kubelet_version: Version,
        /// Its internal address.
        address: Address,
        /// Its external address; absent if it has none.
        external_address: Address,
        /// The addresses of its pods, as a CIDR; absent if none were given to it.
        pod_cidr: Address,
        /// Its container runtime, such as `containerd://1.7.2`.
        runtime: Text,
        /// Its operating system, such as `Ubuntu 22.04.3 LTS`.
        os_image: Text,
        /// Its kernel, such as `5.15.0-84-generic`.
        kernel: Text,
        /// Its processor, such as `amd64`.
        architecture: Text,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it joined.
        created: Time,
    }

    /// A condition of a node.
    node_condition: Read, key ["node", "type"],
    capture "the nodes", "kubectl get nodes -o yaml",
    {
        /// The node.
        node: Text,
        /// `Ready`, `MemoryPressure`, `DiskPressure`, `PIDPressure`, `NetworkUnavailable` or another.
        r#type: Text,
        /// `True`, `False` or `Unknown`.
        status: Text,
        /// Its reason, such as `NodeStatusUnknown`.
        reason: Text,
        /// Its message.
        message: Text,
        /// When the kubelet last said so.
        heartbeat: Time,
        /// When its status changed last.
        changed: Time,
    }

    /// A taint of a node.
    taint: Read, key ["node", "key", "effect"],
    capture "the nodes", "kubectl get nodes -o yaml",
    {
        /// The node.
        node: Text,
        /// The taint's key.
        key: Text,
        /// The taint's value; absent if it has none.
        value: Text,
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        effect: Text,
    }

    /// A label of a node.
    node_label: Read, key ["node", "key"],
    capture "the nodes", "kubectl get nodes -o yaml",
    {
        /// The node.
        node: Text,
        /// The label's key.
        key: Text,
        /// The label's value.
        value: Text,
    }

    /// How much of a resource a node has.
    node_resource: Read, key ["node", "resource"],
    capture "the nodes", "kubectl get nodes -o yaml",
    {
        /// The node.
        node: Text,
        /// `cpu`, `memory`, `ephemeral-storage`, `pods`, `hugepages-2Mi`, `nvidia.com/gpu` and so on.
        resource: Text,
        /// What it has in all.
        capacity: Quantity,
        /// What pods may ask for in all.
        allocatable: Quantity,
    }

    /// What is used of a node, as metrics-server measured it.
    node_usage: Read, key ["node", "resource"],
    capture "what is used of the nodes", "kubectl top nodes",
    {
        /// The node.
        node: Text,
        /// `cpu` or `memory`.
        resource: Text,
        /// How much is used; absent if it could not be measured.
        usage: Quantity,
        /// How much is used, in percent of what pods may ask for; absent if it could not be measured.
        percent: Int,
    }

    /// A namespace.
    namespace: Read, key ["name"],
    capture "the namespaces", "kubectl get namespaces -o yaml",
    {
        /// Its name.
        name: Text,
        /// `Active` or `Terminating`.
        phase: Text,
        /// What must be done before it can go, parted by commas; absent if nothing is left.
        finalizers: Text,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it was created.
        created: Time,
    }

    /// A webhook that the API server asks before it admits objects.
    webhook: Read, key ["kind", "configuration", "name"],
    capture "the webhook configurations", "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml",
    {
        /// `ValidatingWebhookConfiguration` or `MutatingWebhookConfiguration`.
        kind: Text,
        /// The configuration that it stands in.
        configuration: Text,
        /// Its name.
        name: Text,
        /// Namespace of the Service that answers; absent if it is reached by a URL.
        service_namespace: Text,
        /// The Service that answers; absent if it is reached by a URL.
        service: Text,
        /// Port of that Service; absent if it is reached by a URL.
        port: Int,
        /// Where it is reached; absent if a Service answers.
        url: Text,
        /// `Fail` or `Ignore`: what becomes of a request when nobody answers.
        failure_policy: Text,
        /// How many seconds the API server waits.
        timeout: Int,
        /// Whether it says which authority signs its certificate.
        has_ca: Bool,
    }

    /// An API that the API server hands over to a Service, or serves itself.
    api_service: Read, key ["name"],
    capture "the API services", "kubectl get apiservices -o yaml",
    {
        /// Its name, such as `v1beta1.metrics.k8s.io`.
        name: Text,
        /// Namespace of the Service; absent if the API server answers itself.
        service_namespace: Text,
        /// The Service; absent if the API server answers itself.
        service: Text,
        /// Whether it can be reached.
        available: Bool,
        /// Why it cannot, such as `MissingEndpoints`.
        reason: Text,
        /// Why it cannot, in full.
        message: Text,
    }

    /// A custom resource definition.
    custom_resource_definition: Read, key ["name"],
    capture "the custom resource definitions", "kubectl get customresourcedefinitions -o yaml",
    {
        /// Its name, such as `virtualservices.networking.istio.io`.
        name: Text,
        /// The kind that it defines.
        kind: Text,
        /// Its group.
        group: Text,
        /// `Namespaced` or `Cluster`.
        scope: Text,
        /// The versions that are served, parted by commas.
        versions: Text,
        /// Whether its objects are converted between versions by a webhook.
        converted: Bool,
    }

    /// A control plane component, as `kubectl get componentstatuses` shows it.
    component_status: Read, key ["name"],
    capture "the component statuses", "kubectl get componentstatuses",
    {
        /// Its name, such as `scheduler` or `etcd-0`.
        name: Text,
        /// Whether it answers as it should.
        healthy: Bool,
        /// What it answers.
        message: Text,
        /// Why it cannot be asked; absent if it can.
        error: Text,
    }

    /// A PriorityClass.
    priority_class: Read, key ["name"],
    capture "the priority classes", "kubectl get priorityclasses -o yaml",
    {
        /// Its name.
        name: Text,
        /// The priority that it gives.
        value: Int,
        /// Whether pods without a class are given it.
        global_default: Bool,
        /// `PreemptLowerPriority` or `Never`.
        preemption: Text,
    }

    /// A lease: a component's sign of life, or who leads among several.
    lease: Read, key ["namespace", "name"],
    capture "the leases", "kubectl get leases -A -o yaml",
    {
        /// Its namespace; a kubelet's is `kube-node-lease`.
        namespace: Text,
        /// Its name; a kubelet's is its node's.
        name: Text,
        /// Who holds it; absent if nobody does.
        holder: Text,
        /// When it was renewed last.
        renewed: Time,
        /// For how many seconds a renewal holds.
        duration: Int,
        /// How often it passed to another holder.
        transitions: Int,
    }

    /// A request for a certificate.
    certificate_signing_request: Read, key ["name"],
    capture "the certificate signing requests", "kubectl get certificatesigningrequests -o yaml",
    {
        /// Its name.
        name: Text,
        /// Who is to sign it, such as `kubernetes.io/kubelet-serving`.
        signer: Text,
        /// Who asks, such as `system:node:worker-1`.
        requestor: Text,
        /// `Pending`, `Approved`, `Approved,Issued`, `Denied` or `Failed`, as kubectl shows it.
        condition: Text,
        /// When it was made.
        created: Time,
    }
}
