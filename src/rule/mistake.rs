//! Mistakes in rule files, each with its place.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::text::Span;

/// A mistake in a rule file.
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
    /// What to do.
    help: Option<String>,
}

impl Mistake {
    /// A mistake at a place of a file.
    pub fn new(source: &Arc<NamedSource<String>>, span: Span, message: String) -> Self {
        Self { source: source.clone(), span, message, label: "here".to_string(), help: None }
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

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let range = self.span.start as usize..self.span.end as usize;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some(self.label.clone()), range))))
    }
}
