//! YAML (and JSON, its subset) as a tree in which every node knows its place.
//!
//! What a document *says* is defined by the serde library for YAML; a property test holds this
//! reading to it. A broken or truncated document yields what stood before the break, marked as
//! incomplete, because half a list of pods is still evidence.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::Span;

/// A node and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// From the first to the last byte of the node's text.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number, as written.
    Number(Box<str>),
    /// Text.
    Text(Box<str>),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order of the document.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key as text; `8080` and `"8080"` are the same key.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The value of a key, if this is a mapping that has it. A `null` value is none.
    pub fn field(&self, key: &str) -> Option<&Node> {
        let Kind::Map(entries) = &self.kind else { return None };
        let (_, node) = entries.iter().find(|(k, _)| &*k.text == key)?;
        (node.kind != Kind::Null).then_some(node)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.field(key))
    }

    /// The entries of a mapping, none for any other node.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence, none for any other node.
    pub fn items(&self) -> &[Node] {
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
pub fn documents(text: &str) -> (Vec<Node>, Option<Broken>) {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => {
                let from = builder.offsets.byte(span.start.index());
                let to = builder.offsets.byte(span.end.index());
                builder.take(event, Span::new(from, to))
            }
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
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
    offsets: Offsets<'a>,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    copies: usize,
}

/// A collection that is still being read.
struct Open {
    start: u32,
    anchor: usize,
    map: bool,
    entries: Vec<(Key, Node)>,
    items: Vec<Node>,
    key: Option<Key>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let offsets = Offsets::new(text);
        Self { text, offsets, documents: vec![], open: vec![], anchors: BTreeMap::new(), copies: 0 }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Broken> {
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = resolve(&text, style, tag.as_deref());
                let span = trimmed(self.text, span);
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

    fn add(&mut self, node: Node, anchor: usize) {
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
                let text = node.scalar().unwrap_or_default().into_boxed_str();
                open.key = Some(Key { text, span: node.span });
            }
        }
    }

    /// Closes what is open, as if the document had ended here.
    fn salvage(mut self) -> Vec<Node> {
        let end = self.text.len() as u32;
        while !self.open.is_empty() {
            self.end(end);
        }
        self.documents
    }
}

fn size(node: &Node) -> usize {
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
fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    let forced = tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix == "str");
    if forced || style != ScalarStyle::Plain {
        return Kind::Text(text.into());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => number(text).unwrap_or_else(|| Kind::Text(text.into())),
    }
}

fn number(text: &str) -> Option<Kind> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = unsigned.bytes().next()?;
    if !first.is_ascii_digit() && first != b'.' {
        return None;
    }
    if unsigned.starts_with(['-', '+']) {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
                return None;
            }
            let magnitude = i128::from_str_radix(digits, radix).ok()?;
            let value = if text.starts_with('-') { -magnitude } else { magnitude };
            return Some(whole(value, text));
        }
    }
    if unsigned.len() > 1
        && unsigned.starts_with('0')
        && unsigned.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        let plain = text.strip_prefix('+').unwrap_or(text);
        return Some(
            plain.parse::<i128>().map_or_else(|_| Kind::Number(text.into()), |n| whole(n, text)),
        );
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Kind::Number(text.into()));
    }
    let float = unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    (float && unsigned.parse::<f64>().is_ok_and(f64::is_finite)).then(|| Kind::Number(text.into()))
}

fn whole(value: i128, text: &str) -> Kind {
    i64::try_from(value).map_or_else(|_| Kind::Number(text.into()), Kind::Int)
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

    fn one(text: &str) -> Node {
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
}
