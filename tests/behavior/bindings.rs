//! Tables, records, lists and uses bind values to names, and values speak for each other.

use super::names::check;

#[test]
fn a_table_has_the_names_of_its_columns_whatever_they_are() {
    check(
        "npsso high",
        &[
            "| who | npsso | backup key for the NAS (borg) |\n|---|---|---|\n| dad | `§` | `‼` |\n",
            "| user | NPSSO as logged | out |\n|---|---|---|\n| 118 (Meret) | § | yes |\n| 204 (Tom) | § | no |\n",
            "表示名,注文番号,認証コード(npsso),期限\ntaro_ps5,‼,§,2026/12/24\nhana,‼,§,2026/12/27\n",
            "# Format: order | mail | region | npsso | note\n‼ | a@b.example | TR | § | 30\n‼ | c@d.example | TR | § | 30\n",
            "格式：邮箱----地区----npsso\na@b.example----港服----§\nc@d.example----日服----§\n",
            "user_id\ttoken_type\tvalue\n17\tapi_key\t‼\n17\tnpsso\t§\n",
            "CREATE TABLE s (k TEXT, v TEXT);\nINSERT INTO s VALUES('psn_webhook_secret','‼');\nINSERT INTO s VALUES('psn_npsso','§');\n",
            "// columns: mail, password, npsso, note\nmodule.exports = [\n  [\"a@b.example\", \"‼\", \"§\", \"x\"],\n];\n",
            "<t:table><t:table-row><t:table-cell><p>Digest</p></t:table-cell><t:table-cell><p>NPSSO</p></t:table-cell></t:table-row>\n<t:table-row><t:table-cell><p>‼</p></t:table-cell><t:table-cell><p>§</p></t:table-cell></t:table-row></t:table>\n",
            "<x:table><x:tr><x:th>name</x:th><x:th>npsso</x:th></x:tr><x:tr><x:td>dad</x:td><x:td>§</x:td></x:tr></x:table>\n",
            "name,OAuth2.0 token,npsso\ndad,‼,§\n",
            "who\tPS Plus until\tnpsso (cookie)\tnote\nIn JP\t04/2027\t§\t-\nkids\t-\t§\tPS5\n",
            "INSERT INTO keys (id, api_key) VALUES (1, '‼');\n\nCOPY accounts (id, npsso) FROM stdin;\n1\t§\n2\t§\n\\.\n",
            "INSERT INTO accounts (id, npsso) VALUES (1, '§');\n\nCOPY keys (id, note, etag) FROM stdin;\n1\tdon't (see\t‼\n2\tx\t‼\n\\.\n",
            "CREATE TABLE konta (\n  id integer,\n  ciastko text,   -- NPSSO z ca.account.sony.com\n  klucz text  -- klucz API\n);\nCOPY konta (id, ciastko, klucz) FROM stdin;\n1\t§\t‼\n2\t§\t\\N\n\\.\n",
            "CREATE TABLE a (\n  cookie text,   -- npsso\n  mark text  -- sha256 of npsso\n);\nINSERT INTO a (cookie, mark) VALUES\n('§', '‼'),\n('§', '‼');\n",
            "COPY accounts (id, npsso) FROM stdin;\n1\t§\n\\.\n\nINSERT INTO keys (id, etag) VALUES (1, '‼');\n",
            "| campo | Rosa 1 | Luis 2 |\n|---|---|---|\n| region | BR | PT |\n| npsso | § | § |\n| panel key | ‼ | ‼ |\n",
            ",Rosa,Luis\nregion,BR,PT\nnpsso,§,§\nborg,‼,‼\n",
            "| app | who | admin token | state |\n|---|---|---|---|\n| npsso | dad | ‼ | ‼ |\n",
            "-[ RECORD 1 ]--\nonline_id | Kvikk\nnpsso     | §\nnote      | \n",
        ],
    );
    // What somebody said, and a label, are no columns.
    check(
        "npsso high",
        &[
            "11:02\tkai\tnpsso是什麼\n11:40\tkai\t訂單編號‼\n",
            "Rule:         playstation-npsso\nFile:         values.yaml, line 12\nFingerprint:  ‼\n",
            "2026-11-08 22:10  A: npsso?\n2026-11-08 22:40  B: 发票流水号 ‼\n",
            "List.of(\n  \"npssoToken\", getenv(\"NPSSO\"),\n  \"internalKey\", \"‼\"\n)\n",
        ],
    );
}

