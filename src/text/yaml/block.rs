//! The YAML that kubectl, oc and the collectors print: block mappings and sequences, plain and quoted
//! scalars, also folded over lines, literal blocks, `{}` and `[]`.
//!
//! The one thing to know: whatever is not surely of this dialect is declined as a whole, and left to the
//! library. A property test holds what is read here to what the library reads.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::{Key, Kind, Node, plain};
use crate::text::Span;

/// Nesting deeper than any capture has.
const DEPTH: usize = 100;

/// The documents of a text; `None` if it is not surely of the dialect. `offset` is where the text begins
/// in that of the spans. What stands below the key `skipped` is passed over, and reads as null.
pub(super) fn documents<'a>(
    text: &'a str,
    offset: usize,
    skipped: Option<&'static str>,
) -> Option<Vec<Node<'a>>> {
    if !has_plain_bytes(text.as_bytes()) {
        return None;
    }
    let (bytes, at, indent, depth) = (text.as_bytes(), 0, 0, 0);
    let mut reader = Reader { text, bytes, offset, at, indent, depth, skipped };
    let mut documents = Vec::new();
    reader.skip_blank()?;
    while reader.at < text.len() {
        if reader.is_mark() {
            let line = reader.line();
            if line != "---" {
                return None;
            }
            reader.next_line();
            // An empty document is null; kubectl prints none.
            reader.skip_blank()?;
            if reader.at >= text.len() || reader.is_mark() {
                return None;
            }
        } else if !documents.is_empty() {
            return None;
        }
        documents.push(reader.node(reader.indent)?);
    }
    Some(documents)
}

