//! `timedatectl` and `chronyc tracking`: whether a clock is kept right.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::Cell;
use crate::fact::vocabulary::{clock, clock_sync as c};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "clock synchronization",
    doc: "whether a clock is kept right, `timedatectl`, `chronyc tracking`",
    recognize: |capture| {
        let first = capture.head().take(3).find_map(|line| Some(line.split_once(':')?.0.trim()));
        first.is_some_and(|label| matches!(label, "Local time" | "Reference ID"))
    },
    read: |capture, _| read(capture),
};

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut row: Option<Draft> = None;
    for (at, line) in capture.each_line() {
        let Some((label, value)) = line.split_once(':') else { continue };
        let (label, value) = (label.trim(), value.trim());
        let place = capture.line_place(at, line);
        if matches!(label, "Local time" | "Reference ID") {
            row.take().into_iter().for_each(|row| row.add(&mut reading));
            row = Some(Draft::new(c::ID, place));
        }
        if label == "Universal time" {
            universal(value, place).into_iter().for_each(|clock| clock.add(&mut reading));
        }
        row = row.map(|row| said(row, label, value, place));
    }
    row.into_iter().for_each(|row| row.add(&mut reading));
    reading
}

/// Puts what a line says.
fn said(row: Draft, label: &str, value: &str, place: Place) -> Draft {
    match label {
        // systemd called it otherwise before version 239.
        "System clock synchronized" | "NTP synchronized" => {
            row.put_at(c::synchronized, value == "yes", place)
        }
        "NTP service" => row.put_at(c::service, value == "active", place),
        "NTP enabled" | "Network time on" => row.put_at(c::service, value == "yes", place),
        "Reference ID" => row.put_at(c::source, source(value), place),
        "Stratum" => match value.parse::<i64>() {
            Ok(stratum) => row.put_at(c::stratum, stratum, place),
            Err(_) => row,
        },
        // Until then the offset stands at nothing, which says nothing.
        "Leap status" if value == "Not synchronised" => {
            row.put_at(c::synchronized, false, place).put(c::offset, Cell::Unknown)
        }
        "Leap status" => row.put_at(c::synchronized, true, place),
        "System time" => match offset(value) {
            Some(offset) => row.put_at(c::offset, offset, place),
            None => row,
        },
        _ => row,
    }
}

/// The server of `A9FEA97B (time.shop.example)`; of none there are zeros or the address of a clock in
/// the machine.
fn source(value: &str) -> Cell {
    let name = value.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    match name.or(value.split_whitespace().next()) {
        None | Some("" | "00000000" | "7F7F0101") => Cell::Absent,
        Some(name) => Cell::from(name),
    }
}

/// `0.000012 seconds slow of NTP time`
fn offset(value: &str) -> Option<String> {
    let (seconds, _) = value.split_once(" seconds ")?;
    let plain = seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| format!("{seconds}s"))
}

/// The clock of `Thu 2021-09-30 10:00:00 UTC`.
fn universal(value: &str, place: Place) -> Option<Draft> {
    let words =
        value.strip_suffix(" UTC")?.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", words).ok()?;
    let time = TimeZone::fixed(Offset::UTC).to_timestamp(civil).ok()?.to_string();
    Some(Draft::new(clock::ID, place).put(clock::time, time))
}
