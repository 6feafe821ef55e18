from typing import Any

import pytest

from dialoom.errors import InputError, RowRejected
from dialoom.exporters.base import EXPORTERS
from dialoom.exporters.dpo import Dpo
from dialoom.messages import Label, Message, MessageTree
from dialoom.spec import Choice
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict

TEXTS = ("Gladly.", "I can't say.", "Ask somebody else!", "No idea whatsoever.", "Hm?")


def reply(text: str, score: float | None = None, **fields: Any) -> Message:
    labels = {} if score is None else {"score": Label(value=score, count=1)}
    message = Message(message_id=text, text=text, role="assistant", labels=labels, lang="en")
    return message.model_copy(update=fields)


def group(*replies: Message, **fields: Any) -> TreeRecord:
    prompt = Message(message_id="u", text="Help me.", role="prompter", replies=list(replies))
    return TreeRecord(MessageTree(message_tree_id="t", prompt=prompt, origin="run"), **fields)


def scored(*scores: float | None) -> TreeRecord:
    return group(*(reply(text, score) for text, score in zip(TEXTS, scores, strict=False)))


def ranked(*ranks: int | None) -> TreeRecord:
    return group(*(reply(text, rank=rank) for text, rank in zip(TEXTS, ranks, strict=False)))


def scores(exporter: Dpo, *records: TreeRecord) -> list[tuple[float, float]]:
    return [(row["score_chosen"], row["score_rejected"]) for row in exporter.rows(records)]


def fault(name: str, *, user_fault: bool = False, kind: Any = "heuristic") -> Verdict:
    return Verdict(name, 1, f"{name}!", name, "1", kind, "fault", 0.5, user_fault)


def test_a_row_is_an_explicit_prompt_with_both_replies() -> None:
    found = {
        "Gladly.": MessageNotes("agent", score=0.9, basis="heuristics+critic"),
        "I can't say.": MessageNotes(
            "agent", score=0.25, basis="heuristics", verdicts=(fault("echo"),)
        ),
    }
    tree = group(
        reply("Gladly.", model_name="m/one"),
        reply("I can't say.", model_name="m/two"),
        notes=found,
        systems={"assistant": "Be kind."},
    )

    (row,) = Dpo().rows([tree])

    assert row == {
        "prompt": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Help me."},
        ],
        "chosen": [{"role": "assistant", "content": "Gladly."}],
        "rejected": [{"role": "assistant", "content": "I can't say."}],
        "margin": 0.65,
        "score_chosen": 0.9,
        "score_rejected": 0.25,
        "id": row["id"],
        "source": "run",
        "meta": {
            "tree_id": "t",
            "parent_id": "u",
            "chosen_id": "Gladly.",
            "rejected_id": "I can't say.",
            "speaker": "assistant",
            "lang": "en",
            "model_chosen": "m/one",
            "model_rejected": "m/two",
            "basis_chosen": "heuristics+critic",
            "basis_rejected": "heuristics",
            "policy": "best_vs_random",
            "why": "best_vs_random: the reply scored 0.90 is chosen over the one scored 0.25; the "
            "first score rests on the heuristics and the critic, the second on the heuristics. "
            "Against the rejected: echo: echo!",
        },
    }


@pytest.mark.parametrize(
    ("policy", "pairs"),
    [
        ("best_vs_worst", [(0.9, 0.1)]),
        ("best_vs_each", [(0.9, 0.1), (0.9, 0.3), (0.9, 0.6)]),
        ("adjacent", [(0.9, 0.6), (0.6, 0.3), (0.3, 0.1)]),
        ("all", [(0.9, 0.1), (0.9, 0.3), (0.6, 0.1), (0.9, 0.6), (0.6, 0.3), (0.3, 0.1)]),
    ],
)
def test_a_policy_says_which_siblings_are_paired(policy: Any, pairs: list[Any]) -> None:
    exporter = Dpo(policy=policy, max_pairs=9, min_chosen=0)

    assert scores(exporter, scored(0.6, 0.1, 0.9, 0.3)) == pairs


