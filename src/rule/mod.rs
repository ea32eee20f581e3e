//! The book of rules: YAML, read strictly, and checked before anything is solved.
//!
//! The one thing to know: after loading nothing can be wrong any more. Every name is resolved to a
//! number, every variable is bound before it is used, and derived facts come in an order in which
//! each rests on earlier ones.

mod layout;
mod load;
mod mistake;
mod page;
mod parse;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::Regex;

use crate::fact::vocabulary::log;
use crate::fact::{Catalog, Comparison, Demand, RelationId, Type, Unmatchable, Value};

pub use layout::layout;
pub use load::{RuleFile, load};
pub use mistake::Mistake;
pub use page::page;
pub use schema::schema;

/// A variable of one rule: its position in [`Rule::variables`].
pub type Variable = usize;

/// All rules, checked.
#[derive(Debug)]
pub struct Book {
    /// The relations that captures fill, that Kubernetes computes, and that these rules derive.
    pub catalog: Catalog,
    /// Rules that derive facts, each behind all that it rests on.
    pub facts: Vec<Rule>,
    /// Rules that find causes and symptoms, sorted by id.
    pub findings: Vec<Rule>,
    /// Fields of objects that steps look at.
    pub views: Vec<View>,
}

/// Fields of objects of one kind, as a relation: `kind`, `namespace`, `name`, and then the paths.
#[derive(Debug, Clone)]
pub struct View {
    /// The relation.
    pub relation: RelationId,
    /// The kind of object.
    pub kind: String,
    /// The paths, such as `spec.ports[*].port`.
    pub paths: Vec<String>,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which is also its file's.
    pub id: String,
    /// The folder of the book that it stands in, such as `dns`.
    pub area: String,
    /// The file it was read from.
    pub file: String,
    /// Its variables' names and types.
    pub variables: Vec<(String, Type)>,
    /// Its steps, in order.
    pub body: Vec<Step>,
    /// What follows if all steps hold.
    pub says: Says,
}

/// What a rule concludes.
#[derive(Debug)]
pub enum Says {
    /// Something is wrong.
    Finding(Finding),
    /// A row of a derived relation.
    Fact {
        /// The relation.
        relation: RelationId,
        /// A term for each of its columns.
        give: Vec<Term>,
    },
}

/// What a rule says about what is wrong.
#[derive(Debug)]
pub struct Finding {
    /// One line that states the fault.
    pub title: Template,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is a symptom: something that is seen, and has its cause elsewhere.
    pub symptom: bool,
    /// The object to repair, or, for a symptom, the one that suffers.
    pub about: About,
    /// The findings of other rules that follow from this one.
    pub explains: Vec<Link>,
    /// What to do, as text with commands.
    pub fix: Option<Template>,
    /// Upstream documentation.
    pub references: Vec<String>,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A flaw that breaks nothing by itself.
    Low,
    /// Something works worse than it should.
    Medium,
    /// A workload does not work.
    High,
    /// Many workloads do not work.
    Critical,
}

impl Severity {
    /// All of them, from the mildest.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// The object that a finding is about.
#[derive(Debug)]
pub struct About {
    /// Its kind.
    pub kind: Term,
    /// Its namespace; `None` if it has none.
    pub namespace: Option<Term>,
    /// Its name.
    pub name: Term,
}

/// That findings of another rule follow from a finding of this one.
#[derive(Debug)]
pub struct Link {
    /// The other rule's id.
    pub rule: String,
    /// Variables of the other rule, and what they must be.
    pub variables: Vec<(Variable, Term)>,
}

/// A value, or a variable that stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The value.
    Value(Value),
    /// The variable.
    Variable(Variable),
}

/// Text with variables.
#[derive(Debug, Clone)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Debug, Clone)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A variable's value.
    Variable(Variable),
}

/// A step of a rule's body.
#[derive(Debug)]
pub struct Step {
    /// What it asks.
    pub ask: Ask,
    /// Whether what was not captured counts as absent here (`unknown: absent`).
    pub closed: bool,
    /// What its evidence is, in the rule's words.
    pub note: Option<Arc<str>>,
    /// The step as it is written.
    pub written: String,
    /// Its line in the rule's file.
    pub line: u32,
}

