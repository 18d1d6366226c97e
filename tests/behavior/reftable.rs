//! A repository that keeps its refs in tables is audited like one with files.

use crate::support::Project;

/// A repository of a format of refs and of a hash of objects.
fn repository(refs: &str, objects: &str) -> Project {
    let project = Project::new();
    let refs = format!("--ref-format={refs}");
    let objects = format!("--object-format={objects}");
    project.git(&["init", "-q", "-b", "main", &refs, &objects]);
    project
}

#[test]
fn what_only_a_reflog_says_is_found() {
    for refs in ["files", "reftable"] {
        let project = repository(refs, "sha1");
        project.commit("readme", Some("hello\n"), "start");
        let why = crate::support::expand("npsso={{npsso}}");
        project.git(&[
            "update-ref",
            "-m",
            &why,
            "--create-reflog",
            "refs/heads/x",
            "HEAD",
        ]);
        let run = project.audit(&["."]);
        assert_eq!((run.code, run.exposures().len()), (1, 1), "{}", run.stdout);
        if refs == "reftable" {
            let places = run.exposures();
            assert_eq!(places[0]["layers"][0]["layer"], "reftable");
            assert_eq!(places[0]["layers"][0]["member"], "logs/refs/heads/x");
        }
    }
}
