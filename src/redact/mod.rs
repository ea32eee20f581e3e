//! Takes secrets out of texts: what is replaced, by what, and how often.
//!
//! The one thing to know: a text is changed within its lines alone. Their number and order stay, what
//! stands in place of a secret is of the same kind for a parser, and a text that was redacted once is
//! not changed again.

mod address;
mod command;
mod flow;
mod form;
mod key;
mod lines;
mod object;
mod pair;
mod pem;
mod sieve;
mod span;
mod value;
mod wide;

use std::borrow::Cow;
use std::collections::BTreeMap;

use lines::Lines;
use sieve::Signs;
use span::Spans;

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A value of a Kubernetes Secret.
    SecretData,
    /// The body of a private key.
    PrivateKey,
    /// A password below a name that says so.
    Password,
    /// A password in a URL.
    UrlPassword,
    /// The hash of a password.
    PasswordHash,
    /// What a bearer shows: a JWT, a session, a bot's token, an API key.
    Token,
    /// A key of a cloud or of a service that is known by its form.
    CloudKey,
    /// A cookie.
    Cookie,
    /// An e-mail address.
    Email,
}

impl Kind {
    /// The kind in words, for a list of counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecretData => "values of Secrets",
            Self::PrivateKey => "private keys",
            Self::Password => "passwords",
            Self::UrlPassword => "passwords in URLs",
            Self::PasswordHash => "password hashes",
            Self::Token => "tokens and keys",
            Self::CloudKey => "keys of clouds and services",
            Self::Cookie => "cookies",
            Self::Email => "e-mail addresses",
        }
    }

    /// One of the kind in words.
    pub fn one(self) -> &'static str {
        match self {
            Self::SecretData => "value of a Secret",
            Self::PrivateKey => "private key",
            Self::Password => "password",
            Self::UrlPassword => "password in a URL",
            Self::PasswordHash => "password hash",
            Self::Token => "token or key",
            Self::CloudKey => "key of a cloud or service",
            Self::Cookie => "cookie",
            Self::Email => "e-mail address",
        }
    }
}

/// Where a secret stands; never the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub kind: Kind,
}

/// How many secrets of each kind were replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Kind, usize>);

impl Counts {
    /// The kinds of which there are any.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, usize)> + '_ {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Whether nothing was replaced.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what another text held.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in other.iter() {
            *self.0.entry(kind).or_default() += count;
        }
    }

    fn count(&mut self, kind: Kind) {
        *self.0.entry(kind).or_default() += 1;
    }
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text; borrowed if nothing was replaced.
    pub bytes: Cow<'a, [u8]>,
    /// What was replaced.
    pub counts: Counts,
}

/// The content of a file without its secrets, be it UTF-8, UTF-16 or bytes that are neither.
pub fn bytes(bytes: &[u8]) -> Redacted<'_> {
    match wide::Wide::of(bytes) {
        Some(wide) => {
            let Redacted { bytes: narrow, counts } = narrow(wide.text.as_bytes());
            let bytes = match counts.is_empty() {
                true => Cow::Borrowed(bytes),
                false => Cow::Owned(wide.bytes(&narrow)),
            };
            Redacted { bytes, counts }
        }
        None => narrow(bytes),
    }
}

/// A text without its secrets.
pub fn text(text: Cow<'_, str>) -> Cow<'_, str> {
    let redacted = match narrow(text.as_bytes()).bytes {
        Cow::Borrowed(_) => None,
        Cow::Owned(bytes) => Some(bytes),
    };
    match redacted {
        None => text,
        Some(bytes) => String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
            .into(),
    }
}

/// Where secrets stand in the content of a file, line by line and each kind once a line. What was redacted
/// holds none.
pub fn places(bytes: &[u8]) -> Vec<Place> {
    match wide::Wide::of(bytes) {
        Some(wide) => spans(wide.text.as_bytes()).places(wide.text.as_bytes()),
        None => spans(bytes).places(bytes),
    }
}

/// Whether bytes are no text, so that secrets in them cannot be found.
pub fn is_binary(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 8 << 10;
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let zeros = sample.iter().filter(|byte| **byte == 0).count();
    // A log that was written while it was cut holds runs of zeros, but is a text for the most part.
    let odd = sample.iter().filter(|byte| **byte < 0x20 && !b"\t\n\r\x0c\x1b\0\x08".contains(byte));
    let is_binary = zeros > 0 && odd.count() * 100 > sample.len();
    is_binary && wide::Wide::of(bytes).is_none()
}

fn narrow(text: &[u8]) -> Redacted<'_> {
    spans(text).applied(text)
}

fn spans(text: &[u8]) -> Spans {
    let mut spans = Spans::default();
    let lines = Lines::new(text);
    let signs = Signs::of(text);
    object::find(&lines, &signs.objects, &mut spans);
    if signs.has_pem {
        pem::find(&lines, &mut spans);
    }
    address::find(text, &mut spans);
    form::find(text, &signs.forms, &mut spans);
    pair::find(&lines, &signs.names, &mut spans);
    command::find(&lines, &signs.commands, &mut spans);
    spans
}

/// Stands in place of a secret.
const PLACEHOLDER: &[u8] = b"REDACTED";
/// The same in base64.
const PLACEHOLDER_BASE64: &[u8] = b"UkVEQUNURUQ=";
/// The same as an e-mail address, of a domain that can never exist (RFC 2606).
const PLACEHOLDER_EMAIL: &[u8] = b"redacted@example.invalid";
