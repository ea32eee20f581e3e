//! The readers on one capture of each format and dialect, and on what is left of broken ones.

mod support;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{BOOK, files_of, root};
use unready::report::Report;
use unready::text::yaml::{self, Kind, Node};
use unready::{Cluster, bundle};

/// All captures: their format and path.
fn captures() -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    for format in
        fs::read_dir(root().join("testdata/captures")).expect("the captures can be listed")
    {
        let format = format.expect("the captures can be listed").path();
        for capture in fs::read_dir(&format).expect("the captures can be listed") {
            let name =
                format.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            out.push((name, capture.expect("the captures can be listed").path()));
        }
    }
    out.sort();
    out
}

/// What is read from a bundle of one cluster.
fn diagnosed(bundle: &bundle::Bundle) -> (Report, Cluster) {
    let mut read = unready::diagnose(bundle, &BOOK).expect("the built-in patterns can be matched");
    (read.report, read.clusters.remove(0))
}

/// What is read from one text: the format, and the rows as JSON lines.
fn read(path: &str, text: &[u8]) -> (Option<&'static str>, String) {
    let bundle = bundle::of_texts("capture", [(path.to_string(), text.to_vec())]);
    let (_, read) = diagnosed(&bundle);
    let mut rows = String::new();
    for (id, relation) in
        read.facts.catalog().all().filter(|(_, relation)| !relation.command.is_empty())
    {
        for row in read.facts.rows(id) {
            let cells = row.cells.iter().zip(relation.columns.iter());
            let cells = cells
                .filter_map(|(cell, column)| Some(format!("{}={}", column.name, cell.known()?)));
            let line = row.place.map_or(0, |place| place.line);
            rows.push_str(&format!(
                "{line}: {} {}\n",
                relation.name,
                cells.collect::<Vec<_>>().join(" ")
            ));
        }
    }
    (read.files.first().and_then(|file| file.format), rows)
}

#[test]
fn every_capture_is_read_as_what_it_is() {
    for (format, path) in captures() {
        let name = path.file_name().expect("a capture has a name").to_string_lossy().into_owned();
        let (read_as, rows) = read(&name, &fs::read(&path).expect("a capture can be read"));
        assert_eq!(read_as, Some(format.as_str()), "{}", path.display());
        insta::with_settings!({snapshot_suffix => format!("{format}-{name}")}, {
            insta::assert_snapshot!("capture", rows);
        });
    }
}

#[test]
fn every_format_has_a_capture() {
    let seen: Vec<String> = captures().into_iter().map(|(format, _)| format).collect();
    for format in unready::format::FORMATS {
        assert!(
            seen.iter().any(|name| name == format.name),
            "no capture of format {}",
            format.name
        );
    }
}

#[test]
fn a_line_of_evidence_is_the_line_of_the_file() {
    for (_, path) in captures() {
        let bytes = fs::read(&path).expect("a capture can be read");
        let bundle = bundle::of_texts("capture", [("capture".to_string(), bytes.clone())]);
        let (_, read) = diagnosed(&bundle);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for (id, _) in read.facts.catalog().all() {
            for place in read.facts.rows(id).iter().flat_map(|row| row.places.iter().flatten()) {
                let line =
                    text.split('\n').nth(place.line as usize - 1).expect("the line is in the file");
                assert!(
                    (place.end as usize) <= line.len() && place.start <= place.end,
                    "{}",
                    path.display()
                );
            }
        }
    }
}

/// What logs of one pod, each with its name in the pod's folder, say of its readiness now.
fn readiness(logs: &[(&str, &str)]) -> Vec<String> {
    let pod = "shop/web-7d4b9c6f5-x2x4z";
    let texts = logs.iter().map(|(name, text)| (format!("{pod}/{name}"), text.as_bytes().to_vec()));
    let (_, read) = diagnosed(&bundle::of_texts("capture", texts));
    let id = read.facts.catalog().id("envoy_not_ready").expect("it is declared");
    let relation = read.facts.relation(id);
    let cell = |row: &unready::fact::Row, name: &str| {
        let column = relation.column(name).expect("it is declared");
        row.cells[column].known().map_or("unknown".to_string(), ToString::to_string)
    };
    let told = |row| format!("current={} previous={}", cell(row, "current"), cell(row, "previous"));
    read.facts.rows(id).iter().map(told).collect()
}

