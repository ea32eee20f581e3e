//! Workloads, and what scales and protects them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Object, Rows, Shape};
use crate::fact::vocabulary::{self as v, workload as w};
use crate::fact::{Cell, RelationId, Row};
use crate::text::outline::Piece;

const PLAIN: &[RelationId] = &[v::workload::ID];
const WITH_CONDITIONS: &[RelationId] = &[v::workload::ID, v::condition::ID];

const fn shape(
    kind: &'static str,
    keys: &'static [&'static str],
    fills: &'static [RelationId],
    controlled: bool,
) -> Shape {
    Shape { kind, keys, fills, controlled, read: workload }
}

pub(super) const SHAPES: &[Shape] = &[
    shape("Deployment", &["Replicas", "StrategyType"], WITH_CONDITIONS, false),
    shape("StatefulSet", &["Replicas", "Pods Status", "Volume Claims"], PLAIN, false),
    shape("StatefulSet", &["Replicas", "Pods Status", "Update Strategy"], PLAIN, false),
    shape("ReplicaSet", &["Replicas", "Pods Status"], WITH_CONDITIONS, true),
    shape("DaemonSet", &["Desired Number of Nodes Scheduled"], PLAIN, false),
    shape("CronJob", &["Schedule", "Concurrency Policy"], PLAIN, false),
    shape("Job", &["Parallelism", "Completions"], PLAIN, true),
    Shape {
        kind: "HorizontalPodAutoscaler",
        keys: &["Reference", "Max replicas"],
        fills: &[v::autoscaler::ID, v::condition::ID],
        controlled: false,
        read: autoscaler,
    },
    budget("Min available"),
    budget("Max unavailable"),
];

const fn budget(key: &'static str) -> Shape {
    let keys: &'static [&'static str] = match key.as_bytes() {
        [b'M', b'i', ..] => &["Min available", "Selector"],
        _ => &["Max unavailable", "Selector"],
    };
    let fills = &[v::disruption_budget::ID];
    Shape { kind: "PodDisruptionBudget", keys, fills, controlled: false, read: disruption_budget }
}

/// `1 desired`, `0 Active (0 Ready)`
static COUNT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\d+) (\w+)").expect("the pattern is well formed"));

/// Puts the counts that a line tells by their words.
fn counts(object: &Object<'_>, row: &mut Row, said: Option<Piece<'_>>, words: &[(usize, &str)]) {
    let Some(said) = said else { return };
    for found in COUNT.captures_iter(said.text) {
        let (Some(number), Some(word)) = (found.get(1), found.get(2)) else { continue };
        let column = words.iter().find(|(_, name)| *name == word.as_str());
        if let (Some((column, _)), Ok(n)) = (column, number.as_str().parse::<i64>()) {
            row.put(*column, n, Some(object.place(&said.part(number.start(), word.end()))));
        }
    }
}

fn workload(object: &Object<'_>, rows: &mut Rows) {
    let mut row = object.about(w::WIDTH, Some(w::namespace), w::name);
    row.put(w::kind, object.kind, None);
    let said = |key: &str| object.value(key);
    match object.kind {
        "Job" => job(object, &mut row),
        "CronJob" => cron_job(object, &mut row),
        "DaemonSet" => daemon_set(object, &mut row),
        _ => {
            let words = [
                (w::desired, "desired"),
                (w::current, "total"),
                (w::current, "current"),
                (w::available, "available"),
                (w::updated, "updated"),
            ];
            // A ReplicaSet has one template.
            counts(object, &mut row, said("Replicas"), &words);
        }
    }
    if object.kind != "CronJob" {
        account(object, &mut row);
    }
    object.put_time(&mut row, w::created, said("CreationTimestamp"));
    rows.push((w::ID, row));
    object.conditions(rows);
}

