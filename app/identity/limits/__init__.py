"""How often somebody may try, counted in the database for all workers."""
