"""Personal numbers that other states give: of the neighbours, and of where people come from."""

from typing import Final

from app.redaction import checks_abroad as abroad
from app.redaction.identifiers.shapes import (
    ALONE,
    END,
    GAP,
    NUMBER,
    VALUE,
    Check,
    Form,
    Recognised,
    announced,
    checked,
    digits,
    numbered,
)
from app.redaction.kinds import Kind


def _ten_or_so(count: int) -> str:
    return rf"{ALONE}{{d}}(?:{GAP}{{d}}){{{count - 1}}}{END}"


def _narrowed(count: int) -> Form:
    """Of one check digit alone, one number in ten or eleven has it by chance."""
    return Form(rf"{ALONE}{digits(count)}{END}", 0.1, Check.NARROWS, run=count, starts=NUMBER)


def _required(count: int) -> Form:
    form, scanned = checked(_ten_or_so(count), score=0.1, run=count)
    return Form(scanned.pattern, form.score, Check.REQUIRED, scanned=count)


ABROAD: Final = (
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            _narrowed(10),
            announced(
                "svnr|sv-nr|" + numbered("sozialversicherungs", "österreichische versicherungs")
            ),
        ),
        ("österreich", "austria", "svnr", "e-card", "ögk"),
        abroad.austrian_insurance_holds,
        name="at",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            Form(
                rf"{ALONE}7{GAP}5{GAP}6(?:{GAP}\d){{10}}{END}",
                0.5,
                run=13,
                starts=NUMBER,
            ),
            announced("ahv(?:-?nummer|-?nr)?|avs"),
        ),
        ("ahv",),
        abroad.swiss_insurance_holds,
        name="ch",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (_required(11), announced("pesel(?:u|em)?|numer pesel|nip|regon")),
        ("pesel",),
        abroad.pesel_holds,
        name="pl",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            _required(11),
            announced(
                "tc kimlik|t\\.c\\. kimlik|kimlik(?: numarası| numaram| numarasi| no)?|tckn|türkische identitätsnummer"
            ),
        ),
        ("kimlik", "tckn"),
        abroad.kimlik_holds,
        name="tr",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            _narrowed(10),
            announced("рнокпп|іпн|ідентифікаційний (?:код|номер)|rnokpp|ipn|унзр|unzr"),
        ),
        ("рнокпп", "іпн", "код", "ukrain", "rnokpp"),
        abroad.rnokpp_holds,
        name="ua",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            _required(12),
            Form(
                rf"{ALONE}\d{{3}}[\- ]\d{{3}}[\- ]\d{{3}}[\- ]\d\d{END}",
                0.1,
                run=11,
                starts=NUMBER,
            ),
            announced("инн|снилс|snils|inn"),
        ),
        ("снилс", "инн", "snils"),
        abroad.russian_number_holds,
        name="ru",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (_required(13), announced("cnp|cod numeric personal")),
        ("cnp",),
        abroad.cnp_holds,
        name="ro",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (_narrowed(10), announced("егн|egn|лнч|единен граждански номер")),
        ("егн", "egn", "bulgar"),
        abroad.egn_holds,
        name="bg",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            _narrowed(10),
            announced(
                "کد ملی|کدملی|شماره ملی|شناسه ملی|kode melli|code melli|kod-?e melli|تذکره|tazkira"
            ),
        ),
        ("ملی", "melli", "iran"),
        abroad.iranian_code_holds,
        name="ir",
    ),
    Recognised(
        Kind.FOREIGN_NUMBER,
        (
            announced(
                "الرقم الوطني|الرقم القومي|رقم الهوية|رقم وطني|syrische (?:national|personal)nummer|"
                "nationalnummer|national id|national number|foreign id|ausländische personennummer",
                VALUE,
            ),
        ),
        name="announced",
    ),
)
