//! What is read of lines in every wrapper and layout, and of broken ones.

use super::line::{Head, Piece, message, unwrapped};
use super::stamp::Window;
use super::*;
use crate::fact::vocabulary::{envoy_not_ready, log};
use crate::fact::{Cell, RelationId, Row};
use crate::text::{FileId, LineIndex};

/// The message of a line, its level and its time.
fn said(raw: &str) -> (String, &'static str, String) {
    let mut head = Head::default();
    let text = message(unwrapped(Piece::line(raw), &mut head), &mut head).text.into_owned();
    let at = head.stamp.and_then(|stamp| Window::default().instant(stamp));
    (text, head.level.unwrap_or("-"), at.map_or("-".into(), |at| at.to_string()))
}

#[test]
fn every_layout_is_taken_off() {
    let at = "2023-05-04T10:18:55.134527Z";
    for (raw, text, level, time) in [
        ("plain", "plain", "-", "-"),
        (
            &format!("{at}\twarn\tEnvoy proxy is NOT ready: x")[..],
            "Envoy proxy is NOT ready: x",
            "warning",
            at,
        ),
        (
            &format!("{at}  warn  Envoy proxy is NOT ready: x"),
            "Envoy proxy is NOT ready: x",
            "warning",
            at,
        ),
        (
            &format!("{at} warn Envoy proxy is NOT ready: x"),
            "Envoy proxy is NOT ready: x",
            "warning",
            at,
        ),
        (
            &format!("{at}\tinfo\txdsproxy\tconnected to istiod:15012\tid=25"),
            "connected to istiod:15012\tid=25",
            "info",
            at,
        ),
        (&format!("{at}\tinfo\tready\tid=25"), "ready\tid=25", "info", at),
        (
            &format!("{at}\twarning\tenvoy config\tStream gRPC config stream closed: 14, x"),
            "Stream gRPC config stream closed: 14, x",
            "warning",
            at,
        ),
        (
            &format!("{at}\twarning\tenvoy config\t[bazel-out/x.h:92] Stream gRPC closed: 12, x"),
            "Stream gRPC closed: 12, x",
            "warning",
            at,
        ),
        (
            &format!(
                "{at}\twarning\tenvoy config external/envoy/grpc_stream.h:201\tStream closed\tthread=13"
            ),
            "Stream closed",
            "warning",
            at,
        ),
        (&format!("{at} {at}\twarn\tca\tfailed"), "failed", "warning", at),
        (
            "[2018-08-29 13:23:26.622][23][warning][upstream] external/envoy/x.cc:240] gRPC config stream closed: 13,",
            "gRPC config stream closed: 13,",
            "warning",
            "2018-08-29T13:23:26.622Z",
        ),
        (
            "[Envoy (Epoch 0)] [2020-03-06 16:49:26.908][19][critical][config] [bazel-out/x.h:91] gRPC",
            "gRPC",
            "critical",
            "2020-03-06T16:49:26.908Z",
        ),
        (
            r#"{"level":"warn","time":"2023-05-10T17:43:55.356626Z","scope":"ca","msg":"a \"b\""}"#,
            "a \"b\"",
            "warning",
            "2023-05-10T17:43:55.356626Z",
        ),
        (
            r#"{"timestamp":"2023-05-10T17:43:55.356626Z","severity":"Critical","logger":"x","message":"m"}"#,
            "m",
            "critical",
            "2023-05-10T17:43:55.356626Z",
        ),
        ("E0102 15:04:05.000000   12345 file.go:67] failed", "failed", "error", "-"),
        (
            "Sep 30 12:00:00 n1 kubelet[12]: W0102 15:04:05.000000       1 a.go:1] x",
            "x",
            "warning",
            "-",
        ),
        ("Sep 30 12:00:00.123456 n1 kernel: oom", "oom", "-", "-"),
        ("2021-09-30T12:00:00+0200 n1 kubelet[12]: x", "x", "-", "2021-09-30T10:00:00Z"),
        (
            "2021-09-30T12:00:00.1+02:00 stderr F E0102 15:04:05.000000   1 f.go:67] no",
            "no",
            "error",
            "2021-09-30T10:00:00.1Z",
        ),
        (
            r#"{"log":"2023-05-04T10:18:55.134527Z\u0009warn\u0009a b\n","stream":"stderr","time":"2023-05-04T10:18:56Z"}"#,
            "a b",
            "warning",
            "2023-05-04T10:18:56Z",
        ),
        (
            r#"{"__REALTIME_TIMESTAMP":"1633003200000000","PRIORITY":"3","_HOSTNAME":"n1","SYSLOG_IDENTIFIER":"kubelet","MESSAGE":[97,98]}"#,
            "ab",
            "error",
            "2021-09-30T12:00:00Z",
        ),
        ("[   12.345678] Out of memory", "Out of memory", "-", "-"),
        ("[Thu Sep 30 12:00:00 2021] Out of memory", "Out of memory", "-", "-"),
        ("kern  :err   : [Sep30 12:00] Out of memory", "Out of memory", "error", "-"),
        ("[  +0.000012] Out of memory", "Out of memory", "-", "-"),
        (
            r#"time="2021-09-30T12:00:00Z" level=error msg="pull \"x\" failed" error=eof"#,
            "pull \"x\" failed error=eof",
            "error",
            "2021-09-30T12:00:00Z",
        ),
        (
            "[pod/web-0/istio-proxy] 2021-09-30T12:00:00.5Z hello",
            "hello",
            "-",
            "2021-09-30T12:00:00.5Z",
        ),
        ("[ERROR] plugin/errors: 2 x. A: timeout", "plugin/errors: 2 x. A: timeout", "error", "-"),
        ("\u{1b}[31m[ERROR]\u{1b}[0m red", "red", "error", "-"),
        (
            "[2022-03-10T08:01:06.859Z] \"GET / HTTP/1.1\" 503",
            "\"GET / HTTP/1.1\" 503",
            "-",
            "2022-03-10T08:01:06.859Z",
        ),
        ("error: it says so itself", "error: it says so itself", "-", "-"),
    ] {
        assert_eq!(said(raw), (text.into(), level, time.into()), "{raw}");
    }
}

