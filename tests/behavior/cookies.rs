//! Where a format has the domain and the expiry of a cookie, the report says them.

use serde_json::{Value, json};

use crate::support::{Project, Run, expand, sarif_schema};

/// What each place says, as `path [member] {…}`.
fn cookies(run: &Run) -> Vec<String> {
    let mut all: Vec<String> = run
        .findings()
        .iter()
        .flat_map(|finding| finding["exposures"].as_array().expect("a list").clone())
        .map(|place| {
            let path = place["path"].as_str().expect("a path");
            let member = place["member"].as_str().unwrap_or("");
            format!("{path} [{member}] {}", place["cookie"])
        })
        .collect();
    all.sort();
    all
}

/// What is said of the only place in a file with this text.
fn said(name: &str, text: &str) -> Value {
    let run = Project::new().file(name, text).audit(&["."]);
    let findings = run.findings();
    assert_eq!(findings.len(), 1, "{name}: {}", run.stdout);
    assert_eq!(findings[0]["exposures"].as_array().map(Vec::len), Some(1));
    findings[0]["exposures"][0]["cookie"].clone()
}

fn jar() -> Project {
    Project::new().file(
        "cookies.txt",
        "# Netscape HTTP Cookie File\n\
         .a.example\tTRUE\t/\tTRUE\t1893456000\tother\tx\n\
         #HttpOnly_.sony.com\tTRUE\t/\tTRUE\t1735689600\tnpsso\t{{npsso}}\n\
         .b.example\tTRUE\t/\tTRUE\t1893456000\tmore\ty\n",
    )
}

#[test]
fn the_line_of_a_jar_says_domain_and_expiry_in_every_report() {
    let project = jar();
    let run = project.audit(&["."]);
    let place = &run.findings()[0]["exposures"][0];
    let expected = json!({"domain": ".sony.com", "expires": "2025-01-01T00:00:00Z"});
    assert_eq!(place["cookie"], expected);
    let human = project.run(&["."]).stdout;
    let line = "\n      cookie of .sony.com, said to have expired 2025-01-01\n";
    assert!(human.contains(line), "{human}");
    let report = project.run(&["-f", "sarif", "."]).stdout;
    let report: Value = serde_json::from_str(&report).expect("a report");
    assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["properties"]["cookie"], expected);
    let message = result["message"]["text"].as_str().expect("a message");
    let words = " It stands there as a cookie of .sony.com, said to expire 2025-01-01.";
    assert!(message.contains(words), "{message}");
}

#[test]
fn what_is_said_of_a_cookie_changes_nothing_else() {
    let text =
        |expires: &str| format!(".sony.com\tTRUE\t/\tTRUE\t{expires}\tnpsso\t{{{{npsso}}}}\n");
    let parts = |expires: &str| {
        let run = Project::new().file("a.txt", &text(expires)).audit(&["."]);
        let finding = &run.findings()[0];
        let names = ["fingerprint", "confidence", "presence", "redacted"];
        (run.code, names.map(|name| finding[name].clone()))
    };
    // Long ago, in a long time, at the end of the session, never.
    let ago = parts("1262304000");
    for expires in ["4102444800", "0", "99999999999999999999"] {
        assert_eq!(parts(expires), ago, "{expires}");
    }
    assert_eq!(ago.0, 1);
}

#[test]
fn a_place_without_a_cookie_has_no_cookie() {
    let run = Project::new()
        .file(".env", "NPSSO={{npsso}}\n")
        .audit(&["."]);
    assert_eq!(run.findings()[0]["exposures"][0].get("cookie"), None);
}

#[test]
fn text_that_is_no_host_name_never_gets_into_a_report() {
    for domain in [
        "a.com\u{7}",
        "a.com\u{1b}]0;x",
        "a.com\u{202e}",
        "a b.com",
        &"a.".repeat(200),
        &format!("{}.com", "a".repeat(64)),
    ] {
        let text = format!(
            r#"[{{"name":"npsso","value":"{{{{npsso}}}}","domain":"{domain}","path":"/","expires":1e308}}]"#
        );
        assert_eq!(said("a.json", &text), Value::Null, "{domain}");
    }
}

