//! The list of certificates that troubleshoot collects: `certificates/certificates.json`.
//!
//! Source: replicatedhq/troubleshoot, `pkg/collect/certificates.go`.

use super::{Capture, Draft, Reading, c};
use crate::fact::{Cell, Value};
use crate::text::yaml::{self, Node};

/// Whether a capture is such a list.
pub(super) fn is_list(capture: &Capture<'_>) -> bool {
    capture.text.trim_start().starts_with('[') && capture.text.contains("\"certificateChain\"")
}

/// Reads the certificates of Secrets. Those of ConfigMaps have no place in the relation.
pub(super) fn read(capture: &Capture<'_>, reading: &mut Reading) {
    let (documents, _) = yaml::documents(capture.text);
    for found in documents.iter().flat_map(Node::items) {
        let source = |key: &str| found.at(&["source", key]).and_then(Node::scalar);
        // The one name is of the collected file, the other of the specification.
        let Some(secret) = source("secret").or(source("secretName")) else { continue };
        let chain = found.field("certificateChain").map_or(&[][..], Node::items);
        for (n, said) in chain.iter().enumerate() {
            let row = Draft::new(c::ID, capture.place(said.field("subject").unwrap_or(said).span));
            let row = [c::pod, c::node, c::file]
                .into_iter()
                .fold(row, |row, column| row.put(column, Cell::Absent));
            certificate(capture, said, row)
                .maybe(c::namespace, source("namespace"))
                .put(c::secret, secret.as_str())
                .put(c::position, Value::Int(n as i64 + 1))
                .add(reading);
        }
    }
}

fn certificate(capture: &Capture<'_>, said: &Node, row: Draft) -> Draft {
    let columns = [
        (c::key, "certificate"),
        (c::subject, "subject"),
        (c::issuer, "issuer"),
        (c::not_before, "notBefore"),
        (c::not_after, "notAfter"),
    ];
    let fields = columns.into_iter().filter_map(|(column, key)| Some((column, said.field(key)?)));
    let row = fields.fold(row, |row, (column, node)| {
        let cell = node.scalar().map_or(Cell::Unknown, Cell::from);
        row.put_at(column, cell, capture.place(node.span))
    });
    let names = said.field("subjectAlternativeNames").map_or(&[][..], Node::items);
    let names: Vec<String> = names.iter().filter_map(Node::scalar).collect();
    let known = [said.field("subject"), said.field("issuer")].map(|name| name.and_then(Node::text));
    let row = match known {
        [Some(subject), Some(issuer)] => row.put(c::self_signed, subject == issuer),
        _ => row,
    };
    row.or_absent(c::names, (!names.is_empty()).then(|| names.join(",")))
        .maybe(c::is_ca, said.field("isCA").and_then(Node::bool))
}
