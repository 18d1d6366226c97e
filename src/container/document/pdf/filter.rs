//! The filters that a PDF document has put its streams through.
//!
//! They are described in section 7.4 of ISO 32000-1:2008
//! (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>).

use std::io::{self, BufRead, BufReader, Read};

use weezl::decode::{Configuration, Decoder};
use weezl::{BitOrder, LzwStatus};

use super::syntax::Dictionary;
use crate::container::codec::deflate::Inflated;

/// A filter, with what must be known to undo it.
pub enum Filter {
    /// zlib.
    Flate(Option<Predictor>),
    /// LZW as in TIFF. `early`: codes grow one code before they must.
    Lzw {
        /// Codes grow one code before they must.
        early: bool,
        /// What was done to the rows before.
        predictor: Option<Predictor>,
    },
    /// Base 85 as in PostScript.
    Base85,
    /// Two hexadecimal digits for each byte.
    Hex,
    /// Runs of one byte.
    RunLength,
}

impl Filter {
    /// The filter of this name, with its parameters.
    pub fn new(name: &[u8], parameters: &Dictionary<'_>) -> Option<Filter> {
        let predictor = Predictor::new(parameters);
        Some(match name {
            b"FlateDecode" | b"Fl" => Filter::Flate(predictor),
            b"LZWDecode" | b"LZW" => Filter::Lzw {
                early: parameters.number(b"EarlyChange") != Some(0),
                predictor,
            },
            b"ASCII85Decode" | b"A85" => Filter::Base85,
            b"ASCIIHexDecode" | b"AHx" => Filter::Hex,
            b"RunLengthDecode" | b"RL" => Filter::RunLength,
            _ => return None,
        })
    }
}

/// How rows of samples were turned into differences.
#[derive(Clone, Copy)]
pub struct Predictor {
    /// Each row begins with its method, as in PNG; otherwise all have TIFF's method.
    pub is_png: bool,
    /// Samples of a pixel.
    pub colors: u64,
    /// Bits of a sample.
    pub bits: u64,
    /// Pixels of a row.
    pub columns: u64,
}

impl Predictor {
    fn new(parameters: &Dictionary<'_>) -> Option<Predictor> {
        let number = |key, otherwise| parameters.number(key).unwrap_or(otherwise);
        let kind = parameters.number(b"Predictor").filter(|kind| *kind > 1)?;
        Some(Predictor {
            is_png: kind >= 10,
            colors: number(b"Colors", 1),
            bits: number(b"BitsPerComponent", 8),
            columns: number(b"Columns", 1),
        })
    }
}

/// What a filter was given, from what it made. A row that needs more than `memory`
/// bytes is an error, as is content that the filter can't have made.
pub fn undo<'a>(filter: &Filter, content: Box<dyn Read + 'a>, memory: usize) -> Box<dyn Read + 'a> {
    let content = BufReader::new(content);
    match filter {
        Filter::Flate(predictor) => unpredict(*predictor, Inflated::new(content), memory),
        Filter::Lzw { early, predictor } => {
            unpredict(*predictor, Produced::new(Lzw::new(content, *early)), memory)
        }
        Filter::Base85 => Box::new(Produced::new(Base85(content))),
        Filter::Hex => Box::new(Produced::new(Hex(content))),
        Filter::RunLength => Box::new(Produced::new(RunLength(content))),
    }
}

fn unpredict<'a>(
    predictor: Option<Predictor>,
    content: impl Read + 'a,
    memory: usize,
) -> Box<dyn Read + 'a> {
    match predictor {
        None => Box::new(content),
        Some(predictor) => Box::new(Produced::new(Rows::new(predictor, content, memory))),
    }
}

/// Bytes are produced in pieces of about this size.
pub const PIECE: usize = 4096;

/// Makes bytes out of others.
pub trait Produce {
    /// Adds about [`PIECE`] bytes, and says whether there may be more. What was added
    /// before an error counts.
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool>;
}

/// What something produces, to be read.
pub struct Produced<P> {
    producer: P,
    bytes: Vec<u8>,
    taken: usize,
    /// How the production ended, with an error that is still to be given.
    end: Option<io::Result<()>>,
}

impl<P> Produced<P> {
    /// What this produces.
    pub fn new(producer: P) -> Produced<P> {
        Produced {
            producer,
            bytes: Vec::new(),
            taken: 0,
            end: None,
        }
    }
}

impl<P: Produce> Read for Produced<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.bytes.len() && self.end.is_none() {
            self.bytes.clear();
            self.taken = 0;
            match self.producer.produce(&mut self.bytes) {
                Ok(true) => {}
                Ok(false) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        let mut rest = self.bytes.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            return self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| 0);
        }
        let length = rest.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The next byte, if there is one.