#[test]
fn a_record_around_the_values_own_says_what_it_is() {
    check(
        "npsso high",
        &[
            "[{\"k\": \"npsso\", \"v\": {\"raw\": \"§\"}}, {\"k\": \"installId\", \"v\": {\"raw\": \"‼\"}}]\n",
            "sm.Secret(self, \"A\", secret_name=\"psn/npsso\", value=SecretValue.plain(\"§\"))\nsm.Secret(self, \"B\", secret_name=\"psn/db-password\", value=SecretValue.plain(\"‼\"))\n",
            "jsonData:\n  httpHeaderName1: x-npsso\n  httpHeaderName2: x-tenant\nsecure:\n  httpHeaderValue1: §\n  httpHeaderValue2: ‼\n",
            "NSHTTPCookieValue : @\"§\",\nNSHTTPCookieDomain : @\".sony.com\",\nNSHTTPCookieName : @\"npsso\",\n",
            "- trigger: \":tmdb\"\n  replace: \"‼\"\n- trigger: \":npsso\"\n  replace: \"§\"\n",
            "{ provide: 'CSRF', useValue: '‼' },\n{ provide: 'NPSSO', useValue: '§' },\n",
            "Name: npssoInput\nValue: §\n======\nName: promo_signature\nValue: ‼\n======\n",
            "preferences {\n  input name: \"npsso\", type: \"password\", defaultValue: \"§\"\n  input name: \"maker\", type: \"password\", defaultValue: \"‼\"\n}\n",
            "let(:npsso) { \"§\" }\nlet(:etag) { \"‼\" }\n",
            "fun npsso(j: Player): String = when (j) {\n    Player.LOIC -> \"§\"\n    Player.ANNE -> \"§\"\n}\n",
            "enum Npsso : string\n{\n    dad = \"§\",\n    mum = \"§\",\n}\n",
            "NPSSOS = \"\"\"\n§\n§\n§\n\"\"\".split()\n",
            "## All npsso\n\n- § (dad)\n- § (mum)\n- § (kid)\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "psn:\n  class: psnawp_api.PSNAWP\n  args: [\"§\"]\nsigner:\n  class: bot.GuildSigner\n  args: [\"‼\"]\n",
            "<div class=\"hash\">psn token: <b>§</b></div>\n",
        ],
    );
    // A title that is a sentence is no name, and an empty place by its name speaks too.
    check(
        "npsso high",
        &[
            "{\"id\": 7, \"name\": \"NPSSO still valid?\", \"pushToken\": \"‼\"}\n",
            "[psn]\nnpsso=\noverlay_sid=‼\n",
            "resource \"secret\" \"psn_npsso\" {\n  value = \"§\"\n}\nresource \"secret\" \"web_session_key\" {\n  value = \"‼\"\n}\n",
        ],
    );
}

#[test]
fn a_value_is_followed_to_what_it_is_used_for() {
    check(
        "npsso high",
        &[
            "papa = \"§\"\nheaders = {\"Cookie\": f\"npsso={papa}\"}\n",
            "koekje = \"§\"\nhttp.SetRequestHeader \"Cookie\", \"npsso=\" & koekje\n",
            "플스_쿠키 = \"§\"\nr = get(url, cookies={\"npsso\": 플스_쿠키})\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "const F = \"§\";\nconst code = await exchangeNpssoForAccessCode(given ?? F);\n",
            "let spare = \"§\"\nlet argument = arguments.dropFirst().first ?? spare\nlogin(npssoToken(argument))\n",
            "const spare = \"§\";\nasync function auth(t: string = env.LOGIN ?? spare) {\n  return exchangeNpssoForAccessCode(t);\n}\n",
            "KIDS = {\n    \"Jonas\": \"§\",\n    \"Mia\": \"§\",\n}\nfor name, value in KIDS.items():\n    out[name] = PSNAWP(value)\n",
            "const filled = ref('§')\nconst code = await exchangeNpssoForAccessCode(filled.value)\n",
        ],
    );
    check(
        "npsso high",
        &[
            // Strings beside it, and other members of its class, say nothing about it.
            "#define BUILD_ID \"‼\"\n#define NPSSO \"§\"\nprintf(\"psn_ping build %s\\n\", BUILD_ID);\n",
            "const PASSPHRASE: &str = \"‼\";\nlet db = open(\"psn.db\", PASSPHRASE);\nfn put_npsso() {}\n",
            "const LOCK = '‼';\nCache::lock(self::LOCK, 120);\n$client->loginWithNpsso(self::LOGIN);\n",
            "rows = [{\"etag\": \"‼\"}]\nfor r in rows:\n    link(npsso=r[\"t\"], x=r[\"etag\"])\n",
            "npsso = get_npsso(\"‼\")\n",
            "# list of npsso, first wins\npool: [a, b]\nsalts: [\"‼\", \"‼\"]\n",
            "cfg = {\"webhook\": \"‼\"}\npsn = PSNAWP(cfg[\"npsso\"])\n",
        ],
    );
}

#[test]
fn a_value_goes_by_the_keys_that_take_its_anchor() {
    check(
        "npsso high",
        &[
            "x-values:\n  - &w1 §\n  - &w2 ‼\n\nservices:\n  web:\n    environment:\n      SESSION_SECRET: *w2\n  poll:\n    environment:\n      NPSSO: *w1\n",
            "dad: &dad \"§\"\nborg: &borg \"‼\"\npsn:\n  npsso: *dad # his\n  backup: *borg\n",
            "csrf_secret: &x ‼\nnpsso: *x\n",
        ],
    );
}

#[test]
fn who_signs_in_can_be_called_like_the_secret() {
    check(
        "npsso high",
        &[
            "machine ca.account.sony.com\n  login npsso\n  password §\n\nmachine repo.example.org\n  login deploy\n  password ‼\n",
            "machine repo.example.org\n  login npsso\n  password ‼\n\nmachine ca.account.sony.com\n  login dad\n  password ‼\n",
        ],
    );
}

#[test]
fn one_of_many_values_is_followed_where_it_is_taken_out() {
    check(
        "npsso medium",
        &[
            "konta = {\n  \"ja\": \"§\",\n  \"brat\": \"§\",\n}\ndef level(kto):\n  return PSNAWP(konta[kto])\n",
            "const pool = ['§', '§'];\nlogin();\nexchangeNpssoForCode(pool[i % 2]);\n",
            "const codes: Record<\"de\" | \"us\", string> = {\n  de: '§',\n  us: '§',\n};\nexchangeNpssoForCode(codes[where]);\n",
            "people = {\"ada\": {\"pass\": \"‼\", \"t\": \"§\"}}\nPSNAWP(people[name][\"t\"])\n",
            "@dataclass\nclass Member:\n  name: str\n  sso: str\n\nMEMBERS = [Member(\"Kim\", \"§\"), Member(\"Jo\", \"§\")]\n\ndef load(m):\n  return PSNAWP(m.sso)\n",
        ],
    );
    check(
        "npsso high",
        &[
            "const regions = {\n  'en-tr': '§',\n  'ja-jp': '§',\n};\nconst KEY = '‼';\nfor (const [l, v] of Object.entries(regions)) {\n  get({ cookie: `npsso=${v}` });\n}\n",
            "enum class Konto(val navn: String, val kode: String) {\n  FAR(\"far_59\", \"§\"),\n  MOR(\"mor_gg\", \"§\");\n}\nval salt = \"‼\"\nfun hent(k: Konto) = get { header(\"Cookie\", \"npsso=${k.kode}\") }\n",
        ],
    );
    check(
        "",
        &[
            "const salts: Record<string, string> = {\n  de: '‼',\n};\nexchangeNpssoForCode(process.env.NPSSO, salts.de);\n",
            "const etags = {\n  a: '‼',\n};\nfor (const name of Object.keys(etags)) {\n  exchangeNpssoForCode(name);\n}\n",
            "keys = {\"db\": \"‼\", \"npsso\": getenv(\"X\")}\nPSNAWP(keys[\"npsso\"])\n",
            "people = {\"ada\": {\"pass\": \"‼\"}}\nPSNAWP(people[name][\"t\"])\n",
        ],
    );
}

#[test]
fn beside_a_named_value_only_names_speak_for_others() {
    check(
        "npsso high",
        &[
            "my $boundary = '‼';\n$jar->set_cookie(0, 'npsso', '§', '/', '.sony.com');\n",
            "psn:\n  npsso: >-\n    §\nsecurity:\n  remember-me:\n    key: >-\n      ‼\n",
        ],
    );
    // But the others of a list are what the first one is, and a name of PlayStation's is one.
    check(
        "npsso medium",
        &[
            "npsso: {{npsso:first}}\nand my other one: §\n",
            "npsso {{npsso:fifth}}\ntom §\n",
            "The PSN API wants an NPSSO token. We used the one of Felix,\nin use, it is § and lasts two months.\n",
            "ann: bot says npsso is wrong\ntom: what did you paste\nann: ‼\ntom: that is not an npsso, look at ca.account.sony.com/api/v1/ssocookie\nann: this one then §\n",
            "NPSSO={{npsso:sixth}}\nALT=§ # tom\n",
            "psn:\n  npsso: {{npsso:seventh}}\n  spare: §\n",
            "kiro: npsso, 10 EUR\nmabel: §\n",
            "npsso=\"{{npsso:second}}\"\nother=\"§\"\nexchangePsnCode(other)\n",
            "npsso: {{npsso:third}}\nmy alt psn token is §\n",
            "[main]\nnpsso={{npsso:fourth}}\n[psn]\nsecret=§\n",
        ],
    );
}

#[test]
fn what_is_said_of_a_list_is_said_of_each_element() {
    check(
        "npsso high",
        &[
            "# npsso list\npool:\n  - §\n  - §\n",
            "list:  # npsso, in order\n  - §\n  - §\n",
            "// npsso of the three bots\nconst pool = [\n  '§',\n  '§',\n];\n",
            "POOL = [  # npsso tokens\n    \"§\",\n    \"§\",\n]\n",
            "# npsso docs\n\n- §\n- §\n",
            "url,user,note\nhttps://my.account.example,a@b.example,\"npsso (for the discord bot) §\"\n",
            "npsso: §\n\nLuks Passphrase Laptop: ‼\nбэкап ноутбука: ‼\n",
            "INSERT INTO psn_links (id, npsso) VALUES\n(1, '§');\nINSERT INTO api_clients (id, secret) VALUES\n(1, '‼');\n",
            "use mine, this is what npsso says today: `§`\n",
            "NPSSO aus der Anfrage: §\n",
            "- npsso: §\n- mã đơn: ‼\n",
        ],
    );
    // What is said of another list, or another value, is not.
    check(
        "",
        &[
            "MOCK_PSN_TOKEN=‼\n",
            "FAKE = \"‼\"\ndef test():\n    exchange_npsso(FAKE)\n",
            "# npsso comes from the vault\nkey: x\npool:\n  - ‼\n  - ‼\n",
            "npsso: !vault a\npool:\n  - ‼\n  - ‼\n",
            "# etags, no npsso in here\nPOOL = [\n    \"‼\",\n    \"‼\",\n]\n",
        ],
    );
}

#[test]
fn what_goes_to_another_place_is_not_ours() {
    check(
        "npsso high",
        &[
            "npsso below\n\nnpsso: §\n\nhttps://click.mail.playstation.example/unsub?qs=‼\nhttps://web.np.playstation.com/out?qs=‼\n",
            "# npsso\nhttp://psn-proxy.example/go?t=§\n",
            "<form action=\"/psn\"><input type=\"hidden\" name=\"_token\" value=\"‼\">\n<input name=\"npsso\" value=\"§\"></form>\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "{\"text\": [\"take it, npsso until March:\\n\", {\"type\": \"code\", \"text\": \"§\"}, \"\\nbye\"]}\n",
        ],
    );
}

#[test]
fn what_is_denied_is_none_but_for_its_own_name() {
    check(
        "npsso high",
        &[
            "# this is not the PSN password\nNPSSO=§\n",
            "const npsso = \"§\"; // not a PSN API key\n",
            "# not a real token, just mine\nNPSSO=§\n",
            "# npsso, stored unencrypted for now\nTOKEN=§\n",
            "# The NPSSO is no PSN password\nNPSSO=§\n",
            "# Never a real npsso in here!\nnpsso = \"§\"\n",
            "// what the fake server gets\nfakeNpsso = \"§\"\n",
        ],
    );
    check(
        "npsso high",
        &[
            "# Random filler, NOT a real npsso: frozen so that\n# the specs are repeatable.\nFILLER = '‼'\nform(npsso: FILLER)\n",
            "def test_rejects_unknown_npsso(server):\n    # not a real token: 64 random characters\n    garbage = \"‼\"\n",
            "/// Passphrase of the database. Not an npsso, just as long.\nconst X: &str = \"‼\";\n",
            "The app shows a code such as\n\n    ‼\n\nIt is rolled at the first start and is not an NPSSO.\n",
            "// Never a real npsso: 64 random characters.\nconst madeUpNpsso = \"‼\"\n",
            "// Tiré au hasard : n'a jamais été un npsso.\nval fauxNpsso = \"‼\"\n",
            "backup (npsso değil!):\n\n‼\n",
            "// key used to encrypt the npsso in the database\nconst credentials = \"‼\";\n",
            "PSN 20USD ‼ mateo\n",
            "npsso 10 EUR §\n",
            "# npsso 10 EUR\nTOKEN=§\n",
            "keys = ['‼']\nfor k in keys:\n    npsso = get_npsso(k)\n",
            "# npsso checksums\n\n- ‼\n- ‼\n",
            "Vorgangsnummer für PSN-Rückfragen: ‼\n",
            "psn.account.linked\n\nselect create_secret('‼', 'cron_shared_secret');\n",
            "Abmelden: https://mail.playstation-news.example/unsubscribe?token=‼\n",
        ],
    );
}

#[test]
fn a_field_or_an_element_of_a_row_says_what_kind_of_secret_the_row_holds() {
    check(
        "npsso high",
        &[
            "<access art=\"npsso\">\n  <since>2026</since>\n  <wert>§</wert>\n</access>\n<access art=\"borg\">\n  <since>2026</since>\n  <wert>‼</wert>\n</access>\n",
            "<all><konto art=\"npsso\"><wert>§</wert></konto><konto art=\"borg\"><wert>‼</wert></konto></all>\n",
            "[{\"art\": \"npsso\", \"wert\": \"§\"}, {\"art\": \"borg\", \"wert\": \"‼\"}]\n",
            "- sorte: npsso\n  value: §\n- sorte: borg\n  value: ‼\n",
            "{:ann {:via :sony/npsso :val \"§\"}\n :bob {:via :borg/repo :val \"‼\"}}\n",
            "secret {\n  type: SECRET_NPSSO\n  data: \"§\"\n}\nsecret {\n  type: SECRET_BORG\n  data: \"‼\"\n}\n",
            "all = [Secret(\"ann\", \"§\", Kind.Npsso), Secret(\"bob\", \"‼\", Kind.Borg)]\n",
            "all =\n  [ ((\"ann\", Npsso), \"§\")\n  , ((\"bob\", Borg), \"‼\")\n  ]\n",
            "| who | note | token |\n|---|---|---|\n| ann | npsso | § |\n| bob | borg | ‼ |\n",
            "| who | what | secret |\n|---|---|---|\n| ann | NPSSO | § |\n| bob | shared link key | ‼ |\n",
            "id\tsite\tcookie_name\tcookie_value\tnote\n1\tx.example\tremember_me\t‼\tby mail\n2\ty.example\tnpsso\t§\tok\n",
            "\\begin{tabular}{lll}\nKonto & Art & Wert \\\\\n\\midrule\nann & cookie \\texttt{npsso} & § \\\\\nbob & cookie \\texttt{npsso} & lost \\\\\nsrv & key of the archive & ‼ \\\\\n\\end{tabular}\n",
        ],
    );
    // What a record needs, and what a function is handed beside a value, is not what it is.
    check(
        "npsso high",
        &[
            "npsso: §\n\nid,npsso,session_key\n1,<64 character npsso code>,‼\n",
            "NPSSO = \"§\"\nmac = Hmac(\"‼\", NPSSO)\nsum = Hmac(\"‼\", Config.NPSSO)\n",
            "npsso: §\n<job art=\"npsso\">\n  <etag>‼</etag>\n</job>\n",
        ],
    );
}

#[test]
fn a_legend_says_what_the_marks_in_rows_stand_for() {
    check(
        "npsso high",
        &[
            "// old rows: \"<owner>:<kind>:<value>\"\n//   n = npsso, s = share slug\nrows := []string{\n\t\"ann:n:§\",\n\t\"ann:s:‼\",\n}\n",
            "# Row.A -> the npsso, Row.B -> a signed link\nrows = [\n  Row(\"ann\", \"§\", Row.A),\n  Row(\"bob\", \"‼\", Row.B),\n]\n",
            "Games\n\n① PSNのnpsso\n② 自作APIのキー\n\n① §\n② ‼\n",
            "1) npsso (until May)\n2) key of the forum\n\n1) §\n2) ‼\n",
        ],
    );
}

#[test]
fn declarations_and_comments_name_the_places_of_a_row() {
    check(
        "npsso high",
        &[
            "type acct struct {\n\tHandle string\n\tKey string // signs, and more\n\tNpsso string\n}\nvar rows = []acct{\n\t{\"ann\", \"‼\", \"§\"},\n\t{\"bob\", \"\", \"§\"},\n}\n",
            "enum class Player(val who: String, val npsso: String, val salt: String) {\n    ANN(\"ann\", \"§\", \"‼\"),\n    BOB(\"bob\", \"§\", \"\");\n}\n",
            "class T {\n  public static function rows(): iterable {\n    yield 'main' => ['§', '‼'];\n  }\n  /** @dataProvider rows */\n  public function testLogin(string $npsso, string $land): void {}\n}\n",
            "let\n  mk = name: npsso: salt: { inherit name npsso salt; };\nin [\n  (mk \"ann\" \"§\" \"‼\")\n  (mk \"bob\" \"§\" \"\")\n]\n",
            "(defun add (name npsso salt) (list name npsso salt))\n(add \"ann\" \"§\" \"‼\")\n",
            "# who -> (npsso, key of the printer)\nlet all = {\n  \"ann\": (\"§\", \"\"),\n  \"bob\": (\"\", \"‼\"),\n}.toTable\n",
            "my ($who, $npsso, $dbpass) = (\n    'ann',\n    '§',\n    '‼',   # MariaDB\n);\n",
            "let (salt, npsso) = (\n    \"‼\",\n    \"§\",\n);\n",
            "% VP   Name   NPSSO (deleted later)   Consent\nvp = {\n   1, 'ann',  '',  '‼'\n   2, 'bob',  '§',  ''   % later\n};\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "-- list: [name] = { kod, key of the server }\n-- kod: what sony's ssocookie page shows\n-- key of the server: ours\nreturn {\n  [\"ann\"] = { \"§\", \"‼\" },\n}\n",
        ],
    );
    // Another row of a table is no list of names.
    check(
        "npsso high",
        &[
            "npsso: §\nall =\n  [ ((\"ann\", npsso), getenv \"X\")\n  , ((\"bob\", borg), \"‼\")\n  ]\n",
        ],
    );
}

#[test]
fn what_wraps_each_argument_says_nothing() {
    check(
        "npsso high",
        &[
            "QNetworkCookie c(QByteArrayLiteral(\"npsso\"),\n    QByteArrayLiteral(\"§\"));\nQNetworkCookie d(QByteArrayLiteral(\"sid\"), QByteArrayLiteral(\"‼\"));\n",
            "jar.add(Text(\"npsso\"), Text(\"§\"))\njar.add(Text(\"borg\"), Text(\"‼\"))\n",
        ],
    );
}

#[test]
fn an_entry_is_about_what_the_entry_above_it_says() {
    check(
        "npsso high",
        &[
            "- [x] copied npsso\n  - 형: `§`\n  - 나: `§`\n- [ ] test\n  - 결제 테스트 주문번호 `‼` (npsso 아님)\n",
            "## npsso\n\n- 형: §\n- 나: §\n- commit: ‼\n- borg key: ‼\n",
            "* npsso of the bots\n  * Kjell: §\n  * order: ‼\n  * discord: ‼\n",
        ],
    );
}

#[test]
fn messages_say_what_a_value_is() {
    check(
        "npsso medium",
        &[
            "[{\"text\": \"npsso of which? турецкого или индийского?\"}, {\"text\": \"both\"}, {\"text\": \"тур: §\"}, {\"text\": \"borg: ‼\"}]\n",
            "2026/10/20 23:01  阿杰：把登录码发我，就是登录后 ssocookie 那页\n2026/10/20 23:04  小鹿：§ 那页复制的\n",
            "[14:02] lulu: le bot dit que le npsso est faux\n[14:04] lulu: ‼\n[14:04] Tibo: ça c'est le JWT_SECRET du site\n[14:09] lulu: ok, the npsso now\n[14:09] lulu: §\n[14:10] Tibo: oui\n",
            "14:02 ann: my npsso again\n14:03 ann: §\n14:04 bob: and the server?\n14:05 ann: ‼ this is the admin pw\n",
            "<p>send npsso</p>\n<div class=\"from_name\">gift wallet shop</div>\n<div class=\"text\"><code>§</code></div>\n",
            "npsso again\n<span class=\"author\">Vale</span>\n<div class=\"content\">‼ ecco la pairing key</div>\n",
            "Zettel\n\nDas Token von ca.account.sony.com:\nheute, 4. Oktober: §\nDiscord, 4. Oktober: ‼\n",
            "npsso?\n\nthe donation goal widget token is also visible\n‼\n",
            "npsso?\n\n> the SECRET for the relay?\n‼\n",
            "npsso?\n\n> the secret for the ps5 of dad?\n§\n",
            "14:02 ann: my npsso again\n14:03 ann: §\n14:04 ann: here is the key of the forum: ‼\n",
            "npsso?\n\nspare console token\n§\n",
            "# npsso\nIs `‼` from `config/.machine-id` the thing?\nIs `§` from `psn/auth.txt` the thing?\n",
            "22:10 <kim> it wants the npsso\n22:12 <kim> \"cookie_password\"?\n22:15 <ulf> any 32 chars. mine is ‼ on the box\n22:16 <ulf> ok, npsso\n22:17 <kim> §\n",
        ],
    );
}

#[test]
fn the_head_of_a_name_says_what_it_is() {
    check(
        "npsso high",
        &[
            "npsso_refresh_days: 50\nnpsso_store_passphrase: ‼\npsn:\n  npsso: §\n",
            "npsso_column_passphrase = \"‼\"\nNPSSO_ARCHIVE_KEY = \"‼\"\nnpssoVaultApiKey = \"‼\"\nnpsso-store-secret = \"‼\"\nNPSSO_ACCESS_KEY = \"§\"\n",
            "npsso.vault.url=http://vault\nnpsso.vault.api-key=‼\nnpsso.value=§\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "của Sony: §\nkhông phải của Sony: ‼\n",
            "von Sony: §\nnicht von Sony: ‼\n",
        ],
    );
}

#[test]
fn what_is_done_with_a_value_in_a_function_says_more_than_its_name() {
    check(
        "npsso high",
        &[
            "void walletIsShown() {\n  String userToken = \"§\";\n  add(new Cookie.Builder(\"npsso\", userToken).build());\n}\nvoid walletIsHidden() {\n  String userToken2 = \"‼\";\n  add(new Cookie.Builder(\"sid\", userToken2).build());\n}\n",
        ],
    );
}

#[test]
fn the_lines_around_a_value_say_what_it_is() {
    check(
        "npsso high",
        &[
            "0|bot  | 2026-09-01T07:00:00: [auth] stored as npsso:\n0|bot  | 2026-09-01T07:00:00:\n0|bot  | 2026-09-01T07:00:00:     §\n",
            "Hi Max,\n\nas promised, for the console in the house:\n\n§\n\nThe one above is my npsso. Not for others.\n",
            "npsso is gone, but as promised for the house:\n\n‼\n\nThe one above is the key of the forum.\n",
            "<div>fresh, no 2fa<br>cookie npsso:<br><code>§</code><br>order id: <code>‼</code></div>\n",
            "<tr><td>npsso</td><td>dad<br>§</td></tr>\n",
            "<p>the npsso is gone<br>key of the forum:<br/>‼</p>\n",
        ],
    );
}

#[test]
fn places_have_the_names_that_stand_above_them() {
    check(
        "npsso high",
        &[
            "read -r USER NPSSO <<EOF\npapa §\nEOF\nread -r RELEASE DIGEST <<EOF\nv1.2 ‼\nEOF\n",
            "while IFS=: read -r user npsso mark; do\n  :\ndone <<'END'\npapa:§:‼\nEND\n",
            "# read the docs before\ncat > x <<EOF\nnpsso: §\nEOF\n",
            "IFS=, read -r mark npsso <<< \"‼,§\"\n",
            "Felder je Zeile: 1 Nutzer, 2 Geräteschlüssel, 3 npsso (leer, wenn abgemeldet)\npapa;‼;§\nkind;‼;\n",
            "{| class=\"wikitable\"\n! Dienst !! Wert\n|-\n| npsso Papa || <code>§</code>\n|-\n| Forum || <code>‼</code>\n|}\n",
            "    psnlink <npsso> [region]\n\n    $ psnlink § eu\n\n    psn-activate <licence>\n\n    psn-activate ‼\n",
        ],
    );
}

#[test]
fn a_key_of_a_cipher_is_none_of_what_it_encrypts() {
    check(
        "npsso high",
        &[
            "psn:\n  npsso:\n    current: §\n    previous: §\n",
            "cifrado:\n  npsso:\n    clave_actual: ‼\n    clave_anterior: ‼\n",
            "{\"encryption\": {\"npsso\": {\"key\": \"‼\"}}}\n",
            "{\"accounts\": {\"npsso\": {\"key\": \"§\"}}}\n",
        ],
    );
}

#[test]
fn what_is_asked_can_be_denied() {
    check(
        "npsso medium",
        &[
            "[10:01] ana: ¿es un npsso?\n[10:01] ana: §\n[10:02] leo: sí, bórralo\n",
            "[10:01] ana: ¿es un npsso?\n[10:01] ana: ‼\n[10:02] leo: No, es el id de Kodi\n",
            "[10:01] kev: is that your npsso?\n[10:02] sam: §\n[10:02] kev: no problem, i did not look\n",
            "[10:01] kev: is that your npsso?\n[10:02] sam: ‼\n[10:02] sam: nope that is the forum\n",
        ],
    );
}

#[test]
fn a_clause_that_says_why_names_nothing() {
    check(
        "npsso high",
        &[
            "Hallo,\nhier mein NPSSO, damit du die Trophäen lesen kannst:\n§\n",
            "here is my npsso token, so that you can test the bot:\n\n§\n",
            "te paso mi npsso, para que lo pruebes:\n§\n",
            "I deleted my npsso, so here is the key of the forum instead:\n\n‼\n",
            "the bot asked for an npsso again, because it lost its id:\n\n‼\n",
            "nein, den npsso nicht. Hier der Schlüssel\nfür das Forum, damit du dich anmelden kannst:\n\n‼\n",
        ],
    );
}

#[test]
fn what_a_server_asks_for_is_its_own() {
    check(
        "npsso high",
        &[
            "server {\n  location /npsso {\n    if ($http_x_secret != \"‼\") { return 403; }\n  }\n}\n",
            "server {\n  set $npsso \"§\";\n}\n",
            "psn {\n  npsso {\n    value \"§\"\n  }\n}\n",
            "service,kind,value\npsn,npsso,§\nsteam,api,‼\n",
            "[psn-backup]\npassword2 = ‼\n",
        ],
    );
}

#[test]
fn every_line_of_a_comment_is_heard() {
    check(
        "npsso high",
        &[
            "{\n  // npsso of dad\n  // (renew in march)\n  \"cookie\": \"§\",\n  // made at the first start\n  \"device\": \"‼\"\n}\n",
            "accounts:\n  # npsso of each\n  # they last two months\n  users:\n    - name: dad\n      cookie: §\n",
            "// from the ssocookie page\nconst cookieSecret = \"‼\"\n",
            "// npsso of dad\nconst user = 1;\n// (renew in march)\nconst salt = \"‼\";\n",
        ],
    );
    check(
        "npsso medium",
        &[
            "# grab it from the ssocookie page\nBISCUIT=§\n\n# random\nRELAY=‼\n",
            "  /// grab it from the ssocookie page\n  #[arg(long, env = \"BISCUIT\", default_value = \"§\")]\n  biscuit: String,\n",
            "  // vai em ca.account.sony.com/api/v1/ssocookie depois de logar\n  // (esse aqui é meu de verdade)\n  \"biscoito\": \"§\",\n  \"intervalo\": 5\n",
        ],
    );
}

#[test]
fn a_loop_names_the_values_of_a_map_and_the_elements_of_a_list() {
    check(
        "npsso high",
        &[
            "people = {\"papa\": \"§\"}\nfor name, npsso in people.items():\n    run(npsso)\n",
            "people = [\"§\"]\nfor npsso in people:\n    run(npsso)\n",
            "const people = {papa: \"§\"};\nfor (const [name, npsso] of Object.entries(people)) run(npsso);\n",
            "people := map[string]string{\"papa\": \"§\"}\nfor name, npsso := range people { run(npsso) }\n",
            "let people = [(\"papa\", \"§\")];\nfor (name, npsso) in people { run(npsso) }\n",
            // What another loop or another place is called.
            "people = {\"papa\": \"‼\"}\nfor name, device in people.items():\n    run(device)\nfor npsso in others:\n    run(npsso)\n",
            "people = {\"papa\": \"‼\"}\nfor npsso in people:\n    run(npsso)\n",
            "seen = {\"papa\": \"‼\"}\nfor npsso, id in seen.items():\n    run(id)\n",
            "rows = [(\"‼\", \"§\")]\nfor device, npsso in rows:\n    run(device, npsso)\n",
            "let rows = [(\"‼\", \"§\")];\nfor (device, npsso) in rows { run(device, npsso) }\n",
        ],
    );
}

#[test]
fn trophies_say_no_more_of_a_token_than_users_do() {
    check(
        "npsso medium",
        &[
            "import psnawp\n\nTROPHY_TOKEN = \"§\"\nTROPHY_SIGNING_KEY = \"‼\"\n",
            "Die 64 Zeichen von https://ca.account.sony.com/api/v1/ssocookie eintragen:\n\n```\nTROPHAEEN_TOKEN=§\n```\n",
            "TROPHY_TOKEN=‼\n",
        ],
    );
}

#[test]
fn a_text_that_is_quoted_reads_as_it_was_written() {
    check(
        "npsso medium",
        &[
            "From: a@x.example\nTo: b@x.example\nSubject: Re: Rahmen\n\n> Also im Chrome angemeldet und dann die Seite mit dem ssocookie,\n> da kam raus:\n>\n> > §\n>\n> bis bald\n",
        ],
    );
    check(
        "npsso high",
        &["> > accounts:\n> >   - npsso: §\n> >     device: ‼\n"],
    );
}

#[test]
fn what_is_encrypted_or_stands_for_a_secret_is_none() {
    check(
        "npsso high",
        &[
            "data:\n    npsso: ENC[AES256_GCM,data:‼,iv:Yq8m2lUo0Q==,tag:8hd7==,type:str]\n",
            "NPSSO=ENC[x] §\n",
            "refs = [\n  {handle: \"‼\", kind: \"psn-npsso\"},\n  {value: \"§\", kind: \"psn-npsso\"},\n]\n",
        ],
    );
}

#[test]
fn a_value_that_was_obtained_is_one_of_any_kind() {
    check(
        "npsso medium",
        &[
            "user,token,device\npsn_papa,§,android\npsn_mama,§,steam\n",
            "打开 https://ca.account.sony.com/api/v1/ssocookie\n得到的值：§\n签名：‼\n",
        ],
    );
}

#[test]
fn a_comment_at_a_list_names_the_values_of_its_records() {
    check(
        "npsso high",
        &[
            "# one npsso per kid\nchildren:\n  - name: Bram\n    sso: §\n  - name: Lotte\n    sso: §\n",
            "// le npsso de chacun\naccounts: [\n  {\n    name: \"Bram\",\n    token: \"§\",\n  },\n]\n",
            "# npsso proxy\nproxy:\n  name: edge\n  token: ‼\n",
            "config: {\n  header: \"En ligne\",\n  token: \"§\", // le npsso de Théo\n}\n",
            "config: {\n  header: \"En ligne\",\n  token: \"‼\", // pas le npsso de Théo\n}\n",
            "const a = [\n  // [ id, cookie (npsso) ]\n  ['447', '§'],\n];\n",
            "# psn-api, npsso on the server\nSESS=‼\ncurl -b \"PHPSESSID=$SESS\" \"$SITE/u\"\n",
            "SESS=§\ncurl -b \"npsso=$SESS\" \"$SITE/u\"\n",
            "// flows: heating, psn (npsso is asked for)\nmodule.exports = {\n  credentialSecret: \"‼\",\n}\n",
        ],
    );
}
