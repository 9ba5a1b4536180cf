"""Tokens and proofs, opened and held to everything they claim. Nothing else opens one."""
