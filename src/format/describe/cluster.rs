//! Nodes, namespaces, classes of priority, and objects whose kind has no describer of its own.

use super::{Object, Rows, Shape, root, storage};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::outline::{Entry, Piece};

const NAMESPACE: &[crate::fact::RelationId] =
    &[v::namespace::ID, v::namespace_label::ID, v::condition::ID];

const fn namespace_with(keys: &'static [&'static str]) -> Shape {
    Shape { kind: "Namespace", keys, fills: NAMESPACE, controlled: false, read: namespace }
}

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "",
        keys: &["API Version", "Kind", "Metadata"],
        fills: &[],
        controlled: false,
        read: other,
    },
    Shape {
        kind: "Node",
        keys: &["Addresses", "System Info"],
        fills: &[
            v::node::ID,
            v::node_condition::ID,
            v::taint::ID,
            v::node_label::ID,
            v::node_resource::ID,
        ],
        controlled: false,
        read: node,
    },
    namespace_with(&["Status", "No resource quota."]),
    namespace_with(&["Status", "Resource Quotas"]),
    namespace_with(&["Status", "No LimitRange resource."]),
    namespace_with(&["Status", "Resource Limits"]),
    Shape {
        kind: "PriorityClass",
        keys: &["Value", "GlobalDefault"],
        fills: &[v::priority_class::ID],
        controlled: false,
        read: priority_class,
    },
];

fn node(object: &Object<'_>, rows: &mut Rows) {
    use v::node as n;
    let mut row = object.about(n::WIDTH, None, n::name);
    object.put_bool(&mut row, n::unschedulable, object.value("Unschedulable"));
    object.put_as(&mut row, n::roles, object.value("Roles"), |text| {
        let mut roles: Vec<&str> = text.split(',').collect();
        roles.sort_unstable();
        Some(roles.join(",").into())
    });
    let info = |key: &str| of(object.under("System Info"), key);
    let fields = [
        (n::kubelet_version, "Kubelet Version"),
        (n::runtime, "Container Runtime Version"),
        (n::os_image, "OS Image"),
        (n::kernel, "Kernel Version"),
        (n::architecture, "Architecture"),
    ];
    for (column, key) in fields {
        object.put(&mut row, column, info(key));
    }
    object.put_if_any(&mut row, n::pod_cidr, object.value("PodCIDR"));
    let addresses = object.under("Addresses");
    if !addresses.is_empty() {
        for (column, key) in [(n::address, "InternalIP"), (n::external_address, "ExternalIP")] {
            row.put(column, Cell::Absent, None);
            object.put_address(&mut row, column, of(addresses, key));
        }
    }
    object.put_time(&mut row, n::created, object.value("CreationTimestamp"));
    conditions(object, &mut row, rows);
    rows.push((n::ID, row));
    object.labels(rows);
    for taint in root(object, "Taints").into_iter().flat_map(Entry::texts) {
        tainted(object, &taint, rows);
    }
    resources(object, rows);
}

fn of<'a>(lines: &[Entry<'a>], key: &str) -> Option<Piece<'a>> {
    lines.iter().find(|line| line.key.text == key).map(|line| line.value)
}

