//! Volumes, configuration, and shares of the cluster.

use super::object::is_header;
use super::{Object, Rows, Shape};
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row};
use crate::text::outline::{Grid, Piece};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: "PersistentVolumeClaim",
        keys: &["Namespace", "StorageClass", "Volume", "Access Modes"],
        fills: &[v::volume_claim::ID, v::condition::ID],
        controlled: false,
        read: claim,
    },
    Shape {
        kind: "PersistentVolume",
        keys: &["Reclaim Policy", "Claim", "Access Modes"],
        fills: &[v::volume::ID],
        controlled: false,
        read: volume,
    },
    Shape {
        kind: "StorageClass",
        keys: &["Provisioner", "ReclaimPolicy"],
        fills: &[v::storage_class::ID],
        controlled: false,
        read: class,
    },
    Shape {
        kind: "ResourceQuota",
        keys: &["Namespace", "|Resource|Used|Hard"],
        fills: &[v::quota::ID],
        controlled: false,
        read: |object, rows| quotas(object, &object.name, lines(object), rows),
    },
    Shape {
        kind: "LimitRange",
        keys: &["Namespace", "|Type|Resource|Min"],
        fills: &[v::limit_range::ID],
        controlled: false,
        read: limit_range,
    },
    Shape {
        kind: "Secret",
        keys: &["Type", "Data"],
        fills: &[v::secret::ID, v::secret_key::ID],
        controlled: false,
        read: secret,
    },
    Shape {
        kind: "ConfigMap",
        keys: &["Data"],
        fills: &[v::config_map::ID, v::config_map_key::ID],
        controlled: false,
        read: config_map,
    },
    Shape {
        kind: "ServiceAccount",
        keys: &["Mountable secrets"],
        fills: &[v::service_account::ID],
        controlled: false,
        read: |object, rows| {
            use v::service_account as s;
            rows.push((s::ID, object.about(s::WIDTH, Some(s::namespace), s::name)));
        },
    },
];

fn lines<'b, 'a>(object: &'b Object<'a>) -> impl Iterator<Item = Piece<'a>> + use<'a, 'b> {
    object.entries.iter().map(|entry| entry.line)
}

/// Puts the phase, in whose place `Terminating` is shown of what is being deleted.
fn put_phase(object: &Object<'_>, row: &mut Row, phase: usize, deleting: usize) {
    let Some(status) = object.value("Status") else { return };
    let is_deleted = status.text.starts_with("Terminating");
    row.put(deleting, is_deleted, Some(object.place(&status)));
    if !is_deleted {
        object.put(row, phase, Some(status));
    }
}

fn claim(object: &Object<'_>, rows: &mut Rows) {
    use v::volume_claim as c;
    let mut row = object.about(c::WIDTH, Some(c::namespace), c::name);
    put_phase(object, &mut row, c::phase, c::deleting);
    let volume = object.value("Volume");
    object.put(&mut row, c::volume, volume);
    object.put(&mut row, c::class, object.value("StorageClass"));
    // Without a volume kubectl shows none, whatever the claim asks for.
    let modes = object.value("Access Modes").filter(|modes| !modes.text.is_empty());
    object.put(&mut row, c::access_modes, modes);
    // A claim that asks for a volume and is not bound to it yet was given none.
    let capacity = object.value("Capacity");
    object.put(&mut row, c::capacity, capacity);
    if capacity.is_some_and(|capacity| capacity.text == "0") {
        row.put(c::capacity, Cell::Absent, capacity.map(|piece| object.place(&piece)));
    }
    rows.push((c::ID, row));
    object.conditions(rows);
}

/// Sources of volumes whose names in a description are not those of their fields.
const SOURCES: [(&str, &str); 8] = [
    ("NFS", "nfs"),
    ("ISCSI", "iscsi"),
    ("RBD", "rbd"),
    ("FC", "fc"),
    ("CephFS", "cephfs"),
    ("LocalVolume", "local"),
    ("AWSElasticBlockStore", "awsElasticBlockStore"),
    ("GCEPersistentDisk", "gcePersistentDisk"),
];

