//! One step of a rule, asked of one branch after the other.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::query::{Fit, fits, known};
use super::{Because, Evidence, Solution, Solver, Sought, Wanted, view};
use crate::fact::{
    Answers, Basis, Filling, Ground, Hits, Missing, Proof, Row, Table, Value, Values, compare,
};
use crate::rule::{Ask, Pattern, Query, Rule, Step, Variable};
use crate::text::FileId;

/// One step, and all it needs to be judged.
pub(super) struct Judge<'a> {
    solver: &'a Solver<'a>,
    rule: &'a Rule,
    pub(super) n: usize,
    pub(super) sought: Sought,
    wanted: &'a Wanted,
    step: &'a Step,
    source: Source<'a>,
    /// Variables that have a value unless it is unknown.
    unknown: BTreeSet<Variable>,
    /// The files that the step's relation rests on, if rules derive it: the same for every branch.
    derived_from: OnceCell<Vec<FileId>>,
}

/// Where the rows of a step come from.
pub(super) enum Source<'a> {
    /// A table of all rows.
    Table(&'a Table),
    /// Rows that were derived for this step's branches alone.
    Derived(Table),
    /// Kubernetes computes them for each branch; or the step asks for none.
    Computed,
}

impl Source<'_> {
    /// The rows, unless they are computed.
    pub(super) fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Derived(table) => Some(table),
            Self::Computed => None,
        }
    }
}

/// Variables that a step before `n` binds: if one of them has no value there, its value is unknown.
fn bound_before(rule: &Rule, n: usize) -> BTreeSet<Variable> {
    let asked = rule.body[..n].iter().filter_map(|step| match &step.ask {
        Ask::Some(query) => Some(query),
        _ => None,
    });
    asked.flat_map(Query::variables).collect()
}

impl Query {
    /// The variables in its columns.
    pub(crate) fn variables(&self) -> impl Iterator<Item = Variable> + '_ {
        self.columns.iter().flat_map(|(_, pattern)| {
            let (one, groups) = match pattern {
                Pattern::Variable(variable) => (Some(*variable), &[][..]),
                Pattern::Match { groups, .. } => (None, &groups[..]),
                _ => (None, &[][..]),
            };
            one.into_iter().chain(groups.iter().map(|(_, variable)| *variable))
        })
    }
}

impl<'a> Judge<'a> {
    /// For step `n` of a rule, and these branches that come to it.
    pub(super) fn new(
        solver: &'a Solver<'a>,
        rule: &'a Rule,
        n: usize,
        sought: Sought,
        wanted: &'a Wanted,
        branches: &[Solution],
    ) -> Self {
        let (step, unknown) = (&rule.body[n], bound_before(rule, n));
        let source = match step.ask.query() {
            None => Source::Computed,
            Some(query) => match solver.facts.relation(query.relation).filling {
                Filling::Computed { .. } => Source::Computed,
                Filling::Derived => derived(solver, step, query, sought, wanted, branches),
                _ => Source::Table(solver.facts.table(query.relation)),
            },
        };
        let derived_from = OnceCell::new();
        Self { solver, rule, n, sought, wanted, step, source, unknown, derived_from }
    }

    /// Asks a step again that could not be known before, and of which more is known now: it may turn out
    /// that the narrower question was searched. There are no rows for it, since there were none for the
    /// wider one.
    pub(super) fn asked_again(
        &self,
        before: &[Option<Value>],
        branches: Vec<Solution>,
    ) -> Result<Vec<Solution>, Because> {
        let mut out = Vec::with_capacity(branches.len());
        let mut refused = None;
        for mut branch in branches {
            let newly = |v: Variable| before[v].is_none() && branch.bindings[v].is_some();
            let query = |m: usize| self.rule.body[m].ask.query();
            let again = branch
                .pending
                .iter()
                .position(|(m, _)| query(*m).is_some_and(|query| query.variables().any(newly)));
            if let Some(again) = again {
                let (m, missing) = branch.pending.remove(again);
                branch.missing.retain(|lacking| *lacking != missing);
                let searched = query(m).map(|query| self.searched(query, &branch));
                match searched {
                    Some(Ok(files)) => {
                        refused = Some(Because::Nothing(files));
                        continue;
                    }
                    Some(Err(missing)) => branch.wait_for(m, missing),
                    None => {}
                }
            }
            out.push(branch);
        }
        match (out.is_empty(), refused) {
            (true, Some(because)) => Err(because),
            _ => Ok(out),
        }
    }

