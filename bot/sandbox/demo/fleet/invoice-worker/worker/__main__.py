"""Numbers the invoices that come in, one a line."""

import sys

for number, customer in enumerate(sys.stdin, 1):
    sys.stdout.write(f"INV-{number:06} {customer.strip()}\n")
