//! What the rules ask for, so that readers keep nothing else of the bulk.

use std::collections::BTreeSet;

use regex::bytes::RegexSet;

/// What the rules ask of the captures.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The patterns of all rules over log lines, as one matcher.
    pub log: RegexSet,
    /// Kinds of objects of which rules look at fields by path.
    pub kinds: BTreeSet<String>,
}

impl Demand {
    /// A demand for lines that match any of `patterns` and for whole objects of some kinds.
    ///
    /// # Errors
    /// A pattern is malformed, or all of them together are too large.
    pub fn new<'a>(
        patterns: impl IntoIterator<Item = &'a str>,
        kinds: impl IntoIterator<Item = String>,
    ) -> Result<Self, regex::Error> {
        Ok(Self { log: RegexSet::new(patterns)?, kinds: kinds.into_iter().collect() })
    }
}
