"""The command line: `klarfall …`. Each group of commands is a module beside this one."""

import sys
from typing import Final

import typer
from pydantic import ValidationError

from app.web.commands import (
    auditing,
    database,
    demonstration,
    keys,
    lifecycle,
    oversight,
    policies,
    redaction,
    serving,
)
from app.web.settings import Settings, complaints

program: Final = typer.Typer(
    name="klarfall",
    help="Answers a person's question about their own benefit case.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

program.command("serve")(serving.serve)
program.command("migrate")(database.migrate)
program.add_typer(demonstration.group, name="demo")
program.command("ask")(demonstration.ask)
program.command("redact")(redaction.redact)
policies.group.command("reports")(oversight.reports)
program.add_typer(policies.group, name="policy")
auditing.group.command("bundle")(oversight.bundle)
program.add_typer(auditing.group, name="audit")
program.add_typer(keys.group, name="keys")
program.add_typer(lifecycle.group, name="lifecycle")


def main() -> None:
    try:
        program()
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        sys.stderr.write("The settings of this service are incomplete or do not fit:\n")
        sys.stderr.writelines(f"  {each}\n" for each in complaints(error))
        sys.exit(2)


if __name__ == "__main__":
    main()
