"""The annex to a data protection impact assessment (Art. 35(7) GDPR), from the live policy.

It describes the processing systematically, shows what of it is risky, and what is done about
it. The weighing itself is the controller's: nothing here says that a risk is acceptable.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from app.audit.canonical import Json
from app.catalogue.bases import Ground
from app.catalogue.fields import NEVER_TO_A_MODEL, Field, Sensitivity
from app.catalogue.rulebook import Rulebook
from app.oversight.processing import VERSION, Setting
from app.vocabulary.levels import Form, Language, Purpose, Recipient


def annex(
    rulebook: Rulebook, setting: Setting, rules: Sequence[str], language: Language
) -> dict[str, Json]:
    """`rules` are the names of the policies that permit or forbid, as the engine holds them."""
    return {
        "v": VERSION,
        "document": "dpia_annex",
        "language": language,
        "law": {Language.DE: "Art. 35 Abs. 7 DSGVO", Language.EN: "Art. 35(7) GDPR"}[language],
        "controller": setting.controller.name,
        "model_hosting": setting.hosting,
        "special_categories": [_described(field, language) for field in _special(rulebook)],
        "third_parties": [
            field.name for field in rulebook.catalogue if field.whose in {"third_party", "staff"}
        ],
        "locating": sorted(rulebook.catalogue.locating),
        "assurance_floors": _floors(rulebook),
        "model_forms": {purpose: _forms(rulebook, purpose) for purpose in Purpose},
        "never_to_a_model": sorted(NEVER_TO_A_MODEL),
        "consent_is_the_ground": _by_consent(rulebook),
        "no_ground": _without_ground(rulebook),
        "rules": sorted(rules),
        "risks": [dict(each) for each in _RISKS[language]],
    }


def _special(rulebook: Rulebook) -> list[Field]:
    return [field for field in rulebook.catalogue if field.sensitivity is Sensitivity.SPECIAL]


def _described(field: Field, language: Language) -> dict[str, Json]:
    return {
        "field": field.name,
        "label": field.label(language),
        "purposes": sorted(field.purposes),
        "assurance": field.min_assurance.name.lower(),
        "seconds_since_sign_in": int(field.max_authentication_age.total_seconds()),
        "most_a_model_sees": max(
            (field.form(purpose) for purpose in Purpose), key=list(Form).index
        ),
    }


def _floors(rulebook: Rulebook) -> dict[str, Json]:
    """How many fields demand which sign-in."""
    return dict(
        sorted(Counter(field.min_assurance.name.lower() for field in rulebook.catalogue).items())
    )


def _forms(rulebook: Rulebook, purpose: Purpose) -> dict[str, Json]:
    counted = Counter(field.form(purpose) for field in rulebook.catalogue)
    return {form: counted[form] for form in Form}


def _by_consent(rulebook: Rulebook) -> list[Json]:
    return _places(rulebook, Ground.CONSENT)


def _without_ground(rulebook: Rulebook) -> list[Json]:
    return _places(rulebook, Ground.NONE)


def _places(rulebook: Rulebook, ground: Ground) -> list[Json]:
    """How many fields of each purpose and recipient have this ground; none, no line."""
    counted: Counter[tuple[Purpose, Recipient]] = Counter(
        (place.purpose, place.recipient)
        for place, basis in rulebook.bases
        if basis.ground is ground and place.purpose in rulebook.catalogue[place.field].purposes
    )
    return [
        {"purpose": purpose, "recipient": recipient, "fields": count}
        for (purpose, recipient), count in sorted(counted.items())
    ]


def _risk(risk: str, kept_by: str, shown_by: str) -> Mapping[str, Json]:
    return {"risk": risk, "kept_down_by": kept_by, "shown_by": shown_by}


_RISKS: Final[Mapping[Language, Sequence[Mapping[str, Json]]]] = {
    Language.DE: (
        _risk(
            "Jemand erfährt Gesundheitsdaten oder Schulden eines anderen",
            "Vertretung nur mit Nachweis, jede Freigabe je Feld, Zeilensicherheit, Schutz zu Hause",
            "tests/policy, tests/legitimation",
        ),
        _risk(
            "Ein Sprachmodell oder sein Betreiber erfährt, um wen es geht",
            "Platzhalter statt Namen und Zahlen; nie an ein Drittland; besondere "
            "Kategorien nur mit Einwilligung",
            "tests/redaction, docs/redaction.md",
        ),
        _risk(
            "Eine falsche Angabe führt dazu, dass eine Frist verstreicht",
            "Beträge, Daten und Fristen setzt allein der Code ein; jede Antwort "
            "nennt Akte und Gesetz",
            "tests/answers, tests/synthesis",
        ),
        _risk(
            "Zugriffe bleiben unbemerkt",
            "Jede Freigabe steht vor dem Lesen im Protokoll; Fremde prüfen es; "
            "Auffälligkeiten werden gemeldet",
            "tests/audit, tests/oversight",
        ),
        _risk(
            "Daten bleiben länger als nötig",
            "Fristen je Art der Daten; Löschen vernichtet den Schlüssel; Sicherungen "
            "bringen niemanden zurück",
            "tests/lifecycle",
        ),
    ),
    Language.EN: (
        _risk(
            "Somebody learns of another's illness or debts",
            "Acting for others on evidence alone, a release for each field, "
            "row-level security, safety at home",
            "tests/policy, tests/legitimation",
        ),
        _risk(
            "A language model or who runs it learns who somebody is",
            "Tokens instead of names and figures; never to a third country; special "
            "categories by consent alone",
            "tests/redaction, docs/redaction.md",
        ),
        _risk(
            "A wrong statement lets a deadline pass",
            "Code alone fills in amounts, dates and deadlines; each answer cites file and law",
            "tests/answers, tests/synthesis",
        ),
        _risk(
            "Accesses go unnoticed",
            "Each release is in the log before anything is read; strangers verify "
            "it; anomalies are reported",
            "tests/audit, tests/oversight",
        ),
        _risk(
            "Data stays for longer than needed",
            "Periods for each kind of data; erasing destroys the key; no backup "
            "brings anybody back",
            "tests/lifecycle",
        ),
    ),
}
