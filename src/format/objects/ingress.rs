//! Ingresses: where they send requests, and their certificates.

use super::Reader;
use crate::fact::vocabulary::{ingress as i, ingress_class, ingress_rule as r, ingress_tls as t};
use crate::fact::{Cell, Row};
use crate::text::yaml::Node;

/// Before classes had a field, an annotation named them.
const OLD_CLASS: &str = "kubernetes.io/ingress.class";

pub(super) fn ingress(reader: &mut Reader<'_>, object: &Node) {
    let mut row = reader.about(object, i::WIDTH, Some(i::namespace), i::name);
    let class = object.at(&["spec", "ingressClassName"]);
    let class = class.or(object.at(&["metadata", "annotations", OLD_CLASS]));
    reader.put(&mut row, i::class, class);
    let given = object.at(&["status", "loadBalancer", "ingress"]);
    let first = given.and_then(|given| given.items().first());
    let address = first.and_then(|first| first.field("ip").or(first.field("hostname")));
    reader.put_address(&mut row, i::address, address);
    reader.put_shown(&mut row, i::created, object.at(&["metadata", "creationTimestamp"]));
    reader.add(i::ID, row);
    let spec = |key: &str| object.at(&["spec", key]);
    for rule in spec("rules").map_or(&[][..], Node::items) {
        for path in rule.at(&["http", "paths"]).map_or(&[][..], Node::items) {
            if let Some(backend) = path.field("backend") {
                send(reader, object, backend, rule.field("host"), path.field("path"));
            }
        }
    }
    if let Some(backend) = spec("defaultBackend").or(spec("backend")) {
        send(reader, object, backend, None, None);
    }
    for tls in spec("tls").map_or(&[][..], Node::items) {
        certificate(reader, object, tls);
    }
}

/// A row for one backend; before `networking.k8s.io/v1` it had two plain fields.
fn send(
    reader: &mut Reader<'_>,
    object: &Node,
    backend: &Node,
    host: Option<&Node>,
    path: Option<&Node>,
) {
    let service = backend.at(&["service", "name"]).or(backend.field("serviceName"));
    let at = service.unwrap_or(backend);
    let mut row = reader.part(object, r::WIDTH, Some(r::namespace), r::ingress, at);
    reader.put(&mut row, r::host, host);
    reader.put(&mut row, r::path, path);
    reader.put(&mut row, r::service, service);
    let port = backend.at(&["service", "port"]);
    let port = port.and_then(|port| port.field("number").or(port.field("name")));
    let port = port.or(backend.field("servicePort"));
    // A number here is a name's stand-in: the column is text.
    let cell = port.and_then(Node::scalar).map_or(Cell::Absent, Cell::from);
    row.put(r::port, cell, port.map(|port| reader.place(port)));
    reader.add(r::ID, row);
}

fn certificate(reader: &mut Reader<'_>, object: &Node, tls: &Node) {
    let secret = tls.field("secretName");
    let row = |reader: &Reader<'_>, host: Option<&Node>| -> Row {
        let at = secret.or(host).unwrap_or(tls);
        let mut row = reader.part(object, t::WIDTH, Some(t::namespace), t::ingress, at);
        reader.put(&mut row, t::secret, secret);
        reader.put(&mut row, t::host, host);
        row
    };
    let hosts = tls.field("hosts").map_or(&[][..], Node::items);
    if hosts.is_empty() {
        let row = row(reader, None);
        return reader.add(t::ID, row);
    }
    for host in hosts {
        let row = row(reader, Some(host));
        reader.add(t::ID, row);
    }
}

pub(super) fn class(reader: &mut Reader<'_>, object: &Node) {
    use ingress_class as c;
    let mut row = reader.about(object, c::WIDTH, None, c::name);
    reader.put(&mut row, c::controller, object.at(&["spec", "controller"]));
    let mark = "ingressclass.kubernetes.io/is-default-class";
    let mark = object.at(&["metadata", "annotations", mark]);
    let is_default = mark.and_then(Node::scalar).is_some_and(|text| text == "true");
    row.put(c::is_default, is_default, mark.map(|node| reader.place(node)));
    reader.add(c::ID, row);
}
