//! What time it is.

use std::time::SystemTime;

/// Seconds since 1970, by the clock of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever asks for it says in the report what the time is"
)]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}
