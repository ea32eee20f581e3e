//! Readers: one file for each capture format, and the table that names them.
//!
//! The one thing to know: a reader sees one capture and returns a `Reading`; whose capture it is
//! is settled afterwards, when all pods of the bundle are known.

mod alerts;
mod analyze;
mod capture;
mod certificate;
mod clock_sync;
mod cluster;
mod cni;
mod command;
mod config_dump;
mod connection_test;
mod conntrack;
mod corefile;
mod curl;
mod date;
mod decode;
mod describe;
mod disk;
mod draft;
mod edit;
mod envoy;
mod fields;
mod firewall;
mod hosts;
mod ip;
mod ipvs;
mod istiod;
mod kinds;
mod kubeconfig;
mod kubelet;
mod kubelet_summary;
mod log;
mod lookup;
mod memory;
mod metrics;
mod mounts;
mod nftables;
mod node_summary;
mod objects;
mod origin;
mod probe;
mod resolv_conf;
mod runtime;
mod service_unit;
mod sidecar;
mod sockets;
mod sysctl;
mod tables;
mod transcript;
mod troubleshoot;
mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::bundle::{Bundle, Member};
use crate::fact::vocabulary as v;
use crate::fact::{Catalog, Cell, Demand, Facts, Filling, Relation, RelationId, Row, Scope, Value};
use crate::redact;
use crate::text::{FileId, Issue, LineIndex, Source, Sources, Span};

use capture::{Capture, Origin, Reading};
use origin::Pods;
pub use origin::layouts;
use unread::Verdict;

/// A capture format.
#[derive(Debug)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// What it is, and which command prints it.
    pub doc: &'static str,
    recognize: fn(&Capture<'_>) -> bool,
    read: fn(&Capture<'_>, &Demand) -> Reading,
}

macro_rules! formats {
    ($($module:ident),+ $(,)?) => {
        /// All formats, in the order in which they are tried.
        pub static FORMATS: &[&Format] = &[$(&$module::FORMAT),+];
    };
}

formats![
    transcript,
    config_dump,
    envoy,
    istiod,
    analyze,
    alerts,
    troubleshoot,
    kubelet_summary,
    node_summary,
    kubelet,
    kubeconfig,
    cni,
    objects,
    probe,
    describe,
    certificate,
    corefile,
    service_unit,
    lookup,
    firewall,
    nftables,
    ipvs,
    conntrack,
    disk,
    memory,
    mounts,
    clock_sync,
    ip,
    runtime,
    tables,
    metrics,
    resolv_conf,
    hosts,
    sockets,
    sysctl,
    curl,
    connection_test,
    date,
    log,
];

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A reader read it.
    Read,
    /// It is no capture, or one of which no rule needs anything; the reason says which.
    Skipped,
    /// It holds what a collector said when it failed: what it should hold was not captured.
    Failed,
    /// It was not understood.
    Unread,
}

/// A file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// What became of it.
    pub fate: Fate,
    /// The format that it was read as; `None` if it was not read.
    pub format: Option<&'static str>,
    /// Why it was not read, if it was not.
    pub reason: Option<String>,
}

/// What was read of a cluster.
#[derive(Debug)]
pub struct Read {
    /// What the cluster is called, if the bundle holds several.
    pub cluster: Option<String>,
    /// The facts.
    pub facts: Facts,
    /// What is wrong with captures, by path and line.
    pub issues: Vec<Issue>,
    /// What became of each file, by path.
    pub files: Vec<FileReport>,
}

