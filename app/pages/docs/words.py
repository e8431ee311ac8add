"""Texts of the documentation: those of `texts/docs.toml`."""

from app.pages.texts import Language, text


def word(key: str, language: Language) -> str:
    """Return the text of a key, its places for values as they are."""
    return text(language, f"docs.{key}")
