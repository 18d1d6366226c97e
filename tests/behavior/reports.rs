//! Reports say everything, hold no secret, and reach their file whole.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::decoding::base64;
use crate::support::{Project, expand, sarif_schema};

fn project() -> Project {
    Project::new()
        .file(
            "bot/.env",
            "NPSSO={{npsso:alice}}\nPSN_COOKIE={{pdccws_p:alice}}\n",
        )
        .file("log/ü #1.log", "Cookie: npsso={{npsso:alice}}\n")
}

fn sarif(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(arguments);
    serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

#[test]
fn no_report_holds_a_secret_unless_it_is_asked_for() {
    let npsso = expand("{{npsso:alice}}");
    let raw = expand("{{pdccws_p:alice|raw}}");
    let encoded = expand("{{pdccws_p:alice}}");
    let id = &raw[2..34];
    for format in ["human", "json", "sarif"] {
        let project = project();
        let run = project.run(&["-v", "-f", format, "."]);
        for secret in [
            npsso.as_str(),
            &raw,
            &encoded,
            id,
            &npsso[..12],
            &npsso[30..],
        ] {
            assert!(
                !run.stdout.contains(secret) && !run.stderr.contains(secret),
                "{format}: {}",
                run.stdout
            );
        }
        // Our own report is clean for ourselves.
        let own = Project::new()
            .bytes("report", run.stdout.as_bytes())
            .audit(&["--min-confidence", "low", "."]);
        assert_eq!(own.code, 0, "{format}");
        let shown = project.run(&["--show-secrets", "-f", format, "."]);
        assert_eq!(shown.stdout.contains(&npsso), format != "sarif", "{format}");
    }
}

#[test]
fn the_json_report_is_complete() {
    let json = project().audit(&["."]).json();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["tool"]["name"], "npsso-audit");
    assert_eq!(json["summary"]["outcome"], "leaks");
    assert_eq!(json["summary"]["exit_code"], 1);
    assert_eq!(
        (&json["summary"]["findings"], &json["summary"]["exposures"]),
        (&Value::from(2), &Value::from(3))
    );
    let finding = &json["findings"][0];
    let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
    assert!(
        fingerprint.len() == 35 && fingerprint.starts_with("v1:"),
        "{fingerprint}"
    );
    assert_eq!(
        finding["redacted"].as_str(),
        Some(format!("{}…", &expand("{{npsso:alice}}")[..4]).as_str())
    );
    let location = &finding["exposures"][0]["location"];
    assert_eq!(
        *location,
        serde_json::json!({"line":1,"column":7,"end_line":1,"end_column":71,"byte_offset":6,"byte_length":64})
    );
    assert_eq!(
        json["data_exposure"]["npsso"]["rows"]
            .as_array()
            .map(Vec::len),
        Some(24)
    );
}

