//! Big inputs, made of a few shapes and numbers. The same call writes the same bytes on any machine.
//!
//! They look like what customers send of a large cluster that mostly works: nearly all pods are ready,
//! nearly all lines say nothing.

use std::io::{self, Write};

/// A sequence of numbers that looks random and is not.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// A sequence of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number, less than `below`.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below.max(1)
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16) as usize])).collect()
    }

    /// The letters of generated names: no vowels, so that they spell nothing.
    fn suffix(&mut self, letters: usize) -> String {
        let alphabet = b"bcdfghjklmnpqrstvwxz2456789";
        (0..letters)
            .map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize]))
            .collect()
    }
}

const APPS: [&str; 8] =
    ["billing", "catalog", "gateway", "ledger", "mailer", "orders", "search", "stock"];

/// `kubectl get pods -A -o yaml` of so many pods, about 4 kB each. One of a thousand cannot pull its
/// image.
///
/// # Errors
/// Writing fails.
pub(crate) fn pods(out: &mut dyn Write, count: u64) -> io::Result<()> {
    let mut numbers = Numbers::new(1);
    writeln!(out, "apiVersion: v1\nitems:")?;
    for n in 0..count {
        pod(out, &mut numbers, n)?;
    }
    writeln!(out, "kind: List\nmetadata:\n  resourceVersion: \"\"")
}

