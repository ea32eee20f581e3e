//! Redaction: what is taken out, what stays, and that no diagnosis changes.
//!
//! The secrets that are planted, in the places and forms in which customers send them, are the table
//! `PLANTED`. In its texts `§` stands for the secret.

#![expect(clippy::disallowed_types, reason = "the program under test is run")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64ct::{Base64, Encoding};
use support::{BOOK, cases, root};
use unready::bundle::{self, Limits};
use unready::fixture::Body;
use unready::redact;

/// A secret that is planted: its name, the secret itself, and the file around it.
struct Planted {
    name: &'static str,
    secret: &'static str,
    file: &'static str,
    text: &'static str,
}

const fn planted(
    name: &'static str,
    file: &'static str,
    secret: &'static str,
    text: &'static str,
) -> Planted {
    Planted { name, secret, file, text }
}

/// Where secrets stand, and how they look.
const PLANTED: &[Planted] = &[
    // Kubernetes Secrets.
    planted("a value of a Secret in YAML", "secrets/a.yaml", "cGxhbnRlZC0wMS1zZWNyZXQ=", "\
apiVersion: v1
items:
- apiVersion: v1
  data:
    anything: §
    other: §
  kind: Secret
  metadata:
    name: db
    namespace: shop
  type: Opaque
- apiVersion: v1
  data:
    harmless: kept-as-it-is
  kind: ConfigMap
  metadata:
    name: settings
    namespace: shop
kind: List
"),
    planted("stringData in a manifest", "manifests/b.yaml", "planted 02 correct horse", "\
apiVersion: v1
kind: Secret
metadata:
  name: b
stringData:
  phrase: §
  quoted: \"§\"
  block: |
    §
    §
"),
    planted("a value of a Secret in JSON", "secrets/c.json", "cGxhbnRlZC0wMy1zZWNyZXQ=", "\
{
    \"apiVersion\": \"v1\",
    \"items\": [
        {
            \"apiVersion\": \"v1\",
            \"data\": {
                \"anything\": \"§\"
            },
            \"kind\": \"Secret\",
            \"metadata\": {
                \"name\": \"c\"
            }
        }
    ],
    \"kind\": \"List\"
}
"),
    planted("a value of a Secret in JSON of one line", "secrets/d.json", "cGxhbnRlZC0wNC1zZWNyZXQ=",
        "{\"apiVersion\":\"v1\",\"data\":{\"x\":\"§\"},\"kind\":\"Secret\",\"metadata\":{\"name\":\"d\"}}\n"),
    planted("a Secret in an annotation in YAML", "pods/e.yaml", "cGxhbnRlZC0wNS1zZWNyZXQ=", "\
apiVersion: v1
data:
  x: §
kind: Secret
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {\"apiVersion\":\"v1\",\"data\":{\"x\":\"§\"},\"kind\":\"Secret\",\"metadata\":{\"name\":\"e\"}}
  name: e
"),
    planted("a Secret in an annotation in JSON", "secrets/f.json", "cGxhbnRlZC0wNi1zZWNyZXQ=", "\
{
    \"apiVersion\": \"v1\",
    \"kind\": \"ConfigMap\",
    \"metadata\": {
        \"annotations\": {
            \"kubectl.kubernetes.io/last-applied-configuration\": \"{\\\"apiVersion\\\":\\\"v1\\\",\\\"data\\\":{\\\"x\\\":\\\"§\\\"},\\\"kind\\\":\\\"Secret\\\",\\\"metadata\\\":{}}\\n\"
        },
        \"name\": \"f\"
    }
}
"),
    planted("Secrets of the API itself, without their kind", "secrets/g.json", "cGxhbnRlZC0wNy1zZWNyZXQ=",
        "{\"kind\":\"SecretList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"g\"},\"data\":{\"x\":\"§\"}}]}\n"),
    planted("a Secret in an audit log", "audit.log", "cGxhbnRlZC0wOC1zZWNyZXQ=",
        "{\"kind\":\"Event\",\"verb\":\"create\",\"requestObject\":{\"kind\":\"Secret\",\"data\":{\"x\":\"§\"},\"type\":\"Opaque\"}}\n"),
    planted("a Secret that was quoted in a mail", "ticket.txt", "cGxhbnRlZC0wOS1zZWNyZXQ=", "\
> apiVersion: v1
> data:
>   x: §
> kind: Secret
> metadata:
>   name: h
"),
    planted("a Secret at the end of a dump that was cut off", "secrets/i.yaml", "cGxhbnRlZC0xMC1zZWNyZXQ=", "\
apiVersion: v1
items:
- apiVersion: v1
  data:
    x: §
  kind: Secret
- apiVersion: v1
  data:
    y: §
"),
    planted("the value that a command printed", "session.txt", "cGxhbnRlZC0xMS1zZWNyZXQ=",
        "$ kubectl get secret db -o jsonpath='{.data.x}'\n§\n$ date\n"),
    // Private keys.
    planted("a private key in PEM", "tls/key.pem", "MIIEowIBAAKCAQEAplanted12abcdefghijklmnopqrstuvwxyz0123456789ABCD", "\
-----BEGIN RSA PRIVATE KEY-----
§
Zm9vYmFyYmF6
-----END RSA PRIVATE KEY-----
"),
    planted("a private key in a string of JSON", "app/config.json", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCplanted13",
        "{\"type\":\"service_account\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n§\\n-----END PRIVATE KEY-----\\n\"}\n"),
    planted("a private key in a ConfigMap", "objects/cm.yaml", "MHcCAQEEIplanted14aaaaabbbbbcccccdddddeeeeefffff", "\
apiVersion: v1
data:
  server.pem: |
    -----BEGIN EC PRIVATE KEY-----
    §
    -----END EC PRIVATE KEY-----
kind: ConfigMap
metadata:
  name: tls
"),
    // Tokens by their form.
    planted("a JWT in a log", "app.log", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjE1In0.eyJzdWIiOiJwbGFudGVkMTUifQ.c2lnbmF0dXJlMTU",
        "2025-03-04T09:12:01Z INFO request with § was accepted\n"),
    planted("a bearer in a header", "curl.txt", "b3BhcXVlLXBsYW50ZWQtMTY0Nzg5", "> GET / HTTP/1.1\n> Authorization: Bearer §\n"),
    planted("a login in a header", "curl2.txt", "YWxpY2U6cGxhbnRlZC0xNw==", "> Authorization: Basic §\n"),
    planted("a bot's token in a URL", "bot.log", "123456789:AAplanted18bcdefghijklmnopqrstuvwxy",
        "POST https://api.telegram.org/bot§/sendMessage 200\n"),
    planted("a key of Amazon", "aws.log", "AKIAPLANTED19ABCDEF0", "using key § of the instance\n"),
    planted("a secret key of Amazon in the environment", "env.txt", "wJalrXUtnFEMI/K7MDENG/planted20EXAMPLEKEY", "AWS_SECRET_ACCESS_KEY=§\nHOME=/root\n"),
    planted("a key of Google", "maps.yaml", "AIzaSyPlanted21abcdefghijklmnopqrstuvwx", "maps: §\n"),
    planted("a token of GitHub", "ci.log", "ghp_planted22ABCDEFGHIJKLMNOPQRSTUVWXYZ01", "cloning with §\n"),
    planted("a token of Slack", "slack.log", "xoxb-2323232323-planted23abcdef", "posting as §\n"),
    planted("a token of a service account of OpenShift", "oc.txt", "sha256~planted24ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456_", "$ oc whoami -t\n§\n"),
    // Passwords in URLs and connection strings.
    planted("a password in a URL", "db.log", "planted25:p@ss", "connecting to postgres://shop:§@db.shop.svc:5432/shop\n"),
    planted("a password in a list of hosts", "mongo.yaml", "planted26%2Fx", "uri: mongodb+srv://u:§@a.example,b.example/db?w=1\n"),
    planted("a password in a connection string", "ado.config", "planted27Pw", "  \"Db\": \"Server=db;User Id=sa;Password=§;Encrypt=true\"\n"),
    planted("a key in a connection string", "azure.txt", "cGxhbnRlZDI4AAAAAAAAAAAAAAAAAAAAAAAAAA==", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=§;EndpointSuffix=core.windows.net\n"),
    planted("a password in a query", "jdbc.properties", "planted29", "url=jdbc:postgresql://db:5432/shop?user=shop&password=§&ssl=true\n"),
    // Environment, arguments, configuration.
    planted("a variable of a container in YAML", "pods/env.yaml", "planted30", "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
  - env:
    - name: DB_PASSWORD
      value: §
    - name: MODE
      value: production
    name: web
"),
    planted("a variable of a container in JSON", "pods/env.json", "planted31",
        "{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"API_KEY\",\"value\":\"§\"},{\"name\":\"MODE\",\"value\":\"production\"}]}]}}\n"),
    planted("a variable in a description", "describe.txt", "planted32", "\
Name:         web
Namespace:    shop
    Environment:
      DB_PASSWORD:  §
      MODE:         production
"),
    planted("an argument with its value", "pods/args.yaml", "planted33", "\
apiVersion: v1
kind: Pod
metadata: {name: args, namespace: shop}
spec:
  containers:
  - name: a
    args:
    - --db-password=§
    - --db-password
    - §
    - --db-host=db
"),
    planted("arguments in a list of JSON", "args.json", "planted34", "{\"command\":[\"server\",\"--password\",\"§\",\"--port\",\"8080\"]}\n"),
    planted("a command line", "ps.txt", "planted35", "root 1 0 mysqld_exporter --token § --port 9104\nroot 2 0 mysql -u root -p§ shop\n"),
    planted("a login of curl", "history.txt", "planted36", "curl -s -u admin:§ https://registry.example/v2/\n"),
    planted("a setting in a file of properties", "application.properties", "planted37", "spring.datasource.password = §\n"),
    planted("a setting in XML", "settings.xml", "planted38", "<server><username>ci</username><password>§</password></server>\n"),
    planted("a password in a ConfigMap", "objects/cm2.yaml", "planted39", "\
apiVersion: v1
data:
  SMTP_PASSWORD: §
  application.yaml: |
    datasource:
      password: §
kind: ConfigMap
metadata: {name: app, namespace: shop}
"),
    planted("a password in the JSON of a log", "json.log", "planted40", "{\"level\":\"info\",\"msg\":\"config\",\"config\":\"{\\\"password\\\":\\\"§\\\"}\"}\n"),
    // Kubeconfigs, registries, cookies, people.
    planted("the token of a kubeconfig", "kube/config", "planted41Token", "\
apiVersion: v1
kind: Config
clusters: []
users:
- name: admin
  user:
    token: §
"),
    planted("the key of a kubeconfig", "kube/admin.conf", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpwbGFudGVkNDIKLS0tLS1FTkQgUlNBIFBSSVZBVEUgS0VZLS0tLS0K", "\
users:
- name: admin
  user:
    client-key-data: §
"),
    planted("the login of a registry", "docker/config.json", "cm9ib3Q6cGxhbnRlZDQz", "{\"auths\": {\"registry.example\": {\"auth\": \"§\"}}}\n"),
    planted("a cookie that is sent", "http.txt", "planted44abc", "> GET / HTTP/1.1\n> Cookie: session=§; theme=dark\n< HTTP/1.1 200 OK\n< set-cookie: sid=§; Path=/\n"),
    planted("the hash of a password", "htpasswd", "$2y$10$planted45ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs", "admin:§\n"),
    planted("an e-mail address", "owner.yaml", "alice.planted46@shop.example.com", "metadata:\n  annotations:\n    owner: §\n"),
    planted("a login as it is said in a log", "said.log", "planted47", "2025-03-04 09:12:01 DEBUG login user=root password=§ ok\n"),
    planted("a token to join", "join.txt", "abcdef.0123456789planted", "kubeadm join 10.0.0.1:6443 --token § --discovery-token-ca-cert-hash sha256:aa\n"),
    planted("a password in settings of Redis", "redis.conf", "planted49", "bind 0.0.0.0\nrequirepass §\n"),
    planted("a key in the dump of a proxy", "dump.json", "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCnBsYW50ZWQ1MAotLS0tLUVORCBQUklWQVRFIEtFWS0tLS0tCg==",
        "{\n \"private_key\": {\n  \"inline_bytes\": \"§\"\n }\n}\n"),
];

fn files() -> Vec<(String, Vec<u8>)> {
    let file = |p: &Planted| (p.file.to_string(), p.text.replace('§', p.secret).into_bytes());
    PLANTED.iter().map(file).collect()
}

fn redacted(text: &[u8]) -> String {
    String::from_utf8_lossy(&redact::bytes(text).bytes).into_owned()
}

#[test]
fn what_is_planted_is_gone_and_the_lines_stay() {
    for (planted, (_, text)) in PLANTED.iter().zip(files()) {
        let said = redacted(&text);
        assert!(!said.contains(planted.secret), "{}:\n{said}", planted.name);
        let wanted = planted.text.lines().count();
        assert_eq!(said.lines().count(), wanted, "{}:\n{said}", planted.name);
        for (line, before) in said.lines().zip(planted.text.lines()) {
            if !before.contains('§') && !before.contains("Zm9v") {
                assert_eq!(line, before, "{}", planted.name);
            }
        }
    }
}

#[test]
fn what_stands_around_a_secret_stays() {
    for (before, after) in [
        ("postgres://u:s3cret@h:5432/d?x=1", "postgres://u:REDACTED@h:5432/d?x=1"),
        ("  token: abc123def456ghi789  \r", "  token: REDACTED  \r"),
        (r#"{"password":"a\"b","n":1}"#, r#"{"password":"REDACTED","n":1}"#),
        (r#"{"password": 1234567, "n": 1}"#, r#"{"password": 0, "n": 1}"#),
        ("level=info password=x1y2 msg=\"a b\"", "level=info password=REDACTED msg=\"a b\""),
        ("- --password=x1y2", "- --password=REDACTED"),
        ("export API_KEY='x1y2'", "export API_KEY='REDACTED'"),
        ("Authorization: Bearer abc123def456", "Authorization: Bearer REDACTED"),
    ] {
        assert_eq!(redacted(before.as_bytes()), after);
    }
}

#[test]
fn sentences_and_references_are_no_secrets() {
    for text in [
        "Error: secret \"db-credentials\" not found",
        "MountVolume.SetUp failed for volume \"token\" : secret \"default-token-x7k2p\" not found",
        "invalid password: authentication failed for user root",
        "failed to fetch token: Post \"https://sts.example/token\": dial tcp 10.0.0.1:443: i/o timeout",
        "password authentication failed for user \"shop\"",
        "automountServiceAccountToken: false",
        "secretName: db-credentials",
        "  secret:\n    secretName: tls",
        "  - secretRef:\n      name: db",
        "tokenExpirationSeconds: 3600",
        "      DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
        "  password: $(DB_PASSWORD)",
        "  password: ${DB_PASSWORD}",
        "--token-file=/var/run/secrets/token",
        "--authorization-mode=Node,RBAC",
        "--use-service-account-credentials=true",
        "- key: node-role.kubernetes.io/control-plane",
        "PWD=/app",
        "proxy_pass http://backend;",
        "curve25519-sha256@libssh.org",
        "user@1000.service",
        "token:  945 bytes",
        "checksum/secret: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "image: quay.io/org/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "http://user@host.example/path",
        "bearer token authentication is not enabled",
        "WWW-Authenticate: Bearer realm=\"https://registry.example/token\"",
    ] {
        assert_eq!(redacted(text.as_bytes()), text);
    }
}

#[test]
fn certificates_stay_and_keys_among_them_go() {
    let certificate =
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUabc\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n";
    let secret = |value: &str| {
        let value = Base64::encode_string(value.as_bytes());
        format!("apiVersion: v1\ndata:\n  tls.crt: {value}\nkind: Secret\n")
    };
    let public = secret(certificate);
    assert_eq!(redacted(public.as_bytes()), public);
    let both = redacted(secret(&format!("{certificate}{key}")).as_bytes());
    let value =
        both.lines().nth(2).and_then(|line| line.split(' ').next_back()).expect("it is there");
    let value = Base64::decode_vec(value).expect("it is base64 still");
    let value = String::from_utf8(value).expect("it is text still");
    assert_eq!(
        value,
        format!("{certificate}{}", key.replace("MIIEvQIBADANBgkqhkiG9w0B", "REDACTED"))
    );
}

#[test]
fn texts_of_windows_nodes_stay_utf_16() {
    let wide = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let said = redact::bytes(&wide("DB_PASSWORD=x1y2z3\r\nmode=on\r\n")).bytes.into_owned();
    assert_eq!(said, wide("DB_PASSWORD=REDACTED\r\nmode=on\r\n"));
}

#[test]
fn what_is_broken_anywhere_is_redacted_without_a_panic_and_keeps_its_lines() {
    for (_, text) in files() {
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            for piece in [head, tail] {
                assert_eq!(lines(&redact::bytes(piece).bytes), lines(piece));
            }
        }
    }
}

#[test]
fn a_log_may_come_in_runs_of_whole_lines() {
    let logs = PLANTED.iter().zip(files()).filter(|(planted, _)| planted.file.ends_with(".log"));
    let (mut whole, mut parts) = (String::new(), String::new());
    for (_, (_, text)) in logs {
        let text = String::from_utf8(text).expect("it is text");
        parts.extend(text.split_inclusive('\n').map(|line| redact::text(line.into())));
        whole += &text;
    }
    assert_eq!(redact::text(whole.as_str().into()), parts);
}

#[test]
fn names_of_secrets_are_known_in_each_way_to_write_them() {
    for name in [
        "db_password",
        "dbPassword",
        "DB_PASSWORD",
        "access-token",
        "accessToken",
        "AccessToken",
        "ACCESS_TOKEN",
        "apikey",
        "apiKey",
        "API_KEY",
        "clientSecret",
    ] {
        assert_eq!(redacted(format!("{name}=x1y2z3").as_bytes()), format!("{name}=REDACTED"));
    }
}

/// What diagnosis compares and looks up, made from a counter.
fn ordinary() -> Vec<String> {
    let hex = |seed: u64, len: usize| -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from_digit((state >> 33) as u32 % 16, 16).expect("it is below 16")
        };
        (0..len).map(|_| next()).collect()
    };
    let base64 = |seed: u64, len: usize| Base64::encode_string(hex(seed, len).as_bytes());
    let mut out = Vec::new();
    for n in 1..=72 {
        out.extend([
            format!("    image: registry.k8s.io/app@sha256:{}", hex(n, 64)),
            format!("    imageID: docker-pullable://app@sha256:{}", hex(n, 64)),
            format!("    pod-template-hash: {}", hex(n, 10)),
            format!("    controller-revision-hash: web-{}", hex(n, 9)),
            format!("    resourceVersion: \"{}\"", n * 7919),
            format!(
                "  uid: {}-{}-4{}-a{}-{}",
                hex(n, 8),
                hex(n, 4),
                hex(n, 3),
                hex(n, 3),
                hex(n, 12)
            ),
            format!("      checksum/config: {}", hex(n, 64)),
            format!("      checksum/secret: {}", hex(n, 64)),
            format!("    kubernetes.io/config.hash: {}", hex(n, 32)),
            format!(
                "    caBundle: {}",
                Base64::encode_string(
                    format!(
                        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                        base64(n, 48)
                    )
                    .as_bytes()
                )
            ),
            format!("    containerID: containerd://{}", hex(n, 64)),
            format!(
                "2025-03-04T09:12:01Z web-{}-{} trace={} span={}",
                hex(n, 10),
                hex(n, 5),
                hex(n, 32),
                hex(n, 16)
            ),
            base64(n, 57),
            format!("    certificate-authority-data: {}", base64(n, 96)),
        ]);
    }
    out
}

#[test]
fn a_thousand_ordinary_hashes_are_no_secrets() {
    let ordinary = ordinary();
    assert!(ordinary.len() > 1000);
    for line in &ordinary {
        assert_eq!(&redacted(line.as_bytes()), line);
    }
    let text = ordinary.join("\n");
    assert_eq!(redacted(text.as_bytes()), text);
}

#[test]
fn no_report_shows_what_was_planted() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    write(dir.path(), &files());
    let path = dir.path().to_str().expect("the path is text");
    let mut said = text(&unready(&["diagnose", path]).stdout);
    said += &text(&unready(&["diagnose", path, "--format", "json"]).stdout);
    said += &text(&unready(&["facts", path]).stdout);
    let bundle = bundle::open(dir.path(), Limits::default()).expect("the bundle is there");
    let read = unready::conclude(&bundle, &BOOK).expect("the built-in patterns can be matched");
    for cluster in read {
        for (id, _) in cluster.facts.catalog().all() {
            for row in cluster.facts.rows(id) {
                let known = row.cells.iter().filter_map(|cell| cell.known());
                known.for_each(|value| said += &value.text());
                let places = row.places.iter().flatten().chain(&row.place);
                places.for_each(|place| said += &cluster.facts.sources.excerpt(*place).text);
            }
        }
    }
    for rule in ["pod-not-ready", "cluster-dns-address-changed", "configuration-key-missing"] {
        said += &text(&unready(&["why", rule, path]).stdout);
    }
    assert!(said.contains("DB_PASSWORD") || said.contains("anything"), "{said}");
    for planted in PLANTED {
        assert!(!said.contains(planted.secret), "{}", planted.name);
    }
}

/// Paths and contents.
type Files = Vec<(String, Vec<u8>)>;

/// The fixtures, as folders of files.
fn fixtures() -> Vec<(String, Files)> {
    let folder = |name: &str| {
        let mut files = Vec::new();
        walk(&root().join("testdata").join(name), "", &mut files);
        (name.to_string(), files)
    };
    let bundles = fs::read_dir(root().join("testdata/bundles")).expect("bundles can be listed");
    let mut out: Vec<_> = bundles
        .map(|item| item.expect("bundles can be listed").file_name().to_string_lossy().into_owned())
        .map(|name| folder(&format!("bundles/{name}")))
        .collect();
    let (_, captures) = folder("captures");
    out.extend(captures.into_iter().map(|(path, bytes)| (path.clone(), vec![(path, bytes)])));
    out.extend(cases().into_iter().filter_map(|case| match case.body {
        Body::Case(body) => Some((case.name, body.files)),
        Body::Bundle { .. } => None,
    }));
    out
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    let mut items: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|item| item.expect("the folder can be listed").path())
        .collect();
    items.sort();
    for item in items {
        let name = item.file_name().expect("it has a name").to_string_lossy().into_owned();
        match item.is_dir() {
            true => walk(&item, &format!("{prefix}{name}/"), files),
            false => {
                files.push((format!("{prefix}{name}"), fs::read(&item).expect("it can be read")))
            }
        }
    }
}

#[test]
fn a_redacted_fixture_has_the_same_diagnosis_and_is_not_redacted_again() {
    for (name, files) in fixtures() {
        let again: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|(path, bytes)| {
                let once = redact::bytes(bytes);
                let twice = redact::bytes(&once.bytes);
                assert!(twice.counts.is_empty(), "{name} {path}: {:?}", twice.counts);
                assert_eq!(lines(&once.bytes), lines(bytes), "{name} {path}");
                (path.clone(), once.bytes.into_owned())
            })
            .collect();
        if again != files {
            assert_eq!(report(&name, again), report(&name, files), "{name}");
        }
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn report(name: &str, files: Vec<(String, Vec<u8>)>) -> String {
    let bundle = bundle::of_texts(name, files).within(Limits::default());
    let report = unready::diagnose(&bundle, &BOOK).expect("the built-in patterns can be matched");
    serde_json::to_string_pretty(&report.report).expect("a report can be written")
}

fn unready(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unready"))
        .args(args)
        .current_dir(root())
        .output()
        .expect("the program can be run")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }
}

#[test]
fn a_folder_becomes_a_folder_and_its_secrets_are_counted_by_kind() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let (from, to) = (dir.path().join("ticket"), dir.path().join("safe"));
    write(&from, &files());
    fs::write(from.join("core"), [0u8, 1, 2, 3, 0, 0, 1, 7]).expect("a file can be written");
    let output = unready(&["redact", name(&from), "-o", name(&to)]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("values of Secrets") && said.contains("left out, no text: core"),
        "{said}"
    );
    for (planted, (path, _)) in PLANTED.iter().zip(files()) {
        let safe = fs::read_to_string(to.join(path)).expect("the file is there");
        assert!(
            !safe.contains(planted.secret) && !said.contains(planted.secret),
            "{}",
            planted.name
        );
    }
    let again = unready(&["redact", name(&from), "-o", name(&to)]);
    assert_eq!(again.status.code(), Some(2));
    let within = unready(&["redact", name(&from), "-o", name(&from.join("safe"))]);
    assert_eq!(within.status.code(), Some(2));
}

#[test]
fn a_check_names_the_lines_of_secrets_and_never_the_secrets() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let (folder, packed) = (dir.path().join("ticket"), dir.path().join("ticket.tgz"));
    write(&folder, &files());
    fs::write(&packed, archive(&files())).expect("a file can be written");
    let output = unready(&["redact", "--check", name(&folder), name(&packed)]);
    assert_eq!(output.status.code(), Some(1));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    for planted in PLANTED {
        assert!(!out.contains(planted.secret) && !err.contains(planted.secret), "{}", planted.name);
        let line = planted.text.lines().take_while(|line| !line.contains('§')).count() + 1;
        for place in [
            format!("ticket/{}:{line}: ", planted.file),
            format!("ticket.tgz!{}:{line}: ", planted.file),
        ] {
            assert!(out.contains(&place), "{}: {place}\n{out}", planted.name);
        }
    }
    assert!(out.contains("ticket/app.log:1: token or key\n"), "{out}");
    assert_eq!(fs::read_dir(dir.path()).expect("it can be listed").count(), 2);
    let file = unready(&["redact", "--check", name(&folder.join("app.log"))]);
    assert_eq!(text(&file.stdout), format!("{}:1: token or key\n", name(&folder.join("app.log"))));
}

#[test]
fn a_check_passes_what_is_redacted_and_what_holds_no_secret() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let (folder, safe) = (dir.path().join("ticket"), dir.path().join("safe"));
    write(&folder, &files());
    unready(&["redact", name(&folder), "-o", name(&safe)]);
    let output = unready(&["redact", "--check", name(&safe), "testdata/bundles/one-half-ready"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(output.stdout.is_empty());
    for wrong in [&["redact", "--check", ".", "-o", "x"][..], &["redact", "a", "b", "-o", "x"]] {
        assert_eq!(unready(wrong).status.code(), Some(2));
    }
    let gone = unready(&["redact", "--check", name(&dir.path().join("gone"))]);
    assert_eq!(gone.status.code(), Some(3));
}

/// A tar of files, compressed.
fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o640);
        header.set_mtime(1_700_000_000);
        tar.append_data(&mut header, path, bytes.as_slice()).expect("memory can be written to");
    }
    tar.into_inner().and_then(|gzip| gzip.finish()).expect("memory can be written to")
}

#[test]
fn an_archive_becomes_an_archive_of_the_same_kind_and_so_does_one_in_it() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let (from, to) = (dir.path().join("ticket.tgz"), dir.path().join("safe.tgz"));
    let inner = archive(&files());
    let files = [("logs/node.tar.gz".to_string(), inner), ("a.txt".to_string(), b"1\n".to_vec())];
    fs::write(&from, archive(&files)).expect("a file can be written");
    let output = unready(&["redact", name(&from), "-o", name(&to)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let open = |path: &Path| {
        bundle::open(path, Limits::default()).expect("the archive is there").members()
    };
    let ((before, _), (after, issues)) = (open(&from), open(&to));
    assert!(issues.is_empty(), "{issues:?}");
    let paths = |members: &[bundle::Member]| -> Vec<String> {
        members.iter().map(|member| member.path.replacen("safe", "ticket", 1)).collect()
    };
    assert_eq!(paths(&before), paths(&after));
    for planted in PLANTED {
        let has = |member: &bundle::Member| text(&member.bytes).contains(planted.secret);
        assert!(before.iter().any(has) && !after.iter().any(has), "{}", planted.name);
    }
    let named = unready(&["redact", name(&from), "-o", name(&dir.path().join("safe.zip"))]);
    assert_eq!(named.status.code(), Some(2));
    assert!(text(&named.stderr).contains("tar.gz"), "{}", text(&named.stderr));
}

#[test]
fn one_thread_and_many_write_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let from = dir.path().join("ticket.tgz");
    fs::write(&from, archive(&files())).expect("a file can be written");
    let written = |threads: &str| {
        let to = dir.path().join(format!("safe-{threads}.tgz"));
        unready(&["redact", name(&from), "-o", name(&to), "--threads", threads]);
        fs::read(to).expect("the archive is there")
    };
    assert_eq!(written("1"), written("4"));
}

fn name(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}
