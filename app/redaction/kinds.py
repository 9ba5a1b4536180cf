"""What a piece of personal data is, as the token in its place says it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """The value is the word inside the token: letters only.

    Numbers that a foreign state gave are one kind, whichever state it was: a token
    that named the country would tell where somebody comes from (Art. 9(1) GDPR).
    """

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    BIRTH_DATE = "BIRTHDATE"
    ADDRESS = "ADDRESS"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    USER_NAME = "USERNAME"
    WEB_ADDRESS = "WEBADDRESS"
    NETWORK_ADDRESS = "NETWORKADDRESS"
    DEVICE_NUMBER = "DEVICENUMBER"
    ACCESS_CODE = "ACCESSCODE"
    IBAN = "IBAN"
    BANK_CODE = "BANKCODE"
    ACCOUNT_NUMBER = "ACCOUNTNUMBER"
    PAYMENT_CARD = "PAYMENTCARD"
    CREDITOR_ID = "CREDITORID"
    MANDATE_REFERENCE = "MANDATEREFERENCE"
    PAYMENT_REFERENCE = "PAYMENTREFERENCE"
    BG_NUMBER = "BGNUMBER"
    CUSTOMER_NUMBER = "CUSTOMERNUMBER"
    CHILD_BENEFIT_NUMBER = "CHILDBENEFITNUMBER"
    SUPPORT_NUMBER = "SUPPORTNUMBER"
    PENSION_NUMBER = "PENSIONNUMBER"
    HEALTH_NUMBER = "HEALTHNUMBER"
    HEALTH_CARD = "HEALTHCARD"
    CARE_NUMBER = "CARENUMBER"
    DOCTOR_NUMBER = "DOCTORNUMBER"
    DISABILITY_FILE = "DISABILITYFILE"
    TAX_NUMBER = "TAXNUMBER"
    BUSINESS_TAX_NUMBER = "BUSINESSTAXNUMBER"
    VAT_NUMBER = "VATNUMBER"
    EMPLOYER_NUMBER = "EMPLOYERNUMBER"
    PERSONNEL_NUMBER = "PERSONNELNUMBER"
    REGISTER_NUMBER = "REGISTERNUMBER"
    COURT_FILE = "COURTFILE"
    FILE_NUMBER = "FILENUMBER"
    IDENTITY_CARD = "IDENTITYCARD"
    PASSPORT = "PASSPORT"
    RESIDENCE_PERMIT = "RESIDENCEPERMIT"
    FOREIGNERS_FILE = "FOREIGNERSFILE"
    FOREIGN_NUMBER = "FOREIGNNUMBER"
    DRIVING_LICENCE = "DRIVINGLICENCE"
    NUMBER_PLATE = "NUMBERPLATE"
    VEHICLE_ID = "VEHICLEID"
    CONTRACT_NUMBER = "CONTRACTNUMBER"
    POLICY_NUMBER = "POLICYNUMBER"
    METER_NUMBER = "METERNUMBER"
    PARCEL_NUMBER = "PARCELNUMBER"


# A model that answers in another language translates the word, too.
_TRANSLATED: Final = {
    Kind.PERSON: "persona personne osoba persoană лице особа лицо человек kişi kisi شخص فرد",
    Kind.ADDRESS: "adresse adres adresă adresa адрес адреса عنوان نشانی آدرس",
    Kind.PHONE: "telefon telefonnummer телефон هاتف تلفن",
    Kind.BIRTH_DATE: "geburtsdatum doğumtarihi",
    Kind.ORGANISATION: "organization organisatie organizacja organizație организация",
    Kind.IDENTITY_CARD: "ausweis ausweisnummer",
    Kind.USER_NAME: "benutzername",
    Kind.WEB_ADDRESS: "webadresse",
    Kind.ACCESS_CODE: "zugangscode",
    Kind.ACCOUNT_NUMBER: "kontonummer",
    Kind.PAYMENT_CARD: "zahlungskarte kreditkarte",
    Kind.CREDITOR_ID: "gläubigerid",
    Kind.MANDATE_REFERENCE: "mandatsreferenz",
    Kind.PAYMENT_REFERENCE: "verwendungszweck",
    Kind.BG_NUMBER: "bgnummer",
    Kind.CUSTOMER_NUMBER: "kundennummer",
    Kind.CHILD_BENEFIT_NUMBER: "kindergeldnummer",
    Kind.PENSION_NUMBER: "rentenversicherungsnummer",
    Kind.HEALTH_NUMBER: "krankenversichertennummer",
    Kind.HEALTH_CARD: "gesundheitskarte",
    Kind.DOCTOR_NUMBER: "arztnummer",
    Kind.TAX_NUMBER: "steueridentifikationsnummer",
    Kind.BUSINESS_TAX_NUMBER: "steuernummer",
    Kind.VAT_NUMBER: "umsatzsteuernummer",
    Kind.EMPLOYER_NUMBER: "betriebsnummer",
    Kind.PERSONNEL_NUMBER: "personalnummer",
    Kind.REGISTER_NUMBER: "registernummer",
    Kind.FILE_NUMBER: "aktenzeichen",
    Kind.PASSPORT: "reisepass passnummer паспорт паспортът pasaport paszport pașaport",
    Kind.RESIDENCE_PERMIT: "aufenthaltstitel",
    Kind.DRIVING_LICENCE: "führerschein führerscheinnummer",
    Kind.NUMBER_PLATE: "kennzeichen",
    Kind.CONTRACT_NUMBER: "vertragsnummer",
    Kind.POLICY_NUMBER: "versicherungsnummer",
    Kind.METER_NUMBER: "zählernummer",
    Kind.PARCEL_NUMBER: "sendungsnummer",
}

# Every word that stands for a kind, case-folded.
WORDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.casefold(): kind for kind in Kind}
    | {word.casefold(): kind for kind, words in _TRANSLATED.items() for word in words.split()}
)
