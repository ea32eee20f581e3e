//! `systemctl status` and `systemctl list-units`: what the services of a node do.

use std::sync::LazyLock;

use regex::Regex;

use super::capture::{Capture, Reading};
use super::draft::Draft;
use super::{Format, log};
use crate::fact::vocabulary::service_unit as u;
use crate::fact::{Cell, Demand, Scope, Value};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "service unit",
    doc: "units of systemd and the last lines of their logs, `systemctl status`, `systemctl list-units`",
    recognize,
    read,
};

const KINDS: [&str; 8] =
    [".service", ".socket", ".timer", ".mount", ".target", ".path", ".slice", ".scope"];

fn is_unit(word: &str) -> bool {
    KINDS.iter().any(|kind| word.len() > kind.len() && word.ends_with(kind))
}

/// A line without the dot in front, whose colour and shape tell a unit's state.
fn undotted(line: &str) -> &str {
    line.trim_start_matches(['●', '○', '×', '↻', '◌', '*', ' ']).trim_end()
}

fn recognize(capture: &Capture<'_>) -> bool {
    let mut unit = false;
    for line in capture.head() {
        let loaded = unit && line.trim_start().starts_with("Loaded: ");
        if loaded || missing(line).is_some() || listed(line).is_some() {
            return true;
        }
        unit = begins(line).is_some();
    }
    false
}

/// The unit and the description of `● kubelet.service - Kubernetes Kubelet`.
fn begins(line: &str) -> Option<(&str, Option<&str>)> {
    let plain = undotted(line);
    let (unit, description) =
        plain.split_once(" - ").map_or((plain, None), |(unit, said)| (unit, Some(said)));
    (is_unit(unit) && !unit.contains([' ', '=', ':'])).then_some((unit, description))
}

/// The unit of `Unit kubelet.service could not be found.`
fn missing(line: &str) -> Option<&str> {
    line.trim().strip_prefix("Unit ")?.strip_suffix(" could not be found.").filter(|u| is_unit(u))
}

static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?<unit>\S+) +(?<load>loaded|not-found|masked|error|bad-setting) +(?<active>active|inactive|failed|activating|deactivating|reloading) +(?<sub>[a-z-]+)(?: +(?<description>\S.*))?$",
    )
    .expect("the pattern is well formed")
});

fn listed(line: &str) -> Option<regex::Captures<'_>> {
    let found = LISTED.captures(undotted(line))?;
    found.name("unit").is_some_and(|unit| is_unit(unit.as_str())).then_some(found)
}

static ACTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^Active: (?<active>[a-z-]+)(?: \((?<sub>[^()]+)\))?(?: \(Result: (?<result>[^)]+)\))?(?: (?:since|until) (?<since>[^;]+))?(?:; (?<age>.+?)(?: ago)?)?$",
    )
    .expect("the pattern is well formed")
});
static LOADED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Loaded: (?<load>[a-z-]+)(?: \([^;)]*; (?<enabled>[a-z-]+))?")
        .expect("the pattern is well formed")
});
static ENDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\(code=(?:exited|killed|dumped), (?:status|signal)=(?:(?<status>\d+)(?:/(?<reason>\w+))?|(?<signal>\w+))\)")
        .expect("the pattern is well formed")
});

/// A unit of `systemctl status`, as far as it was read.
struct Unit {
    row: Draft,
    /// Its main process, and how that ended if it did.
    main: Option<(i64, Option<Ended>)>,
    /// How the last start ended, if the main process is not shown.
    started: Option<Ended>,
}

/// How a process ended: exit status or signal number, and that as a word.
struct Ended {
    status: Option<i64>,
    reason: Option<String>,
}

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let mut reading = Reading::default();
    let mut current: Option<Unit> = None;
    let mut known: Vec<&str> = Vec::new();
    for (at, line) in capture.each_line() {
        let place = capture.line_place(at, line);
        if let Some(unit) = missing(line) {
            known.push(unit);
            not_found(unit, place).add(&mut reading);
        } else if let Some(found) = listed(line) {
            list_row(&found, place).add(&mut reading);
        } else if let Some((unit, description)) = begins(line) {
            finish(current.take(), &mut reading);
            known.push(unit);
            let row =
                Draft::new(u::ID, place).put(u::unit, unit).maybe(u::description, description);
            current = Some(Unit { row, main: None, started: None });
        } else if let Some(unit) = current.take() {
            current = Some(property(unit, line.trim(), place));
        }
    }
    finish(current, &mut reading);
    for unit in known {
        reading.searched.push((u::ID, Scope::of([(u::unit, Value::from(unit))])));
    }
    journal(capture, demand, &mut reading);
    reading
}

fn not_found(unit: &str, place: Place) -> Draft {
    Draft::new(u::ID, place)
        .put(u::unit, unit)
        .put(u::load, "not-found")
        .put(u::active, "inactive")
        .put(u::main_pid, Cell::Absent)
}

fn list_row(found: &regex::Captures<'_>, place: Place) -> Draft {
    let text = |group: &str| found.name(group).map(|m| m.as_str());
    Draft::new(u::ID, place)
        .maybe(u::unit, text("unit"))
        .maybe(u::load, text("load"))
        .maybe(u::active, text("active"))
        .maybe(u::sub, text("sub"))
        .maybe(u::description, text("description"))
}

