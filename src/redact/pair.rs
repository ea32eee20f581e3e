//! Names that say that the value behind them is a secret: fields, variables, arguments, headers, settings.
//!
//! The one thing to know: the same words stand in sentences, where they say that a password is wrong, or
//! that a Secret was not found. There only what looks like a secret is one.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::key::{self, Named, Secrecy};
use super::lines::Lines;
use super::span::Spans;
use super::{PLACEHOLDER_BASE64, value};

/// How a block of text begins in YAML.
static BLOCK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[|>][+-]?[0-9]?[+-]?$").expect("the pattern is ours"));
/// What names a variable whose value stands beside it.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"'{,\\-])(?:name|key|Name|Key)\\*["']?\s*:\s*\\*["']?$"#)
        .expect("the pattern is ours")
});
static VALUE_BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\\*["']?\s*,\s*\\*["']?[vV]alue\\*["']?\s*:\s*"#).expect("the pattern is ours")
});
static VALUE_BELOW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^["']?[vV]alue["']?\s*:\s*"#).expect("the pattern is ours"));
static MORE_PAIRS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\s[A-Za-z_][A-Za-z0-9_.-]*="#).expect("the pattern is ours"));

/// Seeks values behind the names that stand around `stems`.
pub(super) fn find(lines: &Lines<'_>, stems: &[usize], spans: &mut Spans) {
    let mut from = 0;
    for stem in stems {
        if *stem < from {
            continue;
        }
        let key = name_around(lines.text, *stem, from);
        from = key.end.max(stem + 1);
        if lines.text.get(..key.start).is_some_and(|before| before.ends_with(b"/")) {
            // A label or annotation, or a path: `checksum/secret`.
            continue;
        }
        if let Some(named) = key::named(lines.bytes(key.clone())) {
            Pair { lines, key, named }.find(spans);
        }
    }
}

fn name_around(text: &[u8], stem: usize, from: usize) -> Range<usize> {
    const REACH: usize = 128;
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let before = text.get(stem.saturating_sub(REACH).max(from)..stem).unwrap_or_default();
    let behind = text.get(stem..text.len().min(stem + REACH)).unwrap_or_default();
    let left = before.iter().rev().take_while(is_part).count();
    let right = behind.iter().take_while(is_part).count();
    stem - left..stem + right
}

struct Pair<'a> {
    lines: &'a Lines<'a>,
    key: Range<usize>,
    named: Named,
}

/// How a value stands behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As a field of an object, or a line of a configuration: whatever stands there is the value.
    Field,
    /// As `name=value`: one word.
    Word,
    /// As `name: value` in the middle of a line, which may be a sentence.
    Sentence,
}

