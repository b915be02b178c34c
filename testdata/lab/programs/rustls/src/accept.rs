//! The server.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::server::{ResolvesServerCertUsingSni, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::options::Options;
use crate::{describe, identity, provider, refuse, report, roots, versions, PATIENCE};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

/// Serves for ever, every connection in a thread of its own.
pub fn serve(options: &Options) {
    let config = Arc::new(configuration(options));
    let listener =
        TcpListener::bind((options.host.as_str(), options.port)).unwrap_or_else(|error| {
            println!("{error}");
            std::process::exit(1)
        });
    println!("listening");
    for plain in listener.incoming() {
        let config = config.clone();
        thread::spawn(move || report(&plain.and_then(|plain| answer(plain, config))));
    }
}

fn answer(mut plain: TcpStream, config: Arc<ServerConfig>) -> io::Result<String> {
    plain.set_nodelay(true)?;
    plain.set_read_timeout(Some(PATIENCE))?;
    let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
    tls.complete_io(&mut plain)?;
    let mut stream = Stream::new(&mut tls, &mut plain);
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Ok(describe(&tls) + " no request");
        }
        request.extend_from_slice(&part[..count]);
    }
    stream.write_all(ANSWER)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(describe(&tls))
}

fn configuration(options: &Options) -> ServerConfig {
    let Some(file) = &options.cert else {
        refuse("a server needs --cert FILE")
    };
    let provider = provider(options);
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions(options))
        .unwrap_or_else(|error| refuse(&error.to_string()));
    let builder = match &options.client_ca {
        Some(ca) => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots(ca)), provider.clone());
            builder.with_client_cert_verifier(
                verifier
                    .build()
                    .unwrap_or_else(|error| refuse(&error.to_string())),
            )
        }
        None => builder.with_no_client_auth(),
    };
    let (chain, key) = identity(file);
    let mut config = if options.names.is_empty() {
        builder
            .with_single_cert(chain, key)
            .unwrap_or_else(|error| refuse(&error.to_string()))
    } else {
        let certified = CertifiedKey::from_der(chain, key, &provider)
            .unwrap_or_else(|error| refuse(&error.to_string()));
        builder.with_cert_resolver(Arc::new(by_name(&options.names, &certified)))
    };
    config.alpn_protocols.clone_from(&options.alpn);
    config
}

fn by_name(names: &[String], certified: &CertifiedKey) -> ResolvesServerCertUsingSni {
    let mut resolver = ResolvesServerCertUsingSni::new();
    for name in names {
        resolver
            .add(name, certified.clone())
            .unwrap_or_else(|error| refuse(&format!("{name}: {error}")));
    }
    resolver
}
