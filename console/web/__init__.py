"""The web console: server-rendered pages over the bank of a folder, and a JSON twin of each."""
