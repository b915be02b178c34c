//! Metrics over HTTP, for Prometheus: one answer a connection, within bounds of time and size, whoever asks.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use tlscap::report::metrics::Metrics;

/// Connections answered at once; more wait in the kernel.
const AT_ONCE: usize = 4;
/// A request has to be here, and an answer taken, within so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of a request that are looked at; a longer one is refused.
const REQUEST: usize = 8 * 1024;

/// Takes the address, while ports can still be taken.
///
/// # Errors
/// A sentence.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| format!("--metrics {address}: {error}"))
}

/// Answers on threads of its own, as long as the program runs.
///
/// # Errors
/// A sentence.
pub(super) fn serve(listener: &TcpListener, metrics: &Metrics) -> Result<(), String> {
    for _ in 0..AT_ONCE {
        let listener = listener
            .try_clone()
            .map_err(|error| format!("--metrics: cannot serve: {error}"))?;
        let metrics = metrics.clone();
        thread::spawn(move || {
            loop {
                match listener.accept() {
                    // A client that went away, or is too slow, needs no answer.
                    Ok((stream, _)) => drop(answer(stream, &metrics)),
                    // Out of descriptors, or the like: not in a circle.
                    Err(_) => thread::sleep(Duration::from_millis(100)),
                }
            }
        });
    }
    Ok(())
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream, metrics: &Metrics) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Some(head) = request(&mut stream, deadline)? else {
        return reply(
            &mut stream,
            "431 Request Header Fields Too Large",
            b"too long\n",
        );
    };
    let line = head.split(|byte| *byte == b'\r' || *byte == b'\n').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let path = target.split('?').next().unwrap_or("");
    match (method, path) {
        ("GET" | "HEAD", "/metrics") => reply(&mut stream, "200 OK", &metrics.text()),
        ("GET" | "HEAD", "/") => reply(&mut stream, "200 OK", b"tlscap: see /metrics\n"),
        ("GET" | "HEAD", _) => reply(&mut stream, "404 Not Found", b"not found; see /metrics\n"),
        _ => reply(&mut stream, "405 Method Not Allowed", b"only GET\n"),
    }
}

/// The head of a request, up to its empty line; `None` where it is too long.
fn request(stream: &mut TcpStream, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if head.windows(4).any(|four| four == b"\r\n\r\n")
            || head.windows(2).any(|two| two == b"\n\n")
        {
            return Ok(Some(head));
        }
        if head.len() > REQUEST {
            return Ok(None);
        }
    }
}

/// Answers, and ends the connection. (A HEAD gets the body too: no Prometheus sends one.)
fn reply(stream: &mut TcpStream, status: &str, body: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::listen;
    use super::serve;
    use std::io::Read;
    use std::io::Write;
    use std::net::SocketAddr;
    use std::net::TcpStream;
    use std::time::Duration;
    use std::time::Instant;
    use tlscap::report::metrics::Metrics;

    fn server() -> SocketAddr {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        serve(&listener, &Metrics::new(0.0, 0).unwrap()).unwrap();
        listener.local_addr().unwrap()
    }

    fn said(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        // What was not read by the server may come back as a reset behind the answer.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn it_answers_what_it_has_and_refuses_the_rest() {
        let address = server();
        let status = |request: &[u8]| said(address, request).get(9..12).map(ToOwned::to_owned);
        assert!(
            said(address, b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                .contains("tlscap_build_info")
        );
        assert_eq!(status(b"GET /a HTTP/1.1\r\n\r\n").as_deref(), Some("404"));
        let hostile = b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nhello";
        assert_eq!(status(hostile).as_deref(), Some("405"));
        assert_eq!(status(&[b'a'; 20_000]).as_deref(), Some("431"));
        assert_eq!(status(b"\r\n\r\n").as_deref(), Some("405"));
    }

    #[test]
    fn whoever_says_nothing_holds_up_nobody_for_long() {
        let address = server();
        let silent: Vec<TcpStream> = (0..20)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        let began = Instant::now();
        drop(silent.into_iter().skip(4).collect::<Vec<_>>());
        assert!(said(address, b"GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
