#!/usr/bin/env python3
"""Recomputes the vectors of this folder from the specification: Merkle trees as RFC 6962 writes
them, SM3 and SM2 in plain Python, digests of documents, sealed identity numbers opened, messages by
reading ../gongji/v1/wire.proto. Standard library only, and no line shared with the Swift code or
with ../verify_receipt.py. Exit 1 if one differs.
"""
import base64
import datetime
import hashlib
import json
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent / "gongji" / "v1" / "wire.proto"
checks = 0


def expect(found, wanted, what):
    global checks
    checks += 1
    if found != wanted:
        print("%s: found %s, the vector has %s" % (what, found, wanted), file=sys.stderr)
        sys.exit(1)


def load(name):
    return json.loads((HERE / (name + ".json")).read_text(encoding="utf-8"))


# --- SM3 (GB/T 32905-2016, the names of the text) ------------------------------------------------

def rotl(x, n):
    n &= 31
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF if n else x


def p0(x):
    return x ^ rotl(x, 9) ^ rotl(x, 17)


def p1(x):
    return x ^ rotl(x, 15) ^ rotl(x, 23)


def compress(v, block):
    w = [int.from_bytes(block[i:i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        w.append(p1(w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)) ^ rotl(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        t = 0x79CC4519 if j <= 15 else 0x7A879D8A
        ss1 = rotl((rotl(a, 12) + e + rotl(t, j)) % 2**32, 7)
        ss2 = ss1 ^ rotl(a, 12)
        ff = a ^ b ^ c if j <= 15 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j <= 15 else (e & f) | (~e & 0xFFFFFFFF & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) % 2**32
        tt2 = (gg + h + ss1 + w[j]) % 2**32
        d, c, b, a = c, rotl(b, 9), a, tt1
        h, g, f, e = g, rotl(f, 19), e, p0(tt2)
    return tuple(x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h)))


def sm3(message):
    length = len(message) * 8
    message = message + b"\x80"
    while len(message) % 64 != 56:
        message += b"\x00"
    message += length.to_bytes(8, "big")
    v = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
         0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
    for i in range(0, len(message), 64):
        v = compress(v, message[i:i + 64])
    return b"".join(x.to_bytes(4, "big") for x in v)


def sha256(message):
    return hashlib.sha256(message).digest()


HASH = {1: sm3, 2: sha256}

# GB/T 32905-2016, annex A.
expect(sm3(b"abc").hex(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "SM3 of abc")
expect(sm3(b"abcd" * 16).hex(), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732", "SM3 of 64 octets")


# --- SM2 (GB/T 32918.2-2016), in Jacobian coordinates --------------------------------------------

p = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF", 16)
a = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC", 16)
b = int("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93", 16)
n = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
gx = int("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7", 16)
gy = int("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0", 16)


def double(point):
    x, y, z = point
    if z == 0 or y == 0:
        return 1, 1, 0
    yy = y * y % p
    s = 4 * x * yy % p
    m = (3 * x * x + a * pow(z, 4, p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def add(one, two):
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    x1, y1, z1 = one
    x2, y2, z2 = two
    u1, u2 = x1 * z2 * z2 % p, x2 * z1 * z1 % p
    s1, s2 = y1 * pow(z2, 3, p) % p, y2 * pow(z1, 3, p) % p
    if u1 == u2:
        return double(one) if s1 == s2 else (1, 1, 0)
    h, r = u2 - u1, s2 - s1
    hh = h * h % p
    hhh = h * hh % p
    x3 = (r * r - hhh - 2 * u1 * hh) % p
    return x3, (r * (u1 * hh - x3) - s1 * hhh) % p, h * z1 * z2 % p


def times(k, point):
    result = (1, 1, 0)
    for bit in bin(k)[2:]:
        result = double(result)
        if bit == "1":
            result = add(result, point)
    return result


def sm2_verify(key, distid, message, signature):
    """`key` is 04 ‖ x ‖ y, `signature` the DER of GM/T 0009."""
    assert key[0] == 4 and len(key) == 65
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:65], "big")
    assert (y * y - x * x * x - a * x - b) % p == 0
    assert signature[0] == 0x30 and signature[1] == len(signature) - 2 and signature[2] == 2
    middle = 4 + signature[3]
    assert signature[middle] == 2 and middle + 2 + signature[middle + 1] == len(signature)
    r = int.from_bytes(signature[4:middle], "big")
    s = int.from_bytes(signature[middle + 2:], "big")
    if not (1 <= r < n and 1 <= s < n):
        return False
    entl = (len(distid) * 8).to_bytes(2, "big")
    za = sm3(entl + distid + b"".join(v.to_bytes(32, "big") for v in (a, b, gx, gy, x, y)))
    e = int.from_bytes(sm3(za + message), "big")
    t = (r + s) % n
    if t == 0:
        return False
    x1, _, z1 = add(times(s, (gx, gy, 1)), times(t, (x, y, 1)))
    return z1 != 0 and (e + x1 * pow(z1, -2, p) % p) % n == r


def on_curve(x, y):
    return 0 <= x < p and 0 <= y < p and (y * y - x * x * x - a * x - b) % p == 0


def affine(point):
    x, y, z = point
    return x * pow(z, -2, p) % p, y * pow(z, -3, p) % p


def kdf(z, count):
    """GM/T 0003.4, 5.4.3, with SM3."""
    digests = [sm3(z + ct.to_bytes(4, "big")) for ct in range(1, (count + 31) // 32 + 1)]
    return b"".join(digests)[:count]


def mix(x2, y2, octets):
    """The octets with KDF(x2 ‖ y2) over them; both ways the same."""
    t = kdf(x2 + y2, len(octets))
    assert any(t)
    return bytes(one ^ two for one, two in zip(octets, t))


def sm2_encrypt(key, k, message):
    """C1, C3, C2 of GM/T 0003.4, 6.1, with a k that is known: for vectors only."""
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:65], "big")
    x1, y1 = affine(times(k, (gx, gy, 1)))
    x2, y2 = (v.to_bytes(32, "big") for v in affine(times(k, (x, y, 1))))
    return (x1, y1), sm3(x2 + message + y2), mix(x2, y2, message)


def sm2_decrypt(d, c1, c3, c2):
    """GM/T 0003.4, 7.1; None if the ciphertext does not hold."""
    if not on_curve(*c1):
        return None
    x2, y2 = (v.to_bytes(32, "big") for v in affine(times(d, (c1[0], c1[1], 1))))
    message = mix(x2, y2, c2)
    return message if sm3(x2 + message + y2) == c3 else None


# --- Ed25519 (RFC 8032, 6: the names of the text) ------------------------------------------------

q = 2**255 - 19
order = 2**252 + 27742317777372353535851937790883648493
d = -121665 * pow(121666, q - 2, q) % q


def ed_add(P, Q):
    A, B = (P[1] - P[0]) * (Q[1] - Q[0]) % q, (P[1] + P[0]) * (Q[1] + Q[0]) % q
    C, E = 2 * P[3] * Q[3] * d % q, 2 * P[2] * Q[2] % q
    F, G, H, I = B - A, E - C, E + C, B + A
    return F * G % q, H * I % q, G * H % q, F * I % q


def ed_times(k, P):
    Q = (0, 1, 1, 0)
    while k > 0:
        if k & 1:
            Q = ed_add(Q, P)
        P = ed_add(P, P)
        k >>= 1
    return Q


def ed_decode(octets):
    y = int.from_bytes(octets, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    x2 = (y * y - 1) * pow(d * y * y + 1, q - 2, q) % q
    x = pow(x2, (q + 3) // 8, q)
    if (x * x - x2) % q:
        x = x * pow(2, (q - 1) // 4, q) % q
    assert (x * x - x2) % q == 0 and y < q
    if x & 1 != sign:
        x = q - x
    return x, y, 1, x * y % q


def ed25519_verify(key, message, signature):
    A, R = ed_decode(key), ed_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if s >= order:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % order
    base = ed_decode((4 * pow(5, q - 2, q) % q).to_bytes(32, "little"))
    left, right = ed_times(s, base), ed_add(R, ed_times(h, A))
    return all((left[i] * right[2] - right[i] * left[2]) % q == 0 for i in (0, 1))


def verify(suite, key, message, signature):
    if suite == 1:
        return sm2_verify(key, b"1234567812345678", message, signature)
    return ed25519_verify(key, message, signature)


# --- Merkle trees (RFC 6962 §2.1, by recursion) --------------------------------------------------

def split(count):
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def tree(hashing, data):
    if len(data) == 1:
        return hashing(b"\x00" + data[0])
    k = split(len(data))
    return hashing(b"\x01" + tree(hashing, data[:k]) + tree(hashing, data[k:]))


def path(hashing, m, data):
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return path(hashing, m, data[:k]) + [tree(hashing, data[k:])]
    return path(hashing, m - k, data[k:]) + [tree(hashing, data[:k])]


def follow(hashing, digest, m, count, steps):
    """The root that a leaf digest gives with its path: by recursion from the top."""
    if count == 1:
        assert not steps
        return digest
    k = split(count)
    if m < k:
        return hashing(b"\x01" + follow(hashing, digest, m, k, steps[:-1]) + steps[-1])
    return hashing(b"\x01" + steps[-1] + follow(hashing, digest, m - k, count - k, steps[:-1]))


# --- Protocol Buffers, by the .proto file --------------------------------------------------------

def schema():
    text = re.sub(r"//[^\n]*", "", PROTO.read_text(encoding="utf-8"))
    messages, enums = {}, set(re.findall(r"\benum (\w+)", text))
    for name, body in re.findall(r"\bmessage (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}", text):
        fields = re.findall(r"(repeated |optional )?([\w.]+) (\w+) = (\d+);", body)
        messages[name] = {int(number): (field, kind, label.strip())
                          for label, kind, field, number in fields}
    return messages, enums


MESSAGES, ENUMS = schema()


def varint(data, at):
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            return value, at


def scalar(kind, value):
    if kind in ("int32", "int64"):
        return value - 2**64 if value >> 63 else value
    return bool(value) if kind == "bool" else value


def empty(kind, label):
    if label == "repeated":
        return []
    if kind in MESSAGES or label == "optional":
        return None
    return {"bytes": "", "string": "", "bool": False}.get(kind, 0)


def decode(name, data):
    """The fields of a message, named as in the .proto file; those that are absent too."""
    fields = MESSAGES[name]
    found = {field: empty(kind, label) for field, kind, label in fields.values()}
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        field, kind, label = fields[key >> 3]
        if key & 7 == 0:
            values, (raw, at) = [], varint(data, at)
            values.append(scalar(kind, raw))
        else:
            assert key & 7 == 2
            length, at = varint(data, at)
            part, at = data[at:at + length], at + length
            assert len(part) == length
            if kind in MESSAGES:
                values = [decode(kind, part)]
            elif kind == "bytes":
                values = [part.hex()]
            elif kind == "string":
                values = [part.decode()]
            else:
                values, inner = [], 0
                while inner < len(part):
                    raw, inner = varint(part, inner)
                    values.append(scalar(kind, raw))
        if label == "repeated":
            found[field] += values
        else:
            found[field] = values[-1]
    return found


def body_of(message):
    fields = {field: value for field, value in decode("Message", message).items() if value is not None}
    assert len(fields) == 1
    return next(iter(fields.items()))


# --- The files -----------------------------------------------------------------------------------

for suite in load("merkle"):
    hashing = HASH[suite["suite"]]
    for vector in suite["trees"]:
        data = [bytes.fromhex(leaf) for leaf in vector["data"]]
        where = "tree of %d, suite %d" % (len(data), suite["suite"])
        leaves = [hashing(b"\x00" + leaf) for leaf in data]
        expect([leaf.hex() for leaf in leaves], vector["leaves"], where + ", leaves")
        expect(tree(hashing, data).hex(), vector["root"], where + ", root")
        for m, steps in enumerate(vector["paths"]):
            expect([step.hex() for step in path(hashing, m, data)], steps, where + ", path")
            root = follow(hashing, leaves[m], m, len(data), [bytes.fromhex(s) for s in steps])
            expect(root.hex(), vector["root"], where + ", root by path")

for suite in load("link_digest"):
    hashing = HASH[suite["suite"]]
    digest = bytes.fromhex(suite["before_the_first"])
    expect(digest, bytes(32), "link digest before the first message")
    for message, after in zip(suite["messages"], suite["digests"]):
        digest = hashing(b"\x01" + digest + hashing(b"\x00" + bytes.fromhex(message)))
        expect(digest.hex(), after, "link digest, suite %d" % suite["suite"])

kinds = set()
for vector in load("messages"):
    kinds.add(vector["body"])
    body, fields = body_of(bytes.fromhex(vector["encoded"]))
    expect(body, vector["body"], "kind of a message")
    expect(fields, vector["fields"], "fields of " + body)
    if body == "reserve":
        decode("Plan", bytes.fromhex(fields["plan"]))
    if body == "hold_end":
        decode("HoldEnd", bytes.fromhex(fields["hold_end"]))
expect(kinds, {field for field, _, _ in MESSAGES["Message"].values()}, "kinds of message")

for vector in load("plans"):
    encoded = bytes.fromhex(vector["encoded"])
    expect(decode("Plan", encoded), vector["fields"], "fields of a plan")
    expect(sm3(encoded).hex(), vector["plan_digest"], "plan digest")
    plan = vector["fields"]
    bill = bytes.fromhex(plan["bill"])
    expect(decode("Bill", bill), vector["bill"], "fields of a bill")
    expect(sm3(bill).hex(), vector["bill_digest"], "bill digest")
    octets = b"gongji permission 1" + bytes.fromhex(plan["transaction"])
    for code in ("care", "care_region", "wallet_province"):
        octets += plan[code].to_bytes(4, "big")
    octets += bytes.fromhex(plan["wallet"])
    octets += bytes.fromhex(vector["bill"]["credential"] or "00" * 16) + sm3(bill)
    octets += bytes([plan["category"], plan["mode"]])
    octets += plan["amount_fen"].to_bytes(8, "big") + plan["permitted_until_ms"].to_bytes(8, "big")
    octets += bytes([len(plan["institution"])]) + plan["institution"].encode()
    for draw in plan["draws"]:
        octets += draw["province"].to_bytes(4, "big")
        octets += bytes.fromhex(draw["relation"] or "00" * 16) + draw["limit_fen"].to_bytes(8, "big")
    expect(octets.hex(), vector["permission_octets"], "octets of a permission")
    expect(sm3(octets).hex(), vector["terms"], "terms of a permission")

digests = load("digests")


def folded(text):
    """Letters and digits alone (messages.md, Digests of documents and numbers)."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    digit = lambda letter: str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter
    return "".join(digit(letter) for letter in text if unicodedata.category(letter)[0] in "LN")


NUMBER_WORDS = """结算单 結算單 凭证 憑證 单据 單據 票据 票據 发票 發票 收据 收據 流水 编号 編號 号码 號碼
                  单号 單號 票号 票號 号 號 第""".split()


def number_of(text):
    text = folded(text)
    while True:
        word = next((word for word in NUMBER_WORDS if text.startswith(word) and text != word), None)
        if word is None and re.match("NO[0-9]", text):
            word = "NO"
        if word is None:
            break
        text = text[len(word):]
    return text[:-1] if len(text) > 1 and text[-1] in "号號" else text


for vector in digests["documents"]:
    expect(vector["kind"] in ("premium", "visit", "checkup", "other"), True, "kind of a document")
    octets = "\n".join((vector["kind"], folded(vector["issuer"]), number_of(vector["number"]))).encode()
    expect(octets.hex(), vector["octets"], "octets of a document")
    expect(sm3(octets).hex(), vector["digest"], "digest of a document")
for vector in digests["numbers"]:
    expect(sm3(number_of(vector["number"]).encode()).hex(), vector["digest"], "digest of a number")

for vector in load("signatures"):
    key, message = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["message"])
    signature = bytes.fromhex(vector["signature"])
    expect(verify(vector["suite"], key, message, signature), True, vector["about"])
    expect(verify(vector["suite"], key, message + b"\x00", signature), False, vector["about"])
    if vector["suite"] == 1:
        expect(sm2_verify(key, bytes.fromhex(vector["distid"]), message, signature), True, "distid")
        expect(sm2_verify(key, b"", message, signature), False, "another distid")


def certificate(pem):
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))


def public_key(der, suite):
    """The octets after the head of SubjectPublicKeyInfo, which each suite has once."""
    head = {1: "3059301306072a8648ce3d020106082a811ccf5501822d034200", 2: "302a300506032b6570032100"}
    assert der.count(bytes.fromhex(head[suite])) == 1
    start = der.index(bytes.fromhex(head[suite])) + len(head[suite]) // 2
    return der[start:start + {1: 65, 2: 32}[suite]]


def proven_by(proof, header, suite, key):
    """That a proof shows a batch with messages which the receiver of `header` has signed for its sender."""
    hashing = HASH[suite]
    shown = decode("BatchEnvelope", bytes.fromhex(proof["envelope"]))
    said = decode("BatchHeader", bytes.fromhex(shown["header"]))
    expect((said["from"], said["to"]), (header["to"], header["from"]), "who is shown what it said")
    expect(said["count"] > 0 and shown["proof"] is None, True, "what a proof shows")
    steps = lambda names: [bytes.fromhex(step) for step in names]
    subtree = follow(hashing, hashing(b"\x00" + bytes.fromhex(shown["header"])), 0,
                     said["count"] + 1, steps(proof["header_path"]))
    root = follow(hashing, hashing(b"\x00" + subtree), shown["tree_index"], shown["tree_size"],
                  steps(shown["tree_path"]))
    expect(verify(suite, key, b"gongji batch 1\x00\x00" + root, bytes.fromhex(shown["signature"])),
           True, "signature of what a proof shows")


for flush in load("batches"):
    suite = flush["suite"]
    hashing = HASH[suite]
    der = certificate(flush["certificate_pem"])
    expect(sm3(der).hex(), flush["key_id"], "key id")
    subtrees = []
    for vector in flush["batches"]:
        frames = [bytes.fromhex(frame) for frame in vector["frames"]]
        envelope = decode("BatchEnvelope", frames[0])
        expect(envelope, vector["envelope"], "envelope")
        header_octets = bytes.fromhex(envelope["header"])
        header = decode("BatchHeader", header_octets)
        expect(header, vector["header"], "header")
        expect(envelope["proof"] is not None, len(frames) == 1, "a proof goes with no messages")
        if envelope["proof"]:
            proven_by(envelope["proof"], header, suite,
                      public_key(certificate(flush["receiver_certificate_pem"]), suite))
        expect(header["count"], len(frames) - 1, "count")
        subtrees.append(tree(hashing, [header_octets] + frames[1:]))
        expect(subtrees[-1].hex(), vector["subtree"], "subtree")
        link = bytes.fromhex(header["link_digest"])
        for frame in frames[1:]:
            link = hashing(b"\x01" + link + hashing(b"\x00" + frame))
        expect(link.hex(), vector["link_digest_after"], "link digest after the batch")
    root = tree(hashing, subtrees)
    expect(root.hex(), flush["root"], "root of a flush")
    signed = b"gongji batch 1\x00\x00" + root
    expect(signed.hex(), flush["signed_bytes"], "signed bytes")
    for index, vector in enumerate(flush["batches"]):
        envelope = vector["envelope"]
        expect((envelope["tree_index"], envelope["tree_size"]), (index, len(subtrees)), "place")
        expect(envelope["tree_path"], [step.hex() for step in path(hashing, index, subtrees)],
               "path of a subtree")
        signature = bytes.fromhex(envelope["signature"])
        expect(verify(suite, public_key(der, suite), signed, signature), True, "signature of a flush")

for receipt in load("receipts"):
    suite = {"sm2-sm3": 1, "ed25519-sha256": 2}[receipt["suite"]]
    hashing = HASH[suite]
    octets = lambda name: bytes.fromhex(receipt[name])
    steps = lambda name: [bytes.fromhex(step) for step in receipt[name]]
    envelope = decode("BatchEnvelope", octets("envelope"))
    for name in ("header", "tree_index", "tree_size", "tree_path", "suite", "key_id", "signature"):
        expect(envelope[name], suite if name == "suite" else receipt[name], "receipt, " + name)
    subtree = follow(hashing, hashing(b"\x00" + octets("message")), receipt["leaf_index"],
                     receipt["leaf_count"], steps("leaf_path"))
    expect(follow(hashing, hashing(b"\x00" + octets("header")), 0, receipt["leaf_count"],
                  steps("header_path")), subtree, "receipt, header and message")
    root = follow(hashing, hashing(b"\x00" + subtree), receipt["tree_index"],
                  receipt["tree_size"], steps("tree_path"))
    expect(root.hex(), receipt["root"], "receipt, root")
    expect((b"gongji batch 1\x00\x00" + root).hex(), receipt["signed"], "receipt, signed bytes")
    der = certificate(receipt["certificate"])
    expect(sm3(der).hex(), receipt["key_id"], "receipt, key id")
    expect(verify(suite, public_key(der, suite), octets("signed"), octets("signature")), True,
           "receipt, signature")
    body_of(octets("message"))


# --- Sealed identity numbers (../sealing.md) -----------------------------------------------------

def asn1(tag, content):
    length = [len(content)] if len(content) < 128 else [0x81, len(content)]
    return bytes([tag] + length) + content


def asn1_integer(value):
    return asn1(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def cipher_der(c1, c3, c2):
    """SM2Cipher of GM/T 0009, 7.2."""
    return asn1(0x30, asn1_integer(c1[0]) + asn1_integer(c1[1]) + asn1(4, c3) + asn1(4, c2))


def cipher_parts(box):
    """Reads leniently and then demands that writing it again gives the same octets."""
    def element(data):
        length, start = data[1], 2
        if length > 127:
            start = 2 + (length & 127)
            length = int.from_bytes(data[2:start], "big")
        return data[start:start + length], data[start + length:]

    if len(box) > 256:
        return None
    try:
        rest, fields = element(box)[0], []
        while rest:
            field, rest = element(rest)
            fields.append(field)
        x, y, c3, c2 = fields
    except (IndexError, ValueError):
        return None
    parts = (int.from_bytes(x, "big"), int.from_bytes(y, "big")), c3, c2
    return parts if cipher_der(*parts) == box else None


def is_identity(text):
    if not re.fullmatch(rb"[1-9][0-9]{16}[0-9X]", text):
        return False
    try:
        born = datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    weights = [2**(17 - place) % 11 for place in range(17)]
    total = sum(weight * int(chr(octet)) for weight, octet in zip(weights, text))
    return born.year >= 1800 and text[17:] == b"10X98765432"[total % 11:total % 11 + 1]


def unseal(secret, box, context):
    """The identity number, or None without a reason."""
    parts = cipher_parts(box)
    if parts is None or len(parts[1]) != 32 or len(parts[2]) != 34:
        return None
    plaintext = sm2_decrypt(secret, *parts)
    if plaintext is None or plaintext[:16] != context or not is_identity(plaintext[16:]):
        return None
    return plaintext[16:].decode()


sealing = load("sealing")
secret, key = int(sealing["private_key"], 16), bytes.fromhex(sealing["public_key"])
point = b"".join(v.to_bytes(32, "big") for v in affine(times(secret, (gx, gy, 1))))
expect(b"\x04" + point, key, "public key of the test key")
standard = sealing["standard"]
parts = sm2_encrypt(key, int(standard["k"], 16), standard["message"].encode())
expect(b"".join(v.to_bytes(32, "big") for v in parts[0]).hex(), standard["c1"], "SM2 encryption, C1")
expect(parts[1].hex(), standard["c3"], "SM2 encryption, C3")
expect(parts[2].hex(), standard["c2"], "SM2 encryption, C2")
for vector in sealing["opened"]:
    box, context = bytes.fromhex(vector["sealed"]), bytes.fromhex(vector["context"])
    expect((context + vector["identity"].encode()).hex(), vector["plaintext"], "what is sealed")
    expect(unseal(secret, box, context), vector["identity"], vector["about"])
    if "k" in vector:
        parts = sm2_encrypt(key, int(vector["k"], 16), bytes.fromhex(vector["plaintext"]))
        expect(cipher_der(*parts).hex(), vector["sealed"], vector["about"] + ", made again")
    for bit in range(0, 8 * len(box), 37):
        damaged = bytearray(box)
        damaged[bit // 8] ^= 1 << bit % 8
        expect(unseal(secret, bytes(damaged), context), None, "bit %d" % bit)
for vector in sealing["refused"]:
    found = unseal(secret, bytes.fromhex(vector["sealed"]), bytes.fromhex(vector["context"]))
    expect(found, None, vector["about"])

print("%d checks, all as the vectors say" % checks)
