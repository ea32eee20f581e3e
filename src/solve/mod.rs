//! The judge: rules over facts, with three truth values.
//!
//! The one thing to know: a branch of a rule ends *true*, is *refuted*, or ends with captures missing.
//! False beats unknown: one refuted step ends a branch, whatever else is not known about it.
//!
//! What is certain is sought everywhere; what is only possible is sought where it would explain
//! something that is certain. So a cluster in which nothing is broken costs little, however much of it
//! was not captured.

mod derived;
mod judge;
mod query;
mod view;
mod why;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use crate::fact::{Basis, Facts, Missing, Proof, Value, Values};
use crate::rule::{Book, Link, Rule, Term, Variable};
use crate::text::{FileId, Place};

pub use derived::{concluded, views};
pub use why::{StepTrace, Trace, why};

use derived::Derived;
use judge::Judge;

/// One way in which a rule's steps hold, or may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The value of each variable; `None` where it is not known.
    pub bindings: Vec<Option<Value>>,
    /// What each step rests on.
    pub proof: Vec<Evidence>,
    /// What would have to be captured before it is certain; empty if it is.
    pub missing: Vec<Missing>,
    /// Steps that asked for a row that was not captured, with what each lacks. They are asked again
    /// once a later step binds what they left open.
    pending: Vec<(usize, Missing)>,
}

/// What a step rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The step's position in the rule.
    pub step: usize,
    /// What was seen, or searched in vain.
    pub proof: Proof,
}

/// Why a branch ended at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The step's position in the rule.
    pub step: usize,
    /// What refutes it.
    pub because: Because,
}

/// What refutes a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// These files were searched, and nothing there fits.
    Nothing(Vec<FileId>),
    /// A row is there that should not be; it may have no place of its own.
    Something(Option<Place>),
    /// The comparison came out otherwise, in words.
    Comparison(String),
}

/// What a rule came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How it holds, or may hold.
    pub solutions: Vec<Solution>,
    /// Why branches ended, of each step the first few.
    pub refusals: Vec<Refusal>,
    /// Whether it was given up because it multiplied without end.
    pub overflow: bool,
}

/// Branches that a rule may have at one step.
const BRANCHES: usize = 1_000_000;
/// Refusals that are kept of one step.
const REFUSALS: usize = 8;

/// Which solutions of a rule are sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sought {
    /// Those that nothing is missing for.
    Certain,
    /// Also those that may be, if captures were taken that were not.
    Possible,
}

/// For each variable the values that it may get, where only these matter. What a branch never binds
/// may be any of them.
type Wanted = Vec<Option<Values>>;

/// Rules over the facts of one cluster. What rules derive is derived when another rule asks for it.
#[derive(Debug)]
pub struct Solver<'a> {
    book: &'a Book,
    facts: &'a Facts,
    derived: Derived,
}

impl<'a> Solver<'a> {
    /// Over `facts`, to which [`views`] were added.
    pub fn new(book: &'a Book, facts: &'a Facts) -> Self {
        Self { book, facts, derived: Derived::on_demand(book) }
    }

    /// The rules.
    pub fn book(&self) -> &'a Book {
        self.book
    }

    /// The facts.
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// What all rules come to, by position in [`Book::findings`]: all that is certain, and of what is
    /// possible all that would explain something certain.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let certain = |rule: &Rule| self.solve(rule, Sought::Certain, &vec![]);
        let certain: Vec<Outcome> = self.book.findings.par_iter().map(certain).collect();
        let possible = |rule: &Rule| self.possible(rule, &certain);
        let possible: Vec<Vec<Solution>> = self.book.findings.par_iter().map(possible).collect();
        let both = certain.into_iter().zip(possible);
        both.map(|(mut outcome, possible)| {
            outcome.solutions.extend(possible);
            outcome
        })
        .collect()
    }

    /// What a cause may come to that would explain something certain.
    fn possible(&self, rule: &Rule, certain: &[Outcome]) -> Vec<Solution> {
        let Some(finding) = rule.finding().filter(|finding| !finding.symptom) else {
            return vec![];
        };
        let explained = |link: &Link| {
            let at = self.book.position(&link.rule)?;
            wanted(rule, link, certain[at].solutions.iter())
        };
        let mut seen = HashSet::new();
        let mut new = |solution: &Solution| {
            !solution.certain()
                && seen.insert((solution.bindings.clone(), solution.missing.clone()))
        };
        let ways = joined(finding.explains.iter().filter_map(explained).collect());
        let found = ways.iter().flat_map(|way| self.solve(rule, Sought::Possible, way).solutions);
        found.filter(|solution| new(solution)).collect()
    }

    /// What a cause comes to as an explanation of some findings of a rule.
    pub fn trial<'s>(
        &self,
        rule: &Rule,
        link: &Link,
        explained: impl Iterator<Item = &'s Solution>,
    ) -> Outcome {
        match wanted(rule, link, explained) {
            Some(wanted) => self.solve(rule, Sought::Possible, &wanted),
            None => Outcome::default(),
        }
    }

    /// Solves one rule.
    fn solve(&self, rule: &Rule, sought: Sought, wanted: &Wanted) -> Outcome {
        let mut outcome = Outcome::default();
        let mut branches = vec![Solution::start(rule)];
        for n in 0..rule.body.len() {
            let judge = Judge::new(self, rule, n, sought, wanted, &branches);
            branches = advance(&judge, branches, &mut outcome.refusals);
            if branches.len() > BRANCHES {
                return Outcome { overflow: true, ..outcome };
            }
            if branches.is_empty() {
                return outcome;
            }
        }
        // A suspicion rests on something that is there; a fact for other rules may merely be possible.
        if rule.finding().is_some() {
            branches.retain(Solution::rests_on_a_fact);
        }
        outcome.solutions = branches;
        outcome
    }
}

