import pytest

from dialoom.evaluators.checksums import is_card, is_iban


@pytest.mark.parametrize(
    "digits",
    [
        "4111111111111111",
        "5555555555554444",
        "371449635398431",
        "6011000990139424",
        "30569309025904",
    ],
)
def test_cards_have_a_length_and_a_check_digit(digits: str) -> None:
    assert is_card(digits)
    for other in range(1, 10):
        assert not is_card(digits[:-1] + str((int(digits[-1]) + other) % 10))
    assert not is_card(digits + "0")


@pytest.mark.parametrize("digits", ["", "0", "4", "0000000000000000", "1111111111111117"])
def test_other_digits_are_no_card(digits: str) -> None:
    assert not is_card(digits)


@pytest.mark.parametrize(
    "account",
    [
        "GB82 WEST 1234 5698 7654 32",
        "de89370400440532013000",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S",
    ],
)
def test_accounts_have_a_length_and_a_remainder(account: str) -> None:
    assert is_iban(account)
    assert not is_iban(account[:-1] + ("1" if account[-1] != "1" else "2"))
    assert not is_iban(account[:-1])


@pytest.mark.parametrize("account", ["", "XX82WEST12345698765432", "GB"])
def test_other_texts_are_no_account(account: str) -> None:
    assert not is_iban(account)