impl Pair<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.lines.text.get(at).copied()
    }

    fn find(&self, spans: &mut Spans) {
        let line = self.lines.at(self.key.start);
        let (slashes, quote) = quote_at(self.lines, self.key.end, line.end);
        let behind = match quote {
            Some(_) => self.key.end + slashes + 1,
            None => self.key.end,
        };
        let opening = self.key.start.checked_sub(1).and_then(|at| self.byte(at));
        let is_quoted = quote.is_some() && opening == quote;
        if self.is_name_of_variable(&line) {
            return self.beside(&line, spans);
        }
        if quote.is_some() && !is_quoted {
            return self.word_behind_flag(&line, spans);
        }
        let blanks = self.blanks(behind, line.end);
        let at = behind + blanks;
        match self.byte(at).filter(|_| at < line.end) {
            Some(b':' | b'=') => self.separated(&line, at, is_quoted, spans),
            Some(b'>') if opening == Some(b'<') => self.element(at + 1, &line, spans),
            _ if self.is_flag() => self.word_behind_flag(&line, spans),
            _ => {}
        }
    }

    fn is_flag(&self) -> bool {
        self.lines.bytes(self.key.clone()).starts_with(b"-")
    }

    fn blanks(&self, from: usize, end: usize) -> usize {
        let bytes = self.lines.bytes(from..end.max(from));
        bytes.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
    }

    /// `name: value` and `name=value`, the separator being at `at`.
    fn separated(&self, line: &Range<usize>, at: usize, is_quoted: bool, spans: &mut Spans) {
        let separator = self.byte(at);
        let more = usize::from(matches!(self.byte(at + 1), Some(b'=' | b'>')) && at + 1 < line.end);
        let from = at + 1 + more;
        let blanks = self.blanks(from, line.end);
        let start = from + blanks;
        let is_first = self.is_first(line);
        if separator == Some(b':')
            && blanks == 0
            && !is_quoted
            && start < line.end
            && self.is_path(start)
        {
            return;
        }
        let form = match separator {
            _ if is_quoted || is_first || self.is_between_braces(line) => Form::Field,
            Some(b'=') => Form::Word,
            _ => Form::Sentence,
        };
        let rest = self.lines.bytes(start..line.end).trim_ascii();
        if rest.is_empty() {
            return;
        }
        if is_first && BLOCK.is_match(rest) {
            return self.block(line, spans);
        }
        let value = match self.opened(line) {
            // `"PASSWORD=x"`, or `'Cookie: x'`: the quote before the name ends the value.
            Some(quote) if !is_quoted => {
                let bytes = self.lines.bytes(start..line.end);
                let end = memchr::memchr(quote, bytes).unwrap_or(bytes.len());
                let end = end
                    - bytes
                        .get(..end)
                        .unwrap_or_default()
                        .iter()
                        .rev()
                        .take_while(|b| **b == b'\\')
                        .count();
                Value { range: start..start + end, is_quoted: true }
            }
            _ => value_at(self.lines, start, line.end, form, is_quoted),
        };
        let form = if self.opened(line).is_some() { Form::Field } else { form };
        self.hide(value, form, is_quoted, spans);
    }

    /// What follows a scheme, as in `token://` or `key::name`.
    fn is_path(&self, start: usize) -> bool {
        matches!(self.byte(start), Some(b'/' | b':'))
    }

    /// Whether the name is the first word of its line.
    fn is_first(&self, line: &Range<usize>) -> bool {
        let before = self.lines.bytes(line.start..self.key.start);
        let before =
            before.strip_prefix(b"export ").or(before.strip_prefix(b"ENV ")).unwrap_or(before);
        before.iter().all(|b| b" \t->|<*#\"'+;".contains(b))
    }

    /// Whether the name is a key of a map between braces.
    fn is_between_braces(&self, line: &Range<usize>) -> bool {
        let before = self.lines.bytes(line.start..self.key.start).trim_ascii_end();
        before.ends_with(b"{") || before.ends_with(b",") && memchr::memchr(b'{', before).is_some()
    }

    /// The quote directly before the name, if it does not end behind it.
    fn opened(&self, line: &Range<usize>) -> Option<u8> {
        let before = self.lines.bytes(line.start..self.key.start);
        let (quote, _) = before.split_last()?;
        let is_quote = matches!(quote, b'"' | b'\'' | b'`');
        (is_quote
            && self.byte(self.key.end) != Some(*quote)
            && self.byte(self.key.end) != Some(b'\\'))
        .then_some(*quote)
    }

    fn hide(&self, value: Value, form: Form, is_json: bool, spans: &mut Spans) {
        let bytes = self.lines.bytes(value.range.clone());
        if self.is_secret(bytes, form, value.is_quoted) {
            self.replace(value, is_json, spans);
        }
    }

    fn is_secret(&self, bytes: &[u8], form: Form, is_quoted: bool) -> bool {
        if value::is_open(bytes) {
            return false;
        }
        let is_said = form == Form::Sentence && !is_quoted;
        match self.named.secrecy {
            Secrecy::Strong if is_said => value::is_chosen(bytes) || value::is_random(bytes),
            Secrecy::Strong => true,
            Secrecy::Fair if is_said => value::is_random(bytes),
            // What is handed to a program is used as it stands, and names no object.
            Secrecy::Fair if self.is_flag() => !bytes.iter().all(u8::is_ascii_alphabetic),
            Secrecy::Fair => {
                !is_sentence(bytes) && (value::is_random(bytes) || !value::is_name(bytes))
            }
            Secrecy::Weak => is_weak_secret(bytes) || self.is_login(bytes),
        }
    }

    /// A user and a password in base64, as registries are told them.
    fn is_login(&self, bytes: &[u8]) -> bool {
        let key = self.lines.bytes(self.key.clone());
        let decoded =
            || value::decoded(bytes).filter(|decoded| decoded.iter().all(u8::is_ascii_graphic));
        key.eq_ignore_ascii_case(b"auth") && decoded().is_some_and(|text| text.contains(&b':'))
    }

    fn replace(&self, value: Value, is_json: bool, spans: &mut Spans) {
        let bytes = self.lines.bytes(value.range.clone());
        let is_number = bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.');
        let key = self.lines.bytes(self.key.clone());
        if is_json && !value.is_quoted && is_number {
            spans.replace(value.range, self.named.kind, b"0".as_slice());
        } else if key.ends_with(b"-data") || self.is_login(bytes) {
            spans.replace(value.range, self.named.kind, PLACEHOLDER_BASE64);
        } else {
            spans.hide(value.range, self.named.kind);
        }
    }

    /// The lines of a text in YAML.
    fn block(&self, line: &Range<usize>, spans: &mut Spans) {
        let Some(indent) = self.lines.indent(line) else { return };
        if self.named.secrecy == Secrecy::Weak {
            return;
        }
        let below = self.lines.below(line, indent.inner);
        // Keys and certificates are told apart by their own first lines.
        let is_pem = |line: &Range<usize>| {
            self.lines.bytes(line.clone()).trim_ascii().starts_with(b"-----BEGIN")
        };
        if !below.iter().any(is_pem) {
            below
                .into_iter()
                .for_each(|line| spans.hide(self.lines.trimmed(line), self.named.kind));
        }
    }

    /// `<password>value</password>`.
    fn element(&self, start: usize, line: &Range<usize>, spans: &mut Spans) {
        let bytes = self.lines.bytes(start..line.end);
        let Some(end) = memchr::memchr(b'<', bytes) else { return };
        let value = Value { range: start..start + end, is_quoted: true };
        self.hide(value, Form::Field, false, spans);
    }

    /// `--password value`, `["--password", "value"]`, and an argument in a line below its flag.
    fn word_behind_flag(&self, line: &Range<usize>, spans: &mut Spans) {
        if !self.is_flag() {
            return;
        }
        let rest = self.lines.bytes(self.key.end..line.end);
        let ends = rest
            .iter()
            .take_while(|b| matches!(b, b'"' | b'\'' | b',' | b' ' | b'\t' | b'\\'))
            .count();
        let start = self.key.end + ends;
        if start < line.end {
            if ends > 0 && self.byte(start) != Some(b'-') && self.byte(start) != Some(b']') {
                let value = value_at(
                    self.lines,
                    back_to_quote(self.lines, start),
                    line.end,
                    Form::Word,
                    false,
                );
                let is_described = matches!(
                    self.lines.bytes(value.range.clone()),
                    b"string" | b"strings" | b"file"
                );
                if !is_described {
                    self.hide(value, Form::Word, false, spans);
                }
            }
            return;
        }
        let Some(next) = self.lines.next(line) else { return };
        let (Some(here), Some(below)) = (self.lines.indent(line), self.lines.indent(&next)) else {
            return;
        };
        let is_argument = here == below && self.byte(next.start + below.inner) != Some(b'-');
        if is_argument {
            let value =
                value_at(self.lines, next.start + below.inner, next.end, Form::Field, false);
            self.hide(value, Form::Field, false, spans);
        }
    }

    /// Whether this is no name of a field, but what a field called `name` says.
    fn is_name_of_variable(&self, line: &Range<usize>) -> bool {
        let before = self.lines.bytes(line.start..self.key.start);
        let has_field =
            before.iter().rev().find(|b| !b" \t\\\"'".contains(b)).is_some_and(|b| *b == b':');
        has_field && NAME.is_match(before)
    }

    /// The value of a variable: behind its name, in the line below, or in the one above.
    fn beside(&self, line: &Range<usize>, spans: &mut Spans) {
        let behind = self.lines.bytes(self.key.end..line.end);
        if let Some(found) = VALUE_BESIDE.find(behind) {
            let value =
                value_at(self.lines, self.key.end + found.end(), line.end, Form::Word, true);
            return self.hide(value, Form::Field, true, spans);
        }
        let Some(column) = self.lines.indent(line).map(|indent| indent.inner) else { return };
        for near in [self.lines.next(line), self.lines.previous(line)].into_iter().flatten() {
            let Some(indent) = self.lines.indent(&near).filter(|indent| indent.inner == column)
            else {
                continue;
            };
            let from = near.start + indent.inner;
            let Some(found) = VALUE_BELOW.find(self.lines.bytes(from..near.end)) else { continue };
            let start = from + found.end();
            if BLOCK.is_match(self.lines.bytes(start..near.end).trim_ascii()) {
                return self.block(&near, spans);
            }
            let is_json = self.byte(from) == Some(b'"');
            let value = value_at(self.lines, start, near.end, Form::Field, is_json);
            return self.hide(value, Form::Field, is_json, spans);
        }
    }
}

