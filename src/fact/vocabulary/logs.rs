//! Relations of logs.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::network::BASE + super::network::COUNT;

relations! {
    /// That a sidecar's Envoy is not ready, as its pilot-agent says; one row for each reason in a log.
    envoy_not_ready: Attributed, key [],
    capture "the log of the sidecar", "kubectl -n {namespace} logs {pod} -c istio-proxy",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// `configuration` (see the counters), `state`, `workers`, `admin` (its admin port does not
        /// answer as it should), `dns`, `listeners`, `bootstrap` or `other`.
        reason: Text,
        /// Accepted updates of clusters; absent unless the reason is `configuration`.
        cds_successful: Int,
        /// Rejected updates of clusters.
        cds_rejected: Int,
        /// Accepted updates of listeners.
        lds_successful: Int,
        /// Rejected updates of listeners.
        lds_rejected: Int,
        /// The rest of the line: a server state, an error.
        detail: Text,
        /// Whether no later line of the log says that it became ready.
        current: Bool,
        /// How many lines say so.
        count: Int,
    }

    /// A line of a container's log that matches a rule's pattern.
    log: Attributed, key [],
    capture "the log of the container", "kubectl -n {namespace} logs {pod} -c {container}",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The container.
        container: Text,
        /// The line.
        text: Text,
    }
}
