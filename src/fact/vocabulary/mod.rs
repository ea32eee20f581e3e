//! The relations that captures fill: each declared once, for its readers, for `kube`, and for rules.
//!
//! A relation `pod` is a module `pod` here; its columns are constants that index a row's cells.

use std::sync::LazyLock;

use super::{Relation, RelationId};

macro_rules! relations {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $filling:ident,
        key [$($key:literal),*],
        capture $capture:literal, $command:literal,
        { $( $(#[doc = $column_doc:literal])+ $column:ident: $type:ident ),+ $(,)? }
    )+) => {
        #[expect(non_camel_case_types, reason = "a relation is called as in rules")]
        enum Ids { $($name),+ }

        /// How many relations are declared here.
        pub(super) const COUNT: u16 = [$(stringify!($name)),+].len() as u16;

        $(
            $(#[doc = $doc])+
            pub mod $name {
                use super::*;

                #[expect(non_camel_case_types, reason = "a column is called as in rules")]
                enum Index { $($column),+ }

                /// The relation's id.
                pub const ID: RelationId = RelationId(BASE + Ids::$name as u16);

                $(
                    $(#[doc = $column_doc])+
                    #[expect(non_upper_case_globals, reason = "a column is called as in rules")]
                    pub const $column: usize = Index::$column as usize;
                )+

                /// How many columns there are.
                pub const WIDTH: usize = COLUMNS.len();

                static COLUMNS: &[Column] = &[$(Column {
                    name: Cow::Borrowed(super::super::plain(stringify!($column))),
                    as_type: Type::$type,
                    doc: Cow::Borrowed(concat!($($column_doc),+).trim_ascii()),
                }),+];

                /// The declaration.
                pub static RELATION: Relation = Relation {
                    name: Cow::Borrowed(stringify!($name)),
                    doc: Cow::Borrowed(concat!($($doc),+).trim_ascii()),
                    columns: Cow::Borrowed(COLUMNS),
                    key: &[$($key),*],
                    capture: Cow::Borrowed($capture),
                    command: Cow::Borrowed($command),
                    filling: Filling::$filling,
                };
            }
        )+

        /// The relations declared here, in the order of their ids.
        pub(super) static DECLARED: &[&Relation] = &[$(&$name::RELATION),+];
    };
}

/// The name of an identifier: `type` is written `r#type`.
const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

mod cluster;
mod host;
mod kubernetes;
mod logs;
mod mesh;
mod metrics;
mod network;
mod nodes;
mod storage;
mod workloads;

pub use cluster::{
    api_service, certificate_signing_request, component_status, custom_resource_definition, lease,
    namespace, node, node_condition, node_label, node_resource, node_usage, priority_class, taint,
    webhook,
};

pub use host::{
    certificate, clock_sync, cni_plugin, corefile_plugin, filesystem_usage, interface_address,
    kubeconfig_cluster, kubelet_setting, memory_usage, mount, neighbour, route, route_rule,
    runtime_container, runtime_image, runtime_pod,
};
pub use kubernetes::{
    container, container_port, endpoint, event, namespace_label, object, pod, pod_label, probe,
    service, service_port, service_selector,
};
pub use logs::{envoy_not_ready, log};
pub use mesh::{
    analysis_message, envoy_certificate, envoy_cluster, envoy_endpoint, envoy_error,
    envoy_listener, envoy_secret, envoy_server, envoy_stat, mesh_endpoint, mesh_service,
    proxy_sync, sidecar_injection,
};
pub use metrics::{
    alert, analyzer_result, connection_result, metric, node_filesystem, volume_usage,
};
pub use network::{clock, connection, http_response, listener, nameserver, search_domain};
pub use nodes::{
    connection_test, conntrack_counter, conntrack_entry, firewall_chain, firewall_rule, host_entry,
    lookup, real_server, service_unit, sysctl, virtual_server,
};
pub use storage::{
    config_map, config_map_key, ingress, ingress_class, ingress_rule, ingress_tls, limit_range,
    quota, secret, secret_key, service_account, storage_class, volume, volume_attachment,
    volume_claim,
};
pub use workloads::{
    autoscaler, condition, container_resource, disruption_budget, node_selector, owner,
    pod_condition, pod_usage, reference, toleration, workload,
};

/// All relations that readers fill, in the order of their ids.
pub static ALL: LazyLock<Vec<&'static Relation>> = LazyLock::new(|| {
    let all = [
        kubernetes::DECLARED,
        network::DECLARED,
        logs::DECLARED,
        workloads::DECLARED,
        cluster::DECLARED,
        storage::DECLARED,
        nodes::DECLARED,
        mesh::DECLARED,
        metrics::DECLARED,
        host::DECLARED,
    ]
    .concat();
    debug_assert_eq!(all.len(), usize::from(host::END), "ids are positions");
    all
});

/// The declaration of a relation that readers fill.
pub fn declared(id: RelationId) -> &'static Relation {
    ALL[id.0 as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_position_among_all() {
        for (n, id, name) in [(0, pod::ID, "pod"), (12, nameserver::ID, "nameserver")] {
            assert_eq!((usize::from(id.0), &*declared(id).name), (n, name));
        }
        assert_eq!(&*declared(log::ID).name, "log");
        assert_eq!(&*declared(ingress_class::ID).name, "ingress_class");
        assert_eq!(declared(condition::ID).column("type"), Some(condition::r#type));
        assert_eq!(&*declared(alert::ID).name, "alert");
    }
}
