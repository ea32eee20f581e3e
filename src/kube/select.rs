//! Label selectors. Source: `k8s.io/apimachinery/pkg/apis/meta/v1`, LabelSelector.

use std::collections::BTreeMap;

use crate::fact::vocabulary::{namespace_label, pod_label};
use crate::fact::{Facts, Missing, Value};
use crate::text::yaml::Node;

/// The labels of something; `None` if they were not captured.
pub(super) type Labels = Option<BTreeMap<String, String>>;

/// The labels of a pod.
pub(super) fn of_pod(facts: &Facts, namespace: &Value, pod: &Value) -> Result<Labels, Missing> {
    let known = [(pod_label::namespace, namespace.clone()), (pod_label::pod, pod.clone())];
    let rows = facts.having(pod_label::ID, &known);
    let labels: BTreeMap<String, String> = rows
        .filter_map(|row| {
            let key = row.cells[pod_label::key].known()?.text().into_owned();
            let value = row.cells[pod_label::value].known();
            Some((key, value.map(|v| v.text().into_owned()).unwrap_or_default()))
        })
        .collect();
    if labels.is_empty() && facts.searched(pod_label::ID, &known).is_none() {
        return Err(Missing { relation: pod_label::ID, known: known.to_vec() });
    }
    Ok(Some(labels))
}

/// The labels of a namespace. Its name is one of them since Kubernetes 1.21; older ones are given it,
/// since a policy that asks for it could not work there.
pub(super) fn of_namespace(facts: &Facts, namespace: &Value) -> (BTreeMap<String, String>, bool) {
    let known = [(namespace_label::namespace, namespace.clone())];
    let mut labels: BTreeMap<String, String> = facts
        .having(namespace_label::ID, &known)
        .filter_map(|row| {
            let key = row.cells[namespace_label::key].known()?.text().into_owned();
            let value = row.cells[namespace_label::value].known();
            Some((key, value.map(|v| v.text().into_owned()).unwrap_or_default()))
        })
        .collect();
    let whole = facts.searched(namespace_label::ID, &known).is_some();
    labels.insert("kubernetes.io/metadata.name".to_string(), namespace.text().into_owned());
    (labels, whole)
}

/// Whether a selector selects labels; an empty one selects everything. `whole` says that a key that
/// is not among the labels is known to be absent; `None`: it depends on a label that is not known.
pub(super) fn selects(
    selector: &Node,
    labels: &BTreeMap<String, String>,
    whole: bool,
) -> Option<bool> {
    let mut open = false;
    let mut judge = |verdict: Option<bool>| {
        open |= verdict.is_none();
        verdict == Some(false)
    };
    for (key, value) in selector.field("matchLabels").map_or(&[][..], Node::entries) {
        let wanted = value.scalar().unwrap_or_default();
        let has = labels.get(&*key.text);
        if judge(has.map(|label| *label == wanted).or(whole.then_some(false))) {
            return Some(false);
        }
    }
    for expression in selector.field("matchExpressions").map_or(&[][..], Node::items) {
        let key = expression.field("key").and_then(Node::text).unwrap_or_default();
        let values = expression.field("values").map_or(&[][..], Node::items);
        let among =
            |label: &String| values.iter().any(|value| value.scalar().as_deref() == Some(label));
        let has = labels.get(key);
        let verdict = match expression.field("operator").and_then(Node::text) {
            Some("In") => has.map(among).or(whole.then_some(false)),
            Some("NotIn") => has.map(|label| !among(label)).or(whole.then_some(true)),
            Some("Exists") => has.map(|_| true).or(whole.then_some(false)),
            Some("DoesNotExist") => has.map(|_| false).or(whole.then_some(true)),
            _ => None,
        };
        if judge(verdict) {
            return Some(false);
        }
    }
    (!open).then_some(true)
}
