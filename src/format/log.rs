//! Logs of containers. Of a log only the lines are kept that a rule asks for, with their numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::Format;
use super::capture::{Capture, Reading};
use super::sidecar::{self, NotReady, Updates};
use crate::fact::vocabulary::{envoy_not_ready, log};
use crate::fact::{Cell, Demand, Row, Scope};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "log", doc: "a container's log, `kubectl logs`", recognize, read };

/// How log lines begin: with a time stamp, plain, in brackets or in JSON, or in klog's way.
static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:\[?(?:Envoy \(Epoch \d+\)\] )?\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|[IWEF]\d{4} \d\d:\d\d:\d\d|\{"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )"#,
    )
    .expect("the pattern is well formed")
});

/// Lines that are looked at to tell a log from other text.
const SAMPLE: usize = 60;

fn recognize(capture: &Capture<'_>) -> bool {
    if capture.file_name().contains(".log") {
        return true;
    }
    let lines = capture.each_line().map(|(_, line)| line).filter(|line| !line.trim().is_empty());
    let sample: Vec<&str> = lines.take(SAMPLE).collect();
    let stamped =
        sample.iter().filter(|line| STAMP.is_match(line) || line.contains(sidecar::NOT_READY));
    let stamped = stamped.count();
    stamped > 0 && stamped * 4 >= sample.len()
}

/// What one reason for not being ready amounts to over a whole log.
struct Seen {
    count: i64,
    /// The last line that says so: the reason's place, the counters' place, and where it begins.
    last: (Place, Place, usize),
}

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let mut reading = Reading::default();
    let mut kept = BTreeMap::new();
    let mut reasons: BTreeMap<NotReady, Seen> = BTreeMap::new();
    let mut ready_at = None;
    let (says_not_ready, says_ready) =
        (memmem::Finder::new(sidecar::NOT_READY), memmem::Finder::new(sidecar::READY));
    for (at, line) in capture.each_line() {
        let not_ready = says_not_ready.find(line.as_bytes());
        let asked = demand.log.is_match(line.as_bytes());
        if not_ready.is_none() && says_ready.find(line.as_bytes()).is_some() {
            ready_at = Some(at);
        }
        if not_ready.is_none() && !asked {
            continue;
        }
        let from = not_ready.unwrap_or(0);
        let place = capture.place(Span::new(at + from, at + line.len()));
        kept.insert(place.line, Box::from(line.as_bytes()));
        if let Some(reason) = not_ready.and_then(|_| sidecar::not_ready(line)) {
            let counters = line.find("cds updates: ").map_or(place.start, |start| start as u32);
            let last = (place, Place { start: counters, ..place }, at);
            let seen = reasons.entry(reason).or_insert(Seen { count: 0, last });
            *seen = Seen { count: seen.count + 1, last };
        }
        if asked {
            let place = Place { start: 0, ..place };
            let row = Row::new(log::WIDTH, Some(place)).with(log::text, line, Some(place));
            reading.rows.push((log::ID, row));
        }
    }
    for (reason, seen) in &reasons {
        let current = ready_at.is_none_or(|ready| ready < seen.last.2);
        reading.rows.push((envoy_not_ready::ID, not_ready_row(reason, seen, current)));
    }
    if !reasons.is_empty() {
        // Only a sidecar's agent talks like this, whatever the file is called.
        reading.origin.container = Some("istio-proxy".to_string());
    }
    reading.searched = vec![(log::ID, Scope::all()), (envoy_not_ready::ID, Scope::all())];
    reading.kept = Some(kept);
    reading
}

fn not_ready_row(reason: &NotReady, seen: &Seen, current: bool) -> Row {
    let place = Some(seen.last.0);
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
        row.put(column, cell, Some(seen.last.1));
    }
    row.put(envoy_not_ready::reason, reason.reason(), place);
    row.put(envoy_not_ready::detail, reason.detail().map_or(Cell::Absent, Cell::from), place);
    row.put(envoy_not_ready::current, current, place);
    row.put(envoy_not_ready::count, seen.count, place);
    row
}
