//! `unready rules`: the book itself.

use std::fmt::Write as _;

use super::args::{Args, RulesArgs, RulesCommand};
use super::{Exit, Outcome, Shell, Stop, book, check, layout};
use crate::rule::{Book, Rule, page, schema};
use crate::text::nearest;

pub(super) fn run(args: &Args, wanted: &RulesArgs, shell: &Shell) -> Outcome {
    match &wanted.command {
        RulesCommand::Check(wanted) => check::run(args, wanted, shell),
        RulesCommand::Format(wanted) => layout::run(wanted, shell),
        RulesCommand::List { area } => {
            let book = book::load(args, shell)?;
            list(&book, area.as_deref(), shell)
        }
        RulesCommand::Docs { area } => {
            let book = book::load(args, shell)?;
            let page = page(&book, area).ok_or_else(|| no_area(&book, area))?;
            shell.print(&page)
        }
        RulesCommand::Show { rule } => {
            let book = book::load(args, shell)?;
            shell.print(&written(args, find(&book, rule)?)?)
        }
        RulesCommand::Relations => shell.print(&relations(&book::load(args, shell)?)),
        RulesCommand::Schema => {
            let book = book::load(args, shell)?;
            let text = serde_json::to_string_pretty(&schema(&book))
                .expect("a schema can be written as JSON");
            shell.print(&format!("{text}\n"))
        }
    }
}

/// The rule of an id, or what else was meant.
pub(super) fn find<'a>(book: &'a Book, id: &str) -> Result<&'a Rule, Stop> {
    book.rule(id).ok_or_else(|| {
        let near = nearest(id, book.all().map(|rule| rule.id.as_str()));
        let near = near.map_or_else(
            || "`unready rules list` shows all".to_string(),
            |near| format!("did you mean `{near}`?"),
        );
        Stop { exit: Exit::Usage, message: format!("there is no rule `{id}`; {near}") }
    })
}

fn no_area(book: &Book, area: &str) -> Stop {
    let areas: std::collections::BTreeSet<&str> =
        book.findings.iter().map(|rule| rule.area.as_str()).collect();
    let areas: Vec<&str> = areas.into_iter().collect();
    let message = format!("no rule in area `{area}`; areas are {}", areas.join(", "));
    Stop { exit: Exit::Usage, message }
}

fn list(book: &Book, area: Option<&str>, shell: &Shell) -> Outcome {
    let mut rules: Vec<&Rule> =
        book.findings.iter().filter(|rule| area.is_none_or(|area| rule.area == area)).collect();
    rules.sort_by(|a, b| (&a.area, &a.id).cmp(&(&b.area, &b.id)));
    if rules.is_empty() {
        return Err(no_area(book, area.unwrap_or_default()));
    }
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let areas = rules.iter().map(|rule| rule.area.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let Some(finding) = rule.finding() else { continue };
        let title = finding.title.render(|v| format!("${}", rule.variables[v].0));
        let kind = if finding.symptom { "symptom" } else { finding.severity.name() };
        writeln!(out, "{:areas$}  {:width$}  {kind:8}  {title}", rule.area, rule.id)
            .expect("writing to a string does not fail");
    }
    shell.print(&out)
}

/// The file of a rule, as it is written.
fn written(args: &Args, rule: &Rule) -> Result<String, Stop> {
    let built_in = crate::built_in().into_iter().find(|file| file.path == rule.file);
    match built_in {
        Some(file) => Ok(file.text),
        None => std::fs::read_to_string(&rule.file).map_err(|error| Stop {
            exit: Exit::Unreadable,
            message: format!(
                "cannot read `{}` again (of {} folders of rules): {error}",
                rule.file,
                args.rules.len()
            ),
        }),
    }
}

fn relations(book: &Book) -> String {
    let mut out = String::new();
    for (_, relation) in book.catalog.all().filter(|(_, relation)| !relation.name.contains(' ')) {
        out.push_str(&format!("{}: {}\n", relation.name, relation.doc));
        for column in relation.columns.iter() {
            out.push_str(
                format!("    {:18} {:9} {}", column.name, column.as_type.name(), column.doc)
                    .trim_end(),
            );
            out.push('\n');
        }
    }
    out
}
