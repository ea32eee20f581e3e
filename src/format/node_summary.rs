//! Nodes as a monitoring sums them up: a list of names with status, conditions, taints, labels and resources.

use super::Format;
use super::capture::{Capture, Mark, Reading};
use super::fields;
use crate::fact::vocabulary as v;
use crate::fact::{Cell, RelationId, Row, Scope};
use crate::text::Place;
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "node summary",
    doc: "nodes as a monitoring sums them up, JSON with `nodes` and their `status`, `conditions` and `taints`",
    recognize: |capture| nodes(capture).is_some(),
    read: |capture, _| read(capture),
};

/// What kubectl calls a node's status.
const STATUS: [&str; 3] = ["Ready", "NotReady", "Unknown"];

fn nodes<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    let nodes = fields::json_with(capture, &["\"nodes\""])?.field("nodes")?;
    let first = nodes.items().next()?;
    let status = first.field("status").and_then(|status| status.text())?;
    let more = ["conditions", "taints", "labels"].iter().any(|key| first.field(key).is_some());
    (first.field("name").is_some() && STATUS.contains(&&*status) && more).then_some(nodes)
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reader = Reader { capture, reading: Reading::default() };
    let Some(nodes) = nodes(capture) else { return reader.reading };
    let json = Json::new(capture.text);
    let whole = fields::whole(capture, &json, &mut reader.reading);
    let mut seen = 0;
    for node in nodes.items().filter(Json::is_whole) {
        seen += i64::from(reader.node(node).is_some());
    }
    // Without their number nothing says that these are all.
    let all = json.field("node_count").and_then(|count| count.int());
    if whole && all == Some(seen) {
        reader.reading.searched.push((v::node::ID, Scope::all()));
    }
    reader.reading
}

struct Reader<'a> {
    capture: &'a Capture<'a>,
    reading: Reading,
}

impl Reader<'_> {
    fn node(&mut self, node: Json<'_>) -> Option<()> {
        let field = node.field("name")?;
        let name = field.text()?;
        let at = self.place(field);
        let status = node.field("status");
        let mut row = Row::new(v::node::WIDTH, Some(at)).with(v::node::name, &*name, Some(at));
        if let Some(status) = status {
            let ready = match status.text().as_deref() {
                Some("Ready") => Cell::from(true),
                Some("NotReady" | "Unknown") => Cell::from(false),
                _ => Cell::Unknown,
            };
            row.put(v::node::ready, ready, Some(self.place(status)));
        }
        // The cluster sets this taint on a node that takes no new pods.
        let cordoned = self.taints(&name, node);
        if let Some(taint) = cordoned {
            row.put(v::node::unschedulable, true, Some(taint));
        }
        self.add(v::node::ID, row);
        self.conditions(&name, node);
        self.labels(&name, node);
        self.resources(&name, node);
        self.reading.marks.push((Mark::Node, name.into_owned()));
        Some(())
    }

    /// `key=value:Effect`, or `key:Effect`. Where the taint of a cordoned node stands.
    fn taints(&mut self, name: &str, node: Json<'_>) -> Option<Place> {
        let mut cordoned = None;
        for taint in node.field("taints").iter().flat_map(Json::items) {
            let place = self.place(taint);
            let Some(text) = taint.text() else { continue };
            let Some((rest, effect)) = text.rsplit_once(':') else { continue };
            let (key, value) = match rest.split_once('=') {
                Some((key, value)) if !value.is_empty() => (key, Cell::from(value)),
                Some((key, _)) => (key, Cell::Absent),
                None => (rest, Cell::Absent),
            };
            if key == "node.kubernetes.io/unschedulable" {
                cordoned = Some(place);
            }
            let mut row = Row::new(v::taint::WIDTH, Some(place));
            row.put(v::taint::node, name, None);
            row.put(v::taint::key, key, Some(place));
            row.put(v::taint::value, value, Some(place));
            row.put(v::taint::effect, effect, Some(place));
            self.add(v::taint::ID, row);
        }
        cordoned
    }

    fn conditions(&mut self, name: &str, node: Json<'_>) {
        for (kind, status) in node.field("conditions").iter().flat_map(Json::entries) {
            let mut row = Row::new(v::node_condition::WIDTH, Some(self.place(status)));
            row.put(v::node_condition::node, name, None);
            row.put(v::node_condition::r#type, &*kind, None);
            fields::put(self.capture, &mut row, v::node_condition::status, Some(status));
            self.add(v::node_condition::ID, row);
        }
    }

    fn labels(&mut self, name: &str, node: Json<'_>) {
        for (key, value) in node.field("labels").iter().flat_map(Json::entries) {
            let place = Some(self.place(value));
            let mut row = Row::new(v::node_label::WIDTH, place);
            row.put(v::node_label::node, name, None);
            row.put(v::node_label::key, &*key, place);
            match value.text() {
                // A label without a value has the empty one.
                Some(text) if text.is_empty() => row.put(v::node_label::value, "", place),
                _ => fields::put(self.capture, &mut row, v::node_label::value, Some(value)),
            }
            self.add(v::node_label::ID, row);
        }
    }

    fn resources(&mut self, name: &str, node: Json<'_>) {
        let allocatable = node.field("allocatable_resources").or(node.field("allocatable"));
        for (resource, amount) in allocatable.iter().flat_map(Json::entries) {
            let mut row = Row::new(v::node_resource::WIDTH, Some(self.place(amount)));
            row.put(v::node_resource::node, name, None);
            row.put(v::node_resource::resource, &*resource, None);
            fields::put(self.capture, &mut row, v::node_resource::allocatable, Some(amount));
            self.add(v::node_resource::ID, row);
        }
    }

    fn place(&self, json: Json<'_>) -> Place {
        fields::place(self.capture, &json)
    }

    fn add(&mut self, id: RelationId, row: Row) {
        self.reading.rows.push((id, row));
    }
}
