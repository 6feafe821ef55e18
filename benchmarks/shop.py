"""The shop that benchmarks talk about: who takes part, and what scripted models say."""

CAST = """\
cast:
  - persona: {name: ada, display_name: Ada, description: A customer whose parcel is late.}
    role: prompter
    goal: Get a refund.
  - persona: {name: bob, display_name: Bob, description: A friendly support agent.}
    role: assistant
"""

LINES = (
    "I understand, and I will look into it right away for you.",
    "The parcel left our house on Monday and should be there by now.",
    "Could you give me the number on the slip, please?",
    "That is not what I was told last week, and I have waited long enough.",
    "You are right to be cross about this; here is what I can do today.",
)
