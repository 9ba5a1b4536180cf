"""An old decision, made once more from what is kept of it (Art. 5(2) GDPR).

The row of a release holds every fact that Cedar was told. Under the same policies, known by their
digest, the same items come out, byte by byte; a row that was altered, or decided otherwise, does
not. Policies of an earlier release are loaded from that release's own folder.
"""

import json
from uuid import UUID

from app.policy import register
from app.policy.release import Needed, Policies, Told
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.json import Json
from app.vocabulary.levels import Purpose


class OtherPolicies(ValueError):
    """The decision was made under policies with another digest; these cannot repeat it."""


class NotReplayable(ValueError):
    """The row does not hold what the decision was made from."""


def repeated(
    policies: Policies, document: dict[str, Json], *, digest: str, purpose: Purpose
) -> bool:
    """Whether the very same items come out. `document` is what `register.opened` gives."""
    if digest != policies.digest:
        raise OtherPolicies
    items, told = document.get("items"), document.get("told")
    if not isinstance(items, list) or not isinstance(told, dict):
        raise NotReplayable
    again = policies.items(_needed(items), purpose, _told(told))
    return json.dumps([register.document_of(item) for item in again]) == json.dumps(items)


def _needed(items: list[Json]) -> list[Needed]:
    return [
        (SubjectId(UUID(str(item["subject"]))), FieldName(str(item["field"])))
        for item in items
        if isinstance(item, dict)
    ]


def _told(told: dict[str, Json]) -> Told:
    match told:
        case {"principal": str(principal), "entities": list(entities), "asked": list(asked)}:
            return Told(
                principal,
                tuple(dict(entity) for entity in entities if isinstance(entity, dict)),
                tuple((str(pair[0]), str(pair[1])) for pair in asked if isinstance(pair, list)),
            )
        case _:
            raise NotReplayable
