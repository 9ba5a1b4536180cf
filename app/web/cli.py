"""The command line: `klarfall …`. Each group of commands is a module beside this one."""

from typing import Final

import typer

from app.web.commands import auditing, database, demonstration, policies, redaction, serving

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
program.add_typer(policies.group, name="policy")
program.add_typer(auditing.group, name="audit")


def main() -> None:
    program()


if __name__ == "__main__":
    main()
