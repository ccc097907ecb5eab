"""Plotly figures. Builders take records and a theme and return a figure; they ask nobody."""
