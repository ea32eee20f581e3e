//! Whose capture a file is: what its path says, checked against the pods that the bundle knows.

use std::collections::{BTreeMap, BTreeSet};
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

/// Whether a name ends like a StatefulSet's pod.
fn is_numbered(word: &str) -> bool {
    let end = word.rsplit('-').next().unwrap_or_default();
    !end.is_empty() && end.len() <= 3 && end.bytes().all(|b| b.is_ascii_digit())
}

/// Logs that a node has and a pod has not.
const NODE_FILES: [&str; 12] = [
    "kubelet",
    "containerd",
    "crio",
    "docker",
    "dmesg",
    "journal",
    "syslog",
    "messages",
    "kernel",
    "serial",
    "rke2-server",
    "k3s",
];

/// Numbered things that are no pods.
const OTHER_FAMILIES: [&str; 9] =
    ["worker", "master", "node", "host", "control-plane", "cluster", "ticket", "case", "incident"];

/// Where a layout of bundles names owners: a pattern over the end of a path, in whose groups stand
/// `ns`, `pod`, `container` and `node`.
#[derive(Debug)]
struct Layout {
    path: Regex,
    /// Whether a pod stands there always; otherwise it must be known or have a pod's shape.
    sure: bool,
}

/// The places where one kind of bundle names owners, the first that fits counting.
struct Bundles {
    /// What makes such bundles.
    maker: &'static str,
    /// Shapes of the end of a path, each with whether a pod stands there always; otherwise it must be
    /// known or have a pod's shape. `<name>` stands for a part of a path, `<log>` for the endings of log
    /// files, `*` for a part of no meaning, `**` for anything.
    shapes: &'static [(&'static str, bool)],
}

