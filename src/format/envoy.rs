//! Envoy's admin pages but `config_dump`: `clusters`, `listeners`, `server_info`, `certs`, `stats`.

mod stats;

use std::collections::BTreeSet;

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::{
    envoy_certificate, envoy_cluster, envoy_endpoint, envoy_listener, envoy_server,
};
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::text::json::Json;
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "envoy",
    doc: "Envoy's admin pages `clusters`, `listeners`, `server_info`, `certs` and `stats`, \
          `pilot-agent request GET …`",
    recognize: |capture| page(capture).is_some(),
    read,
};

/// A page of Envoy's admin port.
#[derive(Debug, Clone, Copy)]
enum Page {
    Clusters,
    ClustersJson,
    Listeners,
    ListenersJson,
    Server,
    Certificates,
    Stats,
}

fn page(capture: &Capture<'_>) -> Option<Page> {
    if fields::json_of(capture).is_some() {
        let field = |key: &str| fields::json_with(capture, &[&format!("\"{key}\"")])?.field(key);
        let has = |key: &str| field(key).is_some();
        let chain = |pair: Json<'_>| pair.field("ca_cert").or(pair.field("cert_chain")).is_some();
        let certificates = || field("certificates")?.items().next();
        return match () {
            () if has("hot_restart_version") || has("uptime_current_epoch") => Some(Page::Server),
            () if has("cluster_statuses") => Some(Page::ClustersJson),
            () if has("listener_statuses") => Some(Page::ListenersJson),
            () if certificates().is_some_and(chain) => Some(Page::Certificates),
            () => None,
        };
    }
    let lines = capture.each_line().map(|(_, line)| line);
    let sample: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).take(SAMPLE).collect();
    let most = |is: fn(&str) -> bool| {
        let matching = sample.iter().filter(|line| is(line)).count();
        matching > 0 && matching * 4 >= sample.len() * 3
    };
    if most(stats::is_stat) {
        return Some(Page::Stats);
    }
    if most(|line| line.contains("::") && !line.contains(' ')) {
        let endpoints = sample.iter().any(|line| {
            line.ends_with("::added_via_api::true")
                || line.ends_with("::added_via_api::false")
                || line.contains("::default_priority::")
                || line.contains("::health_flags::")
        });
        return match endpoints {
            true => Some(Page::Clusters),
            false if most(|line| listener(line).is_some()) => Some(Page::Listeners),
            false => None,
        };
    }
    None
}

/// Lines that are looked at to tell a page from other text.
const SAMPLE: usize = 20;

fn read(capture: &Capture<'_>, _: &crate::fact::Demand) -> Reading {
    let mut reading = Reading::default();
    let Some(page) = page(capture) else { return reading };
    let whole = match fields::json_of(capture) {
        Some(json) => fields::whole(capture, &json, &mut reading),
        None => fields::whole_text(capture),
    };
    let json = Json::new(capture.text);
    let fills: &[RelationId] = match page {
        Page::Clusters => {
            clusters(capture, &mut reading);
            &[envoy_cluster::ID, envoy_endpoint::ID]
        }
        Page::ClustersJson => {
            clusters_json(capture, json, &mut reading);
            &[envoy_cluster::ID, envoy_endpoint::ID]
        }
        Page::Listeners => {
            listeners(capture, &mut reading);
            &[envoy_listener::ID]
        }
        Page::ListenersJson => {
            listeners_json(capture, json, &mut reading);
            &[envoy_listener::ID]
        }
        Page::Server => {
            server(capture, json, &mut reading);
            &[envoy_server::ID]
        }
        Page::Certificates => {
            certificates(capture, json, &mut reading);
            &[envoy_certificate::ID]
        }
        Page::Stats => {
            stats::read(capture, &mut reading);
            // Most counters are left out, and `usedonly` leaves out more: nothing is searched in full.
            reading.origin.container = Some("istio-proxy".to_string());
            &[]
        }
    };
    if whole {
        reading.searched.extend(fills.iter().map(|id| (*id, Scope::all())));
    }
    reading
}

