//! Tables of `kubectl get`, of the kinds that facts are made of.

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
    doc: "tables of `kubectl get`, also with `-A` and `-o wide`, and `No resources found`",
    recognize: |capture| {
        capture.each_line().any(|(_, line)| shape(line).is_some()) || nothing(capture).is_some()
    },
    read: |capture, _| read(capture),
};

/// What a reader fills.
type Rows = Vec<(RelationId, Row)>;

/// A kind of table: the columns that tell it, and how its rows are read.
struct Shape {
    columns: &'static [&'static str],
    relation: RelationId,
    row: fn(&Table<'_>, &[table::Cell<'_>], &mut Rows),
}

static SHAPES: &[Shape] = &[
    Shape { columns: &["NAME", "READY", "STATUS", "RESTARTS"], relation: v::pod::ID, row: pod },
    Shape {
        columns: &["NAME", "TYPE", "CLUSTER-IP", "PORT(S)"],
        relation: v::service::ID,
        row: service,
    },
    Shape { columns: &["NAME", "ENDPOINTS"], relation: v::endpoint::ID, row: endpoints },
    Shape { columns: &["TYPE", "REASON", "OBJECT", "MESSAGE"], relation: v::event::ID, row: event },
];

fn shape(line: &str) -> Option<(&'static Shape, Header)> {
    let header = Header::new(line)?;
    let shape = SHAPES.iter().find(|shape| header.has(shape.columns))?;
    Some((shape, header))
}

/// A table whose header was read.
struct Table<'a> {
    capture: &'a Capture<'a>,
    shape: &'static Shape,
    header: Header,
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
        if let Some((shape, header)) = shape(line) {
            current = Some(Table { capture, shape, header, at, place });
            let table = current.as_ref().expect("it was just set");
            if let Some(scope) = table.scope() {
                reading.searched.push((shape.relation, scope));
            }
            continue;
        }
        let Some(table) = &mut current else { continue };
        (table.at, table.place) = (at, place);
        match table.header.row(line) {
            Some(cells) => (table.shape.row)(table, &cells, &mut reading.rows),
            None => current = None,
        }
    }
    reading
}

static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^No resources found(?: in (?<namespace>\S+) namespace)?\.?\r?$")
        .expect("the pattern is well formed")
});

/// What `No resources found` speaks of: the kind that was asked for, and where.
fn nothing(capture: &Capture<'_>) -> Option<(&'static Kind, Option<String>)> {
    let found = NOTHING.captures(capture.text)?;
    let command = capture.command.as_ref();
    let asked = command.and_then(|command| command.kubectl());
    let kind = match asked {
        Some(("get", resource)) => kinds::by_alias(resource)?,
        _ => kinds::by_file_name(capture.file_name())?,
    };
    if command.is_some_and(|command| command.partial) {
        return None;
    }
    let named = found.name("namespace").map(|name| name.as_str().to_string());
    let everywhere = command.is_some_and(|command| command.all_namespaces) || !kind.namespaced;
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
    /// What the table shows in full.
    fn scope(&self) -> Option<Scope> {
        let command = self.capture.command.as_ref();
        if command.is_some_and(|command| command.partial) {
            return None;
        }
        let column = v::declared(self.shape.relation).column("namespace")?;
        let everywhere = self.header.has(&["NAMESPACE"]);
        Some(if everywhere { Scope::all() } else { Scope::of([(column, Value::from(UNNAMED))]) })
    }

    /// The cell of a column, without the mark for nothing.
    fn cell<'a>(&self, cells: &[table::Cell<'a>], name: &str) -> Option<(&'a str, Place)> {
        let at = self.header.names().iter().position(|n| n == name)?;
        let cell = cells.get(at)?;
        let span = cell.span.shifted(self.at as u32);
        Some((cell.text, self.capture.place(span)))
    }

    /// A row of `width` cells, with its namespace if the table has one.
    fn start(&self, cells: &[table::Cell<'_>], width: usize, namespace: usize) -> Row {
        let mut row = Row::new(width, Some(self.place));
        if let Some((text, place)) = self.cell(cells, "NAMESPACE") {
            row.put(namespace, text, Some(place));
        }
        row
    }

    /// Puts a cell into a row: unknown where the table has no such column, absent where it says so.
    fn put(&self, row: &mut Row, column: usize, cells: &[table::Cell<'_>], name: &str) {
        if let Some((text, place)) = self.cell(cells, name) {
            let nothing = matches!(text, "" | "<none>" | "<unset>");
            row.put(column, if nothing { Cell::Absent } else { Cell::from(text) }, Some(place));
        }
    }
}

/// `pod/web-1` and `web-1` are the same name.
fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn pod(table: &Table<'_>, cells: &[table::Cell<'_>], rows: &mut Rows) {
    let (Some((name, at)), Some((ready, ready_at))) =
        (table.cell(cells, "NAME"), table.cell(cells, "READY"))
    else {
        return;
    };
    let Some((ready, all)) = ready
        .split_once('/')
        .and_then(|(r, a)| Some((r.parse::<i64>().ok()?, a.parse::<i64>().ok()?)))
    else {
        return;
    };
    let mut row = table.start(cells, v::pod::WIDTH, v::pod::namespace);
    row.put(v::pod::name, bare(name), Some(at));
    row.put(v::pod::ready, ready, Some(ready_at));
    row.put(v::pod::containers, all, Some(ready_at));
    table.put(&mut row, v::pod::status, cells, "STATUS");
    table.put(&mut row, v::pod::node, cells, "NODE");
    if let Some((address, at)) = table.cell(cells, "IP") {
        let nothing = address == "<none>";
        row.put(
            v::pod::address,
            if nothing { Cell::Absent } else { Cell::Known(Value::address(address)) },
            Some(at),
        );
    }
    if let Some((restarts, at)) = table.cell(cells, "RESTARTS")
        && let Some(n) = restarts.split(' ').next().and_then(|n| n.parse::<i64>().ok())
    {
        row.put(v::pod::restarts, n, Some(at));
    }
    if let Some((status, at)) = table.cell(cells, "STATUS") {
        row.put(v::pod::deleting, status == "Terminating", Some(at));
    }
    rows.push((v::pod::ID, row));
}

