//! Relations of what pods are given: volumes, configuration, shares of the cluster, ways in from outside.

use std::borrow::Cow;

use super::super::{Column, Filling, Relation, RelationId, Type};

/// The first id here.
pub(super) const BASE: u16 = super::cluster::BASE + super::cluster::COUNT;

relations! {
    /// A PersistentVolumeClaim.
    volume_claim: Read, key ["namespace", "name"],
    capture "the volume claims", "kubectl get persistentvolumeclaims -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// `Pending`, `Bound` or `Lost`.
        phase: Text,
        /// The PersistentVolume that it is bound to, or asks for; absent if none.
        volume: Text,
        /// Its storage class; absent if it names none.
        class: Text,
        /// How it may be mounted, in short and parted by commas: `RWO`, `ROX`, `RWX`, `RWOP`.
        access_modes: Text,
        /// How much it asks for.
        request: Quantity,
        /// How much it was given; absent if it is not bound.
        capacity: Quantity,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it was created.
        created: Time,
    }

    /// A PersistentVolume.
    volume: Read, key ["name"],
    capture "the volumes", "kubectl get persistentvolumes -o yaml",
    {
        /// Its name.
        name: Text,
        /// `Pending`, `Available`, `Bound`, `Released` or `Failed`.
        phase: Text,
        /// Why it is in that phase; absent if nothing is said.
        reason: Text,
        /// How much it holds.
        capacity: Quantity,
        /// How it may be mounted, in short and parted by commas: `RWO`, `ROX`, `RWX`, `RWOP`.
        access_modes: Text,
        /// `Retain`, `Delete` or `Recycle`.
        reclaim_policy: Text,
        /// Namespace of the claim that it is bound to; absent if none.
        claim_namespace: Text,
        /// The claim that it is bound to; absent if none.
        claim: Text,
        /// Its storage class; absent if it has none.
        class: Text,
        /// Its CSI driver, or the name of its source, such as `hostPath`, `local` or `nfs`.
        driver: Text,
        /// Whether it is being deleted.
        deleting: Bool,
        /// When it was created.
        created: Time,
    }

    /// A storage class.
    storage_class: Read, key ["name"],
    capture "the storage classes", "kubectl get storageclasses -o yaml",
    {
        /// Its name.
        name: Text,
        /// Who makes its volumes.
        provisioner: Text,
        /// Whether claims that name no class are given it.
        is_default: Bool,
        /// `Immediate` or `WaitForFirstConsumer`.
        binding_mode: Text,
        /// `Delete` or `Retain`.
        reclaim_policy: Text,
        /// Whether its volumes may grow.
        expandable: Bool,
    }

    /// That a volume is to be attached to a node.
    volume_attachment: Read, key ["name"],
    capture "the volume attachments", "kubectl get volumeattachments -o yaml",
    {
        /// Its name.
        name: Text,
        /// The driver that attaches it.
        attacher: Text,
        /// The PersistentVolume.
        volume: Text,
        /// The node.
        node: Text,
        /// Whether it is attached.
        attached: Bool,
        /// Why it could not be attached or detached; absent if it could.
        error: Text,
        /// Whether it is being detached.
        deleting: Bool,
    }

    /// A ConfigMap.
    config_map: Read, key ["namespace", "name"],
    capture "the ConfigMaps", "kubectl get configmaps -A",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// How many keys it has.
        keys: Int,
    }

    /// A key of a ConfigMap.
    config_map_key: Read, key ["namespace", "name", "key"],
    capture "the ConfigMap", "kubectl -n {namespace} get configmap {name} -o yaml",
    {
        /// Namespace of the ConfigMap.
        namespace: Text,
        /// The ConfigMap.
        name: Text,
        /// The key.
        key: Text,
    }

    /// A Secret; what is in it is never kept.
    secret: Read, key ["namespace", "name"],
    capture "the Secrets", "kubectl get secrets -A",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Its type, such as `kubernetes.io/tls`.
        r#type: Text,
        /// How many keys it has.
        keys: Int,
    }

    /// A key of a Secret; its value is never kept.
    secret_key: Read, key ["namespace", "name", "key"],
    capture "the Secret's keys", "kubectl -n {namespace} describe secret {name}",
    {
        /// Namespace of the Secret.
        namespace: Text,
        /// The Secret.
        name: Text,
        /// The key.
        key: Text,
    }

    /// A service account.
    service_account: Read, key ["namespace", "name"],
    capture "the service accounts", "kubectl get serviceaccounts -A",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
    }

    /// What a ResourceQuota allows of a resource.
    quota: Read, key ["namespace", "name", "resource"],
    capture "the quotas", "kubectl get resourcequotas -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// `pods`, `requests.cpu`, `limits.memory`, `count/deployments.apps` and so on.
        resource: Text,
        /// How much may be used.
        hard: Quantity,
        /// How much is used.
        used: Quantity,
    }

    /// What a LimitRange says of a resource.
    limit_range: Read, key ["namespace", "name", "type", "resource"],
    capture "the limit ranges", "kubectl get limitranges -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// What it limits: `Container`, `Pod` or `PersistentVolumeClaim`.
        r#type: Text,
        /// `cpu`, `memory`, `storage` and so on.
        resource: Text,
        /// The least that may be asked for; absent if anything may.
        min: Quantity,
        /// The most that may be asked for; absent if anything may.
        max: Quantity,
        /// The limit of a container that states none; absent if it gets none.
        default_limit: Quantity,
        /// The request of a container that states none; absent if it gets none.
        default_request: Quantity,
    }

    /// An Ingress.
    ingress: Read, key ["namespace", "name"],
    capture "the Ingresses", "kubectl get ingresses -A -o yaml",
    {
        /// Its namespace.
        namespace: Text,
        /// Its name.
        name: Text,
        /// Its class; absent if it names none.
        class: Text,
        /// The first address or host name that it was given; absent if none.
        address: Address,
        /// When it was created.
        created: Time,
    }

    /// Where an Ingress sends requests.
    ingress_rule: Read, key ["namespace", "ingress", "host", "path", "service", "port"],
    capture "the Ingresses", "kubectl get ingresses -A -o yaml",
    {
        /// Namespace of the Ingress, and of the Service.
        namespace: Text,
        /// The Ingress.
        ingress: Text,
        /// The host that is asked for; absent if any.
        host: Text,
        /// The path that is asked for; absent if any.
        path: Text,
        /// The Service; absent if it is no Service.
        service: Text,
        /// Number or name of its port; absent if it is no Service.
        port: Text,
    }

    /// The Secret that holds the certificate of an Ingress.
    ingress_tls: Read, key ["namespace", "ingress", "host", "secret"],
    capture "the Ingresses", "kubectl get ingresses -A -o yaml",
    {
        /// Namespace of the Ingress, and of the Secret.
        namespace: Text,
        /// The Ingress.
        ingress: Text,
        /// The host that it is for; absent if it is for all.
        host: Text,
        /// The Secret; absent if none is named.
        secret: Text,
    }

    /// A class of Ingresses.
    ingress_class: Read, key ["name"],
    capture "the Ingress classes", "kubectl get ingressclasses -o yaml",
    {
        /// Its name.
        name: Text,
        /// Who serves it.
        controller: Text,
        /// Whether Ingresses that name no class are given it.
        is_default: Bool,
    }
}
