//! The judge: rules over facts, with three truth values.
//!
//! The one thing to know: a branch of a rule ends *true*, is *refuted*, or ends with captures missing.
//! False beats unknown: one refuted step ends a branch, whatever else is not known about it.

mod query;
mod view;
mod why;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::fact::{
    Basis, Cell, Facts, Filling, Ground, Missing, Proof, RelationId, Row, Type, Value, compare,
};
use crate::rule::{Ask, Book, Query, Rule, Says, Step, Term, Variable};
use crate::text::{FileId, Place};

pub use why::{StepTrace, Trace, why};

use query::{Fit, fits, known};

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
    /// What the branch knew.
    pub bindings: Vec<Option<Value>>,
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

/// What all rules came to: an outcome for each of [`Book::findings`], and the facts with all that was
/// derived.
#[derive(Debug)]
pub struct Solved {
    /// By position in [`Book::findings`].
    pub outcomes: Vec<Outcome>,
    /// The facts, with those that rules derive.
    pub facts: Facts,
}

/// Branches that a rule may have at one step.
const BRANCHES: usize = 1_000_000;
/// Refusals that are kept of one step.
const REFUSALS: usize = 8;

/// Derives all facts, and then solves all rules that find something.
pub fn solve_all(book: &Book, facts: Facts) -> Solved {
    let facts = derive(book, facts);
    let outcomes = book.findings.par_iter().map(|rule| solve(book, &facts, rule)).collect();
    Solved { outcomes, facts }
}

/// Adds the views on objects, and what rules derive.
fn derive(book: &Book, mut facts: Facts) -> Facts {
    for view in &book.views {
        let rows = view::rows(&facts, view);
        facts.fill(view.relation, rows);
    }
    let mut at = 0;
    while let Some(Says::Fact { relation, .. }) = book.facts.get(at).map(|rule| &rule.says) {
        let same =
            |rule: &&Rule| matches!(&rule.says, Says::Fact { relation: r, .. } if r == relation);
        let rules: Vec<&Rule> = book.facts[at..].iter().take_while(same).collect();
        let types: Vec<Type> =
            facts.relation(*relation).columns.iter().map(|column| column.as_type).collect();
        let rows =
            rules.iter().flat_map(|rule| given(rule, &types, solve(book, &facts, rule))).collect();
        facts.fill(*relation, certain_first(rows));
        at += rules.len();
    }
    facts
}

/// The rows that a rule gives. What a pattern cut out of a text is text; a column of another type
/// takes it as that.
fn given(rule: &Rule, types: &[Type], outcome: Outcome) -> Vec<Row> {
    let Says::Fact { give, .. } = &rule.says else { return vec![] };
    let row = |solution: Solution| {
        let proof: Vec<Proof> =
            solution.proof.iter().map(|evidence| evidence.proof.clone()).collect();
        let seen = proof.iter().rev().find_map(|proof| match proof.basis {
            Basis::Seen { place, .. } => Some(place),
            _ => None,
        });
        let mut row = Row::new(give.len(), seen);
        for (column, term) in give.iter().enumerate() {
            let value = solution.value(term);
            let typed = value.map(|value| types[column].parse(&value.text()).unwrap_or(value));
            row.put(column, typed.map_or(Cell::Unknown, Cell::Known), None);
        }
        row.ground = Ground { proof, missing: solution.missing };
        row
    };
    outcome.solutions.into_iter().map(row).collect()
}

/// Leaves out what is only possible where a certain row says as much, and what is possible twice. A row
/// of which nothing at all is known says that a capture is missing; beside others it is idle.
fn certain_first(rows: Vec<Row>) -> Vec<Row> {
    let (certain, possible): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.ground.missing.is_empty());
    let mut shapes: BTreeMap<Vec<usize>, BTreeSet<Vec<Cell>>> = BTreeMap::new();
    let mut seen: BTreeSet<Box<[Cell]>> = BTreeSet::new();
    let open = possible.into_iter().filter(|row| {
        let shown: Vec<usize> =
            (0..row.cells.len()).filter(|c| row.cells[*c] != Cell::Unknown).collect();
        let part = |row: &Row| shown.iter().map(|column| row.cells[*column].clone()).collect();
        let said =
            shapes.entry(shown.clone()).or_insert_with(|| certain.iter().map(part).collect());
        !said.contains(&part(row)) && seen.insert(row.cells.clone())
    });
    let open: Vec<Row> = open.collect();
    let mut rows: Vec<Row> = certain.into_iter().chain(open).collect();
    let idle = |row: &Row| row.cells.iter().all(|cell| *cell == Cell::Unknown);
    if !rows.iter().all(idle) {
        rows.retain(|row| !idle(row));
    }
    rows
}

