//! Traps that real bundles set, one test for each. The names are what holds.

mod support;

use std::io::Write as _;

use support::{BOOK, files_of};
use unready::bundle::{self, Bundle};
use unready::fact::vocabulary as v;
use unready::format::Fate;
use unready::report::{Report, Verdict};
use unready::{Cluster, Diagnosed};

fn diagnosed(bundle: &Bundle) -> Diagnosed {
    unready::diagnose(bundle, &BOOK).expect("the built-in patterns can be matched")
}

/// What is read of some files, as one cluster.
fn cluster(files: &[(&str, &[u8])]) -> (Report, Cluster) {
    let files = files.iter().map(|(path, bytes)| (path.to_string(), bytes.to_vec()));
    let mut read = diagnosed(&bundle::of_texts("ticket", files));
    (read.report, read.clusters.remove(0))
}

/// The known cells of a column.
fn column(cluster: &Cluster, id: unready::fact::RelationId, column: usize) -> Vec<String> {
    let rows = cluster.facts.rows(id).iter();
    rows.filter_map(|row| Some(row.cells[column].known()?.text().into_owned())).collect()
}

fn pods(files: &[(&str, &[u8])]) -> Vec<String> {
    column(&cluster(files).1, v::pod::ID, v::pod::name)
}

fn fate(path: &str, bytes: &[u8]) -> (Fate, String) {
    let (_, cluster) = cluster(&[(path, bytes)]);
    let file = &cluster.files[0];
    (file.fate, file.reason.clone().unwrap_or_default())
}

const POD: &str = "metadata: {name: web-0, namespace: shop, creationTimestamp: null}\nspec: {containers: [{name: app}]}\nstatus: {phase: Running}\n";

// 1
#[test]
fn objects_are_read_in_any_shape() {
    let item = "{\"metadata\": {\"name\": \"web-0\", \"namespace\": \"shop\"}, \"spec\": {\"containers\": [{\"name\": \"app\"}]}}";
    let kind = "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"web-0\", \"namespace\": \"shop\"}}";
    for (path, text) in [
        ("a.json", format!("{{\"kind\": \"PodList\", \"items\": [{item}]}}")),
        ("a.json", format!("{{\"kind\": \"List\", \"items\": [{kind}]}}")),
        ("a.json", format!("[{kind}]")),
        ("a.json", kind.to_string()),
        ("pods.json", format!("{{\"items\": [{item}]}}")),
        ("pods.json", format!("[{item}]")),
        ("pods", format!("apiVersion: v1\nitems:\n- {kind}\nkind: List\n")),
    ] {
        assert_eq!(pods(&[(path, text.as_bytes())]), ["web-0"], "{path}: {text}");
    }
    let (_, nothing) =
        cluster(&[("pods.json", b"{\"kind\": \"PodList\", \"metadata\": {}, \"items\": null}")]);
    assert_eq!(nothing.files[0].fate, Fate::Read);
}

#[test]
fn one_name_may_hold_a_table_or_objects() {
    assert_eq!(
        pods(&[("pods.yaml", b"NAME READY STATUS RESTARTS AGE\nweb-0 1/1 Running 0 1m\n")]),
        ["web-0"]
    );
}

// 2
#[test]
fn a_collectors_error_is_told_in_its_own_words() {
    let said = b"error: the server doesn't have a resource type \"networkpolicies\"\n";
    let (report, cluster) = cluster(&[("networkpolicies.json", said)]);
    assert_eq!(cluster.files[0].fate, Fate::Failed);
    let told = |words: &str| report.issues.iter().any(|issue| issue.message.contains(words));
    assert!(told("doesn't have a resource type"), "{:?}", report.issues);
    assert!(cluster.facts.coverage.any(v::object::ID).is_empty());
}

#[test]
fn an_empty_file_says_nothing_of_the_cluster() {
    for path in ["pods.json", "events.yaml", "app.log"] {
        let (report, cluster) = cluster(&[(path, b"")]);
        assert_eq!(cluster.files[0].fate, Fate::Unread);
        assert!(report.issues.iter().any(|issue| issue.message.contains("empty")));
    }
}

