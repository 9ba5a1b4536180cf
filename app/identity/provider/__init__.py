"""Our client at a state identity provider: what it sends, and what it takes for an answer."""
