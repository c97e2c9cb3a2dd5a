#!/usr/bin/env python3
"""Verifies a receipt of the Gongji protocol with Python's standard library and nothing else.

    verify_receipt.py FOLDER [--root root.pem] [--json]

FOLDER holds receipt.json as `gongji journal prove` writes it (protocol/receipts.md). Prints what
the receipt proves; exit 0. If it proves nothing, says why; exit 1. Without --root the certificate
in the folder is taken as it is: compare its key id with what the directory says.
"""
import argparse
import base64
import datetime
import hashlib
import json
import pathlib
import sys

DISTID = b"1234567812345678"
CONTEXT = b"gongji batch 1\0\0"
SUITES = {1: "SM2 with SM3", 2: "Ed25519 with SHA-256"}
SUITE_NAMES = {"sm2-sm3": 1, "ed25519-sha256": 2}


class Unproven(Exception):
    """Why the receipt proves nothing."""


def must(condition, why):
    if not condition:
        raise Unproven(why)


# --- SM3 (GB/T 32905) ---------------------------------------------------------------------------

def sm3(data):
    mask = 0xFFFFFFFF

    def turn(word, count):
        count %= 32
        return (word << count | word >> (32 - count)) & mask

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
             0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data = bytes(data)
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        words = [int.from_bytes(padded[start + 4 * i:start + 4 * i + 4], "big") for i in range(16)]
        for j in range(16, 68):
            x = words[j - 16] ^ words[j - 9] ^ turn(words[j - 3], 15)
            words.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            constant = 0x79CC4519 if j < 16 else 0x7A879D8A
            s1 = turn((turn(a, 12) + e + turn(constant, j)) & mask, 7)
            s2 = s1 ^ turn(a, 12)
            if j < 16:
                one, two = a ^ b ^ c, e ^ f ^ g
            else:
                one, two = a & b | a & c | b & c, e & f | ~e & g
            t1 = (one + d + s2 + (words[j] ^ words[j + 4])) & mask
            t2 = (two + h + s1 + words[j]) & mask
            a, b, c, d = t1, a, turn(b, 9), c
            e, f, g, h = t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(word.to_bytes(4, "big") for word in state)


def sha256(data):
    return hashlib.sha256(data).digest()


HASHES = {1: sm3, 2: sha256}


# --- SM2 signatures (GB/T 32918.2) ---------------------------------------------------------------

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def sm2_add(one, two):
    """Affine addition; None is the point at infinity."""
    if one is None or two is None:
        return two if one is None else one
    (x1, y1), (x2, y2) = one, two
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def sm2_multiply(factor, point):
    result = None
    while factor:
        if factor & 1:
            result = sm2_add(result, point)
        point = sm2_add(point, point)
        factor >>= 1
    return result


def sm2_verifies(key, message, signature):
    """`key`: 65 octets, 04 ‖ x ‖ y. `signature`: DER of two integers."""
    if len(key) != 65 or key[0] != 4:
        return False
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    if x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
        return False
    try:
        r, s = (der_integer(part) for part in der_sequence(signature))
    except (ValueError, Unproven):
        return False
    if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        return False
    number = lambda value: value.to_bytes(32, "big")
    za = sm3((8 * len(DISTID)).to_bytes(2, "big") + DISTID + number(A) + number(B)
             + number(G[0]) + number(G[1]) + key[1:])
    e = int.from_bytes(sm3(za + message), "big")
    point = sm2_add(sm2_multiply(s, G), sm2_multiply((r + s) % N, (x, y)))
    return point is not None and (e + point[0]) % N == r


# --- Ed25519 (RFC 8032) --------------------------------------------------------------------------

Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q


def ed_add(one, two):
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + product, -1, Q) % Q,
            (y1 * y2 + x1 * x2) * pow(1 - product, -1, Q) % Q)


def ed_multiply(factor, point):
    result = (0, 1)
    while factor:
        if factor & 1:
            result = ed_add(result, point)
        point = ed_add(point, point)
        factor >>= 1
    return result


