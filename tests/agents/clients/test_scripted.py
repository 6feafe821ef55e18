import asyncio
import json
import time

import jsonschema
import pytest
from scripted_calls import ask, request, texts

from dialoom.agents.clients.base import CLIENTS, ClientOptions
from dialoom.agents.clients.scripted import ScriptedClient, scripted
from dialoom.chat import Completion, Usage
from dialoom.errors import InputError, RequestRefused, ServerFault


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("scripted") is scripted


def test_a_queue_answers_in_order_and_requests_are_kept() -> None:
    client = ScriptedClient(["one", "two", "three"])
    assert texts(client, request(seeds=(7, 8))) == ["one", "two"]
    assert texts(client, request("again")) == ["three"]
    assert [asked.messages[-1]["content"] for asked in client.requests] == ["Hello", "again"]


def test_a_queue_that_is_used_up_says_how_many_replies_it_had() -> None:
    client = ScriptedClient(["one"])
    ask(client, request())
    with pytest.raises(RequestRefused, match="scripted/test: all 1 scripted replies are used up"):
        ask(client, request())


def test_a_function_sees_request_and_seed() -> None:
    client = ScriptedClient(lambda asked, seed: f"{asked.purpose} {seed}")
    assert texts(client, request(seeds=(3, 5))) == ["assistant 3", "assistant 5"]


def test_an_exception_in_the_queue_is_raised() -> None:
    fault = ServerFault("the wire broke")
    with pytest.raises(ServerFault) as caught:
        ask(ScriptedClient([fault]), request())
    assert caught.value is fault


def test_a_completion_with_usage_is_answered_as_it_is() -> None:
    given = Completion("cut", "length", usage=Usage(10, 4, 2))
    client = ScriptedClient([given])
    assert ask(client, request()) == [given]
    assert client.total_usage().prompt_tokens == 10


def test_siblings_share_one_prompt_in_the_estimated_usage() -> None:
    client = ScriptedClient(lambda asked, seed: "twelve chars")
    first, second = ask(client, request(seeds=(1, 2)))
    assert first.usage == Usage(prompt_tokens=12 // 3 + 8 + 5 // 3 + 8, completion_tokens=5)
    assert second.usage == Usage(prompt_tokens=0, completion_tokens=5)
    assert client.actual_usage().completion_tokens == 10


def test_a_leading_think_block_becomes_the_thought() -> None:
    (completion,) = ask(ScriptedClient(["<think>hm</think>Yes."]), request())
    assert (completion.text, completion.thought) == ("Yes.", "hm")


def test_the_stream_gives_the_text_in_pieces_and_the_completion_last() -> None:
    async def pieces() -> list[str | Completion]:
        client = ScriptedClient(["One two\n  three"])
        return [piece async for piece in client.stream(request())]

    *words, last = asyncio.run(pieces())
    assert words == ["One ", "two\n  ", "three"]
    assert isinstance(last, Completion)
    assert last.text == "One two\n  three"


def test_an_unknown_built_in_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="there is no script 'dmeo'; did you mean 'demo'"):
        scripted("dmeo", ClientOptions())


def test_echo_says_the_last_message() -> None:
    assert texts(scripted("echo", ClientOptions()), request("Hi {you}")) == ["Hi {you}"]


@pytest.mark.parametrize("purpose", ["prompter", "assistant", "other"])
def test_the_demo_says_something_at_every_turn(purpose: str) -> None:
    client = scripted("demo", ClientOptions())
    for turn in range(6):
        said = texts(client, request(seeds=tuple(range(5)), purpose=purpose, said=("x",) * turn))
        assert all(len(text) > 5 for text in said)
        assert len(set(said)) > 1


def test_the_demo_meets_its_goal_when_somebody_says_thanks() -> None:
    client = scripted("demo", ClientOptions())
    schema = {"type": "object"}
    (open_,) = texts(client, request("Ann: Where is it?", purpose="goal", json_schema=schema))
    (met,) = texts(client, request("Ann: Thank you!", purpose="goal", json_schema=schema))
    assert (json.loads(open_)["reached"], json.loads(met)["reached"]) == (False, True)


SCHEMAS: list[dict[str, object]] = [
    {"type": "integer", "minimum": 1, "maximum": 5},
    {"type": "integer", "exclusiveMinimum": 3, "multipleOf": 4, "maximum": 9},
    {"type": "integer", "maximum": -2},
    {"type": "number", "minimum": 0.5, "maximum": 0.75},
    {"type": "boolean"},
    {"type": "null"},
    {"type": "string", "minLength": 30, "maxLength": 40},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": r"^\d{4}-"},
    {"enum": ["a", 2, None]},
    {"const": {"x": 1}},
    {"type": ["integer", "null"]},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}], "minItems": 2},
    {
        "type": "object",
        "properties": {"why": {"type": "string"}, "n": {"$ref": "#/$defs/five"}, "o": {}},
        "required": ["why", "n"],
        "additionalProperties": False,
        "$defs": {"five": {"type": "integer", "minimum": 1, "maximum": 5}},
    },
    {
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "boolean"}}, "required": ["b"]},
        ]
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: json.dumps(schema)[:40])
def test_an_unscripted_request_for_json_gets_an_instance(schema: dict[str, object]) -> None:
    client = scripted("echo", ClientOptions())
    for text in texts(client, request(seeds=tuple(range(30)), json_schema=schema)):
        jsonschema.validate(json.loads(text), schema)


def test_instances_differ_by_seed_and_by_last_message() -> None:
    client = scripted("echo", ClientOptions())
    schema: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": 1000}
    by_seed = texts(client, request(seeds=tuple(range(10)), json_schema=schema))
    by_text = [texts(client, request(str(i), json_schema=schema))[0] for i in range(10)]
    assert len(set(by_seed)) > 5
    assert len(set(by_text)) > 5


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "itself"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "itself"),
        ({"$ref": "#/$defs/b"}, "has no '#/\\$defs/b'"),
        ({"type": "string", "pattern": "^[A-Z]{9}$"}, "no text is known"),
    ],
)
def test_a_schema_beyond_reach_is_refused(schema: dict[str, object], what: str) -> None:
    with pytest.raises(RequestRefused, match=what):
        ask(scripted("echo", ClientOptions()), request(json_schema=schema))


def test_a_completion_costs_little() -> None:
    asked = request(seeds=(5,))
    client = ScriptedClient(lambda request, seed: "A reply.", record=False)

    async def best_of(rounds: int) -> float:
        times = []
        for _ in range(rounds):
            started = time.process_time()
            for _ in range(500):
                await client.complete(asked)
            times.append((time.process_time() - started) / 500)
        return min(times)

    assert asyncio.run(best_of(5)) < 100e-6  # 5e-6 on the machine it was written on
