//! All facts of one cluster, and questions to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Catalog, Coverage, Relation, RelationId, Row, Scope, Table, Value};
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
    pub node: yaml::Node<'static>,
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

    /// The table of a relation.
    pub fn table(&self, relation: RelationId) -> &Table {
        &self.tables[relation.0 as usize]
    }

    /// The rows of a relation, in the order of the files' paths and then of the lines.
    pub fn rows(&self, relation: RelationId) -> &[Row] {
        self.table(relation).rows()
    }

    /// Replaces the rows of a relation. Rows about the same thing are merged.
    pub fn fill(&mut self, relation: RelationId, rows: Vec<Row>) {
        let table = Table::new(self.catalog.relation(relation), rows);
        self.tables[relation.0 as usize] = table;
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

    /// The rows that have all of the known values for certain.
    pub fn having<'a>(
        &'a self,
        relation: RelationId,
        known: &'a [(usize, Value)],
    ) -> impl Iterator<Item = &'a Row> + 'a {
        let table = self.table(relation);
        let having = |row: &&Row| known.iter().all(|(c, v)| row.cells[*c].known() == Some(v));
        table.candidates(known).each().map(|n| table.row(n)).filter(having)
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
