//! Relations of monitoring: alerts, metrics, and what collectors tested.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::mesh::BASE + super::mesh::COUNT;

/// How many relations are declared up to here.
pub(super) const END: u16 = BASE + COUNT;

relations! {
    /// An alert that fires or is about to, from Prometheus, Alertmanager or a plain list; of a plain list one
    /// row for each measured value. Rules that do not fire are left out.
    alert: Read, key [],
    capture "the alerts", "kubectl -n openshift-monitoring exec prometheus-k8s-0 -c prometheus -- curl -s http://localhost:9090/api/v1/alerts",
    {
        /// Its name, such as `KubePodCrashLooping` or `LATENCY_DEGRADATION`.
        name: Text,
        /// What it is about in the words of a plain list (`[Slow Response]`); absent elsewhere.
        reason: Text,
        /// `firing`, `pending`, `suppressed` (silenced or inhibited), or the status of a plain list in
        /// lower case (`abnormal`).
        state: Text,
        /// Its label `severity`, such as `critical` or `warning`; absent if it has none.
        severity: Text,
        /// Its label `namespace`; absent if it has none.
        namespace: Text,
        /// The pod that it is about; absent if it is about none.
        pod: Text,
        /// Its label `container`; absent if it has none.
        container: Text,
        /// The node that it is about, also where `instance` names it; absent if it is about none.
        node: Text,
        /// The Service that it is about; absent if it is about none.
        service: Text,
        /// The metric that a plain list names; absent if it names none.
        metric: Text,
        /// The value now, without its unit; absent if none is shown.
        value: Quantity,
        /// The value that is normal, without its unit; absent if none is shown.
        normal: Quantity,
        /// The unit of both values, such as `ms` or `%`; absent if none is shown.
        unit: Text,
        /// Since when it is active.
        active_since: Time,
        /// Its summary, description or message.
        summary: Text,
    }

    /// A metric over time, from a CSV with a column of times. All arithmetic is in whole billionths.
    ///
    /// Its *past* is the first quarter of its samples (at least 4), `median` the median of them (the lower of
    /// two), its *spread* the median of their distances from it, but no less than one unit of the last decimal
    /// that the column shows. A window as long as the past slides over the rest; `level` is that window median
    /// which is farthest from `median`, the earliest of equals. `change` is (`level` - `median`) * 100 /
    /// |`median`|, or over the spread where the median is 0. It stands out against its past if |`level` -
    /// `median`| is at least a fifth of |`median`| and more than 6 spreads; against its peers if it stands out
    /// against its past and |`change`| is at least 3 times the median of the |`change`| of the same metric of
    /// the other objects that have the same metrics.
    ///
    /// Of a counter (`…_total`, `node_netstat_…`) that never falls, all but `first`, `last`, `minimum` and
    /// `maximum` is about how much it grows from one sample to the next.
    metric: Read, key [],
    capture "the metrics over time", "promtool query range http://localhost:9090 '<expression>'",
    {
        /// What is measured, such as `cpu` or `p95latency`.
        name: Text,
        /// Kind of the object; absent if no label tells it.
        kind: Text,
        /// The object's namespace; absent if no label tells it.
        namespace: Text,
        /// Name of the object.
        object: Text,
        /// Samples that are numbers.
        samples: Int,
        /// Samples that are missing or not a number.
        gaps: Int,
        /// The first sample.
        first: Quantity,
        /// The last sample.
        last: Quantity,
        /// The least sample.
        minimum: Quantity,
        /// The greatest sample.
        maximum: Quantity,
        /// The median of its past; absent with fewer than 8 samples.
        median: Quantity,
        /// The level farthest from its past; absent with fewer than 8 samples.
        level: Quantity,
        /// How far `level` is from `median`, in per cent; absent with fewer than 8 samples.
        change: Int,
        /// |`level` - `median`| in per cent of the greatest of the same metric among this object and those that
        /// have the same metrics, rounded down; absent with fewer than 8 samples.
        share: Int,
        /// Whether it stands out against its own past; absent with fewer than 8 samples.
        against_past: Bool,
        /// Whether it stands out against its peers; absent with fewer than 2 peers.
        against_peers: Bool,
        /// When it was farthest from its past; unknown if its times have no zone.
        peak: Time,
    }

    /// What an analyzer of troubleshoot.sh found, from `analysis.json`.
    analyzer_result: Read, key [],
    capture "the analysis of the support bundle", "kubectl support-bundle",
    {
        /// The analyzer's name.
        name: Text,
        /// `error`, `warn` or `debug` (passed).
        severity: Text,
        /// Its title.
        title: Text,
        /// What it says.
        message: Text,
        /// Why it could not run or failed; absent if it tells no error.
        error: Text,
    }

    /// Whether a collector could connect to a service, from troubleshoot.sh's database collectors.
    connection_result: Read, key [],
    capture "the connection tests of the support bundle", "kubectl support-bundle",
    {
        /// The collector, such as `postgres`, `mysql`, `mssql` or `redis`.
        kind: Text,
        /// The test's name.
        name: Text,
        /// Whether it connected.
        connected: Bool,
        /// Why it did not; absent if it did.
        error: Text,
        /// The version that the service told; absent if it told none.
        version: Text,
    }

    /// How full a volume of a pod is, as its kubelet sees it (`/stats/summary`).
    volume_usage: Read, key ["namespace", "pod", "volume"],
    capture "the usage of volumes", "kubectl get --raw /api/v1/nodes/{node}/proxy/stats/summary",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod.
        pod: Text,
        /// The node it runs on.
        node: Text,
        /// The volume's name in the pod.
        volume: Text,
        /// The claim behind it; absent if there is none.
        claim: Text,
        /// Bytes that it holds.
        capacity: Int,
        /// Bytes used.
        used: Int,
        /// Bytes available.
        available: Int,
        /// Bytes not available in per cent of `capacity`, rounded down.
        used_percent: Int,
        /// Inodes used in per cent of all, rounded down; absent if it counts none.
        inodes_percent: Int,
    }

    /// How full a file system of a node is, as its kubelet sees it (`/stats/summary`).
    node_filesystem: Read, key ["node", "name"],
    capture "the usage of the node's file systems", "kubectl get --raw /api/v1/nodes/{node}/proxy/stats/summary",
    {
        /// The node.
        node: Text,
        /// `nodefs`, `imagefs` or `containerfs`, as in the kubelet's eviction signals.
        name: Text,
        /// Bytes that it holds.
        capacity: Int,
        /// Bytes used.
        used: Int,
        /// Bytes available.
        available: Int,
        /// Bytes not available in per cent of `capacity`, rounded down.
        used_percent: Int,
        /// Inodes used in per cent of all, rounded down; absent if it counts none.
        inodes_percent: Int,
    }
}
