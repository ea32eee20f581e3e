//! Relations of nodes and of the network, as the tools on a node show them.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::storage::BASE + super::storage::COUNT;

/// How many relations are declared up to here.
pub(super) const END: u16 = BASE + COUNT;

relations! {
    /// A name in `/etc/hosts`.
    host_entry: Attributed, key [],
    capture "`/etc/hosts` of the node", "cat /etc/hosts",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The address.
        address: Address,
        /// The name that it stands for.
        name: Text,
    }

    /// A chain of iptables or nftables, with its policy.
    firewall_chain: Attributed, key [],
    capture "the firewall rules", "iptables-save -c",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// `filter`, `nat`, `mangle`, `raw`, or what a table of nftables is called, such as `kube-proxy`.
        table: Text,
        /// The chain.
        chain: Text,
        /// What becomes of packets that no rule takes: `ACCEPT` or `DROP`; absent for a chain that
        /// others jump to.
        policy: Text,
        /// How many packets the policy took.
        packets: Int,
    }

    /// A rule of iptables or nftables.
    firewall_rule: Attributed, key [],
    capture "the firewall rules", "iptables-save -c",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// `filter`, `nat`, `mangle`, `raw`, or what a table of nftables is called, such as `kube-proxy`.
        table: Text,
        /// The chain that it stands in.
        chain: Text,
        /// `ACCEPT`, `DROP`, `REJECT`, `DNAT`, another chain and so on; absent if it only counts.
        target: Text,
        /// `tcp`, `udp` and so on, `all` for any.
        protocol: Text,
        /// The senders that it is for, as a CIDR; absent for any, unknown if it is for all others.
        source: Address,
        /// The receivers that it is for, as a CIDR; absent for any, unknown if it is for all others.
        destination: Address,
        /// The receiving port; absent for any, unknown if it is for several.
        port: Int,
        /// How many packets it took.
        packets: Int,
        /// Its comment; absent if it has none.
        comment: Text,
        /// The rule in full.
        text: Text,
    }

    /// A virtual server of IPVS: the address of a Service as kube-proxy set it up.
    virtual_server: Attributed, key [],
    capture "the virtual servers of IPVS", "ipvsadm -Ln",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// Its address.
        address: Address,
        /// Its port.
        port: Int,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: Text,
        /// How it chooses, such as `rr`.
        scheduler: Text,
    }

    /// A server behind a virtual server of IPVS.
    real_server: Attributed, key [],
    capture "the virtual servers of IPVS", "ipvsadm -Ln",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// Address of the virtual server.
        virtual_address: Address,
        /// Port of the virtual server.
        virtual_port: Int,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: Text,
        /// Its address.
        address: Address,
        /// Its port.
        port: Int,
        /// Its weight; at 0 it gets no new connections.
        weight: Int,
        /// Connections that are open.
        active: Int,
        /// Connections that are not.
        inactive: Int,
    }

    /// A counter of connection tracking, of one processor.
    conntrack_counter: Attributed, key [],
    capture "the counters of connection tracking", "conntrack -S",
    {
        /// The node.
        node: Text,
        /// The processor.
        cpu: Int,
        /// `insert_failed`, `drop`, `early_drop`, `invalid`, `search_restart` and so on.
        counter: Text,
        /// What it stands at.
        count: Int,
    }

    /// A connection that the kernel tracks.
    conntrack_entry: Attributed, key [],
    capture "the tracked connections", "conntrack -L",
    {
        /// The node.
        node: Text,
        /// `tcp`, `udp`, `icmp` and so on.
        protocol: Text,
        /// `ESTABLISHED`, `SYN_SENT` and so on; absent where the protocol has none.
        state: Text,
        /// Who opened it.
        source: Address,
        /// Whom it was opened to, such as a Service.
        destination: Address,
        /// The port that it was opened to; absent where the protocol has none.
        port: Int,
        /// Who is to answer: the pod behind the Service.
        replier: Address,
        /// Whether an answer was seen.
        replied: Bool,
    }

    /// An attempt to connect, from `nc -zv`, a failed curl, telnet or ping.
    connection_test: Attributed, key [],
    capture "an attempt to connect", "nc -zv -w 3 {host} {port}",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The name or address that was asked for.
        host: Text,
        /// The address that was tried.
        address: Address,
        /// The port; absent for ping.
        port: Int,
        /// `tcp`, `udp` or `icmp`.
        protocol: Text,
        /// `succeeded`, `refused`, `timed_out`, `unreachable` (no route), `unresolved` (no address for
        /// the name), or `failed` if the tool does not say why; absent if it printed no result.
        outcome: Text,
        /// What the tool said; absent if nothing.
        message: Text,
    }

    /// A name that was looked up in the DNS, from nslookup, dig or host; once for each address.
    lookup: Attributed, key [],
    capture "a DNS lookup", "nslookup {name}",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// The name, without a dot at its end.
        name: Text,
        /// The name server that was asked.
        server: Address,
        /// `answered`, `nxdomain`, `servfail`, `refused`, `no_answer`, `timed_out` or `failed`.
        outcome: Text,
        /// The address; absent if there is none.
        address: Address,
        /// What the tool said of a failure; absent if there was none.
        message: Text,
    }

    /// A kernel parameter.
    sysctl: Attributed, key [],
    capture "the kernel parameters", "sysctl -a",
    {
        /// Namespace of the pod.
        namespace: Text,
        /// The pod in which it was looked at; absent if it was a node.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod.
        node: Text,
        /// Its name, such as `net.ipv4.ip_forward`.
        name: Text,
        /// Its value.
        value: Text,
        /// Its value as a number; absent if it is none.
        number: Int,
    }

    /// A unit of systemd.
    service_unit: Attributed, key ["node", "unit"],
    capture "the unit's state", "systemctl status {unit}",
    {
        /// The node.
        node: Text,
        /// Its name, such as `kubelet.service`.
        unit: Text,
        /// Its description.
        description: Text,
        /// `loaded`, `not-found`, `masked` or `error`.
        load: Text,
        /// `enabled`, `disabled`, `static` and so on.
        enabled: Text,
        /// `active`, `inactive`, `failed`, `activating` or `deactivating`.
        active: Text,
        /// `running`, `dead`, `exited`, `failed`, `auto-restart` and so on.
        sub: Text,
        /// Since when; unknown unless the zone is UTC.
        since: Time,
        /// For how long, as of the capture.
        age: Duration,
        /// Its main process; absent if there is none.
        main_pid: Int,
        /// Why it failed: `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit`; absent if it
        /// did not.
        result: Text,
        /// How its last process ended: exit status or signal number; absent if it runs.
        exit_status: Int,
        /// That as a word, such as `SUCCESS`, `FAILURE` or `KILL`; absent if it runs.
        exit_reason: Text,
    }
}
