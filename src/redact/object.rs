//! Kubernetes Secrets, wherever a text holds one: a dump in YAML or JSON, a manifest, an annotation with
//! what was applied last, an audit log.
//!
//! The one thing to know: `kubectl` prints `data` before `kind`, so that an object is taken as a whole, by
//! its indentation, before anything is said of it. Keys stay, and so do certificates, which are public.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::lines::{Indent, Lines};
use super::span::Spans;
use super::{Kind, PLACEHOLDER, PLACEHOLDER_BASE64, flow, value};

static KIND: LazyLock<Regex> = LazyLock::new(|| {
    let kind = r#"(?-u)(?<slashes>\\*)["']?\bkind\\*["']?[ \t]*:[ \t]*\\*["']?Secret(?<list>List)?\\*(?:["'\s,}]|$)"#;
    Regex::new(kind).expect("the pattern is ours")
});
static DATA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^["']?(?<key>data|stringData)["']?[ \t]*:[ \t]*"#).expect("the pattern is ours")
});
/// A key below `data`, up to its value.
static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:"[^"]*"|'[^']*'|[^\s"'#:][^:]*)[ \t]*:(?:[ \t]+|$)"#)
        .expect("the pattern is ours")
});

/// Seeks Secrets around the lines in which one of `words` stands, and says their kind.
pub(super) fn find(lines: &Lines<'_>, words: &[usize], spans: &mut Spans) {
    let mut last = None;
    let (mut from, mut flow_until) = (0, 0);
    for word in words {
        if *word < from || !is_value(lines.text, *word) {
            continue;
        }
        let line = lines.at(*word);
        from = line.end.max(word + 1);
        for found in KIND.captures_iter(lines.bytes(line.clone())) {
            let Some(whole) = found.get(0) else { continue };
            let is_list = found.name("list").is_some();
            let start = line.start + whole.start();
            let depth = found.name("slashes").map_or(0, |slashes| slashes.len());
            let indent = lines.indent(&line);
            match indent.filter(|indent| line.start + indent.inner >= start) {
                Some(indent) => last = Some(block(lines, &line, indent, is_list, spans)),
                None if start + depth < flow_until => {}
                None => flow_until = between_braces(lines, &line, start, depth, spans),
            }
        }
    }
    if let Some((column, end)) = last {
        cut_off(lines, column, end, spans);
        if lines.text.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'[')) {
            whole_json(lines, spans);
        }
    }
}

/// Whether the word `Secret`, whose second letter stands at `at`, may be the value of a field.
fn is_value(text: &[u8], at: usize) -> bool {
    let before = text.get(..at.saturating_sub(1)).unwrap_or_default();
    let mark = before.iter().rev().find(|b| !b" \t\\\"'".contains(b));
    mark == Some(&b':')
}

fn whole_json(lines: &Lines<'_>, spans: &mut Spans) {
    let mut at = 0;
    while at < lines.text.len() {
        let (values, end) = flow::values(lines.text, at..lines.text.len(), 0);
        values.into_iter().for_each(|value| hide(lines, value, None, spans));
        at = end.max(at + 1);
    }
}

/// A Secret in a line of JSON, be it in a string or not. Returns where the reading ended.
fn between_braces(
    lines: &Lines<'_>,
    line: &Range<usize>,
    at: usize,
    depth: usize,
    spans: &mut Spans,
) -> usize {
    let before = lines.bytes(line.start..at);
    let start = match depth {
        0 => memchr::memchr(b'{', before),
        // The string begins behind a quote with fewer backslashes.
        _ => memchr::memrchr_iter(b'"', before)
            .find(|quote| {
                let before = before.get(..*quote).unwrap_or_default();
                before.iter().rev().take_while(|b| **b == b'\\').count() < depth
            })
            .map(|quote| quote + 1)
            .or(Some(0)),
    };
    // An object that is spread over lines goes on behind this one.
    let mut from = line.start + start.unwrap_or(0);
    let until = if depth == 0 && start.is_some() { lines.text.len() } else { line.end };
    loop {
        let (values, end) = flow::values(lines.text, from..until, depth);
        values.into_iter().for_each(|value| hide(lines, value, None, spans));
        from = end.max(from + 1);
        if from > at || from >= until {
            return from;
        }
    }
}

