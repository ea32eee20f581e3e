//! What Istio wrote into a pod when it injected a sidecar.

use super::Reader;
use crate::fact::vocabulary::sidecar_injection as s;
use crate::fact::{Cell, Row};
use crate::text::json::Json;
use crate::text::yaml::Node;

/// Reads the annotation `sidecar.istio.io/status`, JSON in a string.
pub(super) fn injection(reader: &mut Reader<'_>, pod: &Node) {
    let annotations = pod.at(&["metadata", "annotations"]);
    let Some(status) = annotations.and_then(|all| all.field("sidecar.istio.io/status")) else {
        return;
    };
    let Some(text) = status.text() else { return };
    let json = Json::new(text);
    let place = Some(reader.place(status));
    let mut row = Row::new(s::WIDTH, place);
    reader.put_namespace(&mut row, s::namespace, pod);
    reader.put(&mut row, s::pod, pod.at(&["metadata", "name"]));
    let revision = json.field("revision").and_then(|revision| revision.text());
    row.put(s::revision, revision.map_or(Cell::Absent, |text| Cell::from(&*text)), place);
    for (field, column) in [("containers", s::containers), ("initContainers", s::init_containers)] {
        let list = json.field(field);
        let names = list.iter().flat_map(Json::items).filter_map(|name| name.text());
        row.put(column, crate::format::fields::joined(names), place);
    }
    reader.add(s::ID, row);
}
