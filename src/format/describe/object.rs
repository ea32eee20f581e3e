//! One object of a description, and how its pieces become cells.

use super::{Rows, instant, pair, root};
use crate::fact::vocabulary::{condition, owner};
use crate::fact::{Cell, Row, Value};
use crate::format::capture::Capture;
use crate::format::{DEFAULT, kinds};
use crate::text::Place;
use crate::text::outline::{self, Entry, Grid, Piece};

/// An object as kubectl describes it.
pub(super) struct Object<'a> {
    pub(super) capture: &'a Capture<'a>,
    /// Its kind, once it is known.
    pub(super) kind: &'a str,
    /// Its name.
    pub(super) name: Piece<'a>,
    /// Its namespace; `None` if it has none, or does not say it.
    pub(super) namespace: Option<Piece<'a>>,
    /// What stands before its data and its events.
    pub(super) entries: Vec<Entry<'a>>,
    /// The data of a ConfigMap or Secret, and where they begin.
    pub(super) data: Option<(&'a str, usize)>,
    /// What stands under `Events:`, and where; `None` if events were not asked for.
    pub(super) events: Option<(&'a str, usize)>,
    /// Whether all lines at the left border are kubectl's. A text of several lines, such as a script
    /// among the arguments, breaks the indentation of what follows it.
    pub(super) whole: bool,
}

impl<'a> Object<'a> {
    /// Reads an object whose text begins at byte `at` of the capture.
    pub(super) fn new(capture: &'a Capture<'a>, text: &'a str, at: usize) -> Self {
        let (text, events) = match last_line(text, |line| line.starts_with("Events:")) {
            Some(begin) => (&text[..begin], Some((&text[begin..], at + begin))),
            None => (text, None),
        };
        let (head, data) = match data(text) {
            Some(begin) => (&text[..begin], Some((&text[begin..], at + begin))),
            None => (text, None),
        };
        let entries = outline::parse(head, at);
        let value = |key: &str| outline::find(&entries, key).map(|entry| entry.value);
        Self {
            capture,
            kind: "",
            name: value("Name").unwrap_or_default(),
            namespace: value("Namespace").filter(|piece| !piece.text.is_empty()),
            whole: entries.iter().all(is_own) && outline::find(&entries, "Name").is_some(),
            data,
            events,
            entries,
        }
    }

    /// Whether a key stands at the left border, or a line with such cells (`|Resource|Used`).
    pub(super) fn has(&self, key: &str) -> bool {
        if key == "Data" {
            return self.data.is_some();
        }
        let Some(cells) = key.strip_prefix('|') else {
            return root(self, key).is_some() || self.entries.iter().any(|e| e.line.text == key);
        };
        self.entries.iter().any(|entry| is_header(entry, cells))
    }

    /// Whether its namespace is shown nowhere, though it lives in one. Where the command names none,
    /// it is the one that kubectl asks by itself.
    pub(super) fn lacks_namespace(&mut self) -> bool {
        let namespaced = kinds::by_name(self.kind).is_some_and(|kind| kind.namespaced);
        let settled = self.capture.command.as_ref().is_some_and(|command| !command.all_namespaces);
        namespaced && self.namespace.is_none() && !settled
    }

    /// The namespace as far as it is known, for what must be named at once.
    pub(super) fn in_namespace(&self) -> Option<&str> {
        let namespaced = kinds::by_name(self.kind).is_none_or(|kind| kind.namespaced);
        let asked = || self.capture.command.as_ref()?.origin.namespace.as_deref();
        let own = self.namespace.map(|piece| piece.text);
        own.or_else(|| namespaced.then(|| asked().unwrap_or(DEFAULT)))
    }

    /// The value of a key at the left border.
    pub(super) fn value(&self, key: &str) -> Option<Piece<'a>> {
        root(self, key).map(|entry| entry.value)
    }

    /// The lines under a key at the left border.
    pub(super) fn under(&self, key: &str) -> &[Entry<'a>] {
        root(self, key).map_or(&[], |entry| &entry.children)
    }

    /// The table under a key at the left border.
    pub(super) fn table(&self, key: &str) -> Grid<'a> {
        Grid::new(self.under(key).iter().map(|entry| entry.line))
    }

    /// The pairs of a key, such as labels, each with its own place.
    pub(super) fn pairs(&self, key: &str) -> Vec<(Piece<'a>, Piece<'a>)> {
        let entry = root(self, key);
        entry.into_iter().flat_map(Entry::texts).filter_map(|piece| pair(&piece)).collect()
    }

    pub(super) fn place(&self, piece: &Piece<'_>) -> Place {
        self.capture.place(piece.span)
    }

    /// A row about the object: its name, and its namespace if it lives in one.
    pub(super) fn about(&self, width: usize, namespace: Option<usize>, name: usize) -> Row {
        self.part(width, namespace, name, &self.name)
    }

    /// A row about a part of the object, which stands at `at`.
    pub(super) fn part(
        &self,
        width: usize,
        namespace: Option<usize>,
        name: usize,
        at: &Piece<'_>,
    ) -> Row {
        let mut row = Row::new(width, Some(self.place(at)));
        if let Some(column) = namespace
            && let Some(known) = self.in_namespace()
        {
            row.put(column, known, self.namespace.map(|piece| self.place(&piece)));
        }
        row.put(name, self.name.text, Some(self.place(&self.name)));
        row
    }

    /// Puts a piece: unknown where there is none, absent where it says so.
    pub(super) fn put(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        self.put_as(row, column, piece, |text| Some(Value::from(text)));
    }

    /// As [`Object::put`], for whole numbers.
    pub(super) fn put_int(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        self.put_as(row, column, piece, |text| text.parse().ok().map(Value::Int));
    }

    /// As [`Object::put`], for truth values in any case.
    pub(super) fn put_bool(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        self.put_as(row, column, piece, |text| match text {
            "true" | "True" | "Yes" => Some(true.into()),
            "false" | "False" | "No" => Some(false.into()),
            _ => None,
        });
    }

    /// As [`Object::put`], for addresses.
    pub(super) fn put_address(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        self.put_as(row, column, piece, |text| Some(Value::address(text)));
    }

    /// As [`Object::put`], for instants.
    pub(super) fn put_time(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        self.put_as(row, column, piece, |text| instant(text).map(Value::from));
    }

    /// Puts what a piece says; what cannot be understood stays unknown.
    pub(super) fn put_as(
        &self,
        row: &mut Row,
        column: usize,
        piece: Option<Piece<'_>>,
        value: impl Fn(&str) -> Option<Value>,
    ) {
        let Some(piece) = piece else { return };
        let cell = match piece.text {
            "" | "<none>" | "<unset>" | "<nil>" | "<default>" => Cell::Absent,
            "<unknown>" => Cell::Unknown,
            text => value(text).map_or(Cell::Unknown, Cell::Known),
        };
        row.put(column, cell, Some(self.place(&piece)));
    }

    /// Puts what kubectl prints only where there is something.
    pub(super) fn put_if_any(&self, row: &mut Row, column: usize, piece: Option<Piece<'_>>) {
        match piece {
            None => row.put(column, Cell::Absent, None),
            piece => self.put(row, column, piece),
        }
    }

    /// The labels of the object, as rows of a relation of labels.
    pub(super) fn labels(&self, rows: &mut Rows) {
        let Some(columns) = kinds::labels(self.kind) else { return };
        for (key, value) in self.pairs("Labels") {
            let mut row = self.part(columns.width, columns.namespace, columns.of, &key);
            row.put(columns.key, key.text, Some(self.place(&key)));
            row.put(columns.value, value.text, Some(self.place(&value)));
            if value.text.is_empty() && columns.namespace.is_some() {
                row.put(columns.value, Cell::Absent, Some(self.place(&value)));
            }
            rows.push((columns.id, row));
        }
    }

    /// Who controls the object; other owners are not shown.
    pub(super) fn controller(&self, rows: &mut Rows) {
        let Some((kind, name)) = self.value("Controlled By").and_then(|by| by.split_once("/"))
        else {
            return;
        };
        let mut row = self.part(owner::WIDTH, Some(owner::namespace), owner::name, &name);
        row.put(owner::kind, self.kind, None);
        row.put(owner::owner_kind, kind.text, Some(self.place(&kind)));
        row.put(owner::owner_name, name.text, Some(self.place(&name)));
        row.put(owner::controller, true, row.place);
        rows.push((owner::ID, row));
    }

    /// The table of conditions of an object that is neither pod nor node.
    pub(super) fn conditions(&self, rows: &mut Rows) {
        let table = self.table("Conditions");
        for line in &table.rows {
            let cell = |name: &str| table.cell(line, name);
            let Some(name) = cell("Type") else { continue };
            let mut row = self.condition(&name);
            self.put(&mut row, condition::r#type, Some(name));
            self.put(&mut row, condition::status, cell("Status"));
            self.put(&mut row, condition::reason, cell("Reason"));
            self.put(&mut row, condition::message, cell("Message"));
            self.put_time(&mut row, condition::changed, cell("LastTransitionTime"));
            rows.push((condition::ID, row));
        }
    }

    /// A row about a condition of the object, which stands at `at`.
    pub(super) fn condition(&self, at: &Piece<'_>) -> Row {
        let mut row = self.part(condition::WIDTH, None, condition::name, at);
        row.put(condition::kind, self.kind, None);
        let namespace = self.in_namespace().map_or(Cell::Absent, Cell::from);
        row.put(condition::namespace, namespace, None);
        row
    }
}

