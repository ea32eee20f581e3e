//! Metrics over time as CSV: a column of times, and a column for each `<object>-<metric>`, or a row for each
//! sample with its labels. How a metric is judged is told at the relation; all of it is whole numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Format;
use super::capture::{Capture, Reading};
use super::fields;
use crate::fact::vocabulary::metric as m;
use crate::fact::{Cell, Row};
use crate::text::{Place, Span};

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "metrics",
    doc: "metrics over time, CSV with a column `time`",
    recognize: |capture| table(capture).is_some(),
    read: |capture, _| read(capture),
};

/// Billionths: the unit in which all values are held.
const UNIT: i128 = 1_000_000_000;

/// A decimal number (`0.035`, `48046080.0`, `1.2e-05`) in billionths; further decimals are cut off.
/// `None` if it is none (`NaN`), or beyond what any metric counts.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let text = text.trim();
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    if all.is_empty() || all.len() > 36 || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let shift = exponent.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let scale = 10_i128.checked_pow(shift.unsigned_abs());
    let value: i128 = all.parse().ok()?;
    let value = match scale {
        Some(scale) if shift >= 0 => value.checked_mul(scale)?,
        Some(scale) => value / scale,
        None if shift < 0 || value == 0 => 0,
        None => return None,
    };
    (value < LIMIT).then_some(sign * value)
}

/// No metric counts beyond; sums and hundredfolds of such values still fit.
const LIMIT: i128 = i128::MAX / 1_000_000;

/// Billionths as a decimal number without needless zeros.
pub(super) fn printed(value: i128) -> String {
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.abs());
    let text = format!("{sign}{}.{:09}", size / UNIT, size % UNIT);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// A header, and what separates its cells.
struct Table<'a> {
    header: Vec<&'a str>,
    separator: char,
    /// Where the rows begin.
    begin: usize,
}

fn table<'a>(capture: &Capture<'a>) -> Option<Table<'a>> {
    let mut lines = capture.each_line();
    let (at, line) = lines.find(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))?;
    let separator = [',', ';', '\t'].into_iter().find(|c| line.contains(*c))?;
    let header: Vec<&str> = split(line, separator).into_iter().map(|(_, cell)| cell).collect();
    let first = header.first()?.trim_start_matches('\u{feff}').to_ascii_lowercase();
    if header.len() < 2 || !TIMES.contains(&first.as_str()) {
        return None;
    }
    let (_, row) = lines.find(|(_, line)| !line.trim().is_empty())?;
    let cells = split(row, separator);
    let dated =
        cells.first().is_some_and(|(_, cell)| cell.starts_with(|c: char| c.is_ascii_digit()));
    // Samples are numbers, or missing; other texts, such as logs, have times in their first column, too.
    let sample =
        |cell: &str| decimal(cell).is_some() || cell.is_empty() || cell.eq_ignore_ascii_case("nan");
    let dated = dated && cells.iter().skip(1).any(|(_, cell)| sample(cell));
    let begin = at + line.len();
    (dated && cells.len() == header.len()).then_some(Table { header, separator, begin })
}

/// What a column of times is called.
const TIMES: [&str; 5] = ["time", "timestamp", "date", "datetime", "ts"];

/// The cells of a line, each with where it begins, without blanks and quotation marks. A separator in
/// quotation marks parts nothing.
fn split(line: &str, separator: char) -> Vec<(usize, &str)> {
    let mut cells = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let ends = line.char_indices().chain([(line.len(), separator)]);
    for (at, c) in ends {
        if c == '"' && at < line.len() {
            quoted = !quoted;
        } else if c == separator && (!quoted || at == line.len()) {
            let raw = line.get(from..at).unwrap_or_default();
            let cell = raw.trim().trim_matches('"');
            let lead = raw.find(cell).unwrap_or(0);
            cells.push((from + lead, cell));
            from = at + c.len_utf8();
        }
    }
    cells
}

/// What a series is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Subject {
    object: String,
    name: String,
    kind: Option<&'static str>,
    namespace: Option<String>,
}

