//! What a text must hold for a secret to stand in it: a word that says so, a form, a command.
//!
//! The one thing to know: all texts of all bundles go through here, and hardly any holds anything. Words
//! are sought by their letters alone, all at once; a line without any of them is never looked at.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, packed};

/// What a word is a sign of.
pub(super) type Sign = u8;
/// The name of a secret.
pub(super) const NAME: Sign = 1;
/// A command or a statement that takes a password.
pub(super) const COMMAND: Sign = 2;
/// A token that is known by its form.
pub(super) const FORM: Sign = 4;
/// A key in PEM.
pub(super) const PEM: Sign = 8;
/// A Kubernetes Secret.
pub(super) const OBJECT: Sign = 16;
/// Nothing, if a letter or digit stands before it.
const BEGINS: Sign = 128;

/// Words in the ways in which people write them; of two that begin alike the longer one comes first.
const WORDS: &[(&str, Sign)] = &[
    ("password '", NAME | COMMAND),
    ("PASSWORD '", NAME | COMMAND),
    ("set password", NAME | COMMAND),
    ("SET PASSWORD", NAME | COMMAND),
    ("pass", NAME),
    ("Pass", NAME),
    ("PASS", NAME),
    ("pwd", NAME),
    ("Pwd", NAME),
    ("PWD", NAME),
    ("psk", NAME),
    ("Psk", NAME),
    ("PSK", NAME),
    ("get secret", NAME | COMMAND),
    ("ecret", NAME | OBJECT),
    ("ECRET", NAME),
    ("oken", NAME),
    ("OKEN", NAME),
    ("key", NAME),
    ("Key", NAME),
    ("KEY", NAME),
    ("cred", NAME),
    ("Cred", NAME),
    ("CRED", NAME),
    ("auth", NAME),
    ("Auth", NAME),
    ("AUTH", NAME),
    ("ookie", NAME),
    ("OOKIE", NAME),
    ("sig", NAME),
    ("Sig", NAME),
    ("SIG", NAME),
    ("salt", NAME),
    ("Salt", NAME),
    ("SALT", NAME),
    ("requirepass", NAME | COMMAND),
    ("masterauth", NAME | COMMAND),
    ("sshpass", NAME | COMMAND),
    ("mysql", COMMAND),
    ("mariadb", COMMAND),
    ("redis-cli", COMMAND),
    ("from-literal", COMMAND),
    ("dentified", COMMAND),
    ("DENTIFIED", COMMAND),
    ("login ", COMMAND),
    ("openssl ", COMMAND),
    ("curl ", COMMAND),
    ("wget ", COMMAND),
    ("bearer", FORM),
    ("Bearer", FORM),
    ("BEARER", FORM),
    ("basic ", FORM),
    ("Basic ", FORM),
    ("BASIC ", FORM),
    ("PRIVATE", PEM),
    ("LS0tLS1CRUdJTi", PEM),
    ("PuTTY-", PEM),
];

