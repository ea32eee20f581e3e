//! Pods.

use std::sync::LazyLock;

use regex::Regex;

use super::shown::{self, Container};
use super::{Object, Rows, Shape, root};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row, Value};
use crate::text::outline::{Entry, Piece};

pub(super) const SHAPES: &[Shape] = &[Shape {
    kind: "Pod",
    keys: &["Containers", "Status", "Node"],
    fills: &[
        v::pod::ID,
        v::container::ID,
        v::probe::ID,
        v::container_port::ID,
        v::pod_label::ID,
        v::pod_condition::ID,
        v::container_resource::ID,
        v::reference::ID,
        v::toleration::ID,
        v::node_selector::ID,
    ],
    controlled: true,
    read,
}];

fn read(object: &Object<'_>, rows: &mut Rows) {
    let containers = containers(object);
    rows.push((v::pod::ID, pod(object, &containers)));
    object.labels(rows);
    for container in &containers {
        container_row(object, container, rows);
        ports(object, container, rows);
        probes(object, container, rows);
        resources(object, container, rows);
        environment(object, container, rows);
    }
    for volume in object.under("Volumes") {
        mounted(object, volume, rows);
    }
    if let Some(account) = object.value("Service Account") {
        let needs = Needs { via: "serviceAccount", kind: "ServiceAccount", container: None };
        needs.add(object, rows, account, Cell::Absent, Cell::from(false));
    }
    conditions(object, rows);
    for (key, value) in object.pairs("Node-Selectors") {
        use v::node_selector as n;
        let mut row = object.part(n::WIDTH, Some(n::namespace), n::pod, &value);
        row.put(n::key, key.text, Some(object.place(&key)));
        row.put(n::value, value.text, Some(object.place(&value)));
        rows.push((n::ID, row));
    }
    for said in root(object, "Tolerations").into_iter().flat_map(Entry::texts) {
        tolerated(object, &said, rows);
    }
}

/// All containers, init containers first.
fn containers<'b, 'a>(object: &'b Object<'a>) -> Vec<Container<'b, 'a>> {
    let all = |key: &str, init: bool| {
        object.under(key).iter().map(move |entry| Container { entry, init })
    };
    all("Init Containers", true).chain(all("Containers", false)).collect()
}

fn pod(object: &Object<'_>, containers: &[Container<'_, '_>]) -> Row {
    use v::pod as p;
    let mut row = object.about(p::WIDTH, Some(p::namespace), p::name);
    let status = object.value("Status");
    let deleting = status.is_some_and(|status| status.text.starts_with("Terminating"));
    if !deleting {
        object.put(&mut row, p::phase, status);
    }
    // Of pods that are over, the phase is shown even while they are being deleted.
    let over = status.is_some_and(|status| ["Succeeded", "Failed"].contains(&status.text));
    if !over {
        row.put(p::deleting, deleting, status.map(|piece| object.place(&piece)));
    }
    let (node, host) = match object.value("Node").map(|node| (node, node.split_once("/"))) {
        Some((_, Some((node, host)))) => (Some(node), Some(host)),
        Some((node, None)) => (Some(node), None),
        None => (None, None),
    };
    object.put(&mut row, p::node, node);
    let address = object.value("IP");
    object.put_address(&mut row, p::address, address);
    // In the node's network namespace a pod has the node's address, and nowhere else.
    if let (Some(host), Some(own)) = (host, address)
        && !host.text.is_empty()
        && !["", "<none>"].contains(&own.text)
    {
        let shared = Value::address(host.text) == Value::address(own.text);
        row.put(p::host_network, shared, Some(object.place(&own)));
    }
    object.put(&mut row, p::service_account, object.value("Service Account"));
    shown::fill(object, containers, &mut row);
    row
}

