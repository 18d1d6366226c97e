//! What only looks like a secret stays quiet.

use crate::support::{Project, expand};

fn all_quiet(files: &[(&str, String)]) {
    let mut project = Project::new();
    for (number, (name, text)) in files.iter().enumerate() {
        project = project.file(&format!("{number:03}/{name}"), text);
    }
    let run = project.audit(&["."]);
    assert_eq!(run.places(), Vec::<String>::new());
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn placeholders_are_no_secrets() {
    let values = [
        "<64 character npsso code>".to_owned(),
        "YOUR_NPSSO_CODE_HERE".to_owned(),
        "${{ secrets.NPSSO }}".to_owned(),
        "!secret my_npsso".to_owned(),
        "process.env.NPSSO".to_owned(),
        "x".repeat(64),
        "a".repeat(32) + &"B1".repeat(16),
        "aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkkkllllmmmmnnnnoooopppp".to_owned(),
        [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "abcdefghijklmnopqrstuvwxyz",
            "0123456789AB",
        ]
        .concat(),
        [
            "0123456789",
            "abcdefghijklmnopqrstuvwxyz",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ01",
        ]
        .concat(),
        [
            "qwertyuiop",
            "ASDFGHJKL",
            "zxcvbnm",
            "1234567890",
            "QWERTYUIOP",
            "asdfghjkl",
            "ZXCVBNM1",
        ]
        .concat(),
        [
            "A1b2C3d4E5f6G7h8I9j0",
            "K1l2M3n4O5p6Q7r8S9t0",
            "U1v2W3x4Y5z6A7b8C9d0E1f2",
        ]
        .concat(),
        [
            "thisIsNotARealNpssoToken",
            "ButItIsExactlySixtyFour",
            "CharactersLong123",
        ]
        .concat(),
        [
            "EXAMPLEa1B2c3",
            "EXAMPLEd4E5f6",
            "EXAMPLEg7H8i9",
            "EXAMPLEj0K1l2",
            "EXAMPLEm3N4o",
        ]
        .concat(),
        expand("{{npsso}}")[..63].to_owned(),
        expand("{{npsso}}") + "x",
        expand("{{npsso}}")[..40].to_owned() + "%%%" + &expand("{{npsso}}")[..21],
        expand("{{npsso}}") + "-" + &expand("{{npsso:b}}"),
    ];
    let files: Vec<(&str, String)> = values
        .iter()
        .flat_map(|value| {
            [
                (".env", format!("NPSSO={value}\n")),
                ("bot.py", format!("client = PSNAWP(\"{value}\")\n")),
            ]
        })
        .collect();
    all_quiet(&files);
}

#[test]
fn digests_and_public_constants_are_no_secrets() {
    let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    all_quiet(&[
        ("a.py", format!("npsso = '{sha}'\n")),
        ("a.py", format!("npsso = '{}'\n", sha.to_uppercase())),
        ("op.ts", format!("// web.np.playstation.com\nconst sha256Hash = \"{sha}\"\n")),
        ("npsso.json", format!("{{\"npsso_sha256\": \"{}\"}}\n", expand("{{npsso}}"))),
        ("auth.py", "# psnawp\nh = {'Authorization': 'Basic MDk1MTUxNTktNzIzNy00MzcwLTliNDAtMzgwNmU2N2MwODkxOmFhYWFhYWFhYWFhYWFhYWE='}\n".to_owned()),
        ("search.json", format!("\"url\": \"https://image.api.playstation.com/cdn/EP0001/X_00/{}.png\"\n", expand("{{npsso}}"))),
        ("psn/lock.json", format!("\"integrity\": \"sha512-{}/+aB{}==\"\n", expand("{{npsso}}"), "x9Y".repeat(6))),
    ]);
}

#[test]
fn blocks_of_base64_are_no_secrets() {
    // 64 characters a line, as in PEM, some of them without + and /.
    let line = |name: &str| expand(&format!("{{{{npsso:{name}}}}}"));
    let odd = |name: &str| line(name).replacen(|c: char| c.is_ascii_digit(), "+", 2);
    let body = format!(
        "{}\n{}\n{}\n{}\n{}==\n",
        line("1"),
        odd("2"),
        line("3"),
        odd("4"),
        &line("5")[..22]
    );
    all_quiet(&[
        (
            "npsso.pem",
            format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"),
        ),
        (
            "psn.key",
            format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                line("6")
            ),
        ),
        (
            "psn.ts",
            format!(
                "const key = \"-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n\";\n",
                line("6")
            ),
        ),
        (
            "npsso-mail.eml",
            format!("Content-Transfer-Encoding: base64\n\n{body}"),
        ),
        (
            "psn.patch",
            body.lines().map(|line| format!("+{line}\n")).collect(),
        ),
        (
            "psn.json",
            format!(
                "\"jwt\": \"eyJhbGciOiJIUzI1NiJ9.{}.{}\"\n",
                line("7"),
                &line("8")[..43]
            ),
        ),
    ]);
}

