"""Alarms of tags that are not to move and moved, by what the ledger knows of where they stood. Pure."""
