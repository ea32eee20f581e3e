//! YAML (and JSON, its subset) as a tree in which every node knows its place.
//!
//! What a document *says* is defined by the serde library for YAML; a property test holds this
//! reading to it. A broken or truncated document yields what stood before the break, marked as
//! incomplete, because half a list of pods is still evidence.

mod block;
mod flow;

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::Span;

/// A node and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// From the first to the last byte of the node's text.
    pub span: Span,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number, as written.
    Number(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// A sequence.
    Seq(Vec<Node<'a>>),
    /// A mapping, in the order of the document.
    Map(Vec<(Key<'a>, Node<'a>)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'a> {
    /// The key as text; `8080` and `"8080"` are the same key.
    pub text: Cow<'a, str>,
    /// Where it stands.
    pub span: Span,
}

impl<'a> Node<'a> {
    /// The value of a key, if this is a mapping that has it. A `null` value is none.
    pub fn field(&self, key: &str) -> Option<&Node<'a>> {
        let Kind::Map(entries) = &self.kind else { return None };
        let (_, node) = entries.iter().find(|(k, _)| &*k.text == key)?;
        (node.kind != Kind::Null).then_some(node)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node<'a>> {
        path.iter().try_fold(self, |node, key| node.field(key))
    }

    /// The entries of a mapping, none for any other node.
    pub fn entries(&self) -> &[(Key<'a>, Node<'a>)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence, none for any other node.
    pub fn items(&self) -> &[Node<'a>] {
        match &self.kind {
            Kind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text of a text node.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The node as a whole number, also if it was written as text (`"15020"`).
    pub fn int(&self) -> Option<i64> {
        match &self.kind {
            Kind::Int(n) => Some(*n),
            Kind::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The node as a truth value.
    pub fn bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Any scalar as text, as it would be printed; `None` for collections and null.
    pub fn scalar(&self) -> Option<String> {
        match &self.kind {
            Kind::Bool(b) => Some(b.to_string()),
            Kind::Int(n) => Some(n.to_string()),
            Kind::Number(text) | Kind::Text(text) => Some(text.to_string()),
            Kind::Null | Kind::Seq(_) | Kind::Map(_) => None,
        }
    }

    /// The node with texts of its own.
    pub fn into_owned(self) -> Node<'static> {
        let kind = match self.kind {
            Kind::Null => Kind::Null,
            Kind::Bool(b) => Kind::Bool(b),
            Kind::Int(n) => Kind::Int(n),
            Kind::Number(text) => Kind::Number(text.into_owned().into()),
            Kind::Text(text) => Kind::Text(text.into_owned().into()),
            Kind::Seq(items) => Kind::Seq(items.into_iter().map(Node::into_owned).collect()),
            Kind::Map(entries) => {
                let owned = |(key, node): (Key<'_>, Node<'_>)| {
                    (Key { text: key.text.into_owned().into(), span: key.span }, node.into_owned())
                };
                Kind::Map(entries.into_iter().map(owned).collect())
            }
        };
        Node { span: self.span, kind }
    }

    /// What kind of node this is, in words.
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a truth value",
            Kind::Int(_) | Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::Seq(_) => "a sequence",
            Kind::Map(_) => "a mapping",
        }
    }
}

/// Why a text is not YAML, or not any more from some place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The reason, in the parser's words.
    pub reason: String,
    /// Where reading stopped.
    pub at: Span,
}

/// The documents of a text, and why reading stopped early, if it did. The last document then holds
/// what was complete before the break.
pub fn documents(text: &str) -> (Vec<Node<'_>>, Option<Broken>) {
    part(text, 0, None)
}

/// The documents of a part of a text that begins at `offset` in it. What stands below the key `skipped`
/// may be passed over; then it reads as null.
fn part<'a>(
    text: &'a str,
    offset: usize,
    skipped: Option<&'static str>,
) -> (Vec<Node<'a>>, Option<Broken>) {
    match block::documents(text, offset, skipped).or_else(|| flow::document(text, offset)) {
        Some(documents) => (documents, None),
        None => by_library(text, offset),
    }
}

/// A long list in parts, so that it need not be held as a tree all at once.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The document without its items.
    pub head: Node<'a>,
    /// Pieces of its text that hold some items each, and where they begin.
    pieces: Vec<(usize, &'a str)>,
    skipped: Option<&'static str>,
}

/// Bytes of a list that are read at a time.
const PIECE: usize = 1 << 18;

impl<'a> Parts<'a> {
    /// Cuts a document with `items` at its outermost level at these; `None` if it is small, broken or of
    /// another shape. What stands below the key `skipped` reads as null.
    pub fn new(text: &'a str, skipped: Option<&'static str>) -> Option<Self> {
        if text.len() < 2 * PIECE {
            return None;
        }
        let (starts, before, end) = block::list(text)?;
        let behind = text.get(end..)?;
        let one = |mut documents: Vec<Node<'a>>| match documents.len() {
            0 => Some(vec![]),
            1 => match documents.remove(0).kind {
                Kind::Map(entries) => Some(entries),
                _ => None,
            },
            _ => None,
        };
        let mut entries = one(block::documents(before, 0, None)?)?;
        entries.extend(one(block::documents(behind, end, None)?)?);
        let head = Node { span: Span::new(0, text.len()), kind: Kind::Map(entries) };
        let mut pieces = Vec::new();
        let mut from = *starts.first()?;
        for next in starts.into_iter().chain([end]) {
            if next - from >= PIECE || next == end {
                pieces.push((from, text.get(from..next)?));
                from = next;
            }
        }
        Some(Self { head, pieces, skipped })
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The items of a piece; `None` if it is broken, so that the document has to be read as a whole.
    pub fn piece(&self, n: usize) -> Option<Vec<Node<'a>>> {
        let (offset, text) = *self.pieces.get(n)?;
        let (mut documents, broken) = part(text, offset, self.skipped);
        match (documents.pop(), broken) {
            (Some(Node { kind: Kind::Seq(items), .. }), None) if documents.is_empty() => {
                Some(items)
            }
            _ => None,
        }
    }
}

