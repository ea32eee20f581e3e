//! How far a rule gets: step by step, where it stops, and what came nearest.

use super::judge::Judge;
use super::{Refusal, Solution, Solver, Sought, advance};
use crate::fact::{Cell, Facts, Filling};
use crate::rule::{Ask, Book, Pattern, Query, Rule};
use crate::text::Place;

use super::query::{fits, known};

/// What a rule came to, step by step.
#[derive(Debug)]
pub struct Trace {
    /// One for each step that was reached.
    pub steps: Vec<StepTrace>,
    /// The branches that came through all steps.
    pub solutions: Vec<Solution>,
}

/// What one step came to.
#[derive(Debug)]
pub struct StepTrace {
    /// Branches that reached it.
    pub came: usize,
    /// Branches that went on and are certain so far.
    pub certain: usize,
    /// Branches that went on although something is not known.
    pub open: Vec<Solution>,
    /// A certain branch, for its evidence.
    pub sample: Option<Solution>,
    /// Why branches ended here.
    pub refusals: Vec<Refusal>,
    /// What came nearest, if nothing went on: a row, and the columns in which it differs.
    pub nearest: Option<Near>,
}

/// A row that nearly fits.
#[derive(Debug)]
pub struct Near {
    /// Where it stands.
    pub place: Option<Place>,
    /// Names of the columns in which it differs, and its values there.
    pub differs: Vec<(String, String)>,
}

/// Open branches that are kept of a step.
const OPEN: usize = 50;

/// Takes a rule step by step through facts that hold all that is derived.
pub fn why(book: &Book, facts: &Facts, rule: &Rule) -> Trace {
    let mut trace = Trace { steps: vec![], solutions: vec![] };
    let solver = Solver::over(book, facts);
    let everything = vec![];
    let mut branches = vec![Solution::start(rule)];
    for (n, step) in rule.body.iter().enumerate() {
        let (came, before) = (branches.len(), branches.first().cloned());
        let mut refusals = Vec::new();
        let judge = Judge::new(&solver, rule, n, Sought::Possible, &everything, &branches);
        branches = advance(&judge, branches, &mut refusals);
        let nearest = match (&step.ask, &before) {
            (Ask::Some(query), Some(before)) if branches.iter().all(|b| !b.certain()) => {
                nearest(facts, query, before)
            }
            _ => None,
        };
        trace.steps.push(StepTrace {
            came,
            certain: branches.iter().filter(|branch| branch.certain()).count(),
            open: branches.iter().filter(|branch| !branch.certain()).take(OPEN).cloned().collect(),
            sample: branches.iter().find(|branch| branch.certain()).cloned(),
            refusals,
            nearest,
        });
        if branches.is_empty() {
            return trace;
        }
    }
    trace.solutions = branches;
    trace
}

/// The row that differs from a query in the fewest columns.
fn nearest(facts: &Facts, query: &Query, branch: &Solution) -> Option<Near> {
    let relation = facts.relation(query.relation);
    if matches!(relation.filling, Filling::Computed { .. }) {
        return None;
    }
    let asked = known(query, branch);
    let differing = |row: &crate::fact::Row| -> Vec<usize> {
        query
            .columns
            .iter()
            .filter(|(column, pattern)| match (&row.cells[*column], pattern) {
                (Cell::Unknown, _) => false,
                (Cell::Known(value), Pattern::Variable(_)) => {
                    asked.iter().any(|(c, v)| c == column && v != value)
                }
                (Cell::Known(value), Pattern::OneOf(values)) => !values.contains(value),
                (Cell::Known(value), Pattern::Match { regex, .. }) => {
                    !regex.is_match(&value.text())
                }
                (cell, Pattern::Absent) => *cell != Cell::Absent,
                (cell, _) => *cell == Cell::Absent,
            })
            .map(|(column, _)| *column)
            .collect()
    };
    let rows = facts.rows(query.relation).iter().filter(|row| fits(row, query, branch).is_none());
    let (row, columns) =
        rows.map(|row| (row, differing(row))).min_by_key(|(_, columns)| columns.len())?;
    if columns.is_empty() || columns.len() >= query.columns.len().max(2) {
        return None;
    }
    let place = columns.last().and_then(|column| row.place_of(*column));
    let value = |column: &usize| match &row.cells[*column] {
        Cell::Known(value) => value.to_string(),
        Cell::Absent => "absent".to_string(),
        Cell::Unknown => "unknown".to_string(),
    };
    let differs =
        columns.iter().map(|c| (relation.columns[*c].name.to_string(), value(c))).collect();
    Some(Near { place, differs })
}