fn pod(out: &mut dyn Write, numbers: &mut Numbers, n: u64) -> io::Result<()> {
    let app = numbers.of(&APPS);
    let namespace = format!("team-{}", n / 500 % 40);
    let hash = format!("{}{}", numbers.hex(9), numbers.below(10));
    let name = format!("{app}-{hash}-{}", numbers.suffix(5));
    let node = format!("node-{}", n / 100);
    let address = format!("10.{}.{}.{}", n / 62_500 % 250, n / 250 % 250, n % 250 + 2);
    let (uid, owner) = (uid(numbers), uid(numbers));
    let digest = numbers.hex(64);
    let id = numbers.hex(64);
    let ready = n % 1000 != 999;
    let volume = format!("kube-api-access-{}", numbers.suffix(5));
    let hour = n % 24;
    write!(
        out,
        r#"- apiVersion: v1
  kind: Pod
  metadata:
    annotations:
      checksum/config: {digest}
      prometheus.io/port: "9090"
      prometheus.io/scrape: "true"
    creationTimestamp: "2026-03-02T{hour:02}:11:09Z"
    generateName: {app}-{hash}-
    labels:
      app.kubernetes.io/name: {app}
      pod-template-hash: {hash}
      team: {namespace}
      version: v1
    name: {name}
    namespace: {namespace}
    ownerReferences:
    - apiVersion: apps/v1
      blockOwnerDeletion: true
      controller: true
      kind: ReplicaSet
      name: {app}-{hash}
      uid: {owner}
    resourceVersion: "{version}"
    uid: {uid}
  spec:
    affinity:
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
        - podAffinityTerm:
            labelSelector:
              matchLabels:
                app.kubernetes.io/name: {app}
            topologyKey: kubernetes.io/hostname
          weight: 100
    containers:
    - args:
      - --listen=:8080
      - --log-level=info
      env:
      - name: POD_NAME
        valueFrom:
          fieldRef:
            apiVersion: v1
            fieldPath: metadata.name
      - name: DATABASE_HOST
        value: db.{namespace}.svc.cluster.local
      - name: CACHE_SIZE
        value: "4096"
      image: registry.example.com/{app}:1.{minor}.0
      imagePullPolicy: IfNotPresent
      livenessProbe:
        failureThreshold: 3
        httpGet:
          path: /healthz
          port: 8080
          scheme: HTTP
        initialDelaySeconds: 10
        periodSeconds: 10
        successThreshold: 1
        timeoutSeconds: 1
      name: {app}
      ports:
      - containerPort: 8080
        name: http
        protocol: TCP
      - containerPort: 9090
        name: metrics
        protocol: TCP
      readinessProbe:
        failureThreshold: 3
        httpGet:
          path: /ready
          port: http
          scheme: HTTP
        periodSeconds: 5
        successThreshold: 1
        timeoutSeconds: 1
      resources:
        limits:
          cpu: "1"
          memory: 512Mi
        requests:
          cpu: 100m
          memory: 256Mi
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: File
      volumeMounts:
      - mountPath: /etc/{app}
        name: config
      - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
        name: {volume}
        readOnly: true
    dnsPolicy: ClusterFirst
    enableServiceLinks: true
    nodeName: {node}
    preemptionPolicy: PreemptLowerPriority
    priority: 0
    restartPolicy: Always
    schedulerName: default-scheduler
    securityContext: {{}}
    serviceAccount: default
    serviceAccountName: default
    terminationGracePeriodSeconds: 30
    tolerations:
    - effect: NoExecute
      key: node.kubernetes.io/not-ready
      operator: Exists
      tolerationSeconds: 300
    - effect: NoExecute
      key: node.kubernetes.io/unreachable
      operator: Exists
      tolerationSeconds: 300
    volumes:
    - configMap:
        defaultMode: 420
        name: {app}-config
      name: config
    - name: {volume}
      projected:
        defaultMode: 420
        sources:
        - serviceAccountToken:
            expirationSeconds: 3607
            path: token
        - configMap:
            items:
            - key: ca.crt
              path: ca.crt
            name: kube-root-ca.crt
        - downwardAPI:
            items:
            - fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
              path: namespace
  status:
    conditions:
"#,
        version = 1_000_000 + n,
        minor = n % 7,
    )?;
    let stamp = format!("2026-03-02T{hour:02}:11:20Z");
    for (kind, held) in [
        ("PodReadyToStartContainers", true),
        ("Initialized", true),
        ("Ready", ready),
        ("ContainersReady", ready),
        ("PodScheduled", true),
    ] {
        writeln!(out, "    - lastProbeTime: null\n      lastTransitionTime: \"{stamp}\"")?;
        if held {
            writeln!(out, "      status: \"True\"\n      type: {kind}")?;
        } else {
            writeln!(
                out,
                "      message: 'containers with unready status: [{app}]'\n      reason: ContainersNotReady\n      status: \"False\"\n      type: {kind}"
            )?;
        }
    }
    writeln!(out, "    containerStatuses:")?;
    if ready {
        writeln!(
            out,
            "    - containerID: containerd://{id}\n      image: registry.example.com/{app}:1.0.0\n      imageID: registry.example.com/{app}@sha256:{digest}\n      lastState: {{}}\n      name: {app}\n      ready: true\n      restartCount: 0\n      started: true\n      state:\n        running:\n          startedAt: \"{stamp}\""
        )?;
    } else {
        writeln!(
            out,
            "    - image: registry.example.com/{app}:1.0.0\n      imageID: \"\"\n      lastState: {{}}\n      name: {app}\n      ready: false\n      restartCount: 0\n      started: false\n      state:\n        waiting:\n          message: 'Back-off pulling image \"registry.example.com/{app}:1.0.0\"'\n          reason: ImagePullBackOff"
        )?;
    }
    let phase = if ready { "Running" } else { "Pending" };
    writeln!(
        out,
        "    hostIP: 192.168.{}.{}\n    phase: {phase}\n    podIP: {address}\n    podIPs:\n    - ip: {address}\n    qosClass: Burstable\n    startTime: \"2026-03-02T{hour:02}:11:09Z\"",
        n / 25_000 % 250,
        n / 100 % 250,
    )
}

fn uid(numbers: &mut Numbers) -> String {
    let parts = [8, 4, 4, 4, 12].map(|digits| numbers.hex(digits));
    parts.join("-")
}

