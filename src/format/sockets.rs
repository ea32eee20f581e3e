//! `netstat` and `ss`: who listens, and who talks to whom.

use super::Format;
use super::capture::{Capture, Reading};
use crate::fact::vocabulary::{connection, listener};
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::{Place, Span};

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
    process: Process<'a>,
}

/// What a line says of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process<'a> {
    Named(&'a str),
    /// It belongs to another user than the one who looked.
    Hidden,
    /// Nothing. Where other lines name theirs, that hides it as well.
    Unsaid,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut table = Table::default();
    let mut columns = "";
    for (at, line) in capture.each_line() {
        if header(line) {
            columns = line;
            continue;
        }
        if columns.is_empty() {
            continue;
        }
        match if columns.starts_with("Proto") { netstat(line) } else { ss(columns, line) } {
            Some(socket) => {
                table.add(&socket, capture.place(Span::new(at, at + line.trim_end().len())))
            }
            // Unix sockets and prose end the table.
            None if line.trim().is_empty() || line.starts_with("Active UNIX") => columns = "",
            None => {}
        }
    }
    table.finish(is_part(capture))
}

/// Whether the command asked for some sockets only, or something chose among its lines.
fn is_part(capture: &Capture<'_>) -> bool {
    let Some(command) = &capture.command else { return false };
    let filtered = command.words.first().is_some_and(|tool| tool == "ss")
        && command.words.iter().skip(1).any(|word| !word.starts_with('-'));
    command.partial || filtered
}

/// The sockets of a capture.
#[derive(Debug, Default)]
struct Table {
    reading: Reading,
    /// Rows that leave their process unsaid, each with its column.
    unsaid: Vec<(usize, usize)>,
    named: bool,
    /// Whether TCP sockets that listen were shown, and any that are connected.
    shown: (bool, bool),
}

impl Table {
    fn add(&mut self, socket: &Socket<'_>, place: Place) {
        let place = Some(place);
        let listens =
            matches!(socket.state, "LISTEN" | "UNCONN" | "") && socket.peer.ends_with(":*");
        let Some((address, port)) = split(socket.local) else { return };
        let protocol = match (socket.protocol, address.contains(':')) {
            ("tcp", true) => "tcp6",
            ("udp", true) => "udp6",
            (protocol, _) => protocol,
        };
        let (id, mut row, column) = if listens {
            self.shown.0 |= protocol.starts_with("tcp");
            let mut row = Row::new(listener::WIDTH, place);
            row.put(listener::protocol, protocol, place);
            row.put(listener::address, address_cell(address), place);
            row.put(listener::port, port, place);
            (listener::ID, row, listener::process)
        } else if let Some((peer, peer_port)) = split(socket.peer) {
            self.shown.1 = true;
            let mut row = Row::new(connection::WIDTH, place);
            let state = if socket.state == "ESTAB" { "ESTABLISHED" } else { socket.state };
            row.put(connection::protocol, protocol, place);
            row.put(connection::state, state, place);
            row.put(connection::peer, address_cell(peer), place);
            row.put(connection::peer_port, peer_port, place);
            (connection::ID, row, connection::process)
        } else {
            return;
        };
        match socket.process {
            Process::Named(name) => {
                self.named = true;
                row.put(column, name, place);
            }
            Process::Hidden => row.put(column, Cell::Absent, place),
            Process::Unsaid => self.unsaid.push((self.reading.rows.len(), column)),
        }
        self.reading.rows.push((id, row));
    }

