"""`klarfall keys`: how old which key is, and new ones while everything runs."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NoReturn

import typer

from app.database.engine import Database
from app.records import stocktaking
from app.vault import alarmbook
from app.vault.guard import RotationBusy
from app.vault.keys import Vault
from app.vault.moving import Move
from app.vault.progress import Level, Progress
from app.vault.rotation import Renewal
from app.vault.services import KeyService
from app.vault.status import KeyStatus, status
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import TenantId
from app.web.key_services import both_services, key_service
from app.web.settings import KeyServiceKind, Settings
from app.web.tenants import Tenant, load_all

group: Final = typer.Typer(
    help="Keys: their versions, and new ones. Shows no key material.", no_args_is_help=True
)
# 128 and the number of SIGINT, as shells have it.
_INTERRUPTED: Final = 130
_Tenant = Annotated[str | None, typer.Option(help="one office only; all without it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What a command works with: the tables' owner, and the key service of the settings."""

    database: Database
    service: KeyService
    tenants: tuple[TenantId, ...]
    settings: Settings
    loaded: Mapping[TenantId, Tenant]


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
        for alarm in await alarmbook.read(bench.database, bench.tenants):
            typer.echo(_alarmed(alarm))
        return 0

    _run(work, tenant)


@group.command("heed")
def heed(tenant: _Tenant = None) -> None:
    """Strike the alarms that `status` tells: somebody has looked into them."""

    async def work(bench: _Bench) -> int:
        standing = await alarmbook.read(bench.database, bench.tenants)
        for alarm in standing:
            typer.echo(_alarmed(alarm))
        await alarmbook.strike(bench.database, standing)
        typer.echo(f"Alarms struck: {len(standing)}.")
        return 0

    _run(work, tenant)


@group.command("contents")
def contents(tenant: _Tenant = None) -> None:
    """List what files from before there were contents hold. Once, after the upgrade.

    Until then such files are refused. Interrupted and run again, it goes on. The exit code is 1
    where something does not open: that person's part stays refused.
    """

    async def work(bench: _Bench) -> int:
        vault, stuck = Vault(bench.service), 0
        for each in bench.tenants:
            stock = await stocktaking.take(bench.database, vault, each, _parts_of(each))
            await alarmbook.write(bench.database, vault.alarms)
            stuck += stock.stuck
            typer.echo(f"{each}: listed {stock.listed} parts; do not open {stock.stuck}")
        return 1 if stuck else 0

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
        stuck, older = 0, None
        if owner_older_than is not None:
            older = datetime.now(UTC) - timedelta(days=owner_older_than)
        if level in {None, Level.SERVICE}:
            await renewal.service_key(bench.tenants)
        for each in bench.tenants:
            if level in {None, Level.TENANT}:
                stuck += await renewal.tenant_key(each)
            if level in {None, Level.DATA}:
                await renewal.new_data_keys(each, older_than=older)
        for each in bench.tenants:
            if level in {None, Level.DATA}:
                stuck += await renewal.data_keys(each, older_than=older)
            typer.echo(_sentence(await status(bench.database, bench.service, each)))
        if stuck:
            sys.stderr.write(f"Do not open, and stayed as they are: {stuck}.\n")
        return 1 if stuck else 0

    _run(work, tenant)


def _tell(progress: Progress) -> None:
    sys.stderr.write(f"{progress.tenant}: {progress.level}: {progress.what} {progress.done}\n")


@group.command("move")
def move(
    to: Annotated[KeyServiceKind, typer.Option(help="the key service that is in use now")],
) -> None:
    """Have the key service in use wrap what another wrapped. Interrupted, it goes on.

    Before: KLARFALL_KEY_SERVICE names the new one and KLARFALL_KEY_SERVICE_BEFORE the other, for
    every process that serves. After: drop the second, restart, and only then end the other.
    """

    async def work(bench: _Bench) -> int:
        if bench.settings.key_service is not to or bench.settings.key_service_before is None:
            _refuse(f"KLARFALL_KEY_SERVICE is not {to}, or there is none before it.")
        both = both_services(bench.settings, bench.loaded)
        try:
            await both.establish()
        except FileExistsError:
            sys.stderr.write("There are keys already in the new service: they are used.\n")
        try:
            left = await Move(database=bench.database, both=both, tell=_tell).run(bench.tenants)
        finally:
            await both.close()
        if left:
            sys.stderr.write(
                f"Still opened by the former service alone: {left} data keys. "
                "Run `klarfall keys rotate --level tenant`, and this again.\n"
            )
            return 1
        typer.echo(f"All keys are wrapped by {to}. Drop KLARFALL_KEY_SERVICE_BEFORE and restart.")
        return 0

    _run(work, tenant=None)


def _parts_of(tenant: TenantId) -> Callable[[int], None]:
    def told(done: int) -> None:
        sys.stderr.write(f"{tenant}: parts listed {done}\n")

    return told


def _alarmed(alarm: alarmbook.Alarm) -> str:
    return (
        f"{alarm.tenant}: ALARM: {alarm.place} did not open {alarm.number} times, "
        f"first {_moment(alarm.first_at)}, last {_moment(alarm.last_at)}"
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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
            bench = _Bench(
                database=database, service=service, tenants=named, settings=settings, loaded=tenants
            )
            return await work(bench)
        finally:
            await service.close()
            await database.close()

    try:
        code = asyncio.run(whole())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run it again, and it goes on where it stood.\n")
        raise typer.Exit(_INTERRUPTED) from None
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
