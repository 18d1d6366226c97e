//! SQLite databases, read by SQLite itself from a private image in memory.
//!
//! The file format and that of the write-ahead log are described at
//! <https://www.sqlite.org/fileformat2.html>, what to do about hostile
//! databases at <https://www.sqlite.org/security.html>.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use super::sqlite_image::{SCHEMA_COST, apply_wal, bound_schema, make_readable, page_size};
use crate::container::codec::snappy::unsnap;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Field, Limits, Members, Unread};

/// Steps of SQLite's virtual machine between two rows. A row of the widest
/// table takes about 2000, a schema entry about ten.
const MOST_STEPS: u32 = 200_000;
/// Steps between two looks at the count.
const STEPS_AT_ONCE: u32 = 1000;
/// Bytes that a row takes at least: four of its cell and two that point at it.
const SMALLEST_ROW: u64 = 6;
/// A longer table name is cut in the name of a record.
const LONGEST_NAME: usize = 200;
/// The table of the statements that define tables.
const SCHEMA: &str = "sqlite_schema";

/// An SQLite database.
pub const CONTAINER: Container = Container {
    id: "sqlite",
    tells: Tells::Head(is),
    opens: Opens::Image(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells an SQLite database by its header.
pub fn is(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<100>() else {
        return false;
    };
    header.starts_with(b"SQLite format 3\0")
        && page_size(header).is_some()
        && matches!(header[18..24], [1 | 2, 1 | 2, _, 64, 32, 32])
}

/// Gives every row of every table as a record: texts and blobs as they are,
/// numbers as text, nulls left out.
///
/// `image` is the database file; `wal` is the `-wal` file beside it, whose
/// committed pages are laid over the image. A record's name is `TABLE rowid 12`,
/// or `TABLE row 12` in a table that has no row ids. Nothing that the
/// database defines is run: no view, trigger, generated column or virtual table.
/// A value that Firefox keeps compressed is given a second time as what it stands
/// for, in a field named `decompressed`.
/// The encrypted cookies of a Chrome profile are reported as one unread thing
/// with their count.
pub fn open(
    mut image: Vec<u8>,
    wal: Option<Vec<u8>>,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    if let Some(wal) = wal
        && let Err(why) = apply_wal(&mut image, &wal)
    {
        members.unread(b"write-ahead log", why);
    }
    if image.is_empty() {
        return ControlFlow::Continue(());
    }
    if image.len() > limits.memory {
        let needed = image.len().div_ceil(1 << 20);
        members.unread(b"", Unread::Limit(format!("needs {needed} MiB of memory")));
        return ControlFlow::Continue(());
    }
    let size = image.len() as u64;
    if let Err(why) = make_readable(&mut image, limits) {
        members.unread(b"", why);
    }
    let bounded = bound_schema(&mut image, limits.memory / SCHEMA_COST);
    let is_bounded = bounded.is_err();
    if let Err(why) = bounded {
        members.unread(SCHEMA.as_bytes(), why);
    }
    let database = match Database::open(&image) {
        Ok(database) => database,
        Err(error) => {
            members.unread(b"", unread(&error));
            return ControlFlow::Continue(());
        }
    };
    drop(image);
    let rows = RowBudget {
        entries: limits.entries,
        fitting: size / SMALLEST_ROW,
        memory: limits.memory / 2,
    };
    read_tables(&database, is_bounded, rows, members)
}

/// Tables that hold rows.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    /// A statement mentions virtual tables.
    may_be_virtual: bool,
}

/// An open database that can't be written to and that runs nothing of its own.
struct Database {
    connection: Connection,
    /// Steps since the last row, in units of [`STEPS_AT_ONCE`].
    steps: Arc<AtomicU32>,
}

impl Database {
    fn open(image: &[u8]) -> rusqlite::Result<Database> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_in_memory_with_flags(flags)?;
        connection.deserialize_read_exact("main", image, image.len(), true)?;
        for (config, value) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        ] {
            connection.set_db_config(config, value)?;
        }
        let longest = i32::try_from(image.len()).unwrap_or(i32::MAX);
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_LENGTH, longest.max(1 << 20)),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 10),
            (Limit::SQLITE_LIMIT_VDBE_OP, 100_000),
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
            (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 0),
            (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        ] {
            connection.set_limit(limit, value)?;
        }
        connection.execute_batch(
            "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;",
        )?;
        let steps = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&steps);
        let too_many = move || counter.fetch_add(1, Ordering::Relaxed) > MOST_STEPS / STEPS_AT_ONCE;
        connection.progress_handler(STEPS_AT_ONCE as i32, Some(too_many))?;
        Ok(Database { connection, steps })
    }

    /// The names of the tables that hold rows, the schema's own first.
    ///
    /// An entry of the schema that SQLite doesn't understand makes it refuse the
    /// whole database, and so does a page of it. It is asked to overlook such things then,
    /// unless there may be virtual tables: it doesn't check what stands behind a name any more.
    fn tables(&self) -> rusqlite::Result<Vec<String>> {
        let mut tables = Tables::default();
        let Err(error) = self.list_tables(&mut tables) else {
            return Ok(tables.names);
        };
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        self.connection
            .execute_batch("PRAGMA writable_schema = ON")?;
        tables = Tables::default();
        let listed = self.list_tables(&mut tables);
        match listed {
            _ if tables.may_be_virtual => Err(error),
            Err(error) if tables.names.is_empty() => Err(error),
            _ => Ok(tables.names),
        }
    }

    /// Lists tables up to where the schema can't be read.
    fn list_tables(&self, tables: &mut Tables) -> rusqlite::Result<()> {
        let query = "SELECT type = 'table' AND rootpage > 0, name, sql
            FROM main.sqlite_schema ORDER BY rowid";
        let mut statement = self.connection.prepare(query)?;
        let mut rows = statement.query([])?;
        tables.names.push(SCHEMA.to_owned());
        while let Some(row) = rows.next()? {
            self.steps.store(0, Ordering::Relaxed);
            let (name, sql) = (text(row, 1)?, text(row, 2)?);
            tables.may_be_virtual |= sql.to_ascii_uppercase().contains("VIRTUAL");
            if creates_table(&sql) && matches!(row.get_ref(0)?, ValueRef::Integer(1)) {
                tables.names.push(name);
            }
        }
        Ok(())
    }

    /// The stored columns of a table. One that is computed when it is read is not
    /// among them.
    fn columns(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        const COMPUTED: i64 = 2;
        let query = format!("PRAGMA main.table_xinfo({})", quoted(table));
        let mut statement = self.connection.prepare(&query)?;
        let mut rows = statement.query([])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            self.steps.store(0, Ordering::Relaxed);
            let hidden: i64 = row.get(6)?;
            if hidden != COMPUTED {
                columns.push(text(row, 1)?);
            }
        }
        Ok(columns)
    }
}

