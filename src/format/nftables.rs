//! `nft list ruleset`: chains and rules of nftables, also those that iptables keeps there.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, network};
use crate::fact::vocabulary::{firewall_chain as c, firewall_rule as r};
use crate::fact::{Cell, Scope, Value};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "nftables",
    doc: "firewall rules of nftables, `nft list ruleset`",
    recognize: |capture| capture.head().take(4).any(|line| table(line).is_some()),
    read: |capture, _| read(capture),
};

const FAMILIES: [&str; 6] = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];

/// Family and name of `table ip nat { # handle 3`.
fn table(line: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["table", family, name, "{", ..] if FAMILIES.contains(&family) => Some((family, name)),
        _ => None,
    }
}

/// A block that is open.
enum Block {
    Table,
    Chain,
    /// A set, a map, a counter: nothing that is a rule.
    Other,
}

/// Reads a ruleset line by line.
struct Reader<'a> {
    reading: Reading,
    open: Vec<Block>,
    family: &'a str,
    table: &'a str,
    chain: &'a str,
    /// A rule whose sets go on on the next line.
    begun: Option<(Place, String)>,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reader = Reader {
        reading: Reading::default(),
        open: vec![],
        family: "",
        table: "",
        chain: "",
        begun: None,
    };
    for (at, line) in capture.each_line() {
        reader.line(line.trim(), capture.line_place(at, line));
    }
    let said = capture.said();
    if said.iter().any(|word| matches!(word.as_str(), "|" | "chain")) {
        reader.reading.searched.clear();
    }
    reader.reading
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, place: Place) {
        if let Some((place, before)) = self.begun.take() {
            return self.rule(place, format!("{before} {line}"));
        }
        match (self.open.last(), line.split_whitespace().collect::<Vec<_>>().as_slice()) {
            (_, []) => {}
            (None, _) => {
                if let Some((family, name)) = table(line) {
                    (self.family, self.table) = (family, name);
                    self.open.push(Block::Table);
                }
            }
            (Some(Block::Table), ["}", ..]) => {
                self.open.pop();
                self.shown();
            }
            (Some(_), ["}", ..]) => drop(self.open.pop()),
            (Some(Block::Table), ["chain", name, "{", ..]) => {
                self.chain = name;
                self.open.push(Block::Chain);
                // A chain that hooks nowhere has no policy; the line below may say otherwise.
                self.chain_row(place, None);
            }
            (Some(Block::Table), words) if words.contains(&"{") => self.other(line),
            (Some(Block::Chain), ["type", ..]) => {
                let policy =
                    line.split_once("policy ").and_then(|(_, rest)| rest.split(';').next());
                self.reading.rows.pop_if(|(id, _)| *id == c::ID);
                self.chain_row(place, Some(policy.unwrap_or("accept")));
            }
            (Some(Block::Chain), ["comment", ..]) => {}
            (Some(Block::Chain), _) => self.rule(place, line.to_string()),
            (Some(Block::Table | Block::Other), _) => self.other(line),
        }
    }

    /// Opens and closes blocks as a line of no chain does.
    fn other(&mut self, line: &str) {
        for c in line.chars() {
            match c {
                '{' => self.open.push(Block::Other),
                '}' if self.open.len() > 1 => drop(self.open.pop()),
                _ => {}
            }
        }
    }

    /// Notes that a table was shown to its end. Tables of IPv6 may have the names of others.
    fn shown(&mut self) {
        if matches!(self.family, "ip" | "inet") {
            for (id, column) in [(r::ID, r::table), (c::ID, c::table)] {
                let scope = Scope::of([(column, Value::from(self.table))]);
                self.reading.searched.push((id, scope));
            }
        }
    }

    fn chain_row(&mut self, place: Place, policy: Option<&str>) {
        Draft::new(c::ID, place)
            .put(c::table, self.table)
            .put(c::chain, self.chain)
            .or_absent(c::policy, policy.map(|policy| policy.trim().to_uppercase()))
            .add(&mut self.reading);
    }

    fn rule(&mut self, place: Place, text: String) {
        let count = |mark: char| text.chars().filter(|c| *c == mark).count();
        if count('{') > count('}') && text.len() < LONGEST {
            self.begun = Some((place, text));
            return;
        }
        let rule = Rule::new(&words(&text));
        Draft::new(r::ID, place)
            .put(r::table, self.table)
            .put(r::chain, self.chain)
            .put(r::target, rule.target)
            .put(r::protocol, rule.protocol)
            .put(r::source, rule.source)
            .put(r::destination, rule.destination)
            .put(r::port, rule.port)
            .maybe(r::packets, rule.packets)
            .or_absent(r::comment, rule.comment)
            .put(r::text, text)
            .add(&mut self.reading);
    }
}