static TABLE: &[Bundles] = &[
    Bundles {
        maker: "troubleshoot.sh support-bundle",
        shapes: &[
            ("cluster-resources/pods/logs/<ns>/<pod>/<container><log>", true),
            ("host-collectors/system/<node>/[^/]+", true),
            ("(?:sysctl|node-metrics)/<node>(?:\\.json)?", true),
            ("run-?daemonset[^/]*/<node>\\.log", true),
        ],
    },
    Bundles {
        maker: "OpenShift must-gather and `oc adm inspect`, kubectl-gather",
        shapes: &[
            ("namespaces/<ns>/pods/<pod>/containers/<container>/logs/.+", true),
            ("namespaces/<ns>/pods/<pod>/<container>/[^/]+/logs/.+", true),
            (
                "namespaces/<ns>/pods/<pod>/<container>/(?:current|previous)(?:\\.insecure)?\\.log",
                true,
            ),
            ("namespaces/<ns>/pods/<pod>/[^/]+", true),
            ("cluster-scoped-resources/core/nodes/<node>\\.yaml", true),
        ],
    },
    Bundles {
        maker: "Insights Operator archive",
        shapes: &[
            ("config/pod/<ns>/logs/<pod>/(?:errors|last[^/]*)\\.log", true),
            ("config/pod/<ns>/logs/<pod>/<container>(?:_current|_previous)?\\.log", true),
        ],
    },
    Bundles {
        maker: "`kubectl cluster-info dump`, Verrazzano cluster snapshot",
        shapes: &[("<ns>/<pod>/logs\\.txt", true)],
    },
    Bundles {
        maker: "`istioctl bug-report`",
        shapes: &[
            ("proxies/<ns>/<pod>/<container>\\.log", true),
            ("proxies/<ns>/<pod>/.+", true),
            ("(?:istio|operator)/<ns>/<pod>/<container>\\.log", true),
            ("cni/<pod>/cni\\.log", false),
        ],
    },
    Bundles {
        maker: "the kubelet's own folders: `kind export logs`, EKS log collector, nodes",
        shapes: &[
            ("pods/<ns>_<pod>_[0-9a-f-]{8,}/<container>/\\d+\\.log.*", true),
            ("containers/<pod>_<ns>_<container>-[0-9a-f]{64}\\.log", true),
        ],
    },
    Bundles {
        maker: "sosreport",
        shapes: &[
            ("cluster-info/<ns>/podlogs/<pod>/[^/]+_-c_<container>", true),
            ("cluster-info/<ns>/podlogs/<pod>/[^/]+", true),
            ("pods/kubectl_[^/]*_--namespace[_=]<ns>_logs_<pod>_-c_<container>", true),
            ("pods/kubectl_[^/]*_--namespace[_=]<ns>_logs_<pod>", true),
        ],
    },
    Bundles {
        maker: "support-bundle-kit of Rancher, Harvester and Longhorn",
        shapes: &[
            ("supportbundle[^/]*/logs/<ns>/<pod>/<container><log>", true),
            ("logs/<ns>/<pod>/<container><log>", false),
        ],
    },
    Bundles {
        maker: "Rancher v2 log collector",
        // Containers are merged, and there is no border between namespace and pod.
        shapes: &[("podlogs/<system>-<pod>(?:-previous)?", false)],
    },
    Bundles {
        maker: "cilium sysdump",
        shapes: &[
            ("logs-<hashed>-<container>-\\d{8}-\\d{6}(?:-prev)?\\.log", true),
            ("cilium-bugtool-<hashed>-\\d{8}-\\d{6}(?:\\..*|/.*)?", true),
        ],
    },
    Bundles {
        maker: "crash-diagnostics",
        shapes: &[
            ("kubecapture/[^/]+/<ns>/<pod>/<container>/[^/]+\\.log", true),
            ("kubecapture/<ns>/<pod>/<container>/[^/]+\\.log", true),
        ],
    },
    Bundles { maker: "AKS periscope", shapes: &[("podscontainerlogs/<hashed>-<container>", true)] },
    Bundles { maker: "ACK diagnose_k8s.sh", shapes: &[("cs/[^/]+/<pod>\\.log", false)] },
];

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let layout = |(shape, sure): &(&str, bool)| {
        let name = "[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?";
        let hashed = "(?<pod>[a-z0-9.-]+?-[bcdfghjklmnpqrstvwxz2456789]{5})";
        let system = "(?<ns>default|kube-system|ingress-nginx|cert-manager|tigera-operator|(?:cattle|calico|longhorn|istio|fleet)(?:-[a-z]+)*?-system)";
        let pattern = shape
            .replace("<log>", "(?:-previous|-logs-errors)?\\.log(?:\\.\\d+)?")
            .replace("<container>", "(?<container>[a-z0-9](?:[a-z0-9-]*?[a-z0-9])?)")
            .replace("<ns>", "(?<ns>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)")
            .replace("<pod>", &format!("(?<pod>{})", name.replace('*', "*?")))
            .replace("<node>", &format!("(?<node>{name})"))
            .replace("<hashed>", hashed)
            .replace("<system>", system);
        let path = Regex::new(&format!("(?:^|/){pattern}$"))
            .expect("the table's patterns are well formed");
        Layout { path, sure: *sure }
    };
    TABLE.iter().flat_map(|bundles| bundles.shapes).map(layout).collect()
});

/// The layouts of bundles, each with the paths that name owners in it, as people write them.
pub fn layouts() -> Vec<(&'static str, Vec<String>)> {
    let plain = |(shape, _): &(&str, bool)| {
        let mut shape = shape.replace("<log>", "*.log").replace("<hashed>", "<pod>");
        let words = [
            ("<system>", "<ns>"),
            (r"[^/]*", "*"),
            (r"[^/]+", "*"),
            (r"[0-9a-f-]{8,}", "*"),
            (r"[0-9a-f]{64}", "*"),
            (r"\d{8}-\d{6}", "*"),
            (r"\d+", "*"),
            (r"\.log.*", r"\.log*"),
            (r"(?:\..*|/.*)?", "**"),
            (r"[_=]", "="),
            (r".+", "**"),
            (r"\.", "."),
            ("(?:", "("),
        ];
        for (regex, glob) in words {
            shape = shape.replace(regex, glob);
        }
        shape
    };
    TABLE
        .iter()
        .map(|bundles| (bundles.maker, bundles.shapes.iter().map(plain).collect()))
        .collect()
}