#[test]
fn a_truncated_list_keeps_what_stands_before_the_cut() {
    let text = format!(
        "kind: PodList\nitems:\n- {}- metadata:\n    name: \"cut",
        POD.replace('\n', "\n  ")
    );
    let (report, cluster) = cluster(&[("pods.yaml", text.as_bytes())]);
    assert_eq!(column(&cluster, v::pod::ID, v::pod::name), ["web-0"]);
    assert!(cluster.facts.coverage.any(v::pod::ID).is_empty(), "nothing is known to be absent");
    assert!(report.issues.iter().any(|issue| issue.line.is_some()));
}

// 3
#[test]
fn documents_may_have_marks_carriage_returns_and_a_byte_order_mark() {
    let text = format!(
        "\u{feff}---\r\napiVersion: v1\r\nkind: Pod\r\n{}...\r\n---\r\n",
        POD.replace('\n', "\r\n")
    );
    assert_eq!(pods(&[("a.yaml", text.as_bytes())]), ["web-0"]);
}

// 4
#[test]
fn an_object_that_is_captured_twice_counts_once() {
    let yaml = format!("kind: Pod\n{POD}");
    let (_, cluster) =
        cluster(&[("a/web-0.yaml", yaml.as_bytes()), ("b/pods.yaml", yaml.as_bytes())]);
    let rows = cluster.facts.rows(v::pod::ID);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].also.len(), 1, "both places are kept");
}

#[test]
fn two_moments_of_one_pod_are_both_kept() {
    let table =
        |ready: &str| format!("NAME READY STATUS RESTARTS AGE\nweb-0 {ready} Running 0 1m\n");
    let text =
        format!("# kubectl get pods\n{}\n# kubectl get pods\n{}", table("1/2"), table("2/2"));
    let (_, cluster) = cluster(&[("ticket.txt", text.as_bytes())]);
    assert_eq!(column(&cluster, v::pod::ID, v::pod::ready), ["1", "2"]);
}

// 5
#[test]
fn a_null_is_no_value() {
    let (_, cluster) = cluster(&[("a.yaml", format!("kind: Pod\n{POD}").as_bytes())]);
    assert!(cluster.facts.rows(v::pod::ID)[0].cells[v::pod::created].known().is_none());
}

// 6
#[test]
fn a_large_web_page_is_skipped_for_a_reason() {
    let page = format!(
        "<!DOCTYPE html>\n<html><pre>NAME READY STATUS RESTARTS AGE\n{}</pre>",
        "x 1/1 Running 0 1m\n".repeat(50_000)
    );
    assert_eq!(
        fate("event-filter.html", page.as_bytes()),
        (Fate::Skipped, "a web page, no capture".to_string())
    );
}

// 7
#[test]
fn a_warning_is_no_diagnosis() {
    let events = b"LAST SEEN TYPE REASON OBJECT MESSAGE\n3m Warning Unhealthy pod/web-0 Readiness probe failed: HTTP probe failed with statuscode: 503\n";
    let table = b"NAME READY STATUS RESTARTS AGE\nweb-0 1/1 Running 0 1m\n";
    let (report, _) = cluster(&[("events.txt", events), ("pods.txt", table)]);
    assert!(report.diagnoses.is_empty());
}

// 8
#[test]
fn no_events_do_not_refute_a_cause() {
    let mut files = files_of("one-half-ready");
    files.push((
        "events.json".to_string(),
        b"{\"kind\": \"EventList\", \"metadata\": {}, \"items\": []}".to_vec(),
    ));
    let report = diagnosed(&bundle::of_texts("ticket", files)).report;
    assert_eq!(report.diagnoses[0].rule, "cluster-dns-address-changed");
}

// 9
#[test]
fn the_same_bundle_gives_the_same_report() {
    let said = || {
        serde_json::to_string(&diagnosed(&bundle::of_texts("t", files_of("one-half-ready"))).report)
    };
    assert_eq!(said().expect("a report can be printed"), said().expect("a report can be printed"));
}