/// Bytes of a rule beyond which its brackets are not waited for.
const LONGEST: usize = 64 << 10;

/// The words of a rule; what stands between quotes or brackets is one.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut depth) = (false, 0_usize);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && !quoted && depth == 0 => {
                words.push(std::mem::take(&mut word));
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// What a rule says.
#[derive(Debug)]
struct Rule {
    target: Cell,
    protocol: Cell,
    source: Cell,
    destination: Cell,
    port: Cell,
    packets: Option<i64>,
    comment: Option<String>,
}

impl Rule {
    fn new(words: &[String]) -> Self {
        let mut rule = Self {
            target: Cell::Absent,
            protocol: Cell::from("all"),
            source: Cell::Absent,
            destination: Cell::Absent,
            port: Cell::Absent,
            packets: None,
            comment: None,
        };
        let at = |n: usize| words.get(n).map_or("", String::as_str);
        // Sets, ranges, names of sets and all others cannot be named by a cell.
        let one = |n: usize, cell: &dyn Fn(&str) -> Cell| match at(n) {
            "!=" | "." | "" => Cell::Unknown,
            text if text.contains(['{', '@', '-']) => Cell::Unknown,
            text => cell(text),
        };
        let address = |text: &str| Cell::Known(network(text));
        let name = |text: &str| Cell::from(text);
        let number = |text: &str| text.parse::<i64>().map_or(Cell::Unknown, Cell::from);
        for n in 0..words.len() {
            match (at(n), at(n + 1)) {
                ("ip" | "ip6", "saddr") => rule.source = one(n + 2, &address),
                ("ip" | "ip6", "daddr") => rule.destination = one(n + 2, &address),
                ("meta", "l4proto") | ("ip", "protocol") | ("ip6", "nexthdr") => {
                    rule.protocol = one(n + 2, &name);
                }
                (protocol @ ("tcp" | "udp" | "sctp"), "dport") => {
                    rule.protocol = Cell::from(protocol);
                    rule.port = one(n + 2, &number);
                }
                ("counter", "packets") => rule.packets = at(n + 2).parse().ok(),
                ("comment", text) if text.starts_with('"') => {
                    rule.comment = Some(text.trim_matches('"').to_string());
                }
                ("jump" | "goto", chain) if !chain.is_empty() => rule.target = Cell::from(chain),
                // Which verdict it is depends on the packet.
                ("vmap", _) => rule.target = Cell::Unknown,
                ("xt", "target") => rule.target = Cell::from(at(n + 2).trim_matches('"')),
                (verdict, _) if VERDICTS.contains(&verdict) => {
                    rule.target = Cell::from(verdict.to_uppercase());
                }
                _ => {}
            }
        }
        rule
    }
}

/// What a rule may do with a packet. Source: nft(8), "Statements".
const VERDICTS: [&str; 10] = [
    "accept",
    "drop",
    "reject",
    "return",
    "queue",
    "dnat",
    "snat",
    "masquerade",
    "redirect",
    "notrack",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_sets_names_none_of_them() {
        let rule = Rule::new(&words(
            "ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport 80-90 counter packets 7 bytes 420 drop comment \"jump X\"",
        ));
        assert_eq!((rule.source, rule.port), (Cell::Unknown, Cell::Unknown));
        assert_eq!((rule.protocol, rule.target), (Cell::from("tcp"), Cell::from("DROP")));
        assert_eq!((rule.packets, rule.comment.as_deref()), (Some(7), Some("jump X")));
    }
}
