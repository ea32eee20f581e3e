//! What objects of every kind say: who owns them, and their conditions.

use super::shape::Item;
use super::{Reader, is_hidden};
use crate::fact::vocabulary::{condition, node_condition, owner, pod_condition};
use crate::fact::{Cell, Row};
use crate::text::yaml::Node;

/// Who owns an object.
pub(super) fn owners(reader: &mut Reader<'_>, item: &Item<'_>) {
    let owners = item.object.at(&["metadata", "ownerReferences"]);
    for reference in owners.map_or(&[][..], Node::items) {
        let at = reference.field("name").unwrap_or(reference);
        let mut row = identified(
            reader,
            item,
            Row::new(owner::WIDTH, Some(reader.place(at))),
            [owner::kind, owner::namespace, owner::name],
        );
        reader.put(&mut row, owner::owner_kind, reference.field("kind"));
        reader.put(&mut row, owner::owner_name, reference.field("name"));
        reader.put_bool(&mut row, owner::controller, reference.field("controller"), false);
        reader.add(owner::ID, row);
    }
}

/// The conditions of an object; those of pods and nodes are relations of their own.
pub(super) fn conditions(reader: &mut Reader<'_>, item: &Item<'_>) {
    let list = item.object.at(&["status", "conditions"]);
    for said in list.map_or(&[][..], Node::items) {
        let Some(name) = said.field("type") else { continue };
        let place = Some(reader.place(said.field("status").unwrap_or(name)));
        match item.known_as() {
            "Pod" => pod(reader, item.object, said, Row::new(pod_condition::WIDTH, place)),
            "Node" => node(reader, item.object, said, Row::new(node_condition::WIDTH, place)),
            _ => other(reader, item, said, Row::new(condition::WIDTH, place)),
        }
    }
}

fn pod(reader: &mut Reader<'_>, object: &Node, said: &Node, mut row: Row) {
    use pod_condition as c;
    reader.put_namespace(&mut row, c::namespace, object);
    reader.put(&mut row, c::pod, object.at(&["metadata", "name"]));
    stated(reader, &mut row, said, [c::r#type, c::status, c::reason, c::message, c::changed]);
    reader.add(c::ID, row);
}

fn node(reader: &mut Reader<'_>, object: &Node, said: &Node, mut row: Row) {
    use node_condition as c;
    reader.put(&mut row, c::node, object.at(&["metadata", "name"]));
    stated(reader, &mut row, said, [c::r#type, c::status, c::reason, c::message, c::changed]);
    reader.put(&mut row, c::heartbeat, said.field("lastHeartbeatTime"));
    reader.add(c::ID, row);
}

fn other(reader: &mut Reader<'_>, item: &Item<'_>, said: &Node, row: Row) {
    use condition as c;
    let mut row = identified(reader, item, row, [c::kind, c::namespace, c::name]);
    stated(reader, &mut row, said, [c::r#type, c::status, c::reason, c::message, c::changed]);
    reader.add(c::ID, row);
}

/// Puts kind, namespace and name of an object that need not be of a known kind.
fn identified(
    reader: &Reader<'_>,
    item: &Item<'_>,
    mut row: Row,
    [kind, namespace, name]: [usize; 3],
) -> Row {
    row.put(kind, item.kind.as_str(), None);
    let own = item.object.at(&["metadata", "namespace"]);
    if own.is_some() || item.known.is_none_or(|kind| !kind.namespaced) {
        reader.put(&mut row, namespace, own);
    }
    reader.put(&mut row, name, item.object.at(&["metadata", "name"]));
    row
}

/// Puts what a condition says. Written by hand, `True` may be a truth value.
fn stated(
    reader: &Reader<'_>,
    row: &mut Row,
    said: &Node,
    [name, status, reason, message, changed]: [usize; 5],
) {
    reader.put(row, name, said.field("type"));
    let word = said.field("status").and_then(|node| match node.bool() {
        Some(true) => Some("True".to_string()),
        Some(false) => Some("False".to_string()),
        None => node.scalar(),
    });
    let cell = word.filter(|word| !is_hidden(word)).map_or(Cell::Unknown, Cell::from);
    row.put(status, cell, said.field("status").map(|node| reader.place(node)));
    reader.put(row, reason, said.field("reason"));
    reader.put(row, message, said.field("message"));
    let times = ["lastTransitionTime", "lastUpdateTime"];
    reader.put(row, changed, times.iter().find_map(|key| said.field(key)));
}
