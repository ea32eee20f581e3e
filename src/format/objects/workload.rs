//! Workloads, and what scales and protects them.

use super::Reader;
use crate::fact::vocabulary::{autoscaler, disruption_budget, workload as w};
use crate::fact::{Cell, Row};
use crate::text::yaml::Node;

pub(super) fn workload(reader: &mut Reader<'_>, kind: &str, object: &Node) {
    let mut row = reader.about(object, w::WIDTH, Some(w::namespace), w::name);
    row.put(w::kind, kind, None);
    let spec = |key: &str| object.at(&["spec", key]);
    match kind {
        "Job" => job(reader, &mut row, object),
        "CronJob" => cron_job(reader, &mut row, object),
        "DaemonSet" => daemon_set(reader, &mut row, object),
        _ => replicas(reader, &mut row, object),
    }
    if kind == "Deployment" {
        reader.put_bool(&mut row, w::paused, spec("paused"), false);
    }
    let template: &[&str] = match kind {
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    };
    if let Some(template) = object.at(template) {
        let account = template.field("serviceAccountName").or(template.field("serviceAccount"));
        reader.put(&mut row, w::service_account, account);
    }
    let generation = object.at(&["metadata", "generation"]);
    if generation.is_some() {
        reader.put_int(&mut row, w::generation, generation);
    }
    if let Some(status) = object.field("status") {
        reader.put_int(&mut row, w::observed_generation, status.field("observedGeneration"));
    }
    reader.put_deleting(&mut row, w::deleting, object);
    reader.put_shown(&mut row, w::created, object.at(&["metadata", "creationTimestamp"]));
    reader.add(w::ID, row);
}

/// Puts counts of the status, which leaves zeros out.
fn counts(reader: &Reader<'_>, row: &mut Row, object: &Node, fields: &[(usize, &str)]) {
    let Some(status) = object.field("status") else { return };
    for (column, key) in fields {
        reader.put_count(row, *column, status.field(key));
    }
}

fn replicas(reader: &Reader<'_>, row: &mut Row, object: &Node) {
    let desired = object.at(&["spec", "replicas"]);
    reader.put_int(row, w::desired, desired);
    if desired.is_none() {
        row.put(w::desired, 1_i64, None);
    }
    let fields = [
        (w::current, "replicas"),
        (w::ready, "readyReplicas"),
        (w::available, "availableReplicas"),
        (w::updated, "updatedReplicas"),
    ];
    // A ReplicaSet has one template.
    let kept = match row.cells.get(w::kind).and_then(Cell::known).map(|kind| kind.text()) {
        Some(kind) if kind.starts_with("Replica") => &fields[..3],
        _ => &fields[..],
    };
    counts(reader, row, object, kept);
}

fn daemon_set(reader: &Reader<'_>, row: &mut Row, object: &Node) {
    let fields = [
        (w::desired, "desiredNumberScheduled"),
        (w::current, "currentNumberScheduled"),
        (w::ready, "numberReady"),
        (w::available, "numberAvailable"),
        (w::updated, "updatedNumberScheduled"),
    ];
    counts(reader, row, object, &fields);
}

/// Without completions a Job is done when one of its pods is.
fn job(reader: &Reader<'_>, row: &mut Row, object: &Node) {
    let desired = object.at(&["spec", "completions"]).or(object.at(&["spec", "parallelism"]));
    reader.put_int(row, w::desired, desired);
    if desired.is_none() {
        row.put(w::desired, 1_i64, None);
    }
    reader.put_bool(row, w::suspended, object.at(&["spec", "suspend"]), false);
    let fields = [(w::active, "active"), (w::succeeded, "succeeded"), (w::failed, "failed")];
    counts(reader, row, object, &fields);
}

fn cron_job(reader: &Reader<'_>, row: &mut Row, object: &Node) {
    row.put(w::desired, Cell::Absent, None);
    reader.put_bool(row, w::suspended, object.at(&["spec", "suspend"]), false);
    reader.put(row, w::schedule, object.at(&["spec", "schedule"]));
    let Some(status) = object.field("status") else { return };
    reader.put(row, w::last_scheduled, status.field("lastScheduleTime"));
    let active = status.field("active");
    let count = active.map_or(&[][..], Node::items).len();
    row.put(w::active, count as i64, active.map(|node| reader.place(node)));
}

pub(super) fn autoscaler(reader: &mut Reader<'_>, object: &Node) {
    use autoscaler as a;
    let mut row = reader.about(object, a::WIDTH, Some(a::namespace), a::name);
    reader.put_all(
        &mut row,
        object,
        &[
            (a::target_kind, &["spec", "scaleTargetRef", "kind"]),
            (a::target, &["spec", "scaleTargetRef", "name"]),
        ],
    );
    let min = object.at(&["spec", "minReplicas"]);
    reader.put_int(&mut row, a::min, min);
    if min.is_none() {
        row.put(a::min, 1_i64, None);
    }
    reader.put_int(&mut row, a::max, object.at(&["spec", "maxReplicas"]));
    if let Some(status) = object.field("status") {
        reader.put_count(&mut row, a::current, status.field("currentReplicas"));
        reader.put_count(&mut row, a::desired, status.field("desiredReplicas"));
        metrics(&mut row, object, status);
    }
    reader.add(a::ID, row);
}

/// Before `autoscaling/v2` the one metric was the CPU, and its field was left out while unknown.
fn metrics(row: &mut Row, object: &Node, status: &Node) {
    let asked = object.at(&["spec", "metrics"]).map_or(&[][..], Node::items).len();
    let known = match asked {
        0 => status.field("currentCPUUtilizationPercentage").is_some(),
        _ => {
            let current = status.field("currentMetrics").map_or(&[][..], Node::items);
            // An unknown one is listed as an empty item.
            let known = current.iter().filter(|metric| {
                metric
                    .entries()
                    .iter()
                    .any(|(key, value)| &*key.text != "type" && !value.entries().is_empty())
            });
            known.count() >= asked
        }
    };
    row.put(autoscaler::metrics_known, known, row.place);
}

pub(super) fn disruption_budget(reader: &mut Reader<'_>, object: &Node) {
    use disruption_budget as d;
    let mut row = reader.about(object, d::WIDTH, Some(d::namespace), d::name);
    reader.put_all(
        &mut row,
        object,
        &[
            (d::min_available, &["spec", "minAvailable"]),
            (d::max_unavailable, &["spec", "maxUnavailable"]),
        ],
    );
    let fields = [
        (d::allowed, "disruptionsAllowed"),
        (d::healthy, "currentHealthy"),
        (d::desired_healthy, "desiredHealthy"),
        (d::expected, "expectedPods"),
    ];
    counts(reader, &mut row, object, &fields);
    reader.add(d::ID, row);
}
