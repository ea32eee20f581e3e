//! Commands as they stand in a transcript, and what they say about the output below them.

use std::sync::LazyLock;

use regex::Regex;

use super::capture::Origin;

/// A command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The words of the command whose output follows: of `kubectl exec … -- cat f` they are `cat f`.
    pub(super) words: Vec<String>,
    /// Whether it asked for all namespaces.
    pub(super) all_namespaces: bool,
    /// Whether it asked for a part only, by name, label or field.
    pub(super) partial: bool,
    /// Whether it asked for the log of the run before the present one.
    pub(super) previous: bool,
    /// Where it ran.
    pub(super) origin: Origin,
    /// The prompt before it; empty if there is none.
    pub(super) prompt: String,
    /// Where the commands after it run, if it opens a shell.
    pub(super) shell: Option<Origin>,
}

/// Tools whose names make a line behind a bare `#` or `$` a command and not a comment.
const TOOLS: [&str; 48] = [
    "awk",
    "cat",
    "chronyc",
    "cilium",
    "crictl",
    "ctr",
    "curl",
    "date",
    "df",
    "dig",
    "dmesg",
    "docker",
    "echo",
    "env",
    "etcdctl",
    "free",
    "getent",
    "grep",
    "helm",
    "host",
    "hostname",
    "ifconfig",
    "ip",
    "iptables",
    "iptables-save",
    "ipvsadm",
    "istioctl",
    "journalctl",
    "k",
    "kubeadm",
    "kubectl",
    "kubelet",
    "ls",
    "mount",
    "nc",
    "netstat",
    "nft",
    "nslookup",
    "oc",
    "openssl",
    "ping",
    "ps",
    "route",
    "ss",
    "sudo",
    "sysctl",
    "systemctl",
    "timedatectl",
];

static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:\[?(?<user>[\w.-]+)@(?<host>[\w.-]+)(?::| )?[^\s$#>\]]*\]?\s?[$#]|(?<bare>(?:(?:(?:ba|da|z|a)?sh-[\d.]+|~|/[\w./-]*) ?)?[$#]|\+{1,3}))\s+(?<line>\S.*)$",
    )
    .expect("the pattern is well formed")
});

/// The command of a line that begins with a prompt: `# kubectl …`, `$ …`, `user@host:/$ …`.
pub(super) fn prompted(line: &str) -> Option<Command> {
    if !line.starts_with(|c: char| c.is_ascii_alphanumeric() || "[$#_/~+-=".contains(c)) {
        return None;
    }
    if let Some(command) = bordered(line) {
        return Some(command);
    }
    let found = PROMPT.captures(line)?;
    let words = split(&found["line"]);
    if found.name("bare").is_some() && !TOOLS.contains(&words.first()?.as_str()) {
        return None;
    }
    let mut command = Command::new(words);
    command.prompt = line.strip_suffix(&found["line"]).unwrap_or_default().trim_end().to_string();
    if let (Some(host), None) = (found.name("host"), &command.origin.pod) {
        // A shell in a container shows the pod's name, a shell on a node the node's. `worker-1` could
        // be either; the shells of hosts set their prompt in brackets.
        let host = host.as_str().to_string();
        let numbered =
            host.rsplit('-').next().is_some_and(|end| end.chars().all(|c| c.is_ascii_digit()));
        match super::origin::is_pod_name(&host) && !(numbered && line.starts_with('[')) {
            true => command.origin.pod = Some(host),
            false => command.origin.node = Some(host),
        }
    }
    Some(command)
}

