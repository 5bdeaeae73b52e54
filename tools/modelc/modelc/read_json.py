"""JSON files that others wrote."""

import json
from pathlib import Path
from typing import Any

from .problem import Problem


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"{path} does not exist.") from None
    except OSError as error:
        raise Problem(f"{path} could not be read: {error.strerror}.") from error
    except ValueError as error:
        raise Problem(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Problem(f"{path} holds {type(value).__name__} where a JSON object should be.")
    return value
