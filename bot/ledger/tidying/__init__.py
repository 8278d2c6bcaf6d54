"""How each subject of the ledger is rid of what is kept no longer."""
