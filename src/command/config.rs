//! `npsso-audit config`: says which preferences are in force.

use std::io::{self, Write as _};

use anyhow::Context as _;

use super::unless_closed;
use crate::cli::AuditArgs;
use crate::config::{self, Origins};
use crate::report::redaction;
use crate::report::terminal::escape_lines;

/// Prints every preference, and where it comes from.
pub fn show(
    args: &AuditArgs,
    origins: &Origins,
    is_given: impl Fn(&str) -> bool,
) -> anyhow::Result<u8> {
    let text = config::show(args, origins, is_given);
    let written = io::stdout().write_all(escape_lines(&redaction::text(&text)).as_bytes());
    unless_closed(written).context("standard output")?;
    Ok(0)
}
