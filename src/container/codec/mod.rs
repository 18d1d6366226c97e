//! Streams that are compressed, and what all of them share.

pub mod bare_deflate;
pub mod bought;
pub mod brotli;
pub mod bzip2;
pub mod deflate;
pub mod filter;
pub mod gzip;
pub mod lz4;
pub mod moz_lz4;
pub mod snappy;
pub mod stream;
pub mod xz;
pub mod zlib;
pub mod zstd;
