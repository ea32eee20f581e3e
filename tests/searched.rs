//! What captures show in full: absence is evidence only there.

mod support;

use support::BOOK;
use unready::bundle;
use unready::fact::Value;

/// Whether a file with this text says of a relation that no row with these values is missing.
fn searched(path: &str, text: &str, relation: &str, known: &[(&str, &str)]) -> bool {
    let bundle = bundle::of_texts("capture", [(path.to_string(), text.as_bytes().to_vec())]);
    let read = unready::diagnose(&bundle, &BOOK).expect("the built-in patterns can be matched");
    let facts = &read.clusters.first().expect("there is always a cluster").facts;
    let id = facts.catalog().id(relation).expect("the relation is declared");
    let column = |name: &str| facts.relation(id).column(name).expect("the column is declared");
    let known: Vec<(usize, Value)> = known
        .iter()
        .map(|(name, value)| match *value {
            "true" => (column(name), Value::from(true)),
            value => (column(name), Value::from(value)),
        })
        .collect();
    facts.searched(id, &known).is_some()
}

#[test]
fn one_object_speaks_for_itself_alone() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let labels =
        |namespace| searched("ns.yaml", text, "namespace_label", &[("namespace", namespace)]);
    assert!(labels("shop") && !labels("other"));
    assert!(!searched("ns.yaml", text, "namespace_label", &[]));
    let slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\n";
    assert!(!searched("s.yaml", slice, "endpoint", &[("namespace", "shop"), ("service", "web")]));
}

#[test]
fn an_empty_list_is_of_the_kind_and_namespace_that_it_names() {
    let shop = [("namespace", "shop")];
    let typed = r#"{"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": null}"#;
    assert!(searched("b/cluster-resources/pods/shop.json", typed, "pod", &shop));
    assert!(!searched("b/cluster-resources/pods/shop.json", typed, "pod", &[("namespace", "x")]));
    assert!(!searched("pods.json", typed, "pod", &shop));
    assert!(searched("b/cluster-resources/pods/shop.json", "[]\n", "pod", &shop));
    let list = "apiVersion: v1\nitems: []\nkind: List\nmetadata: {resourceVersion: \"\"}\n";
    assert!(!searched("pods.yaml", list, "pod", &shop));
    assert!(searched("m/namespaces/shop/core/pods.yaml", list, "pod", &shop));
    let asked = format!("$ kubectl get pods -A -o yaml\n{list}");
    assert!(searched("t.txt", &asked, "pod", &shop));
    assert!(searched("nodes.yaml", list, "node", &[]));
}

#[test]
fn a_list_says_nothing_of_kinds_that_its_file_is_called_by() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: metrics.k8s.io/v1beta1\n  kind: PodMetrics\n  metadata: {name: web-0, namespace: shop}\n  containers: []\n";
    assert!(!searched("namespaces/shop/pods.yaml", list, "pod", &[("namespace", "shop")]));
}

#[test]
fn a_table_shows_what_its_columns_show() {
    let web = [("namespace", "shop"), ("service", "web")];
    let ready = [("namespace", "shop"), ("service", "web"), ("ready", "true")];
    let slices = "NAMESPACE   NAME    ADDRESSTYPE   PORTS   ENDPOINTS    AGE\nshop        a-1ab   IPv4          80      10.0.0.1     1d\n";
    assert!(!searched("endpointslices.txt", slices, "endpoint", &ready));
    let endpoints = "NAMESPACE   NAME   ENDPOINTS   AGE\nshop        web    <none>      1d\n";
    assert!(searched("endpoints.txt", endpoints, "endpoint", &ready));
    assert!(!searched("endpoints.txt", endpoints, "endpoint", &web));
    let cut = "NAMESPACE   NAME   ENDPOINTS                           AGE\nshop        web    10.0.0.1:80,10.0.0.2:80 + 3 more...   1d\n";
    // What is cut off is there: nobody will call it absent.
    assert!(searched("endpoints.txt", cut, "endpoint", &ready));
}

#[test]
fn a_table_with_a_line_that_is_not_understood_is_not_whole() {
    let good = "NAMESPACE NAME READY UP-TO-DATE AVAILABLE AGE\nshop web 1/1 1 1 5d\n";
    let known = [("kind", "Deployment"), ("namespace", "shop"), ("name", "db")];
    assert!(searched("d.txt", good, "workload", &known));
    assert!(!searched("d.txt", &format!("{good}shop db 1/1 1\n"), "workload", &known));
    let failed = format!("{good}Error from server (Timeout): the request timed out\n");
    assert!(!searched("d.txt", &failed, "workload", &known));
}

