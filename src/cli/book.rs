//! The rules of a run: the built-in ones, and those in the folders that the user names.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::args::Args;
use super::{Exit, Shell, Stop};
use crate::fixture::resolved;
use crate::rule::{Book, Mistake, RuleFile, load as load_files};

/// Loads the built-in rules and the user's by one path.
pub(super) fn load(args: &Args, shell: &Shell) -> Result<Book, Stop> {
    load_with(&args.rules, shell)
}

/// Loads the built-in rules and those below `folders`; mistakes are underlined on standard error.
fn load_with(folders: &[PathBuf], shell: &Shell) -> Result<Book, Stop> {
    let mut files = crate::built_in();
    for folder in folders {
        files.extend(read(folder)?);
    }
    load_files(&files, crate::catalog()).map_err(|m| underlined(&m, "in the rules", shell))
}

/// Shows mistakes on standard error, and stops.
pub(super) fn underlined(mistakes: &[Mistake], place: &str, shell: &Shell) -> Stop {
    for text in drawn(mistakes, shell.colors(std::io::stderr().is_terminal())) {
        shell.complain(&text);
    }
    let count = if mistakes.len() == 1 {
        "1 mistake".to_string()
    } else {
        format!("{} mistakes", mistakes.len())
    };
    Stop { exit: Exit::Usage, message: format!("{count} {place}") }
}

/// Mistakes as they are shown, underlined.
pub(super) fn drawn(mistakes: &[Mistake], color: bool) -> Vec<String> {
    let theme = match color {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let drawer = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let draw = |mistake: &Mistake| {
        let mut text = String::new();
        drawer.render_report(&mut text, mistake).expect("writing to a string does not fail");
        text
    };
    mistakes.iter().map(draw).collect()
}

/// All rule files below a folder, or a single file, by path.
pub(super) fn read(path: &Path) -> Result<Vec<RuleFile>, Stop> {
    let unreadable = |path: &Path, error: std::io::Error| Stop {
        exit: Exit::Unreadable,
        message: format!("cannot read rules from `{}`: {error}", path.display()),
    };
    let mut open = vec![path.to_path_buf()];
    let mut paths = Vec::new();
    while let Some(next) = open.pop() {
        if !next.is_dir() {
            paths.push(next);
            continue;
        }
        for item in fs::read_dir(&next).map_err(|error| unreadable(&next, error))? {
            let item = item.map_err(|error| unreadable(&next, error))?.path();
            let yaml = item.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
            if item.is_dir() || yaml {
                open.push(item);
            }
        }
    }
    paths.sort();
    let file = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let area =
            path.parent().and_then(Path::file_name).map(|area| area.to_string_lossy().into_owned());
        Ok(RuleFile { path: path.display().to_string(), area: area.unwrap_or_default(), text })
    };
    paths.into_iter().map(file).collect()
}

/// Whether a file is a folder of rules, or stands below it.
pub(super) fn is_below(file: &Path, folder: &Path) -> bool {
    resolved(file).starts_with(resolved(folder))
}
