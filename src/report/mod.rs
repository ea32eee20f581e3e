//! The voice: one model of the report, and the ways to say it.
//!
//! The one thing to know: nothing is decided here. The JSON form of [`Report`] is a contract; its
//! schema is generated from these types.

mod model;
mod text;

pub use model::{
    Alternative, Capture, Collect, Consequence, Coverage, Diagnosis, Evidence, Issue,
    RelationCoverage, Report, Subject, Unexplained, Verdict, Weight, joined, report,
};
pub use text::{Style, text};

/// The name and version of the report's JSON form.
pub const SCHEMA: &str = "unready/report/v1";
