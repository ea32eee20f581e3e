//! Tables of nodes, namespaces and what guards the API.

use super::{Cells, Rows, Shape, Table};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Value};
use crate::format::capture::Capture;
use crate::format::objects::inferred;
use crate::text::table::Header;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "Node",
        columns: &["NAME", "STATUS", "AGE", "VERSION"],
        but: &["CLUSTER"],
        fills: &[v::node::ID],
        row: node,
    },
    Shape {
        kind: "ComponentStatus",
        columns: &["NAME", "STATUS", "MESSAGE", "ERROR"],
        but: &[],
        fills: &[v::component_status::ID],
        row: component,
    },
    Shape {
        kind: "APIService",
        columns: &["NAME", "SERVICE", "AVAILABLE"],
        but: &[],
        fills: &[v::api_service::ID],
        row: api_service,
    },
    Shape {
        kind: "PriorityClass",
        columns: &["NAME", "VALUE", "GLOBAL-DEFAULT"],
        but: &[],
        fills: &[v::priority_class::ID],
        row: priority_class,
    },
    Shape {
        kind: "CertificateSigningRequest",
        columns: &["NAME", "REQUESTOR", "CONDITION"],
        but: &[],
        fills: &[v::certificate_signing_request::ID],
        row: signing_request,
    },
    Shape {
        kind: "Lease",
        columns: &["NAME", "HOLDER", "AGE"],
        but: &[],
        fills: &[v::lease::ID],
        row: lease,
    },
    Shape {
        kind: "ServiceAccount",
        columns: &["NAME", "SECRETS", "AGE"],
        but: &[],
        fills: &[v::service_account::ID],
        row: service_account,
    },
    Shape {
        kind: "Namespace",
        columns: &["NAME", "STATUS", "AGE"],
        but: &["NAMESPACE", "READY", "VERSION", "VOLUME", "CAPACITY", "COMPLETIONS", "REASON"],
        fills: &[v::namespace::ID],
        row: namespace,
    },
];

/// A table of names and ages, as it is of service accounts since Kubernetes 1.34.
static ACCOUNTS: Shape = Shape {
    kind: "ServiceAccount",
    columns: &["NAME", "AGE"],
    but: &[],
    fills: &[v::service_account::ID],
    row: service_account,
};

/// A table of a kind of which there is no more to know than names.
static NAMES: Shape =
    Shape { kind: "", columns: &["NAME", "AGE"], but: &[], fills: &[], row: |_, _, _| {} };