fn conditions(object: &Object<'_>, rows: &mut Rows) {
    use v::pod_condition as c;
    let table = object.table("Conditions");
    for line in &table.rows {
        let cell = |name: &str| table.cell(line, name);
        let at = cell("Type").unwrap_or_default();
        let mut row = object.part(c::WIDTH, Some(c::namespace), c::pod, &at);
        object.put(&mut row, c::r#type, cell("Type"));
        object.put(&mut row, c::status, cell("Status"));
        rows.push((c::ID, row));
    }
}

fn container_row(object: &Object<'_>, container: &Container<'_, '_>, rows: &mut Rows) {
    use v::container as c;
    let name = container.entry.key;
    let mut row = object.part(c::WIDTH, Some(c::namespace), c::pod, &name);
    row.put(c::name, name.text, Some(object.place(&name)));
    object.put(&mut row, c::image, container.value("Image"));
    row.put(c::init, container.init, None);
    let state = container.entry.child("State");
    if state.is_none() && container.value("Container ID").is_none() {
        // The kubelet has not seen it yet, which says that it is not ready.
        row.put(c::ready, false, row.place);
        for column in
            [c::restarts, c::state, c::reason, c::exit_code, c::last_reason, c::last_exit_code]
        {
            row.put(column, Cell::Absent, None);
        }
    } else if let Some(state) = state {
        object.put_bool(&mut row, c::ready, container.value("Ready"));
        object.put_int(&mut row, c::restarts, container.value("Restart Count"));
        let word = state.value;
        row.put(c::state, word.text.to_ascii_lowercase(), Some(object.place(&word)));
        let last = container.entry.child("Last State");
        object.put_if_any(&mut row, c::reason, state.child("Reason").map(|entry| entry.value));
        put_code(object, &mut row, c::exit_code, state.child("Exit Code"));
        let reason = last.and_then(|last| last.child("Reason"));
        object.put_if_any(&mut row, c::last_reason, reason.map(|entry| entry.value));
        let code = last.and_then(|last| last.child("Exit Code"));
        put_code(object, &mut row, c::last_exit_code, code);
    }
    rows.push((c::ID, row));
}

fn put_code(object: &Object<'_>, row: &mut Row, column: usize, code: Option<&Entry<'_>>) {
    match code {
        Some(code) => object.put_int(row, column, Some(code.value)),
        None => row.put(column, Cell::Absent, None),
    }
}

/// The ports of a container: `80/TCP, 443/TCP`, from 1.33 on with their names (`80/TCP (http)`).
fn declared<'a>(
    container: &Container<'_, 'a>,
) -> Vec<(i64, Piece<'a>, Piece<'a>, Option<Piece<'a>>)> {
    let listed = container.value("Ports").or(container.value("Port"));
    let read = |said: Piece<'a>| {
        let (plain, name) = match said.split_once("(") {
            Some((plain, name)) => (plain, Some(name.part(0, name.text.len().saturating_sub(1)))),
            None => (said, None),
        };
        let (port, protocol) = plain.split_once("/")?;
        Some((port.text.parse().ok()?, port, protocol, name))
    };
    listed.iter().flat_map(Piece::list).filter_map(read).collect()
}

fn ports(object: &Object<'_>, container: &Container<'_, '_>, rows: &mut Rows) {
    use v::container_port as c;
    for (number, port, protocol, name) in declared(container) {
        let mut row = object.part(c::WIDTH, Some(c::namespace), c::pod, &port);
        let owner = container.entry.key;
        row.put(c::container, owner.text, Some(object.place(&owner)));
        row.put(c::port, number, Some(object.place(&port)));
        object.put(&mut row, c::protocol, Some(protocol));
        object.put(&mut row, c::name, name);
        rows.push((c::ID, row));
    }
}

/// `http-get https://:8443/healthz delay=…`, `tcp-socket :3306 delay=…`, `grpc <pod>:9555  delay=…`.
static PROBE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?<http>http-get) \w+://(?:\[[^\]]*\]|[^/:\s]*):(?<hport>[^/\s]*)(?<path>/\S*)?|(?<tcp>tcp-socket) \S*:(?<tport>\S+)|(?<grpc>grpc) \S*:(?<gport>\d+)|(?<exec>exec) )",
    )
    .expect("the pattern is well formed")
});

fn probes(object: &Object<'_>, container: &Container<'_, '_>, rows: &mut Rows) {
    use v::probe as p;
    let kinds = [("Readiness", "readiness"), ("Liveness", "liveness"), ("Startup", "startup")];
    for (key, kind) in kinds {
        let Some(said) = container.value(key) else { continue };
        let mut row = object.part(p::WIDTH, Some(p::namespace), p::pod, &said);
        let owner = container.entry.key;
        row.put(p::container, owner.text, Some(object.place(&owner)));
        row.put(p::kind, kind, row.place);
        if let Some(found) = PROBE.captures(said.text) {
            probed(object, container, &said, &found, &mut row);
        }
        rows.push((p::ID, row));
    }
}

