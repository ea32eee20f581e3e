//! Which roots there are, and in which order they are said.
//!
//! Proven before suspected; then the fewest causes that cover the symptoms, so each in turn the one
//! that explains most of what is left; then severity; then the rule's id and the object.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::graph::Graph;
use super::{Finding, Root, Subject};
use crate::fact::{Basis, Facts};
use crate::rule::{Book, Severity};

/// The roots that are reported, in rank order.
pub(super) fn roots(
    book: &Book,
    facts: &Facts,
    findings: &[Finding<'_>],
    graph: &Graph,
) -> Vec<Root> {
    let (proven, suspected): (Vec<Root>, Vec<Root>) =
        grouped(findings, graph).into_iter().partition(|root| root.found);
    let mut covered = BTreeSet::new();
    let mut ranked = covering(book, facts, findings, proven, &mut covered);
    let suspected = suspected
        .into_iter()
        .filter_map(|root| narrowed(findings, graph, root, &covered))
        .collect();
    ranked.extend(covering(book, facts, findings, suspected, &mut covered));
    ranked
}

/// What is said in the same words of one object, or of pods of one workload, is one root; so are all
/// suspicions of one rule. A suspicion of what is proven of the same object belongs to the proof: the
/// fault is there, only its reach was not captured.
fn grouped(findings: &[Finding<'_>], graph: &Graph) -> Vec<Root> {
    type Family<'a> = (&'a str, Option<&'a str>, &'a str);
    let mut groups: BTreeMap<(usize, Family<'_>, &str, bool), Vec<usize>> = BTreeMap::new();
    let mut proven: BTreeMap<(usize, &Subject), &str> = BTreeMap::new();
    let causes = || findings.iter().enumerate().filter(|(_, finding)| !finding.says.symptom);
    for (n, finding) in causes().filter(|(_, finding)| finding.found()) {
        proven.entry((finding.rule, &finding.subject)).or_insert(&finding.title);
        let family = finding.subject.family();
        groups.entry((finding.rule, family, &finding.title, true)).or_default().push(n);
    }
    for (n, finding) in causes().filter(|(_, finding)| !finding.found()) {
        let same = proven.get(&(finding.rule, &finding.subject));
        let (family, title, found) = match same {
            Some(title) => (finding.subject.family(), *title, true),
            None => (("", None, ""), "", false),
        };
        groups.entry((finding.rule, family, title, found)).or_default().push(n);
    }
    let mut roots = Vec::new();
    for ((.., found), members) in groups {
        if members
            .iter()
            .filter(|n| findings[**n].found())
            .all(|n| graph.is_explained(findings, *n))
            && found
        {
            continue;
        }
        let covers = graph.reach(&members).into_keys().collect();
        roots.push(Root { members, covers, alone: 0, found });
    }
    roots
}

/// A suspicion, reduced to what nothing proven explains; `None` if nothing is left.
fn narrowed(
    findings: &[Finding<'_>],
    graph: &Graph,
    root: Root,
    covered: &BTreeSet<usize>,
) -> Option<Root> {
    let open = |n: &usize| !covered.contains(n) && findings[*n].says.symptom;
    let useful = |n: &usize| graph.reach(&[*n]).keys().any(open);
    let members: Vec<usize> = root.members.into_iter().filter(useful).collect();
    let covers: BTreeSet<usize> = graph.reach(&members).into_keys().filter(open).collect();
    (!covers.is_empty()).then_some(Root { members, covers, alone: 0, found: false })
}

/// What a root stands on against others: symptoms that are not covered yet, severity, and then what is
/// smaller: path, line, id, object. The last is its position.
type Merit = (usize, Severity, Reverse<(String, u32, String, Subject)>, Reverse<usize>);

/// Takes in turn the root that covers most of what is not covered yet. What a root covers alone only
/// shrinks, so that a merit that was computed earlier is never too small: the best one is computed
/// anew, and stands if it is still the best.
fn covering(
    book: &Book,
    facts: &Facts,
    findings: &[Finding<'_>],
    roots: Vec<Root>,
    covered: &mut BTreeSet<usize>,
) -> Vec<Root> {
    let mut heap: BinaryHeap<Merit> = roots
        .iter()
        .enumerate()
        .map(|(n, root)| {
            let finding = &findings[root.members[0]];
            let (path, line) = first_place(facts, finding);
            let id = book.findings[finding.rule].id.clone();
            let tie = (path, line, id, finding.subject.clone());
            (usize::MAX, finding.says.severity, Reverse(tie), Reverse(n))
        })
        .collect();
    let mut waiting: Vec<Option<Root>> = roots.into_iter().map(Some).collect();
    let mut ranked = Vec::with_capacity(waiting.len());
    while let Some((stated, severity, tie, Reverse(n))) = heap.pop() {
        let Some(root) = &waiting[n] else { continue };
        let alone = root.covers.difference(covered).count();
        if alone != stated {
            heap.push((alone, severity, tie, Reverse(n)));
            continue;
        }
        covered.extend(&root.covers);
        ranked.extend(waiting[n].take().map(|root| Root { alone, ..root }));
    }
    ranked
}

fn first_place(facts: &Facts, finding: &Finding<'_>) -> (String, u32) {
    let place = finding.solution.proof.iter().find_map(|evidence| match evidence.proof.basis {
        Basis::Seen { place, .. } => Some(place),
        _ => None,
    });
    place.map_or_else(Default::default, |place| {
        (facts.sources.path(place.file).to_string(), place.line)
    })
}
