//! The hand: the only room that prints, exits, or looks at the environment.
//!
//! The one thing to know: results go to standard output, everything else to standard error, and the
//! exit code says the same as the text.

mod args;
mod book;
mod check;
mod facts;
mod layout;
mod leak;
mod redact;
mod rules;
mod test;
mod why;

use std::ffi::OsString;
use std::io::{IsTerminal, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::bundle::{self, Bundle};
use crate::report::{self, Report, Verdict};
use crate::rule::{Book, Severity};

use args::{Args, Color, Command, DiagnoseArgs, Format};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Nothing was found, or all that was asked for was done.
    Clean = 0,
    /// A cause was found.
    Found = 1,
    /// The command line or a rule is wrong.
    Usage = 2,
    /// Input cannot be read.
    Unreadable = 3,
}

/// What ends a run before its time: a message, and how it ends.
struct Stop {
    exit: Exit,
    message: String,
}

type Outcome = Result<Exit, Stop>;

/// Runs a command line, and says how it ended.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors, and go to standard output.
            let shown = error.print();
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
            return ExitCode::from(if shown.is_ok() { code as u8 } else { Exit::Unreadable as u8 });
        }
    };
    let shell = Shell { color: args.color };
    let exit = act(&args, &shell).unwrap_or_else(|stop| {
        shell.complain(&format!("{} {}", shell.paint_error("error:"), stop.message));
        stop.exit
    });
    ExitCode::from(exit as u8)
}

fn act(args: &Args, shell: &Shell) -> Outcome {
    if let Some(threads) = args.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        // A second pool is asked for only in tests, where the first will do.
        drop(pool.build_global());
    }
    match &args.command {
        Command::Diagnose(wanted) => diagnose(args, wanted, shell),
        Command::Facts(wanted) => facts::run(args, wanted, shell),
        Command::Why(wanted) => why::run(args, wanted, shell),
        Command::Test(wanted) => test::run(args, wanted, shell),
        Command::Redact(wanted) => redact::run(args, wanted, shell),
        Command::Rules(wanted) => rules::run(args, wanted, shell),
        Command::Formats => shell.print(&formats()),
        Command::Schema => shell.print(&schema()),
        Command::Completions { shell: of } => {
            let mut script = Vec::new();
            clap_complete::generate(*of, &mut Args::command(), "unready", &mut script);
            shell.print(&String::from_utf8_lossy(&script))
        }
    }
}

fn diagnose(args: &Args, wanted: &DiagnoseArgs, shell: &Shell) -> Outcome {
    let book = book::load(args, shell)?;
    let mut reports = Vec::new();
    for bundle in open_all(&wanted.paths, args)? {
        reports.push(crate::diagnose(&bundle, &book).map_err(unmatchable)?.report);
    }
    match (wanted.format, &reports[..]) {
        (Format::Json, [report]) => shell.print_json(report)?,
        (Format::Json, reports) => shell.print_json(&reports)?,
        (Format::Text, reports) => {
            let texts: Vec<String> = reports
                .iter()
                .map(|report| report::text(report, shell.style(wanted.explain_rank)))
                .collect();
            shell.print(&texts.join("\n"))?
        }
    };
    let found = reports.iter().any(|report| verdict(report, wanted) == Exit::Found);
    Ok(if found { Exit::Found } else { Exit::Clean })
}

/// Whether what was found counts as found.
fn verdict(report: &Report, wanted: &DiagnoseArgs) -> Exit {
    let counts = |severity: &str| {
        let least = wanted.fail_on.map_or(Severity::Low, Severity::from);
        Severity::ALL.into_iter().any(|known| known.name() == severity && known >= least)
    };
    let found = report
        .diagnoses
        .iter()
        .any(|d| (d.verdict == Verdict::Found || wanted.strict) && counts(&d.severity));
    if found { Exit::Found } else { Exit::Clean }
}

