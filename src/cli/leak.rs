//! `unready redact --check`: where secrets stand; nothing is copied.
//!
//! The one thing to know: what is printed is a place and a kind, and never a secret.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use rayon::prelude::*;

use super::args::Args;
use super::{Exit, Outcome, Shell, Stop, open, unreadable};
use crate::bundle::{self, Bundle, Member};
use crate::redact::{self, Place};
use crate::text::{Issue, printable};

/// A file, and what was found in it; `None` if it is no text.
struct Checked {
    path: String,
    places: Option<Vec<Place>>,
}

pub(super) fn run(args: &Args, paths: &[PathBuf], shell: &Shell) -> Outcome {
    let mut exit = Exit::Clean;
    for path in paths {
        let bundle = opened(path, args)?;
        let (files, issues) = checked(&bundle);
        let shown = |inner: &str| printable(&shown(path, &bundle, inner));
        let mut out = String::new();
        for file in &files {
            match &file.places {
                Some(places) => places.iter().for_each(|place| {
                    let kind = place.kind.one();
                    out.push_str(&format!("{}:{}: {kind}\n", shown(&file.path), place.line));
                }),
                None => shell.complain(&format!("{}: not checked, no text", shown(&file.path))),
            }
        }
        for issue in &issues {
            shell.complain(&format!("{}: {}", shown(&issue.file), printable(&issue.message)));
        }
        if !out.is_empty() {
            exit = Exit::Found;
            shell.print(&out)?;
        }
    }
    if exit == Exit::Found {
        shell.complain("secrets stand there; `unready redact` copies a bundle without them");
    }
    Ok(exit)
}

/// Files are named by the whole path, as the user wrote it.
fn opened(path: &Path, args: &Args) -> Result<Bundle, Stop> {
    if path == Path::new("-") || path.is_dir() {
        return open(path, args);
    }
    bundle::open_files(&[path.to_path_buf()], args.limits())
        .map_err(|error| unreadable(&path.display().to_string(), &error))
}

fn shown(path: &Path, bundle: &Bundle, inner: &str) -> String {
    match bundle.is_folder() {
        true => path.join(inner).display().to_string(),
        false => inner.to_string(),
    }
}

/// Files that wait to be checked.
const WAITING: usize = 16;

/// Checks all files with all threads, and returns them sorted by path.
fn checked(bundle: &Bundle) -> (Vec<Checked>, Vec<Issue>) {
    let (send, receive) = mpsc::sync_channel::<Member>(WAITING);
    let (mut files, issues) = std::thread::scope(|scope| {
        let walk = scope.spawn(move || bundle.visit(&mut |member| drop(send.send(member))));
        let check = |member: Member| {
            let is_binary = redact::is_binary(&member.bytes);
            let places = (!is_binary).then(|| redact::places(&member.bytes));
            (member.turn, Checked { path: member.path, places })
        };
        let files: Vec<(usize, Checked)> = receive.into_iter().par_bridge().map(check).collect();
        (files, walk.join())
    });
    files.sort_by(|(turn, file), (other_turn, other)| {
        (&file.path, turn).cmp(&(&other.path, other_turn))
    });
    let failed = || vec![Issue { file: bundle.name.clone(), line: None, message: FAILED.into() }];
    (files.into_iter().map(|(_, file)| file).collect(), issues.unwrap_or_else(|_| failed()))
}

const FAILED: &str = "unpacking failed; please report this";
