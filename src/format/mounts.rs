//! `mount` and `/proc/mounts`: what is mounted where.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::vocabulary::mount as m;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "mount",
    doc: "file systems that are mounted, `mount`, `/proc/mounts`",
    recognize,
    read: |capture, _| read(capture),
};

/// A mounted file system.
struct Mount<'a> {
    device: &'a str,
    mount: String,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn new(line: &'a str) -> Option<Self> {
        Self::printed(line).or_else(|| Self::of_proc(line))
    }

    /// `/dev/sda1 on / type ext4 (rw,relatime)`, behind which a label may stand.
    fn printed(line: &'a str) -> Option<Self> {
        let (device, rest) = line.split_once(" on /")?;
        let (mount, rest) = rest.split_once(" type ")?;
        let (kind, rest) = rest.split_once(" (")?;
        let (options, _) = rest.split_once(')')?;
        let plain = !device.is_empty() && !kind.contains(' ') && !options.contains(' ');
        plain.then(|| Self { device, mount: format!("/{mount}"), kind, options })
    }

    /// `/dev/sda1 / ext4 rw,relatime 0 0`, where blanks in names are written as `\040`.
    fn of_proc(line: &'a str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let &[device, mount, kind, options, dump, pass] = &words[..] else { return None };
        let writable = options.split(',').any(|option| matches!(option, "rw" | "ro"));
        let numbers = [dump, pass].iter().all(|word| word.parse::<u8>().is_ok());
        let known = mount.starts_with('/') && writable && numbers;
        known.then(|| Self { device, mount: mount.replace("\\040", " "), kind, options })
    }
}

fn recognize(capture: &Capture<'_>) -> bool {
    let (mut seen, mut all) = (0, 0);
    for line in capture.head() {
        all += 1;
        seen += usize::from(Mount::new(line).is_some());
    }
    seen > 0 && seen * 5 >= all * 4
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    for (at, line) in capture.each_line() {
        let Some(found) = Mount::new(line) else { continue };
        Draft::new(m::ID, capture.line_place(at, line))
            .put(m::device, found.device)
            .put(m::mount, found.mount)
            .put(m::r#type, found.kind)
            .put(m::options, found.options)
            .add(&mut reading);
    }
    let said = capture.said();
    let plain = said.len() == 1 || capture.by(&["cat"]) && said.len() == 2;
    let whole = ["mounts", "mount", "mount.txt", "mounts.txt"].contains(&capture.file_name());
    if plain || said.is_empty() && whole {
        reading.shows_all(m::ID);
    }
    reading
}
