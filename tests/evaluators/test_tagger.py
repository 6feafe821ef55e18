import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from random import Random
from typing import Any, ClassVar, Literal

import pytest

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest, Completion, Logprob
from dialoom.errors import ServerFault
from dialoom.evaluators.base import Heuristic, Said, Subject
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.tagger import Tagger
from dialoom.events import Event, Notice
from dialoom.messages import Label, Message, MessageTree
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.model import Critic
from dialoom.tree import MessageNotes, Node
from dialoom.verdicts import EvaluatorFailure, Severity, Verdict

KIM = Persona(name="kim", display_name="Kim Ono", description="A customer.")
SAM = Persona(name="sam", display_name="Sam Hill", description="An agent.", language="de")
CAST = Cast(
    players=(
        Player(name="kim", role="prompter", persona=KIM),
        Player(name="sam", role="assistant", persona=SAM, goal="Calm Kim.", policy="Be short."),
    ),
    setting="A chat.",
)


class Says(Heuristic):
    """Fires on messages that say a word."""

    name = "says"
    label = "says"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.5

    def __init__(self, word: str, severity: Severity = "fault") -> None:
        self.word, self.as_ = word, severity

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if self.word in subject.text:
            yield self.verdict(subject, f"says {self.word!r}", severity=self.as_)


class Breaks(Heuristic):
    """Raises an exception on messages that say a word."""

    name = "breaks"
    label = "breaks"
    version = "2"
    severity: ClassVar[Severity] = "note"

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if "bad" in subject.text:
            raise KeyError("bad")
        yield self.verdict(subject, "did not break")


class Sees(Heuristic):
    """Keeps what it is shown."""

    name = "sees"
    label = "sees"
    version = "1"
    severity: ClassVar[Severity] = "note"

    def __init__(self) -> None:
        self.subjects: list[Subject] = []

    def check(self, subject: Subject) -> Iterator[Verdict]:
        self.subjects.append(subject)
        yield from ()


HOPELESS = Says("hopeless", "hopeless")
ROOT = Node("root", None, "kim", "prompter", "My parcel is late.")


def replies(*texts: str, parent: Node | None = ROOT) -> list[Node]:
    return [
        Node(f"m{place}", parent, "sam", "assistant", text, candidate=place, model="scripted/test")
        for place, text in enumerate(texts)
    ]


def quality(request: ChatRequest, seed: int = 0) -> str:
    """Answer with the first digit of the message under judgement."""
    text = request.messages[-1]["content"].split("=====")[-2]
    digit = next((int(sign) for sign in text if sign in "12345"), 3)
    return json.dumps({"quality": {"reason": f"It says {digit}.", "answer": digit}})


def critic(client: ScriptedClient | None = None, **settings: object) -> CriticJudge:
    client = ScriptedClient(quality) if client is None else client
    return CriticJudge(client, Critic.model_validate({"rubric": ["quality"], **settings}))


def tag(tagger: Tagger, siblings: Sequence[Node], seed: int = 1) -> None:
    asyncio.run(tagger.tag(siblings, CAST, seed))


def judged_texts(client: ScriptedClient) -> list[str]:
    prompts = [request.messages[-1]["content"] for request in client.requests]
    return [prompt.split("=====")[-2].strip() for prompt in prompts]


def done_without_waiting(coroutine: Coroutine[Any, Any, object]) -> bool:
    try:
        coroutine.send(None)
    except StopIteration:
        return True
    coroutine.close()
    return False


# ---- a sibling group -------------------------------------------------------------------


def test_a_group_gets_verdicts_labels_scores_and_ranks() -> None:
    siblings = replies("a rude 5", "level 4", "utterly hopeless")
    tag(Tagger([Says("rude"), HOPELESS], critic()), siblings)
    first, second, third = siblings
    assert [(node.score, node.basis, node.rank, node.rejected) for node in siblings] == [
        (0.5, "heuristics+critic", 1, False),
        (0.75, "heuristics+critic", 0, False),
        (0.0, "heuristics", None, True),
    ]
    assert [(v.evaluator, v.reason) for v in first.verdicts] == [
        ("says", "says 'rude'"),
        ("critic", "It says 5."),
    ]
    assert first.labels == {
        "quality": Label(value=1.0, count=1),
        "says": Label(value=1.0, count=1),
        "score": Label(value=0.5, count=1),
    }
    assert set(second.labels) == {"quality", "score"}
    assert set(third.labels) == {"says", "score"}


