"""Signing in more strongly on the way to one's case: what is vouched for then counts."""

from secrets import token_hex

import pytest

from tests.legitimation.test_bindings_by_attributes import Somebody, matched, signed_in
from tests.service import Whole
from tests.web.detours import Detour, make_honest


@pytest.mark.parametrize("vouching", [True, False])
async def test_id_20_name_and_birthday_of_the_stronger_sign_in_find_the_file(
    whole: Whole, *, vouching: bool
) -> None:
    """ID-20, SU-02: too weak at first, and nothing but the second sign-in vouches for them."""
    one, who = Somebody(), token_hex(8)
    ref, ids = await whole.push(one.document())
    async with whole.browser() as client:
        try:
            await signed_in(whole, client, {}, "low")
            whole.clock.now = whole.clock.now.replace(microsecond=0)
            detour = Detour(whole, client, who, ref, ids["case"])
            assert (await matched(client, one.number)).status_code == 401
            url = await detour.leave(question="", max_age="900", next="/bind")
            make_honest(whole.liar)
            whole.liar.claims = {"auth_time": detour.now, **(one.claims() if vouching else {})}

            back = await detour.come_back(url)

            assert 'url=/bind"' in back.text
            found = await matched(client, one.number)
            assert found.status_code == (201 if vouching else 409)
            assert not vouching or found.json()["person"] == ids["p1"]
        finally:
            make_honest(whole.liar)
