import gzip
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_hub import fake_hub
from typer.testing import CliRunner

from dialoom.cli import main
from dialoom.errors import ExportError, InputError, MissingExtra
from dialoom.hub.folder import export_hub
from dialoom.hub.push import push, pushing_of
from dialoom.hub.secrets import secrets_in

REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"
TOKEN = "hf_" + "a1B2" * 9
SECRETS = [
    (TOKEN, "a Hugging Face token"),
    ("sk-" + "proj-" + "x" * 30, "an API key"),
    ("ghp_" + "A" * 36, "a GitHub token"),
    ("AKIA" + "B" * 16, "an AWS key"),
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    ("http://ada:hunter2" + "@example.org/v1", "a password in a URL"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hub") / "talks"
    export_hub(REAL, out)
    return out


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A small folder of its own, to be spoilt."""
    (tmp_path / "sft").mkdir()
    card = "---\nlicense: mit\nconfigs:\n- config_name: sft\n  data_files:\n"
    card += "  - {split: train, path: sft/train.jsonl}\n---\n# Talks\n"
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    (tmp_path / "sft" / "train.jsonl").write_text('{"text": "plain"}\n', encoding="utf-8")
    return tmp_path


def is_private(made: dict[str, Any]) -> bool:
    """Return what a request asks for, as huggingface_hub 1 or 2 writes it."""
    return bool(made.get("private")) or made.get("visibility") == "private"


def test_every_file_goes_up_in_one_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    (folder / ".cache").mkdir(exist_ok=True)
    (folder / ".cache" / "left").write_text("no", encoding="utf-8")

    with fake_hub() as hub:
        url = push(pushing_of(folder, "me/talks"), message="First talks", endpoint=hub.url)

    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")
             if p.is_file() and ".cache" not in p.parts}  # fmt: skip
    assert hub.files == files
    assert {"README.md", "croissant.json", "dpo/train.jsonl"} < set(files)
    assert hub.messages == ["First talks"]
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert [(made["type"], is_private(made)) for made in hub.made] == [("dataset", True)]
    assert url.endswith("/datasets/me/talks")


def test_a_public_repository_is_asked_for(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    with fake_hub() as hub:
        push(pushing_of(copy, "me/talks", private=False), endpoint=hub.url)

    assert is_private(hub.made[0]) is False


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_one_sentence(
    copy: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    with fake_hub() as hub:
        hub.refuses = status
        with pytest.raises(ExportError, match="me/talks: the Hub refuses: ") as caught:
            push(pushing_of(copy, "me/talks"), endpoint=hub.url)

    assert len(str(caught.value).splitlines()) == 1
    assert ("HF_TOKEN" in str(caught.value)) == (status == 401)


def test_a_hub_that_is_not_there_is_said(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    with pytest.raises(ExportError, match=r"127.0.0.1:9 can't be reached"):
        push(pushing_of(copy, "me/talks"), endpoint="http://127.0.0.1:9")


def test_without_huggingface_hub_the_extra_is_named(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(MissingExtra, match=r"pip install 'dialoom\[hub\]'"):
        push(pushing_of(copy, "me/talks"))


@pytest.mark.parametrize(("secret", "kind"), SECRETS)
def test_what_looks_like_a_secret_is_refused(copy: Path, secret: str, kind: str) -> None:
    file = copy / "sft" / "train.jsonl"
    file.write_text(f'{{"text": "plain"}}\n{{"text": "{secret}"}}\n', encoding="utf-8")

    with pytest.raises(InputError) as caught:
        pushing_of(copy, "me/talks")

    said = str(caught.value)
    assert f"{file}:2: looks like {kind}: " in said
    assert secret not in said
    assert "--ignore-secrets uploads them all the same" in said
    assert pushing_of(copy, "me/talks", ignore_secrets=True).files["sft/train.jsonl"]


def test_packed_files_are_searched_too(tmp_path: Path) -> None:
    file = tmp_path / "trees.jsonl.gz"
    file.write_bytes(gzip.compress(f"one\n{TOKEN}\n".encode()))

    assert [(one.line, one.kind) for one in secrets_in(file)] == [(2, "a Hugging Face token")]


def test_a_card_with_a_secret_is_refused(copy: Path) -> None:
    with (copy / "README.md").open("a", encoding="utf-8") as card:
        card.write(f"\nexport HF_TOKEN={TOKEN}\n")

    with pytest.raises(InputError, match=r"README.md:10: looks like a Hugging Face token"):
        pushing_of(copy, "me/talks")


def test_real_conversations_hold_no_secret(folder: Path) -> None:
    assert pushing_of(folder, "me/talks").files["README.md"]


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (None, "a data set needs a card; dialoom export RUN --as hub --out DIR writes one"),
        ("# Talks\n", "the card names no data: its YAML needs configs"),
        ("---\nlicense: mit\n---\n", "the card names no data"),
        ("---\nlicense: [\n---\n", "the card's YAML can't be read"),
        (
            "---\nconfigs:\n- data_files: [{split: train, path: sft/gone.jsonl}]\n---\n",
            "the card names sft/gone.jsonl, which is not there",
        ),
    ],
)
def test_a_card_that_does_not_fit_is_refused(copy: Path, card: str | None, message: str) -> None:
    (copy / "README.md").unlink()
    if card is not None:
        (copy / "README.md").write_text(card, encoding="utf-8")

    with pytest.raises(InputError, match=message):
        pushing_of(copy, "me/talks")


@pytest.mark.parametrize("repo", ["", "me/", "me/talks/more", "../talks", "me/a b", "-x/y"])
def test_a_name_that_no_repository_can_have_is_refused(copy: Path, repo: str) -> None:
    with pytest.raises(InputError, match="write OWNER/NAME"):
        pushing_of(copy, repo)


def test_a_dry_run_lists_the_files_and_reaches_no_server(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    said = CliRunner().invoke(main.dialoom, ["push", str(copy), "me/talks", "--dry-run"])

    assert said.exit_code == 0
    assert [line.split() for line in said.stdout.splitlines()] == [
        [f"{os.path.getsize(copy / name):,}", name] for name in ("README.md", "sft/train.jsonl")
    ]
    assert said.stderr.endswith("would go to me/talks (private if it is new)\n")


def test_a_missing_card_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    said = CliRunner().invoke(main.dialoom, ["push", str(tmp_path), "me/talks"])

    assert said.exit_code == 2
    assert said.stderr.startswith("error: ")
    assert len(said.stderr.splitlines()) == 1
