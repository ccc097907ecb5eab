"""The commands of app.py beside starting: each reads or writes a data folder and ends."""
