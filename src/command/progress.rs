//! A progress line on standard error, for long work on a terminal only.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;

/// Work shorter than this needs no progress line.
const PATIENCE: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(120);

/// A progress line that disappears when it is dropped.
pub struct ProgressLine {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl ProgressLine {
    /// Starts one, unless standard error is no terminal or `wanted` is false.
    pub fn start(progress: &Arc<Progress>, wanted: bool) -> ProgressLine {
        if !wanted || !io::stderr().is_terminal() {
            return ProgressLine { running: None };
        }
        let progress = Arc::clone(progress);
        let (stop, stopped) = channel::<()>();
        let draw = move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style =
                ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid");
            let bar =
                ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
            loop {
                let inputs = HumanCount(progress.inputs.load(Ordering::Relaxed));
                let bytes = HumanBytes(progress.bytes.load(Ordering::Relaxed));
                bar.set_message(format!("audited {inputs} inputs, {bytes}"));
                bar.tick();
                if stopped.recv_timeout(REDRAW) != Err(RecvTimeoutError::Timeout) {
                    bar.finish_and_clear();
                    return;
                }
            }
        };
        // Without another thread, nothing is drawn.
        let thread = thread::Builder::new().spawn(draw).ok();
        ProgressLine {
            running: thread.map(|thread| (stop, thread)),
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        let Some((stop, thread)) = self.running.take() else {
            return;
        };
        drop(stop);
        // The line only draws; when its thread failed, there is nothing to clear.
        let _ = thread.join();
    }
}
