//! An issuer on loopback that plays what Sony was recorded to answer, and what
//! can go wrong on the way. Real TLS, real sockets, no secret of anybody's.

pub mod answers;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// A server that answers every request by a function of it.
pub struct Issuer {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    folder: TempDir,
}

/// What reached the server.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
    stop: AtomicBool,
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET /path?query HTTP/1.1`
    pub line: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// When it came.
    pub at: Instant,
    /// Its place among the requests, from 0.
    pub number: usize,
}

/// What is done with a connection once a request was read.
pub enum Reply {
    /// These bytes, then the end of the connection, with a goodbye.
    Bytes(Vec<u8>),
    /// These bytes, then the end of the connection, without.
    Cut(Vec<u8>),
    /// A head, then these bytes one by one with a pause after each, for as long
    /// as somebody listens.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Nothing at all.
    Silence,
}

impl Issuer {
    /// Starts one that speaks TLS.
    pub fn start(play: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Issuer {
        Issuer::listen(true, play)
    }

    /// Starts one that doesn't.
    pub fn start_plain(play: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Issuer {
        Issuer::listen(false, play)
    }

    fn listen(tls: bool, play: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let folder = TempDir::new().expect("a temporary folder can be made");
        let config = tls.then(|| certified(&folder.path().join("ca.pem")));
        let seen = Arc::new(Seen::default());
        let play = Arc::new(play);
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let (config, seen, play) = (config.clone(), Arc::clone(&shared), Arc::clone(&play));
                // One that is cut off by its other end is no failure of the test.
                thread::spawn(move || drop(serve(stream, config, &seen, &*play)));
            }
        });
        Issuer {
            address,
            scheme: if tls { "https" } else { "http" },
            seen,
            folder,
        }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate to trust, as a file.
    pub fn ca_cert(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The requests that came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().expect("no panic").clone()
    }

    /// The connections that were made so far.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.seen.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

impl Request {
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self) -> Vec<(String, String)> {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        let query = target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(other, _)| other == name);
        headers.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of the one cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let [cookie] = self.header("cookie")[..] else {
            return None;
        };
        cookie.strip_prefix(name)?.strip_prefix('=')
    }

    /// The NPSSO that was sent.
    pub fn npsso(&self) -> &str {
        self.cookie("npsso").unwrap_or_default()
    }
}

/// A certificate for loopback by an authority of its own, which is written to a file.
fn certified(ca_file: &Path) -> Arc<ServerConfig> {
    let key = KeyPair::generate().expect("a key can be made");
    let mut params = CertificateParams::new(Vec::new()).expect("no names are fine");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).expect("it can be signed");
    std::fs::write(ca_file, ca.pem()).expect("a file can be written");
    let authority = Authority::new(params, key);

    let key = KeyPair::generate().expect("a key can be made");
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let params = CertificateParams::new(names).expect("these are names");
    let certificate = params
        .signed_by(&key, &authority)
        .expect("it can be signed");
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key belongs to the certificate");
    Arc::new(config)
}

fn serve(
    stream: TcpStream,
    config: Option<Arc<ServerConfig>>,
    seen: &Seen,
    play: &dyn Fn(&Request) -> Reply,
) -> io::Result<()> {
    let Some(config) = config else {
        let socket = stream.try_clone()?;
        return answer(stream, &socket, seen, play, |_| {});
    };
    let socket = stream.try_clone()?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let goodbye = |stream: &mut StreamOwned<ServerConnection, TcpStream>| {
        stream.conn.send_close_notify();
        let _ = stream.flush();
    };
    answer(
        StreamOwned::new(connection, stream),
        &socket,
        seen,
        play,
        goodbye,
    )
}

fn answer<S: Read + Write>(
    mut stream: S,
    socket: &TcpStream,
    seen: &Seen,
    play: &dyn Fn(&Request) -> Reply,
    goodbye: impl Fn(&mut S),
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        // As a web server does that is spoken to in TLS.
        if !head[0].is_ascii_uppercase() {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines().filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let request = {
        let mut requests = seen.requests.lock().expect("no panic");
        let request = Request {
            line,
            headers: headers.collect(),
            at: Instant::now(),
            number: requests.len(),
        };
        requests.push(request.clone());
        request
    };
    match play(&request) {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            goodbye(&mut stream);
            socket.shutdown(Shutdown::Write)?;
            // Whoever closes with something unread may cut off what was sent.
            let _ = io::copy(&mut stream, &mut io::sink());
        }
        Reply::Cut(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            socket.shutdown(Shutdown::Both)?;
        }
        Reply::Drip(head, bytes, pause) => {
            stream.write_all(&head)?;
            for byte in bytes {
                stream.write_all(&[byte])?;
                stream.flush()?;
                thread::sleep(pause);
            }
        }
        Reply::Silence => {
            let _ = io::copy(&mut stream, &mut io::sink());
        }
    }
    Ok(())
}
