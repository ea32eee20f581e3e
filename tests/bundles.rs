//! Whole incidents, and what is lost when a capture is missing.

mod support;

use support::{files_of, report, report_on};
use unready::bundle;
use unready::report::{Report, Style, Verdict, text};

const INCIDENT: &str = "one-half-ready";

/// The report on the incident after its files were changed.
fn changed(change: impl Fn(&mut Vec<(String, Vec<u8>)>)) -> Report {
    let mut files = files_of(INCIDENT);
    change(&mut files);
    report(&bundle::of_texts(INCIDENT, files))
}

fn without(wanted: &[&str]) -> Report {
    changed(|files| files.retain(|(path, _)| !wanted.iter().any(|name| path.ends_with(name))))
}

fn plain(report: &Report) -> String {
    text(report, Style { color: false, ranks: false })
}

/// One cause is proven, the moved address, and at the end of its chain stand so many pods.
fn the_address_explains(report: &Report, pods: usize) {
    let [cause] = &report.diagnoses[..] else { panic!("one cause is to be found") };
    assert_eq!(
        (cause.rule.as_str(), cause.verdict),
        ("cluster-dns-address-changed", Verdict::Found)
    );
    let unready = cause.explains.iter().find(|c| c.rule == "pod-not-ready");
    assert_eq!(unready.map(|c| c.count), Some(pods));
}

#[test]
fn one_half_ready_is_explained_from_the_address_to_the_six_pods() {
    let report = report_on(INCIDENT);
    insta::assert_snapshot!("one_half_ready", plain(&report));
    insta::assert_json_snapshot!("one_half_ready_json", report);
    let [cause] = &report.diagnoses[..] else { panic!("one cause is to be found") };
    assert_eq!(
        (cause.rule.as_str(), cause.verdict),
        ("cluster-dns-address-changed", Verdict::Found)
    );
    let chain: Vec<(&str, usize)> =
        cause.explains.iter().map(|c| (c.rule.as_str(), c.count)).collect();
    assert_eq!(
        chain,
        [
            ("control-plane-name-unresolved", 6),
            ("sidecar-without-configuration", 6),
            ("envoy-not-ready", 6),
            ("probe-failing", 1),
            ("pod-not-ready", 6),
            ("service-pods-not-ready", 4),
            ("service-without-ready-endpoint", 4),
        ]
    );
    assert!(report.unexplained.is_empty() && report.issues.is_empty());
}

#[test]
fn nothing_is_found_after_the_recovery() {
    let report = report_on("one-half-ready-recovered");
    insta::assert_snapshot!("one_half_ready_recovered", plain(&report));
    assert!(report.diagnoses.is_empty() && report.unexplained.is_empty());
}

#[test]
fn other_names_and_another_istio_come_to_the_same_cause() {
    let report = report_on("coredns-rebuilt");
    insta::assert_snapshot!("coredns_rebuilt", plain(&report));
    the_address_explains(&report, 4);
}

#[test]
fn tables_in_folders_of_any_name_come_to_the_same_cause() {
    const SERVICES: &str = "\
NAMESPACE     NAME         TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)                  AGE
default       kubernetes   ClusterIP   10.96.0.1      <none>        443/TCP                  90d
kube-system   coredns      ClusterIP   10.103.77.21   <none>        53/UDP,53/TCP,9153/TCP   45m
shop          orders       ClusterIP   10.101.4.8     <none>        8080/TCP                 80d
";
    // No path and no table names the namespace; the search list of a resolv.conf does.
    let kept = |path: &str| !path.starts_with("k8s/") || path.ends_with("pods-shop.txt");
    let renamed = |path: String| path.replace("shop/", "captures/").replace("k8s/", "");
    let files = files_of("coredns-rebuilt").into_iter().filter(|(path, _)| kept(path));
    let files = files.map(|(path, bytes)| (renamed(path), bytes));
    let services = [("svc.txt".to_string(), SERVICES.as_bytes().to_vec())];
    let report = report(&bundle::of_texts("tables", files.chain(services)));
    the_address_explains(&report, 4);
}

#[test]
fn without_resolv_conf_the_cause_is_suspected_and_asked_for() {
    let report = without(&["resolv.conf"]);
    insta::assert_snapshot!("without_resolv_conf", plain(&report));
    assert!(report.diagnoses.iter().all(|d| d.verdict == Verdict::Suspected));
    assert_eq!(report.diagnoses[0].rule, "cluster-dns-address-changed");
    let commands: Vec<&str> = report.collect.iter().map(|ask| ask.command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "kubectl -n default exec details-v1-68868454f5-94hzd -c istio-proxy -- cat /etc/resolv.conf"
        ]
    );
}

#[test]
fn without_services_the_cause_is_suspected_and_asked_for() {
    let report = without(&["services.yaml", "get-svc-kube-system.txt"]);
    insta::assert_snapshot!("without_services", plain(&report));
    assert!(report.diagnoses.iter().all(|d| d.verdict == Verdict::Suspected));
    assert_eq!(report.diagnoses[0].rule, "cluster-dns-address-changed");
    assert!(report.collect.iter().any(|ask| ask.command == "kubectl get services -A -o yaml"));
}

#[test]
fn an_empty_folder_suspects_nothing() {
    let report = report(&bundle::of_texts("empty", []));
    insta::assert_snapshot!("empty", plain(&report));
    assert!(
        report.diagnoses.is_empty() && report.collect.is_empty() && report.unexplained.is_empty()
    );
}

#[test]
fn a_truncated_dump_is_told_and_proves_no_absence() {
    let report = changed(|files| {
        for (path, text) in files {
            if path == "services.yaml" {
                text.truncate(text.len() / 3);
                text.extend(b"\n    bad: \"unclosed");
            }
        }
    });
    assert!(report.issues.iter().any(|issue| issue.file == "services.yaml"), "{:?}", report.issues);
    assert!(report.diagnoses.iter().all(|d| d.verdict == Verdict::Suspected));
}

#[test]
fn a_capture_taken_twice_changes_no_diagnosis() {
    let twice = changed(|files| {
        let again: Vec<_> =
            files.iter().map(|(path, text)| (format!("again/{path}"), text.clone())).collect();
        files.extend(again);
    });
    let once = report_on(INCIDENT);
    let said = |report: &Report| -> Vec<(String, usize)> {
        report
            .diagnoses
            .iter()
            .map(|d| (d.title.clone(), d.explains.iter().map(|c| c.count).sum()))
            .collect()
    };
    assert_eq!(said(&twice), said(&once));
}

#[test]
fn the_number_of_threads_does_not_show() {
    let said = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool can be built");
        pool.install(|| {
            serde_json::to_string(&report_on(INCIDENT)).expect("a report can be written")
        })
    };
    let one = said(1);
    assert_eq!(one, said(2));
    assert_eq!(one, said(7));
}
