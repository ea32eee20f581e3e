//! What the tests share: the built-in book, and literate cases.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses a part of this")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use unready::bundle::{self, Bundle, Limits};
use unready::fixture::{self, Fixture};
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

/// All cases of `testdata/cases`, by rule.
pub fn cases() -> Vec<Fixture> {
    let found =
        fixture::below(&root().join("testdata/cases")).unwrap_or_else(|why| panic!("{why:?}"));
    let read =
        found.iter().map(|found| Fixture::read(found).unwrap_or_else(|why| panic!("{why:?}")));
    read.flatten().collect()
}
