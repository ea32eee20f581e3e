//! Kernel parameters: `sysctl -a`, and what stands in `/proc/sys`.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::vocabulary::sysctl as s;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "sysctl",
    doc: "kernel parameters, `sysctl -a`, `/proc/sys/net/ipv4/x = 1`",
    recognize,
    read: |capture, _| read(capture),
};

/// The families of kernel parameters.
const FAMILIES: [&str; 8] = ["net.", "kernel.", "vm.", "fs.", "dev.", "user.", "abi.", "sunrpc."];

/// The name and the value of a line.
fn parameter(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let path = name.strip_prefix("/proc/sys/");
    let name = path.map_or(name.to_string(), |path| path.replace('/', "."));
    let known = FAMILIES.iter().any(|family| name.starts_with(family));
    (known && !name.contains(char::is_whitespace)).then(|| (name, value.trim()))
}

/// What a command that reads one file of `/proc/sys` is about.
fn one(capture: &Capture<'_>) -> Option<String> {
    match capture.said() {
        [cat, path] if cat == "cat" => Some(path.strip_prefix("/proc/sys/")?.replace('/', ".")),
        _ => None,
    }
}

fn recognize(capture: &Capture<'_>) -> bool {
    let (mut seen, mut all) = (0, 0);
    for line in capture.head() {
        if !line.starts_with("sysctl: ") && !line.starts_with(['#', ';']) {
            all += 1;
            seen += usize::from(parameter(line).is_some());
        }
    }
    seen > 0 && seen * 5 >= all * 4 || all == 1 && one(capture).is_some()
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let one = one(capture);
    for (at, line) in capture.each_line() {
        let (name, value) = match (&one, parameter(line)) {
            (Some(name), _) if !line.trim().is_empty() => (name.clone(), line.trim()),
            (None, Some(found)) => found,
            _ => continue,
        };
        Draft::new(s::ID, capture.line_place(at, line))
            .put(s::name, name)
            .put(s::value, value)
            .or_absent(s::number, value.parse::<i64>().ok())
            .add(&mut reading);
    }
    if capture.by(&["sysctl", "-a"]) && capture.said().len() == 2 {
        reading.shows_all(s::ID);
    }
    reading
}
