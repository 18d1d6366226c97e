//! Names of a bounded length.

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use super::{Field, Members, Unread, bytes};
use crate::model::location::Location;

/// Hands over what a container holds, with names of a bounded length.
pub struct Shortened<'m>(pub &'m mut dyn Members);

impl Members for Shortened<'_> {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        self.0.member(&bytes::shortened(name), content)
    }

    fn stored(
        &mut self,
        name: &[u8],
        place: Range<u64>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        self.0.stored(&bytes::shortened(name), place, content)
    }

    fn encoded(
        &mut self,
        name: &[u8],
        place: &Cell<Option<Location>>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        self.0.encoded(&bytes::shortened(name), place, content)
    }

    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
        let short = bytes::shortened(name.as_bytes());
        self.0.record(&String::from_utf8_lossy(&short), fields)
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        self.0.unread(&bytes::shortened(name), why);
    }

    fn pass(&mut self, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        self.0.pass(content)
    }
}
