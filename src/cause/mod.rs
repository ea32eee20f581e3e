//! The mind: which finding explains which, what is left unexplained, and what to ask for.
//!
//! The one thing to know: a finding that another one explains is a symptom, one that nothing explains
//! is a root. A suspicion counts only where it would explain something that nothing proven does.

mod ask;
mod graph;
mod rank;
mod refute;

use std::collections::BTreeSet;

use crate::fact::Basis;
use crate::rule::{Book, Finding as Says, Severity};
use crate::solve::{Evidence, Outcome, Solution, Solver};
use crate::text::Place;

pub use ask::Ask;
pub use refute::{Alternative, Verdict};

use graph::Graph;

/// The object that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its kind.
    pub kind: String,
    /// Its namespace; `None` if it has none, or if it is not known.
    pub namespace: Option<String>,
    /// Its name; empty if it is not known.
    pub name: String,
}

/// A root cause, with all that follows from it.
#[derive(Debug)]
pub struct Diagnosis {
    /// Position in [`Book::findings`].
    pub rule: usize,
    /// The title, filled in.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is proven; otherwise it is suspected.
    pub found: bool,
    /// The object to repair, or the one that is shown of several.
    pub subject: Subject,
    /// All objects to repair, the shown one first.
    pub subjects: Vec<Subject>,
    /// What the cause itself rests on.
    pub evidence: Vec<Evidence>,
    /// What its rank stands on.
    pub weight: Weight,
    /// So many further instances rest on evidence of their own kind.
    pub more: usize,
    /// What follows from it, nearest first.
    pub explains: Vec<Consequence>,
    /// What would settle a suspicion.
    pub missing: Vec<Ask>,
    /// What to do, filled in.
    pub fix: Option<String>,
    /// Other causes that could have explained the same, and what became of them.
    pub alternatives: Vec<Alternative>,
}

/// What the rank of a root stands on, beside its being proven, its severity and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// Findings that follow from it.
    pub covers: usize,
    /// Those among them that follow from no root above it.
    pub alone: usize,
}

/// What follows from a root: one rule's findings, counted.
#[derive(Debug)]
pub struct Consequence {
    /// Position in [`Book::findings`].
    pub rule: usize,
    /// The title, filled in.
    pub title: String,
    /// Steps from the root.
    pub depth: usize,
    /// The objects that suffer.
    pub subjects: Vec<Subject>,
    /// What one of them rests on.
    pub evidence: Vec<Evidence>,
}

/// All that is to be said about a cluster.
#[derive(Debug)]
pub struct Causes {
    /// Roots, in rank order.
    pub diagnoses: Vec<Diagnosis>,
    /// Symptoms that no diagnosis explains.
    pub unexplained: Vec<Consequence>,
    /// Captures that would settle suspicions, each with the rules that it settles.
    pub collect: Vec<(Ask, Vec<usize>)>,
}

/// Links findings, finds the roots, ranks them.
pub fn infer(solver: &Solver<'_>, outcomes: &[Outcome]) -> Causes {
    let (book, facts) = (solver.book(), solver.facts());
    let findings = findings(book, outcomes);
    let graph = Graph::new(book, &findings);
    let roots = rank::roots(book, facts, &findings, &graph);
    let diagnoses: Vec<Diagnosis> =
        roots.iter().map(|root| diagnosis(solver, &findings, &graph, root, &roots)).collect();
    let explained: BTreeSet<usize> =
        roots.iter().flat_map(|root| root.covers.iter().copied()).collect();
    let unexplained = graph.unexplained(book, &findings, &explained);
    let collect = ask::collect(&diagnoses);
    Causes { diagnoses, unexplained, collect }
}

/// The objects that a root is about, the shown one first.
fn subjects(findings: &[Finding<'_>], root: &Root, shown: &Subject) -> Vec<Subject> {
    let about = root.members.iter().filter(|n| findings[**n].found() == root.found);
    let others: BTreeSet<&Subject> = about.map(|n| &findings[*n].subject).collect();
    let others = others.into_iter().filter(|other| *other != shown);
    std::iter::once(shown).chain(others).cloned().collect()
}

impl Subject {
    /// What pods of one workload have in common: the name without what its controller appended.
    fn family(&self) -> (&str, Option<&str>, &str) {
        let mut name = self.name.as_str();
        if self.kind == "Pod" {
            let generated = |part: &str| {
                let short = part.len() == 5 || (6..=10).contains(&part.len());
                let number = part.chars().all(|c| c.is_ascii_digit());
                number
                    || short
                        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                        && part.chars().any(|c| c.is_ascii_digit())
            };
            for _ in 0..2 {
                match name.rsplit_once('-') {
                    Some((front, part)) if generated(part) => name = front,
                    _ => break,
                }
            }
        }
        (&self.kind, self.namespace.as_deref(), name)
    }
}

/// One finding: one way in which a rule holds.
#[derive(Debug)]
struct Finding<'a> {
    rule: usize,
    says: &'a Says,
    subject: Subject,
    title: String,
    solution: &'a Solution,
}

