"""The record of processing activities (Art. 30 GDPR), written from the policy that decides.

One activity a purpose. Nothing here is typed in a second time: what the catalogue, the legal
bases and the tenant's file say is what is enforced, so the record cannot fall behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from app.audit.canonical import Json
from app.catalogue.bases import Basis, Ground
from app.catalogue.fields import Field, Sensitivity
from app.catalogue.rulebook import Rulebook
from app.vocabulary.levels import Form, Hosting, Language, Purpose, Recipient

VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who answers for it, and where their data protection officer is reached (Art. 30(1)(a))."""

    name: str
    officer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A time limit for erasure (Art. 30(1)(f)): of what, how long, on which law."""

    what: str
    period: str
    law: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a tenant adds to the policy."""

    controller: Controller
    hosting: Hosting
    kept: Sequence[Kept]


def record(rulebook: Rulebook, setting: Setting, language: Language) -> dict[str, Json]:
    """The whole record as a document; the same policy and setting give the same bytes."""
    return {
        "v": VERSION,
        "document": "record_of_processing_activities",
        "language": language,
        "law": {Language.DE: "Art. 30 DSGVO", Language.EN: "Art. 30 GDPR"}[language],
        "controller": setting.controller.name,
        "data_protection_officer": setting.controller.officer,
        "activities": [_activity(rulebook, setting, each, language) for each in Purpose],
        "erasure": [_kept(each) for each in setting.kept],
        "security": list(_MEASURES[language]),
    }


def _activity(
    rulebook: Rulebook, setting: Setting, purpose: Purpose, language: Language
) -> dict[str, Json]:
    serving = [field for field in rulebook.catalogue if purpose in field.purposes]
    return {
        "purpose": purpose,
        "described": _PURPOSES[language][purpose],
        "data_subjects": sorted({field.whose for field in serving}),
        "categories": [
            _category(group, list(fields), language)
            for group, fields in groupby(
                sorted(serving, key=lambda field: (field.group, field.name)),
                key=lambda field: field.group,
            )
        ],
        "recipients": [
            _recipient(rulebook, setting, purpose, recipient, serving, language)
            for recipient in Recipient
        ],
        # No hosting releases anything to a third country, whatever a tenant's file says.
        "third_country_transfers": [],
    }


def _category(group: str, fields: Sequence[Field], language: Language) -> dict[str, Json]:
    return {
        "group": group,
        "fields": [{"name": field.name, "label": field.label(language)} for field in fields],
        "special": [field.name for field in fields if field.sensitivity is Sensitivity.SPECIAL],
    }


def _recipient(  # noqa: PLR0913, PLR0917  # the place in the table, and how to write it
    rulebook: Rulebook,
    setting: Setting,
    purpose: Purpose,
    recipient: Recipient,
    serving: Sequence[Field],
    language: Language,
) -> dict[str, Json]:
    reached = [field for field in serving if _reaches(field, purpose, recipient, setting.hosting)]
    bases: dict[str, tuple[Basis, list[str]]] = {}
    for field in reached:
        basis = rulebook.bases.of(field.name, purpose, recipient)
        if basis.ground is not Ground.NONE:
            bases.setdefault(basis.name, (basis, []))[1].append(field.name)
    return {
        "recipient": recipient,
        "hosting": setting.hosting if recipient is Recipient.MODEL else None,
        "grounds": [
            {
                "ground": basis.ground,
                "law": basis.citation(language),
                "fields": sorted(names),
                "forms": _forms(rulebook, purpose, names) if recipient is Recipient.MODEL else None,
            }
            for _, (basis, names) in sorted(bases.items())
        ],
    }


def _reaches(field: Field, purpose: Purpose, recipient: Recipient, hosting: Hosting) -> bool:
    """Whether anything of the field may get there at all, by the catalogue."""
    if recipient is not Recipient.MODEL:
        return True
    return (
        hosting in {Hosting.ON_PREMISES, Hosting.EU_PROCESSOR}
        and field.form(purpose) is not Form.NONE
    )


def _forms(rulebook: Rulebook, purpose: Purpose, names: Sequence[str]) -> dict[str, Json]:
    """What a model sees of each: a slot without a value, a range, or the value."""
    return {name: rulebook.catalogue[name].form(purpose) for name in sorted(names)}


def _kept(each: Kept) -> dict[str, Json]:
    return {"what": each.what, "period": each.period, "law": each.law}


_PURPOSES: Final[Mapping[Language, Mapping[Purpose, str]]] = {
    Language.DE: {
        Purpose.ANSWER_OWN_QUESTION: "Fragen einer Person zu ihrem eigenen Fall beantworten",
        Purpose.EXPLAIN_DECISION: "Einen Bescheid erklären",
        Purpose.REMIND_DEADLINES: "An Fristen und Termine erinnern",
        Purpose.PREPARE_HANDOVER: "Eine Anfrage an die Sachbearbeitung übergeben",
        Purpose.QUALITY_REVIEW: "Die Güte der Antworten prüfen",
        Purpose.STATISTICS: "Statistik ohne Bezug zu Einzelnen",
    },
    Language.EN: {
        Purpose.ANSWER_OWN_QUESTION: "Answering a person's questions about their own case",
        Purpose.EXPLAIN_DECISION: "Explaining a decision",
        Purpose.REMIND_DEADLINES: "Reminding of deadlines and appointments",
        Purpose.PREPARE_HANDOVER: "Handing a request over to a caseworker",
        Purpose.QUALITY_REVIEW: "Reviewing how good answers are",
        Purpose.STATISTICS: "Statistics about nobody in particular",
    },
}

# Art. 30(1)(g), Art. 32(1) GDPR: what is built in; each is held by tests (SECURITY.md).
_MEASURES: Final[Mapping[Language, Sequence[str]]] = {
    Language.DE: (
        (
            "Jedes Feld wird vor jeder Nutzung nach Zweck, Empfänger und "
            "Rechtsgrundlage freigegeben oder zurückgehalten"
        ),
        "Werte sind je Person verschlüsselt (AES-256-GCM) und an ihre Stelle gebunden",
        "Namen und Kennzeichen werden vor einem Sprachmodell durch Platzhalter ersetzt",
        (
            "Jede Freigabe steht in einem Protokoll, bevor ein Wert gelesen wird; "
            "Fremde können es prüfen"
        ),
        "Anmeldung mit Vertrauensniveau, Vertretung nur mit Nachweis",
        "Zeilen eines Jobcenters sind für andere unsichtbar (erzwungene Zeilensicherheit)",
    ),
    Language.EN: (
        (
            "Each field is released or withheld by purpose, recipient and legal "
            "ground before each use"
        ),
        "Values are sealed with a key of each person (AES-256-GCM) and bound to their place",
        "Names and identifiers become tokens before a language model sees anything",
        "Each release is in a log before a value is read; strangers can verify it",
        "Sign-in with a level of assurance; acting for others on evidence alone",
        "Rows of one office are invisible to all others (forced row-level security)",
    ),
}
