from typing import Literal

from dialoom.evaluators.labels import labels_of, with_ours
from dialoom.messages import Label
from dialoom.verdicts import Verdict


def verdict(
    name: str,
    value: float,
    evaluator: str = "critic",
    kind: Literal["heuristic", "critic", "human"] = "critic",
) -> Verdict:
    return Verdict(name, value, "because", evaluator, "1", kind)


def fired(name: str, evaluator: str, value: float = 1.0) -> Verdict:
    return verdict(name, value, evaluator, "heuristic")


def test_a_label_is_the_mean_of_its_raters_and_counts_them() -> None:
    verdicts = [
        verdict("quality", 0.75),
        verdict("quality", 0.5, "other critic"),
        verdict("quality", 1.0, "ada", "human"),
        verdict("toxicity", 0.0),
    ]
    assert labels_of(verdicts) == {
        "quality": Label(value=0.75, count=3),
        "toxicity": Label(value=0.0, count=1),
    }


def test_repeated_judgements_count_one_by_one() -> None:
    assert labels_of([verdict("quality", 0.5), verdict("quality", 1.0)]) == {
        "quality": Label(value=0.75, count=2)
    }


def test_a_fired_heuristic_is_one_rater_however_often_it_fires() -> None:
    assert labels_of([fired("pii", "pii"), fired("pii", "pii")]) == {
        "pii": Label(value=1.0, count=1)
    }


def test_the_highest_value_of_a_heuristic_counts() -> None:
    assert labels_of([fired("repetition", "r", 0.9), fired("repetition", "r", 0.4)]) == {
        "repetition": Label(value=0.9, count=1)
    }


def test_heuristics_and_critic_are_raters_of_the_same_oasst_label() -> None:
    verdicts = [fired("spam", "repetition"), fired("spam", "farewell_loop"), verdict("spam", 0.0)]
    assert labels_of(verdicts) == {"spam": Label(value=round(2 / 3, 6), count=3)}


def test_what_nobody_rated_has_no_label() -> None:
    assert labels_of([]) == {}


def test_the_score_is_a_label_of_our_own() -> None:
    assert labels_of([], score=0.25) == {"score": Label(value=0.25, count=1)}
    assert labels_of([], score=0.0) == {"score": Label(value=0.0, count=1)}


def test_a_label_that_is_there_is_never_overwritten() -> None:
    theirs = {"quality": Label(value=0.9, count=3)}
    ours = {"quality": Label(value=0.1, count=1), "score": Label(value=0.5, count=1)}
    assert with_ours(theirs, ours) == {
        "quality": Label(value=0.9, count=3),
        "score": Label(value=0.5, count=1),
    }
    assert with_ours(None, ours) == ours


def test_a_verdict_without_value_is_no_rating() -> None:
    declined = Verdict("tact", None, "it does not apply", "critic", "1", kind="critic")
    rated = Verdict("tact", 0.5, "so", "critic", "2", kind="critic")
    assert labels_of([declined]) == {}
    assert labels_of([declined, rated])["tact"].count == 1