def test_best_vs_random_draws_by_the_seed() -> None:
    tree = scored(0.9, 0.1, 0.3, 0.5)
    drawn = [scores(Dpo(seed=seed), tree) for seed in range(20)]

    assert drawn == [scores(Dpo(seed=seed), tree) for seed in range(20)]
    assert {pair for pairs in drawn for pair in pairs} == {(0.9, 0.1), (0.9, 0.3), (0.9, 0.5)}


def test_best_vs_random_draws_again_when_a_pair_is_refused() -> None:
    tree = scored(0.9, 0.88, 0.87, 0.2)

    assert {pair for seed in range(9) for pair in scores(Dpo(seed=seed), tree)} == {(0.9, 0.2)}


def test_a_parent_gives_no_more_pairs_than_allowed_and_the_widest() -> None:
    exporter = Dpo(policy="all", max_pairs=2)

    assert scores(exporter, scored(0.9, 0.5, 0.1)) == [(0.9, 0.1), (0.9, 0.5)]
    assert exporter.dropped == {"over max_pairs": 1}


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (scored(0.9, 0.9), "tie"),
        (scored(0.9, 0.85), "margin under min_margin"),
        (scored(0.4, 0.1), "chosen under min_chosen"),
        (scored(0.9, None), "replies without score or rank"),
        (ranked(0, None), "replies without score or rank"),
        (group(reply("a", 0.9, rank=1), reply("b", 0.2, rank=0)), "rank and score disagree"),
        (
            group(reply("Yes, of course I can.", 0.9), reply("yes, of course I can", 0.1)),
            "near-identical replies",
        ),
        (group(reply("a", 0.9), reply(" ", 0.1)), "rejected is deleted or empty"),
        (group(reply("a", 0.9), reply("b", 0.1, deleted=True)), "rejected is deleted or empty"),
        (
            group(reply("a", 0.9, review_result=False), reply("b", 0.1, review_result=False)),
            "no reply fit to be chosen",
        ),
        (
            group(reply("a", 0.9, review_result=False), reply("b", 0.1)),
            "nothing below the best fit reply",
        ),
    ],
)
def test_a_pair_that_expresses_no_preference_is_counted(tree: TreeRecord, reason: str) -> None:
    exporter = Dpo()

    assert list(exporter.rows([tree])) == []
    assert exporter.dropped == {reason: 1}


def test_a_rejected_reply_may_be_the_rejected_side() -> None:
    assert scores(Dpo(), group(reply("a", 0.9), reply("b", 0.0, review_result=False))) == [
        (0.9, 0.0)
    ]


def test_a_sibling_tied_with_the_best_is_not_paired_with_it() -> None:
    tree = group(reply("One.", 0.9, rank=0), reply("Two!", 0.9), reply("Three?", 0.3, rank=1))

    assert scores(Dpo(policy="all", max_pairs=9), tree) == [(0.9, 0.3), (0.9, 0.3)]


def test_floors_move_with_their_options() -> None:
    tree = scored(0.4, 0.35)

    assert scores(Dpo(min_chosen=0.4, min_margin=0.05), tree) == [(0.4, 0.35)]


def test_ranks_make_the_margin_where_nobody_scored() -> None:
    (row,) = Dpo(policy="adjacent").rows([ranked(2, 0, 1)])

    assert (row["margin"], row["score_chosen"], row["score_rejected"]) == (0.5, 1.0, 0.5)
    assert row["meta"]["basis_chosen"] == row["meta"]["basis_rejected"] == "rank"
    assert "nobody scored them" in row["meta"]["why"]


@pytest.mark.parametrize(("user_faults", "count"), [("exclude", 0), ("allow", 1)])
def test_a_turn_after_a_user_at_fault_makes_no_pair(user_faults: Any, count: int) -> None:
    found = {"u": MessageNotes("ada", verdicts=(fault("loop", user_fault=True),))}
    exporter = Dpo(user_faults=user_faults)

    rows = list(exporter.rows([group(reply("a", 0.9), reply("b", 0.1), notes=found)]))

    assert len(rows) == count
    assert exporter.dropped == ({} if count else {"follows a user at fault": 1})


