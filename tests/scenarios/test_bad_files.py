import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from dialoom.errors import Fault, InputError
from dialoom.scenarios.library import LoadedScenario, load_scenario, shipped_scenarios

pytest_plugins = ["projects"]

Load = Callable[..., LoadedScenario]

ALIASES = "\n".join(
    f"{name}: &{name} [{', '.join(['x' if i == 0 else '*' + 'abcdefgh'[i - 1]] * 9)}]"
    for i, name in enumerate("abcdefgh")
)
NUL = "not YAML: unacceptable character #x0000: special characters are not allowed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": the file is empty"),
        (b"# only a comment\n", ": the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", ": not UTF-8 text (byte 0)"),
        (b"name: \xff", ": not UTF-8 text (byte 6)"),
        (b"name: a\x00b", f": {NUL}"),
        (b"- a\n- b\n", ":1: write `key: value` pairs; it is a list"),
        (b"just words\n", ":1: write `key: value` pairs; it is 'just words'"),
        (b"a: [1, 2\n", ":2: not YAML: expected ',' or ']', but got '<stream end>'"),
        (b"a:\n\t- b\n", ":2: not YAML: found character '\\t' that cannot start any token"),
        (b"a: 1\n---\nb: 2\n", ":2: not YAML: but found another document"),
        (b"a: *nothing\n", ":1: not YAML: found undefined alias 'nothing'"),
        (b"a: 1\nb: 2\na: 3\n", ":3: 'a' is given twice"),
        (b"? [a]\n: b\n", ":1: a key must be a plain value"),
        (
            b"a: !!python/object/apply:os.system [ls]\n",
            ":1: the tag '!!python/object/apply:os.system' is not allowed",
        ),
        (b"a: !!python/name:os.system x\n", ":1: the tag '!!python/name:os.system' is not allowed"),
        (b"a: !!set {b, c}\n", ":1: the tag '!!set' is not allowed"),
        (b"a: !own 3\n", ":1: the tag '!own' is not allowed"),
        (
            b"a: {{ b }}\n",
            ":1: put text that begins with `{{` in quotes: YAML takes a bare `{` for a mapping",
        ),
        (b"<<: {a: 1}\n", ":1: merge keys (`<<`) are not allowed"),
        (b"a: &a [*a]\n", ":1: nested too deeply"),
        (b"[" * 100_000, ": nested too deeply"),
        (b"a: " + b"[" * 70 + b"]" * 70, ":1: nested too deeply"),
        (ALIASES.encode(), ":1: its aliases expand too far"),
        (
            b"a: " + b"9" * 5000,
            ":1: not a value: Exceeds the limit (4300 digits) for integer string conversion",
        ),
    ],
)
def test_a_file_that_is_no_plain_data_is_refused(
    project: Load, content: bytes, message: str
) -> None:
    Path("bad.yaml").write_bytes(content)
    begun = time.process_time()

    with pytest.raises(InputError) as caught:
        load_scenario("bad.yaml")

    assert str(caught.value).splitlines()[0] == f"bad.yaml{message}"
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("number", ["9" * 400, ".inf", ".nan", "-1", "one"])
def test_a_number_that_does_not_fit_is_one_short_line(
    faults: Callable[[str], list[str]], number: str
) -> None:
    (fault,) = faults(f"seed: {number}\n")

    assert fault.startswith("scenarios/play.yaml:5: seed: must be ")
    assert len(fault) < 160


@pytest.fixture
def faults(faults_of: Callable[..., list[str]]) -> Callable[[str], list[str]]:
    return faults_of


def test_a_huge_file_is_not_read(project: Load) -> None:
    with Path("huge.yaml").open("wb") as file:
        file.truncate(100_000_000)
    begun = time.process_time()

    with pytest.raises(InputError) as caught:
        load_scenario("huge.yaml")

    assert str(caught.value) == "huge.yaml: 100,000,000 bytes; at most 2,000,000 are read"
    assert time.process_time() - begun < 0.5


@pytest.fixture
def secret(project: Load) -> None:
    Path("scenarios/secret.yaml").touch(mode=0o000)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Give up root's right to read everything, where the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="permissions are kept otherwise")
@pytest.mark.usefixtures("secret", "unprivileged")
def test_a_file_without_permission_is_said() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("scenarios/secret.yaml")

    assert str(caught.value) == "scenarios/secret.yaml: permission denied"


@pytest.mark.skipif(os.name == "nt", reason="there are no endless devices")
def test_an_endless_file_is_not_read_to_its_end(project: Load) -> None:
    with pytest.raises(InputError, match="/dev/zero: not YAML"):
        load_scenario("/dev/zero")


TOKENS = [*"[]{}:'\"|>~#0\t\n\x00é", "{{", "}}", "{%", "null", "1e999", ".nan", "-1"]
TOKENS += ["&a", "*a", "!x", "__class__", "[]", "  "]


def faults_in(file: Path) -> Iterable[Fault]:
    try:
        load_scenario(file)
    except InputError as error:
        return error.faults
    return ()


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_to_a_file_gets_past_the_checks(project: Load, seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(sorted(shipped_scenarios().glob("*.yaml"))).read_text(encoding="utf-8")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text))
        cut = place + chance.choice([0, 0, 1, 20])
        text = text[:place] + chance.choice(TOKENS) + text[cut:]
    Path("damaged.yaml").write_text(text, encoding="utf-8")

    assert all(str(fault.file).endswith(".yaml") for fault in faults_in(Path("damaged.yaml")))
