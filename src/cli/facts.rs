//! `unready facts`: what was read.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::args::{Args, FactsArgs, Format};
use super::{Exit, Outcome, Shell, Stop, book, concluded, open};
use crate::Cluster;
use crate::fact::{Cell, Facts, Filling, RelationId, Row, Value};
use crate::format::Fate;
use crate::text::{nearest, printable};

/// The overview.
#[derive(Serialize)]
struct Overview {
    bundle: String,
    relations: Vec<Relation>,
    files: Vec<File>,
    gaps: Vec<Gap>,
    issues: Vec<Issue>,
}

#[derive(Serialize)]
struct Relation {
    relation: String,
    rows: usize,
    searched: Vec<String>,
}

#[derive(Serialize)]
struct File {
    file: String,
    /// `read`, `skipped`, `failed` or `unread`.
    fate: &'static str,
    reader: Option<&'static str>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Gap {
    relation: String,
    capture: String,
    command: String,
}

#[derive(Serialize)]
struct Issue {
    file: String,
    line: Option<u32>,
    message: String,
}

pub(super) fn run(args: &Args, wanted: &FactsArgs, shell: &Shell) -> Outcome {
    let book = book::load(args, shell)?;
    let bundle = open(&wanted.path, args)?;
    let clusters = concluded(&bundle, &book)?;
    if let Some(name) = &wanted.relation {
        return rows(&clusters, name, wanted.format, shell);
    }
    let overviews: Vec<Overview> =
        clusters.iter().map(|cluster| overview(&bundle.name, cluster)).collect();
    match (wanted.format, &overviews[..]) {
        (Format::Json, [only]) => shell.print_json(only),
        (Format::Json, all) => shell.print_json(&all),
        (Format::Text, all) => shell.print(&all.iter().map(said).collect::<Vec<_>>().join("\n")),
    }
}

fn overview(bundle: &str, cluster: &Cluster) -> Overview {
    let issue = |i: &crate::text::Issue| Issue {
        file: printable(&i.file),
        line: i.line,
        message: printable(&i.message),
    };
    Overview {
        bundle: printable(cluster.name.as_deref().unwrap_or(bundle)),
        relations: relations(&cluster.facts),
        files: cluster.files.iter().map(file).collect(),
        gaps: gaps(&cluster.facts),
        issues: cluster.issues.iter().map(issue).collect(),
    }
}

fn file(report: &crate::format::FileReport) -> File {
    File {
        file: printable(&report.path),
        fate: match report.fate {
            Fate::Read => "read",
            Fate::Skipped => "skipped",
            Fate::Failed => "failed",
            Fate::Unread => "unread",
        },
        reader: report.format,
        reason: report.reason.as_deref().map(printable),
    }
}

fn shown(facts: &Facts) -> impl Iterator<Item = (RelationId, &crate::fact::Relation)> {
    facts.catalog().all().filter(|(_, relation)| {
        !matches!(relation.filling, Filling::Computed { .. } | Filling::View)
    })
}

fn relations(facts: &Facts) -> Vec<Relation> {
    shown(facts)
        .map(|(id, relation)| Relation {
            relation: relation.name.to_string(),
            rows: facts.rows(id).len(),
            searched: facts
                .coverage
                .scopes(id)
                .iter()
                .map(|(limits, _)| scope(relation, limits))
                .collect(),
        })
        .filter(|relation| relation.rows > 0 || !relation.searched.is_empty())
        .collect()
}

/// A scope in words: `everywhere`, or its limits.
fn scope(relation: &crate::fact::Relation, limits: &[(usize, Value)]) -> String {
    if limits.is_empty() {
        return "everywhere".to_string();
    }
    let limit =
        |(column, value): &(usize, Value)| format!("{} {value}", relation.columns[*column].name);
    printable(&limits.iter().map(limit).collect::<Vec<_>>().join(", "))
}

/// Relations of which nothing was captured.
fn gaps(facts: &Facts) -> Vec<Gap> {
    let empty = |id: RelationId| facts.rows(id).is_empty() && facts.coverage.any(id).is_empty();
    let fill = |text: &str| text.replace("{exec}", "").replace(['{', '}'], "");
    shown(facts)
        .filter(|(id, relation)| empty(*id) && !relation.command.is_empty())
        .map(|(_, relation)| Gap {
            relation: relation.name.to_string(),
            capture: fill(&relation.capture),
            command: upper_placeholders(&relation.command),
        })
        .collect()
}

