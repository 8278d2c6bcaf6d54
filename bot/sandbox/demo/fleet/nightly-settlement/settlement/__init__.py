"""Settles the day's payments with the banks."""
