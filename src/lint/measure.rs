//! Rules measured by captures: those in which nothing is wrong, and those of their cases.

use std::collections::BTreeSet;

use super::{Measure, Written};
use crate::fixture::{Wanted, lacking};
use crate::rule::{Ask, Book, Mistake};

/// Ordinary lines that a pattern may match: what a rule reads from a log may well stand in a healthy one.
const ORDINARY: usize = 2;

pub(super) fn look(
    written: &Written<'_>,
    book: &Book,
    measure: &Measure<'_>,
    out: &mut Vec<Mistake>,
) {
    patterns(written, book, measure, out);
    let rule = written.rule;
    let Some(finding) = rule.finding() else { return };
    for (_, bundle) in measure.accusing.iter().filter(|(id, _)| *id == rule.id) {
        let message =
            format!("`{}` finds something in `{bundle}`, where nothing is wrong", rule.id);
        out.push(written.say("too-general", written.head(), message));
    }
    let Some(cases) = &measure.cases else { return };
    let of_rule = cases.all.iter().filter(|case| case.rule == rule.id);
    let seen: BTreeSet<Wanted> = of_rule.map(|case| case.wanted).collect();
    let lacking = lacking(rule, &seen);
    if !lacking.is_empty() {
        let lacking: Vec<&str> = lacking.into_iter().map(Wanted::name).collect();
        let message = format!(
            "`{}` has no case where it is {}",
            rule.id,
            lacking.join(", none where it is ")
        );
        let help = Some(format!("cases are written in `{}.md`", rule.id));
        out.push(written.say("missing-case", written.head(), message).help(help));
    }
    // What follows from a symptom is told of its causes.
    for (n, link) in finding.explains.iter().enumerate().filter(|_| !finding.symptom) {
        if !cases.explained.contains(&(rule.id.clone(), link.rule.clone())) {
            let message = format!("no case shows that `{}` follows", link.rule);
            out.push(written.say("link-not-shown", written.item("explains", n), message));
        }
    }
}

fn patterns(written: &Written<'_>, book: &Book, measure: &Measure<'_>, out: &mut Vec<Mistake>) {
    let of_rule = book.log_patterns().filter(|(rule, _, _)| std::ptr::eq(*rule, written.rule));
    for (rule, step, pattern) in of_rule {
        if matches!(step.ask, Ask::None(_)) {
            continue;
        }
        let Ok(regex) = regex::Regex::new(pattern) else { continue };
        for (name, log) in &measure.logs {
            let lines = log.lines().count();
            let hits = log.lines().filter(|line| regex.is_match(line)).count();
            if hits > ORDINARY {
                let at = rule.body.iter().position(|other| std::ptr::eq(other, step));
                let message = format!(
                    "/{pattern}/ matches {hits} of {lines} ordinary lines of a log in which nothing is \
                     wrong ({name})"
                );
                let span = written.item("when", at.unwrap_or_default());
                out.push(written.say("too-general", span, message));
            }
        }
    }
}
