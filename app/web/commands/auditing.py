"""`klarfall audit`: the trail, verified from outside."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, NoReturn

import httpx2
import typer

from app.audit.rejection import Rejected
from app.audit.verification import verify_log, verify_receipt

_SECONDS: Final = 30
_LARGEST: Final = 8 * 1024 * 1024

group: Final = typer.Typer(help="Verify the log or a receipt.", no_args_is_help=True)
_Key = Annotated[Path, typer.Option("--vkey", help="the log's public key, kept from before")]


@group.command("verify")
def verify(
    log: Annotated[str, typer.Argument(help="the log's URL, or a folder with a copy of it")],
    vkey: _Key,
    earlier: Annotated[
        Path | None, typer.Option(help="a checkpoint kept from before: the log must continue it")
    ] = None,
) -> None:
    """Recompute a whole log from its entries. Exit code 0 only if it is what it signs."""
    kept = None if earlier is None else earlier.read_bytes()
    try:
        found = verify_log(_fetcher(log), vkey.read_text().strip(), earlier=kept)
    except Rejected as rejection:
        _refuse(str(rejection))
    except (httpx2.HTTPError, OSError) as failure:
        _refuse(f"The log could not be read ({type(failure).__name__}), so it is not verified.")
    else:
        typer.echo(f"{found.origin}: {found.size} entries, root {found.root.hex()}")


@group.command("receipt")
def receipt(
    document: Annotated[Path, typer.Argument(help="the receipt, as the service gave it")],
    vkey: _Key,
) -> None:
    """Verify one receipt offline."""
    try:
        found = verify_receipt(document.read_bytes(), vkey.read_text().strip())
    except Rejected as rejection:
        _refuse(str(rejection))
    typer.echo(f"{found.origin}: entry {found.entry} is number {found.index} of {found.tree_size}")


def _fetcher(log: str) -> Callable[[str], bytes]:
    if not log.startswith(("http://", "https://")):
        folder = Path(log)
        return lambda path: (folder / path).read_bytes()

    def fetch(path: str) -> bytes:
        answer = httpx2.get(f"{log.rstrip('/')}/{path}", timeout=_SECONDS, trust_env=False)
        answer.raise_for_status()
        if len(answer.content) > _LARGEST:
            raise Rejected("The log sent more than a log can hold there.")
        return answer.content

    return fetch


def _refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"NOT VERIFIED: {sentence}\n")
    raise typer.Exit(1)
