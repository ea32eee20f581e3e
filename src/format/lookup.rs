//! DNS lookups: `nslookup`, `dig`, `host`.

use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::vocabulary::lookup as l;
use crate::fact::{Cell, Value};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "lookup",
    doc: "DNS lookups, `nslookup`, `dig`, `host`",
    recognize,
    read: |capture, _| read(capture),
};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is well formed")
}

/// How the tools say that a lookup failed: `**` and `***` nslookup, `;;` all, `Host` host.
static FAILED: LazyLock<[Regex; 7]> = LazyLock::new(|| {
    [
        r"^\*\* server can't find (?<name>[^:\s]+): (?<why>[A-Z]+)$",
        r"^\*\*\* Can't find (?<name>[^:\s]+): (?<why>.+)$",
        r"^nslookup: can't resolve '(?<name>[^']+)'(?<why>.*)$",
        r"^;; (?:communications error|Connection) to (?<server>[0-9a-fA-F.:]+)#\d+(?:\([^)]*\))?(?: for \S+ failed)?: (?<why>.+)$",
        r"^;; Got (?<why>[A-Z]+) reply from (?<server>[0-9a-fA-F.:]+), trying next server$",
        r"^Host (?<name>\S+) not found: \d+\((?<why>[A-Z]+)\)$",
        r"^;; (?<why>connection timed out; .+|no servers could be reached)$",
    ]
    .map(pattern)
});
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^;; ->>HEADER<<- opcode: \w+, status: (?<why>\w+), id: \d+"));
static DIG: LazyLock<Regex> = LazyLock::new(|| pattern(r"^; <<>> DiG \S+ <<>>(?<asked>.*)$"));
static SERVER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^;; SERVER: (?<server>[0-9a-fA-F.:]+)#\d+"));
/// An answer of dig, of host.
static ANSWER: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"^[^\s;]+\s+\d+\s+IN\s+(?:A|AAAA)\s+(?<address>[0-9a-fA-F.:]+)$",
        r"^\S+ has (?:IPv6 )?address (?<address>[0-9a-fA-F.:]+)$",
    ]
    .map(pattern)
});

fn group<'a>(found: &regex::Captures<'a>, name: &str) -> Option<&'a str> {
    found.name(name).map(|m| m.as_str())
}

fn failure(line: &str) -> Option<regex::Captures<'_>> {
    FAILED.iter().find_map(|pattern| pattern.captures(line))
}

fn answer(line: &str) -> Option<&str> {
    ANSWER.iter().find_map(|pattern| group(&pattern.captures(line)?, "address"))
}

fn recognize(capture: &Capture<'_>) -> bool {
    let mut server = false;
    for line in capture.head().map(str::trim) {
        let named = server && line.starts_with("Address");
        if named || failure(line).is_some() || DIG.is_match(line) || ANSWER[1].is_match(line) {
            return true;
        }
        server = line.starts_with("Server:");
    }
    capture.by(&["dig"]) && capture.head().any(is_address)
}

fn is_address(word: &str) -> bool {
    word.trim().parse::<std::net::IpAddr>().is_ok()
}

