//! Files that are no captures, or captures of which no rule needs anything, and captures that failed.
//!
//! None of them is passed over in silence: each is listed with the reason.

use super::{Fate, certificate};

/// What a file is instead of a capture, and what became of it.
pub(super) struct Verdict {
    pub(super) fate: Fate,
    pub(super) reason: String,
}

fn skipped(reason: &str) -> Option<Verdict> {
    Some(Verdict { fate: Fate::Skipped, reason: reason.to_string() })
}

/// Magic numbers of what holds no text.
const BINARIES: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program or a core dump (ELF)"),
    (b"MZ\x90\0", "a program for Windows"),
    (b"\0asm", "a program (WebAssembly)"),
    (b"\0\0\0\x01Bud1", "a folder's settings, left by macOS"),
    (b"\0\x05\x16\x07", "a file's attributes, left by macOS"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"LPKSHHRH", "a binary journal of systemd; `journalctl -o export` is text"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"\xca\xfe\xba\xbe", "a compiled Java class or a program for macOS"),
    (b"JAVA PROFILE 1.0", "a heap dump of Java"),
    (b"k8s\0", "an object of etcd in its binary form"),
];

/// What a file is by its first bytes or its place, before anything of it is decoded.
pub(super) fn by_bytes(path: &str, bytes: &[u8]) -> Option<Verdict> {
    let file = path.rsplit(['/', '!']).next().unwrap_or(path);
    if path.split(['/', '!']).any(|part| part == "__MACOSX") || file == ".DS_Store" {
        return skipped("left by macOS, no capture");
    }
    if let Some((_, what)) = BINARIES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return skipped(&format!("{what}, no text"));
    }
    // A tar that holds nothing is two blocks of zeros.
    if bytes.iter().all(|b| *b == 0) {
        return skipped("nothing but zeros: an empty archive or a preallocated file");
    }
    None
}

/// Endings of source code, which may quote commands and their output.
const SOURCES: &[&str] = &[
    ".go", ".py", ".js", ".ts", ".css", ".java", ".rs", ".c", ".h", ".rb", ".mod", ".sum", ".tmpl",
];

/// What a text is by its beginning or its ending, before readers look at it.
pub(super) fn by_text(file_name: &str, text: &str) -> Option<Verdict> {
    let begin = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    let head: String = begin.chars().take(64).collect::<String>().to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head"].iter().any(|mark| head.starts_with(mark)) {
        return skipped("a web page, no capture");
    }
    if ["<?xml", "<svg"].iter().any(|mark| head.starts_with(mark)) {
        return skipped("XML, no capture");
    }
    if head.starts_with("-----begin ") && !certificate::holds_any(text) {
        return skipped("a key or a request for a certificate: keys are secret, and never read");
    }
    let name = file_name.to_ascii_lowercase();
    if SOURCES.iter().any(|ending| name.ends_with(ending)) {
        return skipped("source code, no capture");
    }
    if begin.is_empty() {
        return Some(Verdict {
            fate: Fate::Unread,
            reason: "it is empty but for blanks: nothing was captured".to_string(),
        });
    }
    None
}

/// Larger files hold more than an error.
const ERROR: usize = 8 << 10;

/// How kubectl and collectors say that they could not do what was asked; no container says this.
const COLLECTORS: &[&str] = &[
    "Error from server",
    "error from server",
    "Unable to connect to the server",
    "The connection to the server ",
    "error: the server doesn't have a resource type",
    "failed to collect ",
    "Failed to collect ",
    "Request log error",
    "unable to retrieve container logs",
    "The collector timeout",
];

/// How other tools begin when they fail. In a container's log these words are the container's own.
const TOOLS: &[&str] = &[
    "error: ",
    "Error: ",
    "ERROR: ",
    "failed to ",
    "Failed to ",
    "could not ",
    "context deadline exceeded",
    "Permission denied",
    "permission denied",
    "stat: ",
];

/// What the shell says of a command that is not there.
const MISSING: &[&str] = &[
    "command not found",
    ": not found",
    "not installed",
    "executable file not found",
    "No such file or directory",
    "no such file or directory",
];

/// The words of a collector or of its tools, where a capture should stand.
pub(super) fn failure(path: &str, text: &str) -> Option<Verdict> {
    if text.len() > ERROR {
        return None;
    }
    let file = path.rsplit(['/', '!']).next().unwrap_or(path);
    let folder = path.split(['/', '!']).any(|part| part.ends_with("-errors"));
    let named = folder
        || file.ends_with("errors.json")
        || matches!(file, "error.txt" | "errors.txt" | "stderr.txt" | "error.json");
    let lines = || text.lines().map(bare).filter(|line| !line.is_empty());
    if !lines().any(|line| line.chars().any(char::is_alphanumeric)) {
        // `null`, `[]`, `{}`: nothing failed, nothing is here.
        return None;
    }
    let log = file.contains(".log");
    let says = |line: &str| {
        let tool = TOOLS.iter().any(|word| line.starts_with(word))
            || MISSING.iter().any(|word| line.contains(word));
        tool && !log || COLLECTORS.iter().any(|word| line.contains(word))
    };
    let all: Vec<&str> = lines().take(40).collect();
    let telling = all.iter().filter(|line| says(line)).count();
    if !named && (telling == 0 || telling * 2 < all.len()) {
        return None;
    }
    let words = all.iter().find(|line| says(line)).or(all.first())?;
    let reason = format!("the collector failed: {}", shortened(words));
    Some(Verdict { fate: Fate::Failed, reason })
}

