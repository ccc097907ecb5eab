"""What is done without being asked, one module per job, each `run(on_writer, now_ns) -> what it did`.

One pass, safe to repeat, in steps of at most 50 ms. When they run stands only in `schedule`. May import data,
queries, alerting and config; jobs never import each other.
"""
