"""Closed sets that more than one room speaks about."""

from enum import IntEnum, StrEnum
from typing import Self


class Assurance(IntEnum):
    """How sure the provider is of who this is. `BASIC` is a password and sees no field."""

    BASIC = 0
    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Self:
        """Raises KeyError on any other word: there is no default level."""
        return cls[word.upper()] if word == word.lower() else cls[""]


class Purpose(StrEnum):
    ANSWER_OWN_QUESTION = "answer_own_question"
    EXPLAIN_DECISION = "explain_decision"
    REMIND_DEADLINES = "remind_deadlines"
    PREPARE_HANDOVER = "prepare_handover"
    QUALITY_REVIEW = "quality_review"
    STATISTICS = "statistics"


class Recipient(StrEnum):
    PERSON = "person"
    MODEL = "model"
    EXPERT = "expert"
    CASEWORKER = "caseworker"


class Form(StrEnum):
    """What a model sees of a value, least first."""

    NONE = "none"
    SLOT = "slot"
    RANGE = "range"
    VALUE = "value"


class Hosting(StrEnum):
    """Where the model runs. `THIRD_COUNTRY` is never released anything."""

    NO_MODEL = "no_model"
    ON_PREMISES = "on_premises"
    EU_PROCESSOR = "eu_processor"
    THIRD_COUNTRY = "third_country"


class Withheld(StrEnum):
    """Why a field is not shown or not sent. The codes of docs/api.md."""

    NO_BASIS = "no_basis"
    CONSENT_MISSING = "consent_missing"
    CONSENT_REFUSED = "consent_refused"
    ASSURANCE_TOO_LOW = "assurance_too_low"
    AUTHENTICATION_TOO_OLD = "authentication_too_old"
    NOT_MANDATED = "not_mandated"
    OTHER_PERSON = "other_person"
    PROTECTED = "protected"
    PURPOSE_MISMATCH = "purpose_mismatch"
    NOT_NEEDED = "not_needed"
    SOURCE_UNAVAILABLE = "source_unavailable"


class Language(StrEnum):
    DE = "de"
    EN = "en"
