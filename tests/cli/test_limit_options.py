from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import NO_CRITIC, write_scene
from timed_client import ANSWER, Sent, TimedClient
from typer.testing import CliRunner
from virtual_time import run_virtually

from dialoom.agents.clients.base import ClientOptions
from dialoom.chat import Completion
from dialoom.cli.main import simulate
from dialoom.store import read_manifest

Simulate = Callable[..., list[TimedClient]]


def reply(sent: Sent) -> Completion:
    return ANSWER


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Simulate:
    """Return a function that runs the command on a virtual clock and returns who was asked."""
    clients: list[TimedClient] = []

    def make(name: str, options: ClientOptions) -> TimedClient:
        clients.append(TimedClient(reply))
        return clients[-1]

    def run(*line: str) -> list[TimedClient]:
        clients.clear()
        done = CliRunner().invoke(simulate, [*line, "--quiet"])
        assert done.exit_code in (0, 1), done.output
        return list(clients)

    monkeypatch.setattr("dialoom.build.models.make_client", make)
    monkeypatch.setattr("dialoom.cli.run.run_async", run_virtually)
    return run


@pytest.fixture
def servers(tmp_path: Path, asked: Simulate) -> Simulate:
    """Return a function that begins a run with options and returns who was asked."""
    scene = write_scene(tmp_path, NO_CRITIC.replace("sample: 4", "sample: 30"))

    def run(*options: str) -> list[TimedClient]:
        out = str(tmp_path / "-".join(["run", *options]).replace("/", "_"))
        return asked(str(scene), "--model", "openai/m", "--out", out, *options)

    return run


def last_at(client: TimedClient) -> float:
    return max(sent.at for sent in client.sent)


def test_in_flight_bounds_the_requests_at_a_time(servers: Simulate) -> None:
    (usual,) = servers()
    (narrow,) = servers("--in-flight", "3")
    (wide,) = servers("--in-flight", "25")
    assert (usual.most_running, narrow.most_running, wide.most_running) == (16, 3, 25)


def test_rpm_bounds_the_requests_of_a_minute(servers: Simulate) -> None:
    (free,) = servers()
    (slow,) = servers("--rpm", "30")
    assert len(slow.sent) == len(free.sent)
    assert last_at(free) < 30
    assert last_at(slow) > 60 * (len(slow.sent) / 30 - 1)


def test_tpm_bounds_the_tokens_of_a_minute(servers: Simulate) -> None:
    (slow,) = servers("--tpm", "3000")
    assert last_at(slow) > 60 * (sum(sent.tokens for sent in slow.sent) / 3000 - 1)


def test_several_base_urls_share_the_work(servers: Simulate) -> None:
    urls = [option for port in (1, 2, 3) for option in ("--base-url", f"http://h:{port}/v1")]
    clients = servers(*urls, "--in-flight", "2")
    assert [client.most_running for client in clients] == [2, 2, 2]


def test_limits_and_servers_hold_for_a_run_that_goes_on_by_its_directory(
    servers: Simulate, asked: Simulate, tmp_path: Path
) -> None:
    urls = ("--base-url", "http://h:1/v1", "--base-url", "http://h:2/v1")
    servers(*urls, "--in-flight", "2", "--budget", "tokens=1")
    (run,) = tmp_path.glob("run*")
    clients = asked("--out", str(run), "--budget", "tokens=9M")
    assert [client.most_running for client in clients] == [2, 2]


def test_an_option_that_is_said_counts_where_it_is_the_default_too(
    servers: Simulate, asked: Simulate, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    servers("--cache", str(cache), "--timeout", "9", "--budget", "tokens=1")
    (run,) = tmp_path.glob("run*")
    asked("--out", str(run), "--cache", "run", "--timeout", "120")
    assert read_manifest(run).settings == {"budget": {"tokens": 1.0}}
