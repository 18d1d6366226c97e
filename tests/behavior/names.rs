//! A value is called by its own name first; what stands nearby says less.

use crate::support::{Project, expand};

/// Audits each text in a file of its own. Each `§` stands for a value that must be found
/// with this confidence, and each `‼` for one that must stay quiet. A name for the file
/// can stand before `⟫`.
pub fn check(confidence: &str, texts: &[&str]) {
    let mut project = Project::new();
    // The values of all texts, and what must become of each.
    let mut values = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let (path, text) = text.split_once("⟫").unwrap_or(("f.txt", text));
        let mut out = String::new();
        for character in text.chars() {
            let expected = match character {
                '§' => confidence,
                '‼' => "quiet",
                other => {
                    out.push(other);
                    continue;
                }
            };
            let value = format!("{{{{npsso:name-{}}}}}", values.len());
            out.push_str(&value);
            values.push((number, expand(&value), expected));
        }
        project = project.file(&format!("{number:03}/{path}"), &out);
    }
    let findings = project.audit(&["--show-secrets", "."]).findings();
    let found = |value: &str| {
        let finding = findings.iter().find(|finding| finding["secret"] == value)?;
        let place = &finding["exposures"][0];
        let (kind, confidence) = (finding["kind"].as_str()?, place["confidence"].as_str()?);
        Some(format!("{kind} {confidence}"))
    };
    let wrong: Vec<String> = values
        .iter()
        .filter_map(|(number, value, expected)| {
            let is = found(value).unwrap_or_else(|| "quiet".to_owned());
            let text = texts[*number];
            let place = text.matches(['§', '‼']).count();
            (is != *expected).then(|| format!("{is}, not {expected}: one of {place} in\n{text}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        values.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_second_account_is_found_as_the_first_one_is() {
    check(
        "npsso high",
        &[
            "const a = [\n  { name: 'dad', npsso: '§' },\n  { name: 'mum', npsso: '§' },\n];\n",
            "const a = {\n  dad: { npsso: '§', region: 'eu' },\n  mum: { region: 'us', npsso: '§' },\n};\n",
            "module.exports = {\n  dev: { npsso: '§' },\n  prod: { npsso: '§' },\n};\n",
            "ACCOUNTS = [\n  { name: \"dad\", npsso: \"§\" },\n  { npsso: \"§\", name: \"mum\" },\n]\n",
            "accounts:\n  - name: dad\n    npsso: §\n  - name: mum\n    npsso: §\n  - npsso: §\n    name: kid\n",
            "env: dev\nnpsso: §\n---\nenv: prod\nnpsso: §\n",
            "interface Account { name: string; npsso: string }\nconst all: Account[] = [\n  { name: \"a\", npsso: \"§\" },\n  { name: \"b\", npsso: \"§\" },\n];\n",
            "final all = [\n  {'name': 'a', 'npsso': '§'},\n  {'name': 'b', 'npsso': '§'},\n];\n",
            "let all = [Account(name: \"a\", npsso: \"§\"), Account(name: \"b\", npsso: \"§\")]\n",
            "config :psn, accounts: [%{name: \"a\", npsso: \"§\"}, %{name: \"b\", npsso: \"§\"}]\n",
            "let all = vec![Account { name: \"a\", npsso: \"§\" }, Account { npsso: \"§\", name: \"b\" }];\n",
            "var all = []Account{\n\t{Name: \"a\", Npsso: \"§\"},\n\t{Npsso: \"§\", Name: \"b\"},\n}\n",
            "name: dad\nnpsso: §\n\nname: mum\nnpsso: §\n",
            "export interface Config {\n  npsso: string;\n}\nexport const config: Config = {\n  npsso: '§',\n};\n",
            "module.exports = [\n  { npsso: process.env.NPSSO },\n  { npsso: '§' },\n  { npsso: '' },\n  // the old one\n  { npsso: '§' },\n];\n",
        ],
    );
}

#[test]
fn a_default_goes_by_the_name_of_what_it_is_the_default_of() {
    check(
        "npsso high",
        &[
            "const token = process.env.NPSSO || '§';\n",
            "module.exports = { token: process.env.NPSSO || '§', port: 1 };\n",
            "const x = config.npsso ?? \"§\";\n",
            "token = ENV['NPSSO'] || '§'\n",
            "my $t = $ENV{NPSSO} || '§';\n",
            "token=\"${NPSSO:-§}\"\n",
            "token=${NPSSO-§}\n",
            "t = os.getenv(\"NPSSO\", \"§\")\n",
            "t = os.environ.get('NPSSO') or '§'\n",
            "val t = System.getenv(\"NPSSO\") ?: \"§\"\n",
            "local t = os.getenv(\"NPSSO\") or \"§\"\n",
            "const t = process.env.NPSSO ? process.env.NPSSO : '§';\n",
            "const t = env.NPSSO != null ? env.NPSSO : \"§\"\n",
            "static let t = env[\"NPSSO\"] ?? \"§\"\n",
        ],
    );
    check(
        "npsso high",
        &[
            "module.exports = { npsso: process.env.NPSSO, secret: process.env.COOKIE_SECRET || '‼' };\n",
            "const npsso = process.env.NPSSO;\nconst x = process.env.DISCORD_TOKEN || '‼';\n",
            "key=\"${WEBHOOK_KEY:-‼}\" # needs NPSSO\n",
        ],
    );
}

#[test]
fn a_value_goes_by_its_place() {
    check(
        "npsso high",
        &[
            "type Row = [email: string, npsso: string, key: string];\nconst rows: Row[] = [\n  ['a@b.c', '§', '‼'],\n  ['d@e.f', '§', '‼'],\n];\n",
            "const add = (email, npsso) => db.push({ email, npsso });\nadd('a@b.c', '§');\nadd('d@e.f', '§');\n",
            "const add = (npsso, apiKey) => db.push({ npsso, apiKey });\nadd(process.env.NPSSO, '‼');\n",
            "def add(email, npsso, key):\n    pass\n\nadd('a', '§', '‼')\n",
            "sheet.appendRow(['name', 'npsso', 'key']);\nsheet.appendRow(['dad', '§', '‼']);\n",
            "w.writerow([\"npsso\", \"panel\"])\nw.writerow([\"§\", \"‼\"])\n",
            "rows = [[\"name\", \"npsso\"], [\"dad\", \"§\"]]\n",
            "# (name, npsso)\nROWS = [\n    (\"dad\", \"§\"),\n    (\"mum\", \"§\"),\n]\n",
            "type tenant struct{ ID, NPSSO string }\ntype hook struct{ ID, Secret string }\nvar t = []tenant{\n\t{\"a\", \"§\"},\n}\nvar h = []hook{\n\t{\"a\", \"‼\"},\n}\n",
            "Player = Struct.new(:name, :npsso)\nall = [Player.new('a', '§')]\n",
            "INSERT INTO t (id, at, npsso, csrf) VALUES\n(UUID(), NOW(), '§', '‼'),\n(UUID(), REPLACE('a,b', ',', '('), '§', NULL);\n",
            "INSERT INTO t (id, npsso) SELECT id, '§' FROM u;\n",
            "mail:password:npsso\na@example.org:hunter2:§\n",
            "const [npsso, setNpsso] = useState('§');\nconst [hook, setHook] = useState('‼');\n",
        ],
    );
}

#[test]
fn a_type_is_no_name() {
    check(
        "npsso high",
        &[
            "-define(NPSSO, \"§\").\n",
            "const npsso: []const u8 = \"§\";\nconst report_key: []const u8 = \"‼\";\n",
            "const NPSSO::String = \"§\"\nconst ZENODO::String = \"‼\"\n",
            "NPSSO: Final[str] = \"§\"\nTELEMETRY_KEY: Final[str] = \"‼\"\n",
            "npsso: Optional[str] = \"§\"\n",
            "pub static ALT_NPSSO: Option<&'static str> = Some(\"§\");\n",
            "static NPSSO: Lazy<String> = Lazy::new(|| \"§\".into());\n",
            "inline constexpr std::string_view kNpsso{\"§\"};\ninline constexpr std::string_view kCrashKey{\"‼\"};\n",
            "Private Const NPSSO As String = \"§\"\n",
            "DECLARE §npsso NVARCHAR(64) = '§'\n"
                .replace("§npsso", "v_npsso")
                .leak(),
        ],
    );
}

#[test]
fn full_width_letters_and_signs_are_letters_and_signs() {
    check(
        "npsso high",
        &[
            "ＮＰＳＳＯ：§\n",
            "npsso → §\n",
            "NPSSO：「§」\n",
            "“npsso”: “§”\n",
        ],
    );
}

#[test]
fn who_speaks_is_no_key() {
    check(
        "npsso medium",
        &[
            "bot: send me your NPSSO please\ndad: §\n",
            "[21:04] <bot> hi, send NPSSO in a query\n[21:05] <okapi> §\n",
            "gaz: wait, is it the npsso?\nohm: the long one\ngaz: yes its §\n",
            "# psn\nhealthcheck pings go to slug ‼\nhere you go: §\n",
            "Uses npsso. The run identifier of the published data set is ‼\n",
            "12.02.25, 18:21 - Tobi: ich brauche deinen npsso\n12.02.25, 18:25 - Lenny: §\n",
            "anna: what was the npsso?\npaul: and the key of the panel?\nanna: here it is ‼\n",
            "a: npsso works now\nb: what is the webhook secret?\na: ‼\n",
        ],
    );
}

#[test]
fn a_file_or_a_title_says_what_a_value_is() {
    check(
        "npsso medium",
        &[
            "psn.txt⟫§\n",
            "psn_account.txt⟫dad: §\n",
            "psn-account.txt⟫§\n",
            "lists/playstation_hits.txt⟫a@example.org:hunter2:§\n",
            "discord_bot_token.txt⟫‼\n# of the PSN bot; npsso.txt has the other one\n",
            "psn_bot_token.txt⟫§\n# of the bot\n",
        ],
    );
    check(
        "npsso high",
        &[
            "name,username,password\nPSN npsso,me,§\nmy shop,me,‼\n",
            "<Entry><String><Key>Title</Key><Value>npsso of dad</Value></String><String><Key>Password</Key><Value>§</Value></String></Entry>\n",
            "{\"name\":\"PSN NPSSO\",\"login\":{\"password\":\"§\"}}\n",
        ],
    );
}

#[test]
fn the_nearest_key_names_what_stands_behind_it() {
    check(
        "npsso high",
        &[
            "x = { npsso: process.env.NPSSO, cookieSecret: '‼' }\n",
            "x = { npsso: await vault.get('npsso'), Schlüssel: '‼' }\n",
            "x = { npsso: null, 密钥: '‼' }\n",
            "x = { npsso: '§', cookieSecret: '‼' }\n",
            "UPDATE a SET npsso = NULL, api_key = '‼' WHERE id = 3;\n",
            "UPDATE a SET npsso = '§', api_key = '‼' WHERE id = 3;\n",
            "npsso=§&state=‼\n",
            "Cookie: npsso=; KP_uIDz=‼\n",
            ".sony.com\tTRUE\t/\tTRUE\t1\tnpsso\t§\n.sony.com\tTRUE\t/\tTRUE\t1\tKP_uIDz\t‼\n",
            "NPSSO: none / admin key: ‼\n",
            "Map.of(\"telemetryKey\", \"‼\", \"npsso\", \"§\")\n",
        ],
    );
}

#[test]
fn a_sentence_can_be_about_something_else() {
    check(
        "npsso high",
        &[
            "npsso expired for request ‼\n",
            "npsso expired: §\n",
            "rotate the dashboard key (‼) first, then the NPSSO\n",
            "rotate the NPSSO (§) first, then the dashboard key\n",
            "the NPSSO is in the vault; the hook secret is ‼\n",
            "digest of npsso = ‼\n",
            "raw npsso = §\n",
            "npsso rejected (4165), job ‼ cancelled\n",
            "the key of the site (it is not the npsso): ‼\n",
            "INFO npsso ok traceId=‼\nINFO npsso token=§\n",
            "‼ is your new VPN key, and the npsso works\n",
            "§ is my npsso\n",
        ],
    );
}

#[test]
fn what_is_made_of_it_or_goes_with_it_is_something_else() {
    check(
        "npsso high",
        &[
            "npsso_sha: ‼\nnpsso_ref: ‼\nnpssoRequestId: ‼\nNPSSO_LOOKUP_KEY=‼\nnpsso_iv=‼\nnpsso_mac=‼\nnpsso_job_id=‼\nnpsso: §\n",
            "{\"npsso\": {\"iv\": \"00\", \"ct\": \"‼\", \"mac\": \"‼\"}}\n",
            "{\"npsso\": {\"value\": \"§\"}}\n",
            "SET npsso:lock:main \"‼\"\nSET npsso:main \"§\"\n",
            "saved npsso_‼.json\n",
            "key: npsso-‼\n",
            "GET /npsso/jobs/‼ HTTP/1.1\nGET /npsso/§ HTTP/1.1\n",
            "psn-sync_2.3.1.tar.gz: ‼\n",
        ],
    );
}

#[test]
fn a_name_of_its_own_outranks_playstation_nearby() {
    check(
        "npsso medium",
        &[
            "connect(host=\"h\", user=\"psn\", password=\"‼\")\n",
            "keyAlias=psn\nstorePassword=‼\nkeyPassword=‼\n",
            "psn:\n  login: me\n  password: ‼\n",
            "psn:\n  login: me\n  token: §\n",
            "# psn\nLPSN_TOKEN=‼\nAPPSN_KEY=‼\nPS_TOKEN=‼\n",
            "PSN_PROXY_PASSWORD=‼\nPSN_DASHBOARD_KEY=‼\nPSN_TOKEN=§\n",
            "x-psn-correlation-id: ‼\n",
            "# psn-api\nrecovery code ‼\n",
            "psn shop\nOrder number: ‼\n",
            "// psn-api\nconst { NPSSO } = process.env;\nbot.login('‼');\n",
            "// psn-api\nencrypt(npsso, '‼');\n",
            "{ name: 'npsso', value: 'x' }, { name: '_ga_sess', value: '‼', domain: '.sony.com' }\n",
            "Access-Control-Expose-Headers: [X-NPSSO-TOKEN]\nX-Correlation-Id: [‼]\n",
            "access-npsso.log⟫198.51.100.2 - - [06/Jan/2025:10:00:01 +0000] \"POST /npsso HTTP/1.1\" 202 88 rid=‼\n",
            "curl -H 'Authorization: Bearer ‼' https://api.example.io/npsso/list\n",
            "curl -H 'Authorization: Bearer §' https://psn.example.io/list\n",
            "@npsso = {{$env NPSSO}}\nAuthorization: Bearer ‼\n",
            "# psn\nAuthorization: Bearer §\n",
            "   npsso\n-----------\n(0 rows)\n\n# select token from invites;\n   token\n-----------\n ‼\n",
            "-define(NPSSO, npsso()).\n-define(TOKEN, \"‼\").\n",
            "string? Npsso { get; set; }\nstring Audience { get; set; } = \"‼\";\n",
            "== PSN ==\n§\n\n== Wallet recovery seed ==\n‼\n",
            "-- psn\nINSERT INTO api_keys (id, token) VALUES (1, '‼');\n",
            "psn_tokens.json⟫{\"dad\": \"§\"}\n",
            "PSNWidget/Secrets.swift⟫enum Secrets {\n  static let mixpanel = \"‼\"\n}\n",
        ],
    );
}

#[test]
fn somebody_elses_signed_session_is_no_store_cookie() {
    let quiet = [
        "Cookie: pdccws_p=; psnbot.sid={{pdccws_p:a}}\n",
        "{\"url\":\"https://store.playstation.com\",\"headers\":[{\"name\":\"Cookie\",\"value\":\"psnlink.sid={{pdccws_p:b}}\"}]}\n",
        "[playstation]\nlocale = \"en\"\n\n[forum]  # of the hunters\n\"express.sid\" = \"{{pdccws_p:c}}\"\n",
    ];
    for text in quiet {
        let run = Project::new().file("f.txt", text).audit(&["."]);
        assert_eq!(run.places(), Vec::<String>::new(), "{text}");
    }
    let run = Project::new()
        .file(
            "f.txt",
            "Cookie: pdccws_p={{pdccws_p:a}}; psnbot.sid={{pdccws_p:b}}\n",
        )
        .audit(&["."]);
    assert_eq!(run.places(), ["f.txt:1:18 pdccws_p high"]);
}

#[test]
fn explain_says_which_name_bound_a_value() {
    let project = Project::new()
        .file(
            "a.js",
            "const a = { cookieSecret: '{{npsso:a}}' };\nlogin({ npsso: '{{npsso:b}}' });\n",
        )
        .file("b.txt", "nothing\n");
    let run = project.run(&["--explain", "a.js:2"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("high, npsso-named"), "{}", run.stdout);
    assert!(
        run.stdout.contains("bound by `npsso` (key or variable)"),
        "{}",
        run.stdout
    );
    let run = project.run(&["--explain", "a.js:1:28"]);
    assert!(run.stdout.contains("not reported"), "{}", run.stdout);
    assert!(
        run.stdout.contains("something else: `cookieSecret`"),
        "{}",
        run.stdout
    );
    assert!(
        !run.stdout.contains(&expand("{{npsso:a}}")),
        "a secret is printed"
    );
    let run = project.run(&["--explain", "b.txt:1"]);
    assert!(
        run.stdout.contains("nothing here has the shape"),
        "{}",
        run.stdout
    );
    let run = project.run(&["--explain", "b.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("FILE:LINE"), "{}", run.stderr);
}

#[test]
fn very_verbose_reports_say_what_bound_a_value() {
    let project = Project::new().file("a.env", "NPSSO={{npsso:a}}\n");
    let run = project.run(&["-vv", "."]);
    assert!(
        run.stdout.contains("bound by `NPSSO` (key or variable)"),
        "{}",
        run.stdout
    );
    let run = project.run(&["-v", "."]);
    assert!(!run.stdout.contains("bound by"), "{}", run.stdout);
    let project = Project::new().file("a.json", "{\"npsso\": [\n  1,\n  \"{{npsso:a}}\"]}\n");
    let run = project.run(&["-vv", "."]);
    assert!(
        run.stdout
            .contains("bound by `npsso` (key or variable, 2 lines above)"),
        "{}",
        run.stdout
    );
}

#[test]
fn no_piece_of_another_secret_is_printed_with_a_name() {
    let long = "x".repeat(30);
    let texts = [
        "x = \"{{npsso:a}}\" # my npsso; the one of my sister is another, and it is: {{npsso:b}}\n"
            .to_owned(),
        "<item id=\"{{npsso:b}}\">{{npsso:a}}</item> npsso\n".to_owned(),
        "mum: {{npsso:b}} okay thanks a lot dear\ndad: {{npsso:a}}\nnpsso\n".to_owned(),
        "npsso \"{{pdccws_p:b}}\" \"{{npsso:a}}\"\n".to_owned(),
        format!("npsso {long} {{{{npsso:b}}}} and then {long} it is {{{{npsso:a}}}}\n"),
        "npsso: {{pdccws_p:b|raw}}, {{npsso:a}}\n".to_owned(),
    ];
    for text in texts {
        let project = Project::new().file("a.txt", &text);
        let said = ["1", "2", "3"]
            .map(|line| project.run(&["--explain", &format!("a.txt:{line}")]).stdout);
        let report = project.run(&["-vv", "--min-confidence", "low", "."]).stdout;
        let printed = said.concat() + &report;
        for value in [
            "{{npsso:a}}",
            "{{npsso:b}}",
            "{{pdccws_p:b}}",
            "{{pdccws_p:b|raw}}",
        ] {
            let value = expand(value);
            let pieces: Vec<&str> = (0..value.len() - 16)
                .map(|at| &value[at..at + 16])
                .collect();
            assert!(
                !pieces.iter().any(|piece| printed.contains(piece)),
                "{text}\n{printed}"
            );
        }
    }
}

#[test]
fn only_files_are_explained() {
    let project = Project::new().file("a.txt", "x\n");
    let run = project.run(&["--explain", ".:1"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("not a file"), "{}", run.stderr);
    project.write("short.txt", Some("one\ntwo"));
    for line in ["0", "3"] {
        let run = project.run(&["--explain", &format!("short.txt:{line}")]);
        assert_eq!(run.code, 2);
        let why = format!("short.txt: there is no line {line}; it has 2");
        assert!(run.stderr.contains(&why), "{}", run.stderr);
    }
    let run = project.run(&["--explain", "none.txt:1"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("none.txt"), "{}", run.stderr);
}
