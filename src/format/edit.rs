//! What mail programs, browsers and terminals put between the characters of a capture, taken out again:
//! colour codes, quotation marks of replies, indentation of code blocks, HTML entities, wrapped rows.
//!
//! The one thing to know: of every byte that is left it is known where it stood, so that evidence
//! points into the file as it is.

use std::collections::BTreeMap;

use crate::text::table::{self, Header};

use super::command::prompted;

/// A text without what does not belong to it.
pub(super) struct Edited {
    pub(super) text: String,
    /// Where each piece begins, in this text and in the one it was taken from.
    pub(super) pieces: Vec<(u32, u32)>,
}

/// Larger texts did not come by mail.
const MAIL: usize = 8 << 20;

/// Edits a text; `None` if there is nothing to take out.
pub(super) fn edited(file_name: &str, text: &str) -> Option<Edited> {
    let mut out = Builder { text, out: String::new(), pieces: vec![], copied: 0, changed: false };
    if may_be_mail(file_name, text) {
        let marks = marks(text);
        let breaks = wrapped(text, &marks);
        let (mut at, mut tabbed) = (0, false);
        for (line, mark) in text.split_inclusive('\n').zip(&marks) {
            out.skip(at, at + mark);
            let body = line.get(*mark..).unwrap_or_default();
            let header = || Header::new(&body.trim_end().replace('\t', " ")).is_some();
            // A browser copies the cells of a table with tabs between them.
            tabbed = body.contains('\t') && (tabbed || header());
            out.inline(at + mark, at + line.len(), true, tabbed);
            at += line.len();
            if let Some(pad) = breaks.get(&at) {
                let feed = body.len() - body.trim_end_matches(['\n', '\r']).len();
                out.replace(at - feed, at, &" ".repeat(*pad));
            }
        }
    } else {
        out.inline(0, text.len(), false, false);
    }
    out.finish()
}

/// Whether a text can have come through a mail or a browser: nothing that a program writes and reads.
fn may_be_mail(file_name: &str, text: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    let written = [".yaml", ".yml", ".json", ".log", ".xml", ".html"];
    let begin = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    text.len() <= MAIL
        && !written.iter().any(|ending| name.contains(ending))
        && !["{", "[", "---", "apiVersion:", "kind:", "items:"].iter().any(|b| begin.starts_with(b))
}

/// Bytes at the head of each line that quote or indent it.
fn marks(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut marks = vec![0; lines.len()];
    quoted(&lines, 0, lines.len(), &mut marks, 0);
    indented(&lines, &mut marks);
    marks
}

/// Replies to replies that are unwrapped.
const REPLIES: usize = 6;

/// Marks runs of lines that begin with `>`. `curl -v` marks what it sends in the same way.
fn quoted(lines: &[&str], from: usize, to: usize, marks: &mut [usize], depth: usize) {
    let rest = |n: usize, marks: &[usize]| {
        let line = lines.get(n).copied().unwrap_or_default();
        line.get(marks.get(n).copied().unwrap_or(0)..).unwrap_or_default()
    };
    let mut n = from;
    while n < to {
        let run = (n..to).take_while(|n| rest(*n, marks).starts_with('>')).count();
        let sent = (n..n + run).any(|n| is_request(rest(n, marks)));
        if run >= 2 && !sent && depth < REPLIES {
            for n in n..n + run {
                let mark = 1 + usize::from(rest(n, marks)[1..].starts_with(' '));
                if let Some(known) = marks.get_mut(n) {
                    *known += mark;
                }
            }
            quoted(lines, n, n + run, marks, depth + 1);
        }
        n += run.max(1);
    }
}

fn is_request(line: &str) -> bool {
    let line = line.strip_prefix("> ").unwrap_or_default();
    line.contains(" HTTP/")
        && line
            .split(' ')
            .next()
            .is_some_and(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase()))
}

