//! Reads the header of a 7z archive: where its streams lie, how they were packed, and what the files are called.

use crate::container::Unread;
use crate::container::bytes::Bytes;
use crate::container::codec::stream::{self, Expected};

/// How long the header at the beginning is, which tells where the other one is.
pub const START: u64 = 32;
/// More coders than any program chains.
pub const CODERS: u64 = 8;

/// The tags of a header.
pub mod tag {
    pub const END: u64 = 0x00;
    pub const HEADER: u64 = 0x01;
    pub const PROPERTIES: u64 = 0x02;
    pub const ADDITIONAL_STREAMS: u64 = 0x03;
    pub const MAIN_STREAMS: u64 = 0x04;
    pub const FILES: u64 = 0x05;
    pub const PACK: u64 = 0x06;
    pub const UNPACK: u64 = 0x07;
    pub const SUBSTREAMS: u64 = 0x08;
    pub const SIZE: u64 = 0x09;
    pub const CRC: u64 = 0x0a;
    pub const FOLDER: u64 = 0x0b;
    pub const UNPACK_SIZE: u64 = 0x0c;
    pub const STREAM_COUNT: u64 = 0x0d;
    pub const EMPTY_STREAM: u64 = 0x0e;
    pub const NAMES: u64 = 0x11;
    pub const ENCODED_HEADER: u64 = 0x17;
}

/// What the streams of an archive are.
#[derive(Default)]
pub struct Streams {
    /// Where each packed stream begins, and how long it is.
    pub packed: Vec<(u64, u64)>,
    pub folders: Vec<Folder>,
}

/// What several files are compressed as.
#[derive(Default)]
pub struct Folder {
    pub coders: Vec<Coder>,
    /// Which input is fed by which output.
    pub binds: Vec<(u64, u64)>,
    /// Which inputs are fed by the packed streams.
    pub packed: Vec<u64>,
    /// How long each output is.
    pub lengths: Vec<u64>,
    pub crc: Option<u32>,
    /// The files in it, one after another.
    pub files: Vec<Expected>,
}

/// One step of decompression.
pub struct Coder {
    pub method: u64,
    pub inputs: u64,
    pub properties: Vec<u8>,
}

impl Folder {
    /// The output that feeds no input.
    pub fn main(&self) -> Option<u64> {
        let outputs = 0..self.coders.len() as u64;
        outputs
            .rev()
            .find(|output| self.binds.iter().all(|(_, bound)| bound != output))
    }

    pub fn length(&self) -> u64 {
        let main = self.main().and_then(|main| usize::try_from(main).ok());
        main.and_then(|main| self.lengths.get(main).copied())
            .unwrap_or(0)
    }

    pub fn is_encrypted(&self) -> bool {
        self.coders.iter().any(|coder| coder.method == 0x06f1_0701)
    }
}

/// A header that is taken apart.
pub struct Parser<'a> {
    pub fields: Bytes<'a>,
    /// How many bytes may still be allocated.
    pub budget: usize,
}

/// A header that is broken.
pub fn broken() -> Unread {
    Unread::Damaged("its header is broken".into())
}

impl<'a> Parser<'a> {
    /// A number of one to nine bytes. The first tells how many follow.
    pub fn number(&mut self) -> Result<u64, Unread> {
        let first = self.fields.u8().ok_or_else(broken)?;
        let length = first.leading_ones() as usize;
        let mut value = [0; 8];
        for byte in value.iter_mut().take(length) {
            *byte = self.fields.u8().ok_or_else(broken)?;
        }
        let high = match length {
            0..7 => u64::from(first & (0x7f >> length)) << (8 * length),
            _ => 0,
        };
        Ok(u64::from_le_bytes(value) | high)
    }

    pub fn expect(&mut self, tag: u64) -> Result<(), Unread> {
        match self.number()? == tag {
            true => Ok(()),
            false => Err(broken()),
        }
    }

    /// A count of things of which each is allocated with so many bytes.
    pub fn count(&mut self, bytes: usize) -> Result<usize, Unread> {
        let count = self.number()?;
        self.charge(count, bytes)?;
        usize::try_from(count).map_err(|_| broken())
    }

    pub fn charge(&mut self, count: u64, bytes: usize) -> Result<(), Unread> {
        let needed = count.saturating_mul(bytes as u64);
        let left = (self.budget as u64).checked_sub(needed);
        self.budget = left.ok_or_else(|| stream::too_much_memory(needed))? as usize;
        Ok(())
    }

