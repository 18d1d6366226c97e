//! Texts in which every line has something that looks like a secret, though little of it
//! is one: what takes longest to judge. For benchmarks, and for a test of how much is
//! read of them.

/// Makes texts from a seed.
struct Random(u64);

impl Random {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn number(&mut self) -> u64 {
        self.next() % 1_000_000
    }

    fn characters(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        let one = |random: &mut Random| alphabet[(random.next() % alphabet.len() as u64) as usize];
        (0..count).map(|_| char::from(one(self))).collect()
    }

    fn token(&mut self) -> String {
        self.characters(LETTERS, 64)
    }

    fn cookie(&mut self) -> String {
        let id = self.characters(LETTERS, 32);
        format!("s%3A{id}.{}", self.characters(LETTERS, 43))
    }
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The names of the texts.
pub const NAMES: [&str; 10] = [
    "digests.log",
    "sessions.log",
    "cookies.log",
    "jwt.log",
    "base64.txt",
    "row.csv",
    "table.csv",
    "calls.py",
    "objects.json",
    "named.env",
];

/// One of them, of about so many bytes.
pub fn text(name: &str, size: usize) -> String {
    let mut random = Random(NAMES.iter().position(|other| *other == name).unwrap_or(0) as u64);
    let mut out = match name {
        "table.csv" => "# export of npsso users\n".to_owned(),
        "calls.py" => "from psnawp_api import PSNAWP\n".to_owned(),
        _ => String::new(),
    };
    while out.len() < size {
        let r = &mut random;
        let line = match name {
            "digests.log" => format!(
                "10:00:00 id={} in {} ms\n",
                r.characters("0123456789abcdef", 64),
                r.number()
            ),
            "sessions.log" => format!("10:00:00 session={} in {} ms\n", r.token(), r.number()),
            "cookies.log" => format!("GET / connect.sid={}; path=/\n", r.cookie()),
            "jwt.log" => format!(
                "Bearer {}.{}.{}\n",
                r.characters(LETTERS, 36),
                r.characters(LETTERS, 200),
                r.characters(LETTERS, 43)
            ),
            "base64.txt" => format!("{}\n", r.characters(LETTERS, 76)),
            "row.csv" => format!("{},", r.token()),
            "table.csv" => format!("{},{}\n", r.number(), r.token()),
            "calls.py" => format!("x{} = digest(\"{}\")\n", r.number(), r.token()),
            "objects.json" => format!("{{\"id\": {}, \"key\": \"{}\"}}\n", r.number(), r.token()),
            _ => format!("NPSSO_{}={}\n", r.number(), r.token()),
        };
        out.push_str(&line);
    }
    out
}
