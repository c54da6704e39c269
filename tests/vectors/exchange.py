"""The fair exchange in plain Python: X25519 and ChaCha20-Poly1305 from RFC 7748 and RFC 8439, the judgement of a
complaint, and the money of a purchase. Run by check.py."""
import json
import struct

from check import VECTORS, h, same, u8, u16, u32, u64, u128, unhex, vec, verify

CHUNK, TAG = 65_536, 16
P = 2**255 - 19


# --- X25519 ---


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    k &= (1 << 255) - 1
    u = (int.from_bytes(point, "little") & (1 << 255) - 1) % P
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121_665 * e) % P
    if swap:
        x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


BASE = (9).to_bytes(32, "little")


def public_key_verdict(key):
    if int.from_bytes(key, "little") >= P:
        return "non-canonical"
    # Any secret will do: a point of small order shares nothing but zero with all of them.
    return "good" if any(x25519(b"\x11" * 32, key)) else "low order"


# --- ChaCha20-Poly1305 ---


def rotl(v, n):
    return (v << n | v >> (32 - n)) & 0xFFFFFFFF


def quarter(x, a, b, c, d):
    x[a] = x[a] + x[b] & 0xFFFFFFFF
    x[d] = rotl(x[d] ^ x[a], 16)
    x[c] = x[c] + x[d] & 0xFFFFFFFF
    x[b] = rotl(x[b] ^ x[c], 12)
    x[a] = x[a] + x[b] & 0xFFFFFFFF
    x[d] = rotl(x[d] ^ x[a], 8)
    x[c] = x[c] + x[d] & 0xFFFFFFFF
    x[b] = rotl(x[b] ^ x[c], 7)


ROUND = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]


def block(key, counter, nonce, double_rounds=10):
    state = list(struct.unpack("<4I8II3I", b"expand 32-byte k" + key + u32(counter) + nonce))
    x = state[:]
    for _ in range(double_rounds):
        for lane in ROUND:
            quarter(x, *lane)
    return struct.pack("<16I", *[a + b & 0xFFFFFFFF for a, b in zip(x, state)])


