//! Outlines: lines of `Key:  value` that are nested by their indentation, with places.
//!
//! The one thing to know: what is indented deeper than a line belongs to it, be it a part of its own
//! or the rest of its value: `Labels:  a=b` goes on, under `a=b`, with `c=d`.

use super::Span;

/// A piece of a text and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece<'a> {
    /// The text, without surrounding blanks.
    pub text: &'a str,
    /// Its bytes in the whole text.
    pub span: Span,
}

impl<'a> Piece<'a> {
    /// A piece of text that begins at byte `at`, without surrounding blanks.
    pub fn new(text: &'a str, at: usize) -> Self {
        let start = at + (text.len() - text.trim_start().len());
        let text = text.trim();
        Self { text, span: Span::new(start, start + text.len()) }
    }

    /// A part of this piece, without surrounding blanks: `from..to` in bytes. Empty if there is no
    /// such part.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let text = self.text.get(from..to).unwrap_or_default();
        Self::new(text, self.span.start as usize + from)
    }

    /// What stands before and behind the first `mark`.
    pub fn split_once(&self, mark: &str) -> Option<(Self, Self)> {
        let at = self.text.find(mark)?;
        Some((self.part(0, at), self.part(at + mark.len(), self.text.len())))
    }

    /// The parts between commas that are not empty.
    pub fn list(&self) -> impl Iterator<Item = Self> + use<'a> {
        let whole = *self;
        let mut from = 0;
        let parts = self.text.split(',').map(move |part| {
            let start = from;
            from += part.len() + 1;
            whole.part(start, start + part.len())
        });
        parts.filter(|part| !part.text.is_empty())
    }

    /// The cells of a line: what is parted by two blanks or more, or by a tab.
    pub fn cells(&self) -> Vec<Self> {
        let mut cells = Vec::new();
        let mut from = 0;
        while let Some((end, next)) = gap(self.text, from) {
            cells.push(self.part(from, end));
            from = next;
        }
        cells.push(self.part(from, self.text.len()));
        cells
    }
}

/// The next gap between cells at or behind `from`: where it begins, and what follows it.
fn gap(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let at = match (rest.find("  "), rest.find('\t')) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b)?,
    };
    let begin = from + at;
    let tail = text.get(begin..)?;
    Some((begin, begin + (tail.len() - tail.trim_start().len())))
}

/// A line, and what is indented under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The whole line.
    pub line: Piece<'a>,
    /// What stands before the first colon that ends a word; empty if there is none.
    pub key: Piece<'a>,
    /// What stands behind that colon.
    pub value: Piece<'a>,
    /// The lines under it.
    pub children: Vec<Entry<'a>>,
    /// How many blanks it is indented by.
    pub indent: usize,
}

impl<'a> Entry<'a> {
    fn new(line: &'a str, at: usize) -> Self {
        let indent = line.len() - line.trim_start().len();
        let line = Piece::new(line, at);
        let colon = line
            .text
            .match_indices(':')
            .map(|(at, _)| at)
            .find(|at| line.text[at + 1..].chars().next().is_none_or(char::is_whitespace));
        let (key, value) = match colon {
            Some(at) => (line.part(0, at), line.part(at + 1, line.text.len())),
            None => (Piece::default(), Piece::default()),
        };
        Self { line, key, value, children: vec![], indent }
    }

    /// The first line of that key under this one.
    pub fn child(&self, key: &str) -> Option<&Self> {
        find(&self.children, key)
    }

    /// The value, and the lines that go on with it.
    pub fn texts(&self) -> impl Iterator<Item = Piece<'a>> {
        let own = Some(self.value).filter(|value| !value.text.is_empty());
        own.into_iter().chain(self.children.iter().map(|child| child.line))
    }
}

/// The first line of a key.
pub fn find<'b, 'a>(entries: &'b [Entry<'a>], key: &str) -> Option<&'b Entry<'a>> {
    entries.iter().find(|entry| entry.key.text == key)
}

/// Deeper lines are all of one depth.
const DEPTH: usize = 24;

/// Reads a text that begins at byte `at`. Empty lines say nothing.
pub fn parse(text: &str, at: usize) -> Vec<Entry<'_>> {
    let mut roots = Vec::new();
    let mut open: Vec<Entry<'_>> = Vec::new();
    let mut begin = at;
    for line in text.split_inclusive('\n') {
        let start = begin;
        begin += line.len();
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let entry = Entry::new(line, start);
        while open.last().is_some_and(|last| last.indent >= entry.indent) || open.len() > DEPTH {
            close(&mut open, &mut roots);
        }
        open.push(entry);
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

/// Hands the innermost open line to the one that holds it.
fn close<'a>(open: &mut Vec<Entry<'a>>, roots: &mut Vec<Entry<'a>>) {
    let Some(done) = open.pop() else { return };
    open.last_mut().map_or(roots, |parent| &mut parent.children).push(done);
}

/// A table among the lines of an outline.
#[derive(Debug)]
pub struct Grid<'a> {
    names: Vec<Piece<'a>>,
    /// Its rows, a cell for each column; cells that a line lacks are empty.
    pub rows: Vec<Vec<Piece<'a>>>,
}