/// A metric of an object over time.
#[derive(Debug, Default)]
struct Series {
    samples: Vec<Sample>,
    gaps: usize,
    /// Decimals that the column shows at most.
    decimals: usize,
}

/// A value, when it was measured, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Sample {
    value: i128,
    /// Where its time begins and ends in the capture.
    time: Span,
    place: Place,
}

impl Series {
    fn add(&mut self, cell: &str, time: Span, place: Place) {
        let Some(value) = decimal(cell) else {
            self.gaps += 1;
            return;
        };
        let shown = cell.split(['e', 'E']).next().and_then(|n| n.split_once('.'));
        let decimals = shown.map_or(0, |(_, decimals)| decimals.trim_end_matches('0').len());
        self.decimals = self.decimals.max(decimals);
        self.samples.push(Sample { value, time, place });
    }
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reading = Reading::default();
    let Some(table) = table(capture) else { return reading };
    let series = match long(&table.header) {
        Some(columns) => read_long(capture, &table, &columns),
        None => read_wide(capture, &table),
    };
    let judged: Vec<(&Subject, &Series, Option<Judgement>)> = series
        .iter()
        .map(|(subject, series)| (subject, series, judgement(subject, series)))
        .collect();
    let peers = Peers::new(&judged);
    for (subject, series, judgement) in &judged {
        reading.rows.extend(
            row(capture, subject, series, judgement.as_ref(), &peers).map(|row| (m::ID, row)),
        );
    }
    reading
}

/// Columns of a table that has a row for each sample.
struct Long {
    metric: Option<usize>,
    value: usize,
    labels: Vec<(usize, &'static str)>,
    namespace: Option<usize>,
}

/// Labels that name an object, from the narrowest on, and its kind.
const LABELS: [(&str, &str); 6] = [
    ("pod", "Pod"),
    ("pod_name", "Pod"),
    ("service", "Service"),
    ("deployment", "Deployment"),
    ("node", "Node"),
    ("instance", "Node"),
];

/// A node's name without the port of its exporter (`instance`).
fn host<'a>(kind: &str, name: &'a str) -> &'a str {
    let port = if kind == "Node" { super::fields::host_port(name) } else { None };
    port.map_or(name, |(host, _)| host)
}

