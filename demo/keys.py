"""Makes the keys of the demo: the provider's own and one for each client that has one.

    python -m demo.keys FOLDER [CLIENT…]

Private keys are readable by their owner only. The provider is given the clients' public
keys. What is there already is kept, so a restart ends no token.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

from joserfc.jwk import ECKey

CLIENTS: Final = ("klarfall-web-bergstrasse", "klarfall-web-main-kinzig", "integrator")


def ensure_keys(folder: Path, clients: tuple[str, ...] = CLIENTS) -> None:
    """Writes `provider.json` and `CLIENT.json` (private), `CLIENT.public.json`, where missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("provider", *clients):
        private = folder / f"{name}.json"
        if not private.exists():
            key = ECKey.generate_key("P-256", {"kid": uuid4().hex, "alg": "ES256", "use": "sig"})
            _write(private, key.as_dict(private=True))
        public = ECKey.import_key(json.loads(private.read_text())).as_dict(private=False)
        _write(folder / f"{name}.public.json", public)


def _write(path: Path, value: object) -> None:
    """Through a neighbour of its own name, so that a reader never sees half a key."""
    unfinished = path.with_suffix(f".{uuid4().hex}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(value, stream)
    unfinished.replace(path)


if __name__ == "__main__":
    ensure_keys(Path(sys.argv[1]), tuple(sys.argv[2:]) or CLIENTS)
