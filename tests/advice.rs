//! `unready rules check` and `unready rules format`: advice for authors, and one style.

#![expect(clippy::disallowed_types, reason = "the program under test is run")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use support::BOOK;
use unready::lint::{Measure, advice};
use unready::rule::{RuleFile, layout, load};

/// A rule of which nothing is to be said.
const GOOD: &str = "\
id: pod-of-ours-odd
title: Pod $pod is odd
severity: low
when:
  - pod: {namespace: $namespace, name: $pod, status: OddlyNamed}
    note: its status
  - none: {service: {namespace: $namespace, name: $pod}}
    note: no Service is called as it is
about: {kind: Pod, namespace: $namespace, name: $pod}
explains:
  - pod-not-ready: {namespace: $namespace, pod: $pod}
fix: Look at it.
references:
  - https://example.com/odd
";

/// The names of all advice on a rule, with the messages.
fn advised(text: &str, measure: &Measure<'_>) -> Vec<(String, String)> {
    let path = "my-rules/pod-of-ours-odd.yaml".to_string();
    let file = RuleFile { path, area: "my-rules".into(), text: text.into() };
    let mut files = unready::built_in();
    files.push(file.clone());
    let book = load(&files, unready::catalog()).unwrap_or_else(|why| panic!("{why:?}: {text}"));
    let told = advice(&book, &[file], measure);
    told.iter().map(|m| (m.name().unwrap_or_default().to_string(), m.to_string())).collect()
}

/// The only advice on a good rule with one line put in another's place.
fn with(line: &str, instead: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    let measure = Measure { logs: vec![unready::HEALTHY_LOG], ..Measure::default() };
    let told = advised(&GOOD.replace(line, instead), &measure);
    let names: Vec<String> = told.into_iter().map(|(name, _)| name).collect();
    names.join(" ")
}

#[test]
fn the_built_in_rules_follow_all_advice() {
    let accusing = unready::diagnose(&unready::healthy(), &BOOK)
        .expect("the patterns can be matched")
        .clusters;
    let outcomes = accusing.iter().flat_map(|cluster| BOOK.findings.iter().zip(&cluster.outcomes));
    let found = outcomes.filter(|(_, outcome)| outcome.solutions.iter().any(|s| s.certain()));
    let accusing = found.map(|(rule, _)| (rule.id.clone(), "healthy".to_string())).collect();
    let measure = Measure { logs: vec![unready::HEALTHY_LOG], accusing, cases: None };
    let told = advice(&BOOK, &unready::built_in(), &measure);
    let told: Vec<String> =
        told.iter().map(|mistake| format!("{:?}: {mistake}", mistake.position())).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn each_piece_of_advice_has_its_reason() {
    assert_eq!(with("severity: low", "severity: low"), "");
    assert_eq!(with("title: Pod", "title: the pod"), "title-style");
    assert_eq!(with("is odd", "is odd."), "title-style");
    assert_eq!(with("id: pod-of-ours-odd", "id: check-pod"), "id-is-a-cure file-named-otherwise");
    assert_eq!(with("fix: Look at it.\n", ""), "no-fix");
    assert_eq!(with("references:\n  - https://example.com/odd\n", ""), "no-references");
    assert_eq!(
        with("explains:\n  - pod-not-ready: {namespace: $namespace, pod: $pod}\n", ""),
        "explains-nothing"
    );
    assert_eq!(with("    note: no Service is called as it is\n", ""), "step-without-note");
    let none = "none: {service: {namespace: $namespace, name: $pod}}";
    assert_eq!(with(none, "none: {pod: {namespace: $namespace, name: $pod}}"), "never-holds");
    let note = "    note: its status\n";
    let twice = "  - pod: {namespace: $namespace, name: $pod, status: OddlyNamed}\n";
    assert_eq!(with(note, &format!("{note}{twice}")), "step-twice");
    assert_eq!(with(note, &format!("{note}  - check: $pod != $pod\n")), "never-holds");
    let log = |text: &str| {
        let log = "log: {namespace: $namespace, pod: $pod, text:";
        with(note, &format!("{note}  - {log} '/{text}/'}}\n"))
    };
    assert_eq!(log("info"), "too-general");
    assert_eq!(log(".*"), "too-general too-general");
    assert_eq!(log("odd beyond doubt"), "");
    let link = "  - pod-not-ready: {namespace: $namespace, pod: $pod}\n";
    assert_eq!(
        with(link, &format!("{link}  - pod-not-ready: {{namespace: $namespace, pod: $pod}}\n")),
        "link-without-effect"
    );
    let fact =
        "---\nfact: odd_pod\ndoc: An odd pod.\nwhen:\n  - pod: {name: $pod}\ngive: {pod: $pod}\n";
    assert_eq!(with("/odd\n", &format!("/odd\n{fact}")), "fact-not-asked");
}

#[test]
fn a_rule_that_only_narrows_another_one_is_told() {
    let narrow = GOOD
        .replace("id: pod-of-ours-odd", "id: pod-of-ours-odder")
        .replace("status: OddlyNamed", "status: OddlyNamed, ready: 0");
    let told = advised(&format!("{GOOD}---\n{narrow}"), &Measure::default());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told.iter().all(|(name, message)| name == "shadowed"
        && message.contains("`pod-of-ours-odd` holds wherever this rule does")));
    let renamed = narrow.replace("$pod", "$other").replace("$namespace", "$where");
    assert_eq!(advised(&format!("{GOOD}---\n{renamed}"), &Measure::default()), told);
    let linked = narrow.replace("explains:\n", "explains:\n  - pod-of-ours-odd: {pod: $pod}\n");
    assert_eq!(advised(&format!("{GOOD}---\n{linked}"), &Measure::default()), []);
}

