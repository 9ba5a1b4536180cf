"""The source of the product as the tests of its structure read it: parsed once a process."""

import ast
from functools import cache


@cache
def parsed(source: str) -> ast.Module:
    """Not to be changed: everybody gets the same one."""
    return ast.parse(source)
