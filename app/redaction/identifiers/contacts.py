"""Where somebody is reached or recognised: mail, telephone, network, and what opens a door."""

from typing import Final

from app.redaction import checks
from app.redaction.identifiers.shapes import (
    ALONE,
    DIGIT,
    END,
    Begins,
    Check,
    Form,
    Recognised,
    announced,
    digits,
    numbered,
)
from app.redaction.kinds import Kind

_AT: Final = (
    r"(?:\s{0,2}[\[({<]\s?(?:at|ät|aet|a|@)\s?[\])}>]\s{0,2}|\s{1,2}(?:at|ät|aet|klammeraffe)\s{1,2}"
    r"|[\-_*]{1,2}(?:at|ät)[\-_*]{1,2}|\s{1,2}@\s{1,2})"
)
_DOT: Final = (
    r"(?:\s{0,2}[\[({<]\s?(?:dot|punkt|\.)\s?[\])}>]\s{0,2}|\s{1,2}(?:dot|punkt)\s{1,2}"
    r"|[\-_*]{1,2}(?:dot|punkt)[\-_*]{1,2}|\.)"
)
_SPOKEN_SIGN: Final = r"(?:\s(?:punkt|dot|unterstrich|underscore|minus|bindestrich)\s)"
_SPOKEN: Final = (
    rf"(?<![\w.+\-])[\w.+\-]{{1,64}}(?:{_SPOKEN_SIGN}[\w.+\-]{{1,64}}){{0,3}}{_AT}"
    rf"[\w\-]{{1,63}}(?:{_DOT}[\w\-]{{2,63}}){{1,4}}(?!\w)"
)
_AT_WORD: Final = r"\b(?:at|ät|aet|klammeraffe)\b|[_*](?:at|ät)[_*]|[\[({<]\s?[aä@]|\s@\s"
# What each of these has in it.
_AT_STEMS: Final = (
    *"@[({<",
    "klammeraffe",
    *(f"{before}{at}" for before in " \t\n\r-_*" for at in ("at", "ät", "aet")),
)

_PHONE: Final = (
    r"(?<!/ )(?<![\w/.,])(?<!isbn(?:-1[03])?[\s:]{1,3})(?!\(?0?\d\s?[.\-/]\s?(?:0?\d|1[0-2])\s?[.\-/]\s?(?:(?:19|20)\d\d|\d\d(?!\d|[\s\-/]{1,3}\d)))(?!\(?0?\d\.(?:0?\d|1[0-2])\.\d\d(?!\d))(?!0\d[/.\-]\d{4}\b)"
    r"(?:\((?=[^()]{2,8}\)))?(?:(?:\+|00)\s?\d{1,3}|0)(?:[\s\-/().]{0,3}\d){6,13}(?!\d)"
)
_DIALLED: Final = r"\(?\+?\d(?:[\s\-/().]{0,2}\d){4,14}"
_SPOKEN_DIGIT: Final = r"(?:null|eins|zwo|zwei|drei|vier|fünf|sechs|sieben|acht|neun)"
_SPOKEN_NUMBER: Final = rf"(?<!\w){_SPOKEN_DIGIT}(?:[\s,\-]{{1,2}}{_SPOKEN_DIGIT}){{5,15}}(?!\w)"

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4: Final = (
    rf"(?<![\d.])(?=[\d.]{{9,15}}(?![\d.]))[1-9]\d{{1,2}}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?!\.?\d)"
)
_IPV6: Final = (
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
    r"|(?=[0-9a-f:]*[0-9])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})(?![\w:])"
)
_MAC: Final = r"(?<![\w:])[0-9a-f]{2}(?:[:\-][0-9a-f]{2}){5}(?![\w:])"
_PLACES: Final = (
    r"(?:facebook|fb|instagram|linkedin|xing|tiktok|twitter|x|t|telegram|wa|youtube|github|vk|ok|"
    r"threads|snapchat|kleinanzeigen|paypal)\.(?:com|de|me|ru|net|org)"
)
_HANDLE: Final = r"@?(?=[\w.\-]*[\d._\-]|(?<=[:@\"'])|(?<=[:] ))[\w.\-]{3,40}(?<![.\-])"
_AFTER_IT_IS: Final = (
    r"(?:[:=]\s{0,2}[\"']?|\s(?:ist|lautet|is|war)[:]?\s[\"']?(?=[^\s]*[\d!$%&#*+?]))"
    r"\K[^\s\"']{3,40}(?<![.,;:!?)])"
)

