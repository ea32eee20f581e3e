//! What a report says.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::cause::{self, Causes};
use crate::fact::{Basis, Facts, Proof, Value};
use crate::format::FileReport;
use crate::rule::Book;
use crate::solve::{self, Because};
use crate::text::{self, FileId, Place, printable};

/// A diagnosis of one bundle.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Always `unready/report/v1`.
    pub schema: String,
    /// The bundle's name.
    pub bundle: String,
    /// Root causes, in rank order: proven ones first.
    pub diagnoses: Vec<Diagnosis>,
    /// Symptoms that no diagnosis explains.
    pub unexplained: Vec<Unexplained>,
    /// Captures that would settle suspicions, those first that settle most.
    pub collect: Vec<Collect>,
    /// What is wrong with the captures.
    pub issues: Vec<Issue>,
    /// What was read and searched.
    pub coverage: Coverage,
}

/// A root cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// Position in the order of rank, from 1.
    pub rank: usize,
    /// What the rank stands on, beside the verdict and the severity.
    pub weight: Weight,
    /// The cluster in which it was found, if the bundle holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The rule's id, which states the fault.
    pub rule: String,
    /// Whether it is proven.
    pub verdict: Verdict,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// The fault in one line.
    pub title: String,
    /// The object to repair, or the one of several whose evidence is shown.
    pub subject: Subject,
    /// All objects to repair, the shown one first.
    pub subjects: Vec<Subject>,
    /// What follows from it, nearest first.
    pub explains: Vec<Consequence>,
    /// What the cause itself rests on.
    pub evidence: Vec<Evidence>,
    /// Captures that would settle it; empty if it is proven.
    pub missing: Vec<Capture>,
    /// What to do, with commands.
    pub fix: Option<String>,
    /// Upstream documentation.
    pub references: Vec<String>,
    /// Other causes that could have explained the same, and what became of them.
    pub ruled_out: Vec<Alternative>,
}

/// What the rank of a diagnosis stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Weight {
    /// How much of what was found follows from it.
    pub covers: usize,
    /// How much of that follows from no diagnosis above it.
    pub covers_alone: usize,
}

/// Whether a cause is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that the rule asks for was seen.
    Found,
    /// Nothing speaks against it, but a capture is missing.
    Suspected,
}

/// A Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Subject {
    /// Its kind.
    pub kind: String,
    /// Its namespace, if it has one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// What follows from a cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Consequence {
    /// The id of the rule that found it.
    pub rule: String,
    /// The symptom in one line.
    pub title: String,
    /// How many objects show it.
    pub count: usize,
    /// Steps from the cause.
    pub depth: usize,
    /// The objects that show it.
    pub subjects: Vec<Subject>,
    /// What one of them rests on.
    pub evidence: Vec<Evidence>,
}

/// A symptom without a cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Unexplained {
    /// The cluster in which it was found, if the bundle holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The id of the rule that found it.
    pub rule: String,
    /// The symptom in one line.
    pub title: String,
    /// How many objects show it.
    pub count: usize,
    /// The objects that show it.
    pub subjects: Vec<Subject>,
    /// What one of them rests on.
    pub evidence: Vec<Evidence>,
}

/// Something that a claim rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The file, through archives with `!`; none for what is concluded from others.
    pub file: Option<String>,
    /// The line, from 1; none where files were searched in vain.
    pub line: Option<u32>,
    /// The line's text, cut around what matters.
    pub text: Option<String>,
    /// The bytes of `text` that matter, end exclusive.
    pub mark: Option<(usize, usize)>,
    /// What it shows.
    pub note: String,
}

/// A capture to ask for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Capture {
    /// What it is.
    pub capture: String,
    /// The command that takes it.
    pub command: String,
}

/// A capture to ask for, and what it settles.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Collect {
    /// What it is.
    pub capture: String,
    /// The command that takes it.
    pub command: String,
    /// The ids of the rules that it settles.
    pub settles: Vec<String>,
}

