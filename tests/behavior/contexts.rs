//! Secrets are found where people keep them.

use npsso_audit::expand;

use crate::support::{Project, Run};

/// Each text must hold exactly one place of one finding, found with this confidence.
fn all_found(confidence: &str, kind: &str, texts: &[&str]) {
    let mut project = Project::new();
    for (number, text) in texts.iter().enumerate() {
        let text = text.replace("T64", &format!("{{{{npsso:context-{number}}}}}"));
        let text = text.replace("§raw", &format!("{{{{pdccws_p:context-{number}|raw}}}}"));
        let text = text.replace("§cookie", &format!("{{{{pdccws_p:context-{number}}}}}"));
        project = project.file(&format!("{number:03}.txt"), &text);
    }
    let run = project.audit(&["."]);
    let places = run.places();
    let mut wrong = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let own: Vec<&String> = places
            .iter()
            .filter(|place| place.starts_with(&format!("{number:03}.txt:")))
            .collect();
        let found = matches!(own[..], [one] if one.ends_with(&format!("{kind} {confidence}")));
        if !found {
            wrong.push(format!("{text:?} -> {own:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        texts.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_cookie_is_found_however_its_signs_are_escaped() {
    let raw = expand("{{pdccws_p:a|raw}}");
    let url = expand("{{pdccws_p:a}}");
    assert!(raw.contains('+') && raw.contains('/'), "both are escaped");
    let texts = [
        format!("Environment=PDCCWS_P={}\n", url.replace('%', "%%")),
        format!("pdccws_p={}\n", raw.replace(':', "\\:")),
        format!(
            "0 * * * * curl -b \"pdccws_p={}\" x\n",
            url.replace('%', "\\%")
        ),
        format!("{{\"pdccws_p\":\"{}\"}}", url.replace('%', "\\u0025")),
        format!("var c = 'pdccws_p={}';\n", url.replace('%', "\\x25")),
        format!(
            "<i name=\"pdccws_p\" value=\"{}\">\n",
            url.replace('%', "&#37;")
        ),
        format!(
            "{{\"b\":\"{{\\\"pdccws_p\\\":\\\"{}\\\"}}\"}}",
            raw.replace('+', "\\\\u002B")
        ),
        format!("GET /?u=pdccws_p%25253D{}\n", url.replace('%', "%252525")),
    ];
    for text in texts {
        let run = Project::new()
            .bytes("f.txt", text.as_bytes())
            .audit(&["--show-secrets", "."]);
        let found = run.findings();
        let secrets: Vec<&str> = found
            .iter()
            .filter_map(|finding| finding["secret"].as_str())
            .collect();
        assert_eq!(secrets, [raw.as_str()], "{text}");
        assert!(run.places()[0].ends_with("pdccws_p high"), "{text}");
    }
}

#[test]
fn an_npsso_under_its_own_name_is_found_with_high_confidence() {
    all_found(
        "high",
        "npsso",
        &[
            "NPSSO=T64",
            "NPSSO=\"T64\"",
            "NOTE:npsso=T64",
            "<p><span class=\"a\">npsso</span>: <span class=\"b\">T64</span></p>",
            "<p><b>npsso</b> = <code>T64</code></p>",
            "PSN_NPSSO_TOKEN_2=T64",
            "export NPSSO='T64'",
            "set -x NPSSO T64",
            "setx PSN_NPSSO \"T64\"",
            "$env:NPSSO = \"T64\"",
            "Get-AuthenticationToken -npsso \"T64\"",
            "supabase secrets set PSN_NPSSO=T64",
            "      - NPSSO=T64",
            "  NPSSO: T64",
            "- 'PSN_ACCOUNTS=[{\"username\":\"u\",\"npsso\":\"T64\"}]'",
            "{\"psn_accounts\": [{\"npsso\": \"T64\"}]}",
            "{\"domain\":\"playstation_network\",\"data\":{\"npsso\":\"T64\"}}",
            "{\"mcpServers\":{\"psn\":{\"env\":{\"PSN_NPSSO\":\"T64\"}}}}",
            "claude mcp add psn -e PSN_NPSSO=T64 -- npx psn",
            "npsso = \"T64\"",
            "psn.npsso=T64",
            "<add key=\"Npsso\" value=\"T64\"/>",
            "<add value=\"T64\" key=\"Npsso\"/>",
            "<key>npsso</key>\n\t<string>T64</string>",
            "<S N=\"db_password\"></S><S N=\"npsso\">T64</S>",
            "content: export NPSSO=\"T64\"\n",
            "val npsso: String = \"T64\"\n",
            "id,body\n1,\"{\"\"hash_salt\"\":null,\"\"npsso\"\":\"\"T64\"\"}\"\n",
            "var j = @\"{\"\"name\"\":\"\"npsso\"\",\"\"value\"\":\"\"T64\"\"}\";\n",
            "npsso = \"\"\"T64\"\"\"\n",
            "a:2:{s:11:\"db_password\";N;s:5:\"npsso\";s:64:\"T64\";}",
            "a:1:{s:5:\"npsso\";a:1:{s:5:\"value\";s:64:\"T64\";}}",
            "db_password|s:0:\"\";npsso|s:64:\"T64\";",
            "{\"body\": \"--B\\r\\nContent-Disposition: form-data; name=\\\"npsso\\\"\\r\\n\\r\\nT64\\r\\n--B--\"}",
            "npsso: >-\n  T64\n",
            "curl -H \"Cookie: npsso=T64\" https://ca.account.sony.com/",
            "curl -d '{\"npsso\":\"T64\"}' http://localhost",
            "<input name=\"_token\" value=\"\"><input name=\"npsso\" value=\"T64\">",
            "\"{\\\"npsso\\\":\\\"T64\\\"}\"",
            "psn --npsso T64 login",
            "psn --npsso=T64",
            "https://app.example/authz?npsso=T64&x=1",
            "x-npsso: T64",
            "{\"alg\":\"HS256\",\"iss\":\"me\",\"npsso\":\"T64\"}",
            "Set-Cookie: npsso=T64; Expires=Wed, 01 Jan 2027 00:00:00 GMT; Path=/; Secure",
            "JSESSIONID=abc&npsso=T64&dars=x",
            "[{\"name\":\"npsso\",\"value\":\"T64\",\"domain\":\".sony.com\"}]",
            "[{\"value\":\"T64\",\"domain\":\".sony.com\",\"name\":\"npsso\"}]",
            "new Cookie(\"npsso\", \"T64\")",
            ".sony.com\tTRUE\t/\tTRUE\t1800000000\tnpsso\tT64",
            "\u{1}npssoT64ca.account.sony.com/",
            "{\n \"key\": \"npsso\",\n \"value\": \"T64\",\n \"active\": true\n}",
            "@npsso = T64",
            "Cookie: [npsso=T64]",
            "PSNAWP(npsso_token=\"T64\")",
            "const myNpsso: string = \"T64\";",
            "localStorage.setItem(\"psn_npsso\", \"T64\")",
            "let b = PSNClientBuilder::new().npsso(\"T64\".to_owned());",
            "val npsso = \"T64\"",
            "static const std::string global_npsso = \"T64\";",
            "npsso => 'T64',",
            "INSERT INTO psn_credentials (id,npsso) VALUES (1,'T64');",
            "('psn_npsso','T64')",
            "account,npsso\nbob,T64\n",
            "- Npsso : T64",
            "{\"content\":\"npsso is T64\"}",
            "+NPSSO=T64",
            "npsso=3DT64",
            "%7B%22npsso%22%3A%22T64%22%7D",
            "{&quot;npsso&quot;:&quot;T64&quot;}",
            "npsso\\u003dT64",
            "\u{1b}[32mnpsso\u{1b}[0m: \u{1b}[33mT64\u{1b}[0m",
            "| account | npsso |\n|---|---|\n| bob | T64 |",
            " id | npsso\n----+------\n  1 | T64\n",
            "env:\n  - name: NPSSO\n    value: T64\n",
            "env:\n  - value: T64\n    name: NPSSO\n",
            "[npsso]\nvalue = T64\n",
            "np_sso: T64",
            "N.P.S.S.O: T64",
            "<?php return ['psn' => ['npsso' => 'T64', 'region' => 'us']];",
            "EMAIL, NPSSO = \"x@example.org\", \"T64\"",
            "get_npsso = lambda: \"T64\"",
            "const npsso = encodeURIComponent(\"T64\");",
            "std::string npsso = std::string() + \"T64\";",
            "npsso = QString(\"\") + \"T64\"",
            "auto token = get_npsso_string() + \"T64\";",
            "{\"url\":{\"query\":[{\"key\":\"npsso\",\"value\":\"T64\"}]}}",
            "got my npsso from this url: T64",
            "npsso==T64==",
            "npssoSecretKey = \"T64\"",
            "CREATE TABLE account (id int, npsso text);\nINSERT INTO account VALUES (9,'T64');",
            "api_key = \"T64\"  # npsso of dad",
            "NPSSO = <<~TOKEN.strip\n  T64\nTOKEN",
            "assert_eq!(\"T64\", parsed.npsso.as_str());",
            "моя переменная npsso = «T64»",
            "npsso：T64",
            "{\"columns\":[\"id\",\"npsso\",\"added\"],\"rows\":[[1,\"T64\",\"2026-01-01\"]]}",
            "<table>\n<tr>\n  <th>Who</th>\n  <th>NPSSO</th>\n</tr>\n<tr>\n  <td>dad</td>\n  <td>T64</td>\n</tr>\n</table>",
            "{\"type\":\"aws_ssm_parameter\",\"name\":\"/psn/npsso\",\"value\":\"T64\"}",
            "[{\"t\":\"set\",\"p\":\"npsso\",\"pt\":\"msg\",\"to\":\"T64\",\"tot\":\"str\"}]",
            "api_key = \"T64\"\n# ^ npsso of dad",
            "access_token: \"T64\" {- my npsso -}",
            "const auto npsso = std::string{\"T64\"};",
            "redis.set(f\"npsso:{uid}\", \"T64\")",
            "cache.set(\"npsso:%s\" % uid, \"T64\")",
            "Dictionary<string, string> Npssos = new()\n{\n    [\"anna\"] = \"T64\",\n};",
            "psnNpsso=\\\n  T64\n",
            "parser.add_argument(\"--npsso\", default=\"T64\")",
            "id,note,npsso,checked\n1,\"steam, avatar\",T64,no\n",
            "name,notes,login_uri\nPlayStation,npsso T64,https://my.account.sony.com\n",
            "INSERT INTO t (id,note,npsso) VALUES (1,'my steam friend','T64')",
            "INFO config loaded: [npsso] => T64",
            "T64,npsso\n",
            "Cred = namedtuple(\"Cred\", \"email npsso\")\nme = Cred(\"me@example.org\", \"T64\")\n",
            "record Account(string Name, string Npsso);\nvar a = new Account(\"max\", \"T64\");\n",
            "class Account { constructor(name, npsso) {} }\nconst a = new Account(\"max\", \"T64\");\n",
        ],
    );
}

#[test]
fn an_npsso_in_playstation_context_is_found_with_medium_confidence() {
    all_found(
        "medium",
        "npsso",
        &[
            "psnawp = PSNAWP(\"T64\")",
            "app.net: sending PSNAWP(\"T64\")",
            "await PSNAWP.create('T64')",
            "PSNPythonAPI('T64')",
            "exchangeNpssoForCode(\"T64\")",
            "client.LoginWithNpsso(\"T64\")",
            "$client->loginWithNpsso('T64');",
            "psn_token = 'T64'",
            "PLAYSTATION_AUTH=T64",
            "node test-psn.js \"T64\"",
            "psn-login T64",
            "PSN_ACCESS_TOKEN=T64",
            "gh secret set NPSSO -R me/repo -bT64",
            "PSPLUS_TOKEN=T64",
            "from psnawp_api import PSNAWP\ntoken = 'T64'\ndef client(t): return PSNAWP(t)\napi = connect(client, token)\n",
            "use Tustin\\PlayStation\\Client;\nconst TOKEN = \"T64\";\n$client->loginWithNpsso($token ?? TOKEN);\n",
            "{\"ticket\":{\"subject\":\"NPSSO rejected\",\"comment\":{\"body\":\"my code: T64\"}}}\n",
            "SUMMARY:renew NPSSO\nDESCRIPTION:T64\n",
            "01:10 get the NPSSO token\nmy token in the video: T64 (already revoked)\n",
            "PSN_USER=max\nPSN_REGION=eu\nACCESS_CODE=T64\n",
            "def token():\n    return \"T64\"\n\nclient = PSNAWP(token())\n",
            "anna: what was the npsso of the kids account?\npaul: sec\npaul: T64\n",
            "[\n {\"author\": {\"name\": \"anna\"}, \"content\": \"whats the npsso?\"},\n {\"author\": {\"name\": \"paul\"}, \"content\": \"T64\"}\n]",
            "PSN login\nnpsao: \"T64\"",
            "::add-mask::T64\nUsing NPSSO ***",
            "bob: can you send me your npsso please\ndad: sure\ndad: T64",
            "Subject: my psn code\n\nHi, here it is:\n\nT64\n",
            "Subject: psn\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n\nthis is the code for the bot:\n\nT64\n",
            "psn:\n  username: me\n  access_token: T64",
            "x = PSNClient(access_token=\"T64\")",
            "papa = \"T64\"\napi = PSNAWP(papa)",
            "session_id = \"T64\"\npsn = PSNAWP(session_id)",
            "PS5_TOKEN=T64",
            "npso = \"T64\"",
            "import { x } from \"psn-api\"\n(async () => {\n  const token = \"T64\";\n",
            "sensor:\n  - platform: psn\n    token: T64",
            "from psnawp_api import PSNAWP\nimport os\n\ntoken = 'T64'\n",
            "const n=\"T64\";await fn(n) // VITE: ca.account.sony.com",
            "GET https://ca.account.sony.com/api/x\nAuthorization: Bearer T64\n",
        ],
    );
}

#[test]
fn a_name_in_shift_jis_is_no_part_of_the_value() {
    // 「 is 0x81 0x75, and 0x75 is the letter u.
    let text = [
        b"npsso\x82\xcd\x81\x75",
        expand("{{npsso}}").as_bytes(),
        b"\x81\x76",
    ]
    .concat();
    let run = Project::new().bytes("memo.txt", &text).audit(&["."]);
    assert_eq!(run.places(), ["memo.txt:1:10 npsso high"]);
}

#[test]
fn every_value_of_a_list_is_found() {
    let project = Project::new()
        .file("a.env", "NPSSOS={{npsso:a}},{{npsso:b}},{{npsso:c}}\n")
        .file("b.env", "NPSSOS=dad:{{npsso:d}},nadia:{{npsso:e}}\n")
        .file(
            "c.env",
            "NPSSO_ACCOUNTS=\"dad={{npsso:f}};nadia={{npsso:g}}\"\n",
        );
    let project = project
        .file(
            "d.js",
            "const npsso = prod ? \"{{npsso:h}}\" : \"{{npsso:i}}\";\n",
        )
        .file("psn_tokens.txt", "{{npsso:j}}\n{{npsso:k}}\n{{npsso:l}}\n");
    assert_eq!(project.audit(&["."]).findings().len(), 12);
}

#[test]
fn columns_far_below_their_header_are_named() {
    let rows = |row: &dyn Fn(usize) -> String| (0..400).map(row).collect::<String>();
    let copy = format!(
        "COPY account (id, npsso) FROM stdin;\n{}{{{{npsso:a}}}}\n",
        rows(&|n| format!("{n}\t\\N\n")) + "400\t"
    );
    let insert = format!(
        "INSERT INTO account (id, npsso) VALUES {}(400,'{{{{npsso:b}}}}');\n",
        rows(&|n| format!("({n},NULL),"))
    );
    let table = format!(
        "+---+------+\n| id | npsso |\n+---+------+\n{}| 400 | {{{{npsso:c}}}} |\n",
        rows(&|n| format!("| {n} | NULL |\n"))
    );
    let project = Project::new()
        .file("a.sql", &copy)
        .file("b.sql", &insert)
        .file("c.txt", &table);
    assert_eq!(project.audit(&["."]).findings().len(), 3);
}

#[test]
fn the_store_cookie_is_found_under_its_name() {
    all_found(
        "high",
        "pdccws_p",
        &[
            "pdccws_p=§cookie",
            "pdccws_P=§raw",
            "str_pdccws_p = §cookie",
            "Cookie: isSignedIn=true; pdccws_p=§cookie; session=x",
            "{\"cookies\":[{\"name\":\"pdccws_p\",\"value\":\"§cookie\"}]}",
            "new Cookie(\"pdccws_p\", \"§cookie\")",
            "pdccws_p: '§raw'",
            "PDCCWS_P = \"T64\"",
            "String userToken = \"§cookie\";\ndriver.addCookie(new Cookie(\"pdccws_p\", userToken));",
            "\u{1}pdccws_p§cookie.playstation.com/",
            "%22pdccws_p%22%3A%22§cookie%22",
        ],
    );
    all_found(
        "medium",
        "pdccws_p",
        &[
            "PDC=§cookie",
            "PSN_SESSION_COOKIE=§cookie",
            "psn_cookie: \"§raw\"",
            "fetch('https://web.np.playstation.com/api', { sessionToken: '§cookie' })",
        ],
    );
}

#[test]
fn the_same_token_in_two_files_is_one_finding() {
    let run = Project::new()
        .file("bot/.env", "NPSSO={{npsso:alice}}\n")
        .file("bot/debug.log", "GET / Cookie: npsso={{npsso:alice}}\n")
        .audit(&["."]);
    assert_eq!(run.findings().len(), 1, "{}", run.stdout);
    assert_eq!(
        run.places(),
        ["bot/.env:1:7 npsso high", "bot/debug.log:1:21 npsso high"]
    );
    assert_eq!(run.code, 1);
}

#[test]
fn a_raw_and_a_percent_encoded_cookie_are_one_finding() {
    let run = Project::new()
        .file("a.txt", "pdccws_p={{pdccws_p:x|raw}}\n")
        .file("b.txt", "pdccws_p={{pdccws_p:x}}\n")
        .audit(&["."]);
    assert_eq!(run.findings().len(), 1, "{}", run.stdout);
}

#[test]
fn a_file_or_folder_name_says_what_a_bare_value_is() {
    let run = Project::new()
        .file("npsso.txt", "{{npsso:a}}\n")
        .file("psn/token", "{{npsso:b}}")
        .file("notes.txt", "{{npsso:c}}\n")
        .audit(&["."]);
    assert_eq!(
        run.places(),
        ["npsso.txt:1:1 npsso medium", "psn/token:1:1 npsso medium"]
    );
}

#[test]
fn a_folder_above_the_audited_ones_says_nothing() {
    let project = Project::new()
        .file("npsso/notes/tokens.txt", "{{npsso:a}}\n")
        .file("npsso/psn/tokens.txt", "{{npsso:b}}\n")
        .file("npsso/repository/.git/HEAD", "")
        .file("npsso/repository/psn/b.txt", "{{npsso:c}}\n")
        .file("npsso/repository/c/d.txt", "{{npsso:d}}\n");
    let path = |name: &str| project.path(name).to_string_lossy().into_owned();
    let found = |folder: &str, argument: &str| {
        let mut command = project.command(&["--no-history", "-f", "json", argument]);
        let run = Run::of(command.current_dir(project.path(folder)).output());
        run.findings().len()
    };
    for notes in ["npsso/notes", "npsso/notes/tokens.txt"] {
        assert_eq!(found("npsso/psn", &path(notes)), 0, "{notes}");
    }
    // What was named is not above itself.
    for psn in ["npsso/psn", "npsso/psn/tokens.txt"] {
        assert_eq!(found("npsso/notes", &path(psn)), 1, "{psn}");
    }
    assert_eq!(found("npsso/notes", "../psn"), 1);
    // A repository says the same wherever somebody stands.
    for folder in ["npsso/repository", "npsso/repository/psn", "npsso/notes"] {
        assert_eq!(found(folder, &path("npsso/repository")), 1, "{folder}");
    }
    assert_eq!(found("npsso/repository/psn", "b.txt"), 1);
    assert_eq!(found("npsso/repository/c", "d.txt"), 0);
}

#[test]
fn a_bare_value_is_reported_when_low_confidence_is_asked_for() {
    let project = Project::new().file("notes.txt", "{{npsso:c}}\n");
    assert_eq!(project.audit(&["."]).code, 0);
    let run = project.audit(&["--min-confidence", "low", "."]);
    assert_eq!(run.places(), ["notes.txt:1:1 npsso low"]);
}
