//! Attempts to connect: `nc -zv`, a curl that failed, telnet, ping.

use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, socket};
use crate::fact::Value;
use crate::fact::vocabulary::connection_test as c;
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "connection test",
    doc: "attempts to connect: `nc -zv`, a `curl` that failed, `telnet`, `ping`",
    recognize,
    read: |capture, _| read(capture),
};

/// Lines that tell how an attempt ended, by tool.
static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    let results = [
        // nc of OpenBSD
        r"Connection to (?<host1>\S+) (?:\((?<address1>[^)]+)\) )?(?<port1>\d+) port \[(?<protocol1>\w+)/[^\]]*\] (?<ok1>succeeded)!",
        r"nc: connect to (?<host2>\S+) (?:\((?<address2>[^)]+)\) )?port (?<port2>\d+) \((?<protocol2>\w+)\) (?:failed|timed out): (?<why2>.+)",
        // nc of busybox, and the traditional one
        r"(?<host3>[\w.-]+) \((?<address3>[0-9a-fA-F.:]+):(?<port3>\d+)\) (?<ok3>open)",
        r"(?:[\w.-]+|\(UNKNOWN\)) \[(?<address4>[0-9a-fA-F.:]+)\] (?<port4>\d+)(?: \([^)]*\))? (?<ok4>open)",
        r"(?:[\w.-]+|\(UNKNOWN\)) \[(?<address5>[0-9a-fA-F.:]+)\] (?<port5>\d+)(?: \([^)]*\))? : (?<why5>.+)",
        r"nc: (?<host6>[\w.-]+) \((?<address6>[0-9a-fA-F.:]+):(?<port6>\d+)\): (?<why6>.+)",
        r"nc: bad address '(?<host7>[^']+)'(?<why7>)",
        r#"nc: getaddrinfo(?: for host "(?<host8>[^"]+)" port (?<port8>\d+))?: (?<why8>.+)"#,
        // ncat
        r"Ncat: Connected to (?<address9>[0-9a-fA-F.:]+):(?<port9>\d+)(?<ok9>)\.?",
        r"Ncat: (?<why10>(?:Connection |Could not resolve |No route ).*)",
        // curl
        r"curl: \((?:7|28)\) Failed to connect to (?<host11>\S+) port (?<port11>\d+)(?: after \d+ ms)?: (?<why11>.+)",
        r"curl: \(6\) Could not resolve host: (?<host12>\S+)(?<why12>)",
        r"curl: \((?:7|28|35|52|56)\) (?<why13>.+)",
        // telnet
        r"Connected to (?<address14>[0-9a-fA-F.:]+)(?<ok14>)\.",
        r"telnet: (?:Unable to connect to remote host|connect to address (?<address15>[0-9a-fA-F.:]+)): (?<why15>.+)",
        // what those who call these tools print by themselves
        r"Connection (?<ok16>Succeeded)",
        r"Connection (?<why17>Failed)",
    ];
    Regex::new(&format!("^(?:{})$", results.join("|"))).expect("the patterns are well formed")
});

/// The groups of [`RESULT`], each with its meaning.
static GROUPS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let names = RESULT.capture_names().flatten();
    names.map(|name| (name, name.trim_end_matches(|c: char| c.is_ascii_digit()))).collect()
});

static PING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d+ packets transmitted, (?<received>\d+) (?:packets )?received")
        .expect("the pattern is well formed")
});
static PINGED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^PING (?<host>\S+) \((?<address>[0-9a-fA-F.:]+)\)")
        .expect("the pattern is well formed")
});

/// Whoever tests from several nodes writes in front of a result which one it is.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^.*\b(?:on|from|node) (?<node>[a-z0-9][a-z0-9.-]*):(?: (?<rest>.*))?$")
        .expect("the pattern is well formed")
});

const TOOLS: [&str; 6] = ["nc", "ncat", "netcat", "curl", "telnet", "ping"];

fn by_tool(capture: &Capture<'_>) -> bool {
    TOOLS.iter().any(|tool| capture.by(&[tool]))
}

/// The node in front of a result, and the result, which may be missing.
fn from(line: &str) -> Option<(&str, &str)> {
    if RESULT.is_match(line) {
        return None;
    }
    let found = FROM.captures(line)?;
    let rest = found.name("rest").map_or("", |rest| rest.as_str().trim());
    let node = found.name("node")?.as_str();
    (rest.is_empty() || RESULT.is_match(rest)).then_some((node, rest))
}

