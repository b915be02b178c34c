#!/usr/bin/env python3
"""Writes cipher_suites.tsv. See README.md, "cipher_suites.tsv".

    generate.py SOURCE "HEADER" > cipher_suites.tsv

SOURCE is IANA's tls-parameters-4.csv, or the list tls-parser carries (scripts/tls-ciphersuites.txt).
Only code, name and reference are read from it: the other columns follow from the name.
"""
import csv
import re
import sys

# Suites outside the registry: code, name, kx, auth, enc, mac, hash, min_version, source.
EXTRA = """
0x001c SSL_FORTEZZA_KEA_WITH_NULL_SHA KEA DSS NULL SHA1 SHA1 SSL 3.0|SSL 3.0 (RFC 6101 A.6)
0x001d SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA KEA DSS FORTEZZA_CBC SHA1 SHA1 SSL 3.0|SSL 3.0 (RFC 6101 A.6)
0x0080 TLS_GOSTR341094_WITH_28147_CNT_IMIT VKO_GOST GOST 28147_CNT IMIT GOSTR3411 TLS 1.0|draft-chudov-cryptopro-cptls-04
0x0081 TLS_GOSTR341001_WITH_28147_CNT_IMIT VKO_GOST GOST 28147_CNT IMIT GOSTR3411 TLS 1.0|draft-chudov-cryptopro-cptls-04
0x0082 TLS_GOSTR341094_WITH_NULL_GOSTR3411 VKO_GOST GOST NULL GOSTR3411 GOSTR3411 TLS 1.0|draft-chudov-cryptopro-cptls-04
0x0083 TLS_GOSTR341001_WITH_NULL_GOSTR3411 VKO_GOST GOST NULL GOSTR3411 GOSTR3411 TLS 1.0|draft-chudov-cryptopro-cptls-04
0x16b7 TLS_CECPQ1_RSA_WITH_CHACHA20_POLY1305_SHA256 CECPQ1 RSA CHACHA20_POLY1305 AEAD SHA256 TLS 1.2|BoringSSL experiment of 2016
0x16b8 TLS_CECPQ1_ECDSA_WITH_CHACHA20_POLY1305_SHA256 CECPQ1 ECDSA CHACHA20_POLY1305 AEAD SHA256 TLS 1.2|BoringSSL experiment of 2016
0x16b9 TLS_CECPQ1_RSA_WITH_AES_256_GCM_SHA384 CECPQ1 RSA AES_256_GCM AEAD SHA384 TLS 1.2|BoringSSL experiment of 2016
0x16ba TLS_CECPQ1_ECDSA_WITH_AES_256_GCM_SHA384 CECPQ1 ECDSA AES_256_GCM AEAD SHA384 TLS 1.2|BoringSSL experiment of 2016
0xc0ff TLS_ECJPAKE_WITH_AES_128_CCM_8 ECJPAKE ECJPAKE AES_128_CCM_8 AEAD SHA256 TLS 1.2|draft-cragie-tls-ecjpake-01
0xc100 TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC VKO_GOST GOST KUZNYECHIK_CTR OMAC STREEBOG256 TLS 1.2|RFC 9189
0xc101 TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC VKO_GOST GOST MAGMA_CTR OMAC STREEBOG256 TLS 1.2|RFC 9189
0xc102 TLS_GOSTR341112_256_WITH_28147_CNT_IMIT VKO_GOST GOST 28147_CNT IMIT STREEBOG256 TLS 1.2|RFC 9189
0xc103 TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L any any KUZNYECHIK_MGM AEAD STREEBOG256 TLS 1.3|RFC 9367
0xc104 TLS_GOSTR341112_256_WITH_MAGMA_MGM_L any any MAGMA_MGM AEAD STREEBOG256 TLS 1.3|RFC 9367
0xc105 TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S any any KUZNYECHIK_MGM AEAD STREEBOG256 TLS 1.3|RFC 9367
0xc106 TLS_GOSTR341112_256_WITH_MAGMA_MGM_S any any MAGMA_MGM AEAD STREEBOG256 TLS 1.3|RFC 9367
0xcc13 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE RSA CHACHA20_POLY1305 AEAD SHA256 TLS 1.2|draft-agl-tls-chacha20poly1305-04 (before RFC 7905)
0xcc14 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE ECDSA CHACHA20_POLY1305 AEAD SHA256 TLS 1.2|draft-agl-tls-chacha20poly1305-04 (before RFC 7905)
0xcc15 TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 DHE RSA CHACHA20_POLY1305 AEAD SHA256 TLS 1.2|draft-agl-tls-chacha20poly1305-04 (before RFC 7905)
0xe001 ECDHE_SM1_SM3 ECDHE SM2 SM1_CBC SM3 SM3 TLCP 1.1|GM/T 0024-2014
0xe003 ECC_SM1_SM3 ECC SM2 SM1_CBC SM3 SM3 TLCP 1.1|GM/T 0024-2014
0xe005 IBSDH_SM1_SM3 IBSDH IBS SM1_CBC SM3 SM3 TLCP 1.1|GM/T 0024-2014
0xe007 IBC_SM1_SM3 IBC IBC SM1_CBC SM3 SM3 TLCP 1.1|GM/T 0024-2014
0xe009 RSA_SM1_SM3 RSA RSA SM1_CBC SM3 SM3 TLCP 1.1|GM/T 0024-2014
0xe00a RSA_SM1_SHA1 RSA RSA SM1_CBC SHA1 SHA1 TLCP 1.1|GM/T 0024-2014
0xe011 ECDHE_SM4_CBC_SM3 ECDHE SM2 SM4_CBC SM3 SM3 TLCP 1.1|GB/T 38636-2020
0xe013 ECC_SM4_CBC_SM3 ECC SM2 SM4_CBC SM3 SM3 TLCP 1.1|GB/T 38636-2020
0xe015 IBSDH_SM4_CBC_SM3 IBSDH IBS SM4_CBC SM3 SM3 TLCP 1.1|GB/T 38636-2020
0xe017 IBC_SM4_CBC_SM3 IBC IBC SM4_CBC SM3 SM3 TLCP 1.1|GB/T 38636-2020
0xe019 RSA_SM4_CBC_SM3 RSA RSA SM4_CBC SM3 SM3 TLCP 1.1|GB/T 38636-2020
0xe01a RSA_SM4_CBC_SHA1 RSA RSA SM4_CBC SHA1 SHA1 TLCP 1.1|GM/T 0024-2014
0xe01c RSA_SM4_CBC_SHA256 RSA RSA SM4_CBC SHA256 SHA256 TLCP 1.1|GB/T 38636-2020
0xe051 ECDHE_SM4_GCM_SM3 ECDHE SM2 SM4_GCM AEAD SM3 TLCP 1.1|GB/T 38636-2020
0xe053 ECC_SM4_GCM_SM3 ECC SM2 SM4_GCM AEAD SM3 TLCP 1.1|GB/T 38636-2020
0xe055 IBSDH_SM4_GCM_SM3 IBSDH IBS SM4_GCM AEAD SM3 TLCP 1.1|GB/T 38636-2020
0xe057 IBC_SM4_GCM_SM3 IBC IBC SM4_GCM AEAD SM3 TLCP 1.1|GB/T 38636-2020
0xe059 RSA_SM4_GCM_SM3 RSA RSA SM4_GCM AEAD SM3 TLCP 1.1|GB/T 38636-2020
0xe05a RSA_SM4_GCM_SHA256 RSA RSA SM4_GCM AEAD SHA256 TLCP 1.1|GB/T 38636-2020
0xfefe SSL_RSA_FIPS_WITH_DES_CBC_SHA RSA RSA DES_CBC SHA1 SHA1 SSL 3.0|Netscape FIPS suites, 1999 (reserved by IANA)
0xfeff SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA RSA RSA 3DES_EDE_CBC SHA1 SHA1 SSL 3.0|Netscape FIPS suites, 1999 (reserved by IANA)
0xffe0 SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA RSA RSA 3DES_EDE_CBC SHA1 SHA1 SSL 3.0|Netscape FIPS suites, 1998
0xffe1 SSL_RSA_FIPS_WITH_DES_CBC_SHA RSA RSA DES_CBC SHA1 SHA1 SSL 3.0|Netscape FIPS suites, 1998
"""
# Salsa20: the eSTREAM and the plain variant for each key agreement, from 0xe410.
for number, kx in enumerate("RSA ECDHE_RSA ECDHE_ECDSA PSK ECDHE_PSK RSA_PSK DHE_PSK DHE_RSA".split()):
    for odd, enc in enumerate(("ESTREAM_SALSA20", "SALSA20")):
        EXTRA += f"{0xe410 + 2 * number + odd:#06x} TLS_{kx}_WITH_{enc}_SHA1 {{}}|draft-josefsson-salsa20-tls\n"

