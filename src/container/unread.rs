//! Formats that are known and not looked into, so that this can be said.
//!
//! Cabinets and compound files have crates, which keep no bounds. `cfb` 0.16 believes a
//! compound file of 4 MB that has 130 million entries in its table of sectors and takes
//! 518 MB for them before it counts the sectors. `cab` 0.6 unpacks a folder anew for each of
//! its files, so one of 183 KB with 3,000 files takes a minute and a half.

/// What the first bytes of an input tell of it that is not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is encrypted.
    Encrypted,
    /// It is of a kind that is not opened; the words name it.
    NotOpened(&'static str),
    /// It is a picture, which shows a text without holding it.
    Picture,
}

use Closed::{Encrypted, NotOpened, Picture};

/// Where the first descriptor of a disc has its mark.
pub const DISC: usize = 16 * 2048 + 1;
/// The mark of ISO 9660 (ECMA-119, 9.1.2).
pub const DISC_MARK: &[u8] = b"CD001\x01";

/// What each has at which place, and what it is.
///
/// Sources: the magic numbers of file(1), and for RAR, Microsoft's cabinets,
/// RPM, squashfs, PostgreSQL, KeePass and age the documents of their makers.
const FORMATS: [(usize, &[u8], Closed); 52] = [
    (0, b"Rar!\x1a\x07", NotOpened("a RAR archive")),
    (0, b"MSCF\0\0\0\0", NotOpened("a cabinet")),
    (0, b"MSWIM\0\0\0", NotOpened("a WIM image")),
    (0, b"\xed\xab\xee\xdb", NotOpened("an RPM package")),
    (
        0,
        b"\xc7\x71",
        NotOpened("a cpio archive of the old binary form"),
    ),
    (
        0,
        b"\x71\xc7",
        NotOpened("a cpio archive of the old binary form"),
    ),
    (0, b"\x1f\x9d", NotOpened("a file of compress")),
    (0, b"hsqs", NotOpened("a squashfs image")),
    (0, b"LRZI", NotOpened("an lrzip file")),
    (0, b"\x89LZO\0\r\n\x1a\n", NotOpened("an lzop file")),
    (0, b"xar!\0\x1c", NotOpened("a xar archive")),
    (2, b"-lh5-", NotOpened("an LHA archive")),
    (7, b"**ACE**", NotOpened("an ACE archive")),
    (0, b"StuffIt (c)", NotOpened("a StuffIt archive")),
    (0, b"ElfFile\0", NotOpened("an event log of Windows")),
    (0, b"regf", NotOpened("a registry hive")),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        NotOpened("a compound file (doc, xls, msi, msg)"),
    ),
    (
        0,
        b"PGDMP",
        NotOpened("a dump of PostgreSQL in its own format"),
    ),
    (0, b"REDIS00", NotOpened("a dump of Redis")),
    (0, b"\x6d\xe2\x99\x81", NotOpened("a dump of MongoDB")),
    (0, b"TAPE\0\0", NotOpened("a backup of SQL Server")),
    (0, b"\0\x01\0\0Standard ", NotOpened("an Access database")),
    (8, b"DUCK", NotOpened("a DuckDB database")),
    (0, b"PAR1", NotOpened("a Parquet file")),
    (0, b"Obj\x01", NotOpened("an Avro file")),
    (0, b"\x89HDF\r\n\x1a\n", NotOpened("an HDF5 file")),
    (0, b"KDMV", NotOpened("an image of a disk (VMDK)")),
    (0, b"QFI\xfb", NotOpened("an image of a disk (QCOW)")),
    (0, b"vhdxfile", NotOpened("an image of a disk (VHDX)")),
    (
        DISC,
        DISC_MARK,
        NotOpened(
            "an image of a disc (ISO 9660): its files were read as they stand, none was opened",
        ),
    ),
    (0, b"LUKS\xba\xbe", Encrypted),
    (0, b"\x03\xd9\xa2\x9a", Encrypted),
    (0, b"Salted__", Encrypted),
    (0, b"age-encryption.org/v1\n", Encrypted),
    (0, b"-----BEGIN AGE ENCRYPTED FILE-----", Encrypted),
    (0, b"-----BEGIN PGP MESSAGE-----", Encrypted),
    (0, b"$ANSIBLE_VAULT;", Encrypted),
    (0, b"\0GITCRYPT\0", Encrypted),
    (0, b"\x89PNG\r\n\x1a\n", Picture),
    (0, b"\xff\xd8\xff", Picture),
    (0, b"GIF87a", Picture),
    (0, b"GIF89a", Picture),
    (8, b"WEBPVP8", Picture),
    (0, b"II*\0", Picture),
    (0, b"MM\0*", Picture),
    (0, b"8BPS\0", Picture),
    (4, b"ftypheic", Picture),
    (4, b"ftypheix", Picture),
    (4, b"ftypmif1", Picture),
    (4, b"ftypavif", Picture),
    // The header that all programs write by now, behind the length of the file.
    (6, b"\0\0\0\0\x36\0\0\0\x28\0\0\0", Picture),
    (6, b"\0\0\0\0\x8a\0\0\0\x7c\0\0\0", Picture),
];

/// Bytes that an input has which is one of them.
const SHORTEST: usize = 32;

/// Which of these formats the first bytes of an input begin.
pub fn tell(head: &[u8]) -> Option<Closed> {
    if head.len() < SHORTEST {
        return None;
    }
    // Every input is asked for all of them, and nearly none has even the first byte.
    let is = |(at, magic, _): &&(usize, &[u8], Closed)| {
        head.get(*at) == magic.first() && head[*at..].starts_with(magic)
    };
    FORMATS.iter().find(is).map(|(_, _, closed)| *closed)
}
