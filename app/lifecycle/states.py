"""Until when a request is to be answered, and why it may be refused (Art. 12, 17, 18 GDPR)."""

from datetime import datetime, time

from app.answers.deadlines import months_after
from app.vocabulary.dates import BERLIN
from app.vocabulary.errors import Conflict


class Decided(Conflict):
    title_en = "This request has been decided already."
    title_de = "Über diesen Antrag ist schon entschieden."


class HoldStands(Conflict):
    title_en = "A legal hold stands: nothing of this person may be erased."
    title_de = "Eine Löschsperre besteht: Von dieser Person darf nichts gelöscht werden."


def due(requested: datetime) -> datetime:
    """The end, in Germany, of the day one month on (Art. 12(3) GDPR)."""
    day = months_after(requested.astimezone(BERLIN).date(), 1)
    return datetime.combine(day, time.max, BERLIN)