def ed_point(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= Q:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if (x * x - square) % Q or (x == 0 and sign):
        return None
    return (Q - x if x & 1 != sign else x), y


def ed25519_verifies(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    public, commitment = ed_point(key), ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or s >= L:
        return False
    base = ed_point((4 * pow(5, -1, Q) % Q).to_bytes(32, "little"))
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return ed_multiply(s, base) == ed_add(commitment, ed_multiply(k, public))


# --- DER (X.690), as far as a certificate needs it -----------------------------------------------

def der_element(data, start=0):
    """Tag, content, and the octets of the whole element that begins at `start`."""
    must(len(data) >= start + 2, "the DER ends too soon")
    tag, length, at = data[start], data[start + 1], start + 2
    if length & 0x80:
        count = length & 0x7F
        must(0 < count <= 4 and len(data) >= at + count, "a bad length in DER")
        length = int.from_bytes(data[at:at + count], "big")
        must(length >= 0x80 and data[at], "a length in DER that is not the shortest")
        at += count
    must(len(data) >= at + length, "the DER ends too soon")
    return tag, data[at:at + length], data[start:at + length]


def der_list(content):
    parts, at = [], 0
    while at < len(content):
        tag, inner, whole = der_element(content, at)
        parts.append((tag, inner, whole))
        at += len(whole)
    return parts


def der_sequence(data):
    tag, content, whole = der_element(data)
    must(tag == 0x30 and len(whole) == len(data), "no DER sequence")
    return der_list(content)


def der_integer(part):
    tag, content, _ = part
    must(tag == 2 and content, "no DER integer")
    shortest = len(content) == 1 or not (content[0] == 0 and content[1] < 0x80)
    must(content[0] < 0x80 and shortest, "an integer in DER that is not the shortest")
    return int.from_bytes(content, "big")


def der_time(part):
    tag, content, _ = part
    text = content.decode("ascii")
    if tag == 0x17:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    when = datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ")
    return int(when.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)


OID_SERIAL_NUMBER = bytes.fromhex("550405")
OID_EC_KEY = bytes.fromhex("2a8648ce3d0201")
OID_SM2 = bytes.fromhex("2a811ccf5501822d")
OID_ED25519 = bytes.fromhex("2b6570")
OID_SM2_WITH_SM3 = bytes.fromhex("2a811ccf55018375")


class Certificate:
    def __init__(self, pem):
        body = pem.split("-----BEGIN CERTIFICATE-----")[1].split("-----END CERTIFICATE-----")[0]
        self.der = base64.b64decode(body)
        signed, algorithm, signature = der_sequence(self.der)
        self.signed = signed[2]
        must(der_list(algorithm[1])[0][1] == OID_SM2_WITH_SM3, "not signed with SM2-with-SM3")
        must(signature[0] == 3 and signature[1][0] == 0, "no bit string as signature")
        self.signature = signature[1][1:]
        fields = der_list(signed[1])
        must(fields[0][0] == 0xA0, "no version 3 certificate")
        _, _, _, self.issuer, validity, self.subject, key = [field[2] for field in fields[:7]]
        self.begins, self.ends = (der_time(part) for part in der_sequence(validity))
        identifiers, bits = der_sequence(key)
        oids = [part[1] for part in der_list(identifiers[1])]
        must(bits[0] == 3 and bits[1][0] == 0, "no bit string as key")
        self.key = bits[1][1:]
        if oids == [OID_EC_KEY, OID_SM2]:
            self.suite = 1
        else:
            must(oids == [OID_ED25519], "a key of neither suite")
            self.suite = 2
        serials = [
            part[1][1] for group in der_sequence(self.subject)
            for part in [der_list(der_list(group[1])[0][1])] if part[0][1] == OID_SERIAL_NUMBER]
        must(len(serials) == 1, "the subject does not name one province")
        self.province = serials[0].decode("ascii")
        self.key_id = sm3(self.der)

    def verifies(self, message, signature):
        check = sm2_verifies if self.suite == 1 else ed25519_verifies
        return check(self.key, message, signature)


# --- Protocol Buffers ----------------------------------------------------------------------------

def protobuf(data):
    """Field number to the list of its values: numbers, or octets."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            must(at < len(data) and shift < 70, "no Protocol Buffers")
            octet = data[at]
            at += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if not octet & 0x80:
                return value & (2**64 - 1)

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 2:
            length = varint()
            must(at + length <= len(data), "no Protocol Buffers")
            value, at = data[at:at + length], at + length
        elif key & 7 in (1, 5):
            length = 8 if key & 7 == 1 else 4
            must(at + length <= len(data), "no Protocol Buffers")
            value, at = int.from_bytes(data[at:at + length], "little"), at + length
        else:
            raise Unproven("no Protocol Buffers")
        fields.setdefault(key >> 3, []).append(value)
    return fields


MESSAGES = {1: "wallet_query", 2: "wallet_reply", 3: "reserve", 4: "vote", 5: "refusal",
            6: "commit", 7: "release", 8: "inquire", 9: "reverse", 10: "decision",
            11: "certificate", 12: "quota_notice", 20: "hold_end"}
OUTCOMES = {1: "committed", 2: "released", 3: "reversed"}


def describe(message):
    """Lines about the message, as far as it can be read."""
    try:
        fields = protobuf(message)
        numbers = [number for number in fields if number in MESSAGES]
        must(len(numbers) == 1, "another body")
        number = numbers[0]
        body = protobuf(fields[number][-1])
    except Unproven:
        return [("message", "of a kind that this program does not know")]
    lines = [("message", MESSAGES[number])]
    last = lambda field, default: body.get(field, [default])[-1]
    if number == 3:
        plan = protobuf(last(1, b""))
        lines.append(("transaction", plan.get(1, [b""])[-1].hex()))
        lines.append(("plan digest", sm3(last(1, b"")).hex()))
    elif number == 12:
        lines += [("relation", last(1, b"").hex()), ("available", yuan(last(3, 0)))]
    elif number != 11:
        lines.append(("transaction", last(1, b"").hex()))
    if number in (4, 5, 6, 7, 8, 9, 10):
        lines.append(("plan digest", last(2, b"").hex()))
    if number == 4:
        lines.append(("holds", ", ".join(yuan(amount) for amount in packed(body.get(4, [])))))
    if number == 10:
        lines += [("care", str(last(3, 0))), ("primary", str(last(4, 0)))]
        lines.append(("outcome", OUTCOMES.get(last(5, 0), "unknown")))
        for final in body.get(6, []):
            draw = protobuf(final)
            source = draw.get(2, [b""])[-1].hex()
            lines.append(("takes", "%s of %s from %s" % (
                yuan(draw.get(3, [0])[-1]), draw.get(1, [0])[-1],
                "relation " + source if source else "the recipient's own account")))
        if last(5, 0) in (1, 3):
            lines.append(("business date", day(last(7, 0))))
        if last(5, 0) == 3:
            lines += [("reversal", last(10, b"").hex()), ("reversal date", day(last(11, 0)))]
    return lines


def packed(values):
    numbers = []
    for value in values:
        if isinstance(value, int):
            numbers.append(value)
            continue
        at = 0
        while at < len(value):
            number = shift = 0
            while at < len(value):
                octet, at = value[at], at + 1
                number |= (octet & 0x7F) << shift
                shift += 7
                if not octet & 0x80:
                    break
            numbers.append(number)
    return numbers


def yuan(fen):
    return "%d.%02d yuan" % divmod(fen, 100)


def day(days):
    days = days - 2**64 if days >= 2**63 else days
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=days))


def moment(milliseconds):
    zone = datetime.timezone(datetime.timedelta(hours=8))
    when = datetime.datetime(1970, 1, 1, tzinfo=zone) + datetime.timedelta(
        hours=8, milliseconds=milliseconds)
    return when.isoformat(timespec="milliseconds")


# --- The receipt ---------------------------------------------------------------------------------

def merkle_root(leaf, index, size, path, hashing):
    """RFC 6962 §2.1.1: the root that the leaf gives with its audit path."""
    must(0 <= index < size, "a leaf outside of its tree")
    digest, last, siblings = leaf, size - 1, list(path)
    while last > 0:
        if index % 2 == 1:
            must(siblings, "an audit path that is too short")
            digest = hashing(b"\x01" + siblings.pop(0) + digest)
        elif index < last:
            must(siblings, "an audit path that is too short")
            digest = hashing(b"\x01" + digest + siblings.pop(0))
        index, last = index // 2, last // 2
    must(not siblings, "an audit path that is too long")
    return digest


def verify(receipt, root_certificate=None):
    """What the receipt proves, as pairs of name and value. Raises Unproven."""
    octets = lambda name: bytes.fromhex(receipt[name])
    header_octets, signature, key_id = octets("header"), octets("signature"), octets("key_id")
    index, size = receipt["tree_index"], receipt["tree_size"]
    path = [bytes.fromhex(step) for step in receipt["tree_path"]]
    suite = SUITE_NAMES.get(receipt["suite"], receipt["suite"])
    must(suite in HASHES, "a suite that this program does not know")
    hashing = HASHES[suite]
    if "envelope" in receipt:
        # The same once more, as it came over the wire.
        envelope = protobuf(octets("envelope"))
        one = lambda number, default: envelope.get(number, [default])[-1]
        must([one(1, b""), one(2, 0), one(3, 0), envelope.get(4, []), one(5, 0), one(6, b""),
              one(7, b"")] == [header_octets, index, size, path, suite, key_id, signature],
             "the envelope holds something else than the fields beside it")
    header = protobuf(header_octets)
    field = lambda number, default: header.get(number, [default])[-1]
    must(field(1, 0) == 1, "another version of the protocol")
    count, place = field(7, 0), receipt["leaf_index"]
    must(receipt["leaf_count"] == count + 1, "another number of messages than the header has")
    must(0 < place <= count, "the leaf is not one of a message")
    leaf_path = [bytes.fromhex(step) for step in receipt["leaf_path"]]
    header_path = [bytes.fromhex(step) for step in receipt["header_path"]]
    message = octets("message")
    subtree = merkle_root(hashing(b"\0" + message), place, count + 1, leaf_path, hashing)
    must(subtree == merkle_root(hashing(b"\0" + header_octets), 0, count + 1, header_path, hashing),
         "message and header are not of one batch")
    root = merkle_root(hashing(b"\0" + subtree), index, size, path, hashing)
    must(octets("root") == root, "root is not what the paths give")
    must(octets("signed") == CONTEXT + root, "signed is not what was signed")
    certificate = Certificate(receipt["certificate"])
    must(certificate.key_id == key_id, "the certificate is not the one of the key id")
    must(certificate.suite == suite, "the certificate's key is of another suite")
    must(certificate.province == str(field(3, 0)), "the certificate is of another province")
    time = field(10, 0)
    for valid in filter(None, (certificate, root_certificate)):
        must(valid.begins <= time <= valid.ends,
             "a certificate was not valid at the time of the header")
    if root_certificate is not None:
        must(certificate.issuer == root_certificate.subject,
             "the root did not issue the certificate")
        must(root_certificate.suite == 1 and root_certificate.verifies(
            certificate.signed, certificate.signature), "the root did not sign the certificate")
    must(certificate.verifies(CONTEXT + root, signature), "the signature does not verify")
    return [
        ("network", field(2, b"").decode("utf-8", "replace")), ("from", str(field(3, 0))),
        ("to", str(field(4, 0))), ("time", moment(time)),
        ("sequence", str(field(6, 0) + place - 1)), ("link epoch", field(5, b"").hex()),
        ("suite", SUITES[suite]), ("key id", key_id.hex()),
        ("certificate", "issued by the root that was given" if root_certificate is not None
         else "not checked against a root (give --root)"),
    ] + describe(message)


# --- Evidence: statements of one province that cannot all be true --------------------------------

class Statement:
    """A message whose signature verifies, taken apart."""

    def __init__(self, number, receipt, root):
        self.facts = dict(verify(receipt, root))
        self.number, self.sender = number, int(self.facts["from"])
        message = protobuf(bytes.fromhex(receipt["message"]))
        kinds = [kind for kind in message if kind in MESSAGES]
        must(len(kinds) == 1, "a statement with another body")
        self.kind = MESSAGES[kinds[0]]
        body = protobuf(message[kinds[0]][-1])
        last = lambda field, default: body.get(field, [default])[-1]
        self.transaction, self.plan_digest = last(1, b""), last(2, b"")
        self.name = "statement %d (%s of %d)" % (number, self.kind, self.sender)
        if self.kind == "vote":
            self.participant = last(3, 0)
            self.held, self.expires = packed(body.get(4, [])), last(5, 0)
        elif self.kind == "refusal":
            self.participant, self.status = last(3, 0), last(4, 0)
        elif self.kind == "decision":
            self.care, self.primary = last(3, 0), last(4, 0)
            self.outcome = OUTCOMES.get(last(5, 0), "unknown")
            finals = [protobuf(final) for final in body.get(6, [])]
            self.draws = [(final.get(1, [0])[-1], final.get(2, [b""])[-1]) for final in finals]
            self.amounts = [final.get(3, [0])[-1] for final in finals]
            self.date, self.decided, self.reversal = last(7, 0), last(8, 0), last(10, b"")
            self.reversal_date = last(11, 0)

    def settles(self):
        return self.kind == "decision" and self.outcome in ("committed", "reversed")


class Plan:
    def __init__(self, octets):
        body = protobuf(octets)
        last = lambda field, default: body.get(field, [default])[-1]
        self.digest, self.transaction = sm3(octets), last(1, b"")
        self.care, self.category, self.amount = last(2, 0), last(6, 0), last(7, 0)
        self.exact, self.primary = last(8, 0) == 1, last(9, 0)
        draws = [protobuf(draw) for draw in body.get(10, [])]
        self.draws = [(draw.get(1, [0])[-1], draw.get(2, [b""])[-1]) for draw in draws]
        self.limits = [draw.get(3, [0])[-1] for draw in draws]

    def held_by(self, participant):
        return [limit for (province, _), limit in zip(self.draws, self.limits)
                if province == participant]


PREMIUMS = (3, 4)
# A primary may refuse a commit with these and commit later; whoever refuses otherwise never holds.
COMMIT_REFUSALS = (63, 83, 84)


def day_of(milliseconds):
    return (milliseconds + 8 * 3600 * 1000) // 86400000


def against_plan(one, plan):
    """What a statement says that the plan, whose digest it has, does not allow: (field, words)."""
    if one.kind == "vote":
        limits = plan.held_by(one.participant)
        if len(one.held) != len(limits):
            return "held", "it votes on %d draws, the plan has %d of it" % (
                len(one.held), len(limits))
        if any(held > limit or (plan.exact and held != limit)
               for held, limit in zip(one.held, limits)):
            return "held", "it holds %s where the plan has %s" % (one.held, limits)
        return None
    if not one.settles():
        return None
    if one.primary != plan.primary:
        return "primary", "it decides as primary, the plan names %d" % plan.primary
    if one.care != plan.care:
        return "care", "it says care %d, the plan %d" % (one.care, plan.care)
    if one.draws != plan.draws:
        return "finals", "its draws are not those of the plan"
    for amount, limit in zip(one.amounts, plan.limits):
        if amount > limit:
            return "finals", "it takes %s where the plan allows %s" % (yuan(amount), yuan(limit))
    if sum(one.amounts) > plan.amount:
        return "finals", "it takes %s in sum for a bill of %s" % (
            yuan(sum(one.amounts)), yuan(plan.amount))
    if sum(one.amounts) == 0:
        return "finals", "it settles nothing at all"
    if plan.category in PREMIUMS and sum(one.amounts) != plan.amount:
        return "finals", "it takes %s of a premium of %s, which is paid in full or not" % (
            yuan(sum(one.amounts)), yuan(plan.amount))
    return None


def against_itself(one):
    if not one.settles():
        return None
    last = one.reversal_date if one.outcome == "reversed" else one.date
    if last != day_of(one.decided) or one.date > last:
        return "business_date", "decided on %s, dated %s" % (
            day(day_of(one.decided)), day(last))
    return None


def against_other(one, other):
    """What two statements about one plan say that cannot both be true: (field, words)."""
    if {one.kind, other.kind} == {"decision"}:
        if one.primary != other.primary:
            return None
        if one.settles() != other.settles():
            return "outcome", "one says %s, the other %s" % (one.outcome, other.outcome)
        if not one.settles():
            return None
        if (one.draws, one.amounts) != (other.draws, other.amounts):
            return "finals", "one takes %s, the other %s" % (
                [yuan(amount) for amount in one.amounts],
                [yuan(amount) for amount in other.amounts])
        if one.date != other.date:
            return "business_date", "one says %s, the other %s" % (day(one.date), day(other.date))
        if one.care != other.care:
            return "care", "one says %d, the other %d" % (one.care, other.care)
        if one.outcome == other.outcome == "reversed" and (
                (one.reversal, one.reversal_date) != (other.reversal, other.reversal_date)):
            return "reversal", "one was reversed as %s of %s, the other as %s of %s" % (
                one.reversal.hex(), day(one.reversal_date), other.reversal.hex(),
                day(other.reversal_date))
        return None
    if {one.kind, other.kind} == {"vote"}:
        if (one.held, one.expires) != (other.held, other.expires):
            return "held", "one vote holds %s until %d, the other %s until %d" % (
                one.held, one.expires, other.held, other.expires)
        return None
    kinds = {one.kind: one, other.kind: other}
    refusal = kinds.get("refusal")
    if refusal is None or refusal.status in COMMIT_REFUSALS:
        return None
    if "vote" in kinds:
        return "status", "it voted, and refused with %d" % refusal.status
    decision = kinds.get("decision")
    if decision is not None and decision.settles():
        return "status", "it refused to hold with %d, and %s" % (
            refusal.status, decision.outcome)
    return None


def contradictions(statements, plan):
    """(who, which statements, field, words) of all that one province signed and that cannot be true."""
    found = []
    for one in statements:
        # Of a vote or refusal the sender is the participant, of a decision the primary; else it is no
        # statement of theirs.
        speaker = one.primary if one.kind == "decision" else getattr(one, "participant", None)
        if speaker != one.sender:
            continue
        bound = plan is not None and one.plan_digest == plan.digest
        for reason in [against_itself(one), against_plan(one, plan) if bound else None]:
            if reason:
                found.append((one.sender, [one.name] + (
                    ["the plan"] if bound and reason is not against_itself(one) else []), *reason))
        for other in statements:
            if other.number <= one.number or other.sender != one.sender:
                continue
            if (one.transaction, one.plan_digest) != (other.transaction, other.plan_digest):
                continue
            reason = against_other(one, other)
            if reason:
                found.append((one.sender, [one.name, other.name], *reason))
    return found


def judge(evidence, root):
    """Facts about evidence, and whether a contradiction of the accused is proven."""
    accused = int(evidence["evidence"]["accused"])
    plan = Plan(bytes.fromhex(evidence["plan"])) if evidence.get("plan") else None
    statements, facts = [], [("accused", str(accused)),
                             ("said to be", evidence["evidence"]["reason"])]
    for number, receipt in enumerate(evidence["statements"], 1):
        if "octets" in receipt:
            facts.append(("statement %d" % number, "octets that this program does not judge"))
            continue
        one = Statement(number, receipt, root)
        statements.append(one)
        facts.append((one.name, "; ".join(
            "%s %s" % fact for fact in describe(bytes.fromhex(receipt["message"]))[1:])))
        facts.append(("  signed by", "%s, at %s" % (one.facts["from"], one.facts["time"])))
    if plan is not None:
        facts.append(("plan", "%s, care %d, primary %d, bill %s" % (
            plan.digest.hex(), plan.care, plan.primary, yuan(plan.amount))))
    proven = [one for one in contradictions(statements, plan) if one[0] == accused]
    for _, which, field, words in proven:
        facts.append(("contradiction", "%s: field %s: %s" % (" and ".join(which), field, words)))
    return facts, bool(proven)


def main():
    parser = argparse.ArgumentParser(
        description="Verify a receipt of a message, or evidence of a contradiction.")
    parser.add_argument("folder", type=pathlib.Path, 
                        help="with receipt.json or evidence.json, or that file")
    parser.add_argument("--root", type=pathlib.Path, help="certificate of the national root (PEM)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    is_evidence, isnt_shown = False, False
    try:
        path = options.folder
        if path.is_dir():
            path = path / "evidence.json"
            path = path if path.exists() else options.folder / "receipt.json"
        receipt = json.loads(path.read_text())
        root = Certificate(options.root.read_text()) if options.root else None
        is_evidence = "statements" in receipt
        if is_evidence:
            proven, is_shown = judge(receipt, root)
            isnt_shown = not is_shown
        else:
            proven = verify(receipt, root)
    except Unproven as why:
        outcome, proven = "unproven", [("reason", str(why))]
    except (OSError, KeyError, IndexError, ValueError, TypeError, AttributeError) as why:
        outcome, proven = "unproven", [
            ("reason", "unreadable: %s %s" % (type(why).__name__, why))]
    else:
        outcome = "unproven" if isnt_shown else "proven"
    if options.json:
        print(json.dumps({"outcome": outcome, "facts": proven}, ensure_ascii=False))
    elif is_evidence and (outcome == "proven" or isnt_shown):
        print("All signatures verify. " + (
            "They do not contradict each other by themselves." if isnt_shown
            else "A contradiction is proven:"))
        for name, value in proven:
            print("  %-13s %s" % (name, value))
    elif outcome == "proven":
        print("The signature verifies. It proves that this was sent:")
        for name, value in proven:
            print("  %-13s %s" % (name, value))
    else:
        print("This proves nothing: " + proven[0][1], file=sys.stderr)
    return 0 if outcome == "proven" else 1


if __name__ == "__main__":
    sys.exit(main())
