"""Learns what letters names are made of: logistic regression over runs of letters."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from app.redaction.names.letters import SIZE, Letters, runs

_EPOCHS: Final = 8
_BATCH: Final = 1_000
_RATE: Final = 60.0
_SCALE: Final = 8.0


def learnt(names: Iterable[str], words: Iterable[str], seed: int) -> Letters:
    """Names and words in lower case; a word that is a name, too, is a name."""
    known = sorted(set(names))
    plain = sorted(set(words) - set(known))
    places = [np.array(runs(word), dtype=np.int64) for word in (*known, *plain)]
    truth = np.array([1.0] * len(known) + [0.0] * len(plain))
    weight = np.where(truth > 0, 0.5 / len(known), 0.5 / len(plain)) * len(truth)
    weights = np.zeros(SIZE)
    random = np.random.default_rng(seed)
    for epoch in range(_EPOCHS):
        order = random.permutation(len(places))
        for begin in range(0, len(order), _BATCH):
            batch = order[begin : begin + _BATCH]
            flat = np.concatenate([places[at] for at in batch])
            sizes = np.array([len(places[at]) for at in batch])
            starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
            scores = np.add.reduceat(weights[flat], starts) / sizes
            wrong = (truth[batch] - 1 / (1 + np.exp(-scores))) * weight[batch]
            step = np.bincount(flat, np.repeat(wrong / sizes, sizes), SIZE)
            weights += _RATE / (1 + epoch) * step
        weights *= 0.98
    scaled = np.clip(np.round(weights * _SCALE), -127, 127).astype(np.int16) + 128
    return Letters(scaled.astype(np.uint8).tobytes())
