import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.scenarios.library import LoadedScenario
from dialoom.scenarios.variables import assignment, opener, tree_count

pytest_plugins = ["projects"]

Load = Callable[..., LoadedScenario]
Faults = Callable[..., list[str]]

MANY = """
variables:
  rows: {file: orders.csv}
  order_id: {pattern: "[A-Z]{2}[0-9]{6}"}
  mood: {weighted: {calm: 3, furious: 1}}
  days: [2, 5, 12]
  price: {range: [0.5, 9.5, 0.5]}
  label: "{{ order_id }}-{{ item }}"
"""


@pytest.fixture
def orders(project: Load) -> None:
    text = "item,weight\n" + "".join(f"thing{i},{i}\n" for i in range(7))
    Path("scenarios/orders.csv").write_text(text, encoding="utf-8")


def test_an_assignment_depends_on_nothing_but_its_arguments(project: Load, orders: None) -> None:
    loaded, again = project(MANY), project(MANY)
    numbers = list(range(60))
    in_order = {number: assignment(loaded, number, 7) for number in numbers}
    random.Random(1).shuffle(numbers)

    assert {number: assignment(again, number, 7) for number in numbers} == in_order
    assert all(list(values) == list(in_order[0]) for values in in_order.values())


def test_another_seed_gives_other_values(project: Load, orders: None) -> None:
    loaded = project(MANY)

    first, second = ([assignment(loaded, n, seed) for n in range(9)] for seed in (1, 2))

    assert all(a["order_id"] != b["order_id"] for a, b in zip(first, second, strict=True))
    assert [a["item"] for a in first] != [b["item"] for b in second]


def test_adding_a_variable_leaves_the_others_as_they_were(project: Load, orders: None) -> None:
    before = [assignment(project(MANY), number, 0) for number in range(9)]
    grown = project(MANY.replace("  days:", "  new: [1, 2, 3]\n  days:"))
    after = [assignment(grown, number, 0) for number in range(9)]

    assert [{k: v for k, v in values.items() if k != "new"} for values in after] == before


def test_variables_come_in_the_files_order_and_may_refer_to_later_ones(project: Load) -> None:
    loaded = project(
        "variables: {a: '{{ b }}!', b: '{{ c.x }}?', c: [{x: 1, y: '{{ d }}'}], d: z}\n"
    )

    values = assignment(loaded, 0, 0)

    assert values == {"a": "1?!", "b": "1?", "c": {"x": 1, "y": "z"}, "d": "z"}
    assert list(values) == ["a", "b", "c", "d"]


def test_lists_rows_and_openers_are_used_up_before_any_comes_again(
    project: Load, orders: None
) -> None:
    loaded = project(MANY + "openers: [one, two, three, four]\n")
    values = [assignment(loaded, number, 3) for number in range(21)]

    for start in range(0, 21, 7):
        assert {v["item"] for v in values[start : start + 7]} == {f"thing{i}" for i in range(7)}
    for start in range(0, 21, 3):
        assert {v["days"] for v in values[start : start + 3]} == {2, 5, 12}
    said = [str(opener(loaded, number, 3, values[number])) for number in range(8)]
    assert sorted(said[:4]) == sorted(said[4:]) == ["four", "one", "three", "two"]


def test_the_columns_of_a_row_stay_together(project: Load, orders: None) -> None:
    loaded = project(MANY)

    for number in range(20):
        values = assignment(loaded, number, 0)
        assert values["item"] == f"thing{values['weight']}"


def test_every_goes_through_all_combinations_the_last_fastest(project: Load, orders: None) -> None:
    loaded = project(
        """
        variables: {a: [x, y], rows: {file: orders.csv}, b: {range: [1, 3]}, c: "{{ a }}{{ b }}"}
        sample: {mode: every}
        """
    )
    values = [assignment(loaded, number, 0) for number in range(tree_count(loaded))]

    assert len(values) == 2 * 7 * 3 == len({str(value) for value in values})
    assert [v["c"] for v in values[:7]] == ["x1", "x2", "x3", "y1", "y2", "y3", "x1"]
    assert [v["item"] for v in values[:7]] == ["thing0"] * 6 + ["thing1"]
    assert assignment(loaded, len(values), 0) == values[0]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 5),
        ("sample: 12\n", 12),
        ("sample: {count: 3, mode: every}\nvariables: {a: [1, 2]}\n", 3),
        ("sample: {mode: every}\nvariables: {a: [1, 2], b: [1, 2, 3]}\n", 6),
        ("sample: {mode: every}\n", 1),
        ("sample: {mode: seeded}\n", 5),
    ],
)
def test_the_count_of_trees_is_what_the_scenario_says(project: Load, text: str, count: int) -> None:
    loaded = project(text)

    assert tree_count(loaded) == count
    assert tree_count(loaded, 99) == 99


def test_more_trees_than_a_run_takes_are_refused_with_the_most_it_takes(project: Load) -> None:
    loaded = project("")
    assert tree_count(loaded, 1_000_000) == 1_000_000
    with pytest.raises(InputError, match=r"100,000,000 dialogues .* at most 1,000,000 each"):
        tree_count(loaded, 100_000_000)


def test_without_openers_the_model_is_to_write(project: Load) -> None:
    assert opener(project(), 0, 0, {}) is None


