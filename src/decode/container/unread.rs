//! Formats that are known and not read, so that they can be said to be unread.

/// What each begins with, and what it is.
///
/// Sources: the magic numbers of file(1), and for RAR, Microsoft's cabinets,
/// RPM and squashfs the documents of their makers.
const FORMATS: [(&[u8], &str); 12] = [
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet"),
    (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"LZIP\x01", "an lzip file"),
    (b"\x1f\x9d", "a file of compress"),
    (b"hsqs", "a squashfs image"),
    (b"LRZI", "an lrzip file"),
    (b"\x89LZO\0\r\n\x1a\n", "an lzop file"),
    (b"xar!\0\x1c", "a xar archive"),
    (b"ElfFile\0", "an event log of Windows"),
    (b"regf", "a registry hive"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a compound file (doc, xls, msi, msg)",
    ),
];

/// Bytes that each of them has at least.
const SHORTEST: usize = 32;

/// Which of these formats the first bytes of an input begin.
pub fn tell(head: &[u8]) -> Option<&'static str> {
    let (_, name) = FORMATS.iter().find(|(magic, _)| head.starts_with(magic))?;
    (head.len() >= SHORTEST).then_some(*name)
}
