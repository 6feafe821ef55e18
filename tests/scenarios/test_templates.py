import time

import pytest

from dialoom.scenarios.templates import TemplateFault, filled, names_in, render, texts


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no braces {at all}", "no braces {at all}"),
        ("{{ name }}", "Ada"),
        ("{{ case.item|title }} of {{ case['colour'] }}", "Pan of red"),
        ("{{ price * 2 }} or {{ (price / 3)|round(2) }}", "20 or 3.33"),
        ("{{ 7 % 4 }}", "3"),
        ("{% if price > 4 %}dear{% elif price %}cheap{% else %}free{% endif %}", "dear"),
        ("{{ 'late' if price is odd else 'even' }}", "even"),
        ("{{ name ~ '!' }} {{ name[0] }}{{ name[1:] }} {{ 'A' in name }}", "Ada! Ada True"),
        ("{{ name|replace('a', 'o')|upper }}", "ADO"),
        ("keeps its last newline {{ name }}\n", "keeps its last newline Ada\n"),
        ("{% raw %}{{ as it is }}{% endraw %}{# unsaid #}", "{{ as it is }}"),
    ],
)
def test_a_template_is_filled_in(template: str, expected: str) -> None:
    variables = {"name": "Ada", "price": 10, "case": {"item": "pan", "colour": "red"}}

    assert render(template, variables) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ ''.__class__.__mro__ }}", "may not reach for '__class__'"),
        ("{{ x['__class__'] }}", "may not reach for '__class__'"),
        ("{{ x|attr('__class__') }}", "there is no filter 'attr'"),
        ("{{ _private.x._y }}", "may not reach for '_y'"),
        ("{{ range(10) }}", "may not call functions"),
        ("{{ x.format(1) }}", "may not call functions"),
        ("{% for i in x %}{{ i }}{% endfor %}", "may not loop"),
        ("{% macro m() %}{% endmacro %}", "may not use macro"),
        ("{% set y = 1 %}", "may not use assign"),
        ("{% include 'other' %}", "may not use include"),
        ("{{ 9 ** 9 ** 9 }}", "may not use `**`"),
        ("{{ x|titel }}", "there is no filter 'titel'; did you mean 'title'?"),
        ("{{ x is callable }}", "there is no test 'callable'"),
        ("{{ x", "not a template: unexpected end of template"),
        ("{% if x %}", "not a template: unexpected end of template"),
        ("{{ " + "(" * 3000 + "x", "nested too deeply"),
        ("{{ x }}" * 20_000, "longer than 50,000 characters"),
    ],
)
def test_what_templates_may_not_do_is_said(template: str, message: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        names_in(template)

    assert message in str(caught.value)


def test_a_fault_names_its_line() -> None:
    with pytest.raises(TemplateFault) as caught:
        names_in("one\ntwo\n{{ x.__class__ }}\n{{ y() }}")

    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ 'a' * 10**0 }}", "may not use `**`"),
        ("{{ 'a' * 1000000000 }}", "`*` is for numbers"),
        ("{{ '%999999999d' % 1 }}", "`%` is for numbers"),
        ("{{ 'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaa')" * 12 + " }}", "`replace` makes more"),
        ("{{ long ~ long }}", "more than 50,000 characters"),
        ("{{ 1 / 0 }}", "can't be filled in: division by zero"),
        ("{{ name + 1 }}", "can't be filled in"),
        ("{{ name.size }}", "'Ada' has no 'size'"),
        ("{{ name[9] }}", "can't be filled in: string index out of range"),
        ("{{ case.colour }}", "has no 'colour'"),
        ("{{ case.items }}", "has no 'items'"),
        ("{{ missing }}", "'missing' is undefined"),
    ],
)
def test_what_cannot_be_filled_in_is_said_at_once(template: str, message: str) -> None:
    variables = {"name": "Ada", "case": {"item": "pan"}, "long": "x" * 30_000}
    begun = time.process_time()

    with pytest.raises(TemplateFault) as caught:
        render(template, variables)

    assert message in str(caught.value)
    assert time.process_time() - begun < 1


def test_text_in_a_variable_is_not_a_template() -> None:
    assert render("{{ said }}", {"said": "{{ secret }}", "secret": 1}) == "{{ secret }}"


def test_every_text_inside_a_value_is_filled_in() -> None:
    value = {"{{ a }}": ["{{ a }}", ("x", 3)], "b": True}

    assert filled(value, {"a": 1}) == {"{{ a }}": ("1", ("x", 3)), "b": True}
    assert list(texts(value)) == [(("{{ a }}", 0), "{{ a }}"), (("{{ a }}", 1, 0), "x")]


def test_names_are_those_from_outside() -> None:
    assert names_in("{{ a.b }}{% if c and d|default('x') == e[f] %}{% endif %}") == set("acdef")
