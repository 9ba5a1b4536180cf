"""Names that nothing announces: our own model, its two modes, its memory, its limits."""

from collections.abc import Sequence
from gzip import compress
from pathlib import Path

import numpy as np
import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.names import shipped
from app.redaction.names.cells import Cells
from app.redaction.names.clusters import Clusters, Table
from app.redaction.names.features import Page, Vocabulary
from app.redaction.names.labels import Label
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import UNKNOWN, Lexicon, Words
from app.redaction.names.model import NamesModel, Readers
from app.redaction.names.modes import Mode
from app.redaction.names.network import DEPTH, Network, Whole
from app.redaction.names.reader import Reader
from app.redaction.names.tokens import LONGEST, pieces
from app.redaction.names.training.network import MEMBERS
from app.vocabulary.levels import Language

FOLDER = Path(shipped.__file__).parent
MOST = 10_000_000


def masked(
    detector: PresidioDetector,
    text: str,
    *,
    mode: Mode = Mode.RECALL,
    language: Language = Language.DE,
) -> str:
    """The text with a dot for every character that is masked."""
    out = list(text)
    for span in Finder(detector.in_mode(mode), language=language)(text):
        out[span.start : span.end] = "•" * (span.end - span.start)
    return "".join(out)


@pytest.fixture(scope="module")
def model() -> NamesModel:
    return shipped.load()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Gestern hat Wiebke Tönnies den Antrag abgegeben.", "Wiebke Tönnies"),
        ("Der Bescheid von Chukwuemeka Okafor fehlt noch.", "Chukwuemeka Okafor"),
        ("Kann Thi Huong Nguyen mitkommen?", "Thi Huong Nguyen"),
        ("wann bekommt wiebke tönnies ihr geld", "wiebke tönnies"),
        ("Wiebke Tönnies' Miete ist zu hoch.", "Wiebke Tönnies'"),
        ("Kowalczyks Antrag liegt bei den Akten.", "Kowalczyks"),
        ("Sehr geehrter Herr Haddad,", "Haddad"),
        ("Antragstellerin: Shevchenko, Oksana", "Shevchenko, Oksana"),
        ("Vollmacht für Jamal al-Masri liegt bei.", "Jamal al-Masri"),
        ("ja hallo wiebke tönnies hier es geht um den bescheid", "wiebke tönnies"),
    ],
)
def test_a_name_is_found_that_no_list_of_the_file_knows(
    detector: PresidioDetector, text: str, name: str
) -> None:
    assert masked(detector, text) == text.replace(name, "•" * len(name))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Yesterday John Whitfield handed in the form.", "John Whitfield"),
        ("when does priya patel get her money", "priya patel"),
        ("Dear Ms Okafor,", "Okafor"),
        ("Kind regards\nOlena Kravchenko", "Olena Kravchenko"),
    ],
)
def test_a_name_is_found_in_english(detector: PresidioDetector, text: str, name: str) -> None:
    assert masked(detector, text, language=Language.EN) == text.replace(name, "•" * len(name))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    "text",
    [
        "Das Jobcenter Bergstraße hat am 3. März 563 Euro überwiesen.",
        "Ich arbeite als Koch und suche eine Stelle in Bensheim.",
        "mein vermieter will mehr miete für die wohnung",
        "Nach § 22 SGB II werden die Kosten der Unterkunft übernommen.",
        "Die Sparkasse und die AOK brauchen eine Bescheinigung.",
        "Mit freundlichen Grüßen",
        "Die Schneiderin und der Bäcker haben gekündigt.",
    ],
)
def test_a_text_that_names_nobody_is_left_alone(
    detector: PresidioDetector, text: str, mode: Mode
) -> None:
    assert masked(detector, text, mode=mode) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Benim adım Ayşegül Demir", "Ayşegül Demir"),
        ("Sayın Yılmaz, merhaba", "Yılmaz"),
        ("Ayşegül Hanım aradı", "Ayşegül"),
        ("Мене звати Оксана Мельник", "Оксана Мельник"),
        ("Шановна пані Мельник, дякую", "Мельник"),
        ("Меня зовут Ирина Соколова", "Ирина Соколова"),
        ("Уважаемая госпожа Соколова, спасибо", "Соколова"),
        ("Nazywam się Łukasz Wójcik", "Łukasz Wójcik"),
        ("Szanowna Pani Kowalska, dziękuję", "Kowalska"),
        ("Mă numesc Ioana Popescu", "Ioana Popescu"),
        ("Stimate domnule Popescu, mulțumesc", "Popescu"),
        ("Казвам се Георги Димитров", "Георги Димитров"),
        ("Уважаеми господин Димитров, благодаря", "Димитров"),
        ("اسمي ليلى حداد", "ليلى حداد"),
        ("السيدة حداد، شكرا", "حداد"),
        ("نام من رضا احمدی است", "رضا احمدی"),
        ("خانم کریمی، سلام", "کریمی"),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_a_name_after_a_salutation_or_introduction_is_found_in_other_languages(
    detector: PresidioDetector, text: str, name: str, language: Language
) -> None:
    assert name not in masked(detector, text, language=language)


