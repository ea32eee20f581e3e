//! What a name says of the value below it.

use super::Kind;

/// How surely a name stands for a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secrecy {
    /// Only what looks random is one.
    Weak,
    /// All that is no name of an object is one.
    Fair,
    /// Whatever stands there is one.
    Strong,
}

/// A name that stands for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) secrecy: Secrecy,
    pub(super) kind: Kind,
}

/// Longer ones are no names.
const LONGEST: usize = 120;

/// Words that make a `secret` behind them one in itself, where others may name a Secret.
const OF_SECRETS: &[&str] = &[
    "client", "shared", "webhook", "jwt", "session", "cookie", "hmac", "oauth", "oauth2", "api",
    "auth", "consumer", "signing", "access", "app", "bot",
];
/// Words that make a `token` behind them one in itself.
const OF_TOKENS: &[&str] = &[
    "access",
    "api",
    "auth",
    "bearer",
    "bot",
    "bootstrap",
    "refresh",
    "id",
    "vault",
    "slack",
    "github",
    "gitlab",
    "git",
    "registration",
    "session",
    "security",
    "csrf",
    "xsrf",
    "private",
    "deploy",
    "user",
    "admin",
    "oauth",
    "join",
    "personal",
    "telegram",
    "discord",
    "ci",
    "npm",
    "runner",
    "influx",
    "grafana",
    "registry",
    "root",
];
/// Words that make a `key` behind them a secret.
const OF_KEYS: &[&str] = &[
    "api",
    "secret",
    "private",
    "account",
    "encryption",
    "encrypt",
    "encryptor",
    "signing",
    "shared",
    "storage",
    "auth",
    "session",
    "jwt",
    "hmac",
    "deploy",
    "subscription",
    "license",
    "ssh",
    "aes",
    "crypt",
    "access",
    "master",
    "admin",
    "app",
    "client",
];
/// What passes something on, and takes no password.
const PASSING: &[&str] =
    &["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "by", "first", "second"];

/// Ends of all names that say anything, in small letters, to pass by others without taking them apart.
const ENDS: &[&[u8]] = &[
    b"key",
    b"token",
    b"secret",
    b"auth",
    b"pass",
    b"password",
    b"passwd",
    b"passphrase",
    b"passcode",
    b"pwd",
    b"psk",
    b"pw",
    b"base",
    b"cookie",
    b"authorization",
    b"credential",
    b"credentials",
    b"creds",
    b"sig",
    b"salt",
    b"sid",
    b"signature",
    b"data",
];

fn ends_like_one(key: &[u8]) -> bool {
    let is_tail = |b: &&u8| !b.is_ascii_alphabetic();
    let len = key.len() - key.iter().rev().take_while(is_tail).count();
    let key = key.get(..len).unwrap_or_default();
    let ends = |end: &&[u8]| {
        let at = key.len().checked_sub(end.len());
        at.and_then(|at| key.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    // A key is always that of something.
    !key.eq_ignore_ascii_case(b"key") && ENDS.iter().any(ends)
}

/// What a name says; `None` if the value below it is no secret.
pub(super) fn named(key: &[u8]) -> Option<Named> {
    if key.len() > LONGEST || !ends_like_one(key) {
        return None;
    }
    let key = std::str::from_utf8(key).ok()?;
    let screams = key.contains(|c: char| c.is_ascii_uppercase())
        && !key.contains(|c: char| c.is_ascii_lowercase());
    let words = words(key);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [.., "key", "data"] = words[..] {
        words.pop();
    }
    let (last, before) = words.split_last()?;
    let secrecy = of_words(last.trim_end_matches(|c: char| c.is_ascii_digit()), before, screams)?;
    Some(Named { secrecy, kind: kind(last) })
}

fn of_words(last: &str, before: &[&str], screams: bool) -> Option<Secrecy> {
    use Secrecy::{Fair, Strong, Weak};
    let previous = before.last().copied();
    let after = |list: &[&str]| previous.is_some_and(|word| list.contains(&word));
    let ends = |endings: &[&str]| endings.iter().any(|ending| last.ends_with(ending));
    let strong_if = |sure: bool| if sure { Strong } else { Fair };
    Some(match last {
        // The folders of a shell.
        "pwd" | "oldpwd" if before.is_empty() => return None,
        _ if ends(&["password", "passwd", "passphrase", "passcode"]) => Strong,
        "pwd" | "psk" | "pw" => Strong,
        "pass" if after(PASSING) => return None,
        "pass" => {
            if previous.is_some() {
                Strong
            } else {
                Weak
            }
        }
        "bypass" | "compass" => return None,
        _ if ends(&[
            "requirepass",
            "userpass",
            "dbpass",
            "rootpass",
            "adminpass",
            "masterauth",
        ]) =>
        {
            Strong
        }
        "token" => strong_if(screams || after(OF_TOKENS)),
        _ if ends(&[
            "accesstoken",
            "authtoken",
            "apitoken",
            "refreshtoken",
            "bottoken",
            "sessiontoken",
        ]) =>
        {
            Strong
        }
        "secret" if screams && previous.is_some() || after(OF_SECRETS) => Strong,
        "secret" => Weak,
        _ if ends(&["clientsecret", "appsecret"]) => Strong,
        "base" if before.ends_with(&["secret", "key"]) => Strong,
        "key" if after(OF_KEYS) => {
            strong_if(screams || after(&["api", "secret", "private", "account"]))
        }
        _ if ends(&["apikey", "secretkey", "accesskey", "privatekey", "accountkey"]) => Strong,
        "cookie" => Strong,
        "authorization" | "auth" | "credential" | "credentials" | "creds" | "sig" | "salt"
        | "sid" => Weak,
        "signature" if after(&["amz", "goog"]) => Weak,
        _ => return None,
    })
}

fn kind(last: &str) -> Kind {
    match last {
        "cookie" => Kind::Cookie,
        _ if last.contains("pass") || matches!(last, "pwd" | "pw") => Kind::Password,
        _ => Kind::Token,
    }
}

/// The words of a name in small letters: `dbPassword`, `DB_PASSWORD` and `db.password` are the same.
fn words(key: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for c in key.chars() {
        let parts = !c.is_ascii_alphanumeric();
        if (parts || was_small && c.is_ascii_uppercase()) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if !parts {
            word.push(c.to_ascii_lowercase());
        }
        was_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}
