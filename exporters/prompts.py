"""What all formats of compared or judged replies share: the prompt a reply was given to."""

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from dialoom.exporters.base import Exporter
from dialoom.exporters.conversations import (
    SYSTEM_MODES,
    ChatMessage,
    SystemMode,
    chat,
    shape_fault,
    speakers,
    turns,
)
from dialoom.exporters.options import one_of
from dialoom.exporters.siblings import SiblingGroup, sibling_groups, unfit
from dialoom.exporters.standings import is_user_fault
from dialoom.tree import TreeRecord

__all__ = ["PromptedExporter", "PromptedGroup", "UserFaults"]

UserFaults = Literal["exclude", "allow"]


class PromptedGroup(NamedTuple):
    """Sibling replies with the chat they reply to."""

    group: SiblingGroup
    prompt: tuple[ChatMessage, ...]
    """The thread to the parent, ending with the user."""


class PromptedExporter(Exporter):
    """Base of the formats whose rows are a prompt and what was replied.

    Args:
        user_faults: `exclude` leaves out every turn whose thread holds a message in which the
            simulated user was at fault; `allow` takes them.
        system: The speaker's system prompt as the first message (`persona`), left out (`none`),
            or in front of the first user turn (`fold`).

    Raises:
        ValueError: an option has a value it can't have.
    """

    needs_scores: ClassVar[bool] = True

    def __init__(
        self, *, user_faults: UserFaults = "exclude", system: SystemMode = "persona"
    ) -> None:
        super().__init__()
        self._has_groups = False
        one_of("user_faults", user_faults, ("exclude", "allow"))
        one_of("system", system, SYSTEM_MODES)
        self.user_faults, self.system = user_faults, system

    def prompted(self, record: TreeRecord, *, least: int) -> Iterator[PromptedGroup]:
        """Yield the groups that may be trained on; count the others, one for each group.

        Args:
            record: The tree.
            least: How many replies a group must have; smaller ones are passed over uncounted.
        """
        cast = speakers(record)
        for group in sibling_groups(record):
            if len(group.replies) < least:
                continue
            self._has_groups = True
            conversation = turns(group.thread, group.speaker, cast=cast)
            fault = self._thread_fault(group) or shape_fault(conversation)
            if fault is None and conversation[-1].role != "user":
                fault = "follows the speaker's own message"
            if fault:
                self.dropped[fault] += 1
                continue
            system = record.systems.get(group.speaker.name, "")
            prompt = chat(conversation, system=system, mode=self.system)
            yield PromptedGroup(group, tuple(prompt))

    def note(self) -> str:
        """Return that there was nothing to compare or to judge, if that is so."""
        if self._has_groups:
            return ""
        wanted = "two replies to compare" if self.needs_siblings else "a reply"
        return f"no message has {wanted}"

    def _thread_fault(self, group: SiblingGroup) -> str | None:
        """Return why no reply to this thread may be trained on."""
        for message in group.thread:
            fault = unfit(message)
            if fault:
                return f"follows {fault}"
            if self.user_faults == "exclude" and is_user_fault(group.record, message):
                return "follows a user at fault"
        return None
