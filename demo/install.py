"""Sets everything up below the checkout: .venv, and the npm packages of provider and pages.

Started by `make` with the machine's own Python, before anything is installed: standard
library only. Every package is pinned and checked against a hash. What failed is said in one
sentence, with what to do about it.
"""

import os
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
UV: Final = VENV / "bin" / "uv"
NPM: Final = VENV / "bin" / "npm"
NODE: Final = VENV / "bin" / "node"
PAGES: Final = ROOT / "app" / "web" / "assets"
NPM_FOLDERS: Final = (ROOT / "demo" / "provider", PAGES)
ELSEWHERE: Final = {
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "PYTHONPATH",
    "CONDA_PREFIX",
    "MAKEFLAGS",
    "PYTHONDONTWRITEBYTECODE",
}


class Failed(Exception):
    """The message is the sentence the person reads."""


class Steps:
    """Says what is being done, and how long it took."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._done = 0

    def run(
        self, what: str, command: Sequence[str | Path], *, advice: str, folder: Path = ROOT
    ) -> None:
        self._done += 1
        print(f"[{self._done}/{self._of}] {what} … ", end="", flush=True)
        begun = time.monotonic()
        environment = {k: v for k, v in os.environ.items() if k not in ELSEWHERE}
        environment.update(mirror())
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print("failed", flush=True)
            sys.stderr.write(done.stdout[-2000:] + done.stderr[-4000:])
            raise Failed(f"{what} failed. {advice}")
        print(f"{time.monotonic() - begun:.1f} s", flush=True)


def mirror() -> dict[str, str]:
    """The index that pip is told to use here, for uv, which does not read pip's files."""
    if "UV_DEFAULT_INDEX" in os.environ or "UV_INDEX_URL" in os.environ:
        return {}
    index = os.environ.get("PIP_INDEX_URL", "")
    if not index and PYTHON.exists():
        asked = subprocess.run(
            [PYTHON, "-m", "pip", "config", "get", "global.index-url"],
            capture_output=True,
            text=True,
            check=False,
        )
        index = asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": index} if index else {}


def make_environment() -> None:
    """A virtual environment with pip, of the Python that runs this file."""
    if usable():
        return
    print(f"Python {sys.version.split()[0]} from {sys.executable}", flush=True)
    try:
        venv.create(VENV, with_pip=True, clear=VENV.exists(), symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(
            "Python's venv module does not work here. On Debian: apt-get install python3-venv."
        ) from error


def usable() -> bool:
    """Whether the environment is there, runs, and has the pip that the first step needs."""
    if not PYTHON.exists():
        return False
    works: list[str | Path] = [
        PYTHON,
        "-c",
        "import sys, pip; sys.exit(sys.version_info < (3, 11))",
    ]
    return subprocess.run(works, capture_output=True, check=False).returncode == 0


def install() -> None:
    steps = Steps(4 + len(NPM_FOLDERS))
    online = "Check that the package index can be reached, then run `make setup` again."
    make_environment()
    steps.run(
        "Installer",
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            "-r",
            "requirements/bootstrap.txt",
        ],
        advice=online,
    )
    steps.run(
        "Python packages, each checked against its hash",
        [
            UV,
            "pip",
            "sync",
            "--compile-bytecode",
            "--python",
            PYTHON,
            "--require-hashes",
            "requirements/dev.txt",
        ],
        advice=online,
    )
    steps.run(
        "Klarfall itself",
        [
            UV,
            "pip",
            "install",
            "--python",
            PYTHON,
            "--no-deps",
            "--no-build-isolation",
            "--offline",
            "--editable",
            ".",
        ],
        advice="Delete the folder .venv and run `make setup` again.",
    )
    for folder in NPM_FOLDERS:
        steps.run(
            f"npm packages of {folder.relative_to(ROOT)}",
            [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            advice="Check that the npm registry can be reached, then run `make setup` again.",
            folder=folder,
        )
    steps.run(
        "Styles and fonts of the pages",
        [NODE, PAGES / "install.mjs"],
        advice="Delete app/web/assets/node_modules and run `make setup` again.",
        folder=PAGES,
    )


def main() -> int:
    begun = time.monotonic()
    try:
        install()
    except Failed as failure:
        sys.stderr.write(f"\n{failure}\n")
        return 1
    print(f"Set up in {time.monotonic() - begun:.0f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