# How the name's first part maps to key agreement and server authentication.
KX = {
    "NULL": ("none", "none"), "RSA": ("RSA", "RSA"), "PSK": ("PSK", "PSK"),
    "DHE_PSK": ("DHE", "PSK"), "PSK_DHE": ("DHE", "PSK"), "ECDHE_PSK": ("ECDHE", "PSK"),
    "RSA_PSK": ("RSA_PSK", "RSA"), "KRB5": ("KRB5", "KRB5"), "ECCPWD": ("ECCPWD", "ECCPWD"),
    "SRP_SHA": ("SRP", "SRP"), "SRP_SHA_RSA": ("SRP", "RSA"), "SRP_SHA_DSS": ("SRP", "DSS"),
    "DH_anon": ("DH", "anon"), "ECDH_anon": ("ECDH", "anon"),
}
for k in ("DH", "DHE", "ECDH", "ECDHE"):
    for a in ("RSA", "DSS", "ECDSA"):
        KX[f"{k}_{a}"] = (k, a)


def derive(code, name):
    """The columns kx, auth, enc, mac, hash, min_version of a suite named as IANA names them."""
    if name.endswith("_SCSV"):
        return ("none", "none", "none", "none", "none", "SSL 3.0")
    if "_WITH_" not in name:  # TLS 1.3: cipher and hash only
        m = re.fullmatch(r"TLS_(.+)_(SHA\d+|SM3)", name)
        enc, digest = m.groups()
        if enc.startswith("SHA"):  # RFC 9150: integrity only
            return ("any", "any", "NULL", f"HMAC_{enc}", digest, "TLS 1.3")
        return ("any", "any", enc, "AEAD", digest, "TLS 1.3")
    left, right = name.removeprefix("TLS_").split("_WITH_")
    left = re.sub(r"_EXPORT(1024)?$", "", left)
    kx, auth = KX[left]
    m = re.fullmatch(r"(.+?)(?:_(MD5|SHA1?|SHA256|SHA384|NULL))?", right)
    enc, digest = m.groups()
    if right == "NULL_NULL":
        return (kx, auth, "NULL", "NULL", "none", "SSL 3.0")
    aead = any(x in enc for x in ("GCM", "CCM", "POLY1305"))
    mac = "AEAD" if aead else {"SHA": "SHA1"}.get(digest, digest)
    # RFC 5246 5: SHA-256 is the PRF hash of TLS 1.2 unless the suite says otherwise.
    prf = digest if digest in ("SHA256", "SHA384") else "SHA256"
    if aead:
        since = "TLS 1.2"
    elif digest in ("SHA256", "SHA384"):
        # RFC 5487 and RFC 5489 let these run in older versions, with that version's PRF; OpenSSL does the same
        # with the Camellia ones of RFC 6367.
        old = 0xae <= code <= 0xb9 or 0xc037 <= code <= 0xc03b or 0xc094 <= code <= 0xc09b
        since = "TLS 1.0" if old else "TLS 1.2"
    else:
        since = "SSL 3.0" if code <= 0x1b else "TLS 1.0"
    return (kx, auth, enc, mac, prf, since)


