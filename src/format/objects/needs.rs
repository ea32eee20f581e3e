//! What a pod needs: resources, nodes that will do, and objects that must be there before it starts.

use std::collections::BTreeSet;

use super::Reader;
use crate::fact::vocabulary::{container_resource, node_selector, reference, toleration};
use crate::fact::{Cell, Row};
use crate::text::yaml::{Key, Node};

pub(super) fn read(reader: &mut Reader<'_>, object: &Node) {
    let spec = |key: &str| object.at(&["spec", key]);
    let items = |key: &str| spec(key).map_or(&[][..], Node::items);
    for container in ["initContainers", "containers"].iter().flat_map(|key| items(key)) {
        resources(reader, object, container);
        environment(reader, object, container);
    }
    for volume in items("volumes") {
        mounted(reader, object, volume);
    }
    let needs = Needs { object, container: None };
    for secret in items("imagePullSecrets") {
        // A pull is tried without it, too.
        needs.add(reader, "imagePullSecret", "Secret", secret.field("name"), None, true);
    }
    if let Some(account) = spec("serviceAccountName").or(spec("serviceAccount")) {
        needs.add(reader, "serviceAccount", "ServiceAccount", Some(account), None, false);
    }
    for said in items("tolerations") {
        tolerated(reader, object, said);
    }
    for (key, value) in spec("nodeSelector").map_or(&[][..], Node::entries) {
        use node_selector as n;
        let mut row = reader.part(object, n::WIDTH, Some(n::namespace), n::pod, value);
        row.put(n::key, &*key.text, Some(reader.capture.place(key.span)));
        reader.put(&mut row, n::value, Some(value));
        if value.text() == Some("") {
            row.put(n::value, "", Some(reader.place(value)));
        }
        reader.add(n::ID, row);
    }
}

fn resources(reader: &mut Reader<'_>, object: &Node, container: &Node) {
    use container_resource as c;
    let amounts = |key: &str| container.at(&["resources", key]).map_or(&[][..], Node::entries);
    let (requests, limits) = (amounts("requests"), amounts("limits"));
    let names: BTreeSet<&str> = requests.iter().chain(limits).map(|(key, _)| &*key.text).collect();
    for name in names {
        let of = |list: &'_ [(Key, Node)]| list.iter().position(|(key, _)| &*key.text == name);
        let request = of(requests).and_then(|n| requests.get(n)).map(|(_, amount)| amount);
        let limit = of(limits).and_then(|n| limits.get(n)).map(|(_, amount)| amount);
        let Some(at) = request.or(limit) else { continue };
        let mut row = reader.part(object, c::WIDTH, Some(c::namespace), c::pod, at);
        reader.put(&mut row, c::container, container.field("name"));
        row.put(c::resource, name, row.place);
        reader.put(&mut row, c::request, request);
        // What states a limit alone is given the same request. Source: SetDefaults_Pod.
        if request.is_none() {
            reader.put(&mut row, c::request, limit);
        }
        reader.put(&mut row, c::limit, limit);
        reader.add(c::ID, row);
    }
}

/// Who needs an object.
#[derive(Clone, Copy)]
struct Needs<'a> {
    object: &'a Node<'a>,
    container: Option<&'a Node<'a>>,
}

impl Needs<'_> {
    fn add(
        self,
        reader: &mut Reader<'_>,
        via: &str,
        kind: &str,
        name: Option<&Node>,
        key: Option<&Node>,
        optional: bool,
    ) {
        use reference as r;
        let Some(at) = name else { return };
        let mut row = reader.part(self.object, r::WIDTH, Some(r::namespace), r::pod, at);
        reader.put(&mut row, r::container, self.container);
        row.put(r::via, via, None);
        row.put(r::kind, kind, None);
        reader.put(&mut row, r::name, name);
        reader.put(&mut row, r::key, key);
        row.put(r::optional, optional, None);
        reader.add(r::ID, row);
    }
}

fn is_optional(node: &Node) -> bool {
    node.field("optional").and_then(Node::bool).unwrap_or(false)
}

fn environment(reader: &mut Reader<'_>, object: &Node, container: &Node) {
    let needs = Needs { object, container: container.field("name") };
    for variable in container.field("env").map_or(&[][..], Node::items) {
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            if let Some(of) = variable.at(&["valueFrom", field]) {
                let (name, key) = (of.field("name"), of.field("key"));
                needs.add(reader, "env", kind, name, key, is_optional(of));
            }
        }
    }
    for source in container.field("envFrom").map_or(&[][..], Node::items) {
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            if let Some(of) = source.field(field) {
                needs.add(reader, "envFrom", kind, of.field("name"), None, is_optional(of));
            }
        }
    }
}

fn mounted(reader: &mut Reader<'_>, object: &Node, volume: &Node) {
    let needs = Needs { object, container: None };
    let claim = volume.at(&["persistentVolumeClaim", "claimName"]);
    needs.add(reader, "volume", "PersistentVolumeClaim", claim, None, false);
    let projected = volume.at(&["projected", "sources"]).map_or(&[][..], Node::items);
    for source in std::iter::once(volume).chain(projected) {
        let shapes = [("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")];
        for (field, kind, named) in shapes {
            let Some(of) = source.field(field) else { continue };
            let name = of.field(named).or(of.field("name"));
            let items = of.field("items").map_or(&[][..], Node::items);
            if items.is_empty() {
                needs.add(reader, "volume", kind, name, None, is_optional(of));
            }
            for item in items {
                needs.add(reader, "volume", kind, name, item.field("key"), is_optional(of));
            }
        }
    }
}

fn tolerated(reader: &mut Reader<'_>, object: &Node, said: &Node) {
    use toleration as t;
    let mut row: Row = reader.part(object, t::WIDTH, Some(t::namespace), t::pod, said);
    reader.put(&mut row, t::key, said.field("key"));
    reader.put(&mut row, t::operator, said.field("operator"));
    if said.field("operator").is_none() {
        row.put(t::operator, "Equal", None);
    }
    // `Equal` without a value asks for the empty one.
    let exists = said.field("operator").and_then(Node::text) == Some("Exists");
    match said.field("value") {
        None if !exists => row.put(t::value, "", None),
        _ if exists => row.put(t::value, Cell::Absent, None),
        value => reader.put(&mut row, t::value, value),
    }
    reader.put(&mut row, t::effect, said.field("effect"));
    reader.put_int(&mut row, t::seconds, said.field("tolerationSeconds"));
    reader.add(t::ID, row);
}