fn finish(unit: Option<Unit>, reading: &mut Reading) {
    let Some(Unit { row, main, started }) = unit else { return };
    let (pid, ended) = match main {
        Some((pid, None)) => (Some(pid), None),
        Some((_, ended)) => (None, ended),
        None => (None, started),
    };
    let row = row.or_absent(u::main_pid, pid);
    let row = match ended {
        Some(ended) => row.maybe(u::exit_status, ended.status).maybe(u::exit_reason, ended.reason),
        None => row.put(u::exit_status, Cell::Absent).put(u::exit_reason, Cell::Absent),
    };
    row.add(reading);
}

/// Reads a line below a unit.
fn property(mut unit: Unit, line: &str, place: Place) -> Unit {
    if let Some(found) = ACTIVE.captures(line) {
        let text = |group: &str| found.name(group).map(|m| m.as_str());
        let known = [
            (u::active, text("active").map(Cell::from)),
            (u::sub, text("sub").map(Cell::from)),
            (u::result, Some(text("result").map_or(Cell::Absent, Cell::from))),
            (u::since, text("since").and_then(instant).map(Cell::from)),
            (u::age, text("age").and_then(age).map(Cell::from)),
        ];
        for (column, cell) in known {
            if let Some(cell) = cell {
                unit.row = unit.row.put_at(column, cell, place);
            }
        }
    } else if let Some(found) = LOADED.captures(line) {
        for (column, group) in [(u::load, "load"), (u::enabled, "enabled")] {
            if let Some(text) = found.name(group) {
                unit.row = unit.row.put_at(column, text.as_str(), place);
            }
        }
    } else if let Some(rest) = line.strip_prefix("Main PID: ") {
        let pid = rest.split(' ').next().and_then(|pid| pid.parse().ok());
        unit.main = pid.map(|pid| (pid, ended(rest)));
    } else if line.starts_with("Process: ") && line.contains(" ExecStart=") {
        unit.started = ended(line);
    }
    unit
}

fn ended(line: &str) -> Option<Ended> {
    let found = ENDED.captures_iter(line).last()?;
    let text = |group: &str| found.name(group).map(|m| m.as_str().to_string());
    let status = text("status").and_then(|status| status.parse().ok());
    Some(Ended { status, reason: text("reason").or(text("signal")) })
}

/// `Fri 2026-01-02 11:52:28 UTC`. Other zones have no unique abbreviation.
fn instant(text: &str) -> Option<String> {
    let (civil, zone) = text.trim().rsplit_once(' ')?;
    let (_, civil) = civil.split_once(' ')?;
    let (date, time) = civil.split_once(' ')?;
    let instant: jiff::Timestamp = format!("{date}T{time}Z").parse().ok()?;
    matches!(zone, "UTC" | "GMT").then(|| instant.to_string())
}

/// `1h 1min`, `2min 4s`, `1 day 3h`, `2 weeks 1 day`, as a duration.
fn age(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut number = String::new();
    for word in text.split(' ') {
        let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (count, unit) = word.split_at(digits);
        let count = if count.is_empty() { std::mem::take(&mut number) } else { count.to_string() };
        if unit.is_empty() {
            number = count;
            continue;
        }
        let count: u64 = count.parse().ok()?;
        let (factor, unit) = match unit {
            "ms" | "us" | "s" | "h" => (1, unit),
            "min" => (1, "m"),
            "day" | "days" => (1, "d"),
            "week" | "weeks" => (7, "d"),
            // systemd counts months of 30.44 days and years of 365.25.
            "month" | "months" => (30, "d"),
            "y" | "year" | "years" => (365, "d"),
            _ => return None,
        };
        out.push_str(&format!("{}{unit}", count.checked_mul(factor)?));
    }
    (!out.is_empty()).then_some(out)
}

static JOURNAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S+\[\d+\]: ")
        .expect("the pattern is well formed")
});

/// Reads the log lines below the units. They are the last ones, so that nothing counts as searched.
fn journal(capture: &Capture<'_>, demand: &Demand, reading: &mut Reading) {
    let mut block: Option<(usize, usize)> = None;
    let mut blocks = Vec::new();
    for (at, line) in capture.each_line() {
        let end = at + line.len();
        match (&mut block, JOURNAL.is_match(line)) {
            (Some((_, to)), true) => *to = end,
            (None, true) => block = Some((at, end)),
            (_, false) => blocks.extend(block.take()),
        }
    }
    for (from, to) in blocks.into_iter().chain(block) {
        for mut lines in (log::FORMAT.read)(&capture.part(from, to, None), demand).each() {
            lines.searched.clear();
            lines.run = None;
            lines.kept = None;
            reading.others.push(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_duration() {
        assert_eq!(age("1h 1min").as_deref(), Some("1h1m"));
        assert_eq!(age("2 weeks 1 day").as_deref(), Some("14d1d"));
        assert_eq!(age("1 day 3h").as_deref(), Some("1d3h"));
        assert_eq!(age("soon"), None);
    }

    #[test]
    fn an_instant_needs_a_zone_that_is_one() {
        assert_eq!(instant("Fri 2026-01-02 11:52:28 UTC").as_deref(), Some("2026-01-02T11:52:28Z"));
        assert_eq!(instant("Fri 2026-01-02 11:52:28 CST"), None);
    }
}
