//! What the steps of a rule mean, with three truth values.

mod support;

use unready::bundle;
use unready::report::Verdict;
use unready::rule::{RuleFile, load};

/// Pods of all namespaces: two of them not ready.
const PODS: &str = "\
NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE
shop        web-0   0/1     Running   0          5m
shop        web-1   1/1     Running   3          5m
bank        till-0  0/1     Running   0          5m
";

const SERVICES: &str = "\
apiVersion: v1
items:
- apiVersion: v1
  kind: Service
  metadata:
    name: web
    namespace: shop
  spec:
    clusterIP: 10.96.3.7
    ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: 8080
    - name: metrics
      port: 9090
      protocol: TCP
      targetPort: 9090
    sessionAffinity: ClientIP
    type: ClusterIP
- apiVersion: v1
  kind: Service
  metadata:
    name: till
    namespace: bank
  spec:
    clusterIP: 10.96.9.9
    ports:
    - port: 443
      protocol: TCP
    type: ClusterIP
kind: List
";

/// What a rule with these steps comes to: `found`, `suspected` or `ruled out`. It explains that pods
/// are not ready, so that its suspicions count.
fn verdict(steps: &str, files: &[(&str, &str)]) -> &'static str {
    let text = format!(
        "id: some-fault\ntitle: Some fault\nseverity: high\nwhen:\n{steps}\nabout: {{kind: Cluster, name: it}}\nexplains:\n- pod-not-ready: {{}}\n"
    );
    let mut rules = unready::built_in();
    rules.push(RuleFile { path: "some-fault.yaml".into(), area: "x".into(), text });
    let book = load(&rules, unready::catalog()).unwrap_or_else(|mistakes| {
        panic!("{:?}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>())
    });
    let files = files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()));
    let report = unready::diagnose(&bundle::of_texts("b", files), &book)
        .expect("the patterns can be matched")
        .report;
    let own = report.diagnoses.iter().find(|d| d.rule == "some-fault");
    match own.map(|d| d.verdict) {
        Some(Verdict::Found) => "found",
        Some(Verdict::Suspected) => "suspected",
        None => "ruled out",
    }
}

const BOTH: &[(&str, &str)] = &[("pods.txt", PODS), ("services.yaml", SERVICES)];
const PODS_ALONE: &[(&str, &str)] = &[("pods.txt", PODS)];

/// Asks about the pods, and then something about Services.
fn after_pods(step: &str) -> String {
    format!("- pod: {{namespace: shop, name: web-0}}\n{step}")
}

#[test]
fn a_row_is_there_or_not_or_not_captured() {
    let there = after_pods("- service: {namespace: shop, name: web}");
    let gone = after_pods("- service: {namespace: shop, name: api}");
    assert_eq!(verdict(&there, BOTH), "found");
    assert_eq!(verdict(&gone, BOTH), "ruled out");
    assert_eq!(verdict(&gone, PODS_ALONE), "suspected");
}

#[test]
fn none_is_the_other_way_round() {
    let gone = after_pods("- none: {service: {namespace: shop, name: api}}");
    let there = after_pods("- none: {service: {namespace: shop, name: web}}");
    assert_eq!(verdict(&gone, BOTH), "found");
    assert_eq!(verdict(&there, BOTH), "ruled out");
    assert_eq!(verdict(&gone, PODS_ALONE), "suspected");
}

#[test]
fn a_count_knows_its_bounds_before_everything_is_captured() {
    let count = |what: &str, bound: &str| after_pods(&format!("- count: {{{what}}}\n  {bound}"));
    let unready = "pod: {ready: 0}";
    assert_eq!(verdict(&count(unready, "at_least: 2"), BOTH), "found");
    assert_eq!(verdict(&count(unready, "at_least: 3"), BOTH), "ruled out");
    assert_eq!(verdict(&count(unready, "at_most: 2"), BOTH), "found");
    assert_eq!(verdict(&count(unready, "at_most: 1"), BOTH), "ruled out");
    let services = "service: {namespace: $_}";
    assert_eq!(verdict(&count(services, "at_least: 1"), PODS_ALONE), "suspected");
    assert_eq!(verdict(&count(services, "at_most: 5"), PODS_ALONE), "suspected");
    // One namespace alone was captured: what was counted holds, what was not is open.
    let shop = PODS
        .replace("NAMESPACE   ", "")
        .replace("shop        ", "")
        .replace("bank        till-0  0/1     Running   0          5m\n", "");
    let shop: &[(&str, &str)] = &[("shop.txt", &format!("$ kubectl -n shop get pods\n{shop}"))];
    assert_eq!(verdict(&count(unready, "at_least: 1"), shop), "found");
    assert_eq!(verdict(&count(unready, "at_least: 2"), shop), "suspected");
    assert_eq!(verdict(&count(unready, "at_most: 1"), shop), "suspected");
    assert_eq!(verdict(&count(unready, "at_most: 0"), shop), "ruled out");
}

