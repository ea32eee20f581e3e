//! `crictl ps`, `crictl pods`, `crictl images`: what the container runtime has.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::vocabulary::{runtime_container as c, runtime_image as i, runtime_pod as p};
use crate::fact::{Cell, Value};
use crate::text::Place;
use crate::text::table::{self, Header};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "crictl",
    doc: "what the container runtime has, `crictl ps -a`, `crictl pods`, `crictl images`",
    recognize: |capture| capture.head().any(|line| table(line).is_some()),
    read: |capture, _| read(capture),
};

/// What a table is of.
#[derive(Clone, Copy)]
enum Kind {
    Containers,
    Pods,
    Images,
}

/// The kind of a table, by its header.
fn table(line: &str) -> Option<(Kind, Header)> {
    let begins = ["CONTAINER", "POD ID", "IMAGE"].iter().any(|begin| line.starts_with(begin));
    let header = begins.then(|| Header::new(line.trim_end()))??;
    let kind = if header.has(&["IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT"]) {
        Kind::Containers
    } else if header.has(&["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE"]) {
        Kind::Pods
    } else if header.has(&["IMAGE", "TAG", "IMAGE ID", "SIZE"]) {
        Kind::Images
    } else {
        return None;
    };
    Some((kind, header))
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut current: Option<(Kind, Header)> = None;
    let mut whole = true;
    for (at, line) in capture.each_line() {
        if let Some(found) = table(line) {
            current = Some(found);
            continue;
        }
        let Some((kind, header)) = &current else { continue };
        match header.row(line) {
            Some(cells) => {
                let row = Row { header, cells: &cells, place: capture.line_place(at, line) };
                row.draft(*kind).add(&mut reading);
            }
            None => whole &= line.trim().is_empty(),
        }
    }
    note(capture, current.map(|(kind, _)| kind).filter(|_| whole), &mut reading);
    reading
}

/// Notes what a table shows in full, as far as its command asked for all.
fn note(capture: &Capture<'_>, kind: Option<Kind>, reading: &mut Reading) {
    let said: Vec<&str> = capture.said().iter().skip(1).map(String::as_str).collect();
    let whole = match (&said[..], kind) {
        (["ps", "-a"], Some(Kind::Containers)) => Some(c::ID),
        (["pods"], Some(Kind::Pods)) => Some(p::ID),
        (["images" | "image" | "img"], Some(Kind::Images)) => Some(i::ID),
        _ => None,
    };
    whole.filter(|_| capture.by(&["crictl"])).into_iter().for_each(|id| reading.shows_all(id));
}

/// A line of a table.
struct Row<'a> {
    header: &'a Header,
    cells: &'a [table::Cell<'a>],
    place: Place,
}

impl<'a> Row<'a> {
    /// The text of a column; `None` if there is no such column, or it holds nothing.
    fn text(&self, name: &str) -> Option<&'a str> {
        let at = self.header.names().iter().position(|column| column == name)?;
        self.cells.get(at).map(|cell| cell.text).filter(|text| !text.is_empty())
    }

    /// The text of a column that may be empty.
    fn or_none(&self, name: &str) -> Cell {
        let text = self.text(name).filter(|text| *text != "<none>");
        text.map_or(Cell::Absent, Cell::from)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    fn draft(&self, kind: Kind) -> Draft {
        let age = || self.text("CREATED").and_then(age);
        match kind {
            Kind::Containers => Draft::new(c::ID, self.place)
                .maybe(c::id, self.text("CONTAINER").or(self.text("CONTAINER ID")))
                .maybe(c::image, self.text("IMAGE"))
                .maybe(c::age, age())
                .maybe(c::state, self.text("STATE").map(state))
                .maybe(c::name, self.text("NAME"))
                .maybe(c::attempt, self.number("ATTEMPT"))
                .maybe(c::sandbox, self.text("POD ID"))
                .maybe(c::pod_name, self.text("POD"))
                .maybe(c::pod_namespace, self.text("NAMESPACE")),
            Kind::Pods => Draft::new(p::ID, self.place)
                .maybe(p::id, self.text("POD ID"))
                .maybe(p::age, age())
                .maybe(p::state, self.text("STATE").map(state))
                .maybe(p::pod_name, self.text("NAME"))
                .maybe(p::pod_namespace, self.text("NAMESPACE"))
                .maybe(p::attempt, self.number("ATTEMPT")),
            Kind::Images => Draft::new(i::ID, self.place)
                .put(i::image, self.or_none("IMAGE"))
                .put(i::tag, self.or_none("TAG"))
                .maybe(i::id, self.text("IMAGE ID"))
                .maybe(i::size, self.text("SIZE").and_then(decimal)),
        }
    }
}

/// A state in the words of today: older versions printed those of the interface, such as
/// `CONTAINER_RUNNING` and `SANDBOX_NOTREADY`.
fn state(text: &str) -> Value {
    Value::from(match text {
        "CONTAINER_RUNNING" => "Running",
        "CONTAINER_EXITED" => "Exited",
        "CONTAINER_CREATED" => "Created",
        "CONTAINER_UNKNOWN" => "Unknown",
        "SANDBOX_READY" => "Ready",
        "SANDBOX_NOTREADY" => "NotReady",
        other => other,
    })
}

/// `2 hours ago`, `About an hour ago`, `Less than a second ago`. Source: docker/go-units, `HumanDuration`.
fn age(text: &str) -> Option<String> {
    let text = text.strip_suffix(" ago")?;
    match text {
        "Less than a second" => return Some("0s".to_string()),
        "About a minute" => return Some("1m".to_string()),
        "About an hour" => return Some("1h".to_string()),
        _ => {}
    }
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let (factor, unit) = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => (1, "s"),
        "minute" => (1, "m"),
        "hour" => (1, "h"),
        "day" => (1, "d"),
        "week" => (7, "d"),
        "month" => (30, "d"),
        "year" => (1, "y"),
        _ => return None,
    };
    Some(format!("{}{unit}", number.checked_mul(factor)?))
}

/// `683kB`, `55.3MB`, in powers of 1000.
fn decimal(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['B', 'k', 'M', 'G', 'T']);
    digits.parse::<f64>().ok().filter(|n| *n >= 0.0)?;
    let unit = text.get(digits.len()..)?.strip_suffix('B')?;
    matches!(unit, "" | "k" | "M" | "G" | "T").then(|| format!("{digits}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_words_are_durations() {
        let read = |text: &str| age(text).unwrap_or_default();
        assert_eq!(
            [read("2 hours ago"), read("3 weeks ago"), read("About an hour ago")],
            ["2h", "21d", "1h"]
        );
        assert_eq!((age("2 hours"), age("x days ago")), (None, None));
    }
}
