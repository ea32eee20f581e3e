//! Envoy's `config_dump`: its clusters, listeners, secrets and what it rejected. Such dumps are large,
//! so that they are read without a tree, and routes, filters and certificates are passed over.

use super::Format;
use super::capture::{Capture, Reading};
use super::envoy::cluster_row;
use super::fields;
use crate::fact::vocabulary::{
    envoy_cluster, envoy_endpoint, envoy_error, envoy_listener, envoy_secret,
};
use crate::fact::{Cell, RelationId, Row, Scope, Value};
use crate::text::json::Json;

/// The format.
pub(super) const FORMAT: Format = Format {
    name: "config_dump",
    doc: "Envoy's configuration, `pilot-agent request GET config_dump`, also with `?include_eds`",
    recognize: |capture| dump(capture).is_some(),
    read: |capture, _| read(capture),
};

fn dump<'a>(capture: &Capture<'a>) -> Option<Json<'a>> {
    fields::json_with(capture, &["\"configs\""])
        .filter(|_| capture.text.contains("type.googleapis.com/envoy.admin."))
        .filter(|json| json.field("configs").is_some_and(|configs| configs.is_array()))
}

fn read(capture: &Capture<'_>) -> Reading {
    let mut reader = Reader { capture, reading: Reading::default() };
    let Some(json) = dump(capture) else { return reader.reading };
    let whole = fields::whole(capture, &json, &mut reader.reading);
    for config in json.field("configs").iter().flat_map(Json::items) {
        let kind = config.field("@type").and_then(|kind| kind.text()).unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or_default();
        let fills = reader.config(kind, config);
        if whole {
            reader.reading.searched.extend(fills.iter().map(|id| (*id, Scope::all())));
        }
        if let Some((_, rejected)) = ERRORS.iter().find(|(of, _)| *of == kind).filter(|_| whole) {
            let scope = Scope::of([(envoy_error::kind, Value::from(*rejected))]);
            reader.reading.searched.push((envoy_error::ID, scope));
        }
    }
    reader.reading
}

/// The configurations of a dump, and what they show all rejections of.
const ERRORS: [(&str, &str); 5] = [
    ("ClustersConfigDump", "cluster"),
    ("ListenersConfigDump", "listener"),
    ("RoutesConfigDump", "route"),
    ("EndpointsConfigDump", "endpoint"),
    ("SecretsConfigDump", "secret"),
];

/// The group of an [`envoy_error`] and the field in which a dump holds its objects.
const REJECTED: [(&str, &str); 4] = [
    ("dynamic_route_configs", "route"),
    ("dynamic_endpoint_configs", "endpoint"),
    ("dynamic_active_clusters", "cluster"),
    ("dynamic_warming_clusters", "cluster"),
];

struct Reader<'a> {
    capture: &'a Capture<'a>,
    reading: Reading,
}

