//! A small grammar of what people write around secrets: languages and formats,
//! containers of values, names and siblings. It makes as many texts as are asked for,
//! each with the truth: which value in it is whose.
//!
//! It is written from what users write, not from what the program reads.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Deserialize;

/// What must become of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It stands under its own name.
    High,
    /// It is somebody else's, and must not be reported.
    Quiet,
}

/// A text with placeholders, and what each of them is.
#[derive(Debug)]
pub struct Case {
    /// What kind of text it is, for the messages of a test.
    pub kind: String,
    /// The name of the file.
    pub path: String,
    /// The text, in which `{{npsso:…}}` stands for each value.
    pub text: String,
    /// The names of the values, and their truth.
    pub values: Vec<(String, Truth)>,
}

/// Numbers that look random and are the same for the same seed: SplitMix64, by
/// Guy L. Steele Jr., Doug Lea and Christine H. Flood.
pub struct Dice(u64);

impl Dice {
    /// Dice that begin with a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn word(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// Names of an NPSSO, as words.
const OURS: [&str; 9] = [
    "npsso",
    "npsso",
    "npsso",
    "npsso token",
    "psn npsso",
    "npsso code",
    "my npsso",
    "npsso cookie",
    "npsso value",
];

/// Names of other secrets and identifiers, as words.
const THEIRS: [&str; 40] = [
    "cookie secret",
    "discord token",
    "webhook secret",
    "api key",
    "session secret",
    "request id",
    "trace id",
    "csrf token",
    "encryption key",
    "jwt secret",
    "refresh token",
    "admin password",
    "mixpanel token",
    "panel key",
    "signing key",
    "etag",
    "checksum",
    "db password",
    "licence key",
    "npsso hash",
    "npsso sha256",
    "encrypted npsso",
    "npsso ref",
    "npsso request id",
    "npsso lookup key",
    "npsso mac",
    "client secret",
    "deploy token",
    "push key",
    "invite code",
    "psn proxy password",
    "psn dashboard key",
    "telemetry key",
    "backup passphrase",
    "sentry key",
    "internal key",
    "auth cookie secret",
    "steam key",
    "correlation id",
    "npsso iv",
];

const PEOPLE: [&str; 10] = [
    "dad", "nadia", "tom", "emma", "lukas", "sora", "mia", "bruno", "ines", "yuki",
];

/// How the words of a name are joined.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Style {
    Camel,
    Pascal,
    Snake,
    Shout,
    Kebab,
}

fn join(words: &str, style: Style) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    match style {
        Style::Camel => {
            words[0].to_owned() + &words[1..].iter().map(|w| capital(w)).collect::<String>()
        }
        Style::Pascal => words.iter().map(|w| capital(w)).collect(),
        Style::Snake => words.join("_"),
        Style::Shout => words.join("_").to_uppercase(),
        Style::Kebab => words.join("-"),
    }
}

/// What stands behind a key.
#[derive(Clone)]
enum Value {
    /// One of the values of the case, by its name.
    Secret(String),
    /// A plain word.
    Word(String),
    /// Something that is looked up when the program runs.
    Lookup(String),
    /// Nothing.
    Empty,
}

/// How a language writes records, lists of them, and what is looked up.
#[derive(Deserialize)]
struct Language {
    name: String,
    extension: String,
    style: Style,
    /// What stands before and behind a list; `$` is its name.
    list: [String; 2],
    /// What stands before, between and behind the pairs of a record.
    record: [String; 3],
    /// Between records.
    between: String,
    /// A pair: `{k}` is the key, `{v}` the value.
    pair: String,
    quote: String,
    comment: String,
    lookup: String,
    empty: String,
    /// A variable; `{n}` is its name, `{v}` the value.
    variable: String,
    /// A default; `{l}` is what it is the default of.
    default: Option<String>,
    /// Whether several pairs stand on one line too.
    one_line: bool,
}

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        language: Vec<Language>,
    }
    let file: File =
        toml::from_str(include_str!("languages.toml")).expect("the languages can be read");
    file.language
});