/// Without a command only what names its tool is a result, in a text of not much else.
fn recognize(capture: &Capture<'_>) -> bool {
    let result = |line: &str| PING.is_match(line) || RESULT.is_match(line);
    if by_tool(capture) {
        return capture.head().any(|line| result(line.trim()) || from(line.trim()).is_some());
    }
    let named = |line: &str| {
        ["nc: ", "curl: (", "Connection to ", "Ncat: Connected"].iter().any(|b| line.starts_with(b))
            || line.ends_with(" open")
            || PING.is_match(line)
    };
    let lines: Vec<&str> = capture.head().map(str::trim).collect();
    let results = lines.iter().filter(|line| result(line) && named(line)).count();
    results > 0 && results * 3 >= lines.len()
}

/// What was asked for, as the command says.
#[derive(Debug, Default, Clone)]
struct Asked {
    host: Option<String>,
    port: Option<i64>,
    udp: bool,
}

/// What one attempt gave.
#[derive(Debug, Default, Clone)]
struct Attempt {
    node: Option<String>,
    host: Option<String>,
    address: Option<String>,
    port: Option<i64>,
    protocol: Option<String>,
    outcome: Option<&'static str>,
    message: Option<String>,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let asked = asked(capture);
    let mut pinged = Attempt::default();
    let mut told = false;
    for (at, line) in capture.each_line() {
        let place = capture.line_place(at, line);
        let line = line.trim();
        if let Some(found) = PINGED.captures(line) {
            pinged.host = found.name("host").map(|host| host.as_str().to_string());
            pinged.address = found.name("address").map(|address| address.as_str().to_string());
            continue;
        }
        let (node, rest) = from(line).map_or((None, line), |(node, rest)| (Some(node), rest));
        // A caller repeats what the tool has said, and says more only where the tool said nothing.
        let repeats =
            node.is_none() && matches!(rest, "Connection Succeeded" | "Connection Failed");
        if repeats && told {
            told = false;
            continue;
        }
        let attempt = match ping(line, &pinged).or_else(|| attempt(rest)) {
            Some(attempt) => attempt,
            None if node.is_some() => Attempt::default(),
            None => continue,
        };
        told = attempt.outcome.is_some() && !repeats;
        row(&asked, Attempt { node: node.map(str::to_string), ..attempt }, place).add(&mut reading);
    }
    reading
}

fn ping(line: &str, pinged: &Attempt) -> Option<Attempt> {
    let received: u64 = PING.captures(line)?.name("received")?.as_str().parse().ok()?;
    let outcome = Some(if received > 0 { "succeeded" } else { "timed_out" });
    let (protocol, message) = (Some("icmp".to_string()), Some(line.to_string()));
    Some(Attempt { protocol, outcome, message, ..pinged.clone() })
}

fn attempt(line: &str) -> Option<Attempt> {
    let found = RESULT.captures(line)?;
    let mut attempt = Attempt { message: Some(line.to_string()), ..Attempt::default() };
    for (group, meaning) in GROUPS.iter() {
        let Some(text) = found.name(group).map(|m| m.as_str()) else { continue };
        match *meaning {
            "host" => attempt.host = Some(text.to_string()),
            "address" => attempt.address = Some(text.to_string()),
            "port" => attempt.port = text.parse().ok(),
            "protocol" => attempt.protocol = Some(text.to_ascii_lowercase()),
            "ok" => attempt.outcome = Some("succeeded"),
            _ => attempt.outcome = Some(outcome(line)),
        }
    }
    attempt.outcome.is_some().then_some(attempt)
}

/// Why an attempt failed, by the words of the C library and of the tools.
fn outcome(message: &str) -> &'static str {
    const WORDS: [(&str, &[&str]); 4] = [
        ("refused", &["refused"]),
        ("timed_out", &["timed out", "timeout", "operation now in progress"]),
        ("unreachable", &["no route to host", "unreachable"]),
        ("unresolved", &["bad address", "resolve", "not known", "name resolution", "getaddrinfo"]),
    ];
    let message = message.to_ascii_lowercase();
    let said = WORDS.iter().find(|(_, words)| words.iter().any(|word| message.contains(word)));
    said.map_or("failed", |(outcome, _)| outcome)
}

/// Options of these tools that take a value.
const VALUED: [&str; 14] = [
    "-w",
    "-i",
    "-q",
    "-s",
    "-p",
    "-W",
    "-c",
    "-m",
    "-o",
    "-H",
    "-x",
    "-X",
    "--max-time",
    "--connect-timeout",
];

