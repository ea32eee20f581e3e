//! From files to a book: facts before the rules that use them, and all mistakes at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use miette::NamedSource;

use super::parse::{Kind, Parser};
use super::{Book, Mistake, Rule, Says};
use crate::fact::Catalog;
use crate::text::yaml::{self, Node};
use crate::text::{Span, nearest};

/// A file of rules.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Its path, for messages.
    pub path: String,
    /// The folder it stands in.
    pub area: String,
    /// Its text.
    pub text: String,
}

/// One document of a rule file, before it is checked.
struct Draft {
    source: Arc<NamedSource<String>>,
    area: String,
    node: Node<'static>,
}

/// Reads and checks all files. Rules may refer to each other across files.
///
/// # Errors
/// All mistakes of all files, by file and place.
pub fn load(files: &[RuleFile], catalog: Catalog) -> Result<Book, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let drafts = drafts(files, &mut mistakes);
    let mut book = Book { catalog, facts: vec![], findings: vec![], views: vec![] };
    let (facts, findings): (Vec<&Draft>, Vec<&Draft>) =
        drafts.iter().partition(|draft| draft.fact().is_some());
    let known_facts: BTreeSet<&str> = facts.iter().filter_map(|draft| draft.fact()).collect();
    for draft in ordered(&facts, &known_facts, &mut mistakes) {
        let rule = parse(draft, Kind::Fact, &mut book, &mut mistakes);
        book.facts.extend(rule);
    }
    let mut links = Vec::new();
    for draft in findings {
        let mut parser = Parser::new(&draft.source, &draft.area, &mut book);
        let rule = parser.rule(&draft.node, Kind::Finding);
        mistakes.append(&mut parser.mistakes);
        links.push((draft, std::mem::take(&mut parser.links)));
        book.findings.extend(rule);
    }
    book.findings.sort_by(|a, b| a.id.cmp(&b.id));
    twice(&book, &drafts, &mut mistakes);
    let circles = circles(&book);
    let ids: BTreeSet<&str> =
        drafts.iter().filter_map(|draft| draft.node.field("id").and_then(Node::text)).collect();
    for (draft, links) in links {
        for link in links {
            if circles.contains(&(link.from.clone(), link.rule.clone())) {
                let message = format!("`{}` explains itself by way of this link", link.from);
                mistakes.push(Mistake::new(&draft.source, link.span, message).label("leads back"));
            }
            check_link(&mut book, draft, &ids, link, &mut mistakes);
        }
    }
    mistakes.sort_by(|a, b| a.order().cmp(&b.order()));
    if mistakes.is_empty() { Ok(book) } else { Err(mistakes) }
}

fn parse(draft: &Draft, kind: Kind, book: &mut Book, mistakes: &mut Vec<Mistake>) -> Option<Rule> {
    let mut parser = Parser::new(&draft.source, &draft.area, book);
    let rule = parser.rule(&draft.node, kind);
    mistakes.append(&mut parser.mistakes);
    rule
}

fn drafts(files: &[RuleFile], mistakes: &mut Vec<Mistake>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for file in files {
        let source = Arc::new(NamedSource::new(&file.path, file.text.clone()));
        let (documents, broken) = yaml::documents(&file.text);
        if let Some(broken) = broken {
            let message = "this is no YAML".to_string();
            mistakes.push(Mistake::new(&source, broken.at, message).label(broken.reason));
            continue;
        }
        let area = &file.area;
        let draft = |node: Node<'_>| Draft {
            source: source.clone(),
            area: area.clone(),
            node: node.into_owned(),
        };
        drafts.extend(documents.into_iter().map(draft));
    }
    drafts
}

impl Draft {
    /// The relation that the rule derives, if it does.
    fn fact(&self) -> Option<&str> {
        self.node.field("fact").and_then(Node::text)
    }

    /// The names of the relations that its steps ask.
    fn asks(&self) -> Vec<&str> {
        let steps = self.node.field("when").map_or(&[][..], Node::items);
        let nested = steps.iter().flat_map(|step| ["none", "count"].map(|key| step.field(key)));
        steps
            .iter()
            .chain(nested.flatten())
            .flat_map(Node::entries)
            .map(|(key, _)| &*key.text)
            .collect()
    }
}

