"""How each subject of two ledgers becomes one."""
