"""`python -m daihou` is the daihou command."""

from daihou.cli.main import app

app()
