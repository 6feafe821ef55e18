import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.language import Language
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

SAID = {
    "en": "I am sorry that your parcel is late, and I will look into it at once.",
    "de": "Es tut mir leid, dass Ihr Paket zu spät kommt, und ich sehe gleich nach.",
    "fr": "Je suis désolé que votre colis soit en retard, je vais regarder tout de suite.",
    "es": "Siento mucho que su paquete llegue tarde, voy a mirarlo ahora mismo.",
    "it": "Mi dispiace che il suo pacco sia in ritardo, controllo subito dove si trova.",
    "pt": "Lamento que a sua encomenda esteja atrasada, vou verificar isso agora mesmo.",
    "nl": "Het spijt me dat uw pakket te laat is, ik kijk het meteen voor u na.",
    "sv": "Jag är ledsen att ditt paket är försenat, jag ska titta på det med en gång.",
    "da": "Jeg er ked af at din pakke er forsinket, og jeg ser på det med det samme.",
    "nb": "Jeg er lei meg for at pakken din er forsinket, og jeg skal se på det nå.",
    "fi": "Olen pahoillani, että pakettinne on myöhässä, ja tarkistan asian heti.",
    "pl": "Przykro mi, że pani paczka się spóźnia, zaraz sprawdzę, gdzie ona jest.",
    "cs": "Je mi líto, že se váš balík opozdil, hned se na to podívám a dám vám vědět.",
    "hu": "Sajnálom, hogy késik a csomagja, azonnal megnézem, hogy hol van most.",
    "ro": "Îmi pare rău că pachetul dumneavoastră întârzie, mă uit imediat unde este.",
    "tr": "Paketiniz geciktiği için çok üzgünüm, hemen bakıyorum ve size haber veriyorum.",
    "vi": "Tôi rất tiếc vì gói hàng của bạn đến muộn, tôi sẽ kiểm tra ngay bây giờ.",
    "id": "Maaf, paket Anda terlambat, saya akan segera memeriksanya untuk Anda.",
    "ca": "Em sap greu que el seu paquet arribi tard, ara mateix ho miro i li dic.",
    "hr": "Žao mi je što vaš paket kasni, odmah ću pogledati gdje se nalazi.",
    "ru": "Мне очень жаль, что ваша посылка опаздывает, я сейчас же посмотрю.",
    "uk": "Мені дуже шкода, що ваша посилка запізнюється, я зараз же подивлюся.",
    "bg": "Съжалявам, че вашата пратка закъснява, веднага ще проверя къде е.",
    "ar": "أنا آسف لأن طردك متأخر، سأتحقق من ذلك الآن وأخبرك أين هو.",
    "fa": "متأسفم که بسته شما دیر شده است، همین حالا بررسی می‌کنم که کجا است.",
    "he": "אני מצטער שהחבילה שלך מתעכבת, אבדוק את זה מיד ואחזור אליך.",
    "el": "Λυπάμαι που το δέμα σας καθυστερεί, θα το κοιτάξω αμέσως.",
    "hi": "मुझे खेद है कि आपका पार्सल देर से आ रहा है, मैं अभी देखता हूँ।",
    "th": "ขออภัยที่พัสดุของคุณมาช้า ฉันจะตรวจสอบให้ทันที",
    "ko": "소포가 늦어져서 죄송합니다. 지금 바로 확인해 보겠습니다.",
    "ja": "お荷物が遅れて申し訳ありません。すぐに確認いたします。",
    "zh": "很抱歉您的包裹迟到了，我马上为您查询它现在在哪里。",
}
RELATED = [{"da", "nb"}]
PAIRS = [
    (asked, spoken)
    for asked in ("en", "de", "es", "ru", "zh", "ja", "nb", "pl")
    for spoken in SAID
    if asked != spoken and {asked, spoken} not in RELATED
]

