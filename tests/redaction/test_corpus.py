"""The public corpus: exact, honest about what is for training, and nobody's data."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import pytest

from app.redaction import checks
from app.redaction.kinds import Kind
from tests.corpus.redaction import corpus, frames
from tests.corpus.redaction.people import NAMES

FICTION = re.compile(
    r"0?(?:30 ?23125\d{3}|69 ?90009\d{3}|40 ?66969\d{3}|221 ?4710\d{3}|89 ?99998\d{3}"
    r"|171 ?39200\d{2}|152 ?(?:28817386|28895456|54599371)"
    r"|172 ?(?:9925904|9968532|9973185|9973186|9980752)|174 ?(?:9091317|9464308))"
)
NOBODYS = re.compile(
    r"(?:@| at )(?:example(?:\.| punkt )(?:com|net|org)"
    r"|(?:post|web|jobcenter)(?:\.| punkt )example)",
    re.IGNORECASE,
)
PARTICLES = frozenset(["von", "der", "den", "van", "thi", "thị", "văn", "dos", "the"])
# Words that stand in one text as a name and as a word: written so, to be hard.
BOTH = frozenset(
    {
        *("montag", "freitag", "august", "sommer", "lange", "summer", "koch", "winter", "mai"),
        *("sauer", "jung", "abend", "kurz", "engel", "kaiser", "könig", "schwarz", "weiss"),
        *("zimmer", "gleich"),
    }
)
FORMULAS = {
    ("sehr", "geehrte", "damen", "und", "herren"),
    ("my", "date", "of", "birth", "is"),
    ("guten", "tag", "mein", "name", "ist"),
    ("allen", "angelegenheiten", "gegenüber", "dem", "jobcenter"),
    ("angelegenheiten", "gegenüber", "dem", "jobcenter", "zu"),
    ("bei", "mir", "was", "muss", "ich"),
    ("gegenüber", "dem", "jobcenter", "zu", "vertreten"),
    ("in", "allen", "angelegenheiten", "gegenüber", "dem"),
    ("mich", "in", "allen", "angelegenheiten", "gegenüber"),
    ("widerspruch", "gegen", "den", "bescheid", "vom"),
}
LANGUAGES = ("de", *corpus.OTHER)


@cache
def lines(name: str) -> list[corpus.Line]:
    text = (corpus.FOLDER / f"{name}.ndjson").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def every() -> Iterator[corpus.Line]:
    for name in ("german", "other", "hand", "negatives"):
        yield from lines(name)


def marked(kind: Kind) -> Iterator[str]:
    for line in every():
        for span in line["spans"]:
            if span["kind"] == kind:
                yield line["text"][span["start"] : span["end"]]


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of so many words."""
    words = re.findall(r"\w+", re.sub(r"[\[\]|]", " ", text).casefold())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@cache
def runs_of_frames(split: str, length: int) -> set[tuple[str, ...]]:
    return {
        run
        for language in LANGUAGES
        for frame in frames.read(language, split)
        for part in frame.literals()
        for run in runs(part, length)
    }


def test_the_script_makes_the_committed_files_byte_for_byte() -> None:
    for name, body in corpus.files().items():
        assert (corpus.FOLDER / name).read_bytes() == body.encode()


def test_another_seed_makes_other_texts() -> None:
    german = frames.read("de", "train")
    again = list(corpus.texts(german, 50, f"{corpus.SEED}"))
    assert again == list(corpus.texts(german, 50, f"{corpus.SEED}"))
    assert again != list(corpus.texts(german, 50, f"{corpus.SEED + 1}"))


@pytest.mark.parametrize(
    ("name", "number"), [("german", 2160), ("other", 300), ("hand", 670), ("negatives", 300)]
)
def test_each_part_has_its_number_of_texts(name: str, number: int) -> None:
    assert len(lines(name)) == number


def test_no_text_and_no_id_stands_twice() -> None:
    texts = Counter(line["text"] for line in every())
    ids = Counter(line["id"] for line in every())
    assert [text for text, times in texts.items() if times > 1] == []
    assert set(ids.values()) == {1}


def test_spans_lie_inside_do_not_overlap_and_are_not_blank() -> None:
    for line in every():
        for span in line["spans"]:
            inside = line["text"][span["start"] : span["end"]]
            assert 0 <= span["start"] < span["end"] <= len(line["text"]), line["id"]
            assert inside == inside.strip() != "", line["id"]
        for one, other in pairwise(line["spans"]):
            assert one["end"] <= other["start"], line["id"]


def test_spans_do_not_cut_a_word() -> None:
    for line in every():
        for span in line["spans"]:
            around = (line["text"][: span["start"]][-1:], line["text"][span["end"] :][:1])
            assert not any(char.isalnum() for char in around), line["id"]


def test_every_kind_is_one_the_layer_knows() -> None:
    used = {span["kind"] for line in every() for span in line["spans"]}
    assert used <= {kind.value for kind in Kind}
    assert len(used) >= 16


