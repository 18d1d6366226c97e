//! What the stages hand to each other: values that import nothing above them.

pub mod audit;
pub mod blob;
pub mod cookie;
pub mod date;
pub mod encoding;
pub mod exposure;
pub mod feed;
pub mod finding;
pub mod layer;
pub mod liveness;
pub mod location;
pub mod project;
pub mod secret;
pub mod suppression;
