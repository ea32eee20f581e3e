//! Counters of Envoy, as `stats` prints them, or `stats/prometheus`.

use super::int;
use crate::fact::vocabulary::envoy_stat;
use crate::fact::{Cell, Row};
use crate::format::capture::{Capture, Reading};
use crate::text::Span;

/// Counters and gauges of all of Envoy that tell something, in the dotted notation.
const GLOBAL: [&str; 35] = [
    "cluster_manager.active_clusters",
    "cluster_manager.warming_clusters",
    "cluster_manager.cds.init_fetch_timeout",
    "cluster_manager.cds.update_attempt",
    "cluster_manager.cds.update_failure",
    "cluster_manager.cds.update_rejected",
    "cluster_manager.cds.update_success",
    "control_plane.connected_state",
    "control_plane.pending_requests",
    "control_plane.rate_limit_enforced",
    "listener_manager.lds.init_fetch_timeout",
    "listener_manager.lds.update_attempt",
    "listener_manager.lds.update_failure",
    "listener_manager.lds.update_rejected",
    "listener_manager.lds.update_success",
    "listener_manager.listener_create_failure",
    "listener_manager.listener_create_success",
    "listener_manager.listener_in_place_updated",
    "listener_manager.total_filter_chains_draining",
    "listener_manager.total_listeners_active",
    "listener_manager.total_listeners_draining",
    "listener_manager.total_listeners_warming",
    "listener_manager.workers_started",
    "main_thread.watchdog_mega_miss",
    "main_thread.watchdog_miss",
    "server.concurrency",
    "server.days_until_first_cert_expiring",
    "server.initialization_time_ms",
    "server.live",
    "server.state",
    "server.total_connections",
    "server.uptime",
    "server.memory_allocated",
    "server.watchdog_mega_miss",
    "server.watchdog_miss",
];

/// Counters and gauges of one cluster that tell something.
const CLUSTER: [&str; 27] = [
    "circuit_breakers.default.cx_open",
    "circuit_breakers.default.rq_open",
    "circuit_breakers.default.rq_pending_open",
    "init_fetch_timeout",
    "lb_healthy_panic",
    "membership_healthy",
    "membership_total",
    "outlier_detection.ejections_active",
    "ssl.connection_error",
    "ssl.fail_verify_cert_hash",
    "ssl.fail_verify_error",
    "ssl.fail_verify_no_cert",
    "ssl.fail_verify_san",
    "update_empty",
    "update_failure",
    "update_no_rebuild",
    "update_rejected",
    "upstream_cx_connect_fail",
    "upstream_cx_connect_timeout",
    "upstream_cx_none_healthy",
    "upstream_cx_overflow",
    "upstream_cx_pool_overflow",
    "upstream_rq_maintenance_mode",
    "upstream_rq_pending_failure_eject",
    "upstream_rq_pending_overflow",
    "upstream_rq_rx_reset",
    "upstream_rq_timeout",
];

/// Whether a line is one of `stats` or `stats/prometheus`.
pub(super) fn is_stat(line: &str) -> bool {
    if line.starts_with("# TYPE envoy_") || line.starts_with("envoy_") {
        return true;
    }
    let roots =
        ["cluster.", "cluster_manager.", "listener_manager.", "listener.", "http.", "server."];
    let more = ["control_plane.", "http_mixer_filter.", "filesystem.", "runtime.", "main_thread."];
    let others = ["workers.", "dns.", "overload.", "access_logs.", "thread_local_cluster_manager."];
    let named = roots.iter().chain(&more).chain(&others).any(|root| line.starts_with(root));
    named && line.split_once(": ").is_some_and(|(name, value)| !name.contains(' ') && counts(value))
}

/// Whether a value is one of a counter (`12`) or of a histogram (`No recorded values`, `P0(1,1) P25(1,2)`);
/// properties of a server look alike but for that.
fn counts(value: &str) -> bool {
    let value = value.trim();
    value.parse::<i64>().is_ok() || value.starts_with("No recorded") || value.starts_with("P0(")
}