#[test]
fn the_sarif_report_is_valid_and_what_code_scanning_asks_for() {
    let project = project().file("clean.txt", "x\n");
    let report = sarif(&project, &["-f", "sarif", "."]);
    assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
    let run = &report["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 3);
    for result in results {
        let rule = &run["tool"]["driver"]["rules"]
            [result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let physical = &result["locations"][0]["physicalLocation"];
        let region = physical["region"].as_object().expect("a region");
        assert_eq!(
            region.keys().collect::<Vec<_>>(),
            ["endColumn", "endLine", "startColumn", "startLine"]
        );
        assert!(
            result["partialFingerprints"]["primaryLocationLineHash"]
                .as_str()
                .is_some_and(|hash| hash.ends_with(":1"))
        );
        assert!(
            result["partialFingerprints"]["npssoAudit/v1"]
                .as_str()
                .is_some_and(|hash| hash.starts_with("v1:"))
        );
        assert!(physical["region"].get("snippet").is_none());
    }
    let uris: Vec<&str> = results
        .iter()
        .filter_map(|result| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str()
        })
        .collect();
    assert!(
        uris.contains(&"bot/.env") && uris.contains(&"log/%C3%BC%20%231.log"),
        "{uris:?}"
    );
    for rule in run["tool"]["driver"]["rules"].as_array().expect("rules") {
        assert!(
            rule["properties"]["security-severity"]
                .as_str()
                .and_then(|s| s.parse::<f64>().ok())
                .is_some(),
            "{rule}"
        );
        assert!(
            rule["help"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .is_some_and(|text| text.contains("| Real Name |"))
        );
        let tags = rule["properties"]["tags"].as_array().expect("tags");
        assert!(tags.contains(&Value::from("security")) && tags.len() <= 10);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["automationDetails"]["id"], "npsso-audit/files/");
}

#[test]
fn sarif_paths_start_at_the_work_tree_wherever_the_program_is_run() {
    let project = Project::new()
        .file("repo/.git/HEAD", "ref: refs/heads/main\n")
        .file("repo/a/b.env", "NPSSO={{npsso}}\n");
    for path in ["repo", "repo/a", "repo/a/b.env"] {
        let report = sarif(&project, &["-f", "sarif", path]);
        let uri = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
            ["uri"];
        assert_eq!(uri, "a/b.env", "{path}");
    }
}

#[test]
fn a_container_in_a_text_has_the_place_of_the_encoded_text() {
    let packed = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(expand(text).as_bytes()).expect("memory");
        gzip.finish().expect("memory")
    };
    let encoded = base64(&packed("NPSSO={{npsso:packed}}\n"));
    let project = Project::new()
        .file("values.yml", &format!("a: 1\ndata:\n  x.gz: {encoded}\n"))
        .bytes("x.gz", &packed("\n\nNPSSO={{npsso:packed}}\n"));
    let region = |path: &str| {
        let report = sarif(&project, &["-f", "sarif", path]);
        assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
        let place = &report["runs"][0]["results"][0]["locations"][0];
        let region = &place["physicalLocation"]["region"];
        let logical = &place["logicalLocations"][0]["fullyQualifiedName"];
        format!(
            "{}:{} {logical}",
            region["startLine"], region["startColumn"]
        )
    };
    assert_eq!(region("values.yml"), "3:9 null");
    assert_eq!(region("x.gz"), "1:1 \":3:7\"");
}

#[test]
fn a_progress_bar_is_one_line_of_a_log() {
    let text = "start\n10%\r50%\r100%\nNPSSO={{npsso:bar}}\n";
    let project = Project::new()
        .file("bar.log", text)
        .file("old.txt", "one\rtwo\rNPSSO={{npsso:mac}}\r");
    let report = sarif(&project, &["-f", "sarif", "."]);
    let results = report["runs"][0]["results"].as_array().expect("results");
    let region =
        |result: &Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].clone();
    let lines: Vec<Value> = results.iter().map(region).collect();
    assert_eq!(lines, [3, 3]);
    // `grep -n` says the same, and so does the hash of the line.
    let plain = Project::new().file("bar.log", &text.replace("10%\r50%\r", ""));
    let plain = sarif(&plain, &["-f", "sarif", "."]);
    let hash = |report: &Value| report["runs"][0]["results"][0]["partialFingerprints"].clone();
    assert_eq!(
        hash(&report)["primaryLocationLineHash"],
        hash(&plain)["primaryLocationLineHash"]
    );
}

#[test]
fn what_was_not_read_is_in_the_sarif_report() {
    let project = Project::new().file("a.txt", "x\n");
    let report = sarif(&project, &["-f", "sarif", "a.txt", "missing.txt"]);
    assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
    let invocation = &report["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert!(
        notification["message"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("no such file")),
        "{notification}"
    );
}