/// A column as text.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let value = row.get_ref(column)?;
    let bytes = value.as_bytes_or_null().ok().flatten().unwrap_or_default();
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a statement creates a plain table. SQLite stores statements in this
/// form, however they were written; anything else is a virtual table or hostile.
fn creates_table(sql: &str) -> bool {
    let form = b"CREATE TABLE";
    let start = sql.as_bytes().get(..form.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(form))
}

/// How many rows may still come.
struct RowBudget {
    /// As many entries as one container may have.
    entries: u64,
    /// As many as fit into the database's bytes. More than that come only out of a
    /// b-tree whose pages are used more than once.
    fitting: u64,
    /// Bytes that a decompressed value may have.
    memory: usize,
}

impl RowBudget {
    fn take(&mut self) -> Result<(), Unread> {
        let Some(entries) = self.entries.checked_sub(1) else {
            return Err(Unread::Limit("more rows than may be read".to_owned()));
        };
        let Some(fitting) = self.fitting.checked_sub(1) else {
            return Err(Unread::Damaged("more rows than fit into it".to_owned()));
        };
        self.entries = entries;
        self.fitting = fitting;
        Ok(())
    }
}

/// Why the reading of a table ended before its end.
enum Stop {
    /// The taker has enough.
    Enough,
    /// The rest of this table can't be read.
    Table(Unread),
    /// The rest of the database can't be read.
    Database(Unread),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Stop {
        Stop::Table(unread(&error))
    }
}

