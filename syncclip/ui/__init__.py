"""The web app: what the command line does, on a page of this machine's own."""
