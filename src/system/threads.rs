//! Threads that work on one thing together.

use std::cmp::Ordering;
use std::sync::OnceLock;

use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;
use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefMutIterator, ParallelIterator,
};
use rayon::slice::ParallelSliceMut;

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

    /// How many there may be.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Does some work once on each of them, or here where there are no others.
    pub fn on_each(&self, work: impl Fn() + Send + Sync) {
        match self.pool() {
            Some(pool) => _ = pool.broadcast(|_| work()),
            None => work(),
        }
    }

    /// Whether there are more than one.
    pub fn are_several(&self) -> bool {
        self.pool().is_some()
    }

    /// Does some work on each of several things, and something else here meanwhile.
    pub fn each<T: Send, R>(
        &self,
        all: &mut [T],
        work: impl Fn(&mut T) + Send + Sync,
        meanwhile: impl FnOnce() -> R,
    ) -> R {
        match self.pool() {
            Some(pool) => pool.in_place_scope(|scope| {
                scope.spawn(|_| all.par_iter_mut().with_max_len(1).for_each(work));
                meanwhile()
            }),
            None => {
                all.iter_mut().for_each(work);
                meanwhile()
            }
        }
    }

    /// What some work makes of each of several things, in their order.
    pub fn map<T: Send, R: Send>(
        &self,
        all: Vec<T>,
        work: impl Fn(T) -> R + Send + Sync,
    ) -> Vec<R> {
        match self.pool_for(all.len()) {
            Some(pool) => pool.install(|| all.into_par_iter().map(work).collect()),
            None => all.into_iter().map(work).collect(),
        }
    }

    /// Sorts. Which of two that are the same comes first is open.
    pub fn sort<T: Send>(&self, all: &mut [T], order: impl Fn(&T, &T) -> Ordering + Send + Sync) {
        match self.pool_for(all.len()) {
            Some(pool) => pool.install(|| all.par_sort_unstable_by(order)),
            None => all.sort_unstable_by(order),
        }
    }

    /// The threads, where there are many things for them.
    fn pool_for(&self, count: usize) -> Option<&ThreadPool> {
        const MANY: usize = 1000;
        (count >= MANY).then(|| self.pool()).flatten()
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
        let work = |number: &mut i32| {
            barrier.wait();
            *number *= 2;
        };
        threads.each(&mut all, work, || ());
        assert_eq!(all, [2, 4, 6]);
    }

    #[test]
    fn something_else_is_done_meanwhile() {
        let threads = Threads::new(2);
        let barrier = Barrier::new(3);
        let work = |number: &mut i32| {
            barrier.wait();
            *number *= 2;
        };
        let mut all = [1, 2];
        let is_done = threads.each(&mut all, work, || {
            barrier.wait();
            true
        });
        assert!(is_done);
        assert_eq!(all, [2, 4]);
    }

    #[test]
    fn one_is_enough() {
        let threads = Threads::new(1);
        assert!(!threads.are_several());
        let mut all = [1, 2, 3];
        threads.each(&mut all, |number| *number *= 2, || ());
        assert_eq!(all, [2, 4, 6]);
    }

    #[test]
    fn many_things_stay_in_their_order() {
        for threads in [Threads::new(1), Threads::new(3)] {
            let many = threads.map((0..5000).collect(), |number: u32| 5000 - number);
            assert!(many.is_sorted_by(|a, b| a > b));
            let mut sorted = many;
            threads.sort(&mut sorted, u32::cmp);
            assert!(sorted.is_sorted());
        }
    }
}
