"""`klarfall migrate`: the tables, brought up to this version."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from alembic import command
from alembic.config import Config


def migrate(
    to: Annotated[str, typer.Option(help="revision to go up to")] = "head",
    config: Annotated[Path, typer.Option(help="Alembic's file")] = Path("alembic.ini"),
) -> None:
    """Run the migrations as the role that owns the tables, named by KLARFALL_OWNER_URL."""
    if not os.environ.get("KLARFALL_OWNER_URL"):
        sys.stderr.write("Say which database: set KLARFALL_OWNER_URL to the owner role's URL.\n")
        raise typer.Exit(2)
    if not config.is_file():
        sys.stderr.write(f"There is no {config} here: run this in the folder that holds it.\n")
        raise typer.Exit(2)
    command.upgrade(Config(config), to)