#[test]
fn long_blocks_of_base64_hold_nothing_by_chance() {
    // Among a million random characters, some 64 in a row hold no + and no /.
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 20;
    let mut text = String::new();
    for _ in 0..3_000_000 {
        // Numerical Recipes' linear congruential generator
        state = u64::wrapping_add(
            u64::wrapping_mul(state, 6364136223846793005),
            1442695040888963407,
        );
        text.push(char::from(LETTERS[(state >> 58) as usize]));
    }
    for columns in [60, 64, 72, 76] {
        let lines: Vec<&str> = (0..text.len() / columns)
            .map(|line| &text[line * columns..(line + 1) * columns])
            .collect();
        let mail = format!("Subject: psn npsso\n\n{}\n", lines.join("\n"));
        let run =
            Project::new()
                .file("psn/mail.eml", &mail)
                .audit(&["--min-confidence", "low", "."]);
        assert_eq!(run.places(), Vec::<String>::new(), "{columns} columns");
    }
}

#[test]
fn secrets_of_something_else_stay_quiet_next_to_playstation_code() {
    let names = [
        "DISCORD_TOKEN",
        "JWT_SECRET",
        "SECRET_KEY",
        "SESSION_SECRET",
        "STRIPE_WEBHOOK_SECRET",
        "api_key",
        "X-Api-Key",
        "accessToken",
        "refresh_token",
        "client_secret",
        "SUPABASE_SERVICE_KEY",
        "NEXTAUTH_SECRET",
        "csrf_token",
        "etag",
        "nonce",
        "PSN_CLIENT_SECRET",
        "acmeTicket",
    ];
    let files: Vec<(&str, String)> = names
        .iter()
        .map(|name| {
            (
                ".env",
                format!(
                    "# psn bot\nNPSSO=\nPSN_REGION=eu\n{name}={}\n",
                    expand("{{npsso}}")
                ),
            )
        })
        .collect();
    all_quiet(&files);
    all_quiet(&[
        (
            "psn.csv",
            format!("account,npsso,checksum\nbob,-,{}\n", expand("{{npsso}}")),
        ),
        (
            "bot.py",
            format!(
                "import psnawp, stripe\nstripe.Webhook('{}')\n",
                expand("{{npsso}}")
            ),
        ),
        (
            "bot.js",
            format!(
                "// ca.account.sony.com\nkey = 'sk_live_{}'\n",
                expand("{{npsso}}")
            ),
        ),
    ]);
}

#[test]
fn a_secret_below_an_empty_assignment_is_not_named_by_it() {
    for text in [
        "NPSSO=\nJWT_SECRET=T64\n",
        "PSN_TOKEN=\r\nDISCORD_TOKEN=T64\r\n",
        "pdccws_p=\nACME_KEY=T64\n",
        "# see the page of the wiki on how to set NPSSO=\nDATADOG_APP_KEY=T64\n",
        "{\"notes\":\"# see the page of the wiki on how to set NPSSO=\\nACME_KEY=T64\\n\"}",
    ] {
        all_quiet(&[(".env", text.replace("T64", &expand("{{npsso}}")))]);
    }
}