/// Marks the indentation of code blocks: of blocks that begin with a command or a table's header.
fn indented(lines: &[&str], marks: &mut [usize]) {
    let mut block: Option<usize> = None;
    let mut fresh = true;
    for (line, mark) in lines.iter().zip(marks) {
        let body = line.get(*mark..).unwrap_or_default();
        let indent = body.len() - body.trim_start_matches([' ', '\t']).len();
        if body.trim().is_empty() {
            fresh = true;
            continue;
        }
        let code =
            |body: &str| prompted(body.trim()).is_some() || Header::new(body.trim()).is_some();
        block = match block {
            Some(known) if indent >= known => Some(known),
            _ if fresh && indent >= 1 && code(body) => Some(indent),
            _ => None,
        };
        *mark += block.unwrap_or(0);
        fresh = false;
    }
}

/// Where a line of a table was wrapped: the end of its first half, and the blanks that stand for the
/// break. A header shows it by a second line in capitals, a row by its words.
fn wrapped(text: &str, marks: &[usize]) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    let mut at = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .zip(marks)
        .map(|(line, mark)| {
            at += line.len();
            (at, line.get(*mark..).unwrap_or_default().trim_end())
        })
        .collect();
    let mut n = 0;
    while let Some((end, line)) = lines.get(n).copied() {
        n += 1;
        if !line.starts_with("NAME") && !line.starts_with("LAST SEEN")
            || Header::new(line).is_none()
        {
            continue;
        }
        let Some((_, next)) = lines.get(n).copied() else { break };
        let next = next.trim_start();
        let rest =
            !next.is_empty() && next.chars().all(|c| c.is_ascii_uppercase() || " -()".contains(c));
        if !rest || next.starts_with("NAME") {
            continue;
        }
        let Some(header) = Header::new(&format!("{line}  {next}")) else { continue };
        out.insert(end, 2);
        n += 1;
        let columns = header.names().len();
        while let (Some((end, row)), Some((_, next))) = (lines.get(n), lines.get(n + 1)) {
            let words = |line: &str| table::words(line.trim()).len();
            if row.is_empty() || words(row) + words(next) != columns {
                break;
            }
            out.insert(*end, (line.len() + 2).saturating_sub(row.len()).max(1));
            n += 2;
        }
    }
    out
}

/// Copies a text piece by piece.
struct Builder<'a> {
    text: &'a str,
    out: String,
    pieces: Vec<(u32, u32)>,
    /// Up to where the text was copied or left out.
    copied: usize,
    changed: bool,
}

/// What stands for a character in HTML.
const ENTITIES: [(&str, &str); 9] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&#34;", "\""),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

impl Builder<'_> {
    /// Copies up to `at`.
    fn copy(&mut self, at: usize) {
        if let Some(piece) = self.text.get(self.copied..at).filter(|piece| !piece.is_empty()) {
            self.pieces.push((self.out.len() as u32, self.copied as u32));
            self.out.push_str(piece);
        }
        self.copied = at.max(self.copied);
    }

    fn skip(&mut self, from: usize, to: usize) {
        self.replace(from, to, "");
    }

    /// Puts `by` where `from..to` stood. What was copied already is not taken back, but a line's end is
    /// never copied before the next line is looked at.
    fn replace(&mut self, from: usize, to: usize, by: &str) {
        if from >= to {
            return;
        }
        self.copy(from);
        if !by.is_empty() {
            self.pieces.push((self.out.len() as u32, from as u32));
            self.out.push_str(by);
        }
        self.copied = to;
        self.changed = true;
    }

    /// Takes out what stands within a line, or within a whole text.
    fn inline(&mut self, from: usize, to: usize, mail: bool, tabbed: bool) {
        let mut at = from;
        while let Some(rest) = self.text.get(at..to) {
            let special = |c: char| match c {
                '\u{1b}' | '\u{feff}' => true,
                '&' | '\u{a0}' | '\u{200b}' => mail,
                '\t' => tabbed,
                _ => false,
            };
            let Some(found) = rest.find(special) else { break };
            let here = at + found;
            let rest = &rest[found..];
            let (length, by) = match rest.chars().next() {
                Some('\u{1b}') => (escape(rest), ""),
                Some('\u{a0}') => (2, " "),
                Some('\t') => (1, " "),
                Some('&') => ENTITIES
                    .iter()
                    .find(|(entity, _)| rest.starts_with(entity))
                    .map_or((0, ""), |(entity, by)| (entity.len(), *by)),
                Some(c) => (c.len_utf8(), ""),
                None => break,
            };
            self.replace(here, here + length, by);
            at = here + length.max(1);
        }
    }

    fn finish(mut self) -> Option<Edited> {
        if !self.changed {
            return None;
        }
        self.copy(self.text.len());
        Some(Edited { text: self.out, pieces: self.pieces })
    }
}

