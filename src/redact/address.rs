//! What has an `@` in it: passwords in URLs, and e-mail addresses.

use std::ops::Range;

use super::span::Spans;
use super::{Kind, PLACEHOLDER, PLACEHOLDER_EMAIL, value};

/// Longer than any part of an address.
const LONGEST: usize = 256;

/// Ends of what looks like a domain and is none: units of systemd, names inside of clusters.
const NO_DOMAINS: &[&str] = &[
    "service",
    "socket",
    "mount",
    "device",
    "target",
    "slice",
    "timer",
    "scope",
    "swap",
    "path",
    "automount",
    "local",
    "internal",
    "svc",
    "cluster",
    "invalid",
    "conf",
    "log",
    "yaml",
    "json",
    "go",
    "sh",
    "txt",
    "localdomain",
    "lan",
];
/// Domains in whose names programs and no people speak: algorithms of SSH, accounts of workloads.
const NO_PEOPLE: &[&str] = &["openssh.com", "libssh.org", "gserviceaccount.com"];

pub(super) fn find(text: &[u8], spans: &mut Spans) {
    let mut url_until = 0;
    for at in memchr::memchr_iter(b'@', text) {
        if at < url_until {
            continue;
        }
        match user_info(text, at) {
            Some((password, end)) => {
                url_until = end;
                if let Some(password) = password {
                    spans.hide(password, Kind::UrlPassword);
                }
            }
            None => {
                if let Some(email) = email(text, at) {
                    spans.replace(email, Kind::Email, PLACEHOLDER_EMAIL);
                }
            }
        }
    }
}

/// The password in what stands between `://` and an `@`, if that is a URL, and where the last `@` of it
/// stands: a password may hold one, too.
fn user_info(text: &[u8], at: usize) -> Option<(Option<Range<usize>>, usize)> {
    let from = at.saturating_sub(LONGEST * 4);
    let before = text.get(from..at)?;
    let start = before.iter().rposition(|b| is_border(*b)).map_or(0, |n| n + 1);
    let word = before.get(start..)?;
    let scheme = memchr::memmem::rfind(word, b"://")?;
    let begin = from + start + scheme + 3;
    if word.get(scheme + 3..)?.contains(&b'/')
        || !word.get(..scheme)?.last()?.is_ascii_alphanumeric()
    {
        return None;
    }
    let rest = text.get(at..text.len().min(at + LONGEST))?;
    let host = rest
        .iter()
        .position(|b| is_border(*b) || matches!(b, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let last = rest.get(..host)?.iter().rposition(|b| *b == b'@')?;
    let end = at + last;
    let info = text.get(begin..end)?;
    let password = match info.iter().position(|b| *b == b':') {
        Some(colon) => begin + colon + 1..end,
        // A token may stand where a user's name does.
        None if info.len() >= 20 && value::is_random(info) => begin..end,
        None => return Some((None, end + 1)),
    };
    let is_open = is_masked(text.get(password.clone())?);
    Some(((!is_open && !password.is_empty()).then_some(password), end + 1))
}

fn is_masked(password: &[u8]) -> bool {
    password == PLACEHOLDER
        || password.iter().all(|b| b"*xX".contains(b))
        || password.starts_with(b"$(")
        || password.starts_with(b"${")
        || password.starts_with(b"{{")
        || password.starts_with(b"<")
}

/// What ends a URL.
fn is_border(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | b'=' | b',')
}

/// The address around an `@`.
fn email(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = text.get(at.saturating_sub(LONGEST)..at)?;
    let local = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
        .count();
    let start = at - local;
    let behind = text.get(at + 1..text.len().min(at + LONGEST))?;
    let domain =
        behind.iter().take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b)).count();
    // What a program was built as: `root@host.docker.io/istio-1.2.2`.
    if behind.get(domain) == Some(&b'/') {
        return None;
    }
    let domain = behind.get(..domain)?;
    let domain = domain.strip_suffix(b".").unwrap_or(domain);
    let local = text.get(start..at)?;
    let names = local.first()?.is_ascii_alphanumeric() && local != b"git" && local != PLACEHOLDER;
    let domain = std::str::from_utf8(domain).ok()?;
    (names && is_domain_of_people(domain)).then(|| start..at + 1 + domain.len())
}

fn is_domain_of_people(domain: &str) -> bool {
    let Some((rest, top)) = domain.rsplit_once('.') else { return false };
    let is_version =
        domain.starts_with('v') && domain.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let is_top = (2..=18).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
    is_top
        && !is_version
        && !rest.is_empty()
        && rest
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && !NO_DOMAINS.contains(&top.to_ascii_lowercase().as_str())
        && !NO_PEOPLE.iter().any(|end| domain.ends_with(end))
}
