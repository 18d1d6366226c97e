//! Archives: files by their names.

pub mod ar;
pub mod cpio;
pub mod sevenz;
pub mod sevenz_coders;
pub mod sevenz_header;
pub mod tar;
pub mod zip;
pub mod zip_entry;
pub mod zip_stream;
pub mod zip_taken;
