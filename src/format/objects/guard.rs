//! What guards and extends the API: webhooks, API services, definitions, priorities, leases, requests
//! for certificates.

use super::Reader;
use crate::fact::vocabulary as v;
use crate::fact::{Cell, Row};
use crate::text::yaml::Node;

pub(super) fn webhooks(reader: &mut Reader<'_>, kind: &str, object: &Node) {
    use v::webhook as w;
    for hook in object.field("webhooks").map_or(&[][..], Node::items) {
        let Some(name) = hook.field("name") else { continue };
        let mut row = reader.part(object, w::WIDTH, None, w::configuration, name);
        row.put(w::kind, kind, None);
        reader.put(&mut row, w::name, Some(name));
        let client = |path: &[&str]| hook.field("clientConfig").and_then(|client| client.at(path));
        let service = client(&["service", "name"]);
        reader.put(&mut row, w::service_namespace, client(&["service", "namespace"]));
        reader.put(&mut row, w::service, service);
        reader.put_int(&mut row, w::port, client(&["service", "port"]));
        if service.is_some() && client(&["service", "port"]).is_none() {
            row.put(w::port, 443_i64, None);
        }
        reader.put(&mut row, w::url, client(&["url"]));
        reader.put(&mut row, w::failure_policy, hook.field("failurePolicy"));
        if hook.field("failurePolicy").is_none() {
            // v1beta1 had the other default, `Ignore`.
            let old = object.field("apiVersion").and_then(Node::text);
            let old = old.is_some_and(|version| version.ends_with("v1beta1"));
            row.put(w::failure_policy, if old { "Ignore" } else { "Fail" }, None);
        }
        reader.put_int(&mut row, w::timeout, hook.field("timeoutSeconds"));
        let bundle = client(&["caBundle"]);
        let has_ca = bundle.and_then(Node::scalar).is_some_and(|text| !text.is_empty());
        row.put(w::has_ca, has_ca, bundle.map(|node| reader.place(node)));
        reader.add(w::ID, row);
    }
}

pub(super) fn api_service(reader: &mut Reader<'_>, object: &Node) {
    use v::api_service as a;
    let mut row = reader.about(object, a::WIDTH, None, a::name);
    reader.put(&mut row, a::service_namespace, object.at(&["spec", "service", "namespace"]));
    reader.put(&mut row, a::service, object.at(&["spec", "service", "name"]));
    let conditions = object.at(&["status", "conditions"]).map_or(&[][..], Node::items);
    let said =
        conditions.iter().find(|said| said.field("type").and_then(Node::text) == Some("Available"));
    if let Some((said, status)) = said.and_then(|said| Some((said, said.field("status")?))) {
        row.put(a::available, status.text() == Some("True"), Some(reader.place(status)));
        reader.put(&mut row, a::reason, said.field("reason"));
        reader.put(&mut row, a::message, said.field("message"));
    }
    reader.add(a::ID, row);
}

pub(super) fn definition(reader: &mut Reader<'_>, object: &Node) {
    use v::custom_resource_definition as d;
    let mut row = reader.about(object, d::WIDTH, None, d::name);
    reader.put_all(
        &mut row,
        object,
        &[
            (d::kind, &["spec", "names", "kind"]),
            (d::group, &["spec", "group"]),
            (d::scope, &["spec", "scope"]),
        ],
    );
    let versions = object.at(&["spec", "versions"]).map_or(&[][..], Node::items).iter();
    let served: Vec<&str> = versions
        .filter(|version| version.field("served").and_then(Node::bool) != Some(false))
        .filter_map(|version| version.field("name").and_then(Node::text))
        .collect();
    let cell = if served.is_empty() { Cell::Absent } else { Cell::from(served.join(",")) };
    row.put(d::versions, cell, row.place);
    let conversion = object.at(&["spec", "conversion", "strategy"]);
    let by_webhook = conversion.and_then(Node::text) == Some("Webhook");
    row.put(d::converted, by_webhook, conversion.map(|node| reader.place(node)));
    reader.add(d::ID, row);
}

/// A ComponentStatus keeps its conditions outside of a status.
pub(super) fn component_status(reader: &mut Reader<'_>, object: &Node) {
    use v::component_status as c;
    let mut row = reader.about(object, c::WIDTH, None, c::name);
    let said = object.field("conditions").and_then(|list| list.items().first());
    if let Some(said) = said {
        let status = said.field("status");
        let healthy = status.and_then(Node::scalar).is_some_and(|text| text == "True");
        row.put(c::healthy, healthy, status.map(|node| reader.place(node)));
        reader.put(&mut row, c::message, said.field("message"));
        reader.put(&mut row, c::error, said.field("error"));
    }
    reader.add(c::ID, row);
}

pub(super) fn priority_class(reader: &mut Reader<'_>, object: &Node) {
    use v::priority_class as p;
    let mut row = reader.about(object, p::WIDTH, None, p::name);
    reader.put_int(&mut row, p::value, object.field("value"));
    reader.put_bool(&mut row, p::global_default, object.field("globalDefault"), false);
    let preemption = object.field("preemptionPolicy");
    reader.put(&mut row, p::preemption, preemption);
    if preemption.is_none() {
        row.put(p::preemption, "PreemptLowerPriority", None);
    }
    reader.add(p::ID, row);
}

pub(super) fn lease(reader: &mut Reader<'_>, object: &Node) {
    use v::lease as l;
    let mut row = reader.about(object, l::WIDTH, Some(l::namespace), l::name);
    reader.put(&mut row, l::holder, object.at(&["spec", "holderIdentity"]));
    reader.put(&mut row, l::renewed, object.at(&["spec", "renewTime"]));
    reader.put_int(&mut row, l::duration, object.at(&["spec", "leaseDurationSeconds"]));
    reader.put_count(&mut row, l::transitions, object.at(&["spec", "leaseTransitions"]));
    reader.add(l::ID, row);
}

pub(super) fn signing_request(reader: &mut Reader<'_>, object: &Node) {
    use v::certificate_signing_request as c;
    let mut row = reader.about(object, c::WIDTH, None, c::name);
    reader.put_all(
        &mut row,
        object,
        &[
            (c::signer, &["spec", "signerName"]),
            (c::requestor, &["spec", "username"]),
            (c::created, &["metadata", "creationTimestamp"]),
        ],
    );
    shown_condition(&mut row, object);
    reader.add(c::ID, row);
}

/// What the CONDITION column of kubectl shows. Source: `printCertificateSigningRequest` in
/// pkg/printers/internalversion.
fn shown_condition(row: &mut Row, object: &Node) {
    let conditions = object.at(&["status", "conditions"]).map_or(&[][..], Node::items);
    let said: Vec<&str> =
        conditions.iter().filter_map(|said| said.field("type").and_then(Node::text)).collect();
    let decided = ["Denied", "Approved"].into_iter().find(|word| said.contains(word));
    let mut words = vec![decided.unwrap_or("Pending")];
    words.extend(Some("Failed").filter(|word| said.contains(word)));
    words.extend(object.at(&["status", "certificate"]).map(|_| "Issued"));
    row.put(v::certificate_signing_request::condition, words.join(","), row.place);
}
