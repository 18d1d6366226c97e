//! Zip from its beginning to its end, for an archive inside of something else that is too
//! large to be held in memory: its entries are found by their own headers.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use memchr::memmem;

use super::zip_entry::{DESCRIPTOR, ENCRYPTED, Entry, LISTED, LOCAL, LOCAL_LENGTH, Local};
use super::zip_entry::{ends_content, give};
use crate::container::codec::stream::{self, Intake};
use crate::container::{Limits, Members, Unread};

/// How much is looked at once to find out where something ends.
const PIECE: usize = 64 << 10;

/// Gives the files of an archive in the order in which they stand there.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut input = Intake::new(input);
    match read(&mut input, limits, members) {
        Ok(flow) => flow,
        Err(error) => {
            members.unread(b"", stream::damaged(error));
            ControlFlow::Continue(())
        }
    }
}

fn read(
    input: &mut Intake<'_>,
    limits: &Limits,
    members: &mut dyn Members,
) -> io::Result<ControlFlow<()>> {
    let (mut entries, mut listed) = (0, 0);
    while let Some(local) = next(input, &mut listed)? {
        entries += 1;
        if entries > limits.entries {
            members.unread(b"", stream::too_many_entries(limits.entries));
            return Ok(ControlFlow::Continue(()));
        }
        input.consume(LOCAL_LENGTH as usize);
        let Some(names) = input.take_vec((local.name + local.extra) as usize)? else {
            members.unread(b"", Unread::Damaged("it ends in a header".into()));
            return Ok(ControlFlow::Continue(()));
        };
        if entry(input, &local, &names, limits, members)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if listed == 0 && entries > 0 {
        members.unread(b"", Unread::Damaged("its directory is missing".into()));
    } else if listed > entries {
        let words = "its directory lists more than was found";
        members.unread(b"", Unread::Damaged(words.into()));
    }
    Ok(ControlFlow::Continue(()))
}

/// Goes to the next entry, and counts what a directory lists on the way. `None` where the
/// input ends: another archive may follow behind a directory.
fn next(input: &mut Intake<'_>, listed: &mut u64) -> io::Result<Option<Local>> {
    loop {
        let piece = input.peek(PIECE)?;
        if piece.is_empty() {
            return Ok(None);
        }
        // A signature may go on behind the piece.
        let found = memmem::find_iter(piece, b"PK").find(|at| {
            let rest = piece.get(*at..).unwrap_or_default();
            rest.starts_with(LOCAL) || rest.starts_with(LISTED)
        });
        let length = piece.len();
        let Some(at) = found else {
            let gone = if length < PIECE { length } else { length - 3 };
            input.consume(gone);
            continue;
        };
        input.consume(at);
        let head = input.peek(LOCAL_LENGTH as usize)?;
        *listed += u64::from(head.starts_with(LISTED));
        if let Some(local) = Local::parse(head).filter(Local::is_plausible) {
            return Ok(Some(local));
        }
        input.consume(LOCAL.len());
    }
}

/// Gives one entry, and goes to its end.
fn entry(
    input: &mut Intake<'_>,
    local: &Local,
    names: &[u8],
    limits: &Limits,
    members: &mut dyn Members,
) -> io::Result<ControlFlow<()>> {
    let mut entry = Entry::local(local, names);
    let is_hidden = entry.flags & ENCRYPTED != 0 || entry.method == 99;
    if is_hidden {
        members.unread(&entry.name, Unread::Encrypted);
    }
    let is_open = entry.is_open();
    if is_hidden || entry.is_directory() && !is_open {
        input.skip(entry.packed)?;
        return Ok(ControlFlow::Continue(()));
    }
    if is_open {
        entry.expected = Default::default();
        if entry.method == 0 {
            let mut content = Open {
                input,
                given: 0,
                ended: false,
            };
            return Ok(members.member(&entry.name, &mut content));
        }
    }
    let start = input.consumed();
    let flow = give(&entry, input, entry.packed, limits, members)?;
    let read = input.consumed() - start;
    // A method that tells where it ends may end before or behind what was promised.
    input.skip(entry.packed.saturating_sub(read))?;
    Ok(match flow {
        ControlFlow::Continue(_) => ControlFlow::Continue(()),
        ControlFlow::Break(()) => ControlFlow::Break(()),
    })
}

/// A content that is stored as it is, without a known length.
struct Open<'a, 'b> {
    input: &'a mut Intake<'b>,
    given: u64,
    ended: bool,
}

impl Read for Open<'_, '_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.ended || output.is_empty() {
            return Ok(0);
        }
        let piece = self.input.peek(PIECE)?;
        let ends = |at: &usize| {
            let rest = piece.get(*at..).unwrap_or_default();
            let is_signature = [DESCRIPTOR, LOCAL, LISTED]
                .iter()
                .any(|signature| rest.starts_with(signature));
            is_signature && ends_content(rest, self.given + *at as u64)
        };
        let end = memmem::find_iter(piece, b"PK").find(ends);
        // What may be the beginning of a header is looked at once more of it is there.
        let sure = match piece.len() {
            PIECE => PIECE - LOCAL_LENGTH as usize,
            length => length,
        };
        let length = end.unwrap_or(sure).min(sure).min(output.len());
        self.ended = end == Some(0) || piece.is_empty();
        output[..length].copy_from_slice(&piece[..length]);
        self.input.consume(length);
        self.given += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::zip;
    use super::super::zip::tests::{Builder, Written, deflated, samples, stored};
    use super::super::zip_entry::SIZES_BEHIND;
    use super::*;
    use crate::container::testing::{Drip, Kept, damaged};

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// What is read when the directory is asked.
    fn read_by_directory(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = zip::open(&mut Cursor::new(bytes), &Limits::default(), &mut kept);
        kept
    }

    /// An archive with long entries of each kind.
    fn archive() -> Vec<u8> {
        let text =
            "a line that is not PK\x03\x04 a header, nor PK\x01\x02 PK\x07\x08 one\n".repeat(1600);
        let packed = deflated(text.as_bytes());
        let written = |name, flags, method| Written {
            flags,
            method,
            packed: if method == 8 {
                &packed
            } else {
                text.as_bytes()
            },
            promised: if method == 8 {
                packed.len() as u32
            } else {
                text.len() as u32
            },
            ..stored(name, text.as_bytes())
        };
        Builder::default()
            .add(written("deflated", 0, 8))
            .add(stored("folder/", b""))
            .add(written("stored", 0, 0))
            .add(written("deflated, sizes behind", SIZES_BEHIND, 8))
            .add(written("stored, sizes behind", SIZES_BEHIND, 0))
            .add(stored("empty", b""))
            .add(stored("last", b"three\n"))
            .finish()
    }

    #[test]
    fn what_it_gives_is_what_the_directory_lists() {
        let mut archives = samples();
        archives.push(archive());
        for bytes in archives {
            let (streamed, listed) = (read(&bytes), read_by_directory(&bytes));
            assert!(streamed.reports.is_empty(), "{:?}", streamed.reports);
            let lengths = |kept: &Kept| -> Vec<(String, usize)> {
                let members = kept.members.iter();
                members
                    .map(|(name, content)| (name.clone(), content.len()))
                    .collect()
            };
            assert_eq!(lengths(&streamed), lengths(&listed));
            assert!(streamed.members == listed.members);
            let mut dripped = Kept::default();
            let _ = open(&mut Drip(&bytes), &Limits::default(), &mut dripped);
            assert!(dripped.members == listed.members);
        }
        assert_eq!(read(&archive()).members.len(), 6);
    }

    #[test]
    fn what_stands_between_entries_is_passed_over() {
        let bytes = archive();
        let between = [b"PK\x05\x05 garbage PK".to_vec(), vec![b'P'; 100_000]].concat();
        let twice = [&between, &bytes[..100], &between, &bytes, &between].concat();
        let kept = read(&twice);
        assert_eq!(
            kept.members.last().map(|member| &member.0[..]),
            Some("last")
        );
        for cut in [100, bytes.len() / 2] {
            assert!(!read(&bytes[..cut]).reports.is_empty(), "{cut}");
        }
    }

    #[test]
    fn no_directory_hides_what_follows() {
        let one = Builder::default().add(stored("one", b"1\n")).finish();
        let two = Builder::default().add(stored("two", b"2\n")).finish();
        let empty = Builder::default().finish();
        let between = [LISTED, b"PK\x05\x06", b"PK\x06\x06"].concat();
        for first in [&one[..], &empty, &between] {
            let kept = read(&[first, &between, &two].concat());
            let last = kept.members.last().map(|member| &member.0[..]);
            assert_eq!(last, Some("two"));
        }
        // An archive in an entry whose end nobody knows is read as entries.
        let inner = archive();
        let open = Written {
            flags: SIZES_BEHIND,
            ..stored("inner.zip", &inner)
        };
        let outer = Builder::default().add(open).add(stored("last", b"3\n"));
        let kept = read(&outer.finish());
        let names: Vec<&str> = kept.members.iter().map(|member| &member.0[..]).collect();
        assert!(names.contains(&"stored, sizes behind"), "{names:?}");
        assert_eq!(
            kept.members.last(),
            Some(&("last".to_owned(), b"3\n".to_vec()))
        );
        // What is listed and not found is said.
        let kept = read(&[&one[..], LISTED].concat());
        assert_eq!(
            kept.reports,
            [": damaged: its directory lists more than was found"]
        );
    }

    #[test]
    fn damage_never_panics() {
        for sample in samples() {
            for bytes in damaged(&sample) {
                read(&bytes);
            }
        }
    }
}
