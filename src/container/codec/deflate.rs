//! Deflate and Deflate64 without a header, as other formats wrap them.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::stream::{Codec, Intake, Next, Step};
use crate::container::Unread;

/// Undoes deflate.
pub struct Inflate(Decompress);

impl Inflate {
    /// A decoder for one stream without a header.
    pub fn raw() -> Inflate {
        Inflate(Decompress::new(false))
    }

    /// A decoder for one stream with the header and the checksum of zlib.
    pub fn zlib() -> Inflate {
        Inflate(Decompress::new(true))
    }

    /// Makes it ready for another stream without a header.
    pub fn reset(&mut self) {
        self.0.reset(false);
    }
}

impl Codec for Inflate {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output, FlushDecompress::None);
        Step {
            read: (self.0.total_in() - before_in) as usize,
            written: (self.0.total_out() - before_out) as usize,
            next: match status {
                Ok(Status::StreamEnd) => Next::End,
                Ok(Status::Ok | Status::BufError) => Next::More,
                Err(_) => Next::damaged("its deflate stream is broken"),
            },
        }
    }
}

/// Undoes one stream, which begins where the input does.
pub struct Once {
    inflate: Inflate,
    begun: bool,
}

impl Once {
    /// With this decoder.
    pub fn new(inflate: Inflate) -> Once {
        Once {
            inflate,
            begun: false,
        }
    }
}

impl Codec for Once {
    fn begin(&mut self, _input: &mut Intake<'_>) -> Result<bool, Unread> {
        Ok(!std::mem::replace(&mut self.begun, true))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        self.inflate.step(input, output)
    }
}

/// Undoes zlib in an input of which it takes no byte more. What stands before
/// damage is given, and an error after it; an input that ends early is no error.
pub struct Inflated<R> {
    input: R,
    inflate: Inflate,
    is_over: bool,
    /// The words of an error that is given at the end.
    error: Option<String>,
}

impl<R: BufRead> Inflated<R> {
    /// What was compressed to the bytes that follow.
    pub fn new(input: R) -> Inflated<R> {
        Inflated {
            input,
            inflate: Inflate::zlib(),
            is_over: false,
            error: None,
        }
    }
}

impl<R: BufRead> Read for Inflated<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while !self.is_over && !output.is_empty() {
            // Where the input fails, there may be bytes from before.
            let available = match self.error {
                None => self.input.fill_buf(),
                Some(_) => Ok(&[][..]),
            };
            let available = available.unwrap_or_else(|error| {
                self.error = Some(error.to_string());
                &[]
            });
            let step = self.inflate.step(available, output);
            self.input.consume(step.read);
            self.is_over = match step.next {
                Next::More => step.read == 0 && step.written == 0,
                Next::End => true,
                Next::Mismatch(_) | Next::Fail(_) => {
                    let words = "its deflate stream is broken";
                    self.error.get_or_insert_with(|| words.to_owned());
                    true
                }
            };
            if step.written > 0 {
                return Ok(step.written);
            }
        }
        match &self.error {
            Some(words) if self.is_over => {
                Err(io::Error::new(io::ErrorKind::InvalidData, words.clone()))
            }
            _ => Ok(0),
        }
    }
}

/// Undoes Deflate64, the variant that zip files of more than 2 GB have.
pub struct Inflate64(Box<deflate64::InflaterManaged>);

impl Inflate64 {
    /// A decoder for one stream.
    pub fn start() -> Inflate64 {
        Inflate64(Box::new(deflate64::InflaterManaged::new()))
    }
}

impl Codec for Inflate64 {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let result = self.0.inflate(input, output);
        Step {
            read: result.bytes_consumed,
            written: result.bytes_written,
            next: if self.0.errored() {
                Next::damaged("its Deflate64 stream is broken")
            } else if self.0.finished() {
                Next::End
            } else {
                Next::More
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        let written = encoder.write_all(text);
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    fn read(input: impl BufRead) -> (Vec<u8>, Option<String>) {
        let mut bytes = Vec::new();
        let read = Inflated::new(input).read_to_end(&mut bytes);
        (bytes, read.err().map(|error| error.to_string()))
    }

    #[test]
    fn no_byte_behind_the_end_is_taken() {
        let bytes = [&packed(b"one\n")[..], b"rest"].concat();
        let mut input = &bytes[..];
        assert_eq!(read(&mut input), (b"one\n".to_vec(), None));
        assert_eq!(input, b"rest");
        let cut = &packed(b"0123456789")[..10];
        assert!(matches!(read(cut), (text, None) if b"0123456789".starts_with(&text)));
    }

    #[test]
    fn what_stands_before_damage_is_given() {
        let mut bytes = packed(b"0123456789 abcdefghij");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let broken = Some("its deflate stream is broken".to_owned());
        assert_eq!(
            read(&bytes[..]),
            (b"0123456789 abcdefghij".to_vec(), broken)
        );
    }
}
