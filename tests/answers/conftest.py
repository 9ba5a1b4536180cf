"""The front of the whole service, in front of a rules composer and in front of a model."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pydantic import AnyHttpUrl
from sqlalchemy import text

from app.answers.answer import Answer
from app.answers.pipeline import Given, Pipeline, Question, Reached
from app.answers.writing import Said
from app.audit.canonical import parsed
from app.audit.leaves import SALT_BYTES
from app.policy.release import Needed
from app.records.excerpt import CaseFile
from app.vocabulary.ids import CaseId, EntryId, ReleaseId, TenantId
from app.vocabulary.json import Json
from app.vocabulary.levels import Hosting, Language, Purpose
from tests.doubles.model_server import Mode, ModelServer
from tests.fixtures import Urls
from tests.parties import BERGSTRASSE, Office
from tests.service import Whole, serving

WHEN_PAID = "Wann bekomme ich mein Geld?"
# Special, so that a model hears of it only with consent.
DISABILITY = "Wie hoch ist mein Grad der Behinderung?"


@dataclass
class WatchedFile:
    """The real file, with a memory, and a hook that runs while it is read."""

    real: CaseFile
    meanwhile: Callable[[], object] | None = None
    asked: list[frozenset[Needed]] = field(default_factory=list)

    async def read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> Mapping[Needed, Json]:
        self.asked.append(wanted)
        found = await self.real.read(tenant, case, wanted)
        if self.meanwhile is not None:
            done = self.meanwhile()
            if hasattr(done, "__await__"):
                await done
        return found


@dataclass
class Front:
    """An office's people in front of one pipeline."""

    whole: Whole
    office: Office
    pipeline: Pipeline
    file: WatchedFile

    @classmethod
    def of(cls, whole: Whole) -> "Front":
        parts = whole.parts
        office = Office(
            database=parts.database,
            vault=parts.vault,
            log=parts.legitimation.log,
            clock=whole.clock,
            cases=parts.cases,
            mandates=parts.mandates,
            codes=parts.codes,
            person_events=parts.person_events,
            bindings=parts.bindings,
            legitimation=parts.legitimation,
            liar=whole.liar,
        )
        file = WatchedFile(parts.pipeline.file)
        return cls(whole, office, replace(parts.pipeline, file=file), file)

    async def entries(self, release: ReleaseId) -> list[Mapping[str, object]]:
        """The payloads in the log about this release, opened."""
        sealer = self.whole.parts.answers.sealer
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            rows = (await tx.execute(text("SELECT entry, sealed FROM audit_payloads"))).all()
            opened = [
                parsed(
                    (await sealer.open(tx, BERGSTRASSE, EntryId(row.entry), row.sealed))[
                        SALT_BYTES:
                    ]
                )
                for row in rows
            ]
        return [each for each in opened if each["release"] == str(release)]

    async def newest_release(self) -> ReleaseId:
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            found = await tx.execute(text("SELECT id FROM releases ORDER BY age(xmin) LIMIT 1"))
            return ReleaseId(found.scalar_one())


@dataclass
class Told:
    """What a stream said, in order."""

    stages: list[str]
    texts: list[str]
    answer: Answer | None


async def streamed(pipeline: Pipeline, mandate: object, question: Question) -> Told:
    told = Told([], [], None)
    async with aclosing(pipeline.steps(mandate, question)) as steps:  # type: ignore[arg-type]  # a Mandate
        async for step in steps:
            match step:
                case Reached():
                    told.stages.append(step.stage.value)
                case Said():
                    told.texts.append(step.text)
                case Given():
                    told.answer = step.answer
    return told


def asking(
    text: str = WHEN_PAID,
    *,
    wait: bool = True,
    preferred: Language = Language.DE,
    purpose: Purpose = Purpose.ANSWER_OWN_QUESTION,
) -> Question:
    return Question(text=text, purpose=purpose, preferred=preferred, wait=wait)


@pytest.fixture
def front(whole: Whole) -> Front:
    return Front.of(whole)


@pytest.fixture(scope="package")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="package")
async def modelled_service(
    new_database: Callable[..., Urls],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    model_server: ModelServer,
) -> AsyncIterator[Whole]:
    async with serving(
        tmp_path_factory.mktemp("modelled"),
        new_database(migrated_template).app,
        model_url=AnyHttpUrl(model_server.url),
        model_name="double",
        model_hosting=Hosting.ON_PREMISES,
    ) as whole:
        yield whole


@pytest.fixture
def model(model_server: ModelServer) -> ModelServer:
    """Well-behaved, and with nothing asked of it yet."""
    model_server.mode, model_server.reply = Mode.WELL_BEHAVED, None
    model_server.requests.clear()
    model_server.sent.clear()
    return model_server


@pytest.fixture
def modelled(modelled_service: Whole, model: ModelServer) -> Front:
    modelled_service.clock.forward(timedelta(seconds=1))  # so that each test's release is newest
    return Front.of(modelled_service)
