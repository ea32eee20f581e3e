//! The kubelet's `/stats/summary`: how full volumes and the node's file systems are.

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::{node_filesystem, volume_usage};
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "kubelet summary",
    doc: "a kubelet's statistics, `kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary`",
    recognize: |capture| summary(capture).is_some(),
    read: |capture, _| read(capture),
};

fn summary<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    fields::json_with(capture, &["\"nodeName\""])
        .filter(|json| json.at(&["node", "nodeName"]).is_some())
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let Some(json) = summary(capture) else { return reading };
    let whole = fields::whole(capture, &json, &mut reading);
    let Some(node) = json.field("node") else { return reading };
    let name = node.field("nodeName");
    let systems = [
        ("nodefs", node.field("fs")),
        ("imagefs", node.at(&["runtime", "imageFs"])),
        ("containerfs", node.at(&["runtime", "containerFs"])),
    ];
    for (kind, usage) in systems {
        let Some(usage) = usage.filter(Json::is_whole) else { continue };
        let mut row = Row::new(node_filesystem::WIDTH, None);
        fields::put(capture, &mut row, node_filesystem::node, name);
        row.put(node_filesystem::name, kind, None);
        use node_filesystem as f;
        let columns = [f::capacity, f::used, f::available, f::used_percent, f::inodes_percent];
        put_usage(capture, &mut row, usage, columns);
        reading.rows.push((node_filesystem::ID, row));
    }
    for pod in json.field("pods").iter().flat_map(Json::items) {
        for volume in pod.field("volume").iter().flat_map(Json::items).filter(Json::is_whole) {
            reading.rows.push((volume_usage::ID, volume_row(capture, name, pod, volume)));
        }
    }
    if let Some(name) = name.and_then(|name| name.text()).filter(|_| whole) {
        let value = Value::from(&*name);
        let scopes = [(node_filesystem::ID, node_filesystem::node)];
        let scopes = scopes.into_iter().chain([(volume_usage::ID, volume_usage::node)]);
        reading
            .searched
            .extend(scopes.map(|(id, column)| (id, Scope::of([(column, value.clone())]))));
    }
    reading
}

fn volume_row(
    capture: &Capture<'_>,
    node: Option<Json<'_>>,
    pod: Json<'_>,
    volume: Json<'_>,
) -> Row {
    use volume_usage as v;
    let mut row = Row::new(v::WIDTH, None);
    fields::put(capture, &mut row, v::namespace, pod.at(&["podRef", "namespace"]));
    fields::put(capture, &mut row, v::pod, pod.at(&["podRef", "name"]));
    fields::put(capture, &mut row, v::node, node);
    fields::put(capture, &mut row, v::volume, volume.field("name"));
    fields::put(capture, &mut row, v::claim, volume.at(&["pvcRef", "name"]));
    let columns = [v::capacity, v::used, v::available, v::used_percent, v::inodes_percent];
    put_usage(capture, &mut row, volume, columns);
    row
}

/// Puts capacity, used and available bytes, and what of bytes and of inodes is not available, in per cent.
fn put_usage(capture: &Capture<'_>, row: &mut Row, usage: Json<'_>, columns: [usize; 5]) {
    let [capacity, used, available, used_percent, inodes_percent] = columns;
    let free = usage.field("availableBytes");
    row.place = Some(fields::place(capture, &free.unwrap_or(usage)));
    fields::put_int(capture, row, capacity, usage.field("capacityBytes"));
    fields::put_int(capture, row, used, usage.field("usedBytes"));
    fields::put_int(capture, row, available, free);
    let int = |key: &str| usage.field(key).and_then(|field| field.int());
    let bytes = percent(int("availableBytes"), int("capacityBytes"));
    let inodes = percent(int("inodesFree"), int("inodes"));
    row.put(used_percent, bytes.map_or(Cell::Absent, Cell::from), row.place);
    let place = usage.field("inodesFree").map(|field| fields::place(capture, &field));
    row.put(inodes_percent, inodes.map_or(Cell::Absent, Cell::from), place);
}

fn percent(free: Option<i64>, all: Option<i64>) -> Option<i64> {
    let (free, all) = (i128::from(free?), i128::from(all?));
    (all > 0 && free <= all).then(|| i64::try_from((all - free) * 100 / all).ok()).flatten()
}
