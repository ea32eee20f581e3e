//! The door: the only room that opens a bundle's files.
//!
//! A bundle is a folder or a single file. Entries are sorted by path, so that nothing later depends
//! on the order in which a file system lists them. Links are not followed: they may lead out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::text::Issue;

/// A file of a bundle.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path in the bundle, parted by `/`.
    pub path: String,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(Arc<[u8]>),
}

/// An opened bundle.
#[derive(Debug)]
pub struct Bundle {
    /// What it is called: the last part of its path.
    pub name: String,
    /// Its files, sorted by path.
    pub entries: Vec<Entry>,
    /// What could not be opened.
    pub issues: Vec<Issue>,
}

/// Files larger than this are not read into memory.
const LARGEST: u64 = 2 << 30;

/// Opens a folder or a file.
///
/// # Errors
/// The path does not exist or may not be read.
pub fn open(path: &Path) -> io::Result<Bundle> {
    let name = path
        .canonicalize()?
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut bundle = Bundle { name, entries: vec![], issues: vec![] };
    if fs::metadata(path)?.is_dir() {
        bundle.walk(path, "", 0)?;
    } else {
        let path_in_bundle = bundle.name.clone();
        bundle
            .entries
            .push(Entry { path: path_in_bundle, content: Content::File(path.to_path_buf()) });
    }
    bundle.entries.sort_by(|a, b| a.path.cmp(&b.path));
    bundle.issues.sort();
    Ok(bundle)
}

/// A bundle of texts that are in memory already.
pub fn of_texts(name: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Bundle {
    let entry =
        |(path, bytes): (String, Vec<u8>)| Entry { path, content: Content::Memory(bytes.into()) };
    let mut entries: Vec<Entry> = files.into_iter().map(entry).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Bundle { name: name.to_string(), entries, issues: vec![] }
}

/// Folders nested deeper than this are not entered.
const DEPTH: usize = 64;

impl Bundle {
    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        for item in fs::read_dir(folder)? {
            let item = item?;
            let path = format!("{prefix}{}", item.file_name().to_string_lossy());
            match item.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH => {
                    if let Err(error) = self.walk(&item.path(), &format!("{path}/"), depth + 1) {
                        self.issue(path, format!("cannot be listed: {error}"));
                    }
                }
                Ok(kind) if kind.is_dir() => {
                    self.issue(path, "nested too deeply to be entered".into())
                }
                Ok(kind) if kind.is_file() => {
                    self.entries.push(Entry { path, content: Content::File(item.path()) })
                }
                Ok(kind) if kind.is_symlink() => {
                    self.issue(path, "a link, which is not followed".into())
                }
                Ok(_) => self.issue(path, "neither file nor folder, not read".into()),
                Err(error) => self.issue(path, format!("cannot be examined: {error}")),
            }
        }
        Ok(())
    }

    fn issue(&mut self, file: String, message: String) {
        self.issues.push(Issue { file, line: None, message });
    }

    /// The content of an entry.
    ///
    /// # Errors
    /// It cannot be read, or it is too large to be held.
    pub fn read(&self, entry: &Entry) -> io::Result<Arc<[u8]>> {
        let file = match &entry.content {
            Content::Memory(bytes) => return Ok(bytes.clone()),
            Content::File(file) => file,
        };
        let size = fs::metadata(file)?.len();
        if size > LARGEST {
            return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
        }
        fs::read(file).map(Arc::from)
    }
}
