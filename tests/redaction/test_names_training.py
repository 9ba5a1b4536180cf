"""The script that makes the names model: what it learns from keeps its spans, and twice is once."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from thinc.backends import NumpyOps

from app.redaction.names import shipped
from app.redaction.names.features import Vocabulary
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.network import LABELS, Network, ids
from app.redaction.names.reader import Reader
from app.redaction.names.tokens import pieces
from app.redaction.names.training import course, network, sources
from app.redaction.names.training.clusters import clusters_of
from app.redaction.names.training.course import fitted
from app.redaction.names.training.folds import Scores, scores
from app.redaction.names.training.frames import Writer, frames
from app.redaction.names.training.letters import learnt
from app.redaction.names.training.marked import Teller, held_back, judging, marked, scanned
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.others import others
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import Labelled
from tests.redaction.lessons import each_by_itself, written

ROOT = Path(__file__).parents[2]
SEEDED = Random(5)  # noqa: S311 - the same noise every time
GERMEVAL = """\
#\thttp://example.org\t[2010-07-04]
1\tFrau\tO\tO
2\tAlma\tB-PER\tO
3\tBerg\tI-PER\tO
4\tlebt\tO\tO
5\tin\tO\tO
6\tBensheim\tB-LOC\tO
7\t.\tO\tO

