"""RFC 6962, section 2.1, copied out word by word. Slow, and easy to compare with the text."""

from collections.abc import Sequence
from hashlib import sha256


def naive_split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def naive_root(entries: Sequence[bytes]) -> bytes:
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = naive_split(len(entries))
    return sha256(b"\x01" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = naive_split(len(entries))
    if index < k:
        return [*naive_path(index, entries[:k]), naive_root(entries[k:])]
    return [*naive_path(index - k, entries[k:]), naive_root(entries[:k])]


def naive_consistency(old: int, entries: Sequence[bytes]) -> list[bytes]:
    return _subproof(old, entries, known=True)


def _subproof(old: int, entries: Sequence[bytes], *, known: bool) -> list[bytes]:
    if old == len(entries):
        return [] if known else [naive_root(entries)]
    k = naive_split(len(entries))
    if old <= k:
        return [*_subproof(old, entries[:k], known=known), naive_root(entries[k:])]
    return [*_subproof(old - k, entries[k:], known=False), naive_root(entries[:k])]