/// `{namespace}` as `NAMESPACE`.
fn upper_placeholders(command: &str) -> String {
    let mut out = String::new();
    for (n, piece) in command.replace("{exec}", "").split(['{', '}']).enumerate() {
        out.push_str(&if n % 2 == 1 { piece.to_uppercase() } else { piece.to_string() });
    }
    out
}

/// Scopes that are listed before the rest is counted.
const LISTED: usize = 4;

fn said(overview: &Overview) -> String {
    let mut out = String::new();
    let width = overview.relations.iter().map(|r| r.relation.len()).max().unwrap_or(0);
    let mut line = |text: String| {
        writeln!(out, "{}", text.trim_end()).expect("writing to a string does not fail")
    };
    line(format!("{}\n\nRelations", overview.bundle));
    for relation in &overview.relations {
        let mut scopes: Vec<String> = relation.searched.iter().take(LISTED).cloned().collect();
        if relation.searched.len() > LISTED {
            scopes.push(format!("and {} more", relation.searched.len() - LISTED));
        }
        let scopes = if scopes.is_empty() {
            String::new()
        } else {
            format!("searched: {}", scopes.join("; "))
        };
        line(format!("  {:width$}  {:6}  {scopes}", relation.relation, relation.rows));
    }
    line("\nFiles".to_string());
    for file in &overview.files {
        match (&file.reader, &file.reason) {
            (Some(reader), _) => line(format!("  {}  as {reader}", file.file)),
            (None, reason) => {
                let reason = reason.as_deref().unwrap_or_default();
                let what = match file.fate {
                    "skipped" => "skipped: ",
                    "failed" => "",
                    _ => "not read: ",
                };
                line(format!("  {}  {what}{reason}", file.file));
            }
        }
    }
    if !overview.gaps.is_empty() {
        line("\nNot captured".to_string());
        for gap in &overview.gaps {
            line(format!("  {:width$}  {}", gap.relation, gap.command));
        }
    }
    if !overview.issues.is_empty() {
        line("\nTrouble with the captures".to_string());
        for issue in &overview.issues {
            let at = issue.line.map_or_else(String::new, |line| format!(":{line}"));
            line(format!("  {}{at}: {}", issue.file, issue.message));
        }
    }
    out
}

fn rows(clusters: &[Cluster], name: &str, format: Format, shell: &Shell) -> Outcome {
    let mut json = Vec::new();
    let mut text = String::new();
    for cluster in clusters {
        let facts = &cluster.facts;
        let id = facts.catalog().id(name).ok_or_else(|| {
            let near = nearest(name, facts.catalog().names());
            let near = near.map_or_else(
                || "`unready rules relations` lists all".to_string(),
                |near| format!("did you mean `{near}`?"),
            );
            Stop { exit: Exit::Usage, message: format!("there is no relation `{name}`; {near}") }
        })?;
        json.extend(facts.rows(id).iter().map(|row| as_json(facts, id, row)));
        text.extend(facts.rows(id).iter().map(|row| as_line(facts, id, row)));
    }
    match format {
        Format::Json => shell.print_json(&json),
        Format::Text => shell.print(&text),
    }
}

fn as_line(facts: &Facts, id: RelationId, row: &Row) -> String {
    let relation = facts.relation(id);
    let cells =
        row.cells.iter().zip(relation.columns.iter()).filter_map(|(cell, column)| match cell {
            Cell::Known(value) => Some(format!("{}={}", column.name, printable(&value.text()))),
            Cell::Absent => Some(format!("{}=(none)", column.name)),
            Cell::Unknown => None,
        });
    let cells: Vec<String> = cells.collect();
    let possible = if row.ground.missing.is_empty() { "" } else { "  (possible)" };
    format!("{}  {}{possible}\n", place(facts, row), cells.join(" "))
}

fn place(facts: &Facts, row: &Row) -> String {
    row.place.map_or_else(
        || "-".to_string(),
        |place| format!("{}:{}", printable(facts.sources.path(place.file)), place.line),
    )
}

/// A row as JSON; what is unknown has no key, what is absent is null.
fn as_json(facts: &Facts, id: RelationId, row: &Row) -> Json {
    let mut object = Map::new();
    for (cell, column) in row.cells.iter().zip(facts.relation(id).columns.iter()) {
        let value = match cell {
            Cell::Unknown => continue,
            Cell::Absent => Json::Null,
            Cell::Known(Value::Bool(b)) => Json::from(*b),
            Cell::Known(Value::Int(n)) => Json::from(*n),
            Cell::Known(Value::Text(text)) => Json::from(printable(text)),
        };
        object.insert(column.name.to_string(), value);
    }
    object.insert("at".to_string(), Json::from(place(facts, row)));
    Json::Object(object)
}
