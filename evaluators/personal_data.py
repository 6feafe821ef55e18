"""Addresses and numbers in a text that can belong to a real person."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import islice
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher

from dialoom.evaluators.checksums import is_card, is_iban
from dialoom.evaluators.text import has_digit

__all__ = ["KINDS", "Found", "bare", "personal_data"]

_FINDINGS = 20
"""Findings of one kind in one message that are looked at."""

KINDS = ("email", "card", "iban", "ssn", "ip", "phone")

_DIGITS = re.compile(r"\d(?:(?:[ ().\-/:]{0,3}\d){6}|\d{0,2}(?:\.\d{1,3}){3})")
"""Without an @ or one of these there is nothing to find; nearly all messages end here."""

_LOCAL = re.compile(r"[\w.+%-]{1,64}$")
_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:.*\.)?(?:example(?:\.\w+)?|test|invalid|localhost|local|internal|"  # RFC 2606 and 6762
    r"(?:test|acme|abc|xyz|domain|company|email|(?:your|my)(?:domain|company|site|email)\w*)\.\w+)",
    re.IGNORECASE,
)
_OFFICE_NAMES = """
abuse accounts admin aide ayuda billing care claims contact contacto customercare customer.care
customerservice customer.service customersupport customer.support feedback git hello help
helpdesk hi hr info jobs kontakt kundenservice legal mail marketing no-reply noreply office
orders postmaster press privacy refunds returns sales security service support team webmaster
you your.email youremail your.name yourname name user username
"""
_OFFICES = frozenset(_OFFICE_NAMES.split())

_CARD = re.compile(r"(?<![\d.-])(?:[3-6]\d{3}|2[2-7]\d\d)(?:[ -]?\d){9,15}(?![\d.-]?\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])")
_SPOKEN_SSN = re.compile(
    r"(?i:\bssn|social security)\D{1,30}((?!000|666|9)\d{3}[ -]?(?!00)\d\d[ -]?(?!0000)\d{4})(?!\d)"
)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|"
    r"[0-9a-fA-F]{1,4}(?::{1,2}[0-9a-fA-F]{1,4}){2,7}(?![\w:]))"
)
_VERSION = re.compile(r"(?:\bv|version|release|firmware|build|section|§)\W{0,3}$", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,$€£-])(?:\+ ?|\()?\d[\d ().\-/]{5,24}\d(?![\w%€$])")
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}([-./ ])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-./ ])\d{{1,2}}\2{_YEAR}|"
    rf"{_YEAR} ?- ?{_YEAR})(?!\d)"
)
_CALLING = (
    r"phone|tel|telephone|call|mobile|cell|whatsapp|text me|reach|dial|fax|sms|telefon|handy|"
    r"anruf\w*|rückruf|mobil|teléfono|móvil|celular|ll[aá]m\w+|téléphone|portable|appel\w*|joindre|"
    r"telefono|cellulare|chiam\w+|telefone|celular|lig\w+|bel|telefoonnummer|телефон|звон\w+|"
    r"电话|手机|電話"
)
_COUNTING = (
    r"order|ticket|invoice|tracking|case|reference|ref|id|account|serial|isbn|sku|item|article|"
    r"model|part|policy|claim|confirmation|bestell\w*|auftrag\w*|rechnung\w*|sendung\w*|pedido|"
    r"factura|commande|facture|ordine|bestelling|заказ\w*|订单|单号|注文"
)
_ABOUT = re.compile(rf"\b(?:({_CALLING})|(?:{_COUNTING}))(?:\b|(?=\W))", re.IGNORECASE)

# examples of the card networks, SWIFT and the SSA; public resolvers; made up by everybody
_SAMPLE_NUMBERS = """
4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444
5105105105105100 378282246310005 371449635398431 6011111111111117 6011000990139424
30569309025904 38520000023237 3530111333300000 4532015112830366 1234567812345670
de89370400440532013000 gb29nwbk60161331926819 gb82west12345698765432
fr1420041010050500013m02606 es9121000418450200051332 nl91abna0417164300
it60x0542811101000000123456 ch9300762011623852957
078051120 219099999 123456789 111223333 987654321 8888 8844 1111 1001 9999
"""
_SAMPLES = frozenset(_SAMPLE_NUMBERS.split())


class Found(NamedTuple):
    """One address or number, and where it stands."""

    kind: str
    """One of `KINDS`."""
    text: str
    start: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.start + len(self.text)


def bare(text: str) -> str:
    """Return the letters and digits alone, in lower case: equal however a number is written.

    >>> bare("+49 (30) 90-18 20")
    '4930901820'
    """
    return "".join(filter(str.isalnum, text)).lower()


def personal_data(text: str, regions: Sequence[str]) -> Iterator[Found]:
    """Yield what can belong to somebody, kind by kind; a character belongs to one finding.

    Args:
        text: Of any size; looked at as a whole.
        regions: ISO 3166 codes of the countries whose phone numbers are known without prefix.
    """
    if "@" in text:
        yield from islice(_emails(text), _FINDINGS)
    if not (has_digit(text) and _DIGITS.search(text)):
        return
    taken: list[tuple[int, int]] = []
    for kind, candidates in (
        ("card", _cards(text)),
        ("iban", _ibans(text)),
        ("ssn", _ssns(text)),
        ("ip", _addresses(text)),
        ("phone", _phones(text, regions)),
    ):
        for start, end in islice(candidates, _FINDINGS):
            free = all(end <= first or start >= last for first, last in taken)
            if free and bare(text[start:end]) not in _SAMPLES:
                taken.append((start, end))
                yield Found(kind, text[start:end], start)


Spans = Iterator[tuple[int, int]]


def _emails(text: str) -> Iterator[Found]:
    at = text.find("@")
    for _ in range(50 * _FINDINGS):
        if at < 0:
            return
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        personal = local and local[0].lower() not in _OFFICES
        if local and domain and personal and not _NOBODY.fullmatch(domain[0]):
            yield Found("email", f"{local[0]}@{domain[0]}", local.start())
        at = text.find("@", at + 1)


def _cards(text: str) -> Spans:
    for match in _CARD.finditer(text):
        digits = bare(match[0])
        # numbers made for tests are mostly one digit
        if is_card(digits) and len(set(digits)) > 3 and not _counts(text, match.start()):
            yield match.span()


def _ibans(text: str) -> Spans:
    for match in _IBAN.finditer(text):
        # what follows may look like one more group
        for end in {match.end(), match.start() + match[0].rstrip().rfind(" ")}:
            if is_iban(text[match.start() : end]):
                yield match.start(), end


def _ssns(text: str) -> Spans:
    for match in _SSN.finditer(text):
        yield match.span()
    for match in _SPOKEN_SSN.finditer(text):
        yield match.span(1)


def _addresses(text: str) -> Spans:
    for match in _IP.finditer(text):
        try:
            address = ip_address(match[0])
        except ValueError:
            continue
        before = text[max(0, match.start() - 14) : match.start()]
        if address.is_global and not address.is_multicast and not _VERSION.search(before):
            yield match.span()


def _phones(text: str, regions: Sequence[str]) -> Spans:
    for match in islice(_PHONE.finditer(text), 4 * _FINDINGS):
        raw = match[0]
        called = _called(text, match.start())
        if _DATE.search(raw) or (called is False and raw[0] != "+"):
            continue
        if called or not raw.isdigit():
            yield from _valid_numbers(raw, match.start(), regions, called=bool(called))


def _valid_numbers(raw: str, start: int, regions: Sequence[str], *, called: bool) -> Spans:
    if raw.startswith("00"):
        raw, start = f"+{raw[2:]}", start + 1
    leniency = Leniency.VALID if called or raw[0] == "+" else Leniency.STRICT_GROUPING
    for region in (None,) if raw[0] == "+" else regions:
        for number in PhoneNumberMatcher(raw, region, leniency=leniency):
            national = str(number.number.national_number)
            # 555 is the exchange of film and fiction in North America
            if number.number.country_code != 1 or national[3:6] != "555":
                yield start + number.start, start + number.end
            return


def _called(text: str, start: int) -> bool | None:
    """Return True after words about calling, False after words about orders, None after neither."""
    about = list(_ABOUT.finditer(text, max(0, start - 40), start))
    return bool(about[-1][1]) if about else None


def _counts(text: str, start: int) -> bool:
    return _called(text, start) is False