/// The command of a border that a collector prints above its output: ACK's
/// `-----------------run netstat -nt------------------`, troubleshoot's `=== /etc/resolv.conf ===`.
fn bordered(line: &str) -> Option<Command> {
    if let Some(said) = line.strip_prefix("=== ").and_then(|said| said.strip_suffix(" ===")) {
        let words = split(said);
        return match words.first()?.as_str() {
            file if file.starts_with('/') => Some(vec!["cat".to_string(), file.to_string()]),
            tool if TOOLS.contains(&tool) => Some(words),
            _ => None,
        }
        .map(Command::new);
    }
    let said = line.strip_prefix("-----")?.trim_start_matches('-').strip_prefix("run ")?;
    let said = said.trim_end().strip_suffix("-----")?.trim_end_matches('-');
    Some(Command::new(split(said)))
}

/// What troubleshoot says in its test of DNS behind the outputs of commands.
const SAID: [&str; 3] = ["=== Running kube-dns ", "=== kube-dns endpoints", "=== Test DNS "];

/// Whether a line ends a command's output: `------------End of netstat----------------`.
pub(super) fn is_end(line: &str) -> bool {
    if SAID.iter().any(|words| line.starts_with(words)) {
        return true;
    }
    let said = line.strip_prefix("-----").map(|said| said.trim_start_matches('-'));
    said.is_some_and(|said| said.starts_with("End of ") && said.trim_end().ends_with("-----"))
}

/// Tools whose commands are told from prose by their first two words, and what may follow them.
const BARE: [(&str, &[&str]); 8] = [
    ("kubectl", VERBS),
    ("oc", VERBS),
    ("k", VERBS),
    ("docker", &["exec", "ps", "logs", "inspect", "images", "info", "version"]),
    ("crictl", &["exec", "ps", "pods", "logs", "inspect", "inspectp", "info", "images"]),
    ("istioctl", &["proxy-status", "proxy-config", "version", "analyze", "ps", "pc"]),
    ("systemctl", &["status", "list-units", "show", "cat"]),
    ("iptables", &[]),
];

/// What kubectl is told to do.
const VERBS: &[&str] = &[
    "get",
    "describe",
    "logs",
    "exec",
    "top",
    "version",
    "config",
    "cluster-info",
    "events",
    "adm",
    "api-resources",
    "auth",
    "explain",
];

/// Tools that are told from prose by what they are asked: an option, a path, an address.
const ASKED: [&str; 23] = [
    "cat",
    "chronyc",
    "curl",
    "date",
    "df",
    "dig",
    "free",
    "ip",
    "iptables-save",
    "journalctl",
    "kubeadm",
    "mount",
    "nc",
    "netstat",
    "nft",
    "nslookup",
    "openssl",
    "ping",
    "ps",
    "route",
    "ss",
    "timedatectl",
    "getent",
];

/// The command of a line without a prompt, if it is no sentence. Whether it is one at all must be seen
/// from what follows it.
pub(super) fn bare(line: &str) -> Option<Command> {
    let line = line.trim_end();
    let tool = line.split(' ').next()?;
    if line.ends_with(['.', ',', ':', '?', '!', ';']) || line.len() > 1000 {
        return None;
    }
    let words = split(line);
    let mut plain = words.iter().skip(1).map(String::as_str);
    let verb =
        |verbs: &[&str]| words.iter().skip(1).take(5).any(|word| verbs.contains(&word.as_str()));
    let known = BARE.iter().any(|(name, verbs)| *name == tool && (verbs.is_empty() || verb(verbs)));
    let shape = |word: &str| word.starts_with(['-', '/', '+']) || word.contains("://");
    let asked = ASKED.contains(&tool)
        && match plain.next() {
            None => true,
            Some(first) => shape(first) || plain.any(shape) || words.len() <= 3,
        };
    (known || asked).then(|| Command::new(words))
}

/// Shells, and how they are named in commands that open one.
const SHELLS: [&str; 8] =
    ["sh", "bash", "ash", "zsh", "/bin/sh", "/bin/bash", "/bin/ash", "/usr/bin/bash"];