    fn finish(mut self, part: bool) -> Reading {
        // `ss` leaves a blank where it hides a process, and everywhere if it was not asked for them.
        for (n, column) in self.unsaid.into_iter().filter(|_| self.named) {
            if let Some((_, row)) = self.reading.rows.get_mut(n) {
                row.put(column, Cell::Absent, row.place);
            }
        }
        let scopes = [(listener::ID, self.shown.0), (connection::ID, self.shown.1)];
        let whole = scopes.into_iter().filter(|(_, shown)| *shown && !part);
        self.reading.searched = whole.map(|(id, _)| (id, Scope::all())).collect();
        self.reading
    }
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
    let named = rest.iter().find_map(|word| {
        let (pid, name) = word.split_once('/')?;
        (pid.chars().all(|c| c.is_ascii_digit()) && !pid.is_empty())
            .then(|| Process::Named(name.trim_end_matches(':')))
    });
    // Without `-p` there is no such column, and nothing is said or hidden.
    let hidden = if rest.contains(&"-") { Process::Hidden } else { Process::Unsaid };
    let process = named.unwrap_or(hidden);
    Some(Socket { protocol, state: state.unwrap_or(""), local, peer, process })
}

/// `LISTEN 0 4096 0.0.0.0:15021 0.0.0.0:* users:(("envoy",pid=24,fd=38))`, with a protocol in front
/// if `columns` says so; without, the state tells it.
fn ss<'a>(columns: &str, line: &'a str) -> Option<Socket<'a>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (protocol, words) = match (columns.starts_with("Netid"), words.first()) {
        (true, first) => (*first?, words.get(1..)?),
        (false, Some(&"UNCONN")) => ("udp", &words[..]),
        (false, _) => ("tcp", &words[..]),
    };
    let [state, received, sent, local, peer, rest @ ..] = words else { return None };
    if received.parse::<u64>().is_err() || sent.parse::<u64>().is_err() {
        return None;
    }
    let process = rest
        .iter()
        .find_map(|word| word.strip_prefix("users:((\"")?.split('"').next())
        .map_or(Process::Unsaid, Process::Named);
    Some(Socket { protocol, state, local, peer, process })
}

/// Address and port of `0.0.0.0:15020`, `:::15020`, `[::]:15020`, `*:15020`, `127.0.0.1%lo:53`; `None` of
/// `0.0.0.0:*`, which is no socket's own. A port that is shown by its name cannot be told.
fn split(socket: &str) -> Option<(&str, Cell)> {
    let (address, port) = socket.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address = address.split('%').next().unwrap_or(address);
    let address = match address {
        "" | "*" => "0.0.0.0",
        address => address,
    };
    match port.parse::<i64>() {
        Ok(port) => Some((address, port.into())),
        Err(_) if port == "*" || port.is_empty() => None,
        Err(_) => Some((address, Cell::Unknown)),
    }
}

/// The address, unless a name stands for it.
fn address_cell(address: &str) -> Cell {
    match address.parse::<std::net::IpAddr>() {
        Ok(_) => Cell::Known(Value::address(address)),
        Err(_) => Cell::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_at_its_last_colon() {
        assert_eq!(split(":::15020"), Some(("::", 15020.into())));
        assert_eq!(split("[::ffff:10.0.0.1]:443"), Some(("::ffff:10.0.0.1", 443.into())));
        assert_eq!(split("127.0.0.53%lo:53"), Some(("127.0.0.53", 53.into())));
        assert_eq!(split("0.0.0.0:*"), None);
        assert_eq!(split("0.0.0.0:domain"), Some(("0.0.0.0", Cell::Unknown)));
    }

    #[test]
    fn netstat_prints_columns_by_its_flags() {
        let plain = netstat(
            "tcp        0      0 0.0.0.0:9080            0.0.0.0:*               LISTEN      -",
        )
        .unwrap();
        assert_eq!((plain.state, plain.process), ("LISTEN", Process::Hidden));
        let wide = netstat("tcp6 0 0 :::15020 :::* LISTEN 1337 48213 1/pilot-agent off (0.00/0/0)")
            .unwrap();
        assert_eq!(wide.process, Process::Named("pilot-agent"));
        let udp = netstat("udp 0 0 0.0.0.0:68 0.0.0.0:* 812/dhclient").unwrap();
        assert_eq!((udp.state, udp.process), ("", Process::Named("dhclient")));
        let unasked = netstat("tcp        0      0 127.0.0.1:15000 0.0.0.0:* LISTEN").unwrap();
        assert_eq!(unasked.process, Process::Unsaid);
    }
}
