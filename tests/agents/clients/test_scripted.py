import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from dialoom.agents.clients.base import CLIENTS, ClientOptions
from dialoom.agents.clients.rules import ERRORS
from dialoom.agents.clients.scripted import ScriptedClient, scripted
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling, Usage
from dialoom.errors import InputError, RateLimited, RequestRefused, ServerFault


def request(
    last: str = "Hello",
    *,
    seeds: tuple[int, ...] = (0,),
    system: str = "You are Ada.",
    purpose: str = "assistant",
    json_schema: Mapping[str, object] | None = None,
    said: tuple[str, ...] = (),
) -> ChatRequest:
    before: list[ChatMessage] = [{"role": "system", "content": system}]
    for own in said:
        before += [{"role": "user", "content": "Go on"}, {"role": "assistant", "content": own}]
    return ChatRequest(
        messages=(*before, {"role": "user", "content": last}),
        sampling=Sampling(),
        seeds=seeds,
        json_schema=json_schema,
        purpose=purpose,
    )


def ask(client: ScriptedClient, asked: ChatRequest) -> list[Completion]:
    return asyncio.run(client.complete(asked))


def texts(client: ScriptedClient, asked: ChatRequest) -> list[str]:
    return [completion.text for completion in ask(client, asked)]


def from_yaml(folder: Path, text: str) -> ScriptedClient:
    file = folder / "script.yaml"
    file.write_text(text, encoding="utf-8")
    return scripted(str(file), ClientOptions())


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("scripted") is scripted


# ---- queues and functions --------------------------------------------------------------


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


# ---- script files ----------------------------------------------------------------------


def test_the_first_rule_that_fits_answers(tmp_path: Path) -> None:
    client = from_yaml(
        tmp_path,
        """
replies:
  - {when: {purpose: critic}, say: as critic}
  - {when: {user: "(?i)refund"}, say: about refunds}
  - {when: {system: "\\\\bAda\\\\b", turn: 2}, say: Ada again}
  - {say: whatever else}
""",
    )
    assert texts(client, request("My REFUND", purpose="critic")) == ["as critic"]
    assert texts(client, request("My REFUND")) == ["about refunds"]
    assert texts(client, request(said=("Hi",))) == ["Ada again"]
    assert texts(client, request(said=("Hi",), system="You are Adam.")) == ["whatever else"]
    assert texts(client, request()) == ["whatever else"]


def test_the_seed_picks_among_several_texts(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{say: [a, b, c]}]")
    assert texts(client, request(seeds=(0, 1, 2, 3, 1000))) == ["a", "b", "c", "a", "b"]


def test_placeholders_and_named_groups_are_filled_and_others_left(tmp_path: Path) -> None:
    client = from_yaml(
        tmp_path,
        r"""
replies:
  - when: {user: "order (?P<order>[A-Z]{2}\\d+)"}
    say: "{order}/{last}/{seed}/{turn}/{other}"
""",
    )
    asked = request("order AB12", seeds=(9,), said=("x",))
    assert texts(client, asked) == ["AB12/order AB12/9/2/{other}"]


def test_thought_and_finish_reason_are_answered(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{say: cut o, thought: hm, finish_reason: length}]")
    (completion,) = ask(client, request())
    assert (completion.thought, completion.finish_reason) == ("hm", "length")


def test_json_is_answered_as_text(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{json: {quality: 3, why: schön}}]")
    schema = {"type": "object"}
    assert texts(client, request(json_schema=schema)) == ['{"quality": 3, "why": "schön"}']


def test_a_request_for_json_passes_over_plain_lines(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{say: hello}, {json: 5}]")
    assert texts(client, request(json_schema={"type": "integer"})) == ["5"]


