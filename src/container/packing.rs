//! Containers for the tests, made of a content and what stands beside it.

use super::archive::{ar, cpio, tar, zip};
use super::codec::{bzip2, gzip, lz4, xz, zlib, zstd};
use super::database::sqlite;
use super::*;

/// A way to pack something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
    ZipStored,
    ZipDeflated,
    Tar,
    Cpio,
    Ar,
    Sqlite,
}

impl Packing {
    /// Every one.
    pub const ALL: [Packing; 12] = [
        Packing::Gzip,
        Packing::Zlib,
        Packing::Bzip2,
        Packing::Xz,
        Packing::Zstd,
        Packing::Lz4,
        Packing::ZipStored,
        Packing::ZipDeflated,
        Packing::Tar,
        Packing::Cpio,
        Packing::Ar,
        Packing::Sqlite,
    ];

    /// Packs a content between others, if the format has others. Gives the format,
    /// and what the member is called.
    pub fn pack(self, content: &[u8], others: [&[u8]; 2]) -> (Vec<u8>, Format, &'static str) {
        let names = ["before", "inside", "behind"];
        let contents = [others[0], content, others[1]];
        let members = || names.into_iter().zip(contents);
        match self {
            Packing::Gzip => (gzip::tests::packed("a", content), Format::of("gzip"), "a"),
            Packing::Zlib => (zlib::tests::packed(content), Format::of("zlib"), ""),
            Packing::Bzip2 => (bzip2::tests::packed(content), Format::of("bzip2"), ""),
            Packing::Xz => (xz::tests::xz(content, 1 << 16), Format::of("xz"), ""),
            Packing::Zstd => (zstd::tests::packed(content), Format::of("zstd"), ""),
            Packing::Lz4 => {
                let blocks: Vec<_> = content.chunks(64 << 10).collect();
                (lz4::tests::packed(&blocks), Format::of("lz4"), "")
            }
            Packing::ZipStored | Packing::ZipDeflated => {
                use zip::tests::{Builder, Written, deflated, stored};
                let mut archive = Builder::default();
                for (name, content) in members() {
                    let packed = deflated(content);
                    archive = archive.add(match self {
                        Packing::ZipStored => stored(name, content),
                        _ => Written {
                            method: 8,
                            packed: &packed,
                            promised: packed.len() as u32,
                            ..stored(name, content)
                        },
                    });
                }
                (archive.finish(), Format::of("zip"), names[1])
            }
            Packing::Tar => {
                let entries =
                    members().map(|(name, content)| tar::tests::entry(name, b'0', content));
                let entries: Vec<_> = entries.chain([tar::tests::end()]).collect();
                (entries.concat(), Format::of("tar"), names[1])
            }
            Packing::Cpio => {
                let entry =
                    |(name, content)| cpio::tests::new("070701", name, 0o100_644, content, 0);
                let end = cpio::tests::new("070701", "TRAILER!!!", 0, "", 0);
                let entries: Vec<_> = members().map(entry).chain([end]).collect();
                (entries.concat(), Format::of("cpio"), names[1])
            }
            Packing::Ar => {
                let mut archive = b"!<arch>\n".to_vec();
                for (name, content) in members() {
                    archive.extend(ar::tests::header(name, content.len()).bytes());
                    archive.extend(content);
                    archive.resize(archive.len().next_multiple_of(2), b'\n');
                }
                (archive, Format::of("ar"), names[1])
            }
            Packing::Sqlite => {
                let digits = |byte: &u8| format!("{byte:02x}");
                let hex = |content: &[u8]| content.iter().map(digits).collect::<String>();
                let [before, content, behind] = contents.map(hex);
                let image = sqlite::tests::database(&format!(
                    "CREATE TABLE t (n, data BLOB);
                    INSERT INTO t VALUES (1, x'{before}'), (2, x'{content}'), (3, x'{behind}');"
                ));
                (image, Format::of("sqlite"), "t rowid 2 column data")
            }
        }
    }
}