    pub fn bytes(&mut self, length: u64) -> Result<&'a [u8], Unread> {
        let length = usize::try_from(length).map_err(|_| broken())?;
        self.fields.take(length).ok_or_else(broken)
    }

    /// One bit each for so many things.
    pub fn bits(&mut self, count: usize) -> Result<Bits<'a>, Unread> {
        let bytes = self.bytes(count.div_ceil(8) as u64)?;
        Ok(Bits(Some(bytes)))
    }

    /// Checksums of so many things, some of which may have none.
    pub fn checksums(&mut self, count: usize) -> Result<Vec<Option<u32>>, Unread> {
        let all = self.fields.u8().ok_or_else(broken)? != 0;
        let defined = if all { Bits(None) } else { self.bits(count)? };
        (0..count)
            .map(|index| match defined.get(index) {
                true => self.fields.u32_le().map(Some).ok_or_else(broken),
                false => Ok(None),
            })
            .collect()
    }

    pub fn streams(&mut self) -> Result<Streams, Unread> {
        let mut streams = Streams::default();
        let mut has_files = false;
        loop {
            match self.number()? {
                tag::END => break,
                tag::PACK => self.pack(&mut streams)?,
                tag::UNPACK => self.folders(&mut streams)?,
                tag::SUBSTREAMS => {
                    has_files = true;
                    self.substreams(&mut streams)?;
                }
                _ => return Err(broken()),
            }
        }
        if !has_files {
            for folder in &mut streams.folders {
                folder.files = vec![whole(folder)];
            }
        }
        Ok(streams)
    }

    pub fn pack(&mut self, streams: &mut Streams) -> Result<(), Unread> {
        let mut start = START.saturating_add(self.number()?);
        let count = self.count(16)?;
        loop {
            match self.number()? {
                tag::END => return Ok(()),
                tag::SIZE => {
                    for _ in 0..count {
                        let length = self.number()?;
                        streams.packed.push((start, length));
                        start = start.saturating_add(length);
                    }
                }
                tag::CRC => {
                    self.checksums(count)?;
                }
                _ => return Err(broken()),
            }
        }
    }

    pub fn folders(&mut self, streams: &mut Streams) -> Result<(), Unread> {
        self.expect(tag::FOLDER)?;
        let count = self.count(size_of::<Folder>())?;
        if self.fields.u8() != Some(0) {
            return Err(Unread::Unsupported("a header in several parts".into()));
        }
        for _ in 0..count {
            let folder = self.folder()?;
            streams.folders.push(folder);
        }
        self.expect(tag::UNPACK_SIZE)?;
        for folder in &mut streams.folders {
            let outputs = 0..folder.coders.len();
            folder.lengths = outputs.map(|_| self.number()).collect::<Result<_, _>>()?;
        }
        loop {
            match self.number()? {
                tag::END => return Ok(()),
                tag::CRC => {
                    let checksums = self.checksums(count)?;
                    for (folder, crc) in streams.folders.iter_mut().zip(checksums) {
                        folder.crc = crc;
                    }
                }
                _ => return Err(broken()),
            }
        }
    }

    pub fn folder(&mut self) -> Result<Folder, Unread> {
        let mut folder = Folder::default();
        let count = self.number()?;
        if !(1..=CODERS).contains(&count) {
            return Err(broken());
        }
        self.charge(count, size_of::<Coder>() + 40)?;
        for _ in 0..count {
            let coder = self.coder()?;
            folder.coders.push(coder);
        }
        let inputs: u64 = folder.coders.iter().map(|coder| coder.inputs).sum();
        for _ in 1..count {
            folder.binds.push((self.number()?, self.number()?));
        }
        let sound = folder
            .binds
            .iter()
            .enumerate()
            .all(|(index, (input, output))| {
                let before = folder.binds.iter().take(index);
                let again = before.clone().any(|(i, o)| i == input || o == output);
                *input < inputs && *output < count && !again
            });
        let packed = inputs
            .checked_sub(count - 1)
            .filter(|packed| *packed > 0 && sound);
        let packed = packed.ok_or_else(broken)?;
        folder.packed = match packed {
            1 => (0..inputs)
                .filter(|input| folder.binds.iter().all(|(bound, _)| bound != input))
                .collect(),
            _ => (0..packed)
                .map(|_| self.number())
                .collect::<Result<_, _>>()?,
        };
        Ok(folder)
    }

    pub fn coder(&mut self) -> Result<Coder, Unread> {
        let flags = self.fields.u8().ok_or_else(broken)?;
        let id = self.bytes(u64::from(flags & 0x0f))?;
        if id.len() > 8 || flags & 0x80 != 0 {
            return Err(Unread::Unsupported("a method with a long name".into()));
        }
        let method = id
            .iter()
            .fold(0, |method, byte| method << 8 | u64::from(*byte));
        let (inputs, outputs) = match flags & 0x10 {
            0 => (1, 1),
            _ => (self.number()?, self.number()?),
        };
        if !(1..=4).contains(&inputs) || outputs != 1 {
            return Err(Unread::Unsupported("a method with several outputs".into()));
        }
        let mut properties = Vec::new();
        if flags & 0x20 != 0 {
            let length = self.number()?;
            properties = self.bytes(length)?.to_vec();
            self.charge(1, properties.len())?;
        }
        Ok(Coder {
            method,
            inputs,
            properties,
        })
    }

    pub fn substreams(&mut self, streams: &mut Streams) -> Result<(), Unread> {
        let mut next = self.number()?;
        let mut counts = vec![1; streams.folders.len()];
        if next == tag::STREAM_COUNT {
            for count in &mut counts {
                *count = self.count(2 * size_of::<Expected>())?;
            }
            next = self.number()?;
        }
        let sized = next == tag::SIZE;
        for (folder, count) in streams.folders.iter_mut().zip(&counts) {
            let mut left = folder.length();
            for index in 0..*count {
                let length = match index + 1 == *count {
                    true => left,
                    false if sized => self.number()?,
                    false => return Err(broken()),
                };
                left = left.checked_sub(length).ok_or_else(broken)?;
                folder.files.push(Expected {
                    length: Some(length),
                    crc: folder.crc.filter(|_| *count == 1),
                });
            }
        }
        if sized {
            next = self.number()?;
        }
        loop {
            match next {
                tag::END => return Ok(()),
                tag::CRC => {
                    let files = || streams.folders.iter().flat_map(|folder| &folder.files);
                    let unknown = files().filter(|file| file.crc.is_none()).count();
                    let checksums = self.checksums(unknown)?;
                    let files = streams
                        .folders
                        .iter_mut()
                        .flat_map(|folder| &mut folder.files);
                    let unknown = files.filter(|file| file.crc.is_none());
                    unknown
                        .zip(checksums)
                        .for_each(|(file, crc)| file.crc = crc);
                }
                _ => return Err(broken()),
            }
            next = self.number()?;
        }
    }

    pub fn files(&mut self) -> Result<Files<'a>, Unread> {
        let mut files = Files {
            count: usize::try_from(self.number()?).map_err(|_| broken())?,
            empty: None,
            names: &[],
        };
        loop {
            let property = self.number()?;
            if property == tag::END {
                return Ok(files);
            }
            let length = self.number()?;
            let mut value = Parser {
                fields: Bytes(self.bytes(length)?),
                budget: 0,
            };
            match property {
                tag::EMPTY_STREAM => files.empty = Some(value.bits(files.count)?),
                tag::NAMES if value.fields.u8() == Some(0) => files.names = value.fields.0,
                tag::NAMES => {
                    return Err(Unread::Unsupported("a header in several parts".into()));
                }
                _ => {}
            }
        }
    }
}

