"""A log somewhere else than in our database: at an address, in a folder, in a tar file."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2

from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH, files

Fetch = Callable[[str], bytes]
_SECONDS: Final = 30
# A full bundle of the largest entries there can be.
_LARGEST: Final = 256 * (2 + 65_535)
TAR: Final = ".tar"


@contextmanager
def opened(log: str) -> Iterator[Fetch]:
    """What is at a path of the log. Raises HTTPError or OSError for what is not there."""
    if log.startswith(("http://", "https://")):
        with httpx2.Client(timeout=_SECONDS, trust_env=False) as client:
            yield lambda path: _fetched(client, f"{log.rstrip('/')}/{path}")
    elif log.endswith(TAR):
        with tarfile.open(log, "r:") as archive:
            yield lambda path: _member(archive, path)
    else:
        yield lambda path: _read(Path(log) / path)


def first_of(fetch: Fetch) -> int:
    """From which entry on the log has its entries; 0 where it does not say."""
    try:
        said = fetch("first")
    except (httpx2.HTTPStatusError, FileNotFoundError):
        return 0
    number = said.strip()
    if not number.isdigit() or len(number) > len(str(2**63)):
        raise Rejected("The log does not say rightly from where on it has its entries.")
    return int(number)


def paths(size: int, first: int) -> Iterator[str]:
    """Every file of a log of `size` entries, those before `first` being pruned."""
    for tile in files(size):
        if tile.level is not None or (tile.index + 1) * TILE_WIDTH > first:
            yield tile.path


def keep(folder: Path, path: str, content: bytes) -> None:
    """The whole file or none of it, whenever somebody interrupts."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(target)


def packed(folder: Path, archive: Path) -> None:
    """The folder as a tar file that is the same whenever and by whomever it is made."""
    unfinished = archive.with_name(f"{archive.name}.part")
    with tarfile.open(unfinished, "w:", format=tarfile.USTAR_FORMAT) as out:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            info = tarfile.TarInfo(str(path.relative_to(folder)))
            info.size = path.stat().st_size
            with path.open("rb") as content:
                out.addfile(info, content)
    unfinished.replace(archive)


def _read(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise Rejected("The log has more than a log can hold there.")
    return path.read_bytes()


def _member(archive: tarfile.TarFile, path: str) -> bytes:
    try:
        member = archive.getmember(path)
    except KeyError:
        raise FileNotFoundError(path) from None
    content = archive.extractfile(member)
    if content is None or member.size > _LARGEST:
        raise Rejected("The log has more than a log can hold there.")
    return content.read()


def _fetched(client: httpx2.Client, url: str) -> bytes:
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > _LARGEST:
                raise Rejected("The log sent more than a log can hold there.")
        return body
