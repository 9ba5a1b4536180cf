"""Whom of the readers to believe, and how sure one must be, learnt from what neither read."""

from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from random import Random

import numpy as np
import pytest

from app.redaction.names.forest import Forest, means
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.model import NamesModel
from app.redaction.names.modes import Mode
from app.redaction.names.training import course, stacking
from app.redaction.names.training.sources import Labelled
from app.redaction.names.training.stacking import Read, settled
from app.redaction.names.training.thresholds import Judged, threshold
from tests.redaction.lessons import readers, written


def test_a_model_finds_who_is_announced_as_in_its_lessons(names: Path, lexicon: Lexicon) -> None:
    both = readers(written(names, 6, 150), lexicon)
    forest = settled(both, lexicon, written(names, 7), {}).forest
    model = NamesModel(both, forest, lexicon, {"de": 0.2})
    text = "Sehr geehrte Frau Berg,"

    assert "Berg" in {text[one.start : one.end] for one in model.find(text, Mode.RECALL, "de")}


@pytest.mark.parametrize("over_masked", [0.005, 0.02, 0.05])
def test_the_threshold_masks_no_more_words_for_nothing_than_it_may(over_masked: float) -> None:
    """And hardly fewer."""
    random = Random(1)  # noqa: S311 - the same words every time
    told = [
        Judged(name, random.random() ** (0.2 if name else 40))
        for name in (True, False, False, False, False) * 2_000
    ]
    least = threshold(told, over_masked=over_masked)
    masked = [each.chance > least for each in told if not each.name]

    assert over_masked * len(masked) - 2 <= sum(masked) <= over_masked * len(masked)


def test_words_of_one_chance_are_masked_together_or_not_at_all() -> None:
    told = [Judged(name=False, chance=0.25)] * 10

    assert threshold(told, over_masked=0.5) == 0.25


def _judging_frame(number: int) -> str:
    """The names of frames that judge are alike in a way: their folds must not be."""
    names_of_frames = (f"f{at}" for at in count() if course.judges(f"f{at}"))
    return next(islice(names_of_frames, number, None))


def test_what_judges_is_read_by_a_forest_that_learnt_from_other_frames(
    names: Path, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts of one frame are nearly the same text: all of them are left out, or none."""
    learnt: list[set[str]] = []
    read: list[str] = []

    def grown(texts: Iterable[Read]) -> Forest:
        told = list(texts)
        learnt.append({text.of.page.tokens[0].text for text in told})
        return of_texts(told)

    def judged(forest: Forest, text: Read) -> Iterator[Judged]:
        first = text.of.page.tokens[0].text
        assert first not in learnt[-1]
        read.append(first)
        return of_piece(forest, text)

    of_texts, of_piece = stacking.grown, stacking.judged
    monkeypatch.setattr(stacking, "grown", grown)
    monkeypatch.setattr(stacking, "judged", judged)
    lessons = written(names, 6, 20)
    both = readers(lessons, lexicon)
    frames_of = {"de": [(_judging_frame(n % 20), Labelled(f"W{n % 20} kam.")) for n in range(60)]}
    found = stacking.settled(both, lexicon, lessons, frames_of)

    every = {f"W{n}" for n in range(20)}
    assert sorted(read) == sorted(f"W{n % 20}" for n in range(60))
    assert every < learnt[-1]
    assert all(len(every & some) > 10 for some in learnt), "each fold is a part, none is all"
    assert len(found.judged["de"]) == 120


def test_a_forest_is_read_as_the_library_reads_it(names: Path, lexicon: Lexicon) -> None:
    random = np.random.default_rng(1)
    told = random.normal(scale=3, size=(400, 7)).astype(np.float32)
    is_name = told[:, 0] + told[:, 2] * told[:, 4] > random.normal(size=400)
    learner = stacking.learner().fit(told, is_name)
    ours = stacking.forest_of(learner)

    assert ours.chances(told) == pytest.approx(learner.predict_proba(told)[:, 1], abs=1e-6)
    again = Forest.unpacked(ours.packed())
    assert (again.chances(told) == ours.chances(told)).all()
    assert again.packed() == ours.packed()
    right = ((ours.chances(told) > 0.5) == is_name).mean()
    assert right > ((means(told) > 0) == is_name).mean() + 0.1, "all it says is the readers' mean"
