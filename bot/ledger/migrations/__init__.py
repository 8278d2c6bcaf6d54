"""How the ledger's tables came to be, step by step; `bot.clients.database` runs what is missing when it opens."""