def test_what_is_hopeless_is_not_sent_to_the_critic_and_the_saving_is_counted() -> None:
    client = ScriptedClient(quality)
    tagger = Tagger([HOPELESS], critic(client))
    tag(tagger, replies("hopeless 1", "level 4", "hopeless 2"))
    assert judged_texts(client) == ["level 4"]
    assert (tagger.tally.calls_saved, tagger.tally.judged, tagger.tally.failed) == (2, 1, 0)


def test_a_saved_judgement_counts_all_the_calls_it_would_have_cost() -> None:
    small = ScriptedClient([], traits=ModelTraits(compact=True, logprobs=True))
    judge = CriticJudge(small, Critic(rubric=("quality", "spam", "toxicity")))
    tagger = Tagger([HOPELESS], judge)
    tag(tagger, replies("hopeless"))
    assert tagger.tally.calls_saved == 3


class Counting(ScriptedClient):
    """Counts how many calls are under way at a time."""

    now = most = 0

    async def complete(self, request: ChatRequest, **options: Any) -> list[Completion]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return await super().complete(request, **options)


@pytest.mark.parametrize(("small", "at_a_time"), [(False, 3), (True, 1)])
def test_siblings_are_judged_together_but_by_a_small_local_model_in_turn(
    small: bool, at_a_time: int
) -> None:
    five = Completion("5", logprobs=(Logprob("5", 0.0, (("5", 0.0),)),))
    client = Counting(
        lambda request, seed: five if small else quality(request),
        traits=ModelTraits(compact=small, logprobs=True),
    )
    tag(Tagger([], critic(client)), replies("one way", "another", "a third"))
    assert (client.most, len(client.requests)) == (at_a_time, 3)


def test_identical_texts_are_judged_once_and_stay_unranked() -> None:
    client = ScriptedClient(quality)
    tagger = Tagger([], critic(client))
    siblings = replies("level 4", "level 4", "level 4")
    tag(tagger, siblings)
    assert len(client.requests) == 1
    assert [node.score for node in siblings] == [0.75] * 3
    assert [node.rank for node in siblings] == [None] * 3
    assert (tagger.tally.calls_saved, tagger.tally.judged) == (2, 1)
    siblings[0].verdicts.clear()
    assert siblings[1].verdicts


def test_equal_scores_make_no_rank() -> None:
    siblings = replies("one way to do it 4", "a quite different 4", "the worst 2")
    tag(Tagger([], critic()), siblings)
    assert [node.rank for node in siblings] == [0, None, 1]


def test_heuristics_alone_never_wait() -> None:
    siblings = replies("fine", "a rude one")
    assert done_without_waiting(Tagger([Says("rude")]).tag(siblings, CAST, 1))
    assert [node.rank for node in siblings] == [0, 1]


def test_a_heuristic_that_breaks_is_recorded_where_it_broke_and_the_others_go_on() -> None:
    siblings = replies("a bad rude one", "fine")
    tagger = Tagger([Breaks(), Says("rude")])
    tag(tagger, siblings)
    assert siblings[0].failures == [EvaluatorFailure("breaks", "2", "KeyError", "'bad'")]
    assert [verdict.evaluator for verdict in siblings[0].verdicts] == ["says"]
    assert (siblings[1].failures, len(siblings[1].verdicts)) == ([], 1)
    assert tagger.tally.heuristics_failed == 1


def test_only_the_configured_roles_are_judged() -> None:
    client = ScriptedClient(quality)
    prompter = [Node("p", ROOT, "kim", "prompter", "level 2")]
    tag(Tagger([Says("x")], critic(client)), prompter)
    assert (client.requests, prompter[0].basis) == ([], "heuristics")
    tag(Tagger([Says("x")], critic(client, roles=["prompter"])), prompter)
    assert (prompter[0].score, prompter[0].basis) == (0.25, "heuristics+critic")


