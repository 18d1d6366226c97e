//! Large memory, which threads take in turn.
//!
//! What one input needs is bounded, but several threads may come across large ones
//! at once. Whoever is about to take much says so, and waits until others are done. What
//! an input needs besides what it began with is not waited for.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that are taken at once, by inputs that can wait for each other. One that needs
/// more than that gets it when no other one has any.
const SHARED: usize = 128 << 20;
/// Bytes that nobody waits for.
const SMALL: usize = 4 << 20;

static TAKEN: Mutex<usize> = Mutex::new(0);
static RETURNED: Condvar = Condvar::new();

thread_local! {
    /// What this thread has taken.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// Memory that counts as taken until this is dropped, on the thread that took it.
#[derive(Debug, Default)]
pub struct Held {
    bytes: usize,
    stays_on_thread: PhantomData<*const ()>,
}

/// Waits until so many bytes may be taken. A thread that has some already doesn't wait:
/// two that did could wait for each other.
pub fn hold(bytes: usize) -> Held {
    if bytes < SMALL {
        return Held::default();
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if MINE.get() == 0 {
        let is_full = |taken: &mut usize| *taken > 0 && *taken + bytes > SHARED;
        taken = RETURNED
            .wait_while(taken, is_full)
            .unwrap_or_else(PoisonError::into_inner);
    }
    *taken += bytes;
    MINE.set(MINE.get() + bytes);
    Held {
        bytes,
        stays_on_thread: PhantomData,
    }
}

/// A number of bytes, as it is said in a report.
pub fn in_words(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        large => format!("{large} MiB"),
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        MINE.set(MINE.get() - self.bytes);
        RETURNED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn all_threads_together_hold_no_more_than_the_bound() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for number in 0..8 {
                let (now, most) = (&now, &most);
                scope.spawn(move || {
                    for turn in 0..50 {
                        let bytes = (1 + (number + turn) % 4) * (SHARED / 5);
                        let first = hold(bytes);
                        let sum = now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(sum, Ordering::SeqCst);
                        thread::yield_now();
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        drop(first);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!((SHARED / 5..=SHARED).contains(&most), "{most}");
    }

    #[test]
    fn who_has_some_never_waits_and_who_needs_too_much_gets_it() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let first = hold(SHARED / 2);
                        let second = hold(2 * SHARED);
                        let small = hold(SMALL - 1);
                        drop((second, small, first));
                    }
                    drop(hold(3 * SHARED));
                });
            }
        });
    }
}
