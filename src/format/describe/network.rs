//! Services, what stands behind them, and ways in from outside.

use super::{Object, Rows, Shape, pair, root};
use crate::fact::vocabulary as v;
use crate::fact::vocabulary::endpoint as e;
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::text::outline::{Entry, Grid, Piece};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "Service",
        keys: &["Type", "Session Affinity"],
        fills: &[v::service::ID, v::service_port::ID, v::service_selector::ID],
        controlled: false,
        read: service,
    },
    Shape {
        kind: "Endpoints",
        keys: &["Subsets"],
        fills: &[v::endpoint::ID],
        controlled: false,
        read: endpoints,
    },
    Shape {
        kind: "EndpointSlice",
        keys: &["AddressType"],
        fills: &[v::endpoint::ID],
        controlled: false,
        read: slice,
    },
    Shape {
        kind: "Ingress",
        keys: &["Address", "Rules"],
        fills: &[v::ingress::ID, v::ingress_rule::ID, v::ingress_tls::ID],
        controlled: false,
        read: ingress,
    },
    Shape {
        kind: "IngressClass",
        keys: &["Controller", "Labels"],
        fills: &[v::ingress_class::ID],
        controlled: false,
        read: ingress_class,
    },
    Shape {
        kind: "NetworkPolicy",
        keys: &["Spec", "Created on"],
        fills: &[],
        controlled: false,
        read: |_, _| {},
    },
];

fn service(object: &Object<'_>, rows: &mut Rows) {
    use v::service as s;
    let mut row = object.about(s::WIDTH, Some(s::namespace), s::name);
    object.put(&mut row, s::kind, object.value("Type"));
    let address = object.value("IP");
    let headless = address.is_some_and(|address| address.text == "None");
    let place = address.map(|address| object.place(&address));
    if headless {
        row.put(s::cluster_ip, Cell::Absent, place);
    } else {
        object.put_address(&mut row, s::cluster_ip, address);
    }
    row.put(s::headless, headless, place);
    object.put_if_any(&mut row, s::external_name, object.value("External Name"));
    rows.push((s::ID, row));
    selector(object, rows);
    for port in service_ports(object) {
        port.row(object, rows);
        port.endpoints(object, rows);
    }
}

/// `app=web,tier=front`, before 1.20 one pair on each line.
fn selector(object: &Object<'_>, rows: &mut Rows) {
    use v::service_selector as s;
    let said = root(object, "Selector").into_iter().flat_map(Entry::texts);
    for (key, value) in said.flat_map(|piece| piece.list()).filter_map(|piece| pair(&piece)) {
        let mut row = object.part(s::WIDTH, Some(s::namespace), s::service, &value);
        row.put(s::key, key.text, Some(object.place(&key)));
        object.put(&mut row, s::value, Some(value));
        rows.push((s::ID, row));
    }
}

/// A port of a Service: the line `Port`, and those behind it that speak of the same.
struct Port<'a> {
    name: Piece<'a>,
    number: Piece<'a>,
    protocol: Piece<'a>,
    target: Option<Piece<'a>>,
    endpoints: Option<Piece<'a>>,
}

fn service_ports<'a>(object: &Object<'a>) -> Vec<Port<'a>> {
    let mut ports: Vec<Port<'a>> = Vec::new();
    for line in &object.entries {
        let value = line.value;
        match (line.key.text, ports.last_mut()) {
            ("Port", _) => {
                let cells = value.cells();
                let (Some(name), Some(port)) = (cells.first(), cells.get(1)) else { continue };
                let Some((number, protocol)) = port.split_once("/") else { continue };
                let (target, endpoints) = (None, None);
                ports.push(Port { name: *name, number, protocol, target, endpoints });
            }
            ("TargetPort", Some(port)) => port.target = Some(value),
            ("Endpoints", Some(port)) => port.endpoints = Some(value),
            _ => {}
        }
    }
    ports
}

