//! What became of the other causes that could have explained the same symptoms.

use std::collections::BTreeSet;

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
    let symptoms: BTreeSet<usize> = explains.iter().map(|consequence| consequence.rule).collect();
    let mut alternatives = Vec::new();
    for (rule, outcome) in outcomes.iter().enumerate() {
        let Some(says) = book.findings[rule].finding() else { continue };
        if says.symptom || reported.contains(&rule) || !could_explain(book, rule, &symptoms) {
            continue;
        }
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

/// Whether a rule's links lead directly to one of these symptoms.
fn could_explain(book: &Book, rule: usize, symptoms: &BTreeSet<usize>) -> bool {
    let links = book.findings[rule].finding().map_or(&[][..], |says| &says.explains);
    links.iter().any(|link| symptoms.iter().any(|symptom| book.findings[*symptom].id == link.rule))
}

/// The refusal that got furthest; among those the one that shows a line.
fn furthest(refusals: &[Refusal]) -> Option<&Refusal> {
    let shows = |refusal: &Refusal| matches!(refusal.because, Because::Something(Some(_)));
    refusals.iter().rev().max_by_key(|refusal| (refusal.step, shows(refusal)))
}
