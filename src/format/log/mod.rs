//! Logs of containers and of nodes. Of a log only the lines are kept that a rule asks for, with their
//! numbers.
//!
//! The one thing to know: one text may hold the logs of several owners: of containers one after the
//! other, of pods that kubectl prefixes, of the hosts of a journal. Each becomes a reading.

mod kept;
mod line;
mod region;
mod run;
mod stamp;
mod stream;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::Format;
use super::capture::{Capture, Origin, Reading};
use super::sidecar;
use crate::fact::Demand;
use line::Piece;
use stream::{Line, Stream};

pub(super) use run::{Run, Runs};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "log",
    doc: "a log of a container or a node: `kubectl logs`, files of CRI and Docker, `journalctl`, `dmesg`",
    recognize,
    read,
};

/// How log lines begin: with a time stamp, plain, in brackets or in JSON, or in klog's way; dmesg and
/// kubectl's prefix.
static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:\[?(?:Envoy \(Epoch \d+\)\] )?\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|[IWEF]\d{4} \d\d:\d\d:\d\d|\{"|(?:[a-z]+ *:[a-z]+ *: )?\[(?: *\d+\.\d{6}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}|[A-Z][a-z]{2} ?\d?\d \d\d:\d\d|  ?\+\d+[.,]\d{6})\]|\[pod/|time="\d|level=|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d[ .])"#,
    )
    .expect("the pattern is well formed")
});

/// Lines that are looked at to tell a log from other text.
const SAMPLE: usize = 60;

fn recognize(capture: &Capture<'_>) -> bool {
    if capture.file_name().contains(".log") || holds_several(capture) {
        return true;
    }
    let lines = capture.each_line().map(|(_, line)| line).filter(|line| !line.trim().is_empty());
    let sample: Vec<&str> = lines.take(SAMPLE).collect();
    let stamped =
        sample.iter().filter(|line| STAMP.is_match(line) || line.contains(sidecar::NOT_READY));
    let stamped = stamped.count();
    stamped > 0 && stamped * 4 >= sample.len()
}

/// How the log of a container begins in `kubectl cluster-info dump`.
const START: &str = "==== START logs for container ";
/// Stands in `istioctl bug-report` between the log of the present run and that of the one before.
const BEFORE: &str = "\n========= Previous log =========";

/// Whether a text holds the logs of several containers, or of several runs of one.
pub(super) fn holds_several(capture: &Capture<'_>) -> bool {
    capture.text.starts_with(START)
        || ["\n==== START logs for container ", BEFORE]
            .iter()
            .any(|border| memmem::find(capture.text.as_bytes(), border.as_bytes()).is_some())
}

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let mut readings = Vec::new();
    for section in sections(capture) {
        match section {
            Section::Log { text, origin, run } => {
                readings.extend(read_one(&text, demand, &origin, &run))
            }
            Section::Other(text) => {
                let part = super::transcript::Part { capture: text, outside: false };
                readings.extend(super::read_part(&part, demand));
            }
        }
    }
    if memmem::find(capture.text.as_bytes(), START.as_bytes()).is_none() {
        share_container(&mut readings);
    }
    let mut readings = readings.into_iter();
    let first = readings.next().unwrap_or_default();
    Reading { others: readings.collect(), ..first }
}

/// Two runs in one text are of one container, also where only one of them tells which.
fn share_container(readings: &mut [Reading]) {
    let said = |reading: &Reading| {
        let origin = &reading.origin;
        Some(((origin.pod.clone(), origin.node.clone()), origin.container.clone()?))
    };
    let known: BTreeMap<_, _> = readings.iter().filter_map(said).collect();
    for reading in readings {
        let owner = (reading.origin.pod.clone(), reading.origin.node.clone());
        if reading.origin.container.is_none() {
            reading.origin.container = known.get(&owner).cloned();
        }
    }
}

/// A part of a text that may hold several logs.
enum Section<'a> {
    /// A log: whose it is as far as its border says, and of which run.
    Log { text: Capture<'a>, origin: Origin, run: Run },
    /// What stands between logs.
    Other(Capture<'a>),
}

fn sections<'a>(capture: &Capture<'a>) -> Vec<Section<'a>> {
    let run = Run::of(capture);
    let starts: Vec<usize> = memmem::find_iter(capture.text.as_bytes(), START)
        .filter(|at| *at == 0 || capture.text.as_bytes().get(at - 1) == Some(&b'\n'))
        .collect();
    if starts.is_empty() {
        return runs(capture, run);
    }
    let mut sections = Vec::new();
    let mut end = 0;
    for (n, start) in starts.iter().enumerate() {
        let other = capture.part(end, (*start).max(end), None);
        if !other.text.trim().is_empty() {
            sections.push(Section::Other(other));
        }
        let next = starts.get(n + 1).copied().unwrap_or(capture.text.len());
        let whole = capture.text.get(*start..next).unwrap_or_default();
        let (border, _) = whole.split_once('\n').unwrap_or((whole, ""));
        // The same words close it, glued to its last line if that has no line feed.
        let closing = border.trim_end().replacen("START", "END", 1);
        let from = (border.len() + 1).min(whole.len());
        let body = whole.get(from..).unwrap_or_default();
        let to = memmem::find(body.as_bytes(), closing.as_bytes());
        let to = from + to.unwrap_or(body.len());
        end = (to + closing.len()).min(whole.len()) + start;
        sections.push(Section::Log {
            text: capture.part(start + from, start + to, None),
            origin: bordered(border).unwrap_or_default(),
            run: run.clone(),
        });
    }
    let other = capture.part(end.min(capture.text.len()), capture.text.len(), None);
    if !other.text.trim().is_empty() {
        sections.push(Section::Other(other));
    }
    sections
}