def test_a_name_that_is_marked_once_is_marked_everywhere_in_its_text() -> None:
    for line in every():
        rest, words = list(line["text"]), set[str]()
        for span in line["spans"]:
            if span["kind"] == Kind.PERSON:
                inside = line["text"][span["start"] : span["end"]]
                words |= {word.casefold() for word in re.findall(r"[^\W\d_]{3,}", inside)}
            rest[span["start"] : span["end"]] = " " * (span["end"] - span["start"])
        left = set(re.findall(r"\w+", "".join(rest).casefold()))
        assert not (words & left) - BOTH - PARTICLES, line["id"]


def test_negatives_hold_nothing_and_everything_else_holds_something() -> None:
    assert all(not line["spans"] for line in lines("negatives"))
    assert all(line["spans"] for name in ("german", "other", "hand") for line in lines(name))


def test_every_text_of_a_train_frame_is_train_and_every_other_is_test() -> None:
    splits = {
        frame.name: split
        for split in ("train", "test")
        for language in LANGUAGES
        for frame in frames.read(language, split)
    }
    for line in [*lines("german"), *lines("other")]:
        assert line["split"] == splits[line["frame"]]
    assert {line["split"] for name in ("hand", "negatives") for line in lines(name)} == {"test"}


def test_frames_are_at_least_120_in_german_and_have_names_of_their_own() -> None:
    names = [
        frame.name
        for split in ("train", "test")
        for language in LANGUAGES
        for frame in frames.read(language, split)
    ]
    german = {line["frame"] for line in lines("german")}
    assert len(german) >= 120
    assert max(Counter(names).values()) == 1


def test_train_and_test_frames_share_no_four_words_in_a_row() -> None:
    assert runs_of_frames("train", 4) & runs_of_frames("test", 4) == set()


def test_texts_written_by_hand_share_no_five_words_with_a_frame_but_formulas() -> None:
    from_frames = runs_of_frames("train", 5) | runs_of_frames("test", 5)
    by_hand = {run for line in lines("hand") for run in runs(line["text"], 5)}
    assert by_hand & from_frames <= FORMULAS


def test_texts_written_by_hand_are_between_40_and_600_characters() -> None:
    assert all(40 <= len(line["text"]) <= 600 for line in lines("hand"))


def test_no_name_is_both_for_training_and_for_testing() -> None:
    words: dict[str, set[str]] = {"train": set(), "test": set()}
    blocks = re.findall(r"\[\S+ (\w+)\]\n((?:[fml] .*\n)+)", NAMES.read_text("utf-8"))
    for split, block in blocks:
        for line in block.splitlines():
            words[split] |= set(re.split(r"[ _/]", line.casefold())[1:])
    shared = {word for word in words["train"] & words["test"] if len(word) > 2}
    assert shared <= PARTICLES
    assert min(map(len, words.values())) > 500


def test_ten_origins_have_at_least_a_twentieth_of_the_german_texts_each() -> None:
    origins = Counter(line["origin"] for line in lines("german"))
    assert len([origin for origin, texts in origins.items() if texts * 20 >= origins.total()]) >= 10
    assert max(origins.values()) * 4 <= origins.total()


@pytest.mark.parametrize(
    ("noise", "least"), [("lower", 150), ("ocr", 100), ("speech", 80), ("inflected", 40)]
)
def test_every_noise_has_its_share_of_the_german_texts(noise: str, least: int) -> None:
    assert sum(line["noise"] == noise for line in lines("german")) >= least


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_texts_to_test_with(language: str) -> None:
    texts = [line for line in every() if line["lang"] == language and line["split"] == "test"]
    assert len(texts) >= 12


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        (Kind.IBAN, checks.iban_holds),
        (Kind.PENSION_NUMBER, checks.pension_number_holds),
        (Kind.HEALTH_NUMBER, checks.health_number_holds),
        (Kind.TAX_NUMBER, checks.tax_number_holds),
    ],
    ids=lambda value: value.value if isinstance(value, Kind) else "",
)
def test_check_digits_hold(kind: Kind, holds: Callable[[str], bool]) -> None:
    numbers = list(marked(kind))
    assert len(numbers) > 15
    assert [number for number in numbers if not holds(number)] == []


def test_bank_codes_are_of_an_area_that_does_not_exist() -> None:
    assert all(iban.replace(" ", "")[4] == "9" for iban in marked(Kind.IBAN))


def test_telephone_numbers_are_those_kept_for_fiction() -> None:
    for number in marked(Kind.PHONE):
        digits = re.sub(r"\D", "", number.removeprefix("+49"))
        assert FICTION.fullmatch(digits), number


def test_mail_goes_to_nobody() -> None:
    assert [mail for mail in marked(Kind.EMAIL) if not NOBODYS.search(mail)] == []
