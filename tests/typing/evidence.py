"""Lines that must not type-check. Read by mypy, never run.

Each ignore names the error it expects; `warn_unused_ignores` turns a line that starts to
type-check into a failure.
"""

from uuid import UUID

from app.audit.receipts import Receipt
from app.identity.persons import Person
from app.legitimation.mandates import Mandate
from app.policy.release import Policies, Release
from app.records.excerpt import CaseFile, ScopedFacts, excerpt
from app.redaction.text import RedactedText, reveal
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import CaseId, EntryId, PersonId, ReleaseId, SubjectId, TenantId


async def a_file_is_read_with_a_release_and_its_receipt(
    file: CaseFile, release: Release, receipt: Receipt, mandate: Mandate
) -> None:
    await excerpt(file, release, receipt)

    await excerpt(file, release)  # type: ignore[call-arg]
    await excerpt(file, receipt)  # type: ignore[call-arg]
    await excerpt(file, mandate, receipt)  # type: ignore[arg-type]
    await excerpt(file, receipt, release)  # type: ignore[arg-type]
    await excerpt(file, release, None)  # type: ignore[arg-type]


def a_release_needs_a_mandate(policies: Policies, person: Person, facts: ScopedFacts) -> None:
    policies.decide(person, frozenset(), facts)  # type: ignore[arg-type]
    policies.decide(person)  # type: ignore[call-arg, arg-type]


def evidence_cannot_be_made_here(seal: Seal, release: Release) -> None:
    RedactedText("Alma")  # type: ignore[call-arg]
    RedactedText("Alma", object())  # type: ignore[arg-type]
    Receipt(TenantId("t"), EntryId(UUID(int=1)), None)  # type: ignore[call-arg]
    Receipt(TenantId("t"), EntryId(UUID(int=1)), None, None)  # type: ignore[arg-type]
    ScopedFacts(release, {}, {})  # type: ignore[call-arg]
    ScopedFacts(release, {}, {}, "seal")  # type: ignore[arg-type]
    Mandate()  # type: ignore[call-arg]
    Person()  # type: ignore[call-arg]
    # With a seal of one's own it type-checks, and fails when it runs: see tests/architecture.
    RedactedText("Alma", seal)


def evidence_cannot_be_changed(text: RedactedText, release: Release, receipt: Receipt) -> None:
    text.text = "Alma"  # type: ignore[misc]
    release.items = ()  # type: ignore[misc]
    receipt.release = ReleaseId(UUID(int=1))  # type: ignore[misc]


def evidence_has_no_other_shape(text: RedactedText, facts: ScopedFacts) -> None:
    reveal(text, text)  # type: ignore[arg-type]
    reveal("Alma", facts)  # type: ignore[arg-type]


def ids_of_one_kind_are_not_those_of_another(person: PersonId, case: CaseId) -> None:
    as_subject: SubjectId = person  # type: ignore[assignment]
    as_person: PersonId = case  # type: ignore[assignment]
    as_tenant: TenantId = "bergstrasse"  # type: ignore[assignment]
    del as_subject, as_person, as_tenant