#[test]
fn the_places_of_one_secret_each_have_their_own() {
    let text = "\
        .sony.com\tTRUE\t/\tTRUE\t1893456000\tnpsso\t{{npsso}}\n\
        ca.account.sony.com\tFALSE\t/\tTRUE\t0\tnpsso\t{{npsso}}\n\
        NPSSO={{npsso}}\n";
    let run = Project::new().file("a.txt", text).audit(&["."]);
    assert_eq!(run.findings().len(), 1);
    assert_eq!(
        cookies(&run),
        [
            r#"a.txt [] null"#,
            r#"a.txt [] {"domain":".sony.com","expires":"2030-01-01T00:00:00Z"}"#,
            r#"a.txt [] {"domain":"ca.account.sony.com","session":true}"#,
        ]
    );
}

#[test]
fn a_header_says_it_in_its_attributes() {
    let header = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2028 00:00:00 GMT\r\n\
        Set-Cookie: other=1; Domain=.a.example; Max-Age=1\r\n\
        Set-Cookie: npsso={{npsso}}; Domain=.sony.com; Path=/; Max-Age=86400; Secure\r\n\
        Set-Cookie: more=1; Domain=.b.example; Expires=Sat, 01 Jan 2028 00:00:00 GMT\r\n\r\n";
    let all = json!({"domain": ".sony.com", "expires": "2028-01-02T00:00:00Z"});
    assert_eq!(said("capture.txt", header), all);
    let no_date = "Set-Cookie: npsso={{npsso}}; Path=/; Max-Age=5184000; Secure\n";
    assert_eq!(
        said("capture.txt", no_date),
        json!({"max_age_seconds": 5_184_000})
    );
    let human = Project::new().file("capture.txt", no_date).run(&["."]);
    let line = "      cookie, said to expire 60 days after it was set\n";
    assert!(human.stdout.contains(line), "{}", human.stdout);
    let pdccws = "Set-Cookie: pdccws_p={{pdccws_p}}; Path=/; HttpOnly; Secure; Expires=Sat, 01 Jan 2028 00:00:00 GMT\n";
    assert_eq!(
        said("capture.txt", pdccws),
        json!({"expires": "2028-01-01T00:00:00Z"})
    );
    let cookie = "Cookie: npsso={{npsso}}; a=b; Domain=.a.example; Path=/\n";
    assert_eq!(said("capture.txt", cookie), Value::Null);
}

/// A record of a cookie between those of two others, in the manner of a tool.
fn list(record: impl Fn(&str, &str, &str, i64) -> String, separator: &str) -> String {
    [
        record("other", "x", ".a.example", 1_900_000_000),
        record("npsso", "{{npsso}}", ".sony.com", 1_893_456_000),
        record("more", "y", ".b.example", 1_900_000_000),
    ]
    .join(separator)
}

