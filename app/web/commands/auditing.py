"""`klarfall audit`: the trail, verified from outside.

Exit codes: 0 verified, 1 not verified, 2 the command line was not understood, 3 the log could not
be read, 130 interrupted. What was begun goes on where it was when the same command is given again.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn
from uuid import UUID

import httpx2
import typer

from app.audit.copies import TAR, Fetch, first_of, keep, opened, packed, paths
from app.audit.entryproofs import EntryProof, find, prove
from app.audit.notes import VerifierKey, open_checkpoint
from app.audit.quorum import NONE, TrustPolicy
from app.audit.recount import Recount
from app.audit.rejection import Rejected
from app.audit.verification import LogVerified, verify_log, verify_receipt

NOT_VERIFIED: Final = 1
NOT_READ: Final = 3
INTERRUPTED: Final = 130
# A recount is written down after so many entries: a second's work, seldom enough to cost nothing.
_KEEP_EVERY: Final = 1 << 17

group: Final = typer.Typer(
    help="Verify, export and prove what is in the log.", no_args_is_help=True
)
_Log = Annotated[str, typer.Argument(help="the log's URL, or a folder or tar file with a copy")]
_Key = Annotated[Path | None, typer.Option("--vkey", help="the log's public key, kept from before")]
_Policy = Annotated[
    Path | None,
    typer.Option("--policy", help="whose signatures to ask for (c2sp.org/tlog-policy)"),
]


@group.command("verify")
def verify(  # noqa: PLR0913, PLR0917 - typer reads them by name
    log: _Log,
    vkey: _Key = None,
    policy: _Policy = None,
    earlier: Annotated[
        Path | None, typer.Option(help="a checkpoint kept from before: the log must continue it")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="where to write down what is done, and to go on from the next time"),
    ] = None,
    keep_checkpoint: Annotated[
        Path | None, typer.Option(help="where to keep the verified checkpoint, for --earlier")
    ] = None,
) -> None:
    """Recompute a whole log from its entries. Exit code 0 only if it is what it signs."""
    with _told():
        key, asked = _trust(vkey, policy)
        kept = None if earlier is None else earlier.read_bytes()
        begun = resume.read_bytes() if resume is not None and resume.exists() else None
        with opened(log) as served, _progress("verifying") as show:
            fetch = _under_policy(served, asked)
            work = _Work(resume, show)
            found = verify_log(
                fetch,
                key,
                policy=asked,
                earlier=kept,
                resume=begun,
                first=first_of(fetch),
                tell=work.tell,
            )
            work.done()
        if keep_checkpoint is not None:
            keep(keep_checkpoint.parent, keep_checkpoint.name, found.checkpoint.encode())
        typer.echo(_sentence(found))


@group.command("export")
def export(
    log: _Log,
    target: Annotated[Path, typer.Argument(help="a folder, or a file that ends in .tar")],
    vkey: _Key = None,
    policy: _Policy = None,
) -> None:
    """Copy a whole log, and verify the copy. It verifies offline, with nothing but the key."""
    with _told():
        key, asked = _trust(vkey, policy)
        folder = target
        if target.name.endswith(TAR):
            folder = target.with_name(f"{target.name}.folder")
        with opened(log) as served:
            fetch = _under_policy(served, asked)
            note = fetch("checkpoint")
            size = int(_head(note, key, asked))
            first = first_of(fetch)
            with _progress("copying") as show:
                for number, path in enumerate(paths(size, first)):
                    if not (folder / path).exists():
                        keep(folder, path, fetch(path))
                    show(number * 256, size)
        if key is not None:
            keep(folder, "vkey", key.encode() + b"\n")
        keep(folder, "first", f"{first}\n".encode())
        keep(folder, "checkpoint", note)
        with opened(str(folder)) as copy, _progress("verifying") as show:
            work = _Work(None, show)
            found = verify_log(copy, key, policy=asked, first=first, tell=work.tell)
        if folder != target:
            packed(folder, target)
            shutil.rmtree(folder)
        typer.echo(_sentence(found))


@group.command("proof")
def proof(  # noqa: PLR0913, PLR0917 - typer reads them by name
    log: _Log,
    target: Annotated[Path, typer.Argument(help="the file to write")],
    entry: Annotated[str | None, typer.Option(help="the entry's id, as receipts name it")] = None,
    index: Annotated[int | None, typer.Option(min=0, help="or its number in the log")] = None,
    vkey: _Key = None,
    policy: _Policy = None,
) -> None:
    """Write the proof of one entry (c2sp.org/tlog-proof), and the entry beside it."""
    with _told():
        key, asked = _trust(vkey, policy)
        if (entry is None) == (index is None):
            raise typer.BadParameter("give either --entry or --index")
        with opened(log) as served:
            fetch = _under_policy(served, asked)
            note = fetch("checkpoint")
            size = _head(note, key, asked)
            if entry is not None:
                with _progress("looking for it") as show:
                    index = find(fetch, UUID(entry), size, first=first_of(fetch), tell=show)
            found = prove(fetch, index or 0, note.decode())
        found.verify(key, asked)
        keep(target.parent, target.name, found.proof.text.encode())
        keep(target.parent, f"{target.name}.entry", found.leaf)
        typer.echo(f"{found.origin}: entry {found.entry} is number {found.index} of {size}")


@group.command("check")
def check(
    document: Annotated[Path, typer.Argument(help="the proof, with the entry's file beside it")],
    vkey: _Key = None,
    policy: _Policy = None,
) -> None:
    """Verify a proof that `proof` wrote, offline."""
    with _told():
        key, asked = _trust(vkey, policy)
        leaf = document.with_name(f"{document.name}.entry").read_bytes()
        found = EntryProof.read(document.read_bytes(), leaf)
        size = found.verify(key, asked)
        typer.echo(f"{found.origin}: entry {found.entry} is number {found.index} of {size}")


@group.command("receipt")
def receipt(
    document: Annotated[Path, typer.Argument(help="the receipt, as the service gave it")],
    vkey: _Key = None,
    policy: _Policy = None,
) -> None:
    """Verify one receipt offline."""
    with _told():
        key, asked = _trust(vkey, policy)
        found = verify_receipt(document.read_bytes(), key, policy=asked)
        typer.echo(
            f"{found.origin}: entry {found.entry} is number {found.index} of {found.tree_size}"
        )


class _Work:
    """Shows how far it is, and writes it down now and then."""

    def __init__(self, path: Path | None, show: Callable[[int, int], None]) -> None:
        self._path = path
        self._show = show
        self._last: Recount | None = None
        self._written = 0

    def tell(self, recount: Recount, size: int) -> None:
        self._show(recount.size, size)
        self._last = recount
        if recount.size - self._written >= _KEEP_EVERY:
            self._written = recount.size
            self._keep()

    def done(self) -> None:
        self._keep()

    def _keep(self) -> None:
        if self._path is not None and self._last is not None:
            keep(self._path.parent, self._path.name, self._last.kept())


def _trust(vkey: Path | None, policy: Path | None) -> tuple[str | None, TrustPolicy | None]:
    if vkey is None and policy is None:
        raise typer.BadParameter("give --vkey, --policy or both: nothing else is believed")
    key = None if vkey is None else vkey.read_text("utf-8").strip()
    asked = None if policy is None else TrustPolicy.parse(policy.read_text("utf-8"))
    return key, asked


def _under_policy(fetch: Fetch, policy: TrustPolicy | None) -> Fetch:
    """With witnesses asked for, the checkpoint that they cosigned; else the newest."""

    def chosen(path: str) -> bytes:
        if path == "checkpoint" and policy is not None and policy.quorum != NONE:
            try:
                return fetch("witnessed")
            except (httpx2.HTTPStatusError, FileNotFoundError):
                return fetch(path)
        return fetch(path)

    return chosen


def _head(note: bytes, key: str | None, policy: TrustPolicy | None) -> int:
    text = note.decode()
    if policy is not None:
        return policy.open(text, None if key is None else VerifierKey.parse(key)).size
    return open_checkpoint(text, VerifierKey.parse(key or "")).size


def _sentence(found: LogVerified) -> str:
    pruned = f", the first {found.first} pruned" if found.first else ""
    return f"{found.origin}: {found.size} entries{pruned}, root {found.root.hex()}"


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A line that counts, where somebody watches; nothing where output goes to a file."""
    watched = sys.stderr.isatty()

    def show(done: int, of: int) -> None:
        if watched and of:
            sys.stderr.write(f"\r{doing}: {done:,} of {of:,} ({100 * done // of} %)")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if watched:
            sys.stderr.write("\n")


@contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong is one sentence and one exit code."""
    try:
        yield
    except Rejected as rejection:
        _end(NOT_VERIFIED, f"NOT VERIFIED: {rejection}")
    except (httpx2.HTTPError, OSError) as failure:
        reason = f"NOT VERIFIED: something could not be read ({type(failure).__name__})."
        _end(NOT_READ, reason)
    except UnicodeDecodeError:
        _end(NOT_VERIFIED, "NOT VERIFIED: something that should be text is not.")
    except ValueError:
        _end(NOT_VERIFIED, "NOT VERIFIED: something is not written as it should be.")
    except KeyboardInterrupt:
        _end(INTERRUPTED, "Interrupted. The same command goes on from where it was.")


def _end(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(code)
