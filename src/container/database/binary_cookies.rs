//! Safari's cookies: `Cookies.binarycookies`.
//!
//! The format is not documented by Apple. This follows
//! <https://github.com/libyal/dtformats/blob/main/documentation/Safari%20Cookies.asciidoc>.

use std::io::Read;
use std::ops::ControlFlow;

use crate::container::bytes::{Bytes, Entries, read_all};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Field, Limits, Members, Unread, apple_date};

const MAGIC: &[u8; 4] = b"cook";
const PAGE_MAGIC: &[u8; 4] = &[0, 0, 1, 0];

/// Safari's cookies.
pub const CONTAINER: Container = Container {
    id: "binary-cookies",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells such a file by its first bytes: the magic, and a number of pages whose
/// first sizes are those of a page with a cookie or more.
pub fn is(head: &[u8]) -> bool {
    let mut fields = Bytes(head);
    let header = (fields.array::<4>(), fields.u32_be(), fields.u32_be());
    let (Some(MAGIC), Some(pages), Some(first_size)) = (header.0.as_ref(), header.1, header.2)
    else {
        return false;
    };
    (1..1 << 20).contains(&pages) && (12..1 << 24).contains(&first_size)
}

/// Gives each cookie as a record named `cookie 12` with its name, value, domain,
/// path and, where it has one, the date at which it expires.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let file = read_all(input, limits, members);
    let mut sizes = Bytes(&file);
    let header = (sizes.array::<4>(), sizes.u32_be());
    let (Some(MAGIC), Some(page_count)) = (header.0.as_ref(), header.1) else {
        members.unread(b"", Unread::Damaged("it has no valid header".to_owned()));
        return ControlFlow::Continue(());
    };
    let mut cookies = Cookies {
        count: 0,
        entries: Entries::new(limits),
    };
    let flow = cookies.read(page_count, sizes, members);
    cookies.entries.answer(flow)
}

/// The cookies of a file, numbered through all its pages.
struct Cookies {
    count: u64,
    entries: Entries,
}

impl Cookies {
    /// Reads so many pages. Their sizes come first.
    fn read(
        &mut self,
        page_count: u32,
        mut sizes: Bytes<'_>,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let mut pages = Bytes::at(sizes.0, (page_count as usize).saturating_mul(4));
        for number in 1..=page_count {
            // Of a file that is cut short, the last page is what there is of it.
            let size = sizes.u32_be().map(|size| pages.0.len().min(size as usize));
            let page = size.and_then(|size| pages.take(size));
            let Some(page) = page.filter(|page| !page.is_empty()) else {
                let why = format!("it ends before page {number} of {page_count}");
                members.unread(b"", Unread::Damaged(why));
                break;
            };
            self.read_page(number, page, members)?;
        }
        ControlFlow::Continue(())
    }

    fn read_page(
        &mut self,
        number: u32,
        page: &[u8],
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let name = format!("page {number}");
        let mut header = Bytes(page);
        let start = (header.array::<4>(), header.u32_le());
        let (Some(PAGE_MAGIC), Some(count)) = (start.0.as_ref(), start.1) else {
            let why = Unread::Damaged("it has no valid header".to_owned());
            members.unread(name.as_bytes(), why);
            return ControlFlow::Continue(());
        };
        // Cookies stand one after another. One that reaches back into another could
        // make a small file give endless bytes.
        let mut end_of_last = 0;
        for _ in 0..count {
            self.count += 1;
            self.entries.count(members)?;
            let place = header.u32_le().map(|place| place as usize);
            let cookie = place
                .filter(|place| *place >= end_of_last)
                .and_then(|place| Cookie::read(Bytes::at(page, place).0));
            let (Some(place), Some(cookie)) = (place, cookie) else {
                let why = format!("cookie {} can't be read", self.count);
                members.unread(name.as_bytes(), Unread::Damaged(why));
                if place.is_none() {
                    break;
                }
                continue;
            };
            end_of_last = place + cookie.size;
            cookie.give(self.count, members)?;
        }
        ControlFlow::Continue(())
    }
}

/// One cookie, as it stands in its page.
struct Cookie<'a> {
    size: usize,
    domain: &'a [u8],
    name: &'a [u8],
    path: &'a [u8],
    value: &'a [u8],
    expires: f64,
}

