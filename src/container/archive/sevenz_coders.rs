//! Undoes what the coders of a folder of a 7z archive did, one after the other.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, SeekFrom};
use std::iter;
use std::rc::Rc;

use ppmd_rust::Ppmd7Decoder;

use super::sevenz_header::{Coder, Folder, Streams, broken};
use crate::container::bytes::Bytes;
use crate::container::codec::bought::{ByteByByte, Holding};
use crate::container::codec::brotli::Unbrotli;
use crate::container::codec::bzip2::Bunzip;
use crate::container::codec::deflate::{Inflate, Inflate64};
use crate::container::codec::filter;
use crate::container::codec::stream::{self, Codec, Intake, Reading};
use crate::container::codec::xz::{self, Lzma};
use crate::container::codec::zstd::Unzstd;
use crate::container::{Limits, ReadSeek, Unread};
use crate::system::memory;

/// What a decoder needs at least.
pub const SMALLEST: u64 = 64 << 10;

/// An archive that is being read.
pub struct Archive<'a> {
    pub input: Rc<RefCell<&'a mut dyn ReadSeek>>,
    pub limits: &'a Limits,
    /// Memory that decoders may still set up.
    pub set_up: Cell<u64>,
}

impl Archive<'_> {
    /// Takes what a decoder sets up from what all may.
    pub fn charge(&self, memory: u64) -> Result<(), Unread> {
        let left = self.set_up.get().checked_sub(memory.max(SMALLEST));
        let Some(left) = left else {
            self.set_up.set(0);
            let why = "more decoders than it may need".to_owned();
            return Err(Unread::Limit(why));
        };
        self.set_up.set(left);
        Ok(())
    }
}

/// The coders of a folder while they are joined.
pub struct Graph<'g, 'a> {
    pub archive: &'g Archive<'a>,
    pub streams: &'g Streams,
    pub folder: &'g Folder,
    pub first_packed: usize,
    /// How much their dictionaries may still need.
    pub memory: usize,
}