def test_a_prompters_message_is_scored_and_rejected_and_never_ranked() -> None:
    siblings = [Node(text, ROOT, "kim", "prompter", text) for text in ("rude", "x", "hopeless")]
    tag(Tagger([Says("rude"), HOPELESS]), siblings)
    assert [(node.score, node.rank, node.rejected) for node in siblings] == [
        (0.5, None, False),
        (1.0, None, False),
        (0.0, None, True),
    ]


def test_a_changed_text_is_judged_anew() -> None:
    client = ScriptedClient(quality)
    tagger, siblings = Tagger([], critic(client)), replies("level 2")
    tag(tagger, siblings)
    siblings[0].text = "level 5"
    tag(tagger, siblings)
    assert judged_texts(client) == ["level 2", "level 5"]
    assert [verdict.value for verdict in siblings[0].verdicts] == [1.0]


def test_redrawn_candidates_are_ranked_with_the_first_and_no_saving_is_counted_twice() -> None:
    tagger, siblings = Tagger([HOPELESS], critic()), replies("hopeless 1", "hopeless 2")
    tag(tagger, siblings)
    assert tagger.tally.calls_saved == 2
    siblings += replies("hopeless 3", "level 4", "grade 2")
    tag(tagger, siblings)
    assert tagger.tally.calls_saved == 3
    assert [node.rank for node in siblings] == [None, None, None, 0, 1]


def test_rules_see_the_whole_situation() -> None:
    sees = Sees()
    node = Node("m", ROOT, "sam", "assistant", "Ja?", model="x/y", finish_reason="length")
    node.thought = "hm"
    authored = Node("n", ROOT, "sam", "assistant", "Nein.")
    asyncio.run(Tagger([sees]).tag([node, authored], CAST, 1, systems={"sam": "You are Sam."}))
    assert sees.subjects[0] == Subject(
        text="Ja?",
        speaker="sam",
        role="assistant",
        thread=(Said("kim", "prompter", "My parcel is late."),),
        siblings=("Ja?", "Nein."),
        candidate=0,
        language="de",
        names={"kim": "Kim Ono", "sam": "Sam Hill"},
        persona=SAM,
        personas={"kim": KIM, "sam": SAM},
        goal="Calm Kim.",
        policy="Be short.",
        setting="A chat.",
        system="You are Sam.",
        finish_reason="length",
        thought="hm",
        synthetic=True,
    )
    assert (sees.subjects[1].candidate, sees.subjects[1].synthetic) == (1, False)


# ---- fairness of the critic ------------------------------------------------------------


def test_the_critic_sees_neither_model_nor_verdicts_nor_siblings() -> None:
    def prompts(siblings: list[Node], *rules: Heuristic) -> set[str]:
        client = ScriptedClient(quality)
        tag(Tagger(rules, critic(client)), siblings)
        return {json.dumps(request.messages) for request in client.requests}

    plain = prompts(replies("a rude 5", "level 4"))
    swapped = replies("level 4", "a rude 5")
    for node in swapped:
        node.model, node.thought = "openai/secret-model", "a secret thought"
    assert prompts(swapped, Says("rude")) == plain
    alone = prompts(replies("a rude 5"))
    assert alone < plain


def test_every_sibling_is_judged_with_the_same_seed() -> None:
    client = ScriptedClient(quality)
    tag(Tagger([], critic(client)), replies("level 4", "grade 2"), seed=99)
    assert [request.seeds for request in client.requests] == [(99,), (99,)]


class Unhurried(ScriptedClient):
    """Answers after a number of turns of the event loop drawn at random."""

    chance = Random(5)

    async def complete(self, request: ChatRequest, **options: Any) -> list[Completion]:
        for _ in range(self.chance.randrange(50)):
            await asyncio.sleep(0)
        return await super().complete(request, **options)


