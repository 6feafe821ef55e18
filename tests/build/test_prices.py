from pathlib import Path

import pytest

from dialoom.build.prices import read_prices
from dialoom.errors import InputError


def test_the_shipped_table_is_dated_and_each_price_is_of_a_hosted_model() -> None:
    prices = read_prices()
    assert prices.checked is not None
    assert len(prices.models) >= 5
    assert all(price.out >= price.in_ > 0 for price in prices.models.values())


def test_cached_tokens_have_a_price_of_their_own() -> None:
    price = read_prices().demand("openai/gpt-4o-mini")
    assert price.usd(prompt=1e6, completion=0) == pytest.approx(0.15)
    assert price.usd(prompt=1e6, completion=0, cached=1e6) == pytest.approx(0.075)
    assert price.usd(prompt=0, completion=1e6) == pytest.approx(0.60)


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    prices = read_prices()
    assert prices.of("openai/gpt-4o-2024-08-06") == prices.of("openai/gpt-4o")


def test_models_on_the_own_machine_cost_nothing_and_others_are_not_guessed() -> None:
    prices = read_prices()
    for name in ("embedded/smollm2-135m", "gguf/some.gguf", "ollama/llama3.2"):
        assert prices.demand(name).usd(prompt=1e9, completion=1e9) == 0
    assert prices.of("openai/served-by-my-own-machine") is None


def test_a_file_goes_over_the_shipped_table(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "models:\n  openai/gpt-4o: {in: 1, out: 2}\n  ollama/big: {in: 3, out: 4}\n",
        encoding="utf-8",
    )
    prices = read_prices(file)
    assert prices.demand("openai/gpt-4o").usd(prompt=1e6, completion=1e6, cached=1e6) == 3
    assert prices.demand("ollama/big").usd(prompt=1e6, completion=0) == 3
    assert prices.of("openai/gpt-4o-mini") == read_prices().of("openai/gpt-4o-mini")


def test_a_table_with_a_fault_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("models:\n  openai/m: {in: 1, output: 2}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.yaml:2: .*did you mean 'out'"):
        read_prices(file)
