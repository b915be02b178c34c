import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A small TLS client and server on Java's JSSE, for the lab. It prints what JSSE says, word for word. */
public class Peer {
    static final String USAGE = """
        java Peer client HOST PORT [--connect ADDRESS] [--sni NAME|none] [--ca FILE] [--insecure] [--cert FILE]
                [--min 1.0|1.1|1.2|1.3] [--max V] [--suites A,B] [--groups A,B] [--alpn a,b] [--get] [--quiet] [--times N] [--resume]
        java Peer server ADDRESS PORT --cert FILE [--client-ca FILE] [--min V] [--max V] [--suites A,B] [--groups A,B]
                [--alpn a,b] [--names a,b]
        Suites have their IANA names. Groups: x25519, secp256r1, secp384r1, secp521r1, x448, ffdhe2048 and so on.""";
    static final Set<String> BOTH = Set.of("cert", "min", "max", "suites", "groups", "alpn");
    static final Set<String> CLIENT = Set.of("connect", "sni", "ca", "times");
    static final Set<String> SERVER = Set.of("client-ca", "names");
    static final Set<String> FLAGS = Set.of("insecure", "get", "quiet", "resume");
    static final List<String> VERSIONS = List.of("1.0", "1.1", "1.2", "1.3");
    static final List<String> VERSION_NAMES = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    static final List<String> GROUPS = List.of("x25519", "secp256r1", "secp384r1", "secp521r1", "x448",
        "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192");
    /** Milliseconds; longer than the 10 s after which a silent peer counts as silent. */
    static final int PATIENCE = 20000;

    final String host;
    final int port;
    final Map<String, String> options;

