//! `unready test`: fixtures, and where they differ.

use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::args::{Args, TestArgs, TestFormat};
use super::{Exit, Outcome, Shell, Stop, book, open, unmatchable, unreadable};
use crate::fixture::{
    Body, Coverage, Expectation, Failed, Fixture, Found, Trouble, below, expectation_of, is_of,
    said,
};
use crate::rule::{Book, Rule};

pub(super) fn run(args: &Args, wanted: &TestArgs, shell: &Shell) -> Outcome {
    let book = book::load(args, shell)?;
    if wanted.init {
        return init(args, wanted, &book, shell);
    }
    let Some(fixtures) = fixtures(args, wanted, shell)? else {
        shell.complain("no fixture is touched by these changes");
        return Ok(Exit::Clean);
    };
    let watched = wanted.coverage.then(|| watched(args, &book));
    // Every fixture by itself, and then in the order of their names.
    let ran = fixtures.par_iter().map(|fixture| {
        let run = fixture.run(&book, args.limits(), watched.as_ref()).map_err(failed)?;
        outcome(fixture, run, &book, wanted.update)
    });
    let ran: Vec<(Tested, Option<Coverage>)> = ran.collect::<Result<_, Stop>>()?;
    let mut coverage = watched.map(|_| Coverage::default());
    let mut tests = Vec::new();
    for (test, covered) in ran {
        if let (Some(whole), Some(covered)) = (&mut coverage, covered) {
            whole.add(covered);
        }
        tests.push(test);
    }
    let coverage = coverage.map(|coverage| Covered::of(&book, &coverage));
    let results = Results { schema: SCHEMA, summary: Summary::of(&tests), tests, coverage };
    match wanted.format {
        TestFormat::Json => shell.print_json(&results)?,
        TestFormat::Junit => shell.print(&results.junit())?,
        TestFormat::Text => shell.print(
            &results.text(&Paint { color: shell.colors(std::io::stdout().is_terminal()) }),
        )?,
    };
    Ok(if results.summary.failed > 0 { Exit::Found } else { Exit::Clean })
}

/// Writes down what is said of bundles.
fn init(args: &Args, wanted: &TestArgs, book: &Book, shell: &Shell) -> Outcome {
    let files: Vec<PathBuf> = wanted.paths.iter().map(|path| expectation_of(path)).collect();
    for (path, file) in wanted.paths.iter().zip(&files) {
        let refused = match path.file_name() {
            None => Some(format!("`{}` has no name for a fixture", path.display())),
            Some(_) if file.exists() => Some(format!(
                "`{}` is there already; `unready test --update {}` accepts what is said now",
                file.display(),
                file.display()
            )),
            Some(_) => None,
        };
        if let Some(message) = refused {
            return Err(Stop { exit: Exit::Usage, message });
        }
    }
    for (path, file) in wanted.paths.iter().zip(&files) {
        let (said, _) = said(&open(path, args)?, book).map_err(unmatchable)?;
        write(file, &Expectation::of(&said).text())?;
        shell.print(&format!("wrote {}: {said}\n", file.display()))?;
    }
    Ok(Exit::Clean)
}

fn write(file: &Path, text: &str) -> Result<(), Stop> {
    fs::write(file, text).map_err(|error| Stop {
        exit: Exit::Unreadable,
        message: format!("cannot write `{}`: {error}", file.display()),
    })
}

