//! Kubernetes objects in YAML or JSON: single ones, lists of any shape, several documents.

mod network;
pub(super) mod pod;

use super::Format;
use super::capture::{Capture, Mark, Reading};
use super::kinds::{self, Kind};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Demand, Object, RelationId, Row, Scope, Value};
use crate::text::Place;
use crate::text::yaml::{self, Node};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "objects",
    doc: "Kubernetes objects as YAML or JSON, `kubectl get … -o yaml`",
    recognize,
    read,
};

/// Objects begin with one of their four fields, a bracket or a document mark; a list may begin with
/// its items.
fn recognize(capture: &Capture<'_>) -> bool {
    let mut lines = capture.each_line().map(|(_, line)| line);
    let Some(first) = lines.find(|line| {
        let line = line.trim_start_matches('\u{feff}');
        !line.trim().is_empty() && !line.starts_with('#') && line.trim_end() != "---"
    }) else {
        return false;
    };
    let first = first.trim_start_matches('\u{feff}').trim_start();
    let field =
        ["apiVersion:", "kind:", "items:", "metadata:", "- apiVersion:", "- kind:", "- metadata:"];
    // Fields stand in the order of the alphabet, and some kinds have capitals of their own in front.
    let within = || {
        let key = first.split(':').next().unwrap_or_default();
        let fields = ["\napiVersion:", "\nkind:", "\nmetadata:"];
        !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric())
            && first.contains(':')
            && fields.iter().all(|field| capture.text.contains(field))
    };
    field.iter().any(|field| first.starts_with(field))
        || within()
        || first.starts_with(['{', '[']) && capture.text.contains("\"metadata\"")
}

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let (documents, broken) = yaml::documents(capture.text);
    let mut reader = Reader { capture, demand, reading: Reading::default() };
    if let Some(broken) = &broken {
        let place = capture.place(broken.at);
        let kept = "what stands before it was read, and nothing counts as searched";
        let message = format!("broken here ({}): {kept}", broken.reason);
        reader.reading.issues.push((Some(place.line), message));
    }
    for document in &documents {
        reader.document(document, broken.is_some());
    }
    reader.reading
}

/// Reads probes that were cut out of a pod; whose they are is not said.
pub(super) fn read_probes(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let (documents, _) = yaml::documents(capture.text);
    let mut reader = Reader { capture, demand, reading: Reading::default() };
    for document in &documents {
        match document.items() {
            [] => pod::loose_probes(&mut reader, document),
            items => items.iter().for_each(|item| pod::loose_probes(&mut reader, item)),
        }
    }
    reader.reading
}

/// Reads the objects of one capture.
struct Reader<'a> {
    capture: &'a Capture<'a>,
    demand: &'a Demand,
    reading: Reading,
}