@pytest.mark.parametrize(
    ("verdicts", "count"),
    [
        ((fault("loop", user_fault=True),), 0),
        ((fault("loop", user_fault=True), fault("echo")), 1),
        ((fault("loop", user_fault=True, kind="critic"),), 1),
    ],
)
def test_a_reply_is_not_rejected_for_faults_that_are_all_the_users(
    verdicts: tuple[Verdict, ...], count: int
) -> None:
    found = {"b": MessageNotes("agent", verdicts=verdicts)}

    rows = list(Dpo().rows([group(reply("a", 0.9), reply("b", 0.1), notes=found)]))

    assert len(rows) == count


def test_nothing_is_built_upon_a_rejected_message() -> None:
    exporter = Dpo()
    tree = group(reply("a", 0.9), reply("b", 0.1))
    assert tree.tree.prompt is not None
    prompt = tree.tree.prompt.model_copy(update={"review_result": False})

    assert list(exporter.rows([TreeRecord(MessageTree(message_tree_id="t", prompt=prompt))])) == []
    assert exporter.dropped == {"follows a rejected message": 1}


def judged(score: float, basis: str, **values: float) -> MessageNotes:
    items = [Verdict(name, value, "so", "critic", "1", "critic") for name, value in values.items()]
    return MessageNotes("agent", score=score, basis=basis, verdicts=tuple(items))


def test_the_critics_items_that_speak_against_the_rejected_are_told() -> None:
    good = judged(0.75, "critic", quality=0.75, humor=0.5, toxicity=0.0, helpfulness=0.5)
    poor = judged(0.25, "critic", quality=0.25, humor=0.5, toxicity=1.0, helpfulness=0.75)

    (row,) = Dpo().rows([group(reply("a"), reply("b"), notes={"a": good, "b": poor})])

    assert row["meta"]["why"].endswith(
        "rests on the critic. Against the rejected: critic: quality 0.25, the chosen 0.75 (so)"
        " | critic: toxicity 1.00, the chosen 0.00 (so)"
    )


def test_a_critic_that_does_not_count_is_not_quoted() -> None:
    found = {
        "a": judged(0.9, "heuristics", quality=1.0),
        "b": judged(0.1, "heuristics", quality=0.0),
    }

    (row,) = Dpo().rows([group(reply("a"), reply("b"), notes=found)])

    why = row["meta"]["why"]
    assert (
        "the score rests on the heuristics. They were judged, but the critic's verdicts do" in why
    )
    assert "quality 0.00" not in why


def test_a_runs_scores_go_before_ranks_and_ranks_before_quality_labels() -> None:
    def quality(value: float) -> dict[str, Label]:
        return {"quality": Label(value=value, count=3)}

    by_score = group(reply("a", 0.2), reply("b", 0.9), reply("c", 0.9, rank=0), reply("d", 0.8))
    by_rank = group(
        reply("a", labels=quality(0.9), rank=1), reply("b", labels=quality(0.7), rank=0)
    )
    exporter = Dpo(policy="best_vs_worst")

    assert scores(exporter, by_score) == [(0.9, 0.2)]
    assert scores(exporter, by_rank) == []
    assert exporter.dropped == {"rank and score disagree": 1}


def test_the_same_pair_is_written_once() -> None:
    exporter = Dpo()

    assert len(scores(exporter, scored(0.9, 0.1), scored(0.9, 0.1))) == 1
    assert exporter.dropped == {"same pair as an earlier row": 1}


def test_replies_to_another_message_are_refused() -> None:
    with pytest.raises(RowRejected, match="'b' replies to 'x', not 'u'"):
        list(Dpo().rows([group(reply("a", 0.9), reply("b", 0.1, parent_id="x"))]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policy": "best"}, "policy is 'best'; it can be best_vs_random, best_vs_worst"),
        ({"min_margin": -0.1}, "min_margin is -0.1; it is a number from 0 to 1"),
        ({"min_chosen": True}, "min_chosen is True; it is a number from 0 to 1"),
        ({"max_pairs": 0.5}, "max_pairs is 0.5; it is a whole number of at least 1"),
        ({"user_faults": "keep"}, "user_faults is 'keep'; it can be exclude, allow"),
        ({"system": ""}, "system is ''; it can be persona, none, fold"),
    ],
)
def test_a_wrong_option_is_an_input_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        EXPORTERS.make(Choice("dpo", (), options))

    assert str(error.value).startswith(f"dpo: {message}")
