//! The rows of one relation, and how those are found that may have some values.

use std::ops::Range;
use std::sync::OnceLock;

use hashbrown::{HashMap, HashSet};

use super::{Cell, Relation, Row, Value};

/// Values that a column may have, where only these matter.
pub type Values = HashSet<Value>;

/// The rows of a relation, with an index for each column that is asked by.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    indexes: Vec<OnceLock<Index>>,
}

/// The rows of a table by the values of one column.
#[derive(Debug, Default)]
struct Index {
    known: HashMap<Value, Vec<u32>>,
    unknown: Vec<u32>,
}

/// Positions of rows, in order.
#[derive(Debug)]
pub enum Hits<'a> {
    /// All of them.
    All(Range<u32>),
    /// Those that an index names.
    Indexed(&'a [u32]),
    /// Those that several places of an index name.
    Joined(Vec<u32>),
}

impl Hits<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::All(range) => range.len(),
            Self::Indexed(hits) => hits.len(),
            Self::Joined(hits) => hits.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The positions, one by one.
    pub fn each(self) -> impl Iterator<Item = u32> {
        let (range, indexed, joined) = match self {
            Self::All(range) => (range, &[][..], vec![]),
            Self::Indexed(hits) => (0..0, hits, vec![]),
            Self::Joined(hits) => (0..0, &[][..], hits),
        };
        range.chain(indexed.iter().copied()).chain(joined)
    }
}

impl Table {
    /// A table of these rows. Rows about the same thing are merged.
    pub fn new(relation: &Relation, rows: Vec<Row>) -> Self {
        let indexes = relation.columns.iter().map(|_| OnceLock::new()).collect();
        Self { rows: merged(relation, rows), indexes }
    }

    /// The rows, in the order in which they were given.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row at a position that [`Table::candidates`] names.
    pub fn row(&self, position: u32) -> &Row {
        &self.rows[position as usize]
    }

    fn index(&self, column: usize) -> &Index {
        self.indexes[column].get_or_init(|| Index::new(&self.rows, column))
    }

    /// The positions of rows that may have the known values: a superset, found by the column that
    /// narrows most. Rows in which that column is unknown are among them.
    pub fn candidates(&self, known: &[(usize, Value)]) -> Hits<'_> {
        let narrowest = known
            .iter()
            .map(|(column, value)| {
                let index = self.index(*column);
                (index.known.get(value).map_or(&[][..], Vec::as_slice), &index.unknown[..])
            })
            .min_by_key(|(hits, unknown)| hits.len() + unknown.len());
        match narrowest {
            None => Hits::All(0..self.rows.len() as u32),
            Some((hits, [])) => Hits::Indexed(hits),
            Some(([], unknown)) => Hits::Indexed(unknown),
            Some((hits, unknown)) => {
                let mut all = [hits, unknown].concat();
                all.sort_unstable();
                Hits::Joined(all)
            }
        }
    }

    /// As [`Table::candidates`], for rows of which one column may have any of some values. `None`: that
    /// narrows them no further than `most`.
    pub fn among(&self, column: usize, values: &Values, most: usize) -> Option<Hits<'_>> {
        let index = self.index(column);
        if index.unknown.len() >= most || values.len() >= most {
            return None;
        }
        let mut all = index.unknown.clone();
        for hits in values.iter().filter_map(|value| index.known.get(value)) {
            all.extend(hits);
            if all.len() >= most {
                return None;
            }
        }
        all.sort_unstable();
        Some(Hits::Joined(all))
    }
}

impl Index {
    fn new(rows: &[Row], column: usize) -> Self {
        let mut index = Self::default();
        for (n, row) in rows.iter().enumerate() {
            match &row.cells[column] {
                Cell::Known(value) => match index.known.get_mut(value) {
                    Some(hits) => hits.push(n as u32),
                    None => drop(index.known.insert(value.clone(), vec![n as u32])),
                },
                Cell::Unknown => index.unknown.push(n as u32),
                Cell::Absent => {}
            }
        }
        index
    }
}

/// Merges rows about the same thing, keeping the order of first appearance.
fn merged(relation: &Relation, rows: Vec<Row>) -> Vec<Row> {
    let key: Vec<usize> = relation.key.iter().filter_map(|name| relation.column(name)).collect();
    let mut out: Vec<Row> = Vec::with_capacity(rows.len());
    let mut places: HashMap<Vec<Cell>, Vec<usize>> = HashMap::new();
    for row in rows {
        let identity: Vec<Cell> = if key.is_empty() {
            row.cells.to_vec()
        } else {
            key.iter().map(|column| row.cells[*column].clone()).collect()
        };
        let whole = key.is_empty() || !identity.contains(&Cell::Unknown);
        let seen = places.entry(identity).or_default();
        if whole && row.ground.missing.is_empty() && seen.iter().any(|n| out[*n].merge(&row)) {
            continue;
        }
        seen.push(out.len());
        out.push(row);
    }
    out
}