/// A Secret whose fields stand below each other. Returns its column and its end.
fn block(
    lines: &Lines<'_>,
    kind: &Range<usize>,
    indent: Indent,
    is_list: bool,
    spans: &mut Spans,
) -> (usize, usize) {
    let column = indent.inner;
    let mut line = first_of(lines, kind, indent);
    loop {
        let Some(at) = lines.indent(&line).map(|indent| indent.inner) else {
            match lines.next(&line) {
                Some(next) => line = next,
                None => return (column, line.end),
            }
            continue;
        };
        if at == column || is_list && at > column {
            data(lines, &line, at, spans);
        }
        let Some(next) = lines.next(&line) else { return (column, line.end) };
        let ends = lines.indent(&next).is_some_and(|indent| indent.outer < column)
            || lines.bytes(next.clone()).starts_with(b"---");
        if ends {
            return (column, line.end);
        }
        line = next;
    }
}

/// The first line of the object that a line at some depth belongs to.
fn first_of(lines: &Lines<'_>, line: &Range<usize>, indent: Indent) -> Range<usize> {
    let column = indent.inner;
    let mut first = line.clone();
    if indent.outer < column {
        return first;
    }
    let mut at = line.clone();
    while let Some(previous) = lines.previous(&at) {
        at = previous;
        match lines.indent(&at) {
            None => continue,
            _ if lines.bytes(at.clone()).starts_with(b"---") => break,
            Some(indent) if indent.outer >= column => first = at.clone(),
            Some(indent) if indent.inner == column => return at,
            Some(_) => break,
        }
    }
    first
}

/// An object at the end that was cut off before it said its kind, behind Secrets of the same depth.
fn cut_off(lines: &Lines<'_>, column: usize, end: usize, spans: &mut Spans) {
    let mut at = lines.next(&lines.at(end));
    let mut found = Vec::new();
    while let Some(line) = at {
        if let Some(indent) = lines.indent(&line) {
            let text = lines.bytes(line.start + indent.inner..line.end);
            if indent.outer < indent.inner && indent.inner == column {
                found.clear();
            }
            let says_kind = text.starts_with(b"kind") || text.starts_with(b"\"kind\"");
            if indent.inner == column && says_kind {
                return;
            }
            if indent.inner == column && DATA.is_match(text) {
                found.push(line.clone());
            }
        }
        at = lines.next(&line);
    }
    found.iter().for_each(|line| data(lines, line, column, spans));
}

/// The values below a line if that is `data:` or `stringData:`.
fn data(lines: &Lines<'_>, line: &Range<usize>, column: usize, spans: &mut Spans) {
    let from = line.start + column;
    let Some(found) = DATA.captures(lines.bytes(from..line.end)) else { return };
    let is_encoded = found.name("key").is_some_and(|key| key.as_bytes() == b"data");
    let behind = from + found.get(0).map_or(0, |whole| whole.end());
    let rest = lines.trimmed(behind..line.end);
    let rest_bytes = lines.bytes(rest.clone());
    if rest_bytes.len() > 2 {
        let values = strings(lines, rest);
        values.into_iter().for_each(|value| hide(lines, value, Some(is_encoded), spans));
    } else if rest_bytes != b"{}" {
        entries(lines, &lines.below(line, column), is_encoded, spans);
    }
}

/// The values between braces in one line, quoted or not.
fn strings(lines: &Lines<'_>, range: Range<usize>) -> Vec<Range<usize>> {
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#":\s*(?:"(?<d>[^"]*)"|'(?<s>[^']*)'|(?<p>[^\s"'{},][^,}]*))"#)
            .expect("the pattern is ours")
    });
    let found = VALUE.captures_iter(lines.bytes(range.clone()));
    let value = |found: regex::bytes::Captures<'_>| {
        let group = ["d", "s", "p"].iter().find_map(|name| found.name(name))?;
        Some(range.start + group.start()..range.start + group.end())
    };
    found.filter_map(value).collect()
}

/// Keys and their values, each in lines of its own.
fn entries(lines: &Lines<'_>, below: &[Range<usize>], is_encoded: bool, spans: &mut Spans) {
    let Some(column) = below.first().and_then(|line| lines.indent(line)).map(|i| i.outer) else {
        return;
    };
    let mut rest = below;
    while let Some((line, behind)) = rest.split_first() {
        let len = behind
            .iter()
            .take_while(|line| lines.indent(line).is_some_and(|indent| indent.outer > column))
            .count();
        let (more, next) = behind.split_at(len);
        entry(lines, line, column, more, is_encoded, spans);
        rest = next;
    }
}