#[test]
fn the_closest_name_or_section_says_what_a_value_is() {
    let texts = [
        "services:\n  psn:\n    environment:\n      - ACME_KEY=T64\n",
        "name: psn-bot\nenv:\n  SMTP_PASSWORD: T64\n",
        "[psn]\nzyte_key = T64\n",
        "psn:\n  npsso: ${NPSSO}\nsmtp:\n  password: T64\n",
        "psn:\n  npsso: ${NPSSO}\nserver:\n  secret: T64\n",
        "[psn]\nnpsso = \"\"\n\n[smtp]\npassword = \"T64\"\n",
        "import { exchangeNpssoForCode } from \"psn-api\";\napp.use(session({ secret: \"T64\" }));\n",
        "from psnawp_api import PSNAWP\nclient = OpenAI(\"T64\")\n",
        "curl -H \"Authorization: Bearer T64\" https://api.acme.example/v1 # psn sync\n",
        "NPSSO_SALT=T64\n",
        "NPSSO_DISCORD_TOKEN=T64\n",
        "encryptedNpsso = \"T64\"\n",
        "PSN_CRON_SECRET=T64\n",
        "PSNR_TOKEN=T64\n",
        "INSERT INTO users (id,npsso,salt) VALUES (1,NULL,'T64');\n",
        "INSERT INTO users (id,npsso,remember_me) VALUES (1,NULL,'T64');\n",
        "{\"npsso\": null, \"x\": \"T64\"}\n",
        "// psn-api\nconst db = new Client({ password: \"T64\", host: \"localhost\" });\n",
        "// psn-api\nfastify.register(cookie, { secret: \"T64\" });\n",
        "psn:\n  npsso: ${NPSSO}\nhttp:\n  password: T64\n",
        "{\"cookies\":[{\"value\":\"T64\",\"domain\":\"trophies.example\",\"name\":\"auth_token\"},{\"name\":\"x\",\"domain\":\".sony.com\"}]}\n",
        "resolved \"https://registry.example/psn-api/-/psn-api-2.0.0.tgz#T64\"\n",
        "https://cdn.example/1/psn.png?ex=65&hm=T64&\n",
        "NPSSO_PUBLIC_KEY=T64\n",
        "npsso_server_api_key=T64\n",
        "SONY_MUSIC_API_KEY=T64\n",
        "api_key,npsso\nT64,\n",
        "PSN_ACCESS_TOKEN: {\"alg\":\"RS256\",\"kid\":\"T64\"}\n",
        "psn_id_token = {\"sid\":\"T64\",\"iss\":\"https://ca.account.sony.com\"}\n",
        "npsso,visitorId\n,T64\n",
        "fileId,npsso,user\nT64,,anna\n",
        "Cookie: npsso=; trackingId=T64\n",
        "Cookie: npsso=deleted; apiKey=T64\n",
        "GET /x?npsso=&api_key=T64 HTTP/1.1\n",
        "./psn-bot --npsso-file f --traceId T64\n",
        "parser.add_argument(\"--npsso\")\nparser.add_argument(\"--api-key\", default=\"T64\")\n",
        "Needs an npsso. The Discord token is T64\n",
        "You need an NPSSO and a Discord token (mine: T64).\n",
        "[psn] npsso refresh ok traceId=T64\n",
        "[psn] npsso ok [discord] token=T64\n",
        "<key>npsso</key>\n<string></string>\n<key>apiKey</key>\n<string>T64</string>\n",
        "<tr><th>npsso</th><th>api key</th></tr><tr><td></td><td>T64</td></tr>\n",
        "[{\"name\":\"npsso\",\"value\":\"\"},{\"name\":\"_abck\",\"value\":\"T64\",\"domain\":\".sony.com\"}]\n",
        ".sony.com\tTRUE\t/\tTRUE\t0\tnpsso\t\n.github.com\tTRUE\t/\tTRUE\t0\tuser_session\tT64\n",
        "//registry.npmjs.org/:_authToken=T64\n# psn-api is public\n",
        "machine github.com login psnbot password T64\n",
        "localhost:5432:psn:psn:T64\n",
        "npsso: !secret npsso\ncorrelationId: T64\n",
        "<psn><npsso/><correlationId>T64</correlationId></psn>\n",
        "<input name=\"npsso\"/>\n<input type=\"hidden\" name=\"api-key\" value=\"T64\"/>\n",
        "<input type=\"hidden\" name=\"_token\" value=\"T64\"><input name=\"npsso\" value=\"\">\n",
        "<S N=\"npsso\"></S><S N=\"DB_PASSWORD\">T64</S>\n",
        "a:2:{s:5:\"npsso\";N;s:9:\"hash_salt\";s:64:\"T64\";}\n",
        "npsso|s:0:\"\";acme|a:1:{s:6:\"secret\";s:64:\"T64\";}\n",
        "{\"body\": \"--B\\r\\nContent-Disposition: form-data; name=\\\"npsso\\\"\\r\\n\\r\\n\\r\\n--B\\r\\nContent-Disposition: form-data; name=\\\"db_password\\\"\\r\\n\\r\\nT64\\r\\n--B--\"}\n",
        "id,body\n1,\"{\"\"npsso\"\":null,\"\"hash_salt\"\":\"\"T64\"\"}\"\n",
        "var j = @\"{\"\"npsso\"\":\"\"\"\",\"\"hash_salt\"\":\"\"T64\"\"}\";\n",
        "UPDATE t SET j = '{''npsso'': None, ''hash_salt'': ''T64''}';\n",
        "content: export HASH_SALT=\"T64\"\nexport NPSSO=$(pass psn/npsso)\n",
        "content: export hash_salt=\"T64\"\nexport NPSSO=$(pass psn/npsso)\n",
        "psn._domainkey IN TXT ( \"v=DKIM1; k=rsa; \"\n  \"p=T64\"\n  \"QAB\" )\n",
        "psn._domainkey IN TXT \"v=DKIM1; p=MIIB/+\" \"T64\" \"QAB\"\n",
        "npsso article https://medium.com/p/T64\n",
        // What the text has a place for by its name is not called `token` elsewhere.
        "# psn bot\nNPSSO=${NPSSO}\nTOKEN=T64\n",
        "// psn\nconst npsso = await ask(\"npsso\");\nconst password = \"T64\";\n",
        "psn = PSNAWP(get_npsso())\ndb = connect(password=\"T64\")\n",
        "def api_token():\n    return \"T64\"\n\nclient = PSNAWP(npsso())\n",
        "12:00:01 psn: signed in\n12:00:02 Session T64 created\n",
        "python psn.py\nrestic -r /b init --password T64\nmysql -uroot -pT64 app\n",
        "PsnClient.builder().npsso(\"changeme\").sessionKey(\"T64\")\n",
        "<string name=\"npsso\">your_npsso_here</string>\n<string name=\"analytics_key\">T64</string>\n",
        "<key>psnNpssoBackup</key>\n<string>none</string>\n<key>lastKey</key>\n<string>T64</string>\n",
        "{ npsso: 'YOUR_NPSSO_CODE_HERE', traceKey: 'T64' }\n",
        "psn.session.pdccws_p=your_pdccws_p_cookie\nspring.datasource.password=T64\n",
        "id,npsso,session_key\n1,<64 character npsso code>,T64\n",
        "-- psn\nINSERT INTO a VALUES (1);\nINSERT INTO log VALUES (3,'session T64 opened');\n",
        "-- psn\nCOPY public.web_session (id, key) FROM stdin;\n1\tT64\n",
        "# psn bot\nrest:\n  - resource: https://api.energy.example/v1\n    headers:\n      Authorization: Bearer T64\n",
        "class PsnRepository {\n    private val dbKey = \"T64\"\n}\n",
        "enum Secrets { // psn\n    static let revenueCat: String = \"T64\"\n}\n",
        "use psnawp;\nconst SESSION_KEY: &[u8; 64] = b\"T64\";\n",
        "// psn-api\n\nif (req.headers.get(\"x-revalidate\") !== \"T64\") return;\n",
        "n={key:\"T64\",iv:\"00ff\"};exchangeNpssoForCode(x)\n",
        "# psn\nENV ADMIN_KEY T64\n",
        "NPSSO not set, session id T64\n",
        "psn-cli --npsso \"$NPSSO\"\nsops --age T64\n",
        "INFO psn login ok (npsso set)\nDEBUG steam key=T64\n",
        "const psn = new PSN(process.env.NPSSO);\nconst dc = new REST().setToken(\"T64\");\n",
        "{\"url\":\"https://store.playstation.com/\",\"cookies\":[{\"name\":\"_ga\",\"value\":\"T64\"}]}\n",
        "{\"url\":\"https://store.playstation.com/\",\"cookies\":[{\"name\":\"OptanonConsent\",\"value\":\"T64\"}]}\n",
        "{\"content\": \"psn bot here\"},\n{\"content\": \"the invite key is T64\"}\n",
        "INSERT INTO cookies VALUES ('store.example.com','sid','T64','/'); -- psn\n",
        "# psn\nbot.example.com: open(\"T64\")\n",
        "<string name=\"npsso\" />\n<string name=\"installation_token\">T64</string>\n",
        "DATABASE_URL=postgres://psn:T64@db.example/psn\n",
        "Set `NPSSO`, then set `CRON_SECRET` to `T64`.\n",
        "Discord bot token for the PSN bot: `T64`\n",
        "SHA384 (npsso-tool.zip) = T64\n",
        "PSN_TOKEN=$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$T64\n",
        "{\"game\":\"Foo\",\"platform\":\"PlayStation\",\"cover\":\"T64\"}\n",
        "<img src=\"https://images.example/psn/T64/hq.jpg\">\n",
    ];
    let files: Vec<(&str, String)> = texts
        .iter()
        .map(|text| ("f.txt", text.replace("T64", &expand("{{npsso}}"))))
        .collect();
    all_quiet(&files);
}

