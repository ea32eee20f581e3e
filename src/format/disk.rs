//! `df` in its variants: how full file systems are.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, binary};
use crate::fact::vocabulary::filesystem_usage as f;
use crate::fact::{Cell, Value};
use crate::text::Place;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "df",
    doc: "how full file systems are, `df -h`, `df -k`, `df -i`",
    recognize: |capture| capture.head().any(|line| columns(line).is_some()),
    read: |capture, _| read(capture),
};

/// A column of df.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Device,
    Type,
    /// A size in blocks of so many bytes; `None` if a unit stands behind each.
    Size(Option<i64>),
    Used,
    Available,
    Percent,
    Inodes,
    InodesUsed,
    InodesFree,
    InodesPercent,
    Mount,
}

/// The columns of a header.
fn columns(line: &str) -> Option<Vec<Column>> {
    let mut words = line.split_whitespace().peekable();
    if !matches!(words.next()?, "Filesystem" | "文件系统") {
        return None;
    }
    let mut columns = vec![Column::Device];
    for word in words {
        columns.push(match word {
            "Type" | "类型" => Column::Type,
            "Size" | "容量" => Column::Size(None),
            "Used" | "已用" => Column::Used,
            "Avail" | "Available" | "可用" => Column::Available,
            "Use%" | "Capacity" | "已用%" => Column::Percent,
            "Inodes" | "Inode" => Column::Inodes,
            "IUsed" | "已用(I)" | "已用I" => Column::InodesUsed,
            "IFree" | "可用(I)" | "可用I" => Column::InodesFree,
            "IUse%" | "已用(I)%" | "已用I%" => Column::InodesPercent,
            "Mounted" | "挂载点" => Column::Mount,
            "on" => continue,
            word => Column::Size(Some(block(word)?)),
        });
    }
    columns.contains(&Column::Mount).then_some(columns)
}

/// The bytes of a block: `1K-blocks`, `1024-blocks`, `1M-blocks`.
fn block(word: &str) -> Option<i64> {
    let size = word.strip_suffix("-blocks").or(word.strip_suffix("-块"))?;
    let digits = size.trim_end_matches(['B', 'K', 'M', 'G', 'T']);
    let number: i64 = digits.parse().ok()?;
    let factor = match size.get(digits.len()..)? {
        "" | "B" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut header: Vec<Column> = Vec::new();
    // `-H` counts in thousands, and prints the same units.
    let decimal = capture.by(&["df"]) && capture.said().iter().any(|word| word == "-H");
    // A long name stands on a line of its own.
    let mut carried: Option<&str> = None;
    for (at, line) in capture.each_line() {
        if let Some(columns) = columns(line) {
            header = columns;
            continue;
        }
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let ([only], false) = (&words[..], header.is_empty()) {
            carried = Some(only);
            continue;
        }
        if let Some(device) = carried.take().filter(|_| line.starts_with(' ')) {
            words.insert(0, device);
        }
        if let Some(row) = row(&header, &words, decimal, capture.line_place(at, line)) {
            row.add(&mut reading);
        }
    }
    reading
}

fn row(header: &[Column], words: &[&str], decimal: bool, place: Place) -> Option<Draft> {
    let last = header.len().checked_sub(1)?;
    // Only the mount, which is the last, may hold blanks.
    let mount = words.get(last..).filter(|words| !words.is_empty())?.join(" ");
    if !mount.starts_with('/') {
        return None;
    }
    let unit = header.iter().find_map(|column| match column {
        Column::Size(unit) => *unit,
        _ => None,
    });
    let amount = |word: &str| match unit {
        Some(unit) => bytes(word, unit),
        None if decimal => Some(word.to_string()),
        None => binary(word),
    };
    let mut row = Draft::new(f::ID, place).put(f::mount, mount);
    for (column, word) in header.iter().zip(words).take(last) {
        let number = || word.parse::<i64>().ok();
        row = match column {
            Column::Device => row.put(f::device, *word),
            Column::Type => row.put(f::r#type, *word),
            Column::Size(_) => row.maybe(f::size, amount(word)),
            Column::Used => row.maybe(f::used, amount(word)),
            Column::Available => row.maybe(f::available, amount(word)),
            Column::Percent => row.put(f::percent, percent(word)?),
            Column::Inodes => row.maybe(f::inodes, number()),
            Column::InodesFree => row.maybe(f::inodes_free, number()),
            Column::InodesPercent => row.put(f::inodes_percent, percent(word)?),
            Column::InodesUsed | Column::Mount => row,
        };
    }
    Some(row)
}

/// So many blocks, in thousands of bytes if they are whole ones.
fn bytes(word: &str, unit: i64) -> Option<String> {
    let bytes = word.parse::<i64>().ok()?.checked_mul(unit)?;
    let (size, suffix) = match unit {
        unit if unit % 1024 == 0 => (bytes / 1024, "Ki"),
        _ => (bytes, ""),
    };
    Some(format!("{size}{suffix}"))
}

/// `45%`; a line stands for what has no size.
fn percent(word: &str) -> Option<Cell> {
    match word {
        "-" => Some(Cell::Absent),
        word => Some(Cell::Known(Value::Int(word.strip_suffix('%')?.parse().ok()?))),
    }
}