impl Reader<'_> {
    /// Reads one of a dump's configurations: the relations that it shows in full.
    fn config(&mut self, kind: &str, config: Json<'_>) -> &'static [RelationId] {
        match kind {
            "BootstrapConfigDump" => {
                let id = config.at(&["bootstrap", "node", "id"]).and_then(|id| id.text());
                if let Some(origin) = id.and_then(|id| fields::origin_of_node(&id)) {
                    self.reading.origin = origin;
                }
                &[]
            }
            "ClustersConfigDump" => {
                self.clusters(config);
                &[envoy_cluster::ID]
            }
            "ListenersConfigDump" => {
                self.listeners(config);
                &[envoy_listener::ID]
            }
            "EndpointsConfigDump" => {
                self.endpoints(config);
                &[envoy_endpoint::ID]
            }
            "RoutesConfigDump" => {
                self.rejected(config);
                &[]
            }
            "SecretsConfigDump" => {
                self.secrets(config);
                &[envoy_secret::ID]
            }
            _ => &[],
        }
    }

    fn clusters(&mut self, config: Json<'_>) {
        for (group, items) in config.entries() {
            if !matches!(
                &*group,
                "static_clusters" | "dynamic_active_clusters" | "dynamic_warming_clusters"
            ) {
                continue;
            }
            for item in items.items() {
                if let Some(cluster) = item.field("cluster").filter(Json::is_whole) {
                    self.cluster(cluster, group == "dynamic_warming_clusters");
                }
            }
        }
        self.rejected(config);
    }

    fn cluster(&mut self, cluster: Json<'_>, warming: bool) {
        let Some(name) = cluster.field("name") else { return };
        let place = Some(fields::place(self.capture, &name));
        let text = name.text().unwrap_or_default();
        let mut row = cluster_row(&text, place);
        let custom = || cluster.at(&["cluster_type", "name"]);
        match cluster.field("type").or_else(custom) {
            Some(kind) => {
                fields::put(self.capture, &mut row, envoy_cluster::discovery, Some(kind));
            }
            // The default is not printed.
            None => row.put(envoy_cluster::discovery, "STATIC", place),
        }
        row.put(envoy_cluster::warming, warming, place);
        self.reading.rows.push((envoy_cluster::ID, row));
        if let Some(assignment) = cluster.field("load_assignment") {
            self.assignment(&text, assignment);
        }
        for address in cluster.field("hosts").iter().flat_map(Json::items) {
            self.endpoint(&text, address, None);
        }
    }

    /// The endpoints of a cluster, as its own list or EDS gives them.
    fn assignment(&mut self, cluster: &str, assignment: Json<'_>) {
        let localities = assignment.field("endpoints");
        let endpoints = localities.iter().flat_map(Json::items);
        for item in endpoints.filter_map(|locality| locality.field("lb_endpoints")) {
            for endpoint in item.items().filter(Json::is_whole) {
                if let Some(address) = endpoint.at(&["endpoint", "address"]) {
                    self.endpoint(cluster, address, endpoint.field("health_status"));
                }
            }
        }
    }

    fn endpoint(&mut self, cluster: &str, address: Json<'_>, health: Option<Json<'_>>) {
        let mut row = Row::new(envoy_endpoint::WIDTH, Some(fields::place(self.capture, &address)));
        row.put(envoy_endpoint::cluster, cluster, None);
        let named = self.address(&mut row, envoy_endpoint::address, envoy_endpoint::port, address);
        if !named {
            return;
        }
        if let Some(health) = health
            && let Some(status) = health.text()
        {
            let place = Some(fields::place(self.capture, &health));
            let healthy = matches!(&*status, "HEALTHY" | "UNKNOWN" | "DEGRADED");
            row.put(envoy_endpoint::healthy, healthy, place);
            row.put(envoy_endpoint::health_flags, status.to_lowercase(), place);
        }
        self.reading.rows.push((envoy_endpoint::ID, row));
    }

    /// Puts an address and its port. `false` if it is neither a socket nor anything with a name.
    fn address(&self, row: &mut Row, address: usize, port: usize, json: Json<'_>) -> bool {
        if let Some(socket) = json.field("socket_address") {
            fields::put_address(self.capture, row, address, socket.field("address"));
            fields::put_int(self.capture, row, port, socket.field("port_value"));
            return true;
        }
        let pipe = json.at(&["pipe", "path"]);
        let internal = || json.at(&["envoy_internal_address", "server_listener_name"]);
        let named = pipe.or_else(internal);
        fields::put(self.capture, row, address, named);
        row.put(port, Cell::Absent, None);
        named.is_some()
    }

    fn endpoints(&mut self, config: Json<'_>) {
        for (group, items) in config.entries() {
            if !group.ends_with("_endpoint_configs") {
                continue;
            }
            for assignment in items.items().filter_map(|item| item.field("endpoint_config")) {
                let cluster = assignment.field("cluster_name").and_then(|name| name.text());
                if let Some(cluster) = cluster {
                    self.assignment(&cluster, assignment);
                }
            }
        }
        self.rejected(config);
    }

    fn listeners(&mut self, config: Json<'_>) {
        for (group, items) in config.entries() {
            // Of what was cut off it is not known what it lacks.
            for item in items.items().filter(Json::is_whole) {
                match &*group {
                    "static_listeners" => {
                        if let Some(listener) = item.field("listener") {
                            self.listener(listener.field("name"), Some(listener), "active");
                        }
                    }
                    "dynamic_listeners" => self.dynamic_listener(item),
                    // Before Envoy 1.12 the groups were lists of their own.
                    "dynamic_active_listeners" | "dynamic_warming_listeners" => {
                        let state = if group.contains("warming") { "warming" } else { "active" };
                        let listener = item.field("listener");
                        let name = listener.and_then(|listener| listener.field("name"));
                        self.listener(name, listener, state);
                    }
                    _ => {}
                }
            }
        }
    }

    fn dynamic_listener(&mut self, item: Json<'_>) {
        let states = ["active", "warming", "draining"];
        let state = states.into_iter().find_map(|state| {
            let version = item.field(&format!("{state}_state"))?;
            Some((state, version.field("listener")))
        });
        let (state, listener) = state.unwrap_or(("none", None));
        self.listener(item.field("name"), listener, state);
        self.error("listener", item);
    }

    fn listener(&mut self, name: Option<Json<'_>>, listener: Option<Json<'_>>, state: &str) {
        let Some(name) = name.or(listener.and_then(|listener| listener.field("name"))) else {
            return;
        };
        let place = Some(fields::place(self.capture, &name));
        let mut row = Row::new(envoy_listener::WIDTH, place);
        fields::put(self.capture, &mut row, envoy_listener::name, Some(name));
        row.put(envoy_listener::state, state, place);
        if let Some(address) = listener.and_then(|listener| listener.field("address")) {
            self.address(&mut row, envoy_listener::address, envoy_listener::port, address);
        }
        self.reading.rows.push((envoy_listener::ID, row));
    }

    /// Reads what was rejected of a configuration's groups.
    fn rejected(&mut self, config: Json<'_>) {
        for (group, items) in config.entries() {
            let known = REJECTED.iter().find(|(name, _)| *name == group);
            for item in known.iter().flat_map(|_| items.items()).filter(Json::is_whole) {
                self.error(known.map_or("", |(_, kind)| kind), item);
            }
        }
    }

    fn error(&mut self, kind: &str, item: Json<'_>) {
        let Some(error) = item.field("error_state") else { return };
        let Some(details) = error.field("details") else { return };
        let failed = error.field("failed_configuration");
        let of = |json: Option<Json<'_>>| json.and_then(|json| json.field("name")).is_some();
        let candidates = [
            Some(item),
            item.field(kind),
            item.field("route_config"),
            item.field("endpoint_config"),
            failed,
        ];
        let named = candidates.into_iter().find(|json| of(*json)).flatten();
        let place = Some(fields::place(self.capture, &details));
        let mut row = Row::new(envoy_error::WIDTH, place);
        row.put(envoy_error::kind, kind, None);
        let name = named.and_then(|json| json.field("name"));
        fields::put(self.capture, &mut row, envoy_error::name, name);
        fields::put(self.capture, &mut row, envoy_error::details, Some(details));
        let attempted = error.field("last_update_attempt");
        fields::put_time(self.capture, &mut row, envoy_error::attempted, attempted);
        self.reading.rows.push((envoy_error::ID, row));
    }

    fn secrets(&mut self, config: Json<'_>) {
        for (group, items) in config.entries() {
            let state = match &*group {
                "static_secrets" | "dynamic_active_secrets" => "active",
                "dynamic_warming_secrets" => "warming",
                _ => continue,
            };
            for item in items.items().filter(Json::is_whole) {
                let Some(name) = item.field("name") else { continue };
                let place = Some(fields::place(self.capture, &name));
                let mut row = Row::new(envoy_secret::WIDTH, place);
                fields::put(self.capture, &mut row, envoy_secret::name, Some(name));
                row.put(envoy_secret::state, state, place);
                self.reading.rows.push((envoy_secret::ID, row));
                self.error("secret", item);
            }
        }
    }
}
