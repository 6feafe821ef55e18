"""What a model of another kind says of replies becomes a label, and its faults stop nobody."""

import asyncio
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from scenes import SCENE, write_scene
from servers import Answer, FakeServer, Received, serving

from dialoom.agents.clients import scoring
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.checking import check_scenario
from dialoom.build.tagged import TagFiles
from dialoom.build.tagging import TagOptions, choices_of, tag_file
from dialoom.errors import InputError
from dialoom.evaluators.base import Said, Subject
from dialoom.evaluators.reward import KEY_VARIABLE, Reward
from dialoom.evaluators.scorers import SCORERS, Scorer, scored
from dialoom.evaluators.stages import Stages
from dialoom.messages import Message, messages
from dialoom.verdicts import EvaluatorFailure

MODEL = "scripted/test"
THREAD = (
    Said("ada", "prompter", "Hello."),
    Said("ada", "prompter", "Is it here?"),
)


class Length(Scorer):
    """The share of a hundred characters."""

    name, label, version = "length_score", "length_score", "1"

    async def score(self, subjects: Sequence[Subject]) -> Sequence[float]:
        return [len(subject.text) / 100 for subject in subjects]


def group(*texts: str) -> list[Subject]:
    return [
        Subject(text, "bob", "assistant", thread=THREAD, siblings=texts, candidate=place)
        for place, text in enumerate(texts)
    ]


def answering(value: Callable[[Received], Any], path: str = "/pooling") -> FakeServer:
    return FakeServer({path: lambda received: Answer(value(received))}, path)


def scores(scorer: Scorer, *texts: str) -> Sequence[float]:
    return asyncio.run(scorer.score(group(*texts)))


def assessed(scorer: Scorer, *texts: str, role: Any = "assistant") -> list[Any]:
    subjects = [
        Subject(text, "bob", role, siblings=texts, candidate=place)
        for place, text in enumerate(texts)
    ]

    async def work() -> list[Any]:
        found = await Stages([], [], lambda event: None).assess(subjects, 1)
        return list(await scored([scorer], subjects, found))

    return asyncio.run(work())


def test_what_a_scorer_gives_is_a_label_and_moves_no_rank() -> None:
    one, two = assessed(Length(), "x" * 20, "x" * 60)
    assert (one.labels["length_score"].value, two.labels["length_score"].value) == (0.2, 0.6)
    assert (one.rank, two.rank, one.grade.score) == (None, None, None)
    assert two.verdicts[0].kind == "scorer"


def test_messages_of_another_role_are_left_alone() -> None:
    (one,) = assessed(Length(), "x", role="prompter")
    assert one.verdicts == ()


@pytest.mark.parametrize(
    "value", [[0.5], [0.5, 2.0], [0.5, float("nan")], ["a", "b"], None, ValueError("broken")]
)
def test_a_scorer_that_fails_is_recorded_on_every_candidate(value: Any) -> None:
    class Broken(Length):
        async def score(self, subjects: Sequence[Subject]) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

    for one in assessed(Broken(), "a", "b"):
        (failure,) = one.failures
        assert isinstance(failure, EvaluatorFailure)
        assert failure.evaluator == "length_score"
        assert one.labels == {}


def test_a_reward_model_is_sent_the_conversation_and_its_reward_is_brought_to_0_to_1() -> None:
    rewards = {"Yes.": 2.0, "No.": -1000.0, "Wait.": 0.0}

    def value(received: Received) -> Any:
        reward = rewards[received.body["messages"][-1]["content"]]
        return {"data": [{"index": 0, "data": [[reward]]}]}

    with serving(answering(value)) as server:
        found = scores(Reward(f"{server.origin}/pooling", "m"), "Yes.", "No.", "Wait.")
    assert found == [pytest.approx(1 / (1 + math.exp(-2))), pytest.approx(0, abs=1e-9), 0.5]
    assert server.received[0].body == {
        "model": "m",
        "messages": [
            {"role": "user", "content": "Hello.\n\nIs it here?"},
            {"role": "assistant", "content": server.received[0].body["messages"][1]["content"]},
        ],
    }


def test_a_classifier_is_sent_text_and_the_last_probability_counts() -> None:
    probabilities = {"data": [{"label": "good", "probs": [0.25, 0.75]}]}
    with serving(answering(lambda received: probabilities, "/classify")) as server:
        assert scores(Reward(f"{server.origin}/classify", "m", scale="none"), "Yes.") == [0.75]
    text = "user: Hello.\n\nIs it here?\nassistant: Yes."
    assert server.received[0].body == {"model": "m", "input": text}


def test_a_cross_encoder_is_sent_both_sides() -> None:
    with serving(answering(lambda received: {"data": [{"score": 0.5}]}, "/score")) as server:
        assert scores(Reward(f"{server.origin}/score", "m", scale="none"), "Yes.") == [0.5]
    assert server.received[0].body["text_2"] == "Yes."


def test_the_key_is_sent_and_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    with serving(answering(lambda received: {"data": [{"score": 0.5}]}, "/score")) as server:
        scores(Reward(f"{server.origin}/score"), "Yes.")
    assert server.received[0].headers["authorization"] == "Bearer secret"


