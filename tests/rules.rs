//! The rule language: what the loader refuses, and the laws that the built-in book keeps.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::{BOOK, root};
use unready::rule::{Ask, Mistake, RuleFile, Says, load};

fn file(text: &str) -> RuleFile {
    RuleFile { path: "rules/x/rule.yaml".into(), area: "x".into(), text: text.into() }
}

/// The mistakes of a rule file that is read beside the built-in ones.
fn mistakes(text: &str) -> Vec<String> {
    let mut files = unready::built_in();
    files.push(file(text));
    load(&files, unready::catalog()).map_or_else(|m| m.iter().map(drawn).collect(), |_| vec![])
}

/// A mistake as it is shown, underlined.
fn drawn(mistake: &Mistake) -> String {
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let mut text = String::new();
    miette::GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(100)
        .render_report(&mut text, mistake)
        .expect("writing to a string does not fail");
    text
}

/// A rule that is right, with one line put in another's place.
fn with(line: &str, instead: &str) -> Vec<String> {
    const RIGHT: &str = "\
id: some-fault
title: $pod is at fault
severity: high
when:
- pod: {namespace: $namespace, name: $pod, ready: 0}
- check: $pod != x
- none: {service: {namespace: $namespace, name: $pod}}
about: {kind: Pod, namespace: $namespace, name: $pod}
explains:
- pod-not-ready: {namespace: $namespace, pod: $pod}
";
    assert!(mistakes(RIGHT).is_empty() && (RIGHT.contains(line) || line.is_empty()));
    mistakes(&RIGHT.replace(line, instead))
}

#[test]
fn five_mistakes_are_told_at_once_each_underlined() {
    let text = "\
id: five-mistakes
titel: Typo in a key
title: Pod $pod
severity: high
when:
- pods: {namespace: $namespace, name: $pod}
- pod: {namespace: $namespace, name: $pod, redy: 0}
- check: $pood != web
- service: {namespace: $namespace, cluster_ip: $address}
about: {kind: Pod, namespace: $namespace, name: $pod}
explains:
- pod-not-redy: {namespace: $namespace}
";
    let mistakes = mistakes(text);
    insta::assert_snapshot!("five_mistakes", mistakes.join("\n"));
    // The unused `$address` is the sixth.
    assert_eq!(mistakes.len(), 6);
}

#[test]
fn one_slip_is_told_once() {
    let once = |line: &str, instead: &str| {
        let said = with(line, instead);
        assert_eq!(said.len(), 1, "`{instead}`: {}", said.join("\n"));
    };
    once("title:", "titel:");
    once("when:", "wenn:");
    once("about:", "abuot:");
    once("- pod: {namespace", "- pods: {namespace");
    once("{namespace: $namespace, name: $pod, ready", "{namespce: $namespace, name: $pod, ready");
    once("- check: $pod != x", "- check: $pd != x");
    once("- none: {service: {", "- none: {servcie: {");
    once("- pod-not-ready: {", "- pod-not-redy: {");
    once("severity: high", "severity: hihg");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let refused = |line: &str, instead: &str, why: &str| {
        let said = with(line, instead).join("\n");
        assert!(said.contains(why), "`{instead}` is to be refused with `{why}`, not `{said}`");
    };
    refused("- check: $pod != x", "- check: $pod within soon of $pod", "is no duration");
    refused("- check: $pod != x", "- check: $pod ~ x", "a check compares two values");
    refused("- check: $pod != x", "- check: $pod != x as colour", "there is no type");
    refused("ready: 0", "ready: many", "`many` is no int");
    refused("ready: 0", "ready: /0/", "a pattern matches text");
    refused("ready: 0", "ready: $pod", "this column is int");
    refused("name: $pod, ready", "name: '/(/', ready", "the pattern is malformed");
    refused("severity: high", "severity: bad", "this is no severity");
    refused("severity: high", "", "a rule needs `severity`");
    refused("- none:", "- none: {}\n- none:", "this asks for rows of one relation");
    refused("- none:", "- count:", "`count` needs `at_least` or `at_most`");
    refused(
        "- check: $pod != x",
        "- log: {namespace: $namespace, pod: $pod}",
        "needs `text: /pattern/`",
    );
    refused(
        "- check: $pod != x",
        "- allows: {namespace: $namespace, pod: $pod, allowed: false}",
        "must know `direction`",
    );
    refused(
        "{namespace: $namespace, name: $pod}}",
        "{namespace: $namespace, name: $pd}}",
        "did you mean `$pod`",
    );
    refused(
        "- pod-not-ready: {namespace",
        "- pod-not-ready: {namespaces",
        "has no variable `namespaces`",
    );
    refused("id: some-fault", "id: Some Fault", "lower-case words");
    refused("id: some-fault", "id: pod-not-ready", "two rules are called");
    refused("", "- [", "this is no YAML");
}

#[test]
fn facts_that_rest_on_each_other_are_refused() {
    let text = "\
fact: one
when:
- pod: {name: $name}
- two: {name: $name}
give: {name: $name}
---
fact: two
when:
- one: {name: $name}
give: {name: $name}
";
    let said = mistakes(text).join("\n");
    assert!(said.contains("facts rest on each other in a circle: one, two"), "{said}");
}

