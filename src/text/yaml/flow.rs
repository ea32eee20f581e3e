//! JSON, which is YAML too, read at once.
//!
//! The one thing to know: only what is JSON to the letter is read here; anything else is declined.

use std::borrow::Cow;

use super::{Key, Kind, Node, plain};
use crate::text::Span;

/// Nesting deeper than any capture has.
const DEPTH: usize = 100;

/// The value of a JSON text; `None` if it is not surely one. `offset` is where the text begins in that of
/// the spans.
pub(super) fn document(text: &str, offset: usize) -> Option<Vec<Node<'_>>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), offset, at: 0, depth: 0 };
    reader.blank();
    if !matches!(reader.peek(), Some(b'{' | b'[')) {
        return None;
    }
    let node = reader.value()?;
    reader.blank();
    (reader.at == text.len()).then(|| vec![node])
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn node(&self, start: usize, kind: Kind<'a>) -> Node<'a> {
        Node { span: Span::new(start + self.offset, self.at + self.offset), kind }
    }

    fn value(&mut self) -> Option<Node<'a>> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let kind = match self.peek()? {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => Kind::Text(self.string()?),
            _ => self.word()?,
        };
        self.depth -= 1;
        Some(self.node(start, kind))
    }

    fn object(&mut self) -> Option<Kind<'a>> {
        self.at += 1;
        let mut entries = Vec::new();
        self.blank();
        if self.takes(b'}') {
            return Some(Kind::Map(entries));
        }
        loop {
            self.blank();
            let start = self.at;
            if self.peek()? != b'"' {
                return None;
            }
            let text = self.string()?;
            let span = Span::new(start + self.offset, self.at + self.offset);
            self.blank();
            if !self.takes(b':') {
                return None;
            }
            self.blank();
            entries.push((Key { text, span }, self.value()?));
            self.blank();
            if self.takes(b'}') {
                return Some(Kind::Map(entries));
            }
            if !self.takes(b',') {
                return None;
            }
        }
    }

    fn array(&mut self) -> Option<Kind<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.takes(b']') {
            return Some(Kind::Seq(items));
        }
        loop {
            self.blank();
            items.push(self.value()?);
            self.blank();
            if self.takes(b']') {
                return Some(Kind::Seq(items));
            }
            if !self.takes(b',') {
                return None;
            }
        }
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Option<Kind<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let ends = |b: &u8| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b',' | b']' | b'}');
        let word = self.text.get(self.at..self.at + rest.iter().position(ends)?)?;
        let number = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
        let begins = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let numeric = begins && word.bytes().all(number);
        if !numeric && !matches!(word, "true" | "false" | "null") {
            return None;
        }
        self.at += word.len();
        Some(plain(Cow::Borrowed(word)))
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let from = self.at + 1;
        let rest = self.bytes.get(from..)?;
        let end = rest.iter().position(|b| matches!(b, b'"' | b'\\') || *b < b' ')?;
        if rest.get(end) == Some(&b'"') {
            self.at = from + end + 1;
            return Some(Cow::Borrowed(self.text.get(from..from + end)?));
        }
        let mut text = String::new();
        let mut at = from;
        loop {
            let rest = self.bytes.get(at..)?;
            let run = rest.iter().position(|b| matches!(b, b'"' | b'\\') || *b < b' ')?;
            text.push_str(self.text.get(at..at + run)?);
            at += run;
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' => at = self.escape(at, &mut text)?,
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(Cow::Owned(text))
    }

    fn escape(&self, at: usize, text: &mut String) -> Option<usize> {
        text.push(match self.bytes.get(at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'u' => {
                let code = u32::from_str_radix(self.text.get(at + 2..at + 6)?, 16).ok()?;
                // A pair of surrogates is the library's to judge.
                text.push(char::from_u32(code)?);
                return Some(at + 6);
            }
            _ => return None,
        });
        Some(at + 2)
    }
}
