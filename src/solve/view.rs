//! Fields of objects by path, as rows.

use crate::fact::vocabulary::object;
use crate::fact::{Cell, Facts, Object, RelationId, Row, Value};
use crate::rule::{Book, View};
use crate::text::yaml::Node;

/// The rows of a view. Paths that go through the same `[*]` take the same item of it.
pub(super) fn rows(facts: &Facts, view: &View) -> Vec<Row> {
    let width = object::WIDTH + view.paths.len();
    let mut rows = Vec::new();
    for item in facts.objects(&view.kind) {
        let name = item.node.at(&["metadata", "name"]).map(|node| item.place(node.span));
        let mut row = Row::new(width, name);
        row.put(object::kind, item.kind.as_str(), name);
        row.put(
            object::namespace,
            item.namespace.as_deref().map_or(Cell::Absent, Cell::from),
            None,
        );
        row.put(object::name, item.name.as_str(), name);
        let paths: Vec<(usize, &str)> = view
            .paths
            .iter()
            .enumerate()
            .map(|(n, path)| (object::WIDTH + n, path.as_str()))
            .collect();
        spread(item, Some(&item.node), &paths, row, &mut rows);
    }
    rows
}

/// Fills in the paths below `node`, one row for each item where a path goes through a list.
fn spread(
    item: &Object,
    node: Option<&Node>,
    paths: &[(usize, &str)],
    mut row: Row,
    out: &mut Vec<Row>,
) {
    let mut lists: Vec<(&str, Vec<(usize, &str)>)> = Vec::new();
    for (column, path) in paths {
        match path.split_once("[*]") {
            None => {
                let found = node.and_then(|node| down(node, path));
                let value = found.and_then(Node::scalar);
                row.put(
                    *column,
                    value.map_or(Cell::Absent, Cell::from),
                    found.map(|f| item.place(f.span)),
                );
            }
            Some((list, rest)) => {
                let rest = rest.trim_start_matches('.');
                match lists.iter_mut().find(|(known, _)| *known == list) {
                    Some((_, rests)) => rests.push((*column, rest)),
                    None => lists.push((list, vec![(*column, rest)])),
                }
            }
        }
    }
    let mut rows = vec![row];
    for (list, rests) in lists {
        let items = node.and_then(|node| down(node, list)).map_or(&[][..], Node::items);
        let mut next = Vec::new();
        for row in rows {
            if items.is_empty() {
                spread(item, None, &rests, row, &mut next);
                continue;
            }
            for below in items {
                spread(item, Some(below), &rests, row.clone(), &mut next);
            }
        }
        rows = next;
    }
    out.append(&mut rows);
}

/// The node at a path; a key that holds dots is written in brackets: `metadata.labels[app.kubernetes.io/name]`.
fn down<'a, 't>(node: &'a Node<'t>, path: &str) -> Option<&'a Node<'t>> {
    let mut node = node;
    let mut rest = path;
    while !rest.is_empty() {
        let (key, after) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some(split) => split,
            None => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                (&rest[..end], &rest[end..])
            }
        };
        node = node.field(key)?;
        rest = after.trim_start_matches('.');
    }
    Some(node)
}

/// Where absence from a view must be looked for: among the objects of its kind.
pub(super) fn scope(
    book: &Book,
    relation: RelationId,
    known: &[(usize, Value)],
) -> (RelationId, Vec<(usize, Value)>) {
    let mut limits: Vec<(usize, Value)> =
        known.iter().filter(|(column, _)| *column < object::WIDTH).cloned().collect();
    if let Some(view) = book.views.iter().find(|view| view.relation == relation)
        && !limits.iter().any(|(column, _)| *column == object::kind)
    {
        limits.push((object::kind, Value::from(view.kind.as_str())));
    }
    limits.sort();
    (object::ID, limits)
}
