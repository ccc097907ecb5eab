"""Rules: what they are, how they are judged, what becomes of it, and who is told.

May import `queries`, `data` (control.db), `flowglass.redact` and `config`. The judging is pure: time, values
and randomness are arguments, so that a replay over stored history runs the same code as the scheduler.
"""