#[test]
fn rules_of_many_steps_that_are_alike_are_compared_in_time() {
    let many = |id: &str, last: &str| {
        let step = |n: usize| {
            let row = "namespace: $namespace, name: $_";
            format!("  - none: {{pod: {{{row}, status: S{n}}}}}\n    note: none\n")
        };
        let steps: String = (0..24).map(|n| step(n % 2)).collect();
        let rule = GOOD.replace("id: pod-of-ours-odd", &format!("id: {id}"));
        rule.replace("about:", &format!("{steps}{last}about:"))
    };
    let check = "  - check: $pod != one\n";
    let text = format!(
        "{}---\n{}",
        many("pod-odd-once", check),
        many("pod-odd-twice", "  - check: $pod != two\n")
    );
    assert!(advised(&text, &Measure::default()).iter().all(|(name, _)| name == "step-twice"));
}

fn unready(dir: &Path, line: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_unready"))
        .args(line.split_whitespace())
        .current_dir(dir)
        .output()
        .expect("the program can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("the program ends by itself");
    (code, text(&output.stdout), text(&output.stderr))
}

/// A folder with one rule file, and cases in which it is found.
fn folder(rule: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    };
    write("rules/pod-of-ours-odd.yaml", rule);
    let pods = "NAMESPACE   NAME    READY   STATUS       RESTARTS   AGE\n\
                shop        web-0   0/1     OddlyNamed   0          5m\n";
    let services = "NAMESPACE   NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n\
                    shop        web    ClusterIP   10.96.0.7    <none>        80/TCP    5m\n";
    write(
        "cases/pod-of-ours-odd.md",
        &format!(
            "## found: odd\n\n```text pods.txt\n{pods}```\n\n```text services.txt\n{services}```\n"
        ),
    );
    write("sick/pods.txt", pods);
    write("sick/services.txt", services);
    dir
}

