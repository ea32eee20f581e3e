//! `istioctl analyze`: its messages as text of every version, and as JSON.

use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::analysis_message as a;
use crate::fact::{Cell, Row, Scope};
use crate::text::Span;
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "analyze",
    doc: "messages of Istio's analyzers, `istioctl analyze -A`, also `-o json`",
    recognize,
    read: |capture, _| read(capture),
};

/// `Error [IST0101] (VirtualService shop/web v.yaml:12) Referenced gateway not found: "gw"`; before Istio 1.10
/// `Warn [IST0102](Namespace default) …` and `Error [IST0101] (VirtualService web.shop) …`.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:\S*\s)?(?<level>Error|Warning|Warn|Info) \[(?<code>IST\d{4})\] ?(?:\((?<object>[^()]*)\) ?)?(?<message>.*)$",
    )
    .expect("the pattern is well formed")
});

/// What the analyzer says where it has nothing to say.
static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"No validation issues found when analyzing (?:all namespaces|namespace: (?<namespace>[\w.-]+))")
        .expect("the pattern is well formed")
});

fn recognize(capture: &Capture<'_>) -> bool {
    if json(capture).is_some() {
        return true;
    }
    let lines = capture.each_line().map(|(_, line)| line).filter(|line| !line.trim().is_empty());
    let sample: Vec<&str> = lines.take(SAMPLE).collect();
    let messages = sample.iter().filter(|line| is_message(line)).count();
    // Above and below the messages stand warnings and hints; a log that quotes one is no such capture.
    let most = messages > 0 && messages * 4 >= sample.len();
    most || sample.len() < SAMPLE && sample.iter().any(|line| NOTHING.is_match(line))
}

/// Lines that are looked at to tell messages from other text.
const SAMPLE: usize = 40;

/// Whether a line is a message of an analyzer.
pub(super) fn is_message(line: &str) -> bool {
    line.contains("[IST") && MESSAGE.is_match(line)
}

fn json<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    fields::json_with(capture, &["\"documentationUrl\"", "\"documentation_url\""]).filter(|json| {
        let code = json.items().next().and_then(|first| first.field("code")?.text());
        code.is_some_and(|code| code.starts_with("IST"))
    })
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let whole = match json(capture) {
        Some(json) => {
            let whole = fields::whole(capture, &json, &mut reading);
            for item in json.items().filter(Json::is_whole) {
                reading.rows.extend(item_row(capture, item).map(|row| (a::ID, row)));
            }
            whole
        }
        None => {
            text(capture, &mut reading);
            fields::whole_text(capture)
        }
    };
    let asked = |words: &[&str]| {
        let command = capture.command.iter().flat_map(|command| &command.words);
        command.filter_map(|word| word.split('=').next()).any(|word| words.contains(&word))
    };
    if !fields::asked_in_full(capture) || asked(&["--output-threshold", "-S", "--suppress"]) {
        return reading;
    }
    // A message says that all of a run's analyzers ran, yet not over which namespaces.
    match NOTHING.captures(capture.text) {
        Some(found) => reading.searched.push((a::ID, scope(found.name("namespace")))),
        None if whole && asked(&["-A", "--all-namespaces"]) => {
            reading.searched.push((a::ID, Scope::all()));
        }
        None => {}
    }
    reading
}

fn scope(namespace: Option<regex::Match<'_>>) -> Scope {
    match namespace {
        Some(name) => Scope::of([(a::namespace, name.as_str().trim_end_matches('.').into())]),
        None => Scope::all(),
    }
}

fn text(capture: &Capture<'_>, reading: &mut Reading) {
    for (at, line) in capture.each_line() {
        let Some(found) = MESSAGE.captures(line) else { continue };
        let place = |name: &str| {
            let part = found.name(name)?;
            Some(capture.place(Span::new(at + part.start(), at + part.end())))
        };
        let mut row =
            Row::new(a::WIDTH, Some(capture.place(Span::new(at, at + line.trim_end().len()))));
        let level = if &found["level"] == "Warn" { "Warning" } else { &found["level"] };
        row.put(a::level, level, place("level"));
        row.put(a::code, &found["code"], place("code"));
        row.put(a::message, found["message"].trim_end(), place("message"));
        let object = found.name("object").map_or("", |object| object.as_str());
        put_object(&mut row, object, place("object"));
        reading.rows.push((a::ID, row));
    }
}

/// `VirtualService shop/web v.yaml:12`, `VirtualService web.shop`, `Namespace default`.
fn put_object(row: &mut Row, object: &str, place: Option<crate::text::Place>) {
    let mut words = object.split_whitespace();
    let (kind, name) = (words.next(), words.next());
    let (namespace, name) = match name {
        Some(name) => match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace), Some(name)),
            None if kind == Some("Namespace") => (None, Some(name)),
            None => match name.rsplit_once('.') {
                Some((name, namespace)) => (Some(namespace), Some(name)),
                None => (None, Some(name)),
            },
        },
        None => (None, None),
    };
    let cell = |text: Option<&str>| text.filter(|t| !t.is_empty()).map_or(Cell::Absent, Cell::from);
    row.put(a::kind, cell(kind), place);
    row.put(a::namespace, cell(namespace), place);
    row.put(a::name, cell(name), place);
}

/// `{"code": "IST0101", "level": "Error", "origin": "VirtualService shop/web", "message": …}`.
fn item_row(capture: &Capture<'_>, item: Json<'_>) -> Option<Row> {
    let code = item.field("code")?;
    let mut row = Row::new(a::WIDTH, Some(fields::place(capture, &code)));
    fields::put(capture, &mut row, a::code, Some(code));
    let name = item.field("name").or(item.at(&["type", "name"]));
    if name.is_some() {
        fields::put(capture, &mut row, a::title, name);
    }
    fields::put(capture, &mut row, a::level, item.field("level"));
    fields::put(capture, &mut row, a::message, item.field("message"));
    let origin = item.field("origin");
    let object = origin.and_then(|origin| origin.text()).unwrap_or_default();
    put_object(&mut row, &object, origin.map(|origin| fields::place(capture, &origin)));
    Some(row)
}
