"""How a tenant's client and its provider talk: FAPI 2.0, or the plain code flow."""

from enum import StrEnum


class Profile(StrEnum):
    """Either way: code flow, PKCE, a signed assertion for our client, `iss` in the callback.

    FAPI2 puts the request on the back channel (RFC 9126) and ties the tokens to a key (RFC 9449).
    PLAIN is for a provider that can do neither.
    """

    FAPI2 = "fapi2"
    PLAIN = "plain"