/// What looks random, alone or behind the name of a scheme.
fn is_weak_secret(bytes: &[u8]) -> bool {
    let words = bytes.split(|b| *b == b' ').filter(|word| !word.is_empty()).count();
    words <= 2 && value::is_random(bytes) && !bytes.starts_with(b"sha256:")
}

/// Several words, which no token has; a scheme may stand before one.
fn is_sentence(bytes: &[u8]) -> bool {
    let words = bytes.split(|b| *b == b' ').filter(|word| !word.is_empty()).count();
    words > 2
        || words == 2 && (!value::is_random(bytes) || memchr::memmem::find(bytes, b"://").is_some())
}

/// A value, without the quotes around it.
struct Value {
    range: Range<usize>,
    is_quoted: bool,
}

/// The value that begins at `start`.
fn value_at(lines: &Lines<'_>, start: usize, end: usize, form: Form, is_json: bool) -> Value {
    let (slashes, quote) = quote_at(lines, start, end);
    if let Some(quote) = quote {
        let from = start + slashes + 1;
        return Value { range: from..closing(lines, from, end, slashes, quote), is_quoted: true };
    }
    let rest = lines.bytes(start..end);
    if let Some(list) = rest.strip_prefix(b"[").map(|list| list.trim_ascii_start()) {
        // `["a", "b"]` becomes one string.
        let from = end - list.len();
        if let (_, Some(quote)) = quote_at(lines, from, end)
            && let Some(close) = memchr::memchr(b']', list)
            && let Some(last) = memchr::memrchr(quote, list.get(..close).unwrap_or_default())
        {
            return Value { range: from + 1..(from + last).max(from + 1), is_quoted: true };
        }
    }
    let len = match form {
        Form::Field if !is_json && !MORE_PAIRS.is_match(rest) => {
            let rest = rest.trim_ascii_end();
            let rest = rest.strip_suffix(b",").unwrap_or(rest);
            return Value { range: start..start + rest.len(), is_quoted: false };
        }
        _ => rest.iter().take_while(|b| !ends_word(**b)).count(),
    };
    Value { range: start..start + len, is_quoted: false }
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'`&;,)]}<>|\\".contains(&byte)
}

