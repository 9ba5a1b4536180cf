"""Nothing that is bound to nothing gets through, however it is spelled."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.synthesis.grounding import Allowed, GroundedDraft, ground, ground_sentence
from app.synthesis.slots import slots
from app.vocabulary.errors import Ungrounded
from app.vocabulary.evidence import Seal
from app.vocabulary.levels import Language
from tests.synthesis.given import allowed

DAY = "⟦benefit.next_payment.date⟧"
AMOUNT = "⟦benefit.next_payment.amount⟧"
CITED = " [benefit.next_payment]"

BOUND = [
    ("de", f"Ihre nächste Zahlung kommt am {DAY} und beträgt {AMOUNT}{CITED}."),
    ("de", f"Guten Tag ⟦PERSON-1⟧, das Geld wird am {DAY} überwiesen.{CITED} Es sind {AMOUNT}."),
    ("en", f"Your next payment of {AMOUNT} will arrive on {DAY}{CITED}."),
    ("en", "The payment before was ⟦benefit.payments.0.amount@2⟧."),
    ("de", "Die Kosten der Unterkunft richten sich nach § 22 SGB II [law:§ 22 SGB II]."),
    ("de", "Für Alleinerziehende gilt § 21 Abs. 3 SGB II."),
    ("de", "Insgesamt sind es 563,00 Euro im Monat [benefit.total_monthly]."),
    ("en", "Your total is €563 per month [benefit.total_monthly]."),
    ("de", "Die Zahlung kommt am 1. Dezember 2026 [benefit.next_payment]."),
    ("en", "The payments were between 300 and 600 EUR [benefit.payments]."),
    ("de", f"**Betrag:** {AMOUNT}{CITED}"),
    ("de", f"Das Konto von Frau ⟦PERSON-1⟧ bekommt {AMOUNT}."),
]

UNBOUND = [
    f"Sie erhalten 500 Euro{CITED}.",
    f"Sie erhalten 500{CITED}.",
    f"Sie erhalten fünfhundertdreiundsechzig{CITED}.",
    f"Sie erhalten Fuenfhundert Euro{CITED}.",
    f"Sie erhalten funf Zahlungen{CITED}.",
    f"Es sind anderthalb Monate{CITED}.",
    f"Es ist die Hälfte davon{CITED}.",
    f"Es ist das Doppelte, also doppelt so viel{CITED}.",
    f"Das Geld kommt am Ersten{CITED}.",
    f"Das Geld kommt am achten{CITED}.",
    f"Das Geld kommt nächste Woche{CITED}.",
    f"Das Geld kommt morgen{CITED}.",
    f"Das Geld kommt am Monatsende{CITED}.",
    f"Das Geld kommt Anfang des Monats{CITED}.",
    f"Sie haben einen Monat Zeit{CITED}.",
    f"Your money comes next Friday{CITED}.",
    f"Your money comes tomorrow{CITED}.",
    f"Your money comes in March{CITED}.",
    f"Your money comes in May{CITED}.",
    f"You must reply within a month{CITED}.",
    f"You receive one hundred and twenty euros{CITED}.",
    f"You receive twenty-one euros{CITED}.",
    f"You receive a third of it{CITED}.",
    f"Es sind ５００ Euro{CITED}.",
    f"Es sind ½ davon{CITED}.",
    f"Es sind x² davon{CITED}.",
    f"Es sind ٥٠٠ Euro{CITED}.",
    f"Sie erhalten XII Zahlungen{CITED}.",
    f"Sie erhalten Ⅻ Zahlungen{CITED}.",
    f"Es sind zw\u200bei Zahlungen{CITED}.",
    f"Es sind f ü n f Zahlungen{CITED}.",
    f"Es sind cinq cents euros{CITED}.",
    f"Es sind 30 % weniger{CITED}.",
    f"Es sind dreißig Prozent weniger{CITED}.",
    f"Frau Müller hilft Ihnen{CITED}.",
    f"Herr Amt hilft Ihnen{CITED}.",
    f"Wenden Sie sich an Krause{CITED}.",
    f"Мюллер hilft Ihnen{CITED}.",
    f"⟦PERSON-2⟧ hilft Ihnen{CITED}.",
    f"{{{{person 2}}}} hilft Ihnen{CITED}.",
    f"Nach § 31 SGB II gilt das{CITED}.",
    f"Nach § 22 Abs. 4 SGB II gilt das{CITED}.",
    f"Nach Paragraf zweiundzwanzig gilt das{CITED}.",
    "Das gilt [law:§ 31 SGB II].",
    f"Ihr Antrag wurde abgelehnt{CITED}.",
    f"You are entitled to it{CITED}.",
    "Hier steht etwas ohne Quelle.",
    "Das steht in der Akte [health.diagnoses].",
    f"Sie bekommen ⟦benefit.loans.0.original⟧{CITED}.",
    f"Sie bekommen ⟦benefit.next_payment⟧{CITED}.",
    f"Sie bekommen {AMOUNT}{DAY}.",
    f"Sie bekommen {AMOUNT}.{AMOUNT}.",
    f"Sie bekommen -{AMOUNT}.",
    f"Sie bekommen minus {AMOUNT}.",
    f"Sie bekommen {AMOUNT}0.",
    f"Sie bekommen 1{AMOUNT}.",
    f"Es sind 563 Euro{CITED}.",
    "Es sind 563 Tage [benefit.total_monthly].",
    "Es sind 1.563,00 Euro [benefit.total_monthly].",
    "Es sind 563,00 Euro% [benefit.total_monthly].",
    f"Die Zahlung kommt am 11. Dezember 2026{CITED}.",
    f"Siehe www.boese.example{CITED}.",
    f"Siehe https://boese.example/x{CITED}.",
    f"Siehe boese.de{CITED}.",
    f"Schreiben Sie an a@b.de{CITED}.",
    f"<b>Achtung</b>{CITED}.",
    f"Ein loses ⟦ und mehr{CITED}.",
    "NO ANSWER",
    "",
    "  \n ",
]


@pytest.mark.parametrize(("language", "draft"), BOUND)
def test_what_is_bound_passes(language: str, draft: str) -> None:
    assert ground(draft, allowed(Language(language))).text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("draft", UNBOUND)
def test_what_is_bound_to_nothing_is_refused(draft: str, language: Language) -> None:
    with pytest.raises(Ungrounded):
        ground(draft, allowed(language))


def test_one_bad_sentence_spoils_the_draft() -> None:
    with pytest.raises(Ungrounded):
        ground(f"Sie bekommen {AMOUNT}. Es sind zwanzig Euro extra{CITED}.", allowed())


def test_a_draft_says_what_it_rests_on_and_keeps_no_citation_in_its_text() -> None:
    draft = ground(f"Am {DAY}. Dazu § 22 SGB II [law:§ 22 SGB II] [benefit.payments].", allowed())

    assert draft.text == f"Am {DAY}. Dazu § 22 SGB II."
    assert draft.fields == {"benefit.next_payment", "benefit.payments"}
    assert draft.laws == {"§ 22 SGB II"}


def test_a_bent_token_is_made_straight() -> None:
    draft = ground(f"Das gilt für [[person - 1]]{CITED}.", allowed())

    assert draft.text == "Das gilt für ⟦PERSON-1⟧."


def test_links_and_images_are_taken_out() -> None:
    draft = ground(f"![x](http://boese.example/?q=1)[hier](http://boese.example){CITED}", allowed())

    assert draft.text == "hier"


def test_a_shown_figure_counts_only_where_its_own_field_is_cited() -> None:
    said = "Es sind 563,00 Euro"

    assert ground_sentence(f"{said} [benefit.total_monthly].", allowed()).text == f"{said}."
    with pytest.raises(Ungrounded):
        ground_sentence(f"{said} [benefit.payments].", allowed())


def test_words_of_a_shown_label_may_start_with_a_capital() -> None:
    sentence = f"Sie bekommen {AMOUNT} Schornsteinfegerhilfe."
    with pytest.raises(Ungrounded):
        ground_sentence(sentence, allowed())

    given_label = Allowed(
        language=Language.DE,
        slots=frozenset({"benefit.next_payment.amount"}),
        words=frozenset({"Schornsteinfegerhilfe"}),
    )
    assert ground_sentence(sentence, given_label).text == sentence


def test_nothing_is_allowed_by_default() -> None:
    with pytest.raises(Ungrounded):
        ground(f"Sie bekommen {AMOUNT}{CITED}.", Allowed(language=Language.DE))


def test_a_grounded_draft_cannot_be_made_elsewhere() -> None:
    with pytest.raises(TypeError):
        GroundedDraft("Sie bekommen 500 Euro.", frozenset(), frozenset(), Seal())


def figures_of(text: str) -> list[str]:
    """Every numeric character, read without the code under test."""
    return [each for each in text if unicodedata.category(each).startswith("N")]


pieces = st.one_of(
    st.sampled_from(
        [DAY, AMOUNT, CITED, "⟦PERSON-1⟧", "⟦PERSON-2⟧", "⟦health.diagnoses.0⟧", "⟦", "⟧", "["]
    ),
    st.sampled_from(
        ["Sie", "bekommen", "Euro", "am", "§", "§ 22 SGB II", "Art. 15", ".", " ", "\n"]
    ),
    st.sampled_from(["[law:§ 22 SGB II]", "563,00 Euro", "[benefit.total_monthly]", "-", "%"]),
    st.text(max_size=6),
    st.text(alphabet="0123456789.,⅓²٣４Ⅷ", max_size=4),
)
drafts = st.lists(pieces, max_size=12).map("".join)
_OURS = re.compile(r"⟦[^⟦⟧]*⟧|§ 22 SGB II|§ 21 Abs\. 3 SGB II|563,00 Euro")


@given(drafts, st.sampled_from(Language))
def test_no_figure_that_is_not_bound_survives(draft: str, language: Language) -> None:
    try:
        text = ground(draft, allowed(language)).text
    except Ungrounded:
        return

    assert figures_of(_OURS.sub("", text)) == []
    assert "%" not in text


@given(drafts, st.sampled_from(Language))
def test_a_grounded_draft_holds_only_slots_and_tokens_of_this_request(
    draft: str, language: Language
) -> None:
    try:
        grounded = ground(draft, allowed(language))
    except Ungrounded:
        return

    assert allowed().slots.issuperset(slots(grounded.text))
    assert set(re.findall(r"⟦[^⟦⟧]*⟧", grounded.text)) <= {
        *(f"⟦{slot}⟧" for slot in allowed().slots),
        "⟦PERSON-1⟧",
    }
    assert grounded.fields <= allowed().fields
    assert grounded.laws <= allowed().laws


@given(drafts)
def test_grounding_what_is_grounded_changes_nothing(draft: str) -> None:
    """Only with its citations back, since they are taken out."""
    try:
        grounded = ground_sentence(draft, allowed())
    except Ungrounded:
        return
    cited = [
        *(f"[{field}]" for field in grounded.fields),
        *(f"[law:{law}]" for law in grounded.laws),
    ]

    assert ground_sentence(f"{grounded.text} {' '.join(cited)}", allowed()).text == grounded.text


UNITS = ["zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
TEENS = ["zehn", "elf", "zwölf", "dreizehn", "vierzehn", "sechzehn", "siebzehn", "neunzehn"]
ENGLISH = (
    "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty "
    "forty fifty hundred thousand million second third fifth ninth twelfth twentieth once twice "
    "half quarter double dozen fortieth sixtieth fourth sixth hundredth"
)


@given(
    st.one_of(
        st.sampled_from([*UNITS, *TENS, *TEENS]),
        st.builds("{}und{}".format, st.sampled_from(["ein", *UNITS]), st.sampled_from(TENS)),
        st.builds("{}hundert{}".format, st.sampled_from(UNITS), st.sampled_from([*TEENS, ""])),
        st.builds("{}tausend{}".format, st.sampled_from(TEENS), st.sampled_from(UNITS)),
    ),
    st.sampled_from(["", "te", "ten", "ter", "mal", "fach"]),
    st.booleans(),
)
def test_german_number_words_are_figures(word: str, ending: str, capital: bool) -> None:
    spelled = (word + ending).capitalize() if capital else word + ending

    with pytest.raises(Ungrounded):
        ground(f"Es sind {spelled}{CITED}.", allowed())


@given(st.sampled_from(ENGLISH.split()))
def test_english_number_words_are_figures(word: str) -> None:
    with pytest.raises(Ungrounded):
        ground(f"It is {word}{CITED}.", allowed(Language.EN))
