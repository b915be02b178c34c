#!/bin/sh
# Makes certificates that clients refuse, in the current folder, beside those of certificates.sh. Each NAME.pem holds a key and its chain.
#   expired future     ended yesterday; begins tomorrow
#   name               for other.example.net only
#   unknown            of a root that nobody trusts; the chain holds that root
#   incomplete whole   of an intermediate that is missing from the chain; the same with it
#   purpose            for client authentication only
#   weak               an RSA key of 1024 bits
#   notclient          a client's certificate of the unknown root, without that root
set -eu
p256="ec -pkeyopt ec_paramgen_curve:prime256v1"
names="DNS:example.com,DNS:*.example.com"
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
sign() { # file, issuer, first day, last day
    openssl ca -batch -notext -config bad.cnf -cert "$2.pem" -keyfile "$2.key" -in "$1.csr" -out "$1.crt" -extfile "$1.ext" -startdate "$(day "$3")" -enddate "$(day "$4")"
    cat "$1.key" "$1.crt" > "$1.pem"
}
issue() { # file, issuer, first day, last day, subjectAltName, extended key usage, key options
    openssl req -new -newkey $7 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=shop.example.com"
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$5" "$6" > "$1.ext"
    sign "$1" "$2" "$3" "$4"
}
{
    : > index.txt
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n' > bad.cnf
    issue expired ca -30days -1day "$names" serverAuth "$p256"
    issue future ca +1day +30days "$names" serverAuth "$p256"
    issue name ca -1day +20days DNS:other.example.net serverAuth "$p256"
    issue purpose ca -1day +20days "$names" clientAuth "$p256"
    issue weak ca -1day +20days "$names" serverAuth rsa:1024
    openssl req -x509 -newkey $p256 -nodes -keyout other.key -out other.pem -days 30 -subj "/CN=Unknown CA" -addext "keyUsage=critical,keyCertSign"
    issue unknown other -1day +20days "$names" serverAuth "$p256"
    cat other.pem >> unknown.pem
    issue notclient other -1day +20days DNS:client.example.com clientAuth "$p256"
    openssl req -new -newkey $p256 -nodes -keyout middle.key -out middle.csr -subj "/CN=Example Lab Intermediate"
    printf 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n' > middle.ext
    sign middle ca -1day +25days
    cp middle.crt middle.pem
    issue incomplete middle -1day +20days "$names" serverAuth "$p256"
    cat incomplete.pem middle.crt > whole.pem
    chmod 644 ./*.key ./*.pem
} > bad-certificates.log 2>&1 || { cat bad-certificates.log; exit 1; }