fn long(header: &[&str]) -> Option<Long> {
    let find = |names: &[&str]| {
        header.iter().position(|name| names.iter().any(|n| name.eq_ignore_ascii_case(n)))
    };
    let value = find(&["value"])?;
    let metric = find(&["metric", "metric_name", "__name__", "name"]);
    let labels: Vec<(usize, &'static str)> =
        LABELS.iter().filter_map(|(label, kind)| Some((find(&[label])?, *kind))).collect();
    (metric.is_some() || !labels.is_empty()).then_some(Long {
        metric,
        value,
        labels,
        namespace: find(&["namespace"]),
    })
}

fn read_long(
    capture: &Capture<'_>,
    table: &Table<'_>,
    columns: &Long,
) -> BTreeMap<Subject, Series> {
    let mut out: BTreeMap<Subject, Series> = BTreeMap::new();
    each_row(capture, table, |at, cells| {
        let text = |column: usize| cells.get(column).map_or("", |(_, cell)| cell);
        let named = columns.labels.iter().find(|(column, _)| !text(*column).is_empty());
        let subject = Subject {
            object: named.map_or("", |(column, kind)| host(kind, text(*column))).to_string(),
            kind: named.map(|(_, kind)| *kind),
            name: columns.metric.map_or("value", text).to_string(),
            namespace: columns.namespace.map(|c| text(c).to_string()).filter(|n| !n.is_empty()),
        };
        let (Some((start, cell)), Some((from, time))) = (cells.get(columns.value), cells.first())
        else {
            return;
        };
        let place = capture.place(Span::new(at + start, at + start + cell.len()));
        let time = Span::new(at + from, at + from + time.len());
        out.entry(subject).or_default().add(cell, time, place);
    });
    out
}

fn read_wide(capture: &Capture<'_>, table: &Table<'_>) -> BTreeMap<Subject, Series> {
    let subjects: Vec<Subject> = table.header.iter().map(|name| subject(name)).collect();
    let mut series: Vec<Series> = subjects.iter().map(|_| Series::default()).collect();
    each_row(capture, table, |at, cells| {
        let Some((from, time)) = cells.first() else { return };
        let time = Span::new(at + from, at + from + time.len());
        for ((start, cell), series) in cells.iter().zip(&mut series).skip(1) {
            let place = capture.place(Span::new(at + start, at + start + cell.len()));
            series.add(cell, time, place);
        }
    });
    subjects.into_iter().zip(series).skip(1).collect()
}

/// Calls `each` with the cells of every row that has as many as the header.
fn each_row(
    capture: &Capture<'_>,
    table: &Table<'_>,
    mut each: impl FnMut(usize, &[(usize, &str)]),
) {
    for (at, line) in capture.each_line().filter(|(at, _)| *at >= table.begin) {
        let cells = split(line, table.separator);
        if cells.len() == table.header.len() {
            each(at, &cells);
        }
    }
}

/// Object and metric of a column `redis-cart-network_receive`: the metric is what follows the last dash.
/// A name in Prometheus' notation, `cpu{pod="web-0"}`, tells the kind as well.
fn subject(column: &str) -> Subject {
    if let Some((name, labels)) = column.split_once('{') {
        let label = |key: &str| {
            let (_, rest) = labels.split_once(&format!("{key}="))?;
            let value = rest.trim_start_matches('"').split(['"', ',', '}']).next()?;
            (!value.is_empty()).then(|| value.to_string())
        };
        let named = LABELS.iter().find_map(|(key, kind)| Some((label(key)?, *kind)));
        let (object, kind) = named.map_or((String::new(), None), |(object, kind)| {
            (host(kind, &object).to_string(), Some(kind))
        });
        return Subject { object, kind, name: name.to_string(), namespace: label("namespace") };
    }
    let (object, name) = column.rsplit_once('-').unwrap_or(("", column));
    Subject { object: object.to_string(), name: name.to_string(), ..Subject::default() }
}

/// How a series moved away from its past.
#[derive(Debug)]
struct Judgement {
    median: i128,
    level: i128,
    /// In per cent of the median.
    change: i128,
    stands_out: bool,
    /// The sample farthest from the past.
    peak: Sample,
}

impl Judgement {
    fn distance(&self) -> i128 {
        (self.level - self.median).abs()
    }
}

/// Samples without which there is nothing to judge.
const FEWEST: usize = 8;
/// Samples of the past at least.
const PAST: usize = 4;

/// The lower median.
fn median(values: impl Iterator<Item = i128>) -> i128 {
    let mut values: Vec<i128> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// Judges a counter by how it grows, and everything else as it is.
fn judgement(subject: &Subject, series: &Series) -> Option<Judgement> {
    let steps = || series.samples.iter().zip(series.samples.iter().skip(1));
    let counts = subject.name.ends_with("_total") || subject.name.starts_with("node_netstat_");
    if !counts || steps().any(|(one, next)| next.value < one.value) {
        return judge(&series.samples, series.decimals);
    }
    let growth: Vec<Sample> =
        steps().map(|(one, next)| Sample { value: next.value - one.value, ..*next }).collect();
    judge(&growth, series.decimals)
}

fn judge(samples: &[Sample], decimals: usize) -> Option<Judgement> {
    if samples.len() < FEWEST {
        return None;
    }
    let length = (samples.len() / 4).max(PAST);
    let (past, rest) = samples.split_at_checked(length)?;
    let before = median(past.iter().map(|sample| sample.value));
    let away = |value: i128| (value - before).abs();
    let decimals = u32::try_from(decimals.min(9)).unwrap_or(9);
    let least = UNIT / 10_i128.pow(decimals);
    let spread = median(past.iter().map(|sample| away(sample.value))).max(least);
    let mut level = before;
    for window in rest.windows(length) {
        let here = median(window.iter().map(|sample| sample.value));
        if away(here) > away(level) {
            level = here;
        }
    }
    let mut peak = *rest.first()?;
    for sample in rest {
        if away(sample.value) > away(peak.value) {
            peak = *sample;
        }
    }
    let base = if before == 0 { spread } else { before.abs() };
    let stands_out = away(level) * 5 >= before.abs() && away(level) > 6 * spread;
    let change = (level - before) * 100 / base;
    Some(Judgement { median: before, level, change, stands_out, peak })
}

/// The changes of each metric over all objects that have the same metrics.
struct Peers<'a> {
    /// The metrics of each object.
    metrics: BTreeMap<Owner<'a>, Rc<BTreeSet<&'a str>>>,
    /// By the metric and all metrics of its objects: how far it moved, in ascending order.
    moved: BTreeMap<(&'a str, Rc<BTreeSet<&'a str>>), Vec<i128>>,
    /// The same, not in per cent: the farthest alone.
    farthest: BTreeMap<(&'a str, Rc<BTreeSet<&'a str>>), i128>,
}

type Owner<'a> = (Option<&'a str>, &'a str, Option<&'static str>);

