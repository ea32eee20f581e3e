//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::bundle::Limits;
use crate::rule::Severity;

/// Says why a Kubernetes cluster is not ready, from a bundle of captures alone, with the line that
/// proves each link.
#[derive(Debug, Parser)]
#[command(name = "unready", version, max_term_width = 100, after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
    /// A folder of rules to use beside the built-in ones; may be given several times
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
    /// When to use colours; `auto` uses them on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    /// How many threads to use; the result is the same with any number [default: one for each core]
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// Open archives in archives to this depth
    #[arg(long, global = true, value_name = "N", default_value_t = Limits::default().depth, help_heading = "Limits")]
    pub(super) max_depth: usize,
    /// Read no more files than this
    #[arg(long, global = true, value_name = "N", default_value_t = Limits::default().entries, help_heading = "Limits")]
    pub(super) max_entries: usize,
    /// Read no more bytes than this, unpacked
    #[arg(long, global = true, value_name = "BYTES", default_value_t = Limits::default().bytes, help_heading = "Limits")]
    pub(super) max_bytes: u64,
    /// Read no more bytes of one file than this, unpacked
    #[arg(long, global = true, value_name = "BYTES", default_value_t = Limits::default().file, help_heading = "Limits")]
    pub(super) max_file_bytes: u64,
    /// Stop unpacking what grows by more than this factor
    #[arg(long, global = true, value_name = "N", default_value_t = Limits::default().ratio, help_heading = "Limits")]
    pub(super) max_ratio: u64,
}

