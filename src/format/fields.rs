//! Fields of JSON captures as cells of rows, with their places.

use std::borrow::Cow;
use std::net::IpAddr;

use super::capture::{Capture, Origin, Reading, is_hidden};
use crate::fact::{Cell, Row, Value};
use crate::text::json::Json;
use crate::text::{Place, Span};

/// The JSON of a capture, if it looks like any and one of `marks` stands near its beginning.
pub(super) fn json_with<'a>(capture: &Capture<'a>, marks: &[&str]) -> Option<Json<'a>> {
    let json = json_of(capture)?;
    let mut end = capture.text.len().min(HEAD);
    while !capture.text.is_char_boundary(end) {
        end -= 1;
    }
    let head = capture.text.get(..end).unwrap_or_default();
    marks.iter().any(|mark| head.contains(mark)).then_some(json)
}

/// The JSON of a capture, if it looks like any.
pub(super) fn json_of<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    let start = capture.text.trim_start_matches('\u{feff}').trim_start();
    start.starts_with(['{', '[']).then(|| Json::new(capture.text))
}

/// How far from its beginning a document shows of what kind it is.
const HEAD: usize = 4096;

/// Notes that a document was cut off, or that more follows it. `true` if it is all that was asked for, so
/// that it may count as searched.
pub(super) fn whole(capture: &Capture<'_>, json: &Json<'_>, reading: &mut Reading) -> bool {
    let rest = json.rest().trim();
    let (at, message) = if !json.is_whole() {
        let message = "cut off here: what stands before was read, and nothing counts as searched";
        (capture.text.trim_end().len(), message)
    } else if !rest.is_empty() {
        let message = "not read: more text behind the first document; nothing counts as searched";
        (capture.text.trim_end().len() - rest.len(), message)
    } else {
        return asked_in_full(capture);
    };
    reading.issues.push((Some(capture.place(Span::new(at, at)).line), message.to_string()));
    false
}

/// Whether a text that shows no end of its own is all that was asked for: its last line is whole, and its
/// command asked for everything.
pub(super) fn whole_text(capture: &Capture<'_>) -> bool {
    capture.text.ends_with('\n') && asked_in_full(capture)
}

/// Parts of a query that leave nothing out.
const HARMLESS: [&str; 3] = ["format=", "include_eds", "type=alert"];

/// Whether the command above a capture, if there is one, asked for a page without a filter.
pub(super) fn asked_in_full(capture: &Capture<'_>) -> bool {
    let Some(command) = &capture.command else { return true };
    let harmless = |part: &str| HARMLESS.iter().any(|word| part.starts_with(word));
    let narrowed = command.words.iter().any(|word| {
        let query = word.split_once('?').map(|(_, query)| query);
        word == "|" || query.is_some_and(|query| !query.split('&').all(harmless))
    });
    !narrowed && !command.partial
}

/// The place of a value.
pub(super) fn place(capture: &Capture<'_>, json: &Json<'_>) -> Place {
    capture.place(json.span())
}

/// Puts a scalar into a row; a field that is not there, or is empty, is absent, one that a collector hid
/// is unknown.
pub(super) fn put(capture: &Capture<'_>, row: &mut Row, column: usize, field: Option<Json<'_>>) {
    put_as(capture, row, column, field, |text| Cell::from(text));
}

/// As [`put`], for whole numbers.
pub(super) fn put_int(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
) {
    let int = |text: &str| text.parse::<i64>().map_or(Cell::Unknown, Cell::from);
    put_as(capture, row, column, field, int);
}

/// As [`put`], for addresses.
pub(super) fn put_address(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
) {
    put_as(capture, row, column, field, |text| Cell::Known(Value::address(text)));
}

fn put_as(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
    cell: impl Fn(&str) -> Cell,
) {
    let cell = match field.map(|json| json.scalar()) {
        None => Cell::Absent,
        // What a cut shortened was there, only not what it was.
        Some(None) => Cell::Unknown,
        Some(Some(text)) if text.is_empty() => Cell::Absent,
        Some(Some(text)) if is_hidden(&text) => Cell::Unknown,
        Some(Some(text)) => cell(&text),
    };
    row.put(column, cell, field.map(|json| place(capture, &json)));
}

/// As [`put`], for time stamps of RFC 3339; anything else is unknown, and so is Go's zero time.
pub(super) fn put_time(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
) {
    let Some(json) = field else { return row.put(column, Cell::Absent, None) };
    let cell = json.scalar().map_or(Cell::Unknown, |text| time(&text));
    row.put(column, cell, Some(place(capture, &json)));
}

/// A time stamp of RFC 3339, in UTC.
pub(super) fn time(text: &str) -> Cell {
    match text.parse::<jiff::Timestamp>() {
        Ok(time) if !text.starts_with("0001-") => Cell::from(time.to_string()),
        _ => Cell::Unknown,
    }
}

/// Many texts as one, parted by blanks; absent if there are none.
pub(super) fn joined<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Cell {
    let texts: Vec<Cow<'a, str>> = texts.filter(|text| !text.is_empty()).collect();
    if texts.is_empty() { Cell::Absent } else { Cell::from(texts.join(" ")) }
}

/// Host and port of `1.2.3.4:80`, `[fd00::1]:80` or `fd00::1:80`.
pub(super) fn host_port(text: &str) -> Option<(&str, i64)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then_some((host, port.parse::<u16>().ok()?.into()))
}

/// Whether a text is an IP address.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Whose Envoy it is, of a node's id such as `sidecar~10.0.0.1~web-0.shop~shop.svc.cluster.local`.
pub(super) fn origin_of_node(id: &str) -> Option<Origin> {
    let (pod, namespace) = id.split('~').nth(2)?.rsplit_once('.')?;
    let container = Some("istio-proxy".to_string());
    let (pod, namespace) = (Some(pod.to_string()), Some(namespace.to_string()));
    Some(Origin { namespace, pod, container, node: None })
}

/// Pod and namespace of `web-0.shop`; a namespace holds no dot.
pub(super) fn pod_namespace(proxy: &str) -> Option<(&str, &str)> {
    proxy.rsplit_once('.').filter(|(pod, namespace)| !pod.is_empty() && !namespace.is_empty())
}