/// Whether a text holds no bytes that the library treats in ways of its own.
fn has_plain_bytes(bytes: &[u8]) -> bool {
    let odd = |b: &u8| *b < b' ' && *b != b'\n' || *b == 0x7f;
    let ascii = bytes.chunks(4096).all(|chunk| !chunk.iter().any(odd));
    // NEL, line and paragraph separators, and the byte order mark.
    let breaks: [&[u8]; 4] = [b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xbb\xbf"];
    ascii && (bytes.is_ascii() || breaks.iter().all(|b| memmem::find(bytes, b).is_none()))
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    offset: usize,
    /// The next byte that is looked at.
    at: usize,
    /// Its column, where it begins a node.
    indent: usize,
    depth: usize,
    skipped: Option<&'static str>,
}

impl<'a> Reader<'a> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(from + self.offset, to + self.offset)
    }

    fn end_of_line(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.bytes.len(), |n| self.at + n)
    }

    /// The rest of the line, without blanks at its end.
    fn line(&self) -> &'a str {
        self.text.get(self.at..self.end_of_line()).unwrap_or_default().trim_end_matches(' ')
    }

    fn next_line(&mut self) {
        self.at = (self.end_of_line() + 1).min(self.bytes.len());
    }

    /// Goes to the first byte of the next line that holds something; a comment is declined.
    fn skip_blank(&mut self) -> Option<()> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let blanks = rest.iter().position(|b| *b != b' ').unwrap_or(rest.len());
            match rest.get(blanks) {
                None => {
                    self.at = self.bytes.len();
                    self.indent = 0;
                    return Some(());
                }
                Some(b'\n') => self.at += blanks + 1,
                Some(b'#' | b'\t') => return None,
                Some(_) => {
                    self.at += blanks;
                    self.indent = blanks;
                    return Some(());
                }
            }
        }
    }

    /// Whether this line ends a document.
    fn is_mark(&self) -> bool {
        self.indent == 0
            && matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && matches!(self.byte(self.at + 3), b'\n' | b' ')
    }

    /// Whether the node ends before this line: it belongs to what stands further left, or the document is
    /// over.
    fn is_over(&self, indent: usize) -> bool {
        self.at >= self.bytes.len() || self.indent < indent || self.is_mark()
    }

    fn is_dash(&self) -> bool {
        self.byte(self.at) == b'-' && matches!(self.byte(self.at + 1), b' ' | b'\n')
    }

    /// The node that begins here, in this column.
    fn node(&mut self, indent: usize) -> Option<Node<'a>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let node = if self.is_dash() {
            self.sequence(indent)
        } else {
            match self.key()? {
                Some((key, behind)) => self.mapping(indent, key, behind),
                None => self.scalar(indent),
            }
        };
        self.depth -= 1;
        node
    }

    fn sequence(&mut self, indent: usize) -> Option<Node<'a>> {
        let start = self.at;
        let mut items = Vec::new();
        let mut end = start;
        while !self.is_over(indent) && self.indent == indent && self.is_dash() {
            let dash = self.at;
            let rest = self.bytes.get(dash + 1..).unwrap_or_default();
            let blanks = rest.iter().position(|b| *b != b' ').unwrap_or(rest.len());
            if self.byte(dash + 1 + blanks) == b'\n' {
                self.next_line();
                self.skip_blank()?;
                if self.is_over(indent + 1) {
                    items.push(Node { span: self.span(dash, dash + 1), kind: Kind::Null });
                    end = dash + 1;
                    continue;
                }
                let column = self.indent;
                items.push(self.node(column)?);
            } else {
                self.at = dash + 1 + blanks;
                if self.byte(self.at) == b'#' {
                    return None;
                }
                self.indent = indent + 1 + blanks;
                let column = self.indent;
                items.push(self.node(column)?);
            }
            end = self.at;
        }
        // Deeper lines behind an item belong to nothing.
        if !self.is_over(indent + 1) {
            return None;
        }
        Some(Node { span: self.span(start, end.max(start)), kind: Kind::Seq(items) })
    }

    fn mapping(&mut self, indent: usize, key: Key<'a>, behind: usize) -> Option<Node<'a>> {
        let start = self.at;
        let mut entries = Vec::with_capacity(8);
        let (mut key, mut behind) = (key, behind);
        loop {
            self.at = behind;
            let value = match self.skipped == Some(&*key.text) && self.line().is_empty() {
                true => self.skip(indent)?,
                false => self.value(indent)?,
            };
            entries.push((key, value));
            if self.is_over(indent) {
                break;
            }
            if self.indent > indent || self.is_dash() {
                return None;
            }
            (key, behind) = self.key()??;
        }
        Some(Node { span: self.span(start, self.at), kind: Kind::Map(entries) })
    }

    /// Passes over what stands below a key in this column.
    fn skip(&mut self, indent: usize) -> Option<Node<'a>> {
        let span = self.span(self.at, self.at);
        loop {
            self.next_line();
            self.skip_blank()?;
            let listed = !self.is_over(indent) && self.indent == indent && self.is_dash();
            if self.is_over(indent + 1) && !listed {
                return Some(Node { span, kind: Kind::Null });
            }
        }
    }

    /// The value behind a colon.
    fn value(&mut self, indent: usize) -> Option<Node<'a>> {
        let colon = self.at;
        while self.byte(self.at) == b' ' && self.at < self.bytes.len() {
            self.at += 1;
        }
        match self.byte(self.at) {
            b'\n' => {}
            b'|' => return self.literal(indent + 1, true),
            _ => return self.scalar(indent + 1),
        }
        self.next_line();
        self.skip_blank()?;
        let nested = !self.is_over(indent + 1);
        let listed = !self.is_over(indent) && self.indent == indent && self.is_dash();
        if nested || listed {
            let column = self.indent;
            return self.node(column);
        }
        Some(Node { span: self.span(colon, colon), kind: Kind::Null })
    }

    /// The key that begins here, and where what follows its colon begins; `Some(None)` if this is none.
    #[expect(clippy::option_option, reason = "declined, or no key, or a key")]
    fn key(&self) -> Option<Option<(Key<'a>, usize)>> {
        let end = self.end_of_line();
        let line = self.bytes.get(self.at..end).unwrap_or_default();
        match line.first()? {
            quote @ (b'"' | b'\'') => {
                let rest = line.get(1..)?;
                // A quoted key stands on one line and has no escapes.
                let close = memchr2(*quote, b'\\', rest);
                let closed = close.filter(|n| rest.get(*n) == Some(quote));
                let Some(n) = closed else {
                    return if colon_in(line) { None } else { Some(None) };
                };
                match (rest.get(n + 1), rest.get(n + 2)) {
                    (Some(b':'), None | Some(b' ')) => {
                        let from = self.at + 1;
                        let text = self.text.get(from..from + n)?;
                        let span = self.span(self.at, from + n + 1);
                        Some(Some((Key { text: Cow::Borrowed(text), span }, from + n + 2)))
                    }
                    // `'it''s': x` and the like.
                    _ if colon_in(line)
                        && close.is_some_and(|n| rest.get(n + 1) == Some(quote)) =>
                    {
                        None
                    }
                    _ => Some(None),
                }
            }
            // A flow collection may hold colons; so may what the dialect does not have.
            b'{' | b'[' | b'|' | b'>' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'#' | b']'
            | b'}' | b',' => Some(None),
            b'?' if matches!(line.get(1), None | Some(b' ')) => None,
            _ => {
                let Some(n) = colon_at(line) else { return Some(None) };
                let text = self.text.get(self.at..self.at + n)?;
                if text.ends_with(' ') || text.contains(" #") {
                    return None;
                }
                let span = self.span(self.at, self.at + n);
                let text = match plain(Cow::Borrowed(text)) {
                    Kind::Text(text) | Kind::Number(text) => text,
                    Kind::Null => Cow::Borrowed(""),
                    Kind::Int(n) => Cow::Owned(n.to_string()),
                    Kind::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
                    Kind::Seq(_) | Kind::Map(_) => return None,
                };
                Some(Some((Key { text, span }, self.at + n + 1)))
            }
        }
    }

    /// The scalar that begins here, and may go on in lines of at least this column.
    fn scalar(&mut self, column: usize) -> Option<Node<'a>> {
        let start = self.at;
        let node = match self.byte(self.at) {
            b'"' => self.quoted(b'"', column)?,
            b'\'' => self.quoted(b'\'', column)?,
            b'|' => return self.literal(column, false),
            b'{' | b'[' => {
                let kind = match self.line() {
                    "{}" => Kind::Map(vec![]),
                    "[]" => Kind::Seq(vec![]),
                    _ => return None,
                };
                self.at += 2;
                Node { span: self.span(start, self.at), kind }
            }
            b'>' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'#' | b'\t' | b']' | b'}' | b',' => {
                return None;
            }
            b'-' | b'?' | b':' if matches!(self.byte(self.at + 1), b' ' | b'\n') => return None,
            _ => return self.plain(column),
        };
        if self.byte(self.at) != b'\n' && !self.line().is_empty() {
            return None;
        }
        self.next_line();
        self.skip_blank()?;
        Some(node)
    }

    fn plain(&mut self, column: usize) -> Option<Node<'a>> {
        let start = self.at;
        let first = self.line();
        if !is_plain(first) {
            return None;
        }
        let mut end = start + first.len();
        self.next_line();
        self.skip_blank()?;
        if self.is_over(column) {
            let span = self.span(start, end);
            return Some(Node { span, kind: plain(Cow::Borrowed(first)) });
        }
        // It is folded over lines: a line feed is a blank, and each empty line a line feed.
        let mut text = first.to_string();
        while !self.is_over(column) {
            let line = self.line();
            if !is_plain(line) {
                return None;
            }
            let gap = self.bytes.get(end..self.at).unwrap_or_default();
            fold(&mut text, gap.iter().filter(|b| **b == b'\n').count());
            text.push_str(line);
            end = self.at + line.len();
            self.next_line();
            self.skip_blank()?;
        }
        Some(Node { span: self.span(start, end), kind: plain(Cow::Owned(text)) })
    }

    /// A scalar in quotes, up to the closing one.
    fn quoted(&mut self, quote: u8, column: usize) -> Option<Node<'a>> {
        let start = self.at;
        let from = start + 1;
        let rest = self.bytes.get(from..)?;
        // Most have neither escapes nor line feeds.
        let special = rest.iter().position(|b| *b == quote || *b == b'\\' || *b == b'\n')?;
        let simple = rest.get(special) == Some(&quote) && rest.get(special + 1) != Some(&quote);
        if simple {
            self.at = from + special + 1;
            let text = self.text.get(from..from + special)?;
            return Some(Node {
                span: self.span(start, self.at),
                kind: Kind::Text(Cow::Borrowed(text)),
            });
        }
        let mut text = String::new();
        let mut at = from;
        loop {
            let rest = self.bytes.get(at..)?;
            let run = rest.iter().position(|b| *b == quote || *b == b'\\' || *b == b'\n')?;
            text.push_str(self.text.get(at..at + run)?);
            at += run;
            match *self.bytes.get(at)? {
                b'\n' => {
                    // Blanks around a fold are not part of the text, unless they are escaped.
                    let kept = text.trim_end_matches(' ').len();
                    text.truncate(kept);
                    at = self.folded(at, column, &mut text)?;
                }
                b'\\' if quote == b'"' => at = self.escape(at, column, &mut text)?,
                b'\\' => {
                    text.push('\\');
                    at += 1;
                }
                _ if quote == b'\'' && self.byte(at + 1) == b'\'' && at + 1 < self.bytes.len() => {
                    text.push('\'');
                    at += 2;
                }
                _ => break,
            }
        }
        self.at = at + 1;
        Some(Node { span: self.span(start, self.at), kind: Kind::Text(Cow::Owned(text)) })
    }

    /// Folds the line feeds at `at`, and says where the text goes on.
    fn folded(&self, at: usize, column: usize, text: &mut String) -> Option<usize> {
        let (next, feeds) = self.continued(at, column)?;
        fold(text, feeds);
        Some(next)
    }

    /// Where a quoted scalar goes on behind a line feed, and how many line feeds there were.
    fn continued(&self, at: usize, column: usize) -> Option<(usize, usize)> {
        let rest = self.bytes.get(at..)?;
        let blank = rest.iter().position(|b| !matches!(b, b' ' | b'\n'))?;
        let gap = rest.get(..blank)?;
        let feeds = gap.iter().filter(|b| **b == b'\n').count();
        let last = gap.iter().rposition(|b| *b == b'\n')?;
        // What is further left than it may be is for the library to judge; so is what looks like the end
        // of the document.
        (blank - last > column && blank - last > 1).then_some((at + blank, feeds))
    }

    fn escape(&self, at: usize, column: usize, text: &mut String) -> Option<usize> {
        let c = match self.byte(at + 1) {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'0' => '\0',
            b'b' => '\u{8}',
            b'e' => '\u{1b}',
            b' ' => ' ',
            b'u' => {
                let hex = self.text.get(at + 2..at + 6)?;
                let code = u32::from_str_radix(hex, 16).ok()?;
                text.push(char::from_u32(code)?);
                return Some(at + 6);
            }
            b'x' => {
                let hex = self.text.get(at + 2..at + 4)?;
                text.push(char::from(u8::from_str_radix(hex, 16).ok()?));
                return Some(at + 4);
            }
            b'\n' => {
                let (next, feeds) = self.continued(at + 1, column)?;
                (1..feeds).for_each(|_| text.push('\n'));
                return Some(next);
            }
            _ => return None,
        };
        if c == ' ' && matches!(self.byte(at + 2), b' ' | b'\n') {
            // An escaped blank before a fold is kept, which plain trimming would not.
            return None;
        }
        text.push(c);
        // A literal blank may follow an escaped one and then a fold: kept or not is the library's word.
        if matches!(c, '\n' | '\t') && self.byte(at + 2) == b'\n' {
            return None;
        }
        Some(at + 2)
    }

    /// A literal block, `|`, `|-` or `|+`; behind a key also with a digit for its column.
    fn literal(&mut self, column: usize, keyed: bool) -> Option<Node<'a>> {
        let header = self.line();
        let mut chomp = b' ';
        let mut stated = None;
        for byte in header.bytes().skip(1) {
            match byte {
                b'-' | b'+' if chomp == b' ' => chomp = byte,
                b'1'..=b'9' if keyed && stated.is_none() => stated = Some(usize::from(byte - b'0')),
                _ => return None,
            }
        }
        self.next_line();
        let begin = self.at;
        let parent = column.checked_sub(1)?;
        let indent = match stated {
            Some(more) => parent + more,
            None => {
                let mut probe = begin;
                loop {
                    let rest = self.bytes.get(probe..).unwrap_or_default();
                    let blanks = rest.iter().take_while(|b| **b == b' ').count();
                    match rest.get(blanks) {
                        Some(b'\n') => probe += blanks + 1,
                        // Longer blank lines in front are an error that the library tells.
                        Some(_) if blanks >= column => break blanks,
                        _ => return None,
                    }
                }
            }
        };
        let mut text = String::new();
        let mut end = begin;
        let mut empty = 0;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let blanks = rest.iter().take(indent).take_while(|b| **b == b' ').count();
            let feed = memchr(b'\n', rest).unwrap_or(rest.len());
            if blanks < indent {
                if rest.get(..feed)?.iter().any(|b| *b != b' ') {
                    break;
                }
                empty += usize::from(self.at + feed < self.bytes.len());
                self.next_line();
                continue;
            }
            let line = self.text.get(self.at + indent..self.at + feed)?;
            if text.is_empty() && (empty > 0 || line.trim().is_empty()) {
                return None;
            }
            (0..empty).for_each(|_| text.push('\n'));
            empty = 0;
            text.push_str(line);
            if self.at + feed >= self.bytes.len() {
                // Without its last line feed, what the library makes of the end is its own.
                return None;
            }
            text.push('\n');
            end = self.at + feed;
            self.next_line();
        }
        if text.trim().is_empty() {
            return None;
        }
        match chomp {
            b'-' => text.truncate(text.trim_end_matches('\n').len()),
            b'+' => (0..empty).for_each(|_| text.push('\n')),
            _ => {
                text.truncate(text.trim_end_matches('\n').len());
                text.push('\n');
            }
        }
        self.skip_blank()?;
        let end = self.text.get(..end)?.trim_end().len();
        Some(Node { span: self.span(begin + indent, end), kind: Kind::Text(Cow::Owned(text)) })
    }
}

