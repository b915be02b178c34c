//! The client.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    Stream,
};

use crate::options::Options;
use crate::{describe, identity, provider, refuse, report, roots, versions, PATIENCE};

/// Makes the connections one after the other; false if the last one failed.
pub fn run(options: &Options) -> bool {
    let config = Arc::new(configuration(options));
    let mut good = true;
    for _ in 0..options.times {
        let result = connection(options, &config);
        good = result.is_ok();
        report(&result);
    }
    good
}

fn connection(options: &Options, config: &Arc<ClientConfig>) -> io::Result<String> {
    let mut plain = open(
        options.connect.as_deref().unwrap_or(&options.host),
        options.port,
    )?;
    let mut tls =
        ClientConnection::new(config.clone(), sent_name(options)).map_err(io::Error::other)?;
    tls.complete_io(&mut plain)?;
    if options.quiet {
        let text = describe(&tls);
        tls.send_close_notify();
        tls.write_tls(&mut plain)?;
        return Ok(text + " no request");
    }
    let mut stream = Stream::new(&mut tls, &mut plain);
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        options.host
    )?;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    tls.send_close_notify();
    // The server may have gone already, and it has answered.
    let _ = tls.write_tls(&mut plain);
    let text = String::from_utf8_lossy(&answer);
    let status = text.split("\r\n").next().unwrap_or_default();
    match end {
        Ok(0) => Err(io::Error::other("closed without an answer")),
        Ok(_) => Ok(format!("{} {status:?}", describe(&tls))),
        Err(error) if whole(&text) => Ok(format!("{} {status:?} then {error}", describe(&tls))),
        Err(error) => Err(error),
    }
}

/// What goes wrong behind a whole answer is no failure: an HTTP client has stopped reading there.
fn whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.is_some_and(|(_, value)| value.trim().parse() == Ok(body.len()))
}

fn open(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::other("no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn configuration(options: &Options) -> ClientConfig {
    let trusted = options
        .ca
        .as_deref()
        .map_or_else(RootCertStore::empty, roots);
    let builder = ClientConfig::builder_with_provider(provider(options))
        .with_protocol_versions(&versions(options))
        .unwrap_or_else(|error| refuse(&error.to_string()));
    let builder = if options.insecure || options.sni.as_ref().is_some_and(|name| name != "none") {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(options, trusted)))
    } else {
        builder.with_root_certificates(trusted)
    };
    let mut config = match &options.cert {
        Some(file) => {
            let (chain, key) = identity(file);
            builder
                .with_client_auth_cert(chain, key)
                .unwrap_or_else(|error| refuse(&error.to_string()))
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols.clone_from(&options.alpn);
    config.enable_sni = options.sni.as_deref() != Some("none");
    if !options.resume {
        config.resumption = Resumption::disabled();
    }
    config
}

/// rustls verifies the name that it is given and sends that name.
fn sent_name(options: &Options) -> ServerName<'static> {
    let name = options
        .sni
        .as_ref()
        .filter(|name| *name != "none")
        .unwrap_or(&options.host);
    server_name(name)
}

fn server_name(name: &str) -> ServerName<'static> {
    ServerName::try_from(name.to_owned())
        .unwrap_or_else(|error| refuse(&format!("{name}: {error}")))
}

/// Verifies HOST whatever name was sent, or nothing at all.
#[derive(Debug)]
struct Verifier {
    host: ServerName<'static>,
    insecure: bool,
    provider: Arc<rustls::crypto::CryptoProvider>,
    trusted: Option<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(options: &Options, trusted: RootCertStore) -> Self {
        let provider = provider(options);
        // Without a root certificate there is no such verifier, and nobody is trusted.
        let trusted =
            WebPkiServerVerifier::builder_with_provider(Arc::new(trusted), provider.clone())
                .build()
                .ok();
        Self {
            host: server_name(&options.host),
            insecure: options.insecure,
            provider,
            trusted,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.insecure {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.trusted {
            Some(trusted) => {
                trusted.verify_server_cert(end_entity, intermediates, &self.host, ocsp, now)
            }
            None => Err(Error::InvalidCertificate(
                rustls::CertificateError::UnknownIssuer,
            )),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
