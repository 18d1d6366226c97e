//! One entry of a zip archive: its headers, and how it is compressed.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use ppmd_rust::{Ppmd8Decoder, RestoreMethod};

use crate::container::bytes::Bytes;
use crate::container::codec::bought::ByteByByte;
use crate::container::codec::bzip2::Bunzip;
use crate::container::codec::deflate::{Inflate, Inflate64};
use crate::container::codec::stream::{self, Checked, Codec, Content, Expected, Intake, Part};
use crate::container::codec::xz::{Lzma, Unlzma};
use crate::container::codec::zstd::Unzstd;
use crate::container::{Limits, Members, Unread};

pub const LOCAL: &[u8] = b"PK\x03\x04";
pub const LISTED: &[u8] = b"PK\x01\x02";
pub const DESCRIPTOR: &[u8] = b"PK\x07\x08";
pub const LOCAL_LENGTH: u64 = 30;
pub const LISTED_LENGTH: usize = 46;
pub const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

/// The sizes stand behind the content.
pub const SIZES_BEHIND: u16 = 1 << 3;

/// The method of large archives.
pub const DEFLATE64: u16 = 9;

/// Bytes behind the end of a stream that its decoder can have taken already.
pub const DEFLATE64_AHEAD: u64 = 3;

/// The header of an entry at its own place.
pub struct Local {
    pub flags: u16,
    pub method: u16,
    pub expected: Expected,
    pub packed: u64,
    pub name: u64,
    pub extra: u64,
}

impl Local {
    pub fn parse(bytes: &[u8]) -> Option<Local> {
        let mut fields = Bytes(bytes);
        if fields.take(4)? != LOCAL {
            return None;
        }
        let _version = fields.u16_le()?;
        let (flags, method) = (fields.u16_le()?, fields.u16_le()?);
        let _time = fields.u32_le()?;
        let crc = fields.u32_le()?;
        let (packed, length) = (fields.u32_le()?, fields.u32_le()?);
        let (name, extra) = (fields.u16_le()?, fields.u16_le()?);
        Some(Local {
            flags,
            method,
            expected: Expected {
                length: Some(u64::from(length)),
                crc: Some(crc),
            },
            packed: u64::from(packed),
            name: u64::from(name),
            extra: u64::from(extra),
        })
    }

    /// Whether it is a header, not bytes that happen to begin like one.
    pub fn is_plausible(&self) -> bool {
        is_known(self.method) && self.name > 0
    }

    /// How long it is.
    pub fn length(&self) -> u64 {
        LOCAL_LENGTH + self.name + self.extra
    }
}

/// An entry, as the directory or its own header tells of it.
pub struct Entry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub expected: Expected,
    pub packed: u64,
    /// Where its header stands.
    pub header: u64,
    pub disk: u16,
}

impl Entry {
    /// An entry of the directory, and how long it is there.
    pub fn parse(bytes: &[u8]) -> Option<(Entry, usize)> {
        let mut fields = Bytes(bytes);
        if fields.take(4)? != LISTED {
            return None;
        }
        let _versions = fields.u32_le()?;
        let (flags, method) = (fields.u16_le()?, fields.u16_le()?);
        let _time = fields.u32_le()?;
        let crc = fields.u32_le()?;
        let (mut packed, mut length) = (u64::from(fields.u32_le()?), u64::from(fields.u32_le()?));
        let (name, extra, comment) = (fields.u16_le()?, fields.u16_le()?, fields.u16_le()?);
        let disk = fields.u16_le()?;
        let _attributes = fields.take(6)?;
        let mut header = u64::from(fields.u32_le()?);
        let name = fields.take(usize::from(name))?.to_vec();
        let extra = fields.take(usize::from(extra))?;
        fields.take(usize::from(comment))?;
        enlarge(extra, [&mut length, &mut packed, &mut header]);
        let entry = Entry {
            name,
            flags,
            method,
            expected: Expected {
                length: Some(length),
                crc: Some(crc),
            },
            packed,
            header,
            disk,
        };
        Some((entry, bytes.len() - fields.0.len()))
    }

    /// An entry of which only its own header tells; `names` are the name and the extra
    /// field behind it.
    pub fn local(local: &Local, names: &[u8]) -> Entry {
        let (name, extra) = names.split_at(names.len().min(local.name as usize));
        let mut length = local.expected.length.unwrap_or(0);
        let mut packed = local.packed;
        enlarge(extra, [&mut length, &mut packed]);
        Entry {
            name: name.to_vec(),
            flags: local.flags,
            method: local.method,
            expected: Expected {
                length: Some(length),
                ..local.expected
            },
            packed,
            header: 0,
            disk: 0,
        }
    }

    /// Whether its sizes are to be found behind the content only.
    pub fn is_open(&self) -> bool {
        self.flags & SIZES_BEHIND != 0 && self.packed == 0
    }

    pub fn is_directory(&self) -> bool {
        self.name.ends_with(b"/") && self.expected.length.unwrap_or(0) == 0
    }
}

/// Takes the numbers that have no room in 32 bits from an extra field.
pub fn enlarge<const N: usize>(extra: &[u8], numbers: [&mut u64; N]) {
    let Some(mut large) = extra_field(extra, 1).map(Bytes) else {
        return;
    };
    for number in numbers {
        if *number == u64::from(u32::MAX) {
            let Some(value) = large.u64_le() else { return };
            *number = value;
        }
    }
}

pub fn extra_field(extra: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut fields = Bytes(extra);
    loop {
        let (id, length) = (fields.u16_le()?, fields.u16_le()?);
        let value = fields.take(usize::from(length))?;
        if id == wanted {
            return Some(value);
        }
    }
}

