//! The shapes that objects come in: lists of their kind, `List`, bare arrays, single ones, and ones
//! that leave their kind to the name of their file.

use std::collections::BTreeSet;

use crate::format::capture::Capture;
use crate::format::kinds::{self, Kind};
use crate::text::yaml::{self, Node};

/// An object of a document.
pub(super) struct Item<'a> {
    /// Its kind, stated or inferred.
    pub(super) kind: String,
    /// What is known of that kind; `None` also for a namesake in another API group, such as the Node
    /// of Longhorn.
    pub(super) known: Option<&'static Kind>,
    /// The object.
    pub(super) object: &'a Node<'a>,
}

impl Item<'_> {
    /// A field of the metadata.
    pub(super) fn metadata(&self, key: &str) -> Option<String> {
        self.object.at(&["metadata", key]).and_then(Node::scalar)
    }

    /// The kind, if it is one that readers know.
    pub(super) fn known_as(&self) -> &'static str {
        self.known.map_or("", |kind| kind.name)
    }
}

/// What an object is called, as far as it tells what a document shows in full.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    /// Its kind.
    pub(super) kind: String,
    /// Whether that is a kind of Kubernetes itself.
    pub(super) built_in: bool,
    /// Its namespace.
    pub(super) namespace: Option<String>,
    /// Its name, if it stands alone.
    pub(super) name: Option<String>,
}

impl Shown {
    /// What is known of the kind.
    pub(super) fn known(&self) -> Option<&'static Kind> {
        kinds::by_name(&self.kind).filter(|_| self.built_in)
    }
}

impl Item<'_> {
    /// What the object is called.
    pub(super) fn shown(&self, single: bool) -> Shown {
        Shown {
            kind: self.kind.clone(),
            built_in: self.known.is_some(),
            namespace: self.metadata("namespace"),
            name: self.metadata("name").filter(|_| single),
        }
    }
}

/// What a document shows.
#[derive(Debug)]
pub(super) struct Document {
    /// Its objects, those of a list by kind and namespace.
    pub(super) shown: BTreeSet<Shown>,
    /// The kind of a list, where it or its origin says it; `None` for a mixed list and a single object.
    pub(super) listed: Option<String>,
    /// Whether it is one object and no list.
    pub(super) single: bool,
}

/// What a document says of all its objects.
#[derive(Debug)]
pub(super) struct Head {
    /// Whether it is one object and no list.
    pub(super) single: bool,
    /// Whether the objects stand below a key of their own.
    wrapped: bool,
    /// The kind of its items, as the list's own kind states it.
    stated: Option<String>,
    /// The kind of items that do not say it themselves.
    default: Option<String>,
    /// The API version.
    group: Option<String>,
}

impl Head {
    /// Of a document, or of one without its items.
    pub(super) fn new(document: &Node<'_>, capture: &Capture<'_>) -> Self {
        let said = document.field("kind").and_then(Node::text).unwrap_or_default();
        let wrapped = has_items(document) || said.ends_with("List");
        let single = !wrapped && !matches!(document.kind, yaml::Kind::Seq(_));
        let stated = said.strip_suffix("List").filter(|kind| wrapped && !kind.is_empty());
        let default = match stated {
            Some(kind) => Some(kind.to_string()),
            None => inferred(capture).map(|kind| kind.name.to_string()),
        };
        let group = document.field("apiVersion").and_then(Node::text).map(str::to_string);
        Self { single, wrapped, stated: stated.map(str::to_string), default, group }
    }

    /// The nodes of a document that may be objects.
    pub(super) fn objects<'a>(&self, document: &'a Node<'a>) -> &'a [Node<'a>] {
        match (self.wrapped, self.single) {
            (true, _) => document.field("items").map_or(&[][..], Node::items),
            (_, true) => std::slice::from_ref(document),
            (_, false) => document.items(),
        }
    }

    /// The object that a node is, if it is one.
    pub(super) fn item<'a>(&self, object: &'a Node<'a>) -> Option<Item<'a>> {
        let own = object.field("kind").and_then(Node::text).or(shown(object));
        // The list's own kind is not to be doubted, the name of a file is.
        let sure = |kind: &&str| self.stated.is_some() || may_be(object, kind);
        let kind = own.or(self.default.as_deref().filter(sure))?;
        // Some collectors keep of an event what it says and not what it is called.
        let bare_event = kind == "Event" && object.field("reason").is_some();
        if object.at(&["metadata", "name"]).is_none() && !bare_event {
            return None;
        }
        let version = object.field("apiVersion").and_then(Node::text);
        let of_list = self.stated.as_ref().and(self.group.as_deref());
        let version = version.or(of_list).unwrap_or_default();
        let known = kinds::by_name(kind).filter(|_| built_in(version));
        Some(Item { kind: kind.to_string(), known, object })
    }

    /// The document, without what it shows.
    pub(super) fn document(&self) -> Document {
        let listed = self.default.clone().filter(|_| !self.single);
        Document { shown: BTreeSet::new(), listed, single: self.single }
    }
}