/// The length of a terminal's control sequence: `ESC [ … letter`, `ESC ] … BEL`, or nothing if it is a
/// mere escape.
fn escape(text: &str) -> usize {
    let mut rest = text.char_indices().skip(1);
    match rest.next() {
        Some((_, '[')) => rest
            .take(64)
            .take_while(|(_, c)| c.is_ascii() && !c.is_ascii_control())
            .find(|(_, c)| ('@'..='~').contains(c))
            .map_or(0, |(at, _)| at + 1),
        Some((_, ']')) => rest.take(256).find(|(_, c)| *c == '\u{7}').map_or(0, |(at, _)| at + 1),
        Some((at, '(' | ')')) => rest.next().map_or(0, |(_, c)| at + 1 + c.len_utf8()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        edited("ticket.txt", text).map_or_else(|| text.to_string(), |edited| edited.text)
    }

    #[test]
    fn colour_codes_go() {
        assert_eq!(of("\u{1b}[31;1mERROR\u{1b}[0m x\n"), "ERROR x\n");
        assert_eq!(of("\u{1b}]0;title\u{7}$ ls\n"), "$ ls\n");
        assert_eq!(of("a \u{1b} b"), "a \u{1b} b");
    }

    #[test]
    fn replies_are_unwrapped_and_curl_is_left() {
        assert_eq!(
            of("> $ kubectl get pods\n> NAME READY\n>\n> x\n"),
            "$ kubectl get pods\nNAME READY\n\nx\n"
        );
        assert_eq!(of(">> a b\n>> c\n"), "a b\nc\n");
        let curl = "> GET / HTTP/1.1\n> Host: a\n> \n< HTTP/1.1 200 OK\n";
        assert_eq!(of(curl), curl);
        let quoted = "> hello\n> > GET / HTTP/1.1\n> > Host: a\n> < HTTP/1.1 200 OK\n";
        assert_eq!(of(quoted), "hello\n> GET / HTTP/1.1\n> Host: a\n< HTTP/1.1 200 OK\n");
    }

    #[test]
    fn entities_become_characters() {
        assert_eq!(of("a &lt;none&gt; &amp;lt; \u{a0}b & c\n"), "a <none> &lt;  b & c\n");
    }

    #[test]
    fn code_blocks_lose_their_indentation() {
        assert_eq!(
            of("see:\n\n    $ kubectl get pods\n    NAME READY\n\n      x\n\ntext\n"),
            "see:\n\n$ kubectl get pods\nNAME READY\n\n  x\n\ntext\n"
        );
        let yaml = "spec:\n\n  containers:\n";
        assert_eq!(of(yaml), yaml);
    }

    #[test]
    fn tabs_between_cells_become_blanks() {
        assert_eq!(
            of("NAME\tREADY\tSTATUS\nweb-0\t1/2\tRunning\n\na\tb\n"),
            "NAME READY STATUS\nweb-0 1/2 Running\n\na\tb\n"
        );
    }

    #[test]
    fn wrapped_rows_are_joined() {
        assert_eq!(
            of(
                "NAME    TYPE   CLUSTER-IP   EXTERNAL-IP\nPORT(S)   AGE\nkube-dns   ClusterIP   172.19.9.54   <none>\n53/UDP,53/TCP   5d\n\nend\n"
            ),
            "NAME    TYPE   CLUSTER-IP   EXTERNAL-IP  PORT(S)   AGE\nkube-dns   ClusterIP   172.19.9.54   <none> 53/UDP,53/TCP   5d\n\nend\n"
        );
    }

    #[test]
    fn every_byte_knows_where_it_stood() {
        let text = "> a &lt;b\n> \u{1b}[1mc\n";
        let edited = edited("t.txt", text).unwrap();
        assert_eq!(edited.text, "a <b\nc\n");
        let at = edited.text.find('c').unwrap() as u32;
        let piece = edited.pieces.iter().rev().find(|(edited, _)| *edited <= at).unwrap();
        assert_eq!((piece.1 + at - piece.0) as usize, text.find('c').unwrap());
    }
}
