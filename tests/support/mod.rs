//! What the tests share: the built-in book, and literate cases.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses a part of this")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use unready::bundle::{self, Bundle, Limits};
use unready::report::Report;
use unready::rule::{Book, load};

/// The built-in rules.
pub static BOOK: LazyLock<Book> = LazyLock::new(|| {
    load(&unready::built_in(), unready::catalog()).unwrap_or_else(|mistakes| {
        panic!(
            "the built-in rules have mistakes: {:#?}",
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>()
        )
    })
});

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The report on a bundle.
pub fn report(bundle: &Bundle) -> Report {
    unready::diagnose(bundle, &BOOK).expect("the built-in patterns can be matched").report
}

/// The report on a bundle, and the symptoms in it, whether something explains them or not.
pub fn report_and_symptoms(bundle: &Bundle) -> (Report, BTreeSet<String>) {
    let said = unready::diagnose(bundle, &BOOK).expect("the built-in patterns can be matched");
    let outcomes =
        said.clusters.iter().flat_map(|cluster| BOOK.findings.iter().zip(&cluster.outcomes));
    let seen = outcomes
        .filter(|(rule, _)| rule.finding().is_some_and(|finding| finding.symptom))
        .filter(|(_, outcome)| outcome.solutions.iter().any(|solution| solution.certain()))
        .map(|(rule, _)| rule.id.clone())
        .collect();
    (said.report, seen)
}

/// The report on a folder of `testdata/bundles`.
pub fn report_on(name: &str) -> Report {
    let path = root().join("testdata/bundles").join(name);
    report(&bundle::open(&path, Limits::default()).expect("the bundle is part of the repository"))
}

/// The bundle of a folder, in memory, so that a test can take files out or change them.
pub fn files_of(name: &str) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
        for item in fs::read_dir(folder).expect("the folder can be listed") {
            let item = item.expect("the folder can be listed");
            let name = format!("{prefix}{}", item.file_name().to_string_lossy());
            if item.path().is_dir() {
                walk(&item.path(), &format!("{name}/"), files);
            } else {
                files.push((name, fs::read(item.path()).expect("the file can be read")));
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join("testdata/bundles").join(name), "", &mut files);
    files.sort();
    files
}

/// What a case says that a rule comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    Found,
    RuledOut,
    Suspected,
}

/// A tiny bundle, and what is to be said of it.
#[derive(Debug)]
pub struct Case {
    pub rule: String,
    pub name: String,
    pub wanted: Wanted,
    /// `- key: value` lines.
    pub claims: Vec<(String, String)>,
    pub files: Vec<(String, Vec<u8>)>,
}

impl Case {
    pub fn claims<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.claims.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    pub fn bundle(&self) -> Bundle {
        bundle::of_texts(&self.name, self.files.clone())
    }
}

/// All cases of `testdata/cases`, by rule.
pub fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("testdata/cases"))
        .expect("the cases are part of the repository")
        .map(|item| item.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| read_cases(path)).collect()
}

/// Reads a case file: a heading for each case, its claims, and its files in fences.
fn read_cases(path: &Path) -> Vec<Case> {
    let rule = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("a case file can be read");
    let mut cases: Vec<Case> = Vec::new();
    let mut fence: Option<(String, String, Vec<u8>)> = None;
    for line in text.lines() {
        if let Some((marks, name, body)) = &mut fence {
            if line.trim_end() == marks {
                let case = cases
                    .last_mut()
                    .unwrap_or_else(|| panic!("{rule}: a file stands before the first case"));
                case.files.push((std::mem::take(name), std::mem::take(body)));
                fence = None;
            } else {
                body.extend(line.as_bytes());
                body.push(b'\n');
            }
        } else if line.starts_with("```") {
            let marks: String = line.chars().take_while(|c| *c == '`').collect();
            let name = line
                .split_whitespace()
                .nth(1)
                .unwrap_or_else(|| panic!("{rule}: a fence names no file: {line}"));
            fence = Some((marks, name.to_string(), vec![]));
        } else if let Some(heading) = line.strip_prefix("## ") {
            let (wanted, name) = heading
                .split_once(": ")
                .unwrap_or_else(|| panic!("{rule}: `{heading}` says no verdict"));
            let wanted = match wanted {
                "found" => Wanted::Found,
                "ruled out" => Wanted::RuledOut,
                "suspected" => Wanted::Suspected,
                other => panic!("{rule}: `{other}` is no verdict"),
            };
            let (rule, name) = (rule.clone(), name.to_string());
            cases.push(Case { rule, name, wanted, claims: vec![], files: vec![] });
        } else if let (Some(claim), Some(case)) = (line.strip_prefix("- "), cases.last_mut()) {
            let (key, value) = claim
                .split_once(": ")
                .unwrap_or_else(|| panic!("{rule}: `{claim}` claims nothing"));
            case.claims.push((key.to_string(), value.to_string()));
        }
    }
    assert!(fence.is_none(), "{rule}: a fence is not closed");
    cases
}
