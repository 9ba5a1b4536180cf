"""What a browser holds: the name of its tenant and 256 random bits."""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final, Self

from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId

SECRET_BYTES: Final = 32

_FORM: Final = re.compile(r"([a-z][a-z0-9-]{0,62})\.([A-Za-z0-9_-]{43})", re.ASCII)


class PageOutdated(Unauthenticated):
    """A form of a page that another ticket was behind: another window signed in or chose anew."""

    code = "conflict"
    title_en = (
        "This page is out of date. You signed in again in another window, or chose there for whom "
        "you act. Please open the page once more."
    )
    title_de = (
        "Diese Seite ist veraltet. Sie haben sich in einem anderen Fenster neu angemeldet oder "
        "dort gewählt, für wen Sie handeln. Bitte öffnen Sie die Seite noch einmal."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Ticket:
    """The tenant tells which rows to look among and is no secret. The rest is never stored.

    What the database keeps is `digest`. Keys for what hangs on the ticket (a sealed name, the
    token of a form) are derived from the secret, so that a copy of the database has none.
    """

    tenant: TenantId
    secret: str

    @classmethod
    def issue(cls, tenant: TenantId) -> Self:
        return cls(tenant, token_urlsafe(SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises Unauthenticated for what was never issued."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise Unauthenticated
        return cls(TenantId(found[1]), found[2])

    @property
    def text(self) -> str:
        return f"{self.tenant}.{self.secret}"

    @property
    def digest(self) -> bytes:
        return sha256(self.secret.encode()).digest()

    def derived(self, label: str) -> bytes:
        return hmac.digest(self.secret.encode(), label.encode(), sha256)

    def form_token(self) -> str:
        """Proves to a form's receiver that the page it was on was ours (SE-09)."""
        return self.derived("klarfall form token v1").hex()

    def fits(self, form_token: str) -> bool:
        return hmac.compare_digest(self.form_token().encode(), form_token.encode())
