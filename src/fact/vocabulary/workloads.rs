//! Relations of workloads: what keeps pods running, and what pods ask for.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::logs::BASE + super::logs::COUNT;

relations! {
    /// What keeps pods running: a Deployment, ReplicaSet, StatefulSet, DaemonSet,
    /// ReplicationController, Job or CronJob.
    workload: Read, key ["kind", "namespace", "name"],
    capture "the workloads", "kubectl get deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs -A -o yaml",
    {
        /// Its kind, such as `Deployment`.
        kind: Text,
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Pods that it should have; of a Job its completions. Absent of a CronJob.
        desired: Int,
        /// Pods that it has.
        current: Int,
        /// Pods that are ready.
        ready: Int,
        /// Pods that have been ready for long enough.
        available: Int,
        /// Pods of its newest template.
        updated: Int,
        /// Pods of a Job, or Jobs of a CronJob, that run.
        active: Int,
        /// Pods of a Job that succeeded.
        succeeded: Int,
        /// Pods of a Job that failed.
        failed: Int,
        /// Whether the rollout of a Deployment is paused.
        paused: Bool,
        /// Whether a Job or CronJob is suspended.
        suspended: Bool,
        /// How often its specification was changed.
        generation: Int,
        /// The generation that its controller has seen; below `generation` it has not caught up.
        observed_generation: Int,
        /// When a CronJob runs, in its own notation.
        schedule: Text,
        /// When a CronJob ran last; absent if it never did.
        last_scheduled: Time,
        /// The service account of its pods; absent if the template names none.
        service_account: Text,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it was created.
        created: Time,
    }

    /// What an object's `status.conditions` say, of any kind but Pod and Node, custom resources included.
    condition: Read, key ["kind", "namespace", "name", "type"],
    capture "the objects", "kubectl get {kind} -A -o yaml",
    {
        /// The object's kind, such as `Deployment`.
        kind: Text,
        /// The object's namespace; absent if it has none.
        namespace: Text,
        /// The object's name.
        name: Text,
        /// The condition, such as `Available`.
        r#type: Text,
        /// `True`, `False` or `Unknown`.
        status: Text,
        /// Its reason, in one word; absent if none is given.
        reason: Text,
        /// Its message; absent if none is given.
        message: Text,
        /// When its status changed last.
        changed: Time,
    }

    /// A condition of a pod.
    pod_condition: Read, key ["namespace", "pod", "type"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// `PodScheduled`, `Initialized`, `ContainersReady`, `Ready` or a readiness gate.
        r#type: Text,
        /// `True`, `False` or `Unknown`.
        status: Text,
        /// Its reason, such as `Unschedulable`; absent if none is given.
        reason: Text,
        /// Its message; absent if none is given.
        message: Text,
        /// When its status changed last.
        changed: Time,
    }

    /// That an object is owned by another, which made it.
    owner: Read, key ["kind", "namespace", "name", "owner_kind", "owner_name"],
    capture "the objects", "kubectl get {kind} -A -o yaml",
    {
        /// Kind of the owned object.
        kind: Text,
        /// Namespace of both; absent if the owned object has none.
        namespace: Text,
        /// Name of the owned object.
        name: Text,
        /// Kind of the owner.
        owner_kind: Text,
        /// Name of the owner.
        owner_name: Text,
        /// Whether the owner manages it, as a ReplicaSet does its pods.
        controller: Bool,
    }

    /// What a container asks for, and may use, of a resource.
    container_resource: Read, key ["namespace", "pod", "container", "resource"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// `cpu`, `memory`, `ephemeral-storage`, `hugepages-2Mi`, `nvidia.com/gpu` and so on.
        resource: Text,
        /// What is reserved for it; absent if nothing is.
        request: Quantity,
        /// What it may not exceed; absent if nothing is said.
        limit: Quantity,
    }

    /// An object that a pod needs to start.
    reference: Read, key ["namespace", "pod", "container", "via", "kind", "name", "key"],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod, and of the object.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container that needs it; absent if the whole pod does.
        container: Text,
        /// How: `env`, `envFrom`, `volume`, `imagePullSecret` or `serviceAccount`.
        via: Text,
        /// `ConfigMap`, `Secret`, `PersistentVolumeClaim` or `ServiceAccount`.
        kind: Text,
        /// Name of the object.
        name: Text,
        /// The key of it that must exist; absent if none in particular.
        key: Text,
        /// Whether the pod starts without it, too.
        optional: Bool,
    }

    /// A taint that a pod tolerates.
    toleration: Read, key [],
    capture "the pods", "kubectl get pods -A -o yaml",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The taint's key; absent if it tolerates every key.
        key: Text,
        /// `Exists` or `Equal`.
        operator: Text,
        /// The taint's value; absent if any will do.
        value: Text,
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`; absent if any will do.
        effect: Text,
        /// For how many seconds it tolerates it; absent if forever.
        seconds: Int,
    }

    /// A label that a node must have to take a pod.
    node_selector: Read, key ["namespace", "pod", "key"],
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

    /// What a pod's container uses of a resource, as metrics-server measured it.
    pod_usage: Read, key ["namespace", "pod", "container", "resource"],
    capture "what the pods use", "kubectl top pods -A --containers",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container; absent if all of them together.
        container: Text,
        /// `cpu` or `memory`.
        resource: Text,
        /// How much it uses.
        usage: Quantity,
    }

    /// A HorizontalPodAutoscaler; its troubles are in its conditions.
    autoscaler: Read, key ["namespace", "name"],
    capture "the autoscalers", "kubectl get horizontalpodautoscalers -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Kind of the workload that it scales.
        target_kind: Text,
        /// Name of the workload that it scales.
        target: Text,
        /// The fewest pods.
        min: Int,
        /// The most pods.
        max: Int,
        /// Pods that there are.
        current: Int,
        /// Pods that it wants.
        desired: Int,
        /// Whether it knows every metric that it asks for.
        metrics_known: Bool,
    }

    /// A PodDisruptionBudget.
    disruption_budget: Read, key ["namespace", "name"],
    capture "the disruption budgets", "kubectl get poddisruptionbudgets -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Pods that must stay, a number or a percentage; absent if it says how many may go.
        min_available: Text,
        /// Pods that may go, a number or a percentage; absent if it says how many must stay.
        max_unavailable: Text,
        /// Pods that may be evicted now.
        allowed: Int,
        /// Pods that are healthy.
        healthy: Int,
        /// Healthy pods that it demands.
        desired_healthy: Int,
        /// Pods that it counts.
        expected: Int,
    }
}
