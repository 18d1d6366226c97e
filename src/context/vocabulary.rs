//! What the words of a name say: nothing, or that a value is something else.

use std::borrow::Cow;

use super::word_lists::{FOREIGN, FOREIGN_ALONE, GENERIC};

/// Whether every word of a name says nothing about what it names.
pub fn is_generic(name: &str) -> bool {
    words(name).iter().all(|word| says_nothing(word))
}

/// Whether every word of a name that a record gives itself says nothing. A short
/// one, such as the cookie `_ga`, is a name all the same.
pub fn is_generic_title(name: &str) -> bool {
    words(name)
        .iter()
        .all(|word| is_number(word) || GENERIC.binary_search(&word.as_str()).is_ok())
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

fn has_foreign(words: &[String]) -> bool {
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
    const SESSIONS: [&str; 4] = ["sess", "session", "sessions", "sid"];
    words(name)
        .iter()
        .any(|word| is_credential(word) || SESSIONS.contains(&word.as_str()))
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

/// Whether a name that begins with that of a secret ends as something made of
/// the secret, or something that goes with it: `npsso_sha256`, `NPSSO_SALT`.
pub fn derived(name: &str) -> bool {
    const MADE_OF_IT: &[&str] = &[
        "aes",
        "cache",
        "checksum",
        "cipher",
        "ciphertext",
        "crc",
        "crypt",
        "csrf",
        "digest",
        "enc",
        "encrypted",
        "encryption",
        "etag",
        "fernet",
        "fingerprint",
        "hash",
        "hashed",
        "hashes",
        "hmac",
        "iv",
        "jwt",
        "kek",
        "masked",
        "master",
        "nonce",
        "pepper",
        "salt",
        "sealed",
        "sig",
        "signature",
        "signing",
        "thumbprint",
        "verifier",
        "wrapped",
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
        ["encrypted", "hashed", "masked", "sealed", "wrapped"].contains(&word.as_str())
    });
    let made = was
        || rest
            .iter()
            .any(|word| MADE_OF_IT.contains(&word.as_str()) || is_digest(word));
    // `NPSSO_DISCORD_TOKEN`, but not `NPSSO_ACCESS_TOKEN`
    let theirs = match rest {
        [.., owner, what] if is_credential(what) => {
            known_foreign(owner)
                || ["session", "cookie", "db"].contains(&owner.as_str()) && what != "key"
        }
        _ => false,
    };
    // `npsso_proxy_api_key`, `NPSSO_PUBLIC_KEY`: the key of a program.
    let of_program = match rest {
        [of @ .., what] if matches!(what.as_str(), "key" | "pass" | "password" | "secret") => of
            .iter()
            .any(|of| ["admin", "proxy", "public", "server", "service"].contains(&of.as_str())),
        _ => false,
    };
    joined || made || theirs || of_program
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
fn words(name: &str) -> Vec<String> {
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
        ] {
            assert!(derived(name), "{name}");
        }
        for name in [
            "NPSSO_KEY",
            "npssoSecretKey",
            "NPSSO_ACCESS_TOKEN",
            "DISCORD_NPSSO",
            "NPSSO_DAD",
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