fn entry(
    lines: &Lines<'_>,
    line: &Range<usize>,
    column: usize,
    more: &[Range<usize>],
    is_encoded: bool,
    spans: &mut Spans,
) {
    let from = (line.start + column).min(line.end);
    let Some(key) = ENTRY.find(lines.bytes(from..line.end)) else { return };
    let mut value = lines.trimmed(from + key.end()..line.end);
    if lines.bytes(value.clone()).ends_with(b",") {
        value.end -= 1;
    }
    let bytes = lines.bytes(value.clone());
    let is_block = bytes.is_empty() || bytes.first().is_some_and(|b| matches!(b, b'|' | b'>'));
    if !is_block {
        hide(lines, unquoted(lines, value), Some(is_encoded), spans);
    }
    hide_lines(lines, more, is_encoded, spans);
}

/// A value without the quotes around it.
fn unquoted(lines: &Lines<'_>, value: Range<usize>) -> Range<usize> {
    let bytes = lines.bytes(value.clone());
    let Some(quote) = bytes.first().filter(|b| matches!(b, b'"' | b'\'')) else { return value };
    let end =
        if bytes.len() > 1 && bytes.last() == Some(quote) { value.end - 1 } else { value.end };
    value.start + 1..end
}

/// A value that is written over several lines.
fn hide_lines(lines: &Lines<'_>, more: &[Range<usize>], is_encoded: bool, spans: &mut Spans) {
    let parts = more.iter().map(|line| lines.bytes(line.clone()).trim_ascii());
    let joined: Vec<u8> = parts.clone().flatten().copied().collect();
    if is_encoded && is_public(&joined) {
        return;
    }
    let mut in_pem = false;
    for line in more {
        let text = lines.trimmed(line.clone());
        let bytes = lines.bytes(text.clone());
        in_pem |= bytes.starts_with(b"-----BEGIN ");
        if !in_pem && !is_hidden(bytes) {
            let with = if is_encoded { PLACEHOLDER_BASE64 } else { PLACEHOLDER };
            spans.replace(text, Kind::SecretData, with);
        }
        in_pem &= !bytes.starts_with(b"-----END ");
    }
}

/// Hides a value. Where nobody knows whether it is encoded, it is if it looks so.
fn hide(lines: &Lines<'_>, range: Range<usize>, is_encoded: Option<bool>, spans: &mut Spans) {
    let bytes = lines.bytes(range.clone());
    if is_hidden(bytes) {
        return;
    }
    let decoded = value::decoded(bytes);
    if is_encoded != Some(false)
        && (is_public(bytes) || decoded.as_deref().is_some_and(says_nothing))
    {
        return;
    }
    // PEM in one line of JSON: what is private in it is hidden as such.
    if is_encoded != Some(true) && bytes.starts_with(b"-----BEGIN ") {
        return;
    }
    let is_encoded = is_encoded.unwrap_or(decoded.is_some());
    let with = if is_encoded { PLACEHOLDER_BASE64 } else { PLACEHOLDER };
    spans.replace(range, Kind::SecretData, with);
}

/// Whether a value is empty, or somebody hid it before.
fn is_hidden(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let is_masked = value.iter().all(|b| matches!(b, b'*' | b'x' | b'X'));
    value.is_empty()
        || is_masked && value.len() > 2
        || matches!(value, b"\"\"" | b"''" | b"null" | b"~" | b"{}" | b"{")
        || value == PLACEHOLDER
        || value == PLACEHOLDER_BASE64
        || value.starts_with(b"<") && value.ends_with(b">")
        || value.starts_with(b"***") && value.ends_with(b"***")
}

/// What a collector puts in place of a value: its length, or that it was hidden.
fn says_nothing(decoded: &[u8]) -> bool {
    value::is_size(decoded) || is_hidden(decoded)
}

/// `-----BEGIN CERTIFICATE` in base64.
const CERTIFICATE: &[u8] = b"LS0tLS1CRUdJTiBDRVJU";
/// `PRIVATE KEY` in base64, wherever it begins among three bytes.
const PRIVATE: [&[u8]; 3] = [b"UFJJVkFURSBLRV", b"BSSVZBVEUgS0VZ", b"QUklWQVRFIEtFW"];

/// Whether base64 holds certificates and no keys. Keys among certificates are hidden as such.
fn is_public(encoded: &[u8]) -> bool {
    match value::decoded(encoded) {
        Some(decoded) => {
            memmem::find(&decoded, b"-----BEGIN CERTIFICATE").is_some()
                && (memmem::find(&decoded, b"PRIVATE KEY").is_none()
                    || encoded.starts_with(b"LS0tLS1CRUdJTi"))
        }
        None => {
            encoded.starts_with(CERTIFICATE)
                && !PRIVATE.iter().any(|part| memmem::find(encoded, part).is_some())
        }
    }
}