def test_judgements_that_finish_in_any_order_stay_with_their_messages() -> None:
    client = Unhurried(quality)
    tagger = Tagger([], critic(client))
    groups = [replies(*(f"{n} says group {g}" for n in (1, 2, 3, 4, 5))) for g in "abcdefgh"]

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(tagger.tag(group, CAST, 1))

    asyncio.run(all_at_once())
    assert judged_texts(client) != sorted(judged_texts(client))
    for group in groups:
        assert [node.verdicts[-1].value for node in group] == [0, 0.25, 0.5, 0.75, 1]
        assert [node.rank for node in group] == [4, 3, 2, 1, 0]
    assert tagger.tally.judged == 40


# ---- a critic that fails or is not trusted ---------------------------------------------


def fails_on(word: str) -> ScriptedClient:
    def answer(request: ChatRequest, seed: int) -> str | Exception:
        if word in request.messages[-1]["content"].split("=====")[-2]:
            return ServerFault("down", model="scripted/test")
        return quality(request)

    return ScriptedClient(answer)


def test_a_sibling_that_could_not_be_judged_leaves_its_group_to_the_heuristics() -> None:
    heard: list[Event] = []
    tagger = Tagger([Says("rude")], critic(fails_on("gone")), listener=heard.append)
    for _ in range(2):
        siblings = replies("a rude 5", "gone 4", "level 1")
        tag(tagger, siblings)
    assert [(node.score, node.basis) for node in siblings] == [
        (0.5, "heuristics"),
        (1.0, "heuristics"),
        (1.0, "heuristics"),
    ]
    assert [node.rank for node in siblings] == [1, 0, None]
    assert "quality" not in siblings[1].labels
    assert [failure.error for failure in siblings[1].failures] == ["ServerFault"]
    assert siblings[0].labels["quality"] == Label(value=1.0, count=1)
    assert (tagger.tally.failed, tagger.tally.groups_without_critic) == (2, 2)
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert "could not judge every message (ServerFault: down)" in notice.message


def test_a_doubted_critic_gives_labels_and_no_scores_and_says_so_once() -> None:
    heard: list[Event] = []
    client = ScriptedClient(quality, traits=ModelTraits(judges=False))
    tagger = Tagger([Says("rude")], critic(client, canaries=0), listener=heard.append)
    for _ in range(2):
        siblings = replies("a rude 5", "level 1", "grade 4")
        tag(tagger, siblings)
    assert [(node.score, node.basis, node.rank) for node in siblings] == [
        (0.5, "heuristics", 1),
        (1.0, "heuristics", 0),
        (1.0, "heuristics", None),
    ]
    assert [node.labels["quality"].value for node in siblings] == [1.0, 0.0, 0.75]
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert notice.message.startswith("scripted/test is taken to judge at chance level")


def test_a_doubted_critic_decides_when_the_user_trusts_it() -> None:
    heard: list[Event] = []
    client = ScriptedClient(quality, traits=ModelTraits(judges=False))
    siblings = replies("grade 1", "level 5")
    tag(Tagger([], critic(client, trust="always"), listener=heard.append), siblings)
    assert [(node.score, node.basis) for node in siblings] == [(0.0, "critic"), (1.0, "critic")]
    assert heard == []


# ---- finished trees --------------------------------------------------------------------


def message(
    name: str,
    text: str,
    *children: Message,
    role: Literal["prompter", "assistant"] = "assistant",
    **fields: Any,
) -> Message:
    for child in children:
        child.parent_id = name
    return Message(message_id=name, text=text, role=role, replies=list(children), **fields)


def tree(*children: Message) -> MessageTree:
    prompt = message("p", "Why?", *children, role="prompter", lang="en", review_result=True)
    return MessageTree(message_tree_id="p", prompt=prompt)


def prompt_of(tree: MessageTree) -> Message:
    assert tree.prompt is not None
    return tree.prompt


def answers(tree: MessageTree) -> list[Message]:
    return prompt_of(tree).replies or []


