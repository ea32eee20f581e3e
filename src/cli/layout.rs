//! `unready rules format`: rule files in one style.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::args::FormatArgs;
use super::{Exit, Outcome, Shell, Stop, book, unreadable};
use crate::rule::layout;

pub(super) fn run(wanted: &FormatArgs, shell: &Shell) -> Outcome {
    if wanted.paths.iter().any(|path| path == Path::new("-")) {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| unreadable("-", &error))?;
        let laid_out = layout(&text).ok_or_else(|| broken("standard input"))?;
        return match wanted.check {
            true => Ok(if laid_out == text { Exit::Clean } else { Exit::Found }),
            false => shell.print(&laid_out),
        };
    }
    let mut files = Vec::new();
    for path in &wanted.paths {
        files.extend(book::read(path)?);
    }
    let mut changes = Vec::new();
    for file in &files {
        let laid_out = layout(&file.text).ok_or_else(|| broken(&file.path))?;
        if laid_out != file.text {
            changes.push((&file.path, laid_out));
        }
    }
    for (path, text) in &changes {
        let done = if wanted.check { "would format" } else { "formatted" };
        if !wanted.check {
            fs::write(path, text).map_err(|error| Stop {
                exit: Exit::Unreadable,
                message: format!("cannot write `{path}`: {error}"),
            })?;
        }
        shell.print(&format!("{done} {path}\n"))?;
    }
    Ok(if wanted.check && !changes.is_empty() { Exit::Found } else { Exit::Clean })
}

fn broken(path: &str) -> Stop {
    let message = format!("`{path}` cannot be laid out: `unready rules check` tells its mistakes");
    Stop { exit: Exit::Usage, message }
}
