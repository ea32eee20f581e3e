//! The door: the only room that opens a bundle's files.
//!
//! The one thing to know: nothing is ever unpacked to disk. Folders, archives, archives in archives
//! and compressed files are walked as streams, within limits, and each file is handed on by itself.

mod archive;
mod copy;
mod pack;
mod stream;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::text::Issue;

pub use copy::{Change, Changed, Copied};
pub use stream::Limits;

/// A bundle that was not opened yet.
#[derive(Debug)]
pub struct Bundle {
    /// What it is called: the last part of its path.
    pub name: String,
    source: Source,
    limits: Limits,
}

#[derive(Debug)]
enum Source {
    Folder(PathBuf),
    File(PathBuf),
    Files(Vec<PathBuf>),
    Texts(Vec<(String, Vec<u8>)>),
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path in the bundle, parted by `/`, with `!` at the border of an archive.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether the content is complete; otherwise it was cut, and an issue says why.
    pub whole: bool,
    /// Its turn. Of two files with one path the later one counts.
    pub turn: usize,
}

/// Names a folder or a file as a bundle.
///
/// # Errors
/// The path does not exist or may not be looked at.
pub fn open(path: &Path, limits: Limits) -> io::Result<Bundle> {
    let name = file_name(&path.canonicalize()?).unwrap_or_else(|| path.display().to_string());
    let source = match fs::metadata(path)?.is_dir() {
        true => Source::Folder(path.to_path_buf()),
        false => {
            // What cannot be read at all is the machine's trouble, not the bundle's.
            drop(File::open(path)?);
            Source::File(path.to_path_buf())
        }
    };
    Ok(Bundle { name, source, limits })
}

/// Names several files as one bundle.
///
/// # Errors
/// One of the files cannot be opened.
pub fn open_files(paths: &[PathBuf], limits: Limits) -> io::Result<Bundle> {
    for path in paths {
        drop(File::open(path)?);
    }
    let names: Vec<String> = paths.iter().filter_map(|path| file_name(path)).collect();
    Ok(Bundle { name: names.join("+"), source: Source::Files(paths.to_vec()), limits })
}

/// A bundle of texts that are in memory already; each may itself be an archive.
pub fn of_texts(name: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Bundle {
    let source = Source::Texts(files.into_iter().collect());
    Bundle { name: name.to_string(), source, limits: Limits::default() }
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// Folders nested deeper than this are not entered.
const DEPTH: usize = 64;

/// Whether a file is an archive or compressed, by its content.
pub fn is_archive(path: &Path) -> bool {
    let mut head = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(stream::HEAD as u64).read_to_end(&mut head));
    read.is_ok() && archive::Kind::of(&head).is_some()
}

impl Bundle {
    /// The same bundle, of which no more is read than `limits` say.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Hands every file to `sink`, and returns what could not be read. The order is that of the folder
    /// or archive; whoever needs another one sorts by path.
    pub fn visit(&self, sink: &mut dyn FnMut(Member)) -> Vec<Issue> {
        let mut walk = stream::Walk::new(&self.limits, sink);
        match &self.source {
            Source::Folder(folder) => {
                // A root that cannot be resolved has no links that lead inside.
                let root = folder.canonicalize().unwrap_or_default();
                folder_of(&mut walk, &root, folder, "", 0);
            }
            Source::File(path) => one_file(&mut walk, path, &self.name),
            Source::Files(paths) => {
                for path in paths {
                    one_file(&mut walk, path, &path.to_string_lossy());
                }
            }
            Source::Texts(texts) => {
                for (path, bytes) in texts {
                    walk.file(path.clone(), &mut bytes.as_slice(), 0);
                }
            }
        }
        walk.issues()
    }

    /// All files in memory, sorted by path, and what could not be read.
    pub fn members(&self) -> (Vec<Member>, Vec<Issue>) {
        let mut members = BTreeMap::new();
        let issues = self.visit(&mut |member| {
            members.insert(member.path.clone(), member);
        });
        (members.into_values().collect(), issues)
    }
}

fn one_file(walk: &mut stream::Walk<'_>, path: &Path, name: &str) {
    match File::open(path) {
        Ok(file) => walk.file(name.to_string(), &mut BufReader::new(file) as &mut dyn Read, 0),
        Err(error) => walk.issue(name.to_string(), format!("cannot be read: {error}")),
    }
}

fn folder_of(walk: &mut stream::Walk<'_>, root: &Path, folder: &Path, prefix: &str, depth: usize) {
    let mut items = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(items) => items,
        Err(error) => return walk.issue(prefix.to_string(), format!("cannot be listed: {error}")),
    };
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let path = format!("{prefix}{}", item.file_name().to_string_lossy());
        match item.file_type() {
            Ok(kind) if kind.is_dir() && depth < DEPTH => {
                folder_of(walk, root, &item.path(), &format!("{path}/"), depth + 1);
            }
            Ok(kind) if kind.is_dir() => walk.issue(path, "nested too deeply to be entered".into()),
            Ok(kind) if kind.is_file() => one_file(walk, &item.path(), &path),
            Ok(kind) if kind.is_symlink() => link(walk, root, &item.path(), path),
            Ok(_) => walk.issue(path, "neither file nor folder, not read".into()),
            Err(error) => walk.issue(path, format!("cannot be examined: {error}")),
        }
    }
}

/// A link in a folder is an alias of a file that is read under its own name, or leads out of the
/// bundle, where nothing is read.
fn link(walk: &mut stream::Walk<'_>, root: &Path, link: &Path, path: String) {
    match link.canonicalize() {
        Ok(target) if target.starts_with(root) => {}
        Ok(_) => walk.issue(path, "a link that leads elsewhere, not followed".into()),
        Err(_) => walk.issue(path, "a link that leads nowhere".into()),
    }
}
