//! The row of a table that a value stands in: of a CSV export, of an SQL dump, of a
//! list in JSON. The columns have names, and one of them is the value of a cookie.

use super::super::lossy;
use super::super::table::{self, Row};
use crate::model::cookie::{self, Cookie};

/// What the row of a value says of it. `head` is the beginning of the input.
pub fn read(left: &[u8], right: &[u8], head: &[u8]) -> Option<Cookie> {
    let row = table::row(left, right, head)?;
    if !cookie::is_value(row.column()) {
        return None;
    }
    let left = lossy(left);
    let right = lossy(right);
    let cells = cells(&left, &right, &row)?;
    let fields = row.columns.iter().zip(&cells);
    cookie::of_record(fields.map(|(name, cell)| (&**name, &**cell)))
}

/// The cells of a row: there are as many as columns, and the value is at its place.
fn cells(left: &str, right: &str, row: &Row) -> Option<Vec<String>> {
    // Stands for the value, and for nothing else that a text holds.
    const VALUE: &str = "\u{1}";
    let line = (
        left.rsplit('\n').next().unwrap_or(left),
        right.split(['\n', '\r']).next().unwrap_or(right),
    );
    let in_brackets = |open, close| Some((left.rsplit(open).next()?, right.split(close).next()?));
    let places = [in_brackets('(', ')'), in_brackets('[', ']'), Some(line)];
    places.into_iter().flatten().find_map(|(before, after)| {
        // SQL has its strings in single quotes.
        let text = format!("{before}{VALUE}{after}").replace('\'', "\"");
        [',', '\t', ';', '|'].into_iter().find_map(|separator| {
            let cells = table::split(&text, separator);
            let is_it = cells.len() == row.columns.len() && cells[row.own] == VALUE;
            is_it.then_some(cells)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::said;

    const ALL: &str = ".sony.com 2026-12-24T12:00:00Z";

    #[test]
    fn a_row_says_all_in_its_columns() {
        for text in [
            "name,value,domain,path,expires\nother,x,.a.com,/,1\nnpsso,@,.sony.com,/,1798113600\nmore,y,.b.com,/,2\n",
            "host_key\tname\tvalue\tpath\texpires_utc\n.sony.com\tnpsso\t@\t/\t13442587200000000\n",
            "\"Name\",\"Value\",\"Domain\",\"Expires\"\n\"npsso\",\"@\",\".sony.com\",\"Thu, 24 Dec 2026 12:00:00 GMT\"\n",
            "| name | value | domain | expires |\n|---|---|---|---|\n| a | x | .a.com | 1 |\n| npsso | @ | .sony.com | 1798113600 |\n",
            "INSERT INTO moz_cookies (id, name, value, host, path, expiry) VALUES (1,'a','x','.a.com','/',1),(2,'npsso','@','.sony.com','/',1798113600000),(3,'b','y','.b.com','/',2);",
            "COPY cookies (name, value, domain, expires) FROM stdin;\na\tx\t.a.com\t1\nnpsso\t@\t.sony.com\t2026-12-24 12:00:00+00\n\\.\n",
            r#"{"columns":["name","value","domain","expires"],"rows":[["a","x",".a.com",1],["npsso","@",".sony.com",1798113600]]}"#,
        ] {
            assert_eq!(said(text), ALL, "{text}");
        }
    }

    #[test]
    fn the_rows_around_and_other_columns_say_nothing() {
        for text in [
            "name,value,domain,path,expires\nother,x,.a.com,/,1798113600\nnpsso,@,,/,\nmore,y,.b.com,/,1798113600\n",
            "name,note,domain,path,expires\nnpsso,@,.a.com,/,1798113600\n",
            "name,value,domain,path,expires\nnpsso,@,.a.com,1798113600\n",
            "INSERT INTO c (name, value, domain, expires) VALUES ('npsso','@',NULL,NULL),('b','y','.b.com',1798113600);",
            "name,value\nnpsso,@\n\nname,value,domain,expires\na,x,.a.com,1798113600\n",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }
}
