"""`klarfall policy`: the rules, held against each other before they are served."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from app.catalogue.rulebook import Rulebook
from app.policy.engine import PoliciesUnfit, PolicyEngine

group: Final = typer.Typer(help="Policies, catalogue and legal bases.", no_args_is_help=True)


@group.callback()
def _named() -> None:
    """Keeps `check` a word of its own while it is the only one."""


@group.command()
def check(
    folder: Annotated[Path, typer.Option(help="the folder of policies")] = Path("policies"),
) -> None:
    """Exit code 0 only if every sheet and every policy fits, which is what the start asks too."""
    try:
        rulebook = Rulebook.load(folder)
        engine = PolicyEngine.load(folder)
    except (PoliciesUnfit, ValueError, OSError) as flaw:
        sys.stderr.write(f"{flaw}\n")
        raise typer.Exit(1) from None
    typer.echo(
        f"{len(rulebook.catalogue)} fields, {len(rulebook.topics)} topics; "
        f"the policies fit their schema; digest {engine.digest}"
    )
