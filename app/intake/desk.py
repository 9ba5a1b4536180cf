"""Where questions are taken in. Put together once by `app.web`; holds nothing of a question."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.catalogue.rulebook import Rulebook
from app.intake import inquiry
from app.intake.inquiry import GeneralInquiry, Inquiry
from app.intake.understanding import Understanding
from app.legitimation.mandates import Mandate
from app.vault.keys import Vault
from app.vocabulary.levels import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeDesk:
    understanding: Understanding
    rulebook: Rulebook
    vault: Vault

    @classmethod
    def load(cls, policies: Path, rulebook: Rulebook, vault: Vault) -> Self:
        """Raises Unsound, naming the sheet and the phrase, rather than start half deaf."""
        return cls(
            understanding=Understanding.load(policies, rulebook), rulebook=rulebook, vault=vault
        )

    async def establish(self, mandate: Mandate, question: str, *, preferred: Language) -> Inquiry:
        """See `inquiry.establish`. Names are compared by the tenant's own blind index."""
        return inquiry.establish(
            mandate,
            question,
            preferred=preferred,
            understanding=self.understanding,
            rulebook=self.rulebook,
            names=await self.vault.indexer(mandate.person.tenant),
        )

    def general(self, question: str, *, preferred: Language) -> GeneralInquiry:
        return inquiry.general(question, preferred=preferred, understanding=self.understanding)