fn read_tables(
    database: &Database,
    is_bounded: bool,
    mut rows: RowBudget,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let tables = match database.tables() {
        Ok(tables) => tables,
        Err(error) => {
            members.unread(b"", unread(&error));
            return ControlFlow::Continue(());
        }
    };
    for table in tables {
        match read_table(database, &table, &mut rows, members) {
            Ok(()) => {}
            Err(Stop::Enough) => return ControlFlow::Break(()),
            // That a page of it was emptied is told already.
            Err(Stop::Table(_)) if is_bounded && table == SCHEMA => {}
            Err(Stop::Table(why)) => members.unread(shortened(&table).as_bytes(), why),
            Err(Stop::Database(why)) => {
                members.unread(shortened(&table).as_bytes(), why);
                break;
            }
        }
    }
    ControlFlow::Continue(())
}

fn read_table(
    database: &Database,
    table: &str,
    rows: &mut RowBudget,
    members: &mut dyn Members,
) -> Result<(), Stop> {
    database.steps.store(0, Ordering::Relaxed);
    let columns = database.columns(table)?;
    let mut cookies = EncryptedCookies::new(table, &columns);
    let compressed = Compressed::new(table, &columns);
    let done = read_rows(database, table, &columns, &mut |name, values| {
        rows.take().map_err(Stop::Database)?;
        cookies.see(values);
        let decompressed = compressed.undo(values, rows.memory);
        let names = columns.iter().map(|name| &name[..]);
        let values = values.iter().map(|value| value.as_deref());
        let fields: Vec<Field<'_>> = names
            .zip(values)
            .chain([("decompressed", decompressed.as_deref())])
            .filter_map(|(name, value)| value.map(|value| Field { name, value }))
            .collect();
        match members.record(name, &fields) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    });
    if cookies.count > 0 {
        let name = format!("{} values in {}", cookies.count, shortened(table));
        members.unread(name.as_bytes(), Unread::Encrypted);
    }
    done
}

/// What one row holds: a value for each column, `None` for null.
type Values<'a> = [Option<Cow<'a, [u8]>>];

/// Gives each row of a table with the name of its record.
fn read_rows(
    database: &Database,
    table: &str,
    columns: &[String],
    give: &mut dyn FnMut(&str, &Values<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let row_id = row_id_name(columns);
    // An index is never read instead of the table: it may hold expressions, which
    // would have to be run.
    let query = |id: &str| {
        let names = columns
            .iter()
            .map(|column| format!(", t.{}", quoted(column)));
        let names: String = names.collect();
        format!(
            "SELECT {id}{names} FROM main.{} AS t NOT INDEXED",
            quoted(table)
        )
    };
    let with_id = row_id.map(|name| database.connection.prepare(&query(&format!("t.{name}"))));
    let (mut statement, has_ids) = match with_id {
        Some(Ok(statement)) => (statement, true),
        _ => (database.connection.prepare(&query("NULL"))?, false),
    };
    let mut name = shortened(table);
    name.push_str(if has_ids { " rowid " } else { " row " });
    let prefix = name.len();
    let mut last = None;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        database.steps.store(0, Ordering::Relaxed);
        let id = match row.get_ref(0)? {
            ValueRef::Integer(id) => id,
            _ => last.map_or(1, |last: i64| last.saturating_add(1)),
        };
        if last.is_some_and(|last| id <= last) {
            let why = "its rows are not in order".to_owned();
            return Err(Stop::Table(Unread::Damaged(why)));
        }
        last = Some(id);
        name.truncate(prefix);
        name.push_str(&id.to_string());
        let values = (1..=columns.len()).map(|column| Ok(value(row.get_ref(column)?)));
        let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
        give(&name, &values)?;
    }
    Ok(())
}