impl Command {
    fn new(words: Vec<String>) -> Self {
        let (mut words, mut partial) = unpiped(words);
        if words.first().is_some_and(|word| word == "sudo") {
            words.remove(0);
        }
        let mut command = Self {
            words,
            all_namespaces: false,
            partial: false,
            previous: false,
            origin: Origin::default(),
            prompt: String::new(),
            shell: None,
        };
        let shell = command.words.last().is_some_and(|word| SHELLS.contains(&word.as_str()));
        let exec =
            command.words.iter().any(|word| matches!(word.as_str(), "exec" | "rsh" | "debug"));
        if matches!(command.words.first().map(String::as_str), Some("kubectl" | "oc" | "k")) {
            command.read_kubectl();
        }
        // `sh -c 'netstat -lnpt | grep x'` prints what the command in it prints.
        if let [shell, flag, line] = &command.words[..]
            && SHELLS.contains(&shell.as_str())
            && flag == "-c"
        {
            let (words, part) = unpiped(split(line));
            (command.words, partial) = (words, partial || part);
        }
        command.partial |= partial;
        command.shell = (shell && exec).then(|| command.origin.clone());
        command
    }

    /// The verb and resource of a kubectl command: (`get`, `pods`).
    pub(super) fn kubectl(&self) -> Option<(&str, &str)> {
        match self.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["kubectl" | "oc" | "k", verb, resource, ..] => Some((verb, resource)),
            _ => None,
        }
    }

    /// Takes kubectl's flags out of the words.
    fn read_kubectl(&mut self) {
        let mut plain = Vec::new();
        let mut words = std::mem::take(&mut self.words).into_iter();
        let mut inner = Vec::new();
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with('-') => (flag, Some(value.to_string())),
                _ => (word.as_str(), None),
            };
            match flag {
                "-A" | "--all-namespaces" => self.all_namespaces = true,
                "-n" | "--namespace" => self.origin.namespace = value.or_else(|| words.next()),
                "-c" | "--container" => self.origin.container = value.or_else(|| words.next()),
                "-p" | "--previous" => self.previous = true,
                "-l" | "--selector" | "--field-selector" | "--tail" | "--since"
                | "--since-time" => {
                    self.partial = true;
                    drop(value.or_else(|| words.next()));
                }
                "-o" | "--output" | "--context" | "--kubeconfig" => {
                    drop(value.or_else(|| words.next()));
                }
                "--" => inner = words.by_ref().collect(),
                _ if flag.starts_with('-') => {}
                _ => plain.push(word),
            }
        }
        let about = plain.get(2).map(|name| name.rsplit('/').next().unwrap_or(name).to_string());
        match plain.get(1).map(String::as_str) {
            Some("exec") => {
                self.origin.pod = about;
                // Before kubectl asked for `--`, the inner command followed the pod.
                if inner.is_empty() && plain.len() > 3 {
                    inner = plain.split_off(3);
                }
            }
            Some("logs") => self.origin.pod = about,
            Some(_) => self.partial |= about.is_some() && plain.len() > 3,
            None => {}
        }
        self.words = if inner.is_empty() { plain } else { inner };
    }
}

/// The command before a pipe or a redirection, and whether what stands behind the pipe may leave lines
/// out.
fn unpiped(mut words: Vec<String>) -> (Vec<String>, bool) {
    const WHOLE: [&str; 6] = ["cat", "less", "more", "tee", "sort", "nl"];
    let borders = ["|", ">", ">>", "2>&1", "2>/dev/null", "|&", "&>", ";", "&&", "||"];
    let end = words.iter().position(|word| borders.contains(&word.as_str()));
    let behind = words.split_off(end.unwrap_or(words.len()));
    let mut filters = behind.split(|word| word == "|" || word == "|&").skip(1);
    let whole = |filter: &[String]| filter.first().is_some_and(|f| WHOLE.contains(&f.as_str()));
    let partial = !filters.all(whole);
    (words, partial)
}

