//! Label selectors. Source: `k8s.io/apimachinery/pkg/apis/meta/v1`, LabelSelector.

use std::collections::BTreeMap;

use crate::fact::vocabulary::{namespace_label, pod_label};
use crate::fact::{Facts, Missing, RelationId, Row, Value};
use crate::text::yaml::Node;

/// Labels by their keys.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels of a pod, or the capture that would show them.
pub(super) fn of_pod(facts: &Facts, namespace: &Value, pod: &Value) -> Result<Labels, Missing> {
    let known = [(pod_label::namespace, namespace.clone()), (pod_label::pod, pod.clone())];
    let labels = collected(facts, pod_label::ID, &known, pod_label::key, pod_label::value);
    if labels.is_empty() && facts.searched(pod_label::ID, &known).is_none() {
        return Err(Missing { relation: pod_label::ID, known: known.to_vec() });
    }
    Ok(labels)
}

/// The labels of a namespace, and whether these are all. Its name is one of them since Kubernetes 1.21;
/// older ones are given it, since a policy that asks for it could not work there.
pub(super) fn of_namespace(facts: &Facts, namespace: &Value) -> (Labels, bool) {
    use namespace_label as label;
    let known = [(label::namespace, namespace.clone())];
    let mut labels = collected(facts, label::ID, &known, label::key, label::value);
    let whole = facts.searched(label::ID, &known).is_some();
    labels.insert("kubernetes.io/metadata.name".to_string(), namespace.text().into_owned());
    (labels, whole)
}

/// The labels that a relation of labels shows of one object.
fn collected(
    facts: &Facts,
    relation: RelationId,
    of: &[(usize, Value)],
    key: usize,
    value: usize,
) -> Labels {
    let text = |row: &Row, column: usize| row.cells[column].known().map(|v| v.text().into_owned());
    let label = |row: &Row| Some((text(row, key)?, text(row, value).unwrap_or_default()));
    facts.having(relation, of).filter_map(label).collect()
}

/// Whether a selector selects labels; an empty one selects everything. `whole` says that a key that
/// is not among the labels is known to be absent; `None`: it depends on a label that is not known.
pub(super) fn selects(selector: &Node, labels: &Labels, whole: bool) -> Option<bool> {
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
