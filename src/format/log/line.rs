//! One line of a log without its wrappers: what carried it, what its writer put in front of it, and
//! the message that is left.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::stamp::{Stamp, digits, has_shape, leading, month, syslog, utc};

/// What stands in front of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The pod that a prefix names.
    pub(super) pod: Option<String>,
    /// The container that a prefix names.
    pub(super) container: Option<String>,
    /// The host that a journal names.
    pub(super) host: Option<String>,
    /// The unit or program that a journal names.
    pub(super) unit: Option<String>,
    /// When the line was written.
    pub(super) stamp: Option<Stamp>,
    /// How grave it is, as the relation `log` words it.
    pub(super) level: Option<&'static str>,
    /// Whether the line goes on in the next one of the same channel.
    pub(super) partial: bool,
    /// Whether it came over stderr, where a wrapper says so.
    pub(super) stderr: bool,
    /// Whether the writer of the message began it with a stamp or a level.
    pub(super) begins: bool,
}

/// A piece of a line: its text, and the bytes of the line that hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// First byte within the line.
    pub(super) start: usize,
    /// One past the last byte within the line.
    pub(super) end: usize,
}

impl<'a> Piece<'a> {
    /// A line as it stands, seen without colours.
    pub(super) fn line(raw: &'a str) -> Self {
        Self { text: plain(raw), start: 0, end: raw.len() }
    }

    fn cut(self, from: usize, to: usize) -> Self {
        match self.text {
            Cow::Borrowed(text) => Self {
                text: Cow::Borrowed(text.get(from..to).unwrap_or_default()),
                start: self.start + from,
                end: self.start + to,
            },
            Cow::Owned(text) => {
                Self { text: Cow::Owned(text.get(from..to).unwrap_or_default().into()), ..self }
            }
        }
    }

    fn behind(self, from: usize) -> Self {
        let to = self.text.len();
        self.cut(from.min(to), to)
    }

    fn replaced(self, text: String) -> Self {
        Self { text: Cow::Owned(text), ..self }
    }
}