#[test]
fn a_record_of_any_tool_says_it() {
    let all = json!({"domain": ".sony.com", "expires": "2030-01-01T00:00:00Z"});
    let extension = list(
        |name, value, domain, expires| {
            format!(
                r#"{{"domain":"{domain}","expirationDate":{expires}.742,"hostOnly":false,"httpOnly":true,"name":"{name}","path":"/","session":false,"storeId":"0","value":"{value}"}}"#
            )
        },
        ",\n",
    );
    let webdriver = list(
        |name, value, domain, expiry| {
            format!(
                "{{'domain': '{domain}', 'expiry': {expiry}, 'name': '{name}', 'path': '/', 'secure': True, 'value': '{value}'}}"
            )
        },
        ", ",
    );
    let playwright = list(
        |name, value, domain, expires| {
            format!(
                "    {{\n      \"name\": \"{name}\",\n      \"value\": \"{value}\",\n      \"domain\": \"{domain}\",\n      \"path\": \"/\",\n      \"expires\": {expires}.5,\n      \"httpOnly\": true,\n      \"secure\": true,\n      \"sameSite\": \"Lax\"\n    }}"
            )
        },
        ",\n",
    );
    let har = list(
        |name, value, domain, expires| {
            let date = if expires == 1_893_456_000 {
                "2030-01-01T01:00:00.000+01:00"
            } else {
                "2031-05-05T00:00:00.000Z"
            };
            format!(
                r#"{{"name":"{name}","value":"{value}","path":"/","domain":"{domain}","expires":"{date}","httpOnly":true,"secure":true}}"#
            )
        },
        ",",
    );
    let firefox = list(
        |name, value, domain, expires| {
            format!(
                r#"{{"host":"{domain}","value":"{value}","path":"/","name":"{name}","secure":true,"originAttributes":{{"userContextId":0}},"expiry":{expires}000}}"#
            )
        },
        ",",
    );
    for (name, text) in [
        ("extension.json", format!("[\n{extension}\n]\n")),
        ("webdriver.log", format!("[{webdriver}]\n")),
        (
            "auth.json",
            format!("{{\n  \"cookies\": [\n{playwright}\n  ],\n  \"origins\": []\n}}\n"),
        ),
        (
            "a.har",
            format!(r#"{{"log":{{"entries":[{{"response":{{"cookies":[{har}]}}}}]}}}}"#),
        ),
        ("sessionstore.js", format!(r#"{{"cookies":[{firefox}]}}"#)),
    ] {
        assert_eq!(said(name, &text), all, "{name}");
        // The same for somebody who keeps JSON in a string.
        if name.ends_with(".json") {
            let text = serde_json::to_string(&text).expect("a string");
            assert_eq!(said("log.json", &format!("{{\"message\": {text}}}\n")), all);
        }
    }
    let script = "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n\
        $session.Cookies.Add((New-Object System.Net.Cookie(\"other\", \"x\", \"/\", \".a.example\")))\n\
        $session.Cookies.Add((New-Object System.Net.Cookie(\"npsso\", \"{{npsso}}\", \"/\", \".sony.com\")))\n\
        $session.Cookies.Add((New-Object System.Net.Cookie(\"more\", \"y\", \"/\", \".b.example\")))\n";
    assert_eq!(said("a.ps1", script), json!({"domain": ".sony.com"}));
}

#[test]
fn what_another_record_says_is_not_attached() {
    let other =
        r#"{"name":"other","value":"x","domain":".a.example","path":"/","expires":1893456000}"#;
    for text in [
        format!(r#"[{other},{{"name":"npsso","value":"{{{{npsso}}}}"}},{other}]"#),
        format!(r#"{{"npsso":"{{{{npsso}}}}","cookies":[{other}]}}"#),
        format!("{other}\nnpsso: {{{{npsso}}}}\n{other}\n"),
    ] {
        assert_eq!(said("a.json", &text), Value::Null, "{text}");
    }
}

#[test]
fn the_row_of_a_table_says_it() {
    let all = json!({"domain": ".sony.com", "expires": "2030-01-01T00:00:00Z"});
    for (name, text) in [
        (
            "export.csv",
            "name,value,domain,path,expires\nother,x,.a.example,/,1900000000\nnpsso,{{npsso}},.sony.com,/,1893456000\nmore,y,.b.example,/,1900000000\n",
        ),
        (
            "export.tsv",
            "host_key\tname\tvalue\tpath\texpires_utc\n.a.example\tother\tx\t/\t13400000000000000\n.sony.com\tnpsso\t{{npsso}}\t/\t13537929600000000\n",
        ),
        (
            "dump.sql",
            "INSERT INTO moz_cookies (id, name, value, host, path, expiry) VALUES\n(1,'other','x','.a.example','/',1900000000),\n(2,'npsso','{{npsso}}','.sony.com','/',1893456000),\n(3,'more','y','.b.example','/',1900000000);\n",
        ),
    ] {
        assert_eq!(said(name, text), all, "{name}");
    }
    let without = "name,value,domain,path,expires\nother,x,.a.example,/,1900000000\nnpsso,{{npsso}},,/,\nmore,y,.b.example,/,1900000000\n";
    assert_eq!(said("export.csv", without), Value::Null);
}

#[test]
fn the_stores_of_browsers_say_it() {
    let project = Project::new();
    let npsso = expand("{{npsso}}");
    let create = |name: &str, sql: &str| {
        let database = rusqlite::Connection::open(project.path(name)).expect("it can be made");
        let sql = sql.replace("{npsso}", &npsso);
        database.execute_batch(&sql).expect("it is SQL");
    };
    for (name, expiry) in [
        ("firefox141.sqlite", "1893456000"),
        ("firefox142.sqlite", "1893456000000"),
    ] {
        create(
            name,
            &format!(
                "create table moz_cookies (id integer primary key, originAttributes text, name text, value text,
                    host text, path text, expiry integer, lastAccessed integer, creationTime integer, isSecure integer);
                insert into moz_cookies values (1, '', 'other', 'x', '.a.example', '/', 1900000000, 1, 1, 1);
                insert into moz_cookies values (2, '^firstPartyDomain=a\"b', 'npsso', '{{npsso}}', 'ca.account.sony.com', '/', {expiry}, 1, 1, 1);
                insert into moz_cookies values (3, '', 'more', 'y', '.b.example', '/', 1900000000, 1, 1, 1);"
            ),
        );
    }
    create(
        "chrome.db",
        "create table cookies (creation_utc integer, host_key text, name text, value text, encrypted_value blob,
            path text, expires_utc integer, is_secure integer, has_expires integer, is_persistent integer);
        insert into cookies values (1, '.a.example', 'other', 'x', '', '/', 13400000000000000, 1, 1, 1);
        insert into cookies values (2, '.sony.com', 'npsso', '{npsso}', '', '/', 13537929600000000, 1, 1, 1);
        insert into cookies values (3, '.account.sony.com', 'npsso', '{npsso}', '', '/', 0, 1, 0, 0);",
    );
    // Nothing says that this is a cookie, and a value can hold cookies of its own.
    create(
        "settings.db",
        r#"create table settings (name text, value text, host text);
        insert into settings values ('npsso', '{npsso}', 'db.example.com');
        create table pages (domain text, expires integer, value text);
        insert into pages values ('.a.example', 1900000000, '[{"name":"npsso","value":"{npsso}","domain":".sony.com","path":"/"}]');
        insert into pages values ('.a.example', 1900000000, 'Cookie: npsso={npsso}; a=b');"#,
    );
    let run = project.audit(&["."]);
    let year = r#""expires":"2030-01-01T00:00:00Z""#;
    assert_eq!(
        cookies(&run),
        [
            format!(r#"chrome.db [cookies rowid 2 column value] {{"domain":".sony.com",{year}}}"#),
            r#"chrome.db [cookies rowid 3 column value] {"domain":".account.sony.com","session":true}"#.to_owned(),
            format!(r#"firefox141.sqlite [moz_cookies rowid 2 column value] {{"domain":"ca.account.sony.com",{year}}}"#),
            format!(r#"firefox142.sqlite [moz_cookies rowid 2 column value] {{"domain":"ca.account.sony.com",{year}}}"#),
            r#"settings.db [pages rowid 1 column value] {"domain":".sony.com"}"#.to_owned(),
            "settings.db [pages rowid 2 column value] null".to_owned(),
            "settings.db [settings rowid 1 column value] null".to_owned(),
        ]
    );
}

/// A page of Safari's cookies, each with its domain, name, value and expiry in
/// seconds since 2001.
fn binary_cookies(cookies: &[(&str, &str, &str, f64)]) -> Vec<u8> {
    let records: Vec<Vec<u8>> = cookies
        .iter()
        .map(|(domain, name, value, expires)| {
            let mut places = Vec::new();
            let mut text = Vec::new();
            for string in [*domain, *name, "/", *value] {
                places.extend((56 + text.len() as u32).to_le_bytes());
                text.extend(string.as_bytes());
                text.push(0);
            }
            let size = (56 + text.len() as u32).to_le_bytes();
            let dates = [expires.to_le_bytes(), 0_f64.to_le_bytes()].concat();
            [&size[..], &[0; 12], &places, &[0; 8], &dates, &text].concat()
        })
        .collect();
    let count = records.len() as u32;
    let mut page = [&[0, 0, 1, 0][..], &count.to_le_bytes()].concat();
    let mut place = 12 + 4 * count;
    for record in &records {
        page.extend(place.to_le_bytes());
        place += record.len() as u32;
    }
    page.extend([0; 4]);
    page.extend(records.concat());
    let size = (page.len() as u32).to_be_bytes();
    [&b"cook\0\0\0\x01"[..], &size, &page, &[0; 8]].concat()
}

#[test]
fn the_cookies_of_safari_say_it() {
    let npsso = expand("{{npsso}}");
    let file = binary_cookies(&[
        (".a.example", "other", "x", 999_999_999.0),
        (".sony.com", "npsso", &npsso, 915_148_800.0),
        (".account.sony.com", "npsso", &npsso, f64::NAN),
    ]);
    let run = Project::new()
        .bytes("Cookies.binarycookies", &file)
        .audit(&["."]);
    assert_eq!(
        cookies(&run),
        [
            r#"Cookies.binarycookies [cookie 2 column value] {"domain":".sony.com","expires":"2030-01-01T00:00:00Z"}"#,
            r#"Cookies.binarycookies [cookie 3 column value] {"domain":".account.sony.com"}"#,
        ]
    );
}