impl Finding<'_> {
    fn found(&self) -> bool {
        self.solution.certain()
    }
}

/// A group of findings that is a root.
#[derive(Debug)]
struct Root {
    /// The findings, by position.
    members: Vec<usize>,
    /// Symptoms that it explains, by position.
    covers: BTreeSet<usize>,
    /// How many of those no root above it explains; known once it is ranked.
    alone: usize,
    found: bool,
}

/// All findings: proven ones, and suspicions of causes. A suspected symptom is none: a symptom is
/// what was seen.
fn findings<'a>(book: &'a Book, outcomes: &'a [Outcome]) -> Vec<Finding<'a>> {
    let mut findings = Vec::new();
    for (rule, outcome) in outcomes.iter().enumerate() {
        let Some(says) = book.findings[rule].finding() else { continue };
        let solutions = outcome.solutions.iter().filter(|s| s.certain() || !says.symptom);
        findings.extend(solutions.map(|solution| {
            let subject = subject(says, solution);
            let title = title(book, rule, says, solution);
            Finding { rule, says, subject, title, solution }
        }));
    }
    findings
}

/// Where the first line stands that a solution shows.
fn first_noted(solution: &Solution) -> Option<Place> {
    solution.proof.iter().find_map(|evidence| match (&evidence.proof.note, &evidence.proof.basis) {
        (Some(_), Basis::Seen { place, .. }) => Some(*place),
        _ => None,
    })
}

fn subject(says: &Says, solution: &Solution) -> Subject {
    let text = |value: Option<crate::fact::Value>| value.map(|value| value.text().into_owned());
    Subject {
        kind: text(solution.value(&says.about.kind)).unwrap_or_default(),
        namespace: says.about.namespace.as_ref().and_then(|term| text(solution.value(term))),
        name: text(solution.value(&says.about.name)).unwrap_or_default(),
    }
}

fn title(book: &Book, rule: usize, says: &Says, solution: &Solution) -> String {
    let variables = &book.findings[rule].variables;
    says.title.render(|v| match &solution.bindings[v] {
        Some(value) => value.to_string(),
        None => format!("an unknown {}", variables[v].0.replace('_', " ")),
    })
}

fn diagnosis(
    solver: &Solver<'_>,
    findings: &[Finding<'_>],
    graph: &Graph,
    root: &Root,
    roots: &[Root],
) -> Diagnosis {
    let (book, facts) = (solver.book(), solver.facts());
    let witness = graph.witness(findings, root);
    let shown = graph.shown(findings, root, witness.as_ref());
    let finding = &findings[shown];
    let explains =
        graph.consequences(book, findings, &root.members, &root.covers, witness.as_ref());
    let missing = match root.found {
        true => vec![],
        false => ask::asks(facts, finding.solution, witness.as_ref()),
    };
    let variables = &book.findings[finding.rule].variables;
    let fix = finding.says.fix.as_ref().map(|fix| {
        fix.render(|v| match &finding.solution.bindings[v] {
            Some(value) => value.to_string(),
            None => variables[v].0.to_uppercase(),
        })
    });
    let alike: BTreeSet<Option<Place>> = root
        .members
        .iter()
        .filter(|n| findings[**n].found() == root.found)
        .map(|n| first_noted(findings[*n].solution))
        .collect();
    Diagnosis {
        rule: finding.rule,
        title: finding.title.clone(),
        severity: finding.says.severity,
        found: root.found,
        subject: finding.subject.clone(),
        subjects: subjects(findings, root, &finding.subject),
        evidence: finding.solution.proof.clone(),
        weight: Weight { covers: root.covers.len(), alone: root.alone },
        more: alike.len().saturating_sub(1),
        alternatives: refute::alternatives(solver, findings, roots, root),
        explains,
        missing,
        fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_one_workload_are_a_family() {
        let family = |kind: &str, name: &str| {
            let subject = Subject { kind: kind.into(), namespace: None, name: name.into() };
            subject.family().2.to_string()
        };
        assert_eq!(family("Pod", "details-v1-68868454f5-94hzd"), "details-v1");
        assert_eq!(family("Pod", "payments-0"), "payments");
        assert_eq!(family("Pod", "nginx-proxy"), "nginx-proxy");
        assert_eq!(family("Service", "web-68868454f5-94hzd"), "web-68868454f5-94hzd");
    }
}