impl Layout {
    fn read(&self, pods: &Pods, path: &str) -> Option<Origin> {
        let found = self.path.captures(path)?;
        let named = |group: &str| found.name(group).map(|name| name.as_str().to_string());
        let pod = named("pod");
        if let Some(pod) = &pod
            && !(self.sure || pods.known.contains_key(pod) || is_pod_name(pod))
        {
            return None;
        }
        Some(Origin {
            namespace: named("ns"),
            pod,
            container: named("container"),
            node: named("node"),
        })
    }
}

/// Folders and archives that are named after a node.
static NODES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:^|/)(?:",
        // rancher support-bundle-kit, must-gather, kubectl-gather and many by hand
        r"(?:nodes|hosts)/(?<a>[a-z0-9][a-z0-9.-]*?)(?:\.(?:zip|tar|tgz|tar\.gz|tar\.xz|ya?ml|json))?(?:/|$)",
        // sosreport
        r"|sosreport-(?<b>[a-zA-Z0-9][a-zA-Z0-9.-]*?)(?:-\d{5,})?-\d{4}-\d\d-\d\d-[a-z]+(?:\.tar(?:\.[a-z0-9]+)?)?(?:/|$)",
        // kind export logs
        r"|(?<c>[a-z0-9.-]*(?:control-plane|worker)\d*)/(?:kubelet|journal|containerd|serial|images|inspect|kubernetes-version)\.[a-z]+$",
        r")",
    ))
    .expect("the pattern is well formed")
});

/// The node that a path names.
pub(super) fn node_of(path: &str) -> Option<String> {
    let path = path.replace('!', "/");
    let found = NODES.captures(&path)?;
    let name = ["a", "b", "c"].iter().find_map(|group| found.name(group))?;
    Some(name.as_str().to_string())
}

/// The pods of a bundle: their names, and the namespaces in which each occurs.
#[derive(Debug, Default)]
pub(super) struct Pods {
    known: BTreeMap<String, Vec<String>>,
    namespaces: BTreeSet<String>,
}

/// Namespaces that are known by their names alone.
static SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:default|kube-(?:system|public|node-lease)|[a-z0-9-]+-system|openshift(?:-[a-z0-9-]+)?)$")
        .expect("the pattern is well formed")
});

impl Pods {
    /// Notes that there is such a namespace.
    pub(super) fn add_namespace(&mut self, namespace: &str) {
        if !self.namespaces.contains(namespace) {
            self.namespaces.insert(namespace.to_string());
        }
    }

    pub(super) fn add(&mut self, namespace: &str, name: &str) {
        self.add_namespace(namespace);
        let namespaces = self.known.entry(name.to_string()).or_default();
        if !namespaces.iter().any(|known| known == namespace) {
            namespaces.push(namespace.to_string());
        }
    }

