import pytest

from dialoom.evaluators.vocabulary import stem


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ration", "ration"),
        ("rationed", "ration"),
        ("statements", "stat"),
        ("mention", "mention"),
        ("basically", "bas"),
        ("running", "run"),
        ("agreed", "agre"),
        ("stories", "stori"),
        ("stormies", "storm"),
        ("worries", "worri"),
        ("berry", "berry"),
        ("cherry", "cher"),
        ("adds", "ad"),
        ("falls", "fal"),
        ("less", "les"),
        ("bee", "bee"),
        ("x-rays", "x-rays"),
        ("considerations", "consider"),
        ("unquestioned", "unquesti"),
        ("twenty", "20"),
        ("2nds", "2nds"),
    ],
)
def test_a_stem_is_a_word_without_its_longest_ending(word: str, expected: str) -> None:
    assert stem(word) == expected
