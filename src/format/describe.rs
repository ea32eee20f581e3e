//! `kubectl describe`: objects as text, one after another.
//!
//! The one thing to know: kubectl has a describer of its own for each kind, and none of them says its
//! kind. It is told by the keys that only that kind has.

mod cluster;
mod events;
mod network;
mod object;
mod pod;
mod shown;
mod storage;
mod workload;

use std::collections::{BTreeMap, BTreeSet};

use super::Format;
use super::capture::{Capture, Reading};
use super::kinds;
use crate::fact::vocabulary as v;
use crate::fact::{RelationId, Row, Scope, Value};
use crate::text::outline::{self, Piece};
use object::Object;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "describe",
    doc: "objects as `kubectl describe` tells them, one or many",
    recognize,
    read: |capture, _| read(capture),
};

/// What a reader fills.
type Rows = Vec<(RelationId, Row)>;

/// A kind of object: what tells it, and how it is read.
struct Shape {
    kind: &'static str,
    /// What stands at the left border in every object of the kind: keys, or with a bar in front of
    /// each the first cells of a line.
    keys: &'static [&'static str],
    /// Relations of which an object shows all that it fills.
    fills: &'static [RelationId],
    /// Whether kubectl says who controls it.
    controlled: bool,
    read: fn(&Object<'_>, &mut Rows),
}

/// The chapters of shapes, in the order in which they are tried.
static SHAPES: [&[Shape]; 5] =
    [cluster::SHAPES, pod::SHAPES, workload::SHAPES, network::SHAPES, storage::SHAPES];

fn shape(object: &Object<'_>) -> Option<&'static Shape> {
    let shapes = SHAPES.iter().flat_map(|shapes| shapes.iter());
    shapes.into_iter().find(|shape| shape.keys.iter().all(|key| object.has(key)))
}

/// Lines in which the first object must begin.
const SAMPLE: usize = 200;

fn recognize(capture: &Capture<'_>) -> bool {
    let mut before = "";
    let mut lines = capture.each_line().take(SAMPLE).map(|(_, line)| line).peekable();
    let mut begun = false;
    while let Some(line) = lines.next() {
        begun |= starts(before, line, lines.peek().copied(), true);
        before = line;
    }
    begun && sections(capture).any(|object| shape(&object).is_some())
}

/// Whether an object starts with a line. Within a text that a ConfigMap holds such a line may stand,
/// too, but hardly with another key of kubectl's alignment under it.
fn starts(before: &str, line: &str, next: Option<&str>, first: bool) -> bool {
    let aligned = |line: &str| {
        let end = line.find(':').unwrap_or(0);
        let value = line.get(end + 1..).unwrap_or_default();
        let word = line.starts_with(|c: char| c.is_ascii_uppercase());
        word && (value.starts_with("  ") || value.starts_with('\t'))
    };
    let named = line.starts_with("Name:") && aligned(line) && line.len() > "Name:  ".len();
    // A quota that nothing limits has a table under its name at once.
    named && (first || before.is_empty()) && next.is_some_and(aligned)
}

/// The objects of a capture.
fn sections<'a>(capture: &'a Capture<'a>) -> impl Iterator<Item = Object<'a>> {
    let mut begins = Vec::new();
    let mut before = "";
    let mut lines = capture.each_line().peekable();
    while let Some((at, line)) = lines.next() {
        let next = lines.peek().map(|(_, next)| *next);
        if starts(before, line, next, begins.is_empty()) {
            begins.push(at);
        }
        before = line;
    }
    let ends: Vec<usize> = begins.iter().skip(1).copied().chain([capture.text.len()]).collect();
    begins.into_iter().zip(ends).map(|(begin, end)| {
        let text = capture.text.get(begin..end).unwrap_or_default();
        Object::new(capture, text, begin)
    })
}

/// An object that was read, for what it shows in full.
struct Seen<'a> {
    shape: &'static Shape,
    kind: &'a str,
    namespace: Option<String>,
    name: String,
    /// Whether each of its lines was understood.
    whole: bool,
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut seen = Vec::new();
    let mut unknown = 0_usize;
    for mut object in sections(capture) {
        let Some(shape) = shape(&object) else {
            unknown += 1;
            continue;
        };
        object.kind = own_kind(&object, shape, capture);
        if object.lacks_namespace() {
            let line = capture.place(object.name.span).line;
            let message = "not read: it does not say its namespace";
            reading.issues.push((Some(line), message.to_string()));
            unknown += 1;
            continue;
        }
        (shape.read)(&object, &mut reading.rows);
        if shape.controlled {
            object.controller(&mut reading.rows);
        }
        if events::read(&object, &mut reading.rows) {
            reading.searched.push((v::event::ID, events::scope(&object)));
        }
        if object.whole {
            reading.searched.extend(cluster::shares(&object));
            reading.searched.extend(network::behind(&object));
        }
        seen.push(Seen {
            shape,
            kind: object.kind,
            namespace: object.namespace.map(|name| name.text.to_string()),
            name: object.name.text.to_string(),
            whole: object.whole,
        });
    }
    let failed = capture.each_line().any(|(_, line)| is_failure(line));
    note(&seen, capture, unknown == 0 && !failed, &mut reading);
    reading
}

/// The kind of an object; a ReplicationController looks like a ReplicaSet.
fn own_kind<'a>(object: &Object<'a>, shape: &'static Shape, capture: &Capture<'_>) -> &'a str {
    let asked = match &capture.command {
        Some(command) => command.kubectl().and_then(|(_, resource)| kinds::by_alias(resource)),
        None => super::objects::inferred(capture),
    };
    match asked {
        Some(asked) if shape.kind == "ReplicaSet" && asked.name == "ReplicationController" => {
            asked.name
        }
        _ if shape.kind.is_empty() => object.value("Kind").map_or("", |kind| kind.text),
        _ => shape.kind,
    }
}

