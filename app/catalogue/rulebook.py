"""All sheets of the catalogue, read together and held against each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.catalogue.actions import Actions
from app.catalogue.bases import Bases
from app.catalogue.fields import Catalogue
from app.catalogue.notices import Notices
from app.catalogue.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    catalogue: Catalogue
    bases: Bases
    notices: Notices
    topics: Topics
    actions: Actions

    @classmethod
    def load(cls, policies: Path) -> Self:
        """From the folder `policies/`. Raises Unsound, and the service does not start."""
        catalogue = Catalogue.load(policies / "fields.yaml")
        notices = Notices.load(policies / "notices.yaml")
        return cls(
            catalogue=catalogue,
            bases=Bases.load(policies / "bases.yaml", catalogue=catalogue, notices=notices),
            notices=notices,
            topics=Topics.load(policies / "topics.yaml", catalogue=catalogue),
            actions=Actions.load(policies / "actions.yaml"),
        )
