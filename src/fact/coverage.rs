//! What was searched: absence is evidence only where somebody looked.

use std::collections::{BTreeMap, BTreeSet};

use super::{RelationId, Value};
use crate::text::FileId;

/// A part of the cluster that a capture shows in full: the columns that limit it. Without limits it
/// is everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Scope(BTreeMap<usize, Value>);

impl Scope {
    /// Everything that the relation could say.
    pub fn all() -> Self {
        Self::default()
    }

    /// Rows with these values alone.
    pub fn of(limits: impl IntoIterator<Item = (usize, Value)>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// The value that limits a column, if one does.
    pub fn limit(&self, column: usize) -> Option<&Value> {
        self.0.get(&column)
    }

    /// Limits a column.
    pub fn restrict(&mut self, column: usize, value: Value) {
        self.0.insert(column, value);
    }
}

type Columns = Vec<usize>;
type Values = Vec<Value>;

/// Everything that was searched in a bundle.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    searched: BTreeMap<RelationId, BTreeMap<Columns, BTreeMap<Values, BTreeSet<FileId>>>>,
}

impl Coverage {
    /// Notes that a file shows a scope of a relation in full.
    pub fn add(&mut self, relation: RelationId, scope: Scope, file: FileId) {
        let (columns, values) = scope.0.into_iter().unzip();
        let shapes = self.searched.entry(relation).or_default();
        shapes.entry(columns).or_default().entry(values).or_default().insert(file);
    }

    /// The files that would show a row with the known values if there were one; `None` if no capture
    /// would.
    pub fn files(&self, relation: RelationId, known: &[(usize, Value)]) -> Option<Vec<FileId>> {
        let mut files = BTreeSet::new();
        for (columns, scopes) in self.searched.get(&relation)? {
            let value = |column: &usize| known.iter().find(|(c, _)| c == column).map(|(_, v)| v);
            let Some(values) =
                columns.iter().map(|c| value(c).cloned()).collect::<Option<Values>>()
            else {
                continue;
            };
            files.extend(scopes.get(&values).into_iter().flatten());
        }
        (!files.is_empty()).then(|| files.into_iter().collect())
    }

    /// The files that show anything of a relation.
    pub fn any(&self, relation: RelationId) -> BTreeSet<FileId> {
        let shapes = self.searched.get(&relation).into_iter().flatten();
        shapes.flat_map(|(_, scopes)| scopes.values().flatten().copied()).collect()
    }

    /// The scopes of a relation that were searched: their limits, and how many files show them.
    pub fn scopes(&self, relation: RelationId) -> Vec<(Vec<(usize, Value)>, usize)> {
        let shapes = self.searched.get(&relation).into_iter().flatten();
        shapes
            .flat_map(|(columns, scopes)| {
                scopes.iter().map(|(values, files)| {
                    (columns.iter().copied().zip(values.iter().cloned()).collect(), files.len())
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_is_found_only_where_it_was_searched() {
        let (services, namespace, name) = (RelationId(0), 0, 1);
        let mut coverage = Coverage::default();
        let dns = |n: &str| vec![(namespace, Value::from(n)), (name, Value::from("kube-dns"))];
        assert_eq!(coverage.files(services, &dns("kube-system")), None);
        coverage.add(services, Scope::of([(namespace, Value::from("kube-system"))]), FileId(3));
        assert_eq!(coverage.files(services, &dns("kube-system")), Some(vec![FileId(3)]));
        assert_eq!(coverage.files(services, &dns("default")), None);
        assert_eq!(coverage.files(services, &[(name, Value::from("kube-dns"))]), None);
        coverage.add(services, Scope::all(), FileId(7));
        assert_eq!(coverage.files(services, &dns("default")), Some(vec![FileId(7)]));
        let both = Some(vec![FileId(3), FileId(7)]);
        assert_eq!(coverage.files(services, &dns("kube-system")), both);
    }
}
