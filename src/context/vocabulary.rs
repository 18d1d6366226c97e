//! What the words of a name say: nothing, or that a value is something else.

use std::borrow::Cow;

use super::word_lists::{FOREIGN, FOREIGN_ALONE, GENERIC};

/// Whether every word of a name says nothing about what it names.
pub fn is_generic(name: &str) -> bool {
    words(name).iter().all(|word| says_nothing(word))
}

/// Whether words say no more than that a value is one more: "and my other one".
pub fn is_another(phrase: &str) -> bool {
    const MORE: [&str; 24] = [
        "alt", "also", "and", "andere", "another", "autre", "backup", "et", "main", "new", "next",
        "old", "one", "other", "otra", "otro", "outra", "outro", "second", "seconde", "spare",
        "third", "und", "zweite",
    ];
    words(phrase)
        .iter()
        .all(|word| MORE.contains(&word.as_str()) || says_nothing(word))
}

/// Whether every word of a name that a record gives itself says nothing. A short
/// one, such as the cookie `_ga`, is a name all the same.
pub fn is_generic_title(name: &str) -> bool {
    words(name)
        .iter()
        .all(|word| is_number(word) || GENERIC.binary_search(&word.as_str()).is_ok())
}

/// Whether a word is a type of some language, or a word that declares something.
pub fn is_type(word: &str) -> bool {
    const TYPES: [&str; 58] = [
        "abstractstring",
        "any",
        "as",
        "auto",
        "bool",
        "byte",
        "bytearray",
        "bytes",
        "char",
        "chararray",
        "const",
        "constexpr",
        "cstr",
        "cstring",
        "dim",
        "dynamic",
        "extern",
        "final",
        "globally",
        "inline",
        "int",
        "integer",
        "let",
        "long",
        "maybe",
        "mut",
        "mutable",
        "nsstring",
        "nullable",
        "nvarchar",
        "nvarchar2",
        "object",
        "option",
        "optional",
        "private",
        "protected",
        "pub",
        "public",
        "qstring",
        "readonly",
        "register",
        "secretstr",
        "short",
        "signed",
        "static",
        "str",
        "string",
        "string_view",
        "stringview",
        "text",
        "unsigned",
        "val",
        "var",
        "varchar",
        "varchar2",
        "void",
        "volatile",
        "wstring",
    ];
    let lower = word.to_ascii_lowercase();
    let is_sized = |family: &str| {
        lower
            .strip_prefix(family)
            .is_some_and(|size| !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()))
    };
    TYPES.binary_search(&lower.as_str()).is_ok()
        || matches!(
            lower.as_str(),
            "wchar_t" | "lpcstr" | "lpstr" | "bstr" | "pchar" | "t"
        )
        || ["u", "i", "int", "uint", "float", "f"]
            .into_iter()
            .any(is_sized)
}

/// Whether a call with this name gives its second argument the name of its first.
pub fn defines(callee: &str) -> bool {
    const DEFINES: [&str; 21] = [
        "arg",
        "assign",
        "const",
        "constant",
        "def",
        "defconst",
        "define",
        "defparameter",
        "defvar",
        "env",
        "equ",
        "export",
        "let",
        "put",
        "putenv",
        "set",
        "setenv",
        "setq",
        "setvar",
        "setx",
        "var",
    ];
    DEFINES.contains(&callee.to_ascii_lowercase().as_str())
}

/// Keys whose value is the name of something.
pub const NAMING_KEYS: &[&str] = &[
    "name",
    "key",
    "id",
    "label",
    "cookie",
    "cookie_name",
    "secret_name",
    "key_name",
    "env_name",
    "header_name",
    "variable_name",
    "variable",
    "var",
    "header",
    "title",
    "field",
    "param",
    "parameter",
    "setting",
    "option",
    "env",
    "property",
    "secret",
    "secretname",
    "cookiename",
    "attr",
    "attribute",
    "item",
    "column",
    "trigger",
    "topic",
    "provide",
    "platform",
    "integration",
    "provider",
    "service",
];

/// Whether a key says how its object is called: `name="npsso", value="…"`.
pub fn is_naming_key(key: &str) -> bool {
    NAMING_KEYS
        .iter()
        .any(|naming| key.eq_ignore_ascii_case(naming))
}

/// Whether a column holds what its rows are called, in some language.
pub fn is_naming_column(column: &str) -> bool {
    const NAMES: [&str; 17] = [
        "bezeichnung",
        "chave",
        "clave",
        "clé",
        "k",
        "key name",
        "klucz",
        "nazwa",
        "nom",
        "nombre",
        "nome",
        "schlüssel",
        "titel",
        "variable name",
        "имя",
        "название",
        "キー",
    ];
    NAMES.contains(&column.to_lowercase().as_str())
}

/// Whether a column says what kind of secret its rows hold: `token_type`.
pub fn is_kind(column: &str) -> bool {
    matches!(&words(column)[..], [first, last]
        if is_credential(first) && matches!(last.as_str(), "type" | "kind" | "name"))
}

/// Whether a column or a key holds values of any kind, in some language.
pub fn is_value(column: &str) -> bool {
    const VALUES: [&str; 17] = [
        "default",
        "example",
        "hodnota",
        "notes",
        "token",
        "v",
        "val",
        "valeur",
        "valor",
        "valore",
        "value",
        "värde",
        "waarde",
        "wartość",
        "wert",
        "значение",
        "値",
    ];
    VALUES.contains(&column.to_lowercase().as_str())
}

/// Whether a word before a colon can be what somebody is called: it says nothing of a secret.
pub fn can_be_a_person(name: &str) -> bool {
    const PEOPLE: [&str; 14] = [
        "a", "answer", "bot", "client", "dad", "friend", "gamer", "kid", "me", "member", "mom",
        "mum", "player", "user",
    ];
    let lower = name.to_lowercase();
    let is_secret = ["sso", "cws", "psn"]
        .iter()
        .any(|part| lower.contains(part));
    let is_word = names_a_credential(name) || is_foreign(name) || is_foreign_alone(name);
    let is_word = is_word || is_reference(name) || name.contains('-');
    let is_person = PEOPLE.contains(&lower.as_str()) || !is_generic(name);
    is_person && !is_secret && !is_word && name.chars().any(char::is_alphabetic)
}