/// A line without the brackets and quotes of the JSON around it.
fn bare(line: &str) -> &str {
    line.trim_matches([' ', '\t', '\r', '[', ']', '{', '}', '"', ','])
}

/// Characters of a message that are repeated.
const TOLD: usize = 200;

fn shortened(words: &str) -> String {
    let mut told: String = words.chars().take(TOLD).collect();
    if told.len() < words.len() {
        told.push('…');
    }
    told
}

/// Captures that bundles hold and no rule needs: how the end of their path is called, and what they are.
const KNOWN: &[(&str, &str)] = &[
    ("version.yaml", "the collector's version"),
    ("version", "the collector's version"),
    ("version.txt", "a version"),
    ("versions", "a version"),
    ("cluster_version.json", "the cluster's version"),
    ("server-version.json", "the cluster's version"),
    ("execution-data/summary.txt", "how long the collector took"),
    ("cluster-resources/groups.json", "the API groups"),
    ("cluster-resources/resources.json", "the API resources"),
    ("api-resources.txt", "the API resources"),
    ("api-versions.txt", "the API versions"),
    ("license", "a licence"),
    ("license.txt", "a licence"),
    ("license.yaml", "a licence"),
    ("readme.md", "a note of the collector"),
    ("manifest.json", "a list of the bundle's files"),
    ("metadata.json", "a note of the collector"),
    ("installed-rpms", "the installed packages"),
    ("installed-debs", "the installed packages"),
    ("package-data", "the installed packages"),
    ("packages.txt", "the installed packages"),
    ("dpkg.txt", "the installed packages"),
    ("rpm.txt", "the installed packages"),
    ("lsmod", "the kernel's modules"),
    ("lsmod.txt", "the kernel's modules"),
    ("lspci", "the hardware"),
    ("dmidecode", "the hardware"),
    ("etcd_info/endpoint_health.json", "etcd's word on itself, which no rule looks into"),
    ("etcd_info/endpoint_status.json", "etcd's word on itself, which no rule looks into"),
    ("haproxy.config", "the configuration of a load balancer outside of the cluster"),
    ("certificates/certificates.json", "certificates, of which none was collected"),
    ("api_priority_and_fairness/queues", "queues of the API server, which no rule looks into"),
    ("api_priority_and_fairness/requests", "queues of the API server, which no rule looks into"),
    (
        "api_priority_and_fairness/priority_levels",
        "queues of the API server, which no rule looks into",
    ),
];

/// What a file is by its name, once no reader knew its content.
pub(super) fn by_name(path: &str, text: &str) -> Option<Verdict> {
    let lower = path.to_ascii_lowercase().replace('!', "/");
    let known = |end: &str| {
        lower.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    if let Some((_, what)) = KNOWN.iter().find(|(end, _)| known(end)) {
        return skipped(&format!("{what}; no rule needs it"));
    }
    if lower.contains("/auth-cani-list/") {
        return skipped("what the collector may do; no rule needs it");
    }
    if text.starts_with("[Service]:") && text.contains("\n[Downstream") {
        return skipped("who calls whom, as the application's authors say; no rule needs it");
    }
    let begin: String = text.chars().filter(|c| !c.is_whitespace()).take(64).collect();
    if begin.starts_with(r#"{"response":{"status":"#) {
        return skipped("an HTTP answer that does not say who gave it");
    }
    if begin.starts_with(r#"{"images":{"#) && text.contains("\"exists\"") {
        return skipped("whether registries have images; no rule needs it");
    }
    if text.trim_matches([' ', '\n', '\r', '\t', '[', ']', '{', '}', '(', ')']).is_empty()
        || text.trim() == "null"
    {
        return skipped("an empty list of nothing that it names");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collectors_words_are_a_gap() {
        for said in [
            "error: the server doesn't have a resource type \"networkpolicies\"\n",
            "sh: ss: command not found\n",
            "[\n  \"failed to collect info from pod web-0\"\n]\n",
            "Error from server (Forbidden): pods is forbidden\n",
            "Error from server (NotFound): pods \"web-0\" not found\n",
        ] {
            let verdict = failure("captures/x.txt", said).expect(said);
            assert_eq!(verdict.fate, Fate::Failed, "{said}");
        }
        assert!(failure("web/app.log", "Error: Cannot find module 'x'\n").is_none());
        assert!(
            failure("web/app.log", "Error: Error from server: Get \"https://n:10250\"\n").is_some()
        );
        assert!(failure("pods.txt", "NAME READY\nweb-0 1/1\n").is_none());
        let named = failure("helm/errors.json", "[\n  \"release: not found\"\n]").unwrap();
        assert_eq!(named.reason, "the collector failed: release: not found");
        assert!(failure("helm/errors.json", "null").is_none_or(|v| v.fate == Fate::Failed));
    }

    #[test]
    fn a_name_counts_only_as_a_whole() {
        assert!(by_name("a/version.yaml", "x").is_some());
        assert!(by_name("a/conversion", "x").is_none());
        assert!(by_name("t.zip!version", "x").is_some());
    }
}
