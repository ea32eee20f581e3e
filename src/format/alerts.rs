//! Alerts: Prometheus' `/api/v1/alerts` and `/api/v1/rules`, Alertmanager's `/api/v2/alerts`, and plain lists
//! of what a monitoring found abnormal.

use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::alert as a;
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::json::Json;
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "alerts",
    doc: "alerts of Prometheus (`/api/v1/alerts`, `/api/v1/rules`) and Alertmanager, or a plain list",
    recognize: |capture| list(capture).is_some(),
    read: |capture, _| read(capture),
};

/// A list of alerts, and how each of them is written.
enum List<'a> {
    /// Alerts of Prometheus or Alertmanager.
    Alerts(Json<'a>),
    /// Rules with their alerts.
    Groups(Json<'a>),
    /// `{type, name, status, evidence}`.
    Plain(Json<'a>),
}

fn list<'a>(capture: &Capture<'a>) -> Option<List<'a>> {
    let marks = ["\"groups\"", "\"alerts\"", "\"fingerprint\"", "\"evidence\"", "\"activeAt\""];
    let json = fields::json_with(capture, &marks)?;
    let within = json.field("data").unwrap_or(json);
    // A list without any is one of Prometheus only if it says that it answered.
    let said = json.field("data").and_then(|_| json.field("status")?.text());
    let answered = said.as_deref() == Some("success");
    if let Some(groups) = within.field("groups").filter(Json::is_array) {
        let empty = || answered && groups.items().next().is_none();
        return (judged(groups) || empty()).then_some(List::Groups(groups));
    }
    let alerts = if within.is_array() { within } else { within.field("alerts")? };
    match alerts.items().next() {
        None => (alerts.is_array() && answered).then_some(List::Alerts(alerts)),
        Some(first) if first.at(&["labels", "alertname"]).is_some() => Some(List::Alerts(alerts)),
        Some(first) => {
            let plain = first.field("evidence").is_some_and(|e| e.is_array());
            (plain && first.field("name").is_some()).then_some(List::Plain(alerts))
        }
    }
}

/// The rules of groups.
fn rules<'a>(groups: Json<'a>) -> impl Iterator<Item = Json<'a>> {
    let of_each = groups.items().filter_map(|group| group.field("rules"));
    of_each.flat_map(|rules| rules.items())
}

/// Whether any of the rules is shown with its alerts; the rules of a file, and those that record, are not.
fn judged(groups: Json<'_>) -> bool {
    rules(groups).any(|rule| rule.field("alerts").is_some())
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let Some(list) = list(capture) else { return reading };
    let whole = fields::whole(capture, &Json::new(capture.text), &mut reading);
    let mut scope = Scope::all();
    match list {
        List::Alerts(alerts) => {
            for alert in alerts.items().filter(Json::is_whole) {
                reading.rows.push((a::ID, alert_row(capture, alert, None)));
                if alert.at(&["status", "state"]).is_some() {
                    // Alertmanager does not hear of alerts that are pending.
                    scope = Scope::of([(a::state, Value::from("firing"))]);
                }
            }
        }
        List::Groups(groups) => {
            for rule in rules(groups) {
                let alerts = rule.field("alerts");
                for alert in alerts.iter().flat_map(Json::items).filter(Json::is_whole) {
                    reading.rows.push((a::ID, alert_row(capture, alert, Some(rule))));
                }
            }
        }
        List::Plain(alerts) => {
            for alert in alerts.items().filter(Json::is_whole) {
                plain(capture, alert, &mut reading);
            }
            return reading;
        }
    }
    if whole {
        reading.searched.push((a::ID, scope));
    }
    reading
}

