//! Archives: files by their names.

pub mod ar;
pub mod cpio;
pub mod sevenz;
pub mod tar;
pub mod zip;
pub mod zip_entry;
pub mod zip_stream;
