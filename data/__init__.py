"""The write side of the store: schema, migrations, connections, the writer, control.db.

May import config and nothing else of ours. Never dash, plotly or flask.
"""