/// A name by which the row id can be asked for: one that no column has.
fn row_id_name(columns: &[String]) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| {
        let mut columns = columns.iter();
        !columns.any(|column| column.eq_ignore_ascii_case(name))
    })
}

/// A value's bytes: a text or blob as it is, a number as text.
fn value(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        ValueRef::Real(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(Cow::Borrowed(bytes)),
    }
}

/// A table's name as the beginning of a record's name.
fn shortened(table: &str) -> String {
    table.chars().take(LONGEST_NAME).collect()
}

/// Counts the cookies of a Chrome profile whose value is kept encrypted.
struct EncryptedCookies {
    /// Where the plain and the encrypted value stand, in a table that has both.
    columns: Option<(usize, usize)>,
    count: u64,
}

impl EncryptedCookies {
    fn new(table: &str, columns: &[String]) -> EncryptedCookies {
        let place = |name: &str| columns.iter().position(|column| column == name);
        let columns = place("value").zip(place("encrypted_value"));
        EncryptedCookies {
            columns: columns.filter(|_| table.eq_ignore_ascii_case("cookies")),
            count: 0,
        }
    }

    fn see(&mut self, values: &Values<'_>) {
        let Some((plain, encrypted)) = self.columns else {
            return;
        };
        let is_empty = |column: usize| {
            let value = values.get(column).and_then(|value| value.as_deref());
            value.is_none_or(<[u8]>::is_empty)
        };
        if is_empty(plain) && !is_empty(encrypted) {
            self.count += 1;
        }
    }
}

/// Values that Firefox keeps compressed with Snappy: those of Local Storage in
/// `ls/data.sqlite` (`dom/localstorage/LSValue.h` in its source), and those of
/// IndexedDB (`dom/indexedDB/ActorsParent.cpp`).
struct Compressed {
    value: Option<usize>,
    /// The column that has a 1 for a compressed value, where not all are.
    is_compressed: Option<usize>,
}

impl Compressed {
    fn new(table: &str, columns: &[String]) -> Compressed {
        let place = |name: &str| columns.iter().position(|column| column == name);
        let is_compressed = place("compression_type");
        let value = match (table, is_compressed) {
            (_, Some(_)) => place("value"),
            ("object_data", None) => place("data"),
            _ => None,
        };
        Compressed {
            value,
            is_compressed,
        }
    }

    fn undo(&self, values: &Values<'_>, most: usize) -> Option<Vec<u8>> {
        let value = |column: usize| values.get(column).and_then(|value| value.as_deref());
        let content = value(self.value?)?;
        if self
            .is_compressed
            .is_some_and(|column| value(column) != Some(b"1"))
        {
            return None;
        }
        // What can't be undone is given as it is anyhow.
        unsnap(content, most).ok()
    }
}