/// `raw` without escape sequences of colours.
fn plain(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(0x1b, raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' && rest.peek() == Some(&'[') {
            rest.next();
            while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Wrappers that may lie in one another: `kubectl logs --prefix --timestamps` of a JSON line.
const DEPTH: usize = 4;

/// Takes off what carried a line: kubectl, the container runtime, the journal, the kernel's buffer.
pub(super) fn unwrapped<'a>(mut piece: Piece<'a>, head: &mut Head) -> Piece<'a> {
    for _ in 0..DEPTH {
        let take: Option<Taken> = prefixed(&piece.text, head)
            .or_else(|| runtime(&piece.text, head))
            .or_else(|| docker(&piece.text, head))
            .or_else(|| journal_json(&piece.text, head))
            .or_else(|| journal(&piece.text, head))
            .or_else(|| kernel(&piece.text, head));
        match take {
            Some(Taken::Front(end)) => piece = piece.behind(end),
            Some(Taken::Last(end)) => return piece.behind(end),
            Some(Taken::All(text)) => piece = piece.replaced(text),
            None => break,
        }
    }
    piece
}

/// What a wrapper was found to be.
enum Taken {
    /// So many bytes in front; others may follow.
    Front(usize),
    /// So many bytes in front, and the rest is the writer's own.
    Last(usize),
    /// Another text stands in it.
    All(String),
}

/// `[pod/web-0/istio-proxy] ` of kubectl, `web-7d4b9c6f5-x2x4z istio-proxy 2021-…` of stern.
fn prefixed(text: &str, head: &mut Head) -> Option<Taken> {
    if let Some(rest) = text.strip_prefix("[pod/") {
        let (owner, _) = rest.split_once("] ")?;
        let (pod, container) = owner.split_once('/')?;
        (head.pod, head.container) = (Some(pod.into()), Some(container.into()));
        return Some(Taken::Front("[pod/".len() + owner.len() + 2));
    }
    let (pod, rest) = text.get(..text.len().min(200)).unwrap_or_default().split_once(' ')?;
    if head.pod.is_some() || !pod.contains('-') || !super::super::origin::is_pod_name(pod) {
        return None;
    }
    let (container, rest) = rest.split_once(' ')?;
    let word = container.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (word && !container.is_empty() && (leading(rest).is_some() || rest.starts_with("[20"))).then(
        || {
            (head.pod, head.container) = (Some(pod.into()), Some(container.into()));
            Taken::Front(pod.len() + container.len() + 2)
        },
    )
}

/// `2021-09-30T12:00:00.123456789Z stdout F ` of CRI, `2021-09-30T12:00:00.123456789Z ` of
/// `kubectl logs --timestamps`, `2021-09-30T12:00:00+0000 host unit[1]: ` of a journal.
fn runtime(text: &str, head: &mut Head) -> Option<Taken> {
    if head.stamp.is_some() || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let (stamp, end) = leading(text)?;
    let rest = text.get(end..)?.strip_prefix(' ')?;
    if rest.starts_with([' ', '\t']) {
        // Such a gap is the writer's own.
        return None;
    }
    let channel = ["stdout ", "stderr "].into_iter().find(|word| rest.starts_with(word));
    if let Some(channel) = channel
        && let Some((tags, _)) = rest.get(channel.len()..)?.split_once(' ')
        && let Some(tag @ ("F" | "P")) = tags.split(':').next()
    {
        head.stamp = Some(stamp);
        head.partial = tag == "P";
        head.stderr = channel.starts_with("stderr");
        return Some(Taken::Last(end + 1 + channel.len() + tags.len() + 1));
    }
    if let Some(sender) = sender(rest, true, head) {
        head.stamp = Some(stamp);
        return Some(Taken::Last(end + 1 + sender));
    }
    let first = rest.split([' ', '\t']).next().unwrap_or_default();
    // `2021-09-30T12:00:00.123456Z warn …` may be the writer's own stamp as well: its level is read
    // behind it all the same.
    head.stamp = Some(stamp);
    head.begins |= level(first).is_some();
    Some(Taken::Front(end + 1))
}

/// `host unit[1]: ` in front of a message, and how long it is.
fn sender(text: &str, numbered: bool, head: &mut Head) -> Option<usize> {
    let (host, rest) = text.split_once(' ')?;
    let (unit, _) =
        rest.split_once(": ").or_else(|| rest.strip_suffix(':').map(|unit| (unit, "")))?;
    let (name, number) = match unit.split_once('[') {
        Some((name, number)) => (name, Some(number.strip_suffix(']')?)),
        None => (unit, None),
    };
    let plain = |word: &str| !word.is_empty() && !word.contains([' ', '\t', '"', '=']);
    let counted = number.is_some_and(|number| digits(number) == number.len());
    if !plain(host) || !plain(name) || !(counted || !numbered || name == "kernel") {
        return None;
    }
    head.host = Some(host.into());
    head.unit = Some(name.strip_suffix(".service").unwrap_or(name).into());
    Some((host.len() + 1 + unit.len() + 2).min(text.len()))
}

/// `{"log":"…\n","stream":"stdout","time":"…"}` of Docker's json-file.
fn docker(text: &str, head: &mut Head) -> Option<Taken> {
    if !text.starts_with("{\"log\":") {
        return None;
    }
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let log = fields.get("log")?.as_str()?;
    fields.get("stream")?;
    let time = fields.get("time").and_then(Value::as_str).and_then(leading);
    head.stamp = head.stamp.or(time.map(|(stamp, _)| stamp));
    head.stderr = fields.get("stream").and_then(Value::as_str) == Some("stderr");
    // Docker cuts lines of more than 16 KiB; the last part has the line feed.
    head.partial = !log.ends_with('\n');
    Some(Taken::All(log.trim_end_matches(['\n', '\r']).into()))
}

/// `journalctl -o json`.
fn journal_json(text: &str, head: &mut Head) -> Option<Taken> {
    if !text.starts_with('{') || !text.contains("\"__REALTIME_TIMESTAMP\"") {
        return None;
    }
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let said = |key: &str| fields.get(key).and_then(Value::as_str);
    let message = match fields.get("MESSAGE")? {
        Value::String(text) => text.clone(),
        // Bytes that are no text are printed as numbers.
        Value::Array(bytes) => {
            let bytes =
                bytes.iter().filter_map(|b| u8::try_from(b.as_u64()?).ok()).collect::<Vec<_>>();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    };
    let micros = said("__REALTIME_TIMESTAMP").and_then(|text| text.parse().ok());
    let at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    head.stamp = head.stamp.or(at.map(Stamp::Instant));
    head.host = said("_HOSTNAME").map(str::to_string);
    let unit = said("SYSLOG_IDENTIFIER").or(said("_SYSTEMD_UNIT")).or(said("_COMM"));
    head.unit = unit.map(|unit| unit.strip_suffix(".service").unwrap_or(unit).to_string());
    head.level = said("PRIORITY").and_then(|number| number.parse().ok()).and_then(priority);
    Some(Taken::All(message))
}

/// A syslog priority.
fn priority(number: u8) -> Option<&'static str> {
    let levels = ["critical", "critical", "critical", "error", "warning", "info", "info", "debug"];
    levels.get(usize::from(number)).copied()
}

/// `Sep 30 12:00:00.123456 host unit[1]: ` of a journal or of syslog.
fn journal(text: &str, head: &mut Head) -> Option<Taken> {
    let (stamp, end) = syslog(text)?;
    let rest = text.get(end..)?.strip_prefix(' ')?;
    let width = sender(rest, false, head)?;
    head.stamp = head.stamp.or(Some(stamp));
    Some(Taken::Last(end + 1 + width))
}

/// dmesg in its three forms, `[   12.345678] `, `[Mon Jan  1 12:00:00 2024] ` and `[Jan 1 12:00] ` or
/// `[  +0.000012] `, also behind `kern  :warn  : `. All of them count from the start or in the node's
/// own zone, so that none tells an instant.
fn kernel(text: &str, head: &mut Head) -> Option<Taken> {
    let mut rest = text;
    let mut grade = None;
    if let Some((facility, behind)) = text.split_once(':').filter(|(f, _)| f.len() < 10)
        && facility.trim_end().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && let Some((word, behind)) = behind.split_once(": ").filter(|(w, _)| w.len() < 10)
        && behind.starts_with('[')
    {
        grade = level(word.trim());
        rest = behind;
    }
    let (said, behind) = rest.strip_prefix('[')?.split_once(']')?;
    let said = said.trim_start();
    let number = said.strip_prefix('+').unwrap_or(said);
    let whole = digits(number);
    let counted = whole > 0
        && number
            .get(whole..)
            .and_then(|n| n.strip_prefix(['.', ',']))
            .is_some_and(|n| n.len() == 6 && digits(n) == n.len());
    let words: Vec<&str> = said.split_whitespace().take(6).collect();
    let dated = match words[..] {
        [_, name, _, clock, year] => {
            month(name).is_some() && has_shape(clock, "00:00:00") && has_shape(year, "0000")
        }
        [name, day] => month(name.get(..3)?).is_some() && name.len() > 3 && day.contains(':'),
        [name, _, clock] => month(name).is_some() && has_shape(clock, "00:00"),
        _ => false,
    };
    if !counted && !dated {
        return None;
    }
    head.unit = head.unit.take().or(Some("kernel".into()));
    head.level = head.level.or(grade);
    head.begins = true;
    let blank = usize::from(behind.starts_with(' '));
    Some(Taken::Last(text.len() - behind.len() + blank))
}

/// Takes off what the writer of a line put in front of its message: stamp, level, logger, place in
/// its code.
pub(super) fn message<'a>(piece: Piece<'a>, head: &mut Head) -> Piece<'a> {
    let found = klog(&piece.text, head)
        .or_else(|| envoy(&piece.text, head))
        .or_else(|| columns(&piece.text, head));
    if let Some((from, to)) = found {
        head.begins = true;
        return piece.cut(from, to.max(from));
    }
    match json(&piece.text, head).or_else(|| logfmt(&piece.text, head)) {
        Some(text) => {
            head.begins = true;
            piece.replaced(text)
        }
        None => piece,
    }
}

