//! Private keys in PEM, and PEM in base64. Certificates are public and stay.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::lines::Lines;
use super::span::Spans;
use super::{Kind, PLACEHOLDER_BASE64, value};

/// A key has fewer lines than this.
const LONGEST: usize = 400;

static BEGIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----"));
/// The end of a key, and where other lines begin if it was cut off.
const END: &[u8] = b"-----END";
/// `-----BEGIN` in base64, at the beginning of a value.
const BEGIN_BASE64: &[u8] = b"LS0tLS1CRUdJTi";
/// Line ends as they are written in JSON, and JSON in JSON.
static ESCAPES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\\+r)?(?:\\+n)+|^\s+"));
static ESCAPES_BEHIND: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:(?:\\+r)?(?:\\+n)+|\s+)$"));
/// The last word of a line of base64, whatever a log put before it.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?:[A-Za-z0-9+/=]{2,}|[A-Za-z-]+: \S.*|REDACTED)(?:\\+n)*[\\"',]*\s*$"#)
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is one of ours")
}

pub(super) fn find(lines: &Lines<'_>, spans: &mut Spans) {
    if memmem::find(lines.text, b"PRIVATE KEY").is_some() {
        for begin in BEGIN.find_iter(lines.text) {
            body(lines, begin.end(), spans);
        }
    }
    for at in memmem::find_iter(lines.text, BEGIN_BASE64) {
        let rest = lines.text.get(at..).unwrap_or_default();
        let len = rest.iter().take_while(|b| value::is_base64(**b)).count();
        if let Some(with) = public(lines.bytes(at..at + len)) {
            spans.replace(at..at + len, Kind::PrivateKey, with);
        }
    }
    if memmem::find(lines.text, b"PuTTY-User-Key-File").is_some() {
        putty(lines, spans);
    }
}

/// PEM in base64 without its private keys; `None` if it holds none.
fn public(encoded: &[u8]) -> Option<Vec<u8>> {
    let Some(decoded) = value::decoded(encoded) else {
        // What is cut off cannot be decoded as a whole.
        let head = value::decoded(encoded.get(..encoded.len().min(64) / 4 * 4)?)?;
        return memmem::find(&head, b"PRIVATE").map(|_| PLACEHOLDER_BASE64.to_vec());
    };
    memmem::find(&decoded, b"PRIVATE KEY")?;
    let inside = Lines::new(&decoded);
    let mut spans = Spans::default();
    for begin in BEGIN.find_iter(&decoded) {
        body(&inside, begin.end(), &mut spans);
    }
    let redacted = spans.applied(&decoded);
    (!redacted.counts.is_empty()).then(|| value::encoded(&redacted.bytes))
}

/// The body of a key, from behind its first line to its last.
fn body(lines: &Lines<'_>, from: usize, spans: &mut Spans) {
    let mut line = lines.at(from);
    let mut rest = from..line.end;
    for _ in 0..LONGEST {
        let end = memmem::find(lines.bytes(rest.clone()), END).map(|at| rest.start + at);
        let until = end.unwrap_or(rest.end);
        let is_first = rest.start == from;
        if is_first {
            within(lines, rest.start..until, spans);
        } else if end.is_none() && !hidden(lines, rest.clone(), spans) {
            return;
        }
        let next = lines.next(&line);
        let (None, Some(next)) = (end, next) else { return };
        rest = next.clone();
        line = next;
    }
}

/// A body that stands in one line with its beginning, between escaped line ends.
fn within(lines: &Lines<'_>, range: Range<usize>, spans: &mut Spans) {
    let bytes = lines.bytes(range.clone());
    let before = ESCAPES.find(bytes).map_or(0, |found| found.end());
    let rest = bytes.get(before..).unwrap_or_default();
    let behind = ESCAPES_BEHIND.find(rest).map_or(rest.len(), |found| found.start());
    // What ends the string when the key goes on in the next line, or has none.
    let text = rest.get(..behind).unwrap_or_default();
    let text = text.len() - text.iter().rev().take_while(|b| b"\"',\\".contains(b)).count();
    spans.hide(range.start + before..range.start + before + text, Kind::PrivateKey);
}

/// Hides a line of a body; false if the line is none.
fn hidden(lines: &Lines<'_>, line: Range<usize>, spans: &mut Spans) -> bool {
    let bytes = lines.bytes(line.clone());
    if bytes.trim_ascii().is_empty() {
        return true;
    }
    let Some(found) = BODY.find(bytes) else { return false };
    let word = found.as_bytes();
    let len = word.len() - word.iter().rev().take_while(|b| b"\"', \t".contains(b)).count();
    let text = word.get(..len).unwrap_or_default();
    let escapes = ESCAPES_BEHIND.find(text).map_or(len, |found| found.start());
    let start = line.start + found.start();
    spans.hide(start..start + escapes, Kind::PrivateKey);
    true
}

/// A key of PuTTY: `Private-Lines: 8`, and so many lines.
fn putty(lines: &Lines<'_>, spans: &mut Spans) {
    for at in memmem::find_iter(lines.text, b"Private-Lines: ") {
        let mut line = lines.at(at);
        let count = lines.bytes(at + 15..line.end).trim_ascii();
        let count = std::str::from_utf8(count).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        for _ in 0..count.min(LONGEST) {
            let Some(next) = lines.next(&line) else { return };
            spans.hide(lines.trimmed(next.clone()), Kind::PrivateKey);
            line = next;
        }
    }
}
