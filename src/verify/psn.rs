//! Sony's sign-in host and store: the only file with a socket.
//!
//! One GET a question, over TLS, with one cookie. No redirect is followed and no
//! cookie kept, the token endpoint is never called, and what an answer holds
//! goes no further than [`verdict`].

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Response, Url, redirect};
use rustls::pki_types::InvalidDnsNameError;
use zeroize::Zeroizing;

use super::verdict::{self, APP_HOST, APP_SCHEME, Answer};
use super::{Heard, Verifier};
use crate::model::liveness::{Liveness, Why};
use crate::model::secret::{Secret, SecretKind};
use crate::system::clock;

const SIGN_IN: &str = "https://ca.account.sony.com";
const STORE: &str = "https://web.np.playstation.com";
/// Says honestly who asks.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The id of the PlayStation app, which every client library sends.
const CLIENT: &str = "09515159-7237-4370-9b40-3806e67c0891";
/// The persisted query of the list of purchases, of which one entry is asked for.
const OPERATION: &str = "getPurchasedGameList";
const VARIABLES: &str = r#"{"isActive":true,"platform":["ps3","ps4","ps5"],"start":0,"size":1,"sortBy":"ACTIVE_DATE","sortDirection":"desc"}"#;
const QUERY: &str = r#"{"persistedQuery":{"version":1,"sha256Hash":"827a423f6a8ddca4107ac01395af2ec0eafd8396fc7fa204aaf9b7ed2eefa168"}}"#;

const CONNECT_TIME: Duration = Duration::from_secs(5);
const TOTAL_TIME: Duration = Duration::from_secs(10);
/// What an answer may have in its body; a recorded one has a thousandth.
const MAX_BODY: usize = 256 * 1024;

/// How an NPSSO is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `authorize`: both answers are recorded; mints a code, which is dropped.
    Authorize,
    /// `ssocookie`: mints nothing, tells when the token expires, repeats the token.
    SsoCookie,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Endpoints<'a> {
    /// Another sign-in host.
    pub issuer: Option<&'a str>,
    /// Another store.
    pub store: Option<&'a str>,
    /// A file with certificates to trust besides those of the system.
    pub ca_cert: Option<&'a Path>,
}

/// Asks Sony.
pub struct Psn {
    sign_in: Endpoint,
    store: Endpoint,
    question: Question,
}

impl Psn {
    /// Gets ready to ask. No connection is made yet.
    ///
    /// # Errors
    ///
    /// When an endpoint is no HTTPS URL, a certificate cannot be read, or a
    /// proxy is set that cannot be used.
    pub fn new(endpoints: Endpoints, question: Question) -> anyhow::Result<Psn> {
        check_proxies()?;
        let roots = match endpoints.ca_cert {
            Some(file) => {
                certificates(file).with_context(|| format!("--ca-cert {}", file.display()))?
            }
            None => Vec::new(),
        };
        let issuer = endpoints.issuer.unwrap_or(SIGN_IN);
        let store = endpoints.store.unwrap_or(STORE);
        Ok(Psn {
            sign_in: Endpoint::new(issuer, &roots, TOTAL_TIME).context("--issuer-url")?,
            store: Endpoint::new(store, &roots, TOTAL_TIME).context("--store-url")?,
            question,
        })
    }

    fn endpoint(&self, kind: SecretKind) -> &Endpoint {
        match kind {
            SecretKind::Npsso => &self.sign_in,
            SecretKind::PdccwsP => &self.store,
        }
    }

    fn url(&self, kind: SecretKind) -> Url {
        let base = self.endpoint(kind).base.clone();
        match (kind, self.question) {
            (SecretKind::Npsso, Question::Authorize) => with(
                base,
                "api/authz/v3/oauth/authorize",
                &[
                    ("access_type", "offline"),
                    ("client_id", CLIENT),
                    ("redirect_uri", &format!("{APP_SCHEME}://{APP_HOST}")),
                    ("response_type", "code"),
                    ("scope", "psn:mobile.v2.core psn:clientapp"),
                ],
            ),
            (SecretKind::Npsso, Question::SsoCookie) => with(base, "api/v1/ssocookie", &[]),
            (SecretKind::PdccwsP, _) => with(
                base,
                "api/graphql/v1/op",
                &[
                    ("operationName", OPERATION),
                    ("variables", VARIABLES),
                    ("extensions", QUERY),
                ],
            ),
        }
    }

