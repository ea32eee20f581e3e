//! Words of lines, and rows in the making: what the readers of tools' output share.

use super::capture::{Capture, Reading};
use crate::fact::vocabulary::declared;
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::text::{Place, Span};

/// A row in the making. A cell stands where the row stands.
pub(super) struct Draft {
    id: RelationId,
    row: Row,
}

impl Draft {
    pub(super) fn new(id: RelationId, place: Place) -> Self {
        Self { id, row: Row::new(declared(id).columns.len(), Some(place)) }
    }

    /// Sets a cell.
    pub(super) fn put(mut self, column: usize, cell: impl Into<Cell>) -> Self {
        let place = self.row.place;
        self.row.put(column, cell, place);
        self
    }

    /// Sets a cell that stands elsewhere.
    pub(super) fn put_at(mut self, column: usize, cell: impl Into<Cell>, place: Place) -> Self {
        self.row.put(column, cell, Some(place));
        self
    }

    /// Sets a cell if there is a value; otherwise it stays unknown.
    pub(super) fn maybe(self, column: usize, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.put(column, Cell::Known(value.into())),
            None => self,
        }
    }

    /// Sets a cell; no value is an absent one.
    pub(super) fn or_absent(self, column: usize, value: Option<impl Into<Value>>) -> Self {
        let cell = value.map_or(Cell::Absent, |value| Cell::Known(value.into()));
        self.put(column, cell)
    }

    /// The row, with its relation.
    pub(super) fn done(self) -> (RelationId, Row) {
        (self.id, self.row)
    }

    /// Puts the row into a reading.
    pub(super) fn add(self, reading: &mut Reading) {
        reading.rows.push((self.id, self.row));
    }
}

/// An address or a CIDR in its canonical notation; a network of one address is that address.
pub(super) fn network(text: &str) -> Value {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let canonical = Value::address(address);
    match (bits, address.contains(':')) {
        ("" | "32", false) | ("" | "128", true) => canonical,
        _ => Value::from(format!("{}/{bits}", canonical.text())),
    }
}

/// Address and port of `10.0.0.1:443`, `[fd00::1]:443`, `10.0.0.1#53`.
pub(super) fn socket(text: &str) -> Option<(&str, i64)> {
    let (address, port) = text.rsplit_once([':', '#'])?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    (!address.is_empty()).then_some((address, port.parse().ok().filter(|n| *n >= 0)?))
}

/// A number before a unit of thousands, such as `12K`, as iptables prints counters.
pub(super) fn count(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
    let number: i64 = digits.parse().ok().filter(|n| *n >= 0)?;
    let factor = match text.get(digits.len()..)? {
        "" => 1,
        "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A size as tools print it for people, in powers of 1024 (`15G`, `4.0K`, `1.9Gi`, `0B`), as a quantity.
pub(super) fn binary(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['B', 'i', 'K', 'M', 'G', 'T', 'P']);
    digits.parse::<f64>().ok().filter(|n| *n >= 0.0)?;
    let unit = match text.get(digits.len()..)? {
        "" | "B" => "",
        "K" | "Ki" => "Ki",
        "M" | "Mi" => "Mi",
        "G" | "Gi" => "Gi",
        "T" | "Ti" => "Ti",
        "P" | "Pi" => "Pi",
        _ => return None,
    };
    Some(format!("{digits}{unit}"))
}

/// Lines that readers look at to tell what a text is.
const HEAD: usize = 60;

impl<'a> Capture<'a> {
    /// The first lines that are not blank.
    pub(super) fn head(&self) -> impl Iterator<Item = &'a str> {
        self.each_line().map(|(_, line)| line).filter(|line| !line.trim().is_empty()).take(HEAD)
    }

    /// The place of a line, without the blanks around it.
    pub(super) fn line_place(&self, at: usize, line: &str) -> Place {
        let start = at + (line.len() - line.trim_start().len());
        self.place(Span::new(start, (at + line.trim_end().len()).max(start)))
    }

    /// The file whose content the text is: what a command printed, or the captured file itself.
    pub(super) fn shown_file(&self) -> Option<&str> {
        match self.said() {
            [] => Some(self.file_name()).filter(|_| self.offset == 0),
            [tool, .., path] if path.contains('/') && tool != "kubectl" => Some(path),
            _ => None,
        }
    }

    /// The words of the command that printed the text; none if it is not known.
    pub(super) fn said(&self) -> &[String] {
        self.command.as_ref().map_or(&[], |command| &command.words)
    }

    /// Whether the command that printed the text begins with these words, a path before the first left
    /// out.
    pub(super) fn by(&self, words: &[&str]) -> bool {
        let said = self.said();
        said.len() >= words.len()
            && words.iter().zip(said).enumerate().all(|(n, (word, said))| match n {
                0 => said.rsplit('/').next() == Some(word),
                _ => said == word,
            })
    }
}

impl Reading {
    /// Keeps of the file no more than the lines that facts point to, because there are secrets beside them.
    pub(super) fn keep_lines_alone(&mut self) {
        let rows = self.rows.iter().map(|(_, row)| row);
        let places = rows.flat_map(|row| row.places.iter().flatten().chain(&row.place));
        // The text of a line is taken from the file.
        self.kept = Some(places.map(|place| (place.line, Box::default())).collect());
    }

    /// Notes that the capture shows all of a relation.
    pub(super) fn shows_all(&mut self, id: RelationId) {
        self.searched.push((id, Scope::all()));
    }
}

/// The words of a line: double quotes hold words together, `\"` in them is a quote, and a word that begins
/// with `comment` ends the line.
pub(super) fn quoted_words(line: &str, comment: Option<char>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        match c {
            c if escaped => {
                escaped = false;
                word.push(c);
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if word.is_empty() && !quoted && Some(c) == comment => break,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_one_address_is_that_address() {
        assert_eq!(network("10.96.0.10/32"), Value::from("10.96.0.10"));
        assert_eq!(network("10.244.0.0/16"), Value::from("10.244.0.0/16"));
        assert_eq!(network("FD00::1/128"), Value::from("fd00::1"));
        assert_eq!(network("default"), Value::from("default"));
    }

    #[test]
    fn counters_are_shortened_by_thousands() {
        assert_eq!((count("12K"), count("7")), (Some(12_000), Some(7)));
        assert_eq!((count("K"), count("-1"), count("99999999T")), (None, None, None));
    }

    #[test]
    fn sizes_for_people_are_powers_of_1024() {
        let read = |text: &str| binary(text).unwrap_or_default();
        assert_eq!(
            [read("15G"), read("4.0K"), read("1.9Gi"), read("0B")],
            ["15Gi", "4.0Ki", "1.9Gi", "0"]
        );
        assert_eq!((binary("-"), binary("G"), binary("1X")), (None, None, None));
    }

    #[test]
    fn an_address_ends_before_its_port() {
        assert_eq!(socket("[fd00::1]:443"), Some(("fd00::1", 443)));
        assert_eq!(socket("10.96.0.10#53"), Some(("10.96.0.10", 53)));
        assert_eq!(socket("10.96.0.10"), None);
    }
}
