//! Certificates as tools describe them: `openssl x509 -text`, `-subject -enddate`, and
//! `kubeadm certs check-expiration`.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::{Capture, Draft, Reading, c};
use crate::fact::{Cell, Value};
use crate::text::Place;

/// Whether a line is one of `openssl x509 -noout -subject -issuer -dates -serial`.
pub(super) fn is_short(line: &str) -> bool {
    let dated = ["notBefore=", "notAfter="].iter().any(|begin| line.starts_with(begin));
    let named = ["subject=", "issuer="].iter().find_map(|begin| line.strip_prefix(begin));
    dated || named.is_some_and(|name| name.contains('=') && !name.contains('"'))
}

/// A certificate as openssl describes it, as far as it was read.
#[derive(Default)]
pub(super) struct Described {
    /// Where it begins in the text.
    pub(super) at: usize,
    /// Its first line.
    begins: usize,
    fields: Vec<(usize, Cell, Place)>,
    /// How often the algorithm of its signature was told: once before it, and once at the end.
    algorithms: usize,
}

impl Described {
    /// Puts what a line says, unless it was said already.
    fn put(&mut self, column: usize, cell: impl Into<Cell>, place: Place) {
        if !self.has(column) {
            self.fields.push((column, cell.into(), place));
        }
    }

    fn has(&self, column: usize) -> bool {
        self.fields.iter().any(|(known, ..)| *known == column)
    }

    fn cell(&self, column: usize) -> Option<&Cell> {
        self.fields.iter().find(|(known, ..)| *known == column).map(|(_, cell, _)| cell)
    }

    /// Whether it says when it expires.
    pub(super) fn is_dated(&self) -> bool {
        self.has(c::not_after)
    }

    /// The serial number.
    pub(super) fn serial(&self) -> Option<&str> {
        match self.cell(c::serial)?.known()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A row about it, without what says where it was found.
    pub(super) fn row(&self, capture: &Capture<'_>) -> Draft {
        let line = capture.text.get(self.at..self.begins).unwrap_or_default();
        let mut row = Draft::new(c::ID, capture.line_place(self.at, line));
        for (column, cell, place) in &self.fields {
            row = row.put_at(*column, cell.clone(), *place);
        }
        if let (Some(subject), Some(issuer)) = (self.cell(c::subject), self.cell(c::issuer)) {
            row = row.put(c::self_signed, subject == issuer);
        }
        // What was not cut off says all.
        if self.algorithms > 1 && !self.has(c::names) {
            row = row.put(c::names, Cell::Absent);
        }
        if self.algorithms > 1 && !self.has(c::is_ca) {
            row = row.put(c::is_ca, false);
        }
        row
    }
}

/// What the next line is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Serial,
    Names,
    Authority,
}

/// The certificates that a text describes.
pub(super) fn all(capture: &Capture<'_>) -> Vec<Described> {
    let mut out: Vec<Described> = Vec::new();
    let mut next = None;
    for (at, line) in capture.each_line() {
        let place = capture.line_place(at, line);
        let said = line.trim();
        let begin = |out: &mut Vec<Described>| {
            out.push(Described { at, begins: at + line.len(), ..Described::default() });
        };
        if said == "Certificate:" {
            begin(&mut out);
            continue;
        }
        if let Some((column, cell)) = short(said).filter(|_| !line.starts_with(' ')) {
            // The same word again is about another certificate.
            if out.last().is_none_or(|last| last.has(column)) {
                begin(&mut out);
            }
            if let Some(last) = out.last_mut() {
                last.put(column, cell, place);
            }
            continue;
        }
        let Some(certificate) = out.last_mut() else { continue };
        match next.take() {
            Some(Next::Serial) => certificate.put(c::serial, serial(said), place),
            Some(Next::Names) => certificate.put(c::names, names(said), place),
            Some(Next::Authority) => certificate.put(c::is_ca, said.contains("CA:TRUE"), place),
            None => next = field(certificate, said, place),
        }
    }
    out.retain(|certificate| !certificate.fields.is_empty());
    out
}

/// Reads a line of `-text`; some fields stand on the next one.
fn field(certificate: &mut Described, said: &str, place: Place) -> Option<Next> {
    let (label, value) = said.split_once(':')?;
    let value = value.trim();
    match label.trim() {
        "Serial Number" if value.is_empty() => return Some(Next::Serial),
        "Serial Number" => {
            let hexadecimal = value.split_once("(0x").and_then(|(_, rest)| rest.strip_suffix(')'));
            certificate.put(c::serial, hexadecimal.map_or(Cell::Unknown, serial), place);
        }
        "Issuer" => certificate.put(c::issuer, distinguished(value), place),
        "Subject" => certificate.put(c::subject, distinguished(value), place),
        "Not Before" => certificate.put(c::not_before, instant(value), place),
        "Not After" => certificate.put(c::not_after, instant(value), place),
        "Signature Algorithm" => certificate.algorithms += 1,
        "X509v3 Subject Alternative Name" => return Some(Next::Names),
        "X509v3 Basic Constraints" => return Some(Next::Authority),
        _ => {}
    }
    None
}

/// The column and the value of a line of `-subject`, `-issuer`, `-dates`, `-serial`.
fn short(line: &str) -> Option<(usize, Cell)> {
    let (label, value) = line.split_once('=')?;
    let value = value.trim();
    Some(match label {
        "subject" => (c::subject, distinguished(value)),
        "issuer" => (c::issuer, distinguished(value)),
        "notBefore" => (c::not_before, instant(value)),
        "notAfter" => (c::not_after, instant(value)),
        "serial" => (c::serial, serial(value)),
        _ => return None,
    })
}

