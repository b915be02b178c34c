// A small TLS client and server on Node's tls, for the lab. It prints what Node says, word for word.
'use strict';

const fs = require('fs');
const net = require('net');
const tls = require('tls');
const { parseArgs } = require('util');

const USAGE = `node peer.js client HOST PORT [--connect ADDRESS] [--sni NAME|none] [--ca FILE] [--insecure] [--cert FILE]
        [--min 1.0|1.1|1.2|1.3] [--max V] [--suites A,B] [--groups A,B] [--alpn a,b] [--get] [--quiet] [--times N] [--resume]
node peer.js server ADDRESS PORT --cert FILE [--client-ca FILE] [--min V] [--max V] [--suites A,B] [--groups A,B]
        [--alpn a,b] [--names a,b]
Suites have their IANA or OpenSSL names. Groups: those of OpenSSL, x25519, secp256r1, X25519MLKEM768 (Node 24).`;

// Longer than the 10 s after which a silent peer counts as silent.
const PATIENCE = 20000;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n';
const VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };

const text = { type: 'string' };
const flag = { type: 'boolean' };
const BOTH = { cert: text, min: text, max: text, suites: text, groups: text, alpn: text };
const CLIENT = { connect: text, sni: text, ca: text, insecure: flag, get: flag, quiet: flag, times: text, resume: flag };
const SERVER = { 'client-ca': text, names: text };

function main([mode, host, port, ...rest]) {
  if (!port || (mode !== 'client' && mode !== 'server')) {
    refuse(USAGE);
  }
  const options = parse(rest, { ...BOTH, ...(mode === 'client' ? CLIENT : SERVER) });
  if (mode === 'client') {
    client(host, Number(port), options);
  } else {
    server(host, Number(port), options);
  }
}

function parse(args, options) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return refuse(`${error.message}\n${USAGE}`);
  }
}

async function client(host, port, options) {
  const name = options.sni ?? (net.isIP(host) ? '' : host);
  const settings = {
    ...common(options),
    ...(options.cert && identity(options.cert)),
    ...(options.ca && { ca: read(options.ca) }),
    host: options.connect ?? host,
    port,
    servername: name === 'none' ? '' : name,
    rejectUnauthorized: !options.insecure,
    // Node would verify the name that it sends; here HOST is the one to verify.
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(host, certificate),
  };
  checked(() => tls.createSecureContext(settings));
  const sessions = {};
  for (let i = 0; i < Number(options.times ?? 1); i++) {
    process.exitCode = (await connection(host, settings, options, sessions)) ? 0 : 1;
  }
}

function connection(host, settings, options, sessions) {
  return new Promise((resolve) => {
    let answer = '';
    let agreed;
    let failure;
    const socket = tls.connect({ ...settings, session: options.resume ? sessions.last : undefined }, () => {
      agreed = describe(socket);
      if (options.quiet) {
        socket.end();
      } else {
        socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      }
    });
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('timeout')));
    socket.on('session', (session) => { sessions.last = session; });
    socket.on('data', (data) => { answer += data.toString('latin1'); });
    socket.on('end', () => socket.end());
    socket.on('error', (error) => { failure ??= error; });
    socket.on('close', () => {
      const said = options.quiet ? 'no request' : JSON.stringify(answer.split('\r\n')[0]);
      if (!failure && !options.quiet && answer === '') {
        failure = 'closed without an answer';
      }
      const then = failure && whole(answer) ? ` then ${words(failure)}` : '';
      report(then ? undefined : failure, `${agreed} ${said}${then}`);
      resolve(!failure || then !== '');
    });
  });
}

// What goes wrong behind a whole answer is no failure: an HTTP client has stopped reading there.
function whole(answer) {
  const [head, body] = answer.split('\r\n\r\n', 2);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  return length !== null && body !== undefined && body.length === Number(length[1]);
}