impl<'a> Grid<'a> {
    /// Reads a header and the lines under it; a line of dashes says nothing.
    pub fn new(lines: impl IntoIterator<Item = Piece<'a>>) -> Self {
        let mut lines = lines.into_iter();
        let Some(header) = lines.next() else { return Self { names: vec![], rows: vec![] } };
        let mut grid = Self { names: header.cells(), rows: vec![] };
        for line in lines.filter(|line| !line.text.starts_with("--")) {
            let row = grid.cut(&header, &line);
            grid.rows.push(row);
        }
        grid
    }

    /// The cell of a column.
    pub fn cell(&self, row: &[Piece<'a>], name: &str) -> Option<Piece<'a>> {
        row.get(self.names.iter().position(|n| n.text == name)?).copied()
    }

    /// Whether it has a column.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n.text == name)
    }

    /// The cells of a line: cut where the header's words begin, if all borders fall on blanks;
    /// otherwise parted by gaps, the last one to the end of the line.
    fn cut(&self, header: &Piece<'a>, line: &Piece<'a>) -> Vec<Piece<'a>> {
        if let Some(cells) = self.slices(header, line) {
            return cells;
        }
        let mut cells = line.cells();
        if let (Some(last), true) = (
            self.names.len().checked_sub(1).and_then(|n| cells.get(n)).copied(),
            cells.len() > self.names.len(),
        ) {
            let from = (last.span.start - line.span.start) as usize;
            cells.truncate(self.names.len() - 1);
            cells.push(line.part(from, line.text.len()));
        }
        cells.resize(self.names.len(), Piece::default());
        cells
    }

    fn slices(&self, header: &Piece<'a>, line: &Piece<'a>) -> Option<Vec<Piece<'a>>> {
        let starts: Vec<usize> =
            self.names.iter().map(|name| (name.span.start - header.span.start) as usize).collect();
        let mut cells = Vec::with_capacity(starts.len());
        for (n, start) in starts.iter().enumerate() {
            let start = (*start).min(line.text.len());
            let next = starts.get(n + 1);
            let end = next.map_or(line.text.len(), |end| (*end).min(line.text.len()));
            let raw = line.text.get(start..end)?;
            let open = end == line.text.len() || raw.ends_with("  ");
            let cell = line.part(start, end);
            let torn = next.is_some()
                && (cell.text.contains("  ") || raw.starts_with(' ') && !cell.text.is_empty());
            if !open || torn {
                return None;
            }
            cells.push(cell);
        }
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_indented_deeper_belongs_to_the_line_above() {
        let text = "Name:    web\nLabels:  a=b\n         c=d\nParts:\n  one:\n    Port:  80/TCP\n  two:\n    At:\n";
        let lines = parse(text, 0);
        let keys: Vec<&str> = lines.iter().map(|line| line.key.text).collect();
        assert_eq!(keys, ["Name", "Labels", "Parts"]);
        let labels: Vec<&str> =
            find(&lines, "Labels").unwrap().texts().map(|piece| piece.text).collect();
        assert_eq!(labels, ["a=b", "c=d"]);
        let port = lines[2].child("one").and_then(|one| one.child("Port")).unwrap();
        assert_eq!(port.value.span.of(text), "80/TCP");
        assert_eq!(lines[2].child("two").unwrap().child("At").unwrap().value.text, "");
    }

    #[test]
    fn a_colon_within_a_word_makes_no_key() {
        let lines = parse("a/b:NoExecute op=Exists\nhttp-get http://:80/ x: y", 0);
        assert_eq!(lines[0].key.text, "");
        assert_eq!((lines[1].key.text, lines[1].value.text), ("http-get http://:80/ x", "y"));
    }

    #[test]
    fn a_bottomless_text_is_read_to_a_depth() {
        let text: String = (0..5000).map(|n| format!("{}k:\n", " ".repeat(n))).collect();
        assert_eq!(parse(&text, 0).len(), 1);
    }

    #[test]
    fn empty_cells_keep_their_column() {
        let text = "Type   Status  Reason  Message\n----   ------  ------  -------\nReady  True            all is well\nLonger Than   Its  header says  more  here";
        let entries = parse(text, 0);
        let grid = Grid::new(entries.iter().map(|entry| entry.line));
        let cell = |n: usize, name: &str| grid.cell(&grid.rows[n], name).unwrap().text;
        assert_eq!((cell(0, "Reason"), cell(0, "Message")), ("", "all is well"));
        assert_eq!((cell(1, "Type"), cell(1, "Message")), ("Longer Than", "more  here"));
    }

    #[test]
    fn lists_and_cells_know_their_places() {
        let text = "x: a=b, c=d";
        let entry = &parse(text, 0)[0];
        let spans: Vec<&str> = entry.value.list().map(|piece| piece.span.of(text)).collect();
        assert_eq!(spans, ["a=b", "c=d"]);
        assert_eq!(Piece::new("  a b\t\tc   d", 0).cells().len(), 3);
    }
}
