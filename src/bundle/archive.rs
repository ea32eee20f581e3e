//! Archives: what a stream is by its first bytes, and the members of each kind.

use std::io::{self, BufRead as _, BufReader, Cursor, Read};

use super::stream::{Counted, Walk};

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Zip,
    Tar,
}

impl Kind {
    /// By magic numbers; names lie. `None`: nothing that is entered.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Self::Bzip2),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            head if is_tar(head) => Some(Self::Tar),
            _ => None,
        }
    }
}

/// A tar header's checksum is the sum of its bytes with the checksum itself read as blanks.
fn is_tar(head: &[u8]) -> bool {
    if head.len() < 512 || head[0] == 0 {
        return false;
    }
    let stated = std::str::from_utf8(&head[148..156]).unwrap_or_default();
    let stated = u32::from_str_radix(stated.trim_matches(['\0', ' ']), 8);
    let sum: u32 = head
        .iter()
        .enumerate()
        .map(|(n, b)| if (148..156).contains(&n) { 32 } else { u32::from(*b) })
        .sum();
    stated == Ok(sum)
}

/// The unpacked content of a compressed stream, with all its frames.
pub(super) fn decoder<'a>(kind: Kind, source: Counted<'a>) -> io::Result<Box<dyn Read + 'a>> {
    let source = BufReader::new(source);
    Ok(match kind {
        Kind::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        Kind::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(source)),
        Kind::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
        Kind::Zstd => Box::new(Frames { frame: Some(frame(source)?) }),
        Kind::Zip | Kind::Tar => {
            return Err(io::Error::other("an archive is not unpacked as a stream"));
        }
    })
}

type Frame<'a> =
    ruzstd::decoding::StreamingDecoder<BufReader<Counted<'a>>, ruzstd::decoding::FrameDecoder>;

/// A zstd stream: frame after frame, as parallel compressors write them.
struct Frames<'a> {
    frame: Option<Frame<'a>>,
}

fn frame<'a>(source: BufReader<Counted<'a>>) -> io::Result<Frame<'a>> {
    Frame::new(source).map_err(|error| io::Error::other(error.to_string()))
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(current) = &mut self.frame {
            let read = current.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let mut source = self.frame.take().expect("it was just read from").into_inner();
            if !source.fill_buf()?.is_empty() {
                self.frame = Some(frame(source)?);
            }
        }
        Ok(0)
    }
}

/// The members of a tar.
pub(super) fn tar(walk: &mut Walk<'_>, path: &str, source: &mut dyn Read, depth: usize) {
    let mut archive = tar::Archive::new(source);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => {
            return walk.issue(path.to_string(), format!("its list of members is broken: {error}"));
        }
    };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                return walk
                    .issue(path.to_string(), format!("broken off, the rest is not read: {error}"));
            }
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        let Some(member) = member(walk, path, &name) else { continue };
        if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            walk.file(member, &mut entry, depth + 1);
        } else if kind.is_symlink() || kind.is_hard_link() {
            let target =
                entry.link_name_bytes().map(|target| String::from_utf8_lossy(&target).into_owned());
            link(walk, member, &name, &target.unwrap_or_default(), kind.is_hard_link());
        } else if !kind.is_dir() {
            walk.issue(member, "neither file nor folder, not read".into());
        }
        if walk.is_full() {
            return;
        }
    }
}

/// The members of a zip.
pub(super) fn zip(walk: &mut Walk<'_>, path: &str, bytes: Vec<u8>, depth: usize) {
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            return walk
                .issue(path.to_string(), format!("its table of contents is broken: {error}"));
        }
    };
    for n in 0..archive.len() {
        let listed =
            archive.name_for_index(n).and_then(Result::ok).map(std::borrow::Cow::into_owned);
        let mut entry = match archive.by_index(n) {
            Ok(entry) => entry,
            Err(error) => {
                let name = listed.unwrap_or_else(|| format!("member {n}"));
                walk.issue(format!("{path}!{name}"), format!("cannot be opened: {error}"));
                continue;
            }
        };
        let name = match entry.name() {
            Ok(name) => name.replace('\\', "/"),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).replace('\\', "/"),
        };
        let Some(member) = member(walk, path, &name) else { continue };
        if entry.is_symlink() {
            let mut target = String::new();
            // A link without a readable target leads nowhere.
            drop(entry.read_to_string(&mut target));
            link(walk, member, &name, &target, false);
        } else if !entry.is_dir() && !name.ends_with('/') {
            walk.file(member, &mut entry, depth + 1);
        }
        if walk.is_full() {
            return;
        }
    }
}

/// A member's path through the archive; what would lead out of it is told and has none.
fn member(walk: &mut Walk<'_>, path: &str, name: &str) -> Option<String> {
    let inside = inside(name);
    if inside.is_none() {
        let message = "a name that leads out of the archive, not read".to_string();
        walk.issue(format!("{path}!{name}"), message);
    }
    inside.map(|inside| format!("{path}!{inside}"))
}

/// A link within an archive is a second name of a file that is read under its first one.
fn link(walk: &mut Walk<'_>, member: String, name: &str, target: &str, from_root: bool) {
    if !stays_inside(name, target, from_root) {
        walk.issue(member, format!("a link out of the archive, to {target}, not followed"));
    }
}

/// Whether a link leads to a member of its archive. A hard link's target is named from the root.
pub(super) fn stays_inside(name: &str, target: &str, from_root: bool) -> bool {
    let folder =
        if from_root { "" } else { name.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let leads_to = format!("{folder}/{target}");
    !target.starts_with('/') && inside(leads_to.trim_start_matches('/')).is_some()
}

/// A member's name without `.` and with `..` resolved; `None` if it leads out of the archive.
pub(super) fn inside(name: &str) -> Option<String> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside_or_is_refused() {
        assert_eq!(inside("./a/b"), Some("a/b".to_string()));
        assert_eq!(inside("a/../b"), Some("b".to_string()));
        assert_eq!(inside("../b"), None);
        assert_eq!(inside("a/../../b"), None);
        assert_eq!(inside("/etc/passwd"), None);
        assert_eq!(inside("C:/windows"), None);
    }
}
