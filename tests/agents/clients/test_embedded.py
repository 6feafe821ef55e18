import asyncio
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from autogen_core import CancellationToken

from dialoom.agents.clients.base import CLIENTS, ClientOptions
from dialoom.agents.clients.embedded import EmbeddedClient, consecutive, embedded, gguf
from dialoom.agents.clients.weights import carried_weights
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling
from dialoom.errors import ContextOverflow, ModelTimeout, ModelUnavailable, RequestRefused

pytestmark = pytest.mark.embedded

T = TypeVar("T")
OPTIONS = ClientOptions(context=512, slots=3, threads=1)
PROMPT: tuple[ChatMessage, ...] = (
    {"role": "system", "content": "You are Ada, a support agent of a small web shop."},
    {"role": "user", "content": "Hi, my parcel is late. What will you do?"},
)


def request(*seeds: int, tokens: int = 12, **fields: Any) -> ChatRequest:
    sampling = Sampling(temperature=0.8, max_tokens=tokens, **fields.pop("sampling", {}))
    return ChatRequest(fields.pop("messages", PROMPT), sampling, seeds=seeds or (1,), **fields)


def run(work: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(120):
            return await work

    return asyncio.run(bounded())


@pytest.fixture(scope="module")
def model() -> Iterator[EmbeddedClient]:
    """Hold the weights for the whole module; clients with the same options share them."""
    client = embedded("smollm2-135m", OPTIONS)
    run(client.prepare())
    yield client
    run(client.close())


def replies(model: EmbeddedClient, asked: ChatRequest) -> list[Completion]:
    return run(model.complete(asked))


def test_the_model_is_known_by_its_entry_point_and_says_what_it_is(model: EmbeddedClient) -> None:
    client = CLIENTS.get("embedded")("smollm2-135m", OPTIONS)
    run(client.prepare())
    assert client.name == "embedded/smollm2-135m"
    assert client.traits.parameters == 134_515_008
    assert client.traits.context == 512
    assert client.traits.compact
    assert not client.traits.judges
    assert client.traits.revision.startswith("b179c952")
    run(client.close())


def test_a_reply_is_what_its_seed_gives_alone_or_among_siblings(model: EmbeddedClient) -> None:
    replies(model, request(1))
    together = replies(model, request(5, 6, 7, 99))
    alone = [replies(model, request(seed))[0] for seed in (5, 6, 7, 99)]
    assert [reply.text for reply in together] == [reply.text for reply in alone]
    assert len({reply.text for reply in together}) == 4


def test_a_reply_does_not_depend_on_the_cache_or_the_threads(model: EmbeddedClient) -> None:
    said = ("Hi, my lamp is late.", "I am sorry to hear that.", "It is the brass one, from May.")
    roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant", "user")
    talk: list[ChatMessage] = [
        {"role": role, "content": text} for role, text in zip(roles, said, strict=True)
    ]
    whole = request(3, messages=(PROMPT[0], *talk), top_logprobs=1)
    replies(model, request(3, messages=(PROMPT[0], talk[0])))
    (grown,) = replies(model, whole)
    cold = embedded("smollm2-135m", ClientOptions(context=512, slots=1, threads=2))

    async def at_once() -> Completion:
        (reply,) = await cold.complete(whole)
        await cold.close()
        return reply

    fresh = run(at_once())
    assert fresh.usage.cached_tokens < 10
    assert grown.usage.cached_tokens > 30
    assert grown.logprobs == fresh.logprobs


def test_siblings_share_a_prompt_and_each_counts_its_own_tokens(model: EmbeddedClient) -> None:
    first, second, third = replies(model, request(5, 6, 7, top_logprobs=1))
    assert first.usage.prompt_tokens > 20
    assert (second.usage.prompt_tokens, third.usage.prompt_tokens) == (0, 0)
    for reply in (first, second, third):
        assert reply.usage.completion_tokens == len(reply.logprobs)


def test_a_prompt_asked_again_comes_from_the_cache(model: EmbeddedClient) -> None:
    replies(model, request(1))
    (again,) = replies(model, request(2))
    assert again.usage.cached_tokens == again.usage.prompt_tokens - 1


def test_a_reply_says_whether_it_ended_or_was_cut(model: EmbeddedClient) -> None:
    (cut,) = replies(model, request(tokens=2))
    digits: ChatMessage = {"role": "user", "content": "Say: 1, 2, 3, 4, 5, 6, 7"}
    stopped = request(tokens=60, messages=(digits,), sampling={"stop": (",", ".", "!", "'")})
    (ended,) = replies(model, stopped)
    assert (cut.finish_reason, ended.finish_reason) == ("length", "stop")
    assert cut.usage.completion_tokens == 2
    assert not set(ended.text) & set(",.!'")


def test_a_reply_satisfies_the_schema_asked_for(model: EmbeddedClient) -> None:
    schema = {
        "type": "object",
        "properties": {"quality": {"enum": [1, 2, 3, 4, 5]}},
        "required": ["quality"],
        "additionalProperties": False,
    }
    (reply,) = replies(model, request(tokens=40, json_schema=schema, top_logprobs=1))
    assert reply.text in {f'{{"quality":{point}}}' for point in range(1, 6)}
    assert "".join(item.token for item in reply.logprobs) == reply.text


def test_alternatives_are_reported_likeliest_first(model: EmbeddedClient) -> None:
    (reply,) = replies(model, request(tokens=4, top_logprobs=3))
    for item in reply.logprobs:
        chances = [chance for _, chance in item.top]
        assert len(chances) == 3
        assert chances == sorted(chances, reverse=True)
    assert "".join(item.token for item in reply.logprobs).strip() == reply.text.strip()


def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(model: EmbeddedClient) -> None:
    long: ChatMessage = {"role": "user", "content": "parcel " * 1000}
    with pytest.raises(ContextOverflow, match=r"has 10\d\d tokens and the context holds 512"):
        replies(model, request(messages=(long,)))


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "nonsense"}, "'nonsense' is not valid"),
        # well-formed, but the engine silently leaves such a schema out
        ({"$ref": "http://localhost/none.json"}, "can't follow the JSON Schema"),
    ],
)
def test_a_schema_that_the_engine_can_not_follow_is_refused(
    model: EmbeddedClient, schema: dict[str, str], says: str
) -> None:
    with pytest.raises(RequestRefused, match=says):
        replies(model, request(json_schema=schema))


