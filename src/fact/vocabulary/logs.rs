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
        /// `configuration` (see the counters), `state`, `ending` (it drains, or was told to end),
        /// `workers`, `admin` (its admin port does not answer as it should), `dns`, `listeners`,
        /// `bootstrap` or `other`.
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
        /// Whether no later line gives another reason or says that it became ready, over all logs of the
        /// container's present run; false for an earlier run, unknown if only logs of earlier runs were
        /// captured.
        current: Bool,
        /// How many lines say so.
        count: Int,
        /// Whether it is the log of a run of the container before the present one.
        previous: Bool,
    }

    /// A line of a log that matches a rule's pattern. Of the lines that match a pattern the first
    /// hundred and the last hundred of a log are kept.
    log: Attributed, key [],
    capture "the log of the container", "kubectl -n {namespace} logs {pod} -c {container}",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod; absent if it is a node's log.
        pod: Text,
        /// The container; absent if it is a node's log.
        container: Text,
        /// The node; absent if it is a pod's log.
        node: Text,
        /// The systemd unit, or the program, that wrote the line; absent if it is a pod's log.
        unit: Text,
        /// When the line was written, in UTC; unknown if the line does not tell its year or its zone.
        time: Time,
        /// `trace`, `debug`, `info`, `warning`, `error`, `critical` or `fatal`, whatever the writer
        /// calls it.
        level: Text,
        /// The message, without stamp, level, logger and what carried the line (CRI, journal); with
        /// them, if the pattern is found only so. Lines that go on below are part of it if the
        /// pattern needs them.
        text: Text,
        /// How many lines it stands for: 1, but more for the first line behind lines that were left
        /// out, which it counts as well.
        count: Int,
        /// Whether it is the log of a run of the container before the present one.
        previous: Bool,
    }
}