/// The same for any YAML, by way of the library's events.
fn by_library(text: &str, offset: usize) -> (Vec<Node<'_>>, Option<Broken>) {
    let mut builder = Builder::new(text, offset);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => {
                let from = builder.offsets.byte(span.start.index());
                let to = builder.offsets.byte(span.end.index());
                builder.take(event, Span::new(from, to))
            }
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index()) + offset;
                Err(Broken { reason: error.info().to_string(), at: Span::new(at, at) })
            }
        };
        if let Err(broken) = step {
            return (builder.salvage(), Some(broken));
        }
    }
    (builder.documents, None)
}

/// Nesting deeper than any capture has; deeper input is an attack on the stack.
const DEPTH: usize = 200;
/// Nodes that aliases may copy in one text.
const COPIES: usize = 1_000_000;

struct Builder<'a> {
    text: &'a str,
    offset: u32,
    offsets: Offsets<'a>,
    documents: Vec<Node<'a>>,
    open: Vec<Open<'a>>,
    anchors: BTreeMap<usize, Node<'a>>,
    copies: usize,
}

/// A collection that is still being read.
struct Open<'a> {
    start: u32,
    anchor: usize,
    map: bool,
    entries: Vec<(Key<'a>, Node<'a>)>,
    items: Vec<Node<'a>>,
    key: Option<Key<'a>>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, offset: usize) -> Self {
        let offsets = Offsets::new(text);
        let offset = offset as u32;
        Self {
            text,
            offset,
            offsets,
            documents: vec![],
            open: vec![],
            anchors: BTreeMap::new(),
            copies: 0,
        }
    }

    fn take(&mut self, event: Event<'a>, within: Span) -> Result<(), Broken> {
        let span = within.shifted(self.offset);
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = resolve(text, style, tag.as_deref());
                let span = trimmed(self.text, within).shifted(self.offset);
                self.add(Node { span, kind }, anchor);
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, span, false)?,
            Event::MappingStart(anchor, _) => self.begin(anchor, span, true)?,
            // Only the brackets of a flow collection are part of its end.
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            Event::Alias(id) => {
                let copy = self.anchors.get(&id).cloned();
                let node = copy.unwrap_or(Node { span, kind: Kind::Null });
                self.copies += size(&node);
                if self.copies > COPIES {
                    return Err(Broken { reason: "aliases copy too much".into(), at: span });
                }
                self.add(Node { span, ..node }, 0);
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, anchor: usize, span: Span, map: bool) -> Result<(), Broken> {
        if self.open.len() >= DEPTH {
            return Err(Broken { reason: format!("nested deeper than {DEPTH}"), at: span });
        }
        let (entries, items) = (vec![], vec![]);
        self.open.push(Open { start: span.start, anchor, map, entries, items, key: None });
        Ok(())
    }

    fn end(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let (start, anchor) = (open.start, open.anchor);
        let kind = if open.map { Kind::Map(open.entries) } else { Kind::Seq(open.items) };
        self.add(Node { span: Span { start, end: end.max(start) }, kind }, anchor);
    }

    fn add(&mut self, node: Node<'a>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else { return self.documents.push(node) };
        if !open.map {
            return open.items.push(node);
        }
        match open.key.take() {
            Some(key) => open.entries.push((key, node)),
            None => {
                let text = Cow::Owned(node.scalar().unwrap_or_default());
                open.key = Some(Key { text, span: node.span });
            }
        }
    }

    /// Closes what is open, as if the document had ended here.
    fn salvage(mut self) -> Vec<Node<'a>> {
        let end = (self.text.len() as u32).saturating_add(self.offset);
        while !self.open.is_empty() {
            self.end(end);
        }
        self.documents
    }
}

