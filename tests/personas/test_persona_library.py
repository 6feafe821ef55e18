import hashlib
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.personas.library import find_persona, load_persona, persona_names, read_persona

SHEET = "display_name: {name}\ndescription: From {where}.\n"


def put(file: str, name: str = "") -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    name = name or Path(file).stem
    sheet = SHEET.format(name=name, where=Path(file).parent.as_posix())
    Path(file).write_text(f"name: {name}\n{sheet}", encoding="utf-8")


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def test_the_nearest_file_wins() -> None:
    near = Path("shops/north/scenarios/play.yaml")
    places = [
        "personas",
        "shops/personas",
        "shops/north/personas",
        "shops/north/scenarios/personas",
    ]
    for place in [*places, "shops/north/scenarios"]:
        put(f"{place}/ada.yaml")

        persona, file = find_persona("ada", near)

        assert str(file) == f"{place}/ada.yaml"
        assert persona.description == f"From {place}."


def test_the_working_directorys_personas_serve_without_a_scenario() -> None:
    put("personas/ada.yaml")

    assert find_persona("ada")[1] == Path("personas/ada.yaml")


def test_the_shipped_library_comes_last() -> None:
    shipped, _ = find_persona("support_agent")
    put("personas/support_agent.yaml")
    own, file = find_persona("support_agent")

    assert shipped.display_name == "Sam"
    assert own.display_name == "support_agent"
    assert file == Path("personas/support_agent.yaml")


def test_folders_above_the_working_directory_are_left_alone() -> None:
    put("../personas/ada.yaml")

    with pytest.raises(InputError, match="no persona is named 'ada'"):
        find_persona("ada", Path("scenarios/play.yaml"))


def test_a_scenario_elsewhere_has_the_folder_above_it() -> None:
    put("../project/personas/ada.yaml")
    near = Path("../project/scenarios/play.yaml")

    assert find_persona("ada", near)[1] == Path("../project/personas/ada.yaml")


def test_a_scenario_beside_is_not_taken_for_a_persona() -> None:
    put("personas/ada.yaml")
    Path("scenarios").mkdir()
    Path("scenarios/ada.yaml").write_text("name: ada\ncast: []\n", encoding="utf-8")
    near = Path("scenarios/play.yaml")

    assert find_persona("ada", near)[1] == Path("personas/ada.yaml")
    assert "ada" in persona_names(near)


def test_a_missing_name_suggests_the_nearest() -> None:
    put("personas/adalbert.yml")

    with pytest.raises(InputError) as caught:
        find_persona("adalbret", Path("scenarios/play.yaml"))

    assert str(caught.value) == "no persona is named 'adalbret'; did you mean 'adalbert'?"


def test_a_persona_is_named_like_its_file() -> None:
    put("personas/ada.yaml", "eva")

    with pytest.raises(InputError) as caught:
        load_persona(Path("personas/ada.yaml"))

    assert (
        str(caught.value) == "personas/ada.yaml:1: name: 'eva' must be named like its file, 'ada'"
    )


def test_all_faults_of_a_persona_come_at_once() -> None:
    text = """name: ada b
display_name: ""
descriptoin: x
knows: {size: 12, shape: b}
hides_until_asked: [siez]
language: English
"""
    Path("ada.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_persona(Path("ada.yaml"))

    assert str(caught.value).splitlines() == [
        "ada.yaml:1: description: this key is required",
        "ada.yaml:1: name: write at most 64 letters, digits and `_`, no digit first; it is 'ada b'",
        "ada.yaml:2: display_name: string should have at least 1 character; it is ''",
        "ada.yaml:3: descriptoin: there is no key 'descriptoin'; did you mean 'description'?",
        "ada.yaml:5: hides_until_asked: no fact is named 'siez'; did you mean 'size'?",
        "ada.yaml:6: language: write a BCP 47 tag such as `en` or `pt-BR`; it is 'English'",
    ]


def test_plain_values_are_taken_as_text() -> None:
    text = "name: ada\ndisplay_name: Ada\ndescription: D.\n"
    text += "knows: {age: 12, vip: yes, share: 0.5, born: 2001-02-03}\ntraits: {calm: no}\n"
    Path("ada.yaml").write_text(text, encoding="utf-8")

    persona = load_persona(Path("ada.yaml"))

    assert persona.knows == {"age": "12", "vip": "yes", "share": "0.5", "born": "2001-02-03"}
    assert persona.traits == {"calm": "no"}


def test_a_persona_remembers_its_source() -> None:
    put("personas/ada.yaml")

    one = read_persona(Path("personas/ada.yaml"))

    assert one.sha256 == hashlib.sha256(one.file.read_bytes()).hexdigest()
    assert str(one.fault("odd", ("description",))) == "personas/ada.yaml:3: description: odd"