#[test]
fn nothing_found_without_a_namespace_was_found_nowhere() {
    let shop = [("kind", "NetworkPolicy"), ("namespace", "shop"), ("name", "deny")];
    assert!(searched("networkpolicies.txt", "No resources found\n", "object", &shop));
    assert!(!searched("networkpolicies.txt", "No resources found.\n", "object", &shop));
    let here = "No resources found in shop namespace.\n";
    assert!(searched("networkpolicies.txt", here, "object", &shop));
}

#[test]
fn only_a_prometheus_that_answered_shows_that_nothing_fires() {
    let none = r#"{"status": "success", "data": {"alerts": []}}"#;
    let fires = |path: &str, text: &str| searched(path, text, "alert", &[("name", "X")]);
    assert!(fires("alerts.json", none));
    assert!(!fires("alerts.json", r#"{"alerts": []}"#));
    assert!(!fires("alerts.json", r#"{"status": "success", "data": {"alerts": [{"labels": "#));
    assert!(!fires("alerts.json", &format!("{none}\n{none}")));
    let rules = r#"{"groups": [{"name": "g", "rules": [{"alert": "X", "expr": "up == 0"}]}]}"#;
    assert!(!fires("rules.json", rules), "a file of rules does not say which fire");
    let held =
        r#"[{"labels": {"alertname": "Y"}, "fingerprint": "1", "status": {"state": "active"}}]"#;
    let firing = [("name", "X"), ("state", "firing")];
    assert!(searched("am.json", held, "alert", &firing) && !fires("am.json", held));
}

#[test]
fn a_filter_shows_a_part_of_a_mesh() {
    let web = [("namespace", "shop"), ("pod", "web-0")];
    let table = "NAME        CDS      LDS      EDS      RDS      ISTIOD     VERSION\ndb-0.shop   SYNCED   SYNCED   SYNCED   SYNCED   istiod-0   1.20.3\n";
    let asked = |command: &str| format!("$ {command}\n{table}");
    assert!(searched("ps.txt", table, "proxy_sync", &web));
    assert!(searched("t.txt", &asked("istioctl proxy-status"), "proxy_sync", &web));
    assert!(!searched("t.txt", &asked("istioctl proxy-status -n db"), "proxy_sync", &web));
    assert!(!searched("t.txt", &asked("istioctl ps | grep db"), "proxy_sync", &web));
    assert!(!searched("ps.txt", &format!("{table}web-0.shop SYN"), "proxy_sync", &web));
    let exec = "kubectl -n shop exec web-0 -c istio-proxy -- pilot-agent request GET";
    let page = "x::default_priority::max_connections::9\nx::added_via_api::false\n";
    let clusters = |query: &str| format!("$ {exec} clusters{query}\n{page}");
    assert!(searched("t.txt", &clusters(""), "envoy_cluster", &web));
    assert!(!searched("t.txt", &clusters("?filter=x"), "envoy_cluster", &web));
    assert!(!searched("t.txt", &clusters(" | head"), "envoy_cluster", &web));
}

#[test]
fn analyzers_speak_for_the_namespaces_that_they_were_sent_to() {
    let message = "Warning [IST0103] (Pod shop/web-0) The pod is missing the Istio proxy.\n";
    let of = |text: &str| searched("t.txt", text, "analysis_message", &[("namespace", "db")]);
    assert!(of(&format!("$ istioctl analyze -A\n{message}")));
    assert!(!of(&format!("$ istioctl analyze -n shop\n{message}")));
    assert!(!of(&format!("$ istioctl analyze -A -S IST0102\n{message}")));
    assert!(!of(message));
    assert!(of("✔ No validation issues found when analyzing all namespaces.\n"));
    assert!(!of("✔ No validation issues found when analyzing namespace: shop.\n"));
}

#[test]
fn a_summary_shows_all_nodes_if_it_counts_them() {
    let node = r#"{"name": "n1", "status": "Ready", "taints": []}"#;
    let other = [("name", "n2")];
    let of = |text: String| searched("nodes.json", &text, "node", &other);
    assert!(of(format!(r#"{{"node_count": 1, "nodes": [{node}]}}"#)));
    assert!(!of(format!(r#"{{"node_count": 2, "nodes": [{node}]}}"#)));
    assert!(!of(format!(r#"{{"nodes": [{node}]}}"#)));
}
