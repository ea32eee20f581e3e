//! Fields of JSON captures as cells of rows, with their places.

use std::borrow::Cow;
use std::net::IpAddr;

use super::capture::{Capture, Origin, Reading};
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

/// Notes that a document was cut off. `true` if it is whole, so that it may count as searched.
pub(super) fn whole(capture: &Capture<'_>, json: &Json<'_>, reading: &mut Reading) -> bool {
    if !json.is_whole() {
        let end = capture.text.trim_end().len();
        let line = capture.place(Span::new(end, end)).line;
        let message = "cut off here: what stands before was read, and nothing counts as searched";
        reading.issues.push((Some(line), message.to_string()));
    }
    json.is_whole()
}

/// The place of a value.
pub(super) fn place(capture: &Capture<'_>, json: &Json<'_>) -> Place {
    capture.place(json.span())
}

/// Puts a scalar into a row; a field that is not there, or is empty, is absent.
pub(super) fn put(capture: &Capture<'_>, row: &mut Row, column: usize, field: Option<Json<'_>>) {
    let value = field.and_then(|json| json.scalar()).filter(|text| !text.is_empty());
    // What a cut shortened was there, only not what it was.
    let none =
        if field.is_some_and(|json| !json.is_whole()) { Cell::Unknown } else { Cell::Absent };
    let cell = value.map_or(none, |text| Cell::from(&*text));
    row.put(column, cell, field.map(|json| place(capture, &json)));
}

/// As [`put`], for whole numbers.
pub(super) fn put_int(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
) {
    let cell = field.and_then(|json| json.int()).map_or(Cell::Absent, Cell::from);
    row.put(column, cell, field.map(|json| place(capture, &json)));
}

/// As [`put`], for addresses.
pub(super) fn put_address(
    capture: &Capture<'_>,
    row: &mut Row,
    column: usize,
    field: Option<Json<'_>>,
) {
    let value = field.and_then(|json| json.scalar()).filter(|text| !text.is_empty());
    let cell = value.map_or(Cell::Absent, |text| Cell::Known(Value::address(&text)));
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
