//! One style for rule files: the order of keys, the depth of lists, spaces in one-line mappings, ends of
//! lines.
//!
//! The one thing to know: it works on lines, so that comments stay where they are, and what it makes must read
//! as the same YAML, or the text is left as it is.

use super::parse::FINDING_KEYS;
use crate::text::yaml::{self, Kind, Node};

/// Keys of a fact, in the order in which they are written.
const FACT_ORDER: [&str; 5] = ["fact", "id", "doc", "when", "give"];
/// Keys whose value is a list, which is indented by two.
const LISTS: [&str; 3] = ["when", "explains", "references"];

/// The text of a rule file in the one style; `None` if it is no YAML, or cannot be laid out without changing
/// what it says.
pub fn layout(text: &str) -> Option<String> {
    let (before, broken) = yaml::documents(text);
    if broken.is_some() {
        return None;
    }
    let unix = text.replace("\r\n", "\n");
    let mut out = String::new();
    let mut document: Vec<&str> = Vec::new();
    for line in unix.lines() {
        if line.trim_end() == "---" {
            out.push_str(&laid_out(&document));
            out.push_str("---\n");
            document.clear();
        } else {
            document.push(line);
        }
    }
    out.push_str(&laid_out(&document));
    let (after, broken) = yaml::documents(&out);
    let same =
        before.len() == after.len() && before.iter().zip(&after).all(|(a, b)| says_same(a, b));
    (broken.is_none() && same).then_some(out)
}

/// Whether two nodes say the same, wherever they stand and in whatever order their keys are.
fn says_same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Seq(a), Kind::Seq(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| says_same(a, b))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let has = |(key, value): &(yaml::Key, Node)| {
                b.iter().any(|(k, v)| k.text == key.text && says_same(value, v))
            };
            a.len() == b.len() && a.iter().all(has)
        }
        (a, b) => a == b,
    }
}

/// A key of a document, and the lines that belong to it.
struct Part<'a> {
    key: &'a str,
    /// Comments above it.
    above: Vec<&'a str>,
    lines: Vec<&'a str>,
}

/// The lines of one document.
fn laid_out(lines: &[&str]) -> String {
    let mut head: Vec<&str> = Vec::new();
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for line in lines {
        let key = line.split_once(':').map(|(key, _)| key).filter(|key| is_key(key));
        let apart = line.starts_with('#') || line.trim().is_empty();
        match (key, parts.last_mut()) {
            (Some(key), _) => {
                let above = std::mem::take(&mut above);
                // What stands above the first key speaks of the whole rule.
                let above = if parts.is_empty() {
                    head = above;
                    vec![]
                } else {
                    above
                };
                parts.push(Part { key, above, lines: vec![line] });
            }
            (None, Some(part)) if !apart => {
                part.lines.append(&mut above);
                part.lines.push(line);
            }
            _ => above.push(line),
        }
    }
    let fact = parts.iter().any(|part| part.key == "fact");
    let order: &[&str] = if fact { &FACT_ORDER } else { &FINDING_KEYS };
    let place = |part: &Part<'_>| order.iter().position(|key| *key == part.key);
    parts.sort_by_key(|part| place(part).unwrap_or(order.len()));
    let mut out: Vec<String> = head.iter().map(|line| line.trim_end().to_string()).collect();
    for part in &parts {
        out.extend(part.above.iter().map(|line| line.trim_end().to_string()));
        out.extend(part.laid_out());
    }
    out.extend(above.iter().map(|line| line.trim_end().to_string()));
    let blank = |line: &&String| line.is_empty();
    let first = out.iter().take_while(blank).count();
    let last = out.len() - out.iter().rev().take_while(blank).count();
    let kept = out.get(first..last.max(first)).unwrap_or_default();
    kept.iter().map(|line| format!("{line}\n")).collect()
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

impl Part<'_> {
    fn laid_out(&self) -> Vec<String> {
        let list = LISTS.contains(&self.key);
        let depth = |line: &&str| line.len() - line.trim_start_matches(' ').len();
        let items = self.lines.iter().filter(|line| line.trim_start().starts_with("- "));
        let shift = match items.map(depth).min() {
            Some(depth) if list => 2_isize.saturating_sub_unsigned(depth),
            _ => 0,
        };
        // The depth that text of several lines is deeper than, while it lasts.
        let mut block: Option<usize> = None;
        let mut out = Vec::new();
        for (n, line) in self.lines.iter().enumerate() {
            let inside = block.is_some_and(|block| line.trim().is_empty() || depth(line) > block);
            block = if inside { block } else { begins_block(line).then(|| depth(line)) };
            let shifted = if n == 0 { line.to_string() } else { moved(line, shift) };
            out.push(match inside {
                true => shifted,
                false => spaced(shifted.trim_end()),
            });
        }
        out
    }
}

/// Whether text of several lines begins at the end of a line.
fn begins_block(line: &str) -> bool {
    let last = line.trim_end().rsplit([' ', ':']).next().unwrap_or_default();
    last.starts_with(['|', '>']) && last.len() <= 3 && !line.trim_start().starts_with('#')
}

/// A line so many columns to the right, or to the left as far as there is nothing.
fn moved(line: &str, by: isize) -> String {
    if line.trim().is_empty() || by == 0 {
        return line.to_string();
    }
    let depth = line.len() - line.trim_start_matches(' ').len();
    let to = depth.saturating_add_signed(by);
    format!("{}{}", " ".repeat(to), line.trim_start_matches(' '))
}

/// A line with a mapping in braces at its end, with one space behind each comma and colon of it and none
/// inside the braces.
fn spaced(line: &str) -> String {
    let Some(start) = line.find(": {").map(|at| at + 2).filter(|_| line.ends_with('}')) else {
        return line.to_string();
    };
    let (before, map) = line.split_at(start);
    if before.trim_start().starts_with('#') || before.contains(['\'', '"']) {
        return line.to_string();
    }
    let mut out = before.to_string();
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for c in map.chars() {
        if let Some(mark) = quote {
            out.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' if mark == '"' => escaped = true,
                _ if c == mark => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            ' ' if out.ends_with(['{', '[', ' ']) => {}
            '}' | ']' | ',' => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push(c);
                if c == ',' {
                    out.push(' ');
                }
            }
            // Two single quotes in a quoted text are one of its characters.
            '\'' | '"' if out.ends_with([' ', '{', '[', '\'']) => {
                quote = Some(c);
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
