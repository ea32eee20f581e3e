//! JSON read where it stands: a value is a range of the text, and only what is asked for is looked
//! into. No tree is built, so that a dump of a hundred megabytes costs no more memory than its text.
//!
//! What was cut off yields what stood before the cut; a scalar that the cut may have shortened is none.

use std::borrow::Cow;

use super::Span;

/// A value of a JSON text.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    closed: bool,
}

impl<'a> Json<'a> {
    /// The first value of a text; a text without one reads as `null`.
    pub fn new(text: &'a str) -> Self {
        let lead = text.strip_prefix('\u{feff}').map_or(0, |_| '\u{feff}'.len_utf8());
        Self::within(text, blank(text.as_bytes(), lead))
    }

    fn within(text: &'a str, start: usize) -> Self {
        let (end, closed) = end_of(text.as_bytes(), start);
        Self { text, start, end, closed }
    }

    /// Whether the value ends within the text, so that nothing of it was cut off.
    pub fn is_whole(&self) -> bool {
        self.closed
    }

    /// What follows the value in the text.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.end..).unwrap_or_default()
    }

    /// Where the value stands; of a string what is between the quotation marks.
    pub fn span(&self) -> Span {
        match self.first() {
            Some(b'"') => Span::new(self.start + 1, self.end - usize::from(self.closed)),
            _ => Span::new(self.start, self.end),
        }
    }

    fn first(&self) -> Option<u8> {
        self.text.as_bytes().get(self.start).copied()
    }

    fn raw(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        self.first() == Some(b'{')
    }

    /// Whether this is an array.
    pub fn is_array(&self) -> bool {
        self.first() == Some(b'[')
    }

    /// The entries of an object, none of any other value.
    pub fn entries(&self) -> Entries<'a> {
        let at = if self.is_object() { self.start + 1 } else { self.end };
        Entries { text: self.text, at, end: self.end }
    }

    /// The items of an array, none of any other value.
    pub fn items(&self) -> Items<'a> {
        let at = if self.is_array() { self.start + 1 } else { self.end };
        Items { text: self.text, at, end: self.end }
    }

    /// The value of a key, if this is an object that has it. A `null` value is none.
    pub fn field(&self, key: &str) -> Option<Json<'a>> {
        let (_, value) = self.entries().find(|(name, _)| name == key)?;
        (value.raw() != "null").then_some(value)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<Json<'a>> {
        path.iter().try_fold(*self, |value, key| value.field(key))
    }

    /// The text of a string.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        (self.first() == Some(b'"') && self.closed).then(|| unescaped(self.span().of(self.text)))
    }

    /// Any scalar as text; `None` for collections and `null`.
    pub fn scalar(&self) -> Option<Cow<'a, str>> {
        match self.first()? {
            b'"' => self.text(),
            b'{' | b'[' => None,
            _ if !self.closed || matches!(self.raw(), "null" | "") => None,
            _ => Some(Cow::Borrowed(self.raw())),
        }
    }

    /// The value as a whole number, also if it was written as text.
    pub fn int(&self) -> Option<i64> {
        self.scalar()?.parse().ok()
    }

    /// The value as a truth value.
    pub fn bool(&self) -> Option<bool> {
        self.scalar()?.parse().ok()
    }
}

/// The entries of an object, in the order of the text.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let at = separated(bytes, self.at);
        if at >= self.end || bytes.get(at) != Some(&b'"') {
            return None;
        }
        let key = Json::within(self.text, at);
        let colon = blank(bytes, key.end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let at = blank(bytes, colon + 1);
        if at >= self.end {
            return None;
        }
        let value = Json::within(self.text, at);
        self.at = value.end.max(at + 1);
        Some((key.text()?, value))
    }
}

/// The items of an array, in the order of the text.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let at = separated(bytes, self.at);
        if at >= self.end || matches!(bytes.get(at), None | Some(b']' | b'}' | b':')) {
            return None;
        }
        let value = Json::within(self.text, at);
        self.at = value.end.max(at + 1);
        Some(value)
    }
}

fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

fn separated(bytes: &[u8], at: usize) -> usize {
    let at = blank(bytes, at);
    if bytes.get(at) == Some(&b',') { blank(bytes, at + 1) } else { at }
}

/// Where the value that begins at `start` ends, and whether it does.
fn end_of(bytes: &[u8], start: usize) -> (usize, bool) {
    match bytes.get(start) {
        Some(b'"') => end_of_string(bytes, start),
        Some(b'{' | b'[') => end_of_collection(bytes, start),
        Some(_) => {
            let ends = |b: &u8| b.is_ascii_whitespace() || b",]}:".contains(b);
            let rest = bytes.get(start..).unwrap_or_default();
            rest.iter().position(ends).map_or((bytes.len(), false), |n| (start + n, true))
        }
        None => (bytes.len().max(start), false),
    }
}

fn end_of_string(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (at + 1, true),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

fn end_of_collection(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at).0;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return (at + 1, true),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), false)
}

/// A string's text without its escapes; an escape that is none stays as it is.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let escape = chars.next();
        rest = chars.as_str();
        match escape {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let (c, left) = unicode(rest);
                out.push(c);
                rest = left;
            }
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of `XXXX`, or of a pair of surrogates `XXXX\uXXXX`, and what follows it.
fn unicode(text: &str) -> (char, &str) {
    let code = |text: &str| text.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(first) = code(text) else { return (char::REPLACEMENT_CHARACTER, text) };
    let rest = text.get(4..).unwrap_or_default();
    let low = rest.strip_prefix("\\u").and_then(code).filter(|c| (0xdc00..0xe000).contains(c));
    match (first, low) {
        (0xd800..0xdc00, Some(low)) => {
            let whole = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            let c = char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER);
            (c, rest.get(6..).unwrap_or_default())
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_knows_its_place() {
        let text = "{\"a\": [1, {\"b\": \"x\\ny\"}], \"c\": null, \"d\": true}";
        let json = Json::new(text);
        assert!(json.is_whole());
        let items: Vec<_> = json.field("a").unwrap().items().collect();
        assert_eq!(items[0].int(), Some(1));
        let b = items[1].field("b").unwrap();
        assert_eq!((b.span().of(text), &*b.text().unwrap()), ("x\\ny", "x\ny"));
        assert!(json.field("c").is_none());
        assert_eq!(json.field("d").unwrap().bool(), Some(true));
    }

    #[test]
    fn what_was_cut_off_is_not_guessed() {
        let json = Json::new("[{\"a\": \"whole\", \"b\": \"cut");
        assert!(!json.is_whole());
        let item = json.items().next().unwrap();
        assert_eq!(&*item.field("a").unwrap().text().unwrap(), "whole");
        assert_eq!(item.field("b").unwrap().scalar(), None);
        assert_eq!(Json::new("[12").items().next().unwrap().int(), None);
    }

    #[test]
    fn escapes_are_resolved() {
        let json = Json::new(r#""\u003e \ud83d\ude00 \/ \" \ud800""#);
        assert_eq!(&*json.text().unwrap(), "> \u{1F600} / \" \u{fffd}");
    }

    #[test]
    fn nothing_is_read_from_what_is_no_json() {
        for text in ["", "   ", "{", "[", "{,", "[}", "{\"a\"", "{\"a\":", "]", "[[[[", "\"\\"] {
            let json = Json::new(text);
            assert!(json.entries().all(|(_, value)| value.scalar().is_none()));
            assert!(json.items().take(9).all(|value| value.scalar().is_none()));
        }
    }
}