#[test]
fn a_log_of_an_earlier_run_says_nothing_of_now() {
    let not = "2021-09-30T10:00:01.000000Z\twarn\tEnvoy proxy is NOT ready: workers have not yet started\n";
    let ready = "2021-09-30T10:00:02.000000Z\tinfo\tEnvoy proxy is ready\n";
    let other = "2021-09-30T10:00:02.000000Z\tinfo\tEpoch 0 starting\n";
    for (logs, told) in [
        (vec![("istio-proxy.log", not)], "current=true previous=false"),
        (
            vec![("istio-proxy.log", other), ("istio-proxy-previous.log", not)],
            "current=false previous=true",
        ),
        (
            vec![("istio-proxy.log", other), ("istio-proxy.log.1", not)],
            "current=false previous=true",
        ),
        (vec![("istio-proxy-previous.log", not)], "current=unknown previous=true"),
        (
            vec![("istio-proxy/0.log", not), ("istio-proxy/1.log", ready)],
            "current=false previous=true",
        ),
        (
            vec![("istio-proxy/0.log.20210930-100000", not), ("istio-proxy/0.log", ready)],
            "current=false previous=false",
        ),
        (
            vec![("istio-proxy/0.log.20210930-100000", ready), ("istio-proxy/0.log", not)],
            "current=true previous=false",
        ),
        (
            vec![("istio-proxy/0.log.20210930-100000", not), ("istio-proxy/0.log", other)],
            "current=true previous=false",
        ),
    ] {
        assert_eq!(readiness(&logs), [told], "{logs:?}");
    }
}

/// Says a document as the library for YAML reads it.
fn reference(text: &str) -> Option<Vec<serde_yaml::Value>> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_yaml::Value::deserialize(document).ok())
        .collect()
}

/// Whether our reading and the library's say the same.
fn agrees(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::Int(a), Value::Number(b)) => b.as_i64() == Some(*a),
        (Kind::Number(a), Value::Number(b)) => {
            b.as_f64().is_some_and(|b| {
                b.is_nan() && a.contains("nan") || b.is_infinite() && a.contains("inf")
            }) || a
                .trim_start_matches('+')
                .parse::<f64>()
                .ok()
                .zip(b.as_f64())
                .is_some_and(|(a, b)| a == b)
                || b.is_u64()
        }
        (Kind::Text(a), Value::String(b)) => **a == **b,
        (Kind::Seq(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b))
        }
        (Kind::Map(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((key, a), (k, b))| same_key(&key.text, k) && agrees(a, b))
        }
        (_, Value::Tagged(tagged)) => agrees(ours, &tagged.value),
        _ => false,
    }
}

fn same_key(ours: &str, theirs: &serde_yaml::Value) -> bool {
    match theirs {
        serde_yaml::Value::String(text) => text == ours,
        serde_yaml::Value::Null => ["", "~", "null"].contains(&ours),
        serde_yaml::Value::Bool(b) => b.to_string() == ours.to_lowercase(),
        serde_yaml::Value::Number(n) => n.to_string() == ours || n.as_f64() == ours.parse().ok(),
        _ => false,
    }
}

