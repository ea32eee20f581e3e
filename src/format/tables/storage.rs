//! Tables of volumes and claims, of configuration and quotas.

use super::{Cells, Rows, Shape, Table};
use crate::fact::vocabulary as v;
use crate::fact::{Row, Value};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "PersistentVolumeClaim",
        columns: &["NAME", "STATUS", "VOLUME", "CAPACITY", "STORAGECLASS"],
        but: &[],
        fills: &[v::volume_claim::ID],
        row: claim,
    },
    Shape {
        kind: "PersistentVolume",
        columns: &["NAME", "CAPACITY", "RECLAIM POLICY", "STATUS", "CLAIM"],
        but: &[],
        fills: &[v::volume::ID],
        row: volume,
    },
    Shape {
        kind: "StorageClass",
        columns: &["NAME", "PROVISIONER"],
        but: &[],
        fills: &[v::storage_class::ID],
        row: class,
    },
    Shape {
        kind: "VolumeAttachment",
        columns: &["NAME", "ATTACHER", "PV", "NODE", "ATTACHED"],
        but: &[],
        fills: &[],
        row: attachment,
    },
    Shape {
        kind: "Secret",
        columns: &["NAME", "TYPE", "DATA"],
        but: &[],
        fills: &[v::secret::ID],
        row: secret,
    },
    Shape {
        kind: "ConfigMap",
        columns: &["NAME", "DATA", "AGE"],
        but: &["TYPE"],
        fills: &[v::config_map::ID],
        row: config_map,
    },
    Shape {
        kind: "ResourceQuota",
        columns: &["NAME", "REQUEST", "LIMIT"],
        but: &[],
        fills: &[v::quota::ID],
        row: quota,
    },
];

fn claim(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::volume_claim as c;
    let Some(mut row) = table.about(cells, c::WIDTH, Some(c::namespace), c::name) else { return };
    // A claim that is being deleted shows that in place of its phase.
    let status = table.cell(cells, "STATUS");
    let deleting = status.is_some_and(|(text, _)| text == "Terminating");
    row.put(c::deleting, deleting, status.map(|(_, at)| at));
    if !deleting {
        table.put(&mut row, c::phase, cells, "STATUS");
    }
    table.put(&mut row, c::volume, cells, "VOLUME");
    table.put(&mut row, c::capacity, cells, "CAPACITY");
    // A claim shows the modes of its volume, and none before it has one.
    if table.cell(cells, "ACCESS MODES").is_some_and(|(text, _)| !text.is_empty()) {
        table.put(&mut row, c::access_modes, cells, "ACCESS MODES");
    }
    table.put(&mut row, c::class, cells, "STORAGECLASS");
    rows.push((c::ID, row));
}

fn volume(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::volume as p;
    let Some(mut row) = table.about(cells, p::WIDTH, None, p::name) else { return };
    let status = table.cell(cells, "STATUS");
    let deleting = status.is_some_and(|(text, _)| text == "Terminating");
    row.put(p::deleting, deleting, status.map(|(_, at)| at));
    if !deleting {
        table.put(&mut row, p::phase, cells, "STATUS");
    }
    table.put(&mut row, p::capacity, cells, "CAPACITY");
    table.put(&mut row, p::access_modes, cells, "ACCESS MODES");
    table.put(&mut row, p::reclaim_policy, cells, "RECLAIM POLICY");
    let part = |n: usize| move |text: &str| text.split('/').nth(n).map(Value::from);
    table.put_as(&mut row, p::claim_namespace, cells, "CLAIM", part(0));
    table.put_as(&mut row, p::claim, cells, "CLAIM", part(1));
    table.put(&mut row, p::class, cells, "STORAGECLASS");
    table.put(&mut row, p::reason, cells, "REASON");
    rows.push((p::ID, row));
}

/// The default class is marked behind its name: `standard (default)`.
fn class(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::storage_class as s;
    let Some(mut row) = table.about(cells, s::WIDTH, None, s::name) else { return };
    if let Some((name, at)) = table.cell(cells, "NAME") {
        let name = super::bare(name);
        let plain = name.strip_suffix("(default)");
        row.put(s::name, plain.unwrap_or(name).trim_end(), Some(at));
        row.put(s::is_default, plain.is_some(), Some(at));
    }
    table.put(&mut row, s::provisioner, cells, "PROVISIONER");
    table.put(&mut row, s::reclaim_policy, cells, "RECLAIMPOLICY");
    table.put(&mut row, s::binding_mode, cells, "VOLUMEBINDINGMODE");
    table.put_bool(&mut row, s::expandable, cells, "ALLOWVOLUMEEXPANSION");
    rows.push((s::ID, row));
}

fn attachment(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::volume_attachment as a;
    let Some(mut row) = table.about(cells, a::WIDTH, None, a::name) else { return };
    table.put(&mut row, a::attacher, cells, "ATTACHER");
    table.put(&mut row, a::volume, cells, "PV");
    table.put(&mut row, a::node, cells, "NODE");
    table.put_bool(&mut row, a::attached, cells, "ATTACHED");
    rows.push((a::ID, row));
}

fn config_map(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::config_map as c;
    let Some(mut row) = table.about(cells, c::WIDTH, Some(c::namespace), c::name) else { return };
    table.put_int(&mut row, c::keys, cells, "DATA");
    rows.push((c::ID, row));
}

fn secret(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::secret as s;
    let Some(mut row) = table.about(cells, s::WIDTH, Some(s::namespace), s::name) else { return };
    table.put(&mut row, s::r#type, cells, "TYPE");
    table.put_int(&mut row, s::keys, cells, "DATA");
    rows.push((s::ID, row));
}

/// `requests.memory: 901Mi/1Gi, pods: 1/4`: what is used, and what may be.
fn quota(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::quota as q;
    for column in ["REQUEST", "LIMIT"] {
        let Some((amounts, at)) = table.cell(cells, column) else { continue };
        for amount in amounts.split(',') {
            let Some((resource, amount)) = amount.trim().split_once(": ") else { continue };
            let Some((used, hard)) = amount.split_once('/') else { continue };
            let start = || table.about(cells, q::WIDTH, Some(q::namespace), q::name);
            let Some(mut row): Option<Row> = start() else { continue };
            row.put(q::resource, resource, Some(at));
            row.put(q::used, used, Some(at));
            row.put(q::hard, hard, Some(at));
            rows.push((q::ID, row));
        }
    }
}
