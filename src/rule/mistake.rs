//! Mistakes in rule files, each with its place.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::text::{LineIndex, Span};

/// A mistake in a rule file, or something there that is better done otherwise.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// The file and its text.
    source: Arc<NamedSource<String>>,
    /// Where it is.
    span: Span,
    /// What is wrong.
    message: String,
    /// What is said at the place.
    label: String,
    /// Further places in the same file, and what is said there.
    others: Vec<(Span, String)>,
    /// What to do.
    help: Option<String>,
    /// The name of the advice that is not followed; a mistake has none.
    advice: Option<&'static str>,
}

impl Mistake {
    /// A mistake at a place of a file.
    pub fn new(source: &Arc<NamedSource<String>>, span: Span, message: String) -> Self {
        Self {
            source: source.clone(),
            span,
            message,
            label: "here".to_string(),
            others: vec![],
            help: None,
            advice: None,
        }
    }

    /// The same as advice: nothing is wrong, but it is better done otherwise.
    #[must_use]
    pub fn advice(mut self, name: &'static str) -> Self {
        self.advice = Some(name);
        self
    }

    /// Says something at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Says something at another place of the same file.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.others.push((span, label.into()));
        self
    }

    /// The name of the advice, if it is no mistake.
    pub fn name(&self) -> Option<&'static str> {
        self.advice
    }

    /// What to do, if that is said.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The file, and the line and column in it, from 1.
    pub fn position(&self) -> (&str, u32, u32) {
        let (line, column, _) = LineIndex::new(self.source.inner().as_bytes()).locate(self.span);
        (self.source.name(), line, column + 1)
    }

    /// By file and then by place.
    pub fn order(&self) -> (&str, Span, &str) {
        (self.source.name(), self.span, &self.message)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.advice.map(|_| miette::Severity::Warning)
    }

    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.advice.map(|name| Box::new(name) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labelled = |(span, label): (Span, &String)| {
            let range = span.start as usize..span.end as usize;
            LabeledSpan::new_with_span(Some(label.clone()), range)
        };
        let others = self.others.iter().map(|(span, label)| (*span, label));
        Some(Box::new(std::iter::once((self.span, &self.label)).chain(others).map(labelled)))
    }
}
