//! What `kubectl get pods` would show of a described pod: READY, STATUS and RESTARTS.
//!
//! Source: `printPod` in pkg/printers/internalversion. A description does not say which init
//! containers keep running beside the others; their probes and their states do.

use super::{Object, events};
use crate::fact::vocabulary::pod as p;
use crate::fact::{Cell, Row};
use crate::text::outline::{Entry, Piece};

/// A container as it is described.
pub(super) struct Container<'b, 'a> {
    /// Its lines, under its name.
    pub(super) entry: &'b Entry<'a>,
    /// Whether it is an init container.
    pub(super) init: bool,
}

impl<'a> Container<'_, 'a> {
    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<Piece<'a>> {
        self.entry.child(key).map(|entry| entry.value)
    }

    fn state(&self) -> &'a str {
        self.value("State").map_or("", |piece| piece.text)
    }

    fn of_state(&self, key: &str) -> Option<Piece<'a>> {
        self.entry.child("State")?.child(key).map(|entry| entry.value)
    }

    fn reason(&self) -> Option<Piece<'a>> {
        self.of_state("Reason").filter(|reason| !reason.text.is_empty())
    }

    fn is_ready(&self) -> bool {
        self.value("Ready").is_some_and(|ready| ready.text == "True")
    }

    fn restarts(&self) -> i64 {
        self.value("Restart Count").and_then(|n| n.text.parse().ok()).unwrap_or(0)
    }

    fn has_begun(&self) -> bool {
        !["", "Waiting"].contains(&self.state())
    }

    /// Why it ended, by its reason, signal or exit code.
    fn end(&self) -> (String, Option<Piece<'a>>) {
        if let Some(reason) = self.reason() {
            return (reason.text.to_string(), Some(reason));
        }
        let (code, signal) = (self.of_state("Exit Code"), self.of_state("Signal"));
        match signal {
            Some(signal) => (format!("Signal:{}", signal.text), Some(signal)),
            None => (format!("ExitCode:{}", code.map_or("0", |code| code.text)), code),
        }
    }
}

type Shown<'a> = (String, Option<Piece<'a>>);

/// Fills `ready`, `containers`, `restarts` and `status`.
pub(super) fn fill(object: &Object<'_>, all: &[Container<'_, '_>], row: &mut Row) {
    let counted: Vec<&Container<'_, '_>> = all
        .iter()
        .enumerate()
        .filter(|(n, container)| !container.init || stays(object, all, *n))
        .map(|(_, container)| container)
        .collect();
    let ready = counted.iter().filter(|container| container.is_ready()).count();
    let unready = counted.iter().filter(|container| !container.is_ready());
    let at = unready.filter_map(|container| container.value("Ready")).next();
    let place = at.map(|piece| object.place(&piece)).or(row.place);
    if !counted.iter().all(|container| is_known(container)) {
        return;
    }
    row.put(p::ready, ready as i64, place);
    row.put(p::containers, counted.len() as i64, place);
    let shown = status(object, all);
    // Until they are done, kubectl counts the restarts of init containers.
    let initializing = shown.as_ref().is_some_and(|(text, _)| text.starts_with("Init:"));
    let restarts: i64 = match initializing {
        true => all.iter().filter(|c| c.init).map(Container::restarts).sum(),
        false => counted.iter().map(|container| container.restarts()).sum(),
    };
    row.put(p::restarts, restarts, row.place);
    if let Some((text, at)) = shown {
        let cell = if text.is_empty() { Cell::Absent } else { Cell::from(text) };
        row.put(p::status, cell, at.map(|piece| object.place(&piece)));
    }
}

/// Whether the state of a container is shown, or that it has none yet.
fn is_known(container: &Container<'_, '_>) -> bool {
    let named = container.value("Container ID").is_some();
    container.value("Ready").is_some() || !named
}

