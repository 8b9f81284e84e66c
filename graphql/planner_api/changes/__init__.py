"""News of what changes in the store, from every process that writes to it."""
