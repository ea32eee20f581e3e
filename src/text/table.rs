//! Tables as `kubectl get` and its kin print them: a header, and cells under it.
//!
//! Cells are cut where the header's words begin. Where a table was squeezed to single spaces on
//! its way through a mail or a ticket, cells are words, and parenthesised groups such as
//! `2 (3m ago)` belong to the word before them.

use super::Span;

/// A cell and its place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text, without surrounding blanks.
    pub text: &'a str,
    /// Bytes of the line.
    pub span: Span,
}

/// A header whose columns are known.
#[derive(Debug, Clone)]
pub struct Header {
    names: Vec<String>,
    starts: Vec<usize>,
    aligned: bool,
}

impl Header {
    /// Reads a header line: words in capitals, such as `NAME READY STATUS RESTARTS AGE`; columns are
    /// parted by two spaces or more, or all by one. `None` if the line is no header.
    pub fn new(line: &str) -> Option<Self> {
        let shout =
            |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " -()/_%:".contains(c);
        // The one exception, of `kubectl top`.
        let said = line.replace("(cores)", "(CORES)").replace("(bytes)", "(BYTES)");
        if !said.chars().all(shout) || !line.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let wide = cut(line, "  ");
        let aligned = wide.len() > 1;
        let cells = if aligned { wide } else { joined(line) };
        let names = cells.iter().map(|cell| cell.text.to_string()).collect();
        let starts = cells.iter().map(|cell| cell.span.start as usize).collect();
        (cells.len() > 1).then_some(Self { names, starts, aligned })
    }

    /// Whether the header has these columns.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.names.iter().any(|n| n == name))
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of a line, one for each column, or `None` if the line is not a row of this table.
    pub fn row<'a>(&self, line: &'a str) -> Option<Vec<Cell<'a>>> {
        if line.starts_with(char::is_whitespace) || line.trim().is_empty() {
            return None;
        }
        if self.aligned
            && let Some(cells) = self.slices(line)
        {
            return Some(cells);
        }
        let mut cells = words(line);
        if cells.len() > self.names.len() && self.names.last().is_some_and(|n| n == "MESSAGE") {
            let last = cells[self.names.len() - 1].span.start as usize;
            cells.truncate(self.names.len() - 1);
            cells.push(cell(line, last, line.len()));
        }
        self.settle(line, &mut cells);
        if cells.len() < self.names.len() && cells.len() >= self.sure() && self.loses_cells() {
            cells.truncate(self.sure());
            return Some(cells);
        }
        (cells.len() == self.names.len()).then_some(cells)
    }

    /// Joins surplus words in the one column whose cells may hold several.
    fn settle<'a>(&self, line: &'a str, cells: &mut Vec<Cell<'a>>) {
        const SEVERAL: [&str; 3] = ["OS-IMAGE", "TARGETS", "ENDPOINTS"];
        let Some(surplus) = cells.len().checked_sub(self.names.len()).filter(|n| *n > 0) else {
            return;
        };
        let wide = self.names.iter().position(|name| SEVERAL.contains(&name.as_str()));
        if let Some(at) = wide
            && let (Some(first), Some(last)) = (cells.get(at), cells.get(at + surplus))
        {
            let joined = cell(line, first.span.start as usize, last.span.end as usize);
            cells.splice(at..=at + surplus, [joined]);
        }
    }

    /// Whether lines of this squeezed table lose empty cells behind their status. What stands up to
    /// there is sure.
    fn loses_cells(&self) -> bool {
        !self.aligned && self.names.iter().any(|name| name == "STORAGECLASS")
    }

    fn sure(&self) -> usize {
        self.names.iter().position(|name| name == "STATUS").map_or(0, |at| at + 1)
    }

    /// Cells where the header's words begin, if every border falls on a blank. A line may end before
    /// its last cells, which then are empty.
    fn slices<'a>(&self, line: &'a str) -> Option<Vec<Cell<'a>>> {
        let mut cells = Vec::with_capacity(self.starts.len());
        for (n, start) in self.starts.iter().enumerate() {
            let start = (*start).min(line.len());
            let end = self.starts.get(n + 1).map_or(line.len(), |end| (*end).min(line.len()));
            let border = start == 0
                || start == line.len()
                || line.as_bytes().get(start - 1).is_some_and(|byte| *byte == b' ');
            if !border || !line.is_char_boundary(start) || !line.is_char_boundary(end) {
                return None;
            }
            cells.push(cell(line, start, end));
        }
        // A line that ends long before is prose.
        let there = cells.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |at| at + 1);
        let short = there < cells.len();
        let named = cells.first().is_some_and(|first| !first.text.contains(' '));
        (!short || named && there + 2 >= cells.len() && there >= 2).then_some(cells)
    }
}

