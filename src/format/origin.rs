//! Whose capture a file is: what its path says, checked against the pods that the bundle knows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::capture::Origin;

/// Names that a Deployment, a DaemonSet or a Job gives its pods end in five such characters, behind
/// a hash; a StatefulSet's end in a number. Source: `k8s.io/apimachinery/pkg/util/rand`.
static POD_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?-(?:[a-z0-9]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,3})$")
        .expect("the pattern is well formed")
});

/// Whether a word has the shape of a pod's name.
pub(super) fn is_pod_name(word: &str) -> bool {
    POD_NAME.is_match(word)
}

/// The pods of a bundle: their names, and the namespaces in which each occurs.
#[derive(Debug, Default)]
pub(super) struct Pods(BTreeMap<String, Vec<String>>);

impl Pods {
    pub(super) fn add(&mut self, namespace: &str, name: &str) {
        let namespaces = self.0.entry(name.to_string()).or_default();
        if !namespaces.iter().any(|known| known == namespace) {
            namespaces.push(namespace.to_string());
        }
    }

    /// The only namespace in which there is a pod of this name.
    pub(super) fn namespace(&self, name: &str) -> Option<&str> {
        match self.0.get(name).map(Vec::as_slice) {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// Completes an origin by the path of its file and by what is known of the pods.
    pub(super) fn settle(&self, origin: Origin, path: &str) -> Origin {
        let mut origin = origin.or(self.of_path(path));
        if let Some(pod) = &origin.pod
            && origin.namespace.is_none()
        {
            origin.namespace = self.namespace(pod).map(str::to_string);
        }
        if origin.pod.is_some() {
            origin.node = None;
        }
        origin
    }

    fn of_path(&self, path: &str) -> Origin {
        let parts: Vec<&str> = path.split(['/', '!']).collect();
        let mut origin = Origin::default();
        for (n, part) in parts.iter().enumerate() {
            let before = n.checked_sub(1).map(|n| parts[n]);
            if let Some((pod, namespace, rest)) = self.pod_in(part) {
                let near =
                    before.filter(|b| self.0.get(&pod).is_some_and(|ns| ns.iter().any(|n| n == b)));
                origin.namespace = near
                    .map(str::to_string)
                    .or(namespace)
                    .or_else(|| self.namespace(&pod).map(str::to_string))
                    .or_else(|| self.0.is_empty().then(|| before.map(str::to_string)).flatten());
                origin.container = container_after(&rest, parts.get(n + 1).copied());
                origin.pod = Some(pod);
            } else if matches!(before, Some("nodes" | "hosts")) {
                origin.node = Some(part.to_string());
            }
        }
        origin
    }

    /// The pod named in a part of a path, the namespace in front of it (`ns_pod_uid`), and what
    /// follows it.
    fn pod_in(&self, part: &str) -> Option<(String, Option<String>, String)> {
        let known = |word: &str| self.0.contains_key(word) || is_pod_name(word);
        if known(part) {
            return Some((part.to_string(), None, String::new()));
        }
        let words: Vec<&str> = part.split('_').collect();
        if let Some(at) = words.iter().position(|word| known(word)) {
            let namespace = at.checked_sub(1).map(|n| words[n].to_string());
            return Some((words[at].to_string(), namespace, words[at + 1..].join("_")));
        }
        // `pod-istio-proxy.log`, `resolv.conf.pod`: the longest run between borders that is a pod.
        let borders = |c: char| c == '-' || c == '.' || c == '_';
        let starts = std::iter::once(0).chain(part.match_indices(borders).map(|(at, _)| at + 1));
        let mut best: Option<(usize, usize)> = None;
        for start in starts.take(32) {
            let ends = part[start..].match_indices(borders).map(|(at, _)| start + at);
            for end in ends.chain([part.len()]).take(64) {
                let longer = best.is_none_or(|(s, e)| end - start > e - s);
                if longer && self.0.contains_key(&part[start..end]) {
                    best = Some((start, end));
                }
            }
        }
        let (start, end) = best?;
        Some((part[start..end].to_string(), None, part[end..].to_string()))
    }
}

/// The container that a path names behind the pod: the next part, or the rest of the same one,
/// without the endings of log files.
fn container_after(rest: &str, next: Option<&str>) -> Option<String> {
    let candidate = if rest.is_empty() { next? } else { rest };
    let stem = candidate.trim_start_matches(['-', '_', '.']);
    let stem = stem.split('.').next().unwrap_or(stem);
    let stem = stem.strip_suffix("-previous").unwrap_or(stem);
    let word = !stem.is_empty()
        && stem.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    (word && candidate.contains(".log")).then(|| stem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(
        pods: &[(&str, &str)],
        path: &str,
    ) -> (Option<String>, Option<String>, Option<String>) {
        let mut known = Pods::default();
        for (namespace, name) in pods {
            known.add(namespace, name);
        }
        let origin = known.settle(Origin::default(), path);
        (origin.namespace, origin.pod, origin.container)
    }

    fn found(
        ns: &str,
        pod: &str,
        c: Option<&str>,
    ) -> (Option<String>, Option<String>, Option<String>) {
        (Some(ns.into()), Some(pod.into()), c.map(str::to_string))
    }

    #[test]
    fn a_path_names_the_pod() {
        let pods = [("default", "details-v1-68868454f5-94hzd"), ("shop", "db")];
        assert_eq!(
            settled(&pods, "default/details-v1-68868454f5-94hzd/istio-proxy.log"),
            found("default", "details-v1-68868454f5-94hzd", Some("istio-proxy"))
        );
        assert_eq!(
            settled(&pods, "t/details-v1-68868454f5-94hzd-istio-proxy.log"),
            found("default", "details-v1-68868454f5-94hzd", Some("istio-proxy"))
        );
        assert_eq!(settled(&pods, "resolv.conf.db"), found("shop", "db", None));
        assert_eq!(
            settled(&[], "pods/shop_web-7d4b9c6f5-x2x4z_uid/app/0.log"),
            found("shop", "web-7d4b9c6f5-x2x4z", None)
        );
        assert_eq!(settled(&pods, "services.yaml"), (None, None, None));
    }

    #[test]
    fn one_name_in_two_namespaces_needs_the_folder() {
        let pods = [("a", "web-0"), ("b", "web-0")];
        assert_eq!(settled(&pods, "b/web-0/resolv.conf"), found("b", "web-0", None));
        assert_eq!(settled(&pods, "web-0/resolv.conf"), (None, Some("web-0".into()), None));
    }
}