impl<'a> Cookie<'a> {
    fn read(bytes: &'a [u8]) -> Option<Cookie<'a>> {
        let size = Bytes(bytes).u32_le()? as usize;
        let bytes = bytes.get(..size).unwrap_or(bytes);
        let mut fields = Bytes(bytes);
        // The size, and numbers that are a version, flags, and whether there is a port.
        fields.take(16)?;
        let mut string = || {
            let place = fields.u32_le()? as usize;
            let string = bytes.get(place..)?;
            let end = memchr::memchr(0, string).unwrap_or(string.len());
            string.get(..end)
        };
        let (domain, name, path, value) = (string()?, string()?, string()?, string()?);
        fields.take(8)?;
        let expires = f64::from_bits(fields.u64_le()?);
        Some(Cookie {
            size: bytes.len().max(4),
            domain,
            name,
            path,
            value,
            expires,
        })
    }

    fn give(&self, number: u64, members: &mut dyn Members) -> ControlFlow<()> {
        let expires = apple_date::text(self.expires).filter(|_| self.expires != 0.0);
        let field = |name, value| Field { name, value };
        let mut fields = vec![
            field("name", self.name),
            field("value", self.value),
            field("domain", self.domain),
            field("path", self.path),
        ];
        if let Some(date) = &expires {
            fields.push(field("expires", date.as_bytes()));
        }
        members.record(&format!("cookie {number}"), &fields)
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn cookie(strings: [&str; 4], expires: f64) -> Vec<u8> {
        let mut places = Vec::new();
        let mut text = Vec::new();
        for string in strings {
            places.extend((56 + text.len() as u32).to_le_bytes());
            text.extend(string.as_bytes());
            text.push(0);
        }
        let size = (56 + text.len() as u32).to_le_bytes();
        let dates = [expires.to_le_bytes(), 0_f64.to_le_bytes()].concat();
        [&size[..], &[0; 12], &places, &[0; 8], &dates, &text].concat()
    }

    fn file(pages: &[&[Vec<u8>]]) -> Vec<u8> {
        let mut sizes = Vec::new();
        let mut contents = Vec::new();
        for cookies in pages {
            let count = cookies.len() as u32;
            let mut page = [&PAGE_MAGIC[..], &count.to_le_bytes()].concat();
            let mut place = 12 + 4 * count;
            for cookie in *cookies {
                page.extend(place.to_le_bytes());
                place += cookie.len() as u32;
            }
            page.extend([0; 4]);
            page.extend(cookies.concat());
            sizes.extend((page.len() as u32).to_be_bytes());
            contents.extend(page);
        }
        let count = (pages.len() as u32).to_be_bytes();
        [&MAGIC[..], &count, &sizes, &contents, &[0; 8]].concat()
    }

    fn small() -> Vec<u8> {
        let one = cookie([".example.com", "session", "/", "one"], 730_944_000.0);
        let two = cookie(["example.org", "other", "/path", "two"], 0.0);
        file(&[&[one.clone(), two.clone()], &[two]])
    }

    fn read(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut file, &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![small()]
    }

    #[test]
    fn cookies_are_records() {
        assert!(is(&small()));
        let found = read(&small());
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.records.len(), 3);
        assert_eq!(found.field("cookie 1", "value"), "one");
        assert_eq!(found.field("cookie 1", "domain"), ".example.com");
        assert_eq!(found.field("cookie 1", "expires"), "2024-03-01T00:00:00Z");
        assert_eq!(found.field("cookie 3", "path"), "/path");
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let file = small();
        for place in 0..file.len() {
            read(&file[..place]);
            for bits in [1, 0xff] {
                let mut file = file.clone();
                file[place] ^= bits;
                read(&file);
            }
        }
        let found = read(&file[..file.len() - 90]);
        assert!(found.records.len() == 2 && !found.unread.is_empty());
    }

    #[test]
    fn cookies_that_lie_over_each_other_are_given_once() {
        let one = cookie(["example.com", "name", "/", &"x".repeat(1000)], 0.0);
        let mut page = [&PAGE_MAGIC[..], &500_u32.to_le_bytes()].concat();
        page.extend(2012_u32.to_le_bytes().repeat(500));
        page.extend([0; 4]);
        page.extend(one);
        let size = (page.len() as u32).to_be_bytes();
        let file = [&MAGIC[..], &[0, 0, 0, 1], &size, &page].concat();
        assert_eq!(read(&file).records.len(), 1);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(tail in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&tail);
            read(&[&b"cook\0\0\0\x01\0\0\x01\0\0\0\x01\0\x02\0\0\0"[..], &tail].concat());
        }
    }
}
