//! A Corefile: the zones that CoreDNS serves, and the plugins that do it.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, quoted_words};
use crate::fact::vocabulary::corefile_plugin as c;
use crate::fact::{Cell, Value};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "corefile",
    doc: "the configuration of CoreDNS, `/etc/coredns/Corefile`",
    recognize,
    read: |capture, _| read(capture),
};

/// Plugins, of which each Corefile has some.
const PLUGINS: [&str; 16] = [
    "errors",
    "health",
    "ready",
    "kubernetes",
    "prometheus",
    "forward",
    "proxy",
    "cache",
    "loop",
    "reload",
    "loadbalance",
    "log",
    "hosts",
    "rewrite",
    "template",
    "autopath",
];

/// Known plugins that make a text a Corefile.
const ENOUGH: usize = 2;

fn recognize(capture: &Capture<'_>) -> bool {
    let first = capture.head().map(str::trim).find(|line| !line.starts_with('#'));
    if !first.is_some_and(|line| line.ends_with('{')) {
        return false;
    }
    let known = |line: &&str| {
        let indented = line.starts_with([' ', '\t']);
        indented && line.split_whitespace().next().is_some_and(|word| PLUGINS.contains(&word))
    };
    capture.head().filter(known).take(ENOUGH).count() == ENOUGH
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let lines = capture.each_line().map(|(at, line)| (line, capture.line_place(at, line)));
    for row in rows(lines) {
        row.put(c::namespace, Cell::Absent).put(c::config_map, Cell::Absent).add(&mut reading);
    }
    reading
}

/// A server block, as far as it was read.
#[derive(Default)]
struct Server {
    /// Its zones, each with its port.
    zones: Vec<(String, Option<i64>)>,
    plugins: Vec<Plugin>,
}

/// A plugin in a server block.
struct Plugin {
    place: Place,
    name: String,
    arguments: Vec<String>,
    options: Vec<String>,
}

/// A row for each plugin and zone, without what says where the Corefile was found.
pub(super) fn rows<'a>(lines: impl Iterator<Item = (&'a str, Place)>) -> Vec<Draft> {
    let mut server = Server::default();
    let mut depth = 0_usize;
    let mut out = Vec::new();
    for (line, place) in lines {
        let mut words = quoted_words(line, Some('#'));
        let opens = words.last().is_some_and(|word| word == "{");
        let closes = words.first().is_some_and(|word| word == "}");
        if opens {
            words.pop();
        }
        match depth {
            0 => server.zones.extend(words.iter().filter_map(|word| zone(word))),
            _ if closes => {}
            1 => server.plugins.extend(Plugin::new(words, place)),
            _ => {
                let plugin = server.plugins.last_mut().filter(|_| !words.is_empty());
                plugin.into_iter().for_each(|plugin| plugin.options.push(words.join(" ")));
            }
        }
        depth = if closes { depth.saturating_sub(1) } else { depth + usize::from(opens) };
        if depth == 0 && closes {
            std::mem::take(&mut server).rows(&mut out);
        }
    }
    // One server alone needs no brackets, and a text that was cut has not closed them.
    server.rows(&mut out);
    out
}

impl Plugin {
    fn new(words: Vec<String>, place: Place) -> Option<Self> {
        let mut words = words.into_iter();
        let name = words.next()?;
        Some(Self { place, name, arguments: words.collect(), options: vec![] })
    }
}

impl Server {
    fn rows(self, out: &mut Vec<Draft>) {
        let joined = |words: &[String], by: &str| (!words.is_empty()).then(|| words.join(by));
        for (zone, port) in &self.zones {
            for (n, plugin) in self.plugins.iter().enumerate() {
                let row = Draft::new(c::ID, plugin.place)
                    .put(c::zone, zone.as_str())
                    .maybe(c::port, *port)
                    .put(c::plugin, plugin.name.as_str())
                    .or_absent(c::arguments, joined(&plugin.arguments, " "))
                    .or_absent(c::options, joined(&plugin.options, "; "))
                    .put(c::position, Value::Int(n as i64 + 1));
                out.push(row);
            }
        }
    }
}

/// The zone and the port of `.:53`, `dns://shop.local`, `10.in-addr.arpa:1053,`. A snippet in brackets
/// has none. Source: coredns, `plugin/normalize.go` and `plugin/pkg/transport`.
fn zone(word: &str) -> Option<(String, Option<i64>)> {
    let word = word.trim_end_matches(',');
    if word.is_empty() || word.starts_with('(') {
        return None;
    }
    let (scheme, rest) = word.split_once("://").unwrap_or(("dns", word));
    let default = match scheme {
        "dns" => Some(53),
        "tls" | "quic" => Some(853),
        "https" | "https3" | "grpc" => Some(443),
        _ => None,
    };
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (name, port.parse().ok())
        }
        _ => (rest, default),
    };
    let name = if name == "." { name } else { name.trim_end_matches('.') };
    Some((if name.is_empty() { "." } else { name }.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_the_port_of_its_scheme() {
        assert_eq!(zone(".:53"), Some((".".to_string(), Some(53))));
        assert_eq!(zone("Shop.Local.,"), Some(("shop.local".to_string(), Some(53))));
        assert_eq!(zone("tls://."), Some((".".to_string(), Some(853))));
        assert_eq!(zone("(snippet)"), None);
    }

    #[test]
    fn a_comment_is_a_word_of_its_own() {
        assert_eq!(
            quoted_words("forward . 10.0.0.2#53 # the old one", Some('#')),
            ["forward", ".", "10.0.0.2#53"]
        );
        assert_eq!(quoted_words("rewrite \"a b\" c", Some('#')), ["rewrite", "a b", "c"]);
    }
}
