//! All facts of one cluster, and questions to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use super::{Catalog, Cell, Coverage, Relation, RelationId, Row, Scope, Value};
use crate::text::{FileId, LineIndex, Place, Sources, Span, yaml};

/// An object whose fields rules may look at by path.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its kind, such as `NetworkPolicy`.
    pub kind: String,
    /// Its namespace; `None` if it has none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its fields.
    pub node: yaml::Node,
    /// For each node that is a scalar or a key the place is found by its span in this file.
    pub file: FileId,
    /// Finds lines in the text that the spans of `node` count in.
    pub lines: Arc<LineIndex>,
    /// Where that text begins in the file.
    pub offset: u32,
}

impl Object {
    /// The place of a span of [`Object::node`].
    pub fn place(&self, span: Span) -> Place {
        let (line, start, end) = self.lines.locate(span.shifted(self.offset));
        Place { file: self.file, line, start, end }
    }
}

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Row>,
    indexes: Vec<OnceLock<Index>>,
}

/// The rows of a table by the values of one column.
#[derive(Debug, Default)]
struct Index {
    known: HashMap<Value, Vec<u32>>,
    unknown: Vec<u32>,
}

/// All facts of one cluster.
#[derive(Debug)]
pub struct Facts {
    catalog: Catalog,
    tables: Vec<Table>,
    objects: BTreeMap<String, Vec<Object>>,
    /// What was searched.
    pub coverage: Coverage,
    /// The texts that the facts point into.
    pub sources: Sources,
}

impl Facts {
    /// No facts yet, of the relations in `catalog`.
    pub fn new(catalog: Catalog, sources: Sources) -> Self {
        let tables = catalog.all().map(|_| Table::default()).collect();
        let (objects, coverage) = (BTreeMap::new(), Coverage::default());
        Self { catalog, tables, objects, coverage, sources }
    }

    /// The relations.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// A relation of the catalog.
    pub fn relation(&self, id: RelationId) -> &Relation {
        self.catalog.relation(id)
    }

    /// The rows of a relation, in the order of the files' paths and then of the lines.
    pub fn rows(&self, relation: RelationId) -> &[Row] {
        &self.tables[relation.0 as usize].rows
    }

    /// Replaces the rows of a relation. Rows about the same thing are merged.
    pub fn fill(&mut self, relation: RelationId, rows: Vec<Row>) {
        let declared = self.catalog.relation(relation);
        let rows = merged(declared, rows);
        let indexes = declared.columns.iter().map(|_| OnceLock::new()).collect();
        self.tables[relation.0 as usize] = Table { rows, indexes };
    }

    /// Adds objects whose fields may be asked for.
    pub fn add_objects(&mut self, objects: impl IntoIterator<Item = Object>) {
        for object in objects {
            self.objects.entry(object.kind.clone()).or_default().push(object);
        }
    }

    /// The objects of a kind whose fields were kept.
    pub fn objects(&self, kind: &str) -> &[Object] {
        self.objects.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The positions of rows that may have the known values: a superset, found by the column that
    /// narrows most. Rows in which that column is unknown are among them.
    pub fn candidates(&self, relation: RelationId, known: &[(usize, Value)]) -> Vec<u32> {
        let table = &self.tables[relation.0 as usize];
        let narrowest = known
            .iter()
            .map(|(column, value)| {
                let index = table.indexes[*column].get_or_init(|| Index::new(&table.rows, *column));
                (index.known.get(value).map_or(&[][..], Vec::as_slice), &index.unknown[..])
            })
            .min_by_key(|(hits, unknown)| hits.len() + unknown.len());
        match narrowest {
            None => (0..table.rows.len() as u32).collect(),
            Some((hits, [])) => hits.to_vec(),
            Some((hits, unknown)) => {
                let mut all = [hits, unknown].concat();
                all.sort_unstable();
                all
            }
        }
    }

    /// The rows that have all of the known values for certain.
    pub fn having<'a>(
        &'a self,
        relation: RelationId,
        known: &'a [(usize, Value)],
    ) -> impl Iterator<Item = &'a Row> + 'a {
        self.candidates(relation, known)
            .into_iter()
            .map(move |n| &self.rows(relation)[n as usize])
            .filter(|row| known.iter().all(|(c, v)| row.cells[*c].known() == Some(v)))
    }

    /// The files that would show a row with these values if there were one.
    pub fn searched(&self, relation: RelationId, known: &[(usize, Value)]) -> Option<Vec<FileId>> {
        self.coverage.files(relation, known)
    }

    /// Notes that a file shows a scope of a relation in full.
    pub fn add_searched(&mut self, relation: RelationId, scope: Scope, file: FileId) {
        self.coverage.add(relation, scope, file);
    }
}

impl Index {
    fn new(rows: &[Row], column: usize) -> Self {
        let mut index = Self::default();
        for (n, row) in rows.iter().enumerate() {
            match &row.cells[column] {
                Cell::Known(value) => {
                    index.known.entry(value.clone()).or_default().push(n as u32);
                }
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
