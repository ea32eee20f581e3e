//! What istiod knows: `istioctl proxy-status` of every version, and the debug pages `syncz`,
//! `registryz` and `endpointz`.

use super::Format;
use super::capture::{Capture, Reading};
use super::envoy::service_of;
use super::fields;
use crate::fact::vocabulary::{mesh_endpoint, mesh_service, proxy_sync};
use crate::fact::{Cell, RelationId, Row, Scope};
use crate::text::Span;
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "istiod",
    doc: "`istioctl proxy-status`, and istiod's `/debug/syncz`, `/debug/registryz`, `/debug/endpointz`",
    recognize: |capture| page(capture).is_some(),
    read: |capture, _| read(capture),
};

/// A view of istiod's.
#[derive(Debug, Clone, Copy)]
enum Page {
    Status,
    Sync,
    Registry,
    Endpoints,
}

fn page(capture: &Capture<'_>) -> Option<Page> {
    if fields::json_of(capture).is_none() {
        return capture
            .each_line()
            .take(SAMPLE)
            .any(|(_, line)| columns(line).is_some())
            .then_some(Page::Status);
    }
    let is = |marks: &[&str]| fields::json_with(capture, marks).is_some();
    match () {
        () if is(&["\"cluster_sent\"", "\"listener_sent\"", "\"genericXdsConfigs\""])
            || is(&["\"listener_acked\"", "\"cluster_acked\""]) =>
        {
            Some(Page::Sync)
        }
        () if is(&["\"Attributes\"", "\"attributes\""])
            && is(&["\"ServiceRegistry\""])
            && is(&["\"hostname\""]) =>
        {
            Some(Page::Registry)
        }
        () if is(&["\"svc\"", "\"Shards\""]) && shows_endpoints(capture) => Some(Page::Endpoints),
        () => None,
    }
}

/// Whether a text is one of `endpointz`, old or new.
fn shows_endpoints(capture: &Capture<'_>) -> bool {
    let json = Json::new(capture.text);
    let of_service = json.items().next();
    let of_shards = || json.entries().next()?.1.entries().next()?.1.field("Shards");
    // A Service without endpoints has `null` for them.
    let has = |json: Json<'_>, key: &str| json.entries().any(|(name, _)| name == key);
    of_service.is_some_and(|first| has(first, "svc") && has(first, "ep")) || of_shards().is_some()
}

/// Lines in which the header of a table must stand.
const SAMPLE: usize = 40;

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let Some(page) = page(capture) else { return reading };
    let json = Json::new(capture.text);
    // `syncz` and the others show what hangs on one istiod; only the table gathers all of them.
    if !matches!(page, Page::Status) {
        fields::whole(capture, &json, &mut reading);
    }
    match page {
        Page::Status => {
            let understood = status(capture, &mut reading);
            if understood && asked_for_all(capture) && fields::whole_text(capture) {
                reading.searched.push((proxy_sync::ID, Scope::all()));
            }
        }
        Page::Sync => sync(capture, json, &mut reading),
        Page::Registry => registry(capture, json, &mut reading),
        Page::Endpoints => endpoints(capture, json, &mut reading),
    }
    reading
}

/// Whether `istioctl` was asked for the proxies of all namespaces and revisions.
fn asked_for_all(capture: &Capture<'_>) -> bool {
    let words = capture.command.iter().flat_map(|command| &command.words);
    let narrower = ["-n", "--namespace", "-i", "-r", "--revision", "-f", "--file"];
    !words.filter_map(|word| word.split('=').next()).any(|word| narrower.contains(&word))
}

/// The column of a proxy's status that each kind of configuration fills.
const KINDS: [(&str, usize); 4] = [
    ("CDS", proxy_sync::cds),
    ("LDS", proxy_sync::lds),
    ("EDS", proxy_sync::eds),
    ("RDS", proxy_sync::rds),
];

/// The columns of a header of `proxy-status`: each name with where it begins. `PROXY … PILOT` came
/// before Istio 1.1, `SUBSCRIBED TYPES` with 1.27.
fn columns(line: &str) -> Option<Vec<(&str, usize)>> {
    if !line.starts_with("NAME") && !line.starts_with("PROXY") {
        return None;
    }
    let names = pieces(line);
    let has = |name: &str| names.iter().any(|(n, _)| *n == name);
    let states = has("CDS") && has("LDS") && has("RDS");
    let types = has("SUBSCRIBED TYPES") || has("SUBSCRIBED") && has("TYPES");
    ((states || types) && (has("ISTIOD") || has("PILOT"))).then_some(names)
}

