import pytest

from dialoom.errors import EvaluatorError, InputError
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.format import Format
from dialoom.messages import Role
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

ANSWER = {
    "type": "object",
    "required": ["answer"],
    "properties": {"answer": {"type": "integer"}, "why": {"type": "array", "maxItems": 2}},
    "additionalProperties": False,
}


def found(text: str, rule: Format, role: Role = "assistant") -> list[Verdict]:
    return list(rule.check(Subject(text, "ada", role)))


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": 1}',
        ' \n{"answer": -3}\n',
        '{"answer": 1.0}',
        '{"answer": 1, "why": []}',
        '{"why": ["a", "b"], "answer": 0}',
        '{\n  "answer": 12345678901234567890\n}',
        '{"answer": 7, "why": [{"deep": [[[]]]}]}',
        '{"answer": 1, "why": ["ja, weil …"]}',
        '{"\\u0061nswer": 1}',
        '{"answer": 1e2}',
    ],
)
def test_json_of_the_schema_is_fine(text: str) -> None:
    assert not found(text, Format(schema=ANSWER))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"answer": "1"}', "is not of the schema: answer: '1' is not of type 'integer'"),
        ("{}", "is not of the schema: 'answer' is a required property"),
        ("[]", "is not of the schema: [] is not of type 'object'"),
        ('{"answer": 1, "why": [1, 2, 3]}', "is not of the schema: why: [1, 2, 3] is too long"),
        ('```json\n{"answer": 1}\n```', "the JSON stands in a code fence"),
        ('```\n{"answer": 1}\n```', "the JSON stands in a code fence"),
        ("The answer is 1.", 'is not JSON: Expecting value: "The answer is 1."'),
        ('Sure! {"answer": 1}', 'is not JSON: Expecting value: "Sure! {"answer": 1}"'),
        ('{"answer": 1} Bye!', 'is not JSON: Extra data: "{"answer": 1} Bye!"'),
        ("{'answer': 1}", "is not JSON: Expecting property name"),
        ('{"answer": 1', "is not JSON: Expecting ',' delimiter"),
        ("", 'is not JSON: Expecting value: ""'),
        ("[" * 100_000, "is not JSON: too deep, or too long"),
        ("1" * 100_000, "is not JSON: too deep, or too long"),
    ],
)
def test_everything_else_is_hopeless(text: str, reason: str) -> None:
    (verdict,) = found(text, Format(schema=ANSWER))
    assert (verdict.name, verdict.severity) == ("fails_task", "hopeless")
    assert verdict.reason.startswith(reason)
    assert len(verdict.reason) <= 160


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\AANSWER: [A-D]\Z", "ANSWER: C", "ANSWER: E"),
        (r"\AANSWER: [A-D]\Z", "ANSWER: A", "My ANSWER: A"),
        (r"[A-Z]{2}\d{6}", "It is AB123456.", "It is AB12."),
        (r"^- ", "- one\n- two", "one"),
        (r"(?i)sincerely", "Yours SINCERELY", "Bye"),
        (r"(?m)^Total: \d+ €$", "Brot\nTotal: 4 €", "Total: vier €"),
        (r"\A.{1,20}\Z", "Short.", "This is by far too long."),
        (r"\?\Z", "And you?", "And you."),
        (r"\A(?:ja|nein)\b", "ja, gern", "vielleicht"),
        (r"\A[^a-zA-Z]+\Z", "你好！", "hello"),
    ],
)
def test_a_pattern_must_be_found(pattern: str, good: str, bad: str) -> None:
    rule = Format(pattern=pattern)
    assert not found(good, rule)
    (verdict,) = found(bad, rule)
    assert verdict.reason.startswith('does not match "')


def test_with_both_both_are_asked_for() -> None:
    rule = Format(schema=ANSWER, pattern="why")
    assert not found('{"answer": 1, "why": []}', rule)
    assert "does not match" in found('{"answer": 1}', rule)[0].reason
    assert "is not of the schema" in found('{"why": []}', rule)[0].reason


def test_role_says_whose_messages_are_looked_at() -> None:
    assert found("hello", Format(schema=ANSWER))
    assert not found("hello", Format(schema=ANSWER), role="prompter")
    assert not found("hello", Format(schema=ANSWER, role="prompter"))
    assert found("hello", Format(schema=ANSWER, role="prompter"), role="prompter")[0].user_fault


def test_without_options_the_rule_is_silent() -> None:
    assert not found("anything", Format())


def test_the_draft_that_a_schema_names_counts() -> None:
    schema = {"type": "array", "items": [{"type": "integer"}]}
    draft_7 = {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
    assert found('["a"]', Format(schema=draft_7))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"schema": {"type": "objekt"}}, "format: schema is no JSON Schema: type: 'objekt'"),
        ({"schema": "object"}, "format: schema is 'object'; give a JSON Schema"),
        (
            {"schema": {"$ref": "http://localhost/x"}},
            "format: schema refers to 'http://localhost/x'",
        ),
        ({"pattern": "("}, "format: pattern '(' is no regular expression: missing )"),
        ({"pattern": 7}, "format: pattern 7 is no regular expression"),
        ({"role": "user"}, "format: role is 'user'; give prompter or assistant"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        HEURISTICS.make(Choice("format", (), options))
    assert str(caught.value).startswith(sentence)


def test_a_part_that_the_schema_lacks_is_told_when_it_is_needed() -> None:
    rule = Format(schema={"properties": {"a": {"$ref": "#/nowhere"}}})
    assert not found("{}", rule)
    with pytest.raises(EvaluatorError, match="nowhere"):
        found('{"a": 1}', rule)
