//! What a value looks like: a secret, a name, or nothing to hide.

/// Whether a value hides nothing: empty, a truth, a place, a reference, or hidden already.
pub(super) fn is_open(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let lower = value.to_ascii_lowercase();
    const SAID: &[&[u8]] = &[
        b"",
        b"true",
        b"false",
        b"null",
        b"nil",
        b"none",
        b"~",
        b"yes",
        b"no",
        b"0",
        b"-",
        b"on",
        b"off",
        b"redacted",
        b"ukvequnuruq=",
        b"undefined",
        b"unset",
        b"empty",
        b"\\",
        b"invalid",
        b"missing",
        b"expired",
        b"optional",
        b"required",
        b"enabled",
        b"disabled",
        b"default",
    ];
    const BEGIN: &[&[u8]] = &[
        b"<",
        b"${",
        b"$(",
        b"{{",
        b"%(",
        b"{",
        b"[",
        b"&",
        b"redacted",
        b"[redacted",
        b"(redacted",
        b"ref+",
        b"vault:",
        b"secret:",
        b"/var/",
        b"/etc/",
        b"/run/",
        b"/tmp/",
        b"/opt/",
        b"/usr/",
        b"/home/",
        b"/mnt/",
        b"/srv/",
        b"/root/",
        b"/dev/",
        b"/secrets/",
        b"./",
        b"file:",
        b"http://",
        b"https://",
        b"(nil)",
        b"-----begin",
        b"bearer redacted",
        b"basic redacted",
    ];
    SAID.contains(&&lower[..])
        || value.starts_with(b"***")
        || decoded(value).is_some_and(|text| is_size(&text) || is_redacted(&text))
        || BEGIN.iter().any(|begin| lower.starts_with(begin))
        || value.iter().all(|b| b"*x.#-_".contains(b))
        || is_variable(value)
        || is_size(&lower)
}

/// `$NAME`, whose value stands elsewhere.
fn is_variable(value: &[u8]) -> bool {
    let name = value.strip_prefix(b"$").filter(|name| !name.is_empty());
    name.is_some_and(|name| name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'))
}

/// Whether what was encoded is a key whose body was replaced.
fn is_redacted(decoded: &[u8]) -> bool {
    memchr::memmem::find(decoded, super::PLACEHOLDER).is_some()
}

/// `945 bytes`, which describes a value, as does `945 bytes long`.
pub(super) fn is_size(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && value.get(digits..).is_some_and(|rest| rest.starts_with(b" byte"))
}

/// Whether a value may be the name of an object or a plain word, which says where a secret is, and not what.
pub(super) fn is_name(value: &[u8]) -> bool {
    let word = value.iter().all(u8::is_ascii_alphabetic) && value.len() < 24;
    let name =
        value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-./:_ ".contains(b))
            && value.first().is_some_and(u8::is_ascii_alphanumeric);
    word || name && !is_random(value)
}

/// Whether a value is of the kind that nobody thinks up and nobody remembers.
pub(super) fn is_random(value: &[u8]) -> bool {
    let mut runs = value.split(|b| !b.is_ascii_alphanumeric() && !b"+/_=".contains(b));
    runs.any(|run| match run.contains(&b'/') {
        // Base64, or a path.
        true => run.len() >= 24 && is_mixed(run) && has_all(run) && entropy(run) > 3.7,
        false => run.len() >= 16 && is_mixed(run) && entropy(run) > 2.8,
    })
}

/// Several digits, large and small letters.
fn has_all(run: &[u8]) -> bool {
    let kinds = [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase];
    kinds.iter().all(|is_one| run.iter().filter(|b| is_one(b)).count() >= 3)
}

/// Digits among letters, or large letters among small ones in no order of words.
fn is_mixed(run: &[u8]) -> bool {
    let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
    let large = run.iter().filter(|b| b.is_ascii_uppercase()).count();
    let small = run.iter().filter(|b| b.is_ascii_lowercase()).count();
    (digits >= 3 && large + small >= 3) || (large >= 4 && small >= 4 && entropy(run) > 3.7)
}

/// Whether a value is more than a word of a sentence: letters with digits or signs in between.
pub(super) fn is_chosen(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let signs = value.iter().filter(|b| b"!@#$%^&*+=?~".contains(b)).count();
    value.len() >= 4 && (digits >= 6 || letters > 0 && digits + signs > 0)
}

/// Bits in each byte.
fn entropy(run: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in run {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let len = run.len() as f64;
    let share = |count: &u32| f64::from(*count) / len;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// The content of a value in base64 of a single line.
pub(super) fn decoded(value: &[u8]) -> Option<Vec<u8>> {
    use base64ct::{Base64, Base64Unpadded, Encoding};
    let text = std::str::from_utf8(value).ok()?;
    Base64::decode_vec(text).or_else(|_| Base64Unpadded::decode_vec(text)).ok()
}

/// Bytes as base64.
pub(super) fn encoded(bytes: &[u8]) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes).into_bytes()
}

/// Whether a byte may stand in base64.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