/// Whether a name is that of a text for people, which says by itself what it is about.
pub fn is_text(name: &str) -> bool {
    const TEXTS: [&str; 12] = [
        "body",
        "caption",
        "comment",
        "content",
        "description",
        "details",
        "message",
        "msg",
        "note",
        "notes",
        "summary",
        "text",
    ];
    TEXTS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a section of a configuration has a subject of its own: `smtp`, `db`,
/// `session`, but not `environment` or `accounts`.
pub fn is_opaque_section(name: &str) -> bool {
    const OWN_SUBJECT: &[&str] = &[
        "backup", "client", "http", "log", "server", "sess", "session", "sessions", "store", "web",
    ];
    words(name).iter().any(|word| {
        GENERIC.binary_search(&word.as_str()).is_err() && !is_number(word)
            || OWN_SUBJECT.contains(&word.as_str())
    })
}

/// Whether a name is one of things that belong to several people, such as
/// `tokens` or `accounts`: the keys in it are the people's.
pub fn is_collection(name: &str) -> bool {
    const COLLECTIONS: &[&str] = &[
        "accounts",
        "auths",
        "codes",
        "cookies",
        "credentials",
        "creds",
        "friends",
        "keys",
        "logins",
        "members",
        "players",
        "secrets",
        "sessions",
        "tokens",
        "users",
    ];
    words(name)
        .iter()
        .any(|word| COLLECTIONS.contains(&word.as_str()))
}

/// Whether a name says that the value is something else than a PlayStation secret.
pub fn is_foreign(name: &str) -> bool {
    has_foreign(&words(name))
}

pub fn has_foreign(words: &[String]) -> bool {
    has_any(words, known_foreign)
}

/// Whether a name says that the value is something else, unless what it belongs
/// to says otherwise.
pub fn is_foreign_alone(name: &str) -> bool {
    has_any(&words(name), |word| FOREIGN_ALONE.contains(&word))
}

/// Whether a word, or two joined by `_`, is one of those looked for.
fn has_any(words: &[String], is: impl Fn(&str) -> bool) -> bool {
    (0..words.len()).any(|first| {
        let two = words
            .get(first + 1)
            .map(|next| format!("{}_{next}", words[first]));
        is(&words[first]) || two.is_some_and(|two| is(&two))
    })
}

fn known_foreign(word: &str) -> bool {
    FOREIGN.binary_search(&word).is_ok() || is_digest(word)
}

/// `sha384`, `blake2b512`: hash functions have a number in their names.
fn is_digest(word: &str) -> bool {
    ["sha", "ssha", "blake", "md"]
        .iter()
        .filter_map(|family| word.strip_prefix(family))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Words for a secret of any kind.
const CREDENTIALS: &[&str] = &[
    "api",
    "auth",
    "cred",
    "credential",
    "credentials",
    "creds",
    "key",
    "keys",
    "pass",
    "pat",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
];

fn is_credential(word: &str) -> bool {
    CREDENTIALS.contains(&word)
}

/// Whether a name says whose secret it is, and that is nobody known: `SMTP_PASSWORD`.
pub fn names_own_secret(name: &str) -> bool {
    let words = words(name);
    const OF_ANY: &[&str] = &["access", "api", "apikey", "id", "refresh"];
    let is_known = |word: &String| {
        GENERIC.binary_search(&word.as_str()).is_ok()
            || OF_ANY.contains(&word.as_str())
            || is_number(word)
    };
    words.iter().any(|word| is_credential(word)) && !words.iter().all(is_known)
}

/// Whether a name is that of some credential, but not of a text that may hold one.
pub fn names_a_credential(name: &str) -> bool {
    const SIGN_INS: [&str; 5] = ["bearer", "sess", "session", "sessions", "sid"];
    words(name)
        .iter()
        .any(|word| is_credential(word) || SIGN_INS.contains(&word.as_str()))
}

/// Whether a sentence is about somebody else's secret: "Discord bot token for
/// the PSN bot".
pub fn is_foreign_phrase(phrase: &str) -> bool {
    let words = words(phrase);
    let is_pair = |pair: &[String]| {
        pair.iter().any(|word| is_credential(word)) && known_foreign(&pair.join("_"))
    };
    words.windows(2).any(is_pair)
        || words.iter().enumerate().any(|(at, word)| {
            known_foreign(word)
                && words[at + 1..]
                    .iter()
                    .take(2)
                    .any(|word| is_credential(word))
        })
}

/// Whether words are about something of PlayStation's that is bought, and no account:
/// "PSN 20USD", "PlayStation card 100 zł".
pub fn is_bought(phrase: &str) -> bool {
    const ACCOUNTS: [&str; 8] = [
        "acc",
        "account",
        "compte",
        "conta",
        "conto",
        "cuenta",
        "konto",
        "аккаунт",
    ];
    let words = words(phrase);
    let is_account = |word: &String| {
        ACCOUNTS.contains(&word.as_str()) || is_credential(word) || word.contains("npsso")
    };
    has_price(phrase) && mentions_ours(phrase) && !words.iter().any(is_account)
}

/// Whether words say how much something costs: "20USD", "100 zł".
pub fn has_price(phrase: &str) -> bool {
    const CURRENCIES: [&str; 20] = [
        "aud", "brl", "cad", "chf", "cny", "eur", "euro", "gbp", "inr", "jpy", "kr", "mxn", "nok",
        "pln", "reais", "rub", "sek", "usd", "zl", "zł",
    ];
    let is = |word: &str| CURRENCIES.contains(&word);
    let words = words(phrase);
    let is_price = |word: &String| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        unit.len() < word.len() && is(unit)
    };
    words.iter().any(is_price)
        || words
            .windows(2)
            .any(|pair| is_number(&pair[0]) && is(&pair[1]))
        || phrase.contains(['€', '£', '₺', '₽', '₴', '₹'])
            && words.iter().any(|word| is_number(word))
}

/// Whether a title is a sentence, not a name: "NPSSO still valid?"
pub fn is_sentence(title: &str) -> bool {
    title.trim_end().ends_with(['?', '!', '.']) && title.split_whitespace().count() > 2
}

/// Whether a text speaks of a key that our secrets are encrypted with: "key used to
/// encrypt the npsso".
pub fn is_key_for_ours(text: &str) -> bool {
    const STEMS: [&str; 14] = [
        "encrypt",
        "decrypt",
        "verschlüssel",
        "entschlüssel",
        "chiffre",
        "cifra",
        "criptogra",
        "szyfr",
        "шифр",
        "krypter",
        "versleutel",
        "şifrele",
        "titkos",
        "salaa",
    ];
    let words = words(text);
    let works = |word: &String| STEMS.iter().any(|stem| word.starts_with(stem));
    words.iter().any(works)
        && words.iter().any(|word| is_key(word))
        && words.iter().any(|word| mentions_ours(word))
}

/// Whether a text denies that a value is an NPSSO or a `pdccws_p`, or a real one: "not an
/// npsso", "kein echter Token". That something is no password of PlayStation's is another
/// matter.
pub fn denies(text: &str) -> bool {
    const REAL: [&str; 11] = [
        "real",
        "actual",
        "genuine",
        "echter",
        "echtes",
        "echte",
        "vrai",
        "verdadero",
        "vero",
        "verdadeiro",
        "prawdziwy",
    ];
    const IS: [&str; 11] = [
        "is", "was", "ist", "est", "es", "è", "é", "jest", "är", "er", "это",
    ];
    const ARTICLES: [&str; 11] = [
        "a", "an", "t", "un", "une", "um", "ein", "eine", "een", "et", "en",
    ];
    // Where what denies stands behind, and words are not kept apart.
    const BEHIND: [&str; 7] = ["değil", "아니", "아닙", "نیست", "ではな", "ではあり", "नहीं"];
    let lower = text.to_lowercase();
    if !["npsso", "pdccws"]
        .iter()
        .chain(&REAL)
        .any(|word| lower.contains(word))
    {
        return false;
    }
    let words = words(text);
    let is_ours = |word: &String| word.contains("npsso") || word.contains("pdccws");
    (0..words.len()).any(|at| {
        let rest = &words[at + 1..];
        if is_ours(&words[at]) {
            let is_denied = |word: &String| BEHIND.iter().any(|end| word.starts_with(end));
            return rest.iter().take(2).any(is_denied);
        }
        let own = words[at].as_str();
        if !NOT.contains(&own) && !NEVER.contains(&own) {
            return false;
        }
        let is_verb = |word: &&String| BEEN.contains(&word.as_str());
        let rest = &rest[rest.iter().take_while(is_verb).count()..];
        let is_article = |word: &&String| ARTICLES.contains(&word.as_str());
        let articles = rest.iter().take_while(is_article).count();
        let real = rest[articles..]
            .first()
            .is_some_and(|word| REAL.contains(&word.as_str()));
        let named = rest[articles..].get(usize::from(real));
        // "no npsso given" denies nothing.
        let says_is = at > 0 && IS.contains(&words[at - 1].as_str());
        let is_only_no = words[at] == "no";
        named.is_some_and(|word| {
            is_ours(word) && (says_is || (articles > 0 || real) && !is_only_no)
                || real && is_credential(word)
        })
    })
}

/// Whether a name says that what it names is none, as those in tests do.
pub fn is_fake(name: &str) -> bool {
    const FAKE: [&str; 15] = [
        "bogus", "dummy", "fake", "faked", "falsch", "falsk", "falso", "faux", "fausse",
        "invented", "made_up", "madeup", "mock", "mocked", "phony",
    ];
    has_any(&words(name), |word| FAKE.contains(&word))
}

/// Whether words say what something is for: "for the bot".
pub fn is_purpose(phrase: &str) -> bool {
    begins_with_purpose(&words(phrase))
}

fn begins_with_purpose(words: &[String]) -> bool {
    const FOR: [&str; 12] = [
        "dla", "for", "für", "para", "per", "pour", "pre", "pro", "til", "till", "voor", "для",
    ];
    (words.first()).is_some_and(|first| FOR.contains(&first.as_str()))
}

/// The last word of a sentence that is written like a name in a program.
pub fn own_identifier(phrase: &str) -> Option<&str> {
    phrase
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .rfind(|word| {
            let is_constant = word.len() > 4 && word.chars().all(|c| c.is_uppercase() || c == '_');
            let is_joined = word.trim_matches('_').contains('_');
            is_constant || is_joined
        })
        .filter(|word| names_own_secret(word) || is_foreign(word))
}

/// Beginnings of the words for a key in languages in which they have endings.
const KEY_STEMS: &[&str] = &[
    "anahtar",
    "avain",
    "cheie",
    "chiave",
    "clave",
    "clé",
    "khoá",
    "khóa",
    "ključ",
    "klucz",
    "klíč",
    "kulcs",
    "kunci",
    "nyckel",
    "nøgle",
    "nøkkel",
    "raktas",
    "schlüssel",
    "sleutel",
    "κλειδ",
    "ключ",
];
/// The same, and of other secrets that are no token, where words are not kept apart.
const KEY_PARTS: &[&str] = &[
    "avain",
    "kulcs",
    "nyckel",
    "nøgle",
    "nøkkel",
    "schlüssel",
    "sleutel",
    "キー",
    "鍵",
    "密钥",
    "密鑰",
    "키",
    "مفتاح",
    "passwort",
    "パスワード",
    "密码",
    "пароль",
];

/// Whether a word is one for a key in some language.
fn is_key(word: &str) -> bool {
    matches!(
        word,
        "key" | "keys" | "chave" | "licence" | "license" | "webhook"
    ) || KEY_STEMS.iter().any(|stem| word.starts_with(stem))
        || KEY_PARTS.iter().any(|part| word.contains(part))
}

/// Whether words are about a key or a password of something: "my supporter key is",
/// "la clé du tableau". A token or a code can be anybody's.
pub fn is_about_a_key(phrase: &str) -> bool {
    let words = words(phrase);
    const OF_NOBODY: [&str; 20] = [
        "and", "das", "dein", "den", "der", "die", "her", "here", "his", "ist", "mein", "meu",
        "mon", "our", "public", "that", "the", "this", "with", "your",
    ];
    let says = |word: &String| {
        word.chars().count() > 2
            && !OF_NOBODY.contains(&word.as_str())
            && !is_key(word)
            && !mentions_ours(word)
    };
    is_password(phrase)
        || words.iter().enumerate().any(|(at, word)| {
            // "the pager's key"
            let before = words[..at].iter().rev().find(|word| *word != "s");
            // What follows within a few words is whose it is.
            let after = words[at + 1..].iter().take(4);
            // "secret for the relay", but not "secret for dad"
            let purpose = words.get(at + 1..).unwrap_or(&[]);
            let is_for = begins_with_purpose(purpose)
                && (purpose[1..].iter().take(3)).any(|word| says(word) && !says_nothing(word))
                && !purpose.iter().any(|word| is_sonys(word));
            let is_whose = before.is_some_and(says) || is_for;
            matches!(word.as_str(), "secret" | "secrets") && is_whose
                || is_key(word)
                    && (word.chars().count() > 12 && !word.is_ascii()
                        || KEY_PARTS
                            .iter()
                            .any(|part| word.contains(part) && word != part)
                        || before.is_some_and(says)
                        || after.clone().any(says))
        })
}

/// Whether words are about a token of something else: "camera token", "DynDNS update token".
pub fn is_about_another_token(phrase: &str) -> bool {
    says_whose_token(phrase, 1)
}

/// The same in several words: "donation widget token". One can be whose account it is.
pub fn is_about_the_token_of_a_thing(phrase: &str) -> bool {
    says_whose_token(phrase, 2) && !words(phrase).iter().any(|word| is_sonys(word))
}

fn is_sonys(word: &str) -> bool {
    word.contains("sony") || matches!(word, "ps3" | "ps4" | "ps5")
}

/// Whether at least so many words right before that for a token say which one it is.
fn says_whose_token(phrase: &str, least: usize) -> bool {
    const SAYS_WHICH: [&str; 22] = [
        "actual", "alte", "alter", "backup", "current", "first", "fresh", "last", "latest", "long",
        "neue", "neuer", "next", "other", "previous", "real", "same", "second", "secret", "spare",
        "valid", "working",
    ];
    let words = words(phrase);
    words.iter().enumerate().any(|(at, word)| {
        let whose = words[..at]
            .iter()
            .rev()
            .take(2)
            .filter(|word| !says_nothing(word) && !SAYS_WHICH.contains(&word.as_str()))
            .count();
        // "bob's token"
        let is_persons = at > 0 && words[at - 1] == "s";
        is_credential(word) && whose >= least && !is_persons
    })
}

/// Whether a text for people says what a secret is of: up to the first "in" or "for".
pub fn is_foreign_subject(phrase: &str) -> bool {
    let words = words(phrase);
    let end = words
        .iter()
        .position(|word| matches!(word.as_str(), "in" | "on" | "at" | "from" | "for"))
        .unwrap_or(words.len());
    has_foreign(&words[..end])
}

/// Whether the words before a value have a subject of their own: several words that say
/// something, and none that stands for any secret or for whom it belongs to.
pub fn says_something(phrase: &str) -> bool {
    const OF_ANY: [&str; 20] = [
        "code", "cookie", "cookies", "de", "it", "its", "key", "login", "mein", "meine", "mi",
        "mine", "mio", "mon", "my", "one", "session", "token", "value", "your",
    ];
    let words = words(phrase);
    let says = |word: &&String| word.len() >= 4 && word.is_ascii() && !says_nothing(word);
    words.iter().filter(says).count() >= 2
        && !words.iter().any(|word| {
            OF_ANY.contains(&word.as_str()) || is_credential(word) || mentions_ours(word)
        })
}

/// Whether words speak of a token, a cookie or the like, or of the page that shows one.
pub fn mentions_a_credential(phrase: &str) -> bool {
    let words = words(phrase);
    words.iter().any(|word| {
        is_credential(word) || word.contains("sony") || word == "ssocookie" || word == "64"
    })
}

/// Whether words name a secret of these, or PlayStation.
pub fn mentions_ours(phrase: &str) -> bool {
    words(phrase).iter().any(|word| {
        word.contains("npsso")
            || word.contains("pdccws")
            || word.contains("psn")
            || word.contains("playstation")
    })
}

/// What is made of a secret, or only goes with it.
const MADE_OF_IT: &[&str] = &[
    "aes",
    "age",
    "alert",
    "cache",
    "check",
    "checks",
    "checksum",
    "cipher",
    "ciphertext",
    "correlation",
    "count",
    "crc",
    "created",
    "cron",
    "crypt",
    "csrf",
    "ct",
    "derivation",
    "digest",
    "enc",
    "encrypted",
    "encryption",
    "chiffrement",
    "cifrado",
    "cifratura",
    "criptografia",
    "kryptering",
    "sifreleme",
    "szyfrowania",
    "verschluesselung",
    "verschlüsselung",
    "versleuteling",
    "şifreleme",
    "шифрования",
    "加密",
    "暗号化",
    "암호화",
    "error",
    "etag",
    "event",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "fernet",
    "fingerprint",
    "fp",
    "hash",
    "hashed",
    "hashes",
    "hmac",
    "id",
    "ids",
    "iv",
    "job",
    "jwt",
    "kdf",
    "kek",
    "kms",
    "lease",
    "length",
    "lock",
    "lookup",
    "mac",
    "masked",
    "master",
    "nonce",
    "pepper",
    "queue",
    "ref",
    "reference",
    "refresh",
    "reminder",
    "renewal",
    "req",
    "request",
    "rotation",
    "salt",
    "seal",
    "sealed",
    "sealing",
    "seed",
    "sha",
    "sig",
    "signature",
    "signing",
    "status",
    "sync",
    "tag",
    "thumbprint",
    "ticket",
    "trace",
    "tracking",
    "ttl",
    "updated",
    "used",
    "verifier",
    "watcher",
    "worker",
    "wrapped",
    "wrapping",
];

/// What stands for something that is no secret, at the end of what is said.
const REFERENCES: &[&str] = &[
    "aanvraag",
    "anfrage",
    "anmodning",
    "auftrag",
    "batch",
    "begäran",
    "bestellung",
    "build",
    "case",
    "cerere",
    "commande",
    "commit",
    "correlation",
    "demande",
    "event",
    "exec",
    "execution",
    "fixture",
    "forespørsel",
    "förfrågan",
    "id",
    "ids",
    "incident",
    "invoice",
    "job",
    "kérés",
    "körning",
    "order",
    "pedido",
    "permintaan",
    "požadavek",
    "pyyntö",
    "ray",
    "ref",
    "reference",
    "req",
    "request",
    "requête",
    "revision",
    "richiesta",
    "rid",
    "run",
    "sipariş",
    "state",
    "solicitud",
    "span",
    "talep",
    "task",
    "ticket",
    "trace",
    "transaction",
    "txn",
    "uuid",
    "verzoek",
    "vorgang",
    "zamówienie",
    "zgłoszenie",
    "żądania",
    "żądanie",
    "заказ",
    "запит",
    "запиту",
    "запрос",
    "запроса",
    "заявка",
    "注文",
    "订单",
    "요청",
];

/// Whether a name is nothing but that of something that is made of a secret, goes with
/// it or stands for something: `ct`, `mac`, `request_id`, `cache_key`.
pub fn is_reference(name: &str) -> bool {
    let words = words(name);
    let is_listed = |word: &String| {
        MADE_OF_IT.contains(&word.as_str())
            || REFERENCES.contains(&word.as_str())
            || is_digest(word)
    };
    let is_plural = |word: &String| {
        word.strip_suffix('s')
            .is_some_and(|word| is_listed(&word.to_owned()))
    };
    let is_listed = |word: &String| is_listed(word) || is_plural(word);
    words.iter().any(is_listed)
        && words
            .iter()
            .all(|word| is_listed(word) || says_nothing(word))
}

/// Whether words end with the word for something that stands for something: "for request".
pub fn refers(phrase: &str) -> bool {
    const NUMBERS: [&str; 6] = ["no", "nr", "num", "number", "nummer", "número"];
    let words = words(phrase);
    let last = words.iter().rfind(|word| !NUMBERS.contains(&word.as_str()));
    last.is_some_and(|last| REFERENCES.contains(&last.as_str()) || is_number_of_something(last))
}

/// "Bestellnummer", "订单号": the number of something; but an account has one too.
fn is_number_of_something(word: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        "kennung", "nummer", "nummeret", "numero", "numret", "szám", "号", "號", "编号", "編號",
        "番号", "번호",
    ];
    const ACCOUNTS: [&str; 4] = ["账号", "帳號", "账户号", "계정번호"];
    ENDINGS
        .iter()
        .any(|end| word.ends_with(end) && word.len() > end.len())
        && !ACCOUNTS.contains(&word)
}

