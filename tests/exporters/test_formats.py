"""What the options and layouts of the smaller formats do; whole rows are in golden/."""

from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json
from records import bot, labelled, record, said, user

from dialoom.errors import InputError, RowRejected
from dialoom.exporters.base import EXPORTERS, Exporter, export
from dialoom.exporters.kto import Kto
from dialoom.exporters.llamafactory import LlamaFactory
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.ranked import Ranked
from dialoom.exporters.samples import check_chat
from dialoom.messages import Message, MessageTree
from dialoom.spec import Choice
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict

BRANCHED = record(user("u", bot("a", user("v", bot("b"), bot("c")))))


def make(name: str, **options: Any) -> Exporter:
    return EXPORTERS.make(Choice(name, (), options))


def replies(*scores: float | None, **fields: Any) -> TreeRecord:
    texts = ("Gladly.", "I can't say.", "Ask somebody else!")
    said_by = [
        bot(text, labels={} if score is None else labelled(score), **fields)
        for text, score in zip(texts, scores, strict=False)
    ]
    return record(user("u", *said_by))


def labels_of(exporter: Kto, tree: TreeRecord) -> list[bool]:
    return [row["label"] for row in exporter.rows([tree])]


def test_kto_takes_what_is_clearly_good_or_bad() -> None:
    exporter = Kto()

    assert labels_of(exporter, replies(0.7, 0.5, 0.4)) == [True, False]
    assert exporter.dropped == {"score between bad and good": 1}
    assert exporter.figures() == {"wanted": 1, "unwanted": 1}


def test_kto_moves_with_its_floors() -> None:
    assert labels_of(Kto(good=0.5, bad=0.45), replies(0.7, 0.5, 0.4)) == [True, True, False]


def test_kto_judges_an_only_reply() -> None:
    assert labels_of(Kto(), replies(0.9)) == [True]


def test_kto_leaves_out_what_nobody_judged() -> None:
    exporter = Kto()

    assert labels_of(exporter, replies(0.9, 0.1, None)) == [True, False]
    assert labels_of(exporter, replies(None)) == []
    assert exporter.dropped == {"reply without score or rank": 2}


def test_kto_does_not_want_what_was_rejected() -> None:
    assert labels_of(Kto(), replies(0.9, review_result=False)) == [False]


def test_kto_leaves_out_deleted_replies() -> None:
    exporter = Kto()

    assert labels_of(exporter, replies(0.9, deleted=True)) == []
    assert exporter.dropped == {"deleted or empty reply": 1}


def test_kto_does_not_blame_a_reply_for_the_user() -> None:
    theirs = Verdict("loop", 1, "Again.", "loop", "1", severity="fault", user_fault=True)
    tree = replies(0.1)
    exporter = Kto()

    found = {"Gladly.": MessageNotes("agent", score=0.1, verdicts=(theirs,))}

    assert labels_of(exporter, TreeRecord(tree.tree, notes=found)) == []
    assert exporter.dropped == {"rejected for the user's faults": 1}


def test_kto_writes_the_same_reply_once() -> None:
    exporter = Kto()

    assert len(list(exporter.rows([replies(0.9), replies(0.9)]))) == 1
    assert exporter.dropped == {"same reply as an earlier row": 1}


def test_ranked_gives_equal_scores_the_same_rank() -> None:
    (row,) = Ranked().rows([replies(0.5, 0.9, 0.5)])

    assert [(item["rank"], item["score"]) for item in row["completions"]] == [
        (0, 0.9),
        (1, 0.5),
        (1, 0.5),
    ]


def test_ranked_leaves_out_groups_without_a_difference() -> None:
    exporter = Ranked()

    assert list(exporter.rows([replies(0.5, 0.5)])) == []
    assert exporter.dropped == {"no two replies of different score or rank": 1}


@pytest.mark.parametrize("name", ["sharegpt", "alpaca"])
def test_formats_that_train_every_turn_ask_for_a_masked_history(name: str) -> None:
    with pytest.raises(InputError, match=r"say target 'last_turn' and set `mask_history: true`"):
        make(name, branches="all")

    assert len(list(make(name, branches="all", target="last_turn").rows([BRANCHED]))) == 3


@pytest.mark.parametrize("options", [{"branches": "all"}, {"target": "last_turn"}])
def test_torchtune_takes_the_best_branch_alone(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="leave branches at 'best'"):
        make("torchtune", **options)


def test_masks_leave_only_the_last_turn_if_asked_to() -> None:
    rows = list(make("openai", target="last_turn").rows([BRANCHED]))

    assert [[m.get("weight") for m in row["messages"]] for row in rows] == [
        [None, 1],
        [None, 0, None, 1],
    ]


def test_llamafactory_describes_only_the_files_that_have_rows(tmp_path: Path) -> None:
    exporter = LlamaFactory(ranking=None)

    files = export(tmp_path, [exporter], [BRANCHED])

    assert files == {"llamafactory/dataset_info.json": 1, "llamafactory/sft.jsonl": 1}
    assert exporter.rows_in(files) == 1
    assert exporter.figures() == {"sft": 1, "kto": 0}
    info = from_json((tmp_path / "llamafactory" / "dataset_info.json").read_bytes())
    assert list(info) == ["dialoom_sft"]
    assert exporter.dropped == {"kto: reply without score or rank": 3}


def test_llamafactory_passes_options_on() -> None:
    with pytest.raises(InputError, match=r"ranking: policy is 'worst'; it can be"):
        make("llamafactory", ranking={"policy": "worst"})


def test_llamafactory_names_an_unknown_option_of_a_part() -> None:
    with pytest.raises(InputError, match="sft: there is no option 'min_qualty'"):
        make("llamafactory", sft={"min_qualty": 1})


def test_flat_messages_leave_out_a_tree_without_a_prompt() -> None:
    exporter = OasstMessages()

    assert list(exporter.rows([TreeRecord(MessageTree(message_tree_id="t"))])) == []
    assert exporter.dropped == {"tree without a prompt": 1}


def test_flat_messages_name_their_tree() -> None:
    rows = list(OasstMessages().rows([BRANCHED]))

    assert [(row["message_id"], row["message_tree_id"]) for row in rows] == [
        (name, "t") for name in ("u", "a", "v", "b", "c")
    ]
    assert {tuple(row) for row in rows} == {tuple(Message.model_fields)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"good": 0.4}, "bad is 0.4 and good is 0.4; bad must be the smaller"),
        ({"good": 7}, "good is 7; it is a number from 0 to 1"),
        ({"bad": None}, "bad is None; it is a number from 0 to 1"),
    ],
)
def test_wrong_floors_of_kto_are_input_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make("kto", **options)


@pytest.mark.parametrize("name", ["dpo", "kto", "ranked"])
def test_no_reply_to_ones_own_message_is_compared(name: str) -> None:
    exporter = make(name)
    two = (bot("b", labels=labelled(0.9)), bot("c", labels=labelled(0.1)))

    rows = list(exporter.rows([record(user("u", bot("a", *two, labels=labelled(0.5))))]))

    assert rows == []
    assert exporter.dropped["follows the speaker's own message"] == 1


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        (said("u", "a", "v"), "don't alternate from user to assistant"),
        (said("u", "a")[::-1], "don't alternate from user to assistant"),
        ([], "don't alternate from user to assistant"),
        (said("u", " "), "a message is empty"),
    ],
)
def test_a_chat_that_breaks_the_format_is_refused(chat: list[dict[str, str]], message: str) -> None:
    with pytest.raises(RowRejected, match=message):
        check_chat(tuple(chat))
