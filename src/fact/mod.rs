//! The language of facts: the contract between those who read captures and those who judge.
//!
//! The one thing to know: what was not captured is *unknown*, not absent. A cell may be unknown, a
//! scope may be unsearched, and every question to [`Facts`] answers with both in mind.

mod coverage;
mod demand;
mod facts;
mod quantity;
mod relation;
mod row;
mod table;
mod value;
pub mod vocabulary;

pub use coverage::{Coverage, Scope};
pub use demand::{Demand, Unmatchable};
pub use facts::{Facts, Object};
pub use quantity::{duration, quantity};
pub use relation::{Answers, Catalog, Column, Filling, Relation, RelationId};
pub use row::{Basis, Cell, Ground, Missing, Proof, Row};
pub use table::{Hits, Table, Values};
pub use value::{Comparison, Type, Value, compare};
