"""Which replies are chosen to be spoilt."""

from collections import Counter
from collections.abc import Sequence

import pytest

from dialoom.evaluators.canaries import Canary, Originals
from dialoom.messages import Message, MessageTree, Role
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict

ROLES: tuple[Role, ...] = ("assistant",)
TEXT = "It left our store on 3 May and should arrive by Friday, number {}."


def reply(number: int, text: str = TEXT, **fields: object) -> Message:
    values = {"message_id": f"r{number}", "text": text.format(number), "role": "assistant"}
    return Message.model_validate(values | fields)


def tree(number: int, replies: Sequence[Message], notes: dict[str, MessageNotes]) -> TreeRecord:
    prompt = Message(message_id=f"p{number}", text=f"Hello {number}", role="prompter")
    prompt.replies = list(replies)
    whole = MessageTree(message_tree_id=f"t{number}", prompt=prompt)
    return TreeRecord(whole, number=number, notes=notes)


def judged(*versions: str, fault: bool = False) -> MessageNotes:
    found = [Verdict("quality", 0.5, "", "critic", version, kind="critic") for version in versions]
    if fault:
        found.append(Verdict("echo", 1.0, "", "echo", "1", severity="fault", weight=0.5))
    return MessageNotes(speaker="bob", seed=1, verdicts=tuple(found))


def trees(count: int) -> list[TreeRecord]:
    return [tree(n, [reply(n)], {f"r{n}": judged("a")}) for n in range(count)]


def chosen(
    records: Sequence[TreeRecord], count: int = 12, *, seed: int = 0, critics: tuple[str, ...] = ()
) -> list[Canary]:
    originals = Originals(count, seed=seed, roles=ROLES, critics=critics)
    for record in records:
        originals.add(record)
    return originals.canaries()


def ids(canaries: Sequence[Canary]) -> list[tuple[str, str, str]]:
    return [(one.original.message_id, one.kind, one.copy.text) for one in canaries]


def test_the_choice_does_not_depend_on_the_order_of_the_trees() -> None:
    records = trees(50)
    assert ids(chosen(records)) == ids(chosen(records[::-1]))
    assert ids(chosen(records)) != ids(chosen(records, seed=1))


def test_the_kinds_go_by_turns() -> None:
    assert set(Counter(one.kind for one in chosen(trees(50))).values()) == {2}


def test_few_replies_are_spoilt_in_several_ways_and_none_twice_in_one() -> None:
    found = chosen(trees(2), 24)
    assert len(found) == 12
    assert len({(one.original.message_id, one.kind) for one in found}) == 12


def test_without_replies_there_are_no_canaries() -> None:
    assert chosen([]) == []
    assert chosen([TreeRecord(MessageTree(message_tree_id="x"))]) == []
    assert chosen(trees(5), 0) == []


@pytest.mark.parametrize(
    "unfit",
    [
        reply(9, "Yes."),
        reply(9, review_result=False),
        reply(9, deleted=True),
        reply(9, role="prompter"),
    ],
)
def test_what_is_short_dropped_or_of_another_role_is_left_alone(unfit: Message) -> None:
    assert chosen([tree(9, [unfit], {"r9": judged("a")})]) == []


def test_only_what_the_critic_has_judged_is_taken_where_that_is_asked_for() -> None:
    records = [*trees(3), tree(9, [reply(9)], {"r9": judged("b")})]
    assert {one.original.message_id for one in chosen(records, critics=("b",))} == {"r9"}


def test_flawless_replies_and_those_that_people_prefer_come_first() -> None:
    faulty = [tree(n, [reply(n)], {f"r{n}": judged("a", fault=True)}) for n in range(20)]
    second = [tree(n, [reply(n, rank=1)], {}) for n in range(20, 40)]
    good = [tree(n, [reply(n, rank=0)], {}) for n in range(40, 46)]
    found = {one.original.message_id for one in chosen([*faulty, *second, *good], 6)}
    assert found == {f"r{n}" for n in range(40, 46)}


def test_ranks_of_our_own_do_not_choose_since_they_may_be_the_critics() -> None:
    first = [tree(n, [reply(n, rank=0)], {f"r{n}": judged("a")}) for n in range(30)]
    last = [tree(n, [reply(n, rank=1)], {f"r{n}": judged("a")}) for n in range(30, 60)]
    numbers = {int(one.original.message_id[1:]) for one in chosen([*first, *last], 20)}
    assert any(number < 30 for number in numbers)
    assert any(number >= 30 for number in numbers)


def test_the_same_words_after_the_same_words_are_taken_once() -> None:
    same = [reply(n, "It left our store on Monday, as it should have.") for n in range(4)]
    found = chosen([tree(1, same, {})], 24)
    assert len({one.original.message_id for one in found}) == 1
