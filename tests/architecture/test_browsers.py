"""What no module may do: keep a session in a cookie, hand a browser's call on to others."""

import ast
from collections.abc import Iterator

import pytest

from app.web.main import create_app
from app.web.settings import Settings
from tests.fixtures import ROOT
from tests.sources import parsed

MODULES = sorted((ROOT / "app").rglob("*.py"))

# Who may speak to other machines, and to which. Each has its address from the configuration.
OUTBOUND = {
    "app/audit/witnessing.py": "the witnesses a tenant names; they see the public checkpoint",
    "app/audit/copies.py": "the log an officer names on the command line",
    "app/identity/provider/outbound.py": "the offices' identity providers",
    "app/identity/provider/addresses.py": "where a name of theirs leads; connects to nothing",
    "app/identity/provider/providers.py": "the type of a transport",
    "app/identity/provider/exchange.py": "the offices' identity providers",
    "app/synthesis/model.py": "the language model",
    "app/vault/openbao.py": "the key service",
    "app/web/commands/auditing.py": "the errors of reading the log an officer names",
    "app/web/health.py": "the language model, asked whether it is there; hands nothing on",
    "app/web/wiring.py": "the type of a transport",
    "app/web/main.py": "the type of a transport",
}
CLIENTS = {"httpx", "httpx2", "requests", "aiohttp", "urllib3", "http.client", "urllib.request",
           "websockets", "socket", "ftplib", "smtplib", "openai", "llama_index.llms"}  # fmt: skip
COOKIE_SESSIONS = {"starlette.middleware.sessions", "itsdangerous", "fastapi.middleware.sessions"}
PROXIES = {"starlette.middleware.wsgi", "asgiproxy", "mitmproxy", "starlette_proxy"}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def uses(source: str, modules: set[str]) -> bool:
    return any(
        name == module or name.startswith(f"{module}.")
        for name in imported(source)
        for module in modules
    )


def test_se_12_no_module_keeps_a_session_in_a_signed_cookie() -> None:
    """SE-12: Starlette's SessionMiddleware cannot be ended by a server."""
    assert len(MODULES) > 100
    assert [str(p) for p in MODULES if uses(p.read_text(), COOKIE_SESSIONS)] == []
    named = [p for p in MODULES if "SessionMiddleware" in p.read_text()]
    assert named == []
    assert not [p for p in MODULES if "request.session" in p.read_text()]


def test_se_12_nor_does_the_application_as_it_is_served(demo_settings: Settings) -> None:
    """SE-12: its middleware is ours alone."""
    app = create_app(demo_settings)
    names = {getattr(each.cls, "__module__", "") for each in app.user_middleware}
    assert names
    assert all(name.startswith("app.web.") for name in names)


def test_se_14_few_modules_can_speak_to_another_machine() -> None:
    """SE-14: a call of a browser is answered here. Of these, only /readyz is a route."""
    found = {
        str(path.relative_to(ROOT)) for path in MODULES if uses(path.read_text(), CLIENTS | PROXIES)
    }
    assert found
    assert found <= OUTBOUND.keys(), found - OUTBOUND.keys()
    routes = {str(p.relative_to(ROOT)) for p in MODULES if "APIRouter(" in p.read_text()}
    assert len(routes) > 8
    assert found & routes == {"app/web/health.py"}


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("from starlette.middleware.sessions import SessionMiddleware", COOKIE_SESSIONS),
        ("from starlette.middleware import sessions", COOKIE_SESSIONS),
        ("import httpx2 as h", CLIENTS),
        ("def f():\n    from urllib import request", CLIENTS),
        ("from http.client import HTTPConnection", CLIENTS),
    ],
    ids=["cookie_sessions", "cookie_sessions_by_package", "client", "client_inside", "standard"],
)
def test_the_rule_sees_what_it_forbids(line: str, modules: set[str]) -> None:
    assert uses(line, modules)
    assert not uses("from app.identity import sessions", modules)