#[test]
fn yaml_says_what_the_library_says() {
    let bundles = ["one-half-ready", "one-half-ready-recovered", "coredns-rebuilt"].map(files_of);
    let mut texts: Vec<(String, Vec<u8>)> = bundles.into_iter().flatten().collect();
    for (_, path) in captures() {
        texts.push((path.display().to_string(), fs::read(&path).expect("a capture can be read")));
    }
    for file in unready::built_in() {
        texts.push((file.path, file.text.into_bytes()));
    }
    let yaml = texts.iter().filter(|(path, _)| path.ends_with(".yaml") || path.ends_with(".json"));
    for (path, bytes) in yaml {
        let text = std::str::from_utf8(bytes).expect("the repository holds UTF-8");
        let theirs = reference(text).unwrap_or_else(|| panic!("the library refuses {path}"));
        let (ours, broken) = yaml::documents(text);
        assert_eq!((broken, ours.len()), (None, theirs.len()), "{path}");
        assert!(ours.iter().zip(&theirs).all(|(a, b)| agrees(a, b)), "{path}");
    }
}

/// Strings that readers of YAML stumble over.
fn nasty() -> impl Strategy<Value = String> {
    static FIXED: &[&str] = &[
        "yes",
        "no",
        "on",
        "0x1f",
        "0o17",
        "0755",
        "1e3",
        "-1.5",
        "+7",
        ".5",
        "null",
        "~",
        "",
        "=",
        "<<",
        "a: b",
        "#",
        "# x",
        "a #b",
        "- x",
        "? x",
        "tab\there",
        "\t",
        "line\nbreak",
        "trailing ",
        " leading",
        "\u{1F600}",
        "ünïcode",
        "'",
        "\"",
        "''",
        "\\n",
        "{}",
        "[]",
        "{a: b}",
        "*alias",
        "&anchor",
        "!tag",
        "%TAG",
        "@at",
        "`tick`",
        "true",
        "True",
        "2021-09-14T09:38:01Z",
        "1_000",
        "12:30:45",
        ".inf",
        "-.inf",
        ".nan",
        "0b11",
        "00",
        "-0",
        "9223372036854775808",
        "| x",
        "> x",
        "---",
        "...",
    ];
    prop_oneof![
        prop::sample::select(FIXED).prop_map(str::to_string),
        "[ -~]{0,40}",
        "[a-z]{150,200}",
        "([a-z]{1,12} ){8,30}",
        // The library counts NEL, LS and PS as line breaks, as YAML 1.1 did; YAML 1.2 does not, and
        // kubectl prints them escaped.
        "[\\PC--[\u{85}\u{2028}\u{2029}]]{0,20}",
    ]
}

fn value() -> impl Strategy<Value = serde_yaml::Value> {
    use serde_yaml::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| Value::Number(n.into())),
        nasty().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Sequence),
            prop::collection::btree_map(nasty(), inner, 0..6).prop_map(|map| Value::Mapping(
                map.into_iter().map(|(k, v)| (Value::String(k), v)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn yaml_that_is_printed_is_read_back(value in value()) {
        let text = serde_yaml::to_string(&value).expect("any value can be printed");
        let (ours, broken) = yaml::documents(&text);
        // Where the reader of the library refuses what its printer wrote, nothing is to be compared.
        if let Some(theirs) = reference(&text) {
            prop_assert_eq!(broken, None, "{}", text);
            prop_assert!(ours.iter().zip(&theirs).all(|(a, b)| agrees(a, b)), "{}\n{:?}", text, ours);
        }
    }

    #[test]
    fn no_broken_capture_makes_a_reader_panic(which in any::<prop::sample::Index>(), cut in 0.0..1.0f64, noise in prop::collection::vec((0.0..1.0f64, any::<u8>()), 0..20)) {
        let all = captures();
        let (_, path) = &all[which.index(all.len())];
        let mut bytes = fs::read(path).expect("a capture can be read");
        bytes.truncate((bytes.len() as f64 * cut) as usize);
        for (at, byte) in noise {
            if !bytes.is_empty() {
                let at = (bytes.len() as f64 * at) as usize;
                bytes[at] = byte;
            }
        }
        let bundle = bundle::of_texts("broken", [("broken".to_string(), bytes)]);
        let (report, _) = diagnosed(&bundle);
        prop_assert!(!report.issues.iter().any(|issue| issue.message.contains("reader failed")));
    }
}
