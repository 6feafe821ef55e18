"""Preference pairs for reward models: TRL's RewardTrainer, which subtracts the column `margin`."""

from typing import ClassVar

from dialoom.exporters.dpo import Dpo

__all__ = ["Reward"]


class Reward(Dpo):
    """The rows of `Dpo` under a name of their own, so that one run can have both.

    A reward model profits from every comparison: `policy: all` with a larger `max_pairs`.
    """

    name: ClassVar[str] = "reward"
    file_name: ClassVar[str] = "reward.jsonl"