/// Reads everything in a bundle that the rules ask for: what was read of each cluster in it, by name.
/// What the order of threads was, and of the files in an archive, does not show.
pub fn read(bundle: &Bundle, catalog: &Catalog, demand: &Demand) -> Vec<Read> {
    let (files, issues) = read_files(bundle, demand);
    let clusters = cluster::parted(&bundle.name, files);
    let several = clusters.len() > 1;
    let mut read: Vec<Read> = clusters
        .into_iter()
        .map(|(name, files)| Read { cluster: several.then_some(name), ..gather(files, catalog) })
        .collect();
    // What could not be opened belongs to no cluster; it is told with the first.
    if let Some(first) = read.first_mut() {
        first.issues.extend(issues);
        first.issues.sort();
        first.issues.dedup();
    }
    read
}

/// Files that wait to be read; what is unpacked runs ahead by so much and no more.
const WAITING: usize = 16;

/// Reads all files while the bundle is being walked, sorted by path.
fn read_files(bundle: &Bundle, demand: &Demand) -> (Vec<FileReading>, Vec<Issue>) {
    let (send, receive) = std::sync::mpsc::sync_channel::<Member>(WAITING);
    let (read, issues) = std::thread::scope(|scope| {
        // A reader that went away has failed, which its own join tells.
        let walk = scope.spawn(move || bundle.visit(&mut |member| drop(send.send(member))));
        let read: Vec<(usize, FileReading)> = receive
            .into_iter()
            .par_bridge()
            .map(|member| (member.turn, guarded(&member, demand)))
            .collect();
        (read, walk.join())
    });
    let failed = "unpacking failed; please report this".to_string();
    let issues: Vec<Issue> = issues
        .unwrap_or_else(|_| vec![Issue { file: bundle.name.clone(), line: None, message: failed }]);
    let mut by_path: BTreeMap<String, (usize, FileReading)> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for (turn, file) in read {
        let path = file.report.path.clone();
        match by_path.get(&path) {
            Some((known, _)) if *known > turn => drop(twice.insert(path)),
            known => {
                if known.is_some() {
                    twice.insert(path.clone());
                }
                by_path.insert(path, (turn, file));
            }
        }
    }
    let message = || "stands twice in its archive; the later one was read".to_string();
    let twice = twice.into_iter().map(|file| Issue { file, line: None, message: message() });
    (
        by_path.into_values().map(|(_, file)| file).collect(),
        issues.into_iter().chain(twice).collect(),
    )
}

/// What one file gave.
pub(crate) struct FileReading {
    source: Source,
    readings: Vec<Reading>,
    report: FileReport,
}

/// Reads a file; a panic of a reader becomes an issue with that file, and the run goes on.
fn guarded(member: &Member, demand: &Demand) -> FileReading {
    let attempt = || read_file(member, demand);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt))
        .unwrap_or_else(|_| unread(member, "its reader failed; please report this".to_string()))
}

fn unread(member: &Member, reason: String) -> FileReading {
    not_read(member, Verdict { fate: Fate::Unread, reason })
}

fn not_read(member: &Member, verdict: Verdict) -> FileReading {
    let path = member.path.clone();
    let Verdict { fate, reason } = verdict;
    let report = FileReport { path: path.clone(), fate, format: None, reason: Some(reason) };
    FileReading { source: Source::whole(path, Arc::new([])), readings: vec![], report }
}

/// The file of a reading, until all files are sorted.
const HERE: FileId = FileId(0);