/// Whether kubectl says that it could not show something.
fn is_failure(line: &str) -> bool {
    let starts = ["Error from server", "Unable to connect to the server", "error: "];
    starts.iter().any(|start| line.starts_with(start))
}

/// Notes what a capture shows in full. Objects of several namespaces come from `--all-namespaces`
/// alone; objects of one say nothing of others; a single object says nothing of its kind, unless
/// the command asked for all.
fn note(seen: &[Seen<'_>], capture: &Capture<'_>, all_understood: bool, reading: &mut Reading) {
    let mut by_kind: BTreeMap<&str, Vec<&Seen<'_>>> = BTreeMap::new();
    for object in seen {
        by_kind.entry(object.kind).or_default().push(object);
    }
    let command = capture.command.as_ref();
    let named = command.is_some_and(|command| {
        let word = command.kubectl().map_or("", |(_, resource)| resource);
        command.partial || word.contains('/')
    });
    for objects in by_kind.into_values() {
        let namespaces: BTreeSet<&str> =
            objects.iter().filter_map(|object| object.namespace.as_deref()).collect();
        let listed = !named && (objects.len() > 1 || command.is_some()) && all_understood;
        if !listed || !objects.iter().all(|object| object.whole) {
            for object in objects.iter().filter(|object| object.whole) {
                add(reading, object, object.namespace.as_deref(), Some(&object.name));
            }
            continue;
        }
        let asked_all = command.is_some_and(|command| command.all_namespaces);
        let only = match namespaces.iter().copied().collect::<Vec<_>>()[..] {
            [only] if !asked_all => Some(only),
            _ => None,
        };
        if let Some(object) = objects.first() {
            add(reading, object, only, None);
        }
    }
}

fn add(reading: &mut Reading, object: &Seen<'_>, namespace: Option<&str>, name: Option<&str>) {
    let shape = object.shape;
    let shows =
        |id: RelationId| shape.fills.contains(&id) || shape.controlled && id == v::owner::ID;
    for fill in kinds::fills(kinds::by_name(object.kind)).filter(|fill| shows(fill.relation)) {
        let mut scope = Scope::all();
        if let Some(column) = fill.kind {
            scope.restrict(column, Value::from(object.kind));
        }
        let column = v::declared(fill.relation).column("namespace");
        if let (Some(column), Some(namespace)) = (column, namespace) {
            scope.restrict(column, Value::from(namespace));
        }
        match (name, fill.name) {
            (Some(name), Some(column)) => scope.restrict(column, Value::from(name)),
            (Some(_), None) => continue,
            (None, _) => {}
        }
        if fill.relation == v::owner::ID {
            // Owners that do not manage it are not shown.
            scope.restrict(v::owner::controller, Value::from(true));
        }
        if fill.relation != v::reference::ID {
            reading.searched.push((fill.relation, scope));
            continue;
        }
        // The Secrets that images are pulled with are not shown.
        for via in ["env", "envFrom", "volume"] {
            let mut scope = scope.clone();
            scope.restrict(v::reference::via, Value::from(via));
            reading.searched.push((fill.relation, scope));
        }
    }
}

/// A pair such as `app=web`, of a label or a selector.
fn pair<'a>(piece: &Piece<'a>) -> Option<(Piece<'a>, Piece<'a>)> {
    piece.split_once("=").filter(|(key, _)| !key.text.is_empty())
}

/// An instant as kubectl prints it, `Mon, 23 Nov 2026 10:18:49 +0000`, in UTC; `None` also for the
/// year 1, which stands for never.
fn instant(text: &str) -> Option<String> {
    let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    (time > jiff::Timestamp::UNIX_EPOCH).then(|| time.to_string())
}

/// The first line of a key at the left border.
fn root<'b, 'a>(object: &'b Object<'a>, key: &str) -> Option<&'b outline::Entry<'a>> {
    outline::find(&object.entries, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_utc() {
        let at = |text: &str| instant(text);
        assert_eq!(at("Fri, 02 Jan 2026 12:58:12 +0800").as_deref(), Some("2026-01-02T04:58:12Z"));
        assert_eq!(at("Mon, 01 Jan 0001 00:00:00 +0000"), None);
        assert_eq!(at("<unset>"), None);
    }

    #[test]
    fn an_object_starts_with_its_name_and_an_aligned_key() {
        let second = |line, next| starts("", line, Some(next), false);
        assert!(second("Name:         web", "Namespace:    shop"));
        assert!(second("Name:\t\tweb", "Namespace:\tshop"));
        assert!(!second("Name: web", "Namespace: shop"));
        assert!(!second("Name:    web", "and more of a text"));
        assert!(!starts("text", "Name:    web", Some("Labels:  <none>"), false));
    }

    #[test]
    fn a_kind_that_fills_something_is_a_known_one() {
        for shape in SHAPES.iter().flat_map(|shapes| shapes.iter()) {
            let known = kinds::by_name(shape.kind);
            assert!(shape.kind.is_empty() || known.is_some(), "{}", shape.kind);
            let fills: Vec<RelationId> = kinds::fills(known).map(|fill| fill.relation).collect();
            for id in shape.fills {
                assert!(fills.contains(id), "{} {}", shape.kind, v::declared(*id).name);
            }
        }
    }
}
