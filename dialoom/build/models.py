"""Model names into endpoints: one an endpoint, shared by all agents of a run."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dialoom.agents.clients.balancing import Standing
from dialoom.agents.clients.base import CLIENTS, ClientOptions, ModelClient
from dialoom.agents.clients.breaker import BreakerPolicy
from dialoom.agents.clients.endpoint import Endpoint, Journal, RetryPolicy
from dialoom.agents.clients.limits import Limits
from dialoom.agents.clients.openai_address import address
from dialoom.build.options import RunOptions
from dialoom.build.replay import Described, description, replay_client
from dialoom.errors import InputError
from dialoom.events import Listener
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.model import Scenario
from dialoom.spec import suggestion
from dialoom.store import SharedJournal

__all__ = [
    "DEFAULT_MODEL",
    "ModelBook",
    "make_client",
    "models_by_role",
    "names_of",
    "provider_of",
    "roles_of",
]

DEFAULT_MODEL = "embedded/smollm2-135m"
"""What runs when nothing else is named: no key, no server, no network."""

SPECIAL_ROLES = ("prompter", "assistant", "critic", "selector")


def make_client(name: str, options: ClientOptions) -> ModelClient:
    """Return the client of a model named `provider/model`.

    Raises:
        InputError: the name has another form, or there is no such provider.
        ModelError: the model can't be used.
    """
    return provider_of(name)(name.partition("/")[2], options)


def provider_of(name: str) -> Callable[..., ModelClient]:
    """Return what makes the client of a model named `provider/model`.

    Raises:
        InputError: the name has another form, or there is no such provider.
    """
    provider, slash, model = name.partition("/")
    if not slash or not model:
        raise InputError(f"a model is named provider/model, like {DEFAULT_MODEL!r}; not {name!r}")
    return CLIENTS.get(provider)


def models_by_role(scenario: Scenario, options: RunOptions) -> dict[str, tuple[str, ...]]:
    """Return the models of each role and of each member that has its own.

    The first that is given counts: `role_models` for the member, for its role, `model`, the
    scenario's entry for the member, for the role, its `default`, the environment's
    DIALOOM_MODEL, the embedded model.

    Raises:
        InputError: a role is named that the scenario does not have, or the selector has several
            models.
    """
    roles = {m.name or _persona_name(m.persona): m.role for m in scenario.cast}
    _check_roles(options.role_models, roles)
    given = {role: names_of(models) for role, models in scenario.models.items()}
    fallback = os.environ.get("DIALOOM_MODEL") or DEFAULT_MODEL
    of_all = (options.model,) if options.model else None
    found: dict[str, tuple[str, ...]] = {}
    for role in SPECIAL_ROLES:
        of_role = options.role_models.get(role)
        found[role] = of_role or of_all or given.get(role) or given.get("default") or (fallback,)
    for member, role in roles.items():
        of_member = options.role_models.get(member)
        if of_member or (member in given and not of_all and role not in options.role_models):
            found[member] = of_member or given[member]
    if len(found["selector"]) > 1:
        raise InputError(f"the selector has one model, not {' and '.join(found['selector'])}")
    return found


def _check_roles(given: Mapping[str, tuple[str, ...]], members: Mapping[str, str]) -> None:
    known = [*SPECIAL_ROLES, *sorted(members)]
    for role in given:
        if role not in known:
            raise InputError(f"--role-model {role}: no such role{suggestion(role, known)}")


def roles_of(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the models of roles from `ROLE=NAME` texts; a role given twice has two models.

    Raises:
        InputError: a text has another form.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        role, equals, name = text.partition("=")
        if not equals or not role or not name:
            raise InputError(
                f"--role-model takes ROLE=NAME, like critic=ollama/llama3.2; not {text!r}"
            )
        found[role] = (*found.get(role, ()), name)
    return found


def _persona_name(persona: object) -> str:
    return persona if isinstance(persona, str) else str(getattr(persona, "name", ""))


def names_of(models: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the models of an entry, which may be one."""
    return (models,) if isinstance(models, str) else models


