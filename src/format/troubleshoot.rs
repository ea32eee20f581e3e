//! What troubleshoot.sh found itself: `analysis.json`, and whether its collectors could connect.

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::{analyzer_result, config_map, connection_result, secret};
use crate::fact::{Cell, Row, Scope};
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "troubleshoot",
    doc: "troubleshoot.sh's `analysis.json`, results of its database collectors, and whether ConfigMaps and Secrets exist",
    recognize: |capture| {
        analysis(capture).or_else(|| connection(capture)).or_else(|| existence(capture)).is_some()
    },
    read: |capture, _| read(capture),
};

fn analysis<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    let json = fields::json_with(capture, &["\"insight\"", "\"analyzerSpec\""]);
    // An analysis without analyzers is an empty array, which only its name tells from others.
    let empty = || fields::json_of(capture).filter(|json| json.items().next().is_none());
    let named = capture.file_name() == "analysis.json";
    json.or_else(|| named.then(empty).flatten()).filter(Json::is_array)
}

fn connection<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    fields::json_with(capture, &["\"isConnected\""])
        .filter(|json| json.field("isConnected").is_some_and(|field| field.bool().is_some()))
}

/// Whether a ConfigMap or a Secret is there.
fn existence<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    fields::json_with(capture, &["\"configMapExists\"", "\"secretExists\""])
}

/// Looks for one by name: where it is not, that is known.
fn looked_up(capture: &Capture<'_>, json: Json<'_>, reading: &mut Reading) {
    let exists = |key: &str| json.field(key).and_then(|field| field.bool());
    let (relation, namespace, name, width, exists) = match exists("secretExists") {
        Some(exists) => (secret::ID, secret::namespace, secret::name, secret::WIDTH, exists),
        None => {
            let Some(exists) = exists("configMapExists") else { return };
            (config_map::ID, config_map::namespace, config_map::name, config_map::WIDTH, exists)
        }
    };
    let place = json.field("name").map(|field| fields::place(capture, &field));
    let mut row = Row::new(width, place);
    fields::put(capture, &mut row, namespace, json.field("namespace"));
    fields::put(capture, &mut row, name, json.field("name"));
    if exists {
        reading.rows.push((relation, row));
    } else if let (Some(Cell::Known(ns)), Some(Cell::Known(called))) =
        (row.cells.get(namespace), row.cells.get(name))
    {
        let scope = Scope::of([(namespace, ns.clone()), (name, called.clone())]);
        reading.searched.push((relation, scope));
    }
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    if let Some(json) = analysis(capture) {
        if fields::whole(capture, &json, &mut reading) {
            reading.searched.push((analyzer_result::ID, Scope::all()));
        }
        let rows = json
            .items()
            .filter(Json::is_whole)
            .map(|item| (analyzer_result::ID, result(capture, item)));
        reading.rows.extend(rows);
    } else if let Some(json) = connection(capture) {
        fields::whole(capture, &json, &mut reading);
        reading.rows.push((connection_result::ID, connected(capture, json)));
    } else if let Some(json) = existence(capture)
        && fields::whole(capture, &json, &mut reading)
    {
        looked_up(capture, json, &mut reading);
    }
    reading
}

fn result(capture: &Capture<'_>, item: Json<'_>) -> Row {
    use analyzer_result as r;
    let insight = |key: &str| item.at(&["insight", key]);
    let shown = insight("detail").or(item.field("error")).or(item.field("name")).unwrap_or(item);
    let mut row = Row::new(r::WIDTH, Some(fields::place(capture, &shown)));
    fields::put(capture, &mut row, r::name, item.field("name").or(insight("name")));
    fields::put(capture, &mut row, r::severity, item.field("severity").or(insight("severity")));
    fields::put(capture, &mut row, r::title, insight("primary"));
    fields::put(capture, &mut row, r::message, insight("detail"));
    fields::put(capture, &mut row, r::error, item.field("error"));
    row
}

fn connected(capture: &Capture<'_>, json: Json<'_>) -> Row {
    use connection_result as c;
    let shown = json.field("error").or(json.field("isConnected")).unwrap_or(json);
    let mut row = Row::new(c::WIDTH, Some(fields::place(capture, &shown)));
    // `postgres/main.json`: the collector and the test.
    let mut parts = capture.path.rsplit(['/', '!']);
    let name = parts.next().map(|name| name.strip_suffix(".json").unwrap_or(name));
    row.put(c::name, name.map_or(Cell::Unknown, Cell::from), None);
    row.put(c::kind, parts.next().map_or(Cell::Unknown, Cell::from), None);
    let connected = json.field("isConnected");
    let cell = connected.and_then(|field| field.bool()).map_or(Cell::Unknown, Cell::from);
    row.put(c::connected, cell, connected.map(|field| fields::place(capture, &field)));
    fields::put(capture, &mut row, c::error, json.field("error"));
    fields::put(capture, &mut row, c::version, json.field("version"));
    row
}
