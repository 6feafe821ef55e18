from pathlib import Path

import pytest
from scripted_calls import ask, from_yaml, request, texts

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.rules import ERRORS
from dialoom.agents.clients.scripted import scripted
from dialoom.errors import InputError, RateLimited, RequestRefused


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


def test_the_revision_cannot_be_written_by_hand(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="revision"):
        from_yaml(tmp_path, "{revision: x, replies: [{say: y}]}")


def test_the_revision_changes_with_the_script(tmp_path: Path) -> None:
    one = from_yaml(tmp_path, "replies: [{say: a}]").traits.revision
    two = from_yaml(tmp_path, "replies: [{say: b}]").traits.revision
    assert len(one) == 12
    assert one != two
