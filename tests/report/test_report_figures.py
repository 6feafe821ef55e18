from typing import Any

from records import bot, labelled, notes, record, user

from dialoom.messages import Label
from dialoom.report.calibration import Agreement, Calibration
from dialoom.report.charts import Bins, histogram, lengths_of, unit_bins
from dialoom.report.coverage import Cell, Coverage
from dialoom.report.examples import Sampled
from dialoom.report.facts import continued, facts_of
from dialoom.report.notices import notices_of
from dialoom.report.tallies import Tallies
from dialoom.report.wins import WinMatrix
from dialoom.tree import MessageNotes, TerminationReason, TreeRecord
from dialoom.verdicts import EvaluatorFailure, Verdict


def verdict(name: str, severity: Any) -> Verdict:
    return Verdict(name, 1.0, f"{name}!", "rule", "1", severity=severity)


def texts(*given: str, name: str = "t", **fields: Any) -> TreeRecord:
    """Return a tree of one prompt and these replies."""
    return record(user(f"ask {name}", *(bot(text) for text in given)), name=name, **fields)


def tallied(*records: TreeRecord) -> Tallies:
    tallies = Tallies()
    for one in records:
        tallies.add(one)
    return tallies


def test_a_dropped_message_is_counted_under_the_label_that_rejected_it() -> None:
    bad = bot("bad", review_result=False)
    said = {
        "bad": MessageNotes(
            "agent", verdicts=(verdict("length", "fault"), verdict("echo", "hopeless"))
        )
    }
    tallies = tallied(record(user("q", bot("good"), bad), notes=said))
    assert (tallies.messages, tallies.kept) == (3, 2)
    assert tallies.dropped == {"echo": 1}
    assert tallies.faults == {"length": 1}


def test_messages_that_raters_rejected_are_counted_without_a_label() -> None:
    tallies = tallied(
        record(user("q", bot("no", review_result=False), bot(" "), bot("x", deleted=True)))
    )
    assert tallies.dropped == {"rejected": 1, "empty": 1, "deleted": 1}


def test_a_missing_score_is_no_score_of_zero() -> None:
    tallies = tallied(texts("a", "b", notes=notes(a=0.0)))
    assert tallies.scores == {"kept": [0.0], "dropped": []}


def test_a_foreign_file_is_scored_by_its_quality_labels() -> None:
    tallies = tallied(record(user("q", bot("a", labels={"quality": Label(value=0.75, count=3)}))))
    assert tallies.scores["kept"] == [0.75]
    assert tallies.labels["quality"].shares == [0, 0, 0, 1, 0]


def test_a_dialogue_is_as_long_as_the_path_that_was_followed() -> None:
    deep = bot("deep", user("more", bot("end")), rank=1)
    tree = record(user("q", bot("best", rank=0), deep))
    assert [message.text for message in continued(tree)] == ["q", "deep", "more", "end"]
    assert tallied(tree).turns == {4: 1}


def test_of_replies_that_nothing_follows_the_best_ranked_is_the_followed_one() -> None:
    tree = record(user("q", bot("none"), bot("worse", rank=1), bot("best", rank=0)))
    assert [message.text for message in continued(tree)] == ["q", "best"]


def test_texts_said_before_lower_the_variety_of_a_speaker() -> None:
    speaker = tallied(texts("a b", name="1"), texts("a b", name="2")).speakers["agent"]
    assert speaker.repeated == 0.5
    assert speaker.distinct(1) == 0.5
    assert speaker.distinct(2) == 0.5


def test_values_are_crossed_with_speakers() -> None:
    coverage = Coverage()
    for number, mood in enumerate(("calm", "calm", "cross")):
        dropped = bot(f"r{number}", review_result=number != 0)
        tree = record(user(f"q{number}", dropped), variables={"mood": mood, "n": 1.5})
        coverage.add(tree, list(facts_of(tree)))
    moods, numbers = coverage.tables()
    assert coverage.speakers == ["ada", "agent"]
    assert moods.rows == [
        ("calm", 2, [Cell(2, 2), Cell(1, 2)]),
        ("cross", 1, [Cell(1, 1), Cell(1, 1)]),
    ]
    assert [row[0] for row in numbers.rows] == ["1.5"]


def test_a_variable_that_never_repeats_is_named_without_a_table() -> None:
    coverage = Coverage()
    for number in range(4):
        coverage.add(texts(variables={"order": f"A{number}"}), [])
    (table,) = coverage.tables()
    assert (table.values, table.rows) == (4, [])


def test_a_model_wins_where_its_sibling_scores_less() -> None:
    wins = WinMatrix()
    for number, (ours, theirs) in enumerate(((0.9, 0.1), (0.8, 0.2), (0.3, 0.7), (0.5, 0.5))):
        one = bot(f"a{number}", model_name="big", labels=labelled(ours))
        other = bot(f"b{number}", model_name="small", labels=labelled(theirs))
        wins.add(record(user("q", one, other)))
    assert wins.models == ["big", "small"]
    assert (wins.wins["big", "small"], wins.wins["small", "big"]) == (2, 1)
    assert wins.ties["small", "big"] == 1
    share = wins.share("big", "small")
    assert share is not None
    assert round(share.value, 3) == 0.667


