//! Metrics over HTTP, for Prometheus.

use super::complain;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::thread;
use tiny_http::Header;
use tiny_http::Method;
use tiny_http::Response;
use tiny_http::Server;
use tlscap::report::metrics::Metrics;

/// Takes the address, while ports can still be taken.
///
/// # Errors
/// A sentence.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| format!("--metrics {address}: {error}"))
}

/// Answers on a thread of its own, as long as the program runs.
///
/// # Errors
/// A sentence.
pub(super) fn serve(listener: TcpListener, metrics: Metrics) -> Result<(), String> {
    let server = Server::from_listener(listener, None)
        .map_err(|error| format!("--metrics: cannot serve: {error}"))?;
    thread::spawn(move || {
        for request in server.incoming_requests() {
            let asked = request.url().split('?').next().unwrap_or_default();
            let reads = matches!(request.method(), Method::Get | Method::Head);
            let response = match (reads, asked) {
                (true, "/metrics") => text(
                    metrics.text(),
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                ),
                (true, "/") => text(b"tlscap: see /metrics\n".to_vec(), 200, "text/plain"),
                (true, _) => text(b"not found; see /metrics\n".to_vec(), 404, "text/plain"),
                (false, _) => text(b"only GET\n".to_vec(), 405, "text/plain"),
            };
            // A client that went away needs no answer.
            let _ = request.respond(response);
        }
        complain("--metrics: the server ended");
    });
    Ok(())
}

fn text(body: Vec<u8>, status: u16, kind: &str) -> Response<std::io::Cursor<Vec<u8>>> {
    let response = Response::from_data(body).with_status_code(status);
    match Header::from_bytes("Content-Type", kind) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}
