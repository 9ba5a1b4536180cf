"""What every test may ask for: a real PostgreSQL, migrated, as the role that owns nothing.

One server a test process, gone at its end. Tests keep apart by fresh random ids, not by
emptying tables; a test that needs a database of its own asks for `empty_database` or
`migrated_database`.
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from pydantic import AnyHttpUrl
from xdist.remote import Producer

from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.intake.understanding import Understanding
from app.policy.release import Policies
from app.telemetry import logs
from app.vault.services import FileKeyService
from app.vocabulary.dates import Clock
from app.vocabulary.ids import TenantId
from app.web.settings import Environment, Settings
from demo.postgres import DATABASE, Server, running
from demo.state import ensure_secrets
from tests import once, schedule
from tests.fixtures import ROOT, Migrations, MovableClock, Urls
from tests.parties import Office
from tests.service import Whole, serving

settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile(
    "ci",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure() -> None:
    """What phrases mean takes seconds to work out: of the same sheets, once a process."""
    once.certificates()
    Understanding.load = once.of_sheets(Understanding.load)  # type: ignore[assignment,method-assign]  # the same, sooner


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After everybody else, who may have shuffled them."""
    schedule.arrange(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> schedule.Schedule:
    config.option.loadscopereorder = False
    return schedule.Schedule(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    folder = Path(mkdtemp(prefix="klarfall-test-"))
    folder.chmod(0o711)  # so that the server's own user may pass through
    try:
        with running(folder / "postgres") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgres: Server) -> Callable[..., Urls]:
    """Makes another database, empty or as a copy of `template`."""
    numbers = count(1)

    def make(template: str = "template1") -> Urls:
        name = f"test_{next(numbers)}"
        postgres.create_database(name, template=template)
        return Urls(postgres.app_url(name), postgres.owner_url(name), postgres.superuser_url(name))

    return make


@pytest.fixture(scope="session")
def migrated_template(postgres: Server, new_database: Callable[..., Urls]) -> str:
    """The name of a migrated database that nobody is connected to."""
    Migrations(postgres.owner_url(DATABASE)).upgrade()
    return DATABASE


@pytest.fixture
def empty_database(new_database: Callable[..., Urls]) -> Urls:
    return new_database()


@pytest.fixture
def migrated_database(new_database: Callable[..., Urls], migrated_template: str) -> Urls:
    return new_database(migrated_template)


@pytest.fixture(scope="session")
def urls(new_database: Callable[..., Urls], migrated_template: str) -> Urls:
    """The database that most tests share."""
    return new_database(migrated_template)


@pytest.fixture(scope="session")
def database_url(urls: Urls) -> str:
    return urls.app


@pytest.fixture(scope="session")
def owner_url(urls: Urls) -> str:
    """For looking at rows as the owner, who is bound by row-level security as well."""
    return urls.owner


@pytest.fixture(scope="session")
def superuser_url(urls: Urls) -> str:
    """For playing the attacker who has the whole database."""
    return urls.superuser


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def owner_database(owner_url: str) -> AsyncIterator[Database]:
    opened = Database(owner_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def demo_settings(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> Iterator[Settings]:
    """What a service of the two demo offices is set up with; nothing answers at the provider's."""
    folder = tmp_path_factory.mktemp("state")
    ensure_secrets(folder)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KLARFALL_STATE", str(folder))
        environment.setenv("KLARFALL_DEMO_ISSUER", "http://127.0.0.1:9")
        yield Settings(
            environment=Environment.TESTING,
            database_url=database_url,
            public_url=AnyHttpUrl("http://127.0.0.1:8000"),
            tenants=ROOT / "tenants",
            policies=ROOT / "policies",
        )


@pytest.fixture(scope="session")
def tenant() -> TenantId:
    return TenantId("bergstrasse")


@pytest.fixture(scope="session")
def other_tenant() -> TenantId:
    return TenantId("main-kinzig")


@pytest.fixture
def movable_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(movable_clock: MovableClock) -> Clock:
    return movable_clock


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook.load(ROOT / "policies")


@pytest.fixture(scope="session")
def policies() -> Policies:
    return Policies.load(ROOT / "policies")


@pytest.fixture(scope="session")
def key_service(tmp_path_factory: pytest.TempPathFactory) -> FileKeyService:
    path = tmp_path_factory.mktemp("keys") / "master.key"
    FileKeyService.create(path)
    return FileKeyService(path)


@pytest.fixture
def office(
    database: Database, key_service: FileKeyService, clock: Clock, rulebook: Rulebook
) -> Office:
    return Office.open(database, key_service, clock, rulebook)


@pytest.fixture(scope="session")
async def one_service(
    new_database: Callable[..., Urls],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Whole]:
    """On a database of its own: it moves entries into the log all the time."""
    folder = tmp_path_factory.mktemp("service")
    async with serving(folder, new_database(migrated_template).app) as whole:
        yield whole


@pytest.fixture
def whole(one_service: Whole) -> Whole:
    """The whole service with an honest provider and no log lines yet. Its time never runs back."""
    # Later than every test before, so that what this one does is the newest.
    later = one_service.clock.now + timedelta(seconds=1)
    one_service.clock.now = max(datetime.now(UTC), later)
    one_service.logged.seek(0)
    one_service.logged.truncate()
    logs.configure(one_service.logged)
    one_service.liar.replies.clear()
    return one_service
