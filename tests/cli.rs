//! The program as a user meets it: what it prints where, and how it ends.

#![expect(clippy::disallowed_types, reason = "the program under test is run")]

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::root;

fn unready(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unready"))
        .args(args)
        .current_dir(root())
        .env_remove("NO_COLOR")
        .output()
        .expect("the program can be run")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("the program ends by itself")
}

/// A folder with one rule file.
fn rules(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(dir.path().join("rule.yaml"), text).expect("a file can be written");
    dir
}

fn name(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

const INCIDENT: &str = "testdata/bundles/one-half-ready";

#[test]
fn the_exit_code_says_whether_a_cause_was_found() {
    assert_eq!(code(&unready(&["diagnose", INCIDENT])), 1);
    assert_eq!(code(&unready(&["diagnose", "testdata/bundles/one-half-ready-recovered"])), 0);
    assert_eq!(code(&unready(&["diagnose", INCIDENT, "--fail-on", "critical"])), 1);
    assert_eq!(code(&unready(&["diagnose"])), 2);
    assert_eq!(code(&unready(&["diagnose", "no/such/folder"])), 3);
    assert_eq!(code(&unready(&["--help"])), 0);
}

#[test]
fn suspicions_alone_exit_0_unless_strict() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let pods = root().join(INCIDENT).join("pods.yaml");
    std::fs::copy(pods, dir.path().join("pods.yaml")).expect("the file can be copied");
    assert_eq!(code(&unready(&["diagnose", name(dir.path())])), 0);
    assert_eq!(code(&unready(&["diagnose", name(dir.path()), "--strict"])), 1);
    assert_eq!(
        code(&unready(&["diagnose", name(dir.path()), "--strict", "--fail-on", "critical"])),
        0
    );
}

#[test]
fn results_go_to_standard_output_and_errors_do_not() {
    let good = unready(&["diagnose", INCIDENT]);
    assert!(text(&good.stdout).contains("172.19.9.54") && good.stderr.is_empty());
    let bad = unready(&["diagnose", "no/such/folder"]);
    assert!(bad.stdout.is_empty() && text(&bad.stderr).contains("cannot read `no/such/folder`"));
}

#[test]
fn colour_is_for_terminals() {
    let has = |args: &[&str]| text(&unready(args).stdout).contains('\u{1b}');
    assert!(!has(&["diagnose", INCIDENT]));
    assert!(has(&["diagnose", INCIDENT, "--color", "always"]));
    assert!(!has(&["diagnose", INCIDENT, "--color", "never"]));
}

#[test]
fn two_runs_with_any_number_of_threads_print_the_same_bytes() {
    let once = unready(&["diagnose", INCIDENT, "--format", "json"]).stdout;
    for threads in ["1", "2", "5"] {
        assert_eq!(
            unready(&["diagnose", INCIDENT, "--format", "json", "--threads", threads]).stdout,
            once
        );
    }
}

#[test]
fn the_json_report_keeps_its_contract() {
    let output = unready(&["diagnose", INCIDENT, "--format", "json"]);
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(report["schema"], "unready/report/v1");
    for key in ["bundle", "diagnoses", "unexplained", "collect", "issues", "coverage"] {
        assert!(report.get(key).is_some(), "the report has no `{key}`");
    }
    let cause = &report["diagnoses"][0];
    let keys = [
        "rank",
        "rule",
        "verdict",
        "severity",
        "title",
        "subject",
        "subjects",
        "explains",
        "evidence",
        "missing",
        "fix",
        "references",
    ];
    for key in keys {
        assert!(cause.get(key).is_some(), "a diagnosis has no `{key}`");
    }
    assert_eq!(cause["subject"]["name"], "kube-dns");
    // Each line of evidence is the line of the file.
    for evidence in cause["evidence"].as_array().expect("evidence is a list") {
        if let (Some(file), Some(line)) = (evidence["file"].as_str(), evidence["line"].as_u64()) {
            let text = std::fs::read_to_string(root().join(INCIDENT).join(file))
                .expect("the file is there");
            let stands = text.lines().nth(line as usize - 1).expect("the line is there").trim();
            assert_eq!(evidence["text"], stands);
        }
    }
}

