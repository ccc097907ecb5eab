"""The read side of the store: one file per subject, frozen records out.

May import data (connections, formats) and config. Never dash, plotly or flask.
"""
