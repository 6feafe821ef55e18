import pytest

from dialoom.agents.clients.sizes import named_parameters


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", 135_000_000),
        ("Qwen/Qwen2.5-0.5B-Instruct", 500_000_000),
        ("llama3.2:1b", 1_000_000_000),
        ("qwen3-30b-a3b", 30_000_000_000),
        ("gemma_3_270m_it", 270_000_000),
        ("494.03M", 494_030_000),
        ("gpt-4o", None),
        ("mixtral-8x7b", None),
        ("phi3", None),
    ],
)
def test_sizes_are_read_from_names(name: str, parameters: int | None) -> None:
    assert named_parameters(name) == parameters
