"""The OpenAI SDK for Python against the consumer's gateway."""
import os

import openai
import pytest

MODEL = os.environ["SOUK_MODEL"]
EMBEDDER = os.environ["SOUK_EMBEDDER"]
MESSAGES = [{"role": "user", "content": "Name three colours of the rainbow."}]


@pytest.fixture(scope="session")
def client():
    return openai.OpenAI(base_url=os.environ["SOUK_GATEWAY"], api_key="unused", max_retries=0, timeout=120)


def test_models_are_listed(client):
    assert MODEL in [model.id for model in client.models.list()]


def test_greedy_answer_is_repeatable_and_counted(client):
    first, second = (
        client.chat.completions.create(model=MODEL, messages=MESSAGES, temperature=0, max_tokens=16) for _ in range(2)
    )
    assert first.choices[0].message.content == second.choices[0].message.content
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens
    assert first.usage.completion_tokens <= 16


def test_stream_is_the_whole_answer(client):
    options = dict(model=MODEL, messages=MESSAGES, temperature=0, max_tokens=16)
    whole = client.chat.completions.create(**options)
    stream = client.chat.completions.create(**options, stream=True)
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    assert text == whole.choices[0].message.content


def test_each_call_tells_what_it_cost_and_who_served_it(client):
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=MESSAGES, max_tokens=4)
    assert int(raw.headers["x-souk-charge"]) > 0
    assert raw.headers["x-souk-provider"]
    assert raw.headers["x-souk-receipt"]


def test_embeddings(client):
    answer = client.embeddings.create(model=EMBEDDER, input="hello world", encoding_format="float")
    vector = answer.data[0].embedding
    assert len(vector) == 384
    assert abs(sum(v * v for v in vector) - 1) < 1e-3


def test_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError, match="no-such-model"):
        client.chat.completions.create(model="no-such-model", messages=MESSAGES)


def test_unknown_parameters_are_refused(client):
    with pytest.raises(openai.BadRequestError, match="top_p"):
        client.chat.completions.create(model=MODEL, messages=MESSAGES, top_p=0.5)


def test_malformed_json_is_a_clear_400():
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        os.environ["SOUK_GATEWAY"] + "/chat/completions", b"{not json", {"content-type": "application/json"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 400
    assert b"error" in caught.value.read()
