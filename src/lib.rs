//! Says why a Kubernetes cluster is not ready, from a bundle of captures alone.
//!
//! The one thing to know: the whole program is [`diagnose`], top to bottom: what the bundle shows
//! becomes facts, rules find causes in them, and every claim keeps the line it rests on.

pub mod bundle;
pub mod cause;
pub mod cli;
pub mod fact;
pub mod fixture;
pub mod format;
pub mod kube;
pub mod lint;
pub mod redact;
pub mod report;
pub mod rule;
pub mod solve;
pub mod text;

use fact::{Catalog, vocabulary};

/// Everything that a diagnosis came to.
#[derive(Debug)]
pub struct Diagnosed {
    /// What to tell.
    pub report: report::Report,
    /// What it rests on, for each cluster in the bundle.
    pub clusters: Vec<Cluster>,
}

/// What was read of one cluster, and what the rules came to.
#[derive(Debug)]
pub struct Cluster {
    /// What it is called, if the bundle holds several.
    pub name: Option<String>,
    /// The facts.
    pub facts: fact::Facts,
    /// What each rule came to, if rules were judged.
    pub outcomes: Vec<solve::Outcome>,
    /// What became of each file.
    pub files: Vec<format::FileReport>,
    /// What is wrong with the captures.
    pub issues: Vec<text::Issue>,
}

/// The relations that captures fill and that Kubernetes computes.
pub fn catalog() -> Catalog {
    let computed = kube::relations();
    Catalog::new(vocabulary::ALL.iter().copied().chain(&computed))
}

include!(concat!(env!("OUT_DIR"), "/book.rs"));

/// The built-in rules as they stand in the repository.
pub fn built_in() -> Vec<rule::RuleFile> {
    let file = |(path, text): &(&str, &str)| {
        let area = path.split('/').nth(1).unwrap_or_default().to_string();
        rule::RuleFile { path: path.to_string(), area, text: text.to_string() }
    };
    BOOK.iter().map(file).collect()
}

/// Captures of a cluster in which nothing is wrong, by which rules are measured.
pub fn healthy() -> bundle::Bundle {
    let files = HEALTHY.iter().map(|(path, bytes)| (path.to_string(), bytes.to_vec()));
    bundle::of_texts("healthy captures that come with unready", files)
}

/// The log of a sidecar that works, with its name.
pub const HEALTHY_LOG: (&str, &str) =
    ("istio-proxy", include_str!("../testdata/captures/log/istio-proxy-ready.log"));

/// Reads a bundle, and derives all that rules derive, for those who look behind a report. Clusters in
/// one bundle are each by itself.
///
/// # Errors
/// The rules' patterns are too large together to be matched.
pub fn conclude(
    bundle: &bundle::Bundle,
    book: &rule::Book,
) -> Result<Vec<Cluster>, fact::Unmatchable> {
    let demand = book.demand(kube::KINDS)?;
    let read = format::read(bundle, &book.catalog, &demand);
    let cluster = |read: format::Read| {
        let format::Read { cluster: name, facts, issues, files } = read;
        Cluster { name, facts: solve::concluded(book, facts), outcomes: vec![], files, issues }
    };
    Ok(read.into_iter().map(cluster).collect())
}

/// Reads a bundle, judges what it shows, and says what the rules came to.
///
/// # Errors
/// As [`conclude`].
pub fn diagnose(
    bundle: &bundle::Bundle,
    book: &rule::Book,
) -> Result<Diagnosed, fact::Unmatchable> {
    let demand = book.demand(kube::KINDS)?;
    let read = format::read(bundle, &book.catalog, &demand);
    let (reports, clusters) = read.into_iter().map(|read| judged(read, book)).unzip();
    Ok(Diagnosed { report: report::joined(&bundle.name, reports), clusters })
}

fn judged(read: format::Read, book: &rule::Book) -> (report::Report, Cluster) {
    let format::Read { cluster: name, facts, mut issues, files } = read;
    let facts = solve::views(book, facts);
    let solver = solve::Solver::new(book, &facts);
    let outcomes = solver.outcomes();
    issues.extend(overflows(book, &outcomes));
    let causes = cause::infer(&solver, &outcomes);
    let report = report::report(name.as_deref(), book, &facts, &causes, &issues, &files);
    drop(solver);
    (report, Cluster { name, facts, outcomes, files, issues })
}

/// A rule that was given up is told, since its silence says nothing.
fn overflows<'a>(
    book: &'a rule::Book,
    outcomes: &'a [solve::Outcome],
) -> impl Iterator<Item = text::Issue> + 'a {
    let given_up = book.findings.iter().zip(outcomes).filter(|(_, outcome)| outcome.overflow);
    given_up.map(|(rule, _)| text::Issue {
        file: rule.file.clone(),
        line: None,
        message: format!("rule {} was given up: it multiplies without end", rule.id),
    })
}