/// A lookup, as far as it was read.
#[derive(Debug, Default)]
struct Lookup {
    name: Option<String>,
    server: Option<String>,
    /// Whether the next address is the server's.
    at_server: bool,
    addresses: Vec<(String, Place)>,
    failure: Option<(&'static str, String, Place)>,
    /// What dig calls the status.
    status: Option<(&'static str, Place)>,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let asked = asked(capture);
    let short = capture.by(&["dig"]);
    let mut now = Lookup::default();
    for (at, line) in capture.each_line() {
        let place = capture.line_place(at, line);
        let line = line.trim();
        if line.starts_with("Server:") || DIG.is_match(line) {
            finish(std::mem::take(&mut now), &asked, &mut reading);
            now.at_server = line.starts_with("Server:");
        }
        if let Some(found) = failure(line) {
            now.fail(&found, line, place);
        } else if let Some(found) = DIG.captures(line) {
            let words = group(&found, "asked").unwrap_or_default().split_whitespace();
            now.name = words.clone().find(|w| !w.starts_with(['@', '+', '-'])).map(str::to_string);
        } else if let Some(found) = STATUS.captures(line) {
            now.status = Some((outcome(group(&found, "why").unwrap_or_default()), place));
        } else if let Some(found) = SERVER.captures(line) {
            now.server = group(&found, "server").map(str::to_string);
        } else if let Some(name) = line.strip_prefix("Name:") {
            now.name = Some(name.trim().to_string());
            now.at_server = false;
        } else if let Some(address) = answer(line).or_else(|| labelled(line)) {
            now.address(address, place);
        } else if short && is_address(line) {
            // `dig +short` prints addresses and nothing else.
            now.address(line, place);
        }
    }
    finish(now, &asked, &mut reading);
    reading
}

/// The address of `Address: 10.96.0.10#53`, of busybox's `Address 1: 10.96.0.1 kubernetes.default` and
/// `Address: 10.96.0.10:53`.
fn labelled(line: &str) -> Option<&str> {
    let (label, rest) = line.split_once(':')?;
    let number = label.strip_prefix("Address")?.trim();
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let word = rest.split_whitespace().next()?.split('#').next()?;
    let bare = || super::draft::socket(word).map(|(address, _)| address);
    Some(word).filter(|word| is_address(word)).or_else(bare).filter(|word| is_address(word))
}

impl Lookup {
    fn address(&mut self, address: &str, place: Place) {
        match self.at_server {
            true => drop(self.server.get_or_insert_with(|| address.to_string())),
            false => self.addresses.push((address.to_string(), place)),
        }
    }

    fn fail(&mut self, found: &regex::Captures<'_>, line: &str, place: Place) {
        for (slot, name) in [(&mut self.name, "name"), (&mut self.server, "server")] {
            if let Some(text) = group(found, name) {
                slot.get_or_insert_with(|| text.to_string());
            }
        }
        // The first failure says more than that in the end nobody answered.
        if self.failure.is_none() {
            let why = outcome(group(found, "why").unwrap_or_default());
            self.failure = Some((why, line.to_string(), place));
        }
    }
}

/// The name and the server that the command asks for.
fn asked(capture: &Capture<'_>) -> (Option<String>, Option<String>) {
    if !["nslookup", "dig", "host"].iter().any(|tool| capture.by(&[tool])) {
        return (None, None);
    }
    let dig = capture.by(&["dig"]);
    let words = || {
        let words = capture.said().iter().skip(1).map(String::as_str);
        words.take_while(|word| !matches!(*word, "|" | ">" | "2>&1" | ";" | "&&" | "||"))
    };
    let mut plain = words().filter(|word| !word.starts_with(['-', '+', '@']));
    let name = plain.next().map(str::to_string);
    let behind = plain.next().filter(|word| !dig && is_address(word));
    let marked = words().find_map(|word| word.strip_prefix('@')).filter(|word| is_address(word));
    (name, marked.or(behind).map(str::to_string))
}

/// What a status or a failure's words amount to.
fn outcome(said: &str) -> &'static str {
    const WORDS: [(&str, &[&str]); 6] = [
        ("answered", &["noerror"]),
        ("nxdomain", &["nxdomain", "name does not resolve"]),
        ("servfail", &["servfail"]),
        ("refused", &["refused"]),
        ("timed_out", &["timed out", "timeout", "no servers"]),
        ("no_answer", &["no answer"]),
    ];
    let said = said.to_ascii_lowercase();
    let known = WORDS.iter().find(|(_, words)| words.iter().any(|word| said.contains(word)));
    known.map_or("failed", |(outcome, _)| outcome)
}

fn finish(now: Lookup, asked: &(Option<String>, Option<String>), reading: &mut Reading) {
    let name = asked.0.as_ref().or(now.name.as_ref()).map(|name| name.trim_end_matches('.'));
    let server = asked.1.as_ref().or(now.server.as_ref());
    let row = |place: Place, outcome: &str| {
        Draft::new(l::ID, place)
            .maybe(l::name, name.filter(|name| !name.is_empty()))
            .maybe(l::server, server.map(|server| Value::address(server)))
            .put(l::outcome, outcome)
    };
    for (address, place) in &now.addresses {
        row(*place, "answered")
            .maybe(l::address, Some(Value::address(address)))
            .put(l::message, Cell::Absent)
            .add(reading);
    }
    // Behind an answer for IPv4 a failure is that of IPv6.
    if !now.addresses.is_empty() {
        return;
    }
    if let Some((outcome, message, place)) = now.failure {
        row(place, outcome).put(l::address, Cell::Absent).put(l::message, message).add(reading);
    } else if let Some((status, place)) = now.status {
        let outcome = if status == "answered" { "no_answer" } else { status };
        row(place, outcome)
            .put(l::address, Cell::Absent)
            .put(l::message, Cell::Absent)
            .add(reading);
    }
}
