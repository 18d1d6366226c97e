//! What a user can notice: each test runs the program and looks at what it says.

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
