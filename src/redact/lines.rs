//! The lines of a text, and how deep they are indented.

use std::ops::Range;

/// A text and its lines, which are sought only where something needs them.
pub(super) struct Lines<'a> {
    pub(super) text: &'a [u8],
}

/// A line by what stands before its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Indent {
    /// Blanks (and marks of a quotation) before the first word or dash.
    pub(super) outer: usize,
    /// Where the first word stands behind all dashes of a list.
    pub(super) inner: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text }
    }

    pub(super) fn bytes(&self, range: Range<usize>) -> &'a [u8] {
        self.text.get(range).unwrap_or_default()
    }

    /// The line that a byte stands in, without its end.
    pub(super) fn at(&self, at: usize) -> Range<usize> {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1);
        self.from(start)
    }

    /// The line that begins at a byte.
    fn from(&self, start: usize) -> Range<usize> {
        let rest = self.text.get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |feed| start + feed);
        let end = if end > start && self.text.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        start..end
    }

    pub(super) fn next(&self, line: &Range<usize>) -> Option<Range<usize>> {
        let rest = self.text.get(line.end..)?;
        let start = line.end + memchr::memchr(b'\n', rest)? + 1;
        (start < self.text.len()).then(|| self.from(start))
    }

    pub(super) fn previous(&self, line: &Range<usize>) -> Option<Range<usize>> {
        Some(self.at(line.start.checked_sub(1)?))
    }

    /// `None` for a line without any word.
    pub(super) fn indent(&self, line: &Range<usize>) -> Option<Indent> {
        let bytes = self.bytes(line.clone());
        let outer = bytes.iter().position(|b| !is_margin(*b))?;
        let mut inner = outer;
        while bytes.get(inner) == Some(&b'-') && bytes.get(inner + 1) == Some(&b' ') {
            let rest = bytes.get(inner + 1..).unwrap_or_default();
            inner += 1 + rest.iter().position(|b| *b != b' ')?;
        }
        Some(Indent { outer, inner })
    }

    /// The lines below one that are indented deeper than `column`, with those between them that are empty.
    pub(super) fn below(&self, line: &Range<usize>, column: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut at = self.next(line);
        while let Some(line) = at {
            match self.indent(&line) {
                Some(indent) if indent.outer <= column => break,
                Some(_) => out.push(line.clone()),
                None => {}
            }
            at = self.next(&line);
        }
        out
    }

    /// What stands in a line from `column` on, without blanks around it.
    pub(super) fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let bytes = self.bytes(range.clone());
        let before = bytes.len() - bytes.trim_ascii_start().len();
        let len = bytes.trim_ascii().len();
        range.start + before..range.start + before + len
    }
}

/// Blanks, and what mail programs put before a quoted line.
fn is_margin(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'>' | b'|')
}
