//! `ip addr`, `ip route`, `ip rule`, `ip neigh`, and `route -n`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, network};
use crate::fact::vocabulary::{
    interface_address as a, neighbour as n, route as r, route_rule as u,
};
use crate::fact::{Cell, Value};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "ip",
    doc: "addresses, routes, rules of routing and neighbours, `ip addr`, `ip route`, `ip rule`, `ip neigh`, `route -n`",
    recognize,
    read: |capture, _| read(capture),
};

static INTERFACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d+: (?<name>[^\s:@]+)(?:@[^\s:]+)?: <(?<flags>[A-Z0-9_,-]*)> (?<rest>.*)$")
        .expect("the pattern is well formed")
});

/// An interface, whose addresses follow.
struct Interface<'a> {
    name: &'a str,
    mtu: Option<i64>,
    state: Option<&'a str>,
    carrier: bool,
    place: Place,
    /// Whether an address of it was seen.
    addressed: bool,
}

impl<'a> Interface<'a> {
    /// `2: eth0@if7: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default`
    fn new(line: &'a str, place: Place) -> Option<Self> {
        let found = INTERFACE.captures(line)?;
        let words: Vec<&str> = found.name("rest")?.as_str().split_whitespace().collect();
        Some(Self {
            name: found.name("name")?.as_str(),
            mtu: after(&words, "mtu").and_then(|word| word.parse().ok()),
            state: after(&words, "state"),
            carrier: found.name("flags")?.as_str().split(',').any(|flag| flag == "LOWER_UP"),
            place,
            addressed: false,
        })
    }

    fn row(&self, place: Place) -> Draft {
        Draft::new(a::ID, place)
            .put(a::interface, self.name)
            .maybe(a::mtu, self.mtu)
            .maybe(a::state, self.state)
            .put(a::carrier, self.carrier)
    }

    /// `inet 10.0.0.11/24 brd 10.0.0.255 scope global eth0`
    fn address(&self, line: &str, place: Place) -> Option<Draft> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["inet" | "inet6", address, ..] = &words[..] else { return None };
        let (address, prefix) = address.split_once('/').unwrap_or((address, ""));
        address.parse::<IpAddr>().ok()?;
        let bits = if address.contains(':') { 128 } else { 32 };
        let prefix = if prefix.is_empty() { bits } else { prefix.parse().ok()? };
        let row = self.row(place).maybe(a::address, Some(Value::address(address)));
        Some(row.put(a::prefix, prefix).maybe(a::scope, after(&words, "scope")))
    }
}

/// The word behind another one.
fn after<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == key)?;
    words.get(at + 1).copied()
}

/// What a neighbour may be. Source: ip-neighbour(8).
const STATES: [&str; 8] =
    ["REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "PERMANENT", "NOARP"];

/// `10.0.0.12 dev eth0 lladdr 52:54:00:12:34:56 REACHABLE`
fn neighbour(line: &str, place: Place) -> Option<Draft> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let state = words.last().filter(|word| STATES.contains(word))?;
    let address = words.first().filter(|word| word.parse::<IpAddr>().is_ok())?;
    let row = Draft::new(n::ID, place)
        .maybe(n::address, Some(Value::address(address)))
        .maybe(n::interface, after(&words, "dev"))
        .or_absent(n::mac, after(&words, "lladdr"));
    Some(row.put(n::state, *state))
}

/// `32765: from 10.0.0.0/8 fwmark 0x80 lookup 100`
fn rule(line: &str, place: Place) -> Option<Draft> {
    let (priority, rest) = line.split_once(':')?;
    let priority: i64 = priority.parse().ok()?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let from = words.iter().position(|word| *word == "from").filter(|at| *at < 2)?;
    // `not from …` is for all others, which no cell can name.
    let inverted = from == 1;
    let end = |key: &str| match after(&words, key) {
        None | Some("all") => Cell::Absent,
        Some(_) if inverted => Cell::Unknown,
        Some(text) => Cell::Known(network(text)),
    };
    let row = Draft::new(u::ID, place)
        .put(u::priority, priority)
        .put(u::source, end("from"))
        .put(u::destination, end("to"))
        .or_absent(u::mark, after(&words, "fwmark"))
        .or_absent(u::table, after(&words, "lookup").or(after(&words, "table")));
    Some(row.put(u::text, line.trim()))
}

