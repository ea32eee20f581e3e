//! A transcript: commands, each followed by its output, with prose between; and plain text that quotes
//! captures without a command.
//!
//! What stands outside of commands' outputs is parted at blank lines, and each paragraph is a capture
//! that readers may recognise. It shows a part of something, so that nothing counts as searched.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Format;
use super::capture::{Capture, Origin, Reading};
use super::command::{Command, bare, is_end, prompted};
use crate::fact::{Filling, vocabulary as v};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "transcript",
    doc: "text pasted from a terminal or a mail: commands, their output, and prose between",
    recognize: |capture| parts(capture, &|_| false).is_some_and(|parts| parts.commands > 0),
    read: |_, _| Reading::default(),
};

/// A piece of a transcript.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) capture: Capture<'a>,
    /// Whether it stands in the prose, and not below a command.
    pub(super) outside: bool,
}

/// The pieces of a transcript.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) commands: usize,
    /// Whose captures those are that stand in the prose.
    about: About,
}

/// Whom a transcript is about, by its commands.
#[derive(Debug, Default)]
struct About {
    pods: BTreeSet<(Option<String>, String)>,
    nodes: BTreeSet<String>,
}

/// Parts a text. `known` says whether a reader knows a piece of it. `None` if there is neither a command
/// nor prose.
pub(super) fn parts<'a>(
    capture: &Capture<'a>,
    known: &dyn Fn(&Capture<'_>) -> bool,
) -> Option<Parts<'a>> {
    let quotes = may_quote(capture);
    let mut cutter = Cutter::new(capture);
    let mut lines = capture.each_line().peekable();
    let mut fresh = true;
    let mut asked = 0;
    while let Some((at, line)) = lines.next() {
        let next = lines.peek().map(|(at, _)| *at);
        if let Some(command) = prompted(line) {
            cutter.command(at, line, command);
        } else if quotes
            && let Some(command) = bare(line).filter(|_| asked < QUESTIONS)
            && is_followed(capture, &command, next, known, &mut asked)
        {
            cutter.command(at, line, command);
        } else if is_end(line) || quotes && is_fence(line) {
            cutter.leave(at, line.len() + 1);
        } else if line.trim().is_empty() {
            fresh = true;
            continue;
        } else if fresh && (cutter.command.is_none() || is_prose(line)) {
            cutter.prose |= is_prose(line);
            cutter.leave(at, 0);
        }
        fresh = false;
    }
    let (commands, prose) = (cutter.commands, cutter.prose && quotes);
    (commands > 0 || prose).then(|| cutter.finish())
}

/// Larger texts are no tickets.
const TICKET: usize = 4 << 20;

/// Whether prose and commands without a prompt may stand in a text.
fn may_quote(capture: &Capture<'_>) -> bool {
    let name = capture.file_name().to_ascii_lowercase();
    let begin = capture.text.trim_start();
    capture.text.len() <= TICKET
        && ![".log", ".yaml", ".yml", ".json"].iter().any(|ending| name.contains(ending))
        && !["{", "[", "---", "apiVersion:", "kind:", "items:"].iter().any(|b| begin.starts_with(b))
}

/// Lines that are looked at whether they are commands, and bytes below each; whoever repeats a command
/// without end is not followed.
const QUESTIONS: usize = 2_000;
const BELOW: usize = 4 << 10;

/// Whether a command without a prompt is one: its output follows directly, or it opens a shell.
fn is_followed(
    capture: &Capture<'_>,
    command: &Command,
    next: Option<usize>,
    known: &dyn Fn(&Capture<'_>) -> bool,
    asked: &mut usize,
) -> bool {
    *asked += 1;
    if command.shell.is_some() {
        return true;
    }
    let Some(next) = next else { return false };
    let mut end = (next + BELOW).min(capture.text.len());
    while !capture.text.is_char_boundary(end) {
        end -= 1;
    }
    let below = capture.text.get(next..end).unwrap_or_default();
    let end = below.find("\n\n").or_else(|| below.find("\n\r\n")).unwrap_or(below.len());
    let below = capture.part(next, next + end, Some(command.clone()));
    !below.text.trim().is_empty() && known(&below)
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

static COMMON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:the|a|an|is|are|was|of|to|and|in|we|i|you|it|that|this|these|with|for|not|on|have|has|but|after|as|from|by|be|can|when|der|die|das|und|ist|wir|nicht|mit)\b",
    )
    .expect("the pattern is well formed")
});

/// Letters of scripts that put no blanks between words, from which on a line is a sentence.
const IDEOGRAPHS: usize = 4;

/// What netstat says of itself in a sentence, without being a ticket's.
const NOTICE: &str = "(Not all processes could be identified";

/// Whether a line is one of a sentence: words, most of them plain, some of them the most common ones.
fn is_prose(line: &str) -> bool {
    let line = line.trim_end();
    let begins = line.starts_with(|c: char| c.is_alphabetic() || "\"'(".contains(c));
    // Istio's analyzers speak in sentences.
    if !begins || line.starts_with(NOTICE) || super::analyze::is_message(line) {
        return false;
    }
    if line.chars().filter(|c| ('\u{3040}'..='\u{9fff}').contains(c)).count() >= IDEOGRAPHS {
        return true;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let plain = words.iter().filter(|word| {
        let word = word.trim_matches([',', '.', ';', ':', '!', '?', '"', '\'', '(', ')']);
        !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || "-'’".contains(c))
    });
    words.len() >= 5
        && plain.count() * 10 >= words.len() * 7
        && COMMON.find_iter(line).take(2).count() == 2
}

