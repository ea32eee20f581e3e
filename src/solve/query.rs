//! Whether a row fits a query.

use super::Solution;
use crate::fact::{Cell, Row, Value};
use crate::rule::{Pattern, Query, Variable};
use crate::text::Place;

/// How a row fits.
pub(super) struct Fit {
    /// Variables that it binds.
    pub(super) binds: Vec<(Variable, Value)>,
    /// Columns of which the capture does not show whether they fit.
    pub(super) unknown: Vec<usize>,
    /// What shows it best: the column that the query names last.
    pub(super) place: Option<Place>,
}

/// The columns of a query whose value a branch knows.
pub(super) fn known(query: &Query, branch: &Solution) -> Vec<(usize, Value)> {
    let value = |pattern: &Pattern| match pattern {
        Pattern::OneOf(values) if values.len() == 1 => Some(values[0].clone()),
        Pattern::Variable(variable) => branch.bindings[*variable].clone(),
        _ => None,
    };
    query.columns.iter().filter_map(|(column, pattern)| Some((*column, value(pattern)?))).collect()
}

/// Whether a row fits; `None` if it does not, whatever is unknown of it.
pub(super) fn fits(row: &Row, query: &Query, branch: &Solution) -> Option<Fit> {
    let mut fit = Fit { binds: vec![], unknown: vec![], place: row.place };
    for (column, pattern) in &query.columns {
        let column = *column;
        let place = row.places[column];
        match (&row.cells[column], pattern) {
            (Cell::Unknown, _) => {
                fit.unknown.push(column);
                continue;
            }
            (Cell::Absent, Pattern::Absent) | (Cell::Known(_), Pattern::Present) => {}
            (Cell::Absent, _) | (_, Pattern::Absent) => return None,
            (Cell::Known(value), Pattern::OneOf(values)) => {
                if !values.contains(value) {
                    return None;
                }
            }
            (Cell::Known(value), Pattern::Variable(variable)) => {
                fit.bind(*variable, value.clone(), branch)?
            }
            (Cell::Known(value), Pattern::Match { regex, groups }) => {
                let text = value.text();
                let found = regex.captures(&text)?;
                for (name, variable) in groups {
                    if let Some(group) = found.name(name) {
                        fit.bind(*variable, Value::from(group.as_str()), branch)?;
                    }
                }
                let whole = found.get(0).map_or(0..0, |m| m.range());
                fit.place = place.map(|place| narrowed(place, &text, whole)).or(fit.place);
                continue;
            }
        }
        fit.place = place.or(fit.place);
    }
    Some(fit)
}

impl Fit {
    fn bind(&mut self, variable: Variable, value: Value, branch: &Solution) -> Option<()> {
        let here = self.binds.iter().find(|(bound, _)| *bound == variable).map(|(_, value)| value);
        match here.or(branch.bindings[variable].as_ref()) {
            Some(bound) if *bound == value => Some(()),
            Some(_) => None,
            None => {
                self.binds.push((variable, value));
                Some(())
            }
        }
    }
}

/// The place of what an expression found, where the text stands in the file as it is.
fn narrowed(place: Place, text: &str, found: std::ops::Range<usize>) -> Place {
    if (place.end - place.start) as usize != text.len() || found.is_empty() {
        return place;
    }
    Place { start: place.start + found.start as u32, end: place.start + found.end as u32, ..place }
}
