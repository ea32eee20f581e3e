//! Advice for authors of rules: what the loader accepts, and is better done otherwise.
//!
//! The one thing to know: nothing here is a mistake. A rule that cannot mean anything is refused by the
//! loader; a rule that means too much, nothing, or what another one says already, is told here.

mod measure;
mod overlap;
mod steps;
mod style;

use std::collections::BTreeSet;
use std::sync::Arc;

use miette::NamedSource;

use crate::fixture::Case;
use crate::rule::{Book, Mistake, Rule, RuleFile};
use crate::text::yaml::{self, Node};
use crate::text::{LineIndex, Span};

/// What rules are measured by, beside themselves.
#[derive(Debug, Default)]
pub struct Measure<'a> {
    /// Logs in which nothing is wrong, each with its name.
    pub logs: Vec<(&'a str, &'a str)>,
    /// Rules that found something in bundles in which nothing is wrong, each with the bundle's name.
    pub accusing: BTreeSet<(String, String)>,
    /// The cases, if there are to be any.
    pub cases: Option<Cases<'a>>,
}

/// The cases of rules, and what they show.
#[derive(Debug, Default)]
pub struct Cases<'a> {
    /// All cases.
    pub all: Vec<&'a Case>,
    /// Pairs of a rule and another one that is said to follow from it in some case.
    pub explained: BTreeSet<(String, String)>,
}

/// A rule, and where it is written.
struct Written<'a> {
    rule: &'a Rule,
    source: Arc<NamedSource<String>>,
    node: Node<'static>,
    /// Whether it is the only rule in its file that finds something.
    alone: bool,
}

/// What can be said of the rules of `files`, which are a part of `book`, by file and place.
pub fn advice(book: &Book, files: &[RuleFile], measure: &Measure<'_>) -> Vec<Mistake> {
    let written: Vec<Written<'_>> = files.iter().flat_map(|file| written(book, file)).collect();
    let mut out = Vec::new();
    for rule in &written {
        style::look(rule, &mut out);
        steps::look(rule, &mut out);
        overlap::look(rule, book, &mut out);
        measure::look(rule, book, measure, &mut out);
    }
    out.sort_by(|a, b| a.order().cmp(&b.order()));
    out
}

/// The rules of a file, each with its document.
fn written<'a>(book: &'a Book, file: &RuleFile) -> Vec<Written<'a>> {
    let source = Arc::new(NamedSource::new(&file.path, file.text.clone()));
    let lines = LineIndex::new(file.text.as_bytes());
    let (documents, _) = yaml::documents(&file.text);
    let alone = documents.iter().filter(|node| node.field("fact").is_none()).count() == 1;
    let of = |node: Node<'_>| {
        // Facts may share a name; no two rules share a step.
        let first = node.field("when")?.items().first()?.span;
        let line = lines.locate(first).0;
        let mut rules = book.all().filter(|rule| rule.file == file.path);
        let rule = rules.find(|rule| rule.body.first().is_some_and(|step| step.line == line))?;
        Some(Written { rule, source: source.clone(), node: node.into_owned(), alone })
    };
    documents.into_iter().filter_map(of).collect()
}

impl Written<'_> {
    /// The place of a key's value, or of the rule's first line.
    fn span(&self, key: &str) -> Span {
        self.node.field(key).map_or_else(|| self.head(), |node| node.span)
    }

    /// The place of what names the rule.
    fn head(&self) -> Span {
        let name = self.node.field("id").or_else(|| self.node.field("fact"));
        name.map_or(self.node.span, |node| node.span)
    }

    /// The place of a step, or of a link.
    fn item(&self, key: &str, n: usize) -> Span {
        let item = self.node.field(key).and_then(|list| list.items().get(n));
        let Some(item) = item else { return self.span(key) };
        // Of what has several lines the first one says enough.
        let text = item.span.of(self.source.inner());
        let first = text.lines().next().unwrap_or_default().len();
        Span { start: item.span.start, end: Span::new(0, first).end + item.span.start }
    }

    fn say(&self, name: &'static str, span: Span, message: String) -> Mistake {
        Mistake::new(&self.source, span, message).advice(name)
    }
}
