"""Sentences of our own that no file and no model has a part in."""

from collections.abc import Mapping
from typing import Final

from app.answers.answer import Status
from app.vocabulary.levels import Language, Withheld

_REMEDIES: Final[Mapping[Withheld, Mapping[Language, str]]] = {
    Withheld.NO_BASIS: {
        Language.DE: "Diese Angabe zeigt Klarfall nicht. Sie können beim Jobcenter Akteneinsicht "
        "beantragen (§ 25 SGB X).",
        Language.EN: "Klarfall does not show this. You can ask the Jobcenter to see your file "
        "(§ 25 SGB X).",
    },
    Withheld.CONSENT_MISSING: {
        Language.DE: "Dafür braucht es Ihre Einwilligung. Sie können sie hier geben oder ablehnen.",
        Language.EN: "This needs your consent. You can give or refuse it here.",
    },
    Withheld.CONSENT_REFUSED: {
        Language.DE: "Sie haben dazu Nein gesagt. Sie können das jederzeit ändern.",
        Language.EN: "You said no to this. You can change that at any time.",
    },
    Withheld.ASSURANCE_TOO_LOW: {
        Language.DE: "Melden Sie sich stärker an, zum Beispiel mit dem Online-Ausweis. "
        "Ihre Frage bleibt dabei erhalten.",
        Language.EN: "Sign in with a stronger means, such as your online ID card. "
        "Your question is kept meanwhile.",
    },
    Withheld.AUTHENTICATION_TOO_OLD: {
        Language.DE: "Ihre Anmeldung ist dafür zu lange her. Melden Sie sich noch einmal "
        "an. Ihre Frage bleibt dabei erhalten.",
        Language.EN: "You signed in too long ago for this. Please sign in again. Your "
        "question is kept meanwhile.",
    },
    Withheld.NOT_MANDATED: {
        Language.DE: "Ihre Vollmacht umfasst diese Angabe nicht. Die vertretene Person kann sie "
        "erweitern.",
        Language.EN: "Your mandate does not cover this. The person you act for can extend it.",
    },
    Withheld.OTHER_PERSON: {
        Language.DE: "Das gehört zu einer anderen Person. Sie kann selbst fragen oder Sie "
        "bevollmächtigen (§ 13 SGB X).",
        Language.EN: "This belongs to somebody else. They can ask themselves, or give you a power "
        "of attorney (§ 13 SGB X).",
    },
    Withheld.PROTECTED: {
        Language.DE: "Diese Angabe ist geschützt. Bitte wenden Sie sich an das Jobcenter.",
        Language.EN: "This is protected. Please contact the Jobcenter.",
    },
    Withheld.PURPOSE_MISMATCH: {
        Language.DE: "Diese Angabe wird für diesen Zweck nicht verwendet.",
        Language.EN: "This is not used for this purpose.",
    },
    Withheld.NOT_NEEDED: {
        Language.DE: "Für Ihre Frage wird diese Angabe nicht gebraucht.",
        Language.EN: "Your question does not need this.",
    },
    Withheld.SOURCE_UNAVAILABLE: {
        Language.DE: "Die Quelle antwortet gerade nicht. Bitte versuchen Sie es später.",
        Language.EN: "The source does not answer at the moment. Please try again later.",
    },
}

