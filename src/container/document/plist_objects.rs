//! Reads the objects of a binary property list.

use std::borrow::Cow;

use crate::container::apple_date;
use crate::container::bytes::Bytes;

/// A value that many objects share is given with each of them if it is no longer.
pub const LONGEST_REPEATED: usize = 4096;
/// Keys of an archived object that are looked at.
pub const MOST_KEYS: usize = 16;

pub const MAGIC: &[u8; 8] = b"bplist00";

pub const TRAILER: usize = 32;

/// A longer key is cut where it is a name.
pub const LONGEST_KEY: usize = 200;

/// The objects of a file, by their number.
pub struct List<'a> {
    pub objects: &'a [u8],
    pub offsets: &'a [u8],
    pub offset_size: usize,
    pub reference_size: usize,
    pub count: usize,
    pub top: usize,
    /// The objects of a keyed archive, which refer to each other by their position in
    /// this list.
    pub archived: &'a [u8],
}

impl<'a> List<'a> {
    pub fn new(file: &'a [u8]) -> Option<List<'a>> {
        let (rest, trailer) = file.split_last_chunk::<TRAILER>()?;
        rest.strip_prefix(MAGIC)?;
        let mut fields = Bytes(trailer);
        fields.take(6)?;
        let offset_size = usize::from(fields.u8()?);
        let reference_size = usize::from(fields.u8()?);
        let count = usize::try_from(fields.u64_be()?).ok()?;
        let top = usize::try_from(fields.u64_be()?).ok()?;
        let table = usize::try_from(fields.u64_be()?).ok()?;
        let (objects, offsets) = rest.split_at_checked(table)?;
        let valid = (1..=8).contains(&offset_size) && (1..=8).contains(&reference_size);
        if !valid || top >= count || count.checked_mul(offset_size)? > offsets.len() {
            return None;
        }
        let mut list = List {
            objects,
            offsets,
            offset_size,
            reference_size,
            count,
            top,
            archived: &[],
        };
        list.archived = list.archive().unwrap_or_default();
        Some(list)
    }

    /// The objects of an archive that `NSKeyedArchiver` has made.
    pub fn archive(&self) -> Option<&'a [u8]> {
        let Some(Object::Dictionary { keys, values }) = self.object(self.top) else {
            return None;
        };
        let value = |name: &str| {
            let position = (0..MOST_KEYS.min(keys.len())).find(|at| self.key(keys, *at) == name)?;
            self.object(self.reference(values, position)?)
        };
        match (value("$archiver")?, value("$objects")?) {
            (Object::Text(b"NSKeyedArchiver"), Object::Array(objects)) => Some(objects),
            _ => None,
        }
    }

    /// A short text of an archive, by its position.
    pub fn archived_text(&self, position: u64) -> Option<Object<'a>> {
        let number = self.reference(self.archived, usize::try_from(position).ok()?)?;
        self.object(number)
            .filter(|object| matches!(object, Object::Text(_) | Object::Wide(_)))
            .filter(|object| object.long().is_none())
    }

    pub fn object(&self, number: usize) -> Option<Object<'a>> {
        let place = number.checked_mul(self.offset_size)?;
        let offset = Bytes::at(self.offsets, place).uint_be(self.offset_size)?;
        let mut rest = Bytes::at(self.objects, usize::try_from(offset).ok()?);
        let marker = rest.u8()?;
        let (kind, info) = (marker >> 4, marker & 15);
        Some(match kind {
            0 if info == 8 || info == 9 => Object::Bool(info == 9),
            0 => Object::Null,
            1 => Object::Integer(integer(&mut rest, info)?),
            2 if info == 2 => Object::Real(f32::from_bits(rest.u32_be()?).into()),
            2 if info == 3 => Object::Real(f64::from_bits(rest.u64_be()?)),
            3 if info == 3 => Object::Date(f64::from_bits(rest.u64_be()?)),
            4 => Object::Data(sized(&mut rest, info, 1)?),
            5 | 7 => Object::Text(sized(&mut rest, info, 1)?),
            6 => Object::Wide(sized(&mut rest, info, 2)?),
            8 => Object::Uid(rest.uint_be(usize::from(info) + 1)?),
            10..=12 => Object::Array(sized(&mut rest, info, self.reference_size)?),
            13 => {
                let keys = sized(&mut rest, info, self.reference_size)?;
                let values = rest.take(keys.len())?;
                Object::Dictionary { keys, values }
            }
            _ => return None,
        })
    }

    /// The number of an object that a list of references has at a position.
    pub fn reference(&self, references: &[u8], position: usize) -> Option<usize> {
        let place = position.checked_mul(self.reference_size)?;
        let number = Bytes::at(references, place).uint_be(self.reference_size)?;
        usize::try_from(number)
            .ok()
            .filter(|number| *number < self.count)
    }

    /// A key of a dictionary, as a name.
    pub fn key(&self, keys: &[u8], position: usize) -> String {
        let key = self.reference(keys, position);
        match key.and_then(|key| self.object(key)) {
            Some(Object::Text(text)) => {
                let text = text.get(..LONGEST_KEY).unwrap_or(text);
                String::from_utf8_lossy(text).into_owned()
            }
            Some(Object::Wide(text)) => utf8(text.get(..2 * LONGEST_KEY).unwrap_or(text)),
            _ => format!("key {position}"),
        }
    }
}