#[test]
fn one_audit_writes_several_reports() {
    let project = project();
    let run = project.run(&[
        ".",
        "--report",
        "sarif=out.sarif",
        "--report",
        "json=out.json",
    ]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("2 secrets"));
    let read = |name: &str| fs::read_to_string(project.path(name)).expect("the report was written");
    let json: Value = serde_json::from_str(&read("out.json")).expect("JSON");
    let sarif: Value = serde_json::from_str(&read("out.sarif")).expect("JSON");
    // The reports themselves were not there to be audited.
    assert_eq!(json["summary"]["inputs"], 2);
    assert_eq!(
        sarif["runs"][0]["results"].as_array().map(Vec::len),
        Some(3)
    );
    let left: Vec<_> = fs::read_dir(project.root())
        .expect("the folder can be listed")
        .collect();
    assert_eq!(left.len(), 4, "no temporary file is left: {left:?}");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_the_audit() {
    let project = project();
    for report in ["json=nowhere/out.json", "json=bot"] {
        let run = project.run(&[".", "--report", report]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(
            run.stderr
                .contains(report.split_once('=').expect("a file").1),
            "{}",
            run.stderr
        );
        assert_eq!(run.stdout, "");
    }
    let run = project.run(&[".", "--report", "xml=out.xml"]);
    assert!(
        run.code == 2 && run.stderr.contains("no format `xml`"),
        "{}",
        run.stderr
    );
    let run = project.run(&[".", "-o", "x.json", "--report", "sarif=x.json"]);
    assert!(
        run.code == 2 && run.stderr.contains("a file of its own"),
        "{}",
        run.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_never_takes_the_place_of_another_one_or_of_an_input() {
    let project = project();
    for arguments in [
        &["-o", "./b", "--report", "sarif=b", "."][..],
        &["bot/.env", "-o", "bot/../bot/.env"],
        &["bot/.env", "--purge-file", "bot/.env"],
    ] {
        let before = std::fs::read(project.path("bot/.env")).expect("the file is there");
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert_eq!(
            std::fs::read(project.path("bot/.env")).expect("still there"),
            before
        );
    }
}

#[cfg(unix)]
#[test]
fn a_name_for_standard_output_is_not_replaced() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = project();
    symlink("/proc/self/fd/1", project.path("out")).expect("a link can be made");
    let run = project.run(&[".", "-o", "out", "-f", "json"]);
    assert!(project.path("out").is_symlink(), "{}", run.stderr);
    assert_eq!(run.json()["schema_version"], 1);
    // Who could not read the old report cannot read the new one.
    let private = project.path("private.json");
    std::fs::write(&private, "").expect("a file can be written");
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    project.run(&[".", "-f", "json", "-o", "private.json"]);
    let mode = std::fs::metadata(&private)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn errors_that_nobody_can_read_change_no_exit_code() {
    let project = project();
    for (arguments, code) in [(&["nowhere"][..], 3), (&["--no-such-flag"], 2)] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let status = project
            .command(arguments)
            .stderr(full)
            .stdout(std::process::Stdio::null())
            .status();
        assert_eq!(status.expect("it runs").code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let project = project();
    let run = project.run(&[".", "-f", "json", "-o", "/dev/full"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("/dev/full cannot be written"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("2 secrets in 3 places"),
        "{}",
        run.stderr
    );
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("it is always there");
    let status = project
        .command(&["."])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.expect("the program starts").code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_report_with_secrets_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    project.run(&[".", "--show-secrets", "-f", "json", "-o", "out.json"]);
    let mode = fs::metadata(project.path("out.json"))
        .expect("the report was written")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_secret_that_is_glued_to_something_in_a_name_is_redacted() {
    let name = expand("0x{{npsso}}");
    let project = Project::new().file(&name, "npsso={{npsso}}\n");
    for format in ["human", "json", "sarif"] {
        let run = project.run(&[".", "-f", format]);
        assert_eq!(run.code, 1);
        assert!(!run.stdout.contains(&expand("{{npsso}}")), "{format}");
    }
}

#[test]
fn a_secret_in_a_file_name_is_redacted_too() {
    let npsso = expand("{{npsso:alice}}");
    let project = Project::new().file(&format!("npsso={npsso}.env"), "NPSSO={{npsso:bob}}\n");
    let missing = format!("npsso_{npsso}");
    for arguments in [
        vec!["."],
        vec![".", &missing],
        vec![&missing],
        vec![".", "--report", &missing],
    ] {
        for format in ["human", "json", "sarif"] {
            let mut all = vec!["-v", "-f", format];
            all.extend(&arguments);
            let run = project.run(&all);
            assert!(
                !run.stdout.contains(&npsso) && !run.stderr.contains(&npsso),
                "{format} {}{}",
                run.stdout,
                run.stderr
            );
        }
    }
    assert!(
        project
            .run(&["."])
            .stdout
            .contains(&format!("npsso={}….env:1:7", &npsso[..4]))
    );
}
