//! Tables of `kubectl get` and `kubectl top`, of the kinds that facts are made of.

mod cluster;
mod network;
mod pods;
mod storage;
mod workloads;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::capture::{Capture, Reading};
use super::kinds::{self, Kind};
use super::{Format, UNNAMED};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::text::table::{self, Header};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "table",
    doc: "tables of `kubectl get`, also with `-A` and `-o wide`, `kubectl top`, and `No resources found`",
    recognize: |capture| {
        capture.each_line().any(|(_, line)| shape(line, capture).is_some())
            || nothing(capture).is_some()
    },
    read: |capture, _| read(capture),
};

/// What a reader fills.
type Rows = Vec<(RelationId, Row)>;
/// The cells of a line.
type Cells<'a> = [table::Cell<'a>];

/// A kind of table: the columns that tell it, and how its rows are read.
struct Shape {
    /// The kind of its rows, where they do not say it themselves (`replicaset.apps/web-1`).
    kind: &'static str,
    /// Columns that it has.
    columns: &'static [&'static str],
    /// Columns that another kind has in its place.
    but: &'static [&'static str],
    /// Relations that it shows in full.
    fills: &'static [RelationId],
    row: fn(&Table<'_>, &Cells<'_>, &mut Rows),
}

/// The chapters of shapes, in the order in which they are tried.
static SHAPES: [&[Shape]; 5] =
    [pods::SHAPES, network::SHAPES, workloads::SHAPES, storage::SHAPES, cluster::SHAPES];

/// The shape of a header line. Where a header is that of many kinds, the capture must name its own.
fn shape(line: &str, capture: &Capture<'_>) -> Option<(&'static Shape, Header)> {
    let header = Header::new(line)?;
    let fits =
        |shape: &&Shape| header.has(shape.columns) && !shape.but.iter().any(|n| header.has(&[n]));
    let known = SHAPES.iter().flat_map(|shapes| shapes.iter()).find(fits);
    let shape = known.or_else(|| cluster::plain(&header, capture))?;
    Some((shape, header))
}

/// A table whose header was read.
struct Table<'a> {
    capture: &'a Capture<'a>,
    shape: &'static Shape,
    header: Header,
    /// The kind of its rows.
    kind: &'static str,
    /// Whether each of its lines was understood, and shows all that there is.
    whole: bool,
    /// Rows of tables above it.
    above: usize,
    /// Where the present line begins.
    at: usize,
    /// The present line.
    place: Place,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    if let Some((kind, scope)) = nothing(capture) {
        searched(&mut reading, kind, &scope);
    }
    let mut current: Option<Table<'_>> = None;
    for (at, line) in capture.each_line() {
        let place = capture.place(Span::new(at, at + line.trim_end().len()));
        if let Some((shape, header)) = shape(line, capture) {
            close(current.take(), &mut reading);
            let kind = match super::objects::inferred(capture) {
                // Its tables look like those of ReplicaSets.
                Some(kind) if kind.name == "ReplicationController" => kind.name,
                _ => shape.kind,
            };
            let above = reading.rows.len();
            current = Some(Table { capture, shape, header, kind, whole: true, above, at, place });
            continue;
        }
        let Some(table) = &mut current else { continue };
        (table.at, table.place) = (at, place);
        match table.header.row(line) {
            Some(cells) => table.read(&cells, &mut reading.rows),
            // A line like a row's, that cannot be cut into cells, may be what somebody looks for.
            None if is_like_a_row(line) => table.whole = false,
            None => close(current.take(), &mut reading),
        }
    }
    close(current, &mut reading);
    if capture.each_line().any(|(_, line)| is_failure(line)) {
        reading.searched.clear();
    }
    reading
}

/// Notes what a table showed in full.
fn close(table: Option<Table<'_>>, reading: &mut Reading) {
    if let Some(table) = table {
        reading.searched.extend(table.scopes());
        keep_latest(&mut reading.rows, table.above);
    }
}

/// With `-w` a table shows an object again each time that it changes; as it was before, it is no more.
fn keep_latest(rows: &mut Rows, above: usize) {
    let mut seen = BTreeSet::new();
    let mut own = rows.split_off(above.min(rows.len()));
    own.reverse();
    own.retain(|(id, row)| {
        let relation = v::declared(*id);
        let columns = relation.key.iter().filter_map(|name| relation.column(name));
        let key: Vec<Cell> = columns.filter_map(|c| row.cells.get(c).cloned()).collect();
        // Events are told one by one.
        let once = *id == v::event::ID || key.iter().all(|cell| *cell == Cell::Unknown);
        once || seen.insert((*id, key))
    });
    own.reverse();
    rows.append(&mut own);
}

