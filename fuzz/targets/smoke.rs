//! A moment of fuzzing: every target with its samples, and with what they become
//! when some bytes of them change.

use super::container::is_whole;
use super::encode::{base64, base64_url, hex, quoted_printable, wrapped};
use super::{Takes, Target};
use crate::container::Format;
use crate::rule::expand;

/// Changed samples for each target.
const ROUNDS: u64 = 200;

#[test]
fn no_changed_sample_breaks_a_promise() {
    let mut failed = Vec::new();
    for target in Target::all() {
        let samples = samples_of(target);
        let changed = (0..ROUNDS).map(|round| changed(&samples, &mut Random(round)));
        let broken = samples.iter().cloned().chain(changed).find(|bytes| {
            // What it says is printed.
            std::panic::catch_unwind(|| target.run(bytes)).is_err()
        });
        failed.extend(broken.map(|bytes| {
            let name = target.name();
            format!("{name} on b\"{}\"", bytes.escape_ascii())
        }));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_fuzzer_has_a_program_for_every_target() {
    let manifest: toml::Table = include_str!("../Cargo.toml")
        .parse()
        .expect("the manifest is read by cargo");
    let programs = manifest["bin"].as_array().expect("a list");
    let programs: Vec<_> = programs.iter().map(|bin| bin["name"].as_str()).collect();
    let targets: Vec<_> = Target::all().map(|target| Some(target.name())).collect();
    assert_eq!(programs, targets);
}

#[test]
fn every_sample_is_read_to_its_end() {
    for format in Format::all() {
        for (number, sample) in format.samples().iter().enumerate() {
            assert!(is_whole(format, sample), "{format:?} {number}");
        }
    }
}

/// Not a test: gives the fuzzer something to begin with.
#[test]
#[ignore = "writes to the fuzzer's folder"]
fn write_the_samples_for_the_fuzzer() -> std::io::Result<()> {
    let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in Target::all() {
        let folder = fuzz.join(target.name());
        std::fs::create_dir_all(&folder)?;
        for (number, sample) in samples_of(target).iter().enumerate() {
            std::fs::write(folder.join(format!("sample-{number}")), sample)?;
        }
    }
    Ok(())
}

/// What a target takes in earnest.
fn samples_of(target: Target) -> Vec<Vec<u8>> {
    match target.takes {
        Takes::Container(format) => format.samples(),
        Takes::Text(_) => texts(),
        Takes::Other(_) => {
            let containers = Format::all().flat_map(|format| format.samples());
            containers.chain(texts()).collect()
        }
    }
}

/// Texts with something encoded in them, for each decoder.
fn texts() -> Vec<Vec<u8>> {
    let leak = expand("{\"user\": \"dad\", \"npsso\": \"{{npsso}}\"}");
    let each = |escape: &dyn Fn(u32) -> String| -> String {
        leak.chars().map(|letter| escape(letter as u32)).collect()
    };
    let token = expand("{{npsso}}");
    let base64 = base64(leak.as_bytes());
    let utf_16 = |unit: fn(u16) -> [u8; 2]| leak.encode_utf16().flat_map(unit).collect();
    let texts = [
        format!("payload={base64}\n"),
        format!("x /auth/{}\n", base64_url(leak.as_bytes())),
        format!("x: |\n  {}\n\n", wrapped(&base64.repeat(2), 60, "\n  ")),
        format!("k = \"{}\"\n", wrapped(&base64, 64, "\" +\n  \"")),
        format!("b={}\n", hex(leak.as_bytes())),
        each(&|letter| format!("%{letter:02X}")),
        each(&|letter| format!("%25{letter:02X}")),
        each(&|letter| format!("\\u{letter:04x}")),
        each(&|letter| format!("\\x{letter:02x}")),
        each(&|letter| format!("\\{letter:03o}")),
        each(&|letter| format!("&#x{letter:x};")),
        each(&|letter| format!("&#{letter};")),
        quoted_printable(format!("Hello, this is a mail. {leak}\n").as_bytes()),
        format!("Subject: =?utf-8?B?{base64}?=\n =?utf-8?Q?npsso=3D{token}?=\n"),
        format!("npsso = (\"{}\"\n  \"{}\")\n", &token[..32], &token[32..]),
        format!("export NPSSO={}\\\n{}\n", &token[..30], &token[30..]),
        format!("[{}]\n", each(&|letter| format!("{letter}, "))),
        format!("npsso = {};\n", each(&|letter| format!("chr({letter}) . "))),
        format!("{}\n", each(&|letter| format!("{letter:02x} "))),
        dump(leak.as_bytes()),
        format!(
            "{{\"version\": 2}}\n{}",
            each(&|letter| format!("[1.5, \"o\", \"\\u{letter:04x}\"]\n"))
        ),
        leak.clone(),
    ];
    let wide: [Vec<u8>; 3] = [
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
        leak.chars()
            .flat_map(|letter| (letter as u32).to_le_bytes())
            .collect(),
    ];
    texts
        .map(String::into_bytes)
        .into_iter()
        .chain(wide)
        .collect()
}

/// The rows of a hex dump.
fn dump(bytes: &[u8]) -> String {
    let row = |(index, row): (usize, &[u8])| {
        let groups: Vec<String> = row.chunks(2).map(hex).collect();
        format!("{:08x}: {}  x\n", 16 * index, groups.join(" "))
    };
    bytes.chunks(16).enumerate().map(row).collect()
}

/// One of the samples with a few changes.
fn changed(samples: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.one_of(samples).clone();
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = bytes.len().min(at + 1 + random.below(16));
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            3 => {
                let other = random.one_of(samples);
                let from = random.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            4 => {
                // A number, as small and as large as it gets.
                let number = *random.one_of(&[0, 1, 0x7f, 0x80, 0xffff, 0x7fff_ffff, u64::MAX]);
                let width = *random.one_of(&[1, 2, 4, 8]);
                let little = number.to_le_bytes();
                let big = number.to_be_bytes();
                let number = match random.below(2) {
                    0 => &little[..width],
                    _ => &big[8 - width..],
                };
                for (byte, new) in bytes.iter_mut().skip(at).zip(number) {
                    *byte = *new;
                }
            }
            5 => bytes.splice(at..at, [random.next() as u8]).for_each(drop),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

/// Numbers that are the same each time: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }
}