/// The kind of an object that nothing else looks like.
fn shown(object: &Node) -> Option<&'static str> {
    object.field("involvedObject").map(|_| "Event")
}

/// Whether an object that leaves its kind out may be of the kind that its file is called by.
fn may_be(object: &Node, kind: &str) -> bool {
    kind != "Pod" || object.at(&["spec", "containers"]).is_some()
}

/// Whether there are items, be it none (`items: null`).
fn has_items(document: &Node) -> bool {
    document.entries().iter().any(|(key, _)| &*key.text == "items")
}

/// Whether a document is of a kubectl before 1.8, which printed Kubernetes' inner types as JSON.
pub(super) fn is_internal(document: &Node) -> bool {
    document.field("Items").is_some()
}

/// Whether an API version is of Kubernetes itself.
fn built_in(version: &str) -> bool {
    match version.split_once('/') {
        None => true,
        Some((group, _)) => !group.contains('.') || group.ends_with(".k8s.io"),
    }
}

/// The kind that the origin of a capture names: its command, or its path.
pub(in crate::format) fn inferred(capture: &Capture<'_>) -> Option<&'static Kind> {
    if let Some(command) = &capture.command {
        return match command.kubectl() {
            Some(("get", resources)) if !resources.contains(',') => kinds::by_alias(resources),
            _ => None,
        };
    }
    of_path(capture.path)
}

/// The kind that a path names: the file, the folder of one file for each namespace
/// (`cluster-resources/pods/shop.json`), or of one for each object (`config/pod/shop/web-1.json`).
fn of_path(path: &str) -> Option<&'static Kind> {
    let parts: Vec<&str> = path.split(['/', '!']).collect();
    let above = |n: usize| parts.len().checked_sub(n).and_then(|at| parts.get(at)).copied();
    let folder = above(2).and_then(kinds::by_alias);
    if folder.is_some() && above(3) == Some("cluster-resources") {
        return folder;
    }
    let file = above(1).unwrap_or_default();
    let object = above(3).filter(|_| above(4) == Some("config")).and_then(kinds::by_alias);
    let stem = file.split('.').next().and_then(kinds::by_alias);
    stem.or(object).or(folder).or_else(|| kinds::by_file_name(file))
}

/// The namespace that the path of a list names, in layouts where that is sure.
pub(super) fn namespace_of_path(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split(['/', '!']).collect();
    for pair in parts.windows(2) {
        if let ["namespaces" | "namespaced", namespace] = pair {
            return (!namespace.contains('.')).then_some(namespace);
        }
    }
    let file = parts.last()?;
    // `kubectl_get_-o_json_--namespace=shop_pods`
    if let Some((_, rest)) = file.split_once("--namespace") {
        return rest.get(1..)?.split('_').next();
    }
    let folder = parts.len().checked_sub(2).and_then(|at| parts.get(at))?;
    let grand = parts.len().checked_sub(3).and_then(|at| parts.get(at)).copied();
    if grand == Some("cluster-resources") && kinds::by_alias(folder).is_some() {
        return file.split('.').next();
    }
    // `kubectl cluster-info dump` makes a folder for each namespace, as others do for each cluster:
    // these names leave no doubt.
    let sure = *folder == "default" || folder.starts_with("kube-") || folder.ends_with("-system");
    sure.then_some(folder)
}

/// Takes for nothing what Rancher's collector writes as `"null"`: it puts that word wherever a text
/// is empty or null.
pub(super) fn without_null_words(node: &mut Node) {
    match &mut node.kind {
        yaml::Kind::Text(text) if &**text == "null" => node.kind = yaml::Kind::Null,
        yaml::Kind::Seq(items) => items.iter_mut().for_each(without_null_words),
        yaml::Kind::Map(entries) => {
            entries.iter_mut().for_each(|(_, value)| without_null_words(value));
        }
        _ => {}
    }
}

/// Whether a path is one of Rancher's support bundles.
pub(super) fn has_null_words(path: &str) -> bool {
    path.contains("yamls/namespaced/") || path.contains("yamls/cluster/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_kind_and_namespace() {
        let kind = |path: &str| of_path(path).map(|kind| kind.name);
        let troubleshoot = "b/cluster-resources/pods/events.json";
        assert_eq!(kind(troubleshoot), Some("Pod"));
        assert_eq!(namespace_of_path(troubleshoot), Some("events"));
        assert_eq!(kind("config/pod/shop/web-1.json"), Some("Pod"));
        let gathered = "m/namespaces/shop/apps/deployments.yaml";
        assert_eq!(kind(gathered), Some("Deployment"));
        assert_eq!(namespace_of_path(gathered), Some("shop"));
        assert_eq!(namespace_of_path("dump/kube-system/pods.json"), Some("kube-system"));
        assert_eq!(namespace_of_path("ticket/pods.json"), None);
        assert_eq!(kind("b/cluster-resources/nodes.json"), Some("Node"));
        let sos = "s/kubectl_get_-o_json_--namespace=shop_pods";
        assert_eq!((kind(sos), namespace_of_path(sos)), (Some("Pod"), Some("shop")));
    }
}