#\thttp://example.org\t[2010-07-04]
1\tDer\tO\tO
2\tBerg-Bericht\tB-PERpart\tO
"""


def test_a_written_text_has_its_spans_where_its_names_are(names: Path) -> None:
    for text in written(names, 1):
        ends = [end for _, end, _ in text.spans]
        assert all(text.text[start:end].strip() for start, end, _ in text.spans)
        assert ends == sorted(ends)
        for tokens, labels in text.sequences():
            assert len(tokens) == len(labels)
    assert any(label == "PER" for text in written(names, 1) for *_, label in text.spans)


def test_the_same_seed_writes_the_same_texts(names: Path) -> None:
    assert written(names, 2) == written(names, 2) != written(names, 3)


def test_every_frame_can_be_filled(names: Path) -> None:
    random = Random(4)  # noqa: S311 - the same texts every time
    writer = Writer(People(names, random), names, random)
    known = frames()
    for group in (known.named, known.plain):
        for language, lines in group.items():
            for frame in lines:
                text = "".join(part for part, _ in writer.sentence(frame, language))
                assert text.strip()
                assert not set("[]{}") & set(text)


def test_a_plain_frame_names_nobody() -> None:
    named = ("full", "given", "sur", "rev", "np", "init", "noble", "spelt")
    everyday = ("wfull", "wgiven", "wsur", "wrev")
    for lines in frames().plain.values():
        assert not any(f"{{{slot}" in line for line in lines for slot in (*named, *everyday))


@pytest.mark.parametrize("noise", list(Noise))
def test_noise_leaves_something_to_read(noise: Noise) -> None:
    out = noisy("Frau Müller wohnt in Köln.", noise, SEEDED)

    assert len(out) > 20
    assert (out == "Frau Müller wohnt in Köln.") == (noise is Noise.NONE) or noise is Noise.SLIPS


def test_germeval_is_read_with_its_outer_names(tmp_path: Path) -> None:
    path = tmp_path / "dev.tsv"
    path.write_text(GERMEVAL, "utf-8")
    first, second = sources.germeval(path)

    assert first.text == "Frau Alma Berg lebt in Bensheim."
    assert [(first.text[a:b], label) for a, b, label in first.spans] == [
        ("Alma Berg", "PER"),
        ("Bensheim", "LOC"),
    ]
    assert second.spans == ()


def test_a_text_of_the_test_half_is_never_learnt_from(tmp_path: Path) -> None:
    path = tmp_path / "texts.ndjson"
    span = {"start": 5, "end": 9, "kind": "PERSON"}
    row = {"text": "Frau Berg", "spans": [span], "frame": "f1", "split": "train"}
    path.write_text(json.dumps(row), "utf-8")
    assert list(sources.corpus(path)) == [("f1", Labelled("Frau Berg", ((5, 9, "PER"),)))]

    path.write_text(json.dumps({**row, "split": "test"}), "utf-8")
    with pytest.raises(ValueError, match="test half"):
        list(sources.corpus(path))


def test_the_same_lessons_make_the_same_weights(names: Path, lexicon: Lexicon) -> None:
    lessons = written(names, 6, 150)
    once = Reader.of(fitted(lessons, lexicon))

    assert fitted(lessons, lexicon) == once.weights
    assert Reader.unpacked(once.packed()).weights == once.weights
    assert once.packed() == once.packed()


def test_the_same_lessons_make_the_same_network(names: Path, lexicon: Lexicon) -> None:
    lessons = written(names, 6, 20)
    once, again, other = (
        Network.of([network.taught(lambda _: lessons, lexicon, seed=seed, passes=1)]).packed()
        for seed in (1, 1, 2)
    )

    assert once == again != other


def test_the_network_is_read_as_the_library_reads_it(names: Path, lexicon: Lexicon) -> None:
    built = network.layers()
    pages = [
        Vocabulary(lexicon).page(tokens)
        for text in written(names, 9, 5)
        for tokens in pieces(text.text)
    ]
    built.initialize([ids(pages[0])], [np.zeros((len(pages[0].words), len(LABELS)), dtype="f")])
    random = np.random.default_rng(1)
    for node in built.walk():
        for name in node.param_names:
            drawn = random.normal(scale=0.3, size=np.shape(node.get_param(name)))
            node.set_param(name, drawn.astype(np.float32))  # type: ignore[arg-type]  # of any shape
    ours = Network.of([network.weights_of(built)])

    for page in pages:
        (read,) = built.predict([ids(page)])
        person, address = ours.chances(page)
        assert person == pytest.approx(read[:, 1:3].sum(axis=1), abs=1e-4)
        assert address == pytest.approx(read[:, 7:9].sum(axis=1), abs=1e-4)
    assert len(pages) > 10


def test_training_writes_every_file_that_is_shipped(
    names: Path, lexicon: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "app" / "redaction" / "names"
    folder.mkdir(parents=True)
    lessons = written(names, 6, 20)
    monkeypatch.setattr(course, "lexicon_of", lambda _data, _wheel: lexicon)
    monkeypatch.setattr(course.Course, "lessons", lambda _, number: lessons[number:])
    weights = network.taught(lambda _: lessons, lexicon, seed=1, passes=1)
    monkeypatch.setattr(network, "members", lambda *_, **__: Network.of([weights]))
    monkeypatch.setattr(course.Course, "settling", lambda _: lessons[9:])
    judged = {"de": each_by_itself(lessons), "en": each_by_itself(lessons[:9])}
    monkeypatch.setattr(course.Course, "judged", lambda _: judged)
    course.train(tmp_path, tmp_path, tmp_path / "tables.whl")
    model = shipped.load(folder)

    assert {path.name for path in folder.iterdir()} == set(shipped.FILES)
    assert json.loads((folder / shipped.SETTINGS).read_text("utf-8")).keys() == {"de", "en"}
    assert model.lexicon.words == lexicon.words


def test_each_pass_of_the_network_asks_for_its_own_lessons(names: Path, lexicon: Lexicon) -> None:
    asked: list[int] = []

    def lessons(number: int) -> list[Labelled]:
        asked.append(number)
        return written(names, number, 5)

    network.taught(lessons, lexicon, seed=1, passes=3)
    assert asked == [0, 1, 2]
    network.taught(lessons, lexicon, seed=1, first=10, passes=2)
    assert asked[3:] == [10, 11]


def test_every_member_has_weights_and_lessons_of_its_own(names: Path, lexicon: Lexicon) -> None:
    lessons = partial(written, names)
    learnt = network.members(lessons, lexicon, seed=1, passes=2)
    alone = [
        network.taught(lessons, lexicon, seed=1 + number, first=2 * number, passes=2)
        for number in range(network.MEMBERS)
    ]

    assert learnt.packed() == Network.unpacked(Network.of(alone).packed()).packed()
    layers = learnt.weights["c0w"]
    assert not any(np.allclose(one, other) for one, other in combinations(layers, 2))


def no_lessons(number: int) -> list[Labelled]:
    raise ValueError(f"there is no lesson {number}")


def test_a_member_that_came_to_no_end_is_told(lexicon: Lexicon) -> None:
    with pytest.raises(ChildProcessError):
        network.members(no_lessons, lexicon, seed=1, passes=1)


def test_training_multiplies_as_the_library_does() -> None:
    random = np.random.default_rng(1)

    def product(ops: NumpyOps, *of: object, **more: object) -> object:
        return ops.gemm(*of, **more)

    for first, second in ((False, False), (True, False), (False, True), (True, True)):
        one = random.random((5, 7) if first else (7, 5), dtype=np.float32)
        other = random.random((3, 5) if second else (5, 3), dtype=np.float32)
        turned = {"trans1": first, "trans2": second}
        expected = product(NumpyOps(), one, other, **turned)
        into = np.empty((7, 3), dtype=np.float32)

        assert product(network.Products(), one, other, **turned) == pytest.approx(expected)
        assert product(network.Products(), one, other, out=into, **turned) is into
        assert into == pytest.approx(expected)


def test_of_two_members_the_mean_is_read(names: Path, lexicon: Lexicon) -> None:
    one, other = (
        network.taught(lambda _: written(names, 6, 20), lexicon, seed=seed, passes=1)
        for seed in (1, 2)
    )
    (tokens,) = pieces("Gestern hat Alma Berg angerufen.")

    def odds(*members: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
        person = np.array(Network.of(members).chances(Vocabulary(lexicon).page(tokens))[0])
        return np.asarray(np.log(person / (1 - person)))

    assert odds(one, other) == pytest.approx((odds(one) + odds(other)) / 2, abs=1e-4)
    assert odds(one, one) == pytest.approx(odds(one), abs=1e-4)
    assert odds(one) != pytest.approx(odds(other), abs=1e-4)


def test_the_corpus_frames_are_told_about_other_people_too(names: Path) -> None:
    random = Random(3)  # noqa: S311 - the same names every time
    told = others(ROOT, People(names, random), random)
    own = (ROOT / "tests" / "corpus" / "redaction" / "names.txt").read_text("utf-8")

    assert re.findall(r"\[.+ train\]", told) == re.findall(r"\[.+ train\]", own)
    assert "test]" not in told
    assert "\nl " in told
    block = told.partition("[german train]\n")[2].partition("[")[0].splitlines()
    assert [line[0] for line in block] == ["f", "m", "l"]
    assert all(len(line.split()) > 400 for line in block)


def told(line: str, names: Path, seed: int, **texts: list[str]) -> Labelled:
    random = Random(seed)  # noqa: S311 - the same people every time
    return Teller(People(names, random), random, texts or {"de": [line]}).told(line, "de")


def test_a_marked_text_is_told_about_others_and_each_keeps_one_name(names: Path) -> None:
    line = r"{g:Xenia} {s:Quast} rief an.\nMit {g:Xenia|s} Mann, {s:Quast}, in {A:Weg 4} bei {O:AG}"
    for seed in range(20):
        text = told(line, names, seed)
        found = [(text.text[a:b], label) for a, b, label in text.spans]
        (full, _), (given, _), (surname, _), *things = found
        assert "\n" in text.text
        assert full.split()[0] == given.rstrip("s'")
        assert full.endswith(surname)
        assert things == [("Weg 4", "ADR"), ("AG", "ORG")]
    people = {told(line, names, seed).text.split()[0] for seed in range(40)}
    assert {"Xenia"} < people


def test_a_surname_keeps_its_particles_and_some_get_them(names: Path) -> None:
    random = Random(7)  # noqa: S311 - the same people every time
    teller = Teller(People(names, random), random, {})
    kept = [teller.told("{s:von der Lieth|s} Haus", "de") for _ in range(40)]
    given = {teller.told("{s:Lieth} kam", "de").text for _ in range(300)}

    assert len({text.text for text in kept}) > 1
    assert all(text.text[slice(*text.spans[0][:2])].startswith("von der ") for text in kept)
    assert any(text.split()[0] in {"von", "zu", "van", "El"} for text in given)
    assert all(text.split()[-2] not in {"von", "zu"} for text in given)


def test_whoever_a_scan_is_told_about_is_torn_and_misread_as_well(names: Path) -> None:
    """Else every name in a text full of slips would be a clean one."""
    torn = re.compile(r"\{s:([A-Z]\w{2,} \w{2,})\}")
    line = next(each for each in sorted(scanned()) if torn.search(each))
    (mark, *_) = torn.findall(line)
    of_scan, of_plain = (
        [
            {text.text[a:b] for a, b, label in text.spans if label == "PER"}
            for seed in range(80)
            for text in [told(each, names, seed)]
        ]
        for each in (line, f"Da kam {{s:{mark}}}")
    )

    clean = {mark.replace(" ", "")} | {
        word for found in of_plain for name in found for word in name.split()
    }
    misread = [name for found in of_scan for name in found if name.replace(" ", "") not in clean]

    assert sum(any(" " in name for name in found) for found in of_scan) > 60
    assert 4 < len(misread) < 60
    assert sum(any(" " in name for name in found) for found in of_plain) < 25


def test_an_everyday_name_stays_or_becomes_another_one(names: Path) -> None:
    texts = {"de": ["{w:Sommer} kam", "{w:winter} kam", "{v:Can} kam"]}
    drawn = {told("{w:Sommer} kam", names, seed, **texts).text for seed in range(60)}

    assert drawn == {"Sommer kam", "Winter kam"}
    shouted = {told("{w:SOMMER} kam", names, seed, **texts).text for seed in range(60)}
    assert shouted == {"SOMMER kam", "WINTER kam"}


def test_all_marked_texts_can_be_told_and_no_mark_is_left(names: Path) -> None:
    random = Random(2)  # noqa: S311 - the same people every time
    written_ones = marked()
    teller = Teller(People(names, random), random, written_ones)
    for language, lines in written_ones.items():
        for text in teller.texts(lines, language):
            assert not set("{}\\") & set(text.text)
            assert all(text.text[start:end].strip() for start, end, _ in text.spans)


@pytest.mark.parametrize("kept", [judging, held_back])
def test_what_judges_or_is_held_back_is_never_learnt_from(
    kept: Callable[[], Mapping[str, list[Labelled]]],
) -> None:
    judges = {text.text for texts in kept().values() for text in texts}
    learnt_from = {
        re.sub(r"\{\w:([^{}|]*)\|?([^{}]*)\}", r"\1\2", line).replace("\\n", "\n")
        for lines in marked().values()
        for line in lines
    }

    assert set(judging()) == set(marked()) == {"de", "en"}
    assert judges
    assert not judges & learnt_from
    assert all("{" not in text for text in judges)
    assert sum(len(text.spans) for texts in kept().values() for text in texts) > 1_000


def test_clusters_come_from_the_tables_without_what_another_spelling_says(tmp_path: Path) -> None:
    tables = {
        "de": {"Sommer": 165, "SOMMER": 40, "sommer": 368, "Miete": 7, "miete": 7, "a1": 3, "?": 0},
        "en": {"rent": 4, "x" * 19: 4},
    }
    wheel = tmp_path / "tables.whl"
    with ZipFile(wheel, "w") as packed:
        for code, words in tables.items():
            name = f"spacy_lookups_data/data/{code}_lexeme_cluster.json.gz"
            packed.writestr(name, gzip.compress(json.dumps(words).encode()))
    clusters = clusters_of(wheel)

    assert clusters.german.paths == (7, 165, 368)
    assert clusters.company("sommer")[:2] == (368, 165)
    assert clusters.company("miete")[:2] == (7, 7)
    assert clusters.company("rent").english == 4
    assert clusters.english.exactly("x" * 19) == 0


def test_a_slip_changes_one_place_of_a_word() -> None:
    random = Random(9)  # noqa: S311 - the same texts every time
    word = "Bescheinigung"
    slipped = {noisy(word, Noise.SLIPS, random) for _ in range(500)}

    assert len(slipped) > 5
    assert word in slipped
    assert all(abs(len(each) - len(word)) <= 1 for each in slipped)


def test_letters_tell_names_from_words() -> None:
    people = [
        f"{a}{b}enko" for a in ("shev", "pet", "bon", "kov") for b in ("ch", "r", "dar", "al")
    ]
    words = [f"{a}{b}ung" for a in ("leist", "zahl", "kündig") for b in ("", "er", "el", "ig")]
    letters = learnt(people, words, 1)

    assert letters.score("tymoshenko") > letters.score("wohnung")
    assert letters.weights == learnt(people, words, 1).weights
    assert letters.likeness("tymoshenko") > letters.likeness("wohnung")


def test_scores_count_exact_spans() -> None:
    there = frozenset({(0, 4, "NAME"), (6, 9, "DATE")})
    found = frozenset({(0, 4, "NAME"), (6, 8, "DATE"), (20, 22, "ID")})
    counted = scores([(there, found)])

    assert counted == Scores(right=1, found=3, there=2)
    assert counted.f1 == pytest.approx(0.4)
    assert scores([]).f1 == 0.0
