//! Texts of a bundle and places in them.
//!
//! A document is kept whole while facts point into it; of a log only the lines that facts point to
//! are kept, with their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Span;

/// A file of the bundle: its position in the list of all files, sorted by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Where something stands: a file, a line, and the bytes of that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Line number, from 1, as `sed -n Np` counts.
    pub line: u32,
    /// First byte within the line.
    pub start: u32,
    /// One past the last byte within the line.
    pub end: u32,
}

/// Maps byte offsets of a text to lines.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
    /// The number of each line; empty if they are counted from 1 without gaps.
    numbers: Vec<u32>,
    /// Where the pieces of an edited text begin, there and in the text whose lines are meant; empty if
    /// nothing was edited.
    pieces: Vec<(u32, u32)>,
}

impl LineIndex {
    /// Finds the lines of `text`.
    pub fn new(text: &[u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, b)| **b == b'\n');
        let mut starts = vec![0];
        starts.extend(ends.map(|(at, _)| at as u32 + 1));
        Self { starts, len: text.len() as u32, numbers: vec![], pieces: vec![] }
    }

    /// The lines of a text that was translated from other bytes, in which its lines have `numbers`.
    #[must_use]
    pub fn numbered(mut self, numbers: Vec<u32>) -> Self {
        if numbers.len() == self.starts.len() {
            self.numbers = numbers;
        }
        self
    }

    /// The same lines for a text that was edited: each of `pieces` is where a piece of it begins, and
    /// where that piece stands here.
    pub fn edited(&self, pieces: Vec<(u32, u32)>) -> Self {
        Self { pieces, ..self.clone() }
    }

    /// Where an offset of the edited text stands in the text whose lines are meant.
    fn origin(&self, at: u32) -> u32 {
        let next = self.pieces.partition_point(|(edited, _)| *edited <= at);
        let piece = next.checked_sub(1).and_then(|n| self.pieces.get(n));
        piece.map_or(at, |(edited, origin)| origin.saturating_add(at - edited))
    }

    /// The line (from 1) and the bytes within it that `span` covers; a span over several lines is
    /// cut at the end of its first line.
    pub fn locate(&self, span: Span) -> (u32, u32, u32) {
        let last = span.end.saturating_sub(1).max(span.start);
        let past = u32::from(span.end > span.start);
        let span = Span { start: self.origin(span.start), end: self.origin(last) + past };
        let line = self.starts.partition_point(|start| *start <= span.start).max(1) - 1;
        let begin = self.starts[line];
        let end = self.starts.get(line + 1).map_or(self.len, |next| next - 1);
        let start = span.start.min(end) - begin;
        let number = self.numbers.get(line).copied().unwrap_or(line as u32 + 1);
        (number, start, (span.end.clamp(span.start.min(end), end)) - begin)
    }

    /// The byte range of a line (from 1), without its line feed.
    pub fn line(&self, number: u32) -> Option<std::ops::Range<usize>> {
        let at = match self.numbers.is_empty() {
            true => (number as usize).checked_sub(1)?,
            false => self.numbers.binary_search(&number).ok()?,
        };
        let start = *self.starts.get(at)? as usize;
        let end = self.starts.get(at + 1).map_or(self.len, |next| next - 1) as usize;
        Some(start..end)
    }

    /// How many lines there are; a last line without line feed counts, an empty rest does not.
    pub fn count(&self) -> usize {
        self.starts.len() - usize::from(self.starts.last() == Some(&self.len))
    }
}

/// One file's text, as far as it is kept.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's path in the bundle, with `!` at the border of an archive.
    pub path: String,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Whole { text: Arc<[u8]>, lines: LineIndex },
    Kept(BTreeMap<u32, Box<[u8]>>),
}

impl Source {
    /// A source that is kept whole.
    pub fn whole(path: String, text: Arc<[u8]>) -> Self {
        let lines = LineIndex::new(&text);
        Self { path, body: Body::Whole { text, lines } }
    }

    /// A source that is kept whole, with lines that were counted before.
    pub fn counted(path: String, text: Arc<[u8]>, lines: LineIndex) -> Self {
        Self { path, body: Body::Whole { text, lines } }
    }

    /// A source of which only some lines are kept.
    pub fn kept(path: String, lines: BTreeMap<u32, Box<[u8]>>) -> Self {
        Self { path, body: Body::Kept(lines) }
    }

    /// The bytes of a line (from 1), if they are kept.
    pub fn line(&self, number: u32) -> Option<&[u8]> {
        match &self.body {
            Body::Whole { text, lines } => text.get(lines.line(number)?),
            Body::Kept(lines) => lines.get(&number).map(|line| &line[..]),
        }
    }
}

/// All sources of a bundle, by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Sources in the order of their [`FileId`]s.
    pub fn new(sources: Vec<Source>) -> Self {
        Self(sources)
    }

    /// The path of a file; empty for an id that is not of this bundle.
    pub fn path(&self, file: FileId) -> &str {
        self.0.get(file.0 as usize).map_or("", |source| &source.path)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands at a place, ready to be printed.
    pub fn excerpt(&self, place: Place) -> Excerpt {
        let source = self.0.get(place.file.0 as usize);
        let line = source.and_then(|source| source.line(place.line)).unwrap_or_default();
        Excerpt::new(self.path(place.file), place.line, line, place.start, place.end)
    }
}

