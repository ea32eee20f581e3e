//! Volumes, claims to them, and what makes and attaches them.

use super::Reader;
use crate::fact::vocabulary::{
    storage_class, volume as pv, volume_attachment, volume_claim as pvc,
};
use crate::fact::{Cell, Row};
use crate::text::yaml::Node;

/// Before classes had a field, an annotation named them.
const OLD_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

pub(super) fn claim(reader: &mut Reader<'_>, object: &Node) {
    let mut row = reader.about(object, pvc::WIDTH, Some(pvc::namespace), pvc::name);
    let class = object.at(&["spec", "storageClassName"]);
    let class = class.or(object.at(&["metadata", "annotations", OLD_CLASS]));
    reader.put(&mut row, pvc::class, class);
    reader.put_all(
        &mut row,
        object,
        &[
            (pvc::phase, &["status", "phase"]),
            (pvc::volume, &["spec", "volumeName"]),
            (pvc::request, &["spec", "resources", "requests", "storage"]),
            (pvc::capacity, &["status", "capacity", "storage"]),
            (pvc::created, &["metadata", "creationTimestamp"]),
        ],
    );
    modes(reader, &mut row, pvc::access_modes, object);
    reader.put_deleting(&mut row, pvc::deleting, object);
    reader.add(pvc::ID, row);
}

/// Puts access modes in short, in the order in which kubectl prints them.
fn modes(reader: &Reader<'_>, row: &mut Row, column: usize, object: &Node) {
    let list = object.at(&["spec", "accessModes"]);
    let said: Vec<&str> = list.map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
    let short: Vec<&str> = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ]
    .iter()
    .filter(|(long, _)| said.contains(long))
    .map(|(_, short)| *short)
    .collect();
    let cell = if short.is_empty() { Cell::Absent } else { Cell::from(short.join(",")) };
    let first = list.and_then(|list| list.items().first());
    row.put(column, cell, first.map(|node| reader.place(node)));
}

pub(super) fn volume(reader: &mut Reader<'_>, object: &Node) {
    let mut row = reader.about(object, pv::WIDTH, None, pv::name);
    let class = object.at(&["spec", "storageClassName"]);
    let class = class.or(object.at(&["metadata", "annotations", OLD_CLASS]));
    reader.put(&mut row, pv::class, class);
    reader.put_all(
        &mut row,
        object,
        &[
            (pv::phase, &["status", "phase"]),
            (pv::reason, &["status", "reason"]),
            (pv::capacity, &["spec", "capacity", "storage"]),
            (pv::reclaim_policy, &["spec", "persistentVolumeReclaimPolicy"]),
            (pv::claim_namespace, &["spec", "claimRef", "namespace"]),
            (pv::claim, &["spec", "claimRef", "name"]),
            (pv::created, &["metadata", "creationTimestamp"]),
        ],
    );
    modes(reader, &mut row, pv::access_modes, object);
    source(reader, &mut row, object);
    reader.put_deleting(&mut row, pv::deleting, object);
    reader.add(pv::ID, row);
}

/// Of a volume's specification, the part that has a shape of its own and is none of the general
/// fields says what it is made of.
fn source(reader: &Reader<'_>, row: &mut Row, object: &Node) {
    if let Some(driver) = object.at(&["spec", "csi", "driver"]) {
        return reader.put(row, pv::driver, Some(driver));
    }
    let general = ["capacity", "claimRef", "nodeAffinity"];
    let spec = object.field("spec").map_or(&[][..], Node::entries);
    let source = spec
        .iter()
        .find(|(key, value)| !value.entries().is_empty() && !general.contains(&&*key.text));
    let place = source.map(|(key, _)| reader.capture.place(key.span));
    row.put(pv::driver, source.map_or(Cell::Absent, |(key, _)| Cell::from(&*key.text)), place);
}

pub(super) fn class(reader: &mut Reader<'_>, object: &Node) {
    use storage_class as s;
    let mut row = reader.about(object, s::WIDTH, None, s::name);
    reader.put(&mut row, s::provisioner, object.field("provisioner"));
    let binding = object.field("volumeBindingMode");
    reader.put(&mut row, s::binding_mode, binding);
    if binding.is_none() {
        row.put(s::binding_mode, "Immediate", None);
    }
    let reclaim = object.field("reclaimPolicy");
    reader.put(&mut row, s::reclaim_policy, reclaim);
    if reclaim.is_none() {
        row.put(s::reclaim_policy, "Delete", None);
    }
    reader.put_bool(&mut row, s::expandable, object.field("allowVolumeExpansion"), false);
    let marks = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ];
    let mark = marks.iter().find_map(|key| object.at(&["metadata", "annotations", key]));
    let is_default = mark.and_then(Node::scalar).is_some_and(|text| text == "true");
    row.put(s::is_default, is_default, mark.map(|node| reader.place(node)));
    reader.add(s::ID, row);
}

pub(super) fn attachment(reader: &mut Reader<'_>, object: &Node) {
    use volume_attachment as a;
    let mut row = reader.about(object, a::WIDTH, None, a::name);
    reader.put_all(
        &mut row,
        object,
        &[
            (a::attacher, &["spec", "attacher"]),
            (a::volume, &["spec", "source", "persistentVolumeName"]),
            (a::node, &["spec", "nodeName"]),
        ],
    );
    reader.put_bool(&mut row, a::attached, object.at(&["status", "attached"]), false);
    let errors = [["status", "attachError", "message"], ["status", "detachError", "message"]];
    reader.put(&mut row, a::error, errors.iter().find_map(|path| object.at(path)));
    reader.put_deleting(&mut row, a::deleting, object);
    reader.add(a::ID, row);
}