/// A row of a cluster, with what Istio tells in its name: `outbound|9080|v1|details.default.svc.cluster.local`.
/// Since Istio 1.10 an inbound cluster has no host, as in `inbound|9080||`.
pub(super) fn cluster_row(name: &str, place: Option<Place>) -> Row {
    let mut row = Row::new(envoy_cluster::WIDTH, place);
    row.put(envoy_cluster::name, name, place);
    let parts: Vec<&str> = name.split('|').collect();
    let (direction, port, subset, host) = match parts[..] {
        [direction @ ("inbound" | "outbound"), port, subset, host] => {
            (direction, port, subset, host)
        }
        _ => ("", "", "", ""),
    };
    let text = |text: &str| if text.is_empty() { Cell::Absent } else { Cell::from(text) };
    row.put(envoy_cluster::direction, text(direction), place);
    row.put(envoy_cluster::service_port, port.parse().map_or(Cell::Absent, int), place);
    row.put(envoy_cluster::subset, text(subset), place);
    row.put(envoy_cluster::host, text(host), place);
    let (service, namespace) = service_of(host).unwrap_or_default();
    row.put(envoy_cluster::service, text(service), place);
    row.put(envoy_cluster::service_namespace, text(namespace), place);
    row
}

/// Service and namespace of a host `<service>.<namespace>.svc.…`.
pub(super) fn service_of(host: &str) -> Option<(&str, &str)> {
    let (service, rest) = host.split_once('.')?;
    let (namespace, rest) = rest.split_once('.')?;
    (rest == "svc" || rest.starts_with("svc.")).then_some((service, namespace))
}

fn int(n: i64) -> Cell {
    Cell::from(n)
}

/// The text of `clusters`: `<cluster>::<address>::<key>::<value>`, all lines of an endpoint together.
fn clusters(capture: &Capture<'_>, reading: &mut Reading) {
    let mut seen = BTreeSet::new();
    let mut current: Option<(&str, &str, Row)> = None;
    for (at, line) in capture.each_line() {
        let Some((cluster, rest)) = line.split_once("::") else { continue };
        let span = |from: usize, len: usize| capture.place(Span::new(at + from, at + from + len));
        if seen.insert(cluster) {
            let row = cluster_row(cluster, Some(span(0, cluster.len())));
            reading.rows.push((envoy_cluster::ID, row));
        }
        let Some((address, key, value)) = endpoint_line(rest) else { continue };
        if current.as_ref().is_none_or(|(c, a, _)| *c != cluster || *a != address) {
            reading.rows.extend(current.take().map(|(_, _, row)| (envoy_endpoint::ID, row)));
            let place = span(cluster.len() + 2, address.len());
            current = Some((cluster, address, endpoint_row(cluster, address, place)));
        }
        let Some((_, _, row)) = &mut current else { continue };
        let place = Some(span(line.len() - value.len(), value.len()));
        match key {
            "health_flags" => {
                row.put(envoy_endpoint::healthy, value == "healthy", place);
                row.put(envoy_endpoint::health_flags, value, place);
                row.place = place;
            }
            "cx_connect_fail" => {
                let cell = value.parse().map_or(Cell::Unknown, int);
                row.put(envoy_endpoint::connect_failures, cell, place);
            }
            "rq_timeout" => {
                let cell = value.parse().map_or(Cell::Unknown, int);
                row.put(envoy_endpoint::request_timeouts, cell, place);
            }
            _ => {}
        }
    }
    reading.rows.extend(current.map(|(_, _, row)| (envoy_endpoint::ID, row)));
}

/// Address, key and value behind a cluster's name. The address may hold `::` itself; what is no
/// endpoint's but the cluster's own (`default_priority::max_connections::1024`) is none.
fn endpoint_line(rest: &str) -> Option<(&str, &str, &str)> {
    let (rest, value) = rest.rsplit_once("::")?;
    let (address, key) = rest.rsplit_once("::")?;
    let own = matches!(address, "default_priority" | "high_priority" | "outlier");
    (!own && !address.is_empty()).then_some((address, key, value))
}

