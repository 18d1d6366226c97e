//! Where inputs come from.

mod files;
mod stdin;

use crate::audit::{Note, Skipped};
use crate::blob::Provenance;
use crate::detect::Feed;

pub use files::{Files, work_tree};
pub use stdin::Stdin;

/// Something that has inputs to audit.
pub trait Source {
    /// Hands every input to a worker. A source with several threads hires a
    /// worker for each.
    fn drive(&self, hire: &Hire<'_>);
}

/// Gives a thread its worker.
pub type Hire<'w> = dyn Fn() -> Box<dyn Worker + 'w> + Sync + 'w;

/// Takes the inputs of one thread.
pub trait Worker: Send {
    /// Audits one input. `false` when the audit was stopped and no more inputs
    /// are wanted.
    fn audit(&mut self, provenance: Provenance, feed: &mut dyn Feed) -> bool;

    /// Takes down what could not be read.
    fn skip(&mut self, skipped: Skipped);

    /// Takes down what was left out on purpose.
    fn note(&mut self, note: Note);

    /// Whether the audit was stopped.
    fn is_stopped(&self) -> bool;
}