/// A row of an alert; its rule tells what the alert itself does not.
fn alert_row(capture: &Capture<'_>, alert: Json<'_>, rule: Option<Json<'_>>) -> Row {
    let label = |key: &str| alert.at(&["labels", key]);
    let of_rule = |path: &[&str]| rule.and_then(|rule| rule.at(path));
    let name = label("alertname").or(of_rule(&["name"]));
    let place = name.or(alert.field("state")).unwrap_or(alert);
    let mut row = Row::new(a::WIDTH, Some(fields::place(capture, &place)));
    let mut put = |column, field| fields::put(capture, &mut row, column, field);
    put(a::name, name);
    put(a::severity, label("severity").or(of_rule(&["labels", "severity"])));
    // Of kube-state-metrics' alerts `pod` is the subject; `exported_…` is so where the scraped pod took its name.
    put(a::namespace, label("exported_namespace").or(label("namespace")));
    put(a::pod, label("exported_pod").or(label("pod")).or(label("pod_name")));
    put(a::container, label("exported_container").or(label("container")));
    put(a::service, label("exported_service").or(label("service")));
    put(a::value, alert.field("value"));
    let summaries = ["summary", "description", "message"];
    let summary = summaries.into_iter().find_map(|key| alert.at(&["annotations", key]));
    put(a::summary, summary.or(of_rule(&["annotations", "message"])));
    for column in [a::reason, a::metric, a::normal, a::unit] {
        row.put(column, Cell::Absent, None);
    }
    put_value(capture, alert, &mut row);
    put_node(capture, alert, &mut row);
    put_state(capture, alert, &mut row);
    let since = alert.field("activeAt").or(alert.field("startsAt"));
    fields::put_time(capture, &mut row, a::active_since, since);
    row
}

/// Prometheus prints values as `1e+00`; what is no plain number stays unknown.
fn put_value(capture: &Capture<'_>, alert: Json<'_>, row: &mut Row) {
    let Some(value) = alert.field("value") else { return };
    let plain = value.scalar().and_then(|text| super::metrics::decimal(&text));
    let cell = plain.map_or(Cell::Unknown, |plain| Cell::from(super::metrics::printed(plain)));
    row.put(a::value, cell, Some(fields::place(capture, &value)));
}

/// `node`, or the host of `instance`, where no pod is named: there it is an exporter's own address.
fn put_node(capture: &Capture<'_>, alert: Json<'_>, row: &mut Row) {
    let label = |key: &str| alert.at(&["labels", key]);
    let node = label("node").or(label("nodename"));
    fields::put(capture, row, a::node, node);
    if let (None, None, Some(instance)) = (node, label("pod"), label("instance"))
        && let Some(text) = instance.text()
    {
        let host = fields::host_port(&text).map_or(&*text, |(host, _)| host);
        if !fields::is_address(host) && !host.is_empty() {
            row.put(a::node, host, Some(fields::place(capture, &instance)));
        }
    }
}

/// Prometheus' `state`, or Alertmanager's `status.state`, of which `active` is firing.
fn put_state(capture: &Capture<'_>, alert: Json<'_>, row: &mut Row) {
    let status = alert.field("status");
    let nested = status.and_then(|status| status.field("state"));
    let Some(state) = alert.field("state").or(nested).or(status) else { return };
    let cell = match state.text().as_deref() {
        Some("active") => Cell::from("firing"),
        Some(text) => Cell::from(text),
        None => Cell::Unknown,
    };
    row.put(a::state, cell, Some(fields::place(capture, &state)));
}

/// `LATENCY_DEGRADATION [Slow Response] | web-p95latency: Normal=4.74ms -> Current=37.82ms (+697.2%) | …`
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<name>[A-Za-z][\w-]*)(?: \[(?<reason>[^\]]*)\])?(?: *\| *(?<rest>.*))?$")
        .expect("the pattern is well formed")
});

/// A measured value: `Normal=100.0% -> Cur=16.7% (-83.3%)`, `Val: 0.679s (Throttled)`.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?<metric>[^:=|]+?): *)??(?:Normal *= *(?<normal>-?[\d.]+) *(?<unit1>[^\s>-]*) *-> *)?(?:Current|Cur|Val|Value) *[=:] *(?<value>-?[\d.]+) *(?<unit2>[^\s(]*)",
    )
    .expect("the pattern is well formed")
});

