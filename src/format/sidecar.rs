//! The line in which a pilot-agent says that its Envoy is not ready, in the words of every Istio
//! version since 1.0 and of the forks that renamed the control plane.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_until, take_while1};
use nom::character::complete::{i64 as number, space0};
use nom::combinator::{map, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// What every such line contains.
pub(super) const NOT_READY: &str = "Envoy proxy is NOT ready: ";
/// What the agent logs at the first success after that.
pub(super) const READY: &str = "Envoy proxy is ready";

/// How many updates Envoy accepted and rejected. The oldest versions count received ones only; they
/// stand as accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Updates {
    pub cds_successful: i64,
    pub cds_rejected: i64,
    pub lds_successful: i64,
    pub lds_rejected: i64,
}

/// Why Envoy is not ready.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NotReady {
    /// It has not accepted both clusters and listeners yet.
    Configuration(Updates),
    /// Its server is in this state.
    State(String),
    /// It was told to end, or drains because it will be.
    Ending(String),
    /// Its workers have not started.
    Workers,
    /// Its admin port gives no usable answer, with the error.
    Admin(String),
    /// The agent's DNS table has not arrived.
    Dns,
    /// It lacks listeners for ports of the application.
    Listeners(String),
    /// A file of a proxyless client is missing.
    Bootstrap(String),
    /// Words that no version known here prints.
    Other(String),
}

impl NotReady {
    /// The reason's name in the relation `envoy_not_ready`.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::State(_) => "state",
            Self::Ending(_) => "ending",
            Self::Workers => "workers",
            Self::Admin(_) => "admin",
            Self::Dns => "dns",
            Self::Listeners(_) => "listeners",
            Self::Bootstrap(_) => "bootstrap",
            Self::Other(_) => "other",
        }
    }

    /// The rest of the line, where it says more than the reason.
    pub(super) fn detail(&self) -> Option<&str> {
        match self {
            Self::State(text)
            | Self::Ending(text)
            | Self::Admin(text)
            | Self::Listeners(text)
            | Self::Bootstrap(text)
            | Self::Other(text) => Some(text),
            Self::Configuration(_) | Self::Workers | Self::Dns => None,
        }
    }
}

/// Reads a log line; `None` if it does not say that Envoy is not ready.
pub(super) fn not_ready(line: &str) -> Option<NotReady> {
    let (said, _) = preceded(take_until(NOT_READY), tag::<_, _, ()>(NOT_READY)).parse(line).ok()?;
    let (_, cause) = alt((
        configuration,
        state,
        terminated_server,
        workers,
        dns,
        admin,
        listeners,
        bootstrap,
        other,
    ))
    .parse(said)
    .ok()?;
    Some(cause)
}

fn configuration(said: &str) -> IResult<&str, NotReady> {
    map(
        preceded(alt((prefix, value((), tag("")))), alt((counters, received))),
        NotReady::Configuration,
    )
    .parse(said)
}

/// `config not received from Pilot (is Pilot running?): `; the name is the vendor's.
fn prefix(said: &str) -> IResult<&str, ()> {
    let asks = (
        tag("config not received from "),
        take_until("(is "),
        take_until("running?)"),
        tag("running?): "),
    );
    let rejected = tag("config received from XDS server, but was rejected: ");
    let partly = tag("config not fully received from XDS server: ");
    alt((value((), asks), value((), rejected), value((), partly))).parse(said)
}

fn counters(said: &str) -> IResult<&str, Updates> {
    let (said, (cds_successful, cds_rejected)) = counted("cds updates: ", said)?;
    let (said, (lds_successful, lds_rejected)) =
        preceded(tag("; "), |s| counted("lds updates: ", s)).parse(said)?;
    Ok((said, Updates { cds_successful, cds_rejected, lds_successful, lds_rejected }))
}

fn counted<'a>(name: &str, said: &'a str) -> IResult<&'a str, (i64, i64)> {
    let successful = delimited(tag(name), number, tag(" successful, "));
    (successful, terminated(number, tag(" rejected"))).parse(said)
}

/// The counters before Istio 1.1: no word of rejections.
fn received(said: &str) -> IResult<&str, Updates> {
    let (said, cds_successful) = delimited(tag("cds updates: "), number, tag(", ")).parse(said)?;
    let (said, lds_successful) = preceded(tag("lds updates: "), number).parse(said)?;
    Ok((said, Updates { cds_successful, cds_rejected: 0, lds_successful, lds_rejected: 0 }))
}

fn state(said: &str) -> IResult<&str, NotReady> {
    let live = preceded(
        tag("server is not live, current state is: "),
        take_while1(|c: char| c.is_alphanumeric() || c == '_'),
    );
    map(live, |state: &str| match state {
        "DRAINING" => NotReady::Ending(state.to_string()),
        _ => NotReady::State(state.to_string()),
    })
    .parse(said)
}

fn terminated_server(said: &str) -> IResult<&str, NotReady> {
    map(preceded(tag("server is terminated: "), text), |why: &str| {
        NotReady::Ending(why.trim().to_string())
    })
    .parse(said)
}