/// `E0102 15:04:05.000000   12345 file.go:67] `; it has no year.
fn klog(text: &str, head: &mut Head) -> Option<(usize, usize)> {
    let rest = text.strip_prefix(['I', 'W', 'E', 'F'])?;
    if !has_shape(rest, "0000 00:00:00.000000") {
        return None;
    }
    let (place, _) = text.split_once("] ")?;
    if place.len() > 200 {
        return None;
    }
    head.level = level(text.get(..1)?);
    Some((place.len() + 2, text.len()))
}

/// Envoy's own layout: `[2019-08-30 16:41:51.614][19][warning][config] [path.cc:86] `, in the oldest
/// versions without the bracket before the path, in Istio 1.4 and 1.5 behind `[Envoy (Epoch 0)] `.
fn envoy(text: &str, head: &mut Head) -> Option<(usize, usize)> {
    let epoch = match text.strip_prefix("[Envoy (Epoch ") {
        Some(rest) => text.len() - rest.split_once(")] ")?.1.len(),
        None => 0,
    };
    let rest = text.get(epoch..)?.strip_prefix('[')?;
    let (stamp, width) = leading(rest)?;
    let fields = rest.get(width..)?.strip_prefix("][")?;
    let (number, fields) = fields.split_once("][")?;
    let (word, fields) = fields.split_once("][")?;
    let (_, said) = fields.split_once("] ")?;
    if digits(number) != number.len() || word.len() > 10 {
        return None;
    }
    head.level = level(word);
    if head.stamp.is_none() {
        // Containers live in UTC.
        head.stamp = match stamp {
            Stamp::Zoneless(civil) => utc(civil).map(Stamp::Instant),
            told => Some(told),
        };
    }
    let said = behind_place(said);
    Some((text.len() - said.len(), text.len()))
}

