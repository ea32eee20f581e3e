//! Tables of workloads, and of what scales and protects them.

use super::{Cells, Rows, Shape, Table};
use crate::fact::vocabulary::{autoscaler, disruption_budget, workload as w};
use crate::fact::{Cell, Row, Value};

const fn shape(
    kind: &'static str,
    columns: &'static [&'static str],
    but: &'static [&'static str],
) -> Shape {
    Shape { kind, columns, but, fills: &[w::ID], row: workload }
}

pub(super) const SHAPES: &[Shape] = &[
    shape("DaemonSet", &["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE"], &[]),
    shape("Deployment", &["NAME", "READY", "UP-TO-DATE", "AVAILABLE"], &[]),
    // Before kubectl 1.14.
    shape("Deployment", &["NAME", "DESIRED", "CURRENT", "UP-TO-DATE", "AVAILABLE"], &["READY"]),
    shape("ReplicaSet", &["NAME", "DESIRED", "CURRENT", "READY"], &["UP-TO-DATE"]),
    shape("StatefulSet", &["NAME", "DESIRED", "CURRENT", "AGE"], &["READY", "UP-TO-DATE"]),
    shape("StatefulSet", &["NAME", "READY", "AGE"], &["STATUS", "UP-TO-DATE", "URL", "REASON"]),
    shape("Job", &["NAME", "COMPLETIONS", "DURATION"], &[]),
    shape("CronJob", &["NAME", "SCHEDULE", "SUSPEND", "ACTIVE"], &[]),
    Shape {
        kind: "HorizontalPodAutoscaler",
        columns: &["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS"],
        but: &[],
        fills: &[autoscaler::ID],
        row: scaler,
    },
    Shape {
        kind: "PodDisruptionBudget",
        columns: &["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS"],
        but: &[],
        fills: &[disruption_budget::ID],
        row: budget,
    },
];

fn workload(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    let Some(mut row) = table.about(cells, w::WIDTH, Some(w::namespace), w::name) else { return };
    row.put(w::kind, table.kind, None);
    for (column, name) in [
        (w::desired, "DESIRED"),
        (w::current, "CURRENT"),
        (w::updated, "UP-TO-DATE"),
        (w::available, "AVAILABLE"),
        (w::active, "ACTIVE"),
    ] {
        table.put_int(&mut row, column, cells, name);
    }
    match table.cell(cells, "READY") {
        Some((text, _)) if text.contains('/') => {
            parts(table, &mut row, cells, "READY", [w::ready, w::desired]);
        }
        _ => table.put_int(&mut row, w::ready, cells, "READY"),
    }
    parts(table, &mut row, cells, "COMPLETIONS", [w::succeeded, w::desired]);
    table.put(&mut row, w::schedule, cells, "SCHEDULE");
    table.put_bool(&mut row, w::suspended, cells, "SUSPEND");
    rows.push((w::ID, row));
}

/// `1/3`; of a Job without completions `0/1 of 4`, of which the first number alone is its own.
fn parts(table: &Table<'_>, row: &mut Row, cells: &Cells<'_>, name: &str, [done, all]: [usize; 2]) {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    table.put_as(row, done, cells, name, |text| number(text.split('/').next()).map(Value::Int));
    table.put_as(row, all, cells, name, |text| number(text.split('/').nth(1)).map(Value::Int));
}

fn scaler(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use autoscaler as a;
    let Some(mut row) = table.about(cells, a::WIDTH, Some(a::namespace), a::name) else { return };
    if let Some((reference, at)) = table.cell(cells, "REFERENCE")
        && let Some((kind, name)) = reference.split_once('/')
    {
        row.put(a::target_kind, kind, Some(at));
        row.put(a::target, name, Some(at));
    }
    table.put_int(&mut row, a::min, cells, "MINPODS");
    table.put_int(&mut row, a::max, cells, "MAXPODS");
    table.put_int(&mut row, a::current, cells, "REPLICAS");
    if let Some((targets, at)) = table.cell(cells, "TARGETS") {
        row.put(a::metrics_known, !targets.contains("<unknown>"), Some(at));
    }
    rows.push((a::ID, row));
}

fn budget(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use disruption_budget as d;
    let Some(mut row) = table.about(cells, d::WIDTH, Some(d::namespace), d::name) else { return };
    let count = |text: &str| {
        Some(text.parse::<i64>().map_or_else(|_| Value::from(text), |n| Value::from(n.to_string())))
    };
    table.put_as(&mut row, d::min_available, cells, "MIN AVAILABLE", count);
    table.put_as(&mut row, d::max_unavailable, cells, "MAX UNAVAILABLE", count);
    table.put_int(&mut row, d::allowed, cells, "ALLOWED DISRUPTIONS");
    if row.cells.get(d::allowed) == Some(&Cell::Absent) {
        row.put(d::allowed, Cell::Unknown, None);
    }
    rows.push((d::ID, row));
}
