"""Texts with `{{ variables }}`: Jinja cut down to expressions, a few filters and `{% if %}`.

Scenario files are passed around, so a template can neither reach into Python nor run long: there
are no calls and no loops, attributes are keys of mappings, and results are bounded.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dialoom.spec import Place, nearest

__all__ = ["TemplateFault", "filled", "names_in", "render", "texts"]

LENGTH_LIMIT = 50_000
"""Characters of a template, and of what it renders to, at most."""

FILTERS = [
    "abs",
    "capitalize",
    "d",
    "default",
    "first",
    "float",
    "int",
    "last",
    "length",
    "lower",
    "string",
    "title",
    "trim",
    "upper",
]
TESTS = [
    "!=",
    "<",
    "<=",
    "==",
    ">",
    ">=",
    "boolean",
    "defined",
    "divisibleby",
    "even",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "ne",
    "none",
    "number",
    "odd",
]
TESTS += ["string", "undefined", "eq"]

ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Concat,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Keyword,
)
REFUSED = {nodes.Call: "call functions", nodes.For: "loop", nodes.Pow: "use `**`"}


class TemplateFault(ValueError):
    """A template that is wrong, or can't be filled in with the variables at hand."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line
        """1-based, within the template's text."""


def names_in(text: str) -> frozenset[str]:
    """Return the variables a template uses.

    >>> sorted(names_in("{% if late %}{{ name|title }}{% endif %}"))
    ['late', 'name']

    Raises:
        TemplateFault: it is not a template, or does what templates here may not.
    """
    return _compiled(text)[1] if "{" in text else frozenset()


def render(text: str, variables: Mapping[str, Any]) -> str:
    """Return a template filled in.

    >>> render("Order {{ order_id }}", {"order_id": "AB1"})
    'Order AB1'

    Raises:
        TemplateFault: the template is wrong, a variable is missing or of a kind that doesn't fit.
    """
    if "{" not in text:
        return text
    try:
        result = _compiled(text)[0].render(variables)
    except UndefinedError as error:
        raise TemplateFault(str(error.message)) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, TemplateFault):
            raise
        raise TemplateFault(f"can't be filled in: {error}") from error
    if len(result) > LENGTH_LIMIT:
        raise TemplateFault(f"renders to more than {LENGTH_LIMIT:,} characters")
    return result


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a value with every text inside it rendered; keys stay as they are.

    Raises:
        TemplateFault: as for `render`.
    """
    if isinstance(value, str):
        return render(value, variables)
    if isinstance(value, Mapping):
        return {key: filled(item, variables) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(filled(item, variables) for item in value)
    return value


def texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every text inside a value with its place: what `filled` renders."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, (*place, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from texts(item, (*place, index))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without the parts that can take long or reach Python objects."""

    intercepted_binops = frozenset({"*", "%", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"`{operator}` is for numbers")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        if isinstance(obj, str | list | tuple) and isinstance(argument, int):
            return obj[argument]
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(f"{obj!r:.40} has no {argument!r}")


def _replace(text: str, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    if len(text) + len(new) * (text.count(old)) > LENGTH_LIMIT:
        raise SecurityError(f"`replace` makes more than {LENGTH_LIMIT:,} characters")
    return text.replace(old, new)


def _round(number: float, digits: int = 0) -> float:
    rounded = round(number, max(0, min(int(digits), 12)))
    return int(rounded) if digits == 0 else rounded


def _sandbox() -> _Sandbox:
    sandbox = _Sandbox(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    sandbox.globals.clear()
    own: dict[str, Callable[..., Any]] = {"replace": _replace, "round": _round}
    sandbox.filters = {name: sandbox.filters[name] for name in FILTERS} | own
    sandbox.tests = {name: sandbox.tests[name] for name in TESTS}
    return sandbox


_SANDBOX = _sandbox()


@lru_cache(maxsize=4096)
def _compiled(text: str) -> tuple[Template, frozenset[str]]:
    if len(text) > LENGTH_LIMIT:
        raise TemplateFault(f"longer than {LENGTH_LIMIT:,} characters")
    try:
        tree = _SANDBOX.parse(text)
        _check(tree)
        return _SANDBOX.from_string(text), frozenset(find_undeclared_variables(tree))
    except TemplateSyntaxError as error:
        message = (error.message or "").rstrip(".")
        raise TemplateFault(
            f"not a template: {message[:1].lower()}{message[1:]}", error.lineno
        ) from error
    except RecursionError as error:
        raise TemplateFault("nested too deeply") from error


def _check(tree: nodes.Template) -> None:
    """Raise the first fault of a template; of a chain like `a.b.c`, that of its innermost part."""
    first: TemplateFault | None = None
    for node in tree.find_all(nodes.Node):
        try:
            _check_node(node)
        except TemplateFault as fault:
            chained = isinstance(node, nodes.Getattr | nodes.Getitem)
            if first is None or fault.line < first.line + chained:
                first = fault
    if first is not None:
        raise first


def _check_node(node: nodes.Node) -> None:
    what = ""
    if type(node) in REFUSED or not isinstance(node, ALLOWED):
        what = REFUSED.get(type(node), f"use {type(node).__name__.lower()}")
    elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        what = f"reach for {node.attr!r}"
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        what = f"reach for {node.arg.value!r}" if str(node.arg.value).startswith("_") else ""
    if what:
        message = f"a template may not {what}; there are {{{{ variables }}}}, filters and `if`"
        raise TemplateFault(message, node.lineno)
    for kind, known in ((nodes.Filter, _SANDBOX.filters), (nodes.Test, _SANDBOX.tests)):
        if isinstance(node, kind) and node.name not in known:
            words = [name for name in known if name.isalpha()]
            hint = nearest(node.name, words) or f"; there are {', '.join(sorted(words))}"
            noun = kind.__name__.lower()
            raise TemplateFault(f"there is no {noun} {node.name!r}{hint}", node.lineno)
