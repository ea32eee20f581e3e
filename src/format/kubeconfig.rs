//! A kubeconfig: how a component reaches the API server, and the certificates that it shows and trusts.
//!
//! The one thing to know: no credential is read, and of the file no more is kept than the lines that facts
//! point to.

use super::Format;
use super::capture::{Capture, Reading};
use super::certificate;
use super::draft::Draft;
use crate::fact::vocabulary::kubeconfig_cluster as k;
use crate::fact::{Cell, Value};
use crate::text::yaml::{self, Node};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "kubeconfig",
    doc: "a kubeconfig, `/etc/kubernetes/kubelet.conf`, `kubectl config view`; credentials are not read",
    recognize,
    read: |capture, _| read(capture),
};

/// Larger texts are no kubeconfigs.
const LARGEST: usize = 1 << 20;

fn recognize(capture: &Capture<'_>) -> bool {
    // `kubectl describe` shows one of a ConfigMap among other things.
    let described = capture.head().next().is_some_and(|line| line.starts_with("Name:"));
    if capture.text.len() > LARGEST || described {
        return false;
    }
    if capture.text.trim_start().starts_with('{') {
        let kind = ["\"kind\": \"Config\"", "\"kind\":\"Config\""];
        return kind.iter().any(|kind| capture.text.contains(kind))
            && capture.text.contains("\"current-context\"");
    }
    let line = |said: &str| capture.each_line().any(|(_, line)| line.trim_end() == said);
    let clusters = ["clusters:", "clusters: null", "clusters: []"];
    line("kind: Config") && clusters.iter().any(|clusters| line(clusters))
}

/// Whether a document is a kubeconfig.
pub(super) fn is_one(document: &Node) -> bool {
    document.field("kind").and_then(Node::text) == Some("Config")
        && (document.field("clusters").is_some() || document.field("contexts").is_some())
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let (documents, _) = yaml::documents(capture.text);
    let place = |span: Span| capture.place(span);
    let file = capture.shown_file();
    for document in documents.iter().filter(|document| is_one(document)) {
        for row in rows(document, &place) {
            row.put(k::config_map, Cell::Absent).maybe(k::file, file).add(&mut reading);
        }
        certificates(document, capture, file, &mut reading);
    }
    reading.keep_lines_alone();
    reading
}

/// Entries of a list that have a name: the name, and what stands below `key`.
fn named<'a>(
    document: &'a Node<'a>,
    list: &str,
    key: &'a str,
) -> Vec<(Option<&'a Node<'a>>, &'a Node<'a>)> {
    let items = document.field(list).map_or(&[][..], Node::items).iter();
    items.filter_map(|item| Some((item.field("name"), item.field(key)?))).collect()
}

/// A row for each cluster, without what says where it was found; `place` says where a span of the document
/// stands.
pub(super) fn rows(document: &Node, place: &dyn Fn(Span) -> Place) -> Vec<Draft> {
    let current = document.field("current-context").and_then(Node::scalar);
    let contexts = named(document, "contexts", "context");
    let context = contexts.iter().find(|(name, _)| name.and_then(Node::scalar) == current);
    let used = context.and_then(|(_, context)| context.field("cluster")).and_then(Node::scalar);
    let row = |(name, cluster): (Option<&Node>, &Node)| {
        let server = cluster.field("server");
        let name = name.and_then(Node::scalar).unwrap_or_default();
        let text = |key: &str| cluster.field(key).and_then(Node::scalar);
        let insecure = cluster.field("insecure-skip-tls-verify").and_then(Node::bool);
        let row = Draft::new(k::ID, place(server.unwrap_or(cluster).span))
            .put(k::current, used.as_ref() == Some(&name))
            .put(k::name, name)
            .or_absent(k::server, server.and_then(Node::scalar))
            .or_absent(k::tls_server_name, text("tls-server-name"))
            .put(k::insecure, insecure.unwrap_or(false))
            .or_absent(k::ca_file, text("certificate-authority"));
        match server.and_then(Node::text).and_then(end) {
            Some((host, port)) => {
                row.put(k::host, Cell::Known(Value::address(host))).maybe(k::port, port)
            }
            None => row,
        }
    };
    named(document, "clusters", "cluster").into_iter().map(row).collect()
}

/// Host and port of a URL.
fn end(url: &str) -> Option<(&str, Option<i64>)> {
    let (scheme, rest) = url.split_once("://")?;
    let default = match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    let end = rest.split(['/', '?', '#']).next()?;
    if let Some(bracketed) = end.strip_prefix('[') {
        let (host, port) = bracketed.split_once(']')?;
        let port = port.strip_prefix(':').map_or(Some(default), |port| port.parse().ok().map(Some));
        return Some((host, port?));
    }
    match end.split_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((end, default)),
    }
}

/// The certificates that stand in a kubeconfig itself.
fn certificates(document: &Node, capture: &Capture<'_>, file: Option<&str>, reading: &mut Reading) {
    let clusters = named(document, "clusters", "cluster").into_iter();
    let trusted = clusters.map(|(_, cluster)| (cluster, "certificate-authority-data"));
    let users = named(document, "users", "user").into_iter();
    let shown = users.map(|(_, user)| (user, "client-certificate-data"));
    for (owner, key) in trusted.chain(shown) {
        let Some(value) = owner.field(key) else { continue };
        // The line of the key: the value is one line, and a long one.
        let key = owner.entries().iter().find(|(name, _)| &*name.text == key);
        let place = capture.place(key.map_or(value.span, |(name, _)| name.span));
        match value.text().and_then(certificate::held) {
            Some(Ok(held)) => {
                reading.rows.extend(held.into_iter().map(|one| one.of_file(place, file)));
            }
            Some(Err(why)) => {
                let message = format!("a certificate that cannot be read: {why}");
                reading.issues.push((Some(place.line), message));
            }
            // `DATA+OMITTED`, which stands there instead.
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_ends_at_its_port() {
        assert_eq!(end("https://10.0.0.1:6443"), Some(("10.0.0.1", Some(6443))));
        assert_eq!(end("https://[fd00::1]:6443/x"), Some(("fd00::1", Some(6443))));
        assert_eq!(end("https://api.shop.example/k8s"), Some(("api.shop.example", Some(443))));
        assert_eq!(end("api.shop.example"), None);
        assert_eq!(end("https://a:b"), None);
    }
}