def stream(key, nonce, data):
    pads = b"".join(block(key, 1 + i, nonce) for i in range(-(-len(data) // 64)))
    return bytes(a ^ b for a, b in zip(data, pads))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i : i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return (acc + int.from_bytes(key[16:], "little") & (1 << 128) - 1).to_bytes(16, "little")


def tag(key, nonce, data, sealed):
    pad = lambda part: part + bytes(-len(part) % 16)
    return poly1305(block(key, 0, nonce)[:32], pad(data) + pad(sealed) + u64(len(data)) + u64(len(sealed)))


def encrypt(key, nonce, data, plain):
    sealed = stream(key, nonce, plain)
    return sealed + tag(key, nonce, data, sealed)


def decrypt(key, nonce, data, sealed):
    sealed, mark = sealed[:-16], sealed[-16:]
    return stream(key, nonce, sealed) if tag(key, nonce, data, sealed) == mark else None


# --- the exchange ---


def commitment(purchase, key):
    return h(b"souk/key", purchase, key)


def wrap_key(purchase, shared, ephemeral, buyer):
    return h(b"souk/seal", purchase, shared, ephemeral, buyer)


def nonce(index):
    return index.to_bytes(12, "little")


def unseal(sealed, purchase, committed, secret):
    ephemeral, body = sealed[:32], sealed[32:]
    shared = x25519(secret, ephemeral)
    if not any(shared):
        return None
    key = decrypt(wrap_key(purchase, shared, ephemeral, x25519(secret, BASE)), bytes(12), purchase + committed, body)
    return key if key and commitment(purchase, key) == committed else None


def leaf(digest, amount):
    return h(b"\x00", digest, u128(amount)), amount


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "little")

    def compact(self):
        mode = self.data[self.at] & 3
        return self.number([1, 2, 4][mode]) >> 2

    def path(self):
        return [(self.take(32), self.number(16)) for _ in range(self.compact())]


def judge(size, root, genesis, purchase, buyer_key, case):
    complaint = Reader(unhex(case["complaint"]))
    kind, secret = complaint.number(1), complaint.take(32)
    committed, chunks = unhex(case["key_commitment"]), -(-size // CHUNK)
    if x25519(secret, BASE) != buyer_key:
        return "wrong secret"
    key = unseal(unhex(case["sealed_key"]), purchase, committed, secret)
    if key is None:
        return "upheld: seal"
    if kind == 0:
        return "disproved"
    index = complaint.number(4)
    sealed = complaint.take(complaint.compact())
    sealed_path = complaint.path()
    digest = complaint.take(32)
    path = complaint.path()
    if index >= chunks:
        return "malformed"
    length = min(CHUNK, size - index * CHUNK)
    listed = verify(root, size, chunks, index, leaf(digest, length), path)
    total = size + TAG * chunks
    served = verify(unhex(case["ciphertext_root"]), total, chunks, index, leaf(h(sealed), len(sealed)), sealed_path)
    if listed is None or served is None:
        return "malformed"
    if len(sealed) != length + TAG:
        return "upheld: length"
    plain = decrypt(key, nonce(index), genesis + purchase + root, sealed)
    if plain is None:
        return "upheld: tag"
    return "disproved" if h(plain) == digest else "upheld: bytes"


def check_exchange():
    v = json.loads((VECTORS / "exchange.json").read_text())
    genesis, purchase, key = unhex(v["genesis"]), unhex(v["purchase"]), unhex(v["key"])
    made = v["purchase_id"]
    same("purchase id", h(b"souk/purchase", unhex(made["parent"]), unhex(made["buyer"]), u64(made["counter"])), made["id"])
    same("resource", h(b"souk/copy", purchase), v["resource"])
    same("key commitment", commitment(purchase, key), v["key_commitment"])
    buyer, ephemeral = (unhex(v[side]["secret"]) for side in ("buyer", "ephemeral"))
    for side, secret in (("buyer", buyer), ("ephemeral", ephemeral)):
        same("public key", x25519(secret, BASE), v[side]["public"])
    buyer_key, ephemeral_key = x25519(buyer, BASE), x25519(ephemeral, BASE)
    wrap = wrap_key(purchase, x25519(ephemeral, buyer_key), ephemeral_key, buyer_key)
    sealed = ephemeral_key + encrypt(wrap, bytes(12), purchase + commitment(purchase, key), key)
    same("sealed key", sealed, v["sealed_key"])
    same("unsealed key", unseal(sealed, purchase, commitment(purchase, key), buyer), v["key"])
    for published in v["public_keys"]:
        same("public key's verdict", public_key_verdict(unhex(published["key"])), published["verdict"])

    content = v["content"]
    size, root = content["size"], unhex(content["root"])
    plain = bytes((i ^ i >> 8) & 0xFF for i in range(size))
    for index, published in enumerate(content["chunks"]):
        chunk = plain[index * CHUNK : (index + 1) * CHUNK]
        same("length", len(chunk), published["length"])
        same("digest", h(chunk), published["digest"])
        encrypted = encrypt(key, nonce(index), genesis + purchase + root, chunk)
        same("ciphertext", h(encrypted), published["ciphertext_digest"])
        path = Reader(unhex(published["path"])).path()
        count = len(content["chunks"])
        same("path", verify(root, size, count, index, leaf(h(chunk), len(chunk)), path), index * CHUNK)
        path = Reader(unhex(published["ciphertext_path"])).path()
        total = size + TAG * count
        same("ciphertext total", str(total), content["ciphertext_total"])
        node = leaf(h(encrypted), len(encrypted))
        same("ciphertext path", verify(unhex(content["ciphertext_root"]), total, count, index, node, path), index * (CHUNK + TAG))
    for case in v["complaints"]:
        same(case["case"], judge(size, root, genesis, purchase, buyer_key, case), case["judgement"])


# --- licences and money ---

SOUK = 10**12


def share(amount, millionths):
    return amount * millionths // 1_000_000


def handling(price):
    return min(max(share(price, 10_000), SOUK // 100), 10 * SOUK)


def settle(price, protocol, royalties, referral):
    room = share(price, 900_000)
    fee = min(share(price, protocol), room)
    left, room, parts = price - fee, room - fee, []
    for part in royalties + [referral]:
        parts.append(min(share(left, part), room))
        room -= parts[-1]
    return fee, parts[:-1], parts[-1], left - sum(parts)


def check_licence():
    v = json.loads((VECTORS / "licence.json").read_text())
    for offer in v["offers"]:
        (kind, value), = offer["grant"].items()
        grant = {"perpetual": u8(0), "lease": u8(1) + u32(value or 0), "metered": u8(2) + u32(value or 0)}[kind]
        uri = offer["terms_uri"].encode()
        scale = (
            grant + u128(int(offer["price"])) + u16(offer["purposes"]) + u32(offer["seats"]) + u8(offer["transferable"])
            + u32(offer["deliver_within"]) + u32(offer["referral"]) + vec([u8(b) for b in uri]) + unhex(offer["terms_digest"])
        )
        same("offer", scale, offer["scale"])
        same("offer digest", h(scale), offer["digest"])
    for deal in v["deals"]:
        price, fee = int(deal["price"]), int(deal["complaint_fee"])
        deposit = max(share(price, 50_000), SOUK // 100)
        bond = max(share(price, 200_000), 3 * fee, handling(price))
        same("window", 1_200 + -(-deal["size"] // (3 << 20)), deal["accept_window"])
        same("handling", str(handling(price)), deal["handling"])
        same("complaint deposit", str(deposit), deal["complaint_deposit"])
        same("seller bond", str(bond), deal["seller_bond"])
        ends = {"refund": price + deposit - handling(price), "bond": bond - handling(price), "burnt": handling(price)}
        same("not accepted", {end: str(amount) for end, amount in ends.items()}, deal["unaccepted"])
    for published in v["settlements"]:
        price = int(published["price"])
        fee, parents, referrer, owner = settle(price, published["protocol"], published["royalties"], published["referral"])
        same("burnt", str(fee - fee // 2), published["burnt"])
        same("treasury", str(fee // 2), published["treasury"])
        same("royalties", [str(part) for part in parents], published["to_parents"])
        same("referral", str(referrer), published["to_referrer"])
        same("owner", str(owner), published["to_owner"])
        same("sum", fee + sum(parents) + referrer + owner, price)
    m = v["metered"]
    due = min(share(int(m["value"]), m["share"]), int(m["left"]))
    _, parents, _, publisher = settle(due, 0, m["royalties"], 0)
    same("metered royalties", [str(part) for part in parents], m["to_parents"])
    same("metered publisher", str(publisher), m["to_publisher"])
    weight = stars = 0
    for review in v["reviews"]:
        burnt, given = int(review["burnt"]), int(review["given"])
        counts = min(burnt, max((weight - 20 * given) // 19 if weight > 20 * given else 0, SOUK // 100 - given, 0))
        same("what counts", str(counts), review["counts"])
        weight, stars = weight + counts, stars + counts * review["stars"]
        same("average", stars * 1_000 // weight, review["average_milli"])
