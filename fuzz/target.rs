//! Gives any bytes to the target that this program is named after.

#![no_main]

use std::sync::LazyLock;

use npsso_audit::fuzz::Target;

static TARGET: LazyLock<Target> =
    LazyLock::new(|| Target::named(env!("CARGO_BIN_NAME")).expect("the manifest lists targets"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.run(bytes));
