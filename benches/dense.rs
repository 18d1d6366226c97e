//! How long the program takes for texts that are dense in what looks like a secret.
//!
//! `cargo bench` prints bytes a second. There are no bounds on them in a test, which would
//! depend on the machine; what a test holds is how many bytes are read.

#![allow(
    clippy::disallowed_methods,
    reason = "what is measured is the program as a whole"
)]

#[path = "../tests/support/dense.rs"]
mod dense;

use std::process::{Command, Stdio};

use divan::counter::BytesCount;

const SIZE: usize = 4 << 20;

fn main() {
    divan::main();
}

#[divan::bench(args = dense::NAMES, sample_count = 5, sample_size = 1)]
fn audit(bencher: divan::Bencher, name: &str) {
    let folder = tempfile::tempdir().expect("a folder for what is audited");
    let file = folder.path().join(name);
    let text = dense::text(name, SIZE);
    std::fs::write(&file, &text).expect("there is room");
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        Command::new(env!("CARGO_BIN_EXE_npsso-audit"))
            .args(["--no-history", "--format", "json"])
            .arg(&file)
            .stdout(Stdio::null())
            .status()
            .expect("the program runs")
    });
}
