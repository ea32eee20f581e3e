//! Pods: what they ask for and what has become of them.

use super::{Reader, needs, status};
use crate::fact::vocabulary::{container, container_port, pod, pod_label, probe};
use crate::fact::{Cell, Row, Value};
use crate::text::yaml::Node;

pub(super) fn read(reader: &mut Reader<'_>, object: &Node) {
    let at = Pod { name: object.at(&["metadata", "name"]), object };
    reader.add(pod::ID, at.row(reader));
    for (key, value) in object.at(&["metadata", "labels"]).map_or(&[][..], Node::entries) {
        let mut row =
            at.part(reader, pod_label::WIDTH, pod_label::namespace, pod_label::pod, value);
        row.put(pod_label::key, &*key.text, Some(reader.capture.place(key.span)));
        reader.put(&mut row, pod_label::value, Some(value));
        reader.add(pod_label::ID, row);
    }
    for (init, item) in at.containers() {
        at.container(reader, item, init);
    }
    needs::read(reader, object);
}

struct Pod<'a> {
    name: Option<&'a Node<'a>>,
    object: &'a Node<'a>,
}

impl<'a> Pod<'a> {
    fn spec(&self, key: &str) -> Option<&'a Node<'a>> {
        self.object.at(&["spec", key])
    }

    fn status(&self, key: &str) -> Option<&'a Node<'a>> {
        self.object.at(&["status", key])
    }

    /// All containers, each with whether it is an init container.
    fn containers(&self) -> impl Iterator<Item = (bool, &'a Node<'a>)> + use<'a> {
        let items = |key| self.spec(key).map_or(&[][..], Node::items);
        let init = items("initContainers").iter().map(|item| (true, item));
        init.chain(items("containers").iter().map(|item| (false, item)))
    }

    fn status_of(&self, name: &str, init: bool) -> Option<&'a Node<'a>> {
        let list = self.status(if init { "initContainerStatuses" } else { "containerStatuses" })?;
        list.items().iter().find(|status| status.field("name").and_then(Node::text) == Some(name))
    }

    fn row(&self, reader: &Reader<'_>) -> Row {
        let mut row = Row::new(pod::WIDTH, self.name.map(|name| reader.place(name)));
        reader.put_namespace(&mut row, pod::namespace, self.object);
        reader.put(&mut row, pod::name, self.name);
        reader.put(&mut row, pod::phase, self.status("phase"));
        reader.put(&mut row, pod::node, self.spec("nodeName"));
        reader.put_address(&mut row, pod::address, self.status("podIP"));
        reader.put_bool(&mut row, pod::host_network, self.spec("hostNetwork"), false);
        reader.put(&mut row, pod::dns_policy, self.spec("dnsPolicy"));
        if self.spec("dnsPolicy").is_none() {
            row.put(pod::dns_policy, "ClusterFirst", None);
        }
        reader.put(&mut row, pod::service_account, self.spec("serviceAccountName"));
        let deleted = self.object.at(&["metadata", "deletionTimestamp"]);
        row.put(pod::deleting, deleted.is_some(), deleted.map(|node| reader.place(node)));
        reader.put_shown(
            &mut row,
            pod::created,
            self.object.at(&["metadata", "creationTimestamp"]),
        );
        self.counts(reader, &mut row);
        let (shown, at) = status::shown(self.object);
        if shown.as_deref().is_some_and(|shown| shown.starts_with("Init:")) {
            // Until they are done, kubectl counts the restarts of init containers.
            let statuses = self.status("initContainerStatuses").map_or(&[][..], Node::items).iter();
            let counts = statuses.filter_map(|status| status.field("restartCount")?.int());
            row.put(pod::restarts, counts.fold(0_i64, i64::saturating_add), row.place);
        }
        // The API server states a phase; without one nothing is known of the pod's state.
        let shown = shown.map_or(Cell::from("Unknown"), Cell::from);
        row.put(pod::status, shown, at.map(|at| reader.place(at)));
        row
    }

    /// What the READY and RESTARTS columns of kubectl count: containers, and init containers that
    /// keep running beside them.
    fn counts(&self, reader: &Reader<'_>, row: &mut Row) {
        let (mut ready, mut all, mut restarts) = (0, 0, 0);
        let mut unready = None;
        for (init, item) in self.containers() {
            if init && item.field("restartPolicy").and_then(Node::text) != Some("Always") {
                continue;
            }
            all += 1;
            let name = item.field("name").and_then(Node::text).unwrap_or_default();
            let status = self.status_of(name, init);
            let count = status.and_then(|status| status.field("restartCount")?.int()).unwrap_or(0);
            restarts = i64::saturating_add(restarts, count);
            match status.and_then(|status| status.field("ready")) {
                Some(said) if said.bool() == Some(true) => ready += 1,
                said => unready = unready.or(said),
            }
        }
        let place = unready.map(|node| reader.place(node)).or(row.place);
        row.put(pod::ready, ready, place);
        row.put(pod::containers, all, place);
        row.put(pod::restarts, restarts, row.place);
    }

    /// A row about a part of the pod.
    fn part(
        &self,
        reader: &Reader<'_>,
        width: usize,
        namespace: usize,
        pod: usize,
        at: &Node,
    ) -> Row {
        let mut row = Row::new(width, Some(reader.place(at)));
        reader.put_namespace(&mut row, namespace, self.object);
        reader.put(&mut row, pod, self.name);
        row
    }

    fn container(&self, reader: &mut Reader<'_>, item: &'a Node<'a>, init: bool) {
        let Some(name) = item.field("name") else { return };
        let status = self.status_of(name.text().unwrap_or_default(), init);
        let at = status.and_then(|status| status.field("name")).unwrap_or(name);
        let mut row = self.part(reader, container::WIDTH, container::namespace, container::pod, at);
        reader.put(&mut row, container::name, Some(name));
        reader.put(&mut row, container::image, item.field("image"));
        row.put(container::init, init, None);
        state(reader, &mut row, status);
        reader.add(container::ID, row);
        for port in item.field("ports").map_or(&[][..], Node::items) {
            let mut row = self.part(
                reader,
                container_port::WIDTH,
                container_port::namespace,
                container_port::pod,
                port,
            );
            reader.put(&mut row, container_port::container, Some(name));
            reader.put(&mut row, container_port::name, port.field("name"));
            reader.put_int(&mut row, container_port::port, port.field("containerPort"));
            reader.put(&mut row, container_port::protocol, port.field("protocol"));
            if port.field("protocol").is_none() {
                row.put(container_port::protocol, "TCP", None);
            }
            reader.add(container_port::ID, row);
        }
        for (key, kind) in PROBES {
            if let Some(declared) = item.field(key) {
                let mut row =
                    self.part(reader, probe::WIDTH, probe::namespace, probe::pod, declared);
                reader.put(&mut row, probe::container, Some(name));
                row.put(probe::kind, kind, row.place);
                probed(reader, &mut row, declared, item);
                reader.add(probe::ID, row);
            }
        }
    }
}

