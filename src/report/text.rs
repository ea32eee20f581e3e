//! The report for people.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents,
};

use super::{
    Alternative, Consequence, Coverage, Diagnosis, Evidence, Report, Subject, Unexplained, Verdict,
};

/// How text is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Whether each rank is explained.
    pub ranks: bool,
}

/// Says a report in text.
pub fn text(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let writer = Writer { style };
    writer.report(&mut out, report).expect("writing to a string does not fail");
    out
}

/// Lines that were shown already: file, line, and what was underlined.
type Shown<'a> = BTreeSet<(&'a str, u32, (usize, usize))>;

struct Writer {
    style: Style,
}

/// Names of objects that are listed before the rest is counted.
const NAMED: usize = 6;

impl Writer {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn report(&self, out: &mut String, report: &Report) -> fmt::Result {
        writeln!(out, "{}: {}", self.bold(&report.bundle), summary(report))?;
        for diagnosis in &report.diagnoses {
            self.diagnosis(out, diagnosis)?;
        }
        if !report.unexplained.is_empty() {
            writeln!(out, "\n{}", self.bold("Seen, and explained by no cause"))?;
            for symptom in &report.unexplained {
                self.unexplained(out, symptom)?;
            }
        }
        if !report.collect.is_empty() {
            writeln!(out, "\n{}", self.bold("Ask the customer for"))?;
            for ask in &report.collect {
                writeln!(out, "  {}", ask.capture)?;
                writeln!(out, "    {}", self.paint("36", &ask.command))?;
                writeln!(out, "    {}", self.dim(&format!("settles {}", ask.settles.join(", "))))?;
            }
        }
        if !report.issues.is_empty() {
            writeln!(out, "\n{}", self.bold("Trouble with the captures"))?;
            for issue in &report.issues {
                let line = issue.line.map_or_else(String::new, |line| format!(":{line}"));
                writeln!(out, "  {}{line}: {}", issue.file, issue.message)?;
            }
        }
        Ok(())
    }

    fn diagnosis(&self, out: &mut String, said: &Diagnosis) -> fmt::Result {
        let verdict = match said.verdict {
            Verdict::Found => self.paint("1;31", "found"),
            Verdict::Suspected => self.paint("1;33", "suspected"),
        };
        let cluster = said.cluster.as_ref().map_or_else(String::new, |name| format!("in {name}, "));
        writeln!(
            out,
            "\n{}. {cluster}{verdict}, {}: {}",
            said.rank,
            said.severity,
            self.bold(&said.title)
        )?;
        writeln!(out, "   {}  {}", counted(&said.subjects), self.dim(&format!("[{}]", said.rule)))?;
        if self.style.ranks {
            writeln!(out, "   {}", self.dim(&rank(said)))?;
        }
        let mut shown = Shown::new();
        self.evidence(out, &said.evidence, &mut shown)?;
        let mut before: &[Subject] = &[];
        for consequence in &said.explains {
            let same = consequence.subjects == before;
            before = &consequence.subjects;
            self.consequence(out, consequence, same, &mut shown)?;
        }
        if !said.missing.is_empty() {
            writeln!(out, "\n   {}", self.bold("not known without"))?;
            for ask in &said.missing {
                writeln!(out, "     {}: {}", ask.capture, self.paint("36", &ask.command))?;
            }
        }
        if let Some(fix) = &said.fix {
            writeln!(
                out,
                "\n   {}",
                self.bold(if said.verdict == Verdict::Found { "fix" } else { "fix, if it is so" })
            )?;
            for line in fix.lines() {
                writeln!(out, "{}", format!("     {line}").trim_end())?;
            }
        }
        for reference in &said.references {
            writeln!(out, "     {}", self.dim(reference))?;
        }
        self.alternatives(out, &said.ruled_out)
    }

    /// A link of the chain. Objects that the link before it named are counted alone.
    fn consequence<'a>(
        &self,
        out: &mut String,
        said: &'a Consequence,
        same: bool,
        shown: &mut Shown<'a>,
    ) -> fmt::Result {
        let count = if same { tally(&said.subjects) } else { counted(&said.subjects) };
        let aside = self.dim(&format!("in {count}  [{}]", said.rule));
        writeln!(out, "\n   {} {} {aside}", self.bold("→"), self.bold(&said.title))?;
        self.evidence(out, &said.evidence, shown)
    }

    fn unexplained(&self, out: &mut String, said: &Unexplained) -> fmt::Result {
        let count = counted(&said.subjects);
        writeln!(
            out,
            "\n   {} {}",
            self.bold(&said.title),
            self.dim(&format!("in {count}  [{}]", said.rule))
        )?;
        self.evidence(out, &said.evidence, &mut Shown::new())
    }

    fn alternatives(&self, out: &mut String, alternatives: &[Alternative]) -> fmt::Result {
        let (refuted, open): (Vec<_>, Vec<_>) = alternatives.iter().partition(|a| a.refuted);
        if !refuted.is_empty() {
            writeln!(out, "\n   {}", self.bold("ruled out"))?;
        }
        for alternative in refuted {
            let place = alternative
                .evidence
                .as_ref()
                .and_then(Snippet::new)
                .map(|snippet| snippet.inline());
            let place = self.dim(&place.unwrap_or_default());
            writeln!(out, "     {}: {}{place}", alternative.rule, alternative.reason)?;
        }
        if !open.is_empty() {
            writeln!(out, "\n   {}", self.bold("not ruled out, and not needed"))?;
            for alternative in open {
                writeln!(out, "     {}", alternative.rule)?;
            }
        }
        Ok(())
    }

    /// Evidence, each line underlined where it is shown first.
    fn evidence<'a>(
        &self,
        out: &mut String,
        evidence: &'a [Evidence],
        shown: &mut Shown<'a>,
    ) -> fmt::Result {
        for item in evidence {
            match Snippet::new(item) {
                Some(snippet) if shown.insert((snippet.file, snippet.line, snippet.mark)) => {
                    out.push_str(&self.snippet(&snippet));
                }
                Some(Snippet { file, line, .. }) => {
                    writeln!(out, "     {} {} (above, {file}:{line})", self.dim("·"), item.note)?;
                }
                None => writeln!(out, "     {} {}", self.dim("·"), item.note)?,
            }
        }
        Ok(())
    }

    /// A line with its proof underlined.
    fn snippet(&self, snippet: &Snippet<'_>) -> String {
        let mut theme = match self.style.color {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        theme.characters.advice = "·".to_string();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(400)
            .with_context_lines(0)
            .without_syntax_highlighting();
        let mut text = String::new();
        handler.render_report(&mut text, snippet).expect("writing to a string does not fail");
        let mut out = String::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            out.push_str(format!("   {line}").trim_end());
            out.push('\n');
        }
        out
    }
}