fn size(node: &Node<'_>) -> usize {
    1 + node.items().iter().map(size).sum::<usize>()
        + node.entries().iter().map(|(_, value)| 1 + size(value)).sum::<usize>()
}

/// The span of a scalar without the white space that the parser counts to it.
fn trimmed(text: &str, span: Span) -> Span {
    let covered = span.of(text);
    let blank = covered.len() - covered.trim_end().len();
    Span { start: span.start, end: span.end - blank as u32 }
}

/// What a scalar means: as the serde library for YAML reads it (YAML 1.2's core, without octal
/// numbers that begin with a mere zero).
fn resolve<'a>(text: Cow<'a, str>, style: ScalarStyle, tag: Option<&Tag>) -> Kind<'a> {
    let forced = tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix == "str");
    if forced || style != ScalarStyle::Plain { Kind::Text(text) } else { plain(text) }
}

/// What a plain scalar means.
fn plain(text: Cow<'_, str>) -> Kind<'_> {
    match text.as_bytes().first() {
        None => Kind::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => match &*text {
            "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
            _ => Kind::Text(text),
        },
        Some(b'0'..=b'9' | b'.' | b'-' | b'+') => number(text),
        Some(_) => Kind::Text(text),
    }
}

/// What begins like a number: a number, or text.
fn number(text: Cow<'_, str>) -> Kind<'_> {
    match numeric(&text) {
        Some(Some(whole)) => Kind::Int(whole),
        Some(None) => Kind::Number(text),
        None => Kind::Text(text),
    }
}

/// Whether a text is a number, and which, if it is a whole one that fits.
#[expect(clippy::option_option, reason = "no number, another number, a whole one")]
fn numeric(text: &str) -> Option<Option<i64>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits =
        |digits: &str, radix: u32| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let signed = |magnitude: i128| {
        let value = if text.starts_with('-') { -magnitude } else { magnitude };
        i64::try_from(value).ok()
    };
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = unsigned.strip_prefix(prefix) {
            let magnitude = i128::from_str_radix(rest, radix).ok();
            return magnitude.filter(|_| digits(rest, radix)).map(signed);
        }
    }
    if digits(unsigned, 10) {
        // A leading zero makes it text, as the serde library has it.
        let zero = unsigned.len() > 1 && unsigned.starts_with('0');
        return (!zero).then(|| unsigned.parse().ok().and_then(signed));
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(None);
    }
    let float = unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    (float && unsigned.parse::<f64>().is_ok_and(f64::is_finite)).then_some(None)
}

/// Turns the parser's character counts into byte offsets.
struct Offsets<'a> {
    text: &'a str,
    ascii: bool,
    checkpoints: Vec<u32>,
}

