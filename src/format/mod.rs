//! Readers: one file for each capture format, and the table that names them.
//!
//! The one thing to know: a reader sees one capture and returns a [`Reading`]; whose capture it is
//! is settled afterwards, when all pods of the bundle are known.

mod capture;
mod cluster;
mod command;
mod curl;
mod date;
mod describe;
mod kinds;
mod log;
mod objects;
mod origin;
mod resolv_conf;
mod sidecar;
mod sockets;
mod tables;
mod transcript;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::bundle::{Bundle, Member};
use crate::fact::vocabulary as v;
use crate::fact::{Catalog, Cell, Demand, Facts, Filling, Relation, RelationId, Row, Scope, Value};
use crate::text::{FileId, Issue, LineIndex, Source, Sources};

use capture::{Capture, Origin, Reading};
use origin::Pods;

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

formats![transcript, objects, describe, tables, resolv_conf, sockets, curl, date, log];

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// The format that it was read as; `None` if it was not understood.
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
    let (read, mut issues) = std::thread::scope(|scope| {
        // A reader that went away has failed, which its own join tells.
        let walk = scope.spawn(move || bundle.visit(&mut |member| drop(send.send(member))));
        let read: Vec<(usize, FileReading)> = receive
            .into_iter()
            .par_bridge()
            .map(|member| (member.turn, guarded(&member, demand)))
            .collect();
        (read, walk.join())
    });
    let issues = match &mut issues {
        Ok(issues) => std::mem::take(issues),
        Err(_) => vec![Issue {
            file: bundle.name.clone(),
            line: None,
            message: "unpacking failed; please report this".into(),
        }],
    };
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
    let path = member.path.clone();
    let report = FileReport { path: path.clone(), format: None, reason: Some(reason) };
    FileReading { source: Source::whole(path, Arc::new([])), readings: vec![], report }
}

/// The file of a reading, until all files are sorted.
const HERE: FileId = FileId(0);

fn read_file(member: &Member, demand: &Demand) -> FileReading {
    if member.bytes.is_empty() {
        // kubectl leaves an empty file behind when it fails: it says nothing of the cluster.
        return unread(member, "it is empty: nothing was captured".to_string());
    }
    let text = decoded(&member.bytes);
    let lines = Arc::new(LineIndex::new(text.as_bytes()));
    let capture =
        Capture { file: HERE, path: &member.path, text: &text, offset: 0, lines, command: None };
    let Some((format, mut readings)) = read_capture(&capture, demand) else {
        return unread(member, "its content is of no kind that is known here".to_string());
    };
    if !member.whole {
        // What was cut off might have shown more: nothing is known to be absent.
        readings.iter_mut().for_each(|reading| reading.searched.clear());
    }
    let path = member.path.clone();
    let report = FileReport { path: path.clone(), format: Some(format), reason: None };
    let source = match readings.iter().all(|reading| reading.kept.is_some()) {
        true => {
            let kept = readings.iter().filter_map(|reading| reading.kept.clone()).flatten();
            Source::kept(path, kept.collect())
        }
        false => Source::whole(path, Arc::from(text.into_owned().into_bytes())),
    };
    FileReading { source, readings, report }
}

/// The first format that knows a capture, and what it reads.
fn read_capture(capture: &Capture<'_>, demand: &Demand) -> Option<(&'static str, Vec<Reading>)> {
    if let Some(parts) = transcript::parts(capture) {
        let readings = parts.iter().filter_map(|part| read_part(part, demand)).collect();
        return Some((transcript::FORMAT.name, readings));
    }
    let format = FORMATS.iter().find(|format| (format.recognize)(capture))?;
    Some((format.name, vec![(format.read)(capture, demand)]))
}

/// Reads one command's output; it is never taken for a transcript again.
fn read_part(part: &Capture<'_>, demand: &Demand) -> Option<Reading> {
    let format = FORMATS.iter().skip(1).find(|format| (format.recognize)(part))?;
    let mut reading = (format.read)(part, demand);
    let said = part.command.as_ref().map(|command| command.origin.clone()).unwrap_or_default();
    reading.origin = std::mem::take(&mut reading.origin).or(said);
    Some(reading)
}

/// The text of a file. Bytes that are not UTF-8 become `?` one by one, so that places stay.
fn decoded(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let mut out = String::new();
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) if out.is_empty() => return text.into(),
            Ok(text) => {
                out.push_str(text);
                return out.into();
            }
            Err(error) => {
                let (valid, broken) = rest.split_at(error.valid_up_to());
                let bad = error.error_len().unwrap_or(broken.len());
                out.push_str(std::str::from_utf8(valid).expect("it is valid up to there"));
                out.extend(std::iter::repeat_n('?', bad));
                rest = &broken[bad..];
            }
        }
    }
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
    for (n, mut file) in read.into_iter().enumerate() {
        let path = file.report.path.clone();
        if let Some(reason) = &file.report.reason {
            issues.push(Issue {
                file: path.clone(),
                line: None,
                message: format!("not read: {reason}"),
            });
        }
        for mut reading in file.readings.drain(..) {
            reading.stands_in(FileId(n as u32));
            let found = reading.issues.drain(..);
            issues.extend(found.map(|(line, message)| Issue { file: path.clone(), line, message }));
            objects.append(&mut reading.objects);
            let settled = pods.settle(std::mem::take(&mut reading.origin), &path);
            for (id, scope) in settle(&mut reading, &settled, catalog, &pods) {
                searched.push((id, scope, FileId(n as u32)));
            }
            for (id, row) in reading.rows {
                rows[id.0 as usize].push(row);
            }
        }
        sources.push(file.source);
        files.push(file.report);
    }
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

/// The pods that captures name together with their namespaces.
fn known_pods(read: &[FileReading]) -> Pods {
    let mut pods = Pods::default();
    let rows = read.iter().flat_map(|file| &file.readings).flat_map(|reading| &reading.rows);
    for (id, row) in rows {
        if *id == v::pod::ID
            && let (Some(namespace), Some(name)) =
                (row.cells[v::pod::namespace].known(), row.cells[v::pod::name].known())
        {
            pods.add(&namespace.text(), &name.text());
        }
    }
    pods
}

/// The namespace that kubectl asks when nobody names one.
const DEFAULT: &str = "default";

/// Writes whose capture it is into the rows and scopes that do not say it themselves. A scope whose
/// owner stays unknown is dropped: it would speak for somebody.
fn settle(
    reading: &mut Reading,
    origin: &Origin,
    catalog: &Catalog,
    pods: &Pods,
) -> Vec<(RelationId, Scope)> {
    for (id, row) in &mut reading.rows {
        let relation = catalog.relation(*id);
        if matches!(relation.filling, Filling::Attributed) {
            attribute(relation, row, origin);
        } else if let Some(column) = relation.column("namespace")
            && row.cells[column] == Cell::Unknown
        {
            let named = (*id == v::pod::ID).then(|| row.cells[v::pod::name].known()).flatten();
            let by_pod = named.and_then(|name| pods.namespace(&name.text()).map(str::to_string));
            let namespace = origin.namespace.clone().or(by_pod).unwrap_or(DEFAULT.to_string());
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

/// Stands in a scope for the one namespace that a capture shows without naming it.
const UNNAMED: &str = "";

fn attribute(relation: &Relation, row: &mut Row, origin: &Origin) {
    for (name, value) in owners(origin) {
        if let Some(column) = relation.column(name)
            && row.cells[column] == Cell::Unknown
        {
            match value {
                Some(value) => row.put(column, Value::from(value), None),
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
    origin.pod.as_ref().or(origin.node.as_ref())?;
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