fn endpoint_row(cluster: &str, address: &str, place: Place) -> Row {
    let mut row = Row::new(envoy_endpoint::WIDTH, Some(place));
    row.put(envoy_endpoint::cluster, cluster, None);
    let socket = fields::host_port(address).filter(|(host, _)| fields::is_address(host));
    let (host, port) = socket.map_or((address, Cell::Absent), |(host, port)| (host, int(port)));
    row.put(envoy_endpoint::address, Cell::Known(Value::address(host)), Some(place));
    row.put(envoy_endpoint::port, port, Some(place));
    row
}

/// `clusters?format=json`.
fn clusters_json(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    for status in json.field("cluster_statuses").iter().flat_map(Json::items) {
        let Some(name) = status.field("name") else { continue };
        let Some(text) = name.text() else { continue };
        let row = cluster_row(&text, Some(fields::place(capture, &name)));
        reading.rows.push((envoy_cluster::ID, row));
        for host in
            status.field("host_statuses").iter().flat_map(Json::items).filter(Json::is_whole)
        {
            let Some(socket) = host.at(&["address", "socket_address"]) else { continue };
            let mut row = Row::new(envoy_endpoint::WIDTH, Some(fields::place(capture, &socket)));
            row.put(envoy_endpoint::cluster, &*text, None);
            let address = socket.field("address");
            fields::put_address(capture, &mut row, envoy_endpoint::address, address);
            let port = socket.field("port_value");
            fields::put_int(capture, &mut row, envoy_endpoint::port, port);
            health(capture, host, &mut row);
            for stat in host.field("stats").iter().flat_map(Json::items) {
                let column = match stat.field("name").and_then(|name| name.text()).as_deref() {
                    Some("cx_connect_fail") => envoy_endpoint::connect_failures,
                    Some("rq_timeout") => envoy_endpoint::request_timeouts,
                    _ => continue,
                };
                // A counter of 0 is printed without its value.
                let value = stat.field("value").and_then(|value| value.int()).unwrap_or(0);
                row.put(column, value, Some(fields::place(capture, &stat)));
            }
            reading.rows.push((envoy_endpoint::ID, row));
        }
    }
}

/// The flags that are set, in the notation of the text: `/failed_eds_health`, or `healthy`.
fn health(capture: &Capture<'_>, host: Json<'_>, row: &mut Row) {
    let Some(status) = host.field("health_status") else { return };
    let place = Some(fields::place(capture, &status));
    let mut flags = String::new();
    for (flag, value) in status.entries() {
        let set = match &*flag {
            "eds_health_status" => match value.text().as_deref() {
                Some("HEALTHY" | "UNKNOWN") | None => continue,
                Some("DEGRADED") => "degraded_eds_health",
                Some(_) => "failed_eds_health",
            },
            flag if value.bool() == Some(true) => flag,
            _ => continue,
        };
        flags.push('/');
        flags.push_str(set);
    }
    row.put(envoy_endpoint::healthy, flags.is_empty(), place);
    let flags = if flags.is_empty() { "healthy".to_string() } else { flags };
    row.put(envoy_endpoint::health_flags, flags, place);
}

/// Name, address and port of a line of `listeners`: `virtualInbound::0.0.0.0:15006`.
fn listener(line: &str) -> Option<(&str, &str, i64)> {
    let line = line.trim();
    line.match_indices("::").find_map(|(at, _)| {
        let (name, address) = (line.get(..at)?, line.get(at + 2..)?);
        let (host, port) = fields::host_port(address)?;
        (!name.is_empty() && fields::is_address(host)).then_some((name, host, port))
    })
}