/// Characters between two checkpoints.
const STRIDE: usize = 256;

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        let ascii = text.is_ascii();
        let checkpoints = if ascii {
            vec![]
        } else {
            text.char_indices().step_by(STRIDE).map(|(at, _)| at as u32).collect()
        };
        Self { text, ascii, checkpoints }
    }

    fn byte(&self, chars: usize) -> usize {
        if self.ascii {
            return chars.min(self.text.len());
        }
        let Some(from) = self.checkpoints.get(chars / STRIDE) else { return self.text.len() };
        let rest = &self.text[*from as usize..];
        let within = rest.char_indices().nth(chars % STRIDE).map_or(rest.len(), |(at, _)| at);
        *from as usize + within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node<'_> {
        let (mut documents, broken) = documents(text);
        assert_eq!(broken, None);
        documents.remove(0)
    }

    #[test]
    fn a_scalar_knows_its_place() {
        let text = "spec:\n  clusterIP: 172.19.9.54\n  note: \"ü\"\n  end: x\n";
        let node = one(text);
        assert_eq!(node.at(&["spec", "clusterIP"]).unwrap().span.of(text), "172.19.9.54");
        assert_eq!(node.at(&["spec", "end"]).unwrap().span.of(text), "x");
    }

    #[test]
    fn what_yaml_1_1_would_misread_is_text() {
        let node = one("a: yes\nb: 0755\nc: 1e3\nd: \"true\"\ne: 0x1f\nf: =\n");
        let kinds: Vec<_> = node.entries().iter().map(|(_, n)| n.what()).collect();
        assert_eq!(kinds, ["text", "text", "a number", "text", "a number", "text"]);
    }

    #[test]
    fn a_truncated_list_keeps_the_items_before_the_break() {
        let (documents, broken) = documents("items:\n- name: a\n- name: b\n  spec: \"cut");
        assert!(broken.is_some());
        assert_eq!(documents[0].field("items").unwrap().items().len(), 2);
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(documents(&text).1.is_some());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert!(documents(&"[".repeat(100_000)).1.is_some());
    }

    /// Where two readings of one text differ. Of a collection only the beginning is compared: where it
    /// ends, the library tells by what comes next.
    fn difference(ours: &Node<'_>, library: &Node<'_>, text: &str) -> Option<String> {
        let told = |what: &str| {
            let line = library.span.of(text).lines().next().unwrap_or_default().to_string();
            let at = text.get(..library.span.start as usize).map_or(0, |t| t.lines().count());
            Some(format!("{what} at line {at}: {:?} {:?} {line}", ours.kind, library.kind))
        };
        match (&ours.kind, &library.kind) {
            (Kind::Seq(a), Kind::Seq(b)) if a.len() == b.len() => {
                a.iter().zip(b).find_map(|(a, b)| difference(a, b, text))
            }
            (Kind::Map(a), Kind::Map(b)) if a.len() == b.len() => {
                let mut both = a.iter().zip(b);
                both.find_map(|((k, a), (l, b))| match k == l {
                    true => difference(a, b, text),
                    false => told(&format!("key {k:?} or {l:?}")),
                })
            }
            (a, b) if a != b => told("another value"),
            (Kind::Null, _) => None,
            (Kind::Map(_) | Kind::Seq(_), _) => {
                (ours.span.start != library.span.start).then(|| told("another beginning"))?
            }
            _ => (ours.span != library.span)
                .then(|| told(&format!("{:?} {:?}", ours.span, library.span)))?,
        }
    }

    /// Whether a text was read without the library; it must then have read the same.
    fn is_read_alike(text: &str) -> bool {
        let Some(ours) = block::documents(text, 0, None).or_else(|| flow::document(text, 0)) else {
            return false;
        };
        let (library, broken) = by_library(text, 0);
        assert_eq!(broken, None, "the library refuses it: {text}");
        assert_eq!(ours.len(), library.len(), "{text}");
        for (ours, library) in ours.iter().zip(&library) {
            if let Some(difference) = difference(ours, library, text) {
                panic!("{difference}\n{}", text.chars().take(2000).collect::<String>());
            }
        }
        true
    }

    #[test]
    fn what_is_read_without_the_library_is_what_the_library_reads() {
        let mut folders =
            vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")];
        let (mut read, mut all) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                // Literate cases hold many documents.
                for (n, part) in text.split("\n```").enumerate() {
                    let part = if n > 0 {
                        part.split_once('\n').map_or("", |(_, body)| body)
                    } else {
                        part
                    };
                    let mut begin = part.trim_start().chars();
                    if n == 0
                        && !begin.next().is_some_and(|c| c.is_alphabetic() || "{[-".contains(c))
                    {
                        continue;
                    }
                    if part.contains("apiVersion") || part.contains("\"kind\"") {
                        all += 1;
                        read += usize::from(is_read_alike(&format!("{}\n", part.trim_end())));
                    }
                }
            }
        }
        // Most of what kubectl prints is of the dialect, so that its reader is worth having.
        assert!(read * 10 > all * 8, "{read} of {all}");
    }

    /// Numbers that look random, the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, below: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 20) as usize % below
        }

        fn of(&mut self, all: &[&'static str]) -> &'static str {
            all[self.below(all.len())]
        }
    }

    const PIECES: [&str; 58] = [
        "a",
        "b: ",
        "key: ",
        "\n",
        "\n",
        "\n",
        "\n  ",
        "\n  ",
        "\n    ",
        "- ",
        "-",
        "- - ",
        " ",
        "  ",
        ":",
        ": ",
        "'",
        "\"",
        "'it''s'",
        "\"x\\ny\"",
        "\"a b\"",
        "'c d'",
        "|",
        "|-",
        "|+",
        "|2",
        ">",
        ">-",
        "{}",
        "[]",
        "{a: b}",
        "[a, b]",
        "#",
        " # c",
        "&x ",
        "*x",
        "!!str ",
        "? ",
        "---",
        "---\n",
        "...",
        "null",
        "~",
        "yes",
        "0x1f",
        "1e3",
        "0755",
        "-1",
        "+1",
        ".5",
        "true",
        "\t",
        "\u{e9}",
        "\u{1f600}",
        "\\",
        "%",
        "@",
        "\n\n",
    ];

    #[test]
    fn what_is_odd_is_declined_or_read_as_the_library_reads_it() {
        let mut numbers = Numbers(7);
        let mut read = 0;
        for _ in 0..60_000 {
            let pieces = 1 + numbers.below(14);
            let text: String = (0..pieces).map(|_| numbers.of(&PIECES)).collect();
            read += usize::from(is_read_alike(&text));
            read += usize::from(is_read_alike(&format!("k:\n- n: v\n  {text}\nz: w\n")));
            read += usize::from(is_read_alike(&format!("k: {text}\n")));
        }
        assert!(read > 10_000, "{read}");
    }

    const NASTY: [&str; 40] = [
        "",
        " ",
        "yes",
        "no",
        "on",
        "~",
        "null",
        "true",
        "0x1f",
        "1e3",
        "0755",
        "1_000",
        "-1",
        ".5",
        "1.2.3.4",
        "12:30",
        "a: b",
        "a:",
        ":a",
        "#",
        "a #b",
        "- a",
        "-",
        "? a",
        "'",
        "\"",
        "it's",
        "{a}",
        "[b]",
        "&c",
        "*d",
        "!e",
        "%f",
        "@g",
        "a\nb\n",
        "\n a\n",
        " a ",
        "tab\tx",
        "\u{1f600}\u{e9}",
        "k:{\"type\":\"Ready\"}",
    ];

    fn value(numbers: &mut Numbers, depth: usize) -> serde_json::Value {
        use serde_json::Value;
        match numbers.below(if depth == 0 { 5 } else { 8 }) {
            0 => Value::from(numbers.below(100_000)),
            1 => Value::Null,
            2 => Value::Bool(true),
            3 => Value::from(numbers.of(&NASTY).repeat(1 + numbers.below(2) * numbers.below(40))),
            4 => Value::from(numbers.of(&NASTY)),
            5 => (0..numbers.below(4)).map(|_| value(numbers, depth - 1)).collect(),
            _ => {
                let key =
                    |numbers: &mut Numbers| numbers.of(&NASTY).repeat(1 + numbers.below(2) * 12);
                let entries = 0..numbers.below(5);
                entries.map(|_| (key(numbers), value(numbers, depth - 1))).collect()
            }
        }
    }

    #[test]
    fn what_serializers_print_is_read_as_the_library_reads_it() {
        let mut numbers = Numbers(11);
        let mut read = 0;
        for _ in 0..4_000 {
            let value = value(&mut numbers, 5);
            read += usize::from(is_read_alike(&serde_yaml::to_string(&value).unwrap()));
            read += usize::from(is_read_alike(&serde_json::to_string_pretty(&value).unwrap()));
            read += usize::from(is_read_alike(&value.to_string()));
        }
        assert!(read > 4_000, "{read}");
    }
}
