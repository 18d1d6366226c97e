//! Words in names: those that say nothing, and those that say that a value is something else.

/// Words that a value of any kind is called. A name made of nothing else
/// leaves open what the value is, so the text around it may decide.
const GENERIC: &[&str] = &[
    "a",
    "account",
    "accounts",
    "acct",
    "add",
    "alt",
    "arg",
    "args",
    "argument",
    "argv",
    "arr",
    "assign",
    "auth",
    "authenticate",
    "authentication",
    "authenticator",
    "authorization",
    "backup",
    "base",
    "bearer",
    "body",
    "bytes",
    "cached",
    "cfg",
    "char",
    "client",
    "code",
    "codes",
    "conf",
    "config",
    "configuration",
    "const",
    "content",
    "contents",
    "cookie",
    "cookies",
    "cred",
    "credential",
    "credentials",
    "creds",
    "current",
    "custom",
    "dad",
    "data",
    "db",
    "def",
    "default",
    "define",
    "dev",
    "echo",
    "entry",
    "env",
    "environ",
    "environment",
    "example",
    "export",
    "field",
    "fixed",
    "friend",
    "from",
    "gamer",
    "get",
    "global",
    "hardcoded",
    "header",
    "headers",
    "http",
    "id",
    "in",
    "info",
    "init",
    "input",
    "is",
    "item",
    "items",
    "jar",
    "json",
    "key",
    "kid",
    "let",
    "list",
    "local",
    "log",
    "login",
    "logon",
    "main",
    "me",
    "member",
    "message",
    "mine",
    "mom",
    "msg",
    "mum",
    "my",
    "name",
    "new",
    "node",
    "note",
    "obj",
    "object",
    "old",
    "option",
    "options",
    "os",
    "out",
    "output",
    "owner",
    "param",
    "parameter",
    "params",
    "pass",
    "passwd",
    "password",
    "pat",
    "payload",
    "person",
    "plain",
    "player",
    "pref",
    "prefs",
    "primary",
    "print",
    "prod",
    "profile",
    "prop",
    "properties",
    "property",
    "public",
    "put",
    "pwd",
    "raw",
    "req",
    "request",
    "res",
    "resp",
    "response",
    "result",
    "ret",
    "return",
    "row",
    "saved",
    "secondary",
    "secret",
    "secrets",
    "self",
    "send",
    "sess",
    "session",
    "set",
    "setting",
    "settings",
    "setup",
    "sign",
    "signin",
    "sso",
    "state",
    "static",
    "store",
    "stored",
    "str",
    "string",
    "temp",
    "test",
    "text",
    "the",
    "this",
    "tmp",
    "to",
    "tok",
    "token",
    "tokens",
    "txt",
    "type",
    "u",
    "update",
    "user",
    "username",
    "users",
    "usr",
    "val",
    "value",
    "values",
    "var",
    "variable",
    "variables",
    "vars",
    "web",
    "with",
    "x",
    "your",
];

/// Names, or parts of names, of something else: digests, other vendors' keys,
/// a program's own secrets. Words of one name are joined by `_`.
const FOREIGN: &[&str] = &[
    "abck",
    "access_key",
    "access_token",
    "akamai",
    "algolia",
    "amazon",
    "android",
    "anthropic",
    "api_key",
    "api_secret",
    "api_token",
    "apikey",
    "app_key",
    "app_secret",
    "apple",
    "appsecret",
    "auth_secret",
    "aws",
    "azure",
    "bcrypt",
    "better_auth",
    "bm_sv",
    "bm_sz",
    "bot_token",
    "build_id",
    "cert",
    "certificate",
    "checksum",
    "cid",
    "cipher",
    "ciphertext",
    "client_id",
    "client_secret",
    "cloudflare",
    "commit",
    "connect_sid",
    "consumer_key",
    "consumer_secret",
    "cookie_secret",
    "crc",
    "csrf",
    "csrftoken",
    "dars",
    "database",
    "datadog",
    "device",
    "deviceid",
    "digest",
    "discord",
    "docker",
    "duid",
    "encrypted",
    "encryption",
    "epic",
    "etag",
    "ethereum",
    "facebook",
    "fcm",
    "fingerprint",
    "firebase",
    "flask",
    "ghp",
    "git",
    "github",
    "gitlab",
    "google",
    "gpg",
    "grafana",
    "hash",
    "hashes",
    "heroku",
    "hmac",
    "honeycomb",
    "id_token",
    "integrity",
    "iv",
    "jsessionid",
    "jwt",
    "kp_uidz",
    "licence",
    "license",
    "linear",
    "linkedin",
    "mailchimp",
    "mailgun",
    "master_key",
    "md5",
    "microsoft",
    "mnemonic",
    "mongo",
    "mongodb",
    "mysql",
    "netlify",
    "nextauth",
    "nexus",
    "nintendo",
    "nonce",
    "notion",
    "npm",
    "openai",
    "openssh",
    "passphrase_salt",
    "paypal",
    "pepper",
    "pgp",
    "phpsessid",
    "plaid",
    "postgres",
    "postgresql",
    "private",
    "private_key",
    "pubkey",
    "public_key",
    "pypi",
    "rails",
    "recaptcha",
    "redis",
    "refresh_token",
    "revision",
    "rsa",
    "s3",
    "salt",
    "scrypt",
    "secret_base",
    "secret_key",
    "secretkey",
    "sendgrid",
    "sentry",
    "service_key",
    "sessid",
    "session_key",
    "session_secret",
    "sha",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "shasum",
    "shopify",
    "sig",
    "signature",
    "signing",
    "signing_key",
    "signing_secret",
    "slack",
    "snyk",
    "solana",
    "sonar",
    "sonarcloud",
    "spotify",
    "square",
    "ssh",
    "steam",
    "stripe",
    "supabase",
    "telegram",
    "thumbprint",
    "trace",
    "traceparent",
    "twilio",
    "twitch",
    "twitter",
    "uuid",
    "vapid",
    "vault",
    "vercel",
    "wallet",
    "webhook",
    "webhook_secret",
    "xbox",
    "xsrf",
    "youtube",
];

/// Whether every word of a name says nothing about what it names.
pub fn is_generic(name: &str) -> bool {
    words(name).iter().all(|word| {
        word.len() <= 2 || is_number(word) || GENERIC.binary_search(&word.as_str()).is_ok()
    })
}

/// Whether a name says that the value is something else than a PlayStation secret.
pub fn is_foreign(name: &str) -> bool {
    let words = words(name);
    (0..words.len()).any(|first| {
        let two = words
            .get(first + 1)
            .map(|next| format!("{}_{next}", words[first]));
        known_foreign(&words[first]) || two.is_some_and(|two| known_foreign(&two))
    })
}

fn known_foreign(word: &str) -> bool {
    FOREIGN.binary_search(&word).is_ok()
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of an identifier or a label, in lower case: cut at everything that
/// is no letter or digit, and where lower case becomes upper case.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let characters: Vec<char> = name.chars().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_searching() {
        assert!(
            GENERIC.is_sorted(),
            "{:?}",
            GENERIC.windows(2).find(|pair| pair[0] > pair[1])
        );
        assert!(
            FOREIGN.is_sorted(),
            "{:?}",
            FOREIGN.windows(2).find(|pair| pair[0] > pair[1])
        );
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
            "x-api-key",
            "access_token",
            "connect.sid",
        ] {
            assert!(is_foreign(name), "{name}");
        }
        assert!(!is_generic("acmeToken") && !is_foreign("acmeToken"));
    }
}
