"""`klarfall lifecycle`: what is over goes, what was erased stays erased."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final

import psycopg
import typer

from app.lifecycle.running import Keeper, Over
from app.vocabulary.dates import system_clock
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import TenantId
from app.web.settings import Settings

if TYPE_CHECKING:
    from app.web.wiring import Service

group: Final = typer.Typer(
    help="Delete what is over; erase anew whom a restored backup brought back.",
    no_args_is_help=True,
)
_Tenant = Annotated[str | None, typer.Option(help="one office only; all without it")]


@group.command("run")
def run(
    *,
    tenant: _Tenant = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="list what would go, and delete nothing")
    ] = False,
    ids: Annotated[bool, typer.Option("--ids", help="with the id of every row")] = False,
) -> None:
    """Delete what policies/retention.yaml says is over, and finish erasures that were begun.

    Safe to interrupt and to run again. Each batch is one transaction with its entry in the log.
    """

    async def work(service: "Service") -> None:
        keeper = service.lifecycle.keeper
        for each in _chosen(service, tenant):
            if dry_run:
                _tell(each, await keeper.over(each), ids=ids)
                _tell_pruned(each, await keeper.prune(each, dry_run=True))
                continue
            finished = await service.lifecycle.eraser.resume(each)
            finished += await service.lifecycle.eraser.strays(each)
            _tell(each, await _deleted(keeper, each), ids=ids)
            _tell_pruned(each, await keeper.prune(each))
            typer.echo(f"{each}: {finished} erasures finished")

    _with_service(work)


@group.command("replay")
def replay(tenant: _Tenant = None) -> None:
    """Erase whoever is on the erasure list and in this database all the same.

    The service does this by itself before it serves anybody; run it after restoring a backup to
    see what it does.
    """

    async def work(service: "Service") -> None:
        for each in _chosen(service, tenant):
            typer.echo(f"{each}: {await service.lifecycle.eraser.replay(each)} erased again")

    _with_service(work)


@group.command("scrub")
def scrub(
    *,
    patience: Annotated[
        int, typer.Option(min=1, metavar="SECONDS", help="how long to wait for a table in use")
    ] = 60,
) -> None:
    """Rewrite all tables, so that no page holds what was deleted. Named by KLARFALL_OWNER_URL.

    Each table is locked while it is rewritten: run it at night. One that is in use for longer
    than we wait is left as it is and named, and the exit code is 1: while we wait for it nobody
    else gets at it. Old segments of the write-ahead log go with the next checkpoints, where
    `wal_recycle` is off.
    """
    url = os.environ.get("KLARFALL_OWNER_URL")
    if not url:
        sys.stderr.write("Say which database: set KLARFALL_OWNER_URL to the owner role's URL.\n")
        raise typer.Exit(2)
    left = False
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{patience}s"])
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tableowner = current_user ORDER BY tablename"
        ).fetchall()
        for (table,) in tables:
            name = psycopg.sql.Identifier(table)
            try:
                connection.execute(psycopg.sql.SQL("VACUUM (FULL, ANALYZE) {}").format(name))
            except psycopg.errors.LockNotAvailable:
                left = True
                sys.stderr.write(f"{table}: in use for {patience} s, left as it is. Try again.\n")
            else:
                typer.echo(f"{table}: rewritten")
    if left:
        raise typer.Exit(1)


async def _deleted(keeper: Keeper, tenant: TenantId) -> tuple[Over, ...]:
    def progress(over: Over, done: int) -> None:
        sys.stderr.write(f"{tenant}: {over.table} {done} of {len(over.ids)}\n")

    return await keeper.run(tenant, progress=progress)


def _tell(tenant: TenantId, found: tuple[Over, ...], *, ids: bool) -> None:
    for over in found:
        typer.echo(f"{tenant}: {over.category} {over.table} {len(over.ids)}")
        for each in over.ids if ids else ():
            typer.echo(f"  {each}")
    if not found:
        typer.echo(f"{tenant}: nothing is over")


def _tell_pruned(tenant: TenantId, count: int) -> None:
    if count:
        typer.echo(f"{tenant}: the first {count} entries of the log that were left")


def _chosen(service: "Service", tenant: str | None) -> tuple[TenantId, ...]:
    known = service.lifecycle.tenants
    if tenant is None:
        return known
    if TenantId(tenant) not in known:
        sys.stderr.write(f"There is no tenant {tenant} here.\n")
        raise typer.Exit(2)
    return (TenantId(tenant),)


def _with_service(work: Callable[["Service"], Awaitable[None]]) -> None:
    """Exit code 1 where it was not done to its end."""
    # The whole service, with its models: seconds that no other command shall wait for.
    from app.web.wiring import build  # noqa: PLC0415 - said above

    async def whole() -> None:
        service = build(Settings(), system_clock)
        try:
            await work(service)
        finally:
            await service.close()

    try:
        asyncio.run(whole())
    except KlarfallError as error:
        sys.stderr.write(f"Not done: {error}\n")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. What was done stays done; run it again for the rest.\n")
        raise typer.Exit(130) from None