/// Beginnings of tokens.
const FORMS: &[(&str, Sign)] = &[
    ("eyJ", FORM | BEGINS),
    ("AKIA", FORM | BEGINS),
    ("ASIA", FORM | BEGINS),
    ("ABIA", FORM | BEGINS),
    ("ACCA", FORM | BEGINS),
    ("AIza", FORM | BEGINS),
    ("ya29.", FORM | BEGINS),
    ("GOCSPX-", FORM | BEGINS),
    ("8Q~", FORM),
    ("ghp_", FORM | BEGINS),
    ("gho_", FORM | BEGINS),
    ("ghu_", FORM | BEGINS),
    ("ghs_", FORM | BEGINS),
    ("ghr_", FORM | BEGINS),
    ("github_pat_", FORM | BEGINS),
    ("glpat-", FORM | BEGINS),
    ("gldt-", FORM | BEGINS),
    ("glrt-", FORM | BEGINS),
    ("glptt-", FORM | BEGINS),
    ("glsoat-", FORM | BEGINS),
    ("glcbt-", FORM | BEGINS),
    ("glagent-", FORM | BEGINS),
    ("glft-", FORM | BEGINS),
    ("glc_", FORM | BEGINS),
    ("glsa_", FORM | BEGINS),
    ("xox", FORM | BEGINS),
    ("xapp-", FORM | BEGINS),
    ("hooks.slack", FORM),
    ("webhooks/", FORM),
    (":AA", FORM),
    ("k_live_", FORM),
    ("k_test_", FORM),
    ("whsec_", FORM | BEGINS),
    ("SG.", FORM | BEGINS),
    ("npm_", FORM | BEGINS),
    ("pypi-", FORM | BEGINS),
    ("dckr_pat_", FORM | BEGINS),
    ("_v1_", FORM),
    ("dapi", FORM | BEGINS),
    ("shpat_", FORM | BEGINS),
    ("shpca_", FORM | BEGINS),
    ("shppa_", FORM | BEGINS),
    ("shpss_", FORM | BEGINS),
    ("NRAK-", FORM | BEGINS),
    ("hf_", FORM | BEGINS),
    ("lin_api_", FORM | BEGINS),
    ("hvs.", FORM | BEGINS),
    ("hvb.", FORM | BEGINS),
    ("hvr.", FORM | BEGINS),
    (".atlasv1.", FORM),
    ("AGE-SECRET", FORM | BEGINS),
    ("sk-", FORM | BEGINS),
    ("sha256~", FORM | BEGINS),
    ("$2a$", FORM),
    ("$2b$", FORM),
    ("$2x$", FORM),
    ("$2y$", FORM),
    ("$apr1$", FORM),
    ("$1$", FORM),
    ("$5$", FORM),
    ("$6$", FORM),
    ("$y$", FORM),
    ("$argon2", FORM),
];

/// Seeks words, many bytes at a time where the processor can.
enum Seeker {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Seeker {
    fn of(words: &[(&str, Sign)]) -> Self {
        let words = || words.iter().map(|(word, _)| word);
        match packed::Searcher::new(words()) {
            Some(packed) => Self::Packed(packed),
            None => Self::Automaton(
                AhoCorasick::builder()
                    .match_kind(aho_corasick::MatchKind::LeftmostFirst)
                    .build(words())
                    .expect("the words are few"),
            ),
        }
    }

    fn find(&self, text: &[u8], found: &mut dyn FnMut(usize, usize)) {
        match self {
            Self::Packed(packed) => {
                packed.find_iter(text).for_each(|hit| found(hit.pattern().as_usize(), hit.start()));
            }
            Self::Automaton(all) => {
                all.find_iter(text).for_each(|hit| found(hit.pattern().as_usize(), hit.start()));
            }
        }
    }
}

static WORD: LazyLock<Seeker> = LazyLock::new(|| Seeker::of(WORDS));
static TOKEN: LazyLock<Seeker> = LazyLock::new(|| Seeker::of(FORMS));

/// Where signs of each sort stand in a text, in its order.
#[derive(Debug, Default)]
pub(super) struct Signs {
    pub(super) names: Vec<usize>,
    pub(super) commands: Vec<usize>,
    pub(super) forms: Vec<usize>,
    pub(super) objects: Vec<usize>,
    pub(super) has_pem: bool,
}

impl Signs {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut signs = Self::default();
        for (seeker, words) in [(&WORD, WORDS), (&TOKEN, FORMS)] {
            seeker.find(text, &mut |word, at| {
                let sign = words.get(word).map_or(0, |(_, sign)| *sign);
                signs.add(text, sign, at);
            });
        }
        signs.forms.sort_unstable();
        signs
    }

    fn add(&mut self, text: &[u8], sign: Sign, at: usize) {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let is_inside = before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if sign & BEGINS != 0 && is_inside {
            return;
        }
        if sign & NAME != 0 {
            self.names.push(at);
        }
        if sign & COMMAND != 0 {
            self.commands.push(at);
        }
        if sign & FORM != 0 {
            self.forms.push(at);
        }
        if sign & OBJECT != 0 && before == Some(&b'S') {
            self.objects.push(at);
        }
        self.has_pem |= sign & PEM != 0;
    }
}
