//! Archives of `ar`, which Debian's packages are, too.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::container::bytes::{Bytes, digits};
use crate::container::codec::stream::{self, Intake, Part};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

const MAGIC: &[u8] = b"!<arch>\n";
/// An archive that refers to files beside it.
const THIN: &[u8] = b"!<thin>\n";
const HEADER: usize = 60;
/// Longer than any name of a file.
const NAME: u64 = 64 << 10;

/// An ar archive, such as a Debian package.
pub const CONTAINER: Container = Container {
    id: "ar",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::FilesAsTheyAre,
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells `ar` by its first bytes and its first header.
pub fn is(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(MAGIC).or(head.strip_prefix(THIN)) else {
        return false;
    };
    rest.len() < HEADER || Header::parse(rest).is_some()
}

/// Gives the files of an archive. Tables of symbols are passed over, and so are
/// the files that a thin archive only refers to.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut ar = Ar {
        input: Intake::new(input),
        names: Vec::new(),
        thin: false,
    };
    match ar.read(limits, members) {
        Ok(flow) => flow,
        Err(error) => {
            members.unread(b"", stream::damaged(error));
            ControlFlow::Continue(())
        }
    }
}

/// The header of an entry.
struct Header {
    name: Vec<u8>,
    size: u64,
}

impl Header {
    fn parse(head: &[u8]) -> Option<Header> {
        let mut fields = Bytes(head);
        let name = fields.take(16)?.trim_ascii_end().to_vec();
        let _date_owner_mode = fields.take(32)?;
        let size = fields.digits(10, 10)?;
        (fields.take(2)? == b"`\n").then_some(Header { name, size })
    }
}

/// An archive that is being read.
struct Ar<'a> {
    input: Intake<'a>,
    /// The table of long names, as GNU has it.
    names: Vec<u8>,
    thin: bool,
}

