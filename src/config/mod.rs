//! What was typed and configured, and what it means.

mod meaning;
mod preferences;

pub use meaning::bounds;
pub use preferences::{Origins, apply, show};