// 10
#[test]
fn an_event_has_its_time_in_one_of_four_fields() {
    for time in [
        "lastTimestamp: '2025-10-07T09:00:00Z'",
        "eventTime: '2025-10-07T09:00:00Z'",
        "firstTimestamp: '2025-10-07T09:00:00Z'",
        "series: {count: 3, lastObservedTime: '2025-10-07T09:00:00Z'}",
    ] {
        let text = format!(
            "kind: Event\nmetadata: {{name: a, namespace: b}}\ninvolvedObject: {{kind: Pod, name: web-0, namespace: b}}\nreason: BackOff\n{time}\n"
        );
        let (_, cluster) = cluster(&[("events.yaml", text.as_bytes())]);
        assert_eq!(
            column(&cluster, v::event::ID, v::event::last_seen),
            ["2025-10-07T09:00:00Z"],
            "{time}"
        );
    }
}

// 11
#[test]
fn a_clock_without_a_known_zone_tells_no_time() {
    assert!(
        column(
            &cluster(&[("date.txt", b"Fri Aug 30 16:44:20 CST 2019\n")]).1,
            v::clock::ID,
            v::clock::time
        )
        .is_empty()
    );
    assert_eq!(
        column(
            &cluster(&[("date.txt", b"Fri Aug 30 16:44:20 UTC 2019\n")]).1,
            v::clock::ID,
            v::clock::time
        )
        .len(),
        1
    );
}

// 12
#[test]
fn pods_of_one_name_in_two_namespaces_are_two() {
    let text = b"NAMESPACE NAME READY STATUS RESTARTS AGE\na web-0 1/1 Running 0 1m\nb web-0 0/1 Running 0 1m\n";
    assert_eq!(
        column(&cluster(&[("pods.txt", text)]).1, v::pod::ID, v::pod::namespace),
        ["a", "b"]
    );
}

// 13
#[test]
fn what_was_not_collected_is_not_absent() {
    let files =
        files_of("one-half-ready").into_iter().filter(|(path, _)| !path.contains("endpoints"));
    let report = diagnosed(&bundle::of_texts("ticket", files)).report;
    let proven =
        |rule: &str| report.diagnoses.iter().any(|d| d.rule == rule && d.verdict == Verdict::Found);
    assert!(!proven("cluster-dns-without-ready-endpoint"));
}

// 14
#[test]
fn a_pod_that_runs_again_still_shows_that_it_ran_out_of_memory() {
    let text = "kind: Pod\nmetadata: {name: web-0, namespace: shop}\nspec: {containers: [{name: app}]}\nstatus:\n  containerStatuses:\n  - name: app\n    ready: true\n    state: {running: {}}\n    lastState: {terminated: {reason: OOMKilled, exitCode: 137}}\n";
    let (_, cluster) = cluster(&[("a.yaml", text.as_bytes())]);
    assert_eq!(column(&cluster, v::container::ID, v::container::last_reason), ["OOMKilled"]);
}

// 15
#[test]
fn a_collectors_error_stands_in_for_no_log() {
    let said = b"Error: Error from server: Get \"https://n1:10250/containerLogs/shop/web-0/app\": dial tcp 10.0.0.1:10250: connect: connection refused\n";
    let (report, cluster) = cluster(&[("shop/web-0/app.log", said)]);
    assert_eq!(cluster.files[0].fate, Fate::Failed);
    assert!(cluster.facts.coverage.any(v::log::ID).is_empty(), "the log was not searched");
    assert!(report.issues.iter().any(|issue| issue.message.contains("connection refused")));
    for (path, text) in [
        ("configmaps-errors/a.json", "[\n  \"configmaps \\\"a\\\" not found\"\n]\n"),
        ("ss.txt", "bash: ss: command not found\n"),
        ("info.txt", "failed to collect info: timeout\n"),
    ] {
        assert_eq!(fate(path, text.as_bytes()).0, Fate::Failed, "{path}");
    }
}

// 16
#[test]
fn a_log_line_is_known_behind_any_stamp() {
    let said = "Envoy proxy is NOT ready: config not received from Pilot (is Pilot running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected";
    for stamp in [
        "",
        "2019-08-30T16:43:50.000000Z\tinfo\t",
        "2019-08-30T16:43:50.123456789Z ",
        "[2019-08-30 16:43:50.000][1][info] ",
        "2019-08-30T16:43:50.123456789Z stderr F 2019-08-30T16:43:50Z\tinfo\t",
    ] {
        let (_, cluster) = cluster(&[("istio-proxy.log", format!("{stamp}{said}\n").as_bytes())]);
        assert_eq!(cluster.facts.rows(v::envoy_not_ready::ID).len(), 1, "{stamp}");
    }
}

