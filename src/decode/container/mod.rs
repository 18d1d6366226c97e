//! Containers: files that hold others, whole or in parts.
//!
//! A format is told by its content. Each opens what it is given and hands over
//! member after member; how much is read of them is for the taker to say, who
//! counts and stops. Nothing is written to disk, and no name is used as a path.

mod apple_date;
mod ar;
mod bare_deflate;
mod behind;
mod binary_cookies;
mod binary_plist;
mod brotli;
mod bytes;
mod bzip2;
#[cfg(test)]
mod collected;
mod cpio;
mod deflate;
mod fields;
mod git_pack;
mod gzip;
mod iso9660;
mod leveldb;
mod lz4;
mod mail;
mod mail_header;
mod moz_lz4;
#[cfg(test)]
pub mod packing;
mod pcap;
mod pcap_http;
mod pcap_stream;
mod pdf;
mod pdf_filter;
mod pdf_font;
mod pdf_objects;
mod pdf_position;
mod pdf_shown;
mod pdf_source;
mod pdf_syntax;
mod pdf_text;
mod reftable;
pub mod reftable_table;
mod sevenz;
mod sevenz_filter;
mod snappy;
mod sqlite;
mod stream;
mod tar;
#[cfg(test)]
pub mod testing;
mod unread;
mod xz;
mod zip;
mod zip_stream;
mod zlib;
mod zstd;

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};

pub use behind::end_of_program;
pub use unread::{Closed, tell as tell_closed};

use crate::location::Location;
use crate::memory;

/// How many bytes at the beginning of an input tell its format: an ISO image
/// has its first descriptor this far in.
pub const HEAD: usize = iso9660::DESCRIPTORS as usize + 2048;
/// How many bytes at the end can tell it.
const TAIL: u64 = 66 * 1024;

/// The last bytes of an input that goes by. They tell a zip archive that has
/// something in front of it: a program, a picture, a script.
#[derive(Default)]
pub struct Tail {
    /// As long as the end of an archive without a comment.
    last: [u8; 22],
}

impl Tail {
    /// The last of these bytes.
    pub fn of(bytes: &[u8]) -> Tail {
        let mut tail = Tail::default();
        tail.push(bytes);
        tail
    }

    /// Takes the next bytes of the input.
    pub fn push(&mut self, bytes: &[u8]) {
        let length = self.last.len();
        match bytes.last_chunk() {
            Some(last) => self.last = *last,
            None => {
                self.last.rotate_left(bytes.len());
                self.last[length - bytes.len()..].copy_from_slice(bytes);
            }
        }
    }

    /// The container that the input ends as.
    pub fn tell(&self) -> Option<Format> {
        zip::ends(&self.last).then_some(Format::Zip)
    }
}

/// Takes what a container holds, in the container's own order.
pub trait Members {
    /// One member with its content. What is left unread of it is skipped by the
    /// container. `content` gives an error where the member is damaged; the
    /// taker has reported it then. `Break` ends the reading of the container.
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()>;

    /// A member whose content stands as it is at this place of the container, and is
    /// given from there on without a gap.
    fn stored(
        &mut self,
        name: &[u8],
        place: Range<u64>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let _ = place;
        self.member(name, content)
    }

    /// A member whose content is encoded in a text of the container. That text stands at
    /// this place, as far as the content was read.
    fn encoded(
        &mut self,
        name: &[u8],
        place: &Cell<Option<Location>>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let _ = place;
        self.member(name, content)
    }

    /// One record of named fields: a row of a table, a cookie, a key with its
    /// value. `name` says where: `moz_cookies rowid 12`.
    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()>;

    /// Something that is there and could not be read; without a name, the
    /// container itself. Reading goes on where it can.
    fn unread(&mut self, name: &[u8], why: Unread);

    /// Reads what is left of a member, where nothing else leads to the next one. `Break`
    /// where that takes too much, which is reported then.
    ///
    /// # Errors
    ///
    /// What the content answers.
    fn pass(&mut self, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        io::copy(content, &mut io::sink()).map(|_| ControlFlow::Continue(()))
    }
}

/// Hands over what a container holds, with names of a bounded length.
struct Shortened<'m>(&'m mut dyn Members);

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

/// One named value of a record.
pub struct Field<'a> {
    /// The name.
    pub name: &'a str,
    /// The value.
    pub value: &'a [u8],
}

/// Why something in a container could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is encrypted.
    Encrypted,
    /// It is damaged; the words say how.
    Damaged(String),
    /// A method or variant that is not supported; the words name it.
    Unsupported(String),
    /// A bound was hit; the words name it.
    Limit(String),
}

/// The bounds of one decoder.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members of one container.
    pub entries: u64,
    /// Bytes that one decoder may allocate: dictionaries, tables, images.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            entries: 1_000_000,
            memory: 64 << 20,
        }
    }
}

/// Bytes that can be read in any order.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Defines an enum with a list of its variants.
macro_rules! with_list_of_all {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every one, in the order of their definition.
            pub const ALL: &[$name] = &[$($name::$variant),*];
        }
    };
}

