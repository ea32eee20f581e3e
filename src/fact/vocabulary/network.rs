//! Relations of the network and of nodes, as their tools show them.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::kubernetes::BASE + super::kubernetes::COUNT;

relations! {
    /// A name server in a resolv.conf; the fourth and later ones, which the resolver ignores, are left out. Where
    /// pod and node are absent it is that of some pod of the namespace.
    nameserver: Attributed, key [],
    capture "resolv.conf of the pod", "kubectl -n {namespace} exec {pod}{exec} -- cat /etc/resolv.conf",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose resolv.conf it is; absent if it is a node's.
        pod: Text,
        /// The node whose resolv.conf it is; absent if it is a pod's.
        node: Text,
        /// The name server's address.
        address: Address,
    }

    /// A search domain in a resolv.conf.
    search_domain: Attributed, key [],
    capture "resolv.conf of the pod", "kubectl -n {namespace} exec {pod}{exec} -- cat /etc/resolv.conf",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod whose resolv.conf it is; absent if it is a node's.
        pod: Text,
        /// The node whose resolv.conf it is; absent if it is a pod's.
        node: Text,
        /// The domain.
        domain: Text,
    }

    /// A listening socket, from netstat or ss.
    listener: Attributed, key [],
    capture "the pod's listening sockets", "kubectl -n {namespace} exec {pod}{exec} -- netstat -lnpt",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it listens; absent if it is a node's.
        pod: Text,
        /// The node on which it listens; absent if it is a pod's.
        node: Text,
        /// `tcp`, `tcp6`, `udp` or `udp6`.
        protocol: Text,
        /// The local address.
        address: Address,
        /// The local port.
        port: Int,
        /// Name of the process; absent if it belongs to another user than the one who looked.
        process: Text,
    }

    /// A connected socket, from netstat or ss.
    connection: Attributed, key [],
    capture "the pod's sockets", "kubectl -n {namespace} exec {pod}{exec} -- netstat -anpt",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it is; absent if it is a node's.
        pod: Text,
        /// The node on which it is; absent if it is a pod's.
        node: Text,
        /// `tcp`, `tcp6`, `udp` or `udp6`.
        protocol: Text,
        /// `ESTABLISHED`, `SYN_SENT` and so on.
        state: Text,
        /// The remote address.
        peer: Address,
        /// The remote port.
        peer_port: Int,
        /// Name of the process; absent if it belongs to another user than the one who looked.
        process: Text,
    }

    /// An answer to an HTTP request, from a `curl -v` transcript.
    http_response: Read, key [],
    capture "the answer of the readiness port", "curl -v http://{address}:{port}{path}",
    {
        /// The host or address that was asked.
        address: Address,
        /// The port that was asked.
        port: Int,
        /// The path that was asked for.
        path: Text,
        /// The HTTP status code.
        status: Int,
    }

    /// What a clock said when captures were taken.
    clock: Attributed, key [],
    capture "the time of the captures", "date -u",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was asked; absent if it was a node's.
        pod: Text,
        /// The node on which it was asked; absent if it was a pod's.
        node: Text,
        /// The time, in UTC.
        time: Time,
    }
}
