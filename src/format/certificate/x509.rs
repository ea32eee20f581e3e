//! What a certificate says, once its PEM is decoded.

use std::net::IpAddr;

use base64ct::{Base64, Encoding};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::{TbsCertificate, time::Time};

use super::Draft;
use crate::fact::Cell;
use crate::fact::vocabulary::certificate as c;
use crate::text::Place;

/// What a certificate says.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) serial: String,
    subject: String,
    issuer: String,
    not_before: Cell,
    not_after: Cell,
    names: Vec<String>,
    is_ca: bool,
}

/// The bytes behind base64, with whatever line breaks.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    Base64::decode_vec(&text).ok()
}

impl Certificate {
    /// Reads what stands between the first and the last line of its PEM. Other than the library for
    /// PEM, it takes lines of any width, as they come out of mails.
    pub(super) fn from_base64(body: &str) -> Result<Self, String> {
        let bytes = base64(body).ok_or("its base64 is broken")?;
        let read = x509_cert::Certificate::from_der(&bytes).map_err(|error| error.to_string())?;
        Ok(Self::new(&read.tbs_certificate))
    }

    fn new(said: &TbsCertificate) -> Self {
        let names = said.get::<SubjectAltName>().ok().flatten();
        let names = names.map_or(vec![], |(_, names)| names.0.iter().filter_map(name).collect());
        let constraints = said.get::<BasicConstraints>().ok().flatten();
        Self {
            serial: serial(said.serial_number.as_bytes()),
            subject: said.subject.to_string(),
            issuer: said.issuer.to_string(),
            not_before: time(&said.validity.not_before),
            not_after: time(&said.validity.not_after),
            names,
            is_ca: constraints.is_some_and(|(_, constraints)| constraints.ca),
        }
    }

    /// A row about it, without what says where it was found.
    pub(super) fn row(self, place: Place) -> Draft {
        let names = (!self.names.is_empty()).then(|| self.names.join(","));
        let self_signed = self.subject == self.issuer;
        Draft::new(c::ID, place)
            .put(c::subject, self.subject)
            .put(c::issuer, self.issuer)
            .put(c::serial, self.serial)
            .put(c::not_before, self.not_before)
            .put(c::not_after, self.not_after)
            .or_absent(c::names, names)
            .put(c::is_ca, self.is_ca)
            .put(c::self_signed, self_signed)
    }
}

/// Hexadecimal digits, as `openssl x509 -serial` prints them.
fn serial(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(bytes);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// An instant; what lies beyond all time is never. Source: RFC 5280, 4.1.2.5.
fn time(time: &Time) -> Cell {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
    let instant = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    instant.map_or(Cell::Absent, |instant| Cell::from(instant.to_string()))
}

/// A name or an address that a certificate is for.
fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
        GeneralName::IpAddress(bytes) => {
            address(bytes.as_bytes()).map(|address| address.to_string())
        }
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4().or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}