/// Whether there is a method with this number.
pub fn is_known(method: u16) -> bool {
    matches!(method, 0..=20 | 93..=99)
}

/// Whether a stored content of this length ends before these bytes: its descriptor,
/// or a header that doesn't only look like one.
pub fn ends_content(bytes: &[u8], length: u64) -> bool {
    match bytes.get(..4) {
        Some(DESCRIPTOR) => {
            let field = bytes.get(8..).and_then(|rest| Bytes(rest).u32_le());
            field.map(u64::from) == Some(length)
        }
        Some(LOCAL) => Local::parse(bytes).is_some_and(|local| local.is_plausible()),
        _ => {
            let field = |at: usize| bytes.get(at..).and_then(|rest| Bytes(rest).u16_le());
            field(10).is_some_and(is_known)
                && field(28).is_some_and(|name| (1..=4096).contains(&name))
        }
    }
}

/// Gives the content of an entry. `true` where it was read to its end.
pub fn give(
    entry: &Entry,
    intake: &mut Intake<'_>,
    packed: u64,
    limits: &Limits,
    members: &mut dyn Members,
) -> io::Result<ControlFlow<(), bool>> {
    let method = match Method::new(entry, intake, limits) {
        Ok(method) => method,
        Err(why) => {
            members.unread(&entry.name, why);
            return Ok(ControlFlow::Continue(false));
        }
    };
    let expected = entry.expected;
    let (flow, ended) = match method {
        Method::Stored => {
            let mut content = Checked::new(Part::new(intake, packed), expected);
            (members.member(&entry.name, &mut content), false)
        }
        Method::Codec(mut codec) => {
            let mut content = Checked::new(Content::new(intake, &mut *codec), expected);
            let flow = members.member(&entry.name, &mut content);
            let content = content.into_inner();
            let ended = content.ended();
            if let Some(why) = content.left() {
                members.unread(&entry.name, why);
            }
            (flow, ended)
        }
        Method::Ppmd {
            order,
            memory,
            restore,
        } => {
            let _held = crate::system::memory::hold(memory as usize);
            let Ok(decoder) = Ppmd8Decoder::new(intake, order, memory, restore) else {
                let words = "its parameters are broken".into();
                members.unread(&entry.name, Unread::Damaged(words));
                return Ok(ControlFlow::Continue(false));
            };
            let content = ByteByByte::new(decoder).take(expected.length.unwrap_or(u64::MAX));
            let mut content = Checked::new(content, expected);
            (members.member(&entry.name, &mut content), false)
        }
    };
    Ok(match flow {
        ControlFlow::Continue(()) => ControlFlow::Continue(ended),
        ControlFlow::Break(()) => ControlFlow::Break(()),
    })
}

/// How a content is compressed.
enum Method {
    Stored,
    Codec(Box<dyn Codec>),
    Ppmd {
        order: u32,
        memory: u32,
        restore: RestoreMethod,
    },
}

impl Method {
    /// Takes whatever header the method has.
    pub fn new(entry: &Entry, input: &mut Intake<'_>, limits: &Limits) -> Result<Method, Unread> {
        let mut codec: Box<dyn Codec> = match entry.method {
            0 => return Ok(Method::Stored),
            8 => return Ok(Method::Codec(Box::new(Inflate::raw()))),
            9 => return Ok(Method::Codec(Box::new(Inflate64::start()))),
            12 => Box::new(Bunzip::start()),
            14 => return Method::lzma(entry, input, limits),
            20 | 93 => Box::new(Unzstd::new(limits)?),
            95 => Box::new(Unlzma::xz(limits)),
            98 => return Method::ppmd(input, limits),
            method => return Err(Unread::Unsupported(method_name(method))),
        };
        match codec.begin(input)? {
            true => Ok(Method::Codec(codec)),
            false => Err(Unread::Damaged("its content has no header".into())),
        }
    }

    pub fn lzma(entry: &Entry, input: &mut Intake<'_>, limits: &Limits) -> Result<Method, Unread> {
        let head = input.peek(9).map_err(stream::damaged)?;
        let mut fields = Bytes(head);
        let (Some(_version), Some(5), Some(properties)) =
            (fields.u16_le(), fields.u16_le(), fields.array())
        else {
            return Err(Unread::Damaged("its LZMA header is broken".into()));
        };
        input.consume(9);
        let marked = entry.flags & 1 << 1 != 0;
        let length = entry.expected.length.filter(|_| !marked);
        let lzma = Lzma::raw1(properties, length, limits.memory)?;
        Ok(Method::Codec(Box::new(lzma)))
    }

    pub fn ppmd(input: &mut Intake<'_>, limits: &Limits) -> Result<Method, Unread> {
        let head = input.peek(2).map_err(stream::damaged)?;
        let Some(field) = Bytes(head).u16_le() else {
            return Err(Unread::Damaged("its PPMd header is broken".into()));
        };
        input.consume(2);
        let memory = (u32::from(field >> 4 & 0xff) + 1) << 20;
        if memory as usize > limits.memory {
            return Err(stream::too_much_memory(u64::from(memory)));
        }
        Ok(Method::Ppmd {
            order: u32::from(field & 15) + 1,
            memory,
            restore: match field >> 12 {
                0 => RestoreMethod::Restart,
                1 => RestoreMethod::CutOff,
                _ => return Err(Unread::Unsupported("a variant of PPMd".into())),
            },
        })
    }
}

pub fn method_name(method: u16) -> String {
    match method {
        1 => "the method Shrink".into(),
        2..=5 => "the method Reduce".into(),
        6 => "the method Implode".into(),
        96 => "the method JPEG".into(),
        97 => "the method WavPack".into(),
        method => format!("the method {method}"),
    }
}