/// The account of the pods: shown in the template if it names one.
fn account(object: &Object<'_>, row: &mut Row) {
    if object.under("Pod Template").is_empty() {
        return;
    }
    let template = object.under("Pod Template").iter();
    let said = template.clone().find(|line| line.key.text == "Service Account");
    object.put_if_any(row, w::service_account, said.map(|line| line.value));
}

fn daemon_set(object: &Object<'_>, row: &mut Row) {
    let fields = [
        (w::desired, "Desired Number of Nodes Scheduled"),
        (w::current, "Current Number of Nodes Scheduled"),
        (w::updated, "Number of Nodes Scheduled with Up-to-date Pods"),
        (w::available, "Number of Nodes Scheduled with Available Pods"),
    ];
    for (column, key) in fields {
        object.put_int(row, column, object.value(key));
    }
}

/// Without completions a Job is done when one of its pods is.
fn job(object: &Object<'_>, row: &mut Row) {
    let numbered = |key: &str| object.value(key).filter(|n| n.text.parse::<i64>().is_ok());
    object.put_int(row, w::desired, numbered("Completions").or(numbered("Parallelism")));
    object.put_bool(row, w::suspended, object.value("Suspend"));
    let words = [
        (w::active, "Active"),
        (w::active, "Running"),
        (w::succeeded, "Succeeded"),
        (w::failed, "Failed"),
    ];
    counts(object, row, object.value("Pods Statuses"), &words);
}

fn cron_job(object: &Object<'_>, row: &mut Row) {
    row.put(w::desired, Cell::Absent, None);
    object.put(row, w::schedule, object.value("Schedule"));
    object.put_bool(row, w::suspended, object.value("Suspend"));
    object.put_time(row, w::last_scheduled, object.value("Last Schedule Time"));
    if let Some(active) = object.value("Active Jobs") {
        let jobs = active.list().filter(|job| job.text != "<none>").count();
        row.put(w::active, jobs as i64, Some(object.place(&active)));
    }
}

fn autoscaler(object: &Object<'_>, rows: &mut Rows) {
    use v::autoscaler as a;
    let mut row = object.about(a::WIDTH, Some(a::namespace), a::name);
    if let Some((kind, name)) = object.value("Reference").and_then(|said| said.split_once("/")) {
        object.put(&mut row, a::target_kind, Some(kind));
        object.put(&mut row, a::target, Some(name));
    }
    let min = object.value("Min replicas").filter(|min| min.text.parse::<i64>().is_ok());
    object.put_int(&mut row, a::min, min);
    object.put_int(&mut row, a::max, object.value("Max replicas"));
    let pods = object.entries.iter().find(|line| line.key.text.ends_with(" pods"));
    let words = [(a::current, "current"), (a::desired, "desired")];
    counts(object, &mut row, pods.map(|line| line.value), &words);
    let metrics = object.under("Metrics");
    if !metrics.is_empty() {
        let unknown = metrics.iter().find(|line| line.line.text.contains("<unknown>"));
        let place = unknown.or(metrics.first()).map(|line| object.place(&line.line));
        row.put(a::metrics_known, unknown.is_none(), place);
    }
    rows.push((a::ID, row));
    object.conditions(rows);
}

fn disruption_budget(object: &Object<'_>, rows: &mut Rows) {
    use v::disruption_budget as d;
    let mut row = object.about(d::WIDTH, Some(d::namespace), d::name);
    object.put_if_any(&mut row, d::min_available, object.value("Min available"));
    object.put_if_any(&mut row, d::max_unavailable, object.value("Max unavailable"));
    let fields = [
        (d::allowed, "Allowed disruptions"),
        (d::healthy, "Current"),
        (d::desired_healthy, "Desired"),
        (d::expected, "Total"),
    ];
    for (column, key) in fields {
        let said = object.under("Status").iter().find(|line| line.key.text == key);
        object.put_int(&mut row, column, said.map(|line| line.value));
    }
    rows.push((d::ID, row));
}