impl Reader<'_> {
    fn document(&mut self, document: &Node, broken: bool) {
        let said = document.field("kind").and_then(Node::text).unwrap_or_default();
        let is_list = document.field("items").is_some() || said.ends_with("List");
        let items = match (is_list, document.items()) {
            (true, _) => document.field("items").map_or(&[][..], Node::items),
            (false, [_, ..]) => document.items(),
            (false, []) => std::slice::from_ref(document),
        };
        let default = said.strip_suffix("List").filter(|kind| is_list && !kind.is_empty());
        let asked = self.capture.command.as_ref().and_then(|command| command.kubectl());
        let asked = asked.and_then(|(_, resource)| kinds::by_alias(resource));
        let asked = asked.or_else(|| kinds::by_file_name(self.capture.file_name()));
        let default = default.or(asked.map(|kind| kind.name));
        let objects: Vec<(String, &Node)> = items
            .iter()
            .filter_map(|item| {
                let kind = item.field("kind").and_then(Node::text).or(default)?;
                item.at(&["metadata", "name"])?;
                Some((kind.to_string(), item))
            })
            .collect();
        for (kind, object) in &objects {
            self.object(kind, object);
        }
        if !broken {
            let single = !is_list && document.items().is_empty();
            self.searched(&objects, default, single);
        }
    }

    fn object(&mut self, kind: &str, object: &Node) {
        match kind {
            "Pod" => pod::read(self, object),
            "Service" => network::service(self, object),
            "Endpoints" => network::endpoints(self, object),
            "EndpointSlice" => network::endpoint_slice(self, object),
            "Event" => self.event(object),
            "Namespace" => self.namespace(object),
            _ => {}
        }
        self.mark(kind, object);
        if self.demand.kinds.contains(kind) {
            let text = |path: &[&str]| object.at(path).and_then(Node::scalar);
            self.reading.objects.push(Object {
                kind: kind.to_string(),
                namespace: text(&["metadata", "namespace"]),
                name: text(&["metadata", "name"]).unwrap_or_default(),
                node: object.clone(),
                file: self.capture.file,
                lines: self.capture.lines.clone(),
                offset: self.capture.offset as u32,
            });
        }
    }

    /// Notes what tells this cluster from others.
    fn mark(&mut self, kind: &str, object: &Node) {
        let text =
            |key: &str| object.at(&["metadata", key]).and_then(Node::scalar).unwrap_or_default();
        let mark = match (kind, text("namespace").as_str(), text("name").as_str()) {
            ("Namespace", _, "kube-system") => Some((Mark::KubeSystem, text("uid"))),
            ("Service", "default", "kubernetes") => Some((Mark::ApiService, text("uid"))),
            ("Node", _, name) => Some((Mark::Node, name.to_string())),
            _ => None,
        };
        self.reading.marks.extend(mark.filter(|(_, value)| !value.is_empty()));
    }

    /// What a document shows in full. Objects of several namespaces come from `--all-namespaces`
    /// alone; objects of one say nothing of others.
    fn searched(&mut self, objects: &[(String, &Node)], default: Option<&str>, single: bool) {
        let command = self.capture.command.as_ref();
        if command.is_some_and(|command| command.partial) {
            return;
        }
        let mut namespaces: Vec<Option<String>> =
            objects.iter().map(|(_, object)| namespace_of(object)).collect();
        namespaces.sort();
        namespaces.dedup();
        let spanning = namespaces.iter().flatten().count() > 1;
        let everywhere = spanning || command.is_some_and(|command| command.all_namespaces);
        let mut kinds: Vec<&str> = objects.iter().map(|(kind, _)| kind.as_str()).collect();
        kinds.extend(default.filter(|_| !single && objects.is_empty()));
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let known = kinds::by_name(kind);
            let namespaced = known.map_or(namespaces != [None], |kind| kind.namespaced);
            let only = namespaces.iter().flatten().next().cloned();
            let only =
                only.or_else(|| command.and_then(|command| command.origin.namespace.clone()));
            let names: Vec<Option<String>> = match single {
                true => objects
                    .iter()
                    .map(|(_, o)| o.at(&["metadata", "name"]).and_then(Node::scalar))
                    .collect(),
                false => vec![None],
            };
            let namespace = match (namespaced, everywhere, only) {
                (false, ..) | (true, true, _) => None,
                (true, false, Some(only)) => Some(only),
                // An empty list names no namespace. Some kinds every cluster has, so that such a list
                // must be of one namespace; of others there may be none anywhere.
                (true, false, None) if known.is_some_and(|kind| kind.everywhere) => continue,
                (true, false, None) => None,
            };
            for name in names {
                self.scope(kind, known, namespace.as_deref(), name.as_deref());
            }
        }
    }

    fn scope(
        &mut self,
        kind: &str,
        known: Option<&Kind>,
        namespace: Option<&str>,
        name: Option<&str>,
    ) {
        let fills = known.map_or(&[][..], |kind| kind.fills);
        for id in fills.iter().copied().chain([v::object::ID]) {
            let relation = v::declared(id);
            let mut scope = Scope::all();
            if id == v::object::ID {
                scope.restrict(v::object::kind, Value::from(kind));
            }
            if let (Some(column), Some(namespace)) = (relation.column("namespace"), namespace) {
                scope.restrict(column, Value::from(namespace));
            }
            if let Some(name) = name {
                let owner = ["name", "pod", "service", "namespace"];
                let own = match relation.key {
                    ["namespace", "key"] => "namespace",
                    ["namespace", second, ..] | ["kind", "namespace", second] => *second,
                    [first, ..] => *first,
                    [] => continue,
                };
                if let Some(column) = relation.column(own).filter(|_| owner.contains(&own)) {
                    scope.restrict(column, Value::from(name));
                }
            }
            self.reading.searched.push((id, scope));
        }
    }

    fn event(&mut self, object: &Node) {
        let about = object.field("involvedObject").or(object.field("regarding"));
        let about = |key: &str| about.and_then(|about| about.field(key));
        let message = object.field("message").or(object.field("note"));
        let count = object
            .field("count")
            .or(object.at(&["series", "count"]))
            .or(object.field("deprecatedCount"));
        let last = ["lastTimestamp", "deprecatedLastTimestamp", "eventTime", "firstTimestamp"];
        let last = object
            .at(&["series", "lastObservedTime"])
            .or(last.iter().find_map(|key| object.field(key)));
        let place = message.or(object.field("reason")).map(|node| self.place(node));
        let mut row = Row::new(v::event::WIDTH, place);
        self.put(
            &mut row,
            v::event::namespace,
            about("namespace").or(object.at(&["metadata", "namespace"])),
        );
        self.put(&mut row, v::event::kind, about("kind"));
        self.put(&mut row, v::event::name, about("name"));
        // `spec.containers{istio-proxy}`
        let part =
            about("fieldPath").and_then(Node::text).and_then(|path| path.split(['{', '}']).nth(1));
        row.put(v::event::container, part.map_or(Cell::Absent, Cell::from), None);
        self.put(&mut row, v::event::reason, object.field("reason"));
        self.put(&mut row, v::event::message, message);
        self.put(&mut row, v::event::level, object.field("type"));
        self.put_int(&mut row, v::event::count, count);
        self.put(&mut row, v::event::last_seen, last);
        self.reading.rows.push((v::event::ID, row));
    }

    fn namespace(&mut self, object: &Node) {
        let Some(name) = object.at(&["metadata", "name"]) else { return };
        for (key, value) in object.at(&["metadata", "labels"]).map_or(&[][..], Node::entries) {
            let place = Some(self.capture.place(key.span));
            let mut row = Row::new(v::namespace_label::WIDTH, place);
            self.put(&mut row, v::namespace_label::namespace, Some(name));
            row.put(v::namespace_label::key, &*key.text, place);
            self.put(&mut row, v::namespace_label::value, Some(value));
            self.add(v::namespace_label::ID, row);
        }
    }

    fn add(&mut self, id: RelationId, row: Row) {
        self.reading.rows.push((id, row));
    }

    fn place(&self, node: &Node) -> Place {
        self.capture.place(node.span)
    }

    /// Puts a scalar into a row; a field that is not there is absent.
    fn put(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        let value = node.and_then(Node::scalar).filter(|text| !text.is_empty());
        row.put(column, value.map_or(Cell::Absent, Cell::from), node.map(|node| self.place(node)));
    }

    /// As [`Reader::put`], for whole numbers.
    fn put_int(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        let value = node.and_then(Node::int);
        row.put(column, value.map_or(Cell::Absent, Cell::from), node.map(|node| self.place(node)));
    }

    /// As [`Reader::put`], for truth values with a default.
    fn put_bool(&self, row: &mut Row, column: usize, node: Option<&Node>, default: bool) {
        let value = node.and_then(Node::bool).unwrap_or(default);
        row.put(column, value, node.map(|node| self.place(node)));
    }

    /// As [`Reader::put`], for addresses.
    fn put_address(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        let value = node.and_then(Node::scalar).filter(|text| !text.is_empty());
        let cell = value.map_or(Cell::Absent, |text| Cell::Known(Value::address(&text)));
        row.put(column, cell, node.map(|node| self.place(node)));
    }
}

fn namespace_of(object: &Node) -> Option<String> {
    object.at(&["metadata", "namespace"]).and_then(Node::scalar)
}
