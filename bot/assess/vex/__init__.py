"""Statements on whether products have a hole (VEX), and which of them takes a hole of an image away."""
