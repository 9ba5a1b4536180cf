"""`klarfall redact`: personal data taken out of a text. Needs no database and no network."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, Final, NoReturn

import typer

from app.redaction.names.modes import Mode

_STDIN: Final = Path("-")
# Bytes. What is shorter is done before anybody could read a bar.
WORTH_A_BAR: Final = 50_000


class Format(StrEnum):
    """`AUTO` takes for NDJSON what begins with a line that is a JSON object."""

    AUTO = "auto"
    TEXT = "text"
    NDJSON = "ndjson"


def redact(  # noqa: PLR0913, PLR0917 - each is an option
    file: Annotated[Path, typer.Argument(help="what to read; - is standard input")] = _STDIN,
    mode: Annotated[Mode, typer.Option(help="recall masks more, fast is faster")] = Mode.RECALL,
    lang: Annotated[str, typer.Option(help="language of what names none of its own")] = "de",
    form: Annotated[
        Format, typer.Option("--format", help="of what is read and what is written")
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

    NDJSON becomes {"id", "text", "spans"}, with spans as offsets into the text as it was.
    The exit code is 1 when a line had to be left out.
    """
    # Half a second that no other command shall wait for.
    from app.web.commands import batch  # noqa: PLC0415 - said above

    try:
        batch.language(lang)
    except batch.BadLine:
        _refuse(f"There is no such language here. There are {', '.join(batch.SPOKEN)}.")
    try:
        detector = batch.detector(mode, engine=engine, recognisers=recognisers)
    except (OSError, ValueError) as flaw:
        _refuse(f"The engine or the recognisers cannot be used ({type(flaw).__name__}).")
    try:
        with _opened(file) as stream, bar(file) as moved:
            left_out = batch.run(
                stream,
                form=form.value,
                spoken=lang,
                detector=detector,
                to=batch.Channels(out=sys.stdout.write, said=_say, moved=moved),
            )
    except OSError as failure:
        _refuse(f"The input could not be read ({type(failure).__name__}).")
    if left_out:
        _say(f"Lines left out: {left_out}. All others are done.\n")
        raise typer.Exit(1)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file == _STDIN:
        yield sys.stdin.buffer
        return
    with file.open("rb") as stream:
        yield stream


@contextmanager
def bar(file: Path) -> Iterator[Callable[[int], object]]:
    """Told of bytes that are done. Seen only where somebody looks and the output goes elsewhere."""
    size = None if file == _STDIN else file.stat().st_size
    watched = sys.stderr.isatty() and not sys.stdout.isatty()
    if not watched or (size is not None and size < WORTH_A_BAR):
        yield lambda _: None
        return
    # Without a length it shows that something moves.
    steps = iter(()) if size is None else range(0)
    with typer.progressbar(steps, length=size, file=sys.stderr, label="klarfall redact") as shown:
        yield shown.update


def _say(sentence: str) -> None:
    sys.stderr.write(sentence)


def _refuse(sentence: str) -> NoReturn:
    _say(f"{sentence}\n")
    raise typer.Exit(2)
