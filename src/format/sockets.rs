//! `netstat` and `ss`: who listens, and who talks to whom.

use super::Format;
use super::capture::{Capture, Reading};
use crate::fact::vocabulary::{connection, listener};
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::Span;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "sockets",
    doc: "sockets, `netstat -lnpt` or `ss -ltnp` and their variants",
    recognize: |capture| capture.each_line().any(|(_, line)| header(line)),
    read: |capture, _| read(capture),
};

fn header(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let netstat = line.starts_with("Proto") && line.contains("Local Address");
    let ss = matches!(words[..], ["State", "Recv-Q", ..] | ["Netid", "State", ..]);
    netstat || ss && line.contains("Local Address:Port")
}

/// A socket as one line shows it.
struct Socket<'a> {
    protocol: &'a str,
    state: &'a str,
    local: &'a str,
    peer: &'a str,
    process: Option<&'a str>,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut columns = "";
    let (mut listening, mut connected) = (false, false);
    for (at, line) in capture.each_line() {
        if header(line) {
            columns = line;
            continue;
        }
        if columns.is_empty() {
            continue;
        }
        let Some(socket) =
            (if columns.starts_with("Proto") { netstat(line) } else { ss(columns, line) })
        else {
            // Unix sockets and prose end the table.
            if line.trim().is_empty() || line.starts_with("Active UNIX") {
                columns = "";
            }
            continue;
        };
        let place = capture.place(Span::new(at, at + line.trim_end().len()));
        let listens =
            matches!(socket.state, "LISTEN" | "UNCONN" | "") && socket.peer.ends_with(":*");
        let (Some((address, port)), peer) = (split(socket.local), split(socket.peer)) else {
            continue;
        };
        // Without a process column nothing is known of the process; `-` hides another user's.
        let process = match socket.process {
            Some("-") => Cell::Absent,
            Some(name) => Cell::from(name),
            None => Cell::Unknown,
        };
        let protocol = match (socket.protocol, address.contains(':')) {
            ("tcp", true) => "tcp6",
            ("udp", true) => "udp6",
            (protocol, _) => protocol,
        };
        if listens {
            listening = true;
            let mut row = Row::new(listener::WIDTH, Some(place));
            row.put(listener::protocol, protocol, Some(place));
            row.put(listener::address, Cell::Known(Value::address(address)), Some(place));
            row.put(listener::port, port, Some(place));
            row.put(listener::process, process, Some(place));
            reading.rows.push((listener::ID, row));
        } else if let Some((peer, peer_port)) = peer {
            connected = true;
            let mut row = Row::new(connection::WIDTH, Some(place));
            row.put(connection::protocol, protocol, Some(place));
            row.put(
                connection::state,
                if socket.state == "ESTAB" { "ESTABLISHED" } else { socket.state },
                Some(place),
            );
            row.put(connection::peer, Cell::Known(Value::address(peer)), Some(place));
            row.put(connection::peer_port, peer_port, Some(place));
            row.put(connection::process, process, Some(place));
            reading.rows.push((connection::ID, row));
        }
    }
    if listening {
        reading.searched.push((listener::ID, Scope::all()));
    }
    if connected {
        reading.searched.push((connection::ID, Scope::all()));
    }
    reading
}

/// `tcp  0  0 0.0.0.0:15090  0.0.0.0:*  LISTEN  19/envoy`; UDP has no state; `-e` puts user and inode
/// before the process, `-o` a timer behind it.
fn netstat(line: &str) -> Option<Socket<'_>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [protocol, received, sent, local, peer, rest @ ..] = &words[..] else { return None };
    let counts = received.parse::<u64>().is_ok() && sent.parse::<u64>().is_ok();
    if !counts || !(protocol.starts_with("tcp") || protocol.starts_with("udp")) {
        return None;
    }
    let state = rest
        .first()
        .copied()
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || "_12".contains(c)));
    let process = rest.iter().find_map(|word| {
        let (pid, name) = word.split_once('/')?;
        (pid.chars().all(|c| c.is_ascii_digit()) && !pid.is_empty())
            .then(|| name.trim_end_matches(':'))
    });
    let hidden = rest.contains(&"-").then_some("-");
    Some(Socket { protocol, state: state.unwrap_or(""), local, peer, process: process.or(hidden) })
}

/// `LISTEN 0 4096 0.0.0.0:15021 0.0.0.0:* users:(("envoy",pid=24,fd=38))`, with a protocol in front
/// if `columns` says so.
fn ss<'a>(columns: &str, line: &'a str) -> Option<Socket<'a>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (protocol, words) = match columns.starts_with("Netid") {
        true => (*words.first()?, words.get(1..)?),
        false => ("tcp", &words[..]),
    };
    let [state, received, sent, local, peer, rest @ ..] = words else { return None };
    if received.parse::<u64>().is_err() || sent.parse::<u64>().is_err() {
        return None;
    }
    let process = rest.iter().find_map(|word| word.strip_prefix("users:((\"")?.split('"').next());
    let hidden = columns.contains("Process").then_some("-");
    Some(Socket { protocol, state, local, peer, process: process.or(hidden) })
}

/// Address and port of `0.0.0.0:15020`, `:::15020`, `[::]:15020`, `*:15020`, `127.0.0.1%lo:53`. A
/// port that is shown by its name cannot be told.
fn split(socket: &str) -> Option<(&str, i64)> {
    let (address, port) = socket.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address = address.split('%').next().unwrap_or(address);
    let address = match address {
        "" | "*" => "0.0.0.0",
        "::" => "::",
        address => address,
    };
    Some((address, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_at_its_last_colon() {
        assert_eq!(split(":::15020"), Some(("::", 15020)));
        assert_eq!(split("[::ffff:10.0.0.1]:443"), Some(("::ffff:10.0.0.1", 443)));
        assert_eq!(split("127.0.0.53%lo:53"), Some(("127.0.0.53", 53)));
        assert_eq!(split("0.0.0.0:*"), None);
        assert_eq!(split("0.0.0.0:domain"), None);
    }

    #[test]
    fn netstat_prints_columns_by_its_flags() {
        let plain = netstat(
            "tcp        0      0 0.0.0.0:9080            0.0.0.0:*               LISTEN      -",
        )
        .unwrap();
        assert_eq!((plain.state, plain.process), ("LISTEN", Some("-")));
        let wide = netstat("tcp6 0 0 :::15020 :::* LISTEN 1337 48213 1/pilot-agent off (0.00/0/0)")
            .unwrap();
        assert_eq!(wide.process, Some("pilot-agent"));
        let udp = netstat("udp 0 0 0.0.0.0:68 0.0.0.0:* 812/dhclient").unwrap();
        assert_eq!((udp.state, udp.process), ("", Some("dhclient")));
        assert!(
            netstat("tcp        0      0 127.0.0.1:15000 0.0.0.0:* LISTEN")
                .unwrap()
                .process
                .is_none()
        );
    }
}