/// Whether a line is a table's header that begins with these cells (`Resource|Used`).
pub(super) fn is_header(entry: &Entry<'_>, cells: &str) -> bool {
    let own = entry.line.cells();
    let mut own = own.iter().map(|cell| cell.text);
    cells.split('|').all(|cell| own.next() == Some(cell))
}

/// Whether a line at the left border may be kubectl's: its keys are words that begin with a capital.
fn is_own(entry: &Entry<'_>) -> bool {
    let key = entry.key.text;
    match key.is_empty() {
        true => entry.children.is_empty() || entry.line.text.starts_with("Resource "),
        false => {
            let plain = |c: char| c.is_ascii_alphanumeric() || " -/()".contains(c);
            entry.indent == 0
                && key.starts_with(|c: char| c.is_ascii_uppercase())
                && key.chars().all(plain)
        }
    }
}

/// Where the last line of a text begins that is so.
fn last_line(text: &str, is: impl Fn(&str) -> bool) -> Option<usize> {
    let mut found = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is(line) {
            found = Some(at);
        }
        at += line.len();
    }
    found
}

/// Where the data of a ConfigMap or Secret begin: at the line `Data` over a line of `====`.
fn data(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut before = None;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "====" && before.is_some() {
            return before;
        }
        before = (line.trim_end() == "Data").then_some(at);
        at += line.len();
    }
    None
}