/// Cuts a text into parts.
struct Cutter<'a, 'b> {
    whole: &'b Capture<'a>,
    parts: Vec<Part<'a>>,
    begin: usize,
    command: Option<Command>,
    commands: usize,
    prose: bool,
    about: About,
    /// The shell that a command opened: where it runs, and the prompt before it.
    shell: Option<(Origin, String)>,
}

impl<'a, 'b> Cutter<'a, 'b> {
    fn new(whole: &'b Capture<'a>) -> Self {
        let about = About::default();
        let (parts, begin, command, commands) = (vec![], 0, None, 0);
        Self { whole, parts, begin, command, commands, prose: false, about, shell: None }
    }

    /// Ends the present part at `at`.
    fn close(&mut self, at: usize) {
        let command = self.command.take();
        if self.begin < at {
            let outside = command.is_none();
            let capture = self.whole.part(self.begin, at, command);
            if !capture.text.trim().is_empty() {
                self.parts.push(Part { capture, outside });
            }
        }
        self.begin = at;
    }

    /// What follows stands outside of any output; `skip` bytes of it are no part of it.
    fn leave(&mut self, at: usize, skip: usize) {
        self.close(at);
        self.begin = (at + skip).min(self.whole.text.len());
        self.keep_to_borders();
    }

    /// A line's end may be longer than one byte, and its next byte the middle of a character.
    fn keep_to_borders(&mut self) {
        while !self.whole.text.is_char_boundary(self.begin) {
            self.begin += 1;
        }
    }

    /// What follows is the output of a command.
    fn command(&mut self, at: usize, line: &str, mut command: Command) {
        self.leave(at, line.len() + 1);
        self.commands += 1;
        self.stay(&mut command);
        if let Some(pod) = &command.origin.pod {
            self.about.pods.insert((command.origin.namespace.clone(), pod.clone()));
        } else if let Some(node) = &command.origin.node {
            self.about.nodes.insert(node.clone());
        }
        self.command = Some(command);
    }

    /// In a shell that a command opened, commands run where it runs, until its prompt changes back.
    fn stay(&mut self, command: &mut Command) {
        if let Some(origin) = command.shell.take() {
            self.shell = Some((origin, command.prompt.clone()));
            return;
        }
        let Some((origin, before)) = &self.shell else { return };
        let own = command.origin.pod.is_some() || command.origin.node.is_some();
        let left = own || *before == command.prompt || command.kubectl().is_some();
        if left || command.words.first().is_some_and(|word| word == "exit") {
            self.shell = None;
        } else {
            command.origin = origin.clone();
        }
    }

    fn finish(mut self) -> Parts<'a> {
        self.close(self.whole.text.len());
        Parts { parts: self.parts, commands: self.commands, about: self.about }
    }
}

/// Relations that only a pod's captures fill.
const OF_PODS: [crate::fact::RelationId; 2] = [v::envoy_not_ready::ID, v::probe::ID];

impl Parts<'_> {
    /// Gives what was read in the prose to the one whom the transcript is about: to the only pod whose
    /// name stands in a prompt or a command, or, if there is none, to the only pod that its tables show.
    /// Commands on a node make two of them, unless only pods have such captures.
    pub(super) fn attribute(&self, readings: &mut [(bool, Reading)]) {
        let Some((namespace, pod)) = self.only_pod(readings) else { return };
        for (_, reading) in readings.iter_mut().filter(|(outside, _)| *outside) {
            let of_pods = reading.rows.iter().all(|(id, _)| OF_PODS.contains(id));
            let owned = reading.origin.pod.is_some() || reading.origin.node.is_some();
            // Tables and objects say themselves whom they are about.
            let anybodys = reading.rows.iter().all(|(id, _)| {
                *id == v::probe::ID || matches!(v::declared(*id).filling, Filling::Attributed)
            });
            if !owned && anybodys && (of_pods || self.about.nodes.is_empty()) {
                let origin = std::mem::take(&mut reading.origin);
                let about = Origin {
                    namespace: namespace.clone(),
                    pod: Some(pod.clone()),
                    ..Origin::default()
                };
                reading.origin = origin.or(about);
            }
        }
    }

    fn only_pod(&self, readings: &[(bool, Reading)]) -> Option<(Option<String>, String)> {
        let names: BTreeSet<&str> = self.about.pods.iter().map(|(_, pod)| pod.as_str()).collect();
        let namespaces: BTreeSet<&String> =
            self.about.pods.iter().filter_map(|(namespace, _)| namespace.as_ref()).collect();
        match names.into_iter().collect::<Vec<_>>()[..] {
            [only] if namespaces.len() < 2 => {
                Some((namespaces.first().map(|name| name.to_string()), only.to_string()))
            }
            [] => only_shown(readings),
            _ => None,
        }
    }
}

/// The only pod that tables and objects show.
fn only_shown(readings: &[(bool, Reading)]) -> Option<(Option<String>, String)> {
    let rows = readings.iter().flat_map(|(_, reading)| &reading.rows);
    let text = |row: &crate::fact::Row, column: usize| {
        row.cells.get(column).and_then(|cell| cell.known()).map(|value| value.text().to_string())
    };
    let pods: BTreeSet<(Option<String>, String)> = rows
        .filter(|(id, _)| *id == v::pod::ID)
        .filter_map(|(_, row)| Some((text(row, v::pod::namespace), text(row, v::pod::name)?)))
        .collect();
    let mut pods = pods.into_iter();
    let only = pods.next()?;
    pods.next().is_none().then_some(only)
}
