//! JSON, and what YAML writes like it: Secrets between braces, on however many lines.
//!
//! The one thing to know: JSON in a string of JSON has a backslash before each quote, and three if it
//! stands in a string once more. That number is the depth at which a text is read; a quote with fewer ends it.

use std::ops::Range;

/// Objects nested deeper than this are not entered.
const DEEPEST: usize = 256;

/// A part between braces or brackets.
#[derive(Default)]
struct Frame {
    is_object: bool,
    /// The last string; a key, if a colon follows.
    key: Option<Range<usize>>,
    /// Whether the next value is that of `key`.
    has_key: bool,
    /// Whether these are the data of the object around it.
    is_data: bool,
    kind: Of,
    /// Values of the data of this object.
    data: Vec<Range<usize>>,
    /// Values of data of objects in it that do not say what they are.
    below: Vec<Range<usize>>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Of {
    #[default]
    Unknown,
    Secret,
    Secrets,
    Other,
}

/// The values of all Secrets in `range` of a text at a depth of quotation, and where the reading ended.
pub(super) fn values(text: &[u8], range: Range<usize>, depth: usize) -> (Vec<Range<usize>>, usize) {
    let mut out = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let Some(byte) = text.get(at) else { break };
        match byte {
            b'{' | b'[' if frames.len() < DEEPEST => {
                let is_data = frames.last().is_some_and(|frame| frame.has_data_key(text));
                frames.push(Frame {
                    is_object: *byte == b'{',
                    is_data: is_data && *byte == b'{',
                    ..Frame::default()
                });
            }
            b'}' | b']' => {
                close(&mut frames, &mut out);
                if frames.is_empty() && depth == 0 && *byte == b'}' {
                    return (out, at + 1);
                }
            }
            b':' => {
                if let Some(frame) = frames.last_mut() {
                    frame.has_key = frame.key.is_some();
                }
            }
            b',' => {
                if let Some(frame) = frames.last_mut() {
                    (frame.key, frame.has_key) = (None, false);
                }
            }
            b'"' | b'\\' => match string(text, at, range.end, depth) {
                Quoted::String(inside, end) => {
                    said(&mut frames, text, inside);
                    at = end;
                    continue;
                }
                Quoted::Outer => break,
                Quoted::Nothing => {}
            },
            _ => {}
        }
        at += 1;
    }
    // What was cut off belongs to what it was in.
    while !frames.is_empty() {
        close(&mut frames, &mut out);
    }
    (out, at)
}

impl Frame {
    fn has_data_key(&self, text: &[u8]) -> bool {
        let key = self.key.clone().and_then(|key| text.get(key)).unwrap_or_default();
        self.has_key && matches!(key, b"data" | b"stringData")
    }
}

/// A string that was read: a key, or the value of one.
fn said(frames: &mut [Frame], text: &[u8], inside: Range<usize>) {
    let len = frames.len();
    let Some(frame) = frames.last_mut() else { return };
    if !frame.is_object {
        return;
    }
    if !frame.has_key {
        frame.key = Some(inside);
        return;
    }
    let key = frame.key.clone().and_then(|key| text.get(key)).unwrap_or_default();
    if key == b"kind" {
        frame.kind = match text.get(inside.clone()).unwrap_or_default() {
            b"Secret" => Of::Secret,
            b"SecretList" => Of::Secrets,
            _ => Of::Other,
        };
    }
    if frame.is_data
        && len >= 2
        && let Some(object) = frames.get_mut(len - 2)
    {
        object.data.push(inside);
    }
}

fn close(frames: &mut Vec<Frame>, out: &mut Vec<Range<usize>>) {
    let Some(frame) = frames.pop() else { return };
    match frame.kind {
        Of::Secret => out.extend(frame.data),
        Of::Secrets => out.extend(frame.data.into_iter().chain(frame.below)),
        Of::Unknown => {
            if let Some(around) = frames.last_mut() {
                around.below.extend(frame.data.into_iter().chain(frame.below));
            }
        }
        // A List holds objects that may be Secrets without saying so only if it is a SecretList.
        Of::Other => {}
    }
}

enum Quoted {
    /// What stands between the quotes, and where the string has ended.
    String(Range<usize>, usize),
    /// The end of the string around all this.
    Outer,
    Nothing,
}

/// What begins at a quote, or at the backslashes before one.
fn string(text: &[u8], at: usize, end: usize, depth: usize) -> Quoted {
    let slashes = slashes(text, at, end);
    if text.get(at + slashes) != Some(&b'"') {
        return Quoted::Nothing;
    }
    match slashes.cmp(&depth) {
        std::cmp::Ordering::Less => return Quoted::Outer,
        std::cmp::Ordering::Greater => return Quoted::Nothing,
        std::cmp::Ordering::Equal => {}
    }
    let start = at + slashes + 1;
    let mut from = start;
    while from < end {
        let rest = text.get(from..end).unwrap_or_default();
        let Some(next) = memchr::memchr2(b'"', b'\\', rest) else { break };
        let run = self::slashes(text, from + next, end);
        let quote = from + next + run;
        if text.get(quote) != Some(&b'"') || quote >= end {
            from = quote.max(from + next + 1);
            continue;
        }
        // An even number of backslashes before a quote are themselves escaped.
        let escapes = run % (2 * (depth + 1));
        if escapes == depth {
            return Quoted::String(start..quote - depth, quote + 1);
        }
        if escapes < depth {
            return Quoted::String(start..quote - run, quote - run);
        }
        from = quote + 1;
    }
    Quoted::String(start..end, end)
}

fn slashes(text: &[u8], at: usize, end: usize) -> usize {
    text.get(at..end).unwrap_or_default().iter().take_while(|b| **b == b'\\').count()
}
