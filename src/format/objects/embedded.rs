//! What a ConfigMap holds as text: a Corefile, a kubelet's configuration, kubeconfigs.

use super::Reader;
use crate::fact::vocabulary::{corefile_plugin, kubeconfig_cluster, kubelet_setting};
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::format::draft::Draft;
use crate::format::{corefile, kubeconfig, kubelet};
use crate::text::yaml::{self, Node};
use crate::text::{Place, Span};

/// Reads the texts of a ConfigMap.
pub(super) fn read(reader: &mut Reader<'_>, object: &Node) {
    for (key, value) in object.field("data").map_or(&[][..], Node::entries) {
        let Some(text) = value.text() else { continue };
        if &*key.text == "Corefile" {
            plugins(reader, object, value, text);
        } else if text.contains("kind: KubeletConfiguration") || text.contains("kind: Config\n") {
            configurations(reader, value, object, text);
        }
    }
}

fn plugins(reader: &mut Reader<'_>, object: &Node, value: &Node, text: &str) {
    use corefile_plugin as c;
    let places = Places::new(reader, value, text);
    let rows = corefile::rows(text.lines().zip(places.lines.iter().copied()));
    let found = !rows.is_empty();
    let owner = [c::namespace, c::config_map];
    owned(reader, object, rows, owner);
    let metadata = |key: &str| object.at(&["metadata", key]).and_then(Node::scalar);
    if let (true, Some(namespace), Some(name)) = (found, metadata("namespace"), metadata("name")) {
        let limits = owner.into_iter().zip([namespace, name].map(Value::from));
        reader.reading.searched.push((c::ID, Scope::of(limits)));
    }
}

fn configurations(reader: &mut Reader<'_>, value: &Node, object: &Node, text: &str) {
    use {kubeconfig_cluster as k, kubelet_setting as s};
    let places = Places::new(reader, value, text);
    let place = |span: Span| places.of(span);
    let (documents, _) = yaml::documents(text);
    for document in &documents {
        if kubelet::is_one(document) {
            let rows = kubelet::rows(document, &place).map(|row| row.put(s::node, Cell::Absent));
            reader.reading.rows.extend(rows.map(Draft::done));
        } else if kubeconfig::is_one(document) {
            let files = [k::pod, k::node, k::file];
            let rows = kubeconfig::rows(document, &place).into_iter();
            let absent =
                |row| files.into_iter().fold(row, |row: Draft, at| row.put(at, Cell::Absent));
            owned(reader, object, rows.map(absent).collect(), [k::namespace, k::config_map]);
        }
    }
}

/// Adds rows of a ConfigMap.
fn owned(reader: &mut Reader<'_>, object: &Node, rows: Vec<Draft>, [namespace, name]: [usize; 2]) {
    for row in rows {
        let (id, mut row): (RelationId, Row) = row.done();
        reader.put_namespace(&mut row, namespace, object);
        reader.put(&mut row, name, object.at(&["metadata", "name"]));
        reader.add(id, row);
    }
}

/// Where the lines of a text stand that is a value in a document.
struct Places {
    /// Where each line begins in the text.
    starts: Vec<usize>,
    lines: Vec<Place>,
    /// The whole value.
    whole: Place,
}

impl Places {
    /// Seeks the lines of `text` one by one in the value as it is written: in a block they stand below
    /// each other, and in JSON behind each other.
    fn new(reader: &Reader<'_>, value: &Node, text: &str) -> Self {
        let whole = reader.place(value);
        let written = value.span.of(reader.capture.text);
        let mut from = 0;
        let place = |line: &str| {
            let sought = line.trim();
            let found = written.get(from..).and_then(|rest| rest.find(sought));
            let Some(at) = found.map(|at| from + at).filter(|_| !sought.is_empty()) else {
                return whole;
            };
            from = at + sought.len();
            let start = value.span.start as usize + at;
            reader.capture.place(Span::new(start, start + sought.len()))
        };
        let lines = text.lines().map(place).collect();
        let mut at = 0;
        let starts = text.split_inclusive('\n').map(|line| {
            let start = at;
            at += line.len();
            start
        });
        Self { starts: starts.collect(), lines, whole }
    }

    /// The line on which a span of the text begins.
    fn of(&self, span: Span) -> Place {
        let line = self.starts.partition_point(|start| *start <= span.start as usize);
        let line = line.checked_sub(1).and_then(|n| self.lines.get(n));
        line.copied().unwrap_or(self.whole)
    }
}
