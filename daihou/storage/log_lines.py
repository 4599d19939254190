"""Log lines for machines: one JSON object per line, without anybody's personal data.

What our own code logs carries its facts as `extra={"facts": {...}}`. Messages of other libraries
are written without the values put into them (a path, a name, a parameter of a statement), and of
an exception only its type and where it arose: its text may quote a row.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from typing import Any

OWN = "daihou"
NOWHERE = ""
STDERR = "stderr"


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger, what happened, its facts, and where an error arose."""
        is_ours = record.name.split(".")[0] == OWN
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if is_ours else str(record.msg),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(target: str) -> dict[str, Any]:
    """Django's LOGGING: everything to a file or to standard error; only warnings if not asked.

    A file may be moved away by logrotate at any time; the next line opens a new one.
    """
    handler: dict[str, Any] = {"class": "logging.StreamHandler", "formatter": "json"}
    if target not in (NOWHERE, STDERR):
        handler = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": target,
            "encoding": "utf-8",
            "delay": True,
            "formatter": "json",
        }
    level = "INFO" if target else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "daihou.storage.log_lines.JsonLines"}},
        "handlers": {"lines": handler},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            OWN: {"level": level},
            # Django's own two handlers (mail, a console for developers) are not wanted; what
            # it says of each refused request is in our line of that request.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "CRITICAL"},
        },
    }
