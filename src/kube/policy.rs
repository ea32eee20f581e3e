//! Whether NetworkPolicies let a packet through. Source: networking.k8s.io/v1, NetworkPolicySpec.

use super::select;
use crate::fact::vocabulary::{container_port, endpoint, object, pod};
use crate::fact::{
    Answers, Basis, Column, Comparison, Facts, Filling, Ground, Missing, Object, Proof, Relation,
    Row, Type, Value, compare,
};
use crate::text::Place;
use crate::text::yaml::Node;

const INPUTS: &[&str] =
    &["namespace", "pod", "direction", "peer_namespace", "peer_pod", "port", "protocol"];

/// The relation `allows`.
pub(super) fn relation() -> Relation {
    let column = |name: &'static str, as_type, doc: &'static str| Column {
        name: name.into(),
        as_type,
        doc: doc.into(),
    };
    let columns = vec![
        column("namespace", Type::Text, "Namespace of the pod."),
        column("pod", Type::Text, "The pod whose policies are asked."),
        column("direction", Type::Text, "`egress` from the pod, or `ingress` to it."),
        column("peer_namespace", Type::Text, "Namespace of the other pod."),
        column("peer_pod", Type::Text, "The other pod."),
        column("port", Type::Int, "The port at the pod that is connected to."),
        column("protocol", Type::Text, "`TCP`, `UDP` or `SCTP`."),
        column("allowed", Type::Bool, "Whether the packet passes."),
        column("policy", Type::Text, "The strictest policy that stops it; absent if it passes."),
    ];
    Relation {
        name: "allows".into(),
        doc: "Whether the NetworkPolicies of a pod let a connection with another pod through. Policies add up: one that allows is enough.".into(),
        columns: columns.into(),
        key: &[],
        capture: "the NetworkPolicies".into(),
        command: "kubectl get networkpolicies -A -o yaml".into(),
        filling: Filling::Computed { inputs: INPUTS, answer },
    }
}

/// A packet between two pods.
struct Packet<'a> {
    facts: &'a Facts,
    namespace: &'a Value,
    pod: &'a Value,
    egress: bool,
    peer_namespace: &'a Value,
    peer_pod: &'a Value,
    port: i64,
    protocol: String,
}

fn answer(facts: &Facts, inputs: &[Value]) -> Answers {
    let [namespace, pod, direction, peer_namespace, peer_pod, port, protocol] = inputs else {
        return Answers::Unknown(vec![]);
    };
    let (egress, protocol) = (direction.text() == "egress", protocol.text().into_owned());
    let port = port.int().unwrap_or_default();
    Packet { facts, namespace, pod, egress, peer_namespace, peer_pod, port, protocol }
        .judged(inputs)
}

