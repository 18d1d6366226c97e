//! Threads that work on one thing together.

use std::sync::OnceLock;

use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use crate::system;

/// Threads that are started when they are needed: most audits have nothing that is long
/// enough for several.
#[derive(Debug, Default)]
pub struct Threads {
    count: usize,
    pool: OnceLock<Option<ThreadPool>>,
}

impl Threads {
    /// So many, or as many as can be started.
    pub fn new(count: usize) -> Threads {
        Threads {
            count,
            pool: OnceLock::new(),
        }
    }

    /// Whether there are more than one.
    pub fn are_several(&self) -> bool {
        self.pool().is_some()
    }

    /// Does some work on each of several things.
    pub fn each<T: Send>(&self, all: &mut [T], work: impl Fn(&mut T) + Send + Sync) {
        match self.pool() {
            Some(pool) => pool.install(|| all.par_iter_mut().with_max_len(1).for_each(work)),
            None => all.iter_mut().for_each(work),
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let start = || {
            let count = match self.count {
                0 | 1 => return None,
                count => system::startable(count),
            };
            let pool = ThreadPoolBuilder::new().num_threads(count);
            pool.build().ok().filter(|_| count > 1)
        };
        self.pool.get_or_init(start).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn several_work_at_once() {
        let threads = Threads::new(3);
        assert!(threads.are_several());
        // Each waits for the others.
        let barrier = Barrier::new(3);
        let mut all = [1, 2, 3];
        threads.each(&mut all, |number| {
            barrier.wait();
            *number *= 2;
        });
        assert_eq!(all, [2, 4, 6]);
    }

    #[test]
    fn one_is_enough() {
        let threads = Threads::new(1);
        assert!(!threads.are_several());
        let mut all = [1, 2, 3];
        threads.each(&mut all, |number| *number *= 2);
        assert_eq!(all, [2, 4, 6]);
    }
}