def test_recall_masks_all_that_fast_masks(detector: PresidioDetector) -> None:
    text = "frau kaya und baran waren mit oksana bei herrn winter. Morgen kommt noch Linh."
    fast, recall = (masked(detector, text, mode=mode) for mode in Mode)

    assert all(one == "•" for one, other in zip(recall, fast, strict=True) if other == "•")


def test_the_mode_is_the_detectors_own_unless_asked_otherwise() -> None:
    text = "wer ist eigentlich kurz und wer ist lang"
    fast = PresidioDetector(Mode.FAST)

    assert fast.detect(text, Language.DE) == fast.in_mode(Mode.FAST).detect(text, Language.DE)


def test_only_everyday_words_are_remembered(model: NamesModel) -> None:
    """Of a text nothing is kept that could lead to anybody."""
    vocabulary = Vocabulary(model.lexicon)
    (tokens,) = pieces("Sabine Okafor, 4711, hat Herrn Sommer und die Wohnung in Bensheim, oder?")
    vocabulary.page(tokens)

    assert {"hat", "die", "Wohnung", "oder", ","} <= vocabulary.remembered
    assert not {"Sabine", "Okafor", "4711", "Sommer", "Bensheim"} & vocabulary.remembered
    assert vocabulary.word("Wohnung") is vocabulary.word("Wohnung")


def test_a_word_of_an_address_is_no_name_in_either_mode(model: NamesModel) -> None:
    text = "Erika Gabler, 12.3.1985, Lindenstr. 12, 64625 Bensheim, 06251/123456"

    for mode in Mode:
        found = {
            text[one.start : one.end]: one.label for one in model.find(text, mode, Language.DE)
        }
        assert found["Lindenstr. 12, 64625 Bensheim"] is Label.ADDRESS
        assert found["Erika Gabler"] is Label.PERSON


def test_the_network_is_asked_in_the_mode_that_masks_more(model: NamesModel) -> None:
    asked: list[str] = []

    class AskedReader(Reader):
        def read(self, page: Page) -> None:
            asked.append("reader")
            super().read(page)

    class AskedNetwork(Network):
        def chances(self, page: Page) -> tuple[Sequence[float], Sequence[float]]:
            asked.append("network")
            return super().chances(page)

    read = model.reader
    reader = AskedReader(read.weights, read.tagger, read.person, read.address)
    readers = Readers(reader, AskedNetwork.joined(model.network.vectors, model.network.weights))
    telling = NamesModel(readers, model.forest, model.lexicon, {"de": 0.5})

    for mode, both in ((Mode.FAST, ["reader"]), (Mode.RECALL, ["reader", "network"])):
        asked.clear()
        list(telling.find("Gestern war Wiebke Tönnies da.", mode, Language.DE))
        assert asked == both


def test_the_network_that_is_shipped_has_all_its_members(model: NamesModel) -> None:
    assert {len(model.network.weights[f"c{layer}w"]) for layer in range(DEPTH)} == {MEMBERS}
    assert {each.shape[1] for each in model.network.vectors} == {MEMBERS}


def test_each_language_has_its_own_thresholds(model: NamesModel) -> None:
    never, always = 1.0, 0.0
    readers = Readers(model.reader, model.network)
    told = NamesModel(readers, model.forest, model.lexicon, {"de": never, "en": always})
    text = "Gestern war Wiebke Tönnies da."

    assert list(told.find(text, Mode.RECALL, Language.EN))
    assert not list(told.find(text, Mode.RECALL, Language.DE))
    assert not list(told.find(text, Mode.RECALL, "tr"))


def test_a_name_ends_with_its_line(detector: PresidioDetector) -> None:
    spans = Finder(detector)("ich heiße Sabine Okafor\nLG Okafor")

    assert all(span.end <= 23 or span.start >= 24 for span in spans)


def test_towns_and_firms_are_found_and_not_masked(model: NamesModel) -> None:
    text = "Ich wohne in Heppenheim und arbeite bei Siemens in München."
    found = {
        text[one.start : one.end]: one.label for one in model.find(text, Mode.FAST, Language.DE)
    }

    assert found["München"] is Label.PLACE
    assert Label.PERSON not in found.values()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "?", "12", "⟦PERSON-1⟧", "\u0301", "🙂"])