#[test]
fn links_that_lead_in_a_circle_are_refused() {
    let said =
        with("- pod-not-ready: {namespace: $namespace, pod: $pod}", "- some-fault: {pod: $pod}")
            .join("\n");
    assert!(said.contains("explains itself"), "{said}");
}

#[test]
fn rules_of_one_name_are_one_mistake_with_all_their_places() {
    let said = with("id: some-fault", "id: pod-not-ready").join("\n");
    assert_eq!(said.matches("two rules are called").count(), 1, "{said}");
    assert!(said.contains("the other one is in rules/workload/pod-not-ready.yaml"), "{said}");
    let rule = "id: mine\ntitle: Pod $pod\nseverity: low\nwhen:\n- pod: {name: $pod}\nabout: {kind: Pod, name: $pod}\n";
    let said = mistakes(&format!("{rule}---\n{rule}"));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said.iter().all(|text| text.contains("here") && text.contains("and here")), "{said:?}");
}

#[test]
fn every_relation_and_column_is_documented() {
    for (_, relation) in unready::catalog().all() {
        assert!(relation.doc.ends_with('.'), "{} has no documentation", relation.name);
        for column in relation.columns.iter() {
            assert!(
                column.doc.ends_with('.'),
                "{}.{} has no documentation",
                relation.name,
                column.name
            );
        }
    }
    for rule in &BOOK.facts {
        if let Says::Fact { relation, .. } = &rule.says {
            let relation = BOOK.catalog.relation(*relation);
            assert!(relation.doc.ends_with('.'), "the fact {} has no `doc`", relation.name);
        }
    }
}

/// Log patterns are specific: over the ordinary lines of a sidecar that became ready they stay silent, but
/// for those that read from them which control plane it asks.
#[test]
fn log_patterns_stay_silent_in_the_log_of_a_sidecar_that_works() {
    let mut hits: BTreeMap<&str, usize> = BTreeMap::new();
    let log = root().join("testdata/captures/log/istio-proxy-ready.log");
    let text = std::fs::read_to_string(log).expect("the capture is part of the repository");
    let asked = BOOK.log_patterns().filter(|(_, step, _)| !matches!(step.ask, Ask::None(_)));
    for (rule, _, pattern) in asked {
        let regex = regex::Regex::new(pattern).expect("the pattern was checked");
        *hits.entry(&rule.id).or_default() +=
            text.lines().filter(|line| regex.is_match(line)).count();
    }
    let named = hits.remove("asked-control-plane-in-log");
    assert!(named <= Some(2), "the control plane is named at the start alone: {named:?}");
    let failed = hits.remove("no-healthy-upstream-in-text");
    assert!(failed <= Some(1), "one request found no healthy endpoint: {failed:?}");
    hits.retain(|_, n| *n > 0);
    assert!(hits.is_empty(), "patterns that hit ordinary lines: {hits:?}");
}

#[test]
fn the_pages_of_the_areas_are_those_of_the_book() {
    let areas: BTreeSet<&str> = BOOK.findings.iter().map(|rule| rule.area.as_str()).collect();
    for area in &areas {
        let path = format!("docs/rules/{area}.md");
        let page = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(
            unready::rule::page(&BOOK, area).as_ref() == Some(&page),
            "{path} is stale: cargo run -- rules docs {area} > {path}"
        );
    }
    for item in std::fs::read_dir(root().join("docs/rules")).expect("the folder can be listed") {
        let name = item.expect("the folder can be listed").file_name();
        let name = name.to_string_lossy();
        assert!(areas.contains(name.trim_end_matches(".md")), "{name} is of no area");
    }
}

#[test]
fn the_map_to_labels_names_rules_that_there_are() {
    let map = include_str!("accuracy/labels.tsv");
    for line in map.lines().filter(|line| !line.starts_with('#')) {
        let (rule, _) = line.split_once('\t').expect("a line has a rule and a label");
        assert!(BOOK.rule(rule).is_some(), "there is no rule {rule}");
    }
}

#[test]
fn the_published_schemas_are_those_of_the_code() {
    let published = |name: &str| {
        std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap_or_default()
    };
    let rule = serde_json::to_string_pretty(&unready::rule::schema(&BOOK))
        .expect("a schema can be written");
    let how = "cargo run -- rules schema > docs/schema/rule-v1.json";
    assert!(
        published("rule-v1.json").trim_end() == rule,
        "docs/schema/rule-v1.json is stale: {how}"
    );
}

/// Every rule file keeps the published schema, as far as a schema can say.
#[test]
fn the_schema_knows_every_key_of_the_book() {
    let schema = unready::rule::schema(&BOOK);
    for file in unready::built_in() {
        let (documents, _) = unready::text::yaml::documents(&file.text);
        for document in documents {
            let kind = if document.field("fact").is_some() { "fact" } else { "finding" };
            let properties = &schema["$defs"][kind]["properties"];
            for (key, _) in document.entries() {
                assert!(
                    properties.get(&*key.text).is_some(),
                    "{}: the schema has no `{}`",
                    file.path,
                    key.text
                );
            }
        }
    }
}
