//! The lines of one owner, in turn: which of them a rule asks for, and what a sidecar says of its
//! Envoy. Nothing of a line is held once it is judged but the rows it gave.

use std::collections::BTreeMap;

use jiff::Timestamp;
use memchr::memmem;

use super::super::capture::{Capture, Origin, Reading};
use super::super::sidecar::{self, NotReady, Updates};
use super::Piece;
use super::kept::Kept;
use super::line::{Head, message, unwrapped};
use super::run::Run;
use super::stamp::{Stamp, Window};
use crate::fact::vocabulary::{envoy_not_ready, log};
use crate::fact::{Cell, Demand, Row, Scope};
use crate::text::{Place, Span};

/// Lines that may continue a record and are read together with it.
const MORE_LINES: usize = 32;
/// Bytes of a record that are read together.
const MORE_BYTES: usize = 16 << 10;

/// Whose lines they are, as the lines themselves say.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pod: Option<String>,
    container: Option<String>,
    host: Option<String>,
}

impl Owner {
    /// What a line says of its owner.
    pub(super) fn of(head: &Head) -> Self {
        Self { pod: head.pod.clone(), container: head.container.clone(), host: head.host.clone() }
    }

    /// The owner without what the host calls itself.
    pub(super) fn without_host(self) -> Self {
        Self { host: None, ..self }
    }

    /// The owner in the words of all captures.
    pub(super) fn origin(self) -> Origin {
        Origin { namespace: None, pod: self.pod, container: self.container, node: self.host }
    }
}

/// A line, as it stands and as it is meant.
#[derive(Debug)]
pub(super) struct Line<'a> {
    at: usize,
    raw: &'a str,
    /// What stands in front of the message.
    pub(super) head: Head,
    body: Piece<'a>,
    message: Piece<'a>,
}

impl<'a> Line<'a> {
    /// Reads a line that begins at this byte of its capture.
    pub(super) fn read(at: usize, raw: &'a str) -> Self {
        let mut head = Head::default();
        let body = unwrapped(Piece::line(raw), &mut head);
        let message = match head.partial {
            // Only the whole of it has a layout.
            true => body.clone(),
            false => message(body.clone(), &mut head),
        };
        Self { at, raw, head, body, message }
    }

    /// Takes the next part of a line that was cut. The place stays that of the first part.
    fn join(&mut self, next: Line<'a>) {
        self.body.text.to_mut().push_str(&next.body.text);
        self.head.partial = next.head.partial;
    }

    fn joined(mut self) -> Self {
        self.head.partial = false;
        self.message = message(self.body.clone(), &mut self.head);
        self
    }

    /// Whether it looks like a part of the record above it.
    pub(super) fn continues(&self) -> bool {
        let text = &self.message.text;
        !self.head.begins
            && (text.starts_with([' ', '\t']) || text.starts_with("* ") || text.trim().is_empty())
    }
}

/// A line and those that continue it.
#[derive(Debug)]
struct Record<'a> {
    first: Line<'a>,
    /// All of its messages, once there is more than one.
    whole: String,
    lines: usize,
    /// The patterns that were found in a line of it already.
    found: Vec<usize>,
}

/// What one reason for not being ready amounts to over a whole log.
struct Seen {
    count: i64,
    /// The first line that says so and the last.
    ends: (Said, Said),
}

/// Where a reason is given: its place, the counters' place, and where it begins.
type Said = (Place, Place, usize);