/// Whether words are about the number of something, and about no secret.
pub fn is_about_a_number(phrase: &str) -> bool {
    let words = words(phrase);
    words.iter().any(|word| is_number_of_something(word))
        && !words
            .iter()
            .any(|word| is_credential(word) || word.contains("npsso"))
}

/// Whether a name ends as that of a credential of its own kind: `web_session_key`.
pub fn is_own_credential(name: &str) -> bool {
    let words = words(name);
    words.len() > 1
        && words
            .last()
            .is_some_and(|last| matches!(last.as_str(), "key" | "password" | "secret" | "token"))
        && names_own_secret(name)
        && !words.iter().any(|word| mentions_ours(word))
}

/// Whether a name ends as that of something that stands for something: `psn_lock`,
/// `x-psn-correlation-id`.
pub fn ends_as_reference(name: &str) -> bool {
    let words = words(name);
    !are_sorted(&words)
        && words.last().is_some_and(|word| {
            MADE_OF_IT.contains(&word.as_str()) || REFERENCES.contains(&word.as_str())
        })
}

/// Whether words say where something comes from: "npsso from the request".
pub fn comes_from(words: &[String]) -> bool {
    const FROM: [&str; 14] = [
        "aus", "dal", "del", "della", "fra", "from", "från", "od", "out", "uit", "vom", "von", "z",
        "из",
    ];
    (words.first()).is_some_and(|first| FROM.contains(&first.as_str()))
}

