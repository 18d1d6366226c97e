//! `npsso-audit exposure`: the data-exposure table alone.

use std::io::{self, BufWriter, Write};

use anyhow::Context as _;

use super::unless_closed;
use crate::cli::KindArg;
use crate::report::{Style, human};
use crate::secret::SecretKind;

/// Prints the table of one kind, or of all.
pub fn run(kind: Option<KindArg>, style: Style) -> anyhow::Result<u8> {
    let kinds: Vec<SecretKind> = match kind {
        Some(kind) => vec![kind.into()],
        None => SecretKind::ALL.to_vec(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = human::write_exposure_table(&kinds, style, &mut out).and_then(|()| out.flush());
    unless_closed(written).context("standard output")?;
    Ok(0)
}
