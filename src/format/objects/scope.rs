//! What a document of objects shows in full.

use super::shape::{self, Document};
use super::{Capture, Reading};
use crate::fact::vocabulary as v;
use crate::fact::{Scope, Value};
use crate::format::kinds::{self, Kind};

/// Notes what a document shows in full. Objects of several namespaces come from `--all-namespaces`
/// alone; objects of one say nothing of others.
pub(super) fn note(document: &Document, capture: &Capture<'_>, reading: &mut Reading) {
    let command = capture.command.as_ref();
    if command.is_some_and(|command| command.partial) && !document.single {
        return;
    }
    if document.single {
        for item in &document.shown {
            let namespaced = item.known().map_or(item.namespace.is_some(), |kind| kind.namespaced);
            // Without its namespace the object could be anybody's.
            if namespaced && item.namespace.is_none() || item.name.is_none() {
                continue;
            }
            let namespace = item.namespace.as_deref().filter(|_| namespaced);
            add(reading, &item.kind, item.known(), namespace, item.name.as_deref());
        }
        return;
    }
    let mut namespaces: Vec<&str> =
        document.shown.iter().filter_map(|item| item.namespace.as_deref()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let asked_all = command.is_some_and(|command| command.all_namespaces);
    let only = match &namespaces[..] {
        [] => command
            .and_then(|command| command.origin.namespace.as_deref())
            .or_else(|| shape::namespace_of_path(capture.path)),
        [only] => Some(*only),
        _ => None,
    };
    let everywhere = asked_all || namespaces.len() > 1;
    let mut listed: Vec<(&str, Option<&Kind>)> =
        document.shown.iter().map(|item| (item.kind.as_str(), item.known())).collect();
    if let Some(kind) = document.listed.as_deref().filter(|_| listed.is_empty()) {
        listed.push((kind, kinds::by_name(kind)));
    }
    listed.sort_by_key(|(kind, known)| (*kind, known.is_some()));
    listed.dedup_by_key(|(kind, known)| (*kind, known.is_some()));
    for (kind, known) in listed {
        // An empty list of an unknown kind may be of either sort.
        let namespaced = known
            .map_or(!namespaces.is_empty() || document.shown.is_empty(), |kind| kind.namespaced);
        let namespace = match (namespaced, everywhere, only) {
            (false, ..) | (true, true, _) => None,
            (true, false, Some(only)) => Some(only),
            // An empty list names no namespace: of a kind that not every cluster has there may be none.
            (true, false, None)
                if document.shown.is_empty() && known.is_some() && !kinds::everywhere(kind) =>
            {
                None
            }
            (true, false, None) => continue,
        };
        add(reading, kind, known, namespace, None);
    }
}

fn add(
    reading: &mut Reading,
    kind: &str,
    known: Option<&Kind>,
    namespace: Option<&str>,
    name: Option<&str>,
) {
    for fill in kinds::fills(known) {
        let mut scope = Scope::all();
        if let Some(column) = fill.kind {
            scope.restrict(column, Value::from(kind));
        }
        if let (Some(column), Some(namespace)) =
            (v::declared(fill.relation).column("namespace"), namespace)
        {
            scope.restrict(column, Value::from(namespace));
        }
        match (name, fill.name) {
            (Some(name), Some(column)) => scope.restrict(column, Value::from(name)),
            // One event, or one slice of several, says nothing of the others.
            (Some(_), None) => continue,
            (None, _) => {}
        }
        reading.searched.push((fill.relation, scope));
    }
}