    /// Takes a branch through the step.
    pub(super) fn step(&self, branch: Solution) -> Result<Vec<Solution>, Because> {
        if !self.step.closed {
            return self.open_step(branch);
        }
        // What was not captured counts as absent here: a branch that lacks more than before has seen
        // nothing. That ends it where a row was asked for; where none was, it goes on as it was, since
        // such a step could only have spoken against it.
        let out = self.open_step(branch.clone())?;
        if matches!(self.step.ask, Ask::None(_)) {
            return Ok(vec![branch]);
        }
        let seen: Vec<Solution> =
            out.into_iter().filter(|next| next.missing == branch.missing).collect();
        if seen.is_empty() { Err(Because::Nothing(vec![])) } else { Ok(seen) }
    }

    fn open_step(&self, branch: Solution) -> Result<Vec<Solution>, Because> {
        match &self.step.ask {
            Ask::Some(query) => self.some(query, branch),
            Ask::None(query) => self.none(query, branch).map(|branch| vec![branch]),
            Ask::Count { query, of, at_least, at_most } => {
                self.count(query, *of, *at_least, *at_most, branch).map(|branch| vec![branch])
            }
            Ask::Check { left, how, right, as_type } => {
                let (Some(l), Some(r)) = (branch.value(left), branch.value(right)) else {
                    return Ok(vec![branch]);
                };
                match compare(&l, *how, &r, *as_type) {
                    Some(true) => Ok(vec![branch]),
                    _ => Err(Because::Comparison(self.filled(&branch))),
                }
            }
        }
    }

    /// The step as it is written, with the values that the branch knows.
    fn filled(&self, branch: &Solution) -> String {
        let mut text = self.step.written.trim_start_matches("check: ").to_string();
        let mut names: Vec<usize> = (0..self.rule.variables.len()).collect();
        names.sort_by_key(|v| std::cmp::Reverse(self.rule.variables[*v].0.len()));
        for variable in names {
            if let Some(value) = &branch.bindings[variable] {
                text =
                    text.replace(&format!("${}", self.rule.variables[variable].0), &value.text());
            }
        }
        text
    }

    /// The table that holds the rows of the step, unless they are computed.
    fn table(&self) -> Option<&Table> {
        self.source.table()
    }

    /// What Kubernetes answers for the inputs that the branch knows.
    fn answered(&self, query: &Query, branch: &Solution) -> Answers {
        let relation = self.solver.facts.relation(query.relation);
        let Filling::Computed { inputs, answer } = relation.filling else {
            return Answers::Unknown(vec![]);
        };
        let known = known(query, branch);
        let value = |input: &&str| {
            let column = relation.column(input)?;
            known.iter().find(|(c, _)| *c == column).map(|(_, value)| value.clone())
        };
        match inputs.iter().map(value).collect::<Option<Vec<Value>>>() {
            Some(values) => answer(self.solver.facts, &values),
            None => Answers::Unknown(vec![]),
        }
    }