/// Solves one rule.
pub(crate) fn solve(book: &Book, facts: &Facts, rule: &Rule) -> Outcome {
    let mut outcome = Outcome::default();
    let mut branches = vec![Solution::start(rule)];
    for n in 0..rule.body.len() {
        branches = advance(book, facts, rule, n, branches, &mut outcome.refusals);
        if branches.len() > BRANCHES {
            return Outcome { overflow: true, ..outcome };
        }
    }
    // A suspicion rests on something that is there; a fact for other rules may merely be possible.
    if rule.finding().is_some() {
        branches.retain(Solution::rests_on_a_fact);
    }
    outcome.solutions = branches;
    outcome
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
        self.missing.extend(missing);
        self.missing.sort();
        self.missing.dedup();
    }
}

/// Takes all branches through one step.
fn advance(
    book: &Book,
    facts: &Facts,
    rule: &Rule,
    n: usize,
    branches: Vec<Solution>,
    refusals: &mut Vec<Refusal>,
) -> Vec<Solution> {
    let judge = Judge::new(book, facts, rule, n);
    let mut next: Vec<Solution> = Vec::new();
    let mut seen: HashMap<(Vec<Option<Value>>, Vec<Missing>), usize> = HashMap::new();
    let mut refused = 0;
    for branch in branches {
        let before = branch.bindings.clone();
        let out = judge.step(branch).and_then(|out| asked_again(&judge, &before, out));
        match out {
            Ok(out) => {
                for solution in out {
                    let key = (solution.bindings.clone(), solution.missing.clone());
                    match seen.get(&key) {
                        Some(at) => next[*at].also(n),
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
                refusals.push(Refusal { step: n, bindings: before, because });
            }
            Err(_) => {}
        }
    }
    next
}

/// Asks the steps again that could not be known before, and of which more is known now. What they
/// find, or find to be absent, counts as if they stood here.
fn asked_again(
    judge: &Judge<'_>,
    before: &[Option<Value>],
    branches: Vec<Solution>,
) -> Result<Vec<Solution>, Because> {
    let mut out = Vec::new();
    let mut refused = None;
    for mut branch in branches {
        let newly = |v: Variable| before[v].is_none() && branch.bindings[v].is_some();
        let again = branch.pending.iter().position(|(m, _)| {
            judge.rule.body[*m].ask.query().is_some_and(|query| query.variables().any(newly))
        });
        let Some(again) = again else {
            out.push(branch);
            continue;
        };
        let (m, missing) = branch.pending.remove(again);
        branch.missing.retain(|lacking| *lacking != missing);
        match Judge::new(judge.book, judge.facts, judge.rule, m).step(branch) {
            Ok(found) => out.extend(found),
            Err(because) => refused = Some(because),
        }
    }
    match (out.is_empty(), refused) {
        (true, Some(because)) => Err(because),
        _ => Ok(out),
    }
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
        use crate::rule::Pattern;
        self.columns.iter().flat_map(|(_, pattern)| match pattern {
            Pattern::Variable(variable) => vec![*variable],
            Pattern::Match { groups, .. } => groups.iter().map(|(_, variable)| *variable).collect(),
            _ => vec![],
        })
    }
}

/// One step, and all it needs to be judged.
struct Judge<'a> {
    book: &'a Book,
    facts: &'a Facts,
    rule: &'a Rule,
    n: usize,
    step: &'a Step,
    /// Variables that have a value unless it is unknown.
    unknown: BTreeSet<Variable>,
    /// The files that the step's relation rests on, if rules derive it: the same for every branch.
    derived_from: OnceCell<Vec<FileId>>,
}

impl<'a> Judge<'a> {
    fn new(book: &'a Book, facts: &'a Facts, rule: &'a Rule, n: usize) -> Self {
        let (step, unknown) = (&rule.body[n], bound_before(rule, n));
        Self { book, facts, rule, n, step, unknown, derived_from: OnceCell::new() }
    }

    fn step(&self, branch: Solution) -> Result<Vec<Solution>, Because> {
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

    /// All rows that may fit a query. A computed relation answers for the inputs that the branch
    /// knows.
    fn rows(&self, query: &Query, branch: &Solution) -> Rows<'_> {
        let relation = self.facts.relation(query.relation);
        let known = known(query, branch);
        let Filling::Computed { inputs, answer } = relation.filling else {
            let rows = self.facts.rows(query.relation);
            let hits = self.facts.candidates(query.relation, &known);
            return Rows::Stored(hits.into_iter().map(|n| &rows[n as usize]).collect());
        };
        let values: Option<Vec<Value>> = inputs
            .iter()
            .map(|input| {
                let column = relation.column(input)?;
                known.iter().find(|(c, _)| *c == column).map(|(_, value)| value.clone())
            })
            .collect();
        match values.map(|values| answer(self.facts, &values)) {
            Some(crate::fact::Answers::Rows(rows)) => Rows::Computed(rows),
            Some(crate::fact::Answers::Unknown(missing)) => Rows::Unknown(missing),
            None => Rows::Unknown(vec![]),
        }
    }

