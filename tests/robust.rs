//! Readers and archives on what is left of captures that were cut, mixed up or made to harm: the same
//! bodies as the targets in `fuzz/`, without the instruments.
//!
//! `ROBUST_CASES=100000 cargo test --test robust` runs longer than the default.

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{BOOK, root};
use unready::bundle;
use unready::fact::Demand;
use unready::format::{FORMATS, read_as};

static DEMAND: LazyLock<Demand> =
    LazyLock::new(|| BOOK.demand(&[]).expect("the built-in patterns can be matched"));

/// All captures and all files of the example bundles.
static SEEDS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    fn walk(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
        for item in fs::read_dir(folder).expect("the test data can be listed") {
            let path = item.expect("the test data can be listed").path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                let name = path.file_name().expect("a file has a name").to_string_lossy();
                out.push((name.into_owned(), fs::read(&path).expect("a file can be read")));
            }
        }
    }
    let mut out = Vec::new();
    walk(&root().join("testdata"), &mut out);
    out.sort();
    out
});

/// Bytes that readers look for.
const SPICE: [&[u8]; 24] = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\x1b[31m",
    b"\x1b",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"> ",
    b"```\n",
    b"$ kubectl get pods\n",
    b"&lt;",
    b"&",
    b"\t",
    b"  ",
    b"/",
    b":",
    b"-",
    b"{",
    b"[",
    "ü".as_bytes(),
    "\u{a0}".as_bytes(),
];

/// What is done to a text.
#[derive(Debug, Clone)]
enum Change {
    Cut(f64),
    Behead(f64),
    Set(f64, u8),
    Put(f64, usize),
    Drop(f64, usize),
    Repeat(f64, usize),
    Mix(usize, f64),
    Widen,
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0.0..1.0f64;
    prop_oneof![
        at.clone().prop_map(Change::Cut),
        at.clone().prop_map(Change::Behead),
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at.clone(), 0..SPICE.len()).prop_map(|(at, n)| Change::Put(at, n)),
        (at.clone(), 1..40usize).prop_map(|(at, n)| Change::Drop(at, n)),
        (at.clone(), 1..200usize).prop_map(|(at, n)| Change::Repeat(at, n)),
        (0..10_000usize, at).prop_map(|(n, at)| Change::Mix(n, at)),
        Just(Change::Widen),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let place = |at: &f64| (bytes.len() as f64 * at) as usize;
        match change {
            Change::Cut(at) => bytes.truncate(place(at)),
            Change::Behead(at) => drop(bytes.drain(..place(at))),
            Change::Set(at, byte) => {
                let at = place(at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Change::Put(at, n) => {
                let at = place(at);
                drop(bytes.splice(at..at, SPICE[*n].iter().copied()));
            }
            Change::Drop(at, n) => {
                let at = place(at);
                drop(bytes.drain(at..(at + n).min(bytes.len())));
            }
            Change::Repeat(at, n) => {
                let at = place(at);
                let again = bytes[at..(at + n).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, again));
            }
            Change::Mix(n, at) => {
                let (_, other) = &SEEDS[n % SEEDS.len()];
                let at = place(at);
                bytes.truncate(at);
                bytes.extend(other.iter().skip(at % other.len().max(1)));
            }
            Change::Widen => bytes = bytes.iter().flat_map(|b| [*b, 0]).collect(),
        }
        bytes.truncate(1 << 20);
    }
    bytes
}

fn cases() -> u32 {
    std::env::var("ROBUST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

fn seed() -> RngSeed {
    let seed = std::env::var("ROBUST_SEED").ok().and_then(|seed| seed.parse().ok());
    RngSeed::Fixed(seed.unwrap_or(1))
}

/// What is told of anything: every place lies in its file, nothing failed, no byte steers a terminal.
fn told(files: Vec<(String, Vec<u8>)>) -> Result<(), TestCaseError> {
    let bundle = bundle::of_texts("broken", files);
    let diagnosed =
        unready::diagnose(&bundle, &BOOK).expect("the built-in patterns can be matched");
    let failed = |message: &str| message.contains("please report");
    let issues = &diagnosed.report.issues;
    prop_assert!(!issues.iter().any(|issue| failed(&issue.message)), "{issues:?}");
    let said = serde_json::to_string(&diagnosed.report).expect("a report can be printed");
    let steers = |c: char| c.is_control() && c != '\n';
    let report: serde_json::Value = serde_json::from_str(&said).expect("it was just printed");
    prop_assert!(!any_text(&report, &|text| text.contains(steers)), "{said}");
    Ok(())
}

fn any_text(value: &serde_json::Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        serde_json::Value::String(text) => test(text),
        serde_json::Value::Array(items) => items.iter().any(|item| any_text(item, test)),
        serde_json::Value::Object(map) => map.iter().any(|(k, v)| test(k) || any_text(v, test)),
        _ => false,
    }
}

/// A tar, gzipped or not, or a zip of some files.
fn packed(files: &[(String, Vec<u8>)], kind: u8) -> Vec<u8> {
    if kind % 3 == 2 {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(name.as_str(), options).expect("a zip can be written");
            zip.write_all(bytes).expect("a zip can be written");
        }
        return zip.finish().expect("a zip can be written").into_inner();
    }
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes.as_slice()).expect("a tar can be written");
    }
    let tar = tar.into_inner().expect("a tar can be written");
    if kind.is_multiple_of(3) {
        return tar;
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).expect("a gzip can be written");
    gzip.finish().expect("a gzip can be written")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, rng_seed: seed(), max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_reader_panics_whatever_it_is_given(which in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 0..12)) {
        let (name, bytes) = &SEEDS[which.index(SEEDS.len())];
        let bytes = changed(bytes.clone(), &changes);
        for format in FORMATS {
            read_as(format, name, &bytes, &DEMAND);
        }
    }

    #[test]
    fn a_ticket_of_broken_files_is_told_and_steers_no_terminal(picks in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(change(), 0..6)), 1..4)) {
        let files = picks.iter().enumerate().map(|(n, (which, changes))| {
            let (name, bytes) = &SEEDS[which.index(SEEDS.len())];
            (format!("{n}/{name}"), changed(bytes.clone(), changes))
        });
        told(files.collect())?;
    }

    #[test]
    fn a_broken_archive_is_told(kind in any::<u8>(), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4), changes in prop::collection::vec(change(), 0..6)) {
        let files: Vec<_> = picks.iter().enumerate().map(|(n, which)| {
            let (name, bytes) = &SEEDS[which.index(SEEDS.len())];
            (format!("{n}/{name}"), bytes.clone())
        }).collect();
        told(vec![("ticket".to_string(), changed(packed(&files, kind), &changes))])?;
    }
}
