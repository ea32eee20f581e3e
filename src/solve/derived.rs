//! What rules derive, when another rule asks for it: all of it once, or the few rows that matter to
//! one step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::judge::Source;
use super::{Outcome, Solution, Solver, Sought, Wanted, view};
use crate::fact::vocabulary::pod;
use crate::fact::{
    Basis, Cell, Facts, Filling, Ground, Proof, RelationId, Row, Table, Type, Value, Values,
};
use crate::rule::{Book, Rule, Says, Term};
use crate::text::FileId;

/// What was derived so far.
#[derive(Debug)]
pub(super) enum Derived {
    /// The facts hold all of it.
    Known,
    /// Each relation, once all of it was asked for.
    OnDemand(BTreeMap<RelationId, Tables>),
}

/// All rows of a derived relation, and those among them that are certain.
#[derive(Debug, Default)]
pub(super) struct Tables {
    certain: OnceLock<Table>,
    possible: OnceLock<Table>,
}

/// Values to which columns are limited.
type Limits = Vec<(usize, Values)>;

impl Derived {
    pub(super) fn on_demand(book: &Book) -> Self {
        let relations = book.facts.iter().filter_map(given_by);
        Self::OnDemand(relations.map(|relation| (relation, Tables::default())).collect())
    }
}

/// The relation that a rule derives.
fn given_by(rule: &Rule) -> Option<RelationId> {
    match &rule.says {
        Says::Fact { relation, .. } => Some(*relation),
        Says::Finding(_) => None,
    }
}

/// The facts with the views on objects that rules take.
pub fn views(book: &Book, mut facts: Facts) -> Facts {
    for view in &book.views {
        let rows = view::rows(&facts, view);
        facts.fill(view.relation, rows);
    }
    facts
}

/// The facts with the views, and with all that rules derive.
pub fn concluded(book: &Book, facts: Facts) -> Facts {
    let mut facts = views(book, facts);
    // Rules stand behind the rules that they rest on, those of one relation together.
    let mut relations: Vec<RelationId> = book.facts.iter().filter_map(given_by).collect();
    relations.dedup();
    for relation in relations {
        let rows = Solver::over(book, &facts).rows(relation, Sought::Possible, &vec![]);
        facts.fill(relation, rows);
    }
    facts
}

impl<'a> Solver<'a> {
    /// Over facts that hold all that is derived, or all that the rules at hand rest on.
    pub(super) fn over(book: &'a Book, facts: &'a Facts) -> Self {
        Self { book, facts, derived: Derived::Known }
    }