/// What an error of SQLite means. Its own words may hold text from the database
/// and are not told.
fn unread(error: &rusqlite::Error) -> Unread {
    let code = error.sqlite_error_code();
    if code == Some(ErrorCode::OperationInterrupted) {
        return Unread::Limit(format!("more than {MOST_STEPS} steps without a row"));
    }
    let words = match error {
        rusqlite::Error::SqliteFailure(error, _) => error.to_string(),
        rusqlite::Error::SqlInputError { error, .. } => error.to_string(),
        _ => "an unexpected answer of SQLite".to_owned(),
    };
    match code {
        Some(ErrorCode::TooBig | ErrorCode::OutOfMemory) => Unread::Limit(words),
        _ => Unread::Damaged(words),
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};
    use crate::container::database::sqlite_image::checksum;

    /// A database with small pages that these statements make.
    pub fn database(statements: &str) -> Vec<u8> {
        let connection = Connection::open_in_memory().expect("memory is there");
        connection
            .execute_batch("PRAGMA page_size = 512;")
            .and_then(|()| connection.execute_batch(statements))
            .expect("the statements are valid");
        connection.serialize("main").expect("it fits").to_vec()
    }

    fn read(image: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(image.to_vec(), None, &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let tables = "CREATE TABLE t (a TEXT, b BLOB, c REAL);
            INSERT INTO t VALUES ('text', x'00ff', 1.5), (NULL, zeroblob(900), 2);
            CREATE TABLE pairs (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
            INSERT INTO pairs VALUES ('b', 'two'), ('a', 'one');
            DELETE FROM t WHERE c = 2;";
        vec![database(tables)]
    }

    #[test]
    fn every_row_of_every_table_is_given() {
        let image = database(
            r#"CREATE TABLE "od""d [name] -- "(rowid INTEGER, "a b" TEXT, c BLOB, d REAL);
            INSERT INTO "od""d [name] -- " VALUES (7, 'text', x'00ff', 1.5), (8, NULL, NULL, NULL);
            CREATE TABLE pairs (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
            INSERT INTO pairs VALUES ('b', 'two'), ('a', 'one');
            CREATE TABLE "rowid" (rowid, _rowid_, oid);
            INSERT INTO "rowid" VALUES ('x', 'y', 'z');"#,
        );
        assert!(is(&image));
        let found = read(&image);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        let odd = r#"od"d [name] --  rowid 1"#;
        assert_eq!(found.field(odd, "rowid"), "7");
        assert_eq!(found.field(odd, "a b"), "text");
        assert_eq!(found.field(odd, "d"), "1.5");
        assert_eq!(found.field("pairs row 1", "v"), "one");
        assert_eq!(found.field("rowid row 1", "oid"), "z");
        assert!(found.holds(b"CREATE TABLE pairs"));
    }

    #[test]
    fn what_the_database_defines_is_not_run() {
        let image = database(
            "CREATE TABLE t (a, b AS (a || 'computed'), c AS (a || 'kept') STORED);
            CREATE INDEX i ON t (abs(a)) WHERE length(a) > 1;
            INSERT INTO t (a) VALUES ('1');
            CREATE VIEW v AS SELECT 'from a view' || 1;
            CREATE VIRTUAL TABLE f USING fts5(words);
            INSERT INTO f VALUES ('indexed words');",
        );
        let found = read(&image);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.field("t rowid 1", "c"), "1kept");
        assert!(!found.holds(b"1computed") && !found.holds(b"from a view1"));
        assert_eq!(found.field("f_content rowid 1", "c0"), "indexed words");
        let names: Vec<_> = found.records.iter().map(|record| &record.0[..]).collect();
        assert!(!names.contains(&"f rowid 1"), "{names:?}");
    }

    #[test]
    fn texts_are_given_as_utf_8() {
        let image = database(
            "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a); INSERT INTO t VALUES ('wörd');",
        );
        assert_eq!(read(&image).field("t rowid 1", "a"), "wörd");
    }

    #[test]
    fn only_so_many_tables_are_kept() {
        let columns: Vec<_> = (0..200).map(|number| format!("c{number}")).collect();
        let columns = columns.join(",");
        let table = |number| {
            format!(
                "CREATE TABLE t{number} ({columns}); INSERT INTO t{number} (c7) VALUES ('in {number}');"
            )
        };
        let statements: Vec<_> = (0..200).map(table).collect();
        let image = database(&statements.concat());
        let found = read(&image);
        let told = "sqlite_schema: limit: more than 64 KiB that define tables";
        assert_eq!(found.unread, [told]);
        assert_eq!(found.field("t0 rowid 1", "c7"), "in 0");
        let statements = found.records.iter();
        let tables = statements
            .filter(|record| record.0.starts_with("sqlite_schema") && !record.1.is_empty());
        assert!((50..=75).contains(&tables.count()));
    }

    #[test]
    fn encrypted_cookies_are_told_once() {
        let image = database(
            "CREATE TABLE cookies (host_key, name, value, encrypted_value BLOB);
            INSERT INTO cookies VALUES ('a', 'n', 'plain', ''), ('b', 'n', '', x'763130'), ('c', 'n', '', x'763131');",
        );
        let found = read(&image);
        assert_eq!(found.unread, ["2 values in cookies: encrypted"]);
        assert_eq!(found.field("cookies rowid 1", "value"), "plain");
    }

    #[test]
    fn compressed_values_of_firefox_are_undone() {
        let content = b"some words ".repeat(9);
        let packed = snap::raw::Encoder::new()
            .compress_vec(&content)
            .expect("it is small");
        let packed: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        let image = database(&format!(
            "CREATE TABLE data (key, compression_type, value);
            INSERT INTO data VALUES ('a', 1, x'{packed}'), ('b', 0, 'plain');
            CREATE TABLE object_data (object_store_id, key, data);
            INSERT INTO object_data VALUES (1, 'k', x'{packed}');"
        ));
        let found = read(&image);
        let words = String::from_utf8_lossy(&content);
        assert_eq!(found.field("data rowid 1", "decompressed"), words);
        assert_eq!(found.field("object_data rowid 1", "decompressed"), words);
        assert_eq!(found.records.last().map(|record| record.1.len()), Some(4));
    }

    /// A log with one transaction for each list of pages.
    fn log(image: &[u8], transactions: &[&[u32]], big_endian: bool) -> Vec<u8> {
        let mut wal = Vec::new();
        let magic = 0x377f_0682 + u32::from(big_endian);
        for number in [magic, 3_007_000, 512, 0, 11, 22] {
            wal.extend(number.to_be_bytes());
        }
        let mut sums = checksum(&wal, (0, 0), big_endian);
        wal.extend([sums.0.to_be_bytes(), sums.1.to_be_bytes()].concat());
        for pages in transactions {
            for page in *pages {
                let is_last = Some(page) == pages.last();
                let size = if is_last { image.len() as u32 / 512 } else { 0 };
                let header = [page.to_be_bytes(), size.to_be_bytes()].concat();
                let content = &image[(*page as usize - 1) * 512..][..512];
                sums = checksum(&header, sums, big_endian);
                sums = checksum(content, sums, big_endian);
                wal.extend(header);
                wal.extend([0, 0, 0, 11, 0, 0, 0, 22]);
                wal.extend([sums.0.to_be_bytes(), sums.1.to_be_bytes()].concat());
                wal.extend(content);
            }
        }
        wal
    }

    #[test]
    fn a_log_is_laid_over_the_database() {
        let before = database("CREATE TABLE t (a); INSERT INTO t VALUES ('old');");
        let after = database(
            "CREATE TABLE t (a); INSERT INTO t VALUES ('new'); CREATE TABLE u (b); INSERT INTO u VALUES ('more');",
        );
        for big_endian in [false, true] {
            let wal = log(&after, &[&[1, 2, 3]], big_endian);
            let mut found = Collected::default();
            let _ = open(before.clone(), Some(wal.clone()), &LIMITS, &mut found);
            assert!(found.unread.is_empty(), "{:?}", found.unread);
            assert!(found.holds(b"new") && found.holds(b"more") && !found.holds(b"old"));
            // Without its last page the transaction was never committed.
            let mut found = Collected::default();
            let _ = open(
                before.clone(),
                Some(wal[..wal.len() - 1].to_vec()),
                &LIMITS,
                &mut found,
            );
            assert!(found.holds(b"old") && !found.holds(b"new"));
            for place in (0..wal.len()).step_by(7) {
                let mut wal = wal.clone();
                wal[place] ^= 1;
                let mut found = Collected::default();
                let _ = open(before.clone(), Some(wal.clone()), &LIMITS, &mut found);
                assert!(found.holds(b"old"), "byte {place}");
            }
        }
    }

    #[test]
    fn a_cut_database_gives_its_first_pages() {
        let image = database(
            "CREATE TABLE t (a); INSERT INTO t VALUES ('first');
            CREATE TABLE u (a); INSERT INTO u VALUES (zeroblob(2000));",
        );
        let found = read(&image[..1024]);
        assert_eq!(found.field("t rowid 1", "a"), "first");
        assert!(found.unread[0].contains("cut short"), "{:?}", found.unread);
    }

    #[test]
    fn an_entry_that_nobody_understands_is_overlooked() {
        let mut image = database(
            "CREATE TABLE t (a); INSERT INTO t VALUES ('first');
            CREATE TABLE damaged (a);",
        );
        let place = memchr::memmem::find(&image, b"CREATE TABLE damaged").expect("it is there");
        image[place + 7] = b'!';
        assert_eq!(read(&image).field("t rowid 1", "a"), "first");
    }

    #[test]
    fn a_damaged_page_of_the_schema_hides_only_what_follows() {
        let table = |number| {
            format!("CREATE TABLE t{number} (a); INSERT INTO t{number} VALUES ('in {number}');")
        };
        let mut image = database(&(0..100).map(table).collect::<String>());
        let place = memchr::memmem::find(&image, b"CREATE TABLE t60 ").expect("it is there");
        image[place - place % 512..][..512].fill(0);
        let found = read(&image);
        assert_eq!(found.field("t0 rowid 1", "a"), "in 0");
        assert_eq!(found.field("t40 rowid 1", "a"), "in 40");
        assert!(
            !found.holds(b"in 90") && found.unread.len() == 1,
            "{:?}",
            found.unread
        );
    }

    #[test]
    fn a_cyclic_tree_ends() {
        let filled = |kind: &str| {
            database(&format!(
                "CREATE TABLE t (a INTEGER PRIMARY KEY, b) {kind};
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
                INSERT INTO t SELECT i, 'some words ' || i FROM n;"
            ))
        };
        for (kind, interior) in [("", 5), ("WITHOUT ROWID", 2)] {
            let image = filled(kind);
            let root = &image[512..1024];
            assert_eq!(root[0], interior);
            let count = usize::from(root[4]);
            // All children of the root become its first child, or the root.
            let first = usize::from(u16::from_be_bytes([root[12], root[13]]));
            for target in [root[first + 3], 2] {
                let mut image = image.clone();
                for cell in 0..count {
                    let at = 512 + 12 + 2 * cell;
                    let cell = usize::from(u16::from_be_bytes([image[at], image[at + 1]]));
                    image[512 + cell + 3] = target;
                }
                image[512 + 11] = target;
                let found = read(&image);
                // Rows without an id that come again can't be told from others.
                if kind.is_empty() || target == 2 {
                    assert!(!found.unread.is_empty(), "{kind} {target}");
                }
                assert!(found.records.len() < image.len() / 6);
            }
        }
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let image = database(
            "CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES ('first', 2);",
        );
        for place in 0..image.len() {
            read(&image[..place]);
            let mut image = image.clone();
            image[place] ^= 0xff;
            read(&image);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn arbitrary_bytes_are_survived(tail in prop::collection::vec(any::<u8>(), 0..2000)) {
            is(&tail);
            read(&tail);
            let mut image = database("CREATE TABLE t (a)");
            image.truncate(512);
            image.extend(&tail);
            let _ = open(image, Some(tail), &LIMITS, &mut Collected::default());
        }
    }
}
