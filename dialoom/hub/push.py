"""`dialoom push`: a data set's folder to the Hub, checked first. Needs the extra `hub`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import httpx2
import yaml

from dialoom.errors import ExportError, Fault, InputError, MissingExtra
from dialoom.hub.secrets import secrets_in

__all__ = ["Pushing", "push", "pushing_of"]

REPO = re.compile(r"([A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
SECRETS_SHOWN = 20


@dataclass(frozen=True)
class Pushing:
    """What would be uploaded, and where to."""

    folder: Path
    repo: str
    private: bool
    files: dict[str, int]
    """Bytes by path below the folder."""
    license: str


def pushing_of(
    folder: Path, repo: str, *, private: bool = True, ignore_secrets: bool = False
) -> Pushing:
    """Return what `push` would upload, after it was checked. Reaches no server.

    Args:
        folder: With a card (README.md) that names configs.
        repo: `name` or `owner/name`.
        private: Whether a repository that is not there yet is made a private one.
        ignore_secrets: Upload what looks like a key or a password all the same.

    Raises:
        InputError: the repository's name is wrong, the card is missing or names files that are,
            or a file holds what looks like a secret; every such place.
    """
    if not REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise InputError(f"{repo!r} is no name of a repository; write OWNER/NAME")
    card = _card(folder)
    paths = [path for path in sorted(folder.rglob("*")) if _goes(folder, path)]
    if not ignore_secrets:
        found = [secret for path in paths for secret in secrets_in(path)]
        faults = [
            Fault(f"looks like {one.kind}: {one.shown}", one.file, one.line)
            for one in islice(found, SECRETS_SHOWN)
        ]
        if faults:
            more = len(found) - len(faults)
            last = f"{more} more; " if more else ""
            raise InputError(
                [*faults, Fault(f"{last}--ignore-secrets uploads them all the same", folder)]
            )
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    return Pushing(folder, repo, private, files, str(card.get("license", "unknown")))


def push(
    pushing: Pushing, *, message: str = "Upload with dialoom", endpoint: str | None = None
) -> str:
    """Upload a data set in one commit and return its address.

    The token is what `hf auth login` keeps, or HF_TOKEN.

    Args:
        pushing: What goes.
        message: Of the commit.
        endpoint: The server; HF_ENDPOINT's, or the Hub itself, when None.

    Raises:
        MissingExtra: huggingface_hub is not installed.
        ExportError: the Hub can't be reached, or refuses.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
    except ImportError as error:
        raise MissingExtra(
            "push needs huggingface_hub, which is not installed; pip install 'dialoom[hub]'"
        ) from error
    api = HfApi(endpoint=endpoint, library_name="dialoom")
    try:
        made = api.create_repo(
            pushing.repo, repo_type="dataset", private=pushing.private, exist_ok=True
        )
        api.upload_folder(
            repo_id=made.repo_id,
            folder_path=pushing.folder,
            repo_type="dataset",
            commit_message=message,
            allow_patterns=list(pushing.files),
        )
    except LocalTokenNotFoundError as error:
        raise ExportError("the Hub asks for a token; hf auth login, or set HF_TOKEN") from error
    except HfHubHTTPError as error:
        hint = "; hf auth login, or set HF_TOKEN" if error.response.status_code == 401 else ""
        raise ExportError(f"{pushing.repo}: the Hub refuses: {_first_line(error)}{hint}") from error
    except (httpx.HTTPError, httpx2.HTTPError, OSError, RuntimeError) as error:
        raise ExportError(f"{api.endpoint} can't be reached: {_first_line(error)}") from error
    return str(made.url)


def _first_line(error: Exception) -> str:
    text = getattr(error, "server_message", None) or str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)


def _goes(folder: Path, path: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith(".") for part in parts)


def _card(folder: Path) -> dict[str, Any]:
    """Return what the card says in YAML.

    Raises:
        InputError: there is no card, or it names no files, or names files that are not there.
    """
    file = folder / "README.md"
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        advice = "a data set needs a card; dialoom export RUN --as hub --out DIR writes one"
        raise InputError(Fault(advice, file)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault(str(error), file)) from error
    head = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", text, re.DOTALL)
    try:
        card = yaml.safe_load(head[1]) if head else None
    except yaml.YAMLError as error:
        raise InputError(Fault(f"the card's YAML can't be read: {error}", file)) from error
    if not isinstance(card, dict) or not (named := list(_named(card))):
        raise InputError(Fault("the card names no data: its YAML needs configs", file))
    missing = [path for path in named if not (folder / path).is_file()]
    if missing:
        raise InputError(
            Fault(f"the card names {path}, which is not there", file) for path in missing
        )
    return dict(card)


def _named(card: dict[str, Any]) -> Iterator[str]:
    """Yield the files that a card's configs name; patterns are left to the Hub."""
    for config in card.get("configs") or ():
        for data in config.get("data_files") or () if isinstance(config, dict) else ():
            path = data.get("path") if isinstance(data, dict) else None
            if isinstance(path, str) and not set(path) & set("*?["):
                yield path