    /// The positions of rows that may fit.
    fn candidates<'t>(&self, table: &'t Table, query: &Query, branch: &Solution) -> Hits<'t> {
        table.candidates(&known(query, branch))
    }

    /// As [`Judge::candidates`], of wanted rows alone.
    fn wanted<'t>(&self, table: &'t Table, query: &Query, branch: &Solution) -> Hits<'t> {
        let all = self.candidates(table, query, branch);
        if all.len() < FEW {
            return all;
        }
        let sets = query.columns.iter().filter_map(|(column, pattern)| match pattern {
            Pattern::Variable(v) if branch.bindings[*v].is_none() => {
                self.wanted.get(*v)?.as_ref().map(|values| (*column, values))
            }
            _ => None,
        });
        let narrowed = sets.filter_map(|(column, values)| table.among(column, values, all.len()));
        narrowed.min_by_key(Hits::len).unwrap_or(all)
    }

    /// Whether a row binds nothing but what is wanted.
    fn is_wanted(&self, fit: &Fit) -> bool {
        fit.binds.iter().all(|(variable, value)| {
            let values = self.wanted.get(*variable).and_then(Option::as_ref);
            values.is_none_or(|values| values.contains(value))
        })
    }

    fn some(&self, query: &Query, branch: Solution) -> Result<Vec<Solution>, Because> {
        let Some(table) = self.table() else { return self.computed(query, branch) };
        let mut out = Vec::new();
        let mut others = false;
        for n in self.wanted(table, query, &branch).each() {
            let row = table.row(n);
            let Some(fit) = fits(row, query, &branch) else { continue };
            if !self.is_wanted(&fit) {
                others = true;
                continue;
            }
            let open = !fit.unknown.is_empty() || !row.ground.missing.is_empty();
            if open && self.sought == Sought::Certain {
                others = true;
                continue;
            }
            let mut next = branch.clone();
            self.take(&mut next, query, row, fit);
            out.push(next);
        }
        if !out.is_empty() || others || self.fits_unwanted(table, query, &branch) {
            return Ok(out);
        }
        match self.searched(query, &branch) {
            Ok(files) => Err(Because::Nothing(files)),
            Err(_) if self.sought == Sought::Certain => Ok(vec![]),
            Err(missing) => {
                let mut branch = branch;
                branch.wait_for(self.n, missing);
                Ok(vec![branch])
            }
        }
    }

    /// Whether there is a row that fits and that nobody wants: then nothing is missing, and nothing is
    /// refuted.
    fn fits_unwanted(&self, table: &Table, query: &Query, branch: &Solution) -> bool {
        self.wanted.iter().any(Option::is_some)
            && self
                .candidates(table, query, branch)
                .each()
                .any(|n| fits(table.row(n), query, branch).is_some())
    }

    fn computed(&self, query: &Query, branch: Solution) -> Result<Vec<Solution>, Because> {
        let rows = match self.answered(query, &branch) {
            Answers::Unknown(missing) => return Ok(vec![self.unanswered(query, branch, &missing)]),
            Answers::Rows(rows) => rows,
        };
        let mut out = Vec::new();
        for row in &rows {
            let Some(fit) = fits(row, query, &branch) else { continue };
            let mut next = branch.clone();
            self.take(&mut next, query, row, fit);
            out.push(next);
        }
        if out.is_empty() { Err(refuted(&rows)) } else { Ok(out) }
    }

    /// Shows each row that may fit, with its position.
    fn each_fitting(
        &self,
        query: &Query,
        branch: &Solution,
        take: &mut dyn FnMut(usize, &Row, Fit),
    ) -> Result<(), Vec<Missing>> {
        let mut offer = |n: usize, row: &Row| {
            if let Some(fit) = fits(row, query, branch) {
                take(n, row, fit);
            }
        };
        match self.table() {
            Some(table) => self
                .candidates(table, query, branch)
                .each()
                .for_each(|n| offer(n as usize, table.row(n))),
            None => match self.answered(query, branch) {
                Answers::Rows(rows) => rows.iter().enumerate().for_each(|(n, row)| offer(n, row)),
                Answers::Unknown(missing) => return Err(missing),
            },
        }
        Ok(())
    }

    /// A branch whose question Kubernetes cannot answer from what was captured.
    fn unanswered(&self, query: &Query, mut branch: Solution, missing: &[Missing]) -> Solution {
        branch.lack(missing.iter().cloned());
        if branch.certain() {
            branch.lack([Missing { relation: query.relation, known: vec![] }]);
        }
        branch
    }

    /// Binds what a row shows, and notes what it rests on.
    fn take(&self, branch: &mut Solution, query: &Query, row: &Row, fit: Fit) {
        for (variable, value) in &fit.binds {
            branch.bindings[*variable] = Some(value.clone());
        }
        if row.ground == Ground::default() {
            let also = row.also.first().copied();
            let seen = fit.place.map(|place| Basis::Seen {
                relation: query.relation,
                place,
                also,
                more: 0,
            });
            self.prove(branch, seen);
        } else {
            self.prove_by(branch, &row.ground.proof);
            branch.lack(row.ground.missing.iter().cloned());
        }
        branch.lack(self.unshown(query, row, &fit));
    }

    /// The capture that would show the columns of a row that are not known. A row that was itself
    /// concluded lacks what it rests on, and nothing of its own.
    fn unshown(&self, query: &Query, row: &Row, fit: &Fit) -> Option<Missing> {
        let shown = fit.unknown.is_empty() || !row.ground.missing.is_empty();
        (!shown).then(|| Missing {
            relation: query.relation,
            known: self.solver.identity(query.relation, row),
        })
    }

    /// Notes what this step rests on.
    fn prove(&self, branch: &mut Solution, basis: impl IntoIterator<Item = Basis>) {
        let note = self.step.note.clone();
        let proof = basis.into_iter().map(|basis| Proof { basis, note: note.clone() });
        branch.proof.extend(proof.map(|proof| Evidence { step: self.n, proof }));
    }

    /// Notes what a row rests on that was itself concluded. If its own rule had nothing to say of
    /// that, this step's note stands at its last line.
    fn prove_by(&self, branch: &mut Solution, ground: &[Proof]) {
        let mut proof = ground.to_vec();
        if proof.iter().all(|proof| proof.note.is_none()) {
            let last = proof.iter().rposition(|proof| matches!(proof.basis, Basis::Seen { .. }));
            if let Some(last) = last.or(proof.len().checked_sub(1)) {
                proof[last].note.clone_from(&self.step.note);
            }
        }
        branch.proof.extend(proof.into_iter().map(|proof| Evidence { step: self.n, proof }));
    }

    /// The files that would show such a row, or the capture that would.
    fn searched(&self, query: &Query, branch: &Solution) -> Result<Vec<FileId>, Missing> {
        let relation = self.solver.facts.relation(query.relation);
        let known = known(query, branch);
        match relation.filling {
            // A fact that may hold is a row with something missing; no row means no.
            Filling::Derived => {
                let files = || self.solver.rests_on(query.relation);
                Ok(self.derived_from.get_or_init(|| files().into_iter().collect()).clone())
            }
            Filling::Computed { .. } => Ok(vec![]),
            Filling::View => {
                let (id, known) = view::scope(self.solver.book, query.relation, &known);
                self.solver.facts.searched(id, &known).ok_or(Missing { relation: id, known })
            }
            Filling::Read | Filling::Attributed => self
                .solver
                .facts
                .searched(query.relation, &known)
                .ok_or(Missing { relation: query.relation, known }),
        }
    }

    /// Whether a query asks for a value that this branch does not know.
    fn asks_unknown(&self, query: &Query, branch: &Solution) -> bool {
        query.variables().any(|v| branch.bindings[v].is_none() && self.unknown.contains(&v))
    }

    fn none(&self, query: &Query, mut branch: Solution) -> Result<Solution, Because> {
        let vague = self.asks_unknown(query, &branch);
        let mut there = None;
        let mut open = false;
        let mut lacking = Vec::new();
        let offered = self.each_fitting(query, &branch, &mut |_, row, fit| {
            if fit.unknown.is_empty() && row.ground.missing.is_empty() && !vague {
                there.get_or_insert(fit.place.or(row.place));
            } else {
                open = true;
                lacking.extend(self.unshown(query, row, &fit));
                lacking.extend(row.ground.missing.iter().cloned());
            }
        });
        if let Err(missing) = offered {
            return Ok(self.unanswered(query, branch, &missing));
        }
        if let Some(place) = there {
            return Err(Because::Something(place));
        }
        branch.lack(lacking);
        if open {
            return Ok(branch);
        }
        match self.searched(query, &branch) {
            Ok(files) => {
                let known = known(query, &branch);
                self.prove(&mut branch, [Basis::Absent { relation: query.relation, known, files }]);
            }
            Err(missing) => branch.lack([missing]),
        }
        Ok(branch)
    }

    fn count(
        &self,
        query: &Query,
        of: Option<Variable>,
        at_least: Option<usize>,
        at_most: Option<usize>,
        mut branch: Solution,
    ) -> Result<Solution, Because> {
        let vague = self.asks_unknown(query, &branch);
        let mut seen: BTreeSet<(usize, Option<Value>)> = BTreeSet::new();
        let mut places = Vec::new();
        let mut open = Vec::new();
        let offered = self.each_fitting(query, &branch, &mut |n, row, fit| {
            if !fit.unknown.is_empty() || !row.ground.missing.is_empty() || vague {
                open.extend(row.ground.missing.iter().cloned());
                open.extend(self.unshown(query, row, &fit));
                return;
            }
            let value = of.and_then(|v| {
                fit.binds.iter().find(|(b, _)| *b == v).map(|(_, value)| value.clone())
            });
            let new = seen.insert((if of.is_some() { 0 } else { n }, value));
            places.extend(fit.place.filter(|_| new));
        });
        if let Err(missing) = offered {
            return Ok(self.unanswered(query, branch, &missing));
        }
        let whole = self.searched(query, &branch);
        open.extend(whole.as_ref().err().cloned());
        let enough = at_least.is_none_or(|least| seen.len() >= least);
        let few = at_most.is_none_or(|most| seen.len() <= most);
        if !few || !enough && open.is_empty() {
            return Err(match places.first() {
                Some(place) => Because::Something(Some(*place)),
                None => Because::Nothing(whole.unwrap_or_default()),
            });
        }
        if !enough || at_most.is_some() && !open.is_empty() {
            branch.lack(open);
            return Ok(branch);
        }
        let claim =
            format!("{} of {}", seen.len(), self.solver.facts.relation(query.relation).name);
        self.prove(&mut branch, [Basis::Held { claim }]);
        if let Some(place) = places.first() {
            let more = places.len() - 1;
            self.prove(
                &mut branch,
                [Basis::Seen { relation: query.relation, place: *place, also: None, more }],
            );
        }
        Ok(branch)
    }
}

