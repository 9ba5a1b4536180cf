"""Whether the documents that were approved are the ones that the live policy gives.

An office approves a document by putting its digest into its own file. Any change of what is
processed, for what, on which law or by whose model changes the digest. The digest is of the
German document, whatever language it is read in: there is one thing to approve, not two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from app.audit.canonical import Json, canonical
from app.catalogue.rulebook import Rulebook
from app.oversight import impact, processing
from app.oversight.processing import Setting
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Language


class Approval(StrEnum):
    APPROVED = "approved"
    NEVER = "never_approved"
    # The alarm: what runs is not what somebody looked at.
    DIFFERS = "differs_from_approved"


class ReportKind(StrEnum):
    PROCESSING_RECORD = "processing-record"
    DPIA = "dpia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`digest` is what an office approves, `approved` what it did approve, if anything."""

    kind: ReportKind
    document: Mapping[str, Json]
    digest: str
    approved: str | None

    @property
    def approval(self) -> Approval:
        if self.approved is None:
            return Approval.NEVER
        return Approval.APPROVED if self.approved == self.digest else Approval.DIFFERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Written anew each time, from what decides. `rules` are the policies' own names."""

    rulebook: Rulebook
    rules: Sequence[str]
    settings: Mapping[TenantId, Mapping[Language, Setting]]
    approved: Mapping[TenantId, Mapping[ReportKind, str | None]]

    def of(self, tenant: TenantId, kind: ReportKind, language: Language) -> Report:
        return Report(
            kind=kind,
            document=self._document(tenant, kind, language),
            digest=digest(self._document(tenant, kind, Language.DE)),
            approved=self.approved[tenant][kind],
        )

    def differing(self) -> list[tuple[TenantId, ReportKind]]:
        """Which offices run something else than they approved."""
        return [
            (tenant, kind)
            for tenant in self.settings
            for kind in ReportKind
            if self.of(tenant, kind, Language.DE).approval is Approval.DIFFERS
        ]

    def _document(self, tenant: TenantId, kind: ReportKind, language: Language) -> dict[str, Json]:
        setting = self.settings[tenant][language]
        if kind is ReportKind.PROCESSING_RECORD:
            return processing.record(self.rulebook, setting, language)
        return impact.annex(self.rulebook, setting, self.rules, language)


def digest(document: Mapping[str, Json]) -> str:
    """SHA-256 of the document in the spelling of RFC 8785, in hexadecimal."""
    return sha256(canonical(document)).hexdigest()