GOOD = [
    ("en", "OK"),
    ("en", "¡Gracias!"),
    ("en", "Buenos días, señora."),
    ("en", "The capital of Spain is Madrid; there you say buenos días."),
    ("en", "x = 5 * (3 + 4) / 7 - sin(2 * pi)"),
    ("en", "```\nvon = der.die(das) und nicht\n```\nThat is how it goes."),
    ("en", "See https://www.beispiel.de/das-ist-ein-langer-link-und-nicht-mehr."),
    ("en", "My name is José Ángel Núñez and I live in São Paulo, near the park."),
    ("en", "lol u no im here since like 9 n still no1 has called me bk"),
    ("en", "The Greek letters α, β and γ stand for the three angles."),
    ("en-GB", "I am sorry that your parcel is late, my dear colleague."),
    ("de", "Das Meeting ist um zehn, und der Call mit dem Team danach."),
    ("de", "Okay, super, danke!"),
    ("fr", "Le week-end dernier, j'ai fait du shopping avec ma sœur à Lyon."),
    ("es-MX", "Oye, ¿qué onda? Ahorita te mando el paquete, no te preocupes."),
    ("no", "Jeg er lei meg for at pakken din er forsinket, og jeg skal se på det."),
    ("zh", "请把 API key 填到 settings.json 里，然后重启 server。"),
    ("ja", "お荷物の番号はAB123456ですか。確認いたします。"),
    ("ko", "주문 번호는 AB123456 입니다. 확인해 보겠습니다."),
    ("sr-Latn", "Žao mi je što vaš paket kasni, odmah ću pogledati gdje se nalazi."),
    ("gl", "Sinto moito que o seu paquete chegue tarde, vou miralo agora mesmo."),
    ("ms", "Maaf, bungkusan anda lewat, saya akan semak dengan segera untuk anda."),
]


def found(text: str, language: str = "en", rule: Language | None = None) -> list[Verdict]:
    return list((rule or Language()).check(Subject(text, "ada", "assistant", language=language)))


@pytest.mark.parametrize("language", SAID)
def test_the_right_language_is_left_alone(language: str) -> None:
    assert not found(SAID[language], language)
    assert not found(" ".join([SAID[language]] * 3), language)


@pytest.mark.parametrize(("asked", "spoken"), PAIRS)
def test_another_language_is_found(asked: str, spoken: str) -> None:
    (verdict,) = found(SAID[spoken], asked)
    assert (verdict.name, verdict.severity, verdict.weight) == ("lang_mismatch", "fault", 0.8)
    assert verdict.reason.startswith(f"is in {spoken}, not in {asked}: ")
    assert len(verdict.reason) <= 120


@pytest.mark.parametrize(("language", "text"), GOOD)
def test_short_mixed_and_unclear_texts_are_left_alone(language: str, text: str) -> None:
    assert not found(text, language)


@pytest.mark.parametrize("spoken", ["de", "fr", "es", "ru", "zh", "ja", "ar", "hi"])
def test_a_long_passage_in_another_language_is_half_the_fault(spoken: str) -> None:
    text = f"{SAID['en']} {SAID[spoken]} I will be back soon, so please stay on the line."
    (verdict,) = found(text)
    assert verdict.weight == 0.4
    assert f"is in {spoken}" in verdict.reason
    assert verdict.span is not None
    assert SAID[spoken][:20] in text[slice(*verdict.span)]


def test_models_that_fall_back_to_english_are_found_in_any_language() -> None:
    for language in ("eo", "cy", "gl", "yo", "ht"):
        assert found(SAID["en"], language)[0].reason.startswith("is in en")


def test_max_share_says_how_much_is_too_much() -> None:
    text = f"{SAID['en']} {SAID['en']} {SAID['en']} {SAID['es']}"
    assert not found(text)
    assert found(text, rule=Language(max_share=0.1))
    half = f"{SAID['en']} {SAID['es']}"
    assert found(half)
    assert not found(half, rule=Language(max_share=0.9))


def test_also_names_languages_that_are_fine() -> None:
    assert not found(SAID["es"], rule=Language(also=["es"]))
    assert not found(f"{SAID['en']} {SAID['es']}", rule=Language(also=["es-MX"]))
    assert found(SAID["de"], rule=Language(also=["es"]))


def test_min_letters_says_what_is_too_short() -> None:
    text = "Ich bin nicht da."
    assert not found(text)
    assert found(text, rule=Language(min_letters=10))
    assert found("我不知道这个包裹在哪里", rule=Language(min_letters=20))
    assert not found("我不知道", rule=Language(min_letters=20))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"min_letters": 0}, "language: min_letters is 0; give a whole number from 1 on"),
        ({"max_share": 1.5}, "language: max_share is 1.5; give a number above 0"),
        ({"also": ["Spanish, please"]}, "language: also: 'Spanish, please' is no language tag"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        HEURISTICS.make(Choice("language", (), options))
    assert str(caught.value).startswith(sentence)
