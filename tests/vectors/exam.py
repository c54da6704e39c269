"""The exam in plain Python: when it falls, its papers and questions, and the evidence. Run by check.py."""
import json
import struct

from check import VECTORS, compact, h, leaf_node, levels, low, same, u8, u16, u32, u128, unhex, vec
from exchange import block

ANSWER, PROMPT, MOST = 64, 32, 4_096


def words(key, count):
    """The stream of rand_chacha's ChaCha8: eight rounds, counter and stream of 64 bits that start at zero."""
    blocks = b"".join(block(key, i, bytes(12), 4) for i in range(-(-count // 16)))
    return struct.unpack(f"<{count}I", blocks[: 4 * count])


def body(paper, index, vocab):
    ids = [word % vocab for word in words(h(b"souk/exam-question", paper, u32(index)), PROMPT)]
    return ids, u8(0) + vec([u32(i) for i in ids]) + u16(800) + u32(ANSWER) + compact(0)


def check_exam():
    v = json.loads((VECTORS / "exam.json").read_text())
    epoch, provider, spec = u32(v["epoch"]), unhex(v["provider"]), unhex(v["spec"])
    for row in v["roll"]["rows"]:
        roll = low(h(b"souk/exam-roll", unhex(v["roll"]["vrf"]), epoch))
        same("exam roll", roll % row["blocks_left"] == 0, row["hits"])
    drawn = h(b"souk/exam", vec([unhex(vrf) for vrf in v["vrfs"]]))
    same("drawn", drawn, v["drawn"])
    same("exam id", h(b"souk/exam-id", epoch, drawn, provider, spec), v["exam_id"])
    paper = h(b"souk/exam-paper", drawn, provider, spec)
    same("paper", paper, v["paper"])
    for row in v["sizes"]:
        worth = -(-row["capacity"] * row["seconds"] // ANSWER)
        same("questions", min(max(worth, 1), MOST), row["questions"])
    for row in v["questions"]:
        ids, scale = body(paper, row["index"], row["vocab"])
        same("question", ids, row["prompt_ids"])
        same("question's body", scale, row["body"])
        same("question's digest", h(scale), row["request_digest"])
        same("question's seed", h(b"souk/exam-sample", paper, u32(row["index"]), h(scale)), row["seed"])
    answers = [vec([u32(i) for i in ids]) for ids in v["answers"]]
    digests = [h(b"souk/exam-answer", paper, u32(i), h(ids)) for i, ids in enumerate(answers)]
    same("answers' leaves", ["0x" + digest.hex() for digest in digests], v["leaves"])
    all_levels = list(levels([leaf_node(digest, len(ids)) for digest, ids in zip(digests, v["answers"])]))
    root, total = all_levels[-1][0]
    same("exam root", root, v["root"])
    same("exam total", str(total), v["total"])
    at, running = v["transcript"], 0
    for index, ids in enumerate(v["answers"]):
        if running <= int(at["point"]) < running + len(ids):
            same("exam point", index, at["index"])
        running += len(ids)
    index, steps = at["index"], []
    for level in all_levels[:-1]:
        if index ^ 1 < len(level):
            steps.append(level[index ^ 1])
        index //= 2
    proof = vec([step[0] + u128(step[1]) for step in steps])
    same("exam transcript", u32(at["index"]) + proof + answers[at["index"]], at["scale"])