fn owner(subject: &Subject) -> Owner<'_> {
    (subject.namespace.as_deref(), &subject.object, subject.kind)
}

/// Peers without which an object has nothing to stand out from.
const FEWEST_PEERS: usize = 2;

impl<'a> Peers<'a> {
    fn new(judged: &[(&'a Subject, &'a Series, Option<Judgement>)]) -> Self {
        let mut metrics: BTreeMap<Owner<'a>, BTreeSet<&'a str>> = BTreeMap::new();
        for (subject, ..) in judged {
            metrics.entry(owner(subject)).or_default().insert(&subject.name);
        }
        let metrics: BTreeMap<_, _> =
            metrics.into_iter().map(|(owner, metrics)| (owner, Rc::new(metrics))).collect();
        let mut moved: BTreeMap<_, Vec<i128>> = BTreeMap::new();
        let mut farthest: BTreeMap<_, i128> = BTreeMap::new();
        for (subject, _, judgement) in judged {
            if let (Some(judgement), Some(all)) = (judgement, metrics.get(&owner(subject))) {
                let of_metric = moved.entry((subject.name.as_str(), all.clone())).or_default();
                of_metric.push(judgement.change.abs());
                let most = farthest.entry((subject.name.as_str(), all.clone())).or_default();
                *most = judgement.distance().max(*most);
            }
        }
        moved.values_mut().for_each(|all| all.sort_unstable());
        Self { metrics, moved, farthest }
    }

    /// How far a series moved, in per cent of the farthest.
    fn share(&self, subject: &Subject, judgement: &Judgement) -> Option<i64> {
        let metrics = self.metrics.get(&owner(subject))?;
        let most = self.farthest.get(&(subject.name.as_str(), metrics.clone()))?;
        i64::try_from((judgement.distance() * 100).checked_div(*most).unwrap_or(0)).ok()
    }

    /// Whether a change is at least three times that of the median peer; `None` with too few peers.
    fn outdone(&self, subject: &Subject, change: i128) -> Option<bool> {
        let metrics = self.metrics.get(&owner(subject))?;
        let all = self.moved.get(&(subject.name.as_str(), metrics.clone()))?;
        let own = all.binary_search(&change.abs()).ok()?;
        let peers = all.len() - 1;
        if peers < FEWEST_PEERS {
            return None;
        }
        // The lower median of the others, one of whom is left out.
        let middle = (peers - 1) / 2;
        let middle = all.get(middle + usize::from(own <= middle))?;
        Some(change.abs() >= 3 * middle)
    }
}

