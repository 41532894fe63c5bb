"""One chain, the same for every engine: see README.md in this folder."""