/// What becomes of packets, in front of a route. Source: ip-route(8).
const TYPES: [&str; 8] =
    ["unicast", "local", "broadcast", "multicast", "blackhole", "unreachable", "prohibit", "throw"];

/// A route, whose hops may follow.
#[derive(Clone, Copy)]
struct Route<'a> {
    kind: &'a str,
    destination: &'a str,
    v6: bool,
    table: &'a str,
}

impl<'a> Route<'a> {
    /// The route, and the words behind its destination.
    fn new(line: &'a str, table: &'a str, v6: bool) -> Option<(Self, Vec<&'a str>)> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let kind = match words.first()? {
            first if TYPES.contains(first) => words.remove(0),
            _ => "unicast",
        };
        let destination = (!words.is_empty()).then(|| words.remove(0))?;
        let address = destination.split('/').next()?.parse::<IpAddr>().ok();
        if address.is_none() && destination != "default" {
            return None;
        }
        let sends = ["dev", "via", "proto"].iter().any(|key| words.contains(key));
        let hop = after(&words, "via").is_some_and(|hop| hop.contains(':'));
        let v6 = address.map_or(v6 || hop, |address| address.is_ipv6());
        let table = after(&words, "table").unwrap_or(table);
        let known = sends || kind != "unicast" || destination == "default" && words.is_empty();
        known.then_some((Self { kind, destination, v6, table }, words))
    }

    fn row(&self, words: &[&str], place: Place) -> Draft {
        let destination = match (self.destination, self.v6) {
            ("default", false) => Value::from("0.0.0.0/0"),
            ("default", true) => Value::from("::/0"),
            (text, _) => network(text),
        };
        // `via inet6 fe80::1` names the family of a hop of the other one.
        let gateway = match after(words, "via") {
            Some(family @ ("inet" | "inet6")) => after(words, family),
            gateway => gateway,
        };
        Draft::new(r::ID, place)
            .put(r::r#type, self.kind)
            .maybe(r::destination, Some(destination))
            .or_absent(r::gateway, gateway.map(Value::address))
            .or_absent(r::interface, after(words, "dev"))
            .or_absent(r::protocol, after(words, "proto"))
            .or_absent(r::source, after(words, "src").map(Value::address))
            .or_absent(r::metric, after(words, "metric").and_then(|word| word.parse::<i64>().ok()))
            .put(r::table, self.table)
    }
}

/// Columns of `route -n` and `netstat -rn`.
fn is_header(line: &str) -> bool {
    line.starts_with("Destination ") && line.contains(" Genmask ") && line.trim().ends_with("Iface")
}

/// `0.0.0.0  10.0.0.1  0.0.0.0  UG  100  0  0  eth0`
fn listed(line: &str, header: &[&str], place: Place) -> Option<Draft> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.len() != header.len() {
        return None;
    }
    let cell = |name: &str| {
        let at = header.iter().position(|column| *column == name)?;
        words.get(at).copied()
    };
    let mask: Ipv4Addr = cell("Genmask")?.parse().ok()?;
    let destination: Ipv4Addr = cell("Destination")?.parse().ok()?;
    let bits = u32::from(mask).leading_ones();
    let gateway = cell("Gateway").filter(|gateway| !matches!(*gateway, "0.0.0.0" | "-" | "*"));
    // `!` marks what is rejected.
    let rejected = cell("Flags").is_some_and(|flags| flags.contains('!'));
    let row = Draft::new(r::ID, place)
        .put(r::r#type, if rejected { "unreachable" } else { "unicast" })
        .maybe(r::destination, Some(network(&format!("{destination}/{bits}"))))
        .or_absent(r::gateway, gateway.map(Value::address))
        .or_absent(r::interface, cell("Iface").filter(|_| !rejected))
        .maybe(r::metric, cell("Metric").and_then(|word| word.parse::<i64>().ok()));
    Some(row.put(r::table, "main"))
}

/// Whether a line is one that nothing else looks like.
fn is_one(line: &str, here: Place) -> bool {
    let table = Route::new(line, "main", false);
    INTERFACE.is_match(line)
        || neighbour(line, here).is_some()
        || rule(line, here).is_some()
        || is_header(line)
        || table.is_some_and(|(_, words)| words.contains(&"dev") || words.contains(&"proto"))
}

