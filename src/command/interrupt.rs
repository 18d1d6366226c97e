//! Ctrl-C and its kind: the first one ends the audit, a second one the program.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::model::audit::Outcome;

/// Sets `stop` on the first signal, so that a report of what was read is
/// still written. The second signal ends the program at once.
pub fn install(stop: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Outcome::Incomplete.exit_code());
        flag::register_conditional_shutdown(signal, code, Arc::clone(stop))?;
        flag::register(signal, Arc::clone(stop))?;
    }
    Ok(())
}
