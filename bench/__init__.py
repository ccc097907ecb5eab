"""Benchmarks: each module measures its own part of the table in docs/benchmarks.md."""
