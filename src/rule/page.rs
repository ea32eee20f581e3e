//! A page of documentation for an area of the book: what each rule finds, by what, and what to do.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::{Ask, Book, Finding, Rule, Template};
use crate::fact::{Filling, RelationId};

/// The page of an area, in Markdown; `None` if there is no such area.
pub fn page(book: &Book, area: &str) -> Option<String> {
    let rules: Vec<(&Rule, &Finding)> = book
        .findings
        .iter()
        .filter(|rule| rule.area == area)
        .filter_map(|rule| Some((rule, rule.finding()?)))
        .collect();
    if rules.is_empty() {
        return None;
    }
    let mut out = format!(
        "# Rules: {area}\n\nMade by `unready rules docs {area}`; the rules themselves are in `rules/{area}/`.\n"
    );
    for (rule, finding) in &rules {
        section(book, rule, finding, &mut out).expect("writing to a string does not fail");
    }
    facts(book, &rules, &mut out).expect("writing to a string does not fail");
    Some(out)
}

fn section(book: &Book, rule: &Rule, finding: &Finding, out: &mut String) -> fmt::Result {
    let kind = if finding.symptom { "symptom" } else { finding.severity.name() };
    writeln!(out, "\n## {}\n\n{} ({kind}).\n", rule.id, filled(rule, &finding.title))?;
    let mut notes = BTreeSet::new();
    for step in &rule.body {
        let told = step.note.clone().or_else(|| {
            let relation = relation_of(&step.ask)?;
            Some(book.catalog.relation(relation).doc.trim_end_matches('.').into())
        });
        if let Some(told) = told
            && notes.insert(told.clone())
        {
            writeln!(out, "- {told}")?;
        }
    }
    if !finding.explains.is_empty() {
        let links: BTreeSet<&str> =
            finding.explains.iter().map(|link| link.rule.as_str()).collect();
        let links: Vec<String> = links.into_iter().map(|link| format!("`{link}`")).collect();
        writeln!(out, "\nExplains {}.", links.join(", "))?;
    }
    if let Some(fix) = &finding.fix {
        writeln!(out, "\n```text\n{}\n```", filled(rule, fix).trim_end())?;
    }
    for reference in &finding.references {
        writeln!(out, "\n<{reference}>")?;
    }
    Ok(())
}

/// The derived facts that the rules of a page ask for.
fn facts(book: &Book, rules: &[(&Rule, &Finding)], out: &mut String) -> fmt::Result {
    let asked: BTreeSet<RelationId> = rules
        .iter()
        .flat_map(|(rule, _)| &rule.body)
        .filter_map(|step| relation_of(&step.ask))
        .filter(|id| matches!(book.catalog.relation(*id).filling, Filling::Derived))
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Facts that these rules share\n")?;
    let mut shared: Vec<_> = asked.into_iter().map(|id| book.catalog.relation(id)).collect();
    shared.sort_by(|a, b| a.name.cmp(&b.name));
    for relation in shared {
        writeln!(out, "- `{}`: {}", relation.name, relation.doc)?;
    }
    Ok(())
}

fn relation_of(ask: &Ask) -> Option<RelationId> {
    ask.query().map(|query| query.relation)
}

fn filled(rule: &Rule, template: &Template) -> String {
    template.render(|v| format!("${}", rule.variables[v].0))
}
