#!/bin/sh
# Makes the certificates of a recording in the current folder. Each NAME.pem holds a key and its chain.
set -eu
names="DNS:example.com,DNS:*.example.com,IP:198.51.100.10"
new_root() { # file, common name, key usage
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" \
        -days 30 -subj "/CN=$2" -addext "keyUsage=critical,$3"
}
issue() { # file, key options, common name, subjectAltName
    openssl req -new -newkey $2 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$3"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$4" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -out "$1.crt" -extfile "$1.ext"
    cat "$1.key" "$1.crt" > "$1.pem"
}
{
    new_root ca "Example Lab CA" keyCertSign,cRLSign
    new_root self shop.example.com digitalSignature # its own issuer: nobody trusts it
    cat self.key >> self.pem
    issue rsa rsa:2048 shop.example.com "$names"
    issue ec "ec -pkeyopt ec_paramgen_curve:prime256v1" shop.example.com "$names"
    issue client "ec -pkeyopt ec_paramgen_curve:prime256v1" "a client" "DNS:client.example.com"
    many="$names"
    for i in $(seq 1 120); do many="$many,DNS:tenant-$i.customers.example.com"; done
    issue big rsa:2048 shop.example.com "$many"
    cat ca.pem >> big.pem
    chmod 644 ./*.key ./*.pem
} > certificates.log 2>&1 || { cat certificates.log; exit 1; }