fn read_file(member: &Member, demand: &Demand) -> FileReading {
    if member.bytes.is_empty() {
        // kubectl leaves an empty file behind when it fails: it says nothing of the cluster.
        return unread(member, "it is empty: nothing was captured".to_string());
    }
    if let Some(verdict) = unread::by_bytes(&member.path, &member.bytes) {
        return not_read(member, verdict);
    }
    let decode::Decoded { text, numbers } = decode::decoded(&member.bytes);
    // From here on nobody sees a secret, so that none can stand in a report.
    let text = redact::text(text);
    let mut lines = LineIndex::new(text.as_bytes());
    if let Some(numbers) = numbers {
        lines = lines.numbered(numbers);
    }
    let file_name = member.path.rsplit(['/', '!']).next().unwrap_or(&member.path);
    let edited = edit::edited(file_name, &text);
    let (shown, shown_lines) = match &edited {
        Some(edited) => (edited.text.as_str(), Arc::new(lines.edited(edited.pieces.clone()))),
        None => (&*text, Arc::new(lines.clone())),
    };
    let path = &member.path;
    let capture =
        Capture { file: HERE, path, text: shown, offset: 0, lines: shown_lines, command: None };
    if let Some(verdict) = unread::by_text(capture.file_name(), shown) {
        return not_read(member, verdict);
    }
    let failure = unread::failure(path, shown);
    let read = read_capture(&capture, demand);
    let read = read.filter(|(_, readings)| failure.is_none() || readings.iter().any(found_any));
    let Some((format, mut readings)) = read else {
        let verdict = failure.or_else(|| unread::by_name(path, shown)).unwrap_or_else(|| Verdict {
            fate: Fate::Unread,
            reason: "its content is of no kind that is known here".to_string(),
        });
        return not_read(member, verdict);
    };
    if !member.whole || failure.is_some() {
        // What was cut off might have shown more, and so might what failed: nothing is known to be absent.
        readings.iter_mut().for_each(|reading| reading.searched.clear());
    }
    let path = path.clone();
    let (fate, format, reason) = match failure {
        Some(verdict) => (verdict.fate, None, Some(verdict.reason)),
        None => (Fate::Read, Some(format), None),
    };
    let report = FileReport { path: path.clone(), fate, format, reason };
    let source = match readings.iter().all(|reading| reading.kept.is_some()) {
        true => {
            // What is kept is the line of the file, not what was left of it for the reader.
            let numbers = readings.iter().filter_map(|reading| reading.kept.as_ref());
            let line = |n: &u32| Some((*n, Box::from(text.as_bytes().get(lines.line(*n)?)?)));
            Source::kept(path, numbers.flat_map(BTreeMap::keys).filter_map(line).collect())
        }
        false => Source::counted(path, Arc::from(text.into_owned().into_bytes()), lines),
    };
    FileReading { source, readings, report }
}

/// Whether a reading says anything, if only that something is not there.
fn found_any(reading: &Reading) -> bool {
    let shown = !reading.searched.is_empty() && reading.kept.is_none();
    !reading.rows.is_empty() || !reading.objects.is_empty() || shown
}

/// Reads a text by one reader, whether it would know it or not, and counts the rows. This is for tests
/// that throw anything at readers.
#[doc(hidden)]
pub fn read_as(format: &Format, path: &str, bytes: &[u8], demand: &Demand) -> usize {
    let decode::Decoded { text, .. } = decode::decoded(bytes);
    let lines = Arc::new(LineIndex::new(text.as_bytes()));
    let capture = Capture { file: HERE, path, text: &text, offset: 0, lines, command: None };
    let known = usize::from((format.recognize)(&capture));
    known + (format.read)(&capture, demand).rows.len()
}

/// The first format that knows a capture, and what it reads.
fn read_capture(capture: &Capture<'_>, demand: &Demand) -> Option<(&'static str, Vec<Reading>)> {
    if log::holds_several(capture) {
        return Some((log::FORMAT.name, (log::FORMAT.read)(capture, demand).each()));
    }
    let known = |part: &Capture<'_>| format_of(part).is_some();
    if let Some(parts) = transcript::parts(capture, &known) {
        let mut readings: Vec<(bool, Reading)> = parts
            .parts
            .iter()
            .flat_map(|part| {
                read_part(part, demand).into_iter().map(|reading| (part.outside, reading))
            })
            .collect();
        parts.attribute(&mut readings);
        if parts.commands > 0 || !readings.is_empty() {
            let readings = readings.into_iter().map(|(_, reading)| reading).collect();
            return Some((transcript::FORMAT.name, readings));
        }
    }
    let format = FORMATS.iter().find(|format| (format.recognize)(capture))?;
    Some((format.name, (format.read)(capture, demand).each()))
}

