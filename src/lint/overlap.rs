//! Rules that say what another one says already, facts that nobody asks, and links between values that are
//! never equal.

use super::Written;
use crate::rule::{Ask, Book, Finding, Mistake, Pattern, Query, Rule, Says, Step, Term, Variable};

pub(super) fn look(written: &Written<'_>, book: &Book, out: &mut Vec<Mistake>) {
    match &written.rule.says {
        Says::Fact { relation, .. } => {
            let asks = |rule: &Rule| {
                let mut queries = rule.body.iter().filter_map(|step| step.ask.query());
                queries.any(|query| query.relation == *relation)
            };
            if !book.all().any(asks) {
                let name = book.catalog.relation(*relation).name.to_string();
                let message = format!("no rule asks for `{name}`");
                out.push(written.say("fact-not-asked", written.span("fact"), message));
            }
        }
        Says::Finding(finding) => {
            shadowed(written, finding, book, out);
            links(written, finding, book, out);
        }
    }
}

/// A rule whose steps hold another rule's holds only where that one does.
fn shadowed(written: &Written<'_>, finding: &Finding, book: &Book, out: &mut Vec<Mistake>) {
    let rule = written.rule;
    for other in book.findings.iter().filter(|other| other.id != rule.id) {
        let Some(wider) = other.finding().filter(|wider| wider.symptom == finding.symptom) else {
            continue;
        };
        let linked =
            |from: &Finding, to: &Rule| from.explains.iter().any(|link| link.rule == to.id);
        if linked(finding, other)
            || linked(wider, rule)
            || !holds_within(other, wider, rule, finding)
        {
            continue;
        }
        let message =
            format!("`{}` holds wherever this rule does, about the same object", other.id);
        let help = format!(
            "one fault would be told twice: leave this rule out, let one explain the other, or tell \
             them apart by a step ({})",
            other.file
        );
        out.push(written.say("shadowed", written.head(), message).help(Some(help)));
    }
}

/// What a wider rule's variables are in the narrower one.
type Names = Vec<Option<Term>>;

/// Pairs of steps that are tried for two rules; many steps that are alike could be paired without end.
const TRIES: usize = 100_000;

fn holds_within(wide: &Rule, wider: &Finding, narrow: &Rule, narrower: &Finding) -> bool {
    let names = vec![None; wide.variables.len()];
    let mut used = vec![false; narrow.body.len()];
    let about = |names: &Names| {
        let mut names = names.clone();
        let mut same = |a: &Term, b: &Term| term(a, b, &mut names);
        same(&wider.about.kind, &narrower.about.kind)
            && same(&wider.about.name, &narrower.about.name)
            && match (&wider.about.namespace, &narrower.about.namespace) {
                (Some(a), Some(b)) => same(a, b),
                (a, b) => a.is_none() && b.is_none(),
            }
    };
    let mut tries = TRIES;
    paired(&wide.body, &narrow.body, &mut used, names, &about, &mut tries)
}

/// Whether each of the steps `wide` is one of `narrow`, each another one.
fn paired(
    wide: &[Step],
    narrow: &[Step],
    used: &mut [bool],
    names: Names,
    done: &dyn Fn(&Names) -> bool,
    tries: &mut usize,
) -> bool {
    let Some((first, rest)) = wide.split_first() else { return done(&names) };
    for (n, step) in narrow.iter().enumerate() {
        if used.get(n).copied().unwrap_or(true) {
            continue;
        }
        *tries = tries.saturating_sub(1);
        if *tries == 0 {
            return false;
        }
        let mut tried = names.clone();
        if !same_step(first, step, &mut tried) {
            continue;
        }
        mark(used, n, true);
        if paired(rest, narrow, used, tried, done, tries) {
            return true;
        }
        mark(used, n, false);
    }
    false
}

fn mark(used: &mut [bool], n: usize, is: bool) {
    if let Some(slot) = used.get_mut(n) {
        *slot = is;
    }
}

