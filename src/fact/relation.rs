//! Relations: named tables with typed, documented columns, declared once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Facts, Missing, Row, Type, Value};

/// A relation's position in the [`Catalog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationId(pub u16);

/// A column of a relation.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name in rules.
    pub name: Cow<'static, str>,
    /// What its values are.
    pub as_type: Type,
    /// Meaning, unit, and what an absent value says.
    pub doc: Cow<'static, str>,
}

/// A named table of facts.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Its name in rules.
    pub name: Cow<'static, str>,
    /// What a row says.
    pub doc: Cow<'static, str>,
    /// The columns, in the order of a row's cells.
    pub columns: Cow<'static, [Column]>,
    /// Columns that identify a row: two captures of one thing are merged by them. Empty: rows are
    /// merged only if they are equal.
    pub key: &'static [&'static str],
    /// What to ask the customer for when the relation was not captured.
    pub capture: Cow<'static, str>,
    /// The command that takes the capture; `{column}` stands for a known value, `{exec}` for a pod's
    /// container that has a shell.
    pub command: Cow<'static, str>,
    /// Where rows come from.
    pub filling: Filling,
}

/// Where the rows of a relation come from.
#[derive(Debug, Clone, Copy)]
pub enum Filling {
    /// Readers fill it; a row says itself whom it is about.
    Read,
    /// Readers fill it; `namespace`, `pod`, `container` and `node` are those of the capture.
    Attributed,
    /// Rules derive it.
    Derived,
    /// Any field of objects of one kind, by path: a view that a rule's `object` step defines.
    View,
    /// Kubernetes computes it from other facts, once the inputs are known.
    Computed {
        /// Columns that must be bound before the question is asked.
        inputs: &'static [&'static str],
        /// Answers for one set of inputs, given in the order of `inputs`.
        answer: fn(&Facts, &[Value]) -> Answers,
    },
}

/// What a computed relation answers.
#[derive(Debug)]
pub enum Answers {
    /// These rows, each with what it rests on.
    Rows(Vec<Row>),
    /// It cannot be known without these captures.
    Unknown(Vec<Missing>),
}

impl Relation {
    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// All relations, by name and by [`RelationId`].
#[derive(Debug, Clone)]
pub struct Catalog {
    relations: Vec<Relation>,
    names: BTreeMap<Cow<'static, str>, RelationId>,
}

impl Catalog {
    /// A catalog of the given relations; their ids are their positions.
    pub fn new<'a>(relations: impl IntoIterator<Item = &'a Relation>) -> Self {
        let mut catalog = Self { relations: vec![], names: BTreeMap::new() };
        for relation in relations {
            catalog.add(relation.clone());
        }
        catalog
    }

    /// Adds a relation, or returns the id of the one that has its name already.
    pub fn add(&mut self, relation: Relation) -> RelationId {
        let next = RelationId(self.relations.len() as u16);
        let id = *self.names.entry(relation.name.clone()).or_insert(next);
        if id == next {
            self.relations.push(relation);
        }
        id
    }

    /// The relation of an id.
    pub fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0 as usize]
    }

    /// The id of a name.
    pub fn id(&self, name: &str) -> Option<RelationId> {
        self.names.get(name).copied()
    }

    /// All relations, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = (RelationId, &Relation)> {
        self.relations.iter().enumerate().map(|(n, relation)| (RelationId(n as u16), relation))
    }

    /// The names of all relations, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(AsRef::as_ref)
    }
}
