//! Finds leaked PlayStation session secrets: the NPSSO token and the `pdccws_p` cookie.
//!
//! Data flows one way, and the modules below are listed in that order:
//!
//! ```text
//! source -> engine -> detect    -> score      -> findings -> verify   -> report
//! Input     Blob      Candidate    Confidence    Finding     Liveness    text
//! ```
//!
//! - A [`source`] has inputs: files, standard input. It hands each to a worker.
//! - [`detect`] reads an input through a window of constant size. The
//!   [`prefilter`] looks at few of the bytes and points at the places where a
//!   secret can be at all; nearly all inputs have none and end here.
//! - [`encoding`] undoes what a text is encoded in, [`container`] opens what holds
//!   others; the [`engine`] audits what is in them as it audits everything else.
//! - [`context`] reads what stands around a value: the names that it goes by,
//!   and the text nearby.
//! - [`score`] asks whether the value can be random, whether it is part of
//!   something longer, and which rule ([`rule`]) its surroundings satisfy.
//!   Both go by the lists of [`rule::words`], which are data and which a user can add to.
//! - [`engine::findings`] gathers the places of one secret into one finding.
//! - [`verify`] asks the issuer whether a secret is live, when `--verify` says
//!   so, and only then is there a socket. It takes the findings of this audit,
//!   never a list of tokens.
//! - [`report::redaction`] leaves out of names and other text from outside what may not be shown.
//! - [`report`] writes. A format only formats.
//!
//! [`engine`] knows the order of the stages and what they may spend, [`command`]
//! wires them, and [`model`] has the values that they hand to each other. It
//! imports nothing above it.
//!
//! What is audited is input, never instruction: nothing in it can run, fetch,
//! enable or reveal anything. Nothing is written to it. A secret has no
//! `Display` and a redacting `Debug`, so that it leaves only where a report
//! was asked to show it.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "this page is the architecture document, for readers of the code"
)]

mod cli;
mod command;
mod config;

mod engine;

mod source;

mod container;
mod encoding;

mod prefilter;

mod detect;

mod context;
mod rule;
mod score;

mod suppress;

mod verify;

mod report;

mod model;
mod system;

// What a program in `fuzz/` calls is no part of the product.
#[cfg(any(test, feature = "fuzzing"))]
#[path = "../fuzz/targets/mod.rs"]
pub mod fuzz;

pub use command::run;
pub use rule::expand;
