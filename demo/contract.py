"""Writes docs/openapi.json, the contract of the API, as the code has it.

    python -m demo.contract

Puts the application together with secrets made for the moment and starts nothing.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import AnyHttpUrl

from app.web.main import create_app
from app.web.settings import Environment, Settings
from demo.state import ROOT, ensure_secrets

CONTRACT: Final = ROOT / "docs" / "openapi.json"
_NOWHERE: Final = "http://127.0.0.1:9"


def contract() -> str:
    """The document, laid out so that a change of it can be read line by line."""
    with TemporaryDirectory(prefix="klarfall-contract-") as folder:
        ensure_secrets(Path(folder))
        os.environ.update(KLARFALL_STATE=folder, KLARFALL_DEMO_ISSUER=_NOWHERE)
        settings = Settings(
            environment=Environment.DEMO,
            database_url="postgresql://127.0.0.1:9/klarfall",
            public_url=AnyHttpUrl(_NOWHERE),
            tenants=ROOT / "tenants",
            policies=ROOT / "policies",
        )
        return spelled(create_app(settings).openapi())


def spelled(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    CONTRACT.write_text(contract(), encoding="utf-8")
    print(f"Written: {CONTRACT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