def test_a_text_without_words_has_no_names(model: NamesModel, text: str) -> None:
    for mode in Mode:
        assert all(one.label is not Label.PERSON for one in model.find(text, mode, Language.DE))


def test_every_word_of_a_long_text_is_read_once() -> None:
    """Models cut off at 512 tokens lose every name after them."""
    text = "Das ist gut. " * 200 + "wort " * 3_000
    read = [token for piece in pieces(text) for token in piece]

    assert [token.text for token in read] == text.replace(".", " .").split()
    assert all(len(piece) <= LONGEST for piece in pieces(text))


def test_a_word_has_its_kind_and_hardly_any_other_has_one() -> None:
    known = {f"wort{n}": ("g", "n3")[n % 2] for n in range(5_000)}
    words = Words.of(known)

    assert {word: words.kind(word) for word in known} == known
    assert sum(words.kind(f"other{n}") != "" for n in range(5_000)) < 100
    assert Words.of(known) == words
    assert Words.of({}).kind("wort1") == ""


def test_more_kinds_than_a_byte_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="too many kinds"):
        Words.of({f"wort{n}": f"g{n}" for n in range(257)})


def test_a_lexicon_comes_back_as_it_was_packed() -> None:
    words = Words.of({"ayşe": "g", "ägidius": "gs", "amt": "n4"})
    clusters = Clusters(Table.of({"Amt": 70_000, "Ayşe": 56}), Table.of({"office": 3}))
    lexicon = Lexicon(words, Letters(bytes(range(256)) * (SIZE // 256)), clusters)
    same = shipped.unpacked(shipped.packed(lexicon), compress(lexicon.clusters.packed()))

    assert same == lexicon
    assert same.kind("ägidius") == "gs"
    assert same.kind("tönnies") == UNKNOWN
    assert same.clusters.company("Ayşes") == (56, 56, 0)


@pytest.mark.parametrize(
    ("word", "company"),
    [
        ("Winter", (5, 5, 0)),
        ("winter", (6, 5, 0)),
        ("WINTER", (5, 5, 0)),
        ("Winters", (5, 5, 0)),
        ("Berg-Winter", (5, 5, 0)),
        ("Berg-", (0, 0, 0)),
        ("Miete", (0, 0, 0)),
        ("MIETEN", (7, 7, 0)),
        ("Office", (0, 0, 9)),
        ("s", (0, 0, 0)),
    ],
)
def test_a_word_keeps_the_company_of_its_other_spellings(
    word: str, company: tuple[int, int, int]
) -> None:
    german = Table.of({"Winter": 5, "winter": 6, "mieten": 7})
    clusters = Clusters(german, Table.of({"office": 9, "rent": 4}))

    assert clusters.company(word) == company


def test_numbers_come_out_of_their_cells_and_hardly_any_else_does() -> None:
    known = {f"wort{n}": n % 1_000 for n in range(5_000)}
    cells = Cells.of(known, 10)

    assert {word: cells.number(word) for word in known} == known
    assert sum(cells.number(f"other{n}") is not None for n in range(5_000)) < 200
    with pytest.raises(ValueError, match="too many bits"):
        Cells.of({"wort": 1_024}, 10)


def test_a_network_comes_back_as_it_was_packed(model: NamesModel) -> None:
    packed = model.network.packed()

    assert packed == model.network.packed()
    (tokens,) = pieces("Gestern hat Wiebke Tönnies angerufen.")
    page = Vocabulary(model.lexicon).page(tokens)
    again, first = Network.unpacked(packed).chances(page), model.network.chances(page)
    assert again[0] == pytest.approx(first[0])
    assert again[1] == pytest.approx(first[1])


def test_vectors_take_a_byte_a_number_and_are_the_floats_they_were(model: NamesModel) -> None:
    asked = np.array([[0, 7, 0], [5, 1, 99]], dtype=np.uint64)
    for each in model.network.vectors:
        assert isinstance(each, Whole)
        assert each.numbers.itemsize == 1
        assert np.array_equal(each[asked], each[:][asked])
    floats = np.array([[0.5, -0.25, 0], [0, 0, 0], [-8, 4, 2]], dtype=np.float32)
    assert np.array_equal(Whole.of(floats)[:], floats)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("bescheid", "n3"),
        ("bescheids", "n3's"),
        ("prüfung", "n2"),
        ("pruefung", "~n2"),
        ("prufung", "~n2"),
        ("prüfungsbescheid", "c"),
        ("prüfungsokafor", UNKNOWN),
        ("okafor", UNKNOWN),
    ],
)
def test_a_word_is_known_by_its_stem_its_umlauts_and_its_parts(word: str, kind: str) -> None:
    words = Words.of({"bescheid": "n3", "prüfung": "n2"})

    assert Lexicon(words, Letters(bytes(SIZE))).kind(word) == kind


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("bcscheid", "bescheid"),
        ("pruefung", "prüfung"),
        ("sommcr", "sommer"),
        ("sornmer", "sommer"),
        ("vvinter", None),
        ("bei", None),
        ("okafor", None),
    ],
)
def test_a_word_that_a_scanner_misread_is_known_by_what_is_meant(
    word: str, meant: str | None
) -> None:
    words = Words.of({"bescheid": "n3", "prüfung": "n2", "sommer": "sn", "winter": "n", "dei": "n"})

    assert Lexicon(words, Letters(bytes(SIZE))).meant(word) == meant


