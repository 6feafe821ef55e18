"""`dialoom new persona|scenario NAME`: a commented file to begin with, checked before it stays."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.errors import reported

__all__ = ["new"]

new = typer.Typer(
    help="Write a new persona or scenario file, from flags or from a few questions.",
    epilog="Example: `dialoom new persona shy_student`",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@new.command("persona")
@reported
def persona(
    name: Annotated[str, typer.Argument(help="Its name, which becomes the file's.")],
    display_name: Annotated[str | None, typer.Option(help="What the others call it.")] = None,
    description: Annotated[
        str | None, typer.Option(help="One or two sentences: who it is.")
    ] = None,
    speaking_style: Annotated[str | None, typer.Option(help="How it speaks.")] = None,
    language: Annotated[str | None, typer.Option(help="BCP 47 tag, like en or pt-BR.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the file goes.")] = Path("personas"),
) -> None:
    """Write a persona. What no flag gives is asked for; where nobody can be asked, it's an error.

    Examples:
      dialoom new persona shy_student

      dialoom new persona shy_student --description "A student who fears to ask."
    """
    from dialoom.cli.drafts import persona_draft, written

    title = name.replace("_", " ").title()
    answers = _Answers()
    draft = persona_draft(
        name,
        description=answers.given("description", description, "Who is it, in a sentence or two?"),
        display_name=answers.optional(display_name, "What do the others call it?", title),
        speaking_style=answers.optional(
            speaking_style, "How does it speak?", "plain and natural, one or two sentences"
        ),
        language=answers.optional(language, "Which language (BCP 47)?", "en"),
    )
    answers.check()
    typer.echo(str(written(folder, name, draft)))


@new.command("scenario")
@reported
def scenario(
    name: Annotated[str, typer.Argument(help="Its name, which becomes the file's.")],
    prompter: Annotated[
        str | None, typer.Option(help="Persona who begins and wants something.")
    ] = None,
    assistant: Annotated[
        str | None, typer.Option(help="Persona whose replies are trained on.")
    ] = None,
    goal: Annotated[str | None, typer.Option(help="What the prompter wants.")] = None,
    description: Annotated[str | None, typer.Option(help="What happens, in one sentence.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the file goes.")] = Path("scenarios"),
) -> None:
    """Write a scenario. What no flag gives is asked for; where nobody can be asked, it's an error.

    Examples:
      dialoom new scenario late_parcel

      dialoom new scenario late_parcel --prompter frustrated_customer --assistant support_agent
      --goal "Find out where the parcel is." --description "A customer asks for a parcel."
    """
    from dialoom.cli.drafts import scenario_draft, written

    answers = _Answers()
    draft = scenario_draft(
        name,
        description=answers.given("description", description, "What happens, in one sentence?"),
        prompter=answers.given(
            "prompter",
            prompter,
            "Which persona begins and wants something? (`dialoom list personas`)",
            check=_known_persona,
        ),
        assistant=answers.given(
            "assistant", assistant, "Which persona answers?", check=_known_persona
        ),
        goal=answers.given("goal", goal, "What does the one who begins want?"),
    )
    answers.check()
    typer.echo(str(written(folder, name, draft)))


class _Answers:
    """Flags, and questions for those that were not given where stdin is a terminal."""

    def __init__(self) -> None:
        self._asks = sys.stdin.isatty()
        self._missing: list[str] = []

    def given(
        self,
        flag: str,
        value: str | None,
        question: str,
        *,
        check: Callable[[str], str] | None = None,
    ) -> str:
        """Return a value there is no default for; what `check` refuses is asked for again."""
        if value is not None:
            return value
        if not self._asks:
            self._missing.append(f"--{flag}")
            return flag
        return str(typer.prompt(question, prompt_suffix=" ", value_proc=check, err=True))

    def optional(self, value: str | None, question: str, default: str) -> str:
        """Return a value that has a default."""
        if value is not None or not self._asks:
            return default if value is None else value
        return str(typer.prompt(question, default=default, prompt_suffix=" ", err=True))

    def check(self) -> None:
        """Refuse to go on without values that nobody could be asked for.

        Raises:
            InputError: names every flag that is missing.
        """
        from dialoom.errors import InputError

        if self._missing:
            flags = ", ".join(self._missing)
            raise InputError(f"give {flags}: stdin is no terminal, so nobody can be asked")


def _known_persona(name: str) -> str:
    """Return a persona's name as it is.

    Raises:
        typer.BadParameter: there is none of that name.
    """
    from dialoom.errors import InputError
    from dialoom.personas.library import persona_path

    try:
        persona_path(name)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return name