/// Whether words end with "in order", which is no order that somebody gave.
fn are_sorted(words: &[String]) -> bool {
    matches!(words, [.., before, last] if before == "in" && last == "order")
}

/// Whether a name is that of a password: a secret that somebody types, and no token.
pub fn is_password(name: &str) -> bool {
    const PASSWORDS: &[&str] = &[
        "adgangskode",
        "contraseña",
        "contrasena",
        "hasło",
        "haslo",
        "heslo",
        "kennwort",
        "lösenord",
        "parola",
        "passcode",
        "passphrase",
        "passwd",
        "passwort",
        "password",
        "passwords",
        "psw",
        "pw",
        "pwd",
        "salasana",
        "senha",
        "wachtwoord",
        "şifre",
        "пароль",
        "パスワード",
        "密码",
        "비밀번호",
        "비번",
    ];
    // "parolası", "пароля"
    const STEMS: [&str; 7] = [
        "hasł",
        "jelsz",
        "kennwort",
        "parola",
        "parole",
        "şifre",
        "парол",
    ];
    let is_one = |word: &String| {
        PASSWORDS.contains(&word.as_str()) || STEMS.iter().any(|stem| word.starts_with(stem))
    };
    words(name).iter().any(is_one)
        || name.to_lowercase().contains("mot de passe")
        || name.to_lowercase().contains("mot_de_passe")
}