fn row(
    capture: &Capture<'_>,
    subject: &Subject,
    series: &Series,
    judgement: Option<&Judgement>,
    peers: &Peers<'_>,
) -> Option<Row> {
    let (first, last) = (series.samples.first()?, series.samples.last()?);
    let by_value = |sample: &&Sample| sample.value;
    let least = series.samples.iter().min_by_key(by_value)?;
    // Of equals the first.
    let most = series.samples.iter().rev().max_by_key(by_value)?;
    let shown = judgement.map_or(last.place, |judgement| judgement.peak.place);
    let mut row = Row::new(m::WIDTH, Some(shown));
    row.put(m::name, subject.name.as_str(), None);
    row.put(m::object, cell(Some(subject.object.as_str()).filter(|o| !o.is_empty())), None);
    row.put(m::kind, cell(subject.kind), None);
    row.put(m::namespace, cell(subject.namespace.as_deref()), None);
    row.put(m::samples, count(series.samples.len()), None);
    row.put(m::gaps, count(series.gaps), None);
    let extremes = [(m::first, first), (m::last, last), (m::minimum, least), (m::maximum, most)];
    for (column, sample) in extremes {
        row.put(column, printed(sample.value), Some(sample.place));
    }
    let place = Some(shown);
    row.put(m::median, cell(judgement.map(|j| printed(j.median))), place);
    row.put(m::level, cell(judgement.map(|j| printed(j.level))), place);
    let change = judgement.map(|j| i64::try_from(j.change).unwrap_or(i64::MAX));
    row.put(m::change, change.map_or(Cell::Absent, Cell::from), place);
    let share = judgement.and_then(|judgement| peers.share(subject, judgement));
    row.put(m::share, share.map_or(Cell::Absent, Cell::from), place);
    row.put(m::against_past, judgement.map_or(Cell::Absent, |j| j.stands_out.into()), place);
    let outdone = judgement.and_then(|j| Some(peers.outdone(subject, j.change)? && j.stands_out));
    row.put(m::against_peers, outdone.map_or(Cell::Absent, Cell::from), place);
    if let Some(judgement) = judgement {
        let time = judgement.peak.time;
        let (line, start, end) = capture.lines.locate(time.shifted(capture.offset as u32));
        let place = Place { line, start, end, ..shown };
        row.put(m::peak, moment(time.of(capture.text)), Some(place));
    }
    Some(row)
}

fn cell<T: Into<crate::fact::Value>>(value: Option<T>) -> Cell {
    value.map_or(Cell::Absent, Cell::from)
}

fn count(n: usize) -> Cell {
    i64::try_from(n).map_or(Cell::Unknown, Cell::from)
}

/// RFC 3339, or seconds or milliseconds since 1970. A time without a zone is not known.
fn moment(text: &str) -> Cell {
    let Some(number) = decimal(text).filter(|n| *n >= 0) else { return fields::time(text) };
    let seconds = number / UNIT;
    let milliseconds = if seconds >= 100_000_000_000 { seconds } else { number / 1_000_000 };
    let moment = i64::try_from(milliseconds).ok().map(jiff::Timestamp::from_millisecond);
    match moment {
        Some(Ok(time)) => Cell::from(time.to_string()),
        _ => Cell::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_whole_billionths() {
        assert_eq!(decimal("0.035"), Some(35_000_000));
        assert_eq!(decimal("1.2e-05"), Some(12_000));
        assert_eq!(decimal("48046080.0"), Some(48_046_080 * UNIT));
        assert_eq!(decimal("-1e+03"), Some(-1000 * UNIT));
        for none in ["NaN", "", "-", ".", "+Inf", "1e99", "2025-12-25 16:47:55"] {
            assert_eq!(decimal(none), None, "{none}");
        }
        assert_eq!(printed(-1_500_000_000), "-1.5");
        assert_eq!(printed(0), "0");
    }

    fn judged(values: &str) -> Judgement {
        let mut series = Series::default();
        let place = Place { file: crate::text::FileId(0), line: 1, start: 0, end: 0 };
        values.split(' ').for_each(|value| series.add(value, Span::default(), place));
        judge(&series.samples, series.decimals).unwrap()
    }

    #[test]
    fn a_lasting_change_stands_out_and_noise_does_not() {
        let jump = judged("4.9 4.8 4.7 4.7 4.7 44 46 45 46 45 47 4.8 4.7 4.7 4.7 4.7");
        assert!(jump.stands_out);
        assert_eq!((jump.median, jump.level), (4_700_000_000, 45 * UNIT));
        assert!(!judged("0.005 0.005 0.005 0.004 0.006 0.007 0.006 0.006").stands_out);
        assert!(!judged("5 5 5 5 5 5 90 5 5 5 5 5").stands_out, "one spike does not last");
        assert!(judged("0 0 0 0 9 9 9 9").stands_out);
    }
}