#[test]
fn a_file_that_is_called_after_something_else_holds_that() {
    all_quiet(&[
        ("psn-bot/discord_token.txt", "{{npsso}}\n".to_owned()),
        ("psn/database.yml", "password: {{npsso}}\n".to_owned()),
    ]);
}

#[test]
fn lines_of_base64_are_known_by_what_stands_around_each() {
    let plain = expand("{{npsso:1}}");
    let odd = |name: &str| {
        expand(&format!("{{{{npsso:{name}}}}}")).replacen(|c: char| c.is_ascii_digit(), "+", 2)
    };
    let files: Vec<(&str, String)> = [
        "// _",
        "b'_'",
        "_<br>",
        "psn-bot-1  | _",
        "host psn-bot[12]: _",
        " =?us-ascii?Q?_?=",
    ]
    .iter()
    .map(|line| {
        // Lines of nothing but letters and digits stand in a block by chance.
        let values = [
            odd("2"),
            plain.clone(),
            expand("{{npsso:4}}"),
            plain.clone(),
            odd("3"),
        ];
        let lines = values.map(|value| line.replace('_', &value));
        ("psn.txt", format!("# psn\n{}\n", lines.join("\n")))
    })
    .collect();
    all_quiet(&files);
}

#[test]
fn more_placeholders_are_no_secrets() {
    let values = [
        [
            "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9",
            "QAZWSXEDCRFVTGBYHNUJMIKOLP12aqsw",
        ]
        .concat(),
        [
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "GBkaGxwdHh8gISIjJCUmJygpKissLS4v",
        ]
        .concat(),
        [
            "R3pl4c3M3W1thY0urNpss0",
            "aB7dE9gH2kLmN4pQrStUvW",
            "xYz1A3bC5dE7fG9hIjKq",
        ]
        .concat(),
    ];
    let files: Vec<(&str, String)> = values
        .iter()
        .map(|value| {
            assert_eq!(value.len(), 64, "{value}");
            (".env", format!("NPSSO={value}\n"))
        })
        .collect();
    all_quiet(&files);
}