    fn some(&self, query: &Query, branch: Solution) -> Result<Vec<Solution>, Because> {
        let answers = self.rows(query, &branch);
        let rows = match &answers {
            Rows::Unknown(missing) => return Ok(vec![self.unanswered(query, branch, missing)]),
            rows => rows.all(),
        };
        let mut out = Vec::new();
        for row in rows {
            let Some(fit) = fits(row, query, &branch) else { continue };
            let mut next = branch.clone();
            self.take(&mut next, query, row, fit);
            out.push(next);
        }
        if let (true, Rows::Computed(rows)) = (out.is_empty(), &answers) {
            return Err(refuted(rows));
        }
        if out.is_empty() {
            return match self.searched(query, &branch) {
                Ok(files) => Err(Because::Nothing(files)),
                Err(missing) => {
                    let mut branch = branch;
                    branch.pending.push((self.n, missing.clone()));
                    branch.lack([missing]);
                    Ok(vec![branch])
                }
            };
        }
        Ok(out)
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
            known: identity(self.facts, query.relation, row),
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
        let relation = self.facts.relation(query.relation);
        let known = known(query, branch);
        match relation.filling {
            // A fact that may hold is a row with something missing; no row means no.
            Filling::Derived => {
                let files = || rests_on(self.book, self.facts, query.relation);
                Ok(self.derived_from.get_or_init(|| files().into_iter().collect()).clone())
            }
            Filling::Computed { .. } => Ok(vec![]),
            Filling::View => {
                let (id, known) = view::scope(self.book, query.relation, &known);
                self.facts.searched(id, &known).ok_or(Missing { relation: id, known })
            }
            Filling::Read | Filling::Attributed => self
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
        let rows = self.rows(query, &branch);
        if let Rows::Unknown(missing) = &rows {
            return Ok(self.unanswered(query, branch, missing));
        }
        let vague = self.asks_unknown(query, &branch);
        let mut open = false;
        for row in rows.all() {
            let Some(fit) = fits(row, query, &branch) else { continue };
            if fit.unknown.is_empty() && row.ground.missing.is_empty() && !vague {
                return Err(Because::Something(fit.place.or(row.place)));
            }
            open = true;
            branch.lack(self.unshown(query, row, &fit));
            branch.lack(row.ground.missing.iter().cloned());
        }
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
        let rows = self.rows(query, &branch);
        if let Rows::Unknown(missing) = &rows {
            return Ok(self.unanswered(query, branch, missing));
        }
        let vague = self.asks_unknown(query, &branch);
        let mut seen: BTreeSet<(usize, Option<Value>)> = BTreeSet::new();
        let mut places = Vec::new();
        let mut open = Vec::new();
        for (n, row) in rows.all().into_iter().enumerate() {
            let Some(fit) = fits(row, query, &branch) else { continue };
            if !fit.unknown.is_empty() || !row.ground.missing.is_empty() || vague {
                open.extend(row.ground.missing.iter().cloned());
                open.extend(self.unshown(query, row, &fit));
                continue;
            }
            let value = of.and_then(|v| {
                fit.binds.iter().find(|(b, _)| *b == v).map(|(_, value)| value.clone())
            });
            let new = seen.insert((if of.is_some() { 0 } else { n }, value));
            places.extend(fit.place.filter(|_| new));
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
        let claim = format!("{} of {}", seen.len(), self.facts.relation(query.relation).name);
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

/// Rows that may fit a query.
enum Rows<'a> {
    Stored(Vec<&'a Row>),
    Computed(Vec<Row>),
    Unknown(Vec<Missing>),
}

impl Rows<'_> {
    fn all(&self) -> Vec<&Row> {
        match self {
            Self::Stored(rows) => rows.clone(),
            Self::Computed(rows) => rows.iter().collect(),
            Self::Unknown(_) => vec![],
        }
    }
}

/// What tells a row from others: the known cells of its key.
fn identity(facts: &Facts, relation: RelationId, row: &Row) -> Vec<(usize, Value)> {
    let relation = facts.relation(relation);
    let columns = relation.key.iter().filter_map(|name| relation.column(name));
    columns.filter_map(|column| Some((column, row.cells[column].known()?.clone()))).collect()
}

/// The files that a derived relation rests on.
fn rests_on(book: &Book, facts: &Facts, relation: RelationId) -> BTreeSet<FileId> {
    let rules = book
        .facts
        .iter()
        .filter(|rule| matches!(&rule.says, Says::Fact { relation: r, .. } if *r == relation));
    let asked: BTreeSet<RelationId> = rules
        .flat_map(|rule| &rule.body)
        .filter_map(|step| step.ask.query())
        .map(|query| query.relation)
        .collect();
    asked
        .into_iter()
        .flat_map(|asked| match facts.relation(asked).filling {
            Filling::Derived => rests_on(book, facts, asked),
            _ => facts.coverage.any(asked),
        })
        .collect()
}