/// The log of the present run, and the one of the run before that may stand behind it.
fn runs<'a>(capture: &Capture<'a>, run: Run) -> Vec<Section<'a>> {
    let log = |from: usize, to: usize, run: Run| Section::Log {
        text: Capture { command: capture.command.clone(), ..capture.part(from, to, None) },
        origin: Origin::default(),
        run,
    };
    match memmem::find(capture.text.as_bytes(), BEFORE.as_bytes()) {
        None => vec![log(0, capture.text.len(), run)],
        Some(at) => {
            let before = Run { previous: true, ..run.clone() };
            vec![log(0, at + 1, run), log(at + BEFORE.len(), capture.text.len(), before)]
        }
    }
}

/// `==== START logs for container C of pod NS/P ====`
fn bordered(border: &str) -> Option<Origin> {
    let said = border.strip_prefix(START)?.trim_end().strip_suffix(" ====")?;
    let (container, pod) = said.split_once(" of pod ")?;
    let (namespace, pod) = pod.split_once('/')?;
    let some = |text: &str| Some(text.to_string());
    Some(Origin {
        namespace: some(namespace),
        pod: some(pod),
        container: some(container),
        node: None,
    })
}

/// How kubectl says that it could not fetch a log.
const FAILED: [&str; 3] =
    ["Request log error: ", "Create log request error: ", "Error from server"];

/// Reads the lines of one section, parted by owner.
fn read_one(capture: &Capture<'_>, demand: &Demand, said: &Origin, run: &Run) -> Vec<Reading> {
    let failed = FAILED.iter().any(|words| capture.text.starts_with(words));
    let partial = capture.command.as_ref().is_some_and(|command| command.partial);
    // A path that names the node knows it better than the host's own name for itself.
    let node = super::origin::node_of(capture.path).is_some() || said.pod.is_some();
    let unit = unit_of(capture.file_name());
    let mut streams: BTreeMap<stream::Owner, Stream<'_, '_>> = BTreeMap::new();
    let mut owner = stream::Owner::default();
    let mut window = stamp::Window::default();
    if let Some(regions) = region::asked(capture, demand, &|head| named(head, node)) {
        let (first, regions) = regions;
        let mut stream = Stream::new(capture, demand, unit);
        for (at, raw) in regions {
            let mut line = Line::read(at, raw);
            if node {
                line.head.host = None;
            }
            stream.add(line, window);
        }
        streams.insert(first, stream);
        return finished(capture, streams, said, run, window, failed || partial);
    }
    for (at, raw) in capture.each_line() {
        if let Some(read) = raw.starts_with("-- ").then(|| stamp::Window::read(raw)).flatten() {
            window = read;
            continue;
        }
        for part in raw.split('\r').filter(|part| !part.is_empty() || raw.is_empty()) {
            let at = at + (part.as_ptr() as usize - raw.as_ptr() as usize);
            let mut line = Line::read(at, part);
            if node {
                line.head.host = None;
            }
            let named = stream::Owner::of(&line.head);
            if named != stream::Owner::default() && named != owner {
                owner = named;
            }
            if !streams.contains_key(&owner) {
                streams.insert(owner.clone(), Stream::new(capture, demand, unit));
            }
            if let Some(stream) = streams.get_mut(&owner) {
                stream.add(line, window);
            }
        }
    }
    if streams.is_empty() {
        streams.insert(owner, Stream::new(capture, demand, unit));
    }
    finished(capture, streams, said, run, window, failed || partial)
}

/// Whose line it is; where the path names the node, the host's name for itself does not count.
fn named(head: &line::Head, node: bool) -> stream::Owner {
    let owner = stream::Owner::of(head);
    if node { owner.without_host() } else { owner }
}

/// What the lines of each owner amount to.
fn finished(
    capture: &Capture<'_>,
    streams: BTreeMap<stream::Owner, Stream<'_, '_>>,
    said: &Origin,
    run: &Run,
    window: stamp::Window,
    in_part: bool,
) -> Vec<Reading> {
    let lines = lines_of(capture);
    let finished = streams.into_iter().map(|(owner, stream)| {
        let mut reading = stream.finish(Run { lines, ..run.clone() }, window);
        let inner = std::mem::take(&mut reading.origin);
        reading.origin = owner.origin().or(said.clone()).or(inner);
        if in_part {
            reading.searched.clear();
        }
        reading
    });
    finished.collect()
}

/// The lines of the file that a capture covers.
fn lines_of(capture: &Capture<'_>) -> (u32, u32) {
    let at = |offset: usize| capture.place(crate::text::Span::new(offset, offset)).line;
    (at(0), at(capture.text.len()))
}

/// The unit whose log a file is by its name, where lines do not say it themselves.
fn unit_of(name: &str) -> Option<&'static str> {
    let units =
        ["kubelet", "containerd", "crio", "docker", "k3s", "rke2-server", "rke2-agent", "rancherd"];
    let stem = name.split('.').next()?;
    let stem = stem.strip_suffix("-service").or(stem.strip_suffix("_service")).unwrap_or(stem);
    units.into_iter().find(|unit| *unit == stem)
}

#[cfg(test)]
mod tests;