/// Whether the `n`th container, an init container, keeps running beside the others. Only such ones
/// may have probes, and only behind such ones others start before they end.
fn stays(object: &Object<'_>, all: &[Container<'_, '_>], n: usize) -> bool {
    let Some(container) = all.get(n) else { return false };
    let probed = ["Readiness", "Liveness", "Startup"].iter().any(|k| container.value(k).is_some());
    let runs = container.state() == "Running";
    let waits = ["Running", "Waiting"].contains(&container.state());
    let passed =
        condition(object, "Initialized") || all.iter().skip(n + 1).any(|later| later.has_begun());
    probed || runs && container.is_ready() || waits && passed
}

fn condition(object: &Object<'_>, name: &str) -> bool {
    said(object, name).is_some_and(|status| status == "True")
}

fn said<'a>(object: &Object<'a>, name: &str) -> Option<&'a str> {
    let table = object.table("Conditions");
    let cell = |row: &[Piece<'a>], column: &str| table.cell(row, column).map(|cell| cell.text);
    let row = table.rows.iter().find(|row| cell(row, "Type") == Some(name))?;
    cell(row, "Status")
}

/// The STATUS; `None` where the description leaves it open.
fn status<'a>(object: &Object<'a>, all: &[Container<'_, 'a>]) -> Option<Shown<'a>> {
    let phase = object.value("Status")?;
    let reason = object.value("Reason").filter(|reason| !reason.text.is_empty());
    if phase.text.starts_with("Terminating") {
        let lost = reason.is_some_and(|reason| reason.text == "NodeLost");
        return Some((if lost { "Unknown" } else { "Terminating" }.to_string(), Some(phase)));
    }
    let plain = reason.unwrap_or(phase);
    let waiting = initializing(object, all);
    if waiting.is_none() || condition(object, "Initialized") {
        let first: Shown<'a> = waiting.unwrap_or((plain.text.to_string(), Some(plain)));
        let shown = running(object, all, first);
        // Whether the scheduler found no node, or a gate holds the pod back from it, is not shown.
        let unplaced = said(object, "PodScheduled") == Some("False");
        let open = shown.0 == "Pending" && unplaced && !events::has(object, "FailedScheduling");
        return (!open).then_some(shown);
    }
    waiting
}

/// The first init container that is not done, as `Init:…`.
fn initializing<'a>(object: &Object<'a>, all: &[Container<'_, 'a>]) -> Option<Shown<'a>> {
    let init: Vec<&Container<'_, 'a>> = all.iter().filter(|container| container.init).collect();
    for (n, container) in init.iter().enumerate() {
        match container.state() {
            "" => continue,
            "Terminated" => {
                if container.of_state("Exit Code").is_some_and(|code| code.text == "0") {
                    continue;
                }
                let (end, at) = container.end();
                return Some((format!("Init:{end}"), at));
            }
            "Running" if stays(object, all, n) => continue,
            _ => {}
        }
        let reason = container.reason().filter(|reason| reason.text != "PodInitializing");
        let reason = reason.filter(|_| container.state() == "Waiting");
        return Some(match reason {
            Some(reason) => (format!("Init:{}", reason.text), Some(reason)),
            None => (format!("Init:{n}/{}", init.len()), container.value("State")),
        });
    }
    None
}

/// What the first container that waits or ended says; a pod of which one ended well and another runs
/// is running.
fn running<'a>(object: &Object<'a>, all: &[Container<'_, 'a>], first: Shown<'a>) -> Shown<'a> {
    let mut shown = first;
    let mut runs = false;
    for container in all.iter().filter(|container| !container.init).rev() {
        match (container.state(), container.reason()) {
            ("Waiting", Some(reason)) => shown = (reason.text.to_string(), Some(reason)),
            ("Terminated", _) => shown = container.end(),
            ("Running", _) => runs |= container.is_ready(),
            _ => {}
        }
    }
    if shown.0 == "Completed" && runs {
        let ready = condition(object, "Ready");
        shown.0 = if ready { "Running" } else { "NotReady" }.to_string();
    }
    shown
}
