"""Safe at home: whose whereabouts nobody else is told."""
