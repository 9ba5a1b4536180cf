"""The two invented offices and the people who work there."""

from dataclasses import dataclass
from datetime import time
from typing import Final, Literal

from demo.world.identifiers import office_line

Tenant = Literal["bergstrasse", "main-kinzig"]

# Open Monday to Thursday 8 to 16, Friday 8 to 12; these times fit every working day.
SLOTS: Final = (time(8, 30), time(9, 15), time(10, 0), time(10, 45), time(11, 15))
HOURS: Final = "Montag bis Donnerstag 8 bis 16 Uhr, Freitag 8 bis 12 Uhr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    tenant: Tenant
    number: str
    name: str
    street: str
    postcode: str
    city: str
    phone: str
    email: str
    caseworkers: tuple[str, ...]


BERGSTRASSE: Final = Office(
    tenant="bergstrasse",
    number="43505",
    name="Jobcenter Bergstraße",
    street="Mustermannallee 1",
    postcode="64646",
    city="Heppenheim",
    phone=office_line(100),
    email="service@jobcenter-bergstrasse.example",
    caseworkers=("Annegret Fliedner", "Björn Tannhof", "Leyla Sonnenberg"),
)
MAIN_KINZIG: Final = Office(
    tenant="main-kinzig",
    number="43510",
    name="Jobcenter Main-Kinzig",
    street="Beispielplatz 7",
    postcode="63571",
    city="Gelnhausen",
    phone=office_line(500),
    email="service@jobcenter-main-kinzig.example",
    caseworkers=("Hannelore Brückner-Thal", "Piotr Ahornfeld", "Miriam Quellmann"),
)
