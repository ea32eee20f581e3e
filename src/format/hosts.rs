//! `/etc/hosts`: names that are looked up in no DNS.

use std::net::IpAddr;

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::Value;
use crate::fact::vocabulary::host_entry as h;
use crate::text::Span;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "hosts",
    doc: "names and addresses that are looked up in no DNS, `cat /etc/hosts`",
    recognize,
    read: |capture, _| read(capture),
};

/// The address and the names of an entry, without the comment behind them.
fn entry(line: &str) -> Option<(&str, Vec<&str>)> {
    let line = line.split('#').next().unwrap_or(line);
    let mut words = line.split_whitespace();
    // A scope such as `fe80::1%lo0` is no part of the address.
    let address = words.next()?.split('%').next()?;
    let names: Vec<&str> = words.collect();
    let is_name = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_alphanumeric())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
            && word.parse::<IpAddr>().is_err()
    };
    let known = address.parse::<IpAddr>().is_ok() && !names.is_empty() && names.iter().all(is_name);
    known.then_some((address, names))
}

/// Only a file called so, what `cat` printed of it, or a text of nothing else that names the host itself.
fn recognize(capture: &Capture<'_>) -> bool {
    let said = capture.said().iter().any(|word| word == "/etc/hosts");
    let name = capture.file_name();
    let named = name == "hosts" || name.starts_with("hosts.") || name.ends_with("etc_hosts");
    let lines = capture.head().filter(|line| !line.trim_start().starts_with('#'));
    let (mut entries, mut local) = (0, false);
    for line in lines {
        let Some((_, names)) = entry(line) else { return false };
        entries += 1;
        local |= names.contains(&"localhost");
    }
    entries > 0 && (said || named || local)
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    for (at, line) in capture.each_line() {
        let Some((address, names)) = entry(line) else { continue };
        for name in names {
            let start = at + (name.as_ptr() as usize - line.as_ptr() as usize);
            let place = capture.place(Span::new(start, start + name.len()));
            Draft::new(h::ID, capture.line_place(at, line))
                .maybe(h::address, Some(Value::address(address)))
                .put_at(h::name, name, place)
                .add(&mut reading);
        }
    }
    reading.shows_all(h::ID);
    reading
}