    fn judge(&self, kind: SecretKind, answer: &Answer, secret: &Secret) -> Liveness {
        match (kind, self.question) {
            (SecretKind::Npsso, Question::Authorize) => verdict::authorize(answer),
            (SecretKind::Npsso, Question::SsoCookie) => verdict::ssocookie(answer, secret.expose()),
            (SecretKind::PdccwsP, _) => verdict::store(answer),
        }
    }

    async fn exchange(&self, kind: SecretKind, secret: &Secret, client: &Client) -> Heard {
        let cookie = cookie(kind, secret);
        let mut request = client.get(self.url(kind)).header(header::COOKIE, cookie);
        if kind == SecretKind::PdccwsP {
            // Without a header that a plain link cannot send, the store takes a
            // question for a forged one.
            request = request.header("x-apollo-operation-name", OPERATION);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failure(&error),
        };
        let body = body(&mut response).await;
        let headers = response.headers();
        let answer = Answer {
            status: response.status().as_u16(),
            locations: all(headers, "location"),
            content_types: all(headers, "content-type"),
            is_encoded: headers.contains_key(header::CONTENT_ENCODING),
            retry_after: all(headers, "retry-after"),
            next_available: all(headers, "x-ratelimit-next-available"),
            body: body
                .as_ref()
                .map(|body| body.as_slice())
                .map_err(|why| *why),
            now: clock::now(),
        };
        Heard::Answer {
            status: answer.status,
            liveness: self.judge(kind, &answer, secret),
        }
    }
}

impl Verifier for Psn {
    fn host(&self, kind: SecretKind) -> &str {
        &self.endpoint(kind).host
    }

    fn ask(&mut self, kind: SecretKind, secret: &Secret, stop: &AtomicBool) -> Heard {
        const TICK: Duration = Duration::from_millis(50);
        let client = match &self.endpoint(kind).client {
            Ok(client) => client,
            Err(why) => return Heard::Nothing(*why),
        };
        // Each request has a runtime of its own, so that nothing of it, no task
        // and no connection, is left when it is over.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build();
        let Ok(runtime) = runtime else {
            return Heard::Nothing(Why::BrokenConnection);
        };
        let heard = runtime.block_on(async {
            let mut exchange = pin!(self.exchange(kind, secret, client));
            loop {
                match tokio::time::timeout(TICK, exchange.as_mut()).await {
                    Ok(heard) => return heard,
                    Err(_) if stop.load(Ordering::Relaxed) => {
                        return Heard::Nothing(Why::Interrupted);
                    }
                    Err(_) => {}
                }
            }
        });
        // A name that takes long to resolve is not waited for.
        runtime.shutdown_background();
        heard
    }
}

/// A host to ask, and how to get there.
struct Endpoint {
    base: Url,
    host: String,
    client: Result<Client, Why>,
}

impl Endpoint {
    fn new(url: &str, roots: &[Certificate], total: Duration) -> anyhow::Result<Endpoint> {
        let base = Url::parse(url).context("is no URL; write it as https://HOST")?;
        let host = base.host_str().unwrap_or_default().to_owned();
        let is_plain = base.scheme() == "http";
        if host.is_empty() || !is_plain && base.scheme() != "https" {
            bail!("has to be an https:// URL");
        }
        if is_plain && !is_loopback(&host) {
            bail!("has to be an https:// URL; a secret goes over plain HTTP to this machine only");
        }
        let has_login = !base.username().is_empty() || base.password().is_some();
        if has_login || base.query().is_some() || base.fragment().is_some() {
            bail!("has to be a URL without login, query and fragment");
        }
        let client = client(total);
        let client = match is_plain {
            // Nothing is plain on its way to another machine, so none is asked to pass it on.
            true => client
                .no_proxy()
                .tls_certs_only([])
                .resolve_to_addrs("localhost", &LOOPBACK),
            false => client.https_only(true).tls_certs_merge(roots.to_vec()),
        };
        Ok(Endpoint {
            host: match base.port() {
                Some(port) => format!("{host}:{port}"),
                None => host,
            },
            client: client.build().map_err(|_| Why::NoRoots),
            base,
        })
    }
}

/// The port is that of the URL.
const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn client(total: Duration) -> ClientBuilder {
    // Somebody may have chosen one before, and that will do as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_TIME)
        .timeout(total)
}

fn with(mut base: Url, path: &str, query: &[(&str, &str)]) -> Url {
    let folder = base.path().trim_end_matches('/').to_owned();
    base.set_path(&format!("{folder}/{path}"));
    if !query.is_empty() {
        let pairs = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        // As the client libraries write a blank.
        base.set_query(Some(&pairs.replace('+', "%20")));
    }
    base
}