/// The words of a command line; quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (_, c) => words.last_mut().expect("there is always a last word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_tells_where_a_command_ran() {
        let command = prompted("istio-proxy@details-v1-68868454f5-94hzd:/$ netstat -lnpt").unwrap();
        assert_eq!(command.words, ["netstat", "-lnpt"]);
        assert_eq!(command.origin.pod.as_deref(), Some("details-v1-68868454f5-94hzd"));
        let command = prompted("[root@worker-1 ~]# cat /etc/resolv.conf").unwrap();
        assert_eq!(command.origin.node.as_deref(), Some("worker-1"));
    }

    #[test]
    fn kubectl_names_namespace_pod_and_container() {
        let command =
            prompted("$ kubectl -n shop exec web-0 -c istio-proxy -- cat /etc/resolv.conf")
                .unwrap();
        assert_eq!(command.words, ["cat", "/etc/resolv.conf"]);
        let origin = command.origin;
        assert_eq!(origin.namespace.as_deref(), Some("shop"));
        assert_eq!(origin.pod.as_deref(), Some("web-0"));
        assert_eq!(origin.container.as_deref(), Some("istio-proxy"));
        let command = prompted("# kubectl get networkpolicies --all-namespaces").unwrap();
        assert_eq!(command.kubectl(), Some(("get", "networkpolicies")));
        assert!(command.all_namespaces && !command.partial);
        assert!(prompted("# kubectl get svc -n a kube-dns").unwrap().partial);
        assert!(prompted("# kubectl get pods | grep web").unwrap().partial);
    }

    #[test]
    fn a_sentence_about_a_tool_is_no_command() {
        assert!(bare("kubectl get pods").is_some());
        assert!(bare("kubectl -n shop get pods -o wide").is_some());
        assert!(bare("oc get svc").is_some());
        assert!(bare("netstat -lnpt").is_some());
        assert!(bare("docker exec -ti -u 1337 --privileged <id> bash").unwrap().shell.is_some());
        assert!(bare("kubectl shows that nothing is wrong").is_none());
        assert!(bare("kubectl get pods shows this:").is_none());
        assert!(bare("cat and dog live in one house").is_none());
        assert!(bare("").is_none());
    }

    #[test]
    fn prompts_of_small_shells_are_known() {
        for line in [
            "/ # cat /etc/resolv.conf",
            "bash-5.1$ cat /etc/resolv.conf",
            "~ $ cat /etc/resolv.conf",
            "/app # cat /etc/resolv.conf",
        ] {
            assert_eq!(prompted(line).unwrap().words, ["cat", "/etc/resolv.conf"], "{line}");
        }
        let command = prompted("$ kubectl exec -it web-0 -n shop -- sh").unwrap();
        assert_eq!(command.shell.unwrap().pod.as_deref(), Some("web-0"));
    }

    #[test]
    fn collectors_say_what_they_run() {
        let command = prompted("-----------------run netstat -lnpt------------------").unwrap();
        assert_eq!(command.words, ["netstat", "-lnpt"]);
        assert!(is_end("------------End of netstat----------------"));
        assert_eq!(prompted("+ systemctl status kubelet").unwrap().words[2], "kubelet");
        assert_eq!(prompted("-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(prompted("+ not a tool"), None);
    }

    #[test]
    fn what_a_pipe_leaves_out_is_not_known() {
        let partial = |line: &str| prompted(line).unwrap().partial;
        assert!(partial("$ kubectl exec web-0 -- netstat -lnpt | grep 15020"));
        assert!(partial("# kubectl exec web-0 -- sh -c 'netstat -lnpt | head'"));
        assert!(!partial("$ kubectl exec web-0 -- netstat -lnpt 2>&1 | tee netstat.txt"));
        assert!(!partial("$ netstat -lnpt > netstat.txt"));
    }

    #[test]
    fn a_comment_is_no_command() {
        assert_eq!(prompted("# Generated by NetworkManager"), None);
        assert_eq!(prompted("# See man 5 resolv.conf"), None);
        assert_eq!(prompted("nameserver 10.0.0.10"), None);
    }
}
