import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.pii import Pii
from dialoom.personas.model import Persona
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

BAD = [
    ("en", "email", "Mail me at jane.doe83@gmail.com please.", "jane.doe83@gmail.com"),
    ("de", "email", "MARIA_K@web.de, bitte.", "MARIA_K@web.de"),
    ("en", "email", "Reach me (bob+orders@mail.company.co.uk).", "bob+orders@mail.company.co.uk"),
    ("en", "phone", "Call me at (415) 867-5309.", "(415) 867-5309"),
    ("en", "phone", "My number is 415-867-5309", "415-867-5309"),
    ("en", "phone", "phone: 2128675309", "2128675309"),
    ("en", "phone", "My cell is +1 415 867 5309, ok?", "+1 415 867 5309"),
    ("en", "phone", "Ring 020 7183 8750 any time", "020 7183 8750"),
    ("en", "phone", "Best to call +4930901821.", "+4930901821"),
    ("de", "phone", "Rufen Sie mich unter 030 901821 an.", "030 901821"),
    ("de", "phone", "Handy: 0151 23456789", "0151 23456789"),
    ("fr", "phone", "Appelez le 01 42 68 53 00.", "01 42 68 53 00"),
    ("es", "phone", "Mi móvil es 612 34 56 78", "612 34 56 78"),
    ("en", "card", "My card is 4539 5787 6362 1486.", "4539 5787 6362 1486"),
    ("en", "card", "card 4539578763621486 then", "4539578763621486"),
    ("en", "card", "Amex: 3714-496353-98456", "3714-496353-98456"),
    ("en", "iban", "DE02 1203 0000 0000 2020 51", "DE02 1203 0000 0000 2020 51"),
    ("de", "iban", "Konto de02120300000000202051, danke", "de02120300000000202051"),
    ("en", "iban", "Pay GB33BUKB20201555555555.", "GB33BUKB20201555555555"),
    ("fr", "iban", "FR76 3000 6000 0112 3456 7890 189 merci", "FR76 3000 6000 0112 3456 7890 189"),
    ("en", "ssn", "My SSN is 536-22-1234.", "536-22-1234"),
    ("en", "ssn", "social security number: 536221234", "536221234"),
    ("en", "ip", "Logged in from 93.184.216.34 last night.", "93.184.216.34"),
    ("en", "ip", "It is 2606:2800:220:1:248:1893:25c8:1946.", "2606:2800:220:1:248:1893:25c8:1946"),
]

GOOD = """
Write to jane@example.com or bob@mail.example.org.
support@parcels.com answers, so does no-reply@shop.de.
user@domain.com is what the form says.
@jane see me at noon @ the office
git clone git@github.com:jane/tools.git
Call 555-0123.
Call (212) 555-0147 or 1-800-555-0199
Call +44 7700 900123
Ping 127.0.0.1 or 192.168.0.17, 10.0.0.1
DNS is 8.8.8.8
My order is 4155552671, also AB123456.
Order number 415-867-5309
tracking 1Z999AA10123456784
Invoice 4539578763621486
card 4539 5787 6362 1487
It ran from 1984-1995 and 2001 - 2010.
on 2024-01-12 at 10:30:45
am 12.03.2024 um 10.30 Uhr
Version 1.2.3.4 and v10.4.3.2
arXiv 1706.03762
ISBN 978-3-16-148410-0
4111 1111 1111 1111
GB82 WEST 1234 5698 7654 32
DE03 1203 0000 0000 2020 51
My SSN is 123-45-6789
It costs 1,299,000.00 or 12 345 678
pi is 3.14159265358979
5 + 3 * 12345678
[24095, 1384, 510, 588, 428, 13]
doi 10.1016/j.cell.2019.01.001
Bestellnummer 030 901821
999.999.999.999 is no address
""".strip().splitlines()

RITA = Persona(
    name="rita",
    display_name="Rita",
    description="A customer.",
    knows={"phone": "+49 30 901821", "mail": "rita.v@gmail.com"},
)


def found(text: str, language: str = "en", rule: Pii | None = None) -> list[Verdict]:
    return list((rule or Pii()).check(Subject(text, "ada", "assistant", language=language)))


@pytest.mark.parametrize(("language", "kind", "text", "what"), BAD)
def test_what_can_be_somebodys_is_found(language: str, kind: str, text: str, what: str) -> None:
    (verdict,) = found(text, language)
    assert (verdict.name, verdict.severity, verdict.value) == ("pii", "fault", 1)
    assert verdict.reason == f'{kind}: "{what}"'
    assert verdict.span is not None
    assert text[slice(*verdict.span)] == what


@pytest.mark.parametrize("text", GOOD)
def test_samples_and_other_numbers_are_left_alone(text: str) -> None:
    assert not found(text)
    assert not found(text, "de")


@pytest.mark.parametrize(
    "text",
    [
        "It is +4930901821.",
        "Call 030 901821.",
        "rita.v@gmail.com",
        "Rita.V@gmail.com, 0049 30 901821",
    ],
)
def test_facts_of_the_sheet_are_noted(text: str) -> None:
    verdicts = list(Pii().check(Subject(text, "rita", "prompter", persona=RITA, language="de")))
    assert verdicts
    assert {(verdict.severity, verdict.value) for verdict in verdicts} == {("note", 0)}
    assert found(text, "de")[0].severity == "fault"


def test_what_was_said_or_prompted_is_noted() -> None:
    thread = (Said("rita", "prompter", "My mail is rita.v@gmail.com."),)
    system = "The office's line is 415-867-5309."
    text = "So rita.v@gmail.com? Else call (415) 867-5309, or bob.k@gmail.com."
    verdicts = list(Pii().check(Subject(text, "ada", "assistant", thread, system=system)))
    assert [(verdict.reason, verdict.severity) for verdict in verdicts] == [
        ('email: "rita.v@gmail.com" (was given)', "note"),
        ('email: "bob.k@gmail.com"', "fault"),
        ('phone: "(415) 867-5309" (was given)', "note"),
    ]


def test_kinds_say_what_to_look_for() -> None:
    text = "rita.v@gmail.com, 93.184.216.34"
    assert len(found(text)) == 2
    (verdict,) = found(text, rule=Pii(kinds=["ip"]))
    assert verdict.reason.startswith("ip")


def test_regions_say_whose_phone_numbers_are_known() -> None:
    text = "Call 030 901821."
    assert not found(text)
    assert found(text, rule=Pii(regions=["DE"]))
    assert not found("Call 415-867-5309.", rule=Pii(regions=["DE"]))


def test_a_number_is_found_once() -> None:
    assert len(found("My card, call me: 4539 5787 6362 1486.")) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kinds": ["mail"]}, "pii: kinds: there is no 'mail'; there are email, card"),
        ({"regions": ["Germany"]}, "pii: regions: there is no 'Germany'; there are AC, AD"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        HEURISTICS.make(Choice("pii", (), options))
    assert str(caught.value).startswith(sentence)