fn workers(said: &str) -> IResult<&str, NotReady> {
    value(NotReady::Workers, tag("workers have not yet started")).parse(said)
}

fn dns(said: &str) -> IResult<&str, NotReady> {
    value(NotReady::Dns, tag("istio DNS capture is turned ON and DNS lookup table is not ready"))
        .parse(said)
}

/// Everything that begins with a question to Envoy's admin port.
fn admin(said: &str) -> IResult<&str, NotReady> {
    let wrapper = alt((
        tag("failed to get server info: "),
        tag("failed to get readiness stats: "),
        tag("failed retrieving Envoy stats: "),
        tag("failed retrieving Envoy listeners: "),
    ));
    let bare = verify(text, |s: &str| {
        [
            "Get http",
            "Get \"http",
            "unexpected status ",
            "envoy stat ",
            "failed parsing Envoy stat ",
            "server.state is not yet updated",
            "listener_manager.workers_started is not yet updated",
        ]
        .iter()
        .any(|shape| s.starts_with(shape))
    });
    map(alt((preceded(wrapper, text), bare)), |error: &str| NotReady::Admin(error.to_string()))
        .parse(said)
}

fn listeners(said: &str) -> IResult<&str, NotReady> {
    let shape = verify(text, |s: &str| {
        s.starts_with("failed checking application ports") || s.contains("errors occurred:")
    });
    map(shape, |error: &str| NotReady::Listeners(error.to_string())).parse(said)
}

fn bootstrap(said: &str) -> IResult<&str, NotReady> {
    let shape =
        verify(text, |s: &str| s.starts_with("failed loading ") || s.ends_with(" does not exist"));
    map(shape, |error: &str| NotReady::Bootstrap(error.to_string())).parse(said)
}

fn other(said: &str) -> IResult<&str, NotReady> {
    map(text, |words: &str| NotReady::Other(words.to_string())).parse(said)
}

/// The rest of the line without surrounding blanks.
fn text(said: &str) -> IResult<&str, &str> {
    map(preceded(space0, rest), str::trim_end).parse(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(line: &str) -> Option<(i64, i64, i64, i64)> {
        match not_ready(line)? {
            NotReady::Configuration(u) => {
                Some((u.cds_successful, u.cds_rejected, u.lds_successful, u.lds_rejected))
            }
            _ => None,
        }
    }

    #[test]
    fn every_version_counts_its_updates() {
        let zero = Some((0, 0, 0, 0));
        for line in [
            "2018-12-01T10:00:00.000000Z\tinfo\tEnvoy proxy is NOT ready: cds updates: 0, lds updates: 0",
            "Envoy proxy is NOT ready: cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected",
            "2019-08-30T16:43:50.000000Z\tinfo\tEnvoy proxy is NOT ready: config not received from Pilot (is Pilot running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected",
            "2025-05-04T10:18:55.134527Z  warn  Envoy proxy is NOT ready: config not received from XDS server (is Istiod running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected",
            "Envoy proxy is NOT ready: config not received from XDS server (is Kuma control plane running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected.",
        ] {
            assert_eq!(counts(line), zero, "{line}");
        }
        assert_eq!(
            counts(
                "warn\tEnvoy proxy is NOT ready: config received from XDS server, but was rejected: cds updates: 1 successful, 0 rejected; lds updates: 0 successful, 4 rejected"
            ),
            Some((1, 0, 0, 4))
        );
        assert_eq!(
            counts(
                "warn\tEnvoy proxy is NOT ready: config not fully received from XDS server: cds updates: 2 successful, 0 rejected; lds updates: 0 successful, 0 rejected"
            ),
            Some((2, 0, 0, 0))
        );
    }

    #[test]
    fn other_reasons_are_told_apart() {
        let reason = |said: &str| not_ready(&format!("Envoy proxy is NOT ready: {said}")).unwrap();
        assert_eq!(
            reason("server is not live, current state is: PRE_INITIALIZING"),
            NotReady::State("PRE_INITIALIZING".into())
        );
        assert_eq!(reason("workers have not yet started"), NotReady::Workers);
        assert_eq!(
            reason("failed to get readiness stats: Get \"http://127.0.0.1:15000/stats?usedonly\": dial tcp 127.0.0.1:15000: connect: connection refused").reason(),
            "admin"
        );
        assert_eq!(reason("Get http://127.0.0.1:15000/stats?usedonly: EOF").reason(), "admin");
        assert_eq!(reason("unexpected status 404").reason(), "admin");
        assert_eq!(reason("3 errors occurred:").reason(), "listeners");
        assert_eq!(
            reason("istio DNS capture is turned ON and DNS lookup table is not ready yet"),
            NotReady::Dns
        );
        assert_eq!(reason("var/lib/istio/grpc does not exist").reason(), "bootstrap");
        assert_eq!(reason("something new").reason(), "other");
    }

    #[test]
    fn other_lines_say_nothing_of_it() {
        assert_eq!(not_ready("2019-08-30T16:43:50.000000Z\tinfo\tEnvoy proxy is ready"), None);
        assert_eq!(not_ready(""), None);
    }
}
