"""Parts that several tabs are made of. Builders take plain values and return Dash components."""
