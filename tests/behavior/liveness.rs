//! `--verify`: asks the issuer, and nobody else; says what it said, and no more.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::issuer::answers::{self, CODE, http, json, redirect};
use crate::support::issuer::{Issuer, Reply, Request};
use crate::support::{Project, Run, clean, expand, program, sarif_schema};

/// The program, about to ask an issuer, with everything on that could make it talk.
fn command(project: &Project, issuer: &Issuer, arguments: &[&str]) -> Command {
    let mut command = project.command(arguments);
    command
        .args(["--verify", "--issuer-url", &issuer.url()])
        .args(["--store-url", &issuer.url()])
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .stdin(Stdio::null());
    if issuer.url().starts_with("https") {
        command.arg("--ca-cert").arg(issuer.ca_cert());
    }
    command
}

fn verify(project: &Project, issuer: &Issuer, arguments: &[&str]) -> Run {
    let run = Run::of(command(project, issuer, arguments).output());
    gives_nothing_away(&run);
    run
}

/// No secret and no code, whatever happened.
fn gives_nothing_away(run: &Run) {
    let texts = [&run.stdout, &run.stderr];
    for secret in ["{{npsso}}", "{{npsso:a}}", "{{npsso:b}}", "{{pdccws_p}}"] {
        let secret = expand(secret);
        let tail = &secret[secret.len() - 20..];
        assert!(texts.iter().all(|text| !text.contains(tail)), "{texts:?}");
    }
    for part in [CODE, "code=", "cookie:", "Private Game", "scecompcall"] {
        assert!(
            texts.iter().all(|text| !text.contains(part)),
            "{part}: {texts:?}"
        );
    }
}

fn npsso() -> Project {
    Project::new().file(".env", "NPSSO={{npsso}}\n")
}

fn store() -> Project {
    Project::new().file("c.txt", "Cookie: pdccws_p={{pdccws_p}}\n")
}

/// Every finding as `liveness` or `liveness why`.
fn said(run: &Run) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    run.findings()
        .iter()
        .map(|finding| {
            let (liveness, why) = (text(&finding["liveness"]), text(&finding["liveness_why"]));
            format!("{liveness} {why}").trim_end().to_owned()
        })
        .collect()
}

