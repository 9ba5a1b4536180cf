"""The files of the names model."""

import json
import struct
from gzip import compress, decompress
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from app.redaction.names.clusters import Clusters
from app.redaction.names.forest import Forest
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import Lexicon, Words
from app.redaction.names.model import NamesModel, Readers
from app.redaction.names.network import Network, one_thread
from app.redaction.names.reader import Reader

READER: Final = "names.crfsuite.xz"
NETWORK: Final = "network.npz.gz"
FOREST: Final = "forest.npz"
LEXICON: Final = "lexicon.gz"
CLUSTERS: Final = "clusters.gz"
SETTINGS: Final = "names.json"
FILES: Final = (READER, NETWORK, FOREST, LEXICON, CLUSTERS, SETTINGS)
_HEAD: Final = struct.Struct("<I")


def load(folder: Traversable | None = None) -> NamesModel:
    """Those of this package, or of another folder; from now on numpy takes one core."""
    one_thread()
    folder = folder or files("app.redaction.names")
    settings: dict[str, float] = json.loads(folder.joinpath(SETTINGS).read_text("utf-8"))
    return NamesModel(
        Readers(
            Reader.unpacked(folder.joinpath(READER).read_bytes()),
            Network.unpacked(folder.joinpath(NETWORK).read_bytes()),
        ),
        Forest.unpacked(folder.joinpath(FOREST).read_bytes()),
        unpacked(folder.joinpath(LEXICON).read_bytes(), folder.joinpath(CLUSTERS).read_bytes()),
        settings,
    )


def size() -> int:
    """Bytes of all files together."""
    folder = files("app.redaction.names")
    return sum(len(folder.joinpath(name).read_bytes()) for name in FILES)


def packed(lexicon: Lexicon) -> bytes:
    """Without its clusters, which have a file of their own."""
    kinds = "\n".join(lexicon.words.kinds).encode()
    head = _HEAD.pack(len(kinds)) + kinds + bytes(len(kinds) % 2)
    return compress(lexicon.shapes.weights + head + lexicon.words.cells, mtime=0)


def unpacked(packed_lexicon: bytes, packed_clusters: bytes) -> Lexicon:
    data = decompress(packed_lexicon)
    (size,) = _HEAD.unpack_from(data, SIZE)
    first = SIZE + _HEAD.size
    kinds = data[first : first + size].decode().split("\n")
    words = Words(data[first + size + size % 2 :], tuple(kinds))
    clusters = Clusters.unpacked(decompress(packed_clusters))
    return Lexicon(words, Letters(data[:SIZE]), clusters)
