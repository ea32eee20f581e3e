//! A capture: one text of one origin, a whole file or a part of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fact::{Object, RelationId, Row, Scope};
use crate::text::{FileId, LineIndex, Place, Span};

use super::command::Command;

/// A capture that a reader gets to see.
#[derive(Debug, Clone)]
pub(super) struct Capture<'a> {
    /// The file it stands in.
    pub(super) file: FileId,
    /// The file's path in the bundle.
    pub(super) path: &'a str,
    /// The text, decoded and freed of what mail and terminals put between its characters; `lines`
    /// knows where each of its bytes stands in the file.
    pub(super) text: &'a str,
    /// Where `text` begins in the file.
    pub(super) offset: usize,
    /// The lines of the file.
    pub(super) lines: Arc<LineIndex>,
    /// The command that printed the text, if the capture shows it.
    pub(super) command: Option<Command>,
}

impl<'a> Capture<'a> {
    /// The place in the file of a span of [`Capture::text`].
    pub(super) fn place(&self, span: Span) -> Place {
        let (line, start, end) = self.lines.locate(span.shifted(self.offset as u32));
        Place { file: self.file, line, start, end }
    }

    /// The lines of the text, each with where it begins. A carriage return by itself ends a line of the
    /// reading, as on the screen, but not of the file.
    pub(super) fn each_line(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let text = self.text;
        text.split_inclusive('\n').flat_map(line_parts).map(move |line| {
            let at = line.as_ptr() as usize - text.as_ptr() as usize;
            (at, line.trim_end_matches(['\n', '\r']))
        })
    }

    /// A part of this capture, printed by `command`.
    pub(super) fn part(&self, start: usize, end: usize, command: Option<Command>) -> Self {
        let text = &self.text[start..end];
        Self { text, offset: self.offset + start, command, ..self.clone() }
    }

    /// The last part of the path.
    pub(super) fn file_name(&self) -> &'a str {
        self.path.rsplit(['/', '!']).next().unwrap_or(self.path)
    }
}

/// The parts of a line between carriage returns within it.
fn line_parts(line: &str) -> impl Iterator<Item = &str> {
    let body = line.trim_end_matches(['\n', '\r']).len();
    let mut rest = Some(line);
    let mut left = body;
    std::iter::from_fn(move || {
        let now = rest?;
        match now.get(..left).and_then(|body| body.find('\r')) {
            Some(at) => {
                rest = now.get(at + 1..);
                left -= at + 1;
                now.get(..=at)
            }
            None => rest.take(),
        }
    })
}

/// What tells a cluster from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// The uid of the namespace kube-system.
    KubeSystem,
    /// The uid of the Service default/kubernetes.
    ApiService,
    /// A node's name.
    Node,
}

/// What a reader found in a capture.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The rows, each with its relation.
    pub(super) rows: Vec<(RelationId, Row)>,
    /// What the capture shows in full.
    pub(super) searched: Vec<(RelationId, Scope)>,
    /// Objects whose fields rules look at.
    pub(super) objects: Vec<Object>,
    /// What is wrong: a line, if it has one, and a message.
    pub(super) issues: Vec<(Option<u32>, String)>,
    /// Lines that facts point to, if the text need not be kept for anything else.
    pub(super) kept: Option<BTreeMap<u32, Box<[u8]>>>,
    /// Whose capture it is, as far as the text itself says.
    pub(super) origin: Origin,
    /// Whether it stands in prose, without the command that would say which namespace it shows.
    pub(super) quoted: bool,
    /// What tells this cluster from others: a kind of mark, and its value.
    pub(super) marks: Vec<(Mark, String)>,
    /// Which run of a container it is the log of, if it is one.
    pub(super) run: Option<super::log::Run>,
    /// What the same text shows of other owners.
    pub(super) others: Vec<Reading>,
}

impl Reading {
    /// The reading, and those of other owners in the same text.
    pub(super) fn each(mut self) -> Vec<Reading> {
        let others = std::mem::take(&mut self.others);
        std::iter::once(self).chain(others.into_iter().flat_map(Reading::each)).collect()
    }

    /// Tells all places which file they are in.
    pub(super) fn stands_in(&mut self, file: FileId) {
        let rows = self.rows.iter_mut().map(|(_, row)| row);
        for place in rows.flat_map(|row| row.places.iter_mut().flatten().chain(&mut row.place)) {
            place.file = file;
        }
        for object in &mut self.objects {
            object.file = file;
        }
    }
}

/// Whose capture it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// The namespace.
    pub(super) namespace: Option<String>,
    /// The pod.
    pub(super) pod: Option<String>,
    /// The container.
    pub(super) container: Option<String>,
    /// The node.
    pub(super) node: Option<String>,
}

impl Origin {
    /// Takes from `other` what is not known here.
    pub(super) fn or(self, other: Origin) -> Self {
        Self {
            namespace: self.namespace.or(other.namespace),
            pod: self.pod.or(other.pod),
            container: self.container.or(other.container),
            node: self.node.or(other.node),
        }
    }
}

/// Whether a collector put its mark in place of a text.
pub(super) fn is_hidden(text: &str) -> bool {
    text.contains("***HIDDEN***") || text.starts_with("***TOKEN_")
}
