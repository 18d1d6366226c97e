//! How long one input may take, and whether the audit was stopped meanwhile.
//!
//! Counted is what takes long for the sake of what stands in the input: judging, decoding,
//! unpacking. To read a long file takes as long as it takes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Questions for each look at the clock. The slowest value takes some milliseconds.
const EVERY: u32 = 16;

/// The time of one input after the other, on one thread.
#[derive(Debug)]
pub struct TimeBudget {
    most: Duration,
    stop: Arc<AtomicBool>,
    /// Questions since the clock rested.
    asked: AtomicU32,
    is_late: AtomicBool,
    is_stopped: AtomicBool,
    clock: Mutex<Clock>,
}

#[derive(Debug, Default)]
struct Clock {
    spent: Duration,
    since: Option<Instant>,
    /// Whether it does not rest before the next input.
    runs_on: bool,
}

impl Default for TimeBudget {
    fn default() -> TimeBudget {
        TimeBudget::new(Duration::MAX, Arc::default())
    }
}

impl TimeBudget {
    /// So much time for each input, unless `stop` is set.
    pub fn new(most: Duration, stop: Arc<AtomicBool>) -> TimeBudget {
        TimeBudget {
            most,
            stop,
            asked: AtomicU32::new(0),
            is_late: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            clock: Mutex::default(),
        }
    }

    /// Begins with an input.
    pub fn begin(&self) {
        self.asked.store(0, Relaxed);
        self.is_late.store(false, Relaxed);
        self.is_stopped.store(false, Relaxed);
        *self.clock() = Clock::default();
    }

    /// Counts everything from now on, reading too, until the next input begins.
    pub fn run_on(&self) {
        let mut clock = self.clock();
        clock.runs_on = true;
        clock.since.get_or_insert_with(Instant::now);
    }

    /// Counts nothing until somebody asks.
    pub fn rest(&self) {
        if self.asked.load(Relaxed) == 0 {
            return;
        }
        self.asked.store(0, Relaxed);
        let mut clock = self.clock();
        if !clock.runs_on
            && let Some(since) = clock.since.take()
        {
            clock.spent += since.elapsed();
        }
    }

    /// Whether to leave the input as it is. Asked once a value, it costs nothing.
    pub fn is_over(&self) -> bool {
        if self.has_ended() {
            return true;
        }
        let asked = self.asked.load(Relaxed);
        self.asked.store(asked.wrapping_add(1), Relaxed);
        asked.is_multiple_of(EVERY) && self.look()
    }

    /// The same with a look at the clock, whoever asked before.
    pub fn look(&self) -> bool {
        if self.stop.load(Relaxed) {
            self.is_stopped.store(true, Relaxed);
        }
        let mut clock = self.clock();
        let since = *clock.since.get_or_insert_with(Instant::now);
        if clock.spent + since.elapsed() > self.most {
            self.is_late.store(true, Relaxed);
        }
        self.has_ended()
    }

    /// Whether the input was left.
    pub fn has_ended(&self) -> bool {
        self.is_late() || self.is_stopped()
    }

    /// Whether the input was left because it took too long.
    pub fn is_late(&self) -> bool {
        self.is_late.load(Relaxed)
    }

    /// Whether the input was left because the audit was stopped.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Relaxed)
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_up_once_it_was_asked_often_enough() {
        let time = TimeBudget::new(Duration::ZERO, Arc::default());
        assert!(!time.has_ended());
        assert!((0..=EVERY).any(|_| time.is_over()));
        assert!(time.is_late() && !time.is_stopped());
        time.begin();
        assert!(!time.has_ended());
    }

    #[test]
    fn what_is_stopped_is_not_late() {
        let stop = Arc::new(AtomicBool::new(false));
        let time = TimeBudget::new(Duration::MAX, Arc::clone(&stop));
        assert!((0..100).all(|_| !time.is_over()));
        stop.store(true, Relaxed);
        assert!((0..=EVERY).any(|_| time.is_over()));
        assert!(time.is_stopped() && !time.is_late());
    }
}
