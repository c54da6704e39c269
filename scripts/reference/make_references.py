#!/usr/bin/env python3
"""Records what an independent engine says, for the engine's tests.

Nothing here shares code with the sidecar: weights are dequantised by the `gguf` package, the forward passes are those of
`transformers` on torch, tokens come from a byte-level BPE in plain Python, the chat template goes through jinja2, and the
sampler's ChaCha8 is written out below from its definition.

    python3 -m venv refs && refs/bin/pip install torch==2.6.0 transformers==5.23.0 gguf==0.19.0 accelerate regex
    refs/bin/python scripts/reference/make_references.py MODELS_DIR sidecar/tests/fixtures
"""
import hashlib
import json
import math
import struct
import sys
from pathlib import Path

import jinja2
import numpy as np
import regex
import torch
from gguf import GGUFReader
from transformers import AutoModelForCausalLM, BertModel

GPT2_SPLIT = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


def byte_alphabet():
    """The printable stand-in of each byte, as GPT-2 has it."""
    keep = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table, extra = {}, 0
    for byte in range(256):
        if byte in keep:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return table


class Bpe:
    """Byte-level BPE with single digits split off and special tokens cut out first."""

    def __init__(self, tokens, types, merges):
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.tokens = tokens
        self.ranks = {tuple(m.split(" ")): i for i, m in enumerate(merges)}
        self.special = [t for t, kind in zip(tokens, types) if kind == 3]
        self.cut = regex.compile("(" + "|".join(map(regex.escape, sorted(self.special, key=len, reverse=True))) + ")")
        self.alphabet = byte_alphabet()
        self.bytes = {c: b for b, c in self.alphabet.items()}

    def word(self, text):
        parts = [self.alphabet[b] for b in text.encode()]
        while len(parts) > 1:
            ranked = [(self.ranks.get(pair, math.inf), i) for i, pair in enumerate(zip(parts, parts[1:]))]
            rank, i = min(ranked)
            if rank is math.inf or rank == math.inf:
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return [self.ids[p] for p in parts]

    def encode(self, text):
        out = []
        for piece in self.cut.split(text):
            if piece in self.special:
                out.append(self.ids[piece])
                continue
            for run in regex.split(r"(\p{N})", piece):
                for word in GPT2_SPLIT.findall(run):
                    out.extend(self.word(word))
        return out

    def decode(self, ids):
        raw = bytes(self.bytes[c] for i in ids if self.tokens[i] not in self.special for c in self.tokens[i])
        return raw.decode("utf-8", errors="replace")


def chacha8_words(key, stream, count):
    """`count` 32-bit words of ChaCha8 with a 64-bit counter from 0 and a 64-bit stream, vectorised over blocks."""
    blocks = (count + 15) // 16
    state = np.zeros((16, blocks), dtype=np.uint32)
    for i, word in enumerate(struct.unpack("<4I", b"expand 32-byte k")):
        state[i] = word
    for i, word in enumerate(struct.unpack("<8I", key)):
        state[4 + i] = word
    state[12] = np.arange(blocks, dtype=np.uint32)
    state[14], state[15] = stream & 0xFFFFFFFF, stream >> 32
    x = state.copy()

    def rotl(v, n):
        return (v << np.uint32(n)) | (v >> np.uint32(32 - n))

    def quarter(a, b, c, d):
        x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 16)
        x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 12)
        x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 8)
        x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 7)

    for _ in range(4):
        quarter(0, 4, 8, 12); quarter(1, 5, 9, 13); quarter(2, 6, 10, 14); quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15); quarter(1, 6, 11, 12); quarter(2, 7, 8, 13); quarter(3, 4, 9, 14)
    return (x + state).T.reshape(-1)[:count]


def gumbel(seed, position, vocab):
    u = ((chacha8_words(seed, position, vocab) >> np.uint32(8)).astype(np.float64) + 0.5) / 2.0**24
    return -np.log(-np.log(u))


def generate(model, prompt, count, eos, temperature_milli=0, seed=None):
    """Tokens and, for each, by how much its score led the runner-up."""
    ids, cache, out, leads = torch.tensor([prompt]), None, [], []
    for position in range(count):
        with torch.no_grad():
            answer = model(ids, past_key_values=cache, use_cache=True)
        cache = answer.past_key_values
        scores = answer.logits[0, -1].double().numpy()
        if temperature_milli:
            scores = scores / (temperature_milli / 1000.0) + gumbel(seed, position, len(scores))
        best = int(scores.argmax())
        rest = np.partition(scores, -2)[-2]
        out.append(best)
        leads.append(round(float(scores[best] - rest), 6))
        if best == eos:
            break
        ids = torch.tensor([[best]])
    return out, leads


