"""`klarfall redact`: personal data taken out of a text. Needs no database and no network."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, Final, NoReturn

import typer

from app.redaction.names.modes import Mode

_STDIN: Final = Path("-")
# Bytes. What is shorter is done before anybody could read a bar.
WORTH_A_BAR: Final = 50_000
# As a shell tells of a program that SIGPIPE ended. 1 would say that lines were left out.
_NOBODY_READS: Final = 128 + 13


class Format(StrEnum):
    """`AUTO` takes for NDJSON what begins with `{`, and refuses what may be either."""

    AUTO = "auto"
    TEXT = "text"
    NDJSON = "ndjson"


def redact(  # noqa: PLR0913, PLR0917 - each is an option
    file: Annotated[Path, typer.Argument(help="what to read; - is standard input")] = _STDIN,
    mode: Annotated[Mode, typer.Option(help="recall masks more, fast is faster")] = Mode.RECALL,
    lang: Annotated[str, typer.Option(help="language of what names none of its own")] = "de",
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="of what is read and written; auto takes for NDJSON what begins with {, else "
            'for text, and refuses that if it begins with [{ or a line of it with {"',
        ),
    ] = Format.AUTO,
    engine: Annotated[
        Path | None,
        typer.Option(envvar="KLARFALL_REDACTION_ENGINE", help="as the service has it"),
    ] = None,
    recognisers: Annotated[
        Path | None,
        typer.Option(envvar="KLARFALL_REDACTION_RECOGNISERS", help="as the service has it"),
    ] = None,
) -> None:
    """Mask personal data in a text, or in NDJSON of {"id", "text", "lang"?, "known"?}.

    NDJSON becomes {"id", "text", "spans"}, with spans as offsets into the text
    as it was. What stands in "id" is written as it is, a name, too.

    "lang" and --lang take de, en, tr, uk, ru, pl, ro, bg, ar, fa.

    "known" takes lists of texts by kind, like {"PERSON": ["Mia Muster"]}.
    docs/redaction.md lists the kinds.

    Input and output are UTF-8.

    The exit code is 0 when all was done; 1 when lines were left out and all
    others done; 2 when nothing could be begun, or reading or writing broke off.
    """
    # Half a second that no other command shall wait for.
    from app.web.commands import batch  # noqa: PLC0415 - said above

    if sys.stdout is None:
        _refuse("There is no standard output to write to.")
    try:
        batch.language(lang)
    except batch.BadLine:
        _refuse(f"There is no such language here. There are {', '.join(batch.SPOKEN)}.")
    try:
        detector = batch.detector(mode, engine=engine, recognisers=recognisers)
        with _opened(file) as stream, bar(file) as moved:
            left_out = batch.run(
                stream,
                form=form.value,
                spoken=lang,
                detector=detector,
                to=batch.Channels(out=_write, said=_say, moved=moved),
            )
    except batch.NotBegun as reason:
        _refuse(str(reason))
    except OSError as failure:
        _refuse(f"The input could not be read ({type(failure).__name__}).")
    if left_out:
        _say(f"Lines left out: {left_out}. All others are done.\n")
        raise typer.Exit(1)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file == _STDIN:
        if sys.stdin is None:
            _refuse("There is no standard input to read.")
        yield sys.stdin.buffer
        return
    with file.open("rb") as stream:
        yield stream


@contextmanager
def bar(file: Path) -> Iterator[Callable[[int], object]]:
    """Told of bytes that are done. Seen only where somebody looks and the output goes elsewhere."""
    size = None if file == _STDIN else file.stat().st_size
    watched = sys.stderr is not None and sys.stderr.isatty() and not sys.stdout.isatty()
    if not watched or (size is not None and size < WORTH_A_BAR):
        yield lambda _: None
        return
    # Without a length it shows that something moves.
    steps = iter(()) if size is None else range(0)
    with typer.progressbar(steps, length=size, file=sys.stderr, label="klarfall redact") as shown:
        yield shown.update


def _write(text: str) -> None:
    """At once, for whoever reads along, and in UTF-8, whatever the locale says."""
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _write_no_more()
        raise typer.Exit(_NOBODY_READS) from None
    except OSError as failure:
        _write_no_more()
        _refuse(f"The output could not be written ({type(failure).__name__}).")


def _write_no_more() -> None:
    """What is left of the output would fail once more when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _say(sentence: str) -> None:
    """Without anybody to hear it the exit code says the same."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(sentence)


def _refuse(sentence: str) -> NoReturn:
    _say(f"{sentence}\n")
    raise typer.Exit(2)