fn next_byte(content: &mut impl BufRead) -> io::Result<Option<u8>> {
    let byte = content.fill_buf()?.first().copied();
    content.consume(usize::from(byte.is_some()));
    Ok(byte)
}

/// The next byte that is no white space (7.2.2).
fn next_visible(content: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        match next_byte(content)? {
            Some(0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ') => {}
            byte => return Ok(byte),
        }
    }
}

struct Hex<R>(R);

impl<R: BufRead> Produce for Hex<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        while out.len() < PIECE {
            let Some(high) = self.digit()? else {
                return Ok(false);
            };
            let low = self.digit()?;
            out.push(high << 4 | low.unwrap_or(0));
            if low.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<R: BufRead> Hex<R> {
    fn digit(&mut self) -> io::Result<Option<u8>> {
        let Some(byte) = next_visible(&mut self.0)?.filter(|byte| *byte != b'>') else {
            return Ok(None);
        };
        let digit = char::from(byte).to_digit(16);
        let digit = digit.and_then(|digit| u8::try_from(digit).ok());
        digit
            .map(Some)
            .ok_or_else(|| invalid("not a hexadecimal digit"))
    }
}

struct Base85<R>(R);

impl<R: BufRead> Produce for Base85<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        while out.len() < PIECE {
            let mut group = [0; 5];
            let mut count = 0;
            while count < group.len() {
                match next_visible(&mut self.0)? {
                    Some(b'z') if count == 0 => out.extend([0; 4]),
                    Some(byte @ b'!'..=b'u') => {
                        group[count] = byte - b'!';
                        count += 1;
                    }
                    Some(b'~') | None => break,
                    Some(_) => return Err(invalid("not a digit of base 85")),
                }
                if out.len() >= 2 * PIECE {
                    return Ok(true);
                }
            }
            if count < 2 {
                return Ok(false);
            }
            // What is missing of the last group counts as the highest digit.
            group[count..].fill(84);
            let number = group
                .iter()
                .fold(0_u64, |number, digit| number * 85 + u64::from(*digit));
            let [.., a, b, c, d] = number.to_be_bytes();
            out.extend([a, b, c, d].into_iter().take(count - 1));
            if count < group.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

struct RunLength<R>(R);

impl<R: BufRead> Produce for RunLength<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        while out.len() < PIECE {
            match next_byte(&mut self.0)? {
                None | Some(128) => return Ok(false),
                Some(length @ 0..128) => {
                    let length = u64::from(length) + 1;
                    (&mut self.0).take(length).read_to_end(out)?;
                }
                Some(length) => {
                    let Some(byte) = next_byte(&mut self.0)? else {
                        return Ok(false);
                    };
                    let length = 257 - usize::from(length);
                    out.extend(std::iter::repeat_n(byte, length));
                }
            }
        }
        Ok(true)
    }
}

/// What weezl undoes.
struct Lzw<R> {
    content: R,
    decoder: Decoder,
}

impl<R: BufRead> Lzw<R> {
    fn new(content: R, early: bool) -> Lzw<R> {
        let codes = match early {
            true => Configuration::with_tiff_size_switch(BitOrder::Msb, 8),
            false => Configuration::new(BitOrder::Msb, 8),
        };
        Lzw {
            content,
            decoder: codes.build(),
        }
    }
}

impl<R: BufRead> Produce for Lzw<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        out.resize(PIECE, 0);
        let input = self.content.fill_buf();
        let step = (self.decoder).decode_bytes(input.as_deref().unwrap_or_default(), out);
        out.truncate(step.consumed_out);
        input?;
        self.content.consume(step.consumed_in);
        match step.status {
            Ok(LzwStatus::Done) => Ok(false),
            // An input that ends early is no error.
            Ok(_) => Ok(step.consumed_in > 0 || step.consumed_out > 0),
            Err(_) => Err(invalid("an unknown LZW code")),
        }
    }
}

/// Rows of differences.
struct Rows<R> {
    content: R,
    is_png: bool,
    /// How many bytes before a byte the same sample of the pixel before stands.
    pixel: usize,
    row_length: Option<usize>,
    above: Vec<u8>,
}

impl<R: Read> Rows<R> {
    fn new(predictor: Predictor, content: R, memory: usize) -> Rows<R> {
        let Predictor {
            is_png,
            colors,
            bits,
            columns,
        } = predictor;
        let pixel_bits = colors
            .checked_mul(bits)
            .filter(|bits| (1..=4096).contains(bits));
        let row_length = pixel_bits.and_then(|bits| bits.checked_mul(columns));
        let row_length = row_length
            .map(|bits| bits.div_ceil(8))
            .filter(|length| *length > 0);
        // TIFF's method works on samples, of which only those of a byte occur.
        let supported = is_png || bits == 8;
        let row_length = row_length.and_then(|length| usize::try_from(length).ok());
        Rows {
            content,
            is_png,
            pixel: pixel_bits.map_or(1, |bits| bits.div_ceil(8) as usize),
            row_length: row_length.filter(|length| supported && *length <= memory),
            above: Vec::new(),
        }
    }

