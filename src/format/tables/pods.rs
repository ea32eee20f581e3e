//! Tables of pods, and of what they use.

use super::{Cells, Rows, Shape, Table, bare};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Value};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "Pod",
        columns: &["NAME", "READY", "STATUS", "RESTARTS"],
        but: &[],
        fills: &[v::pod::ID],
        row: pod,
    },
    Shape {
        kind: "NodeMetrics",
        columns: &["NAME", "CPU(cores)", "MEMORY(bytes)", "MEMORY%"],
        but: &[],
        fills: &[v::node_usage::ID],
        row: node_usage,
    },
    Shape {
        kind: "PodMetrics",
        columns: &["NAME", "CPU(cores)", "MEMORY(bytes)"],
        but: &[],
        fills: &[],
        row: pod_usage,
    },
];

fn pod(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
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

/// The columns of `kubectl top`, each with what it measures.
const MEASURED: [(&str, &str); 2] = [("CPU(cores)", "cpu"), ("MEMORY(bytes)", "memory")];

/// With `--containers`, the pod has a column of its own, and `NAME` is the container.
fn pod_usage(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::pod_usage as u;
    for (column, resource) in MEASURED {
        let Some(mut row) = table.about(cells, u::WIDTH, Some(u::namespace), u::pod) else {
            return;
        };
        row.put(u::container, Cell::Absent, None);
        if let (Some((pod, at)), Some((name, name_at))) =
            (table.cell(cells, "POD"), table.cell(cells, "NAME"))
        {
            row.put(u::pod, pod, Some(at));
            row.put(u::container, name, Some(name_at));
        }
        row.put(u::resource, resource, None);
        table.put(&mut row, u::usage, cells, column);
        rows.push((u::ID, row));
    }
}

fn node_usage(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::node_usage as u;
    let percents = ["CPU%", "MEMORY%"];
    for ((column, resource), percent) in MEASURED.into_iter().zip(percents) {
        let Some(mut row) = table.about(cells, u::WIDTH, None, u::node) else { return };
        row.put(u::resource, resource, None);
        // A node that metrics-server could not reach stands there all the same.
        let unmeasured = |text: &str| text == "<unknown>";
        for (at, name) in [(u::usage, column), (u::percent, percent)] {
            match table.cell(cells, name) {
                Some((text, place)) if unmeasured(text) => row.put(at, Cell::Absent, Some(place)),
                _ => table.put_as(&mut row, at, cells, name, |text| match text.strip_suffix('%') {
                    Some(number) => number.parse().ok().map(Value::Int),
                    None => Some(Value::from(text)),
                }),
            }
        }
        rows.push((u::ID, row));
    }
}