/// What follows `[path.cc:86] `, or `path.cc:86] ` in the oldest versions.
fn behind_place(said: &str) -> &str {
    match said.split_once("] ") {
        Some((place, rest)) if is_place(place.trim_start_matches('[')) => rest,
        _ => said,
    }
}

/// `path/file.go:123`
fn is_place(word: &str) -> bool {
    word.rsplit_once(':').is_some_and(|(path, line)| {
        !line.is_empty()
            && digits(line) == line.len()
            && path.contains(['.', '/'])
            && !path.contains(' ')
    })
}

/// A stamp and a level in columns, with tabs or what is left of them: the layouts of pilot-agent,
/// istiod, Envoy behind pilot-agent, ztunnel, and of many others. Also `[ERROR] ` alone.
fn columns(text: &str, head: &mut Head) -> Option<(usize, usize)> {
    let open = usize::from(text.starts_with('['));
    let (stamp, width) = match leading(text.get(open..)?) {
        // `[2022-03-10T08:01:06.859Z] "GET …` of access logs.
        Some((stamp, width)) => {
            let close = usize::from(text.get(open + width..)?.starts_with(']'));
            (Some(stamp), open + width + close)
        }
        None => (None, 0),
    };
    let rest = text.get(width..)?;
    let rest = rest.trim_start_matches(['\t', ' ']);
    let gap = text.len() - width - rest.len();
    if stamp.is_some() && gap == 0 && !rest.is_empty() {
        return None;
    }
    let (word, behind) = rest.split_once([' ', '\t', ':']).unwrap_or((rest, ""));
    let bare = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
    let grade = level(bare.unwrap_or(word));
    // A word alone is a level only where one is expected.
    let expected = stamp.is_some() || bare.is_some() || head.begins;
    let Some(grade) = grade.filter(|_| expected) else {
        head.stamp = head.stamp.or(Some(stamp?));
        return Some((text.len() - rest.len(), text.len()));
    };
    head.level = Some(grade);
    head.stamp = head.stamp.or(stamp);
    let mut said = behind.trim_start_matches(['\t', ' ', ':']);
    // Each column is skipped only while another one follows.
    for _ in 0..3 {
        let border = said.find('\t').or_else(|| said.find("  "));
        let Some((column, next)) = border.and_then(|at| said.split_at_checked(at)) else { break };
        let next = next.trim_start_matches(['\t', ' ']);
        if !is_column(column) || next.is_empty() || is_label(next) {
            break;
        }
        said = next;
    }
    said = behind_place(said);
    let end = said.rfind("thread=").filter(|at| {
        let number = said.get(at + "thread=".len()..).unwrap_or_default();
        digits(number) == number.len() && said.get(..*at).is_some_and(|s| s.ends_with(['\t', ' ']))
    });
    let kept = end.and_then(|end| said.get(..end)).map_or(said, str::trim_end);
    let from = text.len() - said.len();
    Some((from, from + kept.len()))
}

