//! The events at the end of a description.
//!
//! They are all that the API server still has about the object. When they occurred is shown as an
//! age, and by whose clock is not: that stays unknown.

use std::sync::LazyLock;

use regex::Regex;

use super::{Object, Rows};
use crate::fact::vocabulary::event as e;
use crate::fact::{Row, Scope, Value};
use crate::format::{DEFAULT, kinds};
use crate::text::outline::{Grid, Piece};

/// `3m (x12 over 1h)`
static COUNT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(x(\d+) over").expect("the pattern is well formed"));

/// `spec.containers{web}`
static PART: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^spec\.\w+\{(.+)\}$").expect("the pattern is well formed"));

/// Reads the events; `false` if they were not asked for, or cannot be read.
pub(super) fn read(object: &Object<'_>, rows: &mut Rows) -> bool {
    let Some((text, at)) = object.events else { return false };
    let mut lines = Lines { text, at }.peekable();
    let first = lines.next().unwrap_or_default();
    if first.text == "Events: <none>" || first.cells().last().is_some_and(|c| c.text == "<none>") {
        return true;
    }
    let Some(header) = lines.next() else { return false };
    let old = header.text.starts_with("FirstSeen");
    if !old && !header.text.starts_with("Type") {
        return false;
    }
    let mut told: Vec<Told<'_>> = Vec::new();
    for line in lines.take_while(|line| !line.text.is_empty()) {
        if line.text.starts_with("--") {
            continue;
        }
        match if old { Told::old(&line) } else { Told::new(&header, &line) } {
            Some(next) => told.push(next),
            // A message of several lines.
            None => {
                if let Some(last) = told.last_mut() {
                    last.more.push(line);
                }
            }
        }
    }
    rows.extend(told.iter().map(|told| (e::ID, told.row(object))));
    true
}

/// All events about the object.
pub(super) fn scope(object: &Object<'_>) -> Scope {
    Scope::of([
        (e::namespace, Value::from(namespace(object))),
        (e::kind, Value::from(object.kind)),
        (e::name, Value::from(object.name.text)),
    ])
}

/// Events about what lives in no namespace are kept in the default one.
fn namespace<'b>(object: &'b Object<'_>) -> &'b str {
    let namespaced = kinds::by_name(object.kind).is_none_or(|kind| kind.namespaced);
    object.in_namespace().filter(|_| namespaced).unwrap_or(DEFAULT)
}

/// The lines of a text, with the blanks at their ends taken off.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let line = self.text.split_inclusive('\n').next()?;
        let piece = Piece::new(line, self.at);
        self.text = self.text.get(line.len()..).unwrap_or_default();
        self.at += line.len();
        Some(piece)
    }
}

/// An event as a line tells it.
struct Told<'a> {
    level: Piece<'a>,
    reason: Piece<'a>,
    message: Piece<'a>,
    /// Further lines of the message.
    more: Vec<Piece<'a>>,
    count: Option<i64>,
    part: Option<Piece<'a>>,
}

const LEVELS: [&str; 2] = ["Normal", "Warning"];

impl<'a> Told<'a> {
    /// `Type  Reason  Age  From  Message`
    fn new(header: &Piece<'a>, line: &Piece<'a>) -> Option<Self> {
        let table = Grid::new([*header, *line]);
        let row = table.rows.first()?;
        let cell = |name: &str| table.cell(row, name).unwrap_or_default();
        let level = Some(cell("Type")).filter(|cell| LEVELS.contains(&cell.text))?;
        let count = COUNT.captures(cell("Age").text).and_then(|found| found[1].parse().ok());
        Some(Self {
            level,
            reason: cell("Reason"),
            message: cell("Message"),
            more: vec![],
            count: Some(count.unwrap_or(1)),
            part: None,
        })
    }

    /// `FirstSeen  LastSeen  Count  From  SubObjectPath  Type  Reason  Message`, before 1.8; cells
    /// without content are lost between tabs.
    fn old(line: &Piece<'a>) -> Option<Self> {
        let cells = line.cells();
        let at = cells.iter().position(|cell| LEVELS.contains(&cell.text)).filter(|at| *at > 2)?;
        let from = cells.get(at + 2).map_or(line.span.end, |cell| cell.span.start);
        let message = line.part((from - line.span.start) as usize, line.text.len());
        Some(Self {
            level: *cells.get(at)?,
            reason: *cells.get(at + 1)?,
            message,
            more: vec![],
            count: cells.get(2)?.text.parse().ok(),
            part: cells.get(at - 1).copied().filter(|cell| PART.is_match(cell.text)),
        })
    }

    fn row(&self, object: &Object<'_>) -> Row {
        let at = if self.message.text.is_empty() { self.reason } else { self.message };
        let mut row = Row::new(e::WIDTH, Some(object.place(&at)));
        row.put(e::namespace, namespace(object), None);
        row.put(e::kind, object.kind, None);
        row.put(e::name, object.name.text, Some(object.place(&object.name)));
        object.put(&mut row, e::level, Some(self.level));
        object.put(&mut row, e::reason, Some(self.reason));
        object.put(&mut row, e::message, Some(self.message));
        if !self.more.is_empty() {
            let lines = std::iter::once(&self.message).chain(&self.more);
            let whole: Vec<&str> = lines.map(|piece| piece.text).collect();
            row.put(e::message, whole.join("\n"), row.place);
        }
        if let Some(count) = self.count {
            row.put(e::count, count, row.place);
        }
        if let Some((part, found)) = self.part.and_then(|p| Some((p, PART.captures(p.text)?))) {
            row.put(e::container, &found[1], Some(object.place(&part)));
        }
        row
    }
}

/// Whether events say so: a reason that is among them.
pub(super) fn has(object: &Object<'_>, reason: &str) -> bool {
    let Some((text, at)) = object.events else { return false };
    Lines { text, at }.any(|line| line.cells().get(1).is_some_and(|cell| cell.text == reason))
}
