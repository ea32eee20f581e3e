//! The rules on their cases, and every rule on the cases of all others.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use support::{BOOK, Case, Wanted, cases, report_and_symptoms};
use unready::report::{Report, Subject, Verdict};

/// Claims that a case can make.
const CLAIMS: [&str; 6] = ["about", "also", "asks", "explains", "first", "never"];

#[test]
fn every_rule_comes_to_what_its_cases_say() {
    let wrong: Vec<String> = cases()
        .into_par_iter()
        .flat_map_iter(|case| {
            let (report, symptoms) = report_and_symptoms(&case.bundle());
            let told = |difference| {
                format!("{} / {}: {difference}\n  said: {}", case.rule, case.name, said(&report))
            };
            differences(&case, &report, &symptoms).into_iter().map(told).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_where_it_is_found_ruled_out_and_suspected() {
    let mut seen: BTreeMap<String, BTreeSet<Wanted>> = BTreeMap::new();
    for case in cases() {
        seen.entry(case.rule).or_default().insert(case.wanted);
    }
    for rule in &BOOK.findings {
        let symptom = rule.finding().is_some_and(|finding| finding.symptom);
        // A symptom is what was seen: it is never suspected.
        let wanted = match symptom {
            true => vec![Wanted::Found, Wanted::RuledOut],
            false => vec![Wanted::Found, Wanted::RuledOut, Wanted::Suspected],
        };
        let has = seen.remove(&rule.id).unwrap_or_default();
        assert!(
            wanted.iter().all(|w| has.contains(w)),
            "{} has cases {has:?}, needs {wanted:?}",
            rule.id
        );
    }
    assert!(seen.is_empty(), "cases of rules that are not there: {:?}", seen.keys());
}

fn differences(case: &Case, report: &Report, symptoms: &BTreeSet<String>) -> Vec<String> {
    let mut out = Vec::new();
    let rule = BOOK.rule(&case.rule).unwrap_or_else(|| panic!("there is no rule {}", case.rule));
    let symptom = rule.finding().is_some_and(|finding| finding.symptom);
    for (key, _) in &case.claims {
        assert!(
            CLAIMS.contains(&key.as_str()),
            "{} / {}: no claim is called `{key}`",
            case.rule,
            case.name
        );
    }
    let of_rule: Vec<_> = report.diagnoses.iter().filter(|d| d.rule == case.rule).collect();
    let verdicts: BTreeSet<&str> = of_rule.iter().map(|d| verdict(d.verdict)).collect();
    let seen = symptoms.contains(&case.rule);
    let fits = match (case.wanted, symptom) {
        (Wanted::Found, true) => seen,
        (Wanted::RuledOut, true) => !seen,
        (Wanted::Found, false) => verdicts.contains("found"),
        (Wanted::RuledOut, false) => verdicts.is_empty(),
        (Wanted::Suspected, _) => verdicts == BTreeSet::from(["suspected"]),
    };
    if !fits {
        out.push(format!("is to be {:?}", case.wanted));
    }
    // Whatever else is proven is declared, or it is a false accusation.
    let also: BTreeSet<&str> = case.claims("also").collect();
    let proven =
        report.diagnoses.iter().filter(|d| d.verdict == Verdict::Found && d.rule != case.rule);
    let proven: BTreeSet<&str> = proven.map(|d| d.rule.as_str()).collect();
    if proven != also {
        out.push(format!("beside it {also:?} are to be proven, {proven:?} are"));
    }
    for about in case.claims("about") {
        if !of_rule.iter().any(|d| named(&d.subject) == about) {
            out.push(format!("is to be about {about}"));
        }
    }
    for command in case.claims("asks") {
        if !report.collect.iter().any(|ask| ask.command == command) {
            out.push(format!("is to ask for `{command}`, asks for {:?}", commands(report)));
        }
    }
    for explained in case.claims("explains") {
        if !of_rule.iter().flat_map(|d| &d.explains).any(|c| c.rule == explained) {
            out.push(format!("is to explain {explained}"));
        }
    }
    if case.claims("first").any(|first| report.diagnoses.first().is_none_or(|d| d.rule != first)) {
        out.push("another rule is to come first".to_string());
    }
    for never in case.claims("never") {
        if report.diagnoses.iter().any(|d| d.rule == never) {
            out.push(format!("{never} is not even to be suspected"));
        }
    }
    if !report.issues.is_empty() {
        out.push(format!("its captures are to be read without trouble: {:?}", report.issues));
    }
    out
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Found => "found",
        Verdict::Suspected => "suspected",
    }
}

fn named(subject: &Subject) -> String {
    match &subject.namespace {
        Some(namespace) => format!("{} {namespace}/{}", subject.kind, subject.name),
        None => format!("{} {}", subject.kind, subject.name),
    }
}

fn commands(report: &Report) -> Vec<&str> {
    report.collect.iter().map(|ask| ask.command.as_str()).collect()
}

fn said(report: &Report) -> String {
    let diagnoses = report
        .diagnoses
        .iter()
        .map(|d| format!("{} {} {}", verdict(d.verdict), d.rule, named(&d.subject)));
    let unexplained = report.unexplained.iter().map(|u| format!("unexplained {}", u.rule));
    let all: Vec<String> = diagnoses.chain(unexplained).collect();
    if all.is_empty() { "nothing".to_string() } else { all.join("; ") }
}
