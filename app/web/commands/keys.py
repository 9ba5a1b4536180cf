"""`klarfall keys`: how old which key is, and new ones while everything runs."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NoReturn

import typer

from app.database.engine import Database
from app.vault.rotation import Level, Progress, Renewal, RotationBusy
from app.vault.services import KeyService
from app.vault.status import KeyStatus, status
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import TenantId
from app.web.key_services import key_service
from app.web.settings import Settings
from app.web.tenants import load_all

group: Final = typer.Typer(
    help="Keys: their versions, and new ones. Shows no key material.", no_args_is_help=True
)
_Tenant = Annotated[str | None, typer.Option(help="one office only; all without it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What a command works with: the tables' owner, and the key service of the settings."""

    database: Database
    service: KeyService
    tenants: tuple[TenantId, ...]


@group.command("create")
def create() -> None:
    """Make the first keys in the key service. Never replaces any."""

    async def work(bench: _Bench) -> int:
        try:
            await bench.service.establish()
        except FileExistsError:
            _refuse("There are keys already: none was made.")
        typer.echo("The first keys are there.")
        return 0

    _run(work, tenant=None)


@group.command("status")
def show(tenant: _Tenant = None) -> None:
    """How many keys are under which version, and what is left to do."""

    async def work(bench: _Bench) -> int:
        for each in bench.tenants:
            typer.echo(_sentence(await status(bench.database, bench.service, each)))
        return 0

    _run(work, tenant)


@group.command("rotate")
def rotate(
    tenant: _Tenant = None,
    level: Annotated[Level | None, typer.Option(help="one level; all three without it")] = None,
    owner_older_than: Annotated[
        int | None, typer.Option(min=1, help="data keys of more than so many days only")
    ] = None,
) -> None:
    """Renew keys while the service runs. Interrupted, it goes on where it stood.

    Runs as the role that owns the tables, named by KLARFALL_OWNER_URL. The exit code is 1 where
    something does not open: it stays as it is, and so does its key.
    """

    async def work(bench: _Bench) -> int:
        renewal = Renewal(database=bench.database, service=bench.service, tell=_tell)
        stuck = 0
        if level in {None, Level.SERVICE}:
            await renewal.service_key(bench.tenants)
        for each in bench.tenants:
            if level in {None, Level.TENANT}:
                stuck += await renewal.tenant_key(each)
            if level in {None, Level.DATA}:
                older = None
                if owner_older_than is not None:
                    older = datetime.now(UTC) - timedelta(days=owner_older_than)
                stuck += await renewal.data_keys(each, older_than=older)
            typer.echo(_sentence(await status(bench.database, bench.service, each)))
        if stuck:
            sys.stderr.write(f"Do not open, and stayed as they are: {stuck}.\n")
        return 1 if stuck else 0

    _run(work, tenant)


def _tell(progress: Progress) -> None:
    sys.stderr.write(f"{progress.tenant}: {progress.level}: {progress.what} {progress.done}\n")


def _sentence(found: KeyStatus) -> str:
    under = ", ".join(
        f"version {version}: {many} data keys"
        + (f" (service key {found.tenant_keys[version]})" if version in found.tenant_keys else "")
        for version, many in sorted(
            (dict.fromkeys(found.tenant_keys, 0) | {**found.data_keys}).items()
        )
    )
    return (
        f"{found.tenant}: service key {found.service_newest}; tenant key {under or 'none yet'}; "
        f"oldest data key {found.oldest_days} days; being renewed {found.under_way} data keys "
        f"of {found.values} values; left to do {found.left}"
    )


def _run(work: Callable[[_Bench], Awaitable[int]], tenant: str | None) -> None:
    url = os.environ.get("KLARFALL_OWNER_URL")
    if not url:
        _refuse("Say which database: set KLARFALL_OWNER_URL to the owner role's URL.")

    async def whole() -> int:
        settings = Settings()
        tenants = load_all(settings.tenants, settings.environment)
        if tenant is not None and TenantId(tenant) not in tenants:
            _refuse("There is no such tenant here.")
        named = tuple(tenants) if tenant is None else (TenantId(tenant),)
        service = key_service(settings, tenants)
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
        try:
            return await work(_Bench(database=database, service=service, tenants=named))
        finally:
            await service.close()
            await database.close()

    try:
        code = asyncio.run(whole())
    except RotationBusy:
        _refuse("Somebody else renews these keys just now.")
    except KlarfallError as error:
        _refuse(f"Not done to its end, and safe to run again: {error}")
    except ValueError as flaw:
        _refuse(f"The settings do not fit ({type(flaw).__name__}): {_told(flaw)}")
    raise typer.Exit(code)


def _told(flaw: ValueError) -> str:
    """Ours name a setting and no value; those of others may quote one."""
    return str(flaw).splitlines()[0] if type(flaw) is ValueError else "see the names above"


def _refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(2)