def test_an_attempt_that_takes_too_long_is_stopped(model: EmbeddedClient) -> None:
    hasty = embedded("smollm2-135m", ClientOptions(context=512, slots=3, threads=1, timeout=1e-6))

    async def ask() -> None:
        with pytest.raises(ModelTimeout, match="within 1e-06 s"):
            await hasty.complete(request())
        await hasty.close()

    run(ask())


def test_a_stream_brings_the_reply_piece_by_piece(model: EmbeddedClient) -> None:
    async def pieces() -> list[str | Completion]:
        return [piece async for piece in model.stream(request(5))]

    *texts, whole = run(pieces())
    assert isinstance(whole, Completion)
    assert len(texts) > 1
    assert "".join(str(text) for text in texts) == whole.text
    assert whole.text == replies(model, request(5))[0].text


ENDLESS = {"type": "array", "items": {"const": "so on and so on"}, "minItems": 500}


def test_a_cancelled_request_frees_its_slots(model: EmbeddedClient) -> None:
    async def cancel_then_ask() -> list[Completion]:
        token = CancellationToken()
        busy = model.stream(
            request(tokens=400, json_schema=ENDLESS), cancellation_token=token
        ).__aiter__()
        await anext(busy)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            _ = [piece async for piece in busy]
        # all three slots are needed for this one
        return await model.complete(request(1, 2, 3, tokens=2))

    assert len(run(cancel_then_ask())) == 3


def test_a_cancelled_task_stops_the_engine(model: EmbeddedClient) -> None:
    async def cancel_then_ask() -> Completion:
        busy = [
            asyncio.create_task(model.complete(request(seed, json_schema=ENDLESS, tokens=400)))
            for seed in (1, 3, 5)
        ]
        await asyncio.sleep(0)
        for task in busy:
            task.cancel()
        results = await asyncio.gather(*busy, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        (reply,) = await model.complete(request(tokens=2))
        return reply

    assert run(cancel_then_ask()).usage.completion_tokens == 2


def test_the_loop_turns_while_the_engine_computes(model: EmbeddedClient) -> None:
    async def turns() -> int:
        work = asyncio.create_task(model.complete(request(tokens=30)))
        count = 0
        while not work.done():
            count += 1
            await asyncio.sleep(0.005)
        return count

    assert run(turns()) > 5


def test_clients_with_the_same_options_share_the_weights(model: EmbeddedClient) -> None:
    other = embedded("smollm2-135m", OPTIONS)
    run(other.prepare())
    assert other._engine is model._engine
    run(other.close())
    assert replies(model, request(tokens=1))


def test_ctrl_c_stays_with_python_after_loading(model: EmbeddedClient) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert replies(model, request(tokens=1))


def test_any_gguf_file_runs_by_its_path(model: EmbeddedClient) -> None:
    path = carried_weights("smollm2-135m").path
    client = gguf(str(path), OPTIONS)
    run(client.prepare())
    assert client.name == f"gguf/{path}"
    assert replies(client, request(5))[0].text == replies(model, request(5))[0].text
    run(client.close())


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with carried_weights("smollm2-135m").path.open("rb") as whole:
        cut.write_bytes(whole.read(5_000_000))
    with pytest.raises(ModelUnavailable, match=r"llama\.cpp can't load .*cut\.gguf"):
        run(gguf(str(cut), OPTIONS).prepare())


@pytest.mark.parametrize(
    ("seeds", "runs"),
    [
        ((), [()]),
        ((4,), [(4,)]),
        ((4, 5, 6), [(4, 5, 6)]),
        ((4, 5, 6, 7), [(4, 5, 6), (7,)]),
        ((4, 9, 10, 3), [(4,), (9, 10), (3,)]),
    ],
)
def test_seeds_are_cut_where_they_stop_going_up_by_one(
    seeds: tuple[int, ...], runs: list[tuple[int, ...]]
) -> None:
    assert consecutive(seeds, most=3) == runs
