//! What `git filter-repo --replace-text` needs to purge secrets from a history.
//!
//! Besides a report with `--show-secrets` this is the only thing that holds
//! secrets, because git filter-repo has to know them. Its format is one
//! expression a line, `literal:TEXT==>REPLACEMENT`.

use std::io::{self, Write};

use crate::audit::Audit;

/// Writes one line for every spelling of every secret that was found.
pub fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    for finding in &audit.findings {
        for spelling in &finding.spellings {
            writeln!(
                out,
                "literal:{}==>***REMOVED {}***",
                spelling.expose(),
                finding.kind.id()
            )?;
        }
    }
    Ok(())
}