// 17
/// A line of `sed -n Np`.
fn sed(bytes: &[u8], line: u32) -> &[u8] {
    bytes.split(|b| *b == b'\n').nth(line as usize - 1).expect("the line is in the file")
}

#[test]
fn a_line_number_is_the_one_that_sed_counts_in_any_encoding() {
    let text = "search localdomain\r\noptions ndots:5\r\nnameserver 10.0.0.10\r\n";
    let little = |mark: bool| -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let big = |mark: bool| -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
    };
    let coloured = "\u{feff}\u{1b}[1msearch\u{1b}[0m localdomain\n# gr\u{fc}n\n\u{1b}[32mnameserver 10.0.0.10\u{1b}[0m\n";
    let latin = b"search localdomain\n# gr\xfc\xdfe \0\nnameserver 10.0.0.10\n".to_vec();
    let lone = b"# 10%\r# 20%\r# done\nsearch localdomain\nnameserver 10.0.0.10\n".to_vec();
    let all = [
        little(true),
        little(false),
        big(true),
        big(false),
        coloured.into(),
        text.into(),
        latin,
        lone,
    ];
    for bytes in all {
        let (_, cluster) = cluster(&[("resolv.conf", &bytes)]);
        let row = cluster.facts.rows(v::nameserver::ID).first();
        let place = row.and_then(|row| row.place).unwrap_or_else(|| panic!("{bytes:?}"));
        assert_eq!(place.line, 3);
        let line: Vec<u8> = sed(&bytes, place.line).iter().copied().filter(|b| *b != 0).collect();
        assert!(String::from_utf8_lossy(&line).contains("nameserver"), "{bytes:?}");
        let excerpt = cluster.facts.sources.excerpt(place);
        assert_eq!(&excerpt.text[excerpt.mark.clone()], "10.0.0.10");
    }
}

#[test]
fn a_long_line_without_an_end_is_read() {
    let text =
        format!("{} Envoy proxy is NOT ready: workers have not yet started", "x".repeat(1 << 20));
    assert_eq!(
        cluster(&[("a.log", text.as_bytes())]).1.facts.rows(v::envoy_not_ready::ID).len(),
        1
    );
}

// 18: what rotation took away is a matter of the readers of rotated logs.

// 19
#[test]
fn the_resolver_asks_three_servers_and_no_more() {
    let text = b"# by hand\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n";
    assert_eq!(
        column(&cluster(&[("resolv.conf", text)]).1, v::nameserver::ID, v::nameserver::address)
            .len(),
        3
    );
}

#[test]
fn netstat_is_read_with_any_columns() {
    let head = "Proto Recv-Q Send-Q Local Address Foreign Address State";
    for (more, row) in [
        ("", ""),
        (" PID/Program name", " 1/envoy"),
        (" User Inode PID/Program name Timer", " 1337 48213 1/envoy off (0.00/0/0)"),
    ] {
        let text = format!("{head}{more}\ntcp 0 0 0.0.0.0:15090 0.0.0.0:* LISTEN{row}\n");
        assert_eq!(
            column(&cluster(&[("n.txt", text.as_bytes())]).1, v::listener::ID, v::listener::port),
            ["15090"],
            "{more}"
        );
    }
}

// 20
#[test]
fn what_macos_leaves_behind_is_no_capture() {
    for path in ["__MACOSX/bundle/._pods.yaml", "bundle/.DS_Store"] {
        assert_eq!(
            fate(path, b"NAME READY STATUS RESTARTS AGE\nx 1/1 Running 0 1m\n").0,
            Fate::Skipped,
            "{path}"
        );
    }
}