/// Rules for facts, each behind the rules for the facts that it asks. A circle is a mistake of all
/// rules in it.
fn ordered<'a>(
    facts: &[&'a Draft],
    known: &BTreeSet<&str>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<&'a Draft> {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for draft in facts {
        let Some(name) = draft.fact() else { continue };
        let asked = draft.asks().into_iter().filter(|asked| known.contains(asked));
        needs.entry(name).or_default().extend(asked);
    }
    let mut out: Vec<&Draft> = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let next =
            needs.iter().find(|(name, needs)| !done.contains(*name) && needs.is_subset(&done));
        let Some((name, _)) = next else { break };
        out.extend(facts.iter().copied().filter(|draft| draft.fact() == Some(name)));
        done.insert(name);
    }
    for draft in facts.iter().filter(|draft| draft.fact().is_some_and(|name| !done.contains(name)))
    {
        let span = draft.node.field("fact").map_or(draft.node.span, |node| node.span);
        let circle: Vec<&str> = needs.keys().copied().filter(|name| !done.contains(name)).collect();
        let message = format!("facts rest on each other in a circle: {}", circle.join(", "));
        mistakes.push(Mistake::new(&draft.source, span, message).label("derived from itself"));
    }
    out
}

/// Links that lead back to the rule that they start from.
fn circles(book: &Book) -> BTreeSet<(String, String)> {
    let targets = |rule: &Rule| -> Vec<String> {
        let links = rule.finding().map_or(&[][..], |finding| &finding.explains);
        links.iter().map(|link| link.rule.clone()).collect()
    };
    let links: BTreeMap<&str, Vec<String>> =
        book.findings.iter().map(|rule| (rule.id.as_str(), targets(rule))).collect();
    let leads_to = |from: &str, wanted: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            if next == wanted {
                return true;
            }
            if seen.insert(next) {
                open.extend(links.get(next).into_iter().flatten().map(String::as_str));
            }
        }
        false
    };
    let all = links.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, to)));
    all.filter(|(from, to)| leads_to(to, from))
        .map(|(from, to)| (from.to_string(), to.clone()))
        .collect()
}

/// Rules of one id: one mistake for all of them, at the last, with the places of the others.
fn twice(book: &Book, drafts: &[Draft], mistakes: &mut Vec<Mistake>) {
    let known: BTreeSet<&str> = book.findings.iter().map(|rule| rule.id.as_str()).collect();
    let mut called: BTreeMap<&str, Vec<(&Draft, Span)>> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.fact().is_none()) {
        let Some(node) = draft.node.field("id") else { continue };
        let Some(id) = node.text().filter(|id| known.contains(id)) else { continue };
        called.entry(id).or_default().push((draft, node.span));
    }
    for (id, places) in called {
        let Some(((last, span), others)) = places.split_last().filter(|(_, o)| !o.is_empty())
        else {
            continue;
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            others.iter().partition(|(draft, _)| draft.source.name() == last.source.name());
        let message = format!("two rules are called `{id}`");
        let mut mistake = Mistake::new(&last.source, *span, message);
        for (_, span) in here {
            mistake = mistake.also(span, "and here");
        }
        let elsewhere: Vec<&str> = elsewhere.iter().map(|(draft, _)| draft.source.name()).collect();
        let help = format!("the other one is in {}", elsewhere.join(" and "));
        mistakes.push(mistake.help((!elsewhere.is_empty()).then_some(help)));
    }
}

/// A link as written, to be checked when all rules are known.
pub(super) struct WrittenLink {
    /// Position among the links of its rule.
    pub(super) index: usize,
    pub(super) from: String,
    pub(super) rule: String,
    pub(super) span: Span,
    /// Names of the other rule's variables, with their places.
    pub(super) variables: Vec<(String, Span)>,
}

fn check_link(
    book: &mut Book,
    draft: &Draft,
    ids: &BTreeSet<&str>,
    link: WrittenLink,
    mistakes: &mut Vec<Mistake>,
) {
    let Some(target) = book.findings.iter().find(|rule| rule.id == link.rule) else {
        // A rule that is there and has mistakes of its own is told for those.
        if !ids.contains(link.rule.as_str()) {
            let message = format!("there is no rule `{}`", link.rule);
            let help = nearest(&link.rule, ids.iter().copied());
            let help = help.map(|near| format!("did you mean `{near}`?"));
            let mistake = Mistake::new(&draft.source, link.span, message);
            mistakes.push(mistake.label("explained here").help(help));
        }
        return;
    };
    let mut resolved = Vec::new();
    for (name, span) in &link.variables {
        match target.variables.iter().position(|(known, _)| known == name) {
            Some(variable) => resolved.push(variable),
            None => {
                let message = format!("rule `{}` has no variable `{name}`", link.rule);
                let names = target.variables.iter().map(|(name, _)| name.as_str());
                let help = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
                mistakes.push(Mistake::new(&draft.source, *span, message).help(help));
            }
        }
    }
    if resolved.len() != link.variables.len() {
        return;
    }
    let Some(rule) = book.findings.iter_mut().find(|rule| rule.id == link.from) else { return };
    // Of two rules with one id, which is a mistake of its own, the other may have fewer links.
    if let Says::Finding(finding) = &mut rule.says
        && let Some(written) = finding.explains.get_mut(link.index)
    {
        for (slot, variable) in written.variables.iter_mut().zip(resolved) {
            slot.0 = variable;
        }
    }
}
