//! Nodes, namespaces, and what metrics-server measured of pods and nodes.

use super::Reader;
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row, Value};
use crate::text::yaml::Node;

/// The label of a node's role ends in it; before 1.16 one label held it whole.
const ROLE: &str = "node-role.kubernetes.io/";
const OLD_ROLE: &str = "kubernetes.io/role";

pub(super) fn node(reader: &mut Reader<'_>, object: &Node) {
    let row = described(reader, object);
    reader.add(v::node::ID, row);
    let name = object.at(&["metadata", "name"]);
    for taint in object.at(&["spec", "taints"]).map_or(&[][..], Node::items) {
        let at = taint.field("key").unwrap_or(taint);
        let mut row = Row::new(v::taint::WIDTH, Some(reader.place(at)));
        reader.put(&mut row, v::taint::node, name);
        reader.put(&mut row, v::taint::key, taint.field("key"));
        reader.put(&mut row, v::taint::value, taint.field("value"));
        reader.put(&mut row, v::taint::effect, taint.field("effect"));
        reader.add(v::taint::ID, row);
    }
    for (key, value) in object.at(&["metadata", "labels"]).map_or(&[][..], Node::entries) {
        let place = Some(reader.capture.place(key.span));
        let mut row = Row::new(v::node_label::WIDTH, place);
        reader.put(&mut row, v::node_label::node, name);
        row.put(v::node_label::key, &*key.text, place);
        label_value(reader, &mut row, v::node_label::value, value);
        reader.add(v::node_label::ID, row);
    }
    resources(reader, object);
}

/// A label without a value has the empty one.
fn label_value(reader: &Reader<'_>, row: &mut Row, column: usize, value: &Node) {
    match value.scalar() {
        Some(text) if text.is_empty() => row.put(column, "", Some(reader.place(value))),
        _ => reader.put(row, column, Some(value)),
    }
}

fn described(reader: &Reader<'_>, object: &Node) -> Row {
    let mut row = reader.about(object, v::node::WIDTH, None, v::node::name);
    let info = |key: &str| object.at(&["status", "nodeInfo", key]);
    let conditions = object.at(&["status", "conditions"]);
    let ready = conditions.map_or(&[][..], Node::items).iter();
    let ready = ready
        .filter(|said| said.field("type").and_then(Node::text) == Some("Ready"))
        .find_map(|said| said.field("status"));
    if let Some(status) = ready {
        let is_ready = status.text() == Some("True") || status.bool() == Some(true);
        row.put(v::node::ready, is_ready, Some(reader.place(status)));
    }
    reader.put_bool(&mut row, v::node::unschedulable, object.at(&["spec", "unschedulable"]), false);
    let roles = roles(object);
    let cell = if roles.is_empty() { Cell::Absent } else { Cell::from(roles.join(",")) };
    row.put(v::node::roles, cell, None);
    reader.put(&mut row, v::node::kubelet_version, info("kubeletVersion"));
    reader.put(&mut row, v::node::runtime, info("containerRuntimeVersion"));
    reader.put(&mut row, v::node::os_image, info("osImage"));
    reader.put(&mut row, v::node::kernel, info("kernelVersion"));
    reader.put(&mut row, v::node::architecture, info("architecture"));
    reader.put(&mut row, v::node::pod_cidr, object.at(&["spec", "podCIDR"]));
    let addresses = object.at(&["status", "addresses"]).map_or(&[][..], Node::items);
    for (column, kind) in
        [(v::node::address, "InternalIP"), (v::node::external_address, "ExternalIP")]
    {
        let found = addresses
            .iter()
            .find(|address| address.field("type").and_then(Node::text) == Some(kind));
        reader.put_address(&mut row, column, found.and_then(|address| address.field("address")));
    }
    reader.put_deleting(&mut row, v::node::deleting, object);
    reader.put_shown(&mut row, v::node::created, object.at(&["metadata", "creationTimestamp"]));
    row
}

