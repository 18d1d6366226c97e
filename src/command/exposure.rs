//! `npsso-audit exposure` and `npsso-audit remedy`: what a leak gives away, and
//! what to do about it, without an audit.

use std::io::{self, BufWriter, Write};

use anyhow::Context as _;

use super::unless_closed;
use crate::cli::KindArg;
use crate::model::secret::SecretKind;
use crate::report::{Style, human};

/// Prints the table of one kind, or of all.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn table(kind: Option<KindArg>, style: Style) -> anyhow::Result<u8> {
    print(|out| human::write_exposure_table(&kinds(kind), style, out))
}

/// Prints the steps for one kind, or for all.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn remedies(kind: Option<KindArg>, style: Style) -> anyhow::Result<u8> {
    print(|out| {
        kinds(kind)
            .into_iter()
            .try_for_each(|kind| human::write_steps(kind, style, out))
    })
}

fn kinds(kind: Option<KindArg>) -> Vec<SecretKind> {
    match kind {
        Some(kind) => vec![kind.into()],
        None => SecretKind::ALL.to_vec(),
    }
}

fn print(text: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<u8> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = text(&mut out).and_then(|()| out.flush());
    unless_closed(written).context("standard output")?;
    Ok(0)
}
