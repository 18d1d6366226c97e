//! Deflate and Deflate64 without a header, as other formats wrap them.

use flate2::{Decompress, FlushDecompress, Status};

use super::stream::{Codec, Next, Step};

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