/// Another cause of the same symptoms, which is not reported.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alternative {
    /// The rule's id.
    pub rule: String,
    /// Whether it is refuted; otherwise it could not be checked.
    pub refuted: bool,
    /// Why.
    pub reason: String,
    /// The line that refutes it, if one does.
    pub evidence: Option<Evidence>,
}

/// Something wrong with a capture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Issue {
    /// The file.
    pub file: String,
    /// The line, if it has one.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// What was read and searched.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Coverage {
    /// Files that were read.
    pub read: usize,
    /// Files that were not.
    pub unread: usize,
    /// What the captures filled.
    pub relations: Vec<RelationCoverage>,
}

/// What the captures show of one relation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RelationCoverage {
    /// Its name.
    pub relation: String,
    /// How many rows there are.
    pub rows: usize,
    /// How many files show some scope of it in full.
    pub searched: usize,
}

/// Puts the reports on the clusters of a bundle together: what is proven in any of them first.
pub fn joined(bundle: &str, reports: Vec<Report>) -> Report {
    let mut whole = Report {
        schema: SCHEMA.to_string(),
        bundle: printable(bundle),
        diagnoses: vec![],
        unexplained: vec![],
        collect: vec![],
        issues: vec![],
        coverage: Coverage { read: 0, unread: 0, relations: vec![] },
    };
    for report in reports {
        whole.diagnoses.extend(report.diagnoses);
        whole.unexplained.extend(report.unexplained);
        whole.collect.extend(report.collect);
        whole.issues.extend(report.issues);
        whole.coverage.add(report.coverage);
    }
    whole.diagnoses.sort_by_key(|d| (d.verdict == Verdict::Suspected, d.rank));
    for (n, diagnosis) in whole.diagnoses.iter_mut().enumerate() {
        diagnosis.rank = n + 1;
    }
    whole
}

impl Coverage {
    fn add(&mut self, other: Coverage) {
        self.read += other.read;
        self.unread += other.unread;
        for more in other.relations {
            match self.relations.iter_mut().find(|known| known.relation == more.relation) {
                Some(known) => {
                    known.rows += more.rows;
                    known.searched += more.searched;
                }
                None => self.relations.push(more),
            }
        }
    }
}

/// Puts the report on one cluster together.
pub fn report(
    cluster: Option<&str>,
    book: &Book,
    facts: &Facts,
    causes: &Causes,
    issues: &[text::Issue],
    files: &[FileReport],
) -> Report {
    let cluster = cluster.map(printable);
    let teller = Teller { book, facts, cluster };
    Report {
        schema: SCHEMA.to_string(),
        bundle: String::new(),
        diagnoses: causes
            .diagnoses
            .iter()
            .enumerate()
            .map(|(n, d)| teller.diagnosis(n + 1, d))
            .collect(),
        unexplained: causes.unexplained.iter().map(|c| teller.unexplained(c)).collect(),
        collect: causes.collect.iter().map(|(ask, rules)| teller.collect(ask, rules)).collect(),
        issues: issues.iter().map(issue).collect(),
        coverage: teller.coverage(files),
    }
}

fn issue(issue: &text::Issue) -> Issue {
    Issue { file: printable(&issue.file), line: issue.line, message: printable(&issue.message) }
}

struct Teller<'a> {
    book: &'a Book,
    facts: &'a Facts,
    /// Its name, if the bundle holds several.
    cluster: Option<String>,
}