def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "PAUSE", 0.0)
    with serving(answering(lambda received: {"data": [{"score": 0.5}]}, "/score")) as server:
        server.next_answers.extend([Answer("busy", status=503), Answer(fault="drop")])
        assert scores(Reward(f"{server.origin}/score", scale="none"), "Yes.") == [0.5]
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer("no such model", status=404), "404 no such model"),
        (Answer("oops", status=500), "500 oops"),
        (Answer("not json"), "no JSON"),
        (Answer({"data": []}), "no number"),
        (Answer({"data": [{"score": "high"}]}), "no number"),
        (Answer({"data": [{"data": []}]}), "no number"),
        (Answer([]), "no number"),
        (Answer(fault="drop"), "/score"),
    ],
)
def test_a_server_that_answers_something_else_is_a_failure_that_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    monkeypatch.setattr(scoring, "PAUSE", 0.0)
    with serving(FakeServer({"/score": lambda received: answer}, "/score")) as server:
        one, two = assessed(Reward(f"{server.origin}/score", "m"), "Yes.", "No.")
    assert said in one.failures[0].message
    assert two.failures == one.failures


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "http://localhost:1/v1"}, "it ends with /pooling"),
        ({"url": "localhost/score"}, "it ends with /pooling"),
        ({"url": "http://x/score", "scale": "log"}, "sigmoid or none"),
        ({"url": "http://x/score", "label": "score"}, "a name"),
        ({"url": "http://x/score", "label": "a b"}, "a name"),
        ({"url": "http://x/score", "roles": "assistant"}, "a list"),
        ({"url": "http://x/score", "roles": ["critic"]}, "a list"),
    ],
)
def test_an_option_that_cannot_be_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Reward(**options)


def simulate(file: Path) -> Run:
    client = ScriptedClient(lambda request, seed: f"Reply number {seed}, word.", name=MODEL)
    options = RunOptions(model=MODEL, out=file.parent / "run")
    return asyncio.run(simulate_run(file, options, clients={MODEL: client}))


def replies(trees: Any) -> list[Message]:
    return [one for tree in trees for one in messages(tree) if one.role == "assistant"]


def test_a_scenario_names_scorers_and_rules_ask_for_their_labels(tmp_path: Path) -> None:
    def value(received: Received) -> Any:
        number = int(received.body["text_2"].split()[2].rstrip(","))
        return {"data": [{"score": number % 10 / 10}]}

    with serving(answering(value, "/score")) as server:
        scorer = f"{{reward: {{url: {server.origin}/score, scale: none, label: taste}}}}"
        text = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
        file = write_scene(tmp_path, f"{text}  scorers: [{scorer}]\n  keep: [taste >= 0.5]\n")
        run = simulate(file)
    found = replies(run.trees())
    assert found
    for message in found:
        taste = (message.labels or {})["taste"].value
        assert taste is not None
        assert message.review_result is (taste >= 0.5)


def test_faults_of_scorers_have_their_lines(tmp_path: Path) -> None:
    text = SCENE + "  scorers: [rewrad, {reward: {url: nowhere}}]\n  keep: [taste >= 0.5]\n"
    with pytest.raises(InputError) as caught:
        check_scenario(write_scene(tmp_path, text))
    said = [f"{fault.line} {fault.message}" for fault in caught.value.faults]
    assert said[0].startswith("14 no scorer is named 'rewrad'; did you mean 'reward'?")
    assert said[1].startswith("14 reward: url is 'nowhere'")


def test_a_scorer_that_fails_is_told_of_once_with_the_reason(tmp_path: Path) -> None:
    refusal = Answer("no such model", status=404)
    with serving(FakeServer({"/score": lambda received: refusal}, "/score")) as server:
        text = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
        scorer = f"{{reward: {{url: {server.origin}/score}}}}"
        run = simulate(write_scene(tmp_path, f"{text}  scorers: [{scorer}]\n"))
        (notice,) = run.summary.notices
    assert notice == (
        "the scorer reward could not score every message (RequestRefused: "
        f"{server.origin}/score: 404 no such model)"
    )
    assert run.summary.evaluator_failures == {"reward": len(replies(run.trees()))}


def test_tag_takes_scorers_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCORERS._factories, "length_score", Length)
    tree = '{"message_tree_id": "t", "prompt": {"message_id": "u", "role": "prompter", "text": "Hi"'
    tree += (
        ', "replies": [{"message_id": "r", "parent_id": "u", "role": "assistant", "text": "Yo"}]'
    )
    (tmp_path / "trees.jsonl").write_text(tree + "}}\n", encoding="utf-8")
    files = TagFiles.beside(tmp_path / "out.jsonl")
    options = TagOptions(
        scorers=choices_of(["length_score"], "--scorer"), keep=("length_score > 0.5",)
    )
    tagged = asyncio.run(
        tag_file(tmp_path / "trees.jsonl", files, options, listener=lambda event: None)
    )
    assert tagged.dropped == 1
    assert '"length_score":{"value":0.02,"count":1}' in files.trees.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["[a, b]", "{a: 1, b: 2}", "{", "3"])
def test_what_spells_no_scorer_is_said(text: str) -> None:
    with pytest.raises(InputError, match="--scorer"):
        choices_of([text], "--scorer")