fn certificates(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let pem = std::fs::read(file)?;
    let roots = Certificate::from_pem_bundle(&pem).context("is no PEM file")?;
    if roots.is_empty() {
        bail!("holds no certificate in PEM form");
    }
    // Whether they can be used, only a client knows.
    client(TOTAL_TIME)
        .tls_certs_only(roots.clone())
        .build()
        .ok()
        .context("holds a certificate that cannot be used")?;
    Ok(roots)
}

/// A proxy that cannot be used would be passed by without a word, and somebody
/// who sets one does not want that.
fn check_proxies() -> anyhow::Result<()> {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
        let usable = value.to_str().is_some_and(|value| {
            let scheme = value.split_once("://").map_or("http", |(scheme, _)| scheme);
            known.contains(&scheme) && Proxy::all(value).is_ok()
        });
        if !usable {
            bail!("{name} is no proxy that can be used; write it as http://HOST:PORT");
        }
    }
    Ok(())
}

/// The header that holds the secret. Its memory is overwritten when it is
/// dropped; what the HTTP library copies out of it to send is not in our hands.
fn cookie(kind: SecretKind, secret: &Secret) -> HeaderValue {
    let value = secret.expose();
    let mut cookie = Zeroizing::new(Vec::with_capacity(kind.id().len() + 1 + 3 * value.len()));
    cookie.extend(kind.id().bytes());
    cookie.push(b'=');
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => cookie.push(byte),
            _ => cookie.extend(format!("%{byte:02X}").bytes()),
        }
    }
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(cookie))
        .expect("what is percent-encoded fits into a header");
    header.set_sensitive(true);
    header
}

fn all<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a [u8]> {
    let values = headers.get_all(name).iter();
    values.map(HeaderValue::as_bytes).collect()
}

/// The whole body. It can hold the secret, so it is overwritten when it is dropped.
async fn body(response: &mut Response) -> Result<Zeroizing<Vec<u8>>, Why> {
    // Where neither is given, the end of the connection is the end of the body.
    let headers = response.headers();
    let is_framed = headers.contains_key(header::CONTENT_LENGTH)
        || headers.contains_key(header::TRANSFER_ENCODING);
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BODY as u64)
    {
        return Err(Why::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::with_capacity(MAX_BODY));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return Err(Why::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(Why::TooSlow),
            Err(_) if is_framed => return Err(Why::Truncated),
            Err(_) => return Ok(body),
        }
    }
}

/// What went wrong before there was an answer. Nothing of the error itself is
/// shown: it names the URL.
fn failure(error: &reqwest::Error) -> Heard {
    if error.is_timeout() {
        return Heard::Nothing(Why::TimedOut);
    }
    let mut is_broken = error.is_connect();
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(why) = why(error) {
            return Heard::Nothing(why);
        }
        is_broken |= is_break(error);
        cause = within(error);
    }
    match is_broken {
        true => Heard::Broken,
        false => Heard::Nothing(Why::NotHttp),
    }
}

/// The next cause of an error. Those of the system pass over what they hold.
fn within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Whether the connection ended before an answer did.
fn is_break(cause: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::*;
    match cause.downcast_ref::<io::Error>() {
        Some(error) => matches!(
            error.kind(),
            ConnectionReset | ConnectionAborted | ConnectionRefused | BrokenPipe | UnexpectedEof
        ),
        // The library has no type for this that can be named.
        None => cause
            .to_string()
            .starts_with("connection closed before message completed"),
    }
}

