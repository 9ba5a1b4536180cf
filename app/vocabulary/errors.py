"""Everything Klarfall raises on purpose.

* KlarfallError
  + Refused               we will not do this for you
    - Unauthenticated       ...nobody is signed in, or the token does not hold
    - StepUpRequired        ...sign in with a stronger means first
    - MandateRequired       ...say for whom you act
    - NotFound              ...there is no such thing, or not for you
      . NotLegitimated        ...you may not act in this case
    - InvalidBody           ...what was sent does not fit the contract
    - TooLarge              ...what was sent is larger than allowed
    - RateLimited           ...too many requests
    - Conflict              ...it changed, or was done already
    - NotAcceptable         ...we cannot answer in the form asked for
    - NotRedacted           ...redaction could not run to its end
    - Ungrounded            ...the draft says what its sources do not
    - ReceiptMismatch       ...this receipt belongs to another release
  + Unavailable           a service we need did not answer

A refusal is an expected outcome: it is audited, rendered and never paged on.
Messages are written for the person reading them and hold no case data. `code`
is the one of docs/api.md, `title_en` and `title_de` are shown.
"""

from datetime import timedelta
from typing import ClassVar

from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance


class KlarfallError(Exception):
    status: ClassVar[int] = 500
    code: ClassVar[str] = "unavailable"
    title_en: ClassVar[str] = "Something went wrong. Please try again later."
    title_de: ClassVar[str] = "Etwas ist schiefgegangen. Bitte versuchen Sie es später noch einmal."

    def __init__(self) -> None:
        super().__init__(self.title_en)


class Refused(KlarfallError):
    status = 404
    code = "not_found"
    title_en = "This is not permitted."
    title_de = "Das ist nicht erlaubt."


class Unauthenticated(Refused):
    status = 401
    code = "unauthenticated"
    title_en = "Please sign in first."
    title_de = "Bitte melden Sie sich zuerst an."


class StepUpRequired(Refused):
    """RFC 9470: the means of signing in is too weak, or too long ago.

    Carries what would do, and at which tenant's provider: `app.web.problems` tells it.
    """

    status = 401
    code = "step_up_required"
    title_en = "Please sign in with a stronger means, such as your online ID card."
    title_de = "Bitte melden Sie sich stärker an, zum Beispiel mit dem Online-Ausweis."

    def __init__(self, *, tenant: TenantId, assurance: Assurance, max_age: timedelta) -> None:
        super().__init__()
        self.tenant = tenant
        self.assurance = assurance
        self.max_age = max_age


class MandateRequired(Refused):
    status = 409
    code = "mandate_required"
    title_en = "Please choose first for whom you are acting."
    title_de = "Bitte wählen Sie zuerst, für wen Sie handeln."


class NotFound(Refused):
    title_en = "There is nothing here."
    title_de = "Hier gibt es nichts."


class NotLegitimated(NotFound):
    """404, so that the answer does not tell whether the case exists."""


class InvalidBody(Refused):
    status = 422
    code = "invalid_body"
    title_en = "What was sent does not fit what is expected here."
    title_de = "Das Gesendete passt nicht zu dem, was hier erwartet wird."


class TooLarge(Refused):
    status = 413
    code = "too_large"
    title_en = "What was sent is too large."
    title_de = "Das Gesendete ist zu groß."


class RateLimited(Refused):
    """`retry_after` is in seconds, and true: there is nothing to be had earlier."""

    status = 429
    code = "rate_limited"
    title_en = "Too many requests. Please wait a moment."
    title_de = "Zu viele Anfragen. Bitte warten Sie einen Augenblick."

    def __init__(self, retry_after: int = 60) -> None:
        super().__init__()
        self.retry_after = retry_after


class Conflict(Refused):
    status = 409
    code = "conflict"
    title_en = "This was changed or done already."
    title_de = "Das wurde inzwischen geändert oder ist bereits geschehen."


class NotAcceptable(Refused):
    status = 406
    code = "not_acceptable"
    title_en = "We cannot answer in the form you asked for."
    title_de = "In der gewünschten Form können wir nicht antworten."


class NotRedacted(Refused):
    """Redaction could not run to its end, so nothing leaves."""

    status = 503
    code = "unavailable"
    title_en = "Your question could not be processed safely, so it was not processed at all."
    title_de = (
        "Ihre Frage konnte nicht sicher verarbeitet werden und wurde deshalb nicht verarbeitet."
    )


class Ungrounded(Refused):
    status = 503
    code = "unavailable"
    title_en = "No answer could be found that is covered by the file."
    title_de = "Es wurde keine Antwort gefunden, die durch die Akte gedeckt ist."


class ReceiptMismatch(Refused):
    status = 503
    code = "unavailable"


class Unavailable(KlarfallError):
    """`part` is one of the names /readyz uses; it is logged, never shown."""

    status = 503
    code = "unavailable"
    title_en = "A service we rely on is not available. Nothing was lost. Please try again shortly."
    title_de = (
        "Ein Dienst, den wir brauchen, antwortet nicht. Es ist nichts verloren gegangen. "
        "Bitte versuchen Sie es gleich noch einmal."
    )

    def __init__(self, part: str = "service") -> None:
        super().__init__()
        self.part = part