fn is_like_a_row(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-./:".contains(c);
    !word.is_empty() && word.chars().all(name)
}

/// Whether kubectl says that it could not list something.
fn is_failure(line: &str) -> bool {
    let starts = ["Error from server", "Unable to connect to the server", "error: "];
    starts.iter().any(|start| line.starts_with(start))
}

/// With a full stop an old kubectl says it of any request; without one, and without a namespace, a
/// newer one says it of all namespaces. Source: `GetOptions.Run` in kubectl.
static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^No resources found(?: in (?<namespace>\S+) namespace)?(?<stop>\.?)\r?$")
        .expect("the pattern is well formed")
});

/// What `No resources found` speaks of: the kind that was asked for, and where.
fn nothing(capture: &Capture<'_>) -> Option<(&'static Kind, Option<String>)> {
    let found = NOTHING.captures(capture.text)?;
    let command = capture.command.as_ref();
    let kind = match command.and_then(|command| command.kubectl()) {
        Some(("get", resource)) => kinds::by_alias(resource)?,
        _ => super::objects::inferred(capture)?,
    };
    if command.is_some_and(|command| command.partial) {
        return None;
    }
    let named = found.name("namespace").map(|name| name.as_str().to_string());
    let modern = found.name("stop").is_some_and(|stop| stop.as_str().is_empty());
    let everywhere = command.is_some_and(|command| command.all_namespaces)
        || !kind.namespaced
        || named.is_none() && modern && command.is_none();
    let namespace = match (everywhere, named) {
        (true, _) => None,
        (false, named) => Some(named.unwrap_or_else(|| UNNAMED.to_string())),
    };
    Some((kind, namespace))
}

fn searched(reading: &mut Reading, kind: &Kind, namespace: &Option<String>) {
    for fill in kinds::fills(Some(kind)) {
        let mut scope = Scope::all();
        if let Some(column) = fill.kind {
            scope.restrict(column, Value::from(kind.name));
        }
        let column = v::declared(fill.relation).column("namespace");
        if let (Some(column), Some(namespace)) = (column, namespace) {
            scope.restrict(column, Value::from(namespace.as_str()));
        }
        reading.searched.push((fill.relation, scope));
    }
}

