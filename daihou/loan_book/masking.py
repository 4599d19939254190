"""Personal numbers as screens and exports show them: enough to recognise, too little to use."""

from __future__ import annotations

from daihou.loan_book.choices import ContactKind

_STAR = "*"


def masked_identity(number: str | None) -> str:
    """An identity number with its first three and last four characters: 330***********1234."""
    return _keep(number, head=3, tail=4)


def masked_phone(number: str | None) -> str:
    """A telephone number with its first three and last four digits: 138****1234."""
    return _keep(number, head=3, tail=4)


def masked_email(address: str | None) -> str:
    """A mail address with the first letter and the provider: z***@example.com."""
    name, at, provider = (address or "").partition("@")
    if not at:
        return _keep(address, head=1, tail=0)
    return f"{name[:1]}***@{provider}"


def masked_address(text: str | None) -> str:
    """An address down to about the street: the first six characters, the rest starred."""
    return _keep(text, head=6, tail=0)


def masked_contact(kind: str, value: str | None) -> str:
    """A contact's number or address, masked as suits its kind."""
    masks = {ContactKind.EMAIL: masked_email, ContactKind.ADDRESS: masked_address}
    return masks.get(ContactKind(kind), masked_phone)(value)


def _keep(text: str | None, *, head: int, tail: int) -> str:
    """Head and tail with stars between; a text too short to hide anything is all stars."""
    if not text:
        return ""
    hidden = len(text) - head - tail
    if hidden < 3:
        return _STAR * max(len(text), 3)
    return text[:head] + _STAR * hidden + (text[-tail:] if tail else "")
