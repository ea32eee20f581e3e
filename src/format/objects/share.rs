//! What a namespace holds for its pods: configuration, Secrets, accounts, quotas.

use std::collections::BTreeSet;

use super::Reader;
use crate::fact::vocabulary as v;
use crate::fact::{RelationId, Row};
use crate::text::yaml::{Key, Node};

pub(super) fn config_map(reader: &mut Reader<'_>, object: &Node) {
    use v::{config_map as c, config_map_key as k};
    let mut row = reader.about(object, c::WIDTH, Some(c::namespace), c::name);
    let keys = keys(object, &["data", "binaryData"]);
    row.put(c::keys, keys.len() as i64, row.place);
    reader.add(c::ID, row);
    let shape = Keys { id: k::ID, width: k::WIDTH, columns: [k::namespace, k::name, k::key] };
    shape.add(reader, object, &keys);
}

/// Only the keys of a Secret are looked at, never what stands behind them.
pub(super) fn secret(reader: &mut Reader<'_>, object: &Node) {
    use v::{secret as s, secret_key as k};
    let mut row = reader.about(object, s::WIDTH, Some(s::namespace), s::name);
    let kind = object.field("type");
    reader.put(&mut row, s::r#type, kind);
    if kind.is_none() {
        row.put(s::r#type, "Opaque", None);
    }
    let keys = keys(object, &["data", "stringData"]);
    row.put(s::keys, keys.len() as i64, row.place);
    reader.add(s::ID, row);
    let shape = Keys { id: k::ID, width: k::WIDTH, columns: [k::namespace, k::name, k::key] };
    shape.add(reader, object, &keys);
}

fn keys<'a>(object: &'a Node, fields: &[&str]) -> Vec<&'a Key> {
    let entries = fields.iter().filter_map(|field| object.field(field)).flat_map(Node::entries);
    entries.map(|(key, _)| key).collect()
}

/// A relation of keys.
struct Keys {
    id: RelationId,
    width: usize,
    columns: [usize; 3],
}

impl Keys {
    fn add(&self, reader: &mut Reader<'_>, object: &Node, keys: &[&Key]) {
        let [namespace, name, column] = self.columns;
        for key in keys {
            let place = Some(reader.capture.place(key.span));
            let mut row = Row::new(self.width, place);
            reader.put_namespace(&mut row, namespace, object);
            reader.put(&mut row, name, object.at(&["metadata", "name"]));
            row.put(column, &*key.text, place);
            reader.add(self.id, row);
        }
    }
}

pub(super) fn service_account(reader: &mut Reader<'_>, object: &Node) {
    use v::service_account as s;
    let row = reader.about(object, s::WIDTH, Some(s::namespace), s::name);
    reader.add(s::ID, row);
}

pub(super) fn quota(reader: &mut Reader<'_>, object: &Node) {
    use v::quota as q;
    // What the quota controller has not seen yet stands in the specification alone.
    let hard = object.at(&["status", "hard"]).or(object.at(&["spec", "hard"]));
    for (resource, amount) in hard.map_or(&[][..], Node::entries) {
        let mut row = reader.part(object, q::WIDTH, Some(q::namespace), q::name, amount);
        row.put(q::resource, &*resource.text, Some(reader.capture.place(resource.span)));
        reader.put(&mut row, q::hard, Some(amount));
        if let Some(used) = object.at(&["status", "used", &resource.text]) {
            reader.put(&mut row, q::used, Some(used));
        }
        reader.add(q::ID, row);
    }
}

pub(super) fn limit_range(reader: &mut Reader<'_>, object: &Node) {
    use v::limit_range as l;
    let columns = [
        (l::min, "min"),
        (l::max, "max"),
        (l::default_limit, "default"),
        (l::default_request, "defaultRequest"),
    ];
    for limit in object.at(&["spec", "limits"]).map_or(&[][..], Node::items) {
        let fields = columns.iter().filter_map(|(_, field)| limit.field(field));
        let resources: BTreeSet<&str> =
            fields.flat_map(Node::entries).map(|(key, _)| &*key.text).collect();
        for resource in resources {
            let mut row = reader.part(object, l::WIDTH, Some(l::namespace), l::name, limit);
            reader.put(&mut row, l::r#type, limit.field("type"));
            row.put(l::resource, resource, row.place);
            for (column, field) in columns {
                reader.put(&mut row, column, limit.at(&[field, resource]));
            }
            reader.add(l::ID, row);
        }
    }
}