fn listeners(capture: &Capture<'_>, reading: &mut Reading) {
    for (at, line) in capture.each_line() {
        let Some((name, address, port)) = listener(line) else { continue };
        let place = Some(capture.place(Span::new(at, at + line.trim_end().len())));
        let mut row = Row::new(envoy_listener::WIDTH, place);
        row.put(envoy_listener::name, name, place);
        row.put(envoy_listener::address, Cell::Known(Value::address(address)), place);
        row.put(envoy_listener::port, port, place);
        reading.rows.push((envoy_listener::ID, row));
    }
}

/// `listeners?format=json`.
fn listeners_json(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    for status in
        json.field("listener_statuses").iter().flat_map(Json::items).filter(Json::is_whole)
    {
        let Some(name) = status.field("name") else { continue };
        let mut row = Row::new(envoy_listener::WIDTH, Some(fields::place(capture, &name)));
        fields::put(capture, &mut row, envoy_listener::name, Some(name));
        let socket = status.at(&["local_address", "socket_address"]);
        let field = |key| socket.and_then(|socket| socket.field(key));
        fields::put_address(capture, &mut row, envoy_listener::address, field("address"));
        fields::put_int(capture, &mut row, envoy_listener::port, field("port_value"));
        reading.rows.push((envoy_listener::ID, row));
    }
}

fn server(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    let mut row = Row::new(envoy_server::WIDTH, None);
    row.place = Some(fields::place(capture, &json));
    if let Some(state) = json.field("state") {
        row.place = Some(fields::place(capture, &state));
    }
    fields::put(capture, &mut row, envoy_server::state, json.field("state"));
    // `<commit>/1.24.2/Clean/RELEASE/BoringSSL`
    if let Some(version) = json.field("version")
        && let Some(text) = version.text()
        && let Some(number) = text.split('/').nth(1)
    {
        row.put(envoy_server::version, number, Some(fields::place(capture, &version)));
    }
    let istio = json.at(&["node", "metadata", "ISTIO_VERSION"]);
    fields::put(capture, &mut row, envoy_server::istio_version, istio);
    let uptime = json.field("uptime_current_epoch").or(json.field("uptime_all_epochs"));
    fields::put(capture, &mut row, envoy_server::uptime, uptime);
    reading.rows.push((envoy_server::ID, row));
    let node = json.at(&["command_line_options", "service_node"]).or(json.at(&["node", "id"]));
    let id = node.and_then(|node| node.text());
    if let Some(origin) = id.and_then(|id| fields::origin_of_node(&id)) {
        reading.origin = origin;
    }
}

fn certificates(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    for pair in json.field("certificates").iter().flat_map(Json::items) {
        for (field, kind) in [("ca_cert", "ca"), ("cert_chain", "chain")] {
            for item in pair.field(field).iter().flat_map(Json::items).filter(Json::is_whole) {
                let row = certificate(capture, item, kind);
                reading.rows.push((envoy_certificate::ID, row));
            }
        }
    }
}

fn certificate(capture: &Capture<'_>, item: Json<'_>, kind: &str) -> Row {
    use envoy_certificate as c;
    let days = item.field("days_until_expiration");
    let shown = days.or(item.field("expiration_time")).unwrap_or(item);
    let mut row = Row::new(c::WIDTH, Some(fields::place(capture, &shown)));
    row.put(c::kind, kind, None);
    fields::put(capture, &mut row, c::path, item.field("path"));
    fields::put(capture, &mut row, c::serial, item.field("serial_number"));
    let sans = item.field("subject_alt_names");
    let names = sans.iter().flat_map(Json::items).flat_map(|san| san.entries());
    let sans_cell = fields::joined(names.filter_map(|(_, name)| name.text()));
    row.put(c::sans, sans_cell, sans.map(|sans| fields::place(capture, &sans)));
    // 0 days are not printed by every version.
    row.put(
        c::days_until_expiration,
        days.map_or(Some(0), |days| days.int()).map_or(Cell::Unknown, int),
        Some(fields::place(capture, &shown)),
    );
    fields::put_time(capture, &mut row, c::valid_from, item.field("valid_from"));
    fields::put_time(capture, &mut row, c::expires, item.field("expiration_time"));
    row
}