/// Something that went wrong with a capture. The run goes on; what the capture would have shown
/// counts as not searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    /// The file's path.
    pub file: String,
    /// The line, if the trouble has one.
    pub line: Option<u32>,
    /// What is wrong, and what it means for the reading.
    pub message: String,
}

/// A line of evidence, cut to a readable length and free of control bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file's path, printable.
    pub file: String,
    /// Line number, from 1.
    pub line: u32,
    /// The line, printable; `…` stands where it was cut.
    pub text: String,
    /// The bytes of `text` that prove the claim.
    pub mark: std::ops::Range<usize>,
}

/// Bytes of a line shown before and after what is marked.
const AROUND: usize = 120;
/// Bytes of a mark that are shown.
const MARKED: usize = 400;

impl Excerpt {
    fn new(file: &str, line: u32, bytes: &[u8], start: u32, end: u32) -> Self {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let start = (start as usize).min(bytes.len());
        let end = (end as usize).clamp(start, bytes.len()).min(start + MARKED);
        let indent = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count().min(start);
        let left = start.saturating_sub(AROUND).max(indent);
        let right = (end + AROUND).min(bytes.len());
        let left = char_boundary(bytes, left);
        let right = char_boundary(bytes, right);
        let mut text = String::new();
        if left > indent {
            text.push('…');
        }
        text.push_str(&printable(&String::from_utf8_lossy(&bytes[left..start])));
        let from = text.len();
        text.push_str(&printable(&String::from_utf8_lossy(&bytes[start..end])));
        let to = text.len();
        text.push_str(&printable(&String::from_utf8_lossy(&bytes[end..right])));
        text.truncate(text.trim_end().len().max(to));
        if right < bytes.len() {
            text.push('…');
        }
        Self { file: printable(file), line, text, mark: from..to }
    }
}

/// The nearest offset at or before `at` that does not split a UTF-8 character.
fn char_boundary(bytes: &[u8], at: usize) -> usize {
    (0..4)
        .map(|back| at.saturating_sub(back))
        .find(|i| bytes.get(*i).is_none_or(|b| (*b & 0xC0) != 0x80))
        .unwrap_or(at)
}

/// `text` with control characters made visible, so that a capture cannot steer the terminal: a tab
/// becomes a space, colour codes vanish, everything else of the kind becomes `\xNN`.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\t' => out.push(' '),
            '\u{1b}' if rest.peek() == Some(&'[') => {
                rest.next();
                while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
            }
            c if c.is_control() || is_bidi(c) => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// Characters that reorder the text around them on a terminal.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_count_line_feeds() {
        let index = LineIndex::new(b"a\r\nbb\n\nccc");
        assert_eq!(index.count(), 4);
        assert_eq!(index.locate(Span::new(3, 5)), (2, 0, 2));
        assert_eq!(index.locate(Span::new(7, 10)), (4, 0, 3));
        assert_eq!(index.line(3), Some(6..6));
        assert_eq!(index.line(5), None);
    }

    #[test]
    fn an_edited_text_points_into_the_original() {
        // `> a: b` without its mark, and a line in which `&lt;` became `<`.
        let original = b"> a: b\nx &lt;none&gt;\n";
        let index = LineIndex::new(original).edited(vec![(0, 2), (7, 9), (8, 13), (12, 17)]);
        assert_eq!(index.locate(Span::new(0, 1)), (1, 2, 3));
        assert_eq!(index.locate(Span::new(3, 4)), (1, 5, 6));
        assert_eq!(index.locate(Span::new(8, 12)), (2, 6, 10));
    }

    #[test]
    fn lines_may_have_numbers_of_their_own() {
        let index = LineIndex::new(b"a\nb\nc").numbered(vec![1, 3, 4]);
        assert_eq!(index.locate(Span::new(2, 3)), (3, 0, 1));
        assert_eq!(index.line(3), Some(2..3));
        assert_eq!(index.line(2), None);
    }

    #[test]
    fn a_span_over_lines_is_cut_at_the_first() {
        let index = LineIndex::new(b"key: abc\n  def\n");
        assert_eq!(index.locate(Span::new(5, 14)), (1, 5, 8));
    }

    #[test]
    fn an_excerpt_steers_no_terminal() {
        let e = Excerpt::new("f", 1, b"\x1b[31mred\x1b[0m\tand\x07", 5, 8);
        assert_eq!(e.text, "red and\\x07");
        assert_eq!(&e.text[e.mark.clone()], "red");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let line = [vec![b'x'; 500], b"HERE".to_vec(), vec![b'y'; 500]].concat();
        let e = Excerpt::new("f", 1, &line, 500, 504);
        assert_eq!(&e.text[e.mark.clone()], "HERE");
        assert!(e.text.starts_with('…') && e.text.ends_with('…') && e.text.len() < 300);
    }
}
