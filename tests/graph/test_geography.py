"""The country's wilayas and communes, and the names that they are found by."""

import csv
from collections import Counter

import pytest

from db.engine import engine
from graph.folding import fold
from graph.geography import FOLDER, commune, settled, wilaya, wilaya_rule, wilayas


class TestDivision:
    def test_counts(self) -> None:
        assert [each.id for each in wilayas()] == list(range(1, 70))
        assert sum(len(each.communes) for each in wilayas()) == 1541
        assert len({each.code for one in wilayas() for each in one.communes}) == 1541

    def test_the_files_agree_on_the_counts(self) -> None:
        with (FOLDER / "wilayas.csv").open(encoding="utf-8") as lines:
            assert {int(row["code"]): int(row["communes"]) for row in csv.DictReader(lines)} == {
                each.id: len(each.communes) for each in wilayas()
            }

    def test_names_are_in_both_scripts(self) -> None:
        for one in wilayas():
            for place in (one, *one.communes):
                assert place.name == place.name.strip()
                assert all(letter < "\u0600" for letter in place.name)
                assert all(letter == " " or "\u0600" <= letter < "\u0700" for letter in place.name_ar)

    @pytest.mark.parametrize(
        ("code", "name", "name_ar", "communes"),
        [
            (16, "Alger", "الجزائر", 57),
            (31, "Oran", "وهران", 26),
            (58, "El Meniaa", "المنيعة", 3),
            (69, "El Abiodh Sidi Cheikh", "الأبيض سيدي الشيخ", 7),
        ],
    )
    def test_wilaya(self, code: int, name: str, name_ar: str, communes: int) -> None:
        found = wilaya(code)
        assert found is not None
        assert (found.name, found.name_ar, len(found.communes)) == (name, name_ar, communes)

    @pytest.mark.parametrize("code", [0, 70, -1, 10**30])
    def test_no_wilaya(self, code: int) -> None:
        assert wilaya(code) is None

    def test_no_commune_hides_another(self) -> None:
        """Each is found by both its names, in its wilaya and in those that it was in before."""
        with (FOLDER / "communes.csv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                for division in ("wilaya_code", "wilaya_code_58", "wilaya_code_48"):
                    for name in (row["name_fr"], row["name_ar"], *filter(None, row["aliases"].split("|"))):
                        number, found = settled(int(row[division]), name)
                        assert found is not None
                        assert (found.code, number) == (row["code"], int(row["wilaya_code"])), (name, division)

    def test_what_moved(self) -> None:
        with (FOLDER / "communes.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        assert len([row for row in rows if row["wilaya_code"] != row["wilaya_code_58"]]) == 108
        assert Counter(row["wilaya_code_58"] for row in rows).keys() == {f"{code:02}" for code in range(1, 59)}


class TestCommune:
    @pytest.mark.parametrize(
        ("wilaya_id", "given_name", "name"),
        [
            (16, "Bab Ezzouar", "Bab Ezzouar"),
            (16, "  BAB-EZZOUAR ", "Bab Ezzouar"),
            (16, "bir mourad rais", "Bir Mourad Raïs"),
            (16, "باب الزوار", "Bab Ezzouar"),
            (16, "باب الوادي", "Bab El Oued"),
            (16, "الأبيار", "El Biar"),
            (16, "بَابُ الوَادِى", "Bab El Oued"),
            (19, "EL-EULMA", "El Eulma"),
            (15, "m’chedallah", None),
            (10, "m’chedallah", "M'Chedallah"),
            (68, "bou-saada", "Bou Saada"),
            (16, "Bou Saada", None),
            (28, "Bou Saada", None),
            (16, "", None),
            (16, "' -", None),
            (16, "Cité 500 logements", None),
            (0, "Bab Ezzouar", None),
        ],
    )
    def test_by_name(self, wilaya_id: int, given_name: str, name: str | None) -> None:
        found = commune(wilaya_id, given_name)
        assert (found and found.name) == name

    @pytest.mark.parametrize(
        ("former", "given_name", "today"),
        [
            (28, "Bou Saada", 68),
            (5, "Barika", 60),
            (3, "أفلو", 59),
            (1, "Timimoun", 49),
            (33, "Djanet", 56),
            (68, "Bou Saada", 68),
            (16, "Bab Ezzouar", 16),
        ],
    )
    def test_settled(self, former: int, given_name: str, today: int) -> None:
        number, found = settled(former, given_name)
        assert number == today
        assert found is not None
        assert found.wilaya_id == today

    def test_settled_leaves_what_it_does_not_know(self) -> None:
        assert settled(16, "Cité 500 logements") == (16, None)
        assert settled(31, "Bab Ezzouar") == (31, None)


class TestRule:
    @pytest.mark.parametrize("value", [1, 16, 69])
    def test_known(self, value: int) -> None:
        assert wilaya_rule().check(value) == value

    @pytest.mark.parametrize("value", [0, 70, -16, True, "16", 16.0, 10**400, [], {}])
    def test_unknown(self, value: object) -> None:
        with pytest.raises(ValueError, match="number of a wilaya, an integer from 1 to 69"):
            wilaya_rule().check(value)


@pytest.mark.usefixtures("application")
class TestFolding:
    async def test_every_name_folds_as_in_the_database(self) -> None:
        names = [name for one in wilayas() for place in (one, *one.communes) for name in (place.name, place.name_ar)]
        rows = await engine.fetch("SELECT name, search_fold(name) AS folded FROM unnest($1::text[]) name", names)
        assert {row["name"]: row["folded"] for row in rows} == {name: fold(name) for name in names}

    async def test_every_letter_folds_as_in_the_database(self) -> None:
        letters = [
            chr(code)
            for code in (*range(1, 0x530), *range(0x600, 0x700), *range(0xFB00, 0xFE00), *range(0xFE70, 0xFF00))
        ]
        rows = await engine.fetch(
            "SELECT letter, search_fold(letter) AS folded FROM unnest($1::text[]) letter", letters
        )
        folded = {row["letter"]: row["folded"] for row in rows}
        assert {each: fold(each) for each in letters if fold(each) != folded[each]} == {}