def registry(path):
    """(code, name, reference) of every suite the source names."""
    with open(path, newline="") as f:
        if path.endswith(".csv"):
            for row in csv.DictReader(f):
                if row["Description"].startswith("TLS_") and "-" not in row["Value"]:
                    hi, lo = (int(b, 16) for b in row["Value"].split(","))
                    yield hi << 8 | lo, row["Description"], row["Reference"].replace("][", ", ").strip("[]")
        else:
            for line in f:
                part = line.rstrip("\n").split(":")
                refs = part[11].replace("iesg action 2018-08-16", "IESG action 2018-08-16")
                yield int(part[0], 16), part[1], re.sub(r"\brfc(\d)", r"RFC \1", refs).replace(",", ", ")


def main():
    rows = {}
    for code, name, ref in registry(sys.argv[1]):
        if 0x60 <= code <= 0x66 and ref == "unknown":
            ref = "draft-ietf-tls-56-bit-ciphersuites-00"
        rows[code] = (name, *derive(code, name), ref)
    for line in EXTRA.strip().split("\n"):
        head, source = line.split("|")
        code, name, *rest = head.split(" ")
        code = int(code, 16)
        rest = derive(code, name) if rest == ["{}"] else (*rest[:5], " ".join(rest[5:]))
        if code not in rows:
            rows[code] = (name, *rest, source)
    print(sys.argv[2])
    print("code\tname\tkx\tauth\tenc\tmac\thash\tmin_version\tsource")
    for code in sorted(rows):
        print(f"{code:#06x}", *rows[code], sep="\t")


main()
