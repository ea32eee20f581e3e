//! Which run of a container a log is of, and in which order the files of one container were written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::capture::{Capture, Origin};
use crate::fact::vocabulary::{envoy_not_ready, log};
use crate::fact::{Cell, RelationId, Row};
use crate::text::FileId;

/// One log, or a part of one, among the logs of its container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::format) struct Run {
    /// Whether it is of a run before the present one.
    pub(super) previous: bool,
    /// How often the container had been restarted when this run began, where the name tells it.
    pub(super) restarts: Option<u32>,
    /// When it was rotated out, in an order of text; `None` while it is still written to.
    pub(super) rotated: Option<String>,
    /// Whether it says that Envoy is ready, or that it is not.
    pub(super) speaks: bool,
    /// Its first and last line.
    pub(super) lines: (u32, u32),
}

/// Names of logs of an earlier run: `previous.log`, `app-previous.log`, `app.log.1`, `app-prev.log`,
/// `default-web-0-previous`.
static PREVIOUS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[-_.])prev(?:ious)?(?:\.insecure)?(?:\.(?:log|txt))*$|\.log\.\d{1,2}$")
        .expect("the pattern is well formed")
});

/// Names of the kubelet's files: `0.log`, and `0.log.20210930-120000` once it is rotated.
static KUBELET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<restarts>\d{1,5})\.log(?:\.(?<rotated>\d{8}-\d{6}))?$")
        .expect("the pattern is well formed")
});

impl Run {
    /// What a file's name and the command that printed it say.
    pub(super) fn of(capture: &Capture<'_>) -> Self {
        let name = capture.file_name();
        let name = [".gz", ".xz", ".zst", ".bz2"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(name);
        if let Some(command) = &capture.command {
            return Self { previous: command.previous, ..Self::default() };
        }
        match KUBELET.captures(name) {
            Some(found) => Self {
                restarts: found["restarts"].parse().ok(),
                rotated: found.name("rotated").map(|at| at.as_str().to_string()),
                ..Self::default()
            },
            None => Self { previous: PREVIOUS.is_match(name), ..Self::default() },
        }
    }

    /// Whether it says that Envoy is ready, or that it is not.
    pub(in crate::format) fn speaks_of_envoy(&self) -> bool {
        self.speaks
    }

    /// Whether it was written to after `other`, which is of the same run.
    fn after(&self, other: &Run) -> bool {
        match (&self.rotated, &other.rotated) {
            (Some(mine), Some(theirs)) => mine > theirs,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    fn holds(&self, line: u32) -> bool {
        (self.lines.0..=self.lines.1).contains(&line)
    }
}

/// The logs of a bundle, each with its owner.
#[derive(Debug, Default)]
pub(in crate::format) struct Runs(BTreeMap<Owner, Vec<(FileId, Run)>>);

/// A log: whose it is, of which run, and all logs of that owner.
type Known<'r> = (&'r Owner, &'r Run, &'r [(FileId, Run)]);

/// A container; where its pod is not known, the folder of the file stands for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    namespace: Option<String>,
    pod: Option<String>,
    container: Option<String>,
    folder: Option<String>,
}

impl Runs {
    /// Notes a log of this origin and path.
    pub(in crate::format) fn add(&mut self, origin: &Origin, path: &str, file: FileId, run: Run) {
        let folder = path.rsplit_once(['/', '!']).map_or("", |(folder, _)| folder);
        let owner = Owner {
            namespace: origin.namespace.clone(),
            pod: origin.pod.clone(),
            container: origin.container.clone(),
            folder: origin.pod.is_none().then(|| folder.to_string()),
        };
        self.0.entry(owner).or_default().push((file, run));
    }

    /// Tells rows which run they are of, and judges over all logs of a container whether it still is
    /// not ready. An earlier run says nothing of now where the present one was captured; where it
    /// was not, nobody knows.
    pub(in crate::format) fn judge(mut self, rows: &mut [Vec<Row>]) {
        for runs in self.0.values_mut() {
            let newest =
                runs.iter().filter(|(_, run)| !run.previous).filter_map(|(_, r)| r.restarts);
            let newest = newest.max();
            for (_, run) in runs.iter_mut() {
                run.previous |= run.restarts.is_some_and(|n| newest.is_some_and(|most| n < most));
            }
        }
        let mut by_file: BTreeMap<FileId, Vec<Known<'_>>> = BTreeMap::new();
        for (owner, runs) in &self.0 {
            for (file, run) in runs {
                by_file.entry(*file).or_default().push((owner, run, runs));
            }
        }
        let of = |row: &Row, pod: usize| {
            let place = row.place?;
            let pod = row.cells.get(pod).and_then(Cell::known).map(|pod| pod.text());
            let here = |owner: &Owner, run: &Run| {
                run.holds(place.line) && owner.pod.as_deref() == pod.as_deref()
            };
            let (_, run, all) = by_file.get(&place.file)?.iter().find(|(o, r, _)| here(o, r))?;
            Some((*run, *all))
        };
        let mut rows_of = |id: RelationId| rows.get_mut(usize::from(id.0)).map(std::mem::take);
        let mut logs = rows_of(log::ID).unwrap_or_default();
        let mut reasons = rows_of(envoy_not_ready::ID).unwrap_or_default();
        for row in &mut logs {
            if let Some((run, _)) = of(row, log::pod) {
                row.put(log::previous, run.previous, None);
            }
        }
        for row in &mut reasons {
            let Some((run, all)) = of(row, envoy_not_ready::pod) else { continue };
            row.put(envoy_not_ready::previous, run.previous, None);
            let present = all.iter().any(|(_, other)| !other.previous);
            let over = all.iter().any(|(_, other)| {
                other.speaks
                    && !other.previous
                    && other.restarts == run.restarts
                    && other.after(run)
            });
            let place = row.place;
            match (run.previous, present) {
                (true, false) => row.put(envoy_not_ready::current, Cell::Unknown, None),
                (true, true) => row.put(envoy_not_ready::current, false, place),
                (false, _) if over => row.put(envoy_not_ready::current, false, place),
                (false, _) => {}
            }
        }
        for (id, judged) in [(log::ID, logs), (envoy_not_ready::ID, reasons)] {
            if let Some(place) = rows.get_mut(usize::from(id.0)) {
                *place = judged;
            }
        }
    }
}
