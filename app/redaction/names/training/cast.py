"""Who else appears in a sentence: firms, roles, pronouns. None of them is a name."""

from collections.abc import Mapping, Sequence
from typing import Final


def _words(text: str) -> Sequence[str]:
    return text.split(",")


FIRMS: Final = _words(
    "AOK,Barmer,TK,Caritas,Diakonie,AWO,VdK,DHL,Amazon,Lidl,Aldi,Rewe,Edeka,Netto,Kaufland,"
    "Bosch,Siemens,BMW,Telekom,Vodafone,Sparkasse,Volksbank,Postbank,Deutsche Bahn,Vonovia,"
    "Stadtwerke,Randstad,Adecco,Hermes,Penny,Rossmann,dm,IKEA,Vitos Klinikum,Lebenshilfe,"
    "Jobcenter,Agentur für Arbeit,Sozialamt,Jugendamt,Familienkasse,Rentenversicherung,"
    "Kita Regenbogen,Volkshochschule,Rotes Kreuz,Malteser,Johanniter,Mieterverein,"
    "Verbraucherzentrale"
)
NOUNS: Final = _words(
    "Kunde,Kundin,Vermieter,Vermieterin,Arbeitgeber,Mutter,Vater,Antragstellerin,"
    "Antragsteller,Sachbearbeitung,Arbeitsvermittlung,Krankenkasse,Leistungsabteilung,"
    "Jobcenter,Familienkasse,Hausverwaltung,Jugendamt,Kollegin,Kollege,Bank,Schule,Kita,Arzt,"
    "Anwalt,Gericht,Polizei,Mama,Papa,Oma,Opa,Empfang,Teamleitung,Sozialamt,"
    "Rentenversicherung,Mieter,Nachbar,Nachbarin,Chef,Chefin,Betreuer,Praxis,Ausländerbehörde,"
    "Fallmanagement,Widerspruchsstelle,Caritas,Stadtwerke"
)

# By the slot they fill, in German; `en` for all slots of English.
OTHERS: Final[Mapping[str, Sequence[str]]] = {
    "np": _words(
        "er,sie,niemand,jemand,keiner,man,das Jobcenter,mein Mann,meine Frau,der Vermieter,"
        "die Vermieterin,mein Sohn,meine Tochter,der Arzt,die Kollegin,mein Anwalt,"
        "die Krankenkasse,meine Mutter,mein Bruder,der Nachbar,die Schule,dieser Mensch,"
        "die Sachbearbeiterin,das Amt"
    ),
    "npa": _words(
        "ihn,sie,niemanden,jemanden,keinen,das Jobcenter,meinen Mann,meine Frau,den Vermieter,"
        "die Vermieterin,meinen Sohn,meine Tochter,den Arzt,die Kollegin,meinen Anwalt,das Amt,"
        "meine Mutter,meinen Bruder,den Nachbarn,die Schule,die Sachbearbeiterin,die Kinder,mich"
    ),
    "npd": _words(
        "ihm,ihr,niemandem,jemandem,keinem,dem Jobcenter,meinem Mann,meiner Frau,dem Vermieter,"
        "der Vermieterin,meinem Sohn,meiner Tochter,dem Arzt,der Kollegin,meinem Anwalt,dem Amt,"
        "meiner Mutter,meinem Bruder,dem Nachbarn,der Schule,der Sachbearbeiterin,den Kindern,uns"
    ),
    "en": _words(
        "he,she,nobody,someone,my husband,my wife,the landlord,my son,my daughter,the doctor,"
        "my lawyer,the office,my mother,my brother,the neighbour,the school,my caseworker,"
        "the bank"
    ),
}
