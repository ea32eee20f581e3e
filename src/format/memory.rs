//! `free` and `/proc/meminfo`: memory and swap.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, binary};
use crate::fact::Cell;
use crate::fact::vocabulary::memory_usage as m;
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "free",
    doc: "memory and swap, `free`, `/proc/meminfo`",
    recognize: |capture| {
        capture.head().take(8).any(is_header)
            || capture.head().next().is_some_and(|line| line.starts_with("MemTotal:"))
    },
    read: |capture, _| match capture.head().take(8).any(is_header) {
        true => listed(capture),
        false => counted(capture),
    },
};

fn is_header(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(words[..], ["total", "used", "free", "shared", ..])
}

/// What a bare number counts.
fn unit(capture: &Capture<'_>) -> Option<&'static str> {
    let said = capture.said();
    let name = capture.file_name();
    let asked = |flag: &str| said.iter().any(|word| word == flag) || name.ends_with(flag);
    let units = [("-m", "Mi"), ("-k", "Ki"), ("-g", "Gi"), ("-b", "")];
    let known = units.iter().find(|(flag, _)| asked(flag)).map(|(_, unit)| *unit);
    let default =
        || (said.iter().any(|word| word.ends_with("free")) || name == "free").then_some("Ki");
    known.or_else(default)
}

fn listed(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut header: Vec<&str> = Vec::new();
    let mut unit = unit(capture);
    for (at, line) in capture.each_line() {
        if is_header(line) {
            header = line.split_whitespace().collect();
            continue;
        }
        let Some((label, rest)) = line.split_once([':', '：']) else { continue };
        let kind = match label.trim() {
            "Mem" | "内存" => "memory",
            "Swap" | "交换" => "swap",
            _ => continue,
        };
        let cells: Vec<&str> = rest.split_whitespace().collect();
        // So many MiB no machine has: they are KiB, which is what `free` counts unless it is told.
        const SURE: i64 = 4 << 20;
        let total = cells.first().and_then(|word| word.parse::<i64>().ok());
        if kind == "memory" && unit.is_none() && total.is_some_and(|total| total >= SURE) {
            unit = Some("Ki");
        }
        row(capture.line_place(at, line), kind, &header, &cells, unit).add(&mut reading);
    }
    reading
}

fn row(place: Place, kind: &str, header: &[&str], cells: &[&str], unit: Option<&str>) -> Draft {
    let amount = |name: &str| {
        let at = header.iter().position(|column| *column == name)?;
        let word = cells.get(at)?;
        match word.bytes().all(|byte| byte.is_ascii_digit()) {
            true if *word == "0" => Some("0".to_string()),
            true => Some(format!("{word}{}", unit?)),
            false => binary(word),
        }
    };
    let row = Draft::new(m::ID, place)
        .put(m::kind, kind)
        .maybe(m::total, amount("total"))
        .maybe(m::used, amount("used"))
        .maybe(m::free, amount("free"));
    match kind {
        "swap" => row.put(m::available, Cell::Absent),
        _ => row.maybe(m::available, amount("available")),
    }
}

/// `MemTotal:       16266140 kB`, which are KiB.
fn counted(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let found = |name: &str| {
        capture.each_line().find_map(|(at, line)| {
            let value = line.strip_prefix(name)?.strip_prefix(':')?.trim();
            let number: u64 = value.strip_suffix(" kB")?.trim().parse().ok()?;
            Some((format!("{number}Ki"), capture.line_place(at, line)))
        })
    };
    let kinds = [
        ("memory", [("MemTotal", m::total), ("MemFree", m::free), ("MemAvailable", m::available)]),
        ("swap", [("SwapTotal", m::total), ("SwapFree", m::free), ("", m::available)]),
    ];
    for (kind, columns) in kinds {
        let cells: Vec<_> =
            columns.iter().filter_map(|(name, column)| Some((*column, found(name)?))).collect();
        let Some((_, (_, place))) = cells.first() else { continue };
        let mut row = Draft::new(m::ID, *place).put(m::kind, kind);
        if kind == "swap" {
            row = row.put(m::available, Cell::Absent);
        }
        for (column, (amount, place)) in cells {
            row = row.put_at(column, amount, place);
        }
        row.add(&mut reading);
    }
    reading
}
