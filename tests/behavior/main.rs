//! What a user can notice: each test runs the program and looks at what it says.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, runs the program, and knocks at its own server"
)]

#[path = "../support/mod.rs"]
mod support;

mod bindings;
mod broken_repositories;
mod ci;
mod completeness;
mod containers;
mod contexts;
mod cookies;
mod decoding;
mod docs;
mod encoded_pieces;
mod encodings;
mod entries;
mod environment;
mod faults;
mod fixtures;
mod generated;
mod history;
mod hooks;
mod house;
mod liveness;
mod look_alikes;
mod names;
mod numbers;
mod pdf;
mod preferences;
mod proposed;
mod range;
mod reftable;
mod reports;
mod rules;
mod scope;
mod staged;
mod standard_input;
mod suppression;
mod terminal;
mod texts;