fn same_step(wide: &Step, narrow: &Step, names: &mut Names) -> bool {
    if wide.closed != narrow.closed {
        return false;
    }
    match (&wide.ask, &narrow.ask) {
        (Ask::Some(wide), Ask::Some(narrow)) => same_query(wide, narrow, names),
        (Ask::None(wide), Ask::None(narrow)) => {
            wide.columns.len() == narrow.columns.len() && same_query(wide, narrow, names)
        }
        (
            Ask::Count { query: wide, of: None, at_least: a, at_most: b },
            Ask::Count { query: narrow, of: None, at_least: c, at_most: d },
        ) => {
            (a, b) == (c, d)
                && wide.columns.len() == narrow.columns.len()
                && same_query(wide, narrow, names)
        }
        (
            Ask::Check { left, how, right, as_type },
            Ask::Check { left: l, how: h, right: r, as_type: t },
        ) => how == h && as_type == t && term(left, l, names) && term(right, r, names),
        _ => false,
    }
}

fn same_query(wide: &Query, narrow: &Query, names: &mut Names) -> bool {
    wide.relation == narrow.relation
        && wide.columns.iter().all(|(column, wanted)| {
            let asked = narrow.columns.iter().find(|(other, _)| other == column);
            asked.is_some_and(|(_, asked)| same_pattern(wanted, asked, names))
        })
}

fn same_pattern(wide: &Pattern, narrow: &Pattern, names: &mut Names) -> bool {
    match (wide, narrow) {
        (Pattern::OneOf(wide), Pattern::OneOf(narrow)) => narrow.iter().all(|v| wide.contains(v)),
        (Pattern::Variable(a), Pattern::Variable(b)) => named(*a, Term::Variable(*b), names),
        (Pattern::Variable(a), Pattern::OneOf(values)) => match &values[..] {
            [value] => named(*a, Term::Value(value.clone()), names),
            _ => false,
        },
        (Pattern::Match { regex: a, groups: g }, Pattern::Match { regex: b, groups: h }) => {
            a.as_str() == b.as_str()
                && g.len() == h.len()
                && g.iter().zip(h).all(|((_, a), (_, b))| named(*a, Term::Variable(*b), names))
        }
        (Pattern::Present, narrow) => !matches!(narrow, Pattern::Absent),
        (Pattern::Absent, Pattern::Absent) => true,
        _ => false,
    }
}

fn term(wide: &Term, narrow: &Term, names: &mut Names) -> bool {
    match wide {
        Term::Value(_) => wide == narrow,
        Term::Variable(variable) => named(*variable, narrow.clone(), names),
    }
}

/// Whether a variable can be that, and be the same wherever it stands.
fn named(variable: Variable, is: Term, names: &mut Names) -> bool {
    match names.get_mut(variable) {
        Some(slot @ None) => {
            *slot = Some(is);
            true
        }
        Some(Some(known)) => *known == is,
        None => false,
    }
}

fn links(written: &Written<'_>, finding: &Finding, book: &Book, out: &mut Vec<Mistake>) {
    for (n, link) in finding.explains.iter().enumerate() {
        let Some(target) = book.findings.iter().find(|rule| rule.id == link.rule) else { continue };
        for (theirs, ours) in &link.variables {
            let Term::Variable(ours) = ours else { continue };
            let (theirs, ours) = (target.variables.get(*theirs), written.rule.variables.get(*ours));
            let (Some(theirs), Some(ours)) = (theirs, ours) else { continue };
            if theirs.1 != ours.1 {
                let message = format!(
                    "this link is without effect: `{}` of `{}` is {}, `${}` is {}",
                    theirs.0,
                    link.rule,
                    theirs.1.name(),
                    ours.0,
                    ours.1.name()
                );
                out.push(written.say("link-without-effect", written.item("explains", n), message));
            }
        }
    }
}