    /// The rows of a derived relation that have one of some values in each of some columns, or that do
    /// not show them; possibly others.
    pub(super) fn derived(
        &self,
        relation: RelationId,
        sought: Sought,
        limits: Limits,
    ) -> Source<'_> {
        let tables = match &self.derived {
            Derived::Known => None,
            Derived::OnDemand(tables) => tables.get(&relation),
        };
        let Some(tables) = tables else { return Source::Table(self.facts.table(relation)) };
        let all = match sought {
            Sought::Certain => &tables.certain,
            Sought::Possible => &tables.possible,
        };
        let table = |rows| Table::new(self.facts.relation(relation), rows);
        if let Some(all) = all.get() {
            return Source::Table(all);
        }
        // Where much of it is asked for, the next step will ask for the rest.
        let most = (self.facts.rows(pod::ID).len() / 4).max(64);
        if limits.iter().any(|(_, values)| values.len() <= most) {
            return Source::Derived(table(self.rows(relation, sought, &limits)));
        }
        Source::Table(all.get_or_init(|| table(self.rows(relation, sought, &vec![]))))
    }

    /// Derives rows within limits.
    fn rows(&self, relation: RelationId, sought: Sought, limits: &Limits) -> Vec<Row> {
        let rules = self.book.facts.iter().filter(|rule| given_by(rule) == Some(relation));
        let rows: Vec<Row> =
            rules.flat_map(|rule| self.given(rule, relation, sought, limits)).collect();
        if sought == Sought::Certain {
            return certain_first(rows, &[]);
        }
        // Of a column that a row does not show, rows beyond its limit may say as much.
        let shown = |column: usize| {
            rows.iter()
                .all(|row| row.ground.missing.is_empty() || row.cells[column] != Cell::Unknown)
        };
        let all_shown: Limits =
            limits.iter().filter(|(column, _)| shown(*column)).cloned().collect();
        let beyond = match all_shown.len() == limits.len() {
            true => vec![],
            false => self.rows(relation, Sought::Certain, &all_shown),
        };
        let mut rows = certain_first(rows, &beyond);
        if !limits.is_empty() && rows.iter().all(is_idle) && !rows.is_empty() {
            let all = self.derived(relation, sought, vec![]);
            let idle = all.table().is_none_or(|table| table.rows().iter().all(is_idle));
            rows.retain(|_| idle);
        }
        rows
    }

    /// The rows that a rule gives. What a pattern cut out of a text is text; a column of another type
    /// takes it as that.
    fn given(
        &self,
        rule: &Rule,
        relation: RelationId,
        sought: Sought,
        limits: &Limits,
    ) -> Vec<Row> {
        let Says::Fact { give, .. } = &rule.says else { return vec![] };
        let columns = &self.facts.relation(relation).columns;
        let types: Vec<Type> = columns.iter().map(|column| column.as_type).collect();
        let mut wanted: Wanted = vec![];
        for (column, values) in limits {
            match give.get(*column) {
                Some(Term::Variable(v)) if rule.variables[*v].1 == types[*column] => {
                    wanted.resize_with(rule.variables.len(), || None);
                    wanted[*v] = Some(values.clone());
                }
                Some(Term::Value(value)) if !values.contains(&typed(value, types[*column])) => {
                    return vec![];
                }
                _ => {}
            }
        }
        let outcome = self.solve(rule, sought, &wanted);
        rows_of(outcome, give, &types)
    }

    /// The files that a derived relation rests on.
    pub(super) fn rests_on(&self, relation: RelationId) -> BTreeSet<FileId> {
        let rules = self.book.facts.iter().filter(|rule| given_by(rule) == Some(relation));
        let asked: BTreeSet<RelationId> = rules
            .flat_map(|rule| &rule.body)
            .filter_map(|step| step.ask.query())
            .map(|query| query.relation)
            .collect();
        asked
            .into_iter()
            .flat_map(|asked| match self.facts.relation(asked).filling {
                Filling::Derived => self.rests_on(asked),
                _ => self.facts.coverage.any(asked),
            })
            .collect()
    }

    /// What tells a row from others: the known cells of its key.
    pub(super) fn identity(&self, relation: RelationId, row: &Row) -> Vec<(usize, Value)> {
        let relation = self.facts.relation(relation);
        let columns = relation.key.iter().filter_map(|name| relation.column(name));
        columns.filter_map(|column| Some((column, row.cells[column].known()?.clone()))).collect()
    }
}

fn typed(value: &Value, as_type: Type) -> Value {
    as_type.parse(&value.text()).unwrap_or_else(|_| value.clone())
}

fn rows_of(outcome: Outcome, give: &[Term], types: &[Type]) -> Vec<Row> {
    let row = |solution: Solution| {
        let proof: Vec<Proof> =
            solution.proof.iter().map(|evidence| evidence.proof.clone()).collect();
        let seen = proof.iter().rev().find_map(|proof| match proof.basis {
            Basis::Seen { place, .. } => Some(place),
            _ => None,
        });
        let mut row = Row::new(give.len(), seen);
        for (column, term) in give.iter().enumerate() {
            let value = solution.value(term).map(|value| typed(&value, types[column]));
            row.put(column, value.map_or(Cell::Unknown, Cell::Known), None);
        }
        row.ground = Ground { proof, missing: solution.missing };
        row
    };
    outcome.solutions.into_iter().map(row).collect()
}

/// Leaves out what is only possible where a certain row says as much, here or among `beyond`, and what
/// is possible twice. A row of which nothing at all is known says that a capture is missing; beside
/// others it is idle.
fn certain_first(rows: Vec<Row>, beyond: &[Row]) -> Vec<Row> {
    let (certain, possible): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.ground.missing.is_empty());
    let mut shapes: BTreeMap<Vec<usize>, BTreeSet<Vec<Cell>>> = BTreeMap::new();
    let mut seen: BTreeSet<Box<[Cell]>> = BTreeSet::new();
    let open = possible.into_iter().filter(|row| {
        let shown: Vec<usize> =
            (0..row.cells.len()).filter(|c| row.cells[*c] != Cell::Unknown).collect();
        let part = |row: &Row| shown.iter().map(|column| row.cells[*column].clone()).collect();
        let said = shapes
            .entry(shown.clone())
            .or_insert_with(|| certain.iter().chain(beyond).map(part).collect());
        !said.contains(&part(row)) && seen.insert(row.cells.clone())
    });
    let open: Vec<Row> = open.collect();
    let mut rows: Vec<Row> = certain.into_iter().chain(open).collect();
    if !rows.iter().all(is_idle) {
        rows.retain(|row| !is_idle(row));
    }
    rows
}

/// Whether a row says nothing but that a capture is missing.
fn is_idle(row: &Row) -> bool {
    row.cells.iter().all(|cell| *cell == Cell::Unknown)
}