/// What a step asks.
#[derive(Debug)]
pub enum Ask {
    /// There is such a row; every one is a branch.
    Some(Query),
    /// There is no such row.
    None(Query),
    /// There are so many such rows.
    Count {
        /// Such rows.
        query: Query,
        /// What is counted once: different values of this variable of the query, or rows.
        of: Option<Variable>,
        /// At least so many, if stated.
        at_least: Option<usize>,
        /// At most so many, if stated.
        at_most: Option<usize>,
    },
    /// A comparison holds.
    Check {
        /// The left side.
        left: Term,
        /// How the sides compare.
        how: Comparison,
        /// The right side.
        right: Term,
        /// What both are.
        as_type: Type,
    },
}

/// Rows of a relation, described by some of their columns.
#[derive(Debug)]
pub struct Query {
    /// The relation.
    pub relation: RelationId,
    /// Columns and what they must be, in the order in which the rule names them.
    pub columns: Vec<(usize, Pattern)>,
}

/// What a column must be.
#[derive(Debug)]
pub enum Pattern {
    /// One of these values.
    OneOf(Vec<Value>),
    /// Equal to the variable, or binding it.
    Variable(Variable),
    /// Text in which the expression is found; its named groups are variables.
    Match {
        /// The expression.
        regex: Regex,
        /// Groups by name, and the variables they are.
        groups: Vec<(String, Variable)>,
    },
    /// Any value.
    Present,
    /// No value.
    Absent,
}

impl Book {
    /// What the rules ask of the captures.
    ///
    /// # Errors
    /// The patterns are too large together.
    pub fn demand(&self, kinds: &[&str]) -> Result<Demand, Unmatchable> {
        let patterns: BTreeSet<&str> = self.log_patterns().map(|(_, _, pattern)| pattern).collect();
        let kinds = kinds.iter().map(ToString::to_string);
        let viewed = self.views.iter().map(|view| view.kind.clone());
        Demand::new(patterns, kinds.chain(viewed))
    }

    /// The patterns over log lines, each with its rule and step.
    pub fn log_patterns(&self) -> impl Iterator<Item = (&Rule, &Step, &str)> {
        let steps = self.all().flat_map(|rule| rule.body.iter().map(move |step| (rule, step)));
        steps.flat_map(|(rule, step)| {
            let query = step.ask.query().filter(|query| query.relation == log::ID);
            let columns = query.map_or(&[][..], |query| &query.columns).iter();
            columns.filter_map(move |(column, pattern)| match pattern {
                Pattern::Match { regex, .. } if *column == log::text => {
                    Some((rule, step, regex.as_str()))
                }
                _ => None,
            })
        })
    }

    /// All rules, those that derive facts first.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.facts.iter().chain(&self.findings)
    }

    /// The rule of an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.all().find(|rule| rule.id == id)
    }

    /// The position of a finding rule.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.findings.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()
    }

    /// The position of each finding rule by its id.
    pub fn positions(&self) -> BTreeMap<&str, usize> {
        self.findings.iter().enumerate().map(|(n, rule)| (rule.id.as_str(), n)).collect()
    }
}

impl Ask {
    /// The query of a step, if it has one.
    pub fn query(&self) -> Option<&Query> {
        match self {
            Self::Some(query) | Self::None(query) | Self::Count { query, .. } => Some(query),
            Self::Check { .. } => None,
        }
    }
}

impl Rule {
    /// What the rule finds, if it is no rule for facts.
    pub fn finding(&self) -> Option<&Finding> {
        match &self.says {
            Says::Finding(finding) => Some(finding),
            Says::Fact { .. } => None,
        }
    }
}

impl Template {
    /// The text, with each variable as `value` says.
    pub fn render(&self, value: impl Fn(Variable) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(variable) => value(*variable),
        };
        self.0.iter().map(piece).collect()
    }
}