#[test]
fn advice_fails_only_when_it_is_strict_and_mistakes_always_do() {
    let dir = folder(GOOD);
    let (code, out, _) = unready(dir.path(), "rules check rules");
    assert_eq!((code, out.as_str()), (0, "1 rule in 1 file: no mistake\n"));
    let (code, out, _) = unready(dir.path(), "rules check rules --cases cases");
    assert_eq!(code, 0);
    assert!(out.contains("has no case where it is ruled out, none where it is suspected"), "{out}");
    assert!(out.ends_with("1 rule in 1 file: no mistake, 1 piece of advice\n"), "{out}");
    assert_eq!(unready(dir.path(), "rules check rules --cases cases --strict").0, 1);
    let (code, out, _) = unready(dir.path(), "rules check rules --healthy sick --strict");
    assert!(
        code == 1 && out.contains("finds something in `sick`, where nothing is wrong"),
        "{out}"
    );
    let dir = folder(&GOOD.replace("severity: low", "severity: bad"));
    let (code, out, err) = unready(dir.path(), "rules check rules");
    assert!(code == 2 && out.is_empty() && err.contains("this is no severity"), "{err}");
    let (code, out, _) = unready(dir.path(), "rules check rules --format github");
    assert_eq!(code, 2);
    assert!(
        out.starts_with("::error file=rules/pod-of-ours-odd.yaml,line=3,col=11,title=mistake::this is no severity"),
        "{out}"
    );
}

#[test]
fn machines_get_places_and_names() {
    let dir = folder(&GOOD.replace("is odd", "is odd."));
    let (_, out, _) = unready(dir.path(), "rules check rules --format github");
    let title = "title=title-style::a title has no full stop at its end\n";
    assert_eq!(out, format!("::warning file=rules/pod-of-ours-odd.yaml,line=2,col=8,{title}"));
    let parsed = |format: &str| -> serde_json::Value {
        let (_, out, _) = unready(dir.path(), &format!("rules check rules --format {format}"));
        serde_json::from_str(&out).expect("it is JSON")
    };
    let json = parsed("json");
    assert_eq!(json["remarks"][0]["kind"], "title-style");
    assert_eq!(json["remarks"][0]["line"], 2);
    let sarif = parsed("sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "title-style");
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "rules/pod-of-ours-odd.yaml"
    );
}

#[test]
fn a_file_is_brought_into_the_one_style_and_keeps_its_comments() {
    let untidy = "\
# Modeline.
title: Pod $pod is odd   \r
id: pod-of-ours-odd
severity: low
# Of the steps.
when:
- pod: { namespace: $namespace,name: $pod , status: 'a, {b}  ''c' }
  # Inside.
  note: |
    two  
      lines
about: {kind: Pod, namespace: $namespace, name: $pod}


";
    let tidy = "\
# Modeline.
id: pod-of-ours-odd
title: Pod $pod is odd
severity: low
# Of the steps.
when:
  - pod: {namespace: $namespace, name: $pod, status: 'a, {b}  ''c'}
    # Inside.
    note: |
      two  
        lines
about: {kind: Pod, namespace: $namespace, name: $pod}
";
    let dir = folder(untidy);
    let (code, out, _) = unready(dir.path(), "rules format rules --check");
    assert_eq!((code, out.as_str()), (1, "would format rules/pod-of-ours-odd.yaml\n"));
    assert_eq!(unready(dir.path(), "rules format rules").0, 0);
    let now = fs::read_to_string(dir.path().join("rules/pod-of-ours-odd.yaml"));
    assert_eq!(now.expect("the file is there"), tidy);
    assert_eq!(unready(dir.path(), "rules format rules --check").0, 0);
    assert_eq!(unready(folder("- [").path(), "rules format rules").0, 2);
}

#[test]
fn the_built_in_rules_are_in_the_one_style() {
    for file in unready::built_in() {
        let same = layout(&file.text).as_deref() == Some(file.text.as_str());
        assert!(same, "{}: cargo run -- rules format {}", file.path, file.path);
    }
}

proptest! {
    #[test]
    fn what_was_laid_out_once_stays_as_it_is(text in "([a-z]{1,3}: ?|- |\\{|\\}|'|\"|,|#| |\n|\\||when:\n|id: x\n|a){0,40}") {
        if let Some(once) = layout(&text) {
            prop_assert_eq!(layout(&once), Some(once));
        }
    }
}
