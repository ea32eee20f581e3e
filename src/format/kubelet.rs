//! A kubelet's configuration: its file, what it says at `/configz`, and what kubeadm keeps for all.

use super::Format;
use super::capture::{Capture, Reading};
use super::draft::Draft;
use crate::fact::Value;
use crate::fact::vocabulary::kubelet_setting as k;
use crate::text::yaml::{self, Node};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "kubelet configuration",
    doc: "a kubelet's configuration, `/var/lib/kubelet/config.yaml`, or its `/configz`",
    recognize,
    read: |capture, _| read(capture),
};

const KIND: &str = "KubeletConfiguration";
/// The field of `/configz`.
const CONFIGZ: &str = "kubeletconfig";

/// Larger texts are no configurations.
const LARGEST: usize = 1 << 20;

fn recognize(capture: &Capture<'_>) -> bool {
    // `kubectl describe` shows one of a ConfigMap among other things.
    let described = capture.head().next().is_some_and(|line| line.starts_with("Name:"));
    if capture.text.len() > LARGEST || described {
        return false;
    }
    let json = capture.text.trim_start().starts_with('{');
    let said = |line: &str| {
        let line = line.trim_end();
        line.strip_prefix("kind:").is_some_and(|kind| kind.trim() == KIND)
            || json && line.contains(&format!("\"{CONFIGZ}\""))
            || json && (line.contains(&format!("\"kind\": \"{KIND}\"")))
            || json && (line.contains(&format!("\"kind\":\"{KIND}\"")))
    };
    capture.head().any(said) || !json && capture.each_line().any(|(_, line)| said(line))
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    reading.origin.node = asked(capture);
    let (documents, broken) = yaml::documents(capture.text);
    let place = |span: Span| capture.place(span);
    for document in &documents {
        if let Some(settings) = document.field(CONFIGZ) {
            reading.rows.extend(rows(settings, &place).map(Draft::done));
            if broken.is_none() {
                // Unlike a file this shows what was left at its default.
                reading.shows_all(k::ID);
            }
        } else if is_one(document) {
            reading.rows.extend(rows(document, &place).map(Draft::done));
        }
    }
    reading
}

/// The node of `/api/v1/nodes/worker-1/proxy/configz`.
fn asked(capture: &Capture<'_>) -> Option<String> {
    let path = capture.said().iter().find(|word| word.ends_with("/proxy/configz"))?;
    path.split("/nodes/").nth(1)?.split('/').next().map(str::to_string)
}

/// Whether a document is a kubelet's configuration.
pub(super) fn is_one(document: &Node) -> bool {
    document.field("kind").and_then(Node::text) == Some(KIND)
}

/// A row for each setting; `place` says where a span of the document stands.
pub(super) fn rows(settings: &Node, place: &dyn Fn(Span) -> Place) -> impl Iterator<Item = Draft> {
    let mut found = Vec::new();
    for (key, value) in settings.entries() {
        if !matches!(&*key.text, "kind" | "apiVersion") {
            scalars(&key.text, value, &mut found);
        }
    }
    found.into_iter().map(|(path, span, value)| {
        Draft::new(k::ID, place(span)).put(k::key, path).maybe(k::value, Some(value))
    })
}

/// The scalars below a path, each with where it stands.
fn scalars(path: &str, node: &Node, found: &mut Vec<(String, Span, Value)>) {
    if let Some(text) = node.scalar() {
        found.push((path.to_string(), node.span, Value::address(&text)));
    }
    node.items().iter().for_each(|item| scalars(path, item, found));
    for (key, value) in node.entries() {
        scalars(&format!("{path}.{}", key.text), value, found);
    }
}
