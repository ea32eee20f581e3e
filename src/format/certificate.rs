//! Certificates: PEM, what `openssl x509` says of them, kubeadm's table of when they expire, and the
//! list that troubleshoot collects.
//!
//! Only certificates are looked at. Of a file that also holds a key, no more is kept than the lines on
//! which certificates begin.

mod collected;
mod described;
mod x509;

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::vocabulary::certificate as c;
use crate::fact::{Cell, RelationId, Row, Value};
use crate::text::{Place, Span};

use described::Described;
use x509::Certificate;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "certificate",
    doc: "certificates, as PEM, by `openssl x509 -text`, or by `kubeadm certs check-expiration`",
    recognize,
    read: |capture, _| read(capture),
};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Whether a text holds a certificate in PEM.
pub(super) fn holds_any(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Lines at the beginning that say what a text is.
const FIRST: usize = 12;

fn recognize(capture: &Capture<'_>) -> bool {
    let mut first = capture.head().take(FIRST);
    first.any(|line| {
        line == BEGIN
            || line.trim_end() == "Certificate:"
            || described::is_short(line)
            || described::is_header(line)
            || line.starts_with("CONNECTED(") && holds_any(capture.text)
    }) || collected::is_list(capture)
        || capture.head().next().is_some_and(|line| line.starts_with("-----BEGIN "))
            && holds_any(capture.text)
}

/// A certificate in PEM, and where it stands.
struct Block<'a> {
    at: usize,
    end: usize,
    body: &'a str,
}

/// The certificates in a text.
fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(BEGIN)?;
        let begin = at + BEGIN.len();
        let rest = text.get(begin..)?;
        // What was cut off ends where the text does, or the next one begins.
        let next = rest.find(BEGIN).unwrap_or(rest.len());
        let length = rest.find(END).filter(|end| *end < next).unwrap_or(next);
        from = begin + length;
        Some(Block { at, end: begin, body: text.get(begin..from)? })
    })
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    if collected::is_list(capture) {
        collected::read(capture, &mut reading);
        return reading;
    }
    if capture.head().take(FIRST).any(described::is_header) {
        described::expirations(capture, &mut reading);
        return reading;
    }
    let mut rows: Vec<(usize, Draft)> = Vec::new();
    let mut described = described::all(capture);
    if holds_any(capture.text) {
        // `openssl s_client` repeats two names below the chain.
        described.retain(Described::is_dated);
    }
    for block in blocks(capture.text) {
        let place = capture.place(Span::new(block.at, block.end));
        match Certificate::from_base64(block.body) {
            Ok(certificate) => {
                // Without `-noout` the certificate follows its description, which people can read.
                let told = described.iter().any(|text| {
                    text.at < block.at && text.serial() == Some(certificate.serial.as_str())
                });
                if !told {
                    rows.push((block.at, certificate.row(place)));
                }
            }
            Err(why) => {
                let message = format!("a certificate that cannot be read: {why}");
                reading.issues.push((Some(place.line), message));
            }
        }
    }
    rows.extend(described.into_iter().map(|text| (text.at, text.row(capture))));
    rows.sort_by_key(|(at, _)| *at);
    let file = file(capture);
    for (n, (_, row)) in rows.into_iter().enumerate() {
        let row = owned_by_none(row).put(c::position, Value::Int(n as i64 + 1));
        row.maybe(c::file, file).add(&mut reading);
    }
    reading.keep_lines_alone();
    reading
}

/// The file of a certificate: what a command was given, or the captured file, unless it is a text about
/// many things.
fn file<'a>(capture: &'a Capture<'_>) -> Option<&'a str> {
    let said = capture.said();
    if said.is_empty() {
        let pem = capture.text.trim_start().starts_with("-----BEGIN ");
        return Some(capture.file_name()).filter(|_| pem && capture.offset == 0);
    }
    let given = said.iter().skip_while(|word| *word != "-in").nth(1);
    let shown = || Some(capture).filter(|_| capture.by(&["cat"]))?.shown_file();
    given.map(String::as_str).or_else(shown)
}

/// A row about a certificate that no Secret holds.
fn owned_by_none(row: Draft) -> Draft {
    [c::namespace, c::secret, c::key].into_iter().fold(row, |row, at| row.put(at, Cell::Absent))
}

/// A certificate in a Secret or a kubeconfig.
pub(super) struct Held {
    /// Which one it is in its value.
    position: usize,
    certificate: Certificate,
}

/// The certificates in a value in base64. `None` if it is none, such as what a collector hid.
pub(super) fn held(value: &str) -> Option<Result<Vec<Held>, String>> {
    let bytes = x509::base64(value)?;
    let text = String::from_utf8_lossy(&bytes);
    let read = blocks(&text).enumerate().map(|(n, block)| {
        let certificate = Certificate::from_base64(block.body)?;
        Ok(Held { position: n + 1, certificate })
    });
    Some(read.collect())
}

impl Held {
    fn row(self, place: Place) -> Draft {
        self.certificate.row(place).put(c::position, Value::Int(self.position as i64))
    }

    /// A row about a certificate of a Secret, which still lacks namespace, Secret and key.
    pub(super) fn of_secret(self, place: Place) -> (RelationId, Row) {
        let nobodys = [c::pod, c::node, c::file];
        nobodys.into_iter().fold(self.row(place), |row, at| row.put(at, Cell::Absent)).done()
    }

    /// A row about a certificate of a file.
    pub(super) fn of_file(self, place: Place, file: Option<&str>) -> (RelationId, Row) {
        owned_by_none(self.row(place)).maybe(c::file, file).done()
    }
}
