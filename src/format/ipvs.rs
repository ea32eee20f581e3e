//! `ipvsadm -Ln`: the Services as kube-proxy set them up in IPVS.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, socket};
use crate::fact::Value;
use crate::fact::vocabulary::{real_server as r, virtual_server as s};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "ipvs",
    doc: "virtual servers of IPVS, `ipvsadm -Ln`",
    recognize: |capture| capture.head().any(is_header),
    read: |capture, _| read(capture),
};

fn is_header(line: &str) -> bool {
    line.starts_with("IP Virtual Server version ") || line.starts_with("Prot LocalAddress:Port")
}

/// A virtual server: its protocol, address and port.
type Server<'a> = (&'a str, &'a str, i64);

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut server: Option<Server<'_>> = None;
    // `--stats` and `--rate` print other columns.
    let mut weights = false;
    for (at, line) in capture.each_line() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = capture.line_place(at, line);
        match &words[..] {
            ["->", "RemoteAddress:Port", columns @ ..] => weights = columns.contains(&"Weight"),
            [protocol @ ("TCP" | "UDP" | "SCTP"), local, rest @ ..] => {
                server = socket(local).map(|(address, port)| (*protocol, address, port));
                let Some((_, address, port)) = server else { continue };
                Draft::new(s::ID, place)
                    .put(s::protocol, *protocol)
                    .maybe(s::address, Some(Value::address(address)))
                    .put(s::port, port)
                    .maybe(s::scheduler, rest.first().copied().filter(|_| weights))
                    .add(&mut reading);
            }
            // A virtual server that packets are marked for has no address.
            ["FWM", ..] => server = None,
            ["->", remote, rest @ ..] => {
                let row = server.and_then(|server| real(server, remote, rest, weights));
                if let Some(fill) = row {
                    fill(Draft::new(r::ID, place)).add(&mut reading);
                }
            }
            _ => {}
        }
    }
    let asks_for_one = capture.said().iter().any(|word| matches!(word.as_str(), "-t" | "-u" | "|"));
    if !asks_for_one {
        reading.shows_all(s::ID);
        reading.shows_all(r::ID);
    }
    reading
}

/// Fills the row of a server behind a virtual one.
fn real<'a>(
    (protocol, virtual_address, virtual_port): Server<'a>,
    remote: &'a str,
    rest: &'a [&'a str],
    weights: bool,
) -> Option<impl FnOnce(Draft) -> Draft + use<'a>> {
    let (address, port) = socket(remote)?;
    let number =
        move |n: usize| rest.get(n).filter(|_| weights).and_then(|word| word.parse::<i64>().ok());
    Some(move |row: Draft| {
        row.maybe(r::virtual_address, Some(Value::address(virtual_address)))
            .put(r::virtual_port, virtual_port)
            .put(r::protocol, protocol)
            .maybe(r::address, Some(Value::address(address)))
            .put(r::port, port)
            .maybe(r::weight, number(1))
            .maybe(r::active, number(2))
            .maybe(r::inactive, number(3))
    })
}
