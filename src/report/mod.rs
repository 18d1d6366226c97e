//! Reports: what an audit found, written for people, programs and code scanning.
//!
//! A format only formats. It doesn't filter, sort or dedupe.

pub mod human;
mod json;
mod line_hash;
mod sarif;
pub mod terminal;

use std::io::{self, Write};

use crate::audit::Audit;
use crate::rule::RuleSet;

pub use line_hash::LineHashes;

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
}

/// How to write for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colour.
    pub color: bool,
    /// Whether to list everything.
    pub verbose: bool,
    /// Whether to say only what was found and what went wrong.
    pub quiet: bool,
    /// Characters in a line.
    pub width: usize,
}

/// Writes an audit in a format. `line_hashes` is needed for SARIF alone.
pub fn write(
    format: Format,
    audit: &Audit,
    rules: &RuleSet,
    line_hashes: Option<&LineHashes>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(audit, rules, style, out),
        Format::Json => json::write(audit, out),
        Format::Sarif => sarif::write(audit, rules, line_hashes, out),
    }
}
