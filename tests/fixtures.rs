//! `unready test`: what it runs, what it says, and what it writes.

#![expect(clippy::disallowed_types, reason = "the program under test is run")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use support::files_of;

const PODS: &str = "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\n\
                    shop        web-0   1/2     Running   0          5m\n";
const RULE: &str = "\
id: web-not-ready
title: Pod $pod is one of ours
severity: low
when:
  - pod: {namespace: $namespace, name: $pod, ready: 1}
  - check: $pod != other
  - none: {service: {namespace: $namespace, name: $pod}}
    note: no Service has its name
    unknown: absent
about: {kind: Pod, namespace: $namespace, name: $pod}
";

/// A folder to run in, with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in files {
        write(dir.path(), name, text.as_bytes());
    }
    dir
}

fn write(dir: &Path, name: &str, text: &[u8]) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().expect("it has a parent")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

fn read(dir: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(dir.path().join(name)).expect("the file is there")
}

/// A folder with the incident of the README as `fixtures/dns`.
fn incident() -> tempfile::TempDir {
    let dir = folder(&[]);
    for (name, bytes) in files_of("one-half-ready") {
        write(dir.path(), &format!("fixtures/dns/{name}"), &bytes);
    }
    dir
}

fn unready(dir: &tempfile::TempDir, line: &str) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_unready"))
        .args(line.split_whitespace())
        .current_dir(dir.path())
        .output()
        .expect("the program can be run");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("the program ends by itself");
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_written_down_today_passes_until_something_else_is_said() {
    let dir = incident();
    assert_eq!(unready(&dir, "test --init fixtures/dns").0, 0);
    assert!(
        read(&dir, "fixtures/dns.expect.yaml").contains("subject: Service kube-system/kube-dns")
    );
    let (code, out, _) = unready(&dir, "test fixtures");
    assert_eq!((code, out.as_str()), (0, "ok      fixtures/dns\n\n1 passed, 0 failed\n"));
    fs::remove_file(dir.path().join("fixtures/dns/services.yaml")).expect("it was there");
    let (code, out, _) = unready(&dir, "test fixtures");
    assert_eq!(code, 1);
    assert!(
        out.contains(
            "    causes\n    - found cluster-dns-address-changed: Service kube-system/kube-dns\n    \
             + suspected cluster-dns-address-changed: Service kube-system/kube-dns\n"
        ),
        "{out}"
    );
}

#[test]
fn acceptance_keeps_comments_and_what_is_never_to_be_said() {
    let dir = incident();
    let before = "# Ticket 4711.\ncauses: []\n\n# The mesh was well.\nnever:\n  - cluster-dns-address-changed # not this\n";
    write(dir.path(), "fixtures/dns.expect.yaml", before.as_bytes());
    let (code, out, _) = unready(&dir, "test fixtures --update");
    assert_eq!(code, 1);
    assert!(out.contains("never cluster-dns-address-changed: it is found"), "{out}");
    let after = read(&dir, "fixtures/dns.expect.yaml");
    let causes = "causes:\n  - rule: cluster-dns-address-changed\n    verdict: found\n    subject: Service kube-system/kube-dns\n";
    assert_eq!(after, before.replace("causes: []\n", causes));
    write(dir.path(), "fixtures/dns.expect.yaml", b"{causes: [], never: []}");
    let (code, out, _) = unready(&dir, "test fixtures --update");
    assert!(code == 0 && out.contains("0 passed, 0 failed, 1 updated"), "{out}");
    assert_eq!(unready(&dir, "test fixtures").0, 0);
}

#[test]
fn an_expectation_may_leave_out_what_does_not_matter() {
    let dir = incident();
    for text in [
        "causes: [cluster-dns-address-changed]",
        "causes: [{rule: cluster-dns-address-changed}]",
        "never: [application-exits]",
        "unexplained: []",
    ] {
        write(dir.path(), "fixtures/dns.expect.yaml", text.as_bytes());
        assert_eq!(unready(&dir, "test fixtures").0, 0, "{text}");
    }
    for text in [
        "causes: [{rule: cluster-dns-address-changed, verdict: suspected}]",
        "causes: [{rule: cluster-dns-address-changed, subject: Pod a/b}]",
        "causes: [application-exits, cluster-dns-address-changed]",
        "never: [aplication-exits]",
        "asks: [kubectl get nothing]",
        "unexplained: [pod-not-ready]",
    ] {
        write(dir.path(), "fixtures/dns.expect.yaml", text.as_bytes());
        assert_eq!(unready(&dir, "test fixtures").0, 1, "{text}");
    }
}

#[test]
fn a_bundle_may_be_a_folder_an_archive_or_a_file() {
    let dir = folder(&[
        ("f/one/bundle/pods.txt", PODS),
        ("f/one/bundle/inner/expect.yaml", "this is a capture"),
        ("f/two.txt", PODS),
        ("f/README.md", "## Not a case\n"),
    ]);
    let (code, out, err) = unready(&dir, "test --init f/one/bundle f/two.txt");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("wrote f/one/expect.yaml: suspected probe-command-not-found"), "{out}");
    let asked = read(&dir, "f/two.txt.expect.yaml");
    assert!(asked.contains("\nasks:\n  - kubectl "), "{asked}");
    for path in ["f", "f/one/bundle f/two.txt", "f/one f/two.txt.expect.yaml f", "./f"] {
        let (code, out, err) = unready(&dir, &format!("test {path}"));
        assert!(code == 0 && out.ends_with("2 passed, 0 failed\n"), "{path}: {out}{err}");
    }
}

