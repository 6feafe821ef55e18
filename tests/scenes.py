"""Small scenarios for tests, written where a test wants them."""

from pathlib import Path

__all__ = ["NO_CRITIC", "SCENE", "TRUSTING", "write_scene"]

SCENE = """\
name: scene
cast:
  - persona: {name: ada, display_name: Ada, description: A customer whose parcel is late.}
    role: prompter
    goal: Get a refund for order {{ order_id }}.
  - persona: {name: bob, display_name: Bob, description: A friendly support agent.}
    role: assistant
variables: {order_id: {pattern: "[A-Z]{2}[0-9]{6}"}}
sample: 4
turns: {max: 4}
evaluate:
  heuristics: [empty, {length: {min: 2}}, near_identical]
  critic: {rubric: [quality, toxicity]}
"""

NO_CRITIC = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
"""The same, judged by heuristics alone."""
TRUSTING = SCENE.replace("rubric: [quality, toxicity]", "trust: always, rubric: [quality]")
"""The same with a critic whose verdicts count, however badly it does: its scores make pairs."""


def write_scene(folder: Path, text: str = SCENE) -> Path:
    """Write a scenario and return its file."""
    file = folder / "scene.yaml"
    file.write_text(text, encoding="utf-8")
    return file
