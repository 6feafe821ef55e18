import asyncio
from pathlib import Path
from typing import Any

import pytest
from scenes import NO_CRITIC, write_scene
from simulated import MODEL, reply_only

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import simulate_run
from dialoom.build.budget import Budget
from dialoom.build.options import RunOptions
from dialoom.build.resuming import begun
from dialoom.errors import RunConflict
from dialoom.store import read_manifest


def begin(folder: Path, **options: Any) -> Path:
    """Begin a run and return its directory."""
    scene, model = write_scene(folder, NO_CRITIC), ScriptedClient(reply_only, name=MODEL)
    asked = RunOptions(model=MODEL, out=folder / "run", **options)
    return asyncio.run(simulate_run(scene, asked, clients={MODEL: model})).directory


def gone_on(run: Path, *given: str, **options: Any) -> RunOptions:
    """Return the options with which a run goes on by its directory."""
    return begun(RunOptions(out=run, **options), given=given)[1]


def test_a_run_goes_on_with_the_limits_servers_cache_and_budget_it_had(tmp_path: Path) -> None:
    client = ClientOptions(
        base_url="http://one/v1",
        other_urls=("http://two/v1", "http://three/v1"),
        timeout=30.0,
        context=4096,
        rpm=6000,
        tpm=900_000,
        in_flight=2,
    )
    cache, prices, budget = tmp_path / "cache", tmp_path / "prices.yaml", Budget(tokens=2e6)
    prices.write_text("models: {scripted/test: {in: 0, out: 0}}", encoding="utf-8")
    asked = {"cache": cache, "prices": prices, "budget": budget, "concurrency": 3}
    run = begin(tmp_path, client=client, **asked)
    again = gone_on(run)
    assert again.client == client
    assert {name: getattr(again, name) for name in asked} == asked


def test_what_is_said_goes_before_what_the_run_was_begun_with(tmp_path: Path) -> None:
    begun_with = ClientOptions(base_url="http://one/v1", other_urls=("http://two/v1",), rpm=60)
    budget = Budget(usd=1.0, tokens=2e6)
    run = begin(tmp_path, client=begun_with, cache=tmp_path / "cache", budget=budget)
    asked = ClientOptions(base_url="http://four/v1", rpm=90)
    again = gone_on(run, "cache", client=asked, budget=Budget(tokens=5e6))
    assert (again.client, again.cache, again.budget) == (asked, "run", Budget(tokens=5e6))


def test_other_limits_are_no_other_run_and_count_from_then_on(tmp_path: Path) -> None:
    run = begin(tmp_path, client=ClientOptions(rpm=60), sample=2)
    begin(tmp_path, client=ClientOptions(in_flight=4), sample=2)
    assert gone_on(run).client == ClientOptions(in_flight=4)


def test_a_run_without_settings_goes_on_as_by_default(tmp_path: Path) -> None:
    run = begin(tmp_path)
    assert read_manifest(run).settings == {}
    again = gone_on(run)
    plain = RunOptions()
    assert (again.client, again.cache, again.budget) == (plain.client, plain.cache, plain.budget)


def test_a_cache_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    run = begin(project, cache=Path("answers"))
    monkeypatch.chdir(tmp_path)
    assert gone_on(run).cache == project / "answers"


def test_a_cache_that_is_gone_is_said_and_not_made_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run = begin(tmp_path, cache=cache)
    cache.rename(tmp_path / "elsewhere")
    with pytest.raises(RunConflict, match="kept calls that the run used is gone; name it with"):
        gone_on(run)
    assert gone_on(run, "cache").cache == "run"


def test_no_key_and_no_password_is_kept(tmp_path: Path) -> None:
    urls = ("https://ada:secret1@one/v1?key=secret2", "https://ada:secret3@two/v1?key=secret4")
    client = ClientOptions(base_url=urls[0], other_urls=urls[1:], api_key="secret5")
    run = begin(tmp_path, client=client)
    assert "secret" not in (run / "manifest.json").read_text("utf-8")
    assert gone_on(run).client.other_urls == ("https://two/v1",)