def test_a_misread_word_keeps_the_company_of_the_one_that_is_meant() -> None:
    words = Words.of({"bescheid": "n3"})
    clusters = Clusters(Table.of({"Bescheid": 7, "bescheid": 8}))
    vocabulary = Vocabulary(Lexicon(words, Letters(bytes(SIZE)), clusters))

    assert vocabulary.word("Bcscheid").company == (7, 7, 0)
    assert vocabulary.word("bcscheid").company == (8, 7, 0)
    assert vocabulary.word("Bcscheid").kind == "?n3"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Abgeholt durch: Z. Özdemir", "Z. Özdemir"),
        ("Das ist der Antrag von Herrn dos Santos aus Lorsch.", "dos Santos"),
        ("Meine Tochter My Linh Nguyen geht in die Schule.", "My Linh Nguyen"),
        ("Gestern hat Ignaz von der Lieth angerufen.", "Ignaz von der Lieth"),
        ("Unterhaltspflichtig: von Bergfeld", "von Bergfeld"),
        ("Das hat Kollegin von Bergfeld geprüft.", "von Bergfeld"),
        ("Am Montag war Salma AI Hariri hier.", "Salma AI Hariri"),
        ("Der Antrag von Nguyễn Has Lan liegt vor.", "Nguyễn Has Lan"),
    ],
)
def test_what_is_a_word_elsewhere_is_masked_within_a_name(
    detector: PresidioDetector, text: str, name: str
) -> None:
    assert masked(detector, text) == text.replace(name, "•" * len(name))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Gestern war Nguyen, Has Lan bei der Beratung.", ["Nguyen", "Has Lan"]),
        ("Wer kam? Nur Okafor kam.", ["Nur Okafor"]),
        ("Die Tochter (Nur Aydın) kam.", ["Nur Aydın"]),
        ("Die Kinder – Nur Demir – kamen.", ["Nur Demir"]),
        ("Gestern zahlte Ljubicas Tochter Jovana.", ["Ljubicas", "Jovana"]),
        ("Heute im Tagebuch: Bei Nadeschda gewesen.", ["Nadeschda"]),
        ("Guten Tag Frau Okafor, Ihr Paul hat sich gemeldet.", ["Okafor", "Paul"]),
        ("Anwesend waren Alma Berg, Für Paul kam niemand.", ["Alma Berg", "Paul"]),
        ("Hallo Alma, Wann Paul kommt, weiß ich nicht.", ["Alma", "Paul"]),
    ],
)
def test_a_word_beside_a_name_is_of_it_where_it_has_its_capital_for_no_other_reason(
    model: NamesModel, text: str, names: list[str]
) -> None:
    found = model.find(text, Mode.RECALL, "de")

    assert [text[one.start : one.end] for one in found] == names


def test_the_model_is_small_enough_to_ship() -> None:
    assert sum((FOLDER / name).stat().st_size for name in shipped.FILES) <= MOST


def test_a_found_street_is_an_address(detector: PresidioDetector) -> None:
    text = "ich wohne in der lindenhofstraße 12 in 64625 bensheim"
    spans = Finder(detector)(text)

    assert [(span.kind, text[span.start : span.end]) for span in spans] == [
        (Kind.ADDRESS, "lindenhofstraße 12 in 64625 bensheim")
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mit freundlichen Grüßen, i. A. Gundula Hess-Farwick", "Gundula Hess-Farwick"),
        ("Jugendamt, i.V. Milagros Benavente", "Milagros Benavente"),
    ],
)
def test_who_signs_for_another_has_no_initial_by_it(
    detector: PresidioDetector, text: str, name: str
) -> None:
    assert masked(detector, text) == text.replace(name, "•" * len(name))


def test_letters_that_an_office_shares_out_are_nobodys(detector: PresidioDetector) -> None:
    text = "Zuständig für Buchstabe A–K ist Zimmer 12, für L–R 14."
    assert masked(detector, text) == text
    told = masked(detector, "Untermieter: Yusuf D. und K. Berg.")
    assert told.startswith("Untermieter: •••••••")
    assert told.endswith("und •••••••.")
