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
    /// Relations that a full object fills, beside those that every object does.
    fills: &'static [Fill],
}

/// A relation that objects of a kind fill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill {
    /// The relation.
    pub relation: RelationId,
    /// The column that holds the object's kind, if other kinds fill the relation, too.
    pub kind: Option<usize>,
    /// The column that holds the object's name; `None` if one object alone says nothing in full.
    pub name: Option<usize>,
}

const fn kind(
    name: &'static str,
    aliases: &'static [&'static str],
    namespaced: bool,
    fills: &'static [Fill],
) -> Kind {
    Kind { name, aliases, namespaced, fills }
}

/// Whether every cluster has objects of a kind, so that an empty list of it must be of one namespace.
pub(super) fn everywhere(kind: &str) -> bool {
    const KINDS: [&str; 9] = [
        "Pod",
        "Service",
        "Endpoints",
        "EndpointSlice",
        "Event",
        "ConfigMap",
        "Secret",
        "ServiceAccount",
        "Lease",
    ];
    KINDS.contains(&kind)
}

/// A relation that objects of one kind alone fill.
const fn of(relation: RelationId, name: usize) -> Fill {
    Fill { relation, kind: None, name: Some(name) }
}

/// A relation that objects of several kinds fill.
const fn shared(relation: RelationId, kind: usize, name: usize) -> Fill {
    Fill { relation, kind: Some(kind), name: Some(name) }
}

/// A relation that only all objects together show in full.
const fn together(relation: RelationId) -> Fill {
    Fill { relation, kind: None, name: None }
}

const POD: &[Fill] = &[
    of(v::pod::ID, v::pod::name),
    of(v::container::ID, v::container::pod),
    of(v::probe::ID, v::probe::pod),
    of(v::container_port::ID, v::container_port::pod),
    of(v::pod_label::ID, v::pod_label::pod),
    of(v::pod_condition::ID, v::pod_condition::pod),
    of(v::container_resource::ID, v::container_resource::pod),
    of(v::reference::ID, v::reference::pod),
    of(v::toleration::ID, v::toleration::pod),
    of(v::node_selector::ID, v::node_selector::pod),
    of(v::sidecar_injection::ID, v::sidecar_injection::pod),
];
const SERVICE: &[Fill] = &[
    of(v::service::ID, v::service::name),
    of(v::service_port::ID, v::service_port::service),
    of(v::service_selector::ID, v::service_selector::service),
];
const NODE: &[Fill] = &[
    of(v::node::ID, v::node::name),
    of(v::node_condition::ID, v::node_condition::node),
    of(v::taint::ID, v::taint::node),
    of(v::node_label::ID, v::node_label::node),
    of(v::node_resource::ID, v::node_resource::node),
];
const NAMESPACE: &[Fill] = &[
    of(v::namespace::ID, v::namespace::name),
    of(v::namespace_label::ID, v::namespace_label::namespace),
];
const WORKLOAD: &[Fill] = &[shared(v::workload::ID, v::workload::kind, v::workload::name)];
const WEBHOOK: &[Fill] = &[shared(v::webhook::ID, v::webhook::kind, v::webhook::configuration)];
const CONFIG_MAP: &[Fill] = &[
    of(v::config_map::ID, v::config_map::name),
    of(v::config_map_key::ID, v::config_map_key::name),
];
const SECRET: &[Fill] =
    &[of(v::secret::ID, v::secret::name), of(v::secret_key::ID, v::secret_key::name)];
const INGRESS: &[Fill] = &[
    of(v::ingress::ID, v::ingress::name),
    of(v::ingress_rule::ID, v::ingress_rule::ingress),
    of(v::ingress_tls::ID, v::ingress_tls::ingress),
];

/// What an object of any kind fills.
const ANY: &[Fill] = &[
    shared(v::object::ID, v::object::kind, v::object::name),
    shared(v::owner::ID, v::owner::kind, v::owner::name),
    shared(v::condition::ID, v::condition::kind, v::condition::name),
];