/// A container's fields that declare probes, and the kinds of these.
pub(in crate::format) const PROBES: [(&str, &str); 3] =
    [("readinessProbe", "readiness"), ("livenessProbe", "liveness"), ("startupProbe", "startup")];

/// Reads probes that stand outside of any pod.
pub(super) fn loose_probes(reader: &mut Reader<'_>, container: &Node) {
    for (key, kind) in PROBES {
        if let Some(declared) = container.field(key) {
            let mut row = Row::new(probe::WIDTH, Some(reader.place(declared)));
            row.put(probe::kind, kind, row.place);
            probed(reader, &mut row, declared, container);
            reader.add(probe::ID, row);
        }
    }
}

/// What has become of a container; a pod that the kubelet has not seen yet has no status, and that
/// says that the container is not ready.
fn state(reader: &Reader<'_>, row: &mut Row, status: Option<&Node>) {
    let field = |path: &[&str]| status.and_then(|status| status.at(path));
    reader.put_bool(row, container::ready, field(&["ready"]), false);
    reader.put_int(row, container::restarts, field(&["restartCount"]));
    let now = field(&["state"]).and_then(|state| state.entries().first());
    let reason = now.and_then(|(_, detail)| detail.field("reason"));
    let name = now.map_or(Cell::Absent, |(key, _)| Cell::from(&*key.text));
    row.put(container::state, name, now.map(|(key, _)| reader.capture.place(key.span)));
    reader.put(row, container::reason, reason);
    reader.put_int(row, container::exit_code, field(&["state", "terminated", "exitCode"]));
    reader.put(row, container::last_reason, field(&["lastState", "terminated", "reason"]));
    reader.put_int(row, container::last_exit_code, field(&["lastState", "terminated", "exitCode"]));
}

/// Which port and path a probe asks.
fn probed(reader: &Reader<'_>, row: &mut Row, declared: &Node, item: &Node) {
    let shapes = [("httpGet", "http"), ("tcpSocket", "tcp"), ("grpc", "grpc"), ("exec", "exec")];
    let Some((shape, protocol)) =
        shapes.iter().find_map(|(key, name)| Some((declared.field(key)?, *name)))
    else {
        return;
    };
    row.put(probe::protocol, protocol, Some(reader.place(shape)));
    let port = shape.field("port");
    let number = port.and_then(Node::int).or_else(|| {
        let named = port?.text()?;
        let ports = item.field("ports").map_or(&[][..], Node::items);
        let port =
            ports.iter().find(|port| port.field("name").and_then(Node::text) == Some(named))?;
        port.field("containerPort")?.int()
    });
    let cell = number.map_or(Cell::Absent, |n| Cell::Known(Value::Int(n)));
    row.put(probe::port, cell, port.map(|port| reader.place(port)));
    reader.put(row, probe::path, shape.field("path"));
}