with_list_of_all! {
/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// gzip, with one member or several.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// A deflate stream without a header.
    Deflate,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// LZMA without a container of its own.
    Lzma,
    /// Zstandard.
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// Brotli, which nothing but its name tells.
    Brotli,
    /// A tar archive.
    Tar,
    /// A cpio archive.
    Cpio,
    /// An ar archive, such as a Debian package.
    Ar,
    /// A zip archive and everything built on it.
    Zip,
    /// A 7z archive.
    SevenZip,
    /// An SQLite database.
    Sqlite,
    /// Firefox's compressed JSON.
    MozLz4,
    /// A table of a LevelDB database.
    LevelDbTable,
    /// The log of a LevelDB database.
    LevelDbLog,
    /// Safari's cookies.
    BinaryCookies,
    /// A binary property list.
    BinaryPlist,
    /// A PDF document.
    Pdf,
    /// Packets captured on a network.
    Pcap,
    /// A mail or a mailbox.
    Mail,
    /// A git bundle or pack.
    GitPack,
    /// Refs of a git repository, with their reflogs.
    Reftable,
    /// An ISO 9660 image.
    Iso9660,
}
}

/// How a format is told by the first bytes and opened.
enum Opener {
    /// From its beginning to its end.
    Stream(fn(&mut dyn Read, &Limits, &mut dyn Members) -> ControlFlow<()>),
    /// In any order.
    Seek(fn(&mut dyn ReadSeek, &Limits, &mut dyn Members) -> ControlFlow<()>),
    /// As a whole in memory.
    Image,
}

/// Whether the first bytes of an input are those of a format.
type Tells = fn(&[u8]) -> bool;

/// The formats that their first bytes tell, and how. The surest first.
const BY_HEAD: [(Format, Tells); 21] = [
    (Format::Gzip, gzip::is),
    (Format::Zip, zip::is),
    (Format::Xz, xz::is),
    (Format::Zstd, zstd::is),
    (Format::Bzip2, bzip2::is),
    (Format::Lz4, lz4::is),
    (Format::SevenZip, sevenz::is),
    (Format::Sqlite, sqlite::is),
    (Format::MozLz4, moz_lz4::is),
    (Format::BinaryPlist, binary_plist::is),
    (Format::BinaryCookies, binary_cookies::is),
    (Format::GitPack, git_pack::is),
    (Format::Reftable, reftable::is),
    (Format::Pcap, pcap::is),
    (Format::Pdf, pdf::is),
    (Format::Ar, ar::is),
    (Format::Cpio, cpio::is),
    (Format::Tar, tar::is),
    (Format::Zlib, zlib::is),
    (Format::Lzma, xz::is_lzma),
    (Format::Mail, mail::is),
];

impl Format {
    /// Tells a container by its first bytes, at best [`HEAD`] of them, and where
    /// these say nothing by its name. More bytes than that change nothing.
    pub fn tell(head: &[u8], name: Option<&[u8]>) -> Option<Format> {
        let head = &head[..head.len().min(HEAD)];
        let by_head = BY_HEAD.iter().find(|(_, is)| is(head));
        if let Some((format, _)) = by_head {
            return Some(*format);
        }
        if head
            .get(iso9660::DESCRIPTORS as usize..)
            .is_some_and(iso9660::is)
        {
            return Some(Format::Iso9660);
        }
        // Nothing marks it, so whatever has a mark is something else.
        if bare_deflate::is(head) && tell_closed(head).is_none() {
            return Some(Format::Deflate);
        }
        let name = name?;
        if brotli::is_named(name) {
            return Some(Format::Brotli);
        }
        if name.ends_with(b".log") && leveldb::is_log(head) {
            return Some(Format::LevelDbLog);
        }
        // What these end in decides when they are opened.
        let is_table = name.ends_with(b".ldb") || name.ends_with(b".sst");
        is_table.then_some(Format::LevelDbTable)
    }

