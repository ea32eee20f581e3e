//! What Kubernetes itself would conclude from the objects, as relations like any other.
//!
//! The one thing to know: these answers are three-valued too. Policies that were not captured do not
//! allow anything; they make the answer unknown.

mod policy;
mod select;
mod service_range;

use crate::fact::Relation;

/// Kinds of objects that are looked at whole.
pub const KINDS: &[&str] = &[
    "NetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "GlobalNetworkPolicy",
];

/// The relations that are computed.
pub fn relations() -> Vec<Relation> {
    vec![policy::relation(), service_range::relation()]
}
