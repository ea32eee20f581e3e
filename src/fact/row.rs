//! Rows, and what a claim rests on.

use std::sync::Arc;

use super::{RelationId, Value};
use crate::text::{FileId, Place};

/// One cell of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Cell {
    /// The capture does not show this column.
    #[default]
    Unknown,
    /// The capture shows that there is no value.
    Absent,
    /// The value.
    Known(Value),
}

impl Cell {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown | Self::Absent => None,
        }
    }
}

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Self {
        Self::Known(value.into())
    }
}

/// A fact: one row of a relation, with the places where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A cell for each column.
    pub cells: Box<[Cell]>,
    /// For each column where its value stands; `None` where it stands nowhere of its own.
    pub places: Box<[Option<Place>]>,
    /// Where the row as a whole stands; `None` for what was derived.
    pub place: Option<Place>,
    /// Where other captures say the same.
    pub also: Vec<Place>,
    /// For a derived or computed row, what it rests on.
    pub ground: Ground,
}

/// What a derived row rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ground {
    /// What was seen, and what was searched in vain.
    pub proof: Vec<Proof>,
    /// What would have to be captured before the row is certain; empty if it is.
    pub missing: Vec<Missing>,
}

impl Row {
    /// A row of `width` unknown cells that stands at `place`.
    pub fn new(width: usize, place: Option<Place>) -> Self {
        Self {
            cells: vec![Cell::Unknown; width].into(),
            places: vec![None; width].into(),
            place,
            also: vec![],
            ground: Ground::default(),
        }
    }

    /// Sets a cell and the place where its value stands.
    #[must_use]
    pub fn with(mut self, column: usize, cell: impl Into<Cell>, place: Option<Place>) -> Self {
        self.put(column, cell, place);
        self
    }

    /// Sets a cell and the place where its value stands.
    pub fn put(&mut self, column: usize, cell: impl Into<Cell>, place: Option<Place>) {
        self.cells[column] = cell.into();
        self.places[column] = place;
    }

    /// The place that shows a column best: its own, or the row's.
    pub fn place_of(&self, column: usize) -> Option<Place> {
        self.places[column].or(self.place)
    }

    /// Takes from another row about the same thing what this one does not show. `false`, and nothing
    /// taken, if the two contradict each other: then both are observations of their own.
    pub fn merge(&mut self, other: &Row) -> bool {
        let conflict = self.cells.iter().zip(&other.cells).any(|(a, b)| match (a, b) {
            (Cell::Unknown, _) | (_, Cell::Unknown) => false,
            (a, b) => a != b,
        });
        if conflict {
            return false;
        }
        for (n, cell) in other.cells.iter().enumerate() {
            if self.cells[n] == Cell::Unknown {
                self.cells[n] = cell.clone();
                self.places[n] = other.place_of(n);
            }
        }
        self.also.extend(other.place);
        true
    }
}

/// One thing that a claim rests on, and what it shows in the words of the rule that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof {
    /// What was seen, or searched in vain.
    pub basis: Basis,
    /// What it shows; `None` if the rule finds it not worth telling.
    pub note: Option<Arc<str>>,
}

impl From<Basis> for Proof {
    fn from(basis: Basis) -> Self {
        Self { basis, note: None }
    }
}

/// What was seen, or searched in vain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A row was seen.
    Seen {
        /// Of this relation.
        relation: RelationId,
        /// There.
        place: Place,
        /// There another capture says the same.
        also: Option<Place>,
        /// So many further rows say the same.
        more: usize,
    },
    /// A row was searched for, and there is none.
    Absent {
        /// Of this relation.
        relation: RelationId,
        /// With these values.
        known: Vec<(usize, Value)>,
        /// In these files.
        files: Vec<FileId>,
    },
    /// A comparison or a count came out so, in words.
    Held {
        /// The comparison with its values.
        claim: String,
    },
}

/// A capture that was not taken, and would settle a question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Missing {
    /// The relation that it would fill.
    pub relation: RelationId,
    /// What is known of the rows in question.
    pub known: Vec<(usize, Value)>,
}