fn probed(
    object: &Object<'_>,
    container: &Container<'_, '_>,
    said: &Piece<'_>,
    found: &regex::Captures<'_>,
    row: &mut Row,
) {
    use v::probe as p;
    let shapes = [
        ("http", "hport", "http"),
        ("tcp", "tport", "tcp"),
        ("grpc", "gport", "grpc"),
        ("exec", "", "exec"),
    ];
    for (group, port, protocol) in shapes {
        if found.name(group).is_none() {
            continue;
        }
        row.put(p::protocol, protocol, row.place);
        if let Some(port) = found.name(port) {
            let named = |(_, _, _, name): &&(i64, Piece<'_>, Piece<'_>, Option<Piece<'_>>)| {
                name.is_some_and(|name| name.text == port.as_str())
            };
            let ports = declared(container);
            let number = port.as_str().parse().ok().or(ports.iter().find(named).map(|p| p.0));
            let at = object.place(&said.part(port.start(), port.end()));
            // A name tells no number where kubectl does not print the names of ports.
            row.put(p::port, number.map_or(Cell::Unknown, Cell::from), Some(at));
        } else {
            row.put(p::port, Cell::Absent, None);
        }
        match found.name("path") {
            Some(path) => {
                let at = object.place(&said.part(path.start(), path.end()));
                row.put(p::path, path.as_str(), Some(at));
            }
            None => row.put(p::path, Cell::Absent, None),
        }
    }
}

/// What a container asks for and may use; the API server has put in what was left out.
fn resources(object: &Object<'_>, container: &Container<'_, '_>, rows: &mut Rows) {
    use v::container_resource as c;
    let amounts = |key: &str| container.entry.child(key).map_or(&[][..], |entry| &entry.children);
    let (limits, requests) = (amounts("Limits"), amounts("Requests"));
    let of =
        |list: &[Entry<'_>], name: &str| list.iter().find(|entry| entry.key.text == name).is_some();
    let only_limits = limits.iter().filter(|entry| !of(requests, entry.key.text));
    for entry in requests.iter().chain(only_limits) {
        let name = entry.key;
        let mut row = object.part(c::WIDTH, Some(c::namespace), c::pod, &entry.value);
        let owner = container.entry.key;
        row.put(c::container, owner.text, Some(object.place(&owner)));
        row.put(c::resource, name.text, Some(object.place(&name)));
        for (column, list) in [(c::request, requests), (c::limit, limits)] {
            let amount = list.iter().find(|other| other.key.text == name.text);
            object.put_if_any(&mut row, column, amount.map(|entry| entry.value));
        }
        rows.push((c::ID, row));
    }
}

/// How a pod needs an object.
#[derive(Clone, Copy)]
struct Needs<'a> {
    via: &'a str,
    kind: &'a str,
    container: Option<Piece<'a>>,
}

impl Needs<'_> {
    fn add(self, object: &Object<'_>, rows: &mut Rows, name: Piece<'_>, key: Cell, optional: Cell) {
        use v::reference as r;
        let mut row = object.part(r::WIDTH, Some(r::namespace), r::pod, &name);
        object.put_if_any(&mut row, r::container, self.container);
        row.put(r::via, self.via, None);
        row.put(r::kind, self.kind, None);
        object.put(&mut row, r::name, Some(name));
        row.put(r::key, key, row.place);
        row.put(r::optional, optional, None);
        rows.push((r::ID, row));
    }
}

/// `<set to the key 'password' in secret 'db'>  Optional: false`
static SET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^<set to the key '(?<key>[^']*)' (?:in secret '(?<secret>[^']*)'|of config map '(?<map>[^']*)')>(?:\s+Optional: (?<optional>true|false))?",
    )
    .expect("the pattern is well formed")
});

/// `settings  ConfigMap  Optional: false`, also `ConfigMap with prefix 'X_'`
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?<name>\S+)\s+(?<kind>ConfigMap|Secret)\b.*?(?:Optional: (?<optional>true|false))?$",
    )
    .expect("the pattern is well formed")
});

