//! Tables of Services, of what stands behind them, of Ingresses and events.

use super::{Cells, Rows, Shape, Table, bare};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row, Value};
use crate::format::kinds;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "Service",
        columns: &["NAME", "TYPE", "CLUSTER-IP", "PORT(S)"],
        but: &[],
        fills: &[v::service::ID, v::service_port::ID, v::service_selector::ID],
        row: service,
    },
    // A slice is not called as its Service is, and does not show which addresses are ready.
    Shape {
        kind: "EndpointSlice",
        columns: &["NAME", "ADDRESSTYPE", "ENDPOINTS"],
        but: &[],
        fills: &[],
        row: |_, _, _| {},
    },
    Shape {
        kind: "Endpoints",
        columns: &["NAME", "ENDPOINTS"],
        but: &["ADDRESSTYPE"],
        fills: &[v::endpoint::ID],
        row: endpoints,
    },
    Shape {
        kind: "Event",
        columns: &["TYPE", "REASON", "OBJECT", "MESSAGE"],
        but: &[],
        fills: &[v::event::ID],
        row: event,
    },
    // Before kubectl 1.14.
    Shape {
        kind: "Event",
        columns: &["NAME", "KIND", "TYPE", "REASON", "MESSAGE"],
        but: &["OBJECT"],
        fills: &[v::event::ID],
        row: old_event,
    },
    Shape {
        kind: "Ingress",
        columns: &["NAME", "HOSTS", "ADDRESS", "PORTS"],
        but: &[],
        fills: &[v::ingress::ID],
        row: ingress,
    },
    Shape {
        kind: "IngressClass",
        columns: &["NAME", "CONTROLLER", "PARAMETERS"],
        but: &[],
        fills: &[],
        row: ingress_class,
    },
];

fn service(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
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
fn endpoints(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
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
fn event(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
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
    count(table, &mut row, cells);
    rows.push((v::event::ID, row));
}

/// How often it occurred: a column of its own, or `3m (x12 over 1h)`.
fn count(table: &Table<'_>, row: &mut Row, cells: &Cells<'_>) {
    table.put_int(row, v::event::count, cells, "COUNT");
    if let Some((seen, at)) = table.cell(cells, "LAST SEEN")
        && let Some((_, rest)) = seen.split_once("(x")
        && let Some(n) = rest.split(' ').next().and_then(|n| n.parse::<i64>().ok())
    {
        row.put(v::event::count, n, Some(at));
    }
}

/// The name is that of the event: the object's, and a number.
fn old_event(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    let Some((name, at)) = table.cell(cells, "NAME") else { return };
    let mut row = table.start(cells, v::event::WIDTH, v::event::namespace);
    let name = bare(name);
    row.put(v::event::name, name.rsplit_once('.').map_or(name, |(name, _)| name), Some(at));
    table.put(&mut row, v::event::kind, cells, "KIND");
    if let Some((part, at)) = table.cell(cells, "SUBOBJECT") {
        let container = part.split(['{', '}']).nth(1);
        row.put(v::event::container, container.map_or(Cell::Absent, Cell::from), Some(at));
    }
    table.put(&mut row, v::event::reason, cells, "REASON");
    table.put(&mut row, v::event::message, cells, "MESSAGE");
    table.put(&mut row, v::event::level, cells, "TYPE");
    count(table, &mut row, cells);
    rows.push((v::event::ID, row));
}

fn ingress(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::ingress as i;
    let Some(mut row) = table.about(cells, i::WIDTH, Some(i::namespace), i::name) else { return };
    table.put(&mut row, i::class, cells, "CLASS");
    table.put_as(&mut row, i::address, cells, "ADDRESS", |text| {
        text.split(',').next().map(Value::address)
    });
    rows.push((i::ID, row));
}

/// Whether it is the default one the table does not show.
fn ingress_class(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::ingress_class as c;
    let Some(mut row) = table.about(cells, c::WIDTH, None, c::name) else { return };
    table.put(&mut row, c::controller, cells, "CONTROLLER");
    rows.push((c::ID, row));
}
