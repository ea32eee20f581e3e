//! A probe that was cut out of a pod: `readinessProbe:` and what stands below it.
//!
//! It names no pod. Whose it is says the text around it, if that is about one pod alone.

use super::Format;
use super::capture::{Capture, Reading};
use super::objects::{pod::PROBES, read_probes};
use crate::fact::vocabulary::probe;
use crate::fact::{Cell, Demand, Value};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "probe",
    doc: "a probe as it stands in a pod's YAML, without the pod around it",
    recognize,
    read,
};

fn recognize(capture: &Capture<'_>) -> bool {
    let first = capture.each_line().map(|(_, line)| line.trim()).find(|line| !line.is_empty());
    let first = first.unwrap_or_default().trim_start_matches("- ");
    PROBES.iter().any(|(key, _)| first.strip_prefix(key).is_some_and(|rest| rest.trim() == ":"))
}

/// Where pilot-agent answers for its Envoy, in all versions of Istio.
const AGENT: [i64; 2] = [15020, 15021];

fn read(capture: &Capture<'_>, demand: &Demand) -> Reading {
    let mut reading = read_probes(capture, demand);
    let agents = !reading.rows.is_empty()
        && reading.rows.iter().all(|(_, row)| {
            let path = row.cells.get(probe::path) == Some(&Cell::from("/healthz/ready"));
            let port = AGENT
                .iter()
                .any(|port| row.cells.get(probe::port) == Some(&Cell::Known(Value::Int(*port))));
            path && port
        });
    if agents {
        reading.origin.container = Some("istio-proxy".to_string());
    }
    reading
}