CONTACTS: Final = (
    Recognised(
        Kind.EMAIL,
        (
            Form(
                r"(?<![\w.+\-])[\w.+\-]{1,200}\s?@\s?[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,5}",
                0.9,
                stems=("@",),
            ),
            Form(_SPOKEN, 0.6, stems=_AT_STEMS, needs=_AT_WORD),
        ),
    ),
    Recognised(
        Kind.PHONE,
        (
            Form(_PHONE, 0.5, needs=r"\d(?:[\s\-/().]{0,3}\d){5}", starts=r"[+(0]"),
            Form(
                _SPOKEN_NUMBER,
                0.5,
                stems=(
                    "null", "eins", "zwo", "zwei", "drei", "vier", "fünf", "sechs", "sieben",
                    "acht", "neun",
                ),
                begins=Begins.WORD,
            ),
            announced(
                "tel|telefon(?:nummer|nr|-nr)?|handy(?:nummer|nr|-nr)?|mobil(?:nummer|funknummer)?|fax|"
                "phone|mobile|rufnummer|numer telefonu|telefonum|telefon numaram|număr(?:ul)? de telefon|"
                "телефон|номер телефону|номер телефона|тел|هاتف|هاتفي|رقم الهاتف|تلفن|شماره تلفن|موبایل",
                _DIALLED,
            ),
        ),
    ),
    Recognised(
        Kind.USER_NAME,
        (
            Form(r"(?<![\w.@/])@(?=[\w.]*\p{L})[\w.]{3,40}(?<!\.)(?![\w@])", 0.5, stems=("@",), begins=Begins.STEM),
            Form(
                r"(?<!\p{L})(?:benutzer(?:name|kennung)|nutzername|username|user name|user-id|login(?:name)?|"
                r"anmeldename|instagram|telegram|tiktok|snapchat|skype|discord|nickname)"
                rf"(?:[:=]\s{{0,2}}|\s(?:ist|lautet|is|heißt|name)?[:\s]{{0,2}})[\"']?\K{_HANDLE}",
                0.6,
                stems=(
                    "benutzer", "nutzername", "username", "user name", "user-id", "login",
                    "anmeldename", "instagram", "telegram", "tiktok", "snapchat", "skype",
                    "discord", "nickname",
                ),
                begins=Begins.WORD,
            ),
        ),
    ),
    Recognised(
        Kind.WEB_ADDRESS,
        (
            Form(
                rf"(?:https?://)?(?<![\w.])(?:[\w\-]{{1,40}}\.){{0,3}}{_PLACES}/(?!\s)[\w.@~\-/%?=&+]{{2,200}}(?<![.,])",
                0.8,
                stems=(".com/", ".de/", ".me/", ".ru/", ".net/", ".org/"),
            ),
            Form(
                r"(?:https?://|www\.)[^\s?#]{3,200}[?#](?:[^\s]{0,200}[&;])?"
                r"(?:id|uid|token|user|email|mail|name|key|session|sid|code|auth|kdnr|kundennummer|tel)"
                r"\w{0,20}=[^\s]{1,200}(?<![.,)])",
                0.8,
                stems=("http", "www."),
                begins=Begins.STEM,
            ),
            Form(
                r"(?:https?://|www\.)[^\s/]{3,100}/(?:[^\s]{0,100}/)?"
                r"(?:~|@|users?/|profiles?/|profil/|people/|members?/|konto/|account/|u/)[^\s]{2,200}(?<![.,)])",
                0.8,
                stems=("http", "www."),
                begins=Begins.STEM,
            ),
            Form(r"https?://[^\s/:@]{1,64}:[^\s/@]{1,64}@[^\s]{3,200}(?<![.,)])", 0.95, stems=("http",), begins=Begins.STEM),
        ),
    ),
    Recognised(
        Kind.NETWORK_ADDRESS,
        (
            Form(_IPV4, 0.6, run=4, starts=r"(?<![\d.])[1-9]\d{1,2}\.\d{1,3}\.\d"),
            Form(_IPV6, 0.6, stems=(":",), starts=r"(?<![\w:])[0-9a-f]{1,4}:[0-9a-f:]"),
        ),
        ("ip",),
    ),
    Recognised(
        Kind.DEVICE_NUMBER,
        (
            Form(_MAC, 0.8, needs=r"[:\-][0-9a-f]{2}[:\-]"),
            Form(
                rf"{ALONE}{digits(15, DIGIT)}{END}", 0.1, Check.REQUIRED, scanned=15
            ),
            announced(numbered("imei", "serien", "geräte", "serial") + "|imei", score=0.6),
        ),
        ("imei",),
        checks.luhn_holds,
    ),
    Recognised(
        Kind.ACCESS_CODE,
        (
            Form(
                r"(?<!\p{L})(?:passwort|kennwort|password|passcode|pin|puk|tan|zugangscode|freischaltcode|"
                r"aktivierungscode|einmalcode|sicherheitscode|bestätigungscode|cvv|cvc)"
                r"(?:[\s\-]?(?:nummer|nr|code))?" + _AFTER_IT_IS,
                0.7,
                stems=(
                    "passwort", "kennwort", "password", "passcode", "pin", "puk", "tan", "zugangscode",
                    "freischaltcode", "aktivierungscode", "einmalcode", "sicherheitscode",
                    "bestätigungscode", "cvv", "cvc",
                ),
                begins=Begins.WORD,
            ),
            announced(
                "pin|puk|tan|cvv|cvc|zugangscode|freischaltcode|aktivierungscode|einmalcode|sicherheitscode|bestätigungscode",
                r"(?:[A-Z0-9]{0,8}\d[A-Z0-9]{0,12})(?:-[A-Z0-9]{2,8}){0,5}(?<=[A-Z0-9\-]{4})" + END,
                score=0.6,
            ),
        ),
    ),
)  # fmt: skip