impl Language {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::Secret(name) => format!("{0}{{{{npsso:{name}}}}}{0}", self.quote),
            Value::Word(word) => format!("{0}{word}{0}", self.quote),
            Value::Lookup(name) => self.lookup.replace("{l}", name),
            Value::Empty => self.empty.to_owned(),
        }
    }

    fn pair(&self, key: &str, value: &str) -> String {
        self.pair.replace("{k}", key).replace("{v}", value)
    }

    fn variable(&self, name: &str, value: &str) -> String {
        self.variable.replace("{n}", name).replace("{v}", value)
    }
}

/// A case under construction.
struct Draft {
    number: usize,
    values: Vec<(String, Truth)>,
}

impl Draft {
    fn secret(&mut self, truth: Truth) -> Value {
        let name = format!("g{}-{}", self.number, self.values.len());
        self.values.push((name.clone(), truth));
        Value::Secret(name)
    }
}

/// The case with a number.
pub fn case(seed: u64, number: usize) -> Case {
    let mut dice = Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let mut draft = Draft {
        number,
        values: Vec::new(),
    };
    let (kind, path, text) = match dice.below(9) {
        0..=3 => records(&mut dice, &mut draft),
        4 => variables(&mut dice, &mut draft),
        5 => defaults(&mut dice, &mut draft),
        6 => table(&mut dice, &mut draft),
        7 => positions(&mut dice, &mut draft),
        _ => sentences(&mut dice, &mut draft),
    };
    Case {
        kind,
        path,
        text,
        values: draft.values,
    }
}

/// A list of accounts: each has an NPSSO of its own, or none, and siblings.
fn records(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    let language = dice.one(&LANGUAGES);
    let ours = join(dice.word(&OURS), language.style);
    let theirs = join(dice.word(&THEIRS), language.style);
    let has_theirs = dice.chance(60);
    let count = 1 + dice.below(5);
    let on_one_line = language.one_line && dice.chance(50);
    let mut order: Vec<usize> = vec![0, 1, 2];
    dice.shuffle(&mut order);
    let mut records = Vec::new();
    for person in PEOPLE.iter().take(count) {
        let own = match dice.chance(80) {
            true => draft.secret(Truth::High),
            false if dice.chance(50) => Value::Empty,
            false => Value::Lookup("NPSSO".to_owned()),
        };
        let mut members = vec![
            (
                join("name", language.style),
                Value::Word((*person).to_owned()),
            ),
            (ours.clone(), own),
        ];
        if has_theirs {
            let other = match dice.chance(70) {
                true => draft.secret(Truth::Quiet),
                false => Value::Lookup("OTHER".to_owned()),
            };
            members.push((theirs.clone(), other));
        }
        if dice.chance(30) {
            dice.shuffle(&mut order);
        }
        let order: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| *at < members.len())
            .collect();
        let pairs: Vec<String> = order
            .iter()
            .map(|at| {
                let (key, value) = &members[*at];
                language.pair(key, &language.value(value))
            })
            .collect();
        let [open, between, close] = &language.record;
        let record = match on_one_line || !language.one_line {
            true => format!("{open}{}{close}", pairs.join(between)),
            false => {
                let between = format!("{}\n    ", between.trim_end());
                format!(
                    "{}\n    {}\n  {}",
                    open.trim_end(),
                    pairs.join(&between),
                    close.trim_start()
                )
            }
        };
        records.push(record.replace('$', "accounts"));
    }
    let mut text = String::new();
    if dice.chance(30) && !language.comment.is_empty() {
        let _ = writeln!(text, "{} accounts of the bot", language.comment);
    }
    let [open, close] = &language.list;
    let name = "accounts";
    let _ = writeln!(
        text,
        "{}",
        open.replace(" $ ", &format!(" {name} "))
            .replace("$:", &format!("{name}:"))
            .replace("\"$\"", &format!("\"{name}\""))
            .replace("<$>", &format!("<{name}>"))
    );
    for (at, record) in records.iter().enumerate() {
        let indent = if language.one_line { "  " } else { "" };
        let between = if at + 1 < records.len() {
            language.between.as_str()
        } else {
            ""
        };
        let _ = writeln!(text, "{indent}{record}{between}");
        if dice.chance(15) && !language.comment.is_empty() {
            let _ = writeln!(text, "{indent}{} {}", language.comment, dice.word(&PEOPLE));
        }
    }
    let _ = writeln!(text, "{}", close.replace("$>", &format!("{name}>")));
    (
        format!("records in {}", language.name),
        format!("accounts.{}", language.extension),
        text,
    )
}