    /// The only namespace in which there is a pod of this name.
    pub(super) fn namespace(&self, name: &str) -> Option<&str> {
        match self.known.get(name).map(Vec::as_slice) {
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
        let path = &path.replace('!', "/");
        if let Some(origin) = LAYOUTS.iter().find_map(|layout| layout.read(self, path)) {
            return origin;
        }
        let parts: Vec<&str> = path.split('/').collect();
        let mut origin = Origin::default();
        for (n, part) in parts.iter().enumerate() {
            let before = n.checked_sub(1).and_then(|n| parts.get(n)).copied();
            let next = parts.get(n + 1).copied();
            if matches!(before, Some("nodes" | "hosts")) {
                continue;
            }
            let found = self.pod_in(part).filter(|(pod, ..)| self.is_pod_folder(pod, next));
            if let Some((pod, namespace, rest)) = found {
                let near = before
                    .filter(|b| self.known.get(&pod).is_some_and(|ns| ns.iter().any(|n| n == b)));
                origin.namespace = near
                    .map(str::to_string)
                    .or(namespace)
                    .or_else(|| self.namespace(&pod).map(str::to_string))
                    .or_else(|| {
                        self.known.is_empty().then(|| before.map(str::to_string)).flatten()
                    });
                origin.container = container_after(&rest, next);
                origin.pod = Some(pod);
            }
        }
        if origin.pod.is_none() {
            origin.node = node_of(path);
            // What lies in a folder of a namespace's name is of it.
            let folder = parts.iter().rev().nth(1).copied().unwrap_or_default();
            let namespace = self.namespaces.contains(folder) || SYSTEM.is_match(folder);
            origin.namespace = (namespace && origin.node.is_none()).then(|| folder.to_string());
        }
        origin
    }

    /// Whether a word that may be a pod's name is one. `worker-1` and `ticket-42` have the shape of a
    /// StatefulSet's pods too: unless the pod is known, only a sidecar's capture below makes it one,
    /// or any capture of a container where no pods are known at all.
    fn is_pod_folder(&self, pod: &str, next: Option<&str>) -> bool {
        if self.known.contains_key(pod) || !is_numbered(pod) {
            return true;
        }
        let file = next.unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        let of_node = NODE_FILES.contains(&stem) || stem.ends_with("-service");
        let family = pod.rsplit_once('-').map_or(pod, |(family, _)| family);
        let other = OTHER_FAMILIES.iter().any(|word| family == *word || family.ends_with(word));
        file.starts_with("istio-proxy")
            || self.known.is_empty() && !of_node && !other && next.is_some()
    }

    /// The pod named in a part of a path, the namespace in front of it (`ns_pod_uid`), and what
    /// follows it.
    fn pod_in(&self, part: &str) -> Option<(String, Option<String>, String)> {
        let known = |word: &str| self.known.contains_key(word) || is_pod_name(word);
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
                if longer && self.known.contains_key(&part[start..end]) {
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
    fn every_layout_names_its_owners() {
        let web = "web-7d4b9c6f5-x2x4z";
        let at = |path: &str| {
            let origin = Pods::default().settle(Origin::default(), path);
            let told = [origin.namespace, origin.pod, origin.container, origin.node];
            told.map(|name| name.unwrap_or("-".into())).join(" ")
        };
        let hash = "0".repeat(64);
        for (path, owner) in [
            // troubleshoot
            (format!("sb/cluster-resources/pods/logs/shop/{web}/app.log"), "shop POD app -"),
            (format!("sb/cluster-resources/pods/logs/shop/{web}/app-previous.log"), "shop POD app -"),
            ("sb/cluster-resources/pods/logs/kube-system/etcd-n1/etcd.log".into(), "kube-system etcd-n1 etcd -"),
            ("sb/host-collectors/system/n1.example/cpu.json".into(), "- - - n1.example"),
            ("sb/sysctl/n1".into(), "- - - n1"),
            ("sb/run-daemonset-example/n1.log".into(), "- - - n1"),
            // must-gather
            (format!("mg/namespaces/shop/pods/{web}/app/app/logs/current.log"), "shop POD app -"),
            (format!("mg/namespaces/shop/pods/{web}/app/app/logs/rotated/0.log.20210930-120000.gz"), "shop POD app -"),
            (format!("mg/namespaces/shop/pods/{web}/{web}.yaml"), "shop POD - -"),
            (format!("mg/namespaces/shop/pods/{web}/app/current.log"), "shop POD app -"),
            // Insights
            (format!("config/pod/shop/logs/{web}/errors.log"), "shop POD - -"),
            (format!("conditional/namespaces/shop/pods/{web}/containers/app/logs/last-100-lines.log"), "shop POD app -"),
            // cluster-info dump, Verrazzano
            (format!("dump/shop/{web}/logs.txt"), "shop POD - -"),
            ("cluster-snapshot/kube-system/kube-proxy-n1/logs.txt".into(), "kube-system kube-proxy-n1 - -"),
            // istioctl bug-report
            (format!("bug-report/proxies/shop/{web}/istio-proxy.log"), "shop POD istio-proxy -"),
            (format!("bug-report/proxies/shop/{web}/netstat"), "shop POD - -"),
            ("bug-report/istio/istio-system/istiod-7d4b9c6f5-x2x4z/discovery.log".into(), "istio-system istiod-7d4b9c6f5-x2x4z discovery -"),
            // rancher support-bundle-kit
            (format!("supportbundle_x/logs/shop/{web}/app.log.1"), "shop POD app -"),
            ("supportbundle_x/nodes/n1.zip!n1/logs/kubelet.log".into(), "- - - n1"),
            // sosreport
            ("sosreport-n1-01234567-2021-09-30-abcdefg/sos_commands/kernel/dmesg".into(), "- - - n1"),
            ("sosreport-n1-2021-09-30-abcdefg.tar.xz!sosreport-n1-2021-09-30-abcdefg/etc/resolv.conf".into(), "- - - n1"),
            (format!("sos_commands/kubernetes/cluster-info/shop/podlogs/{web}/kubectl_logs_--namespace_shop_{web}_-c_app"), "shop POD app -"),
            // EKS, kind, nodes
            (format!("./var_log/pods/shop_{web}_0123456789abcdef/app/0.log"), "shop POD app -"),
            (format!("kind-control-plane/pods/shop_{web}_6d3f1a52-1b1c-4c3e-8a0e-1f2d3c4b5a69/app/1.log"), "shop POD app -"),
            (format!("var/log/containers/{web}_shop_app-{hash}.log"), "shop POD app -"),
            ("kind/kind-worker2/kubelet.log".into(), "- - - kind-worker2"),
            // cilium sysdump
            ("logs-cilium-x2x4z-cilium-agent-20240102-030405-prev.log".into(), "- cilium-x2x4z cilium-agent -"),
            // Rancher v2.x, ACK
            ("rke2/podlogs/kube-system-coredns-7d4b9c6f5-x2x4z-previous".into(), "kube-system coredns-7d4b9c6f5-x2x4z - -"),
            // AKS periscope, ACK
            (format!("podscontainerlogs/{web}-app"), "- POD app -"),
            (format!("tmp/diagnose_1/cs/web/{web}.log"), "- POD - -"),
            // crash-diagnostics
            (format!("kubecapture/core_v1/shop/{web}/app/app.log"), "shop POD app -"),
            // loose
            (format!("shop/{web}/istio-proxy.log"), "shop POD istio-proxy -"),
            ("shop/web-0/istio-proxy.log".into(), "shop web-0 istio-proxy -"),
            ("logs/adservice.log".into(), "- - - -"),
            ("t1/logs/istio-proxy.log".into(), "- - - -"),
            ("logs/2021/app/x.log".into(), "- - - -"),
            ("worker-1/kubelet.log".into(), "- - - -"),
            ("t1/nodes/worker-01/kubelet.txt".into(), "- - - worker-01"),
            ("nodes/worker-01/var/log/x.log".into(), "- - - worker-01"),
            ("k8s-worker-1/var/log/x.log".into(), "- - - -"),
            ("logs/kubelet.log".into(), "- - - -"),
        ] {
            assert_eq!(at(&path), owner.replace("POD", web), "{path}");
        }
    }

    #[test]
    fn a_number_makes_no_pod_where_pods_are_known() {
        let pods = [("shop", "db")];
        assert_eq!(settled(&pods, "ticket-42/dmesg.txt"), (None, None, None));
        let found = settled(&pods, "shop/web-0/istio-proxy.log");
        assert_eq!(found, (None, Some("web-0".into()), Some("istio-proxy".into())));
    }

    #[test]
    fn one_name_in_two_namespaces_needs_the_folder() {
        let pods = [("a", "web-0"), ("b", "web-0")];
        assert_eq!(settled(&pods, "b/web-0/resolv.conf"), found("b", "web-0", None));
        assert_eq!(settled(&pods, "web-0/resolv.conf"), (None, Some("web-0".into()), None));
    }
}
