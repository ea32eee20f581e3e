//! What a namespace holds for its pods: configuration, Secrets, accounts, quotas.

use std::collections::BTreeSet;

use super::{Reader, embedded};
use crate::fact::vocabulary as v;
use crate::fact::{RelationId, Row, Scope, Value};
use crate::format::certificate;
use crate::text::yaml::{Key, Node};

pub(super) fn config_map(reader: &mut Reader<'_>, object: &Node) {
    use v::{config_map as c, config_map_key as k};
    embedded::read(reader, object);
    let mut row = reader.about(object, c::WIDTH, Some(c::namespace), c::name);
    let keys = keys(object, &["data", "binaryData"]);
    row.put(c::keys, keys.len() as i64, row.place);
    reader.add(c::ID, row);
    let shape = Keys { id: k::ID, width: k::WIDTH, columns: [k::namespace, k::name, k::key] };
    shape.add(reader, object, &keys);
}

/// Only the keys of a Secret are looked at, and the certificates behind them, but nothing else of its
/// content.
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
    for (key, value) in object.field("data").map_or(&[][..], Node::entries) {
        certificates(reader, object, key, value);
    }
}

/// The certificates below a key of a Secret.
fn certificates(reader: &mut Reader<'_>, object: &Node, key: &Key, value: &Node) {
    use v::certificate as c;
    let place = reader.capture.place(key.span);
    let Some(held) = value.text().and_then(certificate::held) else { return };
    let (namespace, name) =
        (object.at(&["metadata", "namespace"]), object.at(&["metadata", "name"]));
    match held {
        Err(why) => {
            let message = format!("a certificate below {} cannot be read: {why}", key.text);
            reader.reading.issues.push((Some(place.line), message));
        }
        // What holds none may be what a collector put in place of it.
        Ok(held) if held.is_empty() => {}
        Ok(held) => {
            for certificate in held {
                let (id, mut row) = certificate.of_secret(place);
                reader.put_namespace(&mut row, c::namespace, object);
                reader.put(&mut row, c::secret, name);
                row.put(c::key, &*key.text, Some(place));
                reader.add(id, row);
            }
            if let (Some(namespace), Some(name)) =
                (namespace.and_then(Node::scalar), name.and_then(Node::scalar))
            {
                let limits = [(c::namespace, namespace), (c::secret, name)];
                let limits = limits.into_iter().chain([(c::key, key.text.to_string())]);
                let scope = Scope::of(limits.map(|(column, text)| (column, Value::from(text))));
                reader.reading.searched.push((c::ID, scope));
            }
        }
    }
}

fn keys<'a>(object: &'a Node<'a>, fields: &[&str]) -> Vec<&'a Key<'a>> {
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