/// Variables, constants and settings, one below the other.
fn variables(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    let language = dice.one(&LANGUAGES);
    let mut lines = Vec::new();
    for _ in 0..2 + dice.below(4) {
        let (words, truth) = match dice.chance(50) {
            true => (dice.word(&OURS), Truth::High),
            false => (dice.word(&THEIRS), Truth::Quiet),
        };
        let style = if dice.chance(25) && !matches!(language.style, Style::Kebab) {
            Style::Shout
        } else {
            language.style
        };
        let value = match dice.chance(80) {
            true => draft.secret(truth),
            false => Value::Lookup(join(words, Style::Shout)),
        };
        lines.push(language.variable(&join(words, style), &language.value(&value)));
        if dice.chance(20) && !language.comment.is_empty() {
            lines.push(format!("{} see the wiki", language.comment));
        }
    }
    (
        format!("variables in {}", language.name),
        format!("settings.{}", language.extension),
        lines.join("\n") + "\n",
    )
}

/// Values that stand behind what is looked up first.
fn defaults(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    let with_default: Vec<&Language> = LANGUAGES
        .iter()
        .filter(|language| language.default.is_some())
        .collect();
    let language = *dice.one(&with_default);
    let default = language.default.clone().unwrap_or_default();
    let mut lines = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let (words, truth) = match dice.chance(60) {
            true => (dice.word(&OURS), Truth::High),
            false => (dice.word(&THEIRS), Truth::Quiet),
        };
        let name = join(words, Style::Shout);
        let value = language.value(&draft.secret(truth));
        let looked_up = match default.contains("\"{l}\"") || default.contains("'{l}'") {
            true => name.clone(),
            false => language.lookup.replace("{l}", &name),
        };
        let expression = default.replace("{l}", &looked_up).replace("{v}", &value);
        let own = match dice.chance(40) {
            // What it is assigned to says nothing.
            true => join("value", language.style),
            false => join(words, language.style),
        };
        lines.push(match dice.chance(40) && language.one_line {
            true => {
                let [open, _, close] = &language.record;
                language.variable(
                    "settings",
                    &format!("{open}{}{close}", language.pair(&own, &expression)),
                )
            }
            false => language.variable(&own, &expression),
        });
    }
    (
        format!("defaults in {}", language.name),
        format!("defaults.{}", language.extension),
        lines.join("\n") + "\n",
    )
}