fn service(table: &Table<'_>, cells: &[table::Cell<'_>], rows: &mut Rows) {
    let (Some((name, at)), Some((address, address_at))) =
        (table.cell(cells, "NAME"), table.cell(cells, "CLUSTER-IP"))
    else {
        return;
    };
    let mut row = table.start(cells, v::service::WIDTH, v::service::namespace);
    row.put(v::service::name, bare(name), Some(at));
    table.put(&mut row, v::service::kind, cells, "TYPE");
    let has_address = !matches!(address, "None" | "<none>" | "");
    let cell = if has_address { Cell::Known(Value::address(address)) } else { Cell::Absent };
    row.put(v::service::cluster_ip, cell, Some(address_at));
    row.put(v::service::headless, address == "None", Some(address_at));
    let namespace = row.cells[v::service::namespace].clone();
    rows.push((v::service::ID, row));
    let Some((ports, at)) = table.cell(cells, "PORT(S)") else { return };
    for port in ports.split(',') {
        // `80:30080/TCP` shows the node's port as well.
        let Some((number, protocol)) = port.split_once('/') else { continue };
        let Some(number) = number.split(':').next().and_then(|n| n.parse::<i64>().ok()) else {
            continue;
        };
        let mut row = Row::new(v::service_port::WIDTH, Some(at));
        row.put(v::service_port::namespace, namespace.clone(), None);
        row.put(v::service_port::service, bare(name), None);
        row.put(v::service_port::port, number, Some(at));
        row.put(v::service_port::protocol, protocol, Some(at));
        rows.push((v::service_port::ID, row));
    }
    // `-o wide` shows the selector.
    let Some((selector, at)) = table.cell(cells, "SELECTOR") else { return };
    for pair in selector.split(',') {
        let Some((key, value)) = pair.split_once('=') else { continue };
        let mut row = Row::new(v::service_selector::WIDTH, Some(at));
        row.put(v::service_selector::namespace, namespace.clone(), None);
        row.put(v::service_selector::service, bare(name), None);
        row.put(v::service_selector::key, key, Some(at));
        row.put(v::service_selector::value, value, Some(at));
        rows.push((v::service_selector::ID, row));
    }
}

/// The table lists ready addresses alone, and at most three of them.
fn endpoints(table: &Table<'_>, cells: &[table::Cell<'_>], rows: &mut Rows) {
    let (Some((name, _)), Some((addresses, at))) =
        (table.cell(cells, "NAME"), table.cell(cells, "ENDPOINTS"))
    else {
        return;
    };
    for address in addresses.split(" + ").next().unwrap_or_default().split(',') {
        let Some((address, port)) = address.rsplit_once(':') else { continue };
        let mut row = table.start(cells, v::endpoint::WIDTH, v::endpoint::namespace);
        row.place = Some(at);
        row.put(v::endpoint::service, bare(name), None);
        let address = address.trim_start_matches('[').trim_end_matches(']');
        row.put(v::endpoint::address, Cell::Known(Value::address(address)), Some(at));
        row.put(v::endpoint::ready, true, Some(at));
        row.put(v::endpoint::port, port.parse::<i64>().map_or(Cell::Unknown, Cell::from), Some(at));
        rows.push((v::endpoint::ID, row));
    }
}

/// An event's age is relative, so that when it was seen last is not known.
fn event(table: &Table<'_>, cells: &[table::Cell<'_>], rows: &mut Rows) {
    let Some((object, at)) = table.cell(cells, "OBJECT") else { return };
    let Some((kind, name)) = object.split_once('/') else { return };
    let mut row = table.start(cells, v::event::WIDTH, v::event::namespace);
    let kind = kinds::by_alias(kind).map_or_else(|| kind.to_string(), |kind| kind.name.to_string());
    row.put(v::event::kind, kind, Some(at));
    row.put(v::event::name, name, Some(at));
    if let Some((part, at)) = table.cell(cells, "SUBOBJECT") {
        let container = part.split(['{', '}']).nth(1);
        row.put(v::event::container, container.map_or(Cell::Absent, Cell::from), Some(at));
    }
    table.put(&mut row, v::event::reason, cells, "REASON");
    table.put(&mut row, v::event::message, cells, "MESSAGE");
    table.put(&mut row, v::event::level, cells, "TYPE");
    rows.push((v::event::ID, row));
}