def test_openers_of_a_file_are_taken_as_they_are(project: Load) -> None:
    Path("scenarios/said.jsonl").write_text('"What is {{ x }} in Jinja?"\n', encoding="utf-8")
    loaded = project("openers: {file: said.jsonl}\n")

    assert opener(loaded, 0, 0, {}) == "What is {{ x }} in Jinja?"
    assert "scenarios/said.jsonl" in loaded.digests


def test_data_of_a_file_are_not_templates(project: Load) -> None:
    Path("scenarios/data.csv").write_text("code\n{{ 1 + 1 }}\n", encoding="utf-8")
    loaded = project("variables: {rows: {file: data.csv}, shown: '<{{ code }}>'}\n")

    assert assignment(loaded, 0, 0) == {"code": "{{ 1 + 1 }}", "shown": "<{{ 1 + 1 }}>"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "variables: {a: '{{ b }}', b: '{{ c }}', c: '{{ a }}'}",
            "scenarios/play.yaml:5: variables.a: goes round in a circle: a → b → c → a",
        ),
        (
            "variables: {a: '{{ a }}'}",
            "scenarios/play.yaml:5: variables.a: goes round in a circle: a → a",
        ),
        (
            "variables: {a: '{{ bb }}', b: 1}",
            "scenarios/play.yaml:5: variables.a: no variable is named 'bb'; did you mean 'b'?",
        ),
        (
            "variables: {a-b: 1}",
            "scenarios/play.yaml:5: variables.a-b: 'a-b' can't be a variable: write letters, "
            "digits and `_`",
        ),
        (
            "variables: {'if': 1}",
            "scenarios/play.yaml:5: variables.if: 'if' means something else in templates",
        ),
        (
            "variables: {1: a}",
            "scenarios/play.yaml:5: variables[1]: a name must be text: put 1 in quotes",
        ),
        (
            "variables: {w: {weighted: {'{{ x }}': 1}}}",
            "scenarios/play.yaml:5: variables.w.weighted.{{ x }}: no variable is named 'x'; "
            "there is w",
        ),
        (
            "variables: {rows: {fil: a.csv}}",
            "scenarios/play.yaml:5: variables.rows.fil: there is no key 'fil'; did you mean "
            "'file'?",
        ),
        (
            "variables: {rows: {file: order.csv}}",
            "scenarios/play.yaml:5: variables.rows.file: scenarios/order.csv: no such file; "
            "did you mean 'orders.csv'?",
        ),
        (
            "variables: {rows: {file: orders.csv}, item: 3}",
            "scenarios/play.yaml:5: variables.item: the column 'item' of scenarios/orders.csv "
            "has the same name",
        ),
        (
            "variables: {rows: {file: odd.csv}}",
            "scenarios/play.yaml:5: variables.rows.file: column 'two words' can't be a variable: "
            "write letters, digits and `_`",
        ),
        (
            "openers: []",
            "scenarios/play.yaml:5: openers: the list is empty; leave it out",
        ),
        (
            "openers: {file: orders.csv}",
            "scenarios/play.yaml:5: openers.file: scenarios/orders.csv has no column 'text'; "
            "it has item, weight",
        ),
        (
            "openers: ['Hello {{ nobody }}']",
            "scenarios/play.yaml:5: openers[0]: no variable is named 'nobody'; there is none",
        ),
        (
            "sample: {mode: every}\nvariables: {a: {pattern: x}, b: {range: [0.5, 1]}}",
            "scenarios/play.yaml:6: variables.a: `every` can't go through endless values; give a "
            "list, or a range with a step",
        ),
        (
            "sample: {mode: every}\nvariables: {a: {range: [1, 2000]}, b: {range: [1, 2000]}}",
            "scenarios/play.yaml:5: sample: there are 4,000,000 combinations; say how many trees "
            "with `count`",
        ),
        (
            "variables: {a: '{{ b + 1 }}', b: text}",
            "scenarios/play.yaml:5: variables.a: can't be filled in: can only concatenate str "
            '(not "int") to str',
        ),
    ],
)
def test_faulty_variables_are_named(faults_of: Faults, orders: None, text: str, fault: str) -> None:
    Path("scenarios/odd.csv").write_text("two words\n1\n", encoding="utf-8")

    assert fault in faults_of(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "variables: {rows: {file: order.csv}}\nsetting: '{{ item }}'",
            "scenarios/play.yaml:5: variables.rows.file: scenarios/order.csv: no such file; "
            "did you mean 'orders.csv'?",
        ),
        (
            "variables: {size: {range: [5, 1]}}\nsetting: '{{ size }}'",
            "scenarios/play.yaml:5: variables.size.range: low 5 is above high 1",
        ),
        (
            "variables: [size]\nsetting: '{{ size }}'",
            "scenarios/play.yaml:5: variables: write `key: value` pairs; it is a list",
        ),
        (
            "variables: {rows: {file: orders.csv}}\nsetting: '{{ item.x }}'",
            "scenarios/play.yaml:6: setting: 'thing6' has no 'x'",
        ),
    ],
)
def test_a_fault_of_variables_is_told_once_and_not_where_they_are_used(
    faults_of: Faults, orders: None, text: str, fault: str
) -> None:
    assert faults_of(text) == [fault]


def test_a_list_is_asked_for_by_that_name(faults_of: Faults) -> None:
    assert faults_of("stop: farewell") == [
        "scenarios/play.yaml:5: stop: must be a list, like [a, b]; it is 'farewell'"
    ]
