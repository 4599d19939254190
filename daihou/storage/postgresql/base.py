"""Django's PostgreSQL backend, which starts the local server when the first query needs it.

Reading the settings therefore starts nothing, so `daihou --help`, `daihou doctor` and a type check
run without a database. A server that was killed is started again when a connection to it fails.
Django demands that this module be called `base`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql import base, client

from daihou.storage.local_postgres import cannot_reach, check_version, join


class DatabaseClient(client.DatabaseClient):
    """`daihou manage dbshell`: psql on the same server."""

    connection: DatabaseWrapper

    def runshell(self, parameters: Iterable[str]) -> None:
        """Find the server first; Django only copies the settings."""
        self.connection.find_server()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the lender's server, or to the local one, which is started when needed.

    `settings_dict["LOCAL_HOME"]` is the home folder of the local server; it is empty when
    `DATABASE_URL` names a server of the lender's.
    """

    client_class = DatabaseClient

    def find_server(self) -> None:
        """Start or join the local server, if that is where the data is."""
        home = self.settings_dict["LOCAL_HOME"]
        if home and not self.settings_dict["HOST"]:
            self.settings_dict["HOST"] = str(join(Path(home)))

    def get_connection_params(self) -> dict[str, Any]:
        """The arguments for psycopg, once the server is up."""
        self.find_server()
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; when the local server was killed, start it again and connect once more."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as problem:
            home = self.settings_dict["LOCAL_HOME"]
            if home:
                self.settings_dict["HOST"] = conn_params["host"] = str(join(Path(home)))
                return super().get_new_connection(conn_params)
            if self.settings_dict["NAME"] is None:  # Django tries the database "postgres" and
                raise  # falls back to ours, when it makes the test database
            raise cannot_reach(problem) from problem

    def check_database_version_supported(self) -> None:
        """Refuse a server that is too old."""
        check_version(self.pg_version)