/// The roles of a node, sorted as kubectl prints them.
fn roles(object: &Node) -> Vec<String> {
    let labels = object.at(&["metadata", "labels"]).map_or(&[][..], Node::entries);
    let mut roles: Vec<String> = labels
        .iter()
        .filter_map(|(key, value)| match key.text.strip_prefix(ROLE) {
            Some(role) => Some(role.to_string()),
            None => value.scalar().filter(|_| &*key.text == OLD_ROLE),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort();
    roles.dedup();
    roles
}

fn resources(reader: &mut Reader<'_>, object: &Node) {
    let amounts = |key: &str| object.at(&["status", key]).map_or(&[][..], Node::entries);
    let (capacity, allocatable) = (amounts("capacity"), amounts("allocatable"));
    for (key, amount) in capacity {
        let place = Some(reader.capture.place(key.span));
        let mut row = Row::new(v::node_resource::WIDTH, place);
        reader.put(&mut row, v::node_resource::node, object.at(&["metadata", "name"]));
        row.put(v::node_resource::resource, &*key.text, place);
        reader.put(&mut row, v::node_resource::capacity, Some(amount));
        let rest = allocatable.iter().find(|(other, _)| other.text == key.text);
        reader.put(&mut row, v::node_resource::allocatable, rest.map(|(_, amount)| amount));
        reader.add(v::node_resource::ID, row);
    }
}

pub(super) fn namespace(reader: &mut Reader<'_>, object: &Node) {
    let mut row = reader.about(object, v::namespace::WIDTH, None, v::namespace::name);
    reader.put_all(&mut row, object, &[(v::namespace::phase, &["status", "phase"])]);
    let place_of_first = finalizers(object).next().map(|node| reader.place(node));
    let words: Vec<String> = finalizers(object).filter_map(Node::scalar).collect();
    let cell = if words.is_empty() { Cell::Absent } else { Cell::from(words.join(",")) };
    row.put(v::namespace::finalizers, cell, place_of_first);
    reader.put_deleting(&mut row, v::namespace::deleting, object);
    reader.put_shown(
        &mut row,
        v::namespace::created,
        object.at(&["metadata", "creationTimestamp"]),
    );
    reader.add(v::namespace::ID, row);
    for (key, value) in object.at(&["metadata", "labels"]).map_or(&[][..], Node::entries) {
        let place = Some(reader.capture.place(key.span));
        let mut row = Row::new(v::namespace_label::WIDTH, place);
        reader.put(&mut row, v::namespace_label::namespace, object.at(&["metadata", "name"]));
        row.put(v::namespace_label::key, &*key.text, place);
        label_value(reader, &mut row, v::namespace_label::value, value);
        reader.add(v::namespace_label::ID, row);
    }
}

/// A namespace waits for its own finalizers, and for those that every object may have.
fn finalizers<'a>(object: &'a Node<'a>) -> impl Iterator<Item = &'a Node<'a>> {
    let list = |path: [&str; 2]| object.at(&path).map_or(&[][..], Node::items);
    list(["spec", "finalizers"]).iter().chain(list(["metadata", "finalizers"]))
}

pub(super) fn pod_metrics(reader: &mut Reader<'_>, object: &Node) {
    use v::pod_usage as u;
    for container in object.field("containers").map_or(&[][..], Node::items) {
        for (key, amount) in container.field("usage").map_or(&[][..], Node::entries) {
            let mut row = reader.part(object, u::WIDTH, Some(u::namespace), u::pod, amount);
            reader.put(&mut row, u::container, container.field("name"));
            row.put(u::resource, &*key.text, row.place);
            reader.put(&mut row, u::usage, Some(amount));
            reader.add(u::ID, row);
        }
    }
}

pub(super) fn node_metrics(reader: &mut Reader<'_>, object: &Node) {
    use v::node_usage as u;
    for (key, amount) in object.field("usage").map_or(&[][..], Node::entries) {
        let mut row = reader.part(object, u::WIDTH, None, u::node, amount);
        row.put(u::resource, Value::from(&*key.text), row.place);
        reader.put(&mut row, u::usage, Some(amount));
        reader.add(u::ID, row);
    }
}
