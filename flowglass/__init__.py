"""Flowglass shows the values flowing through your code."""