    Peer(String host, int port, Map<String, String> options) {
        this.host = host;
        this.port = port;
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 3 || !Set.of("client", "server").contains(arguments[0])) {
            refuse(USAGE);
        }
        boolean client = arguments[0].equals("client");
        Peer peer = new Peer(arguments[1], Integer.parseInt(arguments[2]), parse(arguments, client));
        peer.prepare(client);
        if (!client) {
            peer.serve();
        } else if (!peer.connectAll()) {
            System.exit(1);
        }
    }

    static Map<String, String> parse(String[] arguments, boolean client) {
        Map<String, String> found = new HashMap<>();
        for (int i = 3; i < arguments.length; i++) {
            String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
            if (client && FLAGS.contains(name)) {
                found.put(name, "");
            } else if ((BOTH.contains(name) || (client ? CLIENT : SERVER).contains(name)) && i + 1 < arguments.length) {
                found.put(name, arguments[++i]);
            } else {
                refuse(arguments[i] + "\n" + USAGE);
            }
        }
        return found;
    }

    /** What JSSE reads from properties, once, before anything of it is used. */
    void prepare(boolean client) {
        if (!client && host.indexOf(':') < 0) {
            System.setProperty("java.net.preferIPv4Stack", "true");
        }
        if (options.containsKey("groups")) {
            checkGroups(options.get("groups").split(","));
            System.setProperty("jdk.tls.namedGroups", options.get("groups"));
        }
        if (low(options.get("min")) || low(options.get("max"))) {
            // Java has TLS 1.0 and 1.1, but disables them in java.security.
            String disabled = Arrays.stream(Security.getProperty("jdk.tls.disabledAlgorithms").split(",\\s*"))
                .filter(name -> !Set.of("TLSv1", "TLSv1.1").contains(name)).collect(Collectors.joining(", "));
            Security.setProperty("jdk.tls.disabledAlgorithms", disabled);
        }
    }

    /** JSSE passes over a name that it does not know. */
    static void checkGroups(String[] names) {
        for (String name : names) {
            if (!GROUPS.contains(name.toLowerCase())) {
                refuse("Java 17 has no group " + name + "; it has " + String.join(", ", GROUPS));
            }
        }
    }

    static boolean low(String version) {
        return "1.0".equals(version) || "1.1".equals(version);
    }

    boolean connectAll() throws Exception {
        boolean good = true;
        SSLContext kept = context(options.get("ca"), options.containsKey("insecure"));
        int times = Integer.parseInt(options.getOrDefault("times", "1"));
        for (int i = 0; i < times; i++) {
            // Sessions live in the context: a new one resumes nothing.
            SSLContext context = options.containsKey("resume") ? kept : context(options.get("ca"), options.containsKey("insecure"));
            try {
                System.out.println("ok " + connect(context));
                good = true;
            } catch (IOException error) {
                System.out.println(error);
                good = false;
            }
        }
        return good;
    }

    String connect(SSLContext context) throws IOException {
        long begin = now();
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(InetAddress.getByName(options.getOrDefault("connect", host)), port), PATIENCE);
            plain.setSoTimeout(PATIENCE);
            plain.setTcpNoDelay(true);
            try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
                tls.setSSLParameters(clientParameters(tls.getSSLParameters()));
                tls.startHandshake();
                if (options.containsKey("quiet")) {
                    return describe(tls, begin) + " no request";
                }
                tls.getOutputStream().write(("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
                return describe(tls, begin) + " " + readAnswer(tls.getInputStream());
            }
        }
    }

    /** What goes wrong behind a whole answer is no failure: an HTTP client has stopped reading there. */
    static String readAnswer(InputStream input) throws IOException {
        StringBuilder answer = new StringBuilder();
        byte[] part = new byte[4096];
        String then = "";
        try {
            for (int count; (count = input.read(part)) >= 0; ) {
                answer.append(new String(part, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException error) {
            if (!whole(answer.toString())) {
                throw error;
            }
            then = " then " + error;
        }
        if (answer.length() == 0) {
            throw new NoAnswer();
        }
        return "\"" + answer.toString().split("\r\n")[0] + "\"" + then;
    }

    static boolean whole(String answer) {
        String[] parts = answer.split("\r\n\r\n", 2);
        Matcher length = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)").matcher(parts[0]);
        return parts.length == 2 && length.find() && parts[1].length() == Integer.parseInt(length.group(1));
    }

    SSLParameters clientParameters(SSLParameters parameters) {
        set(parameters);
        String name = options.get("sni");
        if (name != null) {
            parameters.setServerNames(name.equals("none") ? List.of() : List.of(new SNIHostName(name)));
        }
        if (!options.containsKey("insecure")) {
            // A bare SSLSocket checks no names; this is what every HTTPS client asks for.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        return parameters;
    }

    void serve() throws Exception {
        if (!options.containsKey("cert")) {
            refuse("a server needs --cert FILE");
        }
        SSLContext context = context(options.get("client-ca"), false);
        SSLParameters parameters = serverParameters(context.getDefaultSSLParameters());
        try (ServerSocket listener = new ServerSocket()) {
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getByName(host), port), 128);
            System.out.println("listening");
            while (true) {
                Socket plain = listener.accept();
                new Thread(() -> answer(context, parameters, plain)).start();
            }
        }
    }

    SSLParameters serverParameters(SSLParameters parameters) {
        set(parameters);
        parameters.setNeedClientAuth(options.containsKey("client-ca"));
        if (options.containsKey("names")) {
            parameters.setSNIMatchers(List.of(new NameMatcher(List.of(options.get("names").split(",")))));
        }
        return parameters;
    }

    static void answer(SSLContext context, SSLParameters parameters, Socket plain) {
        long begin = now();
        try (plain) {
            plain.setSoTimeout(PATIENCE);
            plain.setTcpNoDelay(true);
            try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), true)) {
                tls.setUseClientMode(false);
                tls.setSSLParameters(parameters);
                tls.startHandshake();
                boolean asked = readRequest(tls.getInputStream());
                if (asked) {
                    tls.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n".getBytes(StandardCharsets.UTF_8));
                }
                System.out.println("ok " + describe(tls, begin) + (asked ? "" : " no request"));
            }
        } catch (IOException error) {
            System.out.println(error);
        }
    }

    static boolean readRequest(InputStream input) throws IOException {
        StringBuilder request = new StringBuilder();
        byte[] part = new byte[4096];
        while (request.indexOf("\r\n\r\n") < 0) {
            int count = input.read(part);
            if (count < 0) {
                return false;
            }
            request.append(new String(part, 0, count, StandardCharsets.ISO_8859_1));
        }
        return true;
    }

    void set(SSLParameters parameters) {
        if (options.containsKey("min") || options.containsKey("max")) {
            int highest = version(options.getOrDefault("max", "1.3"));
            // The default minimum is 1.2: --max 1.1 alone would leave no version.
            int lowest = options.containsKey("min") ? version(options.get("min")) : Math.min(highest, version("1.2"));
            if (lowest > highest) {
                refuse("no version from --min to --max");
            }
            parameters.setProtocols(VERSION_NAMES.subList(lowest, highest + 1).toArray(new String[0]));
        }
        if (options.containsKey("suites")) {
            parameters.setCipherSuites(options.get("suites").split(","));
        }
        if (options.containsKey("alpn")) {
            parameters.setApplicationProtocols(options.get("alpn").split(","));
        }
    }

    static int version(String text) {
        if (!VERSIONS.contains(text)) {
            refuse("no TLS version " + text);
        }
        return VERSIONS.indexOf(text);
    }

    SSLContext context(String ca, boolean insecure) throws Exception {
        KeyManager[] keys = options.containsKey("cert") ? keys(Path.of(options.get("cert"))) : null;
        TrustManager[] trust = insecure ? new TrustManager[] {new TrustAll()} : ca == null ? null : trust(Path.of(ca));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        checkSuites(context);
        return context;
    }

    void checkSuites(SSLContext context) {
        List<String> known = List.of(context.getSupportedSSLParameters().getCipherSuites());
        for (String name : options.containsKey("suites") ? options.get("suites").split(",") : new String[0]) {
            if (!known.contains(name)) {
                refuse("Java does not support the suite " + name);
            }
        }
    }

    KeyManager[] keys(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", key(Files.readString(file)), new char[0], certificates(file).toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, new char[0]);
        KeyManager[] made = factory.getKeyManagers();
        if (options.containsKey("names")) {
            made[0] = new OnlyWithName((X509ExtendedKeyManager) made[0]);
        }
        return made;
    }

    static PrivateKey key(String pem) throws GeneralSecurityException {
        Matcher found = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END").matcher(pem);
        if (!found.find()) {
            refuse("no PKCS#8 key (BEGIN PRIVATE KEY)");
        }
        PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(found.group(1)));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(encoded);
        } catch (InvalidKeySpecException notRsa) {
            return KeyFactory.getInstance("EC").generatePrivate(encoded);
        }
    }

    static List<Certificate> certificates(Path file) throws Exception {
        Matcher found = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----").matcher(Files.readString(file));
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> made = new ArrayList<>();
        while (found.find()) {
            made.add(factory.generateCertificate(new java.io.ByteArrayInputStream(found.group().getBytes(StandardCharsets.US_ASCII))));
        }
        return made;
    }

    static TrustManager[] trust(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("ca" + store.size(), certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    static String describe(SSLSocket tls, long begin) {
        String protocol = tls.getApplicationProtocol();
        String alpn = protocol == null || protocol.isEmpty() ? "" : " alpn=" + protocol;
        // JSSE does not say whether it resumed; a session older than the connection tells.
        String resumed = tls.getSession().getCreationTime() < begin ? " resumed" : "";
        return tls.getSession().getProtocol() + " " + tls.getSession().getCipherSuite() + alpn + resumed;
    }

    /** A time later than that of every session made before: they count in whole milliseconds. */
    static long now() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException none) {
            Thread.currentThread().interrupt();
        }
        return System.currentTimeMillis();
    }

    static void refuse(String text) {
        System.err.println(text);
        System.exit(2);
    }

    /** JSSE asks a matcher only where the client sent a name. */
    static class NameMatcher extends SNIMatcher {
        private final List<String> names;

        NameMatcher(List<String> names) {
            super(0);
            this.names = names;
        }

        @Override
        public boolean matches(SNIServerName name) {
            return names.contains(new String(name.getEncoded(), StandardCharsets.US_ASCII).toLowerCase());
        }
    }

    /** Has no key for a client that sent no name. */
    static class OnlyWithName extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager inner;

        OnlyWithName(X509ExtendedKeyManager inner) {
            this.inner = inner;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) socket).getHandshakeSession();
            return session.getRequestedServerNames().isEmpty() ? null : inner.chooseServerAlias(type, issuers, socket);
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return inner.chooseClientAlias(types, issuers, socket);
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return inner.getServerAliases(type, issuers);
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return inner.getClientAliases(type, issuers);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return inner.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return inner.getPrivateKey(alias);
        }
    }

    /** No error to JSSE: the server closed as it should, but said nothing. */
    static class NoAnswer extends IOException {
        @Override
        public String toString() {
            return "closed without an answer";
        }
    }

    /** --insecure: every certificate will do. */
    static class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) { }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) { }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) { }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) { }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) { }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) { }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