class ModelBook:
    """The endpoints of a run, made when first asked for and closed together."""

    def __init__(
        self,
        names: Mapping[str, tuple[str, ...]],
        options: ClientOptions,
        *,
        clients: Mapping[str, ModelClient] | None = None,
        retry: RetryPolicy | None = None,
        breaker: BreakerPolicy | None = None,
    ) -> None:
        """Make an empty book.

        Args:
            names: Models by role or member, from `models_by_role`.
            options: How to reach them.
            clients: Ready-made clients by model name, used instead of the registry's.
            retry: How patiently a failing model is asked again; None: as a long run does.
            breaker: When a model that fails is paused; None: as in a long run.

        Raises:
            InputError: a name has another form than `provider/model`, or no such provider is
                there.
        """
        self.names = dict(names)
        self._options = options
        self._clients = dict(clients or {})
        self._retry, self._breaker = retry, breaker
        for name in {name for several in names.values() for name in several} - set(self._clients):
            provider_of(name)
        self._endpoints: dict[str, Endpoint] = {}
        self._journal: Journal | SharedJournal | None = None
        self._listener: Listener | None = None
        self._replayed: Described | None = None
        self._guard: Callable[[ModelClient], ModelClient] = lambda client: client

    def attach(
        self,
        journal: Journal | SharedJournal | None,
        listener: Listener,
        *,
        replayed: Described | None = None,
        guard: Callable[[ModelClient], ModelClient] = lambda client: client,
    ) -> None:
        """Say where calls are kept and told of; must come before the first endpoint.

        Args:
            journal: Where calls are kept; None keeps none.
            listener: Is told of them.
            replayed: What is known of the models when none of them is to be asked.
            guard: Wraps each client.
        """
        assert not self._endpoints
        self._guard = guard
        self._journal, self._listener, self._replayed = journal, listener, replayed

    def endpoint(self, name: str) -> Endpoint:
        """Return the one endpoint of a model.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model can't be used.
        """
        if name not in self._endpoints:
            journal = self._journal
            if isinstance(journal, SharedJournal):
                journal = journal.at(name, self.place(name))
            client, *others = self._servers(name)
            self._endpoints[name] = Endpoint(
                client,
                others=others,
                journal=journal,
                listener=self._listener,
                limits=Limits.of(self._options),
                retry=self._retry,
                breaker=self._breaker,
            )
        return self._endpoints[name]

    def standings(self) -> dict[str, Standing]:
        """Return how each model in use fares at the moment."""
        return {name: endpoint.standing for name, endpoint in self._endpoints.items()}

    @property
    def takes_turns(self) -> bool:
        """Whether one server may have to put a model in another's place: Ollama, of several."""
        names = {name for several in self.names.values() for name in several}
        return len([name for name in names if name.startswith("ollama/")]) > 1

    def place(self, name: str) -> str:
        """Return the URL at which a model is reached, where its name alone doesn't identify it."""
        if name in self._clients or not name.startswith("openai/"):
            return ""
        return address(self._options).site(name).url

    def _servers(self, name: str) -> list[ModelClient]:
        """Return a client for each server of a model."""
        if self._replayed is not None:
            return [replay_client(name, self._replayed)]
        if name in self._clients:
            return [self._guard(self._clients[name])]
        urls = (self._options.base_url, *self._options.other_urls)
        settings = [replace(self._options, base_url=url) for url in urls]
        return [self._guard(make_client(name, one)) for one in settings]

    def of_role(self, role: str) -> tuple[Endpoint, ...]:
        """Return the endpoints of `prompter`, `assistant`, `critic` or `selector`."""
        return tuple(self.endpoint(name) for name in self.names[role])

    def of_player(self, player: Player) -> tuple[Endpoint, ...]:
        """Return the endpoints of a member: its own, or its role's."""
        return self.of_role(player.name if player.name in self.names else player.role)

    async def prepare(self, cast: Cast, *, critic: bool, selector: bool) -> None:
        """Prepare the models that a cast needs.

        Raises:
            ModelError: one of them can't be used.
        """
        needed = [endpoint for player in cast.players for endpoint in self.of_player(player)]
        needed += self.of_role("critic") if critic else ()
        needed += self.of_role("selector") if selector else ()
        for endpoint in dict.fromkeys(needed):
            await endpoint.prepare()

    def ask_as(self, described: Callable[[str], Mapping[str, Any] | None]) -> None:
        """Ask no model for more than when its kept calls were made: their keys follow from that.

        A server that did not draw siblings together and now does is asked for them one by one
        still. What it can no longer do it is not asked for.

        Args:
            described: Returns what `descriptions` gave for a model then, or None.
        """
        for name, endpoint in self._endpoints.items():
            about = described(name)
            if about is not None and about["place"] == self.place(name):
                now, then = endpoint.traits, about["traits"]
                endpoint.traits = replace(
                    now,
                    siblings_together=now.siblings_together and then["siblings_together"],
                    logprobs=now.logprobs and then["logprobs"],
                )

    def descriptions(self) -> dict[str, dict[str, Any]]:
        """What to keep of each model in use for a replay."""
        return {
            name: description(endpoint.traits, self.place(name))
            for name, endpoint in sorted(self._endpoints.items())
        }

    @property
    def revisions(self) -> dict[str, str]:
        """What identifies the weights of each model in use, where that is known."""
        return {
            name: endpoint.traits.revision
            for name, endpoint in sorted(self._endpoints.items())
            if endpoint.traits.revision
        }

    async def close(self) -> None:
        """Close every client."""
        for endpoint in self._endpoints.values():
            await endpoint.close()