impl<'a> Graph<'_, 'a> {
    /// What comes out of a coder. No output feeds two inputs, so only a circle
    /// can be deeper than there are coders.
    pub fn output(&mut self, output: u64, depth: usize) -> Result<Box<dyn Read + 'a>, Unread> {
        let folder = self.folder;
        let index = usize::try_from(output).map_err(|_| broken())?;
        let (Some(coder), Some(length)) = (folder.coders.get(index), folder.lengths.get(index))
        else {
            return Err(broken());
        };
        if depth > folder.coders.len() {
            return Err(broken());
        }
        let first: u64 = folder
            .coders
            .iter()
            .take(index)
            .map(|coder| coder.inputs)
            .sum();
        let mut inputs = (first..first + coder.inputs)
            .map(|input| self.input(input, depth))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let (Some(input), rest) = (inputs.next(), inputs) else {
            return Err(broken());
        };
        let reader = self.coder(coder, *length, input, rest.collect())?;
        Ok(Box::new(reader.take(*length)))
    }

    pub fn input(&mut self, input: u64, depth: usize) -> Result<Box<dyn Read + 'a>, Unread> {
        if let Some((_, output)) = self.folder.binds.iter().find(|(bound, _)| *bound == input) {
            return self.output(*output, depth + 1);
        }
        let packed = self
            .folder
            .packed
            .iter()
            .position(|packed| *packed == input);
        let index = packed.ok_or_else(broken)? + self.first_packed;
        let (start, length) = self.streams.packed.get(index).ok_or_else(broken)?;
        Ok(Box::new(Packed::new(&self.archive.input, *start, *length)))
    }

    pub fn coder(
        &mut self,
        coder: &Coder,
        length: u64,
        input: Box<dyn Read + 'a>,
        others: Vec<Box<dyn Read + 'a>>,
    ) -> Result<Box<dyn Read + 'a>, Unread> {
        let properties = &coder.properties[..];
        if let Some(branches) = filter::branches(coder.method) {
            return Ok(branches(input));
        }
        match coder.method {
            0x00 => Ok(input),
            0x03 => Ok(filter::delta(input, properties.first().copied())),
            0x0303_011b => {
                self.archive.charge(filter::BCJ2)?;
                let inputs = iter::once(input).chain(others).collect();
                filter::bcj2(inputs, length).ok_or_else(broken)
            }
            0x0003_0401 => self.ppmd(properties, input),
            method => self.codec(method, properties, length, input),
        }
    }

    pub fn codec(
        &mut self,
        method: u64,
        properties: &[u8],
        length: u64,
        input: Box<dyn Read + 'a>,
    ) -> Result<Box<dyn Read + 'a>, Unread> {
        let mut input = Intake::new(input);
        let mut begins = false;
        let mut codec: Box<dyn Codec> = match method {
            0x0003_0101 => Box::new(self.lzma(properties, length)?),
            0x21 => Box::new(self.lzma2(properties, length)?),
            0x0004_0108 => Box::new(Inflate::raw()),
            0x0004_0109 => Box::new(Inflate64::start()),
            0x0004_0202 => {
                begins = true;
                Box::new(Bunzip::start())
            }
            0x04f7_1101 => {
                begins = true;
                Box::new(Unzstd::new(self.archive.limits)?)
            }
            0x04f7_1102 => {
                begins = true;
                self.take(Unbrotli::MEMORY as u64)?;
                Box::new(Unbrotli::framed())
            }
            method => return Err(Unread::Unsupported(format!("the method {method:08x}"))),
        };
        if begins && !codec.begin(&mut input)? {
            return Err(Unread::Damaged("its content has no header".into()));
        }
        Ok(Box::new(Decoded {
            input,
            codec,
            reading: Reading::start(),
        }))
    }

    /// Takes memory for a dictionary, which needn't be larger than the content.
    pub fn dictionary(&mut self, size: u32, length: u64) -> Result<u32, Unread> {
        let size = u64::from(size).min(length).max(4096);
        self.take(size)?;
        Ok(size as u32)
    }

    pub fn take(&mut self, memory: u64) -> Result<(), Unread> {
        match self.memory.checked_sub(memory as usize) {
            Some(left) => self.memory = left,
            None => return Err(stream::too_much_memory(memory)),
        }
        self.archive.charge(memory)
    }

    pub fn lzma(&mut self, properties: &[u8], length: u64) -> Result<Lzma, Unread> {
        let Some([first, size @ ..]) = properties.first_chunk::<5>() else {
            return Err(broken());
        };
        let size = self.dictionary(u32::from_le_bytes(*size), length)?;
        let [a, b, c, d] = size.to_le_bytes();
        Lzma::raw1(
            [*first, a, b, c, d],
            Some(length),
            self.archive.limits.memory,
        )
    }

    pub fn lzma2(&mut self, properties: &[u8], length: u64) -> Result<Lzma, Unread> {
        let size = properties
            .first()
            .and_then(|code| xz::dictionary_size(*code));
        let size = self.dictionary(size.ok_or_else(broken)?, length)?;
        Lzma::raw2(size, self.archive.limits.memory)
    }

    pub fn ppmd(
        &mut self,
        properties: &[u8],
        input: Box<dyn Read + 'a>,
    ) -> Result<Box<dyn Read + 'a>, Unread> {
        let mut fields = Bytes(properties);
        let (Some(order), Some(memory)) = (fields.u8(), fields.u32_le()) else {
            return Err(broken());
        };
        match self.memory.checked_sub(memory as usize) {
            Some(left) => self.memory = left,
            None => return Err(stream::too_much_memory(u64::from(memory))),
        }
        self.archive.charge(u64::from(memory))?;
        let held = memory::hold(memory as usize);
        let decoder = Ppmd7Decoder::new(Intake::new(input), u32::from(order), memory);
        let decoder = ByteByByte::new(decoder.map_err(|_| broken())?);
        Ok(Box::new(Holding::new(decoder, held)))
    }
}

/// A coder with what feeds it.
pub struct Decoded<'a> {
    pub input: Intake<'a>,
    pub codec: Box<dyn Codec>,
    pub reading: Reading,
}

impl Read for Decoded<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.reading.read(&mut self.input, &mut *self.codec, output)
    }
}

/// A packed stream. Several are read at the same time, so each finds its place
/// again.
pub struct Packed<'a> {
    pub input: Rc<RefCell<&'a mut dyn ReadSeek>>,
    pub at: u64,
    pub left: u64,
}

impl<'a> Packed<'a> {
    pub fn new(input: &Rc<RefCell<&'a mut dyn ReadSeek>>, start: u64, length: u64) -> Packed<'a> {
        Packed {
            input: Rc::clone(input),
            at: start,
            left: length,
        }
    }
}

impl Read for Packed<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).map_or(output.len(), |left| left.min(output.len()));
        let mut input = self.input.borrow_mut();
        input.seek(SeekFrom::Start(self.at))?;
        let read = input.read(output.get_mut(..length).unwrap_or_default())?;
        self.at = self.at.saturating_add(read as u64);
        self.left -= read as u64;
        Ok(read)
    }
}