impl Teller<'_> {
    fn id(&self, rule: usize) -> String {
        self.book.findings[rule].id.clone()
    }

    fn diagnosis(&self, rank: usize, said: &cause::Diagnosis) -> Diagnosis {
        let rule = &self.book.findings[said.rule];
        let explains: Vec<Consequence> =
            said.explains.iter().map(|c| self.consequence(c)).collect();
        let mut evidence = self.evidence(&said.evidence);
        if said.more > 0
            && let Some(first) = evidence.first_mut()
        {
            first.note = format!("{}; {} more alike", first.note, said.more);
        }
        Diagnosis {
            rank,
            weight: Weight { covers: said.weight.covers, covers_alone: said.weight.alone },
            cluster: self.cluster.clone(),
            rule: rule.id.clone(),
            verdict: if said.found { Verdict::Found } else { Verdict::Suspected },
            severity: said.severity.name().to_string(),
            title: printable(&said.title),
            subject: subject(&said.subject),
            subjects: said.subjects.iter().map(subject).collect(),
            explains,
            evidence,
            missing: said.missing.iter().map(capture).collect(),
            fix: said.fix.as_deref().map(lines),
            references: rule.finding().map_or_else(Vec::new, |finding| finding.references.clone()),
            ruled_out: said.alternatives.iter().map(|a| self.alternative(a)).collect(),
        }
    }

    fn consequence(&self, said: &cause::Consequence) -> Consequence {
        Consequence {
            rule: self.id(said.rule),
            title: printable(&said.title),
            count: said.subjects.len(),
            depth: said.depth,
            subjects: said.subjects.iter().map(subject).collect(),
            evidence: self.evidence(&said.evidence),
        }
    }

    fn unexplained(&self, said: &cause::Consequence) -> Unexplained {
        let Consequence { rule, title, count, subjects, evidence, .. } = self.consequence(said);
        Unexplained { cluster: self.cluster.clone(), rule, title, count, subjects, evidence }
    }

    fn collect(&self, ask: &cause::Ask, rules: &[usize]) -> Collect {
        let Capture { capture, command } = capture(ask);
        Collect { capture, command, settles: rules.iter().map(|rule| self.id(*rule)).collect() }
    }

    /// What a claim rests on. Where rules say what their steps show, the steps that go without saying
    /// are left out; a line that proves two steps stands once.
    fn evidence(&self, proof: &[solve::Evidence]) -> Vec<Evidence> {
        let noted = proof.iter().any(|item| item.proof.note.is_some());
        let mut out: Vec<Evidence> = Vec::new();
        for item in proof.iter().filter(|item| item.proof.note.is_some() || !noted) {
            let evidence = self.proof(&item.proof);
            let same = |other: &Evidence| match evidence.line {
                Some(_) => {
                    (&other.file, other.line, other.mark)
                        == (&evidence.file, evidence.line, evidence.mark)
                }
                None => *other == evidence,
            };
            if !out.iter().any(same) {
                out.push(evidence);
            }
        }
        out
    }

    fn proof(&self, proof: &Proof) -> Evidence {
        let note = proof.note.as_deref().map(str::to_string);
        match &proof.basis {
            Basis::Seen { relation, place, also, more } => {
                let mut note =
                    note.unwrap_or_else(|| self.facts.relation(*relation).name.replace('_', " "));
                let also =
                    also.map(|place| format!("also {}:{}", self.path(place.file), place.line));
                let more = (*more > 0).then(|| format!("{more} more alike"));
                let rest: Vec<String> = also.into_iter().chain(more).collect();
                if !rest.is_empty() {
                    note = format!("{note} ({})", rest.join("; "));
                }
                self.shown(*place, note)
            }
            Basis::Absent { relation, known, files } => {
                let what =
                    note.unwrap_or_else(|| format!("no {}", self.described(*relation, known)));
                let note = format!("{what}; searched {}", self.names(files));
                Evidence {
                    file: files.first().map(|file| self.path(*file)),
                    line: None,
                    text: None,
                    mark: None,
                    note,
                }
            }
            Basis::Held { claim } => {
                let note = note.map_or_else(|| claim.clone(), |note| format!("{note}: {claim}"));
                Evidence { file: None, line: None, text: None, mark: None, note: printable(&note) }
            }
        }
    }

    fn shown(&self, place: Place, note: String) -> Evidence {
        let excerpt = self.facts.sources.excerpt(place);
        Evidence {
            file: Some(excerpt.file),
            line: Some(excerpt.line),
            text: Some(excerpt.text),
            mark: Some((excerpt.mark.start, excerpt.mark.end)),
            note,
        }
    }

    fn described(&self, relation: crate::fact::RelationId, known: &[(usize, Value)]) -> String {
        let relation = self.facts.relation(relation);
        let with: Vec<String> = known
            .iter()
            .filter(|(column, _)| *column < relation.columns.len())
            .map(|(column, value)| {
                format!("{} {value}", relation.columns[*column].name.replace('_', " "))
            })
            .collect();
        let name = relation.name.replace('_', " ");
        if with.is_empty() { name } else { printable(&format!("{name} with {}", with.join(", "))) }
    }

    fn path(&self, file: FileId) -> String {
        printable(self.facts.sources.path(file))
    }

    /// A few names, and how many more.
    fn names(&self, files: &[FileId]) -> String {
        const SHOWN: usize = 3;
        let mut names: Vec<String> =
            files.iter().take(SHOWN).map(|file| self.path(*file)).collect();
        if files.len() > SHOWN {
            names.push(format!("and {} more", files.len() - SHOWN));
        }
        if names.is_empty() { "everything".to_string() } else { names.join(", ") }
    }

    fn alternative(&self, said: &cause::Alternative) -> Alternative {
        let rule = &self.book.findings[said.rule];
        let (reason, evidence) = match &said.verdict {
            cause::Verdict::Open => {
                ("not checked everywhere, and not needed to explain what is seen".to_string(), None)
            }
            cause::Verdict::RuledOut { step, because } => {
                let step = &rule.body[*step];
                let said = step.note.as_deref();
                match because {
                    Because::Something(place) => {
                        let what = said.unwrap_or(&step.written);
                        let evidence =
                            place.map(|place| self.shown(place, format!("against: {what}")));
                        (format!("it is not so that {what}"), evidence)
                    }
                    Because::Nothing(files) => {
                        let relation =
                            step.ask.query().map(|query| &self.facts.relation(query.relation).name);
                        let relation =
                            relation.map(|name| name.replace('_', " ")).unwrap_or_default();
                        let what = said.map_or_else(|| format!("any {relation}"), str::to_string);
                        (format!("nothing shows {what}; searched {}", self.names(files)), None)
                    }
                    Because::Comparison(claim) => {
                        (printable(&format!("it is not so that {claim}")), None)
                    }
                }
            }
        };
        let refuted = matches!(said.verdict, cause::Verdict::RuledOut { .. });
        Alternative { rule: rule.id.clone(), refuted, reason, evidence }
    }

    fn coverage(&self, files: &[FileReport]) -> Coverage {
        let read = files.iter().filter(|file| file.format.is_some()).count();
        let relations = self.facts.catalog().all().filter_map(|(id, relation)| {
            let (rows, searched) = (self.facts.rows(id).len(), self.facts.coverage.any(id).len());
            let stored = !matches!(
                relation.filling,
                crate::fact::Filling::Derived | crate::fact::Filling::View
            );
            (stored && rows + searched > 0).then(|| RelationCoverage {
                relation: relation.name.to_string(),
                rows,
                searched,
            })
        });
        Coverage { read, unread: files.len() - read, relations: relations.collect() }
    }
}

fn subject(subject: &cause::Subject) -> Subject {
    Subject {
        kind: printable(&subject.kind),
        namespace: subject.namespace.as_deref().map(printable),
        name: printable(&subject.name),
    }
}

fn capture(ask: &cause::Ask) -> Capture {
    Capture { capture: printable(&ask.capture), command: printable(&ask.command) }
}

/// Printable text of several lines.
fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
