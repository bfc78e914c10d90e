"""The pages on loopback in the language of whoever opens them: words from a table put into HTML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from starlette.requests import Request

LANGUAGES = ("en", "fr")

_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


def preferred_language(accept_language: str) -> str:
    """Return the one of `LANGUAGES` that a browser prefers (RFC 9110, 12.5.4); English where it names neither."""
    weights: dict[str, float] = {}
    for part in accept_language[:200].split(","):
        found = _RANGE.fullmatch(part)
        if found is not None:
            name = found[1].lower()
            weights[name] = max(weights.get(name, 0.0), float(found[2] or 1.0))
    others = weights.get("*", 0.0)
    return "fr" if weights.get("fr", others) > weights.get("en", others) else "en"


def asset(package: str, name: str) -> str:
    """Return a file that lies in the folder `static` of a package."""
    return files(package).joinpath("static", name).read_text(encoding="utf-8")


def words_of(package: str, name: str) -> Mapping[str, Mapping[str, str]]:
    """Return a table of words from the folder `static` of a package: by language, by key."""
    by_key: Mapping[str, Mapping[str, str]] = tomllib.loads(asset(package, name))
    return {language: {key: said[language] for key, said in by_key.items()} for language in LANGUAGES}


def page(template: str, words: Mapping[str, str], *, language: str, settings: Mapping[str, object]) -> str:
    """Return a template with its `{{places}}` filled, by words, and by what its script needs (`{{words}}`).

    Raises
    ------
    KeyError
        When a place has no word.
    """
    data = json.dumps({"words": words, "settings": settings}).replace("<", "\\u003c")
    given = {**{key: escape(word) for key, word in words.items()}, "language": language, "data": data}
    return _PLACE.sub(lambda place: given[place[1]], template)


def language_of(request: Request) -> tuple[str, str]:
    """Return the language to answer a page's request in, which `?language=` may choose, and the other one."""
    chosen = request.query_params.get("language", "")
    language = chosen if chosen in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))
    return language, next(other for other in LANGUAGES if other != language)