@pytest.mark.parametrize("asked", [False, True])
def test_a_tree_is_tagged_throughout_and_its_replies_put_in_order(asked: bool) -> None:
    found = tree(
        message("a", "a rude 2", message("c", "grade 4", role="prompter")),
        message("b", "level 5"),
        message("d", "hopeless 1"),
    )
    tagger = Tagger([Says("rude"), HOPELESS], *([critic()] if asked else []))
    record = asyncio.run(tagger.tag_tree(found, 1))
    assert record.tree is found
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [
        ("b", 0),
        ("a", 1),
        ("d", None),
    ]
    assert [reply.review_result for reply in answers(found)] == [None, None, False]
    assert set(record.notes) == {"p", "a", "b", "c", "d"}
    assert record.notes["a"].basis == ("heuristics+critic" if asked else "heuristics")
    assert record.notes["a"].score == (0.125 if asked else 0.5)
    labels = prompt_of(found).labels or {}
    assert (labels, prompt_of(found).rank) == ({"score": Label(value=1.0, count=1)}, None)


def test_labels_ranks_and_reviews_by_people_are_kept() -> None:
    human = {"quality": Label(value=0.9, count=3), "spam": Label(value=0.0, count=3)}
    found = tree(
        message("a", "a hopeless 2", rank=0, labels=dict(human), review_result=True),
        message("b", "level 5", rank=1, labels=dict(human)),
        message("c", "grade 5"),
    )
    record = asyncio.run(Tagger([HOPELESS], critic()).tag_tree(found, 1))
    first, second, third = answers(found)
    assert [(reply.message_id, reply.rank) for reply in (first, second, third)] == [
        ("a", 0),
        ("b", 1),
        ("c", None),
    ]
    assert first.review_result is True
    assert first.labels == {
        **human,
        "says": Label(value=1.0, count=1),
        "score": Label(value=0.0, count=1),
    }
    assert second.labels == {**human, "score": Label(value=1.0, count=1)}
    assert (third.labels or {})["quality"] == Label(value=1.0, count=1)
    assert record.notes["a"].score == 0


def test_what_dialoom_drew_is_tagged_anew_and_labels_of_others_stay() -> None:
    human = {"humor": Label(value=0.5, count=1)}
    found = tree(message("a", "a rude one", labels=human), message("b", "a plain hopeless answer"))
    drawn = {name: MessageNotes(speaker="sam", seed=4) for name in "ab"}
    first = asyncio.run(Tagger([Says("rude"), HOPELESS]).tag_tree(found, notes=drawn))
    rude, hopeless = answers(found)
    assert (set(rude.labels or {}), hopeless.review_result) == ({"humor", "says", "score"}, False)

    second = asyncio.run(Tagger([Says("plain")]).tag_tree(found, notes=first.notes))
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [("a", 0), ("b", 1)]
    assert rude.labels == {**human, "score": Label(value=1.0, count=1)}
    assert hopeless.review_result is True
    assert [verdict.reason for verdict in second.notes["b"].verdicts] == ["says 'plain'"]


def test_what_others_gave_outlasts_any_number_of_taggings() -> None:
    found = tree(message("a", "a rude one", rank=0), message("b", "fine", rank=1))
    first = asyncio.run(Tagger([HOPELESS]).tag_tree(found))
    asyncio.run(Tagger([Says("rude"), Says("Why", "hopeless")]).tag_tree(found, notes=first.notes))
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [("a", 0), ("b", 1)]
    assert prompt_of(found).review_result is True


def test_notes_of_a_run_are_kept_beside_the_new_verdicts() -> None:
    notes = {"a": MessageNotes(speaker="sam", model="x/y", seed=4, candidate=0)}
    record = asyncio.run(Tagger([Says("rude")]).tag_tree(tree(message("a", "rude")), notes=notes))
    note = record.notes["a"]
    assert (note.speaker, note.model, note.seed, note.score) == ("sam", "x/y", 4, 0.5)
    assert notes["a"].score is None


def test_a_tree_without_a_critic_is_tagged_without_waiting() -> None:
    found = tree(message("a", "rude"), message("b", "fine"))
    assert done_without_waiting(Tagger([Says("rude")]).tag_tree(found))
    assert [reply.message_id for reply in answers(found)] == ["b", "a"]


def test_an_empty_tree_stays_empty() -> None:
    record = asyncio.run(Tagger([HOPELESS]).tag_tree(MessageTree(message_tree_id="x")))
    assert (record.tree.prompt, record.notes) == (None, {})
