"""Where an OpenAI-compatible endpoint is, and the key for it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.credentials import Setting, setting
from dialoom.agents.clients.foreign import Site
from dialoom.errors import InputError

__all__ = ["Address", "address"]

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint and the key for it."""

    url: str
    """Without a slash at the end."""
    key: Setting | None = None

    @property
    def host(self) -> str:
        """The host's name."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_openai(self) -> bool:
        """True for OpenAI's own endpoint."""
        return self.host == "openai.com" or self.host.endswith(".openai.com")

    @property
    def is_azure(self) -> bool:
        """True for Azure's, whose model names are those of deployments."""
        return self.host.endswith((".openai.azure.com", ".services.ai.azure.com"))

    def site(self, name: str) -> Site:
        """Return how errors about `name` speak of this address: without user and password."""
        parts = urlsplit(self.url)
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        if self.key is None:
            return Site(name, shown)
        return Site(name, shown, self.key.source, self.key.value)


def address(options: ClientOptions) -> Address:
    """Return where the options, the environment or `.env` say the endpoint is.

    Read are OPENAI_BASE_URL and OPENAI_API_KEY, then AZURE_OPENAI_ENDPOINT and
    AZURE_OPENAI_API_KEY; nothing at all means OpenAI's own endpoint.

    Raises:
        InputError: the base URL is none.
    """
    url, key = options.base_url, setting("OPENAI_API_KEY")
    if url is None and (given := setting("OPENAI_BASE_URL")):
        url = given.value
    if url is None and (azure := setting("AZURE_OPENAI_ENDPOINT")):
        # Azure's v1 API takes the key as a bearer token and needs no api-version
        url = f"{azure.value.rstrip('/').removesuffix('/openai/v1')}/openai/v1"
        key = setting("AZURE_OPENAI_API_KEY") or key
    if options.api_key is not None:
        key = Setting(options.api_key, "the options")
    if key is not None and not (key.value.isascii() and key.value.isprintable()):
        raise InputError(f"the key in {key.source} holds characters that no key has")
    url = (url or OPENAI).rstrip("/")
    if not _is_http(url):
        raise InputError(
            f"the base URL {url!r} is not one; write it like 'http://127.0.0.1:8000/v1'"
        )
    return Address(url, key)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