/// One secret, one answer: what the program says of it, and the exit code, and
/// how often it asked.
fn verdict(
    project: &Project,
    how: &[&str],
    play: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (String, i32, usize) {
    let issuer = Issuer::start(play);
    let mut arguments = vec!["-f", "json", "-vv", "."];
    arguments.extend(how);
    let run = verify(project, &issuer, &arguments);
    (said(&run).join(", "), run.code, issuer.requests().len())
}

type Play = fn(&Request) -> Reply;

/// Plays answers side by side, so that nobody waits for the pauses of all.
fn table(project: fn() -> Project, how: &[&str], rows: &[(&str, Play)]) {
    let check = |expected: &str, play: Play| {
        let (said, code, requests) = verdict(&project(), how, play);
        assert_eq!(said, expected);
        assert_eq!(code, if said == "live" { 5 } else { 1 }, "{expected}");
        let expected_requests = if said.ends_with("broken-connection") {
            3
        } else {
            1
        };
        assert_eq!(requests, expected_requests, "{expected}");
    };
    let check = &check;
    thread::scope(|scope| {
        for (expected, play) in rows {
            scope.spawn(move || check(expected, *play));
        }
    });
}

fn raw(text: String) -> Reply {
    Reply::Bytes(text.into_bytes())
}

#[test]
fn authorize_has_a_verdict_for_what_was_recorded_and_for_nothing_else() {
    table(
        npsso,
        &[],
        &[
            ("live", |_| answers::authorize_live()),
            ("rejected sign-in-required", |_| answers::authorize_dead()),
            ("rejected sent-back", |_| {
                redirect("com.scee.psxandroid.scecompcall://redirect/?error=access_denied")
            }),
            ("unknown temporary-error", |_| {
                redirect("com.scee.psxandroid.scecompcall://redirect/?error=server_error")
            }),
            ("unknown unclear-redirect", |_| {
                redirect("/sonyacct/signin/?error=login_required&error_code=4165")
            }),
            ("unknown redirect-elsewhere", |_| {
                redirect(
                    "https://example.com/sonyacct/signin/?error=login_required&error_code=4165",
                )
            }),
            ("unknown unclear-redirect", |_| http("302 Found", &[], "")),
            ("unknown unclear-redirect", |_| {
                let location = format!("Location: {}", answers::live_location());
                http("302 Found", &[&location, &location], "")
            }),
            ("unknown other-error", |_| {
                redirect(
                    "https://my.account.sony.com/sonyacct/signin/?error=login_required&error_code=4097",
                )
            }),
            ("unknown page", |_| {
                http(
                    "200 OK",
                    &["Content-Type: text/html"],
                    "<html>Sign in to the Wi-Fi",
                )
            }),
            ("unknown blocked", |_| answers::blocked()),
            ("unknown rate-limited", |_| answers::rate_limited()),
            ("unknown server-error", |_| {
                http("503 Service Unavailable", &["Retry-After: 60"], "")
            }),
            ("unknown status", |_| {
                json("401 Unauthorized", r#"{"error":"login_required"}"#)
            }),
            ("unknown not-http", |_| {
                raw("SSH-2.0-OpenSSH\r\n\r\n".to_owned())
            }),
            ("unknown not-http", |_| {
                raw(format!(
                    "HTTP/1.1 302 Found\r\nX: {}\r\n\r\n",
                    "x".repeat(1 << 20)
                ))
            }),
            ("unknown broken-connection", |_| Reply::Cut(Vec::new())),
            ("unknown timed-out", |_| Reply::Silence),
            ("unknown too-slow", |_| {
                let head = "HTTP/1.1 302 Found\r\nContent-Length: 9999\r\n\r\n";
                Reply::Drip(head.into(), vec![b'x'; 9999], Duration::from_millis(300))
            }),
            ("unknown broken-connection", |_| {
                Reply::Cut(b"HTTP/1.1 302 Fo".to_vec())
            }),
        ],
    );
}

#[test]
fn the_wire_may_look_different_and_the_verdict_is_the_same() {
    table(
        npsso,
        &[],
        &[
            ("live", |_| {
                raw(format!(
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLocation: /x\r\n\r\n\
                     HTTP/1.1 302 Found\r\nlocation: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    answers::live_location()
                ))
            }),
            ("live", |_| {
                let location = answers::live_location();
                Reply::Cut(
                    format!("HTTP/1.0 302 Found\r\nLocation: {location}\r\n\r\n").into_bytes(),
                )
            }),
            ("unknown truncated", |_| {
                Reply::Cut(b"HTTP/1.1 302 Found\r\nContent-Length: 9\r\n\r\nhalf".to_vec())
            }),
            ("unknown truncated", |_| {
                Reply::Cut(
                    b"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf".to_vec(),
                )
            }),
            ("unknown too-large", |_| {
                raw("HTTP/1.1 302 Found\r\nContent-Length: 10000000\r\n\r\n".to_owned())
            }),
        ],
    );
}

#[test]
fn a_broken_connection_is_tried_again_and_an_answer_is_final() {
    let (said, code, requests) = verdict(&npsso(), &[], |request| match request.number {
        0 => Reply::Cut(Vec::new()),
        1 => answers::authorize_dead(),
        _ => answers::authorize_live(),
    });
    assert_eq!(
        (said.as_str(), code, requests),
        ("rejected sign-in-required", 1, 2)
    );
}

#[test]
fn ssocookie_compares_the_token_and_says_when_it_expires() {
    table(
        npsso,
        &["--verify-with", "ssocookie"],
        &[
            ("live", |request| answers::ssocookie_live(request.npsso())),
            ("rejected invalid-login", |_| answers::ssocookie_dead()),
            ("unknown unexpected-answer", |_| {
                answers::ssocookie_live("another")
            }),
            ("unknown unexpected-answer", |request| {
                json(
                    "200 OK",
                    &format!("\u{feff}{{\"npsso\":\"{}\"}}", request.npsso()),
                )
            }),
            ("unknown content-type", |request| {
                http(
                    "200 OK",
                    &["Content-Type: text/plain"],
                    &format!(r#"{{"npsso":"{}"}}"#, request.npsso()),
                )
            }),
            ("unknown encoded", |_| {
                http(
                    "200 OK",
                    &["Content-Type: application/json", "Content-Encoding: gzip"],
                    "\u{1f}x",
                )
            }),
            ("unknown too-large", |_| {
                let body = format!(r#"{{"npsso":"{}"}}"#, "x".repeat(10_000_000));
                raw(format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}",
                    body.len()
                ))
            }),
            ("unknown other-error", |_| {
                json(
                    "400 Bad Request",
                    r#"{"error":"invalid_grant","error_code":100}"#,
                )
            }),
            ("unknown redirect-elsewhere", |_| answers::authorize_dead()),
        ],
    );
    let issuer = Issuer::start(|request| answers::ssocookie_live(request.npsso()));
    let run = verify(
        &npsso(),
        &issuer,
        &["-f", "json", ".", "--verify-with", "ssocookie"],
    );
    let expires = run.findings()[0]["expires_at"].as_str().map(str::len);
    assert_eq!(expires, Some("2026-01-31T12:00:00Z".len()));
    let request = &issuer.requests()[0];
    assert_eq!(request.line, "GET /api/v1/ssocookie HTTP/1.1");
    let run = verify(&npsso(), &issuer, &[".", "--verify-with", "ssocookie"]);
    assert!(
        run.stdout
            .contains("LIVE: the issuer accepts it, and will until 20"),
        "{}",
        run.stdout
    );
}

#[test]
fn the_store_is_asked_one_question_and_only_null_or_not_counts() {
    table(
        store,
        &[],
        &[
            ("live", |_| answers::store_live()),
            ("rejected not-signed-in", |_| answers::store_dead()),
            ("unknown refused", |_| {
                json("401 Unauthorized", r#"{"code":1048841}"#)
            }),
            ("unknown blocked", |_| answers::blocked()),
            ("unknown query-outdated", |_| {
                json(
                    "200 OK",
                    r#"{"errors":[{"message":"PersistedQueryNotFound"}],"data":{"purchasedTitlesRetrieve":null}}"#,
                )
            }),
            ("unknown query-outdated", |_| {
                json(
                    "400 Bad Request",
                    r#"{"errors":[{"message":"This operation has been blocked as a potential Cross-Site Request Forgery (CSRF)."}]}"#,
                )
            }),
            ("unknown unexpected-answer", |_| {
                json("200 OK", r#"{"data":{"purchasedTitlesRetrieve":null}}"#)
            }),
            ("unknown other-error", |_| {
                json(
                    "200 OK",
                    r#"{"data":{"purchasedTitlesRetrieve":{"games":[]}},"errors":[{"message":"x"}]}"#,
                )
            }),
            ("unknown page", |_| {
                http("200 OK", &["Content-Type: text/html"], "<html>")
            }),
        ],
    );
}

#[test]
fn the_issuer_is_sent_the_question_and_the_cookie_and_nothing_else() {
    let issuer = Issuer::start(|request| answers::sony(&[], request));
    let project = npsso().file("c.txt", "pdccws_p={{pdccws_p|raw}}\n");
    let run = verify(&project, &issuer, &["-f", "json", "."]);
    assert_eq!(said(&run).len(), 2, "{}", run.stderr);
    let requests = issuer.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    let names = |request: &Request| -> Vec<String> {
        let mut names: Vec<String> = request
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names
    };
    let [authorize, graphql] = &requests[..] else {
        unreachable!()
    };
    assert_eq!(authorize.path(), "/api/authz/v3/oauth/authorize");
    assert_eq!(
        authorize.query(),
        [
            ("access_type", "offline"),
            ("client_id", "09515159-7237-4370-9b40-3806e67c0891"),
            ("redirect_uri", "com.scee.psxandroid.scecompcall://redirect"),
            ("response_type", "code"),
            ("scope", "psn:mobile.v2.core psn:clientapp"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    assert_eq!(authorize.npsso(), expand("{{npsso}}"));
    assert_eq!(names(authorize), ["accept", "cookie", "host", "user-agent"]);
    let agent = authorize.header("user-agent")[0];
    assert_eq!(agent, concat!("npsso-audit/", env!("CARGO_PKG_VERSION")));
    assert_eq!(graphql.path(), "/api/graphql/v1/op");
    assert_eq!(
        graphql.cookie("pdccws_p"),
        Some(expand("{{pdccws_p}}").as_str())
    );
    assert_eq!(
        names(graphql),
        [
            "accept",
            "cookie",
            "host",
            "user-agent",
            "x-apollo-operation-name"
        ]
    );
}

#[test]
fn one_live_secret_decides_the_exit_code_and_every_report_says_which() {
    let live = [expand("{{npsso:a}}")];
    let issuer = Issuer::start(move |request| answers::sony(&live, request));
    let project = Project::new()
        .file("a.env", "NPSSO={{npsso:a}}\n")
        .file("b.env", "NPSSO={{npsso:b}}\n")
        .file("copy.env", "NPSSO={{npsso:a}}\n");
    let reports = ["--report", "json=out.json", "--report", "sarif=out.sarif"];
    // What is missing makes it incomplete, which a live secret outweighs.
    let mut arguments = vec!["-v", "a.env", "b.env", "copy.env", "missing"];
    arguments.extend(reports);
    let run = verify(&project, &issuer, &arguments);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert_eq!(issuer.requests().len(), 2, "once a secret");
    for part in [
        "LIVE: the issuer accepts it",
        "rejected: the issuer asks to sign in",
        "What to do now about a live npsso",
        "What to do now about a rejected npsso",
        "tokens that were minted from it may still be valid",
        "verified with 2 requests: 1 live, 1 rejected, 0 unknown",
        "2 secrets, 1 of them LIVE, in 3 places",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    let host = issuer.address();
    assert!(
        run.stderr
            .contains(&format!("{host} answered 302 about npsso v1:")),
        "{}",
        run.stderr
    );

    let read = |name: &str| std::fs::read_to_string(project.path(name)).expect("it was written");
    let json: Value = serde_json::from_str(&read("out.json")).expect("JSON");
    assert_eq!(
        (&json["summary"]["outcome"], &json["summary"]["exit_code"]),
        (&Value::from("live"), &Value::from(5))
    );
    assert_eq!(
        json["verification"],
        serde_json::json!({
            "requests": 2, "limit": 10, "asked": 2, "not_asked": 0, "live": 1, "rejected": 1, "unknown": 0
        })
    );
    let first = &json["findings"][0];
    assert_eq!(
        (&first["liveness"], &first["exposures"][1]["path"]),
        (&Value::from("live"), &Value::from("copy.env"))
    );
    assert!(
        first["urgency"]
            .as_str()
            .is_some_and(|text| text.contains("live"))
    );

    let sarif: Value = serde_json::from_str(&read("out.sarif")).expect("JSON");
    assert_eq!(sarif_schema::violations(&sarif), Vec::<String>::new());
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let of = |at: usize, key: &str| results[at][key].clone();
    assert_eq!(
        (of(0, "level"), of(0, "rank")),
        (Value::from("error"), Value::from(100.0))
    );
    assert_eq!(
        (of(2, "level"), of(2, "rank")),
        (Value::from("error"), Value::from(95.0))
    );
    assert_eq!(of(0, "properties")["liveness"], "live");
    assert_eq!(of(2, "properties")["liveness"], "rejected");
    assert_eq!(of(2, "properties")["livenessWhy"], "sign-in-required");
}

#[test]
fn a_live_secret_in_the_history_is_an_error_for_code_scanning() {
    let project = Project::repository();
    project.commit(".env", Some("NPSSO={{npsso}}\n"), "add");
    project.commit(".env", None, "remove");
    let issuer = Issuer::start(|_| answers::authorize_live());
    let run = verify(&project, &issuer, &["-f", "sarif", "."]);
    let sarif: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["level"], &result["rank"]),
        (&Value::from("error"), &Value::from(100.0))
    );
    let run = verify(&project, &issuer, &["."]);
    assert!(
        run.stdout.contains("LIVE") && !run.stdout.contains("very likely expired"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_block_stops_everything_and_says_when_to_try_again() {
    let issuer = Issuer::start(|_| answers::rate_limited());
    let project = Project::new().file(
        "x.env",
        "A_NPSSO={{npsso:a}}\nB_NPSSO={{npsso:b}}\npdccws_p={{pdccws_p}}\n",
    );
    let arguments = ["-f", "json", ".", "--report", "human=out.txt"];
    let run = verify(&project, &issuer, &arguments);
    assert_eq!(run.code, 1);
    assert_eq!(issuer.requests().len(), 1);
    assert_eq!(
        said(&run),
        [
            "unknown rate-limited",
            "unknown stopped-by-rate-limit",
            "unknown stopped-by-rate-limit"
        ]
    );
    assert!(
        run.findings()
            .iter()
            .all(|finding| finding["retry_at"].is_string())
    );
    let text = std::fs::read_to_string(project.path("out.txt")).expect("it was written");
    assert_eq!(text.matches("not before 20").count(), 3, "{text}");
}

#[test]
fn what_the_limit_leaves_out_is_said() {
    let issuer = Issuer::start(|_| answers::authorize_dead());
    let project = Project::new()
        .file("x.env", "A_NPSSO={{npsso:a}}\nB_NPSSO={{npsso:b}}\n")
        .file("bare.txt", "{{npsso:c}}\n");
    let arguments = [".", "--verify-limit", "1", "--min-confidence", "low"];
    let run = verify(&project, &issuer, &arguments);
    assert_eq!((run.code, issuer.requests().len()), (1, 1));
    for part in [
        "not asked: the limit of requests was reached",
        "not asked: of low confidence",
        "verified with 1 request: 0 live, 1 rejected, 0 unknown; 2 secrets were not asked about",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
}

#[test]
fn nobody_is_asked_without_the_option() {
    let issuer = Issuer::start(|_| answers::authorize_live());
    let url = issuer.url();
    // Neither a file nor the environment can ask.
    let project = npsso()
        .file(
            "below/.npsso-audit.toml",
            &format!("verify = true\nissuer-url = '{url}'\n"),
        )
        .file(
            "npsso-audit.toml",
            &format!("verify = true\nissuer_url = '{url}'\n"),
        )
        .file(
            "more.env",
            &format!("NPSSO_AUDIT_VERIFY=1\nHTTPS_PROXY={url}\n"),
        );
    let run = |program: &str, before: &[&str], after: &[&str]| {
        let mut command = clean(program);
        command
            .args(before)
            .args(["."])
            .args(after)
            .current_dir(project.root())
            .env("NPSSO_AUDIT_VERIFY", "1")
            .env("NPSSO_AUDIT_ISSUER_URL", &url)
            .env("HTTPS_PROXY", &url)
            .env("ALL_PROXY", &url);
        Run::of(command.output())
    };
    let program = &program();
    assert_eq!(run(program, &[], &[]).code, 1);
    // Where it could be meant for us, it is an error.
    let own = std::fs::read(project.path("below/.npsso-audit.toml")).expect("it is there");
    std::fs::write(project.path(".npsso-audit.toml"), own).expect("it can be written");
    assert_eq!(run(program, &[], &[]).code, 2);
    std::fs::remove_file(project.path(".npsso-audit.toml")).expect("it is there");
    let given = run(program, &[], &["--issuer-url", &url]);
    assert_eq!(given.code, 1);
    assert!(
        given
            .stderr
            .contains("--issuer-url does nothing without --verify"),
        "{}",
        given.stderr
    );
    assert_eq!(issuer.connections(), 0);
    // Where a tracer is installed and allowed to trace, it sees no socket at all.
    let calls = [
        "-f",
        "-qq",
        "-e",
        "trace=socket,connect",
        "-o",
        "trace.txt",
        program,
    ];
    if clean("strace").arg("-V").output().is_ok() && run("strace", &calls, &[]).code == 1 {
        let trace = std::fs::read_to_string(project.path("trace.txt")).expect("it was traced");
        assert!(!trace.contains("socket("), "{trace}");
    }
}

#[test]
fn an_endpoint_that_would_give_a_secret_away_is_refused_before_anything_is_read() {
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let project = npsso().file("bad.pem", bad);
    for arguments in [
        &["--issuer-url", "http://issuer.example"][..],
        &["--store-url", "http://192.168.1.1/"],
        &["--issuer-url", "issuer.example"],
        &["--issuer-url", "https://user:word@issuer.example"],
        &["--ca-cert", "missing.pem"],
        &["--ca-cert", ".env"],
        &["--ca-cert", "bad.pem"],
        &["--verify-limit", "0"],
        &["--verify-with", "token"],
    ] {
        let mut all = vec![".", "--verify"];
        all.extend(arguments);
        let run = project.run(&all);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            run.stderr
        );
        assert!(
            run.stderr.contains(arguments[0]),
            "{arguments:?}: {}",
            run.stderr
        );
        assert!(!run.stderr.contains("word"), "{}", run.stderr);
    }
    let issuer = Issuer::start(|_| answers::authorize_live());
    let run = Run::of(
        command(&project, &issuer, &["."])
            .env("HTTPS_PROXY", "gopher://x")
            .output(),
    );
    assert!(
        run.code == 2 && run.stderr.contains("HTTPS_PROXY"),
        "{}",
        run.stderr
    );
    assert_eq!(issuer.connections(), 0);
}

#[test]
fn who_cannot_be_reached_has_said_nothing() {
    let why = |run: &Run| said(run)[0].clone();
    let project = npsso();
    // A certificate that nobody trusts
    let issuer = Issuer::start(|_| answers::authorize_live());
    let untrusted = ["-f", "json", ".", "--verify", "--issuer-url", &issuer.url()];
    let run = project.run(&untrusted);
    assert_eq!((run.code, why(&run).as_str()), (1, "unknown tls"));
    assert_eq!(issuer.requests().len(), 0);
    // No TLS where there should be some
    let plain = Issuer::start_plain(|_| answers::authorize_live());
    let url = plain.url().replace("http", "https");
    let run = Run::of(
        command(
            &project,
            &issuer,
            &["-f", "json", ".", "--issuer-url", &url],
        )
        .args(["--verify-limit", "1"])
        .output(),
    );
    // The option is given twice, which is refused rather than guessed.
    assert_eq!(run.code, 2, "{}", run.stderr);
    let arguments = ["-f", "json", ".", "--verify", "--issuer-url", &url];
    let run = project.run(&arguments);
    assert_eq!(why(&run), "unknown tls");
    // A name that no resolver takes
    let name = format!("https://{}.invalid", "x".repeat(64));
    let run = project.run(&["-f", "json", ".", "--verify", "--issuer-url", &name]);
    assert_eq!(why(&run), "unknown dns");
    // Where a network without anybody in it can be made, Sony itself is asked there.
    let isolated = clean("unshare")
        .args(["-rn", &program(), "-v", "-f", "json", ".", "--verify"])
        .current_dir(project.root())
        .output();
    if isolated
        .as_ref()
        .is_ok_and(|output| output.status.code() == Some(1))
    {
        let run = Run::of(isolated);
        if !run.stdout.is_empty() {
            assert_eq!(why(&run), "unknown dns");
            assert!(
                run.stderr
                    .contains("no answer from ca.account.sony.com about npsso"),
                "{}",
                run.stderr
            );
        }
    }
}

#[test]
fn a_proxy_is_used_as_the_environment_says() {
    let issuer = Issuer::start(|_| answers::authorize_live());
    let proxy = Issuer::start_plain(|_| http("407 Proxy Authentication Required", &[], ""));
    let project = npsso();
    let run = |no_proxy: &str| {
        let mut command = command(&project, &issuer, &["-f", "json", "."]);
        command
            .env("HTTPS_PROXY", proxy.url())
            .env("NO_PROXY", no_proxy);
        said(&Run::of(command.output()))
    };
    assert_eq!(run("example.com"), ["unknown proxy"]);
    assert_eq!(
        proxy.requests()[0].line,
        format!("CONNECT {} HTTP/1.1", issuer.address())
    );
    assert!(proxy.requests()[0].header("cookie").is_empty());
    assert_eq!(issuer.connections(), 0);
    assert_eq!(run("127.0.0.1"), ["live"]);
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn plain_http_on_this_machine_goes_through_no_proxy() {
    let issuer = Issuer::start_plain(|_| answers::authorize_live());
    let proxy = Issuer::start_plain(|_| answers::authorize_dead());
    let project = npsso();
    let mut command = command(&project, &issuer, &["-f", "json", "."]);
    command
        .env("HTTP_PROXY", proxy.url())
        .env("ALL_PROXY", proxy.url());
    assert_eq!(said(&Run::of(command.output())), ["live"]);
    assert_eq!(proxy.connections(), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_asking_and_the_rest_is_unknown() {
    let issuer = Issuer::start(|_| Reply::Silence);
    let project = Project::new().file("x.env", "A_NPSSO={{npsso:a}}\nB_NPSSO={{npsso:b}}\n");
    let child = command(&project, &issuer, &["-f", "json", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    while issuer.requests().is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    let killed = clean("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let run = Run::of(child.wait_with_output());
    gives_nothing_away(&run);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(said(&run), ["unknown interrupted", "unknown interrupted"]);
    assert_eq!(issuer.requests().len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_told_first_what_will_be_sent_to_whom() {
    let issuer = Issuer::start(|_| answers::authorize_dead());
    let project = npsso();
    let url = issuer.url();
    let program = &program();
    let line = format!(
        "{program} -q . --verify --issuer-url {url} --ca-cert {} >report.txt",
        issuer.ca_cert().display()
    );
    let mut script = clean("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(project.root())
        .stdin(Stdio::null());
    // Without that program there is no terminal to look at.
    let Ok(output) = script.output() else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    let host = issuer.address();
    let told = format!("--verify sends 1 npsso secret to {host}, as a cookie, in one request");
    assert!(text.contains(&told), "{text}");
    assert!(text.contains("at most 10 requests in all"), "{text}");
    // Elsewhere it is not in the way.
    assert!(
        !verify(&project, &issuer, &["."])
            .stderr
            .contains("--verify sends")
    );
}