/// The fixtures to run, by name; `None` if none of those that there are was changed.
fn fixtures(args: &Args, wanted: &TestArgs, shell: &Shell) -> Result<Option<Vec<Fixture>>, Stop> {
    let mut found: Vec<Found> = Vec::new();
    for path in &wanted.paths {
        found.extend(below(path).map_err(|trouble| stopped(&[trouble], shell))?);
    }
    found.sort_by(|a, b| (&a.name, &a.file).cmp(&(&b.name, &b.file)));
    found.dedup();
    let nothing = |message: String| Err(Stop { exit: Exit::Usage, message });
    if found.is_empty() {
        return nothing(format!(
            "there is no fixture in {}; `unready test --init BUNDLE` writes one",
            listed(&wanted.paths)
        ));
    }
    if let Some(changed) = &wanted.changed {
        let ruled = |file: &PathBuf| args.rules.iter().any(|rules| book::is_below(file, rules));
        if !changed.iter().any(ruled) {
            found.retain(|fixture| changed.iter().any(|file| is_of(file, fixture)));
        }
        if found.is_empty() {
            return Ok(None);
        }
    }
    let (mut fixtures, mut troubles) = (vec![], vec![]);
    for found in &found {
        match Fixture::read(found) {
            Ok(read) => fixtures.extend(read),
            Err(trouble) => troubles.push(trouble),
        }
    }
    if !troubles.is_empty() {
        return Err(stopped(&troubles, shell));
    }
    if let Some(part) = &wanted.filter {
        fixtures.retain(|fixture| fixture.name.contains(part.as_str()));
        if fixtures.is_empty() {
            return nothing(format!(
                "no fixture in {} has `{part}` in its name",
                listed(&wanted.paths)
            ));
        }
    }
    Ok(Some(fixtures))
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

/// All mistakes of all files, or the first other trouble.
pub(super) fn stopped(troubles: &[Trouble], shell: &Shell) -> Stop {
    let mut mistakes = Vec::new();
    for trouble in troubles {
        match trouble {
            Trouble::Mistakes(more) => mistakes.extend(more.iter().cloned()),
            Trouble::Wrong(message) => {
                return Stop { exit: Exit::Usage, message: message.clone() };
            }
            Trouble::Unreadable(path, error) => {
                return unreadable(&path.display().to_string(), error);
            }
        }
    }
    book::underlined(&mistakes, "in the fixtures", shell)
}

pub(super) fn failed(failed: Failed) -> Stop {
    match failed {
        Failed::Unreadable(path, error) => unreadable(&path.display().to_string(), &error),
        Failed::Unmatchable(error) => unmatchable(error),
    }
}

/// The positions of the rules whose coverage is of interest.
fn watched(args: &Args, book: &Book) -> BTreeSet<usize> {
    // A built-in rule has a path as if it stood in the folder `rules`, which a user may have, too.
    let built_in: BTreeSet<String> = crate::built_in().into_iter().map(|file| file.path).collect();
    let of_user = |rule: &Rule| args.rules.is_empty() || !built_in.contains(&rule.file);
    let rules = book.all().enumerate();
    rules.filter(|(_, rule)| of_user(rule)).map(|(at, _)| at).collect()
}

/// What a fixture came to; with `update`, what is said now is accepted.
fn outcome(
    fixture: &Fixture,
    run: crate::fixture::Run,
    book: &Book,
    update: bool,
) -> Result<(Tested, Option<Coverage>), Stop> {
    let (mut differences, mut updated) = (run.differences, false);
    if let (Body::Bundle { expectation, .. }, true) =
        (&fixture.body, update && !differences.is_empty())
    {
        let file = fixture.file.display().to_string();
        let text = fs::read_to_string(&fixture.file).map_err(|error| unreadable(&file, &error))?;
        let kept = expectation.accepted(&text, &run.said);
        if kept.changed {
            write(&fixture.file, &kept.text)?;
            updated = true;
        }
        differences = Expectation { never: expectation.never.clone(), ..Expectation::default() }
            .differences(book, &run.said);
    }
    let passed = differences.is_empty();
    let tested = Tested {
        name: fixture.name.clone(),
        file: fixture.file.display().to_string(),
        line: fixture.line,
        result: if !passed {
            "failed"
        } else if updated {
            "updated"
        } else {
            "passed"
        },
        differences,
        expects: match &fixture.body {
            Body::Bundle { .. } => Expects::Bundle,
            Body::Case(_) => Expects::Case,
        },
    };
    Ok((tested, run.coverage))
}

const SCHEMA: &str = "unready/test/v1";

/// What all fixtures came to.
#[derive(Serialize)]
struct Results {
    schema: &'static str,
    summary: Summary,
    tests: Vec<Tested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Covered>,
}

#[derive(Serialize)]
struct Summary {
    passed: usize,
    failed: usize,
    updated: usize,
}

/// What one fixture came to.
#[derive(Serialize)]
struct Tested {
    name: String,
    file: String,
    line: u32,
    result: &'static str,
    differences: Vec<String>,
    #[serde(skip)]
    expects: Expects,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    Bundle,
    Case,
}

/// What was exercised of the rules, and what was not.
#[derive(Serialize)]
struct Covered {
    rules: usize,
    rules_held: usize,
    steps: usize,
    steps_held: usize,
    steps_stopped: usize,
    unexercised: Vec<Unexercised>,
}

#[derive(Serialize)]
struct Unexercised {
    rule: String,
    file: String,
    held: bool,
    steps: Vec<UnexercisedStep>,
}

#[derive(Serialize)]
struct UnexercisedStep {
    step: usize,
    line: u32,
    lacks: &'static str,
    written: String,
}

impl Summary {
    fn of(tests: &[Tested]) -> Self {
        let count = |result: &str| tests.iter().filter(|test| test.result == result).count();
        Self { passed: count("passed"), failed: count("failed"), updated: count("updated") }
    }
}

impl Covered {
    fn of(book: &Book, coverage: &Coverage) -> Self {
        let mut out = Self {
            rules: coverage.rules.len(),
            rules_held: coverage.rules.values().filter(|used| used.held).count(),
            steps: 0,
            steps_held: 0,
            steps_stopped: 0,
            unexercised: vec![],
        };
        for (at, rule) in book.all().enumerate() {
            let Some(used) = coverage.rules.get(&at) else { continue };
            let count = |is: fn(&crate::fixture::StepUse) -> bool| {
                used.steps.iter().filter(|step| is(step)).count()
            };
            out.steps += used.steps.len();
            out.steps_held += count(|step| step.held);
            out.steps_stopped += count(|step| step.stopped);
            let steps = rule.body.iter().zip(&used.steps).enumerate();
            let steps: Vec<UnexercisedStep> = steps
                .filter_map(|(n, (step, used))| {
                    let (line, written) = (step.line, step.written.clone());
                    Some(UnexercisedStep { step: n + 1, line, lacks: used.lacks()?, written })
                })
                .collect();
            if !used.held || !steps.is_empty() {
                let (id, file) = (rule.id.clone(), rule.file.clone());
                out.unexercised.push(Unexercised { rule: id, file, held: used.held, steps });
            }
        }
        out
    }

    fn text(&self) -> String {
        let mut out = format!(
            "\ncoverage: {} of {} rules held; of {} steps {} held and {} stopped a branch\n",
            self.rules_held, self.rules, self.steps, self.steps_held, self.steps_stopped
        );
        for rule in &self.unexercised {
            let held = if rule.held { "" } else { ": never held" };
            out.push_str(&format!("\n  {}{held}  ({})\n", rule.rule, rule.file));
            for step in &rule.steps {
                out.push_str(&format!(
                    "    line {}, step {} {}: {}\n",
                    step.line, step.step, step.lacks, step.written
                ));
            }
        }
        out
    }
}

/// Colours, or none.
struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn result(&self, result: &str) -> String {
        match result {
            "failed" => self.with("1;31", "FAILED "),
            "updated" => self.with("33", "updated"),
            _ => self.with("32", "ok     "),
        }
    }

    fn line(&self, line: &str) -> String {
        match line.chars().next() {
            Some('-') => self.with("31", line),
            Some('+') => self.with("32", line),
            _ => line.to_string(),
        }
    }
}

