#!/usr/bin/env python3
"""A second implementation of Souk's encodings, written from the encodings page alone, in plain Python.

It recomputes every value of docs/vectors/{sumtree,call,audit,exchange,licence,exam}.json and fails on the first difference.
"""
import json
import pathlib
import struct
import sys
from hashlib import blake2b

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "vectors"


def h(*parts):
    return blake2b(b"".join(parts), digest_size=32).digest()


def u8(n):
    return n.to_bytes(1, "little")


def u16(n):
    return n.to_bytes(2, "little")


def u32(n):
    return n.to_bytes(4, "little")


def u64(n):
    return n.to_bytes(8, "little")


def u128(n):
    return n.to_bytes(16, "little")


def compact(n):
    if n < 1 << 6:
        return u8(n << 2)
    if n < 1 << 14:
        return u16(n << 2 | 1)
    return u32(n << 2 | 2)


def vec(items):
    return compact(len(items)) + b"".join(items)


def unhex(text):
    return bytes.fromhex(text[2:])


def same(what, got, want):
    got = "0x" + got.hex() if isinstance(got, bytes) else got
    if got != want:
        sys.exit(f"{what}: computed {got}, published {want}")
    same.count += 1


same.count = 0


# --- the sum tree ---


def leaf_node(digest, amount):
    return h(b"\x00", digest, u128(amount)), amount


def parent(left, right):
    return h(b"\x01", left[0], u128(left[1]), right[0], u128(right[1])), left[1] + right[1]


def levels(nodes):
    yield nodes
    while len(nodes) > 1:
        nodes = [parent(*nodes[i : i + 2]) if i + 1 < len(nodes) else nodes[i] for i in range(0, len(nodes), 2)]
        yield nodes


def verify(root, total, count, index, node, proof):
    """Sum of the leaves before `index`, or None."""
    if index >= count:
        return None
    proof, prefix, width = list(proof), 0, count
    while width > 1:
        if not (index == width - 1 and width % 2):
            if not proof:
                return None
            sibling = proof.pop(0)
            if index % 2:
                prefix += sibling[1]
                node = parent(sibling, node)
            else:
                node = parent(node, sibling)
        index, width = index // 2, (width + 1) // 2
    return prefix if not proof and node == (root, total) else None


def check_sumtree():
    for tree in json.loads((VECTORS / "sumtree.json").read_text())["trees"]:
        leaves = [(unhex(leaf["digest"]), int(leaf["amount"])) for leaf in tree["leaves"]]
        all_levels = list(levels([leaf_node(*leaf) for leaf in leaves]))
        root, total = all_levels[-1][0]
        same("root", root, tree["root"])
        same("total", str(total), tree["total"])
        for published in tree["proofs"]:
            at, steps = published["index"], []
            for level in all_levels[:-1]:
                if at ^ 1 < len(level):
                    steps.append(level[at ^ 1])
                at //= 2
            same("proof", vec([s[0] + u128(s[1]) for s in steps]), published["scale"])
            index = published["index"]
            prefix = verify(root, total, len(leaves), index, leaf_node(*leaves[index]), steps)
            same("prefix", prefix, sum(amount for _, amount in leaves[:index]))
            for other in range(len(leaves) + 1):
                if other != index:
                    same("a leaf at another index", verify(root, total, len(leaves), other, leaf_node(*leaves[index]), steps), None)
        running = 0
        for index, (_, amount) in enumerate(leaves):
            if running <= int(tree["point"]["at"]) < running + amount:
                same("point", index, tree["point"]["index"])
            running += amount


# --- calls ---


