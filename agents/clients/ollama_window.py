"""The context window that Ollama is asked for: constant in a run, grown only when it must be.

Ollama cuts what does not fit without a word (its default is 4,096 tokens), and a changed
`num_ctx` makes it load the model anew. So the window starts wide enough for most conversations
and doubles when one outgrows it.
"""

from dialoom.agents.clients.foreign import Site
from dialoom.chat import ChatRequest
from dialoom.errors import ContextOverflow

__all__ = ["Window"]

START = 8192
"""Tokens of the first window, where neither user nor model sets a smaller one."""
REPLY = 1024
"""Tokens kept free for a reply whose length is not limited."""
BYTES_PER_TOKEN = 4.5
"""UTF-8 bytes of a token in plain English, until a prompt has been counted."""
IMPLAUSIBLE = 7.5
"""Bytes per token that no whole prompt reaches, in any language."""
LEAST_CUT = 1024
"""Ollama cuts prompts to no fewer tokens; old servers count fewer when the prefix is cached."""


class Window:
    """How many tokens of context one model gets."""

    def __init__(self, *, asked: int | None = None, most: int | None = None) -> None:
        """Choose the first size.

        Args:
            asked: What the user set, tokens; it is kept to.
            most: What the model was trained for, tokens; None when unknown.
        """
        limits = [limit for limit in (asked, most) if limit is not None]
        self._most = min(limits) if limits else None
        self.size = self._most if asked is not None and self._most else min(START, *limits, START)
        self._tokens_per_byte = 1 / BYTES_PER_TOKEN

    def fit(self, request: ChatRequest, site: Site) -> int:
        """Return the `num_ctx` for a request, after growing it where the request needs more.

        Raises:
            ContextOverflow: the prompt is longer than the model's context.
        """
        bytes_ = _bytes(request)
        tokens = bytes_ // 3 + 8 * len(request.messages)  # cautious: hardly any text needs more
        needed = tokens + (request.sampling.max_tokens or REPLY)
        while self.size < needed and (self._most is None or self.size < self._most):
            self.size = min(self.size * 2, self._most or self.size * 2)
        likely = round(bytes_ * self._tokens_per_byte)
        if likely >= self.size:
            message = f"the conversation has about {likely:,} tokens and the context {self.size:,}"
            raise site.error(ContextOverflow, message)
        return self.size

    def check(self, request: ChatRequest, tokens: int, site: Site) -> None:
        """Learn from the count of a prompt that was read.

        Args:
            request: What was asked.
            tokens: `prompt_eval_count` of the reply; 0 when it is not told.
            site: Whom errors are about.

        Raises:
            ContextOverflow: the server read only a part of the prompt.
        """
        bytes_ = _bytes(request)
        if LEAST_CUT <= tokens < bytes_ / IMPLAUSIBLE:
            message = (
                f"the server read only {tokens:,} of about {bytes_ / BYTES_PER_TOKEN:,.0f} tokens "
                "and cut the rest; does it limit the context?"
            )
            raise site.error(ContextOverflow, message)
        self._tokens_per_byte = max(self._tokens_per_byte, tokens / max(bytes_, 1000))


def _bytes(request: ChatRequest) -> int:
    return sum(len(message["content"].encode()) for message in request.messages)
