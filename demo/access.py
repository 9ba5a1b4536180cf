"""Access tokens for the running demo, got through the same sign-in as a person's.

python -m demo.access --as erika      prints one
"""

import asyncio
import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from demo.proofs import Holder
from demo.signin import SignInFailed, access_token, machine_token
from demo.state import FOLDER, Place
from demo.world.accounts import ACCOUNTS, Account
from demo.world.offices import Tenant

# Signing in with more than this is for those who have nothing less.
ENOUGH: Final = "substantial"
LEVELS: Final = ("basic", "low", "substantial", "high")


class NoSuchAccount(Exception):
    """The message names the accounts there are."""


def account_named(name: str) -> Account:
    for account in ACCOUNTS:
        if account.name == name and account.acr is not None:
            return account
    known = ", ".join(each.name for each in ACCOUNTS if each.acr is not None)
    raise NoSuchAccount(f"There is no demo account called {name}. There are: {known}.")


def usual_acr(account: Account) -> str:
    """The level this account signs in with unless more is asked for."""
    return min(account.acr or "basic", ENOUGH, key=LEVELS.index)


@dataclass(frozen=True, slots=True)
class Doors:
    """How accounts and the machine client get their tokens from a running demo."""

    place: Place
    keys: Path

    async def user_token(self, account: Account) -> str:
        return await access_token(
            self.place.issuer,
            account.name,
            tenant_audience=f"{self.place.url}/t/{account.tenant}",
            acr=usual_acr(account),
        )

    async def machine_token(self, tenant: Tenant) -> str:
        return await machine_token(
            self.place.issuer, self._machine_key(), tenant_audience=f"{self.place.url}/t/{tenant}"
        )

    def holder(self) -> Holder:
        """Proves the machine client's calls, whichever of the service's addresses they go to."""
        return Holder(ECKey.import_key({**self._machine_key()}), known_as=self.place.url)

    def _machine_key(self) -> dict[str, str]:
        return dict(json.loads((self.keys / "integrator.json").read_text()))


def main() -> int:
    parser = ArgumentParser(prog="klarfall demo token")
    parser.add_argument("--as", dest="account", default="erika", help="the demo account")
    chosen = parser.parse_args()
    place = Place.read(FOLDER)
    if place is None:
        sys.stderr.write(
            "The demo is not running: start it with `make demo` in another terminal.\n"
        )
        return 1
    try:
        account = account_named(chosen.account)
        print(asyncio.run(Doors(place, FOLDER / "keys").user_token(account)))
    except (NoSuchAccount, SignInFailed) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
