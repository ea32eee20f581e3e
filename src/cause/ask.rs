//! Which captures to ask the customer for.

use std::collections::BTreeMap;

use super::{Diagnosis, Subject};
use crate::fact::vocabulary::{container, envoy_not_ready, log};
use crate::fact::{Facts, Missing, RelationId, Value};
use crate::solve::Solution;

/// A capture, and the command that takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// What it is, in words.
    pub capture: String,
    /// What to type.
    pub command: String,
}

/// What a suspicion lacks. What it does not know of the pod in question, the witness fills in.
pub(super) fn asks(facts: &Facts, solution: &Solution, witness: Option<&Subject>) -> Vec<Ask> {
    let mut asks: Vec<Ask> =
        solution.missing.iter().map(|missing| ask(facts, missing, witness)).collect();
    asks.sort();
    asks.dedup();
    asks
}

/// The captures of all suspicions, those first that settle most.
pub(super) fn collect(diagnoses: &[Diagnosis]) -> Vec<(Ask, Vec<usize>)> {
    let mut settles: BTreeMap<&Ask, Vec<usize>> = BTreeMap::new();
    for diagnosis in diagnoses {
        for ask in &diagnosis.missing {
            let rules = settles.entry(ask).or_default();
            if !rules.contains(&diagnosis.rule) {
                rules.push(diagnosis.rule);
            }
        }
    }
    let mut collect: Vec<(Ask, Vec<usize>)> =
        settles.into_iter().map(|(ask, rules)| (ask.clone(), rules)).collect();
    collect.sort_by_key(|(_, rules)| std::cmp::Reverse(rules.len()));
    collect
}

fn ask(facts: &Facts, missing: &Missing, witness: Option<&Subject>) -> Ask {
    let relation = facts.relation(missing.relation);
    let value = |name: &str| -> Option<String> {
        let column = relation.column(name);
        let known = missing.known.iter().find(|(c, _)| Some(*c) == column).map(|(_, value)| value);
        let pod = witness.filter(|witness| witness.kind == "Pod");
        known.map(|value| value.text().into_owned()).or_else(|| match name {
            "namespace" => pod?.namespace.clone(),
            "pod" => pod.map(|pod| pod.name.clone()),
            _ => None,
        })
    };
    let container = value("namespace")
        .zip(value("pod"))
        .and_then(|(namespace, pod)| shell(facts, &namespace, &pod));
    let fill = |template: &str| filled(template, &value, container.as_deref());
    Ask { capture: fill(&relation.capture), command: fill(&relation.command) }
}

/// Writes known values into `{column}`, a placeholder for the others.
fn filled(template: &str, value: &dyn Fn(&str) -> Option<String>, shell: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        match (name, value(name)) {
            ("exec", _) => out.extend(shell.map(|container| format!(" -c {container}"))),
            ("kind", Some(kind)) => out.push_str(&plural(&kind)),
            (_, Some(value)) => out.push_str(&value),
            ("namespace", None) => out.push_str("NS"),
            (name, None) => out.push_str(&name.to_uppercase()),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The resource's name that kubectl takes for a kind.
fn plural(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    let vowel = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match lower.strip_suffix('y').filter(|stem| !vowel(stem)) {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with("ss") => format!("{lower}es"),
        None if lower.ends_with('s') => lower,
        None => format!("{lower}s"),
    }
}

/// The container of a pod in which a command is likely to find a shell and its tools: the sidecar, as
/// many images of applications have none.
fn shell(facts: &Facts, namespace: &str, pod: &str) -> Option<String> {
    let (namespace, pod) = (Value::from(namespace), Value::from(pod));
    let names = |relation: RelationId, columns: [usize; 3]| -> Vec<String> {
        let known = [(columns[0], namespace.clone()), (columns[1], pod.clone())];
        facts
            .having(relation, &known)
            .filter_map(|row| Some(row.cells[columns[2]].known()?.text().into_owned()))
            .collect()
    };
    let mut known = names(container::ID, [container::namespace, container::pod, container::name]);
    known.extend(names(
        envoy_not_ready::ID,
        [envoy_not_ready::namespace, envoy_not_ready::pod, envoy_not_ready::container],
    ));
    known.extend(names(log::ID, [log::namespace, log::pod, log::container]));
    known.into_iter().find(|name| name == "istio-proxy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_its_names_filled_in() {
        let known = |name: &str| (name == "namespace").then(|| "shop".to_string());
        let command = filled(
            "kubectl -n {namespace} exec {pod}{exec} -- cat /etc/resolv.conf",
            &known,
            Some("istio-proxy"),
        );
        assert_eq!(command, "kubectl -n shop exec POD -c istio-proxy -- cat /etc/resolv.conf");
        assert_eq!(plural("NetworkPolicy"), "networkpolicies");
        assert_eq!(plural("Endpoints"), "endpoints");
        assert_eq!(plural("Gateway"), "gateways");
        assert_eq!(plural("StorageClass"), "storageclasses");
    }
}
