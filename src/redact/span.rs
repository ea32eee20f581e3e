//! What is to be replaced in a text, and by what.

use std::borrow::Cow;
use std::ops::Range;

use super::{Counts, Kind, PLACEHOLDER, Place, Redacted};

struct Span {
    range: Range<usize>,
    kind: Kind,
    with: Cow<'static, [u8]>,
}

/// Ranges of a text, none of which holds a line feed.
#[derive(Default)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    /// Replaces a range by the placeholder.
    pub(super) fn hide(&mut self, range: Range<usize>, kind: Kind) {
        self.replace(range, kind, PLACEHOLDER);
    }

    /// Replaces a range.
    pub(super) fn replace(
        &mut self,
        range: Range<usize>,
        kind: Kind,
        with: impl Into<Cow<'static, [u8]>>,
    ) {
        if !range.is_empty() {
            self.0.push(Span { range, kind, with: with.into() });
        }
    }

    /// Ranges that overlap become one, so that nothing of either is left.
    fn settled(mut self) -> Vec<Span> {
        self.0.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
        let mut out: Vec<Span> = Vec::with_capacity(self.0.len());
        for span in self.0 {
            match out.last_mut() {
                Some(last) if span.range.start < last.range.end => {
                    last.range.end = last.range.end.max(span.range.end);
                }
                _ => out.push(span),
            }
        }
        out
    }

    /// The lines on which anything would be replaced.
    pub(super) fn places(self, text: &[u8]) -> Vec<Place> {
        let mut out = Vec::new();
        let (mut line, mut from) = (1, 0);
        for span in self.settled() {
            if text.get(span.range.clone()).unwrap_or_default() == &*span.with {
                continue;
            }
            let between = text.get(from..span.range.start).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', between).count();
            from = span.range.start;
            out.push(Place { line, kind: span.kind });
        }
        out.sort();
        out.dedup();
        out
    }

    /// The text with all of that replaced. What stands there already is not counted.
    pub(super) fn applied(self, text: &[u8]) -> Redacted<'_> {
        let mut counts = Counts::default();
        let mut out = Vec::new();
        let mut from = 0;
        for span in self.settled() {
            let old = text.get(span.range.clone()).unwrap_or_default();
            if old == &*span.with {
                continue;
            }
            if out.is_empty() {
                out.reserve(text.len() + text.len() / 16);
            }
            counts.count(span.kind);
            out.extend_from_slice(text.get(from..span.range.start).unwrap_or_default());
            out.extend_from_slice(&span.with);
            from = span.range.end;
        }
        if counts.is_empty() {
            return Redacted { bytes: Cow::Borrowed(text), counts };
        }
        out.extend_from_slice(text.get(from..).unwrap_or_default());
        Redacted { bytes: Cow::Owned(out), counts }
    }
}
