//! Whether an address is one that the cluster gives to Services.
//!
//! The range itself is a flag of the API server that bundles seldom show. What they show are the
//! addresses of Services: all of them lie in the range, and so does what lies between them.

use std::net::IpAddr;

use crate::fact::vocabulary::service;
use crate::fact::{
    Answers, Basis, Column, Facts, Filling, Ground, Missing, Relation, Row, Type, Value,
};

/// The relation `service_address`.
pub(super) fn relation() -> Relation {
    let address =
        Column { name: "address".into(), as_type: Type::Address, doc: "The address.".into() };
    Relation {
        name: "service_address".into(),
        doc: "An address in the range from which Services get theirs: between those of known Services.".into(),
        columns: vec![address].into(),
        key: &[],
        capture: "the range of Service addresses".into(),
        command: "kubectl cluster-info dump | grep -m1 service-cluster-ip-range".into(),
        filling: Filling::Computed { inputs: &["address"], answer },
    }
}

fn answer(facts: &Facts, inputs: &[Value]) -> Answers {
    let [asked] = inputs else { return Answers::Unknown(vec![]) };
    let Ok(address) = asked.text().parse::<IpAddr>() else { return Answers::Rows(vec![]) };
    let rows = facts.rows(service::ID).iter().filter_map(|row| {
        let ip: IpAddr = row.cells[service::cluster_ip].known()?.text().parse().ok()?;
        (ip.is_ipv4() == address.is_ipv4()).then_some((ip, row.place_of(service::cluster_ip)?))
    });
    let mut known: Vec<_> = rows.collect();
    known.sort();
    // The API server keeps the first address for itself, and the range begins one before it.
    let (Some((first, _)), Some((last, _))) = (known.first(), known.last()) else {
        return Answers::Unknown(vec![Missing { relation: service::ID, known: vec![] }]);
    };
    if address < *first || address > *last {
        // Beyond what is seen nothing is known: the range may reach further.
        let range = facts.catalog().id("service_address").unwrap_or(service::ID);
        return Answers::Unknown(vec![Missing { relation: range, known: vec![] }]);
    }
    let claim =
        format!("{address} lies in the range of Service addresses, between {first} and {last}");
    let mut row = Row::new(1, None).with(0, asked.clone(), None);
    row.ground = Ground { proof: vec![Basis::Held { claim }.into()], missing: vec![] };
    Answers::Rows(vec![row])
}