/// Whether a word is that of a value that is computed from another one.
fn is_computed(word: &str) -> bool {
    const COMPUTED: [&str; 14] = [
        "minisign",
        "checksum",
        "crc",
        "digest",
        "encrypted",
        "etag",
        "fingerprint",
        "hash",
        "hashed",
        "hmac",
        "mac",
        "masked",
        "sealed",
        "signature",
    ];
    COMPUTED.contains(&word) || is_digest(word) || word == "sha"
}

/// Words between a name and its value.
const COPULAS: &[&str] = &[
    "are", "as", "at", "be", "das", "dein", "der", "die", "equals", "era", "es", "est", "for",
    "is", "ist", "mein", "meine", "meu", "minha", "mio", "mon", "nasz", "now", "nu", "och", "of",
    "the", "to", "war", "was", "with", "är", "è", "é", "мой", "это",
];

/// Words that deny.
const NOT: [&str; 32] = [
    "bukan", "ei", "geen", "ikke", "inte", "isn", "kein", "keine", "keinen", "không", "nada",
    "nem", "není", "never", "nicht", "nichts", "nie", "niente", "niet", "nije", "no", "non", "not",
    "nothing", "não", "pas", "rien", "sin", "wasn", "without", "δεν", "не",
];

/// The same of all times, where they deny what something is: "n'a jamais été un …".
const NEVER: [&str; 8] = [
    "aldri",
    "aldrig",
    "jamais",
    "jamás",
    "nigdy",
    "nooit",
    "nunca",
    "никогда",
];
/// What stands between such a word and what it denies.
const BEEN: [&str; 8] = ["be", "been", "foi", "fue", "ser", "sido", "stato", "été"];