impl Results {
    /// A line for each fixture, the differences of those that failed, and a summary.
    fn text(&self, paint: &Paint) -> String {
        let mut out = String::new();
        for test in &self.tests {
            out.push_str(&format!("{} {}\n", paint.result(test.result), test.name));
        }
        let failed: Vec<&Tested> = self.tests.iter().filter(|t| t.result == "failed").collect();
        for test in &failed {
            out.push_str(&format!(
                "\n{} {}\n  {}:{}\n",
                paint.with("1;31", "FAILED"),
                paint.with("1", &test.name),
                test.file,
                test.line
            ));
            for line in test.differences.iter().flat_map(|text| text.lines()) {
                out.push_str(&format!("    {}\n", paint.line(line)));
            }
        }
        if let Some(coverage) = &self.coverage {
            out.push_str(&coverage.text());
        }
        let Summary { passed, failed: wrong, updated } = self.summary;
        let updated = if updated > 0 { format!(", {updated} updated") } else { String::new() };
        out.push_str(&format!("\n{passed} passed, {wrong} failed{updated}\n"));
        if failed.iter().any(|test| test.expects == Expects::Bundle) {
            out.push_str(
                "If what is said now is right, `unready test --update PATH` accepts it; what a rule \
                 is never to say stays.\n",
            );
        }
        out
    }

    /// The form that CI servers read.
    fn junit(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"unready\" \
             tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
            self.tests.len(),
            self.summary.failed
        );
        for test in &self.tests {
            let (name, file) = (xml(&test.name), xml(&test.file));
            let case = format!(
                "<testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{}\"",
                test.line
            );
            if test.result == "failed" {
                let all = test.differences.join("\n");
                let first = all.lines().next().unwrap_or_default();
                out.push_str(&format!(
                    "    {case}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                    xml(first),
                    xml(&all)
                ));
            } else {
                out.push_str(&format!("    {case}/>\n"));
            }
        }
        out.push_str("  </testsuite>\n</testsuites>\n");
        out
    }
}

/// Text as it stands in XML, in which some characters cannot stand at all.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}
