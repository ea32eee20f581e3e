//! Passwords that commands and configuration files take without a name before them.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexSet};

use super::lines::Lines;
use super::span::Spans;
use super::{Kind, value};

/// Commands, with the secret as the last group.
const COMMANDS: &[&str] = &[
    r#"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^|;\n]*?\s-p(?<s>[^\s'"|;]+)"#,
    r#"\bredis-cli\b[^|;\n]*?\s-a\s+['"]?(?<s>[^\s'"|;]+)"#,
    r#"\b(?:curl|wget)\b[^|;\n]*?\s(?:-u|--user|--proxy-user|-U)[ =]?['"]?[^\s:'"]+:(?<s>[^\s'"|;]+)"#,
    r#"\bsshpass\s+-p\s*['"]?(?<s>[^\s'"|;]+)"#,
    r#"\b(?:docker|podman|nerdctl|helm registry|oc|az|crane|skopeo)\s+login\b[^|;\n]*?\s-p[ =]?['"]?(?<s>[^\s'"|;]+)"#,
    r#"--from-literal[= ]['"]?[^=\s'"]+=(?<s>[^\s'"]+)"#,
    r#"\bopenssl\b[^|;\n]*?\bpass:(?<s>[^\s'"|;]+)"#,
    r#"(?i)^\s*(?:requirepass|masterauth)\s+['"]?(?<s>[^\s'"]+)"#,
    r#"(?i)\b(?:identified\s+by|with\s+(?:encrypted\s+)?password|set\s+password\s*=|alter\s+user\s+\S+\s+password)\s+'(?<s>[^']+)'"#,
    r#"\blogin\s+\S+\s+password\s+(?<s>\S+)"#,
];
static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(COMMANDS.iter().map(|text| format!("(?-u){text}")))
        .expect("the commands are ours")
});
static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    COMMANDS
        .iter()
        .map(|text| Regex::new(&format!("(?-u){text}")).expect("the commands are ours"))
        .collect()
});
/// A command that prints a value of a Secret as it is.
static PRINTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bget secrets?\b.*(?:jsonpath|go-template|custom-columns|base64).*")
        .expect("the command is ours")
});

/// Seeks commands in the lines in which one of `words` stands.
pub(super) fn find(lines: &Lines<'_>, words: &[usize], spans: &mut Spans) {
    let mut from = 0;
    for word in words {
        if *word < from {
            continue;
        }
        let line = lines.at(*word);
        let bytes = lines.bytes(line.clone());
        for n in ANY.matches(bytes) {
            let Some(command) = EACH.get(n) else { continue };
            for found in command.captures_iter(bytes) {
                let Some(secret) = found.name("s") else { continue };
                if !value::is_open(secret.as_bytes()) {
                    let range = line.start + secret.start()..line.start + secret.end();
                    spans.hide(range, Kind::Password);
                }
            }
        }
        if PRINTS.is_match(bytes) {
            printed(lines, &line, spans);
        }
        from = line.end.max(word + 1);
    }
}

/// The value of a Secret below the command that prints it: a single word in a line of its own.
fn printed(lines: &Lines<'_>, command: &std::ops::Range<usize>, spans: &mut Spans) {
    let Some(next) = lines.next(command) else { return };
    let word = lines.trimmed(next);
    let bytes = lines.bytes(word.clone());
    let is_public = value::decoded(bytes)
        .is_some_and(|bytes| memchr::memmem::find(&bytes, b"BEGIN CERTIFICATE").is_some());
    let is_word = !bytes.iter().any(u8::is_ascii_whitespace) && !bytes.ends_with(b":");
    if is_word && !is_public && !value::is_open(bytes) {
        spans.hide(word, Kind::SecretData);
    }
}
