//! A bundle once more, with the content of its files changed: a folder becomes a folder, an archive an
//! archive of the same kind, and so does each archive in it.
//!
//! The one thing to know: what cannot be opened cannot be changed, and is left out and told.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::archive::{self, Kind, inside};
use super::pack;
use super::stream::{Counted, Guarded, HEAD};
use super::{Bundle, DEPTH, Limits, Source};
use crate::text::Issue;

/// What becomes of a file.
#[derive(Debug)]
pub struct Changed<T> {
    /// Its content; `None` leaves it out.
    pub bytes: Option<Vec<u8>>,
    /// What is to be said of it.
    pub note: T,
}

/// What was copied.
#[derive(Debug)]
pub struct Copied<T> {
    /// The files in the order of the bundle, and what is to be said of each.
    pub notes: Vec<(String, T)>,
    /// What could not be copied as it is.
    pub issues: Vec<Issue>,
}

impl<T> Default for Copied<T> {
    fn default() -> Self {
        Self { notes: vec![], issues: vec![] }
    }
}

impl<T> Copied<T> {
    fn issue(&mut self, file: &str, message: impl Into<String>) {
        self.issues.push(Issue { file: file.to_string(), line: None, message: message.into() });
    }

    fn add(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.issues.extend(other.issues);
    }
}

/// What changes a file, by its path in the bundle and its content.
pub type Change<'a, T> = dyn Fn(&str, Vec<u8>) -> Changed<T> + Sync + 'a;

impl Bundle {
    /// Whether it is a folder, and no archive or file.
    pub fn is_folder(&self) -> bool {
        matches!(self.source, Source::Folder(_))
    }

    /// Copies a folder into another, which is there.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn copy_into<T: Send>(&self, to: &Path, change: &Change<'_, T>) -> io::Result<Copied<T>> {
        let copier = Copier::new(&self.limits, change);
        let mut copied = Copied::default();
        if let Source::Folder(folder) = &self.source {
            let root = folder.canonicalize()?;
            copier.folder(&root, folder, to, "", 0, &mut copied)?;
        }
        copied.issues.sort();
        Ok(copied)
    }

    /// Copies an archive or a file to a stream.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn copy_to<T: Send>(
        &self,
        to: &mut dyn Write,
        change: &Change<'_, T>,
    ) -> io::Result<Copied<T>> {
        let copier = Copier::new(&self.limits, change);
        let mut copied = Copied::default();
        match &self.source {
            Source::File(path) => {
                let mut file = BufReader::new(File::open(path)?);
                copier.stream(&self.name, &mut file, to, 0, &mut copied)?;
            }
            Source::Texts(texts) => {
                for (path, bytes) in texts {
                    copier.stream(path, &mut bytes.as_slice(), to, 0, &mut copied)?;
                }
            }
            Source::Folder(_) | Source::Files(_) => {}
        }
        copied.issues.sort();
        Ok(copied)
    }

    /// The ending that an archive or a file of this kind has, such as `tar.gz`; `None` for a text.
    pub fn ending(&self) -> Option<&'static str> {
        let mut head = Vec::new();
        match &self.source {
            Source::File(path) => unpacked_head(&mut File::open(path).ok()?, &mut head),
            Source::Texts(texts) => unpacked_head(&mut texts.first()?.1.as_slice(), &mut head),
            Source::Folder(_) | Source::Files(_) => None,
        }
    }
}

/// What a stream is by its head, and by the head of what is compressed in it.
fn unpacked_head(source: &mut dyn Read, head: &mut Vec<u8>) -> Option<&'static str> {
    source.take(HEAD as u64).read_to_end(head).ok()?;
    let kind = Kind::of(head)?;
    let mut inner = Vec::new();
    let is_tar = match kind {
        Kind::Tar | Kind::Zip => false,
        kind => {
            let mut whole = Cursor::new(head.clone()).chain(source);
            let counted = Counted { source: &mut whole, count: Rc::default() };
            let decoder = archive::decoder(kind, counted).ok()?;
            // A stream that is broken at its beginning is no archive.
            drop(decoder.take(HEAD as u64).read_to_end(&mut inner));
            Kind::of(&inner) == Some(Kind::Tar)
        }
    };
    Some(match (kind, is_tar) {
        (Kind::Zip, _) => "zip",
        (Kind::Tar, _) => "tar",
        (Kind::Gzip, true) => "tar.gz",
        (Kind::Xz, true) => "tar.xz",
        (Kind::Zstd, true) => "tar.zst",
        (Kind::Bzip2, true) => "tar.bz2",
        (Kind::Gzip, false) => "gz",
        (Kind::Xz, false) => "xz",
        (Kind::Zstd, false) => "zst",
        (Kind::Bzip2, false) => "bz2",
    })
}

