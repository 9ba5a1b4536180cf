"""What stands before a name, in ten languages, by what it says of the word after it."""

from collections.abc import Mapping
from typing import Final

CUES: Final[Mapping[str, str]] = {
    word: cue
    for cue, words in {
        "sir": (
            "herr herrn herren frau hr fr familie fam eheleute mr mrs ms miss sir madam mister"
            " пан пані пане пана пану господин госпожа господине госпожо آقای خانم جناب السيد"
            " السيدة sayın bayan pan pani panie pana panią domnul doamna domnule doamnă"
        ),
        "title": (
            "dr prof med dipl ing mag jur doktor professor доктор лікар врач دکتر مهندس الدكتور"
            " الدكتورة دكتور المهندس"
        ),
        "kin": (
            "sohn tochter kind mann ehemann ehefrau exmann exfrau partner partnerin mutter vater"
            " bruder schwester oma opa tante onkel lebensgefährte lebensgefährtin freund freundin"
            " son daughter husband wife mother father brother sister partner friend mum dad"
            " син дочка донька чоловік дружина брат сестра мати батько сын дочь муж жена мама"
            " отец синът дъщеря съпругът съпругата майка баща پسرم دخترم شوهرم همسرم برادرم"
            " خواهرم پدرم مادرم زوجي زوجتي ابني ابنتي أخي أختي أمي أبي والدي والدتي oğlum kızım"
            " eşim kocam annem babam kardeşim syn córka mąż żona siostra matka ojciec soțul soția"
            " fiul fiica fratele sora"
        ),
        "role": (
            "vermieter vermieterin sachbearbeiter sachbearbeiterin nachbar nachbarin betreuer"
            " betreuerin anwalt anwältin chef chefin kollege kollegin berater beraterin landlord"
            " landlady caseworker lawyer boss neighbour doctor"
        ),
        "call": (
            "heiße heisse heißt heisst name namens genannt called named name's звати звуть зовут"
            " казвам اسمي اسمم نامم نام اسم adım ismim nazywam numesc cheamă"
        ),
        "hail": "hallo hi hey liebe lieber liebes dear moin servus geehrte geehrter geehrtes",
        "close": (
            "grüße grüßen gruß gruss grüssen grüsse mfg lg vg regards sincerely wishes thanks"
            " повагою уважением уважение احترام تشکر التحيات الاحترام saygılarımla poważaniem stimă"
        ),
    }.items()
    for word in words.split()
}
