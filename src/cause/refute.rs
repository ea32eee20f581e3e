//! What became of the other causes that could have explained the same symptoms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Consequence, Finding, Root};
use crate::rule::Book;
use crate::solve::{Because, Outcome, Refusal};

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

/// The causes that could explain one of the consequences, beside those that are reported.
pub(super) fn alternatives(
    book: &Book,
    outcomes: &[Outcome],
    findings: &[Finding<'_>],
    roots: &[Root],
    explains: &[Consequence],
) -> Vec<Alternative> {
    let reported: BTreeSet<usize> =
        roots.iter().map(|root| findings[root.members[0]].rule).collect();
    let mut alternatives = Vec::new();
    for rule in rivals(book, explains) {
        let Some(outcome) = outcomes.get(rule).filter(|_| !reported.contains(&rule)) else {
            continue;
        };
        let verdict = match (outcome.solutions.is_empty(), furthest(&outcome.refusals)) {
            (true, Some(refusal)) => {
                Verdict::RuledOut { step: refusal.step, because: refusal.because.clone() }
            }
            _ => Verdict::Open,
        };
        alternatives.push(Alternative { rule, verdict });
    }
    alternatives
}

/// Rivals that are told of; more of them nobody reads.
const TOLD: usize = 16;

/// The causes that directly explain one of the consequences: those of the most telling consequences, which
/// are the ones that fewest causes have. That a pod is not ready may have a hundred, and tells none apart.
fn rivals(book: &Book, explains: &[Consequence]) -> BTreeSet<usize> {
    let mut of: BTreeMap<&str, BTreeSet<usize>> =
        explains.iter().map(|c| (book.findings[c.rule].id.as_str(), BTreeSet::new())).collect();
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
fn furthest(refusals: &[Refusal]) -> Option<&Refusal> {
    let shows = |refusal: &Refusal| matches!(refusal.because, Because::Something(Some(_)));
    refusals.iter().rev().max_by_key(|refusal| (refusal.step, shows(refusal)))
}
