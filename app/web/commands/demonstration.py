"""`klarfall demo` and `klarfall ask`, which are at home in the folder demo/ of a checkout."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

_CHECKOUT: Final = Path(__file__).resolve().parents[3]

group: Final = typer.Typer(help="The demo: embedded database, provider, invented households.")
_As = Annotated[str, typer.Option("--as", help="the demo account")]


@group.callback(invoke_without_command=True)
def up(context: typer.Context) -> None:
    """Start everything and serve it until stopped."""
    if context.invoked_subcommand is None:
        _become("demo.stack")


@group.command()
def token(account: _As = "erika") -> None:
    """Print an access token of a demo account, signed in through the real flow."""
    _become("demo.access", "--as", account)


def ask(
    question: Annotated[str | None, typer.Argument(help="the question")] = None,
    account: _As = "erika",
) -> None:
    """Ask as a demo citizen and verify the receipt of the answer."""
    _become("demo.ask", "--as", account, *([] if question is None else ["--", question]))


def _become(module: str, *arguments: str) -> NoReturn:
    """In place of this process, so that signals reach what runs."""
    if not (_CHECKOUT / "demo" / "stack.py").is_file():
        sys.stderr.write("The demo is part of a checkout, and this is not one.\n")
        raise typer.Exit(2)
    os.chdir(_CHECKOUT)
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell is wanted