/// The values of a rule's variables with which a link leads to one of some findings; `None` if it leads
/// to none.
fn wanted<'s>(
    rule: &Rule,
    link: &Link,
    findings: impl Iterator<Item = &'s Solution>,
) -> Option<Wanted> {
    let mut wanted: Wanted = vec![None; rule.variables.len()];
    let mut any = false;
    'findings: for finding in findings.filter(|finding| finding.certain()) {
        let mut values: Vec<(Variable, &Value)> = Vec::new();
        for (there, here) in &link.variables {
            match (finding.bindings.get(*there), here) {
                (Some(Some(value)), Term::Variable(here)) => values.push((*here, value)),
                (Some(Some(value)), Term::Value(fixed)) if value == fixed => {}
                (Some(None), Term::Variable(_)) => {}
                _ => continue 'findings,
            }
        }
        any = true;
        for (variable, value) in values {
            wanted[variable].get_or_insert_default().insert(value.clone());
        }
    }
    any.then_some(wanted)
}

/// Puts together what is wanted of the same variables.
fn joined(all: Vec<Wanted>) -> Vec<Wanted> {
    let mut out: Vec<Wanted> = Vec::new();
    for wanted in all {
        let shape = |w: &Wanted| w.iter().map(Option::is_some).collect::<Vec<bool>>();
        match out.iter_mut().find(|known| shape(known) == shape(&wanted)) {
            Some(known) => {
                for (known, more) in known.iter_mut().zip(wanted) {
                    if let (Some(known), Some(more)) = (known, more) {
                        known.extend(more);
                    }
                }
            }
            None => out.push(wanted),
        }
    }
    out
}

impl Solution {
    fn start(rule: &Rule) -> Self {
        let bindings = vec![None; rule.variables.len()];
        Self { bindings, proof: vec![], missing: vec![], pending: vec![] }
    }

    /// The value of a term, if it is known.
    pub fn value(&self, term: &Term) -> Option<Value> {
        match term {
            Term::Value(value) => Some(value.clone()),
            Term::Variable(variable) => self.bindings[*variable].clone(),
        }
    }

    /// Whether nothing more needs to be captured.
    pub fn certain(&self) -> bool {
        self.missing.is_empty()
    }

    fn rests_on_a_fact(&self) -> bool {
        self.certain() || self.proof.iter().any(|e| matches!(e.proof.basis, Basis::Seen { .. }))
    }

    fn lack(&mut self, missing: impl IntoIterator<Item = Missing>) {
        let before = self.missing.len();
        self.missing.extend(missing);
        if self.missing.len() > before {
            self.missing.sort();
            self.missing.dedup();
        }
    }

    /// Notes that step `n` asked for a row that was not captured.
    fn wait_for(&mut self, n: usize, missing: Missing) {
        self.pending.push((n, missing.clone()));
        self.lack([missing]);
    }
}

/// Takes all branches through one step.
fn advance(
    judge: &Judge<'_>,
    branches: Vec<Solution>,
    refusals: &mut Vec<Refusal>,
) -> Vec<Solution> {
    let mut next: Vec<Solution> = Vec::new();
    let mut seen: HashMap<(Vec<Option<Value>>, Vec<Missing>), usize> = HashMap::new();
    let mut refused = 0;
    for branch in branches {
        let before = branch.bindings.clone();
        let out = judge.step(branch).and_then(|out| judge.asked_again(&before, out));
        match out {
            Ok(out) => {
                for solution in out {
                    if judge.sought == Sought::Certain && !solution.certain() {
                        continue;
                    }
                    let key = (solution.bindings.clone(), solution.missing.clone());
                    match seen.get(&key) {
                        Some(at) => next[*at].also(judge.n),
                        None => {
                            seen.insert(key, next.len());
                            next.push(solution);
                        }
                    }
                    if next.len() > BRANCHES {
                        return next;
                    }
                }
            }
            Err(because) if refused < REFUSALS => {
                refused += 1;
                refusals.push(Refusal { step: judge.n, because });
            }
            Err(_) => {}
        }
    }
    next
}

impl Solution {
    /// Counts a further row that shows what this branch shows at step `n`.
    fn also(&mut self, n: usize) {
        if let Some(Evidence { proof, step }) = self.proof.last_mut()
            && let Basis::Seen { more, .. } = &mut proof.basis
            && *step == n
        {
            *more += 1;
        }
    }
}