impl Args {
    /// How much of a bundle is read.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            entries: self.max_entries,
            bytes: self.max_bytes,
            file: self.max_file_bytes,
            ratio: self.max_ratio,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  unready diagnose ticket.tgz                 why the cluster is not ready
  unready diagnose ticket/ --format json      the same for a program
  unready facts ticket/                       what was read, and what was not understood
  unready why cluster-dns-address-changed ticket/
                                              how far a rule got, and where it stopped
  unready test fixtures/                      whether bundles still mean what is written down
  unready redact ticket.tgz -o safe.tgz       the same bundle without its secrets
  unready redact --check fixtures/            where secrets stand
  unready rules check my-rules/               mistakes in rules, underlined

Exit codes:
  0  nothing found, or suspicions alone       2  wrong usage, or a mistake in a rule
  1  a cause found                            3  input cannot be read";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say why a cluster is not ready: causes in rank order, each with its proof
    Diagnose(DiagnoseArgs),
    /// Show what was read: relations, files and their readers, files that were not understood
    Facts(FactsArgs),
    /// Say how far a rule got on a bundle: the evidence of each step, and where it stopped
    Why(WhyArgs),
    /// Diagnose bundles whose diagnosis is written down, and say where it differs
    Test(TestArgs),
    /// Copy a bundle without its secrets; nothing else in it changes
    Redact(RedactArgs),
    /// List, show and check rules
    Rules(RulesArgs),
    /// List the layouts of bundles and the formats of captures that are read, as tables
    Formats,
    /// Print the JSON Schema of the report
    Schema,
    /// Print a script that completes the command line in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  unready diagnose ticket.tgz
  unready diagnose ticket.tgz --format json | jq '.diagnoses[0].title'
  unready diagnose ticket/ --fail-on critical       exit 1 for critical causes alone
  kubectl get events -A -o yaml | unready diagnose -")]
pub(super) struct DiagnoseArgs {
    /// The bundle: a folder, an archive, a file, or `-` for standard input. Several archives or folders
    /// are several bundles; several files are one
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Say below each title what its rank stands on
    #[arg(long)]
    pub(super) explain_rank: bool,
    /// Exit 1 for suspicions as well
    #[arg(long)]
    pub(super) strict: bool,
    /// Exit 1 only for causes of this severity or worse
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  unready facts ticket/                             an overview
  unready facts ticket/ --relation nameserver       all rows of a relation
  unready facts ticket/ --relation pod --format json")]
pub(super) struct FactsArgs {
    /// The bundle: a folder, an archive, a file, or `-` for standard input
    pub(super) path: PathBuf,
    /// Show the rows of this relation
    #[arg(long, value_name = "NAME")]
    pub(super) relation: Option<String>,
    /// How to print the facts
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  unready why cluster-dns-address-changed ticket/
  unready why my-rule ticket/ --rules my-rules/")]
pub(super) struct WhyArgs {
    /// The rule's id
    pub(super) rule: String,
    /// The bundle: a folder, an archive, a file, or `-` for standard input
    pub(super) path: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A fixture is a bundle with what is to be said of it: dns-moved/ or dns-moved.tgz beside
dns-moved.expect.yaml, or a folder with expect.yaml beside bundle/. A Markdown file of cases is several.

Examples:
  unready test --init fixtures/dns-moved      write down what is said today
  unready test fixtures/                      hold all fixtures to what is written down
  unready test fixtures/ --update             accept what is said now
  unready test cases/ --rules my-rules/ --coverage
                                              what of my rules no case exercises
  unready test fixtures/ --format junit > unready.xml

Exit codes:
  0  all is as expected                       2  wrong usage, or nothing to run
  1  something else is said                   3  input cannot be read")]
pub(super) struct TestArgs {
    /// Fixtures, or folders of them; with --init, bundles
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Write down what is said of each bundle, beside it
    #[arg(long, conflicts_with_all = ["update", "coverage", "filter", "changed", "format"])]
    pub(super) init: bool,
    /// Accept what is said now: rewrite expect.yaml where it differs. `never` and literate cases stay
    #[arg(long)]
    pub(super) update: bool,
    /// Only fixtures whose name has this in it
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Only fixtures that one of these files belongs to; all, if one of them is a rule of --rules
    #[arg(long, value_name = "FILE", num_args = 0..)]
    pub(super) changed: Option<Vec<PathBuf>>,
    /// List the rules and steps that no fixture exercises: those of --rules, or else all
    #[arg(long)]
    pub(super) coverage: bool,
    /// How to print the results
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub(super) format: TestFormat,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  unready rules check my-rules/
  unready rules check my-rules/ --cases my-cases/      with cases that are missing
  unready rules check my-rules/ --healthy fixtures/recovered.tgz --strict
  unready rules check my-rules/ --format sarif > unready.sarif

Exit codes:
  0  no mistake, and with --strict no advice   2  a mistake in a rule, or wrong usage
  1  with --strict: advice                     3  input cannot be read")]
pub(super) struct CheckArgs {
    /// Folders of rules, or rule files
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Case files that the rules are to have; a folder, or a file. May be given several times
    #[arg(long, value_name = "DIR")]
    pub(super) cases: Vec<PathBuf>,
    /// A bundle of a cluster in which nothing is wrong, so that no rule is to find anything
    #[arg(long, value_name = "BUNDLE")]
    pub(super) healthy: Vec<PathBuf>,
    /// Exit 1 for advice, too
    #[arg(long)]
    pub(super) strict: bool,
    /// How to print what is found
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(super) format: CheckFormat,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  unready rules format my-rules/
  unready rules format my-rules/ --check      say what would change, and exit 1
  unready rules format - < rule.yaml          to standard output")]
pub(super) struct FormatArgs {
    /// Rule files, or folders of them, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Change nothing, and exit 1 if anything would change
    #[arg(long)]
    pub(super) check: bool,
}

/// How advice is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// As annotations of GitHub Actions
    Github,
    /// As SARIF 2.1.0
    Sarif,
}

/// How results of tests are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For CI servers
    Junit,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
What goes: values of Secrets (their keys and public certificates stay), private keys, passwords, tokens,
API keys, cookies, e-mail addresses. Lines stay where they are, and so does every diagnosis.

Examples:
  unready redact ticket/ -o ticket-redacted/
  unready redact ticket.tgz -o ticket-redacted.tgz      an archive of the same kind
  unready redact --check fixtures/ ticket.tgz           say where secrets stand, and copy nothing
  kubectl get pods -A -o yaml | unready redact - -o -

Exit codes: 0 all was copied; 1 something was left out or cut, and told; 2 OUT is there already;
3 something cannot be read or written. With --check: 0 no secret; 1 there is one; 3 something cannot
be read")]
pub(super) struct RedactArgs {
    /// The bundle: a folder, an archive, a file, or `-` for standard input; with --check, any number of them
    #[arg(required = true, value_name = "BUNDLE")]
    pub(super) paths: Vec<PathBuf>,
    /// Where to write: a folder for a folder, a file for anything else, `-` for standard output. It may not
    /// be there already
    #[arg(short, long, value_name = "OUT", required_unless_present = "check")]
    pub(super) output: Option<PathBuf>,
    /// Copy nothing: print `path:line: kind` for each secret, never the secret itself
    #[arg(long, conflicts_with = "output")]
    pub(super) check: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub(super) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List all rules, by area
    List {
        /// Only rules of this area, such as `dns`
        #[arg(long)]
        area: Option<String>,
    },
    /// Print the page of an area: what each rule finds, by what, and what to do
    Docs {
        /// The area, such as `dns`
        area: String,
    },
    /// Show a rule as it is written
    Show {
        /// The rule's id
        rule: String,
    },
    /// Check rules beside the built-in ones: underline all mistakes, and say what is better done otherwise
    Check(CheckArgs),
    /// Bring rule files into one style, in place; comments stay
    Format(FormatArgs),
    /// List all relations with their columns
    Relations,
    /// Print the JSON Schema of rule files, for editors
    Schema,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The least severity that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Any
    Low,
    /// Something works worse than it should, or worse
    Medium,
    /// A workload does not work, or worse
    High,
    /// Many workloads do not work
    Critical,
}

impl From<FailOn> for Severity {
    fn from(least: FailOn) -> Self {
        match least {
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
            FailOn::Critical => Self::Critical,
        }
    }
}