/// A table with a header.
fn table(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    let style = *dice.one(&[Style::Snake, Style::Camel, Style::Pascal]);
    let mut columns = vec![
        "name".to_owned(),
        join(dice.word(&OURS), style),
        join(dice.word(&THEIRS), style),
    ];
    let mut order = vec![0, 1, 2];
    dice.shuffle(&mut order);
    let rows: Vec<Vec<Value>> = (0..1 + dice.below(4))
        .map(|person| {
            let own = if dice.chance(85) {
                draft.secret(Truth::High)
            } else {
                Value::Empty
            };
            let other = if dice.chance(70) {
                draft.secret(Truth::Quiet)
            } else {
                Value::Empty
            };
            let cells = [Value::Word(PEOPLE[person].to_owned()), own, other];
            order.iter().map(|at| cells[*at].clone()).collect()
        })
        .collect();
    columns = order.iter().map(|at| columns[*at].clone()).collect();
    let cell = |value: &Value| match value {
        Value::Secret(name) => format!("{{{{npsso:{name}}}}}"),
        Value::Word(word) => word.clone(),
        Value::Lookup(_) | Value::Empty => String::new(),
    };
    let joined = |by: &str| {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(by));
        format!(
            "{}\n{}\n",
            columns.join(by),
            rows.collect::<Vec<_>>().join("\n")
        )
    };
    let (kind, extension, text) = match dice.below(6) {
        0 => ("csv", "csv", joined(",")),
        1 => ("tsv", "tsv", joined("\t")),
        2 => ("semicolons", "csv", joined(";")),
        3 => {
            let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
            let body: String = rows
                .iter()
                .map(|row| line(row.iter().map(cell).collect()))
                .collect();
            (
                "markdown",
                "md",
                format!("{}|---|---|---|\n{body}", line(columns.clone())),
            )
        }
        4 => {
            let quoted = |value: &Value| match value {
                Value::Empty | Value::Lookup(_) => "NULL".to_owned(),
                value => format!("'{}'", cell(value)),
            };
            let rows: Vec<String> = rows
                .iter()
                .map(|row| {
                    format!(
                        "({})",
                        row.iter().map(quoted).collect::<Vec<_>>().join(", ")
                    )
                })
                .collect();
            (
                "sql",
                "sql",
                format!(
                    "INSERT INTO accounts ({}) VALUES\n{};\n",
                    columns.join(", "),
                    rows.join(",\n")
                ),
            )
        }
        _ => {
            let cells = |tag: &str, cells: Vec<String>| -> String {
                cells
                    .iter()
                    .map(|cell| format!("<{tag}>{cell}</{tag}>"))
                    .collect()
            };
            let body: String = rows
                .iter()
                .map(|row| format!("<tr>{}</tr>\n", cells("td", row.iter().map(cell).collect())))
                .collect();
            (
                "html",
                "html",
                format!(
                    "<table>\n<tr>{}</tr>\n{body}</table>\n",
                    cells("th", columns.clone())
                ),
            )
        }
    };
    (
        format!("table as {kind}"),
        format!("accounts.{extension}"),
        text,
    )
}

