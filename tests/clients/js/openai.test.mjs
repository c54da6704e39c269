// The OpenAI SDK for Node against the consumer's gateway.
import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";

const gateway = process.env.SOUK_GATEWAY;
const model = process.env.SOUK_MODEL;
const embedder = process.env.SOUK_EMBEDDER;
const client = new OpenAI({ baseURL: gateway, apiKey: "unused", maxRetries: 0, timeout: 120_000 });
const messages = [{ role: "user", content: "What is the capital of France? Answer in one sentence." }];

test("models are listed", async () => {
  const ids = (await client.models.list()).data.map((m) => m.id);
  assert.ok(ids.includes(model), `${model} is not among ${ids}`);
});

test("a greedy answer is the same twice, and carries usage", async () => {
  const ask = () => client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 24 });
  const [first, second] = [await ask(), await ask()];
  assert.ok(first.choices[0].message.content.length > 0);
  assert.equal(first.choices[0].message.content, second.choices[0].message.content);
  assert.ok(first.usage.prompt_tokens > 0 && first.usage.completion_tokens > 0);
  assert.ok(["stop", "length"].includes(first.choices[0].finish_reason));
});

test("a stream gives the same text as a whole answer", async () => {
  const options = { model, messages, temperature: 0, max_tokens: 24 };
  const whole = await client.chat.completions.create(options);
  const stream = await client.chat.completions.create({ ...options, stream: true });
  let text = "";
  let chunks = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    chunks += 1;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.ok(chunks > 3, `${chunks} chunks are no stream`);
});

test("a stream that is given up leaves the gateway usable", async () => {
  const stream = await client.chat.completions.create({ model, messages, max_tokens: 200, stream: true });
  for await (const _ of stream) break;
  stream.controller.abort();
  const next = await client.chat.completions.create({ model, messages, max_tokens: 4 });
  assert.ok(next.choices[0].message.content.length >= 0);
});

test("embeddings have length one and tell near from far", async () => {
  const answer = await client.embeddings.create({
    model: embedder,
    input: ["a cat sat on the mat", "a kitten lay on the rug", "interest rates rose again"],
    encoding_format: "float",
  });
  const [a, b, c] = answer.data.map((d) => d.embedding);
  const dot = (x, y) => x.reduce((sum, v, i) => sum + v * y[i], 0);
  assert.ok(Math.abs(dot(a, a) - 1) < 1e-3);
  assert.ok(dot(a, b) > dot(a, c) + 0.2);
});

test("an unknown model is a 404 that names it", async () => {
  await assert.rejects(client.chat.completions.create({ model: "no-such-model", messages }), (error) => {
    assert.equal(error.status, 404);
    assert.match(error.message, /no-such-model/);
    return true;
  });
});

test("parameters that the spec does not know are refused by name", async () => {
  for (const extra of [{ top_p: 0.5 }, { logit_bias: { 5: 1 } }, { n: 2 }]) {
    await assert.rejects(client.chat.completions.create({ model, messages, max_tokens: 4, ...extra }), (error) => {
      assert.equal(error.status, 400);
      assert.match(error.message, new RegExp(Object.keys(extra)[0]));
      return true;
    });
  }
});

test("a prompt over the context is refused with both numbers", async () => {
  const long = [{ role: "user", content: "word ".repeat(20_000) }];
  await assert.rejects(client.chat.completions.create({ model, messages: long, max_tokens: 4 }), (error) => {
    assert.equal(error.status, 400);
    assert.match(error.message, /context/);
    return true;
  });
});
