//! The table of containers: what each is called, how it is told, how it is opened.
//!
//! A container is a file with one entry; the table has a line for it.

use std::fmt;
use std::io::{Read, SeekFrom};
use std::ops::ControlFlow;

use super::archive::ar;
use super::archive::cpio;
use super::archive::sevenz;
use super::archive::tar;
use super::archive::zip;
use super::capture::pcap;
use super::codec::bare_deflate;
use super::codec::brotli;
use super::codec::bzip2;
use super::codec::gzip;
use super::codec::lz4;
use super::codec::moz_lz4;
use super::codec::xz;
use super::codec::zlib;
use super::codec::zstd;
use super::database::binary_cookies;
use super::database::git_pack;
use super::database::leveldb;
use super::database::reftable;
use super::database::sqlite;
use super::document::binary_plist;
use super::document::mail;
use super::document::pdf;
use super::entry::{Container, Holds, Opens, Tells};
use super::shortened::Shortened;
use super::unread::tell as tell_closed;
use super::{HEAD, Limits, Members, ReadSeek, Tail, Unread};
use crate::system::memory;

/// Every container, the surest to tell first.
static TABLE: [Container; 26] = [
    gzip::CONTAINER,
    zip::CONTAINER,
    xz::XZ,
    xz::LZIP,
    zstd::CONTAINER,
    bzip2::CONTAINER,
    lz4::CONTAINER,
    sevenz::CONTAINER,
    sqlite::CONTAINER,
    moz_lz4::CONTAINER,
    binary_plist::CONTAINER,
    binary_cookies::CONTAINER,
    git_pack::CONTAINER,
    reftable::CONTAINER,
    pcap::CONTAINER,
    pdf::CONTAINER,
    ar::CONTAINER,
    cpio::CONTAINER,
    tar::CONTAINER,
    zlib::CONTAINER,
    xz::LZMA,
    mail::CONTAINER,
    bare_deflate::CONTAINER,
    brotli::CONTAINER,
    leveldb::LOG,
    leveldb::TABLE,
];

/// A kind of container: a line of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Format(u8);

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Format {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Format> {
        (0..TABLE.len() as u8).map(Format)
    }

    /// The one with this word.
    pub fn named(id: &str) -> Option<Format> {
        Format::all().find(|format| format.id() == id)
    }

    /// The same where it is known to be one.
    #[cfg(test)]
    pub fn of(id: &str) -> Format {
        Format::named(id).expect("the table has it")
    }

    fn container(self) -> &'static Container {
        &TABLE[usize::from(self.0)]
    }

    /// Tells a container by its first bytes, at best [`HEAD`] of them, and where
    /// these say nothing by its name. More bytes than that change nothing.
    pub fn tell(head: &[u8], name: Option<&[u8]>) -> Option<Format> {
        let head = &head[..head.len().min(HEAD)];
        let first = |is: &dyn Fn(&Tells) -> bool| {
            Format::all().find(|format| is(&format.container().tells))
        };
        first(&|tells| matches!(tells, Tells::Head(is) if is(head)))
            .or_else(|| {
                first(&|tells| matches!(tells, Tells::Unmarked(is) if is(head)))
                    .filter(|_| tell_closed(head).is_none())
            })
            .or_else(|| {
                let name = name?;
                first(&|tells| matches!(tells, Tells::Name(is) if is(head, name)))
            })
    }

    /// Tells a container that has something else in front of it, such as a program.
    pub fn tell_behind(input: &mut dyn ReadSeek) -> Option<Format> {
        for format in Format::all() {
            if let Some(is) = format.container().behind
                && is(input).ok()?
            {
                return Some(format);
            }
        }
        None
    }

    /// The word used in reports.
    pub fn id(self) -> &'static str {
        self.container().id
    }

    /// Whether it is read from its beginning to its end, so that it can be read
    /// while it comes.
    pub fn streams(self) -> bool {
        matches!(self.container().opens, Opens::Stream(_) | Opens::Either(..))
    }

    /// Whether its members stand in it as they are, one after the other.
    pub fn stores(self) -> bool {
        self.container().holds == Holds::FilesAsTheyAre
    }

    /// Whether it holds one file and nothing beside it.
    pub fn is_one_file(self) -> bool {
        self.container().holds == Holds::OneFile
    }

    /// Whether a file of it is best read once, as a whole from its beginning.
    pub fn is_read_once(self) -> bool {
        self.container().is_read_once
    }

    /// Whether its decoder keeps what it gave, to repeat it.
    pub fn has_window(self) -> bool {
        self.container().has_window
    }

    /// Whether a write-ahead log can belong to it.
    pub fn has_log(self) -> bool {
        matches!(self.container().opens, Opens::Image(_))
    }

    /// Small containers that are read to their end.
    #[cfg(test)]
    pub fn samples(self) -> Vec<Vec<u8>> {
        (self.container().samples)()
    }

    /// Reads a container from its beginning to its end. A format that cannot be
    /// read like this is said to be unread.
    pub fn open_stream(
        self,
        input: &mut dyn Read,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let members: &mut dyn Members = &mut Shortened(members);
        match self.container().opens {
            Opens::Stream(open) | Opens::Either(open, _) => open(input, limits, members),
            Opens::Seek(_) | Opens::Image(_) => {
                let why = "it cannot be read as a stream".to_owned();
                members.unread(b"", Unread::Unsupported(why));
                ControlFlow::Continue(())
            }
        }
    }

    /// Reads a container that is too large for the memory from its beginning to its end,
    /// where that can be done at all, though less well. `None` where it can't.
    pub fn open_large(
        self,
        input: &mut dyn Read,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> Option<ControlFlow<()>> {
        let members: &mut dyn Members = &mut Shortened(members);
        let open = self.container().opens_large?;
        Some(open(input, limits, members))
    }

    /// Reads a container. `wal` is the write-ahead log that belongs to a database.
    pub fn open(
        self,
        input: &mut dyn ReadSeek,
        wal: Option<Vec<u8>>,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let members: &mut dyn Members = &mut Shortened(members);
        match self.container().opens {
            Opens::Stream(open) => open(input, limits, members),
            Opens::Seek(open) | Opens::Either(_, open) => open(input, limits, members),
            Opens::Image(open) => {
                let longest = limits.memory as u64 + 1;
                // A value of it can be in memory beside it.
                let length = input.seek(SeekFrom::End(0)).unwrap_or(0).min(longest);
                let _held = memory::hold(2 * length as usize);
                let _ = input.seek(SeekFrom::Start(0));
                let mut image = Vec::new();
                if let Err(error) = input.take(longest).read_to_end(&mut image) {
                    members.unread(b"", Unread::Damaged(error.to_string()));
                }
                if image.len() > limits.memory {
                    let why = format!("a database of more than {} MiB", limits.memory >> 20);
                    members.unread(b"", Unread::Limit(why));
                    return ControlFlow::Continue(());
                }
                open(image, wal, limits, members)
            }
        }
    }
}

impl Tail {
    /// The container that the input ends as.
    pub fn tell(&self) -> Option<Format> {
        let is_zip = zip::ends(self.bytes());
        is_zip.then(|| Format::named(zip::CONTAINER.id)).flatten()
    }
}
