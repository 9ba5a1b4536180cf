"""Tying an identity to the person of a case, by code or by what the provider vouches for."""