/// The pieces of a line between runs of two blanks or tabs; of a line that was squeezed to single blanks, its
/// words.
fn pieces(line: &str) -> Vec<(&str, usize)> {
    let wide = line.trim_end().contains("  ") || line.contains('\t');
    let mut out = Vec::new();
    let mut rest = line;
    let mut at = 0;
    while !rest.is_empty() {
        let end = if wide {
            rest.find("  ").into_iter().chain(rest.find('\t')).min()
        } else {
            rest.find(' ')
        };
        let end = end.unwrap_or(rest.len());
        let piece = rest.get(..end).unwrap_or_default();
        if !piece.trim().is_empty() {
            out.push((piece.trim(), at + piece.len() - piece.trim_start().len()));
        }
        let next = rest.get(end..).unwrap_or_default();
        let blank = next.len() - next.trim_start().len();
        at += end + blank;
        rest = next.trim_start();
    }
    out
}

/// Reads a table. `false` if a line of it was not understood.
fn status(capture: &Capture<'_>, reading: &mut Reading) -> bool {
    let mut understood = true;
    let mut header: Option<Vec<(&str, usize)>> = None;
    for (at, line) in capture.each_line() {
        if let Some(names) = columns(line) {
            header = Some(names);
            continue;
        }
        let Some(names) = &header else { continue };
        let cells = cells(names, line);
        let Some(cells) = cells.filter(|cells| proxy_of(cells).is_some()) else {
            understood &= line.trim().is_empty();
            header = None;
            continue;
        };
        reading.rows.extend(status_row(capture, at, line, &cells));
    }
    understood
}

/// A cell: its column, its text, and where it begins.
type Cells<'a> = Vec<(&'a str, &'a str, usize)>;

/// The cells of a line. Where a cell is empty, as for a proxy that shows no version, cells are told by
/// where their columns begin; `STALE (Never Acknowledged)` and `NOT SENT` hold single blanks.
fn cells<'a>(names: &[(&'a str, usize)], line: &'a str) -> Option<Cells<'a>> {
    let found = pieces(line);
    if found.len() == names.len() {
        let both = names.iter().zip(found);
        return Some(both.map(|((name, _), (text, at))| (*name, text, at)).collect());
    }
    let wide = names.windows(2).all(|pair| {
        let [(first, start), (_, next)] = pair else { return true };
        start + first.len() + 1 < *next
    });
    if !wide {
        return squeezed(names, line);
    }
    let column = |at: usize| names.iter().rev().find(|(_, start)| *start <= at);
    let placed = found.into_iter().map(|(text, at)| Some((column(at)?.0, text, at)));
    placed.collect::<Option<Cells<'a>>>().filter(|cells| cells.len() > 2)
}

/// The cells of a line whose blanks were squeezed: words, with states put together again.
fn squeezed<'a>(names: &[(&'a str, usize)], line: &'a str) -> Option<Cells<'a>> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    let mut open = false;
    for (word, at) in pieces(line) {
        match found.last_mut() {
            Some((last, start)) if open || word.starts_with('(') || word == "SENT" => {
                let end = at + word.len();
                open = !word.ends_with(')') && word != "SENT";
                *last = line.get(*start..end)?;
            }
            _ => found.push((word, at)),
        }
    }
    (found.len() == names.len())
        .then(|| names.iter().zip(found).map(|((name, _), (text, at))| (*name, text, at)).collect())
}

fn proxy_of<'a>(cells: &Cells<'a>) -> Option<(&'a str, &'a str, usize)> {
    let (_, proxy, at) = cells.iter().find(|(name, ..)| matches!(*name, "NAME" | "PROXY"))?;
    let (pod, namespace) = fields::pod_namespace(proxy)?;
    (!proxy.contains(' ')).then_some((pod, namespace, *at))
}

fn status_row(
    capture: &Capture<'_>,
    begin: usize,
    line: &str,
    cells: &Cells<'_>,
) -> Option<(RelationId, Row)> {
    let (pod, namespace, at) = proxy_of(cells)?;
    let place =
        |at: usize, len: usize| Some(capture.place(Span::new(begin + at, begin + at + len)));
    let mut row = Row::new(proxy_sync::WIDTH, place(0, line.trim_end().len()));
    row.put(proxy_sync::pod, pod, place(at, pod.len()));
    row.put(proxy_sync::namespace, namespace, place(at + pod.len() + 1, namespace.len()));
    for (name, text, at) in cells {
        let here = place(*at, text.len());
        if let Some((_, column)) = KINDS.iter().find(|(kind, _)| kind == name) {
            row.put(*column, state(text), here);
        }
        match *name {
            "CLUSTER" => row.put(proxy_sync::cluster, *text, here),
            "ISTIOD" | "PILOT" => row.put(proxy_sync::istiod, *text, here),
            "VERSION" => row.put(proxy_sync::version, *text, here),
            // `4 (CDS,LDS,EDS,RDS)` lists what the proxy asked for.
            "SUBSCRIBED TYPES" | "SUBSCRIBED" | "TYPES" if text.contains('(') => {
                let asked: Vec<&str> = text.split(['(', ')', ',', ' ']).collect();
                for (kind, column) in KINDS {
                    let state = if asked.contains(&kind) { "SUBSCRIBED" } else { "IGNORED" };
                    row.put(column, state, here);
                }
            }
            _ => {}
        }
    }
    Some((proxy_sync::ID, row))
}

