//! Services and what stands behind them.

use super::Reader;
use crate::fact::vocabulary::{endpoint, service, service_port, service_selector};
use crate::fact::{Cell, Row, Value};
use crate::text::yaml::Node;

pub(super) fn service(reader: &mut Reader<'_>, object: &Node) {
    let name = object.at(&["metadata", "name"]);
    let spec = |key: &str| object.at(&["spec", key]);
    let cluster_ip = spec("clusterIP");
    let headless = cluster_ip.and_then(Node::text) == Some("None");
    let mut row = Row::new(service::WIDTH, name.map(|name| reader.place(name)));
    reader.put_namespace(&mut row, service::namespace, object);
    reader.put(&mut row, service::name, name);
    reader.put(&mut row, service::kind, spec("type"));
    if spec("type").is_none() {
        row.put(service::kind, "ClusterIP", None);
    }
    // A manifest leaves the address to the API server.
    let external = spec("type").and_then(Node::text) == Some("ExternalName");
    if cluster_ip.is_some() || external {
        reader.put_address(&mut row, service::cluster_ip, cluster_ip.filter(|_| !headless));
    }
    row.put(service::headless, headless, cluster_ip.map(|node| reader.place(node)));
    reader.put(&mut row, service::external_name, spec("externalName"));
    reader.put_shown(&mut row, service::created, object.at(&["metadata", "creationTimestamp"]));
    // The second family of a dual-stack Service is an address like the first.
    for address in spec("clusterIPs").map_or(&[][..], Node::items).iter().skip(1) {
        let mut second = row.clone();
        reader.put_address(&mut second, service::cluster_ip, Some(address));
        reader.add(service::ID, second);
    }
    reader.add(service::ID, row);
    for port in spec("ports").map_or(&[][..], Node::items) {
        let mut row =
            Row::new(service_port::WIDTH, port.field("port").map(|port| reader.place(port)));
        reader.put_namespace(&mut row, service_port::namespace, object);
        reader.put(&mut row, service_port::service, name);
        reader.put(&mut row, service_port::name, port.field("name"));
        reader.put_int(&mut row, service_port::port, port.field("port"));
        protocol(reader, &mut row, service_port::protocol, port);
        reader.put(
            &mut row,
            service_port::target_port,
            port.field("targetPort").or(port.field("port")),
        );
        reader.add(service_port::ID, row);
    }
    for (key, value) in spec("selector").map_or(&[][..], Node::entries) {
        let mut row = Row::new(service_selector::WIDTH, Some(reader.place(value)));
        reader.put_namespace(&mut row, service_selector::namespace, object);
        reader.put(&mut row, service_selector::service, name);
        row.put(service_selector::key, &*key.text, Some(reader.capture.place(key.span)));
        reader.put(&mut row, service_selector::value, Some(value));
        reader.add(service_selector::ID, row);
    }
}

pub(super) fn endpoints(reader: &mut Reader<'_>, object: &Node) {
    let service = object.at(&["metadata", "name"]);
    for subset in object.field("subsets").map_or(&[][..], Node::items) {
        let ports = subset.field("ports").map_or(&[][..], Node::items);
        for (list, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            for address in subset.field(list).map_or(&[][..], Node::items) {
                let at = Address {
                    service,
                    ip: address.field("ip"),
                    ready,
                    target: address.field("targetRef"),
                };
                rows(reader, object, &at, ports);
            }
        }
    }
}

pub(super) fn endpoint_slice(reader: &mut Reader<'_>, object: &Node) {
    let service = object.at(&["metadata", "labels", "kubernetes.io/service-name"]);
    let ports = object.field("ports").map_or(&[][..], Node::items);
    for item in object.field("endpoints").map_or(&[][..], Node::items) {
        // Not stated means ready; one that still serves while it terminates takes traffic when no
        // other is left. Source: discovery.k8s.io/v1, EndpointConditions; KEP-1669.
        let condition = |name: &str| item.at(&["conditions", name]).and_then(Node::bool);
        let leaving = condition("serving") == Some(true) && condition("terminating") == Some(true);
        let ready = condition("ready").unwrap_or(true) || leaving;
        for ip in item.field("addresses").map_or(&[][..], Node::items) {
            let at = Address { service, ip: Some(ip), ready, target: item.field("targetRef") };
            rows(reader, object, &at, ports);
        }
    }
}

/// One address behind a Service.
struct Address<'a> {
    service: Option<&'a Node<'a>>,
    ip: Option<&'a Node<'a>>,
    ready: bool,
    target: Option<&'a Node<'a>>,
}

/// A row for each port of an address, or one if there are none.
fn rows(reader: &mut Reader<'_>, object: &Node, at: &Address<'_>, ports: &[Node]) {
    let place = at.ip.map(|ip| reader.place(ip));
    let mut row = Row::new(endpoint::WIDTH, place);
    reader.put_namespace(&mut row, endpoint::namespace, object);
    reader.put(&mut row, endpoint::service, at.service);
    reader.put_address(&mut row, endpoint::address, at.ip);
    let pod = at.target.filter(|target| target.field("kind").and_then(Node::text) == Some("Pod"));
    reader.put(&mut row, endpoint::pod, pod.and_then(|pod| pod.field("name")));
    row.put(endpoint::ready, at.ready, place);
    for column in [endpoint::port, endpoint::protocol, endpoint::port_name] {
        row.put(column, Cell::Absent, None);
    }
    if ports.is_empty() {
        return reader.add(endpoint::ID, row);
    }
    for port in ports {
        let mut row = row.clone();
        reader.put_int(&mut row, endpoint::port, port.field("port"));
        protocol(reader, &mut row, endpoint::protocol, port);
        reader.put(&mut row, endpoint::port_name, port.field("name"));
        reader.add(endpoint::ID, row);
    }
}

/// A port's protocol, which is TCP unless stated.
fn protocol(reader: &Reader<'_>, row: &mut Row, column: usize, port: &Node) {
    match port.field("protocol") {
        Some(stated) => reader.put(row, column, Some(stated)),
        None => row.put(column, Value::from("TCP"), None),
    }
}