impl Ar<'_> {
    fn read(&mut self, limits: &Limits, members: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        self.thin = self.input.peek(8)? == THIN;
        self.input.skip(8)?;
        let mut entries = 0;
        loop {
            let head = self.input.peek(HEADER)?;
            let cut = head.len() < HEADER;
            if head.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            let Some(header) = Header::parse(head) else {
                let words = if cut {
                    "it ends in a header"
                } else {
                    "a header is broken"
                };
                members.unread(b"", Unread::Damaged(words.into()));
                return Ok(ControlFlow::Continue(()));
            };
            self.input.consume(HEADER);
            entries += 1;
            if entries > limits.entries {
                members.unread(b"", stream::too_many_entries(limits.entries));
                return Ok(ControlFlow::Continue(()));
            }
            if !matches!(
                self.entry(header, limits, members)?,
                ControlFlow::Continue(true)
            ) {
                return Ok(ControlFlow::Break(()));
            }
            // Entries begin at even places.
            if self.input.consumed() % 2 == 1 {
                self.input.skip(1)?;
            }
        }
    }

    fn entry(
        &mut self,
        header: Header,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<(), bool>> {
        let mut size = header.size;
        let name = match &header.name[..] {
            b"//" => {
                self.table(size, limits, members)?;
                return Ok(ControlFlow::Continue(true));
            }
            b"/" | b"/SYM64/" => {
                self.pass(b"/", size, members)?;
                return Ok(ControlFlow::Continue(true));
            }
            _ if self.thin => return Ok(ControlFlow::Continue(true)),
            [b'#', b'1', b'/', length @ ..] => {
                let length = digits(length, 10).unwrap_or(u64::MAX);
                let length = length.min(size).min(NAME);
                size -= length;
                let name = self.input.take_vec(length as usize)?.unwrap_or_default();
                name.split(|byte| *byte == 0)
                    .next()
                    .unwrap_or_default()
                    .to_vec()
            }
            [b'/', offset @ ..] => self.long_name(offset).unwrap_or(header.name),
            name => name.strip_suffix(b"/").unwrap_or(name).to_vec(),
        };
        // The tables of symbols on BSD.
        if name.starts_with(b"__.SYMDEF") {
            self.pass(&name, size, members)?;
            return Ok(ControlFlow::Continue(true));
        }
        let start = self.input.consumed();
        let place = start..start.saturating_add(size);
        let mut content = Part::new(&mut self.input, size);
        if members.stored(&name, place, &mut content).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let (left, told) = content.finish();
        match told {
            true => self.input.skip(left).map(|_| ())?,
            false => self.pass(&name, left, members)?,
        }
        Ok(ControlFlow::Continue(true))
    }

    /// Takes bytes unseen, and tells where there are fewer.
    fn pass(&mut self, name: &[u8], size: u64, members: &mut dyn Members) -> io::Result<()> {
        if self.input.skip(size)? < size {
            members.unread(name, Unread::Damaged("the archive ends in it".into()));
        }
        Ok(())
    }

    fn table(&mut self, size: u64, limits: &Limits, members: &mut dyn Members) -> io::Result<()> {
        if size > limits.memory as u64 {
            members.unread(b"//", stream::too_much_memory(size));
            return self.pass(b"//", size, members);
        }
        let mut names = Vec::new();
        (&mut self.input).take(size).read_to_end(&mut names)?;
        if (names.len() as u64) < size {
            members.unread(b"//", Unread::Damaged("the archive ends in it".into()));
        }
        self.names = names;
        Ok(())
    }

    fn long_name(&self, offset: &[u8]) -> Option<Vec<u8>> {
        let offset = usize::try_from(digits(offset, 10)?).ok()?;
        let line = self
            .names
            .get(offset..)?
            .split(|byte| *byte == b'\n')
            .next()?;
        let line = line.get(..NAME as usize).unwrap_or(line);
        Some(line.strip_suffix(b"/").unwrap_or(line).to_vec())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Ignore, Kept, damaged};

    pub fn header(name: &str, length: usize) -> String {
        format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{length:<10}`\n",
            0, 0, 0, 100644
        )
    }

    fn entry(name: &str, content: &str) -> String {
        let length = content.len();
        let end = if length % 2 == 1 { "\n" } else { "" };
        format!("{}{content}{end}", header(name, length))
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let archive = [
            "!<arch>\n",
            &entry("//", "one_long_name.txt/\n"),
            &entry("/0", "one\n"),
            &entry("#1/20", "a name with spaces\0\0three"),
            &entry("short/", "four\n"),
        ];
        vec![archive.concat().into_bytes()]
    }

    #[test]
    fn names_are_long_in_two_ways() {
        let archive = [
            "!<arch>\n",
            &entry("/", "symbols"),
            &entry("//", "one_long_name.txt/\nother_long_name.txt/\n"),
            &entry("/0", "one\n"),
            &entry("/19", "two!\n"),
            &entry("#1/20", "a name with spaces\0\0three"),
            &entry("debian-binary", "2.0\n"),
            &entry("short/", "four\n"),
        ]
        .concat();
        assert!(is(archive.as_bytes()) && is(b"!<arch>\n"));
        let kept = read(archive.as_bytes());
        let expected = [
            ("one_long_name.txt", "one\n"),
            ("other_long_name.txt", "two!\n"),
            ("a name with spaces", "three"),
            ("debian-binary", "2.0\n"),
            ("short", "four\n"),
        ];
        assert_eq!(kept.texts(), expected);
        assert!(kept.reports.is_empty());
        let mut ignore = Ignore(Vec::new());
        let _ = open(&mut archive.as_bytes(), &Limits::default(), &mut ignore);
        assert_eq!(ignore.0.len(), 5);
    }

    #[test]
    fn a_thin_archive_has_no_content() {
        let header = &entry("/0", "")[..HEADER].replace("0         `", "999       `");
        let archive = ["!<thin>\n", &entry("//", "a.o/\n"), header, header].concat();
        assert!(is(archive.as_bytes()));
        let kept = read(archive.as_bytes());
        assert!(kept.members.is_empty() && kept.reports.is_empty());
    }

    #[test]
    fn a_lying_size_is_told_of() {
        let archive = format!(
            "!<arch>\n{}",
            entry("a", "one\n").replace("4         `", "9999999999`")
        );
        let kept = read(archive.as_bytes());
        assert_eq!(kept.texts(), [("a", "one\n")]);
        assert_eq!(kept.reports, ["a: the archive ends in it"]);
        let archive = format!(
            "!<arch>\n{}",
            entry("//", "").replace("0         `", "9999999999`")
        );
        assert_eq!(
            read(archive.as_bytes()).reports[0],
            "//: limit: needs 9537 MiB of memory"
        );
    }

    #[test]
    fn damage_never_panics() {
        let archive = format!("!<arch>\n{}{}", entry("#1/3", "a.bone"), entry("//", "abc"));
        for bytes in damaged(archive.as_bytes()) {
            read(&bytes);
        }
        let cut = read(&archive.as_bytes()[..40]);
        assert_eq!(cut.reports, [": damaged: it ends in a header"]);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&bytes);
            read(&[b"!<arch>\n", &bytes[..]].concat());
        }
    }
}
