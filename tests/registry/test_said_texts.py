"""Of what people write the trail keeps a digest that nobody without the keys can guess from."""

from __future__ import annotations

import hashlib

from registry.said_texts import agrees, text_digest
from registry.store import Registry
from tests.registry.people import enroll

WORDS = "SIMULATED said so"


def test_the_trail_agrees_with_the_words_and_does_not_give_them_away(registry: Registry) -> None:
    one, other = enroll(registry, "one", 1), enroll(registry, "other", 2)
    with registry.writing() as writer:
        writer.merges.merge(one.subject_id, other.subject_id, reason=WORDS)
    trail = str([event.details for event in registry.events()])
    plain = hashlib.sha256(WORDS.encode()).hexdigest()
    with registry._database.reading() as connection:
        assert text_digest(connection, WORDS) in trail
        assert agrees(connection, WORDS, text_digest(connection, WORDS))
        assert agrees(connection, WORDS, plain)  # as events from before version 5 tell
        assert not agrees(connection, "other words", plain) and not agrees(connection, WORDS, None)
    assert plain not in trail and plain[:16] not in trail
    assert registry.check() == []
