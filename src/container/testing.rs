//! What the tests of the decoders share: a taker that remembers.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::*;

/// Remembers everything that it is given, up to a bound.
#[derive(Default)]
pub struct Kept {
    /// Names and contents.
    pub members: Vec<(String, Vec<u8>)>,
    /// What a content ended with, or could not be read, in words.
    pub reports: Vec<String>,
}

/// Gives one byte at a time.
pub struct Drip<'a>(pub &'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = output.len().min(1);
        self.0.read(&mut output[..length])
    }
}

/// More than any honest test gives out.
const BOUND: u64 = 1 << 20;

impl Members for Kept {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        let mut bytes = Vec::new();
        let name = String::from_utf8_lossy(name).into_owned();
        if let Err(error) = content.take(BOUND).read_to_end(&mut bytes) {
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
            self.reports.push(format!("{name}: {error}"));
        }
        self.members.push((name, bytes));
        match self.members.len() < 10_000 {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    fn record(&mut self, _name: &str, _fields: &[Field<'_>]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        let name = String::from_utf8_lossy(name);
        self.reports.push(match why {
            Unread::Encrypted => format!("{name}: encrypted"),
            Unread::Damaged(words) => format!("{name}: damaged: {words}"),
            Unread::Unsupported(words) => format!("{name}: unsupported: {words}"),
            Unread::Limit(words) => format!("{name}: limit: {words}"),
        });
    }
}

impl Kept {
    /// Names and contents as text.
    pub fn texts(&self) -> Vec<(&str, &str)> {
        self.members
            .iter()
            .map(|(name, bytes)| (&name[..], std::str::from_utf8(bytes).unwrap_or("(binary)")))
            .collect()
    }
}

/// Leaves every member unread.
pub struct Ignore(pub Vec<String>);

impl Members for Ignore {
    fn member(&mut self, name: &[u8], _content: &mut dyn Read) -> ControlFlow<()> {
        self.0.push(String::from_utf8_lossy(name).into_owned());
        ControlFlow::Continue(())
    }

    fn record(&mut self, _name: &str, _fields: &[Field<'_>]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn unread(&mut self, _name: &[u8], _why: Unread) {}
}

/// Every beginning of these bytes, and these bytes with every bit of every byte flipped.
pub fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let flipped = (0..bytes.len() * 8).map(|bit| {
        let mut copy = bytes.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    });
    cut.chain(flipped)
}
