//! Archives of `cpio` in its new format and the portable one before it. Initial ram disks
//! of Linux are such archives, often with a compressed one behind them.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::container::bytes::Bytes;
use crate::container::codec::stream::{self, Intake, Part};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, Unread};

/// The largest header.
const HEADER: usize = 110;
/// Longer than any name of a file.
const NAME: u64 = 64 << 10;
/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// A cpio archive.
pub const CONTAINER: Container = Container {
    id: "cpio",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells `cpio` by its first header, all of whose fields have to be numbers.
pub fn is(head: &[u8]) -> bool {
    Header::parse(head).is_some_and(|header| {
        let name = head.get(header.length..header.length + header.name as usize);
        match name {
            Some(name) => {
                let text = name.strip_suffix(b"\0");
                text.is_some_and(|text| !text.is_empty() && !text.contains(&0))
            }
            // A head that ends in the name.
            None => head.len() < 4096 || header.name as usize + header.length > 4096,
        }
    })
}

/// Gives the files of an archive, and whatever stands behind its end as a member
/// without a name. Links, directories and devices have no content.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut cpio = Cpio {
        input: Intake::new(input),
        ended: false,
    };
    match cpio.read(limits, members) {
        Ok(flow) => flow,
        Err(error) => {
            members.unread(b"", stream::damaged(error));
            ControlFlow::Continue(())
        }
    }
}

/// The header of an entry.
struct Header {
    /// How long it is.
    length: usize,
    /// How long the name is, with the zero at its end.
    name: u64,
    size: u64,
    mode: u64,
    /// Headers with names and contents are filled up to a multiple of this.
    align: u64,
}

impl Header {
    fn parse(head: &[u8]) -> Option<Header> {
        let header = match head {
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => Header::new_ascii(head),
            [b'0', b'7', b'0', b'7', b'0', b'7', ..] => Header::old_ascii(head),
            _ => None,
        }?;
        let kinds = [0, 0o01, 0o02, 0o04, 0o06, 0o10, 0o11, 0o12, 0o14];
        let sound = (1..=NAME).contains(&header.name)
            && header.mode <= 0o177_777
            && kinds.contains(&(header.mode >> 12));
        sound.then_some(header)
    }

    fn new_ascii(head: &[u8]) -> Option<Header> {
        let mut fields = Bytes(head);
        fields.take(6)?;
        let mut numbers = [0; 13];
        for number in &mut numbers {
            let field = fields.take(8)?;
            *number = fields_are_digits(field, 16).then(|| Bytes(field).digits(8, 16))??;
        }
        let [_, mode, _, _, _, _, size, _, _, _, _, name, _] = numbers;
        Some(Header {
            length: 110,
            name,
            size,
            mode,
            align: 4,
        })
    }

    fn old_ascii(head: &[u8]) -> Option<Header> {
        if !fields_are_digits(head.get(..76)?, 8) {
            return None;
        }
        let mut fields = Bytes(head);
        fields.take(18)?;
        let mode = fields.digits(6, 8)?;
        fields.take(35)?;
        Some(Header {
            length: 76,
            mode,
            name: fields.digits(6, 8)?,
            size: fields.digits(11, 8)?,
            align: 1,
        })
    }

    /// Whether an entry is a file. Old archives needn't say what it is.
    fn is_file(&self) -> bool {
        matches!(self.mode >> 12, 0 | 0o10)
    }

    /// How many bytes follow this many up to a multiple.
    fn padding(&self, length: u64) -> u64 {
        match length % self.align {
            0 => 0,
            over => self.align - over,
        }
    }
}

fn fields_are_digits(field: &[u8], radix: u32) -> bool {
    field.iter().all(|byte| char::from(*byte).is_digit(radix))
}

/// An archive that is being read.
struct Cpio<'a> {
    input: Intake<'a>,
    /// The end of an archive was read, and another one may follow.
    ended: bool,
}