/// A state without its percentage or time: `SYNCED (100%)`, `SYNCED (7m12s)`, `STALE (Never Acknowledged)`.
fn state(text: &str) -> Cell {
    let (word, note) = text.split_once('(').map_or((text, ""), |(word, note)| (word, note));
    let word = word.trim().to_ascii_uppercase();
    match word.as_str() {
        "" => Cell::Unknown,
        "STALE" if note.to_ascii_lowercase().contains("never") => Cell::from("NEVER ACKED"),
        "NOT_SENT" => Cell::from("NOT SENT"),
        "UNKNOWN" | "N/A" => Cell::Unknown,
        _ => Cell::from(word),
    }
}

/// `/debug/syncz`: an array of proxies with nonces until Istio 1.21, of client configurations since.
fn sync(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    let each = |json: Json<'_>, reading: &mut Reading| {
        let row = match json.field("genericXdsConfigs") {
            Some(_) => client(capture, json),
            None => nonces(capture, json),
        };
        reading.rows.extend(row.map(|row| (proxy_sync::ID, row)));
    };
    if json.is_object() {
        let resources = json.field("resources");
        resources
            .iter()
            .flat_map(Json::items)
            .filter(Json::is_whole)
            .for_each(|json| each(json, reading));
    }
    json.items().filter(Json::is_whole).for_each(|json| each(json, reading));
}

/// A proxy's row, with its pod and namespace.
fn proxy_row(capture: &Capture<'_>, field: Json<'_>, proxy: &str) -> Option<Row> {
    let (pod, namespace) = fields::pod_namespace(proxy)?;
    let place = Some(fields::place(capture, &field));
    let row = Row::new(proxy_sync::WIDTH, place).with(proxy_sync::pod, pod, place);
    Some(row.with(proxy_sync::namespace, namespace, place))
}

fn nonces(capture: &Capture<'_>, json: Json<'_>) -> Option<Row> {
    let field = json.field("proxy")?;
    let mut row = proxy_row(capture, field, &field.text()?)?;
    fields::put(capture, &mut row, proxy_sync::cluster, json.field("cluster_id"));
    fields::put(capture, &mut row, proxy_sync::version, json.field("istio_version"));
    let kinds = [
        ("cluster", proxy_sync::cds),
        ("listener", proxy_sync::lds),
        ("endpoint", proxy_sync::eds),
        ("route", proxy_sync::rds),
    ];
    for (kind, column) in kinds {
        let nonce = |what: &str| json.field(&format!("{kind}_{what}"));
        let (sent, acked) = (nonce("sent"), nonce("acked"));
        let text = |json: Option<Json<'_>>| {
            json.and_then(|json| json.text()).unwrap_or_default().into_owned()
        };
        let state = match (text(sent), text(acked)) {
            (sent, _) if sent.is_empty() => "NOT SENT",
            (sent, acked) if sent == acked => "SYNCED",
            (_, acked) if acked.is_empty() => "NEVER ACKED",
            _ => "STALE",
        };
        let place = acked.or(sent).map(|json| fields::place(capture, &json));
        row.put(column, state, place);
    }
    Some(row)
}

fn client(capture: &Capture<'_>, json: Json<'_>) -> Option<Row> {
    let id = json.at(&["node", "id"])?;
    let text = id.text()?;
    // The id is `sidecar~10.0.0.1~web-0.shop~shop.svc.cluster.local`, or `web-0.shop` alone.
    let proxy = text.split('~').nth(2).unwrap_or(&text);
    let mut row = proxy_row(capture, id, proxy)?;
    let cluster = json.at(&["node", "metadata", "CLUSTER_ID"]);
    fields::put(capture, &mut row, proxy_sync::cluster, cluster);
    let version = json.at(&["node", "metadata", "ISTIO_VERSION"]);
    fields::put(capture, &mut row, proxy_sync::version, version);
    let kinds = [
        (".Cluster", proxy_sync::cds),
        (".Listener", proxy_sync::lds),
        (".ClusterLoadAssignment", proxy_sync::eds),
        (".RouteConfiguration", proxy_sync::rds),
    ];
    for config in json.field("genericXdsConfigs").iter().flat_map(Json::items) {
        let kind = config.field("typeUrl").and_then(|kind| kind.text()).unwrap_or_default();
        let Some((_, column)) = kinds.iter().find(|(end, _)| kind.ends_with(end)) else { continue };
        let Some(status) = config.field("configStatus") else { continue };
        let place = Some(fields::place(capture, &status));
        row.put(*column, state(&status.text().unwrap_or_default()), place);
    }
    Some(row)
}

