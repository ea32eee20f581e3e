//! The rules on their cases, and every rule on the cases of all others.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use support::{BOOK, cases};
use unready::bundle::Limits;
use unready::fixture::{Body, Wanted, lacking};

#[test]
fn every_rule_comes_to_what_its_cases_say() {
    let wrong: Vec<String> = cases()
        .into_par_iter()
        .filter_map(|case| {
            let run = case.run(&BOOK, Limits::default(), None).expect("a case can be run");
            let differs = !run.differences.is_empty();
            differs.then(|| format!("{}\n  {}", case.name, run.differences.join("\n  ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case_where_it_is_found_ruled_out_and_suspected() {
    let mut seen: BTreeMap<String, BTreeSet<Wanted>> = BTreeMap::new();
    for case in cases() {
        if let Body::Case(case) = case.body {
            seen.entry(case.rule).or_default().insert(case.wanted);
        }
    }
    for rule in &BOOK.findings {
        let lacking = lacking(rule, &seen.remove(&rule.id).unwrap_or_default());
        assert!(lacking.is_empty(), "{} has no case where it is {lacking:?}", rule.id);
    }
    assert!(seen.is_empty(), "cases of rules that are not there: {:?}", seen.keys());
}