impl Cpio<'_> {
    fn read(&mut self, limits: &Limits, members: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        let mut entries = 0;
        loop {
            while self.ended && self.input.peek(1)? == [0] {
                let zeros = self.input.fill_buf()?;
                let zeros = zeros.iter().take_while(|byte| **byte == 0).count();
                self.input.consume(zeros);
            }
            let head = self.input.peek(HEADER)?;
            let (cut, empty) = (head.len() < HEADER, head.is_empty());
            let Some(header) = Header::parse(head) else {
                return Ok(self.rest(cut, empty, members));
            };
            self.ended = false;
            entries += 1;
            if entries > limits.entries {
                members.unread(b"", stream::too_many_entries(limits.entries));
                return Ok(ControlFlow::Continue(()));
            }
            match self.entry(&header, members)? {
                ControlFlow::Continue(true) => {}
                ControlFlow::Continue(false) => return Ok(ControlFlow::Continue(())),
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            }
        }
    }

    /// What is no entry: something else behind the end, or damage.
    fn rest(&mut self, cut: bool, empty: bool, members: &mut dyn Members) -> ControlFlow<()> {
        if self.ended {
            return match empty {
                true => ControlFlow::Continue(()),
                false => members.member(b"", &mut self.input),
            };
        }
        let words = match cut {
            true => "it ends without its last entry",
            false => "a header is broken",
        };
        members.unread(b"", Unread::Damaged(words.into()));
        ControlFlow::Continue(())
    }

    /// Reads one entry. `false` where the input ends in it.
    fn entry(
        &mut self,
        header: &Header,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<(), bool>> {
        self.input.consume(header.length);
        let Some(mut name) = self.input.take_vec(header.name as usize)? else {
            members.unread(b"", Unread::Damaged("it ends in a header".into()));
            return Ok(ControlFlow::Continue(false));
        };
        if name.last() == Some(&0) {
            name.pop();
        }
        let length = header.length as u64 + header.name;
        self.input.skip(header.padding(length))?;
        if name == TRAILER && header.size == 0 {
            self.ended = true;
            return Ok(ControlFlow::Continue(true));
        }
        let mut told = false;
        let mut left = header.size;
        if header.is_file() {
            let mut content = Part::new(&mut self.input, header.size);
            if members.member(&name, &mut content).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            (left, told) = content.finish();
        }
        let complete = self.input.skip(left)? == left;
        if !complete && !told {
            members.unread(&name, Unread::Damaged("the archive ends in it".into()));
        }
        self.input.skip(header.padding(header.size))?;
        Ok(ControlFlow::Continue(complete))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Ignore, Kept, damaged};

    pub fn new(magic: &str, name: &str, mode: u32, content: impl AsRef<[u8]>, sum: u32) -> Vec<u8> {
        let content = content.as_ref();
        let (size, length) = (content.len(), name.len() + 1);
        let mut bytes = format!(
            "{magic}{:08x}{mode:08x}{:08x}{:08x}{:08x}{:08x}{size:08x}{:08x}{:08x}{:08x}{:08x}\
             {length:08X}{sum:08x}{name}\0",
            7, 0, 0, 1, 0, 8, 1, 0, 0
        )
        .into_bytes();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn portable(name: &str, mode: u32, content: &str) -> Vec<u8> {
        let (size, length) = (content.len(), name.len() + 1);
        format!(
            "070707{:06o}{:06o}{mode:06o}{:06o}{:06o}{:06o}{:06o}{:011o}{length:06o}{size:011o}\
             {name}\0{content}",
            1, 2, 0, 0, 1, 0, 0
        )
        .into_bytes()
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let end = "TRAILER!!!";
        vec![
            [
                new("070701", "a", 0o100_644, "one\n", 0),
                new("070701", end, 0, "", 0),
            ]
            .concat(),
            [
                new("070702", "a", 0o100_644, "one\n", 332),
                new("070702", end, 0, "", 0),
            ]
            .concat(),
            [portable("a", 0o100_644, "one\n"), portable(end, 0, "")].concat(),
        ]
    }

    #[test]
    fn every_format_is_read() {
        let archives = [
            [
                new("070701", "dir", 0o040_755, "", 0),
                new("070701", "a", 0o100_644, "one\n", 0),
                new("070701", "link", 0o120_777, "a", 0),
                new("070701", "bb", 0o100_644, "two!\n", 0),
                new("070701", "TRAILER!!!", 0, "", 0),
            ]
            .concat(),
            [
                portable("a", 0o100_644, "one\n"),
                portable("link", 0o120_777, "a"),
                portable("bb", 0o100_644, "two!\n"),
                portable("TRAILER!!!", 0, ""),
            ]
            .concat(),
        ];
        for archive in archives {
            assert!(is(&archive));
            let kept = read(&archive);
            assert_eq!(kept.texts(), [("a", "one\n"), ("bb", "two!\n")]);
            assert!(kept.reports.is_empty(), "{:?}", kept.reports);
            let mut ignore = Ignore(Vec::new());
            let _ = open(&mut &archive[..], &Limits::default(), &mut ignore);
            assert_eq!(ignore.0, ["a", "bb"]);
        }
    }

    #[test]
    fn what_stands_behind_the_end_is_a_member() {
        let end = new("070701", "TRAILER!!!", 0, "", 0);
        let bytes = [
            new("070701", "a", 0o100_644, "one\n", 0),
            end.clone(),
            vec![0; 300],
            new("070701", "b", 0o100_644, "two\n", 0),
            end,
            vec![0; 512],
            b"something compressed".to_vec(),
        ]
        .concat();
        let kept = read(&bytes);
        let expected = [("a", "one\n"), ("b", "two\n"), ("", "something compressed")];
        assert_eq!(kept.texts(), expected);
    }

    #[test]
    fn texts_are_no_archives() {
        assert!(!is(b"070701 is a number\n"));
        assert!(!is(&[b'0'; 200]));
    }

    #[test]
    fn damage_never_panics() {
        let bytes = [
            new("070702", "a", 0o100_644, "one\n", 0x144),
            new("070702", "TRAILER!!!", 0, "", 0),
        ]
        .concat();
        for bytes in damaged(&bytes).chain(damaged(&portable("a", 0o100_644, "one\n"))) {
            is(&bytes);
            read(&bytes);
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&bytes);
            read(&[b"070701", &bytes[..]].concat());
        }
    }
}