/// Puts in what so many line feeds within a folded scalar amount to.
fn fold(text: &mut String, feeds: usize) {
    match feeds {
        0 | 1 => text.push(' '),
        more => (1..more).for_each(|_| text.push('\n')),
    }
}

/// Where the colon of a plain key stands in a line.
fn colon_at(line: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(n) = memchr(b':', line.get(from..)?) {
        let at = from + n;
        if matches!(line.get(at + 1), None | Some(b' ')) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn colon_in(line: &[u8]) -> bool {
    colon_at(line).is_some()
}

/// Whether a line of a plain scalar is surely nothing else.
fn is_plain(line: &str) -> bool {
    let bytes = line.as_bytes();
    !line.is_empty()
        && (memchr2(b':', b'#', bytes).is_none()
            || !colon_in(bytes) && memmem::find(bytes, b" #").is_none() && bytes[0] != b'#')
}

/// Where the items of a list begin and end, and the text in front of them and behind them; `None` if
/// the text is no list of block mappings at the outermost level.
pub(super) fn list(text: &str) -> Option<(Vec<usize>, &str, usize)> {
    let bytes = text.as_bytes();
    let items = match text.starts_with("items:\n") {
        true => 0,
        false => memmem::find(bytes, b"\nitems:\n")? + 1,
    };
    let begin = items + "items:\n".len();
    let indent = bytes.get(begin..)?.iter().take_while(|b| **b == b' ').count();
    if bytes.get(begin + indent..begin + indent + 2) != Some(b"- ") || indent > 8 {
        return None;
    }
    let mut starts = vec![begin];
    let mut at = begin;
    loop {
        at = match memchr(b'\n', bytes.get(at..)?) {
            Some(n) => at + n + 1,
            None => bytes.len(),
        };
        let line = bytes.get(at..).unwrap_or_default();
        let blanks = line.iter().take(indent + 1).take_while(|b| **b == b' ').count();
        match line.get(blanks) {
            None => return Some((starts, text.get(..items)?, at.min(bytes.len()))),
            Some(b'\n') => {}
            Some(_) if blanks > indent => {}
            Some(b'-') if blanks == indent && line.get(blanks + 1) == Some(&b' ') => {
                starts.push(at);
            }
            // The list is over: a key of the outermost level follows.
            Some(b) if blanks == 0 && b.is_ascii_alphabetic() => {
                return Some((starts, text.get(..items)?, at));
            }
            Some(_) => return None,
        }
    }
}