fn cell(line: &str, start: usize, end: usize) -> Cell<'_> {
    let raw = &line[start..end];
    let text = raw.trim();
    let from = start + (raw.len() - raw.trim_start().len());
    Cell { text, span: Span::new(from, from + text.len()) }
}

/// The pieces of a line between runs of at least `gap`.
fn cut<'a>(line: &'a str, gap: &str) -> Vec<Cell<'a>> {
    let mut cells = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let end = line[at..].find(gap).map_or(line.len(), |n| at + n);
        if end > at {
            cells.push(cell(line, at, end));
        }
        at = line[end..].find(|c| c != ' ').map_or(line.len(), |n| end + n);
    }
    cells
}

/// The words of a line; `(…)` belongs to the word before it.
pub fn words(line: &str) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut open = false;
    for piece in cut(line, " ") {
        let (start, end) = (piece.span.start as usize, piece.span.end as usize);
        match cells.last_mut() {
            Some(last) if open || piece.text.starts_with('(') => {
                *last = cell(line, last.span.start as usize, end);
                open = !piece.text.ends_with(')');
            }
            _ => cells.push(cell(line, start, end)),
        }
    }
    cells
}

/// The names of a squeezed header: two-word names are put together again.
fn joined(line: &str) -> Vec<Cell<'_>> {
    const PAIRS: [(&str, &str); 13] = [
        ("NOMINATED", "NODE"),
        ("READINESS", "GATES"),
        ("LAST", "SEEN"),
        ("FIRST", "SEEN"),
        ("ACCESS", "MODES"),
        ("RECLAIM", "POLICY"),
        ("POD", "SELECTOR"),
        ("LAST", "SCHEDULE"),
        ("NODE", "SELECTOR"),
        ("MIN", "AVAILABLE"),
        ("MAX", "UNAVAILABLE"),
        ("ALLOWED", "DISRUPTIONS"),
        ("CREATED", "AT"),
    ];
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for word in words(line) {
        match cells.last_mut() {
            Some(last) if PAIRS.contains(&(last.text, word.text)) => {
                *last = cell(line, last.span.start as usize, word.span.end as usize);
            }
            _ => cells.push(word),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(header: &Header, line: &'a str) -> Vec<&'a str> {
        header.row(line).map_or(vec![], |cells| cells.iter().map(|cell| cell.text).collect())
    }

    #[test]
    fn cells_stand_where_the_header_says() {
        let header = Header::new("NAME       READY   STATUS    RESTARTS       AGE").unwrap();
        assert_eq!(
            texts(&header, "web-1      1/2     Running   2 (3m ago)     5d"),
            ["web-1", "1/2", "Running", "2 (3m ago)", "5d"]
        );
        assert_eq!(
            texts(&header, "web-1              Pending   0              5d"),
            ["web-1", "", "Pending", "0", "5d"]
        );
    }

    #[test]
    fn a_squeezed_table_is_cut_at_words() {
        let header = Header::new("NAME READY STATUS RESTARTS AGE").unwrap();
        assert_eq!(
            texts(&header, "details-v1-68868454f5-94hzd 1/2 Running 2 (3m ago) 1m"),
            ["details-v1-68868454f5-94hzd", "1/2", "Running", "2 (3m ago)", "1m"]
        );
        assert_eq!(header.row("The READY column indicates the readiness"), None);
    }

    #[test]
    fn a_line_may_end_before_its_last_cell() {
        let header = Header::new("NAME      STATUS      MESSAGE       ERROR").unwrap();
        let row = "etcd-0    Healthy     {\"health\"}";
        assert_eq!(texts(&header, row), ["etcd-0", "Healthy", "{\"health\"}", ""]);
        assert_eq!(header.row("so much for all that"), None);
        assert_eq!(header.row("done"), None);
    }

    #[test]
    fn a_squeezed_line_keeps_what_is_sure() {
        let header =
            Header::new("NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS AGE").unwrap();
        assert_eq!(texts(&header, "data-0 Pending fast 5m"), ["data-0", "Pending"]);
        let header = Header::new("NAME STATUS VERSION OS-IMAGE KERNEL-VERSION").unwrap();
        let row = "cp-1 Ready v1.27.4 Ubuntu 22.04.3 LTS 5.15.0";
        assert_eq!(
            texts(&header, row),
            ["cp-1", "Ready", "v1.27.4", "Ubuntu 22.04.3 LTS", "5.15.0"]
        );
    }

    #[test]
    fn prose_is_no_header() {
        assert!(Header::new("Simple Reason").is_none());
        assert!(Header::new("NAME").is_none());
    }
}
