"""Adds up the day's payments by bank: reads `bank,amount` lines, writes one total for each bank."""

import csv
import sys
from collections import Counter
from decimal import Decimal

totals: Counter[str] = Counter()
for bank, amount in csv.reader(sys.stdin):
    totals[bank] += int(Decimal(amount) * 100)
for bank, cents in sorted(totals.items()):
    sys.stdout.write(f"{bank},{Decimal(cents) / 100}\n")