/// The kinds that readers know more of than their fields.
pub(super) static KINDS: &[Kind] = &[
    kind("Pod", &["pod", "pods", "po"], true, POD),
    kind("Service", &["service", "services", "svc"], true, SERVICE),
    kind(
        "Endpoints",
        &["endpoints", "endpoint", "ep"],
        true,
        &[of(v::endpoint::ID, v::endpoint::service)],
    ),
    kind("EndpointSlice", &["endpointslice", "endpointslices"], true, &[together(v::endpoint::ID)]),
    kind("Event", &["event", "events", "ev"], true, &[together(v::event::ID)]),
    kind("Namespace", &["namespace", "namespaces", "ns"], false, NAMESPACE),
    kind(
        "NetworkPolicy",
        &["networkpolicy", "networkpolicies", "netpol", "network-policy"],
        true,
        &[],
    ),
    kind("Node", &["node", "nodes", "no"], false, NODE),
    kind("Deployment", &["deployment", "deployments", "deploy"], true, WORKLOAD),
    kind("ReplicaSet", &["replicaset", "replicasets", "rs"], true, WORKLOAD),
    kind("StatefulSet", &["statefulset", "statefulsets", "sts"], true, WORKLOAD),
    kind("DaemonSet", &["daemonset", "daemonsets", "ds"], true, WORKLOAD),
    kind(
        "ReplicationController",
        &["replicationcontroller", "replicationcontrollers", "rc", "replication-controllers"],
        true,
        WORKLOAD,
    ),
    kind("Job", &["job", "jobs"], true, WORKLOAD),
    kind("CronJob", &["cronjob", "cronjobs", "cj"], true, WORKLOAD),
    kind("ConfigMap", &["configmap", "configmaps", "cm"], true, CONFIG_MAP),
    kind("Secret", &["secret", "secrets"], true, SECRET),
    kind(
        "ServiceAccount",
        &["serviceaccount", "serviceaccounts", "sa"],
        true,
        &[of(v::service_account::ID, v::service_account::name)],
    ),
    kind(
        "PersistentVolumeClaim",
        &["persistentvolumeclaim", "persistentvolumeclaims", "pvc", "pvcs"],
        true,
        &[of(v::volume_claim::ID, v::volume_claim::name)],
    ),
    kind(
        "PersistentVolume",
        &["persistentvolume", "persistentvolumes", "pv", "pvs"],
        false,
        &[of(v::volume::ID, v::volume::name)],
    ),
    kind(
        "StorageClass",
        &["storageclass", "storageclasses", "sc", "storage-classes"],
        false,
        &[of(v::storage_class::ID, v::storage_class::name)],
    ),
    kind(
        "VolumeAttachment",
        &["volumeattachment", "volumeattachments"],
        false,
        &[of(v::volume_attachment::ID, v::volume_attachment::name)],
    ),
    kind(
        "ResourceQuota",
        &["resourcequota", "resourcequotas", "quota", "resource-quota", "resource-quotas"],
        true,
        &[of(v::quota::ID, v::quota::name)],
    ),
    kind(
        "LimitRange",
        &["limitrange", "limitranges", "limits"],
        true,
        &[of(v::limit_range::ID, v::limit_range::name)],
    ),
    kind("Ingress", &["ingress", "ingresses", "ing"], true, INGRESS),
    kind(
        "IngressClass",
        &["ingressclass", "ingressclasses", "ingress-classes"],
        false,
        &[of(v::ingress_class::ID, v::ingress_class::name)],
    ),
    kind(
        "HorizontalPodAutoscaler",
        &["horizontalpodautoscaler", "horizontalpodautoscalers", "hpa"],
        true,
        &[of(v::autoscaler::ID, v::autoscaler::name)],
    ),
    kind(
        "PodDisruptionBudget",
        &["poddisruptionbudget", "poddisruptionbudgets", "pdb", "pod-disruption-budgets"],
        true,
        &[of(v::disruption_budget::ID, v::disruption_budget::name)],
    ),
    kind(
        "PriorityClass",
        &["priorityclass", "priorityclasses", "pc"],
        false,
        &[of(v::priority_class::ID, v::priority_class::name)],
    ),
    kind("Lease", &["lease", "leases"], true, &[of(v::lease::ID, v::lease::name)]),
    kind(
        "CertificateSigningRequest",
        &["certificatesigningrequest", "certificatesigningrequests", "csr"],
        false,
        &[of(v::certificate_signing_request::ID, v::certificate_signing_request::name)],
    ),
    kind(
        "ValidatingWebhookConfiguration",
        &[
            "validatingwebhookconfiguration",
            "validatingwebhookconfigurations",
            "validating-webhook-configurations",
        ],
        false,
        WEBHOOK,
    ),
    kind(
        "MutatingWebhookConfiguration",
        &[
            "mutatingwebhookconfiguration",
            "mutatingwebhookconfigurations",
            "mutating-webhook-configurations",
        ],
        false,
        WEBHOOK,
    ),
    kind(
        "APIService",
        &["apiservice", "apiservices"],
        false,
        &[of(v::api_service::ID, v::api_service::name)],
    ),
    kind(
        "CustomResourceDefinition",
        &[
            "customresourcedefinition",
            "customresourcedefinitions",
            "crd",
            "crds",
            "custom-resource-definitions",
        ],
        false,
        &[of(v::custom_resource_definition::ID, v::custom_resource_definition::name)],
    ),
    kind(
        "ComponentStatus",
        &["componentstatus", "componentstatuses", "cs"],
        false,
        &[of(v::component_status::ID, v::component_status::name)],
    ),
    kind("PodMetrics", &["podmetrics"], true, &[of(v::pod_usage::ID, v::pod_usage::pod)]),
    kind("NodeMetrics", &["nodemetrics"], false, &[of(v::node_usage::ID, v::node_usage::node)]),
    kind("ClusterRole", &["clusterrole", "clusterroles"], false, &[]),
    kind("ClusterRoleBinding", &["clusterrolebinding", "clusterrolebindings"], false, &[]),
    kind("Role", &["role", "roles"], true, &[]),
    kind("RoleBinding", &["rolebinding", "rolebindings"], true, &[]),
];