/// The lines of one owner.
pub(super) struct Stream<'a, 'c> {
    capture: &'c Capture<'a>,
    demand: &'c Demand,
    unit: Option<&'static str>,
    kept: Kept,
    reasons: BTreeMap<NotReady, Seen>,
    /// Where it first and last says that Envoy is ready.
    ready: Option<(usize, usize)>,
    /// Whether a message begins with either, and is no quotation.
    own_words: bool,
    record: Option<(Record<'a>, Window)>,
    /// Lines that were cut, of stdout and of stderr.
    open: [Option<Line<'a>>; 2],
    /// How many lines are later than the one above, and how many earlier.
    order: (usize, usize),
    latest: Option<Stamp>,
    not_ready: memmem::Finder<'static>,
    is_ready: memmem::Finder<'static>,
}

impl<'a, 'c> Stream<'a, 'c> {
    /// No lines yet; `unit` wrote those that do not say who did.
    pub(super) fn new(
        capture: &'c Capture<'a>,
        demand: &'c Demand,
        unit: Option<&'static str>,
    ) -> Self {
        Self {
            capture,
            demand,
            unit,
            kept: Kept::new(demand.len()),
            reasons: BTreeMap::new(),
            ready: None,
            own_words: false,
            record: None,
            open: [None, None],
            order: (0, 0),
            latest: None,
            not_ready: memmem::Finder::new(sidecar::NOT_READY),
            is_ready: memmem::Finder::new(sidecar::READY),
        }
    }

    /// Takes the next line.
    pub(super) fn add(&mut self, line: Line<'a>, window: Window) {
        let channel = usize::from(line.head.stderr);
        let Some(open) = self.open.get_mut(channel) else { return };
        match (open.take(), line.head.partial) {
            (None, true) => *open = Some(line),
            (Some(mut first), goes_on) => {
                first.join(line);
                match goes_on {
                    true => *open = Some(first),
                    false => self.whole(first.joined(), window),
                }
            }
            (None, false) => self.whole(line, window),
        }
    }

    fn whole(&mut self, line: Line<'a>, window: Window) {
        self.note_order(line.head.stamp);
        if let Some((record, _)) = &mut self.record
            && (line.continues() || !line.head.begins && record.first.head.begins)
        {
            let mut line = line;
            let head = &record.first.head;
            line.head.level = line.head.level.or(head.level);
            line.head.stamp = line.head.stamp.or(head.stamp);
            line.head.unit = line.head.unit.take().or_else(|| head.unit.clone());
            let found =
                matched(self.demand, self.capture, self.unit, &line, window, &mut self.kept);
            record.grow(&line.message.text, found);
            return;
        }
        self.close();
        let found = matched(self.demand, self.capture, self.unit, &line, window, &mut self.kept);
        let record = Record { first: line, whole: String::new(), lines: 1, found };
        self.record = Some((record, window));
    }

    fn note_order(&mut self, stamp: Option<Stamp>) {
        let Some(stamp) = stamp else { return };
        let earlier = self.latest.and_then(|latest| match (latest, stamp) {
            (Stamp::Instant(a), Stamp::Instant(b)) => Some(a.cmp(&b)),
            (Stamp::Yearless(a), Stamp::Yearless(b)) | (Stamp::Zoneless(a), Stamp::Zoneless(b)) => {
                Some(a.cmp(&b))
            }
            _ => None,
        });
        match earlier {
            Some(std::cmp::Ordering::Less) => self.order.0 += 1,
            Some(std::cmp::Ordering::Greater) => self.order.1 += 1,
            _ => {}
        }
        self.latest = Some(stamp);
    }

    /// Judges what a record says as a whole.
    fn close(&mut self) {
        let Some((record, window)) = self.record.take() else { return };
        let text = record.text();
        if let Some(at) = self.not_ready.find(text.as_bytes()) {
            self.own_words |= at == 0;
            self.say_not_ready(&record.first, text, at);
        } else if let Some(at) = self.is_ready.find(text.as_bytes()) {
            self.own_words |= at == 0;
            let at = record.first.at;
            self.ready = Some((self.ready.map_or(at, |(first, _)| first), at));
        }
        if record.lines > 1 {
            let mut more = self.demand.matches(text);
            more.retain(|n| !record.found.contains(n));
            if !more.is_empty() {
                let place = place(self.capture, &record.first, &record.first.message);
                let row = row(&record.first, text, place, self.unit, window);
                self.kept.add(row, &more);
            }
        }
    }

    fn say_not_ready(&mut self, line: &Line<'a>, text: &str, at: usize) {
        let Some(reason) = sidecar::not_ready(text) else { return };
        let whole = place(self.capture, line, &line.message);
        // Where the message stands as it is, its parts can be shown.
        let exact = (whole.end - whole.start) as usize == line.message.text.len();
        let from = |at: usize| match u32::try_from(at) {
            Ok(at) if exact && whole.start + at < whole.end => {
                Place { start: whole.start + at, ..whole }
            }
            _ => whole,
        };
        let counters = text.find("cds updates: ").map_or_else(|| from(at), from);
        let said = (from(at), counters, line.at);
        let seen = self.reasons.entry(reason).or_insert(Seen { count: 0, ends: (said, said) });
        *seen = Seen { count: seen.count + 1, ends: (seen.ends.0, said) };
    }

    /// What the lines amount to.
    pub(super) fn finish(mut self, run: Run, window: Window) -> Reading {
        for open in std::mem::take(&mut self.open).into_iter().flatten() {
            self.whole(open.joined(), window);
        }
        self.close();
        // `journalctl -r` prints the newest line first.
        let reversed = self.order.1 > self.order.0;
        let mut reading = Reading::default();
        // How late a line is of which the first and the last are known.
        let late = |first: usize, last: usize| if reversed { usize::MAX - first } else { last };
        let said = self.reasons.values().map(|seen| late(seen.ends.0.2, seen.ends.1.2));
        let latest = said.chain(self.ready.map(|(first, last)| late(first, last))).max();
        for (reason, seen) in &self.reasons {
            let last = if reversed { seen.ends.0 } else { seen.ends.1 };
            // What is said last counts: another reason, or that it is ready, puts this one behind it.
            let current = Some(late(last.2, last.2)) == latest;
            reading
                .rows
                .push((envoy_not_ready::ID, not_ready_row(reason, seen.count, last, current)));
        }
        if self.own_words {
            // Only a sidecar's agent talks like this, whatever the file is called.
            reading.origin.container = Some("istio-proxy".to_string());
        }
        reading.rows.extend(self.kept.finish().into_iter().map(|row| (log::ID, row)));
        // What an earlier run did not say, the present one may say.
        let scope = |previous: usize| match run.previous {
            true => Scope::of([(previous, true.into())]),
            false => Scope::all(),
        };
        reading.searched = vec![
            (log::ID, scope(log::previous)),
            (envoy_not_ready::ID, scope(envoy_not_ready::previous)),
        ];
        reading.kept = Some(shown(self.capture, &reading));
        reading.run = Some(Run { speaks: latest.is_some(), ..run });
        reading
    }
}

impl Record<'_> {
    fn text(&self) -> &str {
        if self.lines > 1 { &self.whole } else { &self.first.message.text }
    }

    fn grow(&mut self, text: &str, found: Vec<usize>) {
        self.found
            .extend(found.into_iter().filter(|n| !self.found.contains(n)).collect::<Vec<_>>());
        let room = self.lines < MORE_LINES && self.text().len() + text.len() < MORE_BYTES;
        if !room {
            return;
        }
        if self.lines == 1 {
            self.whole = self.first.message.text.to_string();
        }
        self.whole.push('\n');
        self.whole.push_str(text);
        self.lines += 1;
    }
}

/// Keeps a row for what patterns find in a line: in its message first, and in front of it only what
/// is not found there. Says which patterns that were.
fn matched(
    demand: &Demand,
    capture: &Capture<'_>,
    unit: Option<&'static str>,
    line: &Line<'_>,
    window: Window,
    kept: &mut Kept,
) -> Vec<usize> {
    let raw = Piece::line(line.raw);
    let mut ways: Vec<&Piece<'_>> = vec![&line.message];
    for way in [&line.body, &raw] {
        // What was cut off at its ends only differs in length.
        if ways.iter().all(|known| known.text.len() != way.text.len()) {
            ways.push(way);
        }
    }
    let mut found: Vec<(&Piece<'_>, Vec<usize>)> = Vec::new();
    for way in ways {
        let matches = demand.matches(&way.text);
        let known = |n: &usize| found.iter().any(|(_, all)| all.contains(n));
        if matches.iter().all(known) {
            continue;
        }
        // One row says it all if it says more than the one before.
        found.retain(|(_, all)| !all.iter().all(|n| matches.contains(n)));
        let new = |n: &usize| !found.iter().any(|(_, all)| all.contains(n));
        let matches = matches.into_iter().filter(new).collect();
        found.push((way, matches));
    }
    let mut all = Vec::new();
    for (way, patterns) in found {
        kept.add(row(line, &way.text, place(capture, line, way), unit, window), &patterns);
        all.extend(patterns);
    }
    all
}

/// Where a piece of a line stands.
fn place(capture: &Capture<'_>, line: &Line<'_>, piece: &Piece<'_>) -> Place {
    capture.place(Span::new(line.at + piece.start, line.at + piece.end))
}

fn row(
    line: &Line<'_>,
    text: &str,
    place: Place,
    unit: Option<&'static str>,
    window: Window,
) -> Row {
    let place = Some(place);
    let time = line.head.stamp.and_then(|stamp| window.instant(stamp));
    let unit = line.head.unit.as_deref().or(unit);
    let mut row = Row::new(log::WIDTH, place).with(log::text, text, place);
    row.put(log::time, time.map_or(Cell::Unknown, |at: Timestamp| at.to_string().into()), None);
    row.put(log::level, line.head.level.map_or(Cell::Unknown, Cell::from), None);
    row.put(log::unit, unit.map_or(Cell::Absent, Cell::from), None);
    row.put(log::count, 1, None);
    row
}

/// The lines that rows point to.
fn shown(capture: &Capture<'_>, reading: &Reading) -> BTreeMap<u32, Box<[u8]>> {
    let places =
        reading.rows.iter().flat_map(|(_, row)| row.places.iter().flatten().chain(&row.place));
    let mut kept = BTreeMap::new();
    for place in places {
        kept.entry(place.line).or_insert_with(|| {
            let line = capture.lines.line(place.line).unwrap_or_default();
            let within = |at: usize| at.saturating_sub(capture.offset).min(capture.text.len());
            let text = capture.text.get(within(line.start)..within(line.end)).unwrap_or_default();
            Box::from(text.trim_end_matches('\r').as_bytes())
        });
    }
    kept
}

fn not_ready_row(reason: &NotReady, count: i64, last: Said, current: bool) -> Row {
    let place = Some(last.0);
    let mut row = Row::new(envoy_not_ready::WIDTH, place);
    let counters = match reason {
        NotReady::Configuration(Updates {
            cds_successful,
            cds_rejected,
            lds_successful,
            lds_rejected,
        }) => [*cds_successful, *cds_rejected, *lds_successful, *lds_rejected].map(Cell::from),
        _ => [Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent],
    };
    let columns = [
        envoy_not_ready::cds_successful,
        envoy_not_ready::cds_rejected,
        envoy_not_ready::lds_successful,
        envoy_not_ready::lds_rejected,
    ];
    for (column, cell) in columns.into_iter().zip(counters) {
        row.put(column, cell, Some(last.1));
    }
    row.put(envoy_not_ready::reason, reason.reason(), place);
    row.put(envoy_not_ready::detail, reason.detail().map_or(Cell::Absent, Cell::from), place);
    row.put(envoy_not_ready::current, current, place);
    row.put(envoy_not_ready::count, count, place);
    row
}
