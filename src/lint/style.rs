//! How rules are named and told, and what belongs to each.

use super::Written;
use crate::rule::{Ask, Mistake, Piece};

/// Words that name what is to be done, where an id names what is wrong.
const CURES: [&str; 8] = ["add", "fix", "set", "check", "use", "restart", "increase", "should"];
/// Programs that write their names small.
const SMALL: [&str; 6] = ["containerd", "coredns", "etcd", "flannel", "kubelet", "systemd"];
/// The longest title, in characters as it is written.
const TITLE: usize = 140;

pub(super) fn look(written: &Written<'_>, out: &mut Vec<Mistake>) {
    let rule = written.rule;
    let id = rule.id.as_str();
    for (n, step) in rule.body.iter().enumerate() {
        if matches!(step.ask, Ask::None(_)) && step.note.is_none() {
            let message = "a step that rests on something absent says what: it has no `note`";
            out.push(written.say("step-without-note", written.item("when", n), message.into()));
        }
    }
    let Some(finding) = rule.finding() else { return };
    let file = rule.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if written.alone && stem != id {
        let message = format!("the rule `{id}` stands in the file `{file}`");
        let help = Some(format!("call the file `{id}.yaml`"));
        out.push(written.say("file-named-otherwise", written.head(), message).help(help));
    }
    if let Some(cure) = id.split('-').find(|word| CURES.contains(word)) {
        let message = format!("an id states the fault and never the cure: `{cure}`");
        out.push(written.say("id-is-a-cure", written.head(), message));
    }
    title(written, &finding.title.0, out);
    let mut lacks = |name, key: &str, why: &str| {
        let message = format!("`{id}` has no `{key}`: {why}");
        out.push(written.say(name, written.head(), message));
    };
    if finding.references.is_empty() {
        lacks("no-references", "references", "where to read more is a part of the answer");
    }
    if !finding.symptom && finding.fix.is_none() {
        lacks("no-fix", "fix", "a cause says what to do");
    }
    if !finding.symptom && finding.explains.is_empty() {
        let why = "a cause that explains nothing is never suspected, and ranks below all others";
        lacks("explains-nothing", "explains", why);
    }
}

fn title(written: &Written<'_>, pieces: &[Piece], out: &mut Vec<Mistake>) {
    let mut say = |message: &str| {
        out.push(written.say("title-style", written.span("title"), message.to_string()));
    };
    if let Some(Piece::Text(text)) = pieces.first()
        && text.starts_with(|c: char| c.is_lowercase())
        && text.split(' ').next().is_some_and(|word| !word.contains('-') && !SMALL.contains(&word))
    {
        say("a title begins with a capital letter");
    }
    if let Some(Piece::Text(text)) = pieces.last()
        && text.ends_with(['.', '!', ':'])
    {
        say("a title has no full stop at its end");
    }
    let long = written.node.field("title").and_then(|title| title.text());
    if long.is_some_and(|title| title.chars().count() > TITLE) {
        say("a title is one line: this one is longer than 140 characters");
    }
}