_SAID: Final[Mapping[Status, Mapping[Language, str]]] = {
    Status.NO_INFORMATION: {
        Language.DE: "Dazu finde ich nichts, was ich Ihnen sicher sagen kann. Ihr Jobcenter hilft "
        "Ihnen weiter.",
        Language.EN: "I find nothing on this that I can tell you with certainty. Your Jobcenter "
        "can help you.",
    },
    Status.NEEDS_STEP_UP: {
        Language.DE: "Um das zu beantworten, müssen Sie sich stärker oder noch einmal anmelden.",
        Language.EN: "To answer this, you need to sign in with a stronger means or once more.",
    },
    Status.NEEDS_CONSENT: {
        Language.DE: "Um das zu beantworten, braucht es Ihre Einwilligung.",
        Language.EN: "Answering this needs your consent.",
    },
    Status.OUT_OF_SCOPE: {
        Language.DE: "Das gehört nicht zu dem, was ich beantworten kann. Ich helfe bei Fragen zu "
        "Ihrem Fall und zum Grundsicherungsgeld.",
        Language.EN: "This is not something I can answer. I help with questions about your case "
        "and about basic income support (Grundsicherungsgeld).",
    },
    Status.REFUSED_DECISION: {
        Language.DE: "Das kann nur Ihr Jobcenter entscheiden. Klarfall bewilligt, kürzt und lehnt "
        "nichts ab. Einen Antrag oder Widerspruch richten Sie bitte an Ihr Jobcenter.",
        Language.EN: "Only your Jobcenter can decide this. Klarfall grants, reduces and refuses "
        "nothing. Please send an application or an objection to your Jobcenter.",
    },
    Status.UNSAFE: {
        Language.DE: "Diese Frage beantworte ich nicht.",
        Language.EN: "I do not answer this question.",
    },
    Status.CRISIS: {
        Language.DE: "Das klingt ernst. Wenn Sie oder jemand anders in Gefahr sind, rufen Sie "
        "bitte sofort 112 oder 110 an.\n"
        "Die Telefonseelsorge ist Tag und Nacht kostenlos da: 0800 1110111 oder 116 123.\n"
        "Hilfetelefon bei Gewalt gegen Frauen: 116 016.\n"
        "Wenn Sie Ihre Wohnung verlieren oder kein Geld für Essen haben, gehen Sie heute noch "
        "zu Ihrem Jobcenter oder zur Stadtverwaltung und sagen Sie, dass es ein Notfall ist.",
        Language.EN: "This sounds serious. If you or somebody else is in danger, please call 112 "
        "or 110 at once.\n"
        "Telefonseelsorge is there day and night, free of charge: 0800 1110111 or 116 123.\n"
        "Helpline for violence against women: 116 016.\n"
        "If you are losing your home or have no money for food, go to your Jobcenter or town hall "
        "today and say that it is an emergency.",
    },
    Status.UNAVAILABLE: {
        Language.DE: "Das kann ich gerade nicht beantworten. Bitte versuchen Sie es später noch "
        "einmal oder wenden Sie sich an Ihr Jobcenter.",
        Language.EN: "I cannot answer this at the moment. Please try again later or contact your "
        "Jobcenter.",
    },
}


# Where the text would otherwise be silent about what was held back.
HELD_BACK: Final[Mapping[Language, str]] = {
    Language.DE: "Dazu darf ich Ihnen hier nichts zeigen.",
    Language.EN: "I may not show you anything on this here.",
}
PARTLY: Final[Mapping[Language, str]] = {
    Language.DE: "Nicht alles, was zu Ihrer Frage gehört, durfte verwendet werden.",
    Language.EN: "Not everything that belongs to your question could be used.",
}
ABOUT_YOU: Final[Mapping[Language, str]] = {
    Language.DE: "Ich kann hier nur zu der Person Auskunft geben, für die Sie angemeldet sind, "
    "nicht zu anderen. Andere können selbst fragen oder jemanden bevollmächtigen (§ 13 SGB X).",
    Language.EN: "I can only tell about the person you are signed in for, not about others. Others "
    "can ask themselves, or give somebody a power of attorney (§ 13 SGB X).",
}
# In both languages, and with the numbers that matter most: what was asked was not understood.
LANGUAGES: Final = (
    "Ich verstehe leider nur Deutsch und Englisch. Bitte fragen Sie in einer dieser Sprachen oder "
    "wenden Sie sich an Ihr Jobcenter. In einer Notlage: 112 oder 110, Telefonseelsorge 116 123.\n"
    "I am sorry, I only understand German and English. Please ask in one of these or contact your "
    "Jobcenter. In an emergency: 112 or 110, Telefonseelsorge 116 123."
)
FOR_ANOTHER: Final[Mapping[Language, str]] = {
    Language.DE: "Diese Angaben betreffen die Person, für die Sie handeln.",
    Language.EN: "This is about the person you are acting for.",
}
# Added where somebody asks about their own case without being signed in.
SIGN_IN: Final[Mapping[Language, str]] = {
    Language.DE: "Zu Ihrem eigenen Fall kann ich antworten, wenn Sie sich anmelden.",
    Language.EN: "I can answer about your own case once you have signed in.",
}


def remedy(reason: Withheld, language: Language) -> str:
    """What the person can do about a withheld field."""
    return _REMEDIES[reason][language]


def said(status: Status, language: Language) -> str:
    """What is said where neither file nor article has the answer. Empty where one does."""
    return _SAID.get(status, {}).get(language, "")
