//! One rule, from its document to what it means.

use std::collections::BTreeSet;
use std::sync::Arc;

use miette::NamedSource;
use regex::Regex;

use super::load::WrittenLink;
use super::{
    About, Ask, Book, Finding, Link, Mistake, Pattern, Piece, Query, Rule, Says, Severity, Step,
    Template, Term, Variable, View,
};
use crate::fact::vocabulary::{log, object};
use crate::fact::{Column, Comparison, Filling, Relation, RelationId, Type, Value, duration};
use crate::text::yaml::{self, Kind as NodeKind};
use crate::text::{LineIndex, Span, nearest};

/// Of rules, texts of their own are kept.
type Node = yaml::Node<'static>;
type Key = yaml::Key<'static>;

/// What a document is a rule for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Finding,
    Fact,
}

/// Keys of a rule that finds something.
pub(super) const FINDING_KEYS: [&str; 9] =
    ["id", "title", "severity", "symptom", "when", "about", "explains", "fix", "references"];
/// Keys of a rule that derives a fact.
pub(super) const FACT_KEYS: [&str; 5] = ["id", "fact", "doc", "when", "give"];
/// Keys of a step that are no relation.
pub(super) const STEP_KEYS: [&str; 8] =
    ["none", "count", "check", "at_least", "at_most", "of", "note", "unknown"];

/// A variable while its rule is read.
struct Known {
    name: String,
    as_type: Type,
    /// Bound by a step that asks for a row.
    bound: bool,
    /// The step inside whose `none` or `count` it stands for anything.
    local: Option<usize>,
    /// Whether it stands in something that is a mistake already, so that nothing more is said of it.
    excused: bool,
    uses: Vec<Span>,
}