/// How a rank comes about, in the order in which it is compared.
fn rank(said: &Diagnosis) -> String {
    let verdict = match said.verdict {
        Verdict::Found => "proven",
        Verdict::Suspected => "suspected",
    };
    let covers = plural(said.weight.covers, "finding");
    let alone = said.weight.covers_alone;
    format!(
        "rank {}: {verdict}; explains {covers}, {alone} of them explained by nothing above; {}",
        said.rank, said.severity
    )
}

fn summary(report: &Report) -> String {
    let found = report.diagnoses.iter().filter(|d| d.verdict == Verdict::Found).count();
    let suspected = report.diagnoses.len() - found;
    let Coverage { read, unread, .. } = report.coverage;
    let what = match (found, suspected) {
        (0, 0) if report.unexplained.is_empty() => "nothing found".to_string(),
        (0, 0) => "no cause found for what is seen".to_string(),
        (0, n) => format!("{} suspected, none proven", plural(n, "cause")),
        (n, 0) => format!("{} found", plural(n, "cause")),
        (n, m) => format!("{} found, {m} suspected", plural(n, "cause")),
    };
    let skipped = if unread > 0 { format!(", {unread} not") } else { String::new() };
    format!("{what} ({} read{skipped})", plural(read, "file"))
}

/// `1 file`, `2 files`, `3 NetworkPolicies`, `4 StorageClasses`.
fn plural(n: usize, noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o']));
    match (n, stem) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        (_, None) if noun.ends_with("ss") => format!("{n} {noun}es"),
        (_, None) if noun.ends_with('s') => format!("{n} {noun}"),
        (_, None) => format!("{n} {noun}s"),
    }
}

fn named(subject: &Subject) -> String {
    let name = if subject.name.is_empty() { "?" } else { &subject.name };
    match &subject.namespace {
        Some(namespace) => format!("{} {namespace}/{name}", subject.kind),
        None => format!("{} {name}", subject.kind),
    }
}

/// `6 Pods (a, b, …)`, or the name if it is one.
fn counted(subjects: &[Subject]) -> String {
    if subjects.len() < 2 {
        return tally(subjects);
    }
    let mut names: Vec<&str> = subjects.iter().take(NAMED).map(|s| s.name.as_str()).collect();
    if subjects.len() > NAMED {
        names.push("…");
    }
    format!("{} ({})", tally(subjects), names.join(", "))
}

/// `6 Pods`, or the name if it is one.
fn tally(subjects: &[Subject]) -> String {
    match subjects {
        [] => "nothing".to_string(),
        [only] => named(only),
        [first, ..] if subjects.iter().all(|s| s.kind == first.kind) => {
            plural(subjects.len(), &first.kind)
        }
        _ => plural(subjects.len(), "object"),
    }
}

/// One line of evidence, as miette wants it.
#[derive(Debug)]
struct Snippet<'a> {
    file: &'a str,
    line: u32,
    text: &'a str,
    mark: (usize, usize),
    note: &'a str,
}

impl<'a> Snippet<'a> {
    fn new(evidence: &'a Evidence) -> Option<Self> {
        let (file, text) = (evidence.file.as_deref()?, evidence.text.as_deref()?);
        Some(Self { file, line: evidence.line?, text, mark: evidence.mark?, note: &evidence.note })
    }

    /// The place and what is marked there, short enough for the rest of a line.
    fn inline(&self) -> String {
        const LONGEST: usize = 60;
        let marked = &self.text[self.mark.0..self.mark.1];
        let cut: String = marked.chars().take(LONGEST).collect();
        let dots = if cut.len() < marked.len() { "…" } else { "" };
        format!(" ({}:{}: {cut}{dots})", self.file, self.line)
    }
}

impl fmt::Display for Snippet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.note)
    }
}

impl std::error::Error for Snippet<'_> {}

impl Diagnostic for Snippet<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, end) = self.mark;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, end - start))))
    }
}

/// The line stands alone, with the number that it has in its file.
impl SourceCode for Snippet<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        if span.offset() + span.len() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let whole = SourceSpan::from(0..self.text.len());
        let line = self.line as usize - 1;
        let name = self.file.to_string();
        Ok(Box::new(MietteSpanContents::new_named(name, self.text.as_bytes(), whole, line, 0, 1)))
    }
}