fn recognize(capture: &Capture<'_>) -> bool {
    let mut head = capture.head().filter(|line| !line.starts_with([' ', '\t']));
    let is_one = |line: &str| is_one(line, capture.place(Span::default()));
    match head.next() {
        Some("Kernel IP routing table") => head.next().is_some_and(is_header),
        Some(line) if line.trim_end() == "default" => head.all(is_one),
        Some(first) if is_one(first) => {
            let (mut seen, mut all) = (1, 1);
            for line in head {
                all += 1;
                seen += usize::from(is_one(line) || Route::new(line, "main", false).is_some());
            }
            // `route -n` and tables of routes hold nothing else.
            seen * 5 >= all * 4 || is_header(first)
        }
        _ => false,
    }
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reader = Reader { reading: Reading::default(), interface: None, route: None };
    // Without a single address these are links.
    let addresses = capture.each_line().any(|(_, line)| line.trim_start().starts_with("inet"));
    let said: Vec<&str> = capture.said().iter().map(String::as_str).collect();
    let v6 = said.contains(&"-6");
    let table = after(&said, "table").filter(|table| *table != "all").unwrap_or("main");
    let mut header: Vec<&str> = Vec::new();
    for (at, line) in capture.each_line() {
        let place = capture.line_place(at, line);
        if is_header(line) {
            header = line.split_whitespace().collect();
        } else if !header.is_empty() {
            reader.reading.rows.extend(listed(line, &header, place).map(Draft::done));
        } else {
            reader.line(line, place, addresses, table, v6);
        }
    }
    reader.leave(addresses);
    reader.note(&said);
    reader.reading
}

struct Reader<'a> {
    reading: Reading,
    interface: Option<Interface<'a>>,
    /// The last route, with the words behind its destination.
    route: Option<(Route<'a>, Vec<&'a str>)>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, place: Place, addresses: bool, table: &'a str, v6: bool) {
        if let Some(interface) = Interface::new(line, place) {
            self.leave(addresses);
            self.interface = Some(interface);
        } else if line.starts_with([' ', '\t']) {
            self.indented(line, place);
        } else if let Some(row) = neighbour(line, place).or_else(|| rule(line, place)) {
            row.add(&mut self.reading);
        } else if let Some((route, words)) = Route::new(line, table, v6) {
            // A route with several hops names them on the lines below.
            if words.contains(&"dev") || words.contains(&"via") || route.kind != "unicast" {
                route.row(&words, place).add(&mut self.reading);
            }
            self.route = Some((route, words));
        }
    }

    fn indented(&mut self, line: &str, place: Place) {
        let address = self.interface.as_mut().and_then(|interface| {
            let row = interface.address(line, place)?;
            interface.addressed = true;
            Some(row)
        });
        let words: Vec<&str> = line.split_whitespace().collect();
        let route = self.route.as_ref().filter(|_| words.first() == Some(&"nexthop"));
        // What the route says is said of each of its hops.
        let hop = || route.map(|(route, said)| route.row(&[&words[..], said].concat(), place));
        let row = address.or_else(hop);
        row.into_iter().for_each(|row| row.add(&mut self.reading));
    }

    /// Leaves an interface; one without an address has a row, too.
    fn leave(&mut self, addresses: bool) {
        let Some(interface) = self.interface.take().filter(|interface| !interface.addressed) else {
            return;
        };
        let row = interface.row(interface.place);
        let row = match addresses {
            true => [a::address, a::prefix, a::scope]
                .into_iter()
                .fold(row, |row, column| row.put(column, Cell::Absent)),
            false => row,
        };
        row.add(&mut self.reading);
    }

    /// Notes what a command shows in full.
    fn note(&mut self, said: &[&str]) {
        let all = match said {
            ["ip", "a" | "addr" | "address"] | ["ip", "a" | "addr" | "address", "show"] => a::ID,
            ["ip", "route" | "r", "show", "table", "all"] => r::ID,
            ["ip", "rule"] | ["ip", "rule", "show" | "list" | "ls"] => u::ID,
            ["ip", "neigh" | "n" | "neighbour"] => n::ID,
            _ => return,
        };
        self.reading.shows_all(all);
    }
}
