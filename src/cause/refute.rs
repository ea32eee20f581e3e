//! What became of the other causes that could have explained the same symptoms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Root};
use crate::rule::Book;
use crate::solve::{Because, Outcome, Refusal, Solution, Solver};

/// Another cause.
#[derive(Debug)]
pub struct Alternative {
    /// Position in [`Book::findings`].
    pub rule: usize,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of an alternative.
#[derive(Debug)]
pub enum Verdict {
    /// It is ruled out at this step, by this.
    RuledOut {
        /// The step's position in the rule.
        step: usize,
        /// What refutes it.
        because: Because,
    },
    /// It could not be ruled out; what is proven explains the symptoms without it.
    Open,
}

/// The causes that could explain one of the consequences of a root, beside those that are reported.
pub(super) fn alternatives(
    solver: &Solver<'_>,
    findings: &[Finding<'_>],
    roots: &[Root],
    root: &Root,
) -> Vec<Alternative> {
    let reported: BTreeSet<usize> =
        roots.iter().map(|root| findings[root.members[0]].rule).collect();
    let mut explained: BTreeMap<usize, Vec<&Solution>> = BTreeMap::new();
    for n in &root.covers {
        explained.entry(findings[*n].rule).or_default().push(findings[*n].solution);
    }
    let rivals = rivals(solver.book(), explained.keys().copied());
    let rivals = rivals.into_iter().filter(|rule| !reported.contains(rule));
    rivals.map(|rule| Alternative { rule, verdict: tried(solver, rule, &explained) }).collect()
}

/// What becomes of a cause as an explanation of these findings.
fn tried(solver: &Solver<'_>, rule: usize, explained: &BTreeMap<usize, Vec<&Solution>>) -> Verdict {
    let rule = &solver.book().findings[rule];
    let links = rule.finding().map_or(&[][..], |finding| &finding.explains);
    let outcomes = links.iter().filter_map(|link| {
        let findings = explained.get(&solver.book().position(&link.rule)?)?;
        Some(solver.trial(rule, link, findings.iter().copied()))
    });
    let outcomes: Vec<Outcome> = outcomes.collect();
    let refusals: Vec<&Refusal> = outcomes.iter().flat_map(|outcome| &outcome.refusals).collect();
    match (outcomes.iter().all(|outcome| outcome.solutions.is_empty()), furthest(&refusals)) {
        (true, Some(refusal)) => {
            Verdict::RuledOut { step: refusal.step, because: refusal.because.clone() }
        }
        _ => Verdict::Open,
    }
}

/// Rivals that are told of; more of them nobody reads.
const TOLD: usize = 16;

/// The causes that directly explain one of the consequences: those of the most telling consequences, which
/// are the ones that fewest causes have. That a pod is not ready may have a hundred, and tells none apart.
fn rivals(book: &Book, explained: impl Iterator<Item = usize>) -> BTreeSet<usize> {
    let mut of: BTreeMap<&str, BTreeSet<usize>> =
        explained.map(|rule| (book.findings[rule].id.as_str(), BTreeSet::new())).collect();
    for (n, rule) in book.findings.iter().enumerate() {
        let Some(says) = rule.finding().filter(|says| !says.symptom) else { continue };
        for link in &says.explains {
            if let Some(causes) = of.get_mut(link.rule.as_str()) {
                causes.insert(n);
            }
        }
    }
    let mut telling: Vec<BTreeSet<usize>> = of.into_values().collect();
    telling.sort_by_key(BTreeSet::len);
    let mut rivals = BTreeSet::new();
    for causes in telling {
        let more: BTreeSet<usize> = rivals.union(&causes).copied().collect();
        if more.len() > TOLD {
            break;
        }
        rivals = more;
    }
    rivals
}

/// The refusal that got furthest; among those the one that shows a line.
fn furthest<'r>(refusals: &[&'r Refusal]) -> Option<&'r Refusal> {
    let shows = |refusal: &&Refusal| matches!(refusal.because, Because::Something(Some(_)));
    refusals.iter().copied().rev().max_by_key(|refusal| (refusal.step, shows(refusal)))
}
