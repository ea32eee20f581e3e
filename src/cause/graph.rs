//! The graph of findings: an edge leads from what explains to what is explained.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Consequence, Finding, Root, Subject};
use crate::fact::Value;
use crate::rule::{Book, Term};

/// Edges among findings, by position.
pub(super) struct Graph {
    /// For each finding the proven findings that it explains directly.
    to: Vec<Vec<usize>>,
    /// For each finding those that explain it directly.
    from: Vec<Vec<usize>>,
}

/// The values that a link fixes in the findings of the rule that it leads to.
type Key = Vec<Value>;

impl Graph {
    pub(super) fn new(book: &Book, findings: &[Finding<'_>]) -> Self {
        let mut graph =
            Self { to: vec![vec![]; findings.len()], from: vec![vec![]; findings.len()] };
        let positions = book.positions();
        let mut of_rule: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (n, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.found()) {
            of_rule.entry(finding.rule).or_default().push(n);
        }
        // One index for each set of variables that a link fixes.
        let mut indexes: HashMap<(usize, Vec<usize>), HashMap<Key, Vec<usize>>> = HashMap::new();
        for (n, finding) in findings.iter().enumerate() {
            for link in &finding.says.explains {
                let Some(target) = positions.get(link.rule.as_str()).copied() else { continue };
                let Some(targets) = of_rule.get(&target) else { continue };
                let fixed: Vec<(usize, Value)> = link
                    .variables
                    .iter()
                    .filter_map(|(variable, term)| Some((*variable, value(finding, term)?)))
                    .collect();
                let (variables, key): (Vec<usize>, Key) = fixed.into_iter().unzip();
                let index = indexes.entry((target, variables.clone())).or_insert_with(|| {
                    let mut index: HashMap<Key, Vec<usize>> = HashMap::new();
                    for t in targets {
                        let bound = &findings[*t].solution.bindings;
                        let key: Option<Key> =
                            variables.iter().map(|v| bound[*v].clone()).collect();
                        if let Some(key) = key {
                            index.entry(key).or_default().push(*t);
                        }
                    }
                    index
                });
                for t in index.get(&key).into_iter().flatten() {
                    graph.to[n].push(*t);
                    graph.from[*t].push(n);
                }
            }
        }
        graph
    }

    /// Whether something proven explains a finding.
    pub(super) fn is_explained(&self, findings: &[Finding<'_>], n: usize) -> bool {
        self.from[n].iter().any(|f| findings[*f].found())
    }

    /// All findings that follow from some, with the length of the longest way to each.
    pub(super) fn reach(&self, from: &[usize]) -> BTreeMap<usize, usize> {
        let mut depth: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open: Vec<(usize, usize)> = from.iter().map(|n| (*n, 0)).collect();
        while let Some((n, d)) = open.pop() {
            for t in &self.to[n] {
                // Rules link without circles, so that ways have an end.
                if depth.get(t).is_none_or(|known| *known < d + 1) {
                    depth.insert(*t, d + 1);
                    open.push((*t, d + 1));
                }
            }
        }
        depth
    }

    /// The suffering object that shows most links of the chain, so that the chain is shown by one.
    pub(super) fn witness(&self, findings: &[Finding<'_>], root: &Root) -> Option<Subject> {
        let mut rules: BTreeMap<&Subject, BTreeSet<usize>> = BTreeMap::new();
        for n in &root.covers {
            rules.entry(&findings[*n].subject).or_default().insert(findings[*n].rule);
        }
        let most = rules.values().map(BTreeSet::len).max()?;
        rules.into_iter().find(|(_, of)| of.len() == most).map(|(subject, _)| subject.clone())
    }

    /// The member of a root that is shown: one that leads to the witness.
    pub(super) fn shown(
        &self,
        findings: &[Finding<'_>],
        root: &Root,
        witness: Option<&Subject>,
    ) -> usize {
        let leads =
            |n: &usize| self.reach(&[*n]).keys().any(|t| Some(&findings[*t].subject) == witness);
        let shown = root.members.iter().copied().filter(|n| findings[*n].found() == root.found);
        shown.clone().find(leads).or(shown.clone().next()).unwrap_or(root.members[0])
    }

    /// What follows, one entry for each rule and title, nearest first.
    pub(super) fn consequences(
        &self,
        book: &Book,
        findings: &[Finding<'_>],
        from: &[usize],
        covers: &BTreeSet<usize>,
        witness: Option<&Subject>,
    ) -> Vec<Consequence> {
        let depths = self.reach(from);
        let mut groups: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for n in covers {
            groups.entry((findings[*n].rule, &findings[*n].title)).or_default().push(*n);
        }
        let mut consequences: Vec<Consequence> = groups
            .into_values()
            .map(|members| {
                let depth =
                    members.iter().filter_map(|n| depths.get(n)).max().copied().unwrap_or(1);
                consequence(findings, &members, depth, witness)
            })
            .collect();
        consequences.sort_by(|a, b| {
            let id = |c: &Consequence| book.findings[c.rule].id.as_str();
            (a.depth, id(a), &a.title).cmp(&(b.depth, id(b), &b.title))
        });
        consequences
    }

    /// Symptoms that nothing reported explains: the first of each chain, and what follows from it
    /// goes without saying.
    pub(super) fn unexplained(
        &self,
        book: &Book,
        findings: &[Finding<'_>],
        explained: &BTreeSet<usize>,
    ) -> Vec<Consequence> {
        let open: BTreeSet<usize> = (0..findings.len())
            .filter(|n| findings[*n].says.symptom && !explained.contains(n))
            .filter(|n| !self.from[*n].iter().any(|f| findings[*f].found()))
            .collect();
        self.consequences(book, findings, &[], &open, None)
    }
}

fn value(finding: &Finding<'_>, term: &Term) -> Option<Value> {
    finding.solution.value(term)
}

fn consequence(
    findings: &[Finding<'_>],
    members: &[usize],
    depth: usize,
    witness: Option<&Subject>,
) -> Consequence {
    let shown =
        members.iter().find(|n| Some(&findings[**n].subject) == witness).unwrap_or(&members[0]);
    let subjects: BTreeSet<Subject> =
        members.iter().map(|n| findings[*n].subject.clone()).collect();
    let shown = &findings[*shown];
    Consequence {
        rule: shown.rule,
        title: shown.title.clone(),
        depth,
        subjects: subjects.into_iter().collect(),
        evidence: shown.solution.proof.clone(),
    }
}
