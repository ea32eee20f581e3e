//! `unready rules check`: mistakes, and what is better done otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::args::{Args, CheckArgs, CheckFormat};
use super::test::{failed, stopped};
use super::{Exit, Outcome, Shell, Stop, book, open, unmatchable};
use crate::bundle::Bundle;
use crate::fixture::{Body, Fixture, below};
use crate::lint::{Cases, Measure, advice};
use crate::rule::{Book, Mistake, RuleFile, load};

pub(super) fn run(args: &Args, wanted: &CheckArgs, shell: &Shell) -> Outcome {
    let mut others = crate::built_in();
    for folder in &args.rules {
        others.extend(book::read(folder)?);
    }
    let mut files: BTreeMap<String, RuleFile> = BTreeMap::new();
    for path in &wanted.paths {
        files.extend(book::read(path)?.into_iter().map(|file| (file.path.clone(), file)));
    }
    let files: Vec<RuleFile> = files.into_values().collect();
    // A built-in rule may be checked where it stands: the file is the rule, and not another one.
    let named: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    others.retain(|file| !named.contains(file.path.as_str()));
    let all: Vec<RuleFile> = others.into_iter().chain(files.iter().cloned()).collect();
    match load(&all, crate::catalog()) {
        Err(mistakes) if wanted.format == CheckFormat::Text => {
            Err(book::underlined(&mistakes, "in the rules", shell))
        }
        Err(mistakes) => {
            told(&mistakes, wanted.format, shell)?;
            Ok(Exit::Usage)
        }
        Ok(book) => advised(args, wanted, &book, &files, shell),
    }
}

fn advised(
    args: &Args,
    wanted: &CheckArgs,
    book: &Book,
    files: &[RuleFile],
    shell: &Shell,
) -> Outcome {
    let fixtures = fixtures(wanted, shell)?;
    let cases = fixtures.iter().filter_map(|fixture| match &fixture.body {
        Body::Case(case) => Some(case),
        Body::Bundle { .. } => None,
    });
    let cases = match wanted.cases.is_empty() {
        true => None,
        false => Some(Cases { all: cases.collect(), explained: explained(args, book, &fixtures)? }),
    };
    let mut accusing = found(&crate::healthy(), book)?;
    for path in &wanted.healthy {
        accusing.extend(found(&open(path, args)?, book)?);
    }
    let measure = Measure { logs: vec![crate::HEALTHY_LOG], accusing, cases };
    let advice = advice(book, files, &measure);
    told(&advice, wanted.format, shell)?;
    if wanted.format == CheckFormat::Text {
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let rules = book.all().filter(|rule| paths.contains(rule.file.as_str())).count();
        let advice = match advice.len() {
            0 => String::new(),
            1 => ", 1 piece of advice".to_string(),
            n => format!(", {n} pieces of advice"),
        };
        let (rules, files) = (counted(rules, "rule"), counted(files.len(), "file"));
        shell.print(&format!("{rules} in {files}: no mistake{advice}\n"))?;
    }
    Ok(if wanted.strict && !advice.is_empty() { Exit::Found } else { Exit::Clean })
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn fixtures(wanted: &CheckArgs, shell: &Shell) -> Result<Vec<Fixture>, Stop> {
    let mut fixtures = Vec::new();
    for path in &wanted.cases {
        for found in below(path).map_err(|trouble| stopped(&[trouble], shell))? {
            fixtures.extend(Fixture::read(&found).map_err(|trouble| stopped(&[trouble], shell))?);
        }
    }
    Ok(fixtures)
}

/// Which rules' findings are said to follow from which, in any fixture.
fn explained(
    args: &Args,
    book: &Book,
    fixtures: &[Fixture],
) -> Result<BTreeSet<(String, String)>, Stop> {
    let runs = fixtures.par_iter().map(|fixture| {
        let run = fixture.run(book, args.limits(), None).map_err(failed)?;
        let diagnoses = run.said.report.diagnoses.into_iter();
        let pairs = diagnoses.flat_map(|diagnosis| {
            let rule = diagnosis.rule;
            diagnosis.explains.into_iter().map(move |told| (rule.clone(), told.rule))
        });
        Ok(pairs.collect())
    });
    let runs: Vec<BTreeSet<(String, String)>> = runs.collect::<Result<_, Stop>>()?;
    Ok(runs.into_iter().flatten().collect())
}

/// The rules that find something in a bundle, beyond doubt, with its name.
fn found(bundle: &Bundle, book: &Book) -> Result<BTreeSet<(String, String)>, Stop> {
    let clusters = crate::diagnose(bundle, book).map_err(unmatchable)?.clusters;
    let outcomes = clusters.iter().flat_map(|cluster| book.findings.iter().zip(&cluster.outcomes));
    let found = outcomes.filter(|(_, outcome)| outcome.solutions.iter().any(|s| s.certain()));
    Ok(found.map(|(rule, _)| (rule.id.clone(), bundle.name.clone())).collect())
}

/// Prints mistakes or advice.
fn told(mistakes: &[Mistake], format: CheckFormat, shell: &Shell) -> Outcome {
    match format {
        CheckFormat::Text => {
            let drawn = book::drawn(mistakes, shell.colors(std::io::stdout().is_terminal()));
            shell.print(&drawn.iter().map(|text| format!("{text}\n")).collect::<String>())
        }
        CheckFormat::Json => shell.print_json(&json!({
            "schema": "unready/rules-check/v1",
            "remarks": mistakes.iter().map(remark).collect::<Vec<_>>(),
        })),
        CheckFormat::Github => shell.print(&mistakes.iter().map(annotation).collect::<String>()),
        CheckFormat::Sarif => shell.print_json(&sarif(mistakes)),
    }
}

/// The name of a remark's kind; what the loader refuses has no other.
fn kind(mistake: &Mistake) -> &'static str {
    mistake.name().unwrap_or("mistake")
}

fn level(mistake: &Mistake) -> &'static str {
    if mistake.name().is_some() { "warning" } else { "error" }
}

/// What is wrong, and what to do, in one text.
fn whole(mistake: &Mistake) -> String {
    let hint = mistake.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{mistake}{hint}")
}

fn remark(mistake: &Mistake) -> Value {
    let (file, line, column) = mistake.position();
    json!({
        "level": level(mistake),
        "kind": kind(mistake),
        "file": file,
        "line": line,
        "column": column,
        "message": mistake.to_string(),
        "help": mistake.hint(),
    })
}

/// A workflow command of GitHub Actions.
fn annotation(mistake: &Mistake) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let (file, line, column) = mistake.position();
    format!(
        "::{} file={},line={line},col={column},title={}::{}\n",
        level(mistake),
        property(file),
        kind(mistake),
        data(&whole(mistake))
    )
}

fn sarif(mistakes: &[Mistake]) -> Value {
    let kinds: BTreeSet<&str> = mistakes.iter().map(kind).collect();
    let result = |mistake: &Mistake| {
        let (file, line, column) = mistake.position();
        json!({
            "ruleId": kind(mistake),
            "level": level(mistake),
            "message": {"text": whole(mistake)},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(file)},
                "region": {"startLine": line, "startColumn": column},
            }}],
        })
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "unready",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": kinds.iter().map(|kind| json!({"id": kind})).collect::<Vec<_>>(),
            }},
            "results": mistakes.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// A path as a relative URI: what has another meaning there is written as its bytes.
fn uri(path: &str) -> String {
    let kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    let path = path.replace('\\', "/");
    path.bytes()
        .map(|byte| match kept(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}
