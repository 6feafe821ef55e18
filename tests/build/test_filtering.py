"""`evaluate.keep` decides what a run exports, and can be changed when everything is grown."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, filtering, simulate_run
from dialoom.build.what_if import Rows, what_if
from dialoom.chat import ChatRequest
from dialoom.cli.threads import tree_text
from dialoom.errors import InputError, RunConflict
from dialoom.messages import Message, messages
from dialoom.quality import read_quality
from dialoom.report.comparison import compare_runs
from dialoom.scenarios.keep import keep_rule
from dialoom.store import read_manifest

MODEL = "scripted/test"
SIBLINGS = ("Yes, of course I will look.", "No.", "Let me see what I can do for you here.")


def reply(request: ChatRequest, seed: int) -> str:
    if request.purpose == "assistant":
        return SIBLINGS[seed % 3]
    return f"Where is my parcel, please? I asked {seed} times."


BASE = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null").replace(
    "{length: {min: 2}}", "{length: {min: 3, max: 9}}"
)


def scene(folder: Path, *lines: str) -> Path:
    return write_scene(folder, BASE + "".join(f"  {line}\n" for line in lines))


def simulate(file: Path, client: ScriptedClient | None = None, **options: Any) -> Run:
    options.setdefault("out", file.parent / "run")
    used = client or ScriptedClient(reply, name=MODEL)
    return asyncio.run(
        simulate_run(file, RunOptions(model=MODEL, **options), clients={MODEL: used})
    )


def silent() -> ScriptedClient:
    return ScriptedClient([], name=MODEL)


def said(run: Run) -> list[Message]:
    return [message for tree in run.trees() for message in messages(tree)]


def dropped(run: Run) -> set[str]:
    return {message.message_id for message in said(run) if "dropped" in (message.labels or {})}


def exported_text(run: Run) -> str:
    names = ("sft.jsonl", "dpo.jsonl")
    return "".join((run.directory / name).read_text(encoding="utf-8") for name in names)


def test_dropped_messages_stay_in_the_tree_and_are_in_no_row(tmp_path: Path) -> None:
    run = simulate(scene(tmp_path, "keep: [score >= 0.9]"))
    marked = dropped(run)
    assert marked
    for message in said(run):
        assert message.review_result is (message.message_id not in marked)
        assert (message.message_id in marked) == (
            message.text == "No." or message.text == SIBLINGS[2]
        )
    assert not any(message_id in exported_text(run) for message_id in marked)
    notes = {key: value for one in run.records() for key, value in one.notes.items()}
    reasons = {notes[message_id].verdicts[-1].reason for message_id in marked}
    assert reasons == {"score is 0.7, and keep asks for score >= 0.9"}


def test_the_funnel_stands_in_the_quality_file_and_the_summary(tmp_path: Path) -> None:
    run = simulate(scene(tmp_path, "keep: [score >= 0.9, without: pii]"))
    quality = read_quality(run.directory)
    assert quality is not None
    assert [step.rule for step in quality.funnel] == [
        "rejected when tagged",
        "score >= 0.9",
        "without pii",
    ]
    assert quality.funnel[1].dropped == len(dropped(run)) == run.summary.dropped
    assert quality.funnel[2].before == quality.funnel[1].before - quality.funnel[1].dropped
    assert run.summary.funnel == [step.model_dump(mode="json") for step in quality.funnel]
    assert run.summary.kept == run.summary.messages - run.summary.dropped


@pytest.mark.parametrize("named", [True, False])
def test_other_rules_filter_again_and_ask_no_model(tmp_path: Path, named: bool) -> None:
    place: dict[str, Any] = {} if named else {"out": None, "runs": tmp_path / "runs"}
    first = simulate(scene(tmp_path, "keep: [score >= 0.9]"), **place)
    second = simulate(scene(tmp_path, "keep: [score >= 0.1]"), silent(), **place)
    assert second.directory == first.directory
    assert not dropped(second)
    third = simulate(scene(tmp_path), silent(), **place)
    assert len(exported_text(third)) > 0
    again = simulate(scene(tmp_path, "keep: [score top 100%, score >= 0.9]"), silent(), **place)
    assert len(dropped(again)) > 0
    assert read_manifest(again.directory).filter == {"keep": ["score top 100%", "score >= 0.9"]}


def test_a_run_filtered_again_equals_one_filtered_at_once(tmp_path: Path) -> None:
    simulate(scene(tmp_path, "keep: [score >= 0.1]"))
    again = simulate(scene(tmp_path, "keep: [score top 50%]"), silent())
    fresh = simulate(scene(tmp_path, "keep: [score top 50%]"), out=tmp_path / "fresh")
    assert exported_text(again) == exported_text(fresh)
    assert dropped(again) == dropped(fresh)
    names = ("quality.json", "sft.jsonl", "dpo.jsonl")
    for name in names:
        assert (again.directory / name).read_bytes() == (fresh.directory / name).read_bytes()


def test_a_change_that_trees_grow_from_is_still_refused(tmp_path: Path) -> None:
    simulate(scene(tmp_path, "keep: [score >= 0.9]"))
    changed = write_scene(tmp_path, BASE.replace("late.", "very late.") + "  keep: []\n")
    with pytest.raises(RunConflict, match="scenario_sha256"):
        simulate(changed)


def test_dropping_more_than_half_is_a_notice(tmp_path: Path) -> None:
    run = simulate(scene(tmp_path, "keep: [any: score bottom 1%, any: score < 0.1]"))
    assert any("messages that tagging left are dropped" in notice for notice in run.summary.notices)
    quality = read_quality(run.directory)
    assert quality is not None
    assert any("messages that tagging left are dropped" in warning for warning in quality.warnings)


@pytest.mark.parametrize(
    ("rule", "all_are_looked_at"), [("score >= 0.1", False), ("without: pii, duplicate", True)]
)
def test_all_messages_are_held_against_each_other_where_a_rule_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, all_are_looked_at: bool
) -> None:
    monkeypatch.setattr(filtering, "LOOKED_AT", 2)
    run = simulate(scene(tmp_path, f'keep: ["{rule}"]'))
    quality = read_quality(run.directory)
    assert quality is not None
    assert quality.duplicates is not None
    assert (quality.duplicates.messages == len(said(run))) == all_are_looked_at


def test_contaminated_messages_are_dropped_with_words_and_file(tmp_path: Path) -> None:
    (tmp_path / "bench.jsonl").write_text(json.dumps({"q": SIBLINGS[2]}), encoding="utf-8")
    run = simulate(scene(tmp_path, "decontaminate: {against: [bench.jsonl], ngram: 6}"))
    quality = read_quality(run.directory)
    assert quality is not None
    assert quality.contaminated == {"bench.jsonl": len(dropped(run))}
    assert {message.text for message in said(run) if message.message_id in dropped(run)} == {
        SIBLINGS[2]
    }


def test_other_words_in_the_file_filter_again(tmp_path: Path) -> None:
    file = tmp_path / "bench.txt"
    file.write_text("nothing that anybody would ever say here", encoding="utf-8")
    line = "decontaminate: {against: [bench.txt], ngram: 6}"
    assert not dropped(simulate(scene(tmp_path, line)))
    file.write_text(SIBLINGS[2], encoding="utf-8")
    assert dropped(simulate(scene(tmp_path, line), silent()))


def test_every_fault_of_the_rules_is_named_with_its_line(tmp_path: Path) -> None:
    file = scene(tmp_path, "keep: [qualty >= 0.5, score above 3]")
    with pytest.raises(InputError) as caught:
        simulate(file)
    assert [fault.line for fault in caught.value.faults] == [14]
    assert "evaluate.keep[1]: no rule; write a rule like" in str(caught.value)


def test_unknown_labels_and_missing_files_are_named_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "bench.txt").write_text("x", encoding="utf-8")
    file = scene(
        tmp_path, "keep: [qualty >= 0.5]", "decontaminate: {against: [bench.txt, bank.txt]}"
    )
    with pytest.raises(InputError) as caught:
        simulate(file)
    first, second = caught.value.faults
    assert str(first).endswith(
        "scene.yaml:14: evaluate.keep[0]: nothing gives a label 'qualty'; did you mean 'quality'?"
    )
    assert second.where == "evaluate.decontaminate.against[1]"
    assert second.line == 15
    assert "no such file" in second.message


def test_repeats_are_counted_and_can_be_dropped(tmp_path: Path) -> None:
    counted = simulate(scene(tmp_path))
    quality = read_quality(counted.directory)
    assert quality is not None
    assert quality.duplicates is not None
    assert quality.duplicates.exact > 0
    assert set(quality.diversity) == {"all", "assistant", "prompter"}
    run = simulate(scene(tmp_path, "keep: [without: duplicate]"), silent())
    assert len(dropped(run)) == quality.duplicates.exact + quality.duplicates.near


def test_a_preview_of_a_run_puts_rules_in_place_of_its_own(tmp_path: Path) -> None:
    run = simulate(scene(tmp_path, "keep: [score >= 0.9]"))
    counts = {name: one.rows for name, one in run.summary.exports.items()}
    files = {file.name: file.read_bytes() for file in run.directory.glob("*.json*")}
    same = what_if(run.directory, [keep_rule("score >= 0.9")])
    assert same.rows == {name: Rows(counts[name], counts[name]) for name in ("sft", "dpo")}
    more = what_if(run.directory, [keep_rule("score >= 0.1")])
    assert more.rows["dpo"].after > more.rows["dpo"].before == counts["dpo"]
    assert {file.name: file.read_bytes() for file in run.directory.glob("*.json*")} == files


def test_a_preview_goes_on_without_the_scenario(tmp_path: Path) -> None:
    file = scene(tmp_path, "keep: [score >= 0.9]")
    run = simulate(file)
    file.unlink()
    assert set(what_if(run.directory, [keep_rule("score >= 0.1")]).rows) == {"sft", "dpo"}


def test_show_calls_a_dropped_message_dropped_and_says_why(tmp_path: Path) -> None:
    run = simulate(scene(tmp_path, "keep: [score >= 0.9]"))
    record = next(iter(run.records()))
    shown = tree_text(record, reasons=True, width=200).plain
    assert "dropped · scripted/test" in shown
    assert "keep: dropped 1.00: score is 0.7, and keep asks for score >= 0.9" in shown
    assert "rejected" not in shown


def test_comparing_runs_names_other_rules(tmp_path: Path) -> None:
    one = simulate(scene(tmp_path, "keep: [score >= 0.9]"), out=tmp_path / "one")
    two = simulate(scene(tmp_path, "keep: [score >= 0.5]"), out=tmp_path / "two")
    found = compare_runs(one.directory, two.directory)
    assert any("filter.keep" in difference for difference in found.settings)
    assert not any("scenario_sha256" in difference for difference in found.settings)