/// What an object holds: as many things of this size as stand before them.
pub fn sized<'a>(rest: &mut Bytes<'a>, info: u8, size: usize) -> Option<&'a [u8]> {
    let count = length(rest, info)?;
    rest.take(count.checked_mul(size)?)
}

/// How many things an object holds.
pub fn length(rest: &mut Bytes<'_>, info: u8) -> Option<usize> {
    if info < 15 {
        return Some(usize::from(info));
    }
    let marker = rest.u8().filter(|marker| marker >> 4 == 1)?;
    usize::try_from(integer(rest, marker & 15)?).ok()
}

/// A number of `1 << info` bytes. Only one of eight or more has a sign.
pub fn integer(rest: &mut Bytes<'_>, info: u8) -> Option<i128> {
    Some(match info {
        0..=2 => rest.uint_be(1 << info)?.into(),
        3 => rest.array().map(i64::from_be_bytes)?.into(),
        4 => rest.array().map(i128::from_be_bytes)?,
        _ => return None,
    })
}

/// UTF-16, most significant byte first, as UTF-8.
pub fn utf8(wide: &[u8]) -> String {
    let (units, _) = wide.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
    let characters = char::decode_utf16(units);
    characters
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

pub enum Object<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Real(f64),
    Date(f64),
    Uid(u64),
    Data(&'a [u8]),
    /// ASCII or UTF-8.
    Text(&'a [u8]),
    Wide(&'a [u8]),
    Array(&'a [u8]),
    Dictionary {
        keys: &'a [u8],
        values: &'a [u8],
    },
}

impl<'a> Object<'a> {
    /// A plain value as text.
    pub fn text(&self) -> Option<Cow<'a, [u8]>> {
        let text = match self {
            Object::Text(text) => return Some(Cow::Borrowed(text)),
            Object::Wide(text) => utf8(text),
            Object::Bool(value) => value.to_string(),
            Object::Integer(number) => number.to_string(),
            Object::Real(number) => number.to_string(),
            Object::Date(date) => apple_date::text(*date)?,
            Object::Uid(number) => number.to_string(),
            _ => return None,
        };
        Some(Cow::Owned(text.into_bytes()))
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        matches!(self, Object::Text(_) | Object::Wide(_))
    }

    /// Whether it is no value of what it stands in, but read by itself.
    pub fn is_read_alone(&self) -> bool {
        matches!(
            self,
            Object::Array(_) | Object::Dictionary { .. } | Object::Data(_)
        )
    }

    /// How many bytes it has if they are many.
    pub fn long(&self) -> Option<usize> {
        let (Object::Text(bytes) | Object::Wide(bytes) | Object::Data(bytes)) = self else {
            return None;
        };
        Some(bytes.len()).filter(|length| *length > LONGEST_REPEATED)
    }
}