    fn row(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut row = Vec::new();
        let length = length + usize::from(self.is_png);
        (&mut self.content)
            .take(length as u64)
            .read_to_end(&mut row)?;
        if row.is_empty() {
            return Ok(row);
        }
        let method = if self.is_png { row.remove(0) } else { 1 };
        self.above.resize(row.len(), 0);
        for place in 0..row.len() {
            let before = place.checked_sub(self.pixel);
            let left = before
                .and_then(|before| row.get(before))
                .copied()
                .unwrap_or(0);
            let up = self.above.get(place).copied().unwrap_or(0);
            let corner = before.and_then(|before| self.above.get(before));
            let expected = expected(method, left, up, corner.copied().unwrap_or(0));
            row[place] = row[place].wrapping_add(expected);
        }
        self.above.clone_from(&row);
        Ok(row)
    }
}

/// What a byte of a row is expected to be by one of PNG's methods
/// (<https://www.w3.org/TR/png/#9Filters>).
fn expected(method: u8, left: u8, up: u8, corner: u8) -> u8 {
    match method {
        1 => left,
        2 => up,
        3 => u8::midpoint(left, up),
        4 => {
            let distance = |value: u8| {
                let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
                (estimate - i16::from(value)).abs()
            };
            let (by_left, by_up) = (distance(left), distance(up));
            if by_left <= by_up && by_left <= distance(corner) {
                left
            } else if by_up <= distance(corner) {
                up
            } else {
                corner
            }
        }
        _ => 0,
    }
}

impl<R: Read> Produce for Rows<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let length = self
            .row_length
            .ok_or_else(|| invalid("rows that can't be read"))?;
        while out.len() < PIECE {
            let row = self.row(length)?;
            if row.is_empty() {
                return Ok(false);
            }
            out.extend(row);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(filter: &Filter, content: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut bytes = Vec::new();
        let result = undo(filter, Box::new(content), 1 << 20)
            .take(1 << 20)
            .read_to_end(&mut bytes);
        (bytes, result.err().map(|error| error.to_string()))
    }

    #[test]
    fn digits_are_undone() {
        assert_eq!(undone(&Filter::Hex, b"6 16\n2 7>ff").0, b"abp");
        assert_eq!(
            undone(&Filter::Base85, b"87cURD]i,\"Ebo80~>").0,
            b"Hello World!"
        );
        assert_eq!(
            undone(&Filter::Base85, b"z87cUR\nDZ~>x").0,
            b"\0\0\0\0Hello"
        );
        assert_eq!(undone(&Filter::RunLength, b"\x01ab\xfec\x80d").0, b"abccc");
        let (bytes, error) = undone(&Filter::Hex, b"61x");
        assert!(bytes == b"a" && error.is_some());
    }

    #[test]
    fn lzw_is_undone() {
        let filter = Filter::Lzw {
            early: true,
            predictor: None,
        };
        // The example of 7.4.4.2.
        let content = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        let expected = [45, 45, 45, 45, 45, 65, 45, 45, 45, 66];
        assert_eq!(undone(&filter, &content), (expected.to_vec(), None));
        assert!(undone(&filter, &[0xff; 9]).1.is_some());
    }

    #[test]
    fn rows_are_undone() {
        let predictor = |is_png, colors, bits, columns| {
            let predictor = Predictor {
                is_png,
                colors,
                bits,
                columns,
            };
            Box::new(move |content: &[u8]| {
                let mut bytes = Vec::new();
                let mut rows = unpredict(Some(predictor), content, 100);
                rows.read_to_end(&mut bytes).map(|_| bytes).ok()
            })
        };
        let paeth = predictor(true, 1, 8, 3)(b"\x01\x61\x01\x01\x04\x01\x00\x00\x03\x01");
        assert_eq!(paeth.as_deref(), Some(&b"abcbbc2"[..]));
        let tiff = predictor(false, 2, 8, 2)(b"ab\x01\x01cd");
        assert_eq!(tiff.as_deref(), Some(&b"abbccd"[..]));
        assert_eq!(predictor(true, u64::MAX, 8, 3)(b"abc"), None);
        assert_eq!(predictor(true, 1, 8, 0)(b"abc"), None);
        assert_eq!(predictor(true, 1, 8, 1000)(b"abc"), None);
    }
}
