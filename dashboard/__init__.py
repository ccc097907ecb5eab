"""Views: pure functions, records in, components and figures out.

May import the record classes of `queries` and `alerting`, and `config`; never a database driver.
`app.py` alone also wires callbacks, the API and the live channel.
"""