def test_siblings_of_one_model_are_no_contest() -> None:
    wins = WinMatrix()
    wins.add(record(user("q", bot("a", model_name="m", rank=0), bot("b", model_name="m", rank=1))))
    assert wins.models == []


def judged(people: float | None, critic: float | None, *, name: str = "quality") -> TreeRecord:
    """Return a tree whose reply was judged by people, the critic, or both."""
    given = []
    if people is not None:
        given.append(Verdict(name, people, "", "ada", "1", kind="human"))
    if critic is not None:
        given.append(Verdict(name, critic, "", "model", "1", kind="critic"))
    return texts("r", notes={"r": MessageNotes("agent", verdicts=tuple(given))})


def calibrated(*records: TreeRecord) -> list[Agreement]:
    calibration = Calibration()
    for one in records:
        calibration.add(facts_of(one))
    return calibration.agreements()


def test_people_and_the_critic_are_compared_where_both_judged() -> None:
    (row,) = calibrated(judged(1.0, 0.5), judged(0.5, 0.5), judged(0.0, None), judged(None, 1.0))
    assert (row.label, row.messages, row.people, row.critic) == ("quality", 2, 0.75, 0.5)
    assert row.distance == 0.25
    assert row.same.value == 0.5


def test_values_a_step_of_five_apart_are_not_the_same() -> None:
    (row,) = calibrated(judged(0.75, 0.5), judged(0.75, 0.7))
    assert row.same.value == 0.5


def test_without_people_there_is_nothing_to_calibrate_by() -> None:
    assert calibrated(judged(None, 1.0)) == []


def drawn(order: range, *, size: int = 5) -> set[str]:
    sampled = Sampled(size)
    for number in order:
        tree = texts(f"r{number}", name=f"t{number}")
        sampled.add(tree, list(facts_of(tree)), kept=True)
    return {example.facts.message.text for example in sampled.examples()}


def test_the_same_messages_are_drawn_in_whatever_order_they_come() -> None:
    assert drawn(range(50)) == drawn(range(49, -1, -1))
    assert len(drawn(range(50))) == 5


def test_every_message_is_drawn_when_there_are_few() -> None:
    assert drawn(range(3)) == {"r0", "r1", "r2"}


def test_an_example_stands_with_what_it_replies_to() -> None:
    sampled, tree = Sampled(5), texts("answer", name="x")
    sampled.add(tree, list(facts_of(tree)), kept=True)
    (example,) = sampled.examples()
    assert (example.before, example.facts.message.text) == ("ask x", "answer")


def warnings(*records: TreeRecord) -> str:
    return "\n".join(notice.text for notice in notices_of(tallied(*records)))


def test_few_kept_messages_are_a_warning() -> None:
    assert "Only 33% of the messages are kept" in warnings(
        record(user("q", bot("a", review_result=False), bot("b", review_result=False)))
    )


def test_a_speaker_who_repeats_itself_is_a_warning() -> None:
    same = [texts("same", name=str(number)) for number in range(20)]
    assert "agent repeats itself: 95%" in warnings(*same)
    assert "ada repeats" not in warnings(*same)


def test_one_way_to_end_is_a_warning_unless_it_is_the_goal() -> None:
    def ending(reason: TerminationReason) -> TreeRecord:
        return texts("r", notes={"r": MessageNotes("agent", termination=reason)})

    assert "100% of the dialogues end by max_turns" in warnings(ending(TerminationReason.MAX_TURNS))
    assert "end by" not in warnings(ending(TerminationReason.GOAL_REACHED))


def test_replies_cut_at_the_limit_are_a_warning() -> None:
    cut = texts("r", notes={"r": MessageNotes("agent", finish_reason="length")})
    assert "1 messages were cut off" in warnings(cut)


def test_trees_without_any_score_are_a_warning() -> None:
    assert "No message has a score or a rank" in warnings(texts("r"))
    assert "No message has a score" not in warnings(texts("r", notes=notes(r=0.5)))
    assert "No message has a score" not in warnings(record(user("q", bot("r", rank=0))))


def test_lost_judgements_are_counted_by_evaluator() -> None:
    lost = MessageNotes(
        "agent", failures=(EvaluatorFailure("critic", "1", "TimeoutError", "late"),)
    )
    assert tallied(texts("r", notes={"r": lost})).lost_judgements == {"critic": 1}


def test_the_last_edge_belongs_to_the_last_bar() -> None:
    assert unit_bins(4).counts([0.0, 0.25, 0.99, 1.0]) == [1, 1, 0, 2]


def test_bars_have_round_widths_and_hold_the_largest_value() -> None:
    assert lengths_of([3, 187]).edges[:3] == (0, 10, 20)
    assert lengths_of([3, 187]).edges[-1] > 187
    assert lengths_of([]).edges == (0, 1)


def test_a_drawing_has_no_script_and_is_the_same_each_time() -> None:
    def draw() -> str:
        values = {"one": [0.1, 0.2], "two": [0.9], "unheard": []}
        return histogram(values, Bins((0, 0.5, 1)), name="x", x_title="value", y_title="messages")

    assert "script" not in draw()
    assert "two" in draw()
    assert "unheard" not in draw()
    assert draw() == draw()
