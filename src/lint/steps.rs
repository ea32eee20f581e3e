//! Steps that can never hold, or do nothing, and links that lead nowhere.

use super::Written;
use crate::rule::{Ask, Mistake, Pattern, Query, Term};

pub(super) fn look(written: &Written<'_>, out: &mut Vec<Mistake>) {
    let body = &written.rule.body;
    for (n, step) in body.iter().enumerate() {
        let at = written.item("when", n);
        let earlier = body.iter().take(n);
        if earlier.clone().any(|other| other.written == step.written) {
            let message = "this step is asked above already".to_string();
            out.push(written.say("step-twice", at, message));
        }
        if let Some(why) = impossible(&step.ask) {
            out.push(written.say("never-holds", at, why));
        }
        for (m, other) in body.iter().enumerate() {
            if let (Ask::None(absent), Ask::Some(present)) = (&step.ask, &other.ask)
                && covers(absent, present)
            {
                let message =
                    "this rule can never hold: what this step forbids is asked for".into();
                let there = written.item("when", m);
                out.push(written.say("never-holds", at, message).also(there, "asked for here"));
            }
        }
        for pattern in step.ask.query().iter().flat_map(|query| &query.columns) {
            if let Pattern::Match { regex, .. } = &pattern.1
                && ["", "a", "0 1", "/"].iter().all(|text| regex.is_match(text))
            {
                let message = format!("every text matches /{}/", regex.as_str());
                out.push(written.say("too-general", at, message));
            }
        }
    }
    links(written, out);
}

/// Why a step can never hold by itself, or always does.
fn impossible(ask: &Ask) -> Option<String> {
    match ask {
        Ask::Count { at_least: Some(least), at_most: Some(most), .. } if least > most => {
            Some(format!("there cannot be at least {least} and at most {most}"))
        }
        Ask::Check { left: Term::Variable(a), right: Term::Variable(b), .. } if a == b => {
            Some("this compares a variable with itself".to_string())
        }
        Ask::Check { left: Term::Value(_), right: Term::Value(_), .. } => {
            Some("this compares two fixed values".to_string())
        }
        _ => None,
    }
}

/// Whether every row that `narrow` asks for is one that `wide` asks for.
fn covers(wide: &Query, narrow: &Query) -> bool {
    wide.relation == narrow.relation
        && wide.columns.iter().all(|(column, wanted)| {
            let asked = narrow.columns.iter().find(|(other, _)| other == column);
            asked.is_some_and(|(_, asked)| admits(wanted, asked))
        })
}

fn admits(wide: &Pattern, narrow: &Pattern) -> bool {
    match (wide, narrow) {
        (Pattern::OneOf(wide), Pattern::OneOf(narrow)) => narrow.iter().all(|v| wide.contains(v)),
        (Pattern::Variable(wide), Pattern::Variable(narrow)) => wide == narrow,
        (Pattern::Match { regex: wide, .. }, Pattern::Match { regex: narrow, .. }) => {
            wide.as_str() == narrow.as_str()
        }
        (Pattern::Present, narrow) => !matches!(narrow, Pattern::Absent),
        (Pattern::Absent, Pattern::Absent) => true,
        _ => false,
    }
}

fn links(written: &Written<'_>, out: &mut Vec<Mistake>) {
    let Some(finding) = written.rule.finding() else { return };
    for (n, link) in finding.explains.iter().enumerate() {
        let earlier = finding.explains.iter().take(n);
        let twice = |other: &&crate::rule::Link| {
            other.rule == link.rule
                && other.variables.iter().all(|variable| link.variables.contains(variable))
        };
        if earlier.clone().any(|other| twice(&other)) {
            let message = format!(
                "this link is without effect: one above leads to `{}` for as many of its findings",
                link.rule
            );
            out.push(written.say("link-without-effect", written.item("explains", n), message));
        }
    }
}