impl Port<'_> {
    fn row(&self, object: &Object<'_>, rows: &mut Rows) {
        use v::service_port as s;
        let mut row = object.part(s::WIDTH, Some(s::namespace), s::service, &self.number);
        object.put(&mut row, s::name, Some(self.name));
        object.put_int(&mut row, s::port, Some(self.number));
        object.put(&mut row, s::protocol, Some(self.protocol));
        let target = self.target.map(|target| target.split_once("/").map_or(target, |(t, _)| t));
        object.put(&mut row, s::target_port, target.or(Some(self.number)));
        rows.push((s::ID, row));
    }

    /// The addresses behind the port that take traffic; of many, kubectl shows three.
    fn endpoints(&self, object: &Object<'_>, rows: &mut Rows) {
        let Some(said) = self.endpoints.filter(|said| said.text != "<none>") else { return };
        let (shown, _) = said.split_once(" + ").unwrap_or((said, said));
        for item in shown.list() {
            let Some(colon) = item.text.rfind(':') else { continue };
            let (address, port) = (item.part(0, colon), item.part(colon + 1, item.text.len()));
            let mut row = address_row(object, &address, object.name, true);
            object.put_int(&mut row, e::port, Some(port));
            object.put(&mut row, e::protocol, Some(self.protocol));
            object.put(&mut row, e::port_name, Some(self.name));
            rows.push((e::ID, row));
        }
    }
}

/// Which addresses a Service shows in full: those that take traffic, unless there are more than it
/// shows.
pub(super) fn behind(object: &Object<'_>) -> Option<(RelationId, Scope)> {
    let ports = if object.kind == "Service" { service_ports(object) } else { vec![] };
    let whole = |port: &Port<'_>| {
        port.endpoints.is_some_and(|said| !said.text.ends_with("...") && said.text != "<unknown>")
    };
    let namespace = object.in_namespace()?;
    (!ports.is_empty() && ports.iter().all(whole)).then(|| {
        let limits = [
            (e::namespace, Value::from(namespace)),
            (e::service, Value::from(object.name.text)),
            (e::ready, Value::from(true)),
        ];
        (e::ID, Scope::of(limits))
    })
}

/// A row about an address behind a Service; which pod it belongs to is not shown.
fn address_row(object: &Object<'_>, address: &Piece<'_>, service: Piece<'_>, ready: bool) -> Row {
    let mut row = object.part(e::WIDTH, Some(e::namespace), e::service, address);
    row.put(e::service, service.text, Some(object.place(&service)));
    let plain = address.text.trim_start_matches('[').trim_end_matches(']');
    row.put(e::address, Value::address(plain), Some(object.place(address)));
    row.put(e::ready, ready, Some(object.place(address)));
    row
}

/// The ports of a table `Name  Port  Protocol`.
fn table_ports<'a>(lines: &[Entry<'a>]) -> Vec<[Option<Piece<'a>>; 3]> {
    let table = Grid::new(lines.iter().map(|line| line.line));
    let cells = |row: &Vec<Piece<'a>>| ["Name", "Port", "Protocol"].map(|n| table.cell(row, n));
    table.rows.iter().map(cells).collect()
}

/// A row for each port of an address, or one if there are none.
fn add(object: &Object<'_>, row: &Row, ports: &[[Option<Piece<'_>>; 3]], rows: &mut Rows) {
    if ports.is_empty() {
        let mut row = row.clone();
        for column in [e::port, e::protocol, e::port_name] {
            row.put(column, Cell::Absent, None);
        }
        return rows.push((e::ID, row));
    }
    for [name, port, protocol] in ports {
        let mut row = row.clone();
        object.put(&mut row, e::port_name, *name);
        object.put_int(&mut row, e::port, *port);
        object.put(&mut row, e::protocol, *protocol);
        rows.push((e::ID, row));
    }
}

fn endpoints(object: &Object<'_>, rows: &mut Rows) {
    let lines = object.under("Subsets");
    let begins = lines.iter().enumerate().filter(|(_, line)| line.key.text == "Addresses");
    let begins: Vec<usize> = begins.map(|(n, _)| n).collect();
    let ends = begins.iter().skip(1).copied().chain([lines.len()]);
    for (begin, end) in begins.iter().zip(ends) {
        let subset = lines.get(*begin..end).unwrap_or_default();
        let of = |key: &str| subset.iter().find(|line| line.key.text == key);
        let ports = of("Ports").map_or(vec![], |line| table_ports(&line.children));
        for (key, ready) in [("Addresses", true), ("NotReadyAddresses", false)] {
            let list = of(key).into_iter().flat_map(|line| line.value.list());
            for address in list.filter(|address| address.text != "<none>") {
                add(object, &address_row(object, &address, object.name, ready), &ports, rows);
            }
        }
    }
}