/// Whether words about a secret end as words about something else: "npsso expired for
/// request", "hash of the npsso".
pub fn mentions_otherwise(phrase: &str) -> bool {
    let words = words(phrase);
    let Some(at) = words
        .iter()
        .rposition(|word| word.contains("sso") || word.contains("cws"))
    else {
        return false;
    };
    let before = &words[at.saturating_sub(3)..at];
    let said = words[at + 1..]
        .iter()
        .rev()
        .find(|word| !COPULAS.contains(&word.as_str()))
        .filter(|_| !are_sorted(&words) && !comes_from(&words[at + 1..]));
    let denied = words[at.saturating_sub(5)..at]
        .iter()
        .any(|word| NOT.contains(&word.as_str()));
    // "no longer logged when session": not "npsso session".
    let of_session = words.len() > at + 3 && words.last().is_some_and(|last| last == "session");
    let is_other = |last: &str| REFERENCES.contains(&last) || is_computed(last);
    denied
        || of_session
        || before.iter().any(|word| is_computed(word))
        || said.is_some_and(|last| {
            is_other(last)
                || last.strip_suffix('s').is_some_and(is_other)
                || last.strip_suffix("es").is_some_and(is_other)
        })
}

/// Whether a name is that of a file that is sent around: `psn-sync_2.3.1.tar.gz`.
pub fn is_file_name(name: &str) -> bool {
    const FILES: [&str; 14] = [
        ".apk", ".deb", ".dmg", ".exe", ".gz", ".ipa", ".iso", ".jar", ".msi", ".rpm", ".tgz",
        ".whl", ".xz", ".zip",
    ];
    let lower = name.to_ascii_lowercase();
    // `psnbot.sid` is the session of whoever calls a cookie so.
    FILES.iter().any(|file| lower.ends_with(file)) || lower.ends_with(".sid")
}

/// Whether what is said behind a value, or in a comment, names it: "is my npsso",
/// "# npsso of dad", but not "# get your npsso first".
pub fn names_from_behind(text: &str) -> bool {
    const BETWEEN: [&str; 20] = [
        "a", "account", "current", "dad", "dev", "fresh", "her", "his", "main", "mom", "my", "new",
        "old", "our", "s", "test", "this", "todo", "valid", "your",
    ];
    // `echo … | wrangler secret put NPSSO`
    if text.trim_start().starts_with('|') {
        return text.split_whitespace().last().is_some_and(mentions_ours);
    }
    // `assert_eq("…", parsed.npsso)`: the next argument.
    if let Some(next) = text.trim_start().strip_prefix(',') {
        let argument = next.split_whitespace().next().unwrap_or("");
        return mentions_ours(argument);
    }
    let words = words(text);
    let before = words.iter().take_while(|word| !mentions_ours(word));
    before
        .clone()
        .all(|word| BETWEEN.contains(&word.as_str()) || COPULAS.contains(&word.as_str()))
        && (before.count() <= 4 || !words.iter().any(|word| mentions_ours(word)))
}

/// Whether a text goes on from a value with "is" in some language.
pub fn begins_with_copula(text: &str) -> bool {
    words(text).first().is_some_and(|word| is_copula(word))
}

pub fn is_copula(word: &str) -> bool {
    [
        "is", "was", "ist", "war", "est", "es", "era", "è", "é", "to", "это",
    ]
    .contains(&word)
}

