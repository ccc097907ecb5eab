"""The way in: OTLP over HTTP, decoded, admitted, queued, written by one thread.

May import data, flowglass.redact and config. Never dash, plotly or flask.
"""