def check_call():
    v = json.loads((VECTORS / "call.json").read_text())
    body, request, receipt, voucher = v["body"], v["request"], v["receipt"], v["voucher"]
    digest = h(
        u8(body["kind"]),
        vec([u32(i) for i in body["prompt_ids"]]),
        u16(body["temperature_milli"]),
        u32(body["max_tokens"]),
        vec([vec([u32(i) for i in stop]) for stop in body["stops"]]),
    )
    same("request digest", digest, body["digest"])
    same("request's digest", body["digest"], request["request_digest"])
    head = unhex(request["genesis"]) + unhex(request["channel"])
    request_scale = (
        head + u32(request["seq"]) + unhex(request["seed"]) + digest
        + u128(int(request["max_charge"])) + unhex(request["blinding"])
    )
    same("request", b"souk/request" + request_scale, request["signed_bytes"])
    response = h(vec([u32(i) for i in receipt["response_ids"]]))
    same("response digest", response, receipt["response_digest"])
    cost = receipt["input_tokens"] * int(receipt["per_1k_input"]) + receipt["output_tokens"] * int(receipt["per_1k_output"])
    charge = -(-cost // 1000)
    same("charge", str(charge), receipt["charge"])
    receipt_scale = (
        head + u32(request["seq"]) + digest + response + u32(receipt["input_tokens"])
        + u32(receipt["output_tokens"]) + u128(charge) + u8(receipt["finish"])
    )
    same("receipt", b"souk/receipt" + receipt_scale, receipt["signed_bytes"])
    same("leaf", h(request_scale, receipt_scale), v["leaf"]["digest"])
    same("leaf amount", str(charge), v["leaf"]["amount"])
    voucher_scale = head + u128(int(voucher["cumulative"])) + u32(voucher["calls"]) + unhex(voucher["receipts_root"])
    same("voucher", b"souk/voucher" + voucher_scale, voucher["signed_bytes"])
    same("vector", h(*[u32(bits) for bits in v["vector"]["bits"]]), v["vector"]["digest"])
    resource = h(b"souk/transcript", unhex(v["fetch"]["audit"]))
    same("fetch", b"souk/fetch" + unhex(request["genesis"]) + resource + u32(v["fetch"]["expires"]), v["fetch"]["signed_bytes"])
    same("batch id", h(b"souk/batch", unhex(request["channel"]), u128(int(voucher["cumulative"])), u32(0)), v["batch_id"])
    made = v["creation_id"]
    tag = made["tag"].encode()
    same("creation id", h(tag, unhex(made["parent"]), unhex(made["creator"]), u64(made["counter"])), made["id"])


# --- audits ---


def low(digest):
    return int.from_bytes(digest[:16], "little")


def threshold(q, window):
    """1 − (1 − q)^(1/window) of 2^64; at certainty 1 − 1/e a window."""
    q = 632_121 if q == 1_000_000 else q
    target = ((1_000_000 - q) << 64) // 1_000_000

    def power(r):
        acc = r
        for _ in range(window - 1):
            acc = -(-(acc * r) >> 64)
        return acc

    root = 0
    for bit in reversed(range(64)):
        if power(root | 1 << bit) <= target:
            root |= 1 << bit
    return (1 << 64) - 1 - root


def committee(draw, weights, seats):
    left = [(i, w) for i, w in enumerate(weights) if w]
    chosen = []
    for seat in range(min(seats, len(left))):
        at = low(h(draw, u32(seat))) % sum(w for _, w in left)
        for position, (index, weight) in enumerate(left):
            if at < weight:
                break
            at -= weight
        chosen.append(index)
        left.pop(position)
    return chosen


def expected_draws(q, window):
    """Audits a window, in millionths; at certainty one is drawn when no block hits."""
    return (threshold(q, window) * window * 1_000_000 >> 64) + (1_000_000 - 632_121 if q == 1_000_000 else 0)


def audit_fee(value, q, window):
    """2 % of the value, or what the expected audits of three reports at 0.005 SOUK cost."""
    return max(value * 20_000 // 1_000_000, 3 * 5_000_000_000 * expected_draws(q, window) // 1_000_000)


def check_audit():
    v = json.loads((VECTORS / "audit.json").read_text())
    for row in v["thresholds"]:
        same("threshold", str(threshold(row["q_millionths"], row["window"])), row["threshold"])
    vrf, batch = unhex(v["roll"]["vrf"]), unhex(v["roll"]["batch"])
    same("roll", h(b"souk/roll", vrf, batch), v["roll"]["hash"])
    draw = h(b"souk/draw", vrf, batch, u8(0))
    same("draw", draw, v["draw"]["point"])
    same("point", str(int(v["draw"]["settled"]) + low(draw) % int(v["draw"]["value"])), v["draw"]["at"])
    seats_draw = h(b"souk/draw", vrf, batch, u8(1))
    same("committee draw", seats_draw, v["committee"]["draw"])
    same("committee", committee(seats_draw, [int(w) for w in v["committee"]["weights"]], 3), v["committee"]["seats"])
    tag = b"souk/window"
    second = h(b"vrf", u32(1))
    window = h(tag, compact(2), vrf, second)
    same("combined", window, v["combined"])
    redraw = h(h(b"souk/draw", window, batch, u8(2)), h(b"audit", u32(0)))
    same("redraw", redraw, v["redraw"])
    same("audit id", h(b"souk/audit-id", batch, u32(2), vrf), v["audit_id"])
    sealed = u8(0) + u32(48) + u32(123) + u32(456) + u32(78_900) + u32(997) + u32(0) + u8(0)
    same("report", sealed, v["commit"]["report_scale"])
    commitment = h(
        b"souk/audit", h(b"genesis", u32(0)), h(b"audit", u32(0)), u8(0), sealed, h(b"salt", u32(0)), b"\x05" * 32
    )
    same("commitment", commitment, v["commit"]["commitment"])
    bounds = [(0, 20_000, 60_000), (8, 15_000, 45_000), (32, 10_000, 30_000), (96, 10_000, 30_000), (32, 10_000, 30_000)]
    spec = (
        u64(0) + u32(0) + h(b"manifest", u32(0)) + u8(0) + u8(0) + u32(2_048) + u8(0)
        + b"".join(struct.pack("<III", *bound) for bound in bounds) + u32(200_000)
    )
    same("spec", spec, v["spec"]["scale"])
    same("spec id", h(spec), v["spec"]["id"])
    e = v["exposure"]
    same("exposure", str(-(-int(e["value"]) * e["m"] * 1_000_000 // e["q_millionths"])), e["exposure"])
    r = v["release"]
    value = int(r["value"])
    protocol = value * 10_000 // 1_000_000
    audit = audit_fee(value, 300_000, 16)
    same("burnt", str(protocol - protocol // 2), r["burnt"])
    same("treasury", str(protocol // 2), r["treasury"])
    same("audit fee", str(audit), r["audit"])
    same("provider", str(value - protocol - audit), r["provider"])
    for row in v["flat_fees"]:
        same("draws", expected_draws(row["q_millionths"], row["window"]), row["draws"])
        same("flat audit fee", str(audit_fee(60_000_000_000, row["q_millionths"], row["window"])), row["audit"])


if __name__ == "__main__":
    check_sumtree()
    check_call()
    check_audit()
    # Both names are this module, so that all values are counted together.
    sys.modules["check"] = sys.modules["__main__"]
    import exam
    import exchange

    exchange.check_exchange()
    exchange.check_licence()
    exam.check_exam()
    print(f"{same.count} values agree")
