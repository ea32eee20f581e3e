//! What the targets do with the bytes that they are given. `tests/robust.rs` does the same to captures
//! that were changed at random, on a stable toolchain.

use std::sync::LazyLock;

use unready::bundle::{self, Limits};
use unready::fact::Demand;
use unready::format::{FORMATS, read_as};
use unready::rule::{Book, load};

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    load(&unready::built_in(), unready::catalog()).expect("the built-in rules have no mistakes")
});
static DEMAND: LazyLock<Demand> =
    LazyLock::new(|| BOOK.demand(&[]).expect("the built-in patterns can be matched"));

/// Reads bytes by one reader, whether it would know them or not.
pub fn reader(name: &str, bytes: &[u8]) {
    let format = FORMATS.iter().find(|format| format.name == name).expect("there is such a format");
    read_as(format, name, bytes, &DEMAND);
}

/// Walks bytes as an archive, within limits that end quickly.
pub fn container(bytes: &[u8]) {
    let limits = Limits { bytes: 64 << 20, file: 16 << 20, entries: 10_000, ..Limits::default() };
    let bundle = bundle::of_texts("ticket", [("ticket".to_string(), bytes.to_vec())]);
    drop(bundle.within(limits).members());
}

/// Diagnoses bytes as the only file of a ticket. A reader that panics is caught and told; here that is
/// a failure.
pub fn ticket(bytes: &[u8]) {
    let bundle = bundle::of_texts("ticket", [("ticket.txt".to_string(), bytes.to_vec())]);
    let report =
        unready::diagnose(&bundle, &BOOK).expect("the built-in patterns can be matched").report;
    let failed = |issue: &&unready::report::Issue| issue.message.contains("please report");
    assert!(!report.issues.iter().any(|issue| failed(&issue)), "{:?}", report.issues);
}
