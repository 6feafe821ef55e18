"""Numbers that carry their own proof: payment cards and bank accounts."""

import re

__all__ = ["is_card", "is_iban"]

_CARD_LENGTHS = {
    "3": (14, 15, 16),
    "2": (16,),
    "4": (13, 16, 19),
    "5": (16,),
    "6": (16, 17, 18, 19),
}
"""Digits of a card number by its first digit (ISO/IEC 7812: Diners, Amex, JCB, Mastercard, …)."""

_IBAN_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Countries by the length of their accounts (SWIFT IBAN registry)."""

_LENGTH_OF = {land: length for length, lands in _IBAN_LENGTHS.items() for land in lands.split()}


def is_card(digits: str) -> bool:
    """Return whether these digits can be a payment card: length by brand, and Luhn's check digit.

    >>> is_card("4539578763621486"), is_card("4539578763621487")
    (True, False)
    """
    if len(digits) not in _CARD_LENGTHS.get(digits[:1], ()):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def is_iban(text: str) -> bool:
    """Return whether this is a bank account of a country in the registry (ISO 13616, mod 97).

    >>> is_iban("DE02120300000000202051"), is_iban("DE03120300000000202051")
    (True, False)
    """
    account = re.sub(r"[ -]", "", text).upper()
    if _LENGTH_OF.get(account[:2]) != len(account):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1