/// A logger's name, `envoy config path.cc:201`, or a place in the code.
fn is_column(column: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
    };
    match column.strip_prefix("envoy ") {
        Some(logger) => logger.split(' ').all(|part| word(part) || is_place(part)),
        None => word(column) || is_place(column),
    }
}

/// `id=25`
fn is_label(text: &str) -> bool {
    let name = text.split(['=', ' ', '\t']).next().unwrap_or_default();
    text.get(name.len()..).is_some_and(|rest| rest.starts_with('='))
}

/// A line of JSON: zap, Stackdriver, Envoy in JSON, and their kin.
fn json(text: &str, head: &mut Head) -> Option<String> {
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let any = |keys: &[&str]| keys.iter().find_map(|key| fields.get(*key));
    let said = any(&["msg", "message", "MESSAGE", "log"])?.as_str()?.to_string();
    let grade =
        any(&["level", "severity", "lvl", "levelname", "log.level"]).and_then(Value::as_str);
    head.level = grade.and_then(level).or(head.level);
    if head.stamp.is_none() {
        head.stamp = any(&["time", "ts", "timestamp", "@timestamp", "t"]).and_then(json_stamp);
    }
    Some(said)
}

/// RFC 3339, or seconds since 1970 as zap counts them.
fn json_stamp(value: &Value) -> Option<Stamp> {
    match value {
        Value::String(text) => leading(text).map(|(stamp, _)| stamp),
        Value::Number(number) => {
            let seconds = number.as_f64().filter(|n| (1e9..1e10).contains(n))?;
            Timestamp::from_microsecond((seconds * 1e6) as i64).ok().map(Stamp::Instant)
        }
        _ => None,
    }
}

/// `time="2021-09-30T12:00:00Z" level=error msg="…"`, and what follows the message.
fn logfmt(text: &str, head: &mut Head) -> Option<String> {
    if !["time=", "ts=", "t=", "level=", "lvl="].iter().any(|key| text.starts_with(key)) {
        return None;
    }
    let (mut said, mut rest) = (None, text);
    while let Some((key, behind)) = rest.split_once('=') {
        if key.len() > 40 || key.contains('"') {
            break;
        }
        let (value, next) = quoted(behind)?;
        match key.trim() {
            "time" | "ts" | "t" => head.stamp = head.stamp.or(leading(&value).map(|(at, _)| at)),
            "level" | "lvl" => head.level = level(&value),
            "msg" | "message" => {
                said = Some(format!("{value}{next}"));
                break;
            }
            _ => {}
        }
        rest = next.trim_start();
    }
    said
}

/// A value, in quotes or up to the next blank, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((text.get(..end)?.into(), text.get(end..)?));
    }
    let mut escaped = false;
    let end = text.bytes().enumerate().skip(1).find_map(|(at, byte)| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes.then_some(at)
    })?;
    let inner = text.get(1..end)?;
    let value = serde_json::from_str(text.get(..=end)?).unwrap_or_else(|_| inner.to_string());
    Some((value, text.get(end + 1..)?))
}

/// A level by any of its names; `None` for a word that is none.
pub(super) fn level(word: &str) -> Option<&'static str> {
    Some(match word.len() {
        1 => match word {
            "I" => "info",
            "W" => "warning",
            "E" => "error",
            "F" => "fatal",
            _ => return None,
        },
        3..=9 => match word.to_ascii_lowercase().as_str() {
            "trace" => "trace",
            "debug" => "debug",
            "info" | "notice" => "info",
            "warn" | "warning" => "warning",
            "err" | "error" => "error",
            "crit" | "critical" | "alert" | "emerg" | "emergency" => "critical",
            "fatal" | "panic" | "dpanic" => "fatal",
            _ => return None,
        },
        _ => return None,
    })
}