/// The shape of a table of kubectl that is like many others: its capture may name its kind.
pub(super) fn plain(header: &Header, capture: &Capture<'_>) -> Option<&'static Shape> {
    let first = header.names().first().map(String::as_str);
    if !matches!(first, Some("NAME" | "NAMESPACE")) || !header.has(&["NAME"]) {
        return None;
    }
    if !header.has(&["AGE"]) && !header.has(&["CREATED AT"]) {
        return None;
    }
    let bare = header.names().iter().all(|name| ["NAMESPACE", "NAME", "AGE"].contains(&&**name));
    let kind = inferred(capture).map(|kind| kind.name);
    Some(if bare && kind == Some(ACCOUNTS.kind) { &ACCOUNTS } else { &NAMES })
}

/// `Ready`, `NotReady`, `Unknown`, each with `,SchedulingDisabled` where the node is cordoned.
fn node(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::node as n;
    let Some(mut row) = table.about(cells, n::WIDTH, None, n::name) else { return };
    let Some((status, at)) = table.cell(cells, "STATUS") else { return };
    let words: Vec<&str> = status.split(',').collect();
    if !words.iter().any(|word| ["Ready", "NotReady", "Unknown"].contains(word)) {
        return;
    }
    row.put(n::ready, words.contains(&"Ready"), Some(at));
    row.put(n::unschedulable, words.contains(&"SchedulingDisabled"), Some(at));
    table.put(&mut row, n::roles, cells, "ROLES");
    table.put(&mut row, n::kubelet_version, cells, "VERSION");
    table.put_address(&mut row, n::address, cells, "INTERNAL-IP");
    table.put_address(&mut row, n::external_address, cells, "EXTERNAL-IP");
    table.put(&mut row, n::os_image, cells, "OS-IMAGE");
    // Newer tables put the architecture behind it: `6.8.0-87-generic (amd64)`.
    table.put_as(&mut row, n::kernel, cells, "KERNEL-VERSION", |text| {
        text.split(' ').next().map(Value::from)
    });
    if let Some((text, at)) = table.cell(cells, "KERNEL-VERSION")
        && let Some((_, rest)) = text.split_once(" (")
    {
        row.put(n::architecture, rest.trim_end_matches(')'), Some(at));
    }
    table.put(&mut row, n::runtime, cells, "CONTAINER-RUNTIME");
    rows.push((n::ID, row));
}

fn namespace(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::namespace as n;
    let Some((status, at)) = table.cell(cells, "STATUS") else { return };
    if !["Active", "Terminating"].contains(&status) {
        return;
    }
    let Some(mut row) = table.about(cells, n::WIDTH, None, n::name) else { return };
    row.put(n::phase, status, Some(at));
    row.put(n::deleting, status == "Terminating", Some(at));
    rows.push((n::ID, row));
}

fn component(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::component_status as c;
    let Some(mut row) = table.about(cells, c::WIDTH, None, c::name) else { return };
    table.put_as(&mut row, c::healthy, cells, "STATUS", |text| Some((text == "Healthy").into()));
    table.put(&mut row, c::message, cells, "MESSAGE");
    table.put(&mut row, c::error, cells, "ERROR");
    rows.push((c::ID, row));
}

/// `kube-system/metrics-server` and `False (MissingEndpoints)`; `Local` is the API server itself.
fn api_service(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::api_service as a;
    let Some(mut row) = table.about(cells, a::WIDTH, None, a::name) else { return };
    if let Some((service, at)) = table.cell(cells, "SERVICE") {
        let named = service.split_once('/');
        let of = |text: Option<&str>| text.map_or(Cell::Absent, Cell::from);
        row.put(a::service_namespace, of(named.map(|(namespace, _)| namespace)), Some(at));
        row.put(a::service, of(named.map(|(_, name)| name)), Some(at));
    }
    if let Some((available, at)) = table.cell(cells, "AVAILABLE") {
        row.put(a::available, available == "True", Some(at));
        if let Some((_, reason)) = available.split_once(" (") {
            row.put(a::reason, reason.trim_end_matches(')'), Some(at));
        }
    }
    rows.push((a::ID, row));
}

fn priority_class(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::priority_class as p;
    let Some(mut row) = table.about(cells, p::WIDTH, None, p::name) else { return };
    table.put_int(&mut row, p::value, cells, "VALUE");
    table.put_bool(&mut row, p::global_default, cells, "GLOBAL-DEFAULT");
    table.put(&mut row, p::preemption, cells, "PREEMPTIONPOLICY");
    rows.push((p::ID, row));
}

fn signing_request(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::certificate_signing_request as c;
    let Some(mut row) = table.about(cells, c::WIDTH, None, c::name) else { return };
    table.put(&mut row, c::signer, cells, "SIGNERNAME");
    table.put(&mut row, c::requestor, cells, "REQUESTOR");
    table.put(&mut row, c::condition, cells, "CONDITION");
    rows.push((c::ID, row));
}

fn lease(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::lease as l;
    let Some(mut row) = table.about(cells, l::WIDTH, Some(l::namespace), l::name) else { return };
    table.put(&mut row, l::holder, cells, "HOLDER");
    rows.push((l::ID, row));
}

fn service_account(table: &Table<'_>, cells: &Cells<'_>, rows: &mut Rows) {
    use v::service_account as s;
    if let Some(row) = table.about(cells, s::WIDTH, Some(s::namespace), s::name) {
        rows.push((s::ID, row));
    }
}