#[test]
fn nothing_to_run_is_a_mistake() {
    let dir = folder(&[("f/a.txt", PODS), ("f/a.txt.expect.yaml", "causes: []"), ("empty/x", "")]);
    assert_eq!(unready(&dir, "test").0, 2);
    assert_eq!(unready(&dir, "test nowhere").0, 3);
    let said = |line: &str, why: &str| {
        let (code, out, err) = unready(&dir, line);
        assert!(code == 2 && out.is_empty() && err.contains(why), "{line}: {code} {out}{err}");
    };
    said("test empty", "there is no fixture in `empty`; `unready test --init BUNDLE` writes one");
    said("test f --filter other", "has `other` in its name");
    said("test empty/x", "`empty/x` is no fixture");
    said("test --init f/a.txt", "is there already");
    fs::remove_file(dir.path().join("f/a.txt")).expect("it was there");
    said("test f", "has no bundle");
}

#[test]
fn mistakes_in_what_is_expected_are_underlined_all_at_once() {
    let dir = folder(&[
        ("f/a.txt", PODS),
        ("f/a.txt.expect.yaml", "cause: []\ncauses:\n- {rule: x, verdict: maybe}\nnever: x\n"),
        ("f/rule.md", "## found: a\n- abuot: Pod a/b\n```yaml\n"),
    ]);
    let (code, out, err) = unready(&dir, "test f");
    assert!(code == 2 && out.is_empty());
    for why in [
        "an expectation has no key `cause`",
        "did you mean `causes`?",
        "a verdict is `found` or `suspected`",
        "this is a list, not text",
        "no claim is called `abuot`",
        "a fence names its file",
        "this fence is not closed",
        "6 mistakes in the fixtures",
    ] {
        assert!(err.contains(why), "{why}: {err}");
    }
}

#[test]
fn a_literate_case_is_told_by_its_heading_and_never_rewritten() {
    let case =
        format!("# pod-not-ready\n\n## ruled out: all is well\n\n```text pods.txt\n{PODS}```\n");
    let dir = folder(&[("cases/pod-not-ready.md", &case)]);
    let (code, out, _) = unready(&dir, "test cases --update");
    assert_eq!(code, 1);
    assert!(
        out.contains("FAILED cases/pod-not-ready: ruled out: all is well\n  cases/pod-not-ready.md:3\n    is to be ruled out\n"),
        "{out}"
    );
    assert!(!out.contains("--update PATH"), "{out}");
    assert_eq!(read(&dir, "cases/pod-not-ready.md"), case);
}

#[test]
fn changed_files_choose_their_fixtures_and_rules_choose_all() {
    let dir = folder(&[
        ("f/a/bundle/pods.txt", PODS),
        ("f/a/expect.yaml", "never: [application-exits]"),
        ("f/b.txt", PODS),
        ("f/b.txt.expect.yaml", "never: [application-exits]"),
        ("rules/web-not-ready.yaml", RULE),
    ]);
    let ran = |changed: &str| {
        let (code, out, err) = unready(&dir, &format!("test f --rules rules --changed {changed}"));
        let names = out.lines().filter_map(|line| line.split(' ').next_back());
        let names: Vec<&str> = names.filter(|name| name.starts_with("f/")).collect();
        (code, names.join(" "), err)
    };
    assert_eq!(ran("f/a/bundle/pods.txt").1, "f/a");
    assert_eq!(ran("f/a/bundle/gone.txt README.md").1, "f/a");
    assert_eq!(ran("f/b.txt.expect.yaml").1, "f/b.txt");
    assert_eq!(ran("rules/gone.yaml").1, "f/a f/b.txt");
    for nothing in ["README.md", ""] {
        let (code, names, err) = ran(nothing);
        assert!(code == 0 && names.is_empty() && err.contains("no fixture is touched"), "{err}");
    }
}

#[test]
fn coverage_names_the_steps_that_no_fixture_exercises() {
    let dir = folder(&[
        ("f/a.txt", PODS),
        ("f/a.txt.expect.yaml", "never: [application-exits]"),
        ("rules/web-not-ready.yaml", RULE),
    ]);
    let (code, out, err) = unready(&dir, "test f --rules rules --coverage");
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("coverage: 1 of 1 rules held; of 3 steps 3 held and 0 stopped a branch"),
        "{out}"
    );
    assert!(out.contains("line 6, step 2 never stopped a branch: check: $pod != other"), "{out}");
    let (_, out, _) = unready(&dir, "test f --rules rules --coverage --format json");
    let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(json["coverage"]["unexercised"][0]["rule"], "web-not-ready");
}

#[test]
fn machines_get_what_people_get_in_one_order_with_any_number_of_threads() {
    let dir = folder(&[
        ("f/a.txt", PODS),
        ("f/a.txt.expect.yaml", "causes: ['<&\">']"),
        ("f/b.txt", PODS),
        ("f/b.txt.expect.yaml", "never: [application-exits]"),
    ]);
    let (code, junit, _) = unready(&dir, "test f --format junit");
    assert_eq!(code, 1);
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(junit.contains("- found &lt;&amp;&quot;&gt;\n"), "{junit}");
    for threads in ["1", "2", "5"] {
        let again = unready(&dir, &format!("test f --format junit --threads {threads}")).1;
        assert_eq!(again, junit);
    }
    let (_, json, _) = unready(&dir, "test f --format json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["schema"], "unready/test/v1");
    assert_eq!(json["summary"]["failed"], 1);
    assert_eq!(json["tests"][0]["result"], "failed");
}