/// The format of a part of a transcript, which is never taken for a transcript again.
fn format_of(part: &Capture<'_>) -> Option<&'static Format> {
    FORMATS.iter().skip(1).copied().find(|format| (format.recognize)(part))
}

/// Reads a part of a transcript.
fn read_part(part: &transcript::Part<'_>, demand: &Demand) -> Vec<Reading> {
    let capture = &part.capture;
    let Some(format) = format_of(capture) else {
        let failure = unread::failure("", capture.text).filter(|_| !part.outside);
        let line = capture.place(Span::new(0, 1)).line;
        let issue = failure.map(|failure| vec![(Some(line), failure.reason)]);
        return issue.map_or(vec![], |issues| vec![Reading { issues, ..Reading::default() }]);
    };
    let said = capture.command.as_ref().map(|command| command.origin.clone()).unwrap_or_default();
    let mut readings = (format.read)(capture, demand).each();
    for reading in &mut readings {
        if part.outside {
            // A quotation shows a part of something, and says nothing of the rest.
            reading.searched.clear();
            reading.quoted = true;
        }
        reading.origin = std::mem::take(&mut reading.origin).or(said.clone());
    }
    readings
}

/// Puts the readings of all files together, in the order of their paths.
fn gather(read: Vec<FileReading>, catalog: &Catalog) -> Read {
    let pods = known_pods(&read);
    let mut sources = Vec::with_capacity(read.len());
    let mut files = Vec::with_capacity(read.len());
    let mut issues = Vec::new();
    let mut rows: Vec<Vec<Row>> = catalog.all().map(|_| vec![]).collect();
    let mut searched = Vec::new();
    let mut objects = Vec::new();
    let mut runs = log::Runs::default();
    for (n, mut file) in read.into_iter().enumerate() {
        let path = file.report.path.clone();
        if let Some(message) = trouble(&file.report) {
            issues.push(Issue { file: path.clone(), line: None, message });
        }
        for mut reading in file.readings.drain(..) {
            reading.stands_in(FileId(n as u32));
            let found = reading.issues.drain(..);
            issues.extend(found.map(|(line, message)| Issue { file: path.clone(), line, message }));
            objects.append(&mut reading.objects);
            let mut settled = pods.settle(std::mem::take(&mut reading.origin), &path);
            let speaks = reading.run.as_ref().is_some_and(log::Run::speaks_of_envoy);
            if speaks && settled.node.is_none() {
                // Where nothing names another container, it is the one whose agent talks like this.
                settled.container.get_or_insert_with(|| "istio-proxy".to_string());
            }
            for (id, scope) in settle(&mut reading, &settled, catalog, &pods) {
                searched.push((id, scope, FileId(n as u32)));
            }
            if let Some(run) = reading.run.take() {
                runs.add(&settled, &path, FileId(n as u32), run);
            }
            for (id, row) in reading.rows {
                rows[id.0 as usize].push(row);
            }
        }
        sources.push(file.source);
        files.push(file.report);
    }
    runs.judge(&mut rows);
    issues.sort();
    issues.dedup();
    let mut facts = Facts::new(catalog.clone(), Sources::new(sources));
    for (n, rows) in rows.into_iter().enumerate() {
        facts.fill(RelationId(n as u16), rows);
    }
    for (relation, scope, file) in searched {
        facts.add_searched(relation, scope, file);
    }
    facts.add_objects(objects);
    Read { cluster: None, facts, issues, files }
}

/// What is wrong with a file as a whole. What was skipped for a reason is no trouble.
fn trouble(report: &FileReport) -> Option<String> {
    let reason = report.reason.as_ref()?;
    match report.fate {
        Fate::Unread => Some(format!("not read: {reason}")),
        Fate::Failed => Some(reason.clone()),
        Fate::Read | Fate::Skipped => None,
    }
}

/// The pods that captures name together with their namespaces: objects and tables of all namespaces,
/// captures of a pod that say their own, and then tables of one namespace, which is that of any pod
/// in them.
fn known_pods(read: &[FileReading]) -> Pods {
    let mut pods = Pods::default();
    let readings = || {
        read.iter().flat_map(|file| file.readings.iter().map(|r| (file.report.path.as_str(), r)))
    };
    let shown = |reading: &Reading| -> Vec<(Option<String>, String)> {
        let rows = reading.rows.iter().filter(|(id, _)| *id == v::pod::ID).map(|(_, row)| row);
        let text =
            |row: &Row, column: usize| row.cells[column].known().map(|v| v.text().into_owned());
        rows.filter_map(|row| Some((text(row, v::pod::namespace), text(row, v::pod::name)?)))
            .collect()
    };
    let named: Vec<Option<usize>> = v::ALL.iter().map(|r| r.column("namespace")).collect();
    for (id, row) in readings().flat_map(|(_, reading)| &reading.rows) {
        let column = named.get(usize::from(id.0)).copied().flatten();
        if let Some(Cell::Known(namespace)) = column.and_then(|c| row.cells.get(c)) {
            pods.add_namespace(&namespace.text());
        }
    }
    for (namespace, name) in readings().flat_map(|(_, reading)| shown(reading)) {
        if let Some(namespace) = namespace {
            pods.add(&namespace, &name);
        }
    }
    for (path, reading) in readings().filter(|(_, reading)| reading.origin.namespace.is_some()) {
        let origin = pods.settle(reading.origin.clone(), path);
        if let (Some(namespace), Some(pod)) = (&origin.namespace, &origin.pod)
            && pods.namespace(pod).is_none()
        {
            pods.add(namespace, pod);
        }
    }
    for (path, reading) in readings() {
        let nameless: Vec<String> = shown(reading)
            .into_iter()
            .filter(|(ns, _)| ns.is_none())
            .map(|(_, name)| name)
            .collect();
        let origin = pods.settle(reading.origin.clone(), path).namespace;
        let known = nameless.iter().find_map(|name| pods.namespace(name).map(str::to_string));
        if let Some(namespace) = origin.or(known) {
            nameless.iter().for_each(|name| pods.add(&namespace, name));
        }
    }
    pods
}

/// The namespace that kubectl asks when nobody names one.
const DEFAULT: &str = "default";

/// Relations of captures that kubectl did not take: where they name no namespace, it is any.
const UNBOUND: [RelationId; 2] = [v::alert::ID, v::metric::ID];

/// Writes whose capture it is into the rows and scopes that do not say it themselves. A scope whose
/// owner stays unknown is dropped: it would speak for somebody.
fn settle(
    reading: &mut Reading,
    origin: &Origin,
    catalog: &Catalog,
    pods: &Pods,
) -> Vec<(RelationId, Scope)> {
    disown(reading, origin);
    for (id, row) in &mut reading.rows {
        let relation = catalog.relation(*id);
        let loose = *id == v::probe::ID && row.cells[v::probe::pod] == Cell::Unknown
            || *id == v::certificate::ID && row.cells[v::certificate::secret] == Cell::Absent;
        if matches!(relation.filling, Filling::Attributed) || loose {
            attribute(relation, row, origin);
        } else if let Some(column) = relation.column("namespace")
            && row.cells[column] == Cell::Unknown
            && !UNBOUND.contains(id)
        {
            let named = (*id == v::pod::ID).then(|| row.cells[v::pod::name].known()).flatten();
            let by_pod = named.and_then(|name| pods.namespace(&name.text()).map(str::to_string));
            let namespace = origin.namespace.clone().or(by_pod);
            if namespace.is_none() && reading.quoted && *id != v::pod::ID {
                // Nobody quotes a namespace's name with a table of Services, whichever it is of.
                continue;
            }
            let namespace = namespace.unwrap_or(DEFAULT.to_string());
            row.put(column, Value::from(namespace), None);
        }
    }
    let namespaces: BTreeSet<(RelationId, Cell)> = reading
        .rows
        .iter()
        .filter_map(|(id, row)| {
            Some((*id, row.cells[catalog.relation(*id).column("namespace")?].clone()))
        })
        .collect();
    std::mem::take(&mut reading.searched)
        .into_iter()
        .filter_map(|(id, mut scope)| {
            let relation = catalog.relation(id);
            if matches!(relation.filling, Filling::Attributed) {
                return owned(relation, scope, origin).map(|scope| (id, scope));
            }
            // A scope without its namespace is that of its rows, if they agree.
            if let Some(column) = relation.column("namespace")
                && scope.limit(column).is_some_and(|limit| limit == &Value::from(UNNAMED))
            {
                let mut of_rows =
                    namespaces.iter().filter(|(of, _)| *of == id).map(|(_, cell)| cell);
                let namespace = match (&origin.namespace, of_rows.next(), of_rows.next()) {
                    (Some(namespace), ..) => Value::from(namespace.as_str()),
                    (None, Some(Cell::Known(only)), None) => only.clone(),
                    (None, None, _) => Value::from(DEFAULT),
                    _ => return None,
                };
                scope.restrict(column, namespace);
            }
            Some((id, scope))
        })
        .collect()
}

/// Takes out probes that were cut out of a pod when nothing says which: they would be anybody's.
fn disown(reading: &mut Reading, origin: &Origin) {
    if origin.pod.is_some() {
        return;
    }
    let issues = &mut reading.issues;
    reading.rows.retain(|(id, row)| {
        let loose = *id == v::probe::ID && row.cells[v::probe::pod] == Cell::Unknown;
        if loose {
            let message = "a probe, of which nothing says whose it is; it was left out";
            issues.push((row.place.map(|place| place.line), message.to_string()));
        }
        !loose
    });
}

/// Stands in a scope for the one namespace that a capture shows without naming it.
const UNNAMED: &str = "";

fn attribute(relation: &Relation, row: &mut Row, origin: &Origin) {
    for (name, value) in owners(origin) {
        if let Some(column) = relation.column(name)
            && row.cells[column] == Cell::Unknown
        {
            match value {
                Some(value) => row.put(column, Value::from(value), None),
                // Of a resolv.conf that names its namespace it is known that a pod's, and not which.
                None if relation.name == v::nameserver::RELATION.name
                    && name != "namespace"
                    && origin.pod.is_none()
                    && origin.node.is_none()
                    && origin.namespace.is_some() =>
                {
                    row.cells[column] = Cell::Absent;
                }
                // A pod's capture is no node's, and the other way round.
                None if name == "node" && origin.pod.is_some() => row.cells[column] = Cell::Absent,
                None if origin.node.is_some() && name != "namespace" => {
                    row.cells[column] = Cell::Absent
                }
                None => {}
            }
        }
    }
}

fn owned(relation: &Relation, mut scope: Scope, origin: &Origin) -> Option<Scope> {
    // What a node's capture shows of a relation that knows no nodes is nobody's.
    let node = origin.node.as_ref().filter(|_| relation.column("node").is_some());
    origin.pod.as_ref().or(node)?;
    for (name, value) in owners(origin) {
        if let (Some(column), Some(value)) = (relation.column(name), value) {
            scope.restrict(column, Value::from(value));
        }
    }
    Some(scope)
}

fn owners(origin: &Origin) -> [(&'static str, Option<&str>); 4] {
    let namespace = origin.namespace.as_deref();
    let namespace = namespace.or(origin.pod.as_ref().map(|_| DEFAULT));
    [
        ("namespace", namespace),
        ("pod", origin.pod.as_deref()),
        ("container", origin.container.as_deref()),
        ("node", origin.node.as_deref()),
    ]
}
