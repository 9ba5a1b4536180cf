"""Who can sign in, and one thing to try as each."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from demo.world.offices import Tenant

Acr = Literal["basic", "low", "substantial", "high"]
# Weakest first.
LEVELS: Final[tuple[Acr, ...]] = ("basic", "low", "substantial", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`acr` is the highest level the account reaches; a machine has none.

    Names stand here only for an account that is bound to nobody; for all others the file says them.
    """

    name: str
    display_name: str
    tenant: Tenant
    try_this: str
    acr: Acr | None = "high"
    languages: tuple[str, ...] = ("de",)
    case: str | None = None
    person: str | None = None
    given: str = ""
    family: str = ""
    birth_date: date = date(1970, 1, 1)


ACCOUNTS: Final = (
    Account(
        name="erika", display_name="Erika Sommerfeld", tenant="bergstrasse", case="bs-0001",
        person="p1",
        try_this="Wann kommt mein Geld und wie viel ist es?",
    ),
    Account(
        name="mehmet", display_name="Mehmet Yıldırım", tenant="bergstrasse", case="bs-0002",
        person="p1", languages=("tr", "de"),
        try_this="Wie wurde mein Lohn angerechnet? Aylins Angaben bleiben ihre eigenen.",
    ),
    Account(
        name="aylin", display_name="Aylin Yıldırım", tenant="bergstrasse", case="bs-0002",
        person="p2", languages=("tr", "de"), try_this="Wie läuft mein Sprachkurs weiter?",
    ),
    Account(
        name="oksana", display_name="Oksana Kovalenko", tenant="bergstrasse", case="bs-0003",
        person="p1", languages=("uk", "de"), try_this="Wie lange gilt mein Aufenthaltstitel?",
    ),
    Account(
        name="lena", display_name="Lena Brandt", tenant="bergstrasse", case="bs-0004",
        person="p2", try_this="Wann ist mein Termin? Die Kosten der Wohnung sieht sie nicht.",
    ),
    Account(
        name="sabine", display_name="Sabine Brandt", tenant="bergstrasse", case="bs-0004",
        person="p1", try_this="Welche Leistungen gibt es für die Klassenfahrt?",
    ),
    Account(
        name="jonas", display_name="Jonas Weidner", tenant="bergstrasse", case="bs-0005",
        person="p1", acr="basic", try_this="Fragt nach seinem Geld und soll sich stärker anmelden.",
    ),
    Account(
        name="karl", display_name="Karl Ahrens", tenant="bergstrasse", case="bs-0006",
        person="p1", try_this="Was steht in meinem letzten Bescheid?",
    ),
    Account(
        name="betreuerin", display_name="Birgit Hollmann", tenant="bergstrasse", person="rep-1",
                try_this="Handelt für Karl: Wann ist sein Termin? Seine Diagnosen sieht sie nicht.",
    ),
    Account(
        name="fatima", display_name="Fatima Benhammar", tenant="bergstrasse", case="bs-0007",
        person="p2", languages=("ar", "de"), try_this="Bekomme ich einen Mehrbedarf?",
    ),
    Account(
        name="petra", display_name="Petra Rauschenbach", tenant="bergstrasse", case="bs-0008",
        person="p1", try_this="Warum ist mein Bescheid vorläufig?",
    ),
    Account(
        name="andrei", display_name="Andrei Mureșanu", tenant="main-kinzig", case="mk-0001",
        person="p1", languages=("ro", "de"), try_this="Wie hoch sind meine Mietschulden?",
    ),
    Account(
        name="ahmad", display_name="Ahmad Rahimzada", tenant="main-kinzig", case="mk-0002",
        person="p1", languages=("fa", "de"), try_this="Welche Unterlagen fehlen und bis wann?",
    ),
    Account(
        name="giulia", display_name="Giulia Ferranti", tenant="main-kinzig", case="mk-0003",
        person="p1", languages=("it", "de"), try_this="Bis wann ist mein Geld bewilligt?",
    ),
    Account(
        name="tomasz", display_name="Tomasz Wojnarski", tenant="main-kinzig", case="mk-0004",
        person="p1", languages=("pl", "de"), try_this="Ist mein Widerspruch angekommen?",
    ),
    Account(
        name="kevin", display_name="Kevin Dornseifer", tenant="main-kinzig", case="mk-0005",
        person="p1", try_this="Warum bekomme ich weniger Geld?",
    ),
    Account(
        name="ursula", display_name="Ursula Hagenkötter", tenant="main-kinzig", case="mk-0006",
        person="p1", try_this="Wie setzt sich mein Gesamtbetrag zusammen?",
    ),
    Account(
        name="selam", display_name="Selam Tesfamariam", tenant="main-kinzig", case="mk-0007",
        person="p1", languages=("ti", "en", "de"), try_this="How much of my wage is credited?",
    ),
    Account(
        name="officer", display_name="Petra Lindner", tenant="bergstrasse",
        given="Petra", family="Lindner", birth_date=date(1975, 2, 18),
        try_this="Prüft die Spur: sieht keine Akte.",
    ),
    Account(
        name="integrator", display_name="Fachverfahren der Demo", tenant="bergstrasse", acr=None,
        languages=(), try_this="Schreibt Akten, bekommt keine zu sehen.",
    ),
)  # fmt: skip
