"""The text of new persona and scenario files, and writing them so that what stays is valid."""

import re
from pathlib import Path
from textwrap import dedent

import yaml

from dialoom.build.checking import check_file
from dialoom.errors import Fault, InputError
from dialoom.personas.model import NAME

__all__ = ["persona_draft", "scenario_draft", "written"]

PERSONA = """\
    # Who speaks. `dialoom check` finds mistakes; `dialoom schema persona` is for your editor.
    name: {name}
    display_name: {display_name}
    description: {description}

    # How it speaks: the tone, and how long its turns are.
    speaking_style: {speaking_style}
    language: {language}

    # What it is like, in your own words; `dialoom repl` changes traits one by one.
    traits: {{}}
    #   temper: patient

    # What it would say word for word: this sets the tone more than any description.
    example_lines: []
    #   - "Let me see whether I got that right."

    # Facts it knows by name; those under hides_until_asked it tells only when somebody asks.
    knows: {{}}
    #   order_number: AB123456
    hides_until_asked: []
    #   - order_number

    # What it has no answer to and must not invent.
    doesnt_know: []
    #   - what the weather will be
"""

SCENARIO = """\
    # What happens between whom. `dialoom check` finds mistakes; try it with
    # `simulate {name} --model scripted/demo --sample 3`, then with a model of yours.
    name: {name}
    description: {description}

    cast:
      # The prompter begins and wants something; nobody trains on what it says.
      - persona: {prompter}
        role: prompter
        goal: {goal}
      # The assistant answers; its replies become the training data.
      - persona: {assistant}
        role: assistant
        # policy: Rules that this persona keeps here.

    # Values that differ from dialogue to dialogue, for texts such as {{{{ item }}}}.
    # variables:
    #   item: [teapot, bread knife]

    sample: 20                                # dialogues
    turns: {{policy: alternate, max: 8}}        # messages of a dialogue at most
    stop: [goal_reached, farewell, loop]

    # Three replies are drawn for each turn of the assistant, and the best one is followed.
    branch: {{assistant: {{width: 3}}, follow: best}}
    evaluate:
      critic: {{rubric: [quality, helpfulness]}}
    export:
      sft: {{min_quality: 0.5}}
      dpo: {{policy: best_vs_random, min_margin: 0.1}}
"""


def persona_draft(
    name: str, *, display_name: str, description: str, speaking_style: str, language: str
) -> str:
    """Return the text of a persona file."""
    return dedent(PERSONA).format(
        name=_scalar(name),
        display_name=_scalar(display_name),
        description=_scalar(description),
        speaking_style=_scalar(speaking_style),
        language=_scalar(language),
    )


def scenario_draft(name: str, *, description: str, prompter: str, assistant: str, goal: str) -> str:
    """Return the text of a scenario file."""
    return dedent(SCENARIO).format(
        name=_scalar(name),
        description=_scalar(description),
        prompter=_scalar(prompter),
        assistant=_scalar(assistant),
        goal=_scalar(goal),
    )


def written(folder: Path, name: str, text: str) -> Path:
    """Write a new file and return it; it is gone again when there is anything wrong with it.

    Raises:
        InputError: the name can't be one, the file is there already or can't be written, or its
            content is faulty.
    """
    if re.fullmatch(NAME, name) is None:
        raise InputError(f"{name!r}: write at most 64 letters, digits and `_`, no digit first")
    file = folder / f"{name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as output:
            output.write(text)
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), file)) from error
    try:
        check_file(file)
    except InputError:
        file.unlink()
        raise
    return file


def _scalar(text: str) -> str:
    """Return a text as YAML writes it on one line, quoted where it must be."""
    line = yaml.safe_dump(text, width=float("inf"), allow_unicode=True)
    return line.removesuffix("\n").removesuffix("...").rstrip()
