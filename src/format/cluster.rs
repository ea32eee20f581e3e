//! Which cluster a capture is of: a ticket may hold several, and facts of one say nothing of another.
//!
//! Clusters are told apart by what no two of them share: the uid of kube-system, the uid of the API
//! server's Service, the names of their nodes. A file without such a mark belongs to the cluster
//! whose folder it lies in.

use std::collections::{BTreeMap, BTreeSet};

use super::FileReading;
use super::capture::Mark;
use crate::fact::Scope;
use crate::fact::vocabulary as v;

/// Parts the files of a bundle by cluster; each part has the name of its folder.
pub(super) fn parted(bundle: &str, files: Vec<FileReading>) -> Vec<(String, Vec<FileReading>)> {
    let Some(owners) = owners(&files) else { return vec![(bundle.to_string(), files)] };
    let folders = folders(&files, &owners);
    let mut parts: BTreeMap<String, Vec<FileReading>> = BTreeMap::new();
    for (n, file) in files.into_iter().enumerate() {
        let path = components(&file.report.path);
        let within =
            |folder: &Vec<String>| path.len() >= folder.len() && path[..folder.len()] == folder[..];
        let nearest = folders
            .iter()
            .filter(|(_, folder)| within(folder))
            .max_by_key(|(_, folder)| folder.len());
        let shared =
            |folder: &Vec<String>| folders.values().filter(|other| *other == folder).count() > 1;
        let cluster = match (owners.get(&n), nearest) {
            (Some(owner), _) => Some(*owner),
            // Two clusters in one folder: whose the file is cannot be told.
            (None, Some((_, folder))) if shared(folder) => None,
            (None, nearest) => nearest.map(|(cluster, _)| *cluster),
        };
        let name = cluster.map_or_else(
            || format!("{bundle} (of no cluster)"),
            |cluster| name(bundle, cluster, &folders),
        );
        parts.entry(name).or_default().push(file);
    }
    parts.into_iter().collect()
}

fn name(bundle: &str, cluster: usize, folders: &BTreeMap<usize, Vec<String>>) -> String {
    let folder = &folders[&cluster];
    let same = folders.values().filter(|other| *other == folder).count() > 1;
    match folder.join("/") {
        path if path.is_empty() || same => format!("{bundle} {}", cluster + 1),
        path => path,
    }
}

/// The cluster of each file that has a mark of the kind that tells clusters apart; `None` if there is
/// but one cluster.
fn owners(files: &[FileReading]) -> Option<BTreeMap<usize, usize>> {
    [Mark::KubeSystem, Mark::ApiService, Mark::Node].into_iter().find_map(|kind| {
        let marked: Vec<(usize, BTreeSet<&str>)> = files
            .iter()
            .enumerate()
            .map(|(n, file)| (n, marks(file, kind)))
            .filter(|(_, marks)| !marks.is_empty())
            .collect();
        let telling = marked.iter().filter(|(n, marks)| tells_apart(&files[*n], kind, marks.len()));
        let clusters = joined(telling.map(|(_, marks)| marks));
        (clusters.len() > 1).then(|| {
            let cluster =
                |marks: &BTreeSet<&str>| clusters.iter().position(|c| !c.is_disjoint(marks));
            marked.iter().filter_map(|(n, marks)| Some((*n, cluster(marks)?))).collect()
        })
    })
}

/// Whether the marks of a file tell its cluster from others. One node alone does not: collectors write a
/// file for each.
fn tells_apart(file: &FileReading, kind: Mark, marks: usize) -> bool {
    let all = (v::node::ID, Scope::all());
    kind != Mark::Node
        || marks > 1
        || file.readings.iter().any(|reading| reading.searched.contains(&all))
}

fn marks(file: &FileReading, kind: Mark) -> BTreeSet<&str> {
    let marks = file.readings.iter().flat_map(|reading| &reading.marks);
    marks.filter(|(of, _)| *of == kind).map(|(_, value)| value.as_str()).collect()
}

/// Sets that share a mark are of one cluster.
fn joined<'a>(sets: impl Iterator<Item = &'a BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let mut clusters: Vec<BTreeSet<&str>> = Vec::new();
    for set in sets {
        let (same, others): (Vec<_>, Vec<_>) =
            clusters.into_iter().partition(|c| !c.is_disjoint(set));
        clusters = others;
        clusters.push(same.into_iter().flatten().chain(set.iter().copied()).collect());
    }
    clusters.sort();
    clusters
}

/// The folder that all marked files of a cluster lie in.
fn folders(files: &[FileReading], owners: &BTreeMap<usize, usize>) -> BTreeMap<usize, Vec<String>> {
    let mut folders: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (n, cluster) in owners {
        let mut path = components(&files[*n].report.path);
        path.pop();
        let common = folders.entry(*cluster).or_insert_with(|| path.clone());
        let shared = common.iter().zip(&path).take_while(|(a, b)| a == b).count();
        common.truncate(shared);
    }
    folders
}

fn components(path: &str) -> Vec<String> {
    path.split(['/', '!']).map(str::to_string).collect()
}