/// Content that is changed together, by all threads.
const BATCH: usize = 32 << 20;

struct Copier<'a, T> {
    limits: &'a Limits,
    change: &'a Change<'a, T>,
    entries: AtomicUsize,
    bytes: AtomicU64,
}

/// A member that waits to be changed, and how it is written.
struct Waiting<W> {
    path: String,
    bytes: Vec<u8>,
    write: W,
}

impl<'a, T: Send> Copier<'a, T> {
    fn new(limits: &'a Limits, change: &'a Change<'a, T>) -> Self {
        Self { limits, change, entries: AtomicUsize::new(0), bytes: AtomicU64::new(0) }
    }

    /// Copies what stands at `path`.
    fn stream(
        &self,
        path: &str,
        source: &mut dyn Read,
        to: &mut dyn Write,
        depth: usize,
        copied: &mut Copied<T>,
    ) -> io::Result<()> {
        let mut head = Vec::new();
        if let Err(error) = (&mut *source).take(HEAD as u64).read_to_end(&mut head) {
            copied.issue(path, format!("cannot be read, and is left out: {error}"));
            return Ok(());
        }
        let kind = Kind::of(&head);
        let mut whole = Cursor::new(head).chain(source);
        match kind {
            Some(_) if depth >= self.limits.depth => {
                copied.issue(path, format!("an archive nested deeper than {depth}, left out"));
                Ok(())
            }
            Some(Kind::Tar) => self.tar(path, &mut whole, to, depth, copied),
            Some(Kind::Zip) => self.zip(path, &mut whole, to, depth, copied),
            Some(kind) => self.compressed(path, kind, &mut whole, to, depth, copied),
            None => match self.plain(path, &mut whole, copied) {
                Some(bytes) => to.write_all(&self.changed(path, bytes, copied).unwrap_or_default()),
                None => Ok(()),
            },
        }
    }

    fn compressed(
        &self,
        path: &str,
        kind: Kind,
        source: &mut dyn Read,
        to: &mut dyn Write,
        depth: usize,
        copied: &mut Copied<T>,
    ) -> io::Result<()> {
        let packed = Rc::new(Cell::new(0));
        let counted = Counted { source, count: packed.clone() };
        let decoder = match archive::decoder(kind, counted) {
            Ok(decoder) => decoder,
            Err(error) => {
                copied.issue(path, format!("its compressed content is broken, left out: {error}"));
                return Ok(());
            }
        };
        let mut guarded =
            Guarded { source: decoder, packed, unpacked: 0, ratio: self.limits.ratio };
        pack::packed(kind, to, &mut |to| self.stream(path, &mut guarded, to, depth + 1, copied))
    }

    /// The content of a file, within the limits. What was read before an error is still a capture.
    fn plain(&self, path: &str, source: &mut dyn Read, copied: &mut Copied<T>) -> Option<Vec<u8>> {
        if self.entries.fetch_add(1, Ordering::Relaxed) >= self.limits.entries {
            copied.issue(
                path,
                format!("more than {} files; this one is left out", self.limits.entries),
            );
            return None;
        }
        let rest = self.limits.bytes.saturating_sub(self.bytes.load(Ordering::Relaxed));
        let most = self.limits.file.min(rest);
        let mut bytes = Vec::new();
        if let Err(error) = source.take(most.saturating_add(1)).read_to_end(&mut bytes) {
            copied.issue(path, format!("cut after {} bytes: {error}", bytes.len()));
        }
        if bytes.len() as u64 > most {
            bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            copied.issue(path, format!("larger than the limit, cut after {most} bytes"));
        }
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Some(bytes)
    }

    fn changed(&self, path: &str, bytes: Vec<u8>, copied: &mut Copied<T>) -> Option<Vec<u8>> {
        let Changed { bytes, note } = (self.change)(path, bytes);
        copied.notes.push((path.to_string(), note));
        bytes
    }

