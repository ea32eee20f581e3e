//! The STATUS column of `kubectl get pods`, as kubectl makes it from the pod.
//!
//! Source: `printPod` in pkg/printers/internalversion.

use crate::text::yaml::Node;

/// What the column shows, and the node that it rests on.
pub(super) fn shown<'a>(pod: &'a Node<'a>) -> (Option<String>, Option<&'a Node<'a>>) {
    let status = |key: &str| pod.at(&["status", key]);
    let phase = status("phase");
    let mut shown = status("reason").or(phase).map(|node| (text(node), node));
    let gate = condition(pod, "PodScheduled").and_then(|said| said.field("reason"));
    shown = gate.filter(|reason| text(reason) == "SchedulingGated").map(|n| (text(n), n)).or(shown);
    let initializing = initializing(pod);
    let initialized = is_true(condition(pod, "Initialized"));
    let waits = initializing.is_some();
    shown = initializing.or(shown);
    if !waits || initialized {
        shown = containers(pod, shown);
    }
    if let Some(deleted) = pod.at(&["metadata", "deletionTimestamp"]) {
        let over = phase.map(text).is_some_and(|phase| ["Succeeded", "Failed"].contains(&&*phase));
        if status("reason").map(text).as_deref() == Some("NodeLost") {
            shown = Some(("Unknown".to_string(), deleted));
        } else if !over {
            shown = Some(("Terminating".to_string(), deleted));
        }
    }
    shown.map_or((None, None), |(text, node)| (Some(text).filter(|t| !t.is_empty()), Some(node)))
}

fn text(node: &Node) -> String {
    node.scalar().unwrap_or_default()
}

fn condition<'a>(pod: &'a Node<'a>, name: &str) -> Option<&'a Node<'a>> {
    let list = pod.at(&["status", "conditions"])?.items();
    list.iter().find(|said| said.field("type").and_then(Node::text) == Some(name))
}

fn is_true(said: Option<&Node<'_>>) -> bool {
    said.and_then(|said| said.field("status")).map(text).as_deref() == Some("True")
}

/// The first init container that is not done, as `Init:…`.
fn initializing<'a>(pod: &'a Node<'a>) -> Option<(String, &'a Node<'a>)> {
    let declared = pod.at(&["spec", "initContainers"]).map_or(&[][..], Node::items);
    let keeps_running = |name: Option<&Node<'_>>| {
        declared.iter().any(|container| {
            container.field("name").and_then(Node::text) == name.and_then(Node::text)
                && container.field("restartPolicy").and_then(Node::text) == Some("Always")
        })
    };
    let statuses = pod.at(&["status", "initContainerStatuses"])?.items();
    for (n, status) in statuses.iter().enumerate() {
        let state = |which: &str| status.at(&["state", which]);
        let started = status.field("started").and_then(Node::bool) == Some(true);
        if let Some(ended) = state("terminated") {
            if ended.field("exitCode").and_then(Node::int) == Some(0) {
                continue;
            }
            return Some((format!("Init:{}", end(ended)), ended.field("reason").unwrap_or(ended)));
        }
        if started && keeps_running(status.field("name")) {
            continue;
        }
        let reason = state("waiting").and_then(|waiting| waiting.field("reason"));
        return Some(match reason.filter(|reason| text(reason) != "PodInitializing") {
            Some(reason) => (format!("Init:{}", text(reason)), reason),
            None => (format!("Init:{n}/{}", declared.len()), status),
        });
    }
    None
}

/// Why something ended, by its reason, signal or exit code.
fn end(ended: &Node) -> String {
    let number = |key: &str| ended.field(key).and_then(Node::int).unwrap_or(0);
    match (ended.field("reason").map(text), number("signal")) {
        (Some(reason), _) if !reason.is_empty() => reason,
        (_, 0) => format!("ExitCode:{}", number("exitCode")),
        (_, signal) => format!("Signal:{signal}"),
    }
}

/// What the first container that waits or ended says; a pod of which one ended well and another runs
/// is running.
fn containers<'a>(
    pod: &'a Node<'a>,
    mut shown: Option<(String, &'a Node<'a>)>,
) -> Option<(String, &'a Node<'a>)> {
    let mut runs = false;
    let statuses = pod.at(&["status", "containerStatuses"]).map_or(&[][..], Node::items);
    for status in statuses.iter().rev() {
        let state = |which: &str| status.at(&["state", which]);
        let reason = state("waiting").and_then(|waiting| waiting.field("reason"));
        if let Some(reason) = reason {
            shown = Some((text(reason), reason));
        } else if let Some(ended) = state("terminated") {
            shown = Some((end(ended), ended.field("reason").unwrap_or(ended)));
        } else if status.field("ready").and_then(Node::bool) == Some(true) {
            runs |= state("running").is_some();
        }
    }
    match shown {
        Some((text, node)) if text == "Completed" && runs => {
            let ready = is_true(condition(pod, "Ready"));
            Some((if ready { "Running" } else { "NotReady" }.to_string(), node))
        }
        shown => shown,
    }
}
