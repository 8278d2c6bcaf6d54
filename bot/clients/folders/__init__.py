"""A folder of clones as the forge: branches in the clones, and Markdown files for what is asked and told.

Clones are foreign: none of their hooks, filters, drivers or helpers is run, no work tree and no index is touched, and git talks to nobody.
"""