/// Causes that another attempt would meet again.
fn why(cause: &(dyn StdError + 'static)) -> Option<Why> {
    if cause.is::<rustls::Error>() {
        return Some(Why::Tls);
    }
    // There are no types for these that can be named either.
    let text = cause.to_string();
    if text.starts_with("dns error") || cause.is::<InvalidDnsNameError>() {
        return Some(Why::Dns);
    }
    (text.starts_with("tunnel error") || text.to_ascii_lowercase().starts_with("socks"))
        .then_some(Why::Proxy)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::rule::expand;

    fn endpoint(url: &str) -> anyhow::Result<Endpoint> {
        Endpoint::new(url, &[], TOTAL_TIME)
    }

    #[test]
    fn secrets_go_over_plain_http_to_this_machine_only() {
        for url in [
            "https://ca.account.sony.com",
            "https://issuer.example:8443/behind/",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080/",
            "http://localhost:8080",
        ] {
            assert!(endpoint(url).is_ok(), "{url}");
        }
        for url in [
            "http://issuer.example",
            "http://192.168.0.1",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "127.0.0.1",
            "127.0.0.1:443",
            "https://user@issuer.example",
            "https://issuer.example?x",
            "https://issuer.example#x",
            "",
        ] {
            assert!(endpoint(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_questions_are_the_recorded_ones() {
        let psn = |question| Psn::new(Endpoints::default(), question).expect("the default is fine");
        let url = |question, kind| psn(question).url(kind).to_string();
        assert_eq!(
            url(Question::Authorize, SecretKind::Npsso),
            "https://ca.account.sony.com/api/authz/v3/oauth/authorize?access_type=offline\
             &client_id=09515159-7237-4370-9b40-3806e67c0891\
             &redirect_uri=com.scee.psxandroid.scecompcall%3A%2F%2Fredirect&response_type=code\
             &scope=psn%3Amobile.v2.core%20psn%3Aclientapp"
        );
        assert_eq!(
            url(Question::SsoCookie, SecretKind::Npsso),
            "https://ca.account.sony.com/api/v1/ssocookie"
        );
        let store = url(Question::Authorize, SecretKind::PdccwsP);
        assert!(store.starts_with(
            "https://web.np.playstation.com/api/graphql/v1/op?operationName=getPurchasedGameList&variables=%7B"
        ));
        assert_eq!(store, url(Question::SsoCookie, SecretKind::PdccwsP));
    }

    #[test]
    fn a_base_with_a_path_keeps_it() {
        for base in ["https://issuer.example/a/b", "https://issuer.example/a/b/"] {
            let base = Url::parse(base).expect("a URL");
            let url = with(base, "c/d", &[("e", "f")]);
            assert_eq!(url.as_str(), "https://issuer.example/a/b/c/d?e=f");
        }
    }

    #[test]
    fn a_cookie_is_sent_as_a_browser_sends_it_and_does_not_print_itself() {
        for (kind, normal, sent) in [
            (SecretKind::Npsso, "{{npsso}}", "npsso={{npsso}}"),
            (
                SecretKind::PdccwsP,
                "{{pdccws_p|raw}}",
                "pdccws_p={{pdccws_p}}",
            ),
        ] {
            let header = cookie(kind, &Secret::new(&expand(normal)));
            assert_eq!(header.as_bytes(), expand(sent).as_bytes());
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
    }

    /// Asks a server on this machine that sends these pieces, a tenth of a
    /// second apart, to whoever connects.
    fn ask_one_that_sends(pieces: &'static [&'static str], stop: bool) -> Heard {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody connects");
            let request = BufReader::new(stream.try_clone().expect("it can be shared"));
            let lines = request.lines().map_while(Result::ok);
            // Up to the empty line that ends it.
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            for piece in pieces {
                let _ = stream.write_all(piece.as_bytes());
                thread::sleep(Duration::from_millis(100));
            }
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        let url = format!("http://127.0.0.1:{port}");
        let endpoint =
            || Endpoint::new(&url, &[], Duration::from_millis(600)).expect("this machine");
        let mut psn = Psn {
            sign_in: endpoint(),
            store: endpoint(),
            question: Question::Authorize,
        };
        let secret = Secret::new(&"x".repeat(64));
        psn.ask(SecretKind::Npsso, &secret, &AtomicBool::new(stop))
    }

    #[test]
    fn who_does_not_answer_is_waited_for_until_it_is_time() {
        let silent = ask_one_that_sends(&[], false);
        assert_eq!(silent, Heard::Nothing(Why::TimedOut));
        let stopped = ask_one_that_sends(&[], true);
        assert_eq!(stopped, Heard::Nothing(Why::Interrupted));
        let slow_head = ask_one_that_sends(&["H", "T", "T", "P", "/", "1", ".", "1"], false);
        assert_eq!(slow_head, Heard::Nothing(Why::TimedOut));
        let early = ask_one_that_sends(&["HTTP/1.1 103 Early Hints\r\n\r\n"; 20], false);
        assert_eq!(early, Heard::Nothing(Why::TimedOut));
    }

    #[test]
    fn an_answer_that_does_not_end_is_none() {
        const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        let heard = ask_one_that_sends(&[HEAD, "1", "2", "3", "4", "5", "6", "7", "8"], false);
        assert_eq!(
            heard,
            Heard::Answer {
                status: 200,
                liveness: Liveness::unknown(Why::TooSlow)
            }
        );
    }
}