/// A serial number without colons, in whole bytes.
fn serial(text: &str) -> Cell {
    let digits: String = text.chars().filter(|c| *c != ':').collect::<String>().to_uppercase();
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let digits = match digits.strip_prefix("00") {
        Some(rest) if !rest.is_empty() => rest,
        _ => &digits,
    };
    let known = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    if known { Cell::from(digits) } else { Cell::Unknown }
}

/// `DNS:kubernetes, IP Address:10.96.0.1, URI:spiffe://…`, without the labels and other sorts of names.
fn names(text: &str) -> Cell {
    let labels = ["DNS:", "IP Address:", "URI:"];
    let name = |part: &str| {
        let part = part.trim();
        let (label, name) =
            labels.iter().find_map(|label| Some((label, part.strip_prefix(label)?)))?;
        let address = *label == "IP Address:";
        Some(if address { Value::address(name).text().into_owned() } else { name.to_string() })
    };
    let names: Vec<String> = text.split(", ").filter_map(name).collect();
    if names.is_empty() { Cell::Absent } else { Cell::from(names.join(",")) }
}

/// `Sep 30 10:00:00 2021 GMT`, which openssl always says in this zone.
fn instant(text: &str) -> Cell {
    let utc = text.strip_suffix(" GMT").map(|text| text.split_whitespace().collect::<Vec<_>>());
    utc.and_then(|words| at(&words.join(" "), "%b %d %H:%M:%S %Y"))
        .map_or(Cell::Unknown, Cell::from)
}

fn at(text: &str, shape: &str) -> Option<String> {
    let civil = DateTime::strptime(shape, text).ok()?;
    Some(TimeZone::fixed(Offset::UTC).to_timestamp(civil).ok()?.to_string())
}

/// A distinguished name as in RFC 4514, out of `O = system:masters, CN = admin`,
/// `O=system:masters, CN=admin` or `/O=system:masters/CN=admin`.
fn distinguished(text: &str) -> Cell {
    if text.is_empty() {
        return Cell::from("");
    }
    let parts = match text.strip_prefix('/') {
        Some(rest) => slashed(rest),
        // Commas without blanks are those of RFC 4514 itself.
        None if !text.contains(", ") && !text.contains(" = ") => return Cell::from(text),
        None => comma_separated(text),
    };
    let parts: Option<Vec<String>> = parts.iter().rev().map(|part| attribute(part)).collect();
    parts.map_or(Cell::Unknown, |parts| Cell::from(parts.join(",")))
}

/// `O=a/b/CN=x`: a slash without an equals sign behind it is part of a value.
fn slashed(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split('/') {
        match parts.last_mut() {
            Some(last) if !part.contains('=') => {
                last.push('/');
                last.push_str(part);
            }
            _ => parts.push(part.to_string()),
        }
    }
    parts
}

/// `O = "Foo, Inc", CN = x`: a comma between quotes is part of a value.
fn comma_separated(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            ',' if !quoted && !escaped => parts.push(String::new()),
            c => {
                quoted ^= c == '"' && !escaped;
                if let Some(last) = parts.last_mut() {
                    last.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

/// `CN=x` out of `CN = x`, with the escapes of RFC 4514 instead of quotes.
fn attribute(part: &str) -> Option<String> {
    let (key, value) = part.split_once('=')?;
    let value = value.trim();
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = match inner {
        Some(inner) => inner
            .chars()
            .flat_map(|c| Some('\\').filter(|_| ",+;<>".contains(c)).into_iter().chain([c]))
            .collect(),
        None => value.to_string(),
    };
    Some(format!("{}={value}", key.trim()))
}

/// Whether a line heads a table of `kubeadm certs check-expiration`.
pub(super) fn is_header(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(
        words[..],
        ["CERTIFICATE", "EXPIRES", "RESIDUAL", ..]
            | ["CERTIFICATE", "AUTHORITY", "EXPIRES", "RESIDUAL", ..]
    )
}

/// Reads what kubeadm tells of the certificates of a control plane.
pub(super) fn expirations(capture: &Capture<'_>, reading: &mut Reading) {
    let mut authorities = None;
    for (at, line) in capture.each_line() {
        if is_header(line) {
            authorities = Some(line.starts_with("CERTIFICATE AUTHORITY"));
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(is_ca), [file, month, day, year, clock, "UTC", ..]) = (authorities, &words[..])
        else {
            continue;
        };
        // `Dec 30, 2020 23:36 UTC`
        let time = format!("{month} {day} {year} {clock}");
        let Some(expires) = self::at(&time, "%b %d, %Y %H:%M") else { continue };
        super::owned_by_none(Draft::new(c::ID, capture.line_place(at, line)))
            .put(c::file, *file)
            .put(c::not_after, expires)
            .put(c::is_ca, is_ca)
            .add(reading);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_notation() {
        for said in [
            "O = system:masters, CN = admin",
            "O=system:masters, CN=admin",
            "/O=system:masters/CN=admin",
            "CN=admin,O=system:masters",
        ] {
            assert_eq!(distinguished(said), Cell::from("CN=admin,O=system:masters"), "{said}");
        }
        let quoted = distinguished("O = \"Foo, Inc\", CN = a");
        assert_eq!(quoted, Cell::from("CN=a,O=Foo\\, Inc"));
        assert_eq!(distinguished("/O=a/b/CN=x"), Cell::from("CN=x,O=a/b"));
        assert_eq!(distinguished("CN = x"), Cell::from("CN=x"));
    }

    #[test]
    fn a_serial_number_is_written_in_whole_bytes() {
        assert_eq!(serial("0a:1b:2c"), Cell::from("0A1B2C"));
        assert_eq!(serial("7b"), serial("07b"));
        assert_eq!(serial("00:9f"), Cell::from("9F"));
        assert_eq!(serial("x"), Cell::Unknown);
    }
}