function server(address, port, options) {
  if (!options.cert) {
    refuse('a server needs --cert FILE');
  }
  const settings = { ...common(options), handshakeTimeout: PATIENCE };
  if (options['client-ca']) {
    Object.assign(settings, { requestCert: true, rejectUnauthorized: true, ca: read(options['client-ca']) });
  }
  if (options.names) {
    settings.SNICallback = byName(options.names.split(','), { ...settings, ...identity(options.cert) });
  } else {
    Object.assign(settings, identity(options.cert));
  }
  const listener = checked(() => tls.createServer(settings, answer));
  listener.on('tlsClientError', (error) => report(error));
  listener.on('error', (error) => {
    report(error);
    process.exit(1);
  });
  listener.listen(port, address, () => console.log('listening'));
}

function answer(socket) {
  const agreed = describe(socket);
  let request = '';
  let failure;
  let answered = false;
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error('timeout')));
  socket.on('data', (data) => {
    request += data.toString('latin1');
    if (request.includes('\r\n\r\n') && !answered) {
      answered = true;
      socket.end(ANSWER);
    }
  });
  socket.on('end', () => socket.end());
  socket.on('error', (error) => { failure ??= error; });
  socket.on('close', () => report(failure, answered ? agreed : `${agreed} no request`));
}

// Without a name Node never asks the callback; there is no default certificate for such a client.
function byName(names, settings) {
  const context = checked(() => tls.createSecureContext(settings));
  return (name, done) => {
    if (names.includes(name.toLowerCase())) {
      done(null, context);
    } else {
      done(new Error(`no certificate available for ${name}`));
    }
  };
}

function common(options) {
  const low = [options.min, options.max].some((version) => version === '1.0' || version === '1.1');
  const settings = {};
  if (options.max) {
    settings.maxVersion = version(options.max);
  }
  if (options.min || low) {
    // Node's default minimum is 1.2: --max 1.1 alone would leave no version.
    settings.minVersion = version(options.min ?? options.max);
  }
  const suites = options.suites ? options.suites.split(',').map(opensslName) : tls.DEFAULT_CIPHERS.split(':');
  if (low) {
    // OpenSSL 3 has TLS 1.0 and 1.1 at security level 0 only.
    suites.push('@SECLEVEL=0');
  }
  if (options.suites || low) {
    settings.ciphers = suites.join(':');
  }
  if (options.groups) {
    settings.ecdhCurve = options.groups.split(',').join(':');
  }
  if (options.alpn) {
    settings.ALPNProtocols = options.alpn.split(',');
  }
  return settings;
}

function version(number) {
  return VERSIONS[number] ?? refuse(`no TLS version ${number}`);
}

// TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is ECDHE-RSA-AES128-SHA to OpenSSL; its TLS 1.3 names are those of IANA.
function opensslName(name) {
  const parts = /^TLS_(.*)_WITH_(.*)$/.exec(name);
  if (!parts) {
    return name;
  }
  const exchange = parts[1] === 'RSA' ? '' : `${parts[1]}_`;
  const cipher = parts[2]
    .replace('3DES_EDE_CBC', 'DES_CBC3')
    .replace(/^(AES|CAMELLIA|ARIA)_(\d+)/, '$1$2')
    .replace(/_CBC_/, '_')
    .replace(/(POLY1305)_SHA256$/, '$1');
  return (exchange + cipher).replaceAll('_', '-');
}

function identity(file) {
  const pem = read(file);
  return { key: pem, cert: pem };
}

function read(file) {
  return checked(() => fs.readFileSync(file));
}

function checked(action) {
  try {
    return action();
  } catch (error) {
    return refuse(words(error));
  }
}

function describe(socket) {
  const alpn = socket.alpnProtocol ? ` alpn=${socket.alpnProtocol}` : '';
  const resumed = socket.isSessionReused() ? ' resumed' : '';
  return `${socket.getProtocol()} ${socket.getCipher().standardName}${alpn}${resumed}`;
}

function report(error, good) {
  console.log(error ? words(error) : `ok ${good}`);
}

// Node shows an error's code beside its text, in braces.
function words(error) {
  const code = error.code ? ` { code: '${error.code}' }` : '';
  return `${String(error).trimEnd()}${code}`;
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}

main(process.argv.slice(2));
