//! Documents that people and programs keep: PDF, mail, property lists.

pub mod binary_plist;
pub mod mail;
pub mod mail_header;
pub mod pdf;
pub mod plist_objects;
