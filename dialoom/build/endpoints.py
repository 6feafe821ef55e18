"""At which addresses the models of a run are, whether an option or the environment says so."""

from collections.abc import Iterable

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai_address import address
from dialoom.build.options import RunOptions
from dialoom.build.settings import without_secrets

__all__ = ["endpoints_of"]


def endpoints_of(models: Iterable[str], options: RunOptions) -> dict[str, str]:
    """Return the URL, without user and password, of each model that a server has, by its name.

    It is empty where no model is to be asked, in a replay.

    Args:
        models: As `provider/model`; those of other providers are left out.
        options: Whose base URL goes before the environment's.

    Raises:
        InputError: an address is none.
    """
    if options.replay:
        return {}
    found = {model: _url(model, options.client) for model in sorted(models)}
    return {model: without_secrets(url) for model, url in found.items() if url}


def _url(model: str, options: ClientOptions) -> str:
    provider, _, name = model.partition("/")
    if provider == "openai":
        return address(options).url
    if provider == "ollama":
        from dialoom.agents.clients.ollama_server import Server  # loads a package

        return Server(name, options).site.url
    return ""