    /// Tells an archive that has a program in front of it: zip by its last bytes, 7z
    /// by where it begins.
    pub fn tell_behind(input: &mut dyn ReadSeek) -> Option<Format> {
        let length = input.seek(SeekFrom::End(0)).ok()?;
        input
            .seek(SeekFrom::Start(length.saturating_sub(TAIL)))
            .ok()?;
        let mut tail = Vec::new();
        input.take(TAIL).read_to_end(&mut tail).ok()?;
        if zip::ends(&tail) {
            return Some(Format::Zip);
        }
        sevenz::find(input).ok()?.map(|_| Format::SevenZip)
    }

    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Format::Gzip => "gzip",
            Format::Zlib => "zlib",
            Format::Deflate => "deflate",
            Format::Bzip2 => "bzip2",
            Format::Xz => "xz",
            Format::Lzma => "lzma",
            Format::Zstd => "zstd",
            Format::Lz4 => "lz4",
            Format::Brotli => "brotli",
            Format::Tar => "tar",
            Format::Cpio => "cpio",
            Format::Ar => "ar",
            Format::Zip => "zip",
            Format::SevenZip => "7z",
            Format::Sqlite => "sqlite",
            Format::MozLz4 => "mozlz4",
            Format::LevelDbTable => "leveldb",
            Format::LevelDbLog => "leveldb-log",
            Format::BinaryCookies => "binary-cookies",
            Format::BinaryPlist => "binary-plist",
            Format::Pdf => "pdf",
            Format::Pcap => "pcap",
            Format::Mail => "mail",
            Format::GitPack => "git-pack",
            Format::Reftable => "reftable",
            Format::Iso9660 => "iso9660",
        }
    }

    /// Whether it is read from its beginning to its end, so that it can be read
    /// while it comes.
    pub fn streams(self) -> bool {
        matches!(self.opener(), Opener::Stream(_))
    }

    /// Whether its members stand in it as they are, one after the other.
    pub fn stores(self) -> bool {
        matches!(self, Format::Tar | Format::Ar)
    }

    /// Whether it holds one file and nothing beside it.
    pub fn is_one_file(self) -> bool {
        matches!(
            self,
            Format::Gzip
                | Format::Zlib
                | Format::Deflate
                | Format::Bzip2
                | Format::Xz
                | Format::Lzma
                | Format::Zstd
                | Format::Lz4
                | Format::Brotli
                | Format::MozLz4
        )
    }

    /// Whether a file of it is best read once, as a whole from its beginning: what it
    /// holds is long, and its own bytes are scanned on the way.
    pub fn is_read_once(self) -> bool {
        matches!(
            self,
            Format::Gzip
                | Format::Bzip2
                | Format::Xz
                | Format::Lzma
                | Format::Zstd
                | Format::Lz4
                | Format::Tar
                | Format::Cpio
                | Format::Ar
        )
    }

    fn opener(self) -> Opener {
        match self {
            Format::Gzip => Opener::Stream(gzip::open),
            Format::Zlib => Opener::Stream(zlib::open),
            Format::Deflate => Opener::Stream(bare_deflate::open),
            Format::Bzip2 => Opener::Stream(bzip2::open),
            Format::Xz => Opener::Stream(xz::open),
            Format::Lzma => Opener::Stream(xz::open_lzma),
            Format::Zstd => Opener::Stream(zstd::open),
            Format::Lz4 => Opener::Stream(lz4::open),
            Format::Brotli => Opener::Stream(brotli::open),
            Format::Tar => Opener::Stream(tar::open),
            Format::Cpio => Opener::Stream(cpio::open),
            Format::Ar => Opener::Stream(ar::open),
            Format::Zip => Opener::Seek(zip::open),
            Format::SevenZip => Opener::Seek(sevenz::open),
            Format::Sqlite => Opener::Image,
            Format::MozLz4 => Opener::Stream(moz_lz4::open),
            Format::LevelDbTable => Opener::Stream(leveldb::open_table),
            Format::LevelDbLog => Opener::Stream(leveldb::open_log),
            Format::BinaryCookies => Opener::Stream(binary_cookies::open),
            Format::BinaryPlist => Opener::Stream(binary_plist::open),
            Format::Pdf => Opener::Seek(pdf::open),
            Format::Pcap => Opener::Stream(pcap::open),
            Format::Mail => Opener::Stream(mail::open),
            Format::GitPack => Opener::Seek(git_pack::open),
            Format::Reftable => Opener::Seek(reftable::open),
            Format::Iso9660 => Opener::Seek(iso9660::open),
        }
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
        match self.opener() {
            Opener::Stream(open) => open(input, limits, members),
            Opener::Seek(_) | Opener::Image => {
                members.unread(
                    b"",
                    Unread::Unsupported("it cannot be read as a stream".to_owned()),
                );
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
        (self == Format::Zip).then(|| zip_stream::open(input, limits, members))
    }

    /// Reads a container. `wal` is the write-ahead log that belongs to a database.
    pub fn open(
        self,
        input: &mut dyn ReadSeek,
        wal: Option<Vec<u8>>,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        if self == Format::LevelDbTable && !ends_as_table(input) {
            let why = "it is called a table of LevelDB and does not end as one";
            members.unread(b"", Unread::Unsupported(why.to_owned()));
            return ControlFlow::Continue(());
        }
        let members: &mut dyn Members = &mut Shortened(members);
        match self.opener() {
            Opener::Stream(open) => open(input, limits, members),
            Opener::Seek(open) => open(input, limits, members),
            Opener::Image => {
                let longest = limits.memory as u64 + 1;
                // SQLite has a value of it in memory beside it.
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
                sqlite::open(image, wal, limits, members)
            }
        }
    }
}

/// Whether an input ends as a table of LevelDB; it is at its beginning then.
fn ends_as_table(input: &mut dyn ReadSeek) -> bool {
    const FOOTER: i64 = 48;
    let mut footer = [0; FOOTER as usize];
    let is_table = input.seek(SeekFrom::End(-FOOTER)).is_ok()
        && input.read_exact(&mut footer).is_ok()
        && leveldb::is_table(&footer);
    input.seek(SeekFrom::Start(0)).is_ok() && is_table
}