/// What is read of a text by these patterns: the rows of a relation, over all owners.
fn rows(text: &str, patterns: &[&str], id: RelationId) -> Vec<Row> {
    let lines = std::sync::Arc::new(LineIndex::new(text.as_bytes()));
    let capture = Capture { file: FileId(0), path: "x.log", text, offset: 0, lines, command: None };
    let demand = Demand::new(patterns.iter().copied(), []).unwrap();
    let readings = (FORMAT.read)(&capture, &demand).each();
    readings
        .into_iter()
        .flat_map(|r| r.rows)
        .filter(|(of, _)| *of == id)
        .map(|(_, row)| row)
        .collect()
}

fn column(row: &Row, column: usize) -> String {
    match &row.cells[column] {
        Cell::Known(value) => value.text().into_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_cut_line_is_matched_as_a_whole_and_shown_at_its_first_part() {
    let text = "2021-09-30T12:00:00Z stdout P one tw\n2021-09-30T12:00:00Z stderr F else\n2021-09-30T12:00:01Z stdout F o three\n";
    let rows = rows(text, &["^one two three$"], log::ID);
    assert_eq!(rows.len(), 1);
    assert_eq!(column(&rows[0], log::text), "one two three");
    assert_eq!(rows[0].place.unwrap().line, 1);
}

#[test]
fn a_pattern_is_found_in_the_message_and_in_front_of_it() {
    let text = "x\n2023-05-04T10:18:55.134527Z\twarn\tca\tfailed to sign\n";
    let message = rows(text, &["^failed"], log::ID);
    assert_eq!(
        (column(&message[0], log::text), message[0].place.unwrap().start),
        ("failed to sign".into(), 36)
    );
    let whole = rows(text, &[r"warn\tca\tfailed"], log::ID);
    assert_eq!(whole[0].place.unwrap().start, 0);
    assert_eq!(rows(text, &["failed"], log::ID).len(), 1);
}

#[test]
fn lines_that_continue_a_record_belong_to_it() {
    let text = "2019-08-30T16:43:50.000000Z\tinfo\tEnvoy proxy is NOT ready: 2 errors occurred:\n\n* failed checking application ports. listeners=x\n* envoy missing listener for inbound application port: 80\n2019-08-30T16:43:52.000000Z\tinfo\tnext\n";
    let reasons = rows(text, &[], envoy_not_ready::ID);
    assert_eq!(column(&reasons[0], envoy_not_ready::reason), "listeners");
    assert!(column(&reasons[0], envoy_not_ready::detail).ends_with("port: 80"));
    let missing = rows(text, &["envoy missing listener"], log::ID);
    assert_eq!(missing[0].place.unwrap().line, 4);
    assert_eq!(column(&missing[0], log::level), "info");
    let spanning = rows(text, &["(?s)NOT ready.*port: 80"], log::ID);
    assert_eq!(spanning[0].place.unwrap().line, 1);
}

#[test]
fn a_reversed_journal_is_read_from_its_end() {
    let line = |s: u32, text: &str| format!("Sep 30 12:00:{s:02} n1 istio[1]: {text}\n");
    let ready = line(3, "Envoy proxy is ready");
    let not = line(2, "Envoy proxy is NOT ready: workers have not yet started");
    let start = line(1, "start");
    let current =
        |text: &str| column(&rows(text, &[], envoy_not_ready::ID)[0], envoy_not_ready::current);
    assert_eq!(current(&format!("{ready}{not}{start}")), "false");
    assert_eq!(current(&format!("{start}{not}{ready}")), "false");
    let after = line(4, "Envoy proxy is NOT ready: workers have not yet started");
    assert_eq!(current(&format!("{after}{ready}{start}")), "true");
}

#[test]
fn a_line_of_any_length_takes_time_in_proportion() {
    let bar: String = (0..300_000).map(|_| "50%\r").collect();
    assert_eq!(rows(&format!("{bar}failed\n"), &["^failed$"], log::ID).len(), 1);
    let long = format!("{}\u{1b}[0m needle", "x".repeat(3_000_000));
    assert_eq!(rows(&long, &["needle"], log::ID).len(), 1);
    let nested = format!("{}\n", "[".repeat(1_000_000));
    assert_eq!(rows(&nested, &["needle"], log::ID).len(), 0);
}
