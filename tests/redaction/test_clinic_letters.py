"""How R2 is measured: folds that share no letter, exact scores, a model that learns."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from app.redaction.names import shipped
from app.redaction.names.model import NamesModel
from app.redaction.names.training import folds
from app.redaction.names.training.clinic import documents
from app.redaction.names.training.clinic.clues import features
from app.redaction.names.training.clinic.dates import with_halves
from app.redaction.names.training.clinic.documents import Document, Lesson, Span, document
from app.redaction.names.training.clinic.reader import Reader
from app.redaction.names.training.clinic.strangers import Teller
from app.redaction.names.training.folds import Scores, scores
from tests.redaction.lessons import filed

LISTS = {
    "first_names_berlin.tsv": "Elfriede\t12\n",
    "first_names_female.txt": "Alma\nElfriede\n",
    "first_names_male.txt": "Bodo\n",
    "nicknames_female.txt": "Elfi\n",
    "nicknames_male.txt": "Gustl\n",
    "surnames.txt": "Oberhauser\nUnterberger\n",
    "places.txt": "Bensheim\n",
    "streets.txt": "Lindenstraße\n",
}


def letter(marked: str) -> Document:
    """`⟦Alma Berg|NAME_PATIENT⟧` is a span."""
    text, spans = "", list[Span]()
    for part in marked.replace("⟧", "⟦").split("⟦"):
        words, _, label = part.partition("|")
        if label:
            spans.append((len(text), len(text) + len(words), label))
        text += words
    return document(text, spans)


def discharge(surname: str, day: int, doctor: str) -> Document:
    return letter(
        "Sehr geehrte Frau Kollegin,\n\n"
        f"wir berichten über Frau ⟦Alma {surname}|NAME_PATIENT⟧, geb. ⟦{day}.4.1967|DATE⟧.\n"
        f"Aufnahme am ⟦{day}.11.2024|DATE⟧, RR {150 + day}/80, Kalium 4.2.\n"
        f"Frau ⟦{surname}|NAME_PATIENT⟧ wurde am ⟦{day + 3}.11.2024|DATE⟧ entlassen.\n\n"
        f"Mit freundlichen Grüßen\n\n⟦Dr. med.|NAME_TITLE⟧ ⟦Bodo {doctor}|NAME_DOCTOR⟧\n"
    )


BERG, TAL = discharge("Bergmann", 12, "Talhuber"), discharge("Seefeld", 21, "Waldmeier")


@pytest.fixture(scope="module")
def model() -> NamesModel:
    return shipped.load()


def lessons(letters: Sequence[Document], model: NamesModel) -> list[Lesson]:
    return folds.lessons([(one, features(one, model)) for one in letters], [])


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filed(LISTS, tmp_path_factory.mktemp("lists"))


class TestFolds:
    def test_every_letter_is_tested_once_and_no_fold_shares_one(self) -> None:
        tests = folds.folds(63)

        assert len(tests) == folds.FOLDS
        assert sorted(at for test in tests for at in test) == list(range(63))
        assert {len(test) for test in tests} == {12, 13}
        assert tests == folds.folds(63)

    def test_no_letter_is_read_by_a_model_that_learnt_from_it(
        self, names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        surnames = ["Bergmann", "Seefeld", "Talhuber", "Waldmeier", "Quellinger", "Auerbach"]
        letters = [discharge(name, 10 + at, "Fuchsberger") for at, name in enumerate(surnames)]
        rows = [json.dumps({"text": one.text, "spans": sorted(one.spans)}) for one in letters]
        path = tmp_path / "documents.jsonl"
        path.write_text("\n".join(rows), "utf-8")
        learnt: list[set[str]] = []
        taught = Reader.taught

        def watched(given: Sequence[Lesson]) -> Reader:
            learnt.append({clue for told, _ in given for clues in told for clue in clues})
            return taught(given)

        monkeypatch.setattr(Reader, "taught", watched)
        read = folds.five_folds(path, names)

        assert len(learnt) == folds.FOLDS
        for test, clues in zip(folds.folds(6), learnt, strict=True):
            people = {at for at, name in enumerate(surnames) if f"w={name.lower()}" in clues}
            values = {at for at in range(6) if f"w={160 + at}" in clues}
            assert people == values == set(range(6)) - set(test)
        assert [there for there, _ in read.pairs] == [one.spans for one in letters]
        assert read.first == [read.pairs[at] for at in folds.folds(6)[0]]
        assert scores(read.pairs).recall > 0.5
        assert 1_000_000 < read.size < 10_000_000


class TestScores:
    THERE = frozenset({(0, 4, "NAME_PATIENT"), (6, 16, "DATE"), (20, 30, "ID")})

    def test_what_is_exactly_there_is_right(self) -> None:
        assert scores([(self.THERE, self.THERE)]) == Scores(right=3, found=3, there=3)

    @pytest.mark.parametrize(
        "wrong",
        [(6, 15, "DATE"), (5, 16, "DATE"), (6, 16, "ID"), (6, 11, "DATE"), (40, 44, "DATE")],
        ids=["short", "early", "other label", "half", "elsewhere"],
    )
    def test_a_span_that_overlaps_or_has_another_label_is_wrong(self, wrong: Span) -> None:
        found = frozenset({(0, 4, "NAME_PATIENT"), wrong})
        counted = scores([(self.THERE, found)])

        assert counted == Scores(right=1, found=2, there=3)
        assert counted.precision == 0.5
        assert counted.recall == pytest.approx(1 / 3)
        assert counted.f1 == pytest.approx(0.4)

    def test_a_span_of_one_letter_is_not_right_in_another(self) -> None:
        one, other = frozenset({(0, 4, "DATE")}), frozenset({(5, 9, "DATE")})

        assert scores([(one, other), (other, one)]).f1 == 0.0
        assert scores([]).f1 == 0.0


class TestLabels:
    def test_spans_come_back_from_their_labels(self) -> None:
        for one in (BERG, TAL):
            read = documents.labels(one, {label for *_, label in one.spans})
            assert documents.spans(one, read) == one.spans

    def test_a_date_of_digits_is_one_word(self) -> None:
        words = [token.text for token in letter("vom 3.5. bis 8.5.2028, 06/24, RR 5.2").tokens]

        assert words == ["vom", "3.5.", "bis", "8.5.2028", ",", "06/24", ",", "RR", "5", ".", "2"]

    def test_spans_side_by_side_stay_two(self) -> None:
        one = letter("⟦Alma|NAME_PATIENT⟧ ⟦Bodo Tal|NAME_PATIENT⟧")

        assert documents.spans(one, ["S-NAME_PATIENT", "B-NAME_PATIENT", "E-NAME_PATIENT"]) == (
            one.spans
        )

    def test_a_label_there_is_too_little_of_is_not_learnt(self) -> None:
        assert documents.learnable([BERG, TAL]) == {"NAME_PATIENT", "DATE"}

    def test_lines_far_from_every_span_are_left_out(self, model: NamesModel) -> None:
        lines = [f"Zeile {word}" for word in ("a", "b", "c", "d", "e")]
        one = letter("\n".join([*lines, "am ⟦8.5.2028|DATE⟧"]))
        (lesson,) = documents.windows(
            one,
            features(one, model),
            documents.labels(one, {"DATE"}),
            around=1,
            dates=True,
        )

        assert lesson[1] == ["O", "O", "O", "S-DATE"]

    def test_half_a_date_is_read_with_the_other_half(self) -> None:
        text = "vom 3. bis 8.5.2028, 2-3/2027 und 7 mg am 9.5.2028"
        whole = [text.index("8.5."), text.index("9.5.")]
        found = with_halves(text, frozenset((at, at + 8, "DATE") for at in whole))

        assert {text[start:end] for start, end, _ in found} == {"3.", "8.5.2028", "9.5.2028"}


class TestReader:
    def test_two_letters_are_enough_to_read_them_again(self, model: NamesModel) -> None:
        reader = Reader.taught(lessons([BERG, TAL], model))
        learnt = {"NAME_PATIENT", "DATE"}

        for one in (BERG, TAL):
            found = folds.read(one, features(one, model), reader)
            assert {span for span in one.spans if span[2] in learnt} <= found
            assert {span[2] for span in found} == learnt

    def test_the_same_letters_make_the_same_reader(self, model: NamesModel) -> None:
        readers = [Reader.taught(lessons([BERG, TAL], model)) for _ in range(2)]

        assert readers[0].model == readers[1].model

    def test_the_more_cautious_find_no_fewer_words(self, model: NamesModel) -> None:
        reader = Reader.taught(lessons([BERG], model))
        told = features(TAL, model)
        masked = [
            sum(label != "O" for label in reader.read(told, caution)) for caution in (-9, 0, 9)
        ]

        assert masked == sorted(masked)
        assert masked[0] < masked[-1]

    def test_a_letter_without_words_is_read(self, model: NamesModel) -> None:
        reader = Reader.taught(lessons([BERG, TAL], model))
        empty = letter(" \n")

        assert folds.read(empty, features(empty, model), reader) == frozenset()


class TestNewLetters:
    OLD = letter(
        "⟦Klinikum Neustadt|LOCATION_HOSPITAL⟧, Befund vom ⟦8.5.2028|DATE⟧\n"
        "⟦Dr. med.|NAME_TITLE⟧ ⟦Bodo Talhuber|NAME_DOCTOR⟧, ⟦Seeweg 3|LOCATION_STREET⟧,"
        " ⟦34443|LOCATION_ZIP⟧ ⟦Seedorf|LOCATION_CITY⟧, Tel. ⟦0444/55566|CONTACT_PHONE⟧\n"
        "Fallzahl: ⟦1234509876|ID⟧, Station ⟦II|ID⟧, ⟦Bergmann, Alma|NAME_PATIENT⟧,"
        " ⟦47|AGE⟧-jährig, kam mit Herrn ⟦BERGMANN|NAME_RELATIVE⟧. Frau ⟦Bergmann|NAME_PATIENT⟧"
        " ist ⟦Floristin|PROFESSION⟧.\n"
    )

    def test_a_letter_told_again_names_other_people_in_the_same_places(self, names: Path) -> None:
        teller = Teller(names, Random(3))  # noqa: S311 - the same letters every time
        old = self.OLD
        for _ in range(20):
            new = teller.again(old)
            assert [label for *_, label in sorted(new.spans)] == [
                label for *_, label in sorted(old.spans)
            ]
            assert outside(new) == outside(old)
            assert not {"Talhuber", "Bergmann", "BERGMANN", "Seedorf", "Seeweg"} & set(
                new.text.replace(",", " ").split()
            )
            assert "8.5.2028" in new.text

    def test_who_was_called_the_same_still_is(self, names: Path) -> None:
        old = letter("Frau ⟦Bergmann|NAME_PATIENT⟧, ⟦Bergmanns|NAME_PATIENT⟧ Sohn")
        new = Teller(names, Random(3)).again(old)  # noqa: S311 - the same letters every time
        first, second = (new.text[start:end] for start, end, _ in sorted(new.spans))

        assert second == f"{first}s"

    def test_the_same_seed_tells_the_same(self, names: Path) -> None:
        told = [
            Teller(names, Random(seed)).again(self.OLD).text  # noqa: S311 - no secret
            for seed in (1, 1, 2)
        ]

        assert told[0] == told[1] != told[2]


def outside(of: Document) -> str:
    """The letter without its spans."""
    text = of.text
    for start, end, _ in sorted(of.spans, reverse=True):
        text = f"{text[:start]}…{text[end:]}"
    return text