#[test]
fn a_count_of_values_counts_each_once() {
    let namespaces = |n: usize| {
        after_pods(&format!("- count: {{pod: {{namespace: $in}}}}\n  of: $in\n  at_least: {n}"))
    };
    assert_eq!(verdict(&namespaces(2), BOTH), "found");
    assert_eq!(verdict(&namespaces(3), BOTH), "ruled out");
}

#[test]
fn false_beats_unknown() {
    let steps =
        after_pods("- endpoint: {namespace: shop}\n- service: {namespace: shop, name: api}");
    assert_eq!(verdict(&steps, BOTH), "ruled out");
}

#[test]
fn what_was_not_known_is_asked_again_when_it_can_be() {
    // The first step is open for other namespaces; the second binds a pod that was captured, and is ready.
    let shop = "$ kubectl -n shop get pods\nNAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   3          5m\nweb-2   0/1     Running   3          5m\n";
    let resolv = "nameserver 10.96.0.10\n";
    let steps = "- pod: {namespace: $namespace, name: $pod, ready: 7}\n- nameserver: {namespace: $namespace, pod: $pod}";
    let known: &[(&str, &str)] = &[("pods.txt", shop), ("shop/web-1/resolv.conf", resolv)];
    assert_eq!(verdict(steps, known), "ruled out");
}

#[test]
fn unknown_may_count_as_absent() {
    let closed = |step: &str| after_pods(&format!("{step}\n  unknown: absent"));
    assert_eq!(
        verdict(&closed("- none: {service: {namespace: shop, name: api}}"), PODS_ALONE),
        "found"
    );
    assert_eq!(
        verdict(&closed("- none: {service: {namespace: shop, name: web}}"), BOTH),
        "ruled out"
    );
    assert_eq!(
        verdict(&closed("- service: {namespace: shop, name: web}"), PODS_ALONE),
        "ruled out"
    );
    assert_eq!(verdict(&closed("- service: {namespace: shop, name: web}"), BOTH), "found");
}

#[test]
fn comparisons_go_by_their_type() {
    let check = |check: &str| {
        let steps = format!(
            "- pod: {{namespace: shop, name: web-1, restarts: $restarts}}\n- service: {{name: web, cluster_ip: $ip}}\n- check: {check}"
        );
        let unused =
            if check.contains("$ip") { "- check: $restarts >= 0" } else { "- check: $ip != x" };
        verdict(&format!("{steps}\n{unused}"), BOTH)
    };
    assert_eq!(check("$restarts > 2"), "found");
    assert_eq!(check("$restarts > 10"), "ruled out");
    assert_eq!(check("$ip in 10.96.0.0/12"), "found");
    assert_eq!(check("$ip not in 10.96.0.0/12"), "ruled out");
    assert_eq!(check("$ip > 10.96.2.200"), "found");
}

#[test]
fn any_field_of_any_object_can_be_asked() {
    let object =
        |rest: &str| after_pods(&format!("- object: {{kind: Service, namespace: shop, {rest}}}"));
    assert_eq!(verdict(&object("spec.sessionAffinity: ClientIP"), BOTH), "found");
    assert_eq!(verdict(&object("spec.sessionAffinity: None"), BOTH), "ruled out");
    assert_eq!(verdict(&object("spec.externalName: null"), BOTH), "found");
    // Paths through one list speak of one item of it.
    assert_eq!(
        verdict(&object("'spec.ports[*].name': http, 'spec.ports[*].targetPort': '8080'"), BOTH),
        "found"
    );
    assert_eq!(
        verdict(&object("'spec.ports[*].name': http, 'spec.ports[*].targetPort': '9090'"), BOTH),
        "ruled out"
    );
    assert_eq!(verdict(&object("spec.sessionAffinity: None"), PODS_ALONE), "suspected");
}

#[test]
fn a_pattern_binds_by_its_groups() {
    let steps = "- pod: {namespace: $namespace, name: '/^(?<app>[a-z]+)-0$/'}\n- service: {namespace: $namespace, name: $app}";
    assert_eq!(verdict(steps, BOTH), "found");
    let steps = "- pod: {namespace: $namespace, name: '/^(?<app>[a-z]+)-9$/'}\n- service: {namespace: $namespace, name: $app}";
    assert_eq!(verdict(steps, BOTH), "ruled out");
}

#[test]
fn a_suspicion_explains_something_that_is_seen() {
    let ready = "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nshop        web-0   1/1     Running   0          5m\n";
    let steps = after_pods("- service: {namespace: shop, name: api}");
    assert_eq!(verdict(&steps, &[("pods.txt", ready)]), "ruled out");
}