/// Whether a text says of a value what it is: "this is the …", "c'est le …".
pub fn says_what_it_is(text: &str) -> bool {
    const THIS: [&str; 17] = [
        "c", "ce", "das", "dat", "det", "dies", "dit", "eso", "esto", "isso", "isto", "it",
        "questo", "that", "this", "to", "ça",
    ];
    // Where words are not kept apart.
    const JOINED: [&str; 7] = ["这是", "這是", "那是", "これは", "それは", "이게", "이건"];
    let words = words(text);
    let this = words
        .iter()
        .take_while(|word| THIS.contains(&word.as_str()));
    let this = this.count();
    let is_joined = |word: &String| JOINED.iter().any(|this| word.starts_with(this));
    words.first().is_some_and(is_joined)
        || this > 0
            && words
                .get(this)
                .is_some_and(|word| is_copula(word) || word == "s")
        || words.first().is_some_and(|word| word == "это")
}

/// Whether words end by denying that something is Sony's: "không phải của Sony".
pub fn ends_as_not_sonys(phrase: &str) -> bool {
    const BETWEEN: usize = 3;
    let words = words(phrase);
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let is_sonys = ["sony", "psn", "playstation"].contains(&last.as_str());
    let mut close = before.iter().rev().take(BETWEEN);
    is_sonys && close.any(|word| NOT.contains(&word.as_str()))
}

/// Whether a name is that of a part of a program: `psn-dashboard`.
pub fn is_part(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "admin",
        "backup",
        "broker",
        "cron",
        "dashboard",
        "database",
        "db",
        "deploy",
        "exporter",
        "forum",
        "grafana",
        "hook",
        "ingest",
        "mail",
        "metrics",
        "monitor",
        "panel",
        "proxy",
        "queue",
        "relay",
        "scheduler",
        "search",
        "sentry",
        "shop",
        "smtp",
        "ssh",
        "stats",
        "telemetry",
        "vpn",
        "webhook",
        "widget",
        "wifi",
    ];
    words(name)
        .iter()
        .any(|word| PARTS.contains(&word.as_str()))
}

/// Whether a callee computes something with a key: the key is no first argument.
pub fn is_cryptographic(callee: &str) -> bool {
    const CRYPTOGRAPHIC: &[&str] = &[
        "aes", "crypt", "decrypt", "digest", "encrypt", "hash", "hmac", "jwt", "sign", "verify",
    ];
    words(callee)
        .iter()
        .any(|word| CRYPTOGRAPHIC.contains(&word.as_str()))
}

/// Whether all that a name says is PlayStation: `psn_token`, but not `psn-deps`.
pub fn says_only_ours(name: &str) -> bool {
    words(name)
        .iter()
        .all(|word| mentions_ours(word) || says_nothing(word))
}

/// Whether a name of something of PlayStation's is that of a part of a program, not of
/// a person's secret: `PSN_PROXY_PASSWORD`, `psn_dashboard_key`.
pub fn is_component(name: &str) -> bool {
    const OF_PROGRAMS: &[&str] = &[
        "key",
        "pass",
        "passphrase",
        "passwd",
        "password",
        "pin",
        "pwd",
        "salt",
        "secret",
    ];
    let words = words(name);
    let is_part = is_part(name);
    let is_credential = words.iter().any(|word| is_credential(word));
    let of_program = words
        .last()
        .is_some_and(|last| OF_PROGRAMS.contains(&last.as_str()));
    let is_known = |word: &String| {
        [
            "psn",
            "playstation",
            "ps4",
            "ps5",
            "ps",
            "sony",
            "play",
            "station",
        ]
        .contains(&word.as_str())
            || GENERIC.binary_search(&word.as_str()).is_ok()
            || is_number(word)
    };
    is_part && (is_credential || of_program) || of_program && !words.iter().all(is_known)
}

/// Whether a name that begins with that of a secret ends as something made of
/// the secret, or something that goes with it: `npsso_sha256`, `NPSSO_SALT`.
pub fn derived(name: &str) -> bool {
    const OF_PROGRAMS: [&str; 11] = [
        "admin", "archive", "column", "gateway", "keyring", "proxy", "public", "server", "service",
        "storage", "store",
    ];
    let words = words(name);
    // What stands before the name of the secret says where it is used.
    let after = words
        .iter()
        .rposition(|word| word.contains("sso") || word.contains("cws"))
        .map_or(&words[..], |at| &words[at..]);
    let joined = after.first().is_some_and(|word| {
        word.len() <= 40
            && ["hash", "sha1", "sha256", "md5", "digest", "encrypt"]
                .iter()
                .any(|part| word.contains(part))
    });
    let rest = after.get(1..).unwrap_or(&[]);
    let before = &words[..words.len() - after.len()];
    let was = before.iter().any(|word| {
        ["encrypted", "masked", "wrapped"].contains(&word.as_str()) || is_computed(word)
    });
    let made = was
        || rest
            .iter()
            .any(|word| MADE_OF_IT.contains(&word.as_str()) || is_digest(word));
    // `NPSSO_DISCORD_TOKEN`, `npsso.vault.api-key`, but not `NPSSO_ACCESS_TOKEN`
    let owner = rest.iter().rposition(|word| !is_credential(word));
    let theirs = owner.is_some_and(|at| {
        let (owner, what) = (rest[at].as_str(), &rest[at + 1..]);
        let is_stored = ["session", "cookie", "db"].contains(&owner);
        !what.is_empty() && (known_foreign(owner) || is_stored && what != ["key"])
    });
    // `npsso_proxy_api_key`, `NPSSO_PUBLIC_KEY`: the key of a program.
    let of_program = match rest {
        [of @ .., what] if matches!(what.as_str(), "key" | "pass" | "password" | "secret") => {
            of.iter().any(|of| OF_PROGRAMS.contains(&of.as_str()))
        }
        // `npsso_column_passphrase`: that of what the secrets are kept in.
        [of @ .., what] => what == "passphrase" && !of.is_empty(),
        [] => false,
    };
    joined || made || theirs || of_program
}

