"""Trains the names model: `python -m app.redaction.names.training [folder]`.

The folder (`../shared/data`) holds GermEval 2014, GraSCCo_PHI, law texts and lists of
names; none of it is in this repository. Same data, same seed, same model.
"""

import sys
from pathlib import Path
from typing import Final

from app.redaction.names.training.course import train

_ROOT: Final = Path(__file__).parents[4]

if __name__ == "__main__":
    train(Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT.parent / "shared" / "data", _ROOT)