fn environment(object: &Object<'_>, container: &Container<'_, '_>, rows: &mut Rows) {
    let under = |key: &str| container.entry.child(key).map_or(&[][..], |entry| &entry.children);
    let owner = Some(container.entry.key);
    let said = |found: &regex::Captures<'_>| {
        Cell::from(found.name("optional").is_some_and(|word| word.as_str() == "true"))
    };
    for variable in under("Environment") {
        let Some(found) = SET.captures(variable.value.text) else { continue };
        let (kind, name) = match (found.name("secret"), found.name("map")) {
            (Some(name), _) => ("Secret", name),
            (_, Some(name)) => ("ConfigMap", name),
            _ => continue,
        };
        let needs = Needs { via: "env", kind, container: owner };
        let name = variable.value.part(name.start(), name.end());
        needs.add(object, rows, name, Cell::from(&found["key"]), said(&found));
    }
    for source in under("Environment Variables from") {
        let Some(found) = FROM.captures(source.line.text) else { continue };
        let Some(name) = found.name("name") else { continue };
        let needs = Needs { via: "envFrom", kind: &found["kind"], container: owner };
        let name = source.line.part(name.start(), name.end());
        needs.add(object, rows, name, Cell::Absent, said(&found));
    }
}

/// Which keys of an object a volume takes is not shown.
fn mounted(object: &Object<'_>, volume: &Entry<'_>, rows: &mut Rows) {
    let kind = volume.child("Type").map_or("", |kind| kind.value.text);
    let needs = |kind| Needs { via: "volume", kind, container: None };
    if kind.starts_with("PersistentVolumeClaim") {
        if let Some(claim) = volume.child("ClaimName") {
            let needs = needs("PersistentVolumeClaim");
            needs.add(object, rows, claim.value, Cell::Absent, Cell::from(false));
        }
        return;
    }
    let plain = kind.starts_with("ConfigMap");
    for (n, line) in volume.children.iter().enumerate() {
        let kind = match line.key.text {
            "SecretName" => "Secret",
            "ConfigMapName" => "ConfigMap",
            "Name" if plain => "ConfigMap",
            _ => continue,
        };
        let said = volume.children.get(n + 1).filter(|next| next.key.text.contains("Optional"));
        let optional = match said.map(|said| said.value.text) {
            Some("true") => Cell::from(true),
            Some("false" | "<nil>") | None => Cell::from(false),
            // Some releases print where the answer stood in memory.
            Some(_) => Cell::Unknown,
        };
        needs(kind).add(object, rows, line.value, Cell::Unknown, optional);
    }
}

/// `key=value:Effect op=Exists for 300s`
static TOLERATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?<key>[^\s:=]*)(?:=(?<value>[^\s:]*))?(?::(?<effect>\w+))?(?:\s*op=(?<operator>\w+))?(?: for (?<seconds>-?\d+)s)?$",
    )
    .expect("the pattern is well formed")
});

fn tolerated(object: &Object<'_>, said: &Piece<'_>, rows: &mut Rows) {
    use v::toleration as t;
    // Without a key, what is left begins with the operator.
    let line = said.text.trim();
    let line = if line.starts_with("op=") { format!(" {line}") } else { line.to_string() };
    let Some(found) = TOLERATION.captures(&line).filter(|_| said.text != "<none>") else {
        return;
    };
    let mut row = object.part(t::WIDTH, Some(t::namespace), t::pod, said);
    let group = |name: &str| {
        let text = found.name(name).map(|group| group.as_str()).filter(|text| !text.is_empty());
        text.map_or(Cell::Absent, Cell::from)
    };
    row.put(t::key, group("key"), row.place);
    row.put(t::effect, group("effect"), row.place);
    let seconds = found.name("seconds").and_then(|n| n.as_str().parse::<i64>().ok());
    row.put(t::seconds, seconds.map_or(Cell::Absent, Cell::from), row.place);
    match (found.name("operator"), group("value")) {
        (Some(operator), _) => {
            row.put(t::operator, operator.as_str(), row.place);
            row.put(t::value, Cell::Absent, None);
        }
        (None, Cell::Known(value)) => {
            row.put(t::operator, "Equal", None);
            row.put(t::value, Cell::Known(value), row.place);
        }
        // Before 1.16 kubectl left out the operator.
        (None, _) => {}
    }
    rows.push((t::ID, row));
}
