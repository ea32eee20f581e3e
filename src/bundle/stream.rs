//! A walk through streams, within limits.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use super::Member;
use super::archive::{self, Kind};
use crate::text::Issue;

/// How much of a bundle is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives in archives.
    pub depth: usize,
    /// Files.
    pub entries: usize,
    /// Bytes of all files together, unpacked.
    pub bytes: u64,
    /// Bytes of one file, unpacked.
    pub file: u64,
    /// Bytes that one compressed byte may become, once a stream has become large.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 5, entries: 500_000, bytes: 64 << 30, file: 2 << 30, ratio: 1_000 }
    }
}

/// Below this many unpacked bytes no ratio is suspicious: empty logs compress well.
const SMALL: u64 = 32 << 20;
/// Bytes at the head of a stream that tell what it is.
pub(super) const HEAD: usize = 512;

/// A walk through a bundle.
pub(super) struct Walk<'a> {
    limits: &'a Limits,
    sink: &'a mut dyn FnMut(Member),
    issues: Vec<Issue>,
    turn: usize,
    bytes: u64,
    /// Set when a limit of the whole walk is reached; nothing more is read then.
    full: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &'a Limits, sink: &'a mut dyn FnMut(Member)) -> Self {
        Self { limits, sink, issues: vec![], turn: 0, bytes: 0, full: false }
    }

    pub(super) fn issue(&mut self, file: String, message: String) {
        self.issues.push(Issue { file, line: None, message });
    }

    pub(super) fn issues(mut self) -> Vec<Issue> {
        self.issues.sort();
        self.issues.dedup();
        self.issues
    }

    /// Whether a limit ended the walk.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Reads what stands at `path`: an archive is entered, anything else handed on.
    pub(super) fn file(&mut self, path: String, source: &mut dyn Read, depth: usize) {
        if self.full {
            return;
        }
        let mut head = Vec::new();
        if let Err(error) = (&mut *source).take(HEAD as u64).read_to_end(&mut head) {
            return self.issue(path, format!("cannot be read: {error}"));
        }
        let kind = Kind::of(&head);
        let mut whole = Cursor::new(head).chain(source);
        match kind {
            Some(_) if depth >= self.limits.depth => {
                self.issue(path, format!("an archive nested deeper than {depth}, not opened"));
            }
            Some(Kind::Tar) => archive::tar(self, &path, &mut whole, depth),
            Some(Kind::Zip) => self.zip(&path, &mut whole, depth),
            Some(kind) => self.compressed(path, kind, &mut whole, depth),
            None => self.plain(path, &mut whole),
        }
    }

    /// A compressed stream is no level of its own: `logs.tar.gz!a` is a member of the archive in it.
    fn compressed(&mut self, path: String, kind: Kind, source: &mut dyn Read, depth: usize) {
        let packed = Rc::new(Cell::new(0));
        let counted = Counted { source, count: packed.clone() };
        match archive::decoder(kind, counted) {
            Ok(decoder) => {
                let ratio = self.limits.ratio;
                let mut guarded = Guarded { source: decoder, packed, unpacked: 0, ratio };
                self.file(path, &mut guarded, depth + 1);
            }
            Err(error) => self.issue(path, format!("its compressed content is broken: {error}")),
        }
    }

    /// A zip's table of contents stands at its end, so that it is held in memory.
    fn zip(&mut self, path: &str, source: &mut dyn Read, depth: usize) {
        let mut bytes = Vec::new();
        let most = self.limits.file;
        match source.take(most).read_to_end(&mut bytes) {
            Ok(read) if read as u64 == most => {
                self.issue(path.to_string(), "too large an archive to be held".into())
            }
            Ok(_) => archive::zip(self, path, bytes, depth),
            Err(error) => self.issue(path.to_string(), format!("cannot be read: {error}")),
        }
    }

    /// Hands a file on. What was read before an error is still a capture.
    fn plain(&mut self, path: String, source: &mut dyn Read) {
        if self.turn >= self.limits.entries {
            self.full = true;
            let message = format!(
                "more than {} files; this one and all after it are not read",
                self.limits.entries
            );
            return self.issue(path, message);
        }
        let most = self.limits.file.min(self.limits.bytes.saturating_sub(self.bytes));
        let mut bytes = Vec::new();
        let read = source.take(most.saturating_add(1)).read_to_end(&mut bytes);
        let mut whole = true;
        if let Err(error) = read {
            whole = false;
            self.issue(path.clone(), format!("cut after {} bytes: {error}", bytes.len()));
        }
        if bytes.len() as u64 > most {
            whole = false;
            bytes.truncate(most as usize);
            self.full = most < self.limits.file;
            let rest = if self.full { ", and nothing after it is read" } else { "" };
            self.issue(
                path.clone(),
                format!("larger than the limit, cut after {most} bytes{rest}"),
            );
        }
        self.bytes += bytes.len() as u64;
        self.turn += 1;
        (self.sink)(Member { path, bytes, whole, turn: self.turn });
    }
}

/// Counts the bytes that are read.
pub(super) struct Counted<'a> {
    pub(super) source: &'a mut dyn Read,
    pub(super) count: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// Ends a stream that grows beyond all measure.
pub(super) struct Guarded<R> {
    pub(super) source: R,
    pub(super) packed: Rc<Cell<u64>>,
    pub(super) unpacked: u64,
    pub(super) ratio: u64,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.unpacked += read as u64;
        if self.unpacked > SMALL && self.unpacked / self.packed.get().max(1) > self.ratio {
            return Err(io::Error::other(format!(
                "it grows to more than {} times its size",
                self.ratio
            )));
        }
        Ok(read)
    }
}
