"""One running product for all tests of this folder, once in each process that runs any."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from demo.postgres import free_port
from demo.state import Place
from tests.doubles.model_server import ModelServer
from tests.system.callers import Citizen, Integrator
from tests.system.running import STRANGERS, System, world_of_today


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.provider)


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    folder = Path(mkdtemp(prefix="klarfall-system-"))
    folder.chmod(0o711)  # so that PostgreSQL's own user may pass through
    place = Place(
        url=f"http://127.0.0.1:{free_port()}", issuer=f"http://127.0.0.1:{free_port()}", pid=0
    )
    try:
        with System(folder, place, world_of_today()) as running:
            yield running
    finally:
        rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    """Writes down everything it is asked."""
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="session")
def with_model(system: System, model: ModelServer) -> Iterator[str]:
    """Where the service with a model of the house answers."""
    environment = {
        "KLARFALL_MODEL_URL": model.url,
        "KLARFALL_MODEL_NAME": "double",
        "KLARFALL_MODEL_HOSTING": "on_premises",
    }
    with system.another("with-model", environment) as url:
        yield url


@pytest.fixture(scope="session")
def office(system: System) -> Integrator:
    return Integrator(system, system.url)


@pytest.fixture(scope="session")
def citizen(system: System) -> Callable[..., Citizen]:
    """Somebody of the demo world, by account."""

    def signed_in(account: str, *, acr: str = "substantial", url: str | None = None) -> Citizen:
        return Citizen(system, url or system.url, account=account, acr=acr)

    return signed_in


@pytest.fixture(scope="session")
def newcomer(system: System, office: Integrator) -> Callable[..., Citizen]:
    """Binds an account nobody used yet to a person of a case that was pushed."""
    unused = count()

    def bound(case: str, person: str, *, acr: str = "substantial") -> Citizen:
        made = Citizen(system, system.url, account=STRANGERS[next(unused)], acr=acr)
        made.bind(office.code(case, person))
        return made

    return bound