fn volume(object: &Object<'_>, rows: &mut Rows) {
    use v::volume as p;
    let mut row = object.about(p::WIDTH, None, p::name);
    put_phase(object, &mut row, p::phase, p::deleting);
    object.put(&mut row, p::capacity, object.value("Capacity"));
    object.put(&mut row, p::access_modes, object.value("Access Modes"));
    object.put(&mut row, p::reclaim_policy, object.value("Reclaim Policy"));
    object.put(&mut row, p::class, object.value("StorageClass"));
    let claim = object.value("Claim");
    match claim.and_then(|claim| claim.split_once("/")) {
        Some((namespace, name)) => {
            object.put(&mut row, p::claim_namespace, Some(namespace));
            object.put(&mut row, p::claim, Some(name));
        }
        None => {
            object.put(&mut row, p::claim_namespace, claim);
            object.put(&mut row, p::claim, claim);
        }
    }
    let of = |key: &str| object.under("Source").iter().find(|line| line.key.text == key);
    match (of("Driver"), of("Type")) {
        (Some(driver), Some(kind)) if kind.value.text.starts_with("CSI") => {
            object.put(&mut row, p::driver, Some(driver.value));
        }
        (_, Some(kind)) => object.put_as(&mut row, p::driver, Some(kind.value), |text| {
            let word = text.split(' ').next()?;
            let known = SOURCES.iter().find(|(shown, _)| *shown == word);
            Some(known.map_or_else(|| lowered(word), |(_, field)| (*field).to_string()).into())
        }),
        _ => {}
    }
    rows.push((p::ID, row));
}

/// `HostPath` as the field `hostPath`.
fn lowered(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn class(object: &Object<'_>, rows: &mut Rows) {
    use v::storage_class as s;
    let mut row = object.about(s::WIDTH, None, s::name);
    object.put(&mut row, s::provisioner, object.value("Provisioner"));
    object.put_bool(&mut row, s::is_default, object.value("IsDefaultClass"));
    object.put(&mut row, s::reclaim_policy, object.value("ReclaimPolicy"));
    object.put(&mut row, s::binding_mode, object.value("VolumeBindingMode"));
    let expandable = object.value("AllowVolumeExpansion");
    object.put_bool(&mut row, s::expandable, expandable);
    if expandable.is_some_and(|said| said.text == "<unset>") {
        row.put(s::expandable, false, expandable.map(|piece| object.place(&piece)));
    }
    rows.push((s::ID, row));
}

/// The rows of a table `Resource  Used  Hard` among some lines, for the quota of a name.
pub(super) fn quotas<'a>(
    object: &Object<'_>,
    name: &Piece<'_>,
    lines: impl Iterator<Item = Piece<'a>>,
    rows: &mut Rows,
) {
    use v::quota as q;
    let table = Grid::new(lines.skip_while(|line| {
        let cells = line.cells();
        !matches!(&cells[..], [first, second, ..] if first.text == "Resource" && second.text == "Used")
    }));
    for line in &table.rows {
        let cell = |name: &str| table.cell(line, name);
        let Some(resource) = cell("Resource") else { continue };
        let Some(namespace) = namespace_of(object) else { continue };
        let mut row = Row::new(q::WIDTH, cell("Hard").map(|piece| object.place(&piece)));
        row.put(q::namespace, namespace, None);
        row.put(q::name, name.text, Some(object.place(name)));
        object.put(&mut row, q::resource, Some(resource));
        object.put(&mut row, q::used, cell("Used"));
        object.put(&mut row, q::hard, cell("Hard"));
        rows.push((q::ID, row));
    }
}

/// The namespace that the shares in a description are of: a namespace shows its own.
fn namespace_of<'b>(object: &'b Object<'_>) -> Option<&'b str> {
    if object.kind == "Namespace" { Some(object.name.text) } else { object.in_namespace() }
}

