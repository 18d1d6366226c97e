//! Databases and stores: rows, keys, values, objects.

pub mod binary_cookies;
pub mod git_delta;
pub mod git_input;
pub mod git_pack;
pub mod leveldb;
pub mod reftable;
pub mod reftable_table;
pub mod sqlite;
pub mod sqlite_image;
