"""Other people for the corpus' training frames: `names.txt` of the corpus with names drawn anew.

Nobody is learnt by heart then: the corpus has a few dozen names of each origin for training.
"""

import re
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.names.training.people import People

_NAMES: Final = "tests/corpus/redaction/names.txt"
_BLOCK: Final = re.compile(r"^\[(\S+) train\]\n([^\[]*)", re.MULTILINE)
_DRAWN: Final = 400
_EVERYDAY: Final = 0.3


def others(root: Path, people: People, random: Random) -> str:
    """Blocks like the corpus' own; names in other scripts stay as they are."""
    own = (root / _NAMES).read_text("utf-8")
    return "".join(
        f"[{origin} train]\n{body if '@' in origin else _drawn(origin, people, random)}"
        for origin, body in _BLOCK.findall(own)
    )


def _drawn(origin: str, people: People, random: Random) -> str:
    lines = (f"{key} {' '.join(_words(key, origin, people, random))}\n" for key in ("f", "m", "l"))
    return "".join(lines)


def _words(key: str, origin: str, people: People, random: Random) -> list[str]:
    """So many given names or surnames of anybody; German ones are often everyday words."""
    found: list[str] = []
    while len(found) < _DRAWN:
        pool = people.pool("en" if origin == "english" else "de")
        if key != "l":
            name = people.given(pool)
        elif origin == "german" and random.random() < _EVERYDAY:
            name = people.everyday()
        else:
            name = people.surname(pool)
        if len(name) > 1 and "/" not in name:
            found.append(name.replace(" ", "_"))
    return found
