"""Verdicts say who gave them, in as few words as tell them apart."""

from dialoom.verdicts import Verdict, raters


def critic(model: str) -> Verdict:
    version = f"931ed737/written/quality/{model}@a80c4f17"
    return Verdict("quality", 0.5, "because", "critic", version, kind="critic")


RULE = Verdict("spam", 1.0, "because", "empty", "1")


def test_one_critic_needs_no_name() -> None:
    assert raters([RULE, critic("a/x"), critic("a/x")]) == ["empty", "critic", "critic"]


def test_several_critics_are_told_apart_by_their_models() -> None:
    found = raters([RULE, critic("a/x"), critic("b/y")])
    assert found == ["empty", "critic a/x", "critic b/y"]
