//! Kinds of Kubernetes objects, by the names that kubectl takes and that files are called by.

use crate::fact::RelationId;
use crate::fact::vocabulary as v;

/// A kind of object.
#[derive(Debug)]
pub(super) struct Kind {
    /// The kind as objects state it.
    pub name: &'static str,
    /// Singular, plural and short names.
    pub aliases: &'static [&'static str],
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether every cluster has objects of it.
    pub everywhere: bool,
    /// Relations that a full object fills, beside `object`.
    pub fills: &'static [RelationId],
}

const fn kind(
    name: &'static str,
    aliases: &'static [&'static str],
    namespaced: bool,
    fills: &'static [RelationId],
) -> Kind {
    Kind { name, aliases, namespaced, everywhere: false, fills }
}

impl Kind {
    const fn found_everywhere(self) -> Self {
        Self { everywhere: true, ..self }
    }
}

const POD: &[RelationId] =
    &[v::pod::ID, v::container::ID, v::probe::ID, v::container_port::ID, v::pod_label::ID];
const SERVICE: &[RelationId] = &[v::service::ID, v::service_port::ID, v::service_selector::ID];

/// The kinds that readers know more of than their fields.
pub(super) static KINDS: &[Kind] = &[
    kind("Pod", &["pod", "pods", "po"], true, POD).found_everywhere(),
    kind("Service", &["service", "services", "svc"], true, SERVICE).found_everywhere(),
    kind("Endpoints", &["endpoints", "endpoint", "ep"], true, &[v::endpoint::ID])
        .found_everywhere(),
    kind("EndpointSlice", &["endpointslice", "endpointslices"], true, &[v::endpoint::ID])
        .found_everywhere(),
    kind("Event", &["event", "events", "ev"], true, &[v::event::ID]).found_everywhere(),
    kind("Namespace", &["namespace", "namespaces", "ns"], false, &[v::namespace_label::ID]),
    kind(
        "NetworkPolicy",
        &["networkpolicy", "networkpolicies", "netpol", "network-policy"],
        true,
        &[],
    ),
    kind("Node", &["node", "nodes", "no"], false, &[]),
    kind("Deployment", &["deployment", "deployments", "deploy"], true, &[]),
    kind("ReplicaSet", &["replicaset", "replicasets", "rs"], true, &[]),
    kind("StatefulSet", &["statefulset", "statefulsets", "sts"], true, &[]),
    kind("DaemonSet", &["daemonset", "daemonsets", "ds"], true, &[]),
    kind("Job", &["job", "jobs"], true, &[]),
    kind("CronJob", &["cronjob", "cronjobs", "cj"], true, &[]),
    kind("ConfigMap", &["configmap", "configmaps", "cm"], true, &[]),
    kind("Secret", &["secret", "secrets"], true, &[]),
    kind("ServiceAccount", &["serviceaccount", "serviceaccounts", "sa"], true, &[]),
    kind(
        "PersistentVolumeClaim",
        &["persistentvolumeclaim", "persistentvolumeclaims", "pvc", "pvcs"],
        true,
        &[],
    ),
    kind("PersistentVolume", &["persistentvolume", "persistentvolumes", "pv", "pvs"], false, &[]),
    kind("StorageClass", &["storageclass", "storageclasses", "sc"], false, &[]),
    kind(
        "ResourceQuota",
        &["resourcequota", "resourcequotas", "quota", "resource-quota"],
        true,
        &[],
    ),
    kind("LimitRange", &["limitrange", "limitranges", "limits"], true, &[]),
    kind("Ingress", &["ingress", "ingresses", "ing"], true, &[]),
    kind(
        "HorizontalPodAutoscaler",
        &["horizontalpodautoscaler", "horizontalpodautoscalers", "hpa"],
        true,
        &[],
    ),
    kind("PodDisruptionBudget", &["poddisruptionbudget", "poddisruptionbudgets", "pdb"], true, &[]),
    kind("PriorityClass", &["priorityclass", "priorityclasses", "pc"], false, &[]),
];

/// A kind by its name in objects.
pub(super) fn by_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A kind by a word that kubectl would take, such as `svc` or `networkpolicies.networking.k8s.io`.
pub(super) fn by_alias(word: &str) -> Option<&'static Kind> {
    let word = word.split(['.', '/']).next()?.to_ascii_lowercase();
    KINDS.iter().find(|kind| kind.aliases.contains(&word.as_str()))
}

/// The kind that a file is called by: `services.yaml`, `get-svc.txt`, `pods-all.yaml`.
pub(super) fn by_file_name(name: &str) -> Option<&'static Kind> {
    let stem = name.split('.').next()?;
    by_alias(stem).or_else(|| stem.split(['-', '_']).find_map(by_alias))
}