TEXTS = [
    "Hello, world!",
    "In 2024 there were 1,234,567 bees.  Two  spaces\nand\ta tab.",
    "Grüße aus Köln, 東京 and 🐝🐝!",
    "def f(x):\n    return x ** 2  # it's squared, isn't it?\n",
    "<|im_start|>user\nWhat's 7*8?<|im_end|>\n",
    " leading and trailing \n\n",
    "½ and ② are digits of a kind; ١٢٣ too.",
]

CHATS = [
    [{"role": "user", "content": "What is the capital of France?"}],
    [{"role": "user", "content": "Write a Python function that adds two numbers."}],
    [
        {"role": "system", "content": "You answer in one short sentence."},
        {"role": "user", "content": "Why is the sky blue?"},
    ],
    [
        {"role": "user", "content": "Name three fruits."},
        {"role": "assistant", "content": "Apple, pear and plum."},
        {"role": "user", "content": "Now three animals, please."},
    ],
]

SENTENCES = [
    "A bazaar is a market of many small shops.",
    "The quick brown fox jumps over the lazy dog.",
    "Grüße aus Köln: the naïve café costs 12.50€!",
    "import numpy as np; print(np.zeros(3))",
]


def completions(models):
    path = models / "smollm2-135m-instruct" / "model.gguf"
    fields = {k: f.contents() for k, f in GGUFReader(path).fields.items()}
    eos = fields["tokenizer.ggml.eos_token_id"]
    bpe = Bpe(fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"], fields["tokenizer.ggml.merges"])
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(fields["tokenizer.chat_template"])
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    cases = []
    for number, messages in enumerate(CHATS):
        prompt = template.render(messages=messages, add_generation_prompt=True)
        ids = bpe.encode(prompt)
        seed = hashlib.sha256(b"souk reference %d" % number).digest()
        greedy, greedy_leads = generate(model, ids, 48, eos)
        sampled, sampled_leads = generate(model, ids, 48, eos, 800, seed)
        cases.append({
            "messages": messages, "prompt": prompt, "prompt_ids": ids,
            "greedy": greedy, "greedy_text": bpe.decode(greedy), "greedy_min_lead": min(greedy_leads),
            "seed": seed.hex(), "temperature_milli": 800,
            "sampled": sampled, "sampled_text": bpe.decode(sampled), "sampled_min_lead": min(sampled_leads),
        })
    return {
        "made_by": "scripts/reference/make_references.py: torch %s, transformers on weights dequantised to f32" % torch.__version__,
        "model_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "eos": eos,
        "texts": [{"text": t, "ids": bpe.encode(t)} for t in TEXTS],
        "cases": cases,
    }


def word_pieces(vocab, text):
    """BERT's uncased word pieces."""
    import unicodedata

    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    out = [vocab["[CLS]"]]
    punct = lambda c: (not c.isalnum() and not c.isspace() and (ord(c) < 128 or unicodedata.category(c)[0] == "P"))
    words = "".join(f" {c} " if punct(c) else c for c in text).split()
    for word in words:
        start, pieces = 0, []
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in vocab:
                    pieces.append(vocab[piece])
                    start = end
                    break
            else:
                pieces = [vocab["[UNK]"]]
                break
        out.extend(pieces)
    return out + [vocab["[SEP]"]]


def embeddings(models):
    path = models / "all-minilm-l6-v2"
    vocab = json.loads((path / "tokenizer.json").read_text())["model"]["vocab"]
    model = BertModel.from_pretrained(path, dtype=torch.float32).eval()
    cases = []
    for text in SENTENCES:
        ids = word_pieces(vocab, text)
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0]
        vector = torch.nn.functional.normalize(hidden.mean(0), dim=0)
        cases.append({"text": text, "ids": ids, "vector": [round(v, 8) for v in vector.tolist()]})
    return {
        "made_by": "scripts/reference/make_references.py: transformers BertModel, mean pooling, L2 norm",
        "model_sha256": hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest(),
        "cases": cases,
    }


def main():
    models, target = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    for name, value in (("reference_completions", completions(models)), ("reference_embeddings", embeddings(models))):
        text = json.dumps(value, ensure_ascii=False, indent=1)
        # One line for each list of numbers.
        text = regex.sub(r"\[\s+((?:-?[\d.e-]+,?\s+)+)\]", lambda m: "[" + " ".join(m[1].split()) + "]", text)
        (target / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