fn limit_range(object: &Object<'_>, rows: &mut Rows) {
    let table = object.entries.iter().skip_while(|line| !is_header(line, "Type|Resource"));
    limits(object, Some(&object.name), table.map(|line| line.line), rows);
}

/// The rows of a table of limits. A namespace shows them without the names of their LimitRanges.
pub(super) fn limits<'a>(
    object: &Object<'_>,
    name: Option<&Piece<'_>>,
    lines: impl Iterator<Item = Piece<'a>>,
    rows: &mut Rows,
) {
    use v::limit_range as l;
    let table = Grid::new(lines);
    for line in &table.rows {
        let cell = |name: &str| table.cell(line, name);
        let (Some(kind), Some(namespace)) = (cell("Type"), namespace_of(object)) else { continue };
        let mut row = Row::new(l::WIDTH, Some(object.place(&kind)));
        row.put(l::namespace, namespace, None);
        if let Some(name) = name {
            row.put(l::name, name.text, Some(object.place(name)));
        }
        object.put(&mut row, l::r#type, Some(kind));
        object.put(&mut row, l::resource, cell("Resource"));
        let amounts = [
            (l::min, "Min"),
            (l::max, "Max"),
            (l::default_request, "Default Request"),
            (l::default_limit, "Default Limit"),
        ];
        for (column, header) in amounts {
            let amount = cell(header);
            object.put(&mut row, column, amount);
            if amount.is_some_and(|amount| amount.text == "-") {
                row.put(column, Cell::Absent, amount.map(|piece| object.place(&piece)));
            }
        }
        rows.push((l::ID, row));
    }
}

/// The keys of data: `key:` over a line of dashes, after an empty line or the border; of binary data
/// and of Secrets, `key:  67 bytes`.
fn keys<'a>(object: &Object<'a>, sized: bool) -> Vec<Piece<'a>> {
    let Some((text, at)) = object.data else { return vec![] };
    let mut keys: Vec<Piece<'a>> = Vec::new();
    let mut begin = at;
    let (mut before, mut above) = (Piece::default(), Piece::default());
    let mut binary = sized;
    for line in text.split_inclusive('\n') {
        let piece = Piece::new(line, begin);
        begin += line.len();
        binary |= piece.text == "====" && before.text == "BinaryData";
        let key = match (piece.text, before.text.strip_suffix(':')) {
            ("----", Some(key)) if ["", "===="].contains(&above.text) => {
                Some(before.part(0, key.len()))
            }
            (text, _) if binary && text.ends_with(" bytes") => {
                piece.split_once(":").map(|(key, _)| key)
            }
            _ => None,
        };
        keys.extend(key.filter(|key| is_key(key.text)));
        (above, before) = (before, piece);
    }
    keys
}

fn is_key(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

fn config_map(object: &Object<'_>, rows: &mut Rows) {
    use v::{config_map as c, config_map_key as k};
    let keys = keys(object, false);
    let row = object.about(c::WIDTH, Some(c::namespace), c::name);
    let place = row.place;
    rows.push((c::ID, row.with(c::keys, keys.len() as i64, place)));
    for key in keys {
        let mut row = object.part(k::WIDTH, Some(k::namespace), k::name, &key);
        row.put(k::key, key.text, row.place);
        rows.push((k::ID, row));
    }
}

fn secret(object: &Object<'_>, rows: &mut Rows) {
    use v::{secret as s, secret_key as k};
    let keys = keys(object, true);
    let mut row = object.about(s::WIDTH, Some(s::namespace), s::name);
    object.put(&mut row, s::r#type, object.value("Type"));
    row.put(s::keys, keys.len() as i64, row.place);
    rows.push((s::ID, row));
    for key in keys {
        let mut row = object.part(k::WIDTH, Some(k::namespace), k::name, &key);
        row.put(k::key, key.text, row.place);
        rows.push((k::ID, row));
    }
}