def test_a_purpose_lets_a_line_answer_a_request_for_json(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{when: {purpose: critic}, say: no JSON at all}]")
    asked = request(json_schema={"type": "integer"}, purpose="critic")
    assert texts(client, asked) == ["no JSON at all"]


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_each_error_is_raised(name: str, tmp_path: Path) -> None:
    client = from_yaml(tmp_path, f"replies: [{{error: {name}}}]")
    with pytest.raises(Exception, match=f"scripted {name}") as caught:
        ask(client, request())
    words = "".join(word.capitalize() for word in name.split("_"))
    assert type(caught.value).__name__ == words


def test_an_error_with_times_is_raised_for_the_first_attempts_at_each_request(
    tmp_path: Path,
) -> None:
    client = from_yaml(
        tmp_path, "replies: [{error: rate_limited, times: 2, retry_after: 1.5}, {say: fine}]"
    )
    for last in ("one", "two"):
        for _ in range(2):
            with pytest.raises(RateLimited) as caught:
                ask(client, request(last))
            assert caught.value.retry_after == 1.5
        assert texts(client, request(last)) == ["fine"]


def test_no_fitting_rule_is_a_refusal(tmp_path: Path) -> None:
    client = from_yaml(tmp_path, "replies: [{when: {user: nothing}, say: x}]")
    with pytest.raises(RequestRefused, match="no rule of the script fits"):
        ask(client, request())


def test_the_order_of_requests_changes_nothing() -> None:
    asked = [request(f"line {i}", seeds=(i, i * 7)) for i in range(20)]
    schema = {"type": "object", "properties": {"q": {"type": "integer"}}, "required": ["q"]}
    asked += [request(f"line {i}", seeds=(i,), json_schema=schema) for i in range(20)]
    forth = [texts(scripted("demo", ClientOptions()), one) for one in asked]
    client = scripted("demo", ClientOptions())
    back = [texts(client, one) for one in reversed(asked)]
    assert forth == back[::-1]


def test_a_jsonl_script_has_one_rule_a_line(tmp_path: Path) -> None:
    file = tmp_path / "script.jsonl"
    file.write_text('{"when": {"turn": 2}, "say": "b"}\n\n{"say": "a"}\n', encoding="utf-8")
    client = scripted(str(file), ClientOptions())
    assert texts(client, request()) == ["a"]
    assert texts(client, request(said=("x",))) == ["b"]


# ---- faults of scripts -----------------------------------------------------------------


def test_all_faults_of_a_script_are_told_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        from_yaml(
            tmp_path,
            """replies:
  - {sya: hello}
  - when: {user: "("}
    say: x
  - {say: x, error: rate_limited}
  - {error: rate_limit}
  - {say: x, times: 2}
""",
        )
    told = [(fault.line, fault.message) for fault in caught.value.faults]
    assert told[0] == (2, "there is no key 'sya'; did you mean 'say'?")
    assert told[1][0] == 3
    assert "regular expression" in told[1][1]
    assert (5, "give one of say, json and error") in told
    assert any(line == 6 and "rate_limit" in message for line, message in told)
    assert (7, "times and retry_after belong to an error") in told


def test_faults_of_a_jsonl_script_name_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "script.jsonl"
    file.write_text('{"say": "a"}\n{"say":\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"script\.jsonl:2: not JSON"):
        scripted(str(file), ClientOptions())
    file.write_text('{"say": "a"}\n\n{"says": "b"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"script\.jsonl:3: .*did you mean 'say'"):
        scripted(str(file), ClientOptions())


def test_an_unknown_built_in_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="there is no script 'dmeo'; did you mean 'demo'"):
        scripted("dmeo", ClientOptions())


def test_the_revision_cannot_be_written_by_hand(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="revision"):
        from_yaml(tmp_path, "{revision: x, replies: [{say: y}]}")


def test_the_revision_changes_with_the_script(tmp_path: Path) -> None:
    one = from_yaml(tmp_path, "replies: [{say: a}]").traits.revision
    two = from_yaml(tmp_path, "replies: [{say: b}]").traits.revision
    assert len(one) == 12
    assert one != two


# ---- built-ins -------------------------------------------------------------------------


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


# ---- instances of schemas --------------------------------------------------------------

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
