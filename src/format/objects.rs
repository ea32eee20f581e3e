//! Kubernetes objects in YAML or JSON: single ones, lists of any shape, several documents.

mod about;
mod embedded;
mod guard;
mod ingress;
mod mesh;
mod needs;
mod network;
mod node;
pub(super) mod pod;
mod scope;
mod shape;
mod share;
mod status;
mod storage;
mod workload;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Format;
use super::capture::{Capture, Mark, Reading, is_hidden};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Demand, Object, RelationId, Row, Value};
use crate::text::Place;
use crate::text::yaml::{self, Node, Parts};
pub(super) use shape::inferred;
use shape::{Document, Item};

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
        || first.starts_with(['{', '[']) && is_json(capture)
}

/// Whether a text in brackets holds objects. A list without any is told by its own kind, or by its
/// path.
fn is_json(capture: &Capture<'_>) -> bool {
    let has = |word: &str| capture.text.contains(word);
    let of_kind = || inferred(capture).is_some();
    has("\"metadata\"")
        || has("\"Items\"") && has("\"resourceVersion\"")
        || has("\"items\"") && (has("\"kind\"") || has("\"lastTimestamp\"") || of_kind())
        || capture.text.trim() == "[]" && of_kind()
}

/// What the API server notes of who changed what. No rule asks for it, and it is half of many dumps.
const UNASKED: Option<&str> = Some("managedFields");

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    if let Some(reading) = read_in_parts(capture, demand) {
        return reading;
    }
    let (mut documents, broken) = yaml::documents(capture.text);
    let mut reader = Reader { capture, demand, reading: Reading::default() };
    if let Some(broken) = &broken {
        let place = capture.place(broken.at);
        let kept = "what stands before it was read, and nothing counts as searched";
        let message = format!("broken here ({}): {kept}", broken.reason);
        reader.reading.issues.push((Some(place.line), message));
    }
    for document in &mut documents {
        if shape::has_null_words(capture.path) {
            shape::without_null_words(document);
        }
        reader.document(document, broken.is_some());
    }
    if broken.is_some() {
        reader.reading.searched.clear();
    }
    reader.reading
}

