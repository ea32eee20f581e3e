//! What the rules ask for, so that readers keep nothing else of the bulk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// What the rules ask of the captures.
#[derive(Debug)]
pub struct Demand {
    /// The patterns of all rules over log lines.
    patterns: Vec<Pattern>,
    /// Words of which a text holds one wherever a pattern matches that needs any, in any case of letters.
    words: AhoCorasick,
    /// For each word the patterns that need it, or one like it.
    needing: Vec<Vec<usize>>,
    /// Patterns that need no word.
    wordless: Vec<usize>,
    /// Kinds of objects of which rules look at fields by path.
    pub kinds: BTreeSet<String>,
}

/// A pattern, compiled once a text has a word of it.
#[derive(Debug)]
struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

/// What the reader of logs asks for itself, of sidecars.
const SAID_BY_SIDECARS: [&str; 2] = ["Envoy proxy is NOT ready", "Envoy proxy is ready"];

impl Demand {
    /// A demand for lines that match any of `patterns` and for whole objects of some kinds.
    ///
    /// # Errors
    /// A pattern is malformed, or the words of all of them together are too many.
    pub fn new<'a>(
        patterns: impl IntoIterator<Item = &'a str>,
        kinds: impl IntoIterator<Item = String>,
    ) -> Result<Self, Unmatchable> {
        let mut needing: BTreeMap<Vec<u8>, Vec<usize>> = SAID_BY_SIDECARS
            .iter()
            .map(|word| (word.to_ascii_lowercase().into_bytes(), vec![]))
            .collect();
        let mut wordless = Vec::new();
        let mut kept = Vec::new();
        for (n, pattern) in patterns.into_iter().enumerate() {
            let hir =
                regex_syntax::parse(pattern).map_err(|error| Unmatchable(error.to_string()))?;
            match needed(&hir).filter(|words| worth(words) >= SHORTEST) {
                Some(words) => {
                    words.into_iter().for_each(|word| needing.entry(word).or_default().push(n));
                }
                None => wordless.push(n),
            }
            kept.push(Pattern { text: pattern.to_string(), regex: OnceLock::new() });
        }
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(needing.keys())
            .map_err(|error| Unmatchable(error.to_string()))?;
        let needing = needing.into_values().collect();
        let kinds = kinds.into_iter().collect();
        Ok(Self { patterns: kept, words, needing, wordless, kinds })
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns that match a text, in order.
    pub fn matches(&self, text: &str) -> Vec<usize> {
        let mut may: Vec<usize> = self.wordless.clone();
        for hit in self.words.find_overlapping_iter(text) {
            may.extend(self.needing.get(hit.pattern().as_usize()).into_iter().flatten());
        }
        may.sort_unstable();
        may.dedup();
        may.retain(|n| self.patterns.get(*n).is_some_and(|pattern| pattern.is_match(text)));
        may
    }

    /// Where words stand without which no pattern matches; `None` if any text may match.
    pub fn hits<'t>(&'t self, text: &'t str) -> Option<impl Iterator<Item = usize> + 't> {
        let words = self.words.find_iter(text).map(|found| found.start());
        self.wordless.is_empty().then_some(words)
    }
}

impl Pattern {
    fn is_match(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| Regex::new(&self.text).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
    }
}

/// Patterns that cannot be matched, and why.
#[derive(Debug)]
pub struct Unmatchable(String);

impl fmt::Display for Unmatchable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unmatchable {}

/// A word that says less than so many bytes stands everywhere.
const SHORTEST: usize = 4;
/// Words that one pattern may need.
const MOST: usize = 64;

/// How much a set of words tells: as much as the shortest of them.
fn worth(words: &[Vec<u8>]) -> usize {
    words.iter().map(Vec::len).min().unwrap_or(0)
}

/// Words, in small letters, one of which stands in whatever an expression matches; `None` if there are
/// none.
fn needed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => needed(&repeated.sub),
        HirKind::Alternation(ways) => {
            let mut all = Vec::new();
            for way in ways {
                all.extend(needed(way)?);
            }
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut best: Option<Vec<Vec<u8>>> = None;
            let mut offer = |words: Vec<Vec<u8>>| {
                if best.as_ref().is_none_or(|known| worth(known) < worth(&words)) {
                    best = Some(words);
                }
            };
            let mut run = Vec::new();
            for part in parts {
                match literal(part) {
                    Some(bytes) => run.extend(bytes),
                    None => {
                        offer(vec![std::mem::take(&mut run)]);
                        needed(part).map(&mut offer);
                    }
                }
            }
            offer(vec![run]);
            best.filter(|words| worth(words) > 0)
        }
        _ => literal(hir).map(|word| vec![word]),
    }
}

/// What an expression matches to the letter, if it is a literal; case counts for nothing.
fn literal(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
        HirKind::Capture(capture) => literal(&capture.sub),
        // `(?i)a` is a class of `A` and `a`, and of what else looks like these.
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class.iter().flat_map(|range| range.start()..=range.end()).take(5);
            let first = letters.next()?.to_ascii_lowercase();
            let same = letters.all(|c| !c.is_ascii() || c.to_ascii_lowercase() == first);
            (same && first.is_ascii_alphabetic()).then(|| vec![first as u8])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Option<Vec<String>> {
        let words = needed(&regex_syntax::parse(pattern).unwrap())?;
        Some(words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect())
    }

    #[test]
    fn a_pattern_needs_its_longest_word() {
        assert_eq!(
            of(r"^lookup \S+ on (?<a>[0-9.]+): no such host"),
            Some(vec![": no such host".into()])
        );
        assert_eq!(of("(?i)OOM killed"), Some(vec!["oom killed".into()]));
        assert_eq!(of("[Ff]ailed to (?:mount|attach) it"), Some(vec!["failed to ".into()]));
        assert_eq!(of("(?:refused|timed out)"), Some(vec!["refused".into(), "timed out".into()]));
        assert_eq!(of(r"\d+"), None);
        assert_eq!(of("(?:refused)?x*"), None);
    }

    #[test]
    fn a_hit_is_wherever_a_pattern_may_match() {
        let demand = Demand::new(["no such host", "(?i)refused"], []).unwrap();
        let hits = |text: &str| demand.hits(text).unwrap().count();
        assert_eq!((hits("a\nb"), hits("No Such Host, REFUSED")), (0, 2));
        assert_eq!(demand.matches("No such host; it is Refused"), [1]);
        let wordless = Demand::new(["a.c", "word"], []).unwrap();
        assert!(wordless.hits("x").is_none());
        assert_eq!(wordless.matches("abc and a WORD, a word"), [0, 1]);
    }
}