/// What an object of a kind fills, known or not.
pub(super) fn fills(kind: Option<&Kind>) -> impl Iterator<Item = Fill> {
    let own = kind.map_or(&[][..], |kind| kind.fills);
    // Conditions of pods and nodes have relations of their own.
    let apart = kind.is_some_and(|kind| ["Pod", "Node", "Event"].contains(&kind.name));
    let any = ANY.iter().filter(move |fill| !(apart && fill.relation == v::condition::ID));
    own.iter().chain(any).copied()
}

/// A kind by its name in objects.
pub(super) fn by_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A kind by a word that kubectl would take, such as `svc` or `networkpolicies.networking.k8s.io`. A
/// namesake in another group, such as `nodes.longhorn.io`, is none.
pub(super) fn by_alias(word: &str) -> Option<&'static Kind> {
    let word = word.split('/').next()?;
    let (word, group) = word.split_once('.').unwrap_or((word, ""));
    if group.contains('.') && !group.ends_with(".k8s.io") {
        return None;
    }
    let word = word.to_ascii_lowercase();
    KINDS.iter().find(|kind| kind.aliases.contains(&word.as_str()))
}

/// The kind that a file is called by: `services.yaml`, `get-svc.txt`, `pods-all.yaml`.
pub(super) fn by_file_name(name: &str) -> Option<&'static Kind> {
    let endings = [".yaml", ".yml", ".json", ".txt", ".log"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    if stem.contains('.') {
        // `services.serving.knative.dev.json`
        return by_alias(stem);
    }
    by_alias(stem).or_else(|| stem.split(['-', '_']).find_map(by_alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namesake_of_another_group_is_none() {
        let name = |word: &str| by_alias(word).map(|kind| kind.name);
        assert_eq!(name("networkpolicies.networking.k8s.io"), Some("NetworkPolicy"));
        assert_eq!(name("nodes.longhorn.io"), None);
        assert_eq!(name("deployment.apps/web"), Some("Deployment"));
        let file = |name: &str| by_file_name(name).map(|kind| kind.name);
        assert_eq!(file("services.serving.knative.dev.json"), None);
        assert_eq!(file("get-svc.txt"), Some("Service"));
        assert_eq!(file("k8s-pods-20240102-030405.yaml"), Some("Pod"));
    }

    #[test]
    fn an_alias_is_of_one_kind() {
        for kind in KINDS {
            for alias in kind.aliases {
                assert_eq!(by_alias(alias).map(|kind| kind.name), Some(kind.name), "{alias}");
            }
        }
    }
}

/// A relation of the labels of objects of one kind, and its columns.
#[derive(Debug)]
pub(super) struct Labels {
    pub id: RelationId,
    pub width: usize,
    /// The namespace of the object; `None` if its kind lives in none.
    pub namespace: Option<usize>,
    /// The name of the object.
    pub of: usize,
    pub key: usize,
    pub value: usize,
}

/// The relation of the labels of a kind, if there is one.
pub(super) fn labels(kind: &str) -> Option<&'static Labels> {
    macro_rules! of {
        ($relation:ident, $namespace:expr, $of:ident) => {{
            use v::$relation as label;
            static LABELS: Labels = Labels {
                id: label::ID,
                width: label::WIDTH,
                namespace: $namespace,
                of: label::$of,
                key: label::key,
                value: label::value,
            };
            Some(&LABELS)
        }};
    }
    match kind {
        "Pod" => of!(pod_label, Some(v::pod_label::namespace), pod),
        "Node" => of!(node_label, None, node),
        "Namespace" => of!(namespace_label, None, namespace),
        _ => None,
    }
}
