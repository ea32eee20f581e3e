//! `date`: what a clock said when the captures were taken.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::Format;
use super::capture::{Capture, Reading};
use crate::fact::vocabulary::clock;
use crate::fact::{Row, Scope};
use crate::text::Span;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "date",
    doc: "a clock, `date` or `date -u`, also in RFC 3339",
    recognize: |capture| clock_line(capture).is_some(),
    read: |capture, _| read(capture),
};

/// The only line of a capture, if it is a date.
fn clock_line<'a>(capture: &Capture<'a>) -> Option<(usize, &'a str, Timestamp)> {
    let mut lines = capture.each_line().filter(|(_, line)| !line.trim().is_empty());
    let (at, line) = lines.next()?;
    let only = lines.next().is_none() || capture.command.is_some();
    if only { Some((at, line, instant(line.trim())?)) } else { None }
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    if let Some((at, line, time)) = clock_line(capture) {
        let place = Some(capture.place(Span::new(at, at + line.trim_end().len())));
        reading.rows.push((
            clock::ID,
            Row::new(clock::WIDTH, place).with(clock::time, time.to_string(), place),
        ));
        reading.searched.push((clock::ID, Scope::all()));
    }
    reading
}

/// `Fri Aug 30 16:44:20 UTC 2019`, `Fri 30 Aug 2019 04:44:20 PM UTC`, `2019-08-30T16:44:20Z`. Zones
/// that are not UTC have no unique abbreviation, so that their dates tell no instant.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let utc = text.replace(" UTC", "").replace(" GMT", "");
    if utc == text {
        return None;
    }
    let utc = utc.split_whitespace().collect::<Vec<_>>().join(" ");
    let shapes = ["%a %b %d %H:%M:%S %Y", "%a %d %b %Y %I:%M:%S %p", "%a %d %b %H:%M:%S %Y"];
    let civil = shapes.iter().find_map(|shape| DateTime::strptime(shape, &utc).ok())?;
    TimeZone::fixed(Offset::UTC).to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_an_instant_only_with_its_zone() {
        let at = |text: &str| instant(text).map(|time| time.to_string());
        let noon = Some("2019-08-30T16:44:20Z".to_string());
        assert_eq!(at("Fri Aug 30 16:44:20 UTC 2019"), noon);
        assert_eq!(at("Fri Aug  9 06:04:20 UTC 2019"), Some("2019-08-09T06:04:20Z".to_string()));
        assert_eq!(at("Fri 30 Aug 2019 04:44:20 PM UTC"), noon);
        assert_eq!(at("2019-08-30T18:44:20+02:00"), noon);
        assert_eq!(at("Fri Aug 30 16:44:20 CST 2019"), None);
        assert_eq!(at("nameserver 10.0.0.1"), None);
    }
}
