//! The configuration of a container network interface (CNI): `/etc/cni/net.d/*.conflist` and `*.conf`.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::{Draft, network};
use crate::fact::vocabulary::cni_plugin as c;
use crate::fact::{Cell, Value};
use crate::text::yaml::{self, Node};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "CNI configuration",
    doc: "the configuration of container networks, `/etc/cni/net.d/*.conflist`",
    recognize,
    read: |capture, _| read(capture),
};

/// Larger texts are no configurations.
const LARGEST: usize = 1 << 16;

fn recognize(capture: &Capture<'_>) -> bool {
    let has = |word: &str| capture.text.contains(word);
    capture.text.len() <= LARGEST
        && capture.text.trim_start().starts_with('{')
        && has("\"cniVersion\"")
        && (has("\"plugins\"") || has("\"type\""))
        && !has("\"apiVersion\"")
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let (documents, _) = yaml::documents(capture.text);
    // Of several files behind each other nothing says which is which.
    let file = capture.shown_file().filter(|_| documents.len() == 1);
    let file = file.map(|path| path.rsplit('/').next().unwrap_or(path));
    for document in &documents {
        let single = std::slice::from_ref(document);
        let plugins = document.field("plugins").map_or(single, Node::items);
        for (n, plugin) in plugins.iter().enumerate() {
            let Some(kind) = plugin.field("type") else { continue };
            let Some(name) = kind.text() else { continue };
            let number = |key: &str| plugin.field(key).and_then(Node::int);
            let text = |node: &Node, path: &[&str]| node.at(path).and_then(Node::scalar);
            let mtu = number("mtu").or(plugin.at(&["delegate", "mtu"]).and_then(Node::int));
            Draft::new(c::ID, capture.place(kind.span))
                .maybe(c::file, file)
                .or_absent(c::network, text(document, &["name"]))
                .or_absent(c::version, text(document, &["cniVersion"]))
                .put(c::r#type, name)
                .put(c::position, Value::Int(n as i64 + 1))
                // Calico's own template leaves a word there, which it replaces.
                .or_absent(c::mtu, mtu.filter(|mtu| *mtu > 0))
                .or_absent(c::ipam, text(plugin, &["ipam", "type"]))
                .put(c::subnets, subnets(plugin))
                .or_absent(c::kubeconfig, text(plugin, &["kubernetes", "kubeconfig"]))
                .add(&mut reading);
        }
    }
    reading
}

/// The CIDRs of `ipam.subnet` and of `ipam.ranges`, which is a list of lists.
fn subnets(plugin: &Node) -> Cell {
    let one = plugin.at(&["ipam", "subnet"]).into_iter();
    let sets = plugin.at(&["ipam", "ranges"]).map_or(&[][..], Node::items).iter();
    let ranges = sets.flat_map(Node::items).filter_map(|range| range.field("subnet"));
    let subnets = one.chain(ranges).filter_map(Node::scalar);
    let subnets: Vec<String> = subnets.map(|text| network(&text).text().into_owned()).collect();
    if subnets.is_empty() { Cell::Absent } else { Cell::from(subnets.join(",")) }
}
