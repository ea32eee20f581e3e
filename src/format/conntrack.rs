//! Connection tracking: `conntrack -S`, `conntrack -L`, `/proc/net/nf_conntrack`.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::Value;
use crate::fact::vocabulary::{conntrack_counter as c, conntrack_entry as e};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "conntrack",
    doc: "connection tracking, `conntrack -S`, `conntrack -L`, `/proc/net/nf_conntrack`",
    recognize: |capture| capture.head().take(5).any(|line| is_counters(line) || is_entry(line)),
    read: |capture, _| read(capture),
};

fn is_counters(line: &str) -> bool {
    line.starts_with("cpu=") && line.contains("found=") && line.contains("insert_failed=")
}

const PROTOCOLS: [&str; 8] = ["tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "gre", "unknown"];

/// The protocol of an entry, in front of which the kernel's own file writes the family.
fn protocol(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let protocol = if matches!(first, "ipv4" | "ipv6") { words.nth(1)? } else { first };
    PROTOCOLS.contains(&protocol).then_some(protocol)
}

fn is_entry(line: &str) -> bool {
    line.contains(" src=") && line.contains(" dst=") && protocol(line).is_some()
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let (mut counted, mut listed) = (false, false);
    for (at, line) in capture.each_line() {
        if is_counters(line) {
            counted = true;
            counters(capture, at, line, &mut reading);
        } else if is_entry(line) {
            listed = true;
            entry(capture, at, line, &mut reading);
        }
    }
    if counted {
        reading.shows_all(c::ID);
    }
    // With filters the command shows a part.
    if listed && capture.said().len() <= 2 {
        reading.shows_all(e::ID);
    }
    reading
}

fn counters(capture: &Capture<'_>, at: usize, line: &str, reading: &mut Reading) {
    let mut cpu = None;
    for word in line.split_whitespace() {
        let Some((name, value)) = word.split_once('=') else { continue };
        let Ok(value) = value.parse::<i64>() else { continue };
        if name == "cpu" {
            cpu = Some(value);
            continue;
        }
        let start = at + (word.as_ptr() as usize - line.as_ptr() as usize);
        Draft::new(c::ID, capture.line_place(start, word))
            .maybe(c::cpu, cpu)
            .put(c::counter, name)
            .put(c::count, value)
            .add(reading);
    }
}

/// `tcp 6 86390 ESTABLISHED src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… …`.
fn entry(capture: &Capture<'_>, at: usize, line: &str, reading: &mut Reading) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let of = |key: &str, n: usize| words.iter().filter_map(|word| word.strip_prefix(key)).nth(n);
    let is_state = |word: &&&str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
    };
    let state = words.iter().take_while(|word| !word.starts_with("src=")).find(is_state);
    Draft::new(e::ID, capture.line_place(at, line))
        .maybe(e::protocol, protocol(line))
        .or_absent(e::state, state.copied())
        .maybe(e::source, of("src=", 0).map(Value::address))
        .maybe(e::destination, of("dst=", 0).map(Value::address))
        .or_absent(e::port, of("dport=", 0).and_then(|port| port.parse::<i64>().ok()))
        .maybe(e::replier, of("src=", 1).map(Value::address))
        .put(e::replied, !words.contains(&"[UNREPLIED]"))
        .add(reading);
}
