//! Secrets that are known by their form, wherever they stand.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::{Captures, Regex};

use super::span::Spans;
use super::{Kind, PLACEHOLDER};

/// Forms of tokens, each with a beginning that nothing else has. What is replaced is the group that took
/// part: `t` a token, `c` a key of a cloud or a service, `h` the hash of a password.
const FORMS: &[&str] = &[
    // JSON Web Tokens, signed, unsigned or encrypted.
    r"(?<t1>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3})",
    // Amazon.
    r"\b(?<c1>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b",
    // Google: API keys, OAuth tokens, client secrets.
    r"\b(?<c2>AIza[0-9A-Za-z_-]{35})",
    r"\b(?<c3>ya29\.[0-9A-Za-z_-]{20,})",
    r"\b(?<c4>GOCSPX-[0-9A-Za-z_-]{20,})",
    // Azure: client secrets.
    r"(?<c5>\b[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34})",
    // GitHub and GitLab.
    r"\b(?<c6>gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|gl(?:pat|dt|rt|ptt|soat|cbt|agent|ft)-[A-Za-z0-9_.-]{20,})",
    // Slack: tokens and hooks. Discord: hooks.
    r"\b(?<c7>xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})",
    r"hooks\.slack\.com/(?:services|workflows)/(?<c8>[A-Za-z0-9_/-]{20,})",
    r"discord(?:app)?\.com/api/webhooks/(?<c9>[0-9]+/[A-Za-z0-9_-]{30,})",
    // Telegram: `bot` and number, colon, token.
    r"(?:\b|bot)(?<t2>[0-9]{8,10}:[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)",
    // Stripe, SendGrid, npm, PyPI, Docker Hub, DigitalOcean, Databricks, Shopify, New Relic, Hugging Face.
    r"\b(?<c10>[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})",
    r"\b(?<c11>SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
    r"\b(?<c12>npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|dckr_pat_[A-Za-z0-9_-]{20,}|do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|NRAK-[A-Z0-9]{27}|hf_[A-Za-z0-9]{30,})",
    // Grafana, Linear, Vault, Terraform, age, NATS.
    r"\b(?<c13>gl(?:c|sa)_[A-Za-z0-9+/=_]{30,}|lin_api_[A-Za-z0-9]{30,}|hv[sbr]\.[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}|AGE-SECRET-KEY-1[A-Z0-9]{50,})",
    // OpenAI and Anthropic.
    r"\b(?<c14>sk-(?:proj-|svcacct-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{32,})",
    // OpenShift.
    r"\b(?<t3>sha256~[A-Za-z0-9_-]{43})",
    // crypt(3), bcrypt, Argon2, Apache.
    r"(?<h1>\$(?:2[abxy]\$[0-9]{2}|apr1|1|5|6|y|argon2(?:id?|d))\$[./A-Za-z0-9$=,+]{20,})",
    // What a client shows: `Bearer …`, `Basic …`.
    r"(?i:bearer)(?:[ :]|%20|\\u0020)+(?:token )?(?<t4>[A-Za-z0-9._~+/-]*[0-9][A-Za-z0-9._~+/-]{6,}=*)",
    r"(?i:authorization\W{1,8}basic |\bbasic )(?<t5>[A-Za-z0-9+/]{8,}={0,2})",
];

static FORM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("(?-u){}", FORMS.join("|"))).expect("the forms are ours"));
/// Seeks tokens in the lines in which one may begin at one of `signs`.
pub(super) fn find(text: &[u8], signs: &[usize], spans: &mut Spans) {
    let mut from = 0;
    for sign in signs {
        if *sign < from {
            continue;
        }
        // A form never spans lines.
        let start =
            memchr::memrchr(b'\n', text.get(..*sign).unwrap_or_default()).map_or(0, |n| n + 1);
        let start = start.max(sign.saturating_sub(64)).max(from);
        let rest = text.get(*sign..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).map_or(text.len(), |n| sign + n);
        in_line(text.get(start..end).unwrap_or_default(), start, spans);
        from = end;
    }
}

fn in_line(line: &[u8], start: usize, spans: &mut Spans) {
    for found in FORM.captures_iter(line) {
        let Some((kind, group)) = taken(&found) else { continue };
        let bytes = group.as_bytes();
        if bytes == PLACEHOLDER || kind == Some('b') && !is_basic(bytes) {
            continue;
        }
        let kind = match kind {
            Some('c') => Kind::CloudKey,
            Some('h') => Kind::PasswordHash,
            Some('b') => Kind::Password,
            _ => Kind::Token,
        };
        spans.hide(start + group.start()..start + group.end(), kind);
    }
}

/// The group that took part, and what it is.
fn taken<'t>(found: &Captures<'t>) -> Option<(Option<char>, regex::bytes::Match<'t>)> {
    let names = FORM.capture_names().enumerate().skip(1);
    names.filter_map(|(n, name)| Some((name?, found.get(n)?))).next().map(|(name, group)| {
        let kind = if name == "t5" { Some('b') } else { name.chars().next() };
        (kind, group)
    })
}

/// Whether it is a user and a password in base64.
fn is_basic(word: &[u8]) -> bool {
    super::value::decoded(word).is_some_and(|decoded| {
        memmem::find(&decoded, b":").is_some() && decoded.iter().all(|b| *b >= 0x20 && *b != 0x7f)
    })
}