/// A counter as a line shows it.
#[derive(Debug, PartialEq)]
struct Stat<'a> {
    name: &'static str,
    cluster: Option<&'a str>,
    value: i64,
}

/// Reads all lines of either notation.
pub(super) fn read(capture: &Capture<'_>, reading: &mut Reading) {
    for (at, line) in capture.each_line() {
        let Some(stat) = plain(line).or_else(|| prometheus(line)) else { continue };
        let telling = stat.value != 0 || stat.cluster.is_none();
        if !telling && !stat.name.starts_with("membership_") {
            continue;
        }
        let place = Some(capture.place(Span::new(at, at + line.trim_end().len())));
        let mut row = Row::new(envoy_stat::WIDTH, place);
        row.put(envoy_stat::name, stat.name, place);
        row.put(envoy_stat::cluster, stat.cluster.map_or(Cell::Absent, Cell::from), place);
        row.put(envoy_stat::value, int(stat.value), place);
        reading.rows.push((envoy_stat::ID, row));
    }
}

/// `cluster.outbound|80||a.b.svc.cluster.local;.upstream_cx_connect_fail: 3`; the semicolon that ends a
/// cluster's name came with Istio 1.25, and before it the longest known name at the end is taken.
fn plain(line: &str) -> Option<Stat<'_>> {
    let (name, value) = line.rsplit_once(": ")?;
    let value = value.trim().parse().ok()?;
    if let Some(known) = GLOBAL.iter().find(|known| **known == name) {
        return Some(Stat { name: known, cluster: None, value });
    }
    let rest = name.strip_prefix("cluster.")?;
    let known = CLUSTER.iter().filter_map(|known| {
        let cluster = rest.strip_suffix(known)?.strip_suffix('.')?;
        Some((*known, cluster))
    });
    let (known, cluster) = known.max_by_key(|(known, _)| known.len())?;
    let cluster = cluster.strip_suffix(';').unwrap_or(cluster);
    Some(Stat { name: known, cluster: Some(cluster), value })
}

/// `envoy_cluster_upstream_cx_connect_fail{cluster_name="xds-grpc"} 3`: the dots of the name are lost.
fn prometheus(line: &str) -> Option<Stat<'_>> {
    let rest = line.strip_prefix("envoy_")?;
    let (key, value) = rest.rsplit_once(' ')?;
    let value = value.trim().parse().ok()?;
    let (name, labels) = key.split_once('{').unwrap_or((key, ""));
    let is = |known: &str, name: &str| {
        known.len() == name.len()
            && known.bytes().zip(name.bytes()).all(|(a, b)| a == b || a == b'.' && b == b'_')
    };
    if let Some(known) = GLOBAL.iter().find(|known| is(known, name)) {
        return Some(Stat { name: known, cluster: None, value });
    }
    let name = name.strip_prefix("cluster_")?;
    let known = CLUSTER.iter().find(|known| is(known, name))?;
    let (_, cluster) = labels.split_once("cluster_name=\"")?;
    let (cluster, _) = cluster.split_once('"')?;
    let cluster = cluster.strip_suffix(';').unwrap_or(cluster);
    Some(Stat { name: known, cluster: Some(cluster), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_tell_the_same() {
        let stat = Stat {
            name: "upstream_cx_connect_fail",
            cluster: Some("outbound|9080||details.default.svc.cluster.local"),
            value: 3,
        };
        assert_eq!(
            plain(
                "cluster.outbound|9080||details.default.svc.cluster.local.upstream_cx_connect_fail: 3"
            ),
            Some(stat)
        );
        let line = r#"envoy_cluster_upstream_cx_connect_fail{cluster_name="xds-grpc"} 3"#;
        assert_eq!(prometheus(line).and_then(|stat| stat.cluster), Some("xds-grpc"));
        let name = |stat: Option<Stat<'_>>| stat.map(|stat| stat.name);
        let lds = Some("listener_manager.lds.update_rejected");
        assert_eq!(name(plain("listener_manager.lds.update_rejected: 2")), lds);
        assert_eq!(name(prometheus("envoy_listener_manager_lds_update_rejected{} 2")), lds);
    }
}
