//! `curl -v`: a request and the status of its answer, also where line breaks were lost on the way.

use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use crate::fact::vocabulary::http_response;
use crate::fact::{Cell, Row, Value};
use crate::text::Span;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "curl",
    doc: "the transcript of an HTTP request, `curl -v URL`",
    recognize: |capture| REQUEST.is_match(capture.text) && STATUS.is_match(capture.text),
    read: |capture, _| read(capture),
};

static REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"> (?:GET|HEAD|POST|PUT|DELETE|OPTIONS) (?<path>\S+) HTTP/\d")
        .expect("the pattern is well formed")
});
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\* +Connected to (?<host>\S+) \((?<address>[^)]+)\) port (?<port>\d+)")
        .expect("the pattern is well formed")
});
static STATUS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"< (?<line>HTTP/[\d.]+ (?<status>\d{3})[^\r\n<]*)")
        .expect("the pattern is well formed")
});

/// Reads the requests of one connection after the other; an answer belongs to the request before it.
fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut requests = REQUEST.captures_iter(capture.text).peekable();
    while let Some(request) = requests.next() {
        let at = request.get(0).map_or(0, |m| m.start());
        let end =
            requests.peek().and_then(|next| next.get(0)).map_or(capture.text.len(), |m| m.start());
        let Some(host) = HOST.captures_iter(&capture.text[..at]).last() else { continue };
        let Some(status) = STATUS.captures(&capture.text[at..end]) else { continue };
        let line = status.name("line").expect("the group is in the pattern");
        let place = Some(capture.place(Span::new(at + line.start(), at + line.end())));
        let mut row = Row::new(http_response::WIDTH, place);
        row.put(http_response::address, Cell::Known(Value::address(&host["address"])), place);
        row.put(http_response::port, number(&host["port"]), place);
        row.put(http_response::path, &request["path"], place);
        row.put(http_response::status, number(&status["status"]), place);
        reading.rows.push((http_response::ID, row));
    }
    reading
}

fn number(digits: &str) -> Cell {
    digits.parse().map_or(Cell::Unknown, |n| Cell::Known(Value::Int(n)))
}