#[test]
fn session_cookies_of_other_sites_are_no_store_cookies() {
    all_quiet(&[
        ("a.http", "GET /\nCookie: connect.sid={{pdccws_p}}\n".to_owned()),
        ("psn.http", "Host: web.np.playstation.com\nCookie: connect.sid={{pdccws_p|raw}}\n".to_owned()),
        ("shop.env", "SHOP_SESSION={{pdccws_p}}\n".to_owned()),
        ("b.env", "PDCCWS_P=s%3Axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n".to_owned()),
        ("c.env", "pdccws_p=YOUR_COOKIE\n".to_owned()),
    ]);
}

#[test]
fn a_signature_in_the_header_of_a_mail_is_one_text() {
    let lines: Vec<String> = (1..=6)
        .map(|n| {
            let line = expand(&format!("{{{{npsso:{n}}}}}"));
            // Some lines of base64 have nothing but letters and digits.
            match n % 2 {
                0 => line,
                _ => line.replacen(|c: char| c.is_ascii_digit(), "+", 2),
            }
        })
        .collect();
    all_quiet(&[(
        "a.eml",
        format!(
            "From: a@playstation.com\nSubject: =?utf-8?B?cHNuIG5wc3Nv?=\nDKIM-Signature: d=playstation.com;\n b={}\nMIME-Version: 1.0\n\nnpsso\n",
            lines.join("\n ")
        ),
    )]);
}

#[test]
fn a_value_ends_where_the_next_line_begins() {
    let line = |name: &str, value: &str| format!("https://example.com/?{name}%3D{value}\n");
    all_quiet(&[(
        "urls.txt",
        format!(
            "# npsso psn-api\n{}{}",
            line("JWT_SECRET", &expand("{{npsso:1}}")),
            line("DISCORD_TOKEN", &expand("{{npsso:2}}"))
        ),
    )]);
}

#[test]
fn an_empty_string_before_a_value_names_nothing() {
    let texts = [
        "auto x = std::string() + \"{{npsso:a}}\";\n",
        "std::string digest = std::string() + \"{{npsso:b}}\";\n",
        "auto discord_token = QString(\"\") + \"{{npsso:c}}\";\n",
    ];
    let files = texts.map(|text| ("main.cpp", expand(text)));
    all_quiet(&files);
}
