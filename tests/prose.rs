//! Tickets that are nothing but prose with captures pasted in: the cause is named all the same.

mod support;

use support::report;
use unready::bundle;
use unready::report::Verdict;

const TICKET: &str = "\
Shop is half ready since the weekend

After we changed the DNS of the test cluster, only one of two containers of each pod is ready.

kubectl get pods
NAME READY STATUS RESTARTS AGE
cart-5d7c9b8f6d-k8x2v 1/2 Running 0 1m
stock-6f7b8d5c4d-9wz5t 1/2 Running 0 1m

The container that is not ready is the sidecar, and this is what it is asked.

readinessProbe:
  failureThreshold: 30
  httpGet:
    path: /healthz/ready
    port: 15020

From the node we did the same by hand.

# curl http://10.1.3.43:15020/healthz/ready -v
* Connected to 10.1.3.43 (10.1.3.43) port 15020 (#0)
> GET /healthz/ready HTTP/1.1
> Accept: */*>
< HTTP/1.1 503 Service Unavailable< Date: Tue, 07 Oct 2025 16:43:50 GMT
< Content-Length: 0
< *
Connection #0 to host 10.1.3.43 left intact

Then we went into the container of one of the pods:

docker exec -ti -u 1337 --privileged <id of the container> bash

istio-proxy@cart-5d7c9b8f6d-k8x2v:/$ netstat -lnpt
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 127.0.0.1:15000         0.0.0.0:*               LISTEN      19/envoy
tcp6       0      0 :::15020                :::*                    LISTEN      1/pilot-agent

The log of the sidecar has this line in it, again and again, and we do not know what it means.

Envoy proxy is NOT ready: config not received from Pilot (is Pilot running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected.

istio-proxy@cart-5d7c9b8f6d-k8x2v:/$ cat /etc/resolv.conf
nameserver 10.96.0.10
search default.svc.cluster.local svc.cluster.local cluster.local

The Service of the DNS server was deleted and created again by one of us.

# kubectl get svc -n kube-system
NAME                      TYPE           CLUSTER-IP      EXTERNAL-IP     PORT(S)                      AGE
kube-dns                  ClusterIP      10.96.9.54      &lt;none&gt;          53/UDP,53/TCP                5d

When it was given its old address again, all of the pods became ready.

# kubectl get pods
NAME READY STATUS RESTARTS AGE
cart-5d7c9b8f6d-k8x2v 2/2 Running 0 6d
stock-6f7b8d5c4d-9wz5t 2/2 Running 0 6d
";

/// The first cause of a ticket of one text.
fn first(text: Vec<u8>) -> Option<(String, String, Verdict)> {
    let report = report(&bundle::of_texts("ticket", [("ticket.txt".to_string(), text)]));
    let first = report.diagnoses.first()?;
    let about = &first.subject;
    let name = format!("{}/{}", about.namespace.as_deref().unwrap_or_default(), about.name);
    Some((first.rule.clone(), name, first.verdict))
}

#[test]
fn a_ticket_in_prose_names_the_cause() {
    let wanted = Some((
        "cluster-dns-address-changed".to_string(),
        "kube-system/kube-dns".to_string(),
        Verdict::Suspected,
    ));
    assert_eq!(first(TICKET.into()), wanted);
    let quoted: String = TICKET.lines().map(|line| format!("> {line}\n")).collect();
    assert_eq!(first(quoted.into_bytes()), wanted, "as a reply");
    let windows: Vec<u8> =
        TICKET.replace('\n', "\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(first(windows), wanted, "in UTF-16 with carriage returns");
    let coloured = TICKET.replace("NAME", "\u{1b}[1mNAME\u{1b}[0m");
    assert_eq!(first(coloured.into_bytes()), wanted, "in colours");
    let html = TICKET.replace('>', "&gt;").replace("  ", " \u{a0}");
    assert_eq!(first(html.into_bytes()), wanted, "out of a browser");
}