/// The only file of a folder.
pub fn whole(folder: &Folder) -> Expected {
    Expected {
        length: Some(folder.length()),
        crc: folder.crc,
    }
}

/// Bits of a header. All are set where there are none.
pub struct Bits<'a>(Option<&'a [u8]>);

impl Bits<'_> {
    pub fn get(&self, index: usize) -> bool {
        self.0.is_none_or(|bytes| {
            let byte = bytes.get(index / 8).copied().unwrap_or(0);
            byte & (0x80 >> (index % 8)) != 0
        })
    }
}

/// The files of an archive. Those with content are the files of its folders, in
/// the same order.
pub struct Files<'a> {
    pub count: usize,
    /// Which have no content.
    pub empty: Option<Bits<'a>>,
    /// Names in UTF-16, each with a zero at its end.
    pub names: &'a [u8],
}

impl Files<'_> {
    /// The names of the files with content.
    pub fn names(&self) -> impl Iterator<Item = Vec<u8>> {
        let units = self.names.as_chunks::<2>().0;
        let names = units.split(|unit| *unit == [0, 0]).take(self.count);
        let full = names.enumerate().filter(|(index, _)| {
            let empty = self.empty.as_ref().is_some_and(|empty| empty.get(*index));
            !empty
        });
        full.map(|(_, name)| {
            let units = name.iter().map(|unit| u16::from_le_bytes(*unit));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect::<String>()
                .into_bytes()
        })
    }
}
