//! `unready redact`: a bundle without its secrets.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::args::{Args, RedactArgs};
use super::{Exit, Outcome, Shell, Stop, leak, open};
use crate::bundle::{Bundle, Changed, Copied};
use crate::redact::{self, Counts};
use crate::text::printable;

/// What became of a file.
enum Fate {
    /// A text, and what was replaced in it.
    Redacted(Counts),
    /// No text: nothing can be found in it, and it is left out.
    Binary,
}

pub(super) fn run(args: &Args, wanted: &RedactArgs, shell: &Shell) -> Outcome {
    let (path, output) = match (&wanted.paths[..], &wanted.output) {
        ([path], Some(output)) => (path, output.as_path()),
        (paths, None) => return leak::run(args, paths, shell),
        (_, Some(_)) => {
            let message = "one bundle is copied at a time; `--check` takes several".to_string();
            return Err(Stop { exit: Exit::Usage, message });
        }
    };
    let bundle = open(path, args)?;
    let is_stream = output == Path::new("-");
    check(&bundle, path, output, is_stream)?;
    let copied = match is_stream {
        true => bundle.copy_to(&mut io::stdout().lock(), &change),
        false if bundle.is_folder() => into_folder(&bundle, output),
        false => into_file(&bundle, output),
    };
    let copied = copied.map_err(|error| unwritable(output, &error))?;
    let said = said(&copied, output);
    if is_stream {
        shell.complain(said.trim_end())
    } else {
        shell.print(&said).map(drop)?
    }
    for issue in &copied.issues {
        shell.complain(&printable(&format!("{}: {}", issue.file, issue.message)));
    }
    Ok(if copied.issues.is_empty() { Exit::Clean } else { Exit::Found })
}

fn change(_: &str, bytes: Vec<u8>) -> Changed<Fate> {
    if redact::is_binary(&bytes) {
        return Changed { bytes: None, note: Fate::Binary };
    }
    let redact::Redacted { bytes: redacted, counts } = redact::bytes(&bytes);
    let redacted = match redacted {
        std::borrow::Cow::Owned(redacted) => redacted,
        std::borrow::Cow::Borrowed(_) => bytes,
    };
    Changed { bytes: Some(redacted), note: Fate::Redacted(counts) }
}

/// Refuses what would write over something, or into the bundle itself.
fn check(bundle: &Bundle, path: &Path, output: &Path, is_stream: bool) -> Result<(), Stop> {
    let usage = |message: String| Err(Stop { exit: Exit::Usage, message });
    let out = output.display();
    if is_stream {
        return match bundle.is_folder() {
            true => usage(
                "a folder cannot be written to standard output; name a folder with `-o`".into(),
            ),
            false => Ok(()),
        };
    }
    let is_taken = match fs::metadata(output) {
        Ok(there) if there.is_dir() && bundle.is_folder() => {
            fs::read_dir(output).map_or(true, |mut items| items.next().is_some())
        }
        Ok(_) => true,
        Err(_) => fs::symlink_metadata(output).is_ok(),
    };
    if is_taken {
        return usage(format!("`{out}` is there already; name one that is not"));
    }
    if bundle.is_folder() && is_within(output, path) {
        return usage(format!("`{out}` lies in the bundle itself; name a folder beside it"));
    }
    if let Some(ending) = bundle.ending().filter(|_| !bundle.is_folder())
        && let Some(other) = other_kind(output, ending)
    {
        return usage(format!(
            "`{out}` ends like a {other}, but the bundle is a {ending} and stays one; name it `….{ending}`"
        ));
    }
    Ok(())
}

/// Whether a path that is not there yet would lie in a folder.
fn is_within(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent: PathBuf = parent.unwrap_or(Path::new(".")).into();
    match (parent.canonicalize(), folder.canonicalize()) {
        (Ok(parent), Ok(folder)) => parent.starts_with(folder),
        _ => false,
    }
}

/// Endings, and the kind that each stands for.
const ENDINGS: &[(&str, &str)] = &[
    (".tar.gz", "tar.gz"),
    (".tgz", "tar.gz"),
    (".tar.xz", "tar.xz"),
    (".txz", "tar.xz"),
    (".tar.zst", "tar.zst"),
    (".tar.bz2", "tar.bz2"),
    (".tbz2", "tar.bz2"),
    (".tar", "tar"),
    (".zip", "zip"),
    (".gz", "gz"),
    (".xz", "xz"),
    (".zst", "zst"),
    (".bz2", "bz2"),
];

/// The kind that a name's ending stands for, if that is another one.
fn other_kind(path: &Path, kind: &str) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let (_, named) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))?;
    (*named != kind).then_some(named)
}

fn into_folder(bundle: &Bundle, to: &Path) -> io::Result<Copied<Fate>> {
    if !to.is_dir() {
        fs::create_dir(to)?;
    }
    bundle.copy_into(to, &change)
}

fn into_file(bundle: &Bundle, to: &Path) -> io::Result<Copied<Fate>> {
    let mut file = BufWriter::new(File::create_new(to)?);
    let copied = bundle.copy_to(&mut file, &change).and_then(|copied| {
        file.flush()?;
        Ok(copied)
    });
    if copied.is_err() {
        // Half a bundle would be taken for a whole one.
        drop(fs::remove_file(to));
    }
    copied
}

fn unwritable(path: &Path, error: &io::Error) -> Stop {
    let message = format!("cannot write `{}`: {error}", path.display());
    Stop { exit: Exit::Unreadable, message }
}

/// What was replaced, by kind; never what it was.
fn said(copied: &Copied<Fate>, to: &Path) -> String {
    let mut counts = Counts::default();
    let (mut changed, mut binaries) = (0, Vec::new());
    for (path, fate) in &copied.notes {
        match fate {
            Fate::Redacted(of_file) => {
                changed += usize::from(!of_file.is_empty());
                counts.add(of_file);
            }
            Fate::Binary => binaries.push(path),
        }
    }
    let files = copied.notes.len();
    let mut out =
        format!("{}: {files} files, secrets in {changed}\n", printable(&to.display().to_string()));
    let width = counts.iter().map(|(kind, _)| kind.name().len()).max().unwrap_or(0);
    for (kind, count) in counts.iter() {
        out.push_str(&format!("  {:width$}  {count:6}\n", kind.name()));
    }
    for path in binaries {
        out.push_str(&format!("  left out, no text: {}\n", printable(path)));
    }
    out
}
