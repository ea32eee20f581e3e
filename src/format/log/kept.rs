//! The rows that are kept of a log: of each pattern the first and the last hundred, so that a log
//! that says the same a million times costs no more than one that says it two hundred times.

use std::collections::{BTreeMap, VecDeque};

use crate::fact::vocabulary::log;
use crate::fact::{Cell, Row, Value};

/// Rows kept of a pattern from the beginning, and as many from the end.
const ENDS: usize = 100;

/// The rows, and who still holds each of them.
#[derive(Debug)]
pub(super) struct Kept {
    rows: BTreeMap<u64, (Row, usize)>,
    next: u64,
    patterns: Vec<Held>,
}

/// What one pattern holds.
#[derive(Debug, Clone, Default)]
struct Held {
    first: usize,
    last: VecDeque<u64>,
    left_out: i64,
}

impl Kept {
    /// For so many patterns.
    pub(super) fn new(patterns: usize) -> Self {
        Self { rows: BTreeMap::new(), next: 0, patterns: vec![Held::default(); patterns] }
    }

    /// Adds a row that these patterns match.
    pub(super) fn add(&mut self, row: Row, patterns: &[usize]) {
        let turn = self.next;
        self.next += 1;
        self.rows.insert(turn, (row, patterns.len()));
        for pattern in patterns {
            let Some(held) = self.patterns.get_mut(*pattern) else { continue };
            if held.first < ENDS {
                held.first += 1;
                continue;
            }
            held.last.push_back(turn);
            if held.last.len() > ENDS
                && let Some(oldest) = held.last.pop_front()
            {
                held.left_out += 1;
                if let Some((_, holders)) = self.rows.get_mut(&oldest) {
                    *holders -= 1;
                    if *holders == 0 {
                        self.rows.remove(&oldest);
                    }
                }
            }
        }
    }

    /// The rows in the order of their places; the first behind a gap counts what is missing there.
    pub(super) fn finish(mut self) -> Vec<Row> {
        for held in &self.patterns {
            if held.left_out > 0
                && let Some((row, _)) = held.last.front().and_then(|turn| self.rows.get_mut(turn))
            {
                let count = row.cells[log::count].known().and_then(Value::int).unwrap_or(1);
                let place = row.place;
                row.put(log::count, Cell::from(count.max(held.left_out + 1)), place);
            }
        }
        let mut rows: Vec<Row> = self.rows.into_values().map(|(row, _)| row).collect();
        rows.sort_by_key(|row| row.place.map(|place| (place.line, place.start)));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Place};

    #[test]
    fn what_is_left_out_is_counted() {
        let mut kept = Kept::new(2);
        for n in 0..1_000_000 {
            let place = Place { file: FileId(0), line: n + 1, start: 0, end: 1 };
            let row = Row::new(log::WIDTH, Some(place)).with(log::count, 1, None);
            // The second pattern asks for one line in the midst of all.
            kept.add(row, if n == 500_000 { &[0, 1] } else { &[0] });
        }
        let rows = kept.finish();
        let lines: Vec<u32> = rows.iter().filter_map(|row| Some(row.place?.line)).collect();
        assert_eq!(lines.len(), 201);
        assert_eq!((lines[99], lines[100], lines[101]), (100, 500_001, 999_901));
        let count: i64 = rows.iter().filter_map(|row| row.cells[log::count].known()?.int()).sum();
        assert_eq!(count, 1_000_001);
        assert_eq!(rows[101].cells[log::count], Cell::from(999_801));
    }
}