#[test]
fn pictures_programs_and_sources_are_skipped_for_a_reason() {
    for (path, bytes) in [
        ("a.txt", &b"\x89PNG\r\n\x1a\n..."[..]),
        ("a.pdf", b"%PDF-1.7\n"),
        ("core.123", b"\x7fELF\x02\x01\x01\0"),
        ("main.go", b"package main\n// $ kubectl get pods\n"),
        ("tool.py", b"import os\n"),
    ] {
        let (fate, reason) = fate(path, bytes);
        assert_eq!(fate, Fate::Skipped, "{path}");
        assert!(!reason.is_empty());
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("a gzip can be written");
    gzip.finish().expect("a gzip can be written")
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("a zip can be written");
        zip.write_all(bytes).expect("a zip can be written");
    }
    zip.finish().expect("a zip can be written").into_inner()
}

// 21
#[test]
fn content_tells_an_archive_and_not_its_name() {
    assert_eq!(
        column(
            &cluster(&[("resolv.conf.txt", &gzip(b"nameserver 10.0.0.1\n"))]).1,
            v::nameserver::ID,
            v::nameserver::address
        ),
        ["10.0.0.1"]
    );
}

#[test]
fn a_cut_archive_gives_what_stands_before_the_cut() {
    let mut text = String::from("nameserver 10.0.0.1\n");
    for n in 0..20_000_u64 {
        text.push_str(&format!("# {}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    }
    let mut packed = gzip(text.as_bytes());
    packed.truncate(packed.len() / 2);
    let (report, cluster) = cluster(&[("resolv.conf.gz", &packed)]);
    assert_eq!(cluster.facts.rows(v::nameserver::ID).len(), 1);
    assert!(cluster.facts.coverage.any(v::nameserver::ID).is_empty());
    assert!(report.issues.iter().any(|issue| issue.message.contains("cut")));
}

// 22
#[test]
fn a_zip_may_part_folders_as_windows_does() {
    let zip = zipped(&[("logs\\web\\resolv.conf", b"nameserver 10.0.0.1\n")]);
    assert_eq!(cluster(&[("t.zip", &zip)]).1.facts.rows(v::nameserver::ID).len(), 1);
}

// 23
#[test]
fn evidence_in_a_nested_archive_names_every_border() {
    let inner = zipped(&[("n1/resolv.conf", b"nameserver 10.0.0.1\n")]);
    let outer = zipped(&[("nodes/n1.zip", &inner)]);
    let (_, cluster) = cluster(&[("outer.zip", &outer)]);
    assert_eq!(cluster.files[0].path, "outer.zip!nodes/n1.zip!n1/resolv.conf");
}

// 24
#[test]
fn neither_a_name_nor_a_line_steers_the_terminal() {
    let text = b"NAME READY STATUS RESTARTS AGE\nweb-0 1/2 Run\x07ning 0 1m\n\x1b]0;x\n";
    let (report, _) = cluster(&[("a\x1b[31m\x07.txt", text)]);
    let said = serde_json::to_string(&report).expect("a report can be printed");
    assert!(!said.contains("\\u001b") && !said.contains("\\u0007"), "{said}");
}

// 25: whether secrets are shown is a matter of the report.

#[test]
fn a_word_of_a_mesh_or_a_monitoring_makes_no_capture_of_theirs() {
    let log = "time,level,message\n2025-03-04T09:00:00Z,info,started\n";
    let object = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"}, "data": {"a": "type.googleapis.com/envoy.admin. \"configs\"", "hot_restart_version": "1", "alerts": "[]", "evidence": "", "documentationUrl": "", "code": "", "svc": "a", "ep": "b"}}"#;
    let quoting = "2025-03-04T09:00:00Z info analysis begins\n".repeat(9)
        + "Warning [IST0103] (Pod shop/web-0) The pod is missing the Istio proxy.\n";
    let properties = "server.port: eighty\nserver.address: here\nserver.name: web\n";
    let files = [
        ("shop/web-0/log.csv", log.to_string(), "metrics"),
        ("shop.json", object.to_string(), "alerts"),
        ("shop/istiod-0/discovery.log", quoting, "analyze"),
        ("server.properties", properties.to_string(), "envoy"),
    ];
    for (path, text, wrong) in files {
        let (_, read) = cluster(&[(path, text.as_bytes())]);
        let format = read.files.first().and_then(|file| file.format);
        assert_ne!(format, Some(wrong), "{path}");
        if path.ends_with(".json") {
            assert_eq!(format, Some("objects"), "{path}");
        }
    }
}
