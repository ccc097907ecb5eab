"""Controllers: read the inputs, ask one query, call one view function, return.

May import `dashboard`, `queries`, `alerting` and `config`; never a database driver.
"""