/// Values that are named by their place.
fn positions(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    let theirs = join(dice.word(&THEIRS), Style::Camel);
    let ours = join(
        dice.word(&["npsso", "npsso token", "psn npsso"]),
        Style::Camel,
    );
    let ours_first = dice.chance(50);
    let mut row = || {
        let (own, other) = (draft.secret(Truth::High), draft.secret(Truth::Quiet));
        let text = |value: Value| match value {
            Value::Secret(name) => format!("{{{{npsso:{name}}}}}"),
            _ => String::new(),
        };
        match ours_first {
            true => (text(own), text(other)),
            false => (text(other), text(own)),
        }
    };
    let (first, second) = match ours_first {
        true => (ours.clone(), theirs.clone()),
        false => (theirs.clone(), ours.clone()),
    };
    let ((a, b), (c, d)) = (row(), row());
    let (kind, extension, text) = match dice.below(8) {
        0 => (
            "arrow function",
            "js",
            format!(
                "const add = (name, {first}, {second}) => db.push({{ name, {first}, {second} }});\nadd('dad', '{a}', '{b}');\nadd('mum', '{c}', '{d}');\n"
            ),
        ),
        1 => (
            "python function",
            "py",
            format!(
                "def add(name, {first}, {second}):\n    pass\n\nadd(\"dad\", \"{a}\", \"{b}\")\nadd(\"mum\", \"{c}\", \"{d}\")\n"
            ),
        ),
        2 => (
            "tuple with labels",
            "ts",
            format!(
                "type Row = [name: string, {first}: string, {second}: string];\nconst rows: Row[] = [\n  [\"dad\", \"{a}\", \"{b}\"],\n  [\"mum\", \"{c}\", \"{d}\"],\n];\n"
            ),
        ),
        3 => (
            "rows of calls",
            "gs",
            format!(
                "sheet.appendRow(['name', '{first}', '{second}']);\nsheet.appendRow(['dad', '{a}', '{b}']);\nsheet.appendRow(['mum', '{c}', '{d}']);\n"
            ),
        ),
        4 => (
            "rows of a list",
            "py",
            format!(
                "ROWS = [\n    [\"name\", \"{first}\", \"{second}\"],\n    [\"dad\", \"{a}\", \"{b}\"],\n    [\"mum\", \"{c}\", \"{d}\"],\n]\n"
            ),
        ),
        5 => (
            "record",
            "cs",
            format!(
                "record Account(string Name, string {first}, string {second});\nvar all = new[] {{ new Account(\"dad\", \"{a}\", \"{b}\"), new Account(\"mum\", \"{c}\", \"{d}\") }};\n"
            ),
        ),
        6 => (
            "struct",
            "go",
            format!(
                "type account struct {{\n\tName string\n\t{first} string\n\t{second} string\n}}\n\nvar all = []account{{\n\t{{\"dad\", \"{a}\", \"{b}\"}},\n\t{{\"mum\", \"{c}\", \"{d}\"}},\n}}\n"
            ),
        ),
        _ => (
            "destructuring",
            "js",
            format!(
                "for (const [name, {first}, {second}] of [\n  ['dad', '{a}', '{b}'],\n  ['mum', '{c}', '{d}'],\n]) add(name, {first}, {second});\n"
            ),
        ),
    };
    (
        format!("positions: {kind}"),
        format!("rows.{extension}"),
        text,
    )
}

/// What people and programs say.
fn sentences(dice: &mut Dice, draft: &mut Draft) -> (String, String, String) {
    const OF_OURS: [&str; 16] = [
        "my npsso is @",
        "npsso: @",
        "the NPSSO token is @",
        "here is the npsso for the bot: @",
        "NPSSO = @",
        "@ is my npsso",
        "@  # npsso of dad",
        "using npsso @",
        "npsso of the second account: @",
        "new npsso `@`",
        "el npsso es @",
        "mein npsso ist @",
        "mon npsso est @",
        "NPSSO token (64 characters): @",
        "--npsso @",
        "npsso -> @",
    ];
    const OF_THEIRS: [&str; 16] = [
        "npsso expired for request @",
        "npsso rejected, trace @",
        "hash of the npsso: @",
        "the dashboard key (@) first, then the NPSSO",
        "npsso ok, job @",
        "sha of npsso = @",
        "npsso is set; deploy hook secret @",
        "the NPSSO is in the vault, the webhook secret is @",
        "no npsso here, only the Discord token @",
        "npsso accepted request_id=@",
        "psn login ok correlation id @",
        "steam key=@",
        "NPSSO missing, recovery code @",
        "Kein NPSSO, Lizenzschlüssel: @",
        "npsso refreshed traceId=@",
        "invite code for the PSN group: @",
    ];
    let is_log = dice.chance(40);
    let mut text = String::new();
    for line in 0..1 + dice.below(4) {
        let (template, truth) = match dice.chance(50) {
            true => (*dice.one(&OF_OURS), Truth::High),
            false => (*dice.one(&OF_THEIRS), Truth::Quiet),
        };
        let Value::Secret(name) = draft.secret(truth) else {
            continue;
        };
        let said = template.replace('@', &format!("{{{{npsso:{name}}}}}"));
        let _ = match is_log {
            true => writeln!(text, "2026-11-30 10:0{line}:12 INFO {said}"),
            false => writeln!(text, "{said}\n"),
        };
    }
    let kind = if is_log { "log" } else { "notes" };
    (kind.to_owned(), format!("{kind}.txt"), text)
}
