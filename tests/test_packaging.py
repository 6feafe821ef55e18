import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("agents", "personas", "scenarios", "evaluators", "exporters")


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    command = ["uv", "build", "--wheel", "--out-dir", str(out), str(ROOT)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    except FileNotFoundError:
        pytest.skip("uv is not installed")
    (file,) = out.glob("*.whl")
    return zipfile.ZipFile(file)


def package_folders() -> set[str]:
    """Return every folder that holds Python modules, as the package it is imported by."""
    found = set()
    for top in ("dialoom", *FOLDERS):
        for file in (ROOT / top).rglob("*.py"):
            package = ".".join(file.parent.relative_to(ROOT).parts)
            found.add(package if top == "dialoom" else f"dialoom.{package}")
    return found


def test_every_sub_package_is_listed(settings: dict[str, Any]) -> None:
    assert set(settings["tool"]["setuptools"]["packages"]) == package_folders()


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_top_level_folder_is_mapped_and_linked_for_type_checkers(
    folder: str, settings: dict[str, Any]
) -> None:
    assert settings["tool"]["setuptools"]["package-dir"][f"dialoom.{folder}"] == folder
    assert (ROOT / "dialoom" / folder).readlink() == Path("..") / folder


def test_the_wheel_installs_nothing_but_dialoom_at_the_top(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"dialoom"}


def test_every_module_and_data_file_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "dialoom", *FOLDERS], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    expected = {
        name if name.startswith("dialoom/") else f"dialoom/{name}"
        for name in tracked
        if not (ROOT / name).is_symlink() and (ROOT / name).exists()
    }
    assert expected - inside == set()
    assert any(name.endswith("support.yaml") for name in inside)


def test_every_entry_point_leads_to_something(settings: dict[str, Any]) -> None:
    code = (
        "from importlib.metadata import entry_points\n"
        "for g in ('clients', 'heuristics', 'scorers', 'exporters', 'turns'):\n"
        "    points = entry_points(group=f'dialoom.{g}')\n"
        "    assert points, g\n"
        "    [point.load() for point in points]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    groups = settings["project"]["entry-points"]
    assert set(groups) == {
        "dialoom.clients",
        "dialoom.heuristics",
        "dialoom.scorers",
        "dialoom.exporters",
        "dialoom.turns",
    }


def test_no_committed_file_names_a_package_registry() -> None:
    hits = subprocess.run(
        ["git", "grep", "-lE", r"https?://[^ ]*(pypi|pythonhosted|npmjs)", "--", ":!tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert hits == []


def test_a_run_does_not_import_what_only_other_back_ends_need() -> None:
    command = "import dialoom.build, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], check=True, capture_output=True, text=True, timeout=60
    )
    assert not {"openai", "ollama", "aiohttp", "xllamacpp", "pygal"} & set(done.stdout.split())
