"""JSON files that others wrote, the values in them, and the files that they name."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
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


def whole_number(raw: Mapping[str, Any], key: str, where: str, least: int = 1) -> int:
    """Of a required key, at least `least`."""
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Problem(f"{where}: {key} must be a whole number above {least - 1}, not {value!r}.")
    return value


def number(raw: Mapping[str, Any], key: str, where: str) -> float:
    """Of a required key, above 0."""
    value = raw.get(key)
    # Python's JSON has NaN and infinities.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
        raise Problem(f"{where}: {key} must be a number above 0, not {value!r}.")
    return float(value)


def path_inside(folder: Path, name: str, where: str) -> Path:
    """A file that `where` names; a list of files must not lead to those of others."""
    path = PurePath(name)
    if path.anchor or ".." in path.parts:
        raise Problem(f"{where} names {name}, which is not inside the folder.")
    return folder / path