/// Reads one entry of a plain list: a row for each value of its evidence. Such a list names no
/// namespace, and its times no zone.
fn plain(capture: &Capture<'_>, alert: Json<'_>, reading: &mut Reading) {
    for evidence in alert.field("evidence").iter().flat_map(Json::items) {
        let Some(text) = evidence.text() else { continue };
        let place = Some(fields::place(capture, &evidence));
        let Some(head) = HEAD.captures(&text) else {
            let mut row = subject(capture, alert, place);
            row.put(a::summary, &*text, place);
            reading.rows.push((a::ID, row));
            continue;
        };
        let (begin, rest) = head.name("rest").map_or((0, ""), |rest| (rest.start(), rest.as_str()));
        for part in rest.split('|') {
            let mut row = subject(capture, alert, place);
            row.put(a::name, &head["name"], place);
            let reason = head.name("reason").map_or(Cell::Absent, |r| Cell::from(r.as_str()));
            row.put(a::reason, reason, place);
            row.put(a::summary, &*text, place);
            // Without escapes the part stands in the file as it is.
            let at = begin + (part.as_ptr() as usize - rest.as_ptr() as usize);
            let start = evidence.span().start as usize + at;
            let own = capture.place(Span::new(start, start + part.trim_end().len()));
            let exact = evidence.span().of(capture.text) == text;
            put_measured(&mut row, part.trim(), if exact { Some(own) } else { place });
            reading.rows.push((a::ID, row));
        }
    }
}

/// A row about what an entry of a plain list is about.
fn subject(capture: &Capture<'_>, alert: Json<'_>, place: Option<Place>) -> Row {
    let mut row = Row::new(a::WIDTH, place);
    for column in [a::pod, a::node, a::service, a::container, a::severity, a::name] {
        row.put(column, Cell::Absent, None);
    }
    let kind = alert.field("type").and_then(|kind| kind.text()).unwrap_or_default();
    let column = match kind.to_ascii_lowercase().as_str() {
        "service" => Some(a::service),
        "node" | "host" => Some(a::node),
        "pod" => Some(a::pod),
        "container" => Some(a::container),
        _ => None,
    };
    if let Some(column) = column {
        fields::put(capture, &mut row, column, alert.field("name"));
    }
    if let Some(status) = alert.field("status")
        && let Some(text) = status.text()
    {
        row.put(a::state, text.to_lowercase(), Some(fields::place(capture, &status)));
    }
    if let Some(namespace) = alert.field("namespace") {
        fields::put(capture, &mut row, a::namespace, Some(namespace));
    }
    row
}

fn put_measured(row: &mut Row, part: &str, place: Option<Place>) {
    let found = VALUE.captures(part);
    let group = |name: &str| {
        let text = found.as_ref()?.name(name)?.as_str().trim();
        (!text.is_empty()).then(|| text.to_string())
    };
    let number = |name: &str| {
        let decimal = super::metrics::decimal(&group(name)?)?;
        Some(super::metrics::printed(decimal))
    };
    let cell = |text: Option<String>| text.map_or(Cell::Absent, Cell::from);
    row.put(a::metric, cell(group("metric")), place);
    row.put(a::normal, cell(number("normal")), place);
    row.put(a::value, cell(number("value")), place);
    row.put(a::unit, cell(group("unit2").or_else(|| group("unit1"))), place);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(part: &str) -> [String; 4] {
        let mut row = Row::new(a::WIDTH, None);
        put_measured(&mut row, part, None);
        [a::metric, a::normal, a::value, a::unit]
            .map(|c| row.cells[c].known().map_or(String::new(), ToString::to_string))
    }

    #[test]
    fn evidence_shows_values_with_units() {
        let part = "web-p95latency: Normal=4.74ms -> Current=37.82ms (+697.2%)";
        assert_eq!(measured(part), ["web-p95latency", "4.74", "37.82", "ms"]);
        assert_eq!(measured("Normal=100.0% -> Cur=16.7% (-83.3%)"), ["", "100", "16.7", "%"]);
        assert_eq!(measured("Val: 0.679s (Throttled)"), ["", "", "0.679", "s"]);
        let cores = "Normal=0.00 cores -> Current=0.15 cores (+3196.4%)";
        assert_eq!(measured(cores), ["", "0", "0.15", "cores"]);
        let part = "Inbound: Normal=154.67pps -> Current=64.62pps (-58.2%)";
        assert_eq!(measured(part), ["Inbound", "154.67", "64.62", "pps"]);
        assert_eq!(measured("Metrics dropped to zero/NaN"), ["", "", "", ""]);
    }
}
