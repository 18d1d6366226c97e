//! Documents that people and programs keep: PDF, mail, property lists.

pub mod binary_plist;
pub mod mail;
pub mod mail_header;
pub mod pdf;
pub mod pdf_filter;
pub mod pdf_font;
pub mod pdf_objects;
pub mod pdf_position;
pub mod pdf_shown;
pub mod pdf_source;
pub mod pdf_syntax;
pub mod pdf_text;