fn conditions(object: &Object<'_>, node: &mut Row, rows: &mut Rows) {
    use v::node_condition as c;
    let table = object.table("Conditions");
    for line in &table.rows {
        let cell = |name: &str| table.cell(line, name);
        let Some(name) = cell("Type") else { continue };
        let mut row = object.part(c::WIDTH, None, c::node, &cell("Status").unwrap_or(name));
        object.put(&mut row, c::r#type, Some(name));
        object.put(&mut row, c::reason, cell("Reason"));
        object.put(&mut row, c::message, cell("Message"));
        object.put_time(&mut row, c::heartbeat, cell("LastHeartbeatTime"));
        object.put_time(&mut row, c::changed, cell("LastTransitionTime"));
        if let Some(status) = cell("Status") {
            object.put(&mut row, c::status, Some(status));
            if name.text == "Ready" {
                let ready = status.text == "True";
                node.put(v::node::ready, ready, Some(object.place(&status)));
            }
        }
        rows.push((c::ID, row));
    }
}

/// `key=value:Effect`
fn tainted(object: &Object<'_>, taint: &Piece<'_>, rows: &mut Rows) {
    use v::taint as t;
    let Some((pair, effect)) = taint.split_once(":") else { return };
    let (key, value) = match pair.split_once("=") {
        Some((key, value)) => (key, Some(value)),
        None => (pair, None),
    };
    let mut row = object.part(t::WIDTH, None, t::node, &key);
    object.put(&mut row, t::key, Some(key));
    object.put_if_any(&mut row, t::value, value);
    object.put(&mut row, t::effect, Some(effect));
    rows.push((t::ID, row));
}

fn resources(object: &Object<'_>, rows: &mut Rows) {
    use v::node_resource as r;
    let allocatable = object.under("Allocatable");
    for line in object.under("Capacity") {
        let mut row = object.part(r::WIDTH, None, r::node, &line.key);
        row.put(r::resource, line.key.text, row.place);
        object.put(&mut row, r::capacity, Some(line.value));
        object.put_if_any(&mut row, r::allocatable, of(allocatable, line.key.text));
        rows.push((r::ID, row));
    }
}

fn namespace(object: &Object<'_>, rows: &mut Rows) {
    use v::namespace as n;
    let mut row = object.about(n::WIDTH, None, n::name);
    let status = object.value("Status");
    object.put(&mut row, n::phase, status);
    if let Some(status) = status {
        row.put(n::deleting, status.text == "Terminating", Some(object.place(&status)));
    }
    rows.push((n::ID, row));
    object.labels(rows);
    object.conditions(rows);
    let lines = |key: &'static str| {
        let block = object.entries.iter().filter(move |entry| entry.line.text == key);
        block.flat_map(|entry| &entry.children)
    };
    let mut quota: Option<(Piece<'_>, Vec<Piece<'_>>)> = None;
    for line in lines("Resource Quotas") {
        if line.key.text == "Name" {
            if let Some((name, lines)) = quota.take() {
                storage::quotas(object, &name, lines.into_iter(), rows);
            }
            quota = Some((line.value, vec![]));
        } else if let Some((_, lines)) = &mut quota {
            lines.push(line.line);
        }
    }
    if let Some((name, lines)) = quota {
        storage::quotas(object, &name, lines.into_iter(), rows);
    }
    storage::limits(object, None, lines("Resource Limits").map(|line| line.line), rows);
}

/// What a namespace says of the quotas and limits in it: all, or that there are none.
pub(super) fn shares(object: &Object<'_>) -> Vec<(crate::fact::RelationId, Scope)> {
    let says = |words: [&str; 2]| words.iter().any(|word| object.has(word));
    let scope = |column: usize| Scope::of([(column, Value::from(object.name.text))]);
    let mut shown = vec![];
    if object.kind != "Namespace" {
        return shown;
    }
    if says(["No resource quota.", "Resource Quotas"]) {
        shown.push((v::quota::ID, scope(v::quota::namespace)));
    }
    if says(["No LimitRange resource.", "Resource Limits"]) {
        shown.push((v::limit_range::ID, scope(v::limit_range::namespace)));
    }
    shown
}

fn priority_class(object: &Object<'_>, rows: &mut Rows) {
    use v::priority_class as p;
    let mut row = object.about(p::WIDTH, None, p::name);
    object.put_int(&mut row, p::value, object.value("Value"));
    object.put_bool(&mut row, p::global_default, object.value("GlobalDefault"));
    object.put(&mut row, p::preemption, object.value("PreemptionPolicy"));
    rows.push((p::ID, row));
}

/// Of other objects, the conditions; their fields stand in the order of the alphabet, and the next
/// condition begins where a key comes again.
fn other(object: &Object<'_>, rows: &mut Rows) {
    use v::condition as c;
    let said = object.under("Status").iter().find(|line| line.key.text == "Conditions");
    let fields = said.map_or(&[][..], |said| &said.children);
    let mut groups: Vec<Vec<&Entry<'_>>> = Vec::new();
    for field in fields {
        match groups.last_mut() {
            Some(group) if group.iter().all(|known| known.key.text != field.key.text) => {
                group.push(field);
            }
            _ => groups.push(vec![field]),
        }
    }
    for group in groups {
        let value = |key: &str| group.iter().find(|f| f.key.text == key).map(|f| f.value);
        let Some(name) = value("Type") else { continue };
        let mut row = object.condition(&value("Status").unwrap_or(name));
        let namespace = object.namespace.map(|piece| Cell::from(piece.text));
        row.put(c::namespace, namespace.unwrap_or(Cell::Absent), None);
        object.put(&mut row, c::r#type, Some(name));
        object.put(&mut row, c::status, value("Status"));
        object.put_if_any(&mut row, c::reason, value("Reason"));
        object.put_if_any(&mut row, c::message, value("Message"));
        let changed = value("Last Transition Time").filter(|time| time.text.ends_with('Z'));
        object.put(&mut row, c::changed, changed);
        rows.push((c::ID, row));
    }
}
