//! `resolv.conf`: which name servers a pod or a node asks.

use std::net::IpAddr;

use super::Format;
use super::capture::{Capture, Reading};
use crate::fact::vocabulary::{nameserver, search_domain};
use crate::fact::{Cell, Row, Scope, Value};
use crate::text::Span;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "resolv.conf",
    doc: "the resolver's configuration, `cat /etc/resolv.conf`",
    recognize,
    read: |capture, _| read(capture),
};

/// Name servers that the resolver of libc asks; it ignores the rest (`MAXNS` in resolv.h).
const ASKED: usize = 3;

fn keyword(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = line.split_once([' ', '\t'])?;
    matches!(word, "nameserver" | "search" | "domain" | "options" | "sortlist")
        .then_some((word, rest))
}

fn recognize(capture: &Capture<'_>) -> bool {
    let mut seen = false;
    for (_, line) in capture.each_line() {
        let line = line.trim_end();
        if line.is_empty() {
            if seen {
                break;
            }
        } else if keyword(line).is_some() {
            seen = true;
        } else if !line.starts_with(['#', ';']) {
            return seen && capture.command.is_some();
        }
    }
    seen
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut asked = 0;
    for (at, line) in capture.each_line() {
        let Some((word, rest)) = keyword(line) else { continue };
        for value in rest.split_whitespace() {
            let start = at + (value.as_ptr() as usize - line.as_ptr() as usize);
            let place = capture.place(Span::new(start, start + value.len()));
            match word {
                // A scope such as `fe80::1%eth0` is no part of the address.
                "nameserver" if asked < ASKED => {
                    let address = value.split('%').next().unwrap_or(value);
                    if address.parse::<IpAddr>().is_err() {
                        reading.issues.push((
                            Some(place.line),
                            format!("`{value}` is no name server's address"),
                        ));
                        continue;
                    }
                    asked += 1;
                    let row = Row::new(nameserver::WIDTH, Some(place));
                    let row = row.with(
                        nameserver::address,
                        Cell::Known(Value::address(address)),
                        Some(place),
                    );
                    reading.rows.push((nameserver::ID, row));
                }
                "search" => {
                    // The first domain of a pod is that of its namespace: `shop.svc.cluster.local`.
                    if let Some((namespace, "svc")) = value
                        .split_once('.')
                        .map(|(first, rest)| (first, rest.split('.').next().unwrap_or_default()))
                    {
                        reading.origin.namespace.get_or_insert_with(|| namespace.to_string());
                    }
                    let row = Row::new(search_domain::WIDTH, Some(place));
                    let row =
                        row.with(search_domain::domain, value.trim_end_matches('.'), Some(place));
                    reading.rows.push((search_domain::ID, row));
                }
                _ => {}
            }
        }
    }
    for relation in [nameserver::ID, search_domain::ID] {
        reading.searched.push((relation, Scope::all()));
    }
    reading
}
