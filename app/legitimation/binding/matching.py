"""Finding somebody's file by what their provider vouches for, and what is on every letter.

Name and date of birth alone prove nothing: many people share them, above all those born "on 1
January". So the file number must fit as well, and exactly one person of the whole tenant.
All are compared as blind indexes, whole and as written but for case, width and spaces: Müller is
not Mueller, and Anna Maria not Anna. Who is not found that way gets a code; a letter costs less
than a wrong binding.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.tokens.attributes import Attributes
from app.vault.keys import BlindIndexer
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import CaseId, PersonId, TenantId

_SHORTEST: Final = 6

# Everybody of that name and birthday; two are as good as none, whatever their files.
_FIND: Final = text("""
    SELECT p.id, c.id AS case_id, c.number_index
    FROM persons AS p
    JOIN memberships AS m ON m.tenant = p.tenant AND m.person_id = p.id
    JOIN cases AS c ON c.tenant = m.tenant AND c.id = m.case_id
    WHERE p.tenant = :tenant AND p.birth_index = :birth
      AND p.given_index = :given AND p.family_index = :family
    LIMIT 2
""")


async def find(
    tx: AsyncSession,
    indexer: BlindIndexer,
    tenant: TenantId,
    attributes: Attributes,
    file_number: str,
) -> tuple[PersonId, CaseId]:
    """Raises NotFound for nobody, for more than one, and for another file number."""
    wanted = {
        "tenant": tenant,
        "given": indexer.index("given", attributes.given),
        "family": indexer.index("family", attributes.family),
        "birth": indexer.index("birth", attributes.born.isoformat()),
    }
    found = (await tx.execute(_FIND, wanted)).all()
    number = number_index(indexer, file_number)
    if len(found) != 1 or number is None or found[0].number_index is None:
        raise NotFound
    if bytes(found[0].number_index) != number:
        raise NotFound
    return PersonId(found[0].id), CaseId(found[0].case_id)


def number_index(indexer: BlindIndexer, file_number: str | None) -> bytes | None:
    """Of the letters and digits alone. None for what is too short to be a file's number."""
    kept = "".join(filter(str.isalnum, file_number or ""))
    return None if len(kept) < _SHORTEST else indexer.index("file_number", kept)