pub(super) struct Parser<'a> {
    source: &'a Arc<NamedSource<String>>,
    lines: LineIndex,
    area: &'a str,
    book: &'a mut Book,
    variables: Vec<Known>,
    step: usize,
    /// Whether there are no steps at all, which is told once, and not for each variable.
    stepless: bool,
    /// Names that were proposed for others: to say more of them would be to say it twice.
    proposed: BTreeSet<String>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) links: Vec<WrittenLink>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(
        source: &'a Arc<NamedSource<String>>,
        area: &'a str,
        book: &'a mut Book,
    ) -> Self {
        let (variables, mistakes, links) = (vec![], vec![], vec![]);
        let proposed = BTreeSet::new();
        let lines = LineIndex::new(source.inner().as_bytes());
        Self {
            source,
            lines,
            area,
            book,
            variables,
            step: 0,
            stepless: false,
            proposed,
            mistakes,
            links,
        }
    }

    fn mistake(&mut self, span: Span, message: impl Into<String>) -> &mut Mistake {
        self.mistakes.push(Mistake::new(self.source, span, message.into()));
        self.mistakes.last_mut().expect("it was just pushed")
    }

    fn helped(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let mistake = Mistake::new(self.source, span, message.into()).help(help);
        self.mistakes.push(mistake);
    }

    /// Reads a rule. `None`, or a rule that is not complete, leaves mistakes behind.
    pub(super) fn rule(&mut self, node: &Node, kind: Kind) -> Option<Rule> {
        if node.entries().is_empty() {
            self.mistake(node.span, format!("a rule is a mapping, this is {}", node.what()));
            return None;
        }
        let keys: &[&str] = if kind == Kind::Fact { &FACT_KEYS } else { &FINDING_KEYS };
        self.only(node, keys, "a rule");
        let id = self.id(node, kind);
        let body = self.body(node);
        let says = match kind {
            Kind::Finding => self.finding(node, &id).map(Says::Finding),
            Kind::Fact => self.fact(node),
        };
        self.check_uses();
        let variables =
            self.variables.iter().map(|known| (known.name.clone(), known.as_type)).collect();
        let (area, file) = (self.area.to_string(), self.source.name().to_string());
        Some(Rule { id, area, file, variables, body, says: says? })
    }

    /// Every key is one that is known here, and stands once.
    fn only(&mut self, node: &Node, keys: &[&str], of: &str) {
        for (n, (key, _)) in node.entries().iter().enumerate() {
            if !keys.contains(&&*key.text) {
                let help = nearest(&key.text, keys.iter().copied());
                self.proposed.extend(help.map(str::to_string));
                let help = help.map_or_else(
                    || format!("the keys of {of} are {}", keys.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.helped(key.span, format!("{of} has no key `{}`", key.text), Some(help));
            } else if node.entries()[..n].iter().any(|(other, _)| other.text == key.text) {
                self.mistake(key.span, format!("`{}` stands twice", key.text));
            }
        }
    }

    fn required<'n>(&mut self, node: &'n Node, key: &str, of: &str) -> Option<&'n Node> {
        let found = node.field(key);
        if found.is_none() && !self.proposed.contains(key) {
            let start = node.span.start;
            self.mistake(Span { start, end: start + 1 }, format!("{of} needs `{key}`"));
        }
        found
    }

    fn id(&mut self, node: &Node, kind: Kind) -> String {
        let key = if kind == Kind::Fact && node.field("id").is_none() { "fact" } else { "id" };
        let Some(id) = self.required(node, key, "a rule") else { return String::new() };
        let text = id.text().unwrap_or_default().to_string();
        let ok = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || (key == "fact" && c == '_')
        };
        if text.is_empty() || !text.chars().all(ok) {
            self.mistake(id.span, "an id is lower-case words joined by `-`");
        }
        text
    }

    fn body(&mut self, node: &Node) -> Vec<Step> {
        let Some(when) = self.required(node, "when", "a rule") else {
            self.stepless = true;
            return vec![];
        };
        if when.items().is_empty() {
            self.mistake(when.span, "`when` is a list of steps");
        }
        let mut steps = Vec::new();
        for (n, item) in when.items().iter().enumerate() {
            self.step = n;
            steps.extend(self.step(item));
        }
        // A step that is a mistake may have been the one.
        let whole = steps.len() == when.items().len();
        if whole && !steps.is_empty() && !steps.iter().any(|s| matches!(s.ask, Ask::Some(_))) {
            self.mistake(
                when.span,
                "no step asks for anything to be there: a rule rests on a present fact",
            );
        }
        steps
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let note = node.field("note").and_then(Node::text).map(Arc::from);
        let keys: Vec<&str> = node.entries().iter().map(|(key, _)| &*key.text).collect();
        let asks: Vec<&(Key, Node)> = node
            .entries()
            .iter()
            .filter(|(key, _)| {
                !["at_least", "at_most", "of", "note", "unknown"].contains(&&*key.text)
            })
            .collect();
        let [(key, value)] = asks[..] else {
            let message = match asks.len() {
                0 => "a step asks something: a relation, `none`, `count` or `check`".to_string(),
                _ => format!("a step asks one thing, this one asks {}", asks.len()),
            };
            self.mistake(node.span, message);
            return None;
        };
        if &*key.text != "count"
            && let Some(key) = node
                .entries()
                .iter()
                .find(|(k, _)| ["at_least", "at_most", "of"].contains(&&*k.text))
        {
            self.mistake(key.0.span, format!("`{}` belongs to `count`", key.0.text));
        }
        let ask = match &*key.text {
            "check" => self.check(value)?,
            "none" => Ask::None(self.nested(value)?),
            "count" => self.count(node, value, &keys)?,
            _ => Ask::Some(self.query(key, value, true)?),
        };
        let line = self.lines.locate(node.span).0;
        let written = Span { start: key.span.start, end: value.span.end }.of(self.source.inner());
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        let closed = self.closed(node, &ask);
        Some(Step { ask, closed, note, written, line })
    }

    /// `unknown: absent`: what was not captured counts as absent, for this step alone.
    fn closed(&mut self, step: &Node, ask: &Ask) -> bool {
        let Some(node) = step.field("unknown") else { return false };
        if node.text() != Some("absent") {
            self.mistake(node.span, "`unknown` can only be `absent`");
        } else if !matches!(ask, Ask::Some(_) | Ask::None(_)) {
            self.mistake(node.span, "`unknown: absent` belongs to a relation or `none`");
        }
        true
    }

    /// The single relation inside `none` and `count`.
    fn nested(&mut self, node: &Node) -> Option<Query> {
        let [(key, value)] = node.entries() else {
            self.mistake(node.span, "this asks for rows of one relation");
            return None;
        };
        self.query(key, value, false)
    }

    fn count(&mut self, step: &Node, value: &Node, keys: &[&str]) -> Option<Ask> {
        let query = self.nested(value)?;
        let mut limit = |key: &str| {
            let node = step.field(key)?;
            let n = node.int().and_then(|n| usize::try_from(n).ok());
            if n.is_none() {
                self.mistake(node.span, format!("`{key}` is a whole number"));
            }
            n
        };
        let (at_least, at_most) = (limit("at_least"), limit("at_most"));
        if !keys.contains(&"at_least") && !keys.contains(&"at_most") {
            self.mistake(step.span, "`count` needs `at_least` or `at_most`");
        }
        let of = step.field("of").and_then(|node| {
            let name =
                node.text().and_then(|text| text.strip_prefix('$')).unwrap_or_default().to_string();
            let found = self
                .variables
                .iter()
                .position(|known| known.name == name && known.local == Some(self.step));
            if found.is_none() {
                self.mistake(node.span, "`of` names a variable of the counted rows");
            }
            if let Some(found) = found {
                self.variables[found].uses.push(node.span);
            }
            found
        });
        Some(Ask::Count { query, of, at_least, at_most })
    }

    fn query(&mut self, key: &Key, value: &Node, binds: bool) -> Option<Query> {
        if &*key.text == "object" {
            return self.view(key, value, binds);
        }
        let Some(relation) = self.book.catalog.id(&key.text) else {
            let mut names: Vec<&str> = self.book.catalog.names().collect();
            names.extend(STEP_KEYS);
            let help = nearest(&key.text, names).map(|near| format!("did you mean `{near}`?"));
            let help =
                help.or(Some("`unready facts --help` tells how to list the relations".to_string()));
            self.helped(key.span, format!("there is no relation `{}`", key.text), help);
            value.entries().iter().for_each(|(_, wanted)| self.excuse(wanted));
            return None;
        };
        let declared = self.book.catalog.relation(relation).clone();
        let mut columns = Vec::new();
        for (name, wanted) in value.entries() {
            let Some(column) = declared.column(&name.text) else {
                let names = declared.columns.iter().map(|column| column.name.as_ref());
                let help = match nearest(&name.text, names.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its columns are {}", names.collect::<Vec<_>>().join(", ")),
                };
                self.helped(
                    name.span,
                    format!("relation `{}` has no column `{}`", key.text, name.text),
                    Some(help),
                );
                self.excuse(wanted);
                continue;
            };
            let as_type = declared.columns[column].as_type;
            if let Some(pattern) = self.pattern(wanted, as_type, binds) {
                columns.push((column, pattern));
            }
        }
        if !matches!(value.kind, NodeKind::Map(_)) {
            self.mistake(value.span, format!("`{}` is followed by a mapping of columns", key.text));
        }
        self.inputs(key, &declared, &columns);
        let text =
            columns.iter().any(|(c, p)| *c == log::text && matches!(p, Pattern::Match { .. }));
        if relation == log::ID && !text {
            self.mistake(
                key.span,
                "a step over logs needs `text: /pattern/`: nothing else of a log is kept",
            );
        }
        Some(Query { relation, columns })
    }

    /// Columns that a computed relation must know before it is asked.
    fn inputs(&mut self, key: &Key, declared: &Relation, columns: &[(usize, Pattern)]) {
        let Filling::Computed { inputs, .. } = declared.filling else { return };
        for input in inputs {
            let column = declared.column(input);
            let given = columns.iter().any(|(c, pattern)| {
                Some(*c) == column
                    && match pattern {
                        Pattern::OneOf(values) => values.len() == 1,
                        Pattern::Variable(variable) => {
                            self.variables[*variable].bound
                                && self.variables[*variable].uses.len() > 1
                        }
                        _ => false,
                    }
            });
            if !given {
                let message = format!("`{}` must know `{input}` before it is asked", key.text);
                self.mistake(key.span, message);
            }
        }
    }

    /// A step over fields of objects, as a view of its own.
    fn view(&mut self, key: &Key, value: &Node, binds: bool) -> Option<Query> {
        let Some(kind) = value.field("kind").and_then(Node::text) else {
            self.mistake(key.span, "`object` needs `kind`, stated literally");
            return None;
        };
        let paths: Vec<&str> = value
            .entries()
            .iter()
            .map(|(name, _)| &*name.text)
            .filter(|name| !["kind", "namespace", "name"].contains(name))
            .collect();
        let relation = self.add_view(kind, &paths);
        let width = object::RELATION.columns.len();
        let mut columns = Vec::new();
        for (name, wanted) in value.entries() {
            let column = object::RELATION.column(&name.text);
            let column = column
                .or_else(|| Some(width + paths.iter().position(|path| **path == *name.text)?));
            if let (Some(column), Some(pattern)) = (column, self.pattern(wanted, Type::Text, binds))
            {
                columns.push((column, pattern));
            }
        }
        Some(Query { relation, columns })
    }

    fn add_view(&mut self, kind: &str, paths: &[&str]) -> RelationId {
        let name = format!("object {kind}({})", paths.join(", "));
        if let Some(known) = self.book.catalog.id(&name) {
            return known;
        }
        let mut columns = object::RELATION.columns.to_vec();
        columns.extend(paths.iter().map(|path| Column {
            name: path.to_string().into(),
            as_type: Type::Text,
            doc: format!("`{path}` of a {kind}").into(),
        }));
        let relation = self.book.catalog.add(Relation {
            name: name.into(),
            doc: format!("Fields of objects of kind {kind}.").into(),
            columns: columns.into(),
            key: &[],
            capture: format!("the objects of kind {kind}").into(),
            command: format!("kubectl get {} -A -o yaml", kind.to_lowercase()).into(),
            filling: Filling::View,
        });
        let paths = paths.iter().map(ToString::to_string).collect();
        self.book.views.push(View { relation, kind: kind.to_string(), paths });
        relation
    }

    /// A variable in a place that is a mistake counts as bound, so that one slip is told once.
    fn excuse(&mut self, node: &Node) {
        let Some(name) = node.text().and_then(|text| text.strip_prefix('$')) else { return };
        match self.variables.iter_mut().find(|known| known.name == name) {
            Some(known) => (known.excused, known.bound) = (true, true),
            None => {
                let (name, as_type) = (name.to_string(), Type::Text);
                let uses = vec![node.span];
                self.variables.push(Known {
                    name,
                    as_type,
                    bound: true,
                    local: None,
                    excused: true,
                    uses,
                });
            }
        }
    }

    fn pattern(&mut self, node: &Node, as_type: Type, binds: bool) -> Option<Pattern> {
        if let NodeKind::Seq(items) = &node.kind {
            let values = items.iter().filter_map(|item| self.literal(item, as_type)).collect();
            return Some(Pattern::OneOf(values));
        }
        if node.kind == NodeKind::Null {
            return Some(Pattern::Absent);
        }
        match node.text() {
            Some("$_") => Some(Pattern::Present),
            Some(text) if text.starts_with('$') => {
                let variable = self.variable(&text[1..], node.span, as_type, binds)?;
                Some(Pattern::Variable(variable))
            }
            Some(text) if text.len() > 1 && text.starts_with('/') && text.ends_with('/') => {
                self.regex(&text[1..text.len() - 1], node.span, as_type, binds)
            }
            _ => Some(Pattern::OneOf(vec![self.literal(node, as_type)?])),
        }
    }

    fn literal(&mut self, node: &Node, as_type: Type) -> Option<Value> {
        let Some(text) = node.scalar() else {
            self.mistake(node.span, format!("a value is expected here, this is {}", node.what()));
            return None;
        };
        match as_type.parse(&text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.mistake(node.span, refusal);
                None
            }
        }
    }

    fn regex(&mut self, pattern: &str, span: Span, as_type: Type, binds: bool) -> Option<Pattern> {
        if matches!(as_type, Type::Int | Type::Bool) {
            self.mistake(
                span,
                format!("a pattern matches text, this column is {}", as_type.name()),
            );
            return None;
        }
        match Regex::new(pattern) {
            Ok(regex) => {
                let names: Vec<String> =
                    regex.capture_names().flatten().map(str::to_string).collect();
                let mut groups = Vec::new();
                for name in names {
                    let variable = self.variable(&name, span, Type::Text, binds)?;
                    groups.push((name, variable));
                }
                Some(Pattern::Match { regex, groups })
            }
            Err(error) => {
                let reason = error.to_string();
                let reason = reason
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_string();
                let mistake =
                    Mistake::new(self.source, span, "the pattern is malformed".to_string())
                        .label(reason);
                self.mistakes.push(mistake);
                None
            }
        }
    }

    /// A variable in a column: bound there if it is not yet.
    fn variable(&mut self, name: &str, span: Span, as_type: Type, binds: bool) -> Option<Variable> {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(word) || name == "_" {
            self.mistake(span, "a variable is `$` and a lower-case word");
            return None;
        }
        let step = self.step;
        let Some(at) = self.variables.iter().position(|known| known.name == name) else {
            let local = (!binds).then_some(step);
            let name = name.to_string();
            self.variables.push(Known {
                name,
                as_type,
                bound: binds,
                local,
                excused: false,
                uses: vec![span],
            });
            return Some(self.variables.len() - 1);
        };
        let known = &mut self.variables[at];
        known.uses.push(span);
        let (had, bound, local) = (known.as_type, known.bound, known.local);
        if !bound && local != Some(step) {
            self.mistake(
                span,
                format!("`${name}` stands for anything inside an earlier `none` or `count`"),
            );
        }
        let kind = |t: Type| match t {
            Type::Int | Type::Bool => t,
            _ => Type::Text,
        };
        if self.variables[at].excused {
            self.variables[at].as_type = as_type;
        } else if kind(had) != kind(as_type) {
            let message = format!("`${name}` is {}, this column is {}", had.name(), as_type.name());
            self.mistake(span, message);
        } else if had == Type::Text {
            self.variables[at].as_type = as_type;
        }
        Some(at)
    }

    /// A variable where its value is needed.
    fn used(&mut self, name: &str, span: Span) -> Option<Variable> {
        let found = self.variables.iter().position(|known| known.name == name);
        if let Some(at) = found.filter(|at| self.variables[*at].bound) {
            self.variables[at].uses.push(span);
            return Some(at);
        }
        if self.stepless {
            return None;
        }
        let names =
            self.variables.iter().filter(|known| known.bound).map(|known| known.name.as_str());
        let near = nearest(name, names).map(str::to_string);
        self.proposed.extend(near.clone());
        let help = near.map(|near| format!("did you mean `${near}`?"));
        self.helped(span, format!("no step has bound `${name}`"), help);
        None
    }

    /// `$a != $b`, `$a in 10.0.0.0/8`, `$t within 5m of $u`, `$q < 100Mi as quantity`.
    fn check(&mut self, node: &Node) -> Option<Ask> {
        let text = node.text().unwrap_or_default().to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        let (words, stated) = match words[..] {
            [.., "as", name] => match self.type_named(name) {
                Some(as_type) => (&words[..words.len() - 2], Some(as_type)),
                None => {
                    self.mistake(node.span, format!("there is no type `{name}`"));
                    return None;
                }
            },
            _ => (&words[..], None),
        };
        let (left, how, right) = match *words {
            [left, "within", most, "of", right] => match duration(most) {
                Some(most) => (left, Comparison::Within(most), right),
                None => {
                    self.mistake(node.span, format!("`{most}` is no duration"));
                    return None;
                }
            },
            [left, "not", "in", right] => (left, Comparison::NotIn, right),
            [left, how, right] if operator(how).is_some() => {
                (left, operator(how).expect("just checked"), right)
            }
            _ => {
                let help =
                    "`$a == $b`, also != < <= > >=, `in`, `not in`, `within 5m of`".to_string();
                self.helped(node.span, "a check compares two values", Some(help));
                return None;
            }
        };
        let variable = |word: &str| word.strip_prefix('$').map(str::to_string);
        let types: Vec<Type> = [left, right]
            .iter()
            .filter_map(|word| variable(word))
            .filter_map(|name| self.variables.iter().find(|known| known.name == name))
            .map(|known| known.as_type)
            .collect();
        let inferred = match (how, &types[..]) {
            (Comparison::Within(_), _) => Type::Time,
            (_, []) => {
                match [left, right].into_iter().find_map(variable) {
                    Some(name) => drop(self.used(&name, node.span)),
                    None => drop(self.mistake(node.span, "a check needs a variable")),
                }
                return None;
            }
            (_, types) => types.iter().copied().find(|t| *t != Type::Text).unwrap_or(Type::Text),
        };
        let as_type = stated.unwrap_or(inferred);
        let mut term = |word: &str, literal: Type| match variable(word) {
            Some(name) => self.used(&name, node.span).map(Term::Variable),
            None => match literal.parse(word) {
                Ok(value) => Some(Term::Value(value)),
                Err(refusal) => {
                    self.mistake(node.span, refusal);
                    None
                }
            },
        };
        let literal =
            if matches!(how, Comparison::In | Comparison::NotIn) { Type::Text } else { as_type };
        let (left, right) = (term(left, as_type), term(right, literal));
        if matches!(how, Comparison::Within(_))
            && types.iter().any(|t| !matches!(t, Type::Time | Type::Text))
        {
            self.mistake(node.span, "`within` compares times");
        }
        Some(Ask::Check { left: left?, how, right: right?, as_type })
    }

    fn type_named(&self, name: &str) -> Option<Type> {
        use Type::{Address, Bool, Duration, Int, Quantity, Text, Time, Version};
        [Text, Int, Bool, Address, Quantity, Duration, Version, Time]
            .into_iter()
            .find(|t| t.name() == name)
    }

    fn finding(&mut self, node: &Node, id: &str) -> Option<Finding> {
        let title = self.required(node, "title", "a rule").and_then(|node| self.template(node));
        let severity = self.severity(node);
        let symptom = node.field("symptom").map(|node| {
            if node.bool().is_none() {
                self.mistake(node.span, "`symptom` is true or false");
            }
            node.bool() == Some(true)
        });
        let about = self.about(node);
        let explains = self.explains(node, id);
        let fix = node.field("fix").and_then(|node| self.template(node));
        let references = node.field("references").map_or(&[][..], Node::items);
        for reference in references {
            if !reference.text().is_some_and(|text| text.starts_with("https://")) {
                self.mistake(reference.span, "a reference is an address that begins with https://");
            }
        }
        let references = references.iter().filter_map(Node::text).map(str::to_string).collect();
        let symptom = symptom.unwrap_or(false);
        Some(Finding {
            title: title?,
            severity: severity?,
            symptom,
            about: about?,
            explains,
            fix,
            references,
        })
    }

    fn severity(&mut self, node: &Node) -> Option<Severity> {
        let node = self.required(node, "severity", "a rule")?;
        let found = Severity::ALL.into_iter().find(|s| node.text() == Some(s.name()));
        if found.is_none() {
            let names = Severity::ALL.map(Severity::name).join(", ");
            self.helped(node.span, "this is no severity", Some(format!("one of {names}")));
        }
        found
    }

    fn about(&mut self, node: &Node) -> Option<About> {
        let about = self.required(node, "about", "a rule")?;
        self.only(about, &["kind", "namespace", "name"], "`about`");
        let kind = self.required(about, "kind", "`about`").and_then(|node| self.term(node));
        let name = self.required(about, "name", "`about`").and_then(|node| self.term(node));
        let namespace = about.field("namespace").map(|node| self.term(node));
        Some(About { kind: kind?, namespace: namespace.flatten(), name: name? })
    }

    fn term(&mut self, node: &Node) -> Option<Term> {
        match node.text().and_then(|text| text.strip_prefix('$')) {
            Some(name) => self.used(name, node.span).map(Term::Variable),
            None => match node.scalar() {
                Some(text) => Some(Term::Value(Value::from(text))),
                None => {
                    self.mistake(node.span, "a value or a variable is expected here");
                    None
                }
            },
        }
    }

    fn explains(&mut self, node: &Node, id: &str) -> Vec<Link> {
        let mut links = Vec::new();
        for item in node.field("explains").map_or(&[][..], Node::items) {
            let [(rule, variables)] = item.entries() else {
                self.mistake(item.span, "a link is `rule-id: {its variable: $mine}`");
                continue;
            };
            let mut terms = Vec::new();
            let mut names = Vec::new();
            for (name, value) in variables.entries() {
                if let Some(term) = self.term(value) {
                    terms.push((0, term));
                    names.push((name.text.to_string(), name.span));
                }
            }
            let (from, index) = (id.to_string(), links.len());
            let rule_id = rule.text.to_string();
            self.links.push(WrittenLink {
                index,
                from,
                rule: rule_id.clone(),
                span: rule.span,
                variables: names,
            });
            links.push(Link { rule: rule_id, variables: terms });
        }
        links
    }

    fn fact(&mut self, node: &Node) -> Option<Says> {
        let name = node.field("fact").and_then(Node::text)?.to_string();
        let give = self.required(node, "give", "a rule for facts")?;
        let mut terms = Vec::new();
        for (column, value) in give.entries() {
            // A column whose value is a mistake is a column still, for the rules that ask it.
            let term = self.term(value);
            let as_type = match &term {
                Some(Term::Variable(variable)) => self.variables[*variable].as_type,
                _ => Type::Text,
            };
            terms.push((column, as_type, term.unwrap_or(Term::Value(Value::Bool(false)))));
        }
        let columns = |terms: &[(&Key, Type, Term)]| -> Vec<Column> {
            let column = |(key, as_type, _): &(&Key, Type, Term)| Column {
                name: key.text.to_string().into(),
                as_type: *as_type,
                doc: String::new().into(),
            };
            terms.iter().map(column).collect()
        };
        let doc = node.field("doc").and_then(Node::text).unwrap_or_default().to_string();
        let relation = self.book.catalog.add(Relation {
            name: name.clone().into(),
            doc: doc.into(),
            columns: columns(&terms).into(),
            key: &[],
            capture: "".into(),
            command: "".into(),
            filling: Filling::Derived,
        });
        let declared = self.book.catalog.relation(relation).clone();
        if !matches!(declared.filling, Filling::Derived) {
            self.mistake(node.field("fact")?.span, format!("captures fill `{name}`, no rule may"));
            return None;
        }
        let mut ordered = Vec::new();
        for column in declared.columns.iter() {
            match terms.iter().find(|(key, ..)| *key.text == *column.name) {
                Some((.., term)) => ordered.push(term.clone()),
                None => {
                    self.mistake(
                        give.span,
                        format!("other rules for `{name}` give `{}` as well", column.name),
                    );
                }
            }
        }
        for (key, ..) in &terms {
            if declared.column(&key.text).is_none() {
                self.mistake(
                    key.span,
                    format!("other rules for `{name}` do not give `{}`", key.text),
                );
            }
        }
        (ordered.len() == declared.columns.len()).then_some(Says::Fact { relation, give: ordered })
    }

    fn template(&mut self, node: &Node) -> Option<Template> {
        let Some(text) = node.text() else {
            self.mistake(node.span, format!("text is expected here, this is {}", node.what()));
            return None;
        };
        let text = text.trim_end().to_string();
        let mut pieces = vec![Piece::Text(String::new())];
        let mut push = |piece: Piece| match (pieces.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(more)) => last.push_str(&more),
            (_, piece) => pieces.push(piece),
        };
        let mut rest = text.as_str();
        while let Some(at) = rest.find('$') {
            push(Piece::Text(rest[..at].to_string()));
            let after = &rest[at + 1..];
            let end =
                after.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            let name = &after[..end.unwrap_or(after.len())];
            if let Some(escaped) = after.strip_prefix('$') {
                push(Piece::Text("$".to_string()));
                rest = escaped;
            } else if name.is_empty() {
                push(Piece::Text("$".to_string()));
                rest = after;
            } else {
                push(Piece::Variable(self.used(name, node.span)?));
                rest = &after[name.len()..];
            }
        }
        push(Piece::Text(rest.to_string()));
        Some(Template(pieces))
    }

    /// A variable that stands in one place only joins nothing: most often it is a slip of the pen.
    fn check_uses(&mut self) {
        for at in 0..self.variables.len() {
            let (name, span) = (self.variables[at].name.clone(), self.variables[at].uses[0]);
            let excused = self.variables[at].excused || self.proposed.contains(&name);
            if self.variables[at].uses.len() == 1 && !excused {
                let others = self.variables.iter().filter(|known| known.name != name);
                let help = nearest(&name, others.map(|known| known.name.as_str()));
                let help = help.map_or_else(
                    || "write `$_` for any value".to_string(),
                    |near| format!("did you mean `${near}`? For any value write `$_`"),
                );
                self.helped(span, format!("`${name}` is used only once"), Some(help));
            }
        }
    }
}

fn operator(word: &str) -> Option<Comparison> {
    Some(match word {
        "==" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::More,
        ">=" => Comparison::AtLeast,
        "in" => Comparison::In,
        _ => return None,
    })
}
