"""What a run leaves out of its exports, decided when its trees are grown and tagged."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from dialoom.build.quality import Evidence
from dialoom.build.stages import scorers_of
from dialoom.errors import Fault, InputError
from dialoom.evaluators.answer import MAJORITY
from dialoom.evaluators.base import HEURISTICS
from dialoom.evaluators.contamination import Contamination
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.keep import DUPLICATE, Filter
from dialoom.evaluators.labels import SCORE
from dialoom.evaluators.variety import Variety
from dialoom.messages import OASST_LABELS
from dialoom.scenarios.keep import KeepRule
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.spec import nearest
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["Gathered", "RunFilter", "known_labels", "label_fault"]


LOOKED_AT = 5_000
"""Messages among which duplicates are counted where no rule asks for them: memory is bounded."""


class RunFilter:
    """The rules of a scenario, made before a model is asked and applied when the run ends."""

    def __init__(self, loaded: LoadedScenario) -> None:
        """Read what rules need.

        Raises:
            InputError: a label nothing gives, or files that can't be read; each with its line.
        """
        faults = list(_label_faults(loaded))
        try:
            self._contamination = _contamination(loaded)
        except InputError as error:
            faults += error.faults
        if faults:
            raise InputError(faults)
        self.rules: tuple[KeepRule, ...] = loaded.scenario.evaluate.keep
        self._found: Filter | None = None
        evaluate = loaded.scenario.evaluate
        self._is_evaluated = evaluate.heuristics != () or evaluate.critic is not None

    @property
    def made_by(self) -> dict[str, Any]:
        """What decides the outcome, for the manifest; empty without rules."""
        made: dict[str, Any] = {}
        if self.rules:
            made["keep"] = [str(rule) for rule in self.rules]
        if self._contamination is not None:
            made["ngram"] = self._contamination.ngram
            files = self._contamination.files.items()
            made["against"] = {name: _digest(file) for name, file in files}
        return made

    def evidence(self, store: RunStore) -> list[Evidence]:
        """Decide which messages of a run are dropped, and return the evidence of it.

        Without rules nothing is read here: the evidence looks at the trees as they are exported.
        Where a scenario wants no evaluation at all, texts are not looked at either.
        """
        asks = any(DUPLICATE in rule.labels for rule in self.rules)
        duplicates = DuplicateTexts(most=None if asks else LOOKED_AT)
        self._found = Filter(self.rules, self._contamination, duplicates=duplicates)
        if not self.made_by:
            store.trees.put_drops({})
            return [self._found, duplicates, Variety()] if self._is_evaluated else [self._found]
        for record in store.trees.records(dropping=False):
            duplicates.add(record)
            self._found.add(record)
        store.trees.put_drops(self._found.filtered().drops)
        return [Gathered(self._found), Gathered(duplicates), Variety()]

    def note_in(self, store: RunStore) -> None:
        """Keep in the manifest what decides the outcome; exports of other rules are done anew."""
        if store.manifest.filter != self.made_by:
            store.update(filter=self.made_by, written={})

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, once the evidence is gathered."""
        return self._found.filtered().warnings if self._found else ()

    def funnel(self, store: RunStore) -> list[dict[str, Any]]:
        """Return what each step dropped, now or when the files that stand were written."""
        if self._found is None:
            return list(store.manifest.summary.get("funnel", ()))
        return [step.model_dump(mode="json") for step in self._found.filtered().funnel]


class Gathered:
    """Evidence that has seen every tree already."""

    def __init__(self, evidence: Evidence) -> None:
        self.found = evidence.found

    def add(self, record: TreeRecord) -> None:
        """Leave a tree alone, since it is taken into account."""


def known_labels(rubric: Iterable[str] = ()) -> set[str]:
    """Return the labels that messages may have: the evaluators' and Open-Assistant's.

    Args:
        rubric: What the critic and scorers give.
    """
    factories = (HEURISTICS.get(name) for name in HEURISTICS.names())
    given = {str(getattr(factory, "label", SCORE)) for factory in factories}
    return {*given, *rubric, *OASST_LABELS, SCORE, DUPLICATE, MAJORITY}


def label_fault(rule: KeepRule, known: Iterable[str]) -> str:
    """Return what is wrong with the labels a rule names, or an empty text."""
    for label in rule.labels:
        if label not in known:
            return f"nothing gives a label {label!r}{nearest(label, known)}"
    return ""


def _label_faults(loaded: LoadedScenario) -> Iterator[Fault]:
    evaluate = loaded.scenario.evaluate
    if evaluate.keep:
        asked = evaluate.critic.labels if evaluate.critic else ()
        known = known_labels([*asked, *(scorer.label for scorer in scorers_of(loaded))])
        for place, rule in enumerate(evaluate.keep):
            if fault := label_fault(rule, known):
                yield loaded.document.fault(fault, ("evaluate", "keep", place))


def _contamination(loaded: LoadedScenario) -> Contamination | None:
    """Return what messages must have no words in common with.

    Raises:
        InputError: files that can't be read, each with the line that names it.
    """
    wanted = loaded.scenario.evaluate.decontaminate
    if wanted is None:
        return None
    files = {name: loaded.file.parent / name for name in wanted.against}
    faults = []
    for place, file in enumerate(files.values()):
        if not file.is_file():
            where = ("evaluate", "decontaminate", "against", place)
            near = nearest(file.name, [one.name for one in file.parent.glob("*")])
            faults.append(loaded.document.fault(f"{file}: no such file{near}", where))
    if faults:
        raise InputError(faults)
    return Contamination(files, ngram=wanted.ngram)


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
