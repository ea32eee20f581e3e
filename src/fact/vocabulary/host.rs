//! Relations of what is set up on a node and around it: certificates, the kubelet's configuration, disks,
//! memory, mounts, clocks, containers, addresses, routes.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::metrics::END;

/// How many relations are declared up to here.
pub(super) const END: u16 = BASE + COUNT;

relations! {
    /// A certificate (X.509), from a file, from a Secret, or as `openssl x509` describes it. Keys are never
    /// read.
    certificate: Read, key [],
    capture "the certificate, without its key", "openssl x509 -noout -text -in {file}",
    {
        /// Namespace of the Secret; absent if it is none's.
        namespace: Text,
        /// The Secret that holds it; absent if none does.
        secret: Text,
        /// The key of the Secret below which it stands, such as `tls.crt`; absent if it is none's.
        key: Text,
        /// The pod in which it was looked at; absent if it was a node, or a Secret.
        pod: Text,
        /// The node on which it was looked at; absent if it was a pod, or a Secret.
        node: Text,
        /// Its file, such as `/etc/kubernetes/pki/apiserver.crt`, as far as the command names it,
        /// otherwise the name of the captured file, or the one that kubeadm has for it; absent if it is
        /// a Secret's.
        file: Text,
        /// Which one it is in its file or key, counted from 1: a server's own comes first, the others
        /// vouch for the one before.
        position: Int,
        /// Whom it is for, as in RFC 4514: `CN=system:node:n1,O=system:nodes`.
        subject: Text,
        /// Who signed it, in the same notation.
        issuer: Text,
        /// Its serial number, in hexadecimal digits without colons.
        serial: Text,
        /// When it begins to hold.
        not_before: Time,
        /// When it expires; absent if it never does.
        not_after: Time,
        /// The DNS names, addresses and URIs that it is for, parted by commas; absent if it names none.
        names: Text,
        /// Whether it may sign others.
        is_ca: Bool,
        /// Whether it names itself as its issuer, as roots do.
        self_signed: Bool,
    }
}