/// The clusters of a bundle with all that rules derive.
fn concluded(bundle: &Bundle, book: &Book) -> Result<Vec<crate::Cluster>, Stop> {
    crate::conclude(bundle, book).map_err(unmatchable)
}

fn unmatchable(error: crate::fact::Unmatchable) -> Stop {
    let message = format!("the rules' log patterns cannot be matched together: {error}");
    Stop { exit: Exit::Usage, message }
}

/// Opens what several paths name. Files that are no archives are captures of one cluster; a folder or
/// an archive is a bundle of its own.
fn open_all(paths: &[PathBuf], args: &Args) -> Result<Vec<Bundle>, Stop> {
    let loose =
        |path: &PathBuf| path != Path::new("-") && !path.is_dir() && !bundle::is_archive(path);
    let (files, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.iter().cloned().partition(loose);
    let mut bundles = Vec::new();
    match &files[..] {
        [] => {}
        [file] => bundles.push(open(file, args)?),
        files => {
            let name =
                files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
            bundles.push(
                bundle::open_files(files, args.limits())
                    .map_err(|error| unreadable(&name, &error))?,
            );
        }
    }
    for path in others {
        bundles.push(open(&path, args)?);
    }
    Ok(bundles)
}

fn unreadable(path: &str, error: &std::io::Error) -> Stop {
    Stop { exit: Exit::Unreadable, message: format!("cannot read `{path}`: {error}") }
}

/// Opens a bundle; `-` is a text or an archive on standard input.
fn open(path: &Path, args: &Args) -> Result<Bundle, Stop> {
    let wrong = |error: std::io::Error| unreadable(&path.display().to_string(), &error);
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(wrong)?;
        return Ok(bundle::of_texts("stdin", [("stdin".to_string(), bytes)]).within(args.limits()));
    }
    bundle::open(path, args.limits()).map_err(wrong)
}

/// The layouts and formats that are read, from the readers' own tables.
fn formats() -> String {
    let layout = |(maker, paths): (&str, Vec<String>)| {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        format!("| {maker} | {} |\n", paths.join(", ").replace('|', r"\|"))
    };
    let layouts: String = crate::format::layouts().into_iter().map(layout).collect();
    let format =
        |format: &&crate::format::Format| format!("| {} | {} |\n", format.name, format.doc);
    let formats: String = crate::format::FORMATS.iter().map(format).collect();
    format!(
        "| layout | paths that name an owner |\n|---|---|\n{layouts}\n\
         | format | what it is |\n|---|---|\n{formats}"
    )
}

/// The schema of the report, from its types.
fn schema() -> String {
    let mut schema = schemars::schema_for!(Report).to_value();
    schema["$id"] = serde_json::Value::from(report::SCHEMA);
    let text = serde_json::to_string_pretty(&schema).expect("a schema can be written as JSON");
    format!("{text}\n")
}

/// Where output goes, and how it is dressed.
struct Shell {
    color: Color,
}

impl Shell {
    fn colors(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            // Source: no-color.org.
            Color::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    fn style(&self, ranks: bool) -> report::Style {
        report::Style { color: self.colors(std::io::stdout().is_terminal()), ranks }
    }

    fn paint_error(&self, text: &str) -> String {
        match self.colors(std::io::stderr().is_terminal()) {
            true => format!("\x1b[1;31m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }

    /// Prints a result. A reader that went away, such as `head`, is no error.
    fn print(&self, text: &str) -> Outcome {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stop {
                exit: Exit::Unreadable,
                message: format!("cannot write the result: {error}"),
            }),
            _ => Ok(Exit::Clean),
        }
    }

    fn print_json(&self, value: &impl serde::Serialize) -> Outcome {
        let text = serde_json::to_string_pretty(value).expect("a report can be written as JSON");
        self.print(&format!("{text}\n"))
    }

    fn complain(&self, text: &str) {
        // Nobody is left to tell if standard error is closed.
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }
}