    /// A member of an archive or a folder: itself an archive, or a file.
    fn member(&self, path: &str, bytes: Vec<u8>, depth: usize) -> (Option<Vec<u8>>, Copied<T>) {
        let mut copied = Copied::default();
        let head = bytes.get(..HEAD).unwrap_or(&bytes);
        if Kind::of(head).is_none() {
            let bytes = self.changed(path, bytes, &mut copied);
            return (bytes, copied);
        }
        let mut out = Vec::new();
        let done = self.stream(path, &mut bytes.as_slice(), &mut out, depth, &mut copied);
        if let Err(error) = done {
            copied.issue(path, format!("cannot be packed again, left out: {error}"));
            return (None, copied);
        }
        // What could not be opened at all is no archive any more.
        ((!out.is_empty() || bytes.is_empty()).then_some(out), copied)
    }

    /// Changes what waits, with all threads, and writes it in its order.
    fn flush<W: Send>(
        &self,
        waiting: &mut Vec<Waiting<W>>,
        depth: usize,
        copied: &mut Copied<T>,
        write: &mut dyn FnMut(W, Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let changed: Vec<_> = std::mem::take(waiting)
            .into_par_iter()
            .map(|item| (item.write, self.member(&item.path, item.bytes, depth)))
            .collect();
        for (how, (bytes, of_member)) in changed {
            copied.add(of_member);
            if let Some(bytes) = bytes {
                write(how, bytes)?;
            }
        }
        Ok(())
    }

    fn tar(
        &self,
        path: &str,
        source: &mut dyn Read,
        to: &mut dyn Write,
        depth: usize,
        copied: &mut Copied<T>,
    ) -> io::Result<()> {
        let mut builder = tar::Builder::new(to);
        let mut archive = tar::Archive::new(source);
        let mut waiting = Vec::new();
        let mut held = 0;
        let mut write = |header: tar::Header, name: &str, bytes: Vec<u8>| {
            let mut header = header;
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, bytes.as_slice())
        };
        let mut links = Vec::new();
        for entry in archive.entries()? {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    copied.issue(path, format!("broken off, the rest is left out: {error}"));
                    break;
                }
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            let Some(inside) = inside(&name) else {
                if name != "." && name != "./" {
                    copied.issue(&format!("{path}!{name}"), "a name that leads out, left out");
                }
                continue;
            };
            let member = format!("{path}!{inside}");
            if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
                let Some(bytes) = self.plain(&member, &mut entry, copied) else { break };
                held += bytes.len();
                let how = (entry.header().clone(), name);
                waiting.push(Waiting { path: member, bytes, write: how });
                if held > BATCH {
                    self.flush(&mut waiting, depth + 1, copied, &mut |(header, name), bytes| {
                        write(header, &name, bytes)
                    })?;
                    held = 0;
                }
            } else if kind.is_symlink() || kind.is_hard_link() {
                let target = entry.link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                if archive::stays_inside(&name, &target, kind.is_hard_link()) {
                    links.push((entry.header().clone(), name, target));
                } else {
                    copied.issue(
                        &member,
                        format!("a link out of the archive, to {target}, left out"),
                    );
                }
            } else if !kind.is_dir() {
                copied.issue(&member, "neither file nor folder, left out");
            }
        }
        self.flush(&mut waiting, depth + 1, copied, &mut |(header, name), bytes| {
            write(header, &name, bytes)
        })?;
        for (mut header, name, target) in links {
            header.set_size(0);
            builder.append_link(&mut header, &name, &target)?;
        }
        builder.finish()
    }

    fn zip(
        &self,
        path: &str,
        source: &mut dyn Read,
        to: &mut dyn Write,
        depth: usize,
        copied: &mut Copied<T>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        let read = source.take(self.limits.file).read_to_end(&mut bytes);
        let opened = match read {
            Ok(read) if read as u64 == self.limits.file => {
                copied.issue(path, "too large an archive to be held, left out");
                return Ok(());
            }
            Ok(_) => zip::ZipArchive::new(Cursor::new(bytes)).map_err(io::Error::from),
            Err(error) => Err(error),
        };
        let mut archive = match opened {
            Ok(archive) => archive,
            Err(error) => {
                copied.issue(path, format!("its table of contents is broken, left out: {error}"));
                return Ok(());
            }
        };
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut waiting = Vec::new();
        for n in 0..archive.len() {
            let mut entry = match archive.by_index(n) {
                Ok(entry) => entry,
                Err(error) => {
                    copied.issue(path, format!("member {n} cannot be opened, left out: {error}"));
                    continue;
                }
            };
            let name = match entry.name() {
                Ok(name) => name.replace('\\', "/"),
                Err(_) => String::from_utf8_lossy(entry.name_raw()).replace('\\', "/"),
            };
            let Some(inside) = inside(&name) else {
                copied.issue(&format!("{path}!{name}"), "a name that leads out, left out");
                continue;
            };
            let member = format!("{path}!{inside}");
            let options = entry.options();
            if entry.is_symlink() {
                let mut target = String::new();
                // A link without a readable target leads nowhere.
                drop(entry.read_to_string(&mut target));
                if archive::stays_inside(&name, &target, false) {
                    writer.add_symlink(name, target, options)?;
                } else {
                    copied.issue(
                        &member,
                        format!("a link out of the archive, to {target}, left out"),
                    );
                }
            } else if entry.is_dir() || name.ends_with('/') {
                writer.add_directory(name, options)?;
            } else if let Some(bytes) = self.plain(&member, &mut entry, copied) {
                waiting.push(Waiting { path: member, bytes, write: (name, options) });
            }
        }
        self.flush(&mut waiting, depth + 1, copied, &mut |(name, options), bytes| {
            writer.start_file(name, options)?;
            writer.write_all(&bytes)
        })?;
        to.write_all(writer.finish()?.get_ref())
    }

    fn folder(
        &self,
        root: &Path,
        from: &Path,
        to: &Path,
        prefix: &str,
        depth: usize,
        copied: &mut Copied<T>,
    ) -> io::Result<()> {
        let items = fs::read_dir(from).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut items = match items {
            Ok(items) => items,
            Err(error) => {
                copied.issue(prefix, format!("cannot be listed, left out: {error}"));
                return Ok(());
            }
        };
        items.sort_by_key(fs::DirEntry::file_name);
        let mut waiting = Vec::new();
        let mut held = 0;
        let mut write = |name: std::ffi::OsString, bytes: Vec<u8>| fs::write(to.join(name), bytes);
        for item in items {
            let name = item.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            match item.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH => {
                    let folder = to.join(&name);
                    fs::create_dir(&folder)?;
                    let prefix = format!("{path}/");
                    self.folder(root, &item.path(), &folder, &prefix, depth + 1, copied)?;
                }
                Ok(kind) if kind.is_dir() => {
                    copied.issue(&path, "nested too deeply to be entered, left out");
                }
                Ok(kind) if kind.is_file() => {
                    let file = File::open(item.path());
                    let bytes = match file {
                        Ok(mut file) => self.plain(&path, &mut file, copied),
                        Err(error) => {
                            copied.issue(&path, format!("cannot be read, left out: {error}"));
                            None
                        }
                    };
                    let Some(bytes) = bytes else { continue };
                    held += bytes.len();
                    waiting.push(Waiting { path, bytes, write: name });
                }
                Ok(kind) if kind.is_symlink() => link(root, &item.path(), to, &path, copied)?,
                _ => copied.issue(&path, "neither file nor folder, left out"),
            }
            if held > BATCH {
                self.flush(&mut waiting, 0, copied, &mut write)?;
                held = 0;
            }
        }
        self.flush(&mut waiting, 0, copied, &mut write)
    }
}

/// A link to a file of the bundle stays one; any other is left out.
fn link<T>(
    root: &Path,
    link: &Path,
    to: &Path,
    path: &str,
    copied: &mut Copied<T>,
) -> io::Result<()> {
    let target = fs::read_link(link)?;
    let leads_inside = link.canonicalize().is_ok_and(|target| target.starts_with(root));
    let name = link.file_name().unwrap_or_default();
    match leads_inside && target.is_relative() {
        true => same_link(&target, &to.join(name)),
        false => {
            copied.issue(path, "a link that leads elsewhere, left out");
            Ok(())
        }
    }
}

#[cfg(unix)]
fn same_link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn same_link(_: &Path, _: &Path) -> io::Result<()> {
    // A link is a second name of a file that is copied under its first one.
    Ok(())
}