/// What speaks against a step that asked Kubernetes: what its answer rests on.
fn refuted(rows: &[Row]) -> Because {
    let bases = || rows.iter().flat_map(|row| &row.ground.proof).map(|proof| &proof.basis);
    let seen = bases().find_map(|basis| match basis {
        Basis::Seen { place, .. } => Some(*place),
        _ => None,
    });
    let searched = bases().filter_map(|basis| match basis {
        Basis::Absent { files, .. } => Some(files.clone()),
        _ => None,
    });
    match seen {
        Some(place) => Because::Something(Some(place)),
        None => Because::Nothing(searched.flatten().collect()),
    }
}

/// Rows that are looked at one by one rather than looked up.
const FEW: usize = 16;

/// The rows of a derived relation that may matter to a step.
fn derived<'a>(
    solver: &'a Solver<'a>,
    step: &Step,
    query: &Query,
    sought: Sought,
    wanted: &Wanted,
    branches: &[Solution],
) -> Source<'a> {
    let sought = match step.ask {
        // What is only possible speaks neither for nor against.
        Ask::None(_) if step.closed => Sought::Certain,
        Ask::Some(_) => sought,
        _ => Sought::Possible,
    };
    let values = |pattern: &Pattern| -> Option<Values> {
        match pattern {
            Pattern::OneOf(values) => Some(values.iter().cloned().collect()),
            Pattern::Variable(v) if branches.iter().all(|b| b.bindings[*v].is_some()) => {
                Some(branches.iter().filter_map(|b| b.bindings[*v].clone()).collect())
            }
            Pattern::Variable(v)
                if matches!(step.ask, Ask::Some(_))
                    && branches.iter().all(|b| b.bindings[*v].is_none()) =>
            {
                wanted.get(*v)?.clone()
            }
            _ => None,
        }
    };
    let limits = query.columns.iter().filter_map(|(column, p)| Some((*column, values(p)?)));
    solver.derived(query.relation, sought, limits.collect())
}