fn asked(capture: &Capture<'_>) -> Asked {
    if !by_tool(capture) {
        return Asked::default();
    }
    let mut plain: Vec<&str> = Vec::new();
    let mut udp = false;
    let mut words = capture.said().iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "|" | ">" | "2>&1" | "&&" | "||" | ";" => break,
            word if VALUED.contains(&word) => drop(words.next()),
            word if word.starts_with('-') => {
                udp |= capture.by(&["nc"]) && !word.starts_with("--") && word.contains('u');
            }
            word => plain.push(word),
        }
    }
    let (host, port) = match plain[..] {
        [] => (None, None),
        [url, ..] if capture.by(&["curl"]) => of_url(url),
        [host, port, ..] => (Some(host), port.parse().ok()),
        [host] => (Some(host), None),
    };
    Asked { host: host.map(str::to_string), port, udp }
}

/// Host and port of a URL.
fn of_url(url: &str) -> (Option<&str>, Option<i64>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let port = if scheme == "https" { 443 } else { 80 };
    let bare = authority.trim_start_matches('[').trim_end_matches(']');
    match socket(authority) {
        Some((host, port)) if !authority.ends_with(']') => (Some(host), Some(port)),
        _ => (Some(bare), Some(port)),
    }
}

fn row(asked: &Asked, attempt: Attempt, place: Place) -> Draft {
    let icmp = attempt.protocol.as_deref() == Some("icmp");
    let is_address = |host: &&String| host.parse::<std::net::IpAddr>().is_ok();
    let host = asked.host.clone().or(attempt.host);
    let address = attempt.address.or(host.as_ref().filter(is_address).cloned());
    let protocol = attempt.protocol.unwrap_or(if asked.udp { "udp" } else { "tcp" }.to_string());
    let row = Draft::new(c::ID, place)
        .maybe(c::node, attempt.node)
        .maybe(c::host, host)
        .put(c::protocol, protocol)
        .or_absent(c::outcome, attempt.outcome)
        .or_absent(c::message, attempt.message);
    let row = match (address, attempt.outcome) {
        (Some(address), _) => row.maybe(c::address, Some(Value::address(&address))),
        (None, Some("unresolved")) => row.or_absent(c::address, None::<Value>),
        (None, _) => row,
    };
    match icmp {
        true => row.or_absent(c::port, None::<Value>),
        false => row.maybe(c::port, asked.port.or(attempt.port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_says_how_it_ended() {
        for (line, said) in [
            ("Connection to web.shop 80 port [tcp/http] succeeded!", "web.shop - 80 succeeded"),
            (
                "nc: connect to 10.0.0.1 port 6443 (tcp) failed: Connection refused",
                "10.0.0.1 - 6443 refused",
            ),
            (
                "nc: connect to db (10.96.3.4) port 5432 (tcp) timed out: Operation now in progress",
                "db 10.96.3.4 5432 timed_out",
            ),
            ("web (172.20.2.77:7070) open", "web 172.20.2.77 7070 succeeded"),
            ("(UNKNOWN) [10.0.0.1] 443 (https) open", "- 10.0.0.1 443 succeeded"),
            ("(UNKNOWN) [10.0.0.1] 443 (https) : No route to host", "- 10.0.0.1 443 unreachable"),
            ("nc: db (10.96.3.4:5432): Connection refused", "db 10.96.3.4 5432 refused"),
            ("nc: bad address 'db'", "db - - unresolved"),
            (
                "nc: getaddrinfo for host \"db\" port 80: Name or service not known",
                "db - 80 unresolved",
            ),
            ("Ncat: Connected to 10.0.0.1:443.", "- 10.0.0.1 443 succeeded"),
            ("Ncat: Connection refused.", "- - - refused"),
            (
                "curl: (28) Failed to connect to web port 80 after 3001 ms: Connection timed out",
                "web - 80 timed_out",
            ),
            ("curl: (6) Could not resolve host: web", "web - - unresolved"),
            ("Connection Failed", "- - - failed"),
        ] {
            let found = attempt(line).unwrap_or_default();
            let port = found.port.map(|port| port.to_string());
            let told = [found.host, found.address, port, found.outcome.map(str::to_string)];
            assert_eq!(told.map(|word| word.unwrap_or("-".to_string())).join(" "), said, "{line}");
        }
    }

    #[test]
    fn a_result_may_name_its_node() {
        assert_eq!(
            from("tested on worker-1: web (10.0.0.1:80) open"),
            Some(("worker-1", "web (10.0.0.1:80) open"))
        );
        assert_eq!(from("tested on worker-1:"), Some(("worker-1", "")));
        assert_eq!(from("what goes on here: nothing"), None);
    }
}