/// Reads a long list by its items, on all threads; `None` if it is none.
fn read_in_parts(capture: &Capture<'_>, demand: &Demand) -> Option<Reading> {
    let parts = Parts::new(capture.text, UNASKED)?;
    let null_words = shape::has_null_words(capture.path);
    let head = shape::Head::new(&parts.head, capture);
    let read_one = |n: usize| {
        let mut reader = Reader { capture, demand, reading: Reading::default() };
        let mut shown = BTreeSet::new();
        for mut object in parts.piece(n)? {
            if null_words {
                shape::without_null_words(&mut object);
            }
            if let Some(item) = head.item(&object) {
                reader.object(&item);
                shown.insert(item.shown(false));
            }
        }
        Some((reader.reading, shown))
    };
    let read: Option<Vec<_>> = (0..parts.len()).into_par_iter().map(read_one).collect();
    let mut reading = Reading::default();
    let mut shown = BTreeSet::new();
    for (part, of_part) in read? {
        reading.rows.extend(part.rows);
        reading.objects.extend(part.objects);
        reading.issues.extend(part.issues);
        reading.marks.extend(part.marks);
        shown.extend(of_part);
    }
    scope::note(&Document { shown, ..head.document() }, capture, &mut reading);
    Some(reading)
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
        if shape::is_internal(document) {
            let message = "not read: a kubectl older than 1.8 wrote it in an inner form of its own";
            self.reading.issues.push((None, message.to_string()));
            return;
        }
        let head = shape::Head::new(document, self.capture);
        let mut shown = BTreeSet::new();
        for item in head.objects(document).iter().filter_map(|object| head.item(object)) {
            self.object(&item);
            shown.insert(item.shown(head.single));
        }
        if !broken {
            let document = Document { shown, ..head.document() };
            scope::note(&document, self.capture, &mut self.reading);
        }
    }

    fn object(&mut self, item: &Item<'_>) {
        let object = item.object;
        match item.known_as() {
            "Pod" => {
                pod::read(self, object);
                mesh::injection(self, object);
            }
            "Service" => network::service(self, object),
            "Endpoints" => network::endpoints(self, object),
            "EndpointSlice" => network::endpoint_slice(self, object),
            "Ingress" => ingress::ingress(self, object),
            "IngressClass" => ingress::class(self, object),
            "Event" => self.event(object),
            "Namespace" => node::namespace(self, object),
            "Node" => node::node(self, object),
            "PodMetrics" => node::pod_metrics(self, object),
            "NodeMetrics" => node::node_metrics(self, object),
            kind @ ("Deployment"
            | "ReplicaSet"
            | "StatefulSet"
            | "DaemonSet"
            | "Job"
            | "CronJob"
            | "ReplicationController") => workload::workload(self, kind, object),
            "HorizontalPodAutoscaler" => workload::autoscaler(self, object),
            "PodDisruptionBudget" => workload::disruption_budget(self, object),
            "PersistentVolumeClaim" => storage::claim(self, object),
            "PersistentVolume" => storage::volume(self, object),
            "StorageClass" => storage::class(self, object),
            "VolumeAttachment" => storage::attachment(self, object),
            "ConfigMap" => share::config_map(self, object),
            "Secret" => share::secret(self, object),
            "ServiceAccount" => share::service_account(self, object),
            "ResourceQuota" => share::quota(self, object),
            "LimitRange" => share::limit_range(self, object),
            kind @ ("ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
                guard::webhooks(self, kind, object);
            }
            "APIService" => guard::api_service(self, object),
            "CustomResourceDefinition" => guard::definition(self, object),
            "ComponentStatus" => guard::component_status(self, object),
            "PriorityClass" => guard::priority_class(self, object),
            "Lease" => guard::lease(self, object),
            "CertificateSigningRequest" => guard::signing_request(self, object),
            _ => {}
        }
        about::owners(self, item);
        about::conditions(self, item);
        self.mark(item);
        if self.demand.kinds.contains(&item.kind) {
            self.reading.objects.push(Object {
                kind: item.kind.clone(),
                namespace: item.metadata("namespace"),
                name: item.metadata("name").unwrap_or_default(),
                node: object.clone().into_owned(),
                file: self.capture.file,
                lines: self.capture.lines.clone(),
                offset: self.capture.offset as u32,
            });
        }
    }

    /// Notes what tells this cluster from others.
    fn mark(&mut self, item: &Item<'_>) {
        let text = |key: &str| item.metadata(key).unwrap_or_default();
        let mark = match (item.known_as(), text("namespace").as_str(), text("name").as_str()) {
            ("Namespace", _, "kube-system") => Some((Mark::KubeSystem, text("uid"))),
            ("Service", "default", "kubernetes") => Some((Mark::ApiService, text("uid"))),
            ("Node", _, name) => Some((Mark::Node, name.to_string())),
            _ => None,
        };
        self.reading.marks.extend(mark.filter(|(_, value)| !value.is_empty()));
    }

    fn event(&mut self, object: &Node) {
        let about = object.field("involvedObject").or(object.field("regarding"));
        let field = |key: &str| about.and_then(|about| about.field(key));
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
        let own = object.at(&["metadata", "namespace"]).or(object.field("namespace"));
        self.put(&mut row, v::event::namespace, field("namespace").or(own));
        // Where a collector left out what the event is about, that is not known.
        if about.is_some() {
            self.put(&mut row, v::event::kind, field("kind"));
            self.put(&mut row, v::event::name, field("name"));
            // `spec.containers{istio-proxy}`
            let part = field("fieldPath").and_then(Node::text);
            let part = part.and_then(|path| path.split(['{', '}']).nth(1));
            row.put(v::event::container, part.map_or(Cell::Absent, Cell::from), None);
        }
        self.put(&mut row, v::event::reason, object.field("reason"));
        self.put(&mut row, v::event::message, message);
        self.put(&mut row, v::event::level, object.field("type"));
        self.put_int(&mut row, v::event::count, count);
        self.put(&mut row, v::event::last_seen, last);
        self.reading.rows.push((v::event::ID, row));
    }

    /// A row about an object: its name, and its namespace if it lives in one.
    fn about(&self, object: &Node, width: usize, namespace: Option<usize>, name: usize) -> Row {
        let at = object.at(&["metadata", "name"]).unwrap_or(object);
        self.part(object, width, namespace, name, at)
    }

    /// A row about a part of an object, which stands at `at`.
    fn part(
        &self,
        object: &Node,
        width: usize,
        namespace: Option<usize>,
        name: usize,
        at: &Node,
    ) -> Row {
        let mut row = Row::new(width, Some(self.place(at)));
        if let Some(column) = namespace {
            self.put_namespace(&mut row, column, object);
        }
        self.put(&mut row, name, object.at(&["metadata", "name"]));
        row
    }

    /// Puts the namespace of an object that lives in one; where it leaves it out, its capture says it.
    fn put_namespace(&self, row: &mut Row, column: usize, object: &Node) {
        if let Some(namespace) = object.at(&["metadata", "namespace"]) {
            self.put(row, column, Some(namespace));
        }
    }

    /// Puts the fields of an object at some paths. A manifest, other than an object of a cluster, has
    /// no status, and says nothing of what became of it.
    fn put_all(&self, row: &mut Row, object: &Node, fields: &[(usize, &[&str])]) {
        let has_status = object.field("status").is_some();
        for (column, path) in fields {
            match path.first() {
                Some(&"status") if !has_status => {}
                Some(&"metadata") => self.put_shown(row, *column, object.at(path)),
                _ => self.put(row, *column, object.at(path)),
            }
        }
    }

    /// As [`Reader::put`], for what the API server adds to every object: a manifest lacks it.
    fn put_shown(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        if node.is_some() {
            self.put(row, column, node);
        }
    }

    /// Puts whether an object is being deleted.
    fn put_deleting(&self, row: &mut Row, column: usize, object: &Node) {
        let deleted = object.at(&["metadata", "deletionTimestamp"]);
        row.put(column, deleted.is_some(), deleted.map(|node| self.place(node)));
    }

    fn add(&mut self, id: RelationId, row: Row) {
        self.reading.rows.push((id, row));
    }

    fn place(&self, node: &Node) -> Place {
        self.capture.place(node.span)
    }

    /// Puts a scalar into a row; a field that is not there is absent, one that a collector hid is
    /// unknown.
    fn put(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        self.put_as(row, column, node, |node| {
            node.scalar().filter(|text| !text.is_empty()).map(Value::from)
        });
    }

    /// As [`Reader::put`], for whole numbers.
    fn put_int(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        self.put_as(row, column, node, |node| node.int().map(Value::from));
    }

    /// As [`Reader::put_int`], for numbers that are left out where they are zero.
    fn put_count(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        match node {
            Some(_) => self.put_int(row, column, node),
            None => row.put(column, 0_i64, None),
        }
    }

    /// As [`Reader::put`], for truth values with a default.
    fn put_bool(&self, row: &mut Row, column: usize, node: Option<&Node>, default: bool) {
        self.put_as(row, column, node, |node| Some(node.bool().unwrap_or(default).into()));
        if node.is_none() {
            row.put(column, default, None);
        }
    }

    /// As [`Reader::put`], for addresses.
    fn put_address(&self, row: &mut Row, column: usize, node: Option<&Node>) {
        self.put_as(row, column, node, |node| {
            node.scalar().filter(|text| !text.is_empty()).map(|text| Value::address(&text))
        });
    }

    fn put_as(
        &self,
        row: &mut Row,
        column: usize,
        node: Option<&Node>,
        value: impl Fn(&Node) -> Option<Value>,
    ) {
        let hidden = node.and_then(Node::text).is_some_and(is_hidden);
        let cell = match node {
            Some(_) if hidden => Cell::Unknown,
            node => node.and_then(value).map_or(Cell::Absent, Cell::Known),
        };
        row.put(column, cell, node.map(|node| self.place(node)));
    }
}
