//! A transcript: commands behind their prompts, each followed by its output, with prose between.

use super::Format;
use super::capture::{Capture, Reading};
use super::command::prompted;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "transcript",
    doc: "text pasted from a terminal: prompts, commands and their output",
    recognize: |capture| parts(capture).is_some(),
    read: |_, _| Reading::default(),
};

/// The outputs of a transcript, each with its command, and what stands before the first command.
/// `None` if no line is a prompt with a command.
pub(super) fn parts<'a>(capture: &Capture<'a>) -> Option<Vec<Capture<'a>>> {
    let mut parts = Vec::new();
    let (mut begin, mut command) = (0, None);
    for (at, line) in capture.each_line() {
        let Some(next) = prompted(line) else { continue };
        parts.push(capture.part(begin, at, command.replace(next)));
        begin = (at + line.len() + 1).min(capture.text.len());
    }
    command.as_ref()?;
    parts.push(capture.part(begin, capture.text.len(), command));
    parts.retain(|part| !part.text.trim().is_empty());
    Some(parts)
}