impl Table<'_> {
    fn read(&mut self, cells: &Cells<'_>, rows: &mut Rows) {
        if let Some((name, _)) = self.cell(cells, "NAME")
            && let Some((prefix, _)) = name.split_once('/')
            && let Some(kind) = kinds::by_alias(prefix)
        {
            self.kind = kind.name;
        }
        // What the header has more than the line, the line does not show.
        self.whole &= cells.len() == self.header.names().len();
        // Of the Endpoints that it cuts off a table shows that there are some that take traffic.
        let cut = cells.iter().any(|cell| cell.text.ends_with(" more..."));
        self.whole &= !cut || self.kind == "Endpoints";
        (self.shape.row)(self, cells, rows);
        self.labels(cells, rows);
    }

    /// What the table shows in full.
    fn scopes(&self) -> Vec<(RelationId, Scope)> {
        let command = self.capture.command.as_ref();
        if command.is_some_and(|command| command.partial) || !self.whole {
            return vec![];
        }
        let kind = kinds::by_name(self.kind);
        let namespaced = kind.is_none_or(|kind| kind.namespaced);
        let everywhere = !namespaced || self.header.has(&["NAMESPACE"]);
        let labels =
            Some(self.kind).filter(|_| self.header.has(&["LABELS"])).and_then(kinds::labels);
        let shown = self.shape.fills.iter().copied().chain(labels.map(|label| label.id));
        let scope = |id: RelationId| {
            let mut scope = Scope::all();
            let of_kind = kinds::fills(kind).find(|fill| fill.relation == id);
            if let Some(column) = of_kind.and_then(|fill| fill.kind) {
                scope.restrict(column, Value::from(self.kind));
            }
            if let Some(column) = v::declared(id).column("namespace").filter(|_| !everywhere) {
                scope.restrict(column, Value::from(UNNAMED));
            }
            // The table lists addresses that take traffic, and no others.
            if id == v::endpoint::ID {
                scope.restrict(v::endpoint::ready, Value::from(true));
            }
            (id, scope)
        };
        let selector = !self.header.has(&["SELECTOR"]);
        shown.filter(|id| !(selector && *id == v::service_selector::ID)).map(scope).collect()
    }

    /// The cell of a column, without the mark for nothing.
    fn cell<'a>(&self, cells: &Cells<'a>, name: &str) -> Option<(&'a str, Place)> {
        let at = self.header.names().iter().position(|n| n == name)?;
        let cell = cells.get(at)?;
        let span = cell.span.shifted(self.at as u32);
        Some((cell.text, self.capture.place(span)))
    }

    /// A row of `width` cells, with its namespace if the table has one.
    fn start(&self, cells: &Cells<'_>, width: usize, namespace: usize) -> Row {
        let mut row = Row::new(width, Some(self.place));
        if let Some((text, place)) = self.cell(cells, "NAMESPACE") {
            row.put(namespace, text, Some(place));
        }
        row
    }

    /// A row about the object of a line: its name, and its namespace if it lives in one.
    fn about(
        &self,
        cells: &Cells<'_>,
        width: usize,
        namespace: Option<usize>,
        name: usize,
    ) -> Option<Row> {
        let (text, at) = self.cell(cells, "NAME").filter(|(text, _)| !text.is_empty())?;
        let mut row = match namespace {
            Some(namespace) => self.start(cells, width, namespace),
            None => Row::new(width, Some(self.place)),
        };
        row.put(name, bare(text), Some(at));
        Some(row)
    }

    /// Puts a cell into a row: unknown where the table has no such column, absent where it says so.
    fn put(&self, row: &mut Row, column: usize, cells: &Cells<'_>, name: &str) {
        self.put_as(row, column, cells, name, |text| Some(Value::from(text)));
    }

    /// As [`Table::put`], for whole numbers.
    fn put_int(&self, row: &mut Row, column: usize, cells: &Cells<'_>, name: &str) {
        self.put_as(row, column, cells, name, |text| text.parse().ok().map(Value::Int));
    }

    /// As [`Table::put`], for `true` and `false` in any case.
    fn put_bool(&self, row: &mut Row, column: usize, cells: &Cells<'_>, name: &str) {
        self.put_as(row, column, cells, name, |text| match text {
            "true" | "True" => Some(true.into()),
            "false" | "False" => Some(false.into()),
            _ => None,
        });
    }

    /// As [`Table::put`], for addresses.
    fn put_address(&self, row: &mut Row, column: usize, cells: &Cells<'_>, name: &str) {
        self.put_as(row, column, cells, name, |text| Some(Value::address(text)));
    }

    /// Puts what a cell says; what cannot be understood stays unknown.
    fn put_as(
        &self,
        row: &mut Row,
        column: usize,
        cells: &Cells<'_>,
        name: &str,
        value: impl Fn(&str) -> Option<Value>,
    ) {
        let Some((text, place)) = self.cell(cells, name) else { return };
        let cell = match text {
            "" | "<none>" | "<unset>" | "N/A" => Cell::Absent,
            "<unknown>" => Cell::Unknown,
            text => value(text).map_or(Cell::Unknown, Cell::Known),
        };
        row.put(column, cell, Some(place));
    }

    /// The labels of an object, with `--show-labels`.
    fn labels(&self, cells: &Cells<'_>, rows: &mut Rows) {
        let (Some(label), Some((labels, at)), Some((name, _))) =
            (kinds::labels(self.kind), self.cell(cells, "LABELS"), self.cell(cells, "NAME"))
        else {
            return;
        };
        for pair in labels.split(',') {
            let Some((key, value)) = pair.split_once('=') else { continue };
            let mut row = match label.namespace {
                Some(column) => self.start(cells, label.width, column),
                None => Row::new(label.width, None),
            };
            row.place = Some(at);
            row.put(label.of, bare(name), Some(at));
            row.put(label.key, key, Some(at));
            row.put(label.value, value, Some(at));
            rows.push((label.id, row));
        }
    }
}

/// `pod/web-1` and `web-1` are the same name.
fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
