"""Studies: tables of members and what is done with them, in blocks over processes."""
