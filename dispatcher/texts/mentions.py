"""What is said beside a caller's own words: that pictures came with them, which are never fetched."""

from dispatcher.texts.catalogue import text


def with_pictures(words: str, count: int, language: str) -> str:
    """Return a caller's words with the number of pictures that came with them first, where it is not cut."""
    if count < 1:
        return words
    said = text("mention.picture" if count == 1 else "mention.pictures", language, count=count)
    return f"{said} {words}".rstrip()


def with_untold(words: str, language: str) -> str:
    """Return a caller's words with the remark that nobody was told of them by SMS."""
    return f"{words} {text('mention.untold', language)}".lstrip()
