//! Time stamps of log lines. A stamp without a year or without a zone tells no instant by itself.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// When a line was written, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// An instant.
    Instant(Timestamp),
    /// A month, a day and a time of day, without year and zone; the year here means nothing.
    Yearless(DateTime),
    /// A date and a time without a zone.
    Zoneless(DateTime),
}

/// The instants between which a journal says that its lines lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window(Option<(Timestamp, Timestamp)>);

impl Window {
    /// Reads `-- Logs begin at Thu 2021-09-30 11:21:42 UTC, end at Thu 2021-09-30 12:20:03 UTC. --`,
    /// also in its newer words. Zones other than UTC have no unique abbreviation.
    pub(super) fn read(line: &str) -> Option<Self> {
        let said =
            line.strip_prefix("-- Logs begin at ").or(line.strip_prefix("-- Journal begins at "))?;
        let (begin, end) = said.split_once(", end")?;
        let end = end.trim_start_matches('s').strip_prefix(" at ")?;
        let instant = |text: &str| {
            let text = text.split(" UTC").next().filter(|rest| rest.len() < text.len())?;
            let (_, civil) = text.split_once(' ')?;
            utc(civil.parse().ok()?)
        };
        Some(Self(instant(begin).zip(instant(end))))
    }

    /// The instant of a stamp, if it can be told.
    pub(super) fn instant(self, stamp: Stamp) -> Option<Timestamp> {
        let civil = match stamp {
            Stamp::Instant(instant) => return Some(instant),
            Stamp::Yearless(civil) => civil,
            Stamp::Zoneless(_) => return None,
        };
        let (begin, end) = self.0?;
        let years = [begin, end].map(|at| TimeZone::UTC.to_datetime(at).year());
        let mut found = years.into_iter().filter_map(|year| {
            let date = Date::new(year, civil.month(), civil.day()).ok()?;
            utc(date.to_datetime(civil.time()))
        });
        // What a journal tells of its ends is cut to seconds.
        let second = jiff::SignedDuration::from_secs(1);
        found.find(|at| *at >= begin - second && *at <= end + second)
    }
}

/// A civil time that is known to be UTC.
pub(super) fn utc(civil: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Whether `text` begins with digits where `shape` has a `0`, and with the same byte elsewhere.
pub(super) fn has_shape(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, want)| match want {
            b'0' => byte.is_ascii_digit(),
            want => byte == want,
        })
}

/// How many bytes at the beginning of `text` are digits.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The stamp at the beginning of `text`, in the manner of RFC 3339 or ISO 8601, and its length.
pub(super) fn leading(text: &str) -> Option<(Stamp, usize)> {
    let dashed = has_shape(text, "0000-00-00");
    if !dashed && !has_shape(text, "0000/00/00") {
        return None;
    }
    let border = *text.as_bytes().get(10)?;
    if !matches!(border, b'T' | b' ') || !has_shape(text.get(11..)?, "00:00:00") {
        return None;
    }
    let mut end = 19;
    if matches!(text.as_bytes().get(end), Some(b'.' | b',')) {
        let fraction = digits(text.get(end + 1..)?);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    let date = Date::new(
        text.get(..4)?.parse().ok()?,
        text.get(5..7)?.parse().ok()?,
        text.get(8..10)?.parse().ok()?,
    )
    .ok()?;
    let clock = text.get(11..end)?.replace(',', ".");
    let civil = date.to_datetime(shortened(&clock).parse().ok()?);
    let zone = text.get(end..)?;
    if zone.starts_with('Z') {
        return Some((Stamp::Instant(utc(civil)?), end + 1));
    }
    for (shape, width) in [("+00:00", 6), ("-00:00", 6), ("+0000", 5), ("-0000", 5)] {
        if has_shape(zone, shape) {
            let hours: i64 = zone.get(1..3)?.parse().ok()?;
            let minutes: i64 = zone.get(width - 2..width)?.parse().ok()?;
            let ahead = jiff::SignedDuration::from_secs((hours * 60 + minutes) * 60);
            let ahead = if zone.starts_with('-') { -ahead } else { ahead };
            return Some((Stamp::Instant(utc(civil)?.checked_sub(ahead).ok()?), end + width));
        }
    }
    Some((Stamp::Zoneless(civil), end))
}

/// A time of day with at most nine decimals.
fn shortened(clock: &str) -> &str {
    clock.get(..18).unwrap_or(clock)
}

/// `Sep 30 12:00:00.123456` at the beginning of `text`, and its length.
pub(super) fn syslog(text: &str) -> Option<(Stamp, usize)> {
    let month = month(text.get(..3)?)?;
    let day = text.get(3..7)?;
    if !day.starts_with(' ') || !day.ends_with(' ') || !has_shape(text.get(7..)?, "00:00:00") {
        return None;
    }
    let mut end = 15;
    if text.as_bytes().get(end) == Some(&b'.') {
        end += 1 + digits(text.get(end + 1..)?);
    }
    let time = shortened(text.get(7..end)?.trim_end_matches('.')).parse().ok()?;
    // A leap year, so that 29 February stands.
    let date = Date::new(2000, month, day.trim().parse().ok()?).ok()?;
    Some((Stamp::Yearless(date.to_datetime(time)), end))
}

/// A month by its English abbreviation.
pub(super) fn month(name: &str) -> Option<i8> {
    let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = names.find(name).filter(|at| name.len() == 3 && at % 3 == 0)?;
    i8::try_from(at / 3 + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(window: Window, read: Option<(Stamp, usize)>) -> Option<String> {
        window.instant(read?.0).map(|at| at.to_string())
    }

    #[test]
    fn a_stamp_is_an_instant_only_with_year_and_zone() {
        let none = Window::default();
        let noon = Some("2021-09-30T12:00:00.5Z".to_string());
        assert_eq!(told(none, leading("2021-09-30T12:00:00.5Z x")), noon);
        assert_eq!(told(none, leading("2021-09-30T14:00:00.500000+02:00 x")), noon);
        assert_eq!(told(none, leading("2021-09-30T14:00:00,5+0200 x")), noon);
        assert_eq!(told(none, leading("2021-09-30 12:00:00.5 x")), None);
        assert_eq!(told(none, syslog("Sep 30 12:00:00 host x")), None);
        assert_eq!(leading("2021-13-30T12:00:00Z"), None);
        assert_eq!(syslog("Foo 30 12:00:00 host x"), None);
    }

    #[test]
    fn a_journal_tells_the_year_of_its_lines() {
        let window = Window::read(
            "-- Logs begin at Thu 2020-12-30 11:21:42 UTC, end at Sat 2021-01-02 12:20:03 UTC. --",
        )
        .unwrap();
        let at = |line| told(window, syslog(line));
        assert_eq!(at("Dec 31 23:59:59 n x"), Some("2020-12-31T23:59:59Z".into()));
        assert_eq!(at("Jan  1 00:00:01.25 n x"), Some("2021-01-01T00:00:01.25Z".into()));
        assert_eq!(at("Jun  1 00:00:01 n x"), None);
        let cest = Window::read(
            "-- Logs begin at Thu 2020-12-30 11:21:42 CEST, end at Sat 2021-01-02 12:20:03 CEST. --",
        );
        assert_eq!(told(cest.unwrap(), syslog("Dec 31 23:59:59 n x")), None);
    }
}
