//! Calls what may panic: a decoder that somebody else wrote, on bytes that nobody knows.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// How many calls of this thread are guarded.
    static GUARDED: Cell<usize> = const { Cell::new(0) };
}

/// The call ended in a panic.
#[derive(Debug, PartialEq, Eq)]
pub struct Panicked;

/// Gives what `call` gives. Nothing is printed of a panic in it, because its message could
/// hold what it was about.
///
/// # Errors
///
/// [`Panicked`]. What `call` had changed until then stays changed.
pub fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if GUARDED.get() == 0 {
                before(panic);
            }
        }));
    });
    GUARDED.set(GUARDED.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(GUARDED.get() - 1);
    result.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| -> u8 { panic!("no") }), Err(Panicked));
        let inner = guarded(|| guarded(|| -> u8 { panic!("no") }).is_err());
        assert_eq!(inner, Ok(true));
    }
}
