//! Plays Sony on this machine, so that `--verify` can be tried without it.
//!
//! `cargo run --example issuer` makes a folder with leaked synthetic secrets,
//! starts an issuer that accepts some of them, and prints what to type.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it talks to whoever started it, and knocks at its own server"
)]

#[path = "../tests/support/issuer/mod.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod issuer;

use std::error::Error;
use std::fs;
use std::io;

use issuer::{Issuer, answers};
use npsso_audit::expand;

fn main() -> Result<(), Box<dyn Error>> {
    let live = [expand("{{npsso:live}}"), expand("{{pdccws_p:live}}")];
    let issuer = Issuer::start(move |request| {
        // What was sent is a secret; who asked for what is none.
        println!("{} {}", request.number + 1, request.path());
        answers::sony(&live, request)
    });
    let folder = tempfile::tempdir()?;
    for (file, text) in [
        ("bot/.env", "NPSSO={{npsso:live}}\n"),
        ("bot/old.env", "NPSSO={{npsso:dead}}\n"),
        (
            "store/cookies.txt",
            "Cookie: pdccws_p={{pdccws_p:live}}\nCookie: pdccws_p={{pdccws_p:dead}}\n",
        ),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs::write(path, expand(text))?;
    }
    let (url, ca_cert) = (issuer.url(), issuer.ca_cert());
    println!("An issuer listens at {url}. In another terminal:\n");
    println!(
        "cargo run -q -- {} --verify --issuer-url {url} --store-url {url} --ca-cert {}\n",
        folder.path().display(),
        ca_cert.display()
    );
    println!("Enter ends it.");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}
