"""Trains the names model: `python -m app.redaction.names.training WHEEL [folder]`.

The wheel is the one that `pip download --no-deps --require-hashes -r requirements/training.txt`
fetches. The folder (`../shared/data`) holds GermEval 2014, law texts and lists of names; none of
it is in this repository. Same data, same seed, same model.
"""

import sys
from pathlib import Path
from typing import Final

from app.redaction.names.training.course import train

_ROOT: Final = Path(__file__).parents[4]

if __name__ == "__main__":
    wheel, *folder = map(Path, sys.argv[1:])
    train(folder[0] if folder else _ROOT.parent / "shared" / "data", _ROOT, wheel)
