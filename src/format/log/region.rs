//! The records of a large log that a rule may ask for, found without reading the others.
//!
//! The one thing to know: a line is left out only if no pattern can match in its record, and only in a
//! log of one owner whose lines stand whole. Anything else is read line by line.

use memchr::{memchr, memmem, memrchr};

use super::super::capture::Capture;
use super::line::Head;
use super::stream::{Line, Owner};
use crate::fact::Demand;

/// Logs that are read line by line, in bytes; of these it costs nothing.
const SMALL: usize = 64 << 10;
/// Lines that are looked at to find out whose the log is.
const SAMPLES: usize = 256;
/// Lines of one record that are looked at, in front of a hit and behind it.
const MOST: usize = 256;

/// The lines of a log that matter, each with where it begins, and whose they are.
pub(super) fn asked<'a>(
    capture: &Capture<'a>,
    demand: &Demand,
    named: &dyn Fn(&Head) -> Owner,
) -> Option<(Owner, Vec<(usize, &'a str)>)> {
    let text = capture.text;
    if text.len() < SMALL {
        return None;
    }
    let (owner, stamped) = owner(text, named)?;
    let mut lines = Vec::new();
    let mut done = 0;
    for hit in demand.hits(text)? {
        if hit < done {
            continue;
        }
        // Where much of it is asked for, reading it in turn is as fast.
        if lines.len() > 1024 && lines.len() * 400 > hit {
            return None;
        }
        let mut at = first_of_record(text, hit, done, stamped);
        let begins = line_at(text, at).is_some_and(|line| Line::read(at, line).head.begins);
        let mut more = 0;
        while let Some(line) = line_at(text, at) {
            if at > hit {
                let read = Line::read(at, line);
                let goes_on = read.continues() || !read.head.begins && begins;
                if !goes_on || more == MOST {
                    break;
                }
                more += 1;
            }
            lines.push((at, line));
            at += line.len() + 1;
        }
        done = at;
    }
    Some((owner, lines))
}

/// The line that begins at a byte, without its line feed.
fn line_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    rest.get(..end)
}

/// Where the record begins in which a hit stands, not before `done`: at a line with a stamp or a level, or
/// else at one that does not look like a part of another.
fn first_of_record(text: &str, hit: usize, done: usize, stamped: bool) -> usize {
    let start = |at: usize| {
        let before = text.as_bytes().get(..at).unwrap_or_default();
        memrchr(b'\n', before).map_or(0, |feed| feed + 1)
    };
    let mut at = start(hit);
    let mut plain = None;
    for _ in 0..MOST {
        let Some(line) = line_at(text, at).map(|line| Line::read(at, line)) else { break };
        if line.head.begins {
            return at.max(done);
        }
        if !line.continues() {
            plain = plain.or(Some(at));
            if !stamped {
                break;
            }
        }
        if at <= done {
            break;
        }
        at = start(at - 1);
    }
    plain.unwrap_or(at).max(done)
}

/// Whose log it is, if all lines are of one owner as far as can be seen, and none was cut; and whether its
/// lines have stamps.
fn owner(text: &str, named: &dyn Fn(&Head) -> Owner) -> Option<(Owner, bool)> {
    let bytes = text.as_bytes();
    let cut = [" stdout P ", " stderr P "]
        .iter()
        .any(|tag| memmem::find(bytes, tag.as_bytes()).is_some());
    if cut || memchr(b'\r', bytes).is_some() || text.starts_with("-- ") {
        return None;
    }
    let mut found: Option<Owner> = None;
    let mut stamped = false;
    for n in 0..SAMPLES {
        let from = text.len() / SAMPLES * n;
        let at = match n {
            0 => 0,
            _ => from + memchr(b'\n', bytes.get(from..)?)? + 1,
        };
        let Some(line) = line_at(text, at) else { continue };
        let read = Line::read(at, line);
        if read.head.partial {
            return None;
        }
        stamped |= read.head.begins;
        let owner = named(&read.head);
        if owner == Owner::default() {
            continue;
        }
        match &found {
            Some(known) if *known != owner => return None,
            Some(_) => {}
            None => found = Some(owner),
        }
    }
    Some((found.unwrap_or_default(), stamped))
}