/// Whether a callee gives one of our secrets, or tells whether something is one: what it
/// takes need not be one. `get_npsso(user)`, `looks_like_npsso(text)`.
pub fn gives_ours(callee: &str) -> bool {
    const GIVES: [&str; 12] = [
        "decrypt", "fetch", "find", "get", "has", "is", "like", "load", "lookup", "read",
        "request", "retrieve",
    ];
    words(callee).windows(2).any(|pair| {
        GIVES.contains(&pair[0].as_str())
            && (pair[1].contains("npsso") || pair[1].contains("pdccws"))
    })
}

/// Whether a callee takes the secret of something else.
pub fn is_other_callee(callee: &str) -> bool {
    // `decodeURIComponent`, `getPath`: what these take can be anything.
    const OF_ANYTHING: &[&str] = &["asset", "filename", "host", "image", "path", "uri", "url"];
    let words = words(callee);
    let last = &words[words.len().saturating_sub(2)..];
    has_foreign(last) && !last.iter().any(|word| OF_ANYTHING.contains(&word.as_str()))
}

/// Whether a callee says nothing about its argument.
pub fn is_generic_callee(callee: &str) -> bool {
    const CALLEES: &[&str] = &[
        "api",
        "app",
        "application",
        "arc",
        "as",
        "assert",
        "b64",
        "begin",
        "browser",
        "buffer",
        "build",
        "builder",
        "by",
        "case",
        "check",
        "console",
        "context",
        "controller",
        "debug",
        "decode",
        "document",
        "encode",
        "eq",
        "equal",
        "equals",
        "error",
        "exchange",
        "exchanger",
        "expect",
        "factory",
        "fetch",
        "fmt",
        "fprintf",
        "fprintln",
        "generate",
        "handler",
        "helper",
        "inline",
        "insert",
        "instance",
        "into",
        "io",
        "line",
        "load",
        "logger",
        "make",
        "manager",
        "model",
        "of",
        "ok",
        "on",
        "optional",
        "owned",
        "page",
        "parse",
        "print",
        "printf",
        "println",
        "process",
        "provider",
        "push",
        "query",
        "rc",
        "read",
        "ref",
        "refresh",
        "retrieve",
        "script",
        "server",
        "service",
        "sprintf",
        "state",
        "storage",
        "strip",
        "theory",
        "trim",
        "util",
        "utils",
        "validate",
        "verify",
        "window",
        "worker",
        "wrapper",
        "write",
        "writer",
    ];
    words(callee).iter().all(|word| {
        GENERIC.binary_search(&word.as_str()).is_ok()
            || is_number(word)
            || CALLEES.contains(&word.as_str())
    })
}

fn says_nothing(word: &str) -> bool {
    word.len() <= 2 || is_number(word) || GENERIC.binary_search(&word).is_ok()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of an identifier or a label, in lower case: cut at everything that
/// is no letter or digit, and where lower case becomes upper case.
pub fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let characters: Vec<char> = without_values(name).chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            out.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1);
        let hump = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if hump {
            out.push(String::new());
        }
        out.last_mut()
            .expect("there is a word")
            .extend(character.to_lowercase());
    }
    out.retain(|word| !word.is_empty());
    out
}

/// A name without the pieces of it that are values themselves: what their
/// letters spell by chance means nothing.
fn without_values(name: &str) -> Cow<'_, str> {
    const LONGEST_NAME: usize = 30;
    let is_value = |piece: &str| {
        let count = |is: fn(&char) -> bool| piece.chars().filter(is).count();
        piece.len() > LONGEST_NAME
            && count(char::is_ascii_digit) >= 2
            && count(char::is_ascii_uppercase) >= 4
    };
    let pieces = name.split(|c: char| !c.is_alphanumeric());
    match pieces.clone().any(is_value) {
        false => name.into(),
        true => pieces
            .filter(|piece| !is_value(piece))
            .collect::<Vec<_>>()
            .join(" ")
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_secret_is_told_from_it() {
        for name in [
            "npsso_sha256",
            "NPSSO_SALT",
            "npssoHash",
            "encryptedNpsso",
            "NPSSO_DISCORD_TOKEN",
            "npsso_column_passphrase",
            "npssoStorePassphrase",
            "npsso.vault.api-key",
            "NPSSO-STORE-KEY",
        ] {
            assert!(derived(name), "{name}");
        }
        for name in [
            "NPSSO_KEY",
            "npssoSecretKey",
            "NPSSO_ACCESS_TOKEN",
            "DISCORD_NPSSO",
            "NPSSO_DAD",
            "npsso_passphrase",
            "npssoApiKey",
            "npsso_account_password",
        ] {
            assert!(!derived(name), "{name}");
        }
    }

    #[test]
    fn names_are_cut_into_words() {
        assert_eq!(words("myNpssoToken_2"), ["my", "npsso", "token", "2"]);
        assert_eq!(words("PSNToken"), ["psn", "token"]);
        assert_eq!(words("X-Api-Key"), ["x", "api", "key"]);
    }

    #[test]
    fn generic_and_foreign_names_are_told_apart() {
        for name in [
            "TOKEN",
            "ENV_AUTH",
            "userToken",
            "webSessionToken",
            "n",
            "cookie",
            "auth.value",
        ] {
            assert!(is_generic(name) && !is_foreign(name), "{name}");
        }
        for name in [
            "DISCORD_TOKEN",
            "jwtSecret",
            "SECRET_KEY",
            "sha256",
            "connect.sid",
        ] {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["x-api-key", "access_token", "userId"] {
            assert!(is_foreign_alone(name) && !is_foreign(name), "{name}");
        }
        assert!(!is_generic("acmeToken") && !is_foreign("acmeToken"));
    }
}