/// Backslashes and the quote behind them.
fn quote_at(lines: &Lines<'_>, at: usize, end: usize) -> (usize, Option<u8>) {
    let bytes = lines.bytes(at..end.max(at));
    let slashes = bytes.iter().take_while(|b| **b == b'\\').count();
    let quote = bytes.get(slashes).copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    (slashes, quote)
}

/// Where a value begins whose opening quote was passed by.
fn back_to_quote(lines: &Lines<'_>, start: usize) -> usize {
    let before = lines.text.get(..start).unwrap_or_default();
    let is_quote = before.last().is_some_and(|b| matches!(b, b'"' | b'\''));
    match is_quote {
        true => {
            let slashes = before.iter().rev().skip(1).take_while(|b| **b == b'\\').count();
            start - 1 - slashes
        }
        false => start,
    }
}

/// Where a quoted value ends: at the quote with as many backslashes before it, or at the end of the line.
fn closing(lines: &Lines<'_>, from: usize, end: usize, slashes: usize, quote: u8) -> usize {
    let bytes = lines.bytes(from..end);
    for at in memchr::memchr_iter(quote, bytes) {
        let before = bytes.get(..at).unwrap_or_default();
        let run = before.iter().rev().take_while(|b| **b == b'\\').count();
        if quote != b'"' && slashes == 0 {
            return from + at;
        }
        let escapes = run % (2 * (slashes + 1));
        if escapes <= slashes {
            return from + at - escapes;
        }
    }
    end
}