impl Packet<'_> {
    fn judged(&self, inputs: &[Value]) -> Answers {
        let scope = vec![
            (object::kind, Value::from("NetworkPolicy")),
            (object::namespace, self.namespace.clone()),
        ];
        let Some(files) = self.facts.searched(object::ID, &scope) else {
            return Answers::Unknown(vec![Missing { relation: object::ID, known: scope }]);
        };
        let policies = self.facts.objects("NetworkPolicy").iter().filter(|policy| {
            policy.namespace.as_deref() == Some(&*self.namespace.text()) && self.concerns(policy)
        });
        let policies: Vec<&Object> = policies.collect();
        let none = Basis::Absent { relation: object::ID, known: scope, files };
        if policies.is_empty() || self.outside() {
            return Answers::Rows(vec![row(inputs, None, vec![none])]);
        }
        let mut selecting = Vec::new();
        for policy in policies {
            match self.selects(policy, self.namespace, self.pod) {
                Ok(true) => selecting.push(policy),
                Ok(false) => {}
                Err(missing) => return Answers::Unknown(vec![missing]),
            }
        }
        self.verdict(inputs, &selecting, none)
    }

    /// Whether a policy's own selector selects the pod; an empty one does, whatever the labels.
    fn selects(&self, policy: &Object, namespace: &Value, pod: &Value) -> Result<bool, Missing> {
        match policy.node.at(&["spec", "podSelector"]) {
            Some(selector) => self.is_selected(selector, namespace, pod),
            None => Ok(true),
        }
    }

    fn is_selected(
        &self,
        selector: &Node,
        namespace: &Value,
        pod: &Value,
    ) -> Result<bool, Missing> {
        if ["matchLabels", "matchExpressions"].iter().all(|key| {
            selector
                .field(key)
                .is_none_or(|node| node.entries().is_empty() && node.items().is_empty())
        }) {
            return Ok(true);
        }
        let labels = select::of_pod(self.facts, namespace, pod)?;
        Ok(select::selects(selector, &labels, true) == Some(true))
    }

    /// Policies of other makers add to these or override them, by rules of their own.
    fn other_makers(&self) -> Option<Missing> {
        let kind = super::KINDS.iter().skip(1).find(|kind| {
            let here = |object: &Object| {
                object.namespace.as_deref().is_none_or(|ns| ns == self.namespace.text())
            };
            self.facts.objects(kind).iter().any(here)
        })?;
        Some(Missing { relation: object::ID, known: vec![(object::kind, Value::from(*kind))] })
    }

    fn verdict(&self, inputs: &[Value], selecting: &[&Object], none: Basis) -> Answers {
        if selecting.is_empty() {
            return Answers::Rows(vec![row(inputs, None, vec![none])]);
        }
        let mut open = Vec::new();
        for policy in selecting {
            for rule in self.rules(policy) {
                match self.passes(rule) {
                    Ok(true) => {
                        let seen = Basis::Seen {
                            relation: object::ID,
                            place: policy.place(rule.span),
                            also: None,
                            more: 0,
                        };
                        return Answers::Rows(vec![row(inputs, None, vec![seen])]);
                    }
                    Ok(false) => {}
                    Err(missing) => open.push(missing),
                }
            }
        }
        open.extend(self.other_makers());
        if !open.is_empty() {
            return Answers::Unknown(open);
        }
        let strictest =
            selecting.iter().min_by_key(|policy| (self.rules(policy).len(), &policy.name));
        let Some(policy) = strictest else { return Answers::Unknown(vec![]) };
        let seen =
            Basis::Seen { relation: object::ID, place: self.shown(policy), also: None, more: 0 };
        let to = if self.egress { "to" } else { "from" };
        let claim = format!(
            "none of its rules allows {} {} {to} pod {}/{}",
            self.protocol, self.port, self.peer_namespace, self.peer_pod
        );
        Answers::Rows(vec![row(inputs, Some(&policy.name), vec![seen, Basis::Held { claim }])])
    }

    /// A pod in the node's network is beyond policies. Source: the Kubernetes documentation of
    /// NetworkPolicies, "NetworkPolicy and hostNetwork pods".
    fn outside(&self) -> bool {
        let known = [(pod::namespace, self.namespace.clone()), (pod::name, self.pod.clone())];
        self.facts
            .having(pod::ID, &known)
            .any(|row| row.cells[pod::host_network].known() == Some(&Value::Bool(true)))
    }

    /// Whether a policy speaks of this direction. Without `policyTypes` it speaks of ingress, and of
    /// egress if it has rules for it.
    fn concerns(&self, policy: &Object) -> bool {
        let name = if self.egress { "Egress" } else { "Ingress" };
        match policy.node.at(&["spec", "policyTypes"]) {
            Some(types) => types.items().iter().any(|item| item.text() == Some(name)),
            None => !self.egress || !self.rules(policy).is_empty(),
        }
    }

    fn rules<'p>(&self, policy: &'p Object) -> &'p [Node<'static>] {
        let field = if self.egress { "egress" } else { "ingress" };
        policy.node.at(&["spec", field]).map_or(&[][..], Node::items)
    }

    /// The line of a policy that isolates the pod.
    fn shown(&self, policy: &Object) -> Place {
        let name = if self.egress { "Egress" } else { "Ingress" };
        let types = policy.node.at(&["spec", "policyTypes"]).map_or(&[][..], Node::items);
        let stated = types.iter().find(|item| item.text() == Some(name));
        let shown = stated.or(policy.node.at(&["metadata", "name"])).unwrap_or(&policy.node);
        policy.place(shown.span)
    }

    /// Whether one rule lets the packet through.
    fn passes(&self, rule: &Node) -> Result<bool, Missing> {
        if !self.port_passes(rule)? {
            return Ok(false);
        }
        let peers =
            rule.field(if self.egress { "to" } else { "from" }).map_or(&[][..], Node::items);
        if peers.is_empty() {
            return Ok(true);
        }
        let mut open = None;
        for peer in peers {
            match self.is_peer(peer) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(missing) => open = Some(missing),
            }
        }
        open.map_or(Ok(false), Err)
    }

    fn port_passes(&self, rule: &Node) -> Result<bool, Missing> {
        let ports = rule.field("ports").map_or(&[][..], Node::items);
        if ports.is_empty() {
            return Ok(true);
        }
        for item in ports {
            if item.field("protocol").and_then(Node::text).unwrap_or("TCP") != self.protocol {
                continue;
            }
            let Some(port) = item.field("port") else { return Ok(true) };
            let fits = match port.int() {
                Some(first) => {
                    let last = item.field("endPort").and_then(Node::int).unwrap_or(first);
                    (first..=last).contains(&self.port)
                }
                None => self.is_named(port.text().unwrap_or_default())?,
            };
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the pod that is connected to calls the port so.
    fn is_named(&self, name: &str) -> Result<bool, Missing> {
        let (namespace, pod) = match self.egress {
            true => (self.peer_namespace, self.peer_pod),
            false => (self.namespace, self.pod),
        };
        let known = vec![
            (container_port::namespace, namespace.clone()),
            (container_port::pod, pod.clone()),
        ];
        let named = self.facts.having(container_port::ID, &known).any(|row| {
            row.cells[container_port::name].known() == Some(&Value::from(name))
                && row.cells[container_port::protocol].known()
                    == Some(&Value::from(self.protocol.as_str()))
                && row.cells[container_port::port].known() == Some(&Value::Int(self.port))
        });
        if !named && self.facts.searched(container_port::ID, &known).is_none() {
            return Err(Missing { relation: container_port::ID, known });
        }
        Ok(named)
    }

    fn is_peer(&self, peer: &Node) -> Result<bool, Missing> {
        if let Some(block) = peer.field("ipBlock") {
            return self.in_block(block);
        }
        match peer.field("namespaceSelector") {
            Some(selector) => {
                let (labels, whole) = select::of_namespace(self.facts, self.peer_namespace);
                match select::selects(selector, &labels, whole) {
                    Some(true) => {}
                    Some(false) => return Ok(false),
                    None => {
                        use crate::fact::vocabulary::namespace_label;
                        let known = vec![(namespace_label::namespace, self.peer_namespace.clone())];
                        return Err(Missing { relation: namespace_label::ID, known });
                    }
                }
            }
            None if self.peer_namespace != self.namespace => return Ok(false),
            None => {}
        }
        // A pod in its node's network is no pod to most network plug-ins; it is not held against it.
        let Some(selector) = peer.field("podSelector").filter(|_| !self.peer_is_node()) else {
            return Ok(true);
        };
        self.is_selected(selector, self.peer_namespace, self.peer_pod)
    }

    fn peer_is_node(&self) -> bool {
        let known =
            [(pod::namespace, self.peer_namespace.clone()), (pod::name, self.peer_pod.clone())];
        let on_host = |row: &Row| row.cells[pod::host_network].known() == Some(&Value::Bool(true));
        self.facts.having(pod::ID, &known).any(on_host)
    }

    fn in_block(&self, block: &Node) -> Result<bool, Missing> {
        let known =
            vec![(pod::namespace, self.peer_namespace.clone()), (pod::name, self.peer_pod.clone())];
        let address = self
            .facts
            .having(pod::ID, &known)
            .find_map(|row| row.cells[pod::address].known().cloned());
        let Some(address) = address.or_else(|| self.peer_endpoint()) else {
            return Err(Missing { relation: pod::ID, known });
        };
        let inside = |cidr: &Node| {
            let cidr = Value::from(cidr.text().unwrap_or_default());
            compare(&address, Comparison::In, &cidr, Type::Address) == Some(true)
        };
        let except = block.field("except").map_or(&[][..], Node::items);
        Ok(block.field("cidr").is_some_and(inside) && !except.iter().any(inside))
    }
}

impl Packet<'_> {
    /// The peer's address, as a Service's endpoint names it.
    fn peer_endpoint(&self) -> Option<Value> {
        let known = [
            (endpoint::namespace, self.peer_namespace.clone()),
            (endpoint::pod, self.peer_pod.clone()),
        ];
        self.facts
            .having(endpoint::ID, &known)
            .find_map(|row| row.cells[endpoint::address].known().cloned())
    }
}

/// The answer for one packet, with what it rests on.
fn row(inputs: &[Value], policy: Option<&str>, basis: Vec<Basis>) -> Row {
    let mut row = Row::new(INPUTS.len() + 2, None);
    for (column, value) in inputs.iter().enumerate() {
        row.put(column, value.clone(), None);
    }
    row.put(INPUTS.len(), policy.is_none(), None);
    row.put(
        INPUTS.len() + 1,
        policy.map_or(crate::fact::Cell::Absent, crate::fact::Cell::from),
        None,
    );
    row.ground = Ground { proof: basis.into_iter().map(Proof::from).collect(), missing: vec![] };
    row
}