fn slice(object: &Object<'_>, rows: &mut Rows) {
    let labels = object.pairs("Labels");
    let owner = labels.iter().find(|(key, _)| key.text == "kubernetes.io/service-name");
    let Some((_, service)) = owner else { return };
    let ports = table_ports(object.under("Ports"));
    for item in object.under("Endpoints") {
        let ready = item.child("Conditions").and_then(|said| said.child("Ready"));
        // Not stated means ready. Source: discovery.k8s.io/v1, EndpointConditions.
        let ready = ready.is_none_or(|ready| ready.value.text != "false");
        let target = item.child("TargetRef").and_then(|target| target.value.split_once("/"));
        for address in item.value.list() {
            let mut row = address_row(object, &address, *service, ready);
            match target {
                Some((kind, pod)) if kind.text == "Pod" => object.put(&mut row, e::pod, Some(pod)),
                _ => row.put(e::pod, Cell::Absent, None),
            }
            add(object, &row, &ports, rows);
        }
    }
}

/// Before classes had a field, an annotation named them.
const OLD_CLASS: &str = "kubernetes.io/ingress.class";

fn ingress(object: &Object<'_>, rows: &mut Rows) {
    use v::ingress as i;
    let mut row = object.about(i::WIDTH, Some(i::namespace), i::name);
    let annotations = root(object, "Annotations").into_iter().flat_map(Entry::texts);
    let old = annotations.filter_map(|line| line.split_once(": "));
    let old = old.filter(|(key, _)| key.text == OLD_CLASS).map(|(_, value)| value).next();
    let class = object.value("Ingress Class");
    object.put(&mut row, i::class, class.filter(|class| class.text != "<none>").or(old).or(class));
    let address = object.value("Address");
    let first = address.map(|address| address.list().next().unwrap_or(address));
    object.put_address(&mut row, i::address, first);
    rows.push((i::ID, row));
    if let Some(default) = object.value("Default backend").filter(|said| said.text != "<default>") {
        send(object, rows, None, None, default);
    }
    let rules = object.under("Rules").iter();
    for host in rules.skip_while(|line| !line.line.text.starts_with("----")).skip(1) {
        for line in &host.children {
            let cells = line.line.cells();
            match cells[..] {
                [path, backend, ..] => send(object, rows, Some(host.line), Some(path), backend),
                [backend] => send(object, rows, Some(host.line), None, backend),
                [] => {}
            }
        }
    }
    for line in object.under("TLS") {
        certificate(object, rows, &line.line);
    }
}

/// A backend: `web:80 (10.0.0.1:8080)`, or `web:http (<error: …>)`.
fn send(
    object: &Object<'_>,
    rows: &mut Rows,
    host: Option<Piece<'_>>,
    path: Option<Piece<'_>>,
    backend: Piece<'_>,
) {
    use v::ingress_rule as r;
    let mut row = object.part(r::WIDTH, Some(r::namespace), r::ingress, &backend);
    let host = host.filter(|host| host.text != "*");
    object.put_if_any(&mut row, r::host, host);
    object.put_if_any(&mut row, r::path, path);
    let word = backend.split_once(" ").map_or(backend, |(word, _)| word);
    match word.split_once(":") {
        Some((service, port)) if !port.text.is_empty() => {
            object.put(&mut row, r::service, Some(service));
            object.put(&mut row, r::port, Some(port));
        }
        _ => {
            row.put(r::service, Cell::Absent, row.place);
            row.put(r::port, Cell::Absent, None);
        }
    }
    rows.push((r::ID, row));
}

/// `secret terminates a.example,b.example`, or `SNI routes a.example`.
fn certificate(object: &Object<'_>, rows: &mut Rows, line: &Piece<'_>) {
    use v::ingress_tls as t;
    let (secret, hosts) = match (line.split_once(" terminates"), line.split_once("SNI routes")) {
        (Some((secret, hosts)), _) => (Some(secret), hosts),
        (_, Some((_, hosts))) => (None, hosts),
        _ => return,
    };
    let hosts: Vec<Option<Piece<'_>>> = match hosts.text {
        "" => vec![None],
        _ => hosts.list().map(Some).collect(),
    };
    for host in hosts {
        let mut row = object.part(t::WIDTH, Some(t::namespace), t::ingress, line);
        object.put_if_any(&mut row, t::secret, secret);
        object.put_if_any(&mut row, t::host, host);
        rows.push((t::ID, row));
    }
}

fn ingress_class(object: &Object<'_>, rows: &mut Rows) {
    use v::ingress_class as c;
    let mut row = object.about(c::WIDTH, None, c::name);
    object.put(&mut row, c::controller, object.value("Controller"));
    let mark = "ingressclass.kubernetes.io/is-default-class: true";
    let mut annotations = root(object, "Annotations").into_iter().flat_map(Entry::texts);
    row.put(c::is_default, annotations.any(|line| line.text == mark), row.place);
    rows.push((c::ID, row));
}
