"""Whether a mail address or a telephone number could work, by its form alone: nothing is asked of the network."""

import re

_LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3, less the brackets of the path."""
_LONGEST_LOCAL_PART = 64
_MOST_DIGITS = 15
"""ITU-T E.164."""
_LONGEST_NUMBER = 40
"""With signs, spaces and extension."""

_ATOM = r"[^\W_]|[_!#$%&'*+/=?^`{|}~-]"
_LOCAL_PART = re.compile(rf"(?:{_ATOM})+(?:\.(?:{_ATOM})+)*")
"""RFC 5322's dot-atom, with the letters of other scripts (RFC 6531); quoted local parts are nowhere in use."""
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_NOWHERE = (".invalid", ".localhost", ".local")
"""Top-level names that never get mail from outside (RFC 2606, RFC 6762)."""

_EXTENSION = re.compile(r"(?:ext\.?|x|#)\s*\d{1,6}\s*$", re.IGNORECASE)
_TELEPHONE = re.compile(r"\s*\+?[\d\s().\-/–]+")


def is_email(text: str) -> bool:
    """Whether mail could be sent there."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if len(address) > _LONGEST_EMAIL or len(local) > _LONGEST_LOCAL_PART or domain.lower().endswith(_NOWHERE):
        return False
    return bool(_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain))


def is_phone(text: str, least_digits: int) -> bool:
    """Whether the number could be called: digits enough, none too many, not one digit over and over, and nothing else but signs."""
    number = _EXTENSION.sub("", text) if len(text) <= _LONGEST_NUMBER else ""
    digits = [letter for letter in number if letter.isdecimal()]
    return bool(_TELEPHONE.fullmatch(number)) and least_digits <= len(digits) <= _MOST_DIGITS and len(set(digits)) > 1
