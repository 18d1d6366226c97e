//! What every decoder promises of any bytes at all, in functions that panic
//! where it is not kept. The fuzzer in `fuzz/` calls them without end, and
//! `cargo test` for a moment.
//!
//! A container has a target by being a [`Format`], a decoder of text by
//! standing in [`DECODERS`]; the fuzzer has a line for each in its manifest.

mod audit;
mod container;
#[cfg(test)]
#[path = "../../tests/support/dense.rs"]
pub mod dense;
#[cfg(test)]
pub mod encode;
#[cfg(test)]
mod nesting;
#[cfg(test)]
mod smoke;
mod text;

use crate::container::Format;
use crate::encoding::alone::{DECODERS, Decoder};

/// Something that takes any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    name: &'static str,
    takes: Takes,
}

#[derive(Clone, Copy)]
enum Takes {
    Container(Format),
    Text(Decoder),
    Other(Run),
}

type Run = fn(&[u8]);

/// What is neither the decoder of a container nor one of text.
const OTHERS: [(&str, Run); 4] = [
    ("tell", container::tell),
    ("unescape", text::unescape),
    ("readings", text::readings),
    ("audit", audit::audit),
];

impl Target {
    /// Every target.
    pub fn all() -> impl Iterator<Item = Target> {
        let containers = Format::all().map(|format| Target {
            name: format.id(),
            takes: Takes::Container(format),
        });
        let texts = DECODERS.iter().map(|(name, decoder)| Target {
            name,
            takes: Takes::Text(*decoder),
        });
        let others = OTHERS.iter().map(|(name, run)| Target {
            name,
            takes: Takes::Other(*run),
        });
        containers.chain(texts).chain(others)
    }

    /// The target with this name.
    pub fn named(name: &str) -> Option<Target> {
        Target::all().find(|target| target.name == name)
    }

    /// The name, which is that of the fuzzer's program.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Gives it these bytes.
    ///
    /// # Panics
    ///
    /// Where a promise is not kept.
    pub fn run(&self, bytes: &[u8]) {
        match self.takes {
            Takes::Container(format) => container::open(format, bytes),
            Takes::Text(decoder) => text::decode(decoder, bytes),
            Takes::Other(run) => run(bytes),
        }
    }
}