/// `/debug/registryz`: an array of Services.
fn registry(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    for service in json.items().filter(Json::is_whole) {
        let Some(host) = service.field("hostname") else { continue };
        let attributes = service.field("Attributes").or(service.field("attributes"));
        let attribute = |key: &str| attributes.and_then(|attributes| attributes.field(key));
        let mut row = Row::new(mesh_service::WIDTH, Some(fields::place(capture, &host)));
        fields::put(capture, &mut row, mesh_service::host, Some(host));
        fields::put(capture, &mut row, mesh_service::namespace, attribute("Namespace"));
        fields::put(capture, &mut row, mesh_service::name, attribute("Name"));
        fields::put(capture, &mut row, mesh_service::registry, attribute("ServiceRegistry"));
        let address = service.field("defaultAddress").or(service.field("address"));
        let none = address.and_then(|a| a.text()).is_some_and(|text| text == "0.0.0.0");
        fields::put_address(capture, &mut row, mesh_service::address, address.filter(|_| !none));
        let ports: Vec<Json<'_>> = service.field("ports").iter().flat_map(Json::items).collect();
        for port in &ports {
            let mut row = row.clone();
            row.place = Some(fields::place(capture, &port.field("port").unwrap_or(*port)));
            fields::put_int(capture, &mut row, mesh_service::port, port.field("port"));
            fields::put(capture, &mut row, mesh_service::protocol, port.field("protocol"));
            reading.rows.push((mesh_service::ID, row));
        }
        if ports.is_empty() {
            row.put(mesh_service::port, Cell::Absent, None);
            row.put(mesh_service::protocol, Cell::Absent, None);
            reading.rows.push((mesh_service::ID, row));
        }
    }
}

/// `/debug/endpointz`: by Service and port (`svc`, `ep`) until Istio 1.16, by Service, namespace and
/// shard since.
fn endpoints(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    for service in json.items() {
        let Some(text) = service.field("svc").and_then(|svc| svc.text()) else { continue };
        let (host, port_name) = text.rsplit_once(':').unwrap_or((&text, ""));
        for item in service.field("ep").iter().flat_map(Json::items).filter(Json::is_whole) {
            let endpoint = item.field("endpoint").or(item.field("Endpoint")).unwrap_or(item);
            endpoint_row(capture, endpoint, host, port_name, reading);
        }
    }
    for (host, namespaces) in json.entries() {
        for (_, shards) in namespaces.entries() {
            for (_, shard) in shards.field("Shards").iter().flat_map(Json::entries) {
                for endpoint in shard.items().filter(Json::is_whole) {
                    endpoint_row(capture, endpoint, &host, "", reading);
                }
            }
        }
    }
}

fn endpoint_row(
    capture: &Capture<'_>,
    endpoint: Json<'_>,
    host: &str,
    port_name: &str,
    reading: &mut Reading,
) {
    let field = |keys: [&str; 2]| keys.into_iter().find_map(|key| endpoint.field(key));
    let several = field(["Addresses", "addresses"]);
    let address = field(["Address", "address"]).or(several.and_then(|list| list.items().next()));
    let Some(address) = address else { return };
    let mut row = Row::new(mesh_endpoint::WIDTH, Some(fields::place(capture, &address)));
    let namespace = service_of(host).map_or(Cell::Absent, |(_, namespace)| Cell::from(namespace));
    row.put(mesh_endpoint::namespace, namespace, None);
    row.put(mesh_endpoint::host, host, None);
    let shown = field(["ServicePortName", "servicePortName"]);
    fields::put(capture, &mut row, mesh_endpoint::port_name, shown);
    if !port_name.is_empty() {
        row.put(mesh_endpoint::port_name, port_name, None);
    }
    fields::put_address(capture, &mut row, mesh_endpoint::address, Some(address));
    let port = field(["EndpointPort", "endpointPort"]).or(field(["Port", "port"]));
    fields::put_int(capture, &mut row, mesh_endpoint::port, port);
    if let Some(health) = field(["HealthStatus", "healthStatus"]) {
        // Istio's own numbers: `model.HealthStatus`.
        let word = match health.int() {
            Some(0) => Cell::from("healthy"),
            Some(1) => Cell::from("unhealthy"),
            Some(2) => Cell::from("draining"),
            Some(3) => Cell::from("terminating"),
            _ => Cell::Unknown,
        };
        row.put(mesh_endpoint::health, word, Some(fields::place(capture, &health)));
    }
    reading.rows.push((mesh_endpoint::ID, row));
}