#[test]
fn the_published_schema_of_the_report_is_that_of_the_code() {
    let published =
        std::fs::read_to_string(root().join("docs/schema/report-v1.json")).unwrap_or_default();
    let how = "cargo run -- schema > docs/schema/report-v1.json";
    assert!(
        published == text(&unready(&["schema"]).stdout),
        "docs/schema/report-v1.json is stale: {how}"
    );
}

#[test]
fn the_table_of_formats_is_that_of_the_readers() {
    let docs = std::fs::read_to_string(root().join("docs/captures.md")).unwrap_or_default();
    let table = text(&unready(&["formats"]).stdout);
    assert!(
        docs.ends_with(&table),
        "docs/captures.md is stale: its table is what `cargo run -- formats` prints"
    );
}

#[test]
fn a_users_rules_are_used_beside_the_built_in_ones() {
    let dir = rules(
        "id: details-not-ready\n\
         title: Pod $pod is one of ours\n\
         severity: low\n\
         when:\n\
         - pod: {namespace: $namespace, name: $pod, ready: 1}\n\
         - check: $pod != x\n\
         about: {kind: Pod, namespace: $namespace, name: $pod}\n",
    );
    let output = unready(&["diagnose", INCIDENT, "--rules", name(dir.path())]);
    assert!(text(&output.stdout).contains("details-not-ready"), "{}", text(&output.stderr));
    assert_eq!(code(&unready(&["rules", "check", name(dir.path())])), 0);
}

#[test]
fn mistakes_in_rules_are_underlined_and_exit_2() {
    let dir = rules(
        "id: wrong\ntitle: x\nseverity: high\nwhen:\n- pods: {}\nabout: {kind: Pod, name: x}\n",
    );
    let output = unready(&["rules", "check", name(dir.path())]);
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(
        said.contains("there is no relation `pods`") && said.contains("did you mean `pod`?"),
        "{said}"
    );
    assert_eq!(code(&unready(&["diagnose", INCIDENT, "--rules", name(dir.path())])), 2);
}

#[test]
fn why_says_where_a_rule_stops() {
    let output = unready(&[
        "why",
        "cluster-dns-address-changed",
        "testdata/bundles/one-half-ready-recovered",
    ]);
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!("why_recovered", text(&output.stdout));
    let output = unready(&["why", "cluster-dns-adress-changed", INCIDENT]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("did you mean `cluster-dns-address-changed`?"));
}

#[test]
fn facts_show_what_was_read() {
    let output = unready(&["facts", INCIDENT]);
    insta::assert_snapshot!("facts", text(&output.stdout));
    let output = unready(&["facts", INCIDENT, "--relation", "nameserver"]);
    insta::assert_snapshot!("facts_nameserver", text(&output.stdout));
    let output = unready(&["facts", INCIDENT, "--relation", "service", "--format", "json"]);
    let rows: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("the rows are JSON");
    assert!(
        rows.as_array()
            .is_some_and(|rows| rows.iter().any(|row| row["cluster_ip"] == "172.19.9.54"))
    );
    assert_eq!(code(&unready(&["facts", INCIDENT, "--relation", "nameservers"])), 2);
}

#[test]
fn rules_can_be_listed_and_shown() {
    let output = unready(&["rules", "list", "--area", "dns"]);
    assert!(text(&output.stdout).lines().all(|line| line.starts_with("dns")));
    assert_eq!(code(&unready(&["rules", "list", "--area", "nowhere"])), 2);
    let output = unready(&["rules", "show", "cluster-dns-address-changed"]);
    let file = root().join("rules/dns/cluster-dns-address-changed.yaml");
    assert_eq!(text(&output.stdout), std::fs::read_to_string(file).expect("the rule is there"));
}

#[test]
fn a_text_is_read_from_standard_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_unready"))
        .args(["diagnose", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    let table = b"NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nshop        web-0   1/2     Running   0          5m\n";
    child.stdin.take().expect("it was piped").write_all(table).expect("the text can be written");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(code(&output), 0);
    assert!(
        text(&output.stdout).contains("1/2 containers Ready in Pod shop/web-0"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn completions_are_printed_for_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let output = unready(&["completions", shell]);
        assert!(code(&output) == 0 && text(&output.stdout).contains("diagnose"));
    }
}