/// A log of about so many bytes: of an application, a sidecar, a kubelet or a Java service, by turns.
///
/// # Errors
/// Writing fails.
pub(crate) fn log(out: &mut dyn Write, bytes: u64, seed: u64) -> io::Result<()> {
    let mut numbers = Numbers::new(seed);
    let (mut written, mut second) = (0, 0);
    while written < bytes {
        second += 1;
        let line = match seed % 4 {
            0 => application(&mut numbers, second),
            1 => access(&mut numbers, second),
            2 => kubelet(&mut numbers, second),
            _ => service(&mut numbers, second),
        };
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    Ok(())
}

/// A time of day, some milliseconds after the one before.
fn clock(turn: u64) -> String {
    let seconds = turn / 40;
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

fn application(numbers: &mut Numbers, turn: u64) -> String {
    let at = clock(turn);
    let level = if numbers.below(50) == 0 { "warn" } else { "info" };
    let path = numbers.of(&["/api/orders", "/api/items", "/api/users/42/basket", "/healthz"]);
    format!(
        "2026-03-02T{at}.{:06}Z {level} http request method=GET path={path} status=200 duration={}ms bytes={} trace={}\n",
        numbers.below(1_000_000),
        numbers.below(300),
        numbers.below(20_000),
        numbers.hex(32),
    )
}

fn access(numbers: &mut Numbers, turn: u64) -> String {
    let at = clock(turn);
    let path = numbers.of(&["/v1/quote", "/v1/stock?sku=8812", "/metrics", "/v2/ship/rates"]);
    let app = numbers.of(&APPS);
    format!(
        "[2026-03-02T{at}.{:03}Z] \"GET {path} HTTP/1.1\" 200 - via_upstream - \"-\" 0 {} {} {} \"-\" \"okhttp/4.9.1\" \"{}\" \"{app}:8080\" \"10.2.{}.{}:8080\" outbound|8080||{app}.shop.svc.cluster.local 10.2.3.4:53824 10.96.11.7:8080 10.2.3.4:41234 - default\n",
        numbers.below(1000),
        numbers.below(9000),
        numbers.below(90),
        numbers.below(80),
        uid(numbers),
        numbers.below(250),
        numbers.below(250),
    )
}

fn kubelet(numbers: &mut Numbers, turn: u64) -> String {
    let at = clock(turn);
    let app = numbers.of(&APPS);
    let what = numbers.of(&[
        "\"SyncLoop (PLEG): event for pod\"",
        "\"SyncLoop (probe)\" probe=\"readiness\" status=\"ready\"",
        "\"Finished parsing log file\"",
        "\"Observed pod startup duration\"",
    ]);
    format!(
        "I0302 {at}.{:06}    2411 kubelet.go:{}] {what} pod=\"team-{}/{app}-{}-{}\" duration=\"{}ms\"\n",
        numbers.below(1_000_000),
        1000 + numbers.below(1500),
        numbers.below(40),
        numbers.hex(10),
        numbers.suffix(5),
        numbers.below(900),
    )
}

fn service(numbers: &mut Numbers, turn: u64) -> String {
    let at = clock(turn);
    if numbers.below(400) == 0 {
        return format!(
            "2026-03-02 {at},{:03} ERROR [worker-{}] c.e.shop.Retry - attempt failed, will try again\njava.io.IOException: stream was reset\n\tat com.example.shop.Client.call(Client.java:{})\n\tat com.example.shop.Retry.run(Retry.java:41)\n\tat java.base/java.lang.Thread.run(Thread.java:833)\n",
            numbers.below(1000),
            numbers.below(16),
            numbers.below(400),
        );
    }
    format!(
        "2026-03-02 {at},{:03} INFO  [worker-{}] c.e.shop.{} - finished batch {} with {} entries in {} ms\n",
        numbers.below(1000),
        numbers.below(16),
        numbers.of(&["Importer", "Exporter", "Mailer", "Indexer"]),
        numbers.hex(12),
        numbers.below(5000),
        numbers.below(2000),
    )
}
