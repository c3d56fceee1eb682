"""Places, organisations and providers are invented and carry the system's name; people have none.

All texts of all tables are read, also those of the data sheets. Names that stand in sentences
are found by their capital letter: a word that is never written small anywhere must have been looked
at by somebody and stand in `REVIEWED`.
"""

import csv
import os
import re
from pathlib import Path

import pandas as pd
import pytest

from eeic.categories import LABELS
from eeic.world import systems
from eeic.world.export import sheets

#: The systems' names. Every place begins with one of them.
SYSTEMS = ("Lindlemere", "Ostrimere", "Invented system")
#: Names of Lindlemere's places without it: words that are no locality by themselves.
PLACES = {"Harbour", "Old Mills", "Lantern Quays", "Garden Wards", "High Folds", "South Reaches"}

#: Columns that name a place, an organisation, a provider or where a study appeared, and the only
#: forms that such a name may have besides a system's name.
NAMING = re.compile(r"(^|_)(place|name|where|site|unit|team|provider|published|authors|org)(_|$)")
FORMS = re.compile(
    r"""^(
        LM[A-Z]+\d+(\ (acute|mental\ health|community|maternity))?  # our own ids
        | (acute|mental\ health|community|maternity)                # kinds of provider
        | (Site|Unit|team|Team|Provider|provider)\ ([A-Z]|\d+)      # numbered
        | Author\ \d{4}(;\ Author\ \d{4})*
        | Invented\ .+
    )$""",
    re.VERBOSE,
)

#: Capitalised words that are no one's name and nowhere's: days, months, languages as they are
#: called, what the categories of ethnic group consist of, instruments and units.
REVIEWED = {
    *(word for label in LABELS for word in re.findall(r"[A-Z][a-z]+", label)),
    *(word for name in (*SYSTEMS, *PLACES) for word in name.split()),
    *("Asians", "South", "English", "Arabic", "Europe", "England"),
    *("Monday", "Mondays", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December", "Christmas"),
    *("Hb", "Invented", "Annals", "Archives", "Bulletin", "Quarterly", "Census"),
    *("Traveller", "Gypsy", "Roma"),
}

#: Given names: the commonest of England and Wales in three generations, and of people whose
#: languages the course often speaks of. Words that mean something else at the beginning of a
#: sentence (Mark, May, Rose, Grace, Will, Hope, Joy, Faith) are left out.
GIVEN = """
    Adam Agnieszka Ahmed Aisha Alan Alexander Ali Alice Alison Amelia Amina Amir Amit Amy Ana Andrew
    Andrea Angela Anita Ann Anna Anne Anthony Antonio Arthur Asha Ayesha Barbara Beatrice Ben
    Benjamin Bilal Brian Carol Caroline Catherine Charles Charlie Charlotte Chidi Chloe Chloé
    Christine Christopher Claire Colin Daniel Danielle David Dawn Deborah Deepak Diana Diane Donna
    Dorothy Edward Eileen Elena Elizabeth Ella Emily Emma Eric Ethan Eva Farah Fatima Fatuma Fiona
    Florin Folake Francesca Freddie Gary Gemma George Gillian Graham Gurpreet Hannah Harjit Harpreet
    Harry Harriet Hassan Heather Helen Henry Hussain Hussein Ian Ibrahim Imran Ioana Ion Isaac
    Isabella Isla Jacob Jacqueline James Jamila Jane Janet Jason Jasmine Jean Jennifer Jessica
    Jing Joan Joanna Joanne John Jonathan Jose Joseph Joshua Joyce Julia Julie Karen Kate Katherine
    Kathleen Kavita Keith Kelly Kenneth Kevin Khadija Kimberley Krishna Kwame Laura Lauren Leah Lee
    Leila Leo Lewis Li Liam Lily Linda Lisa Louise Lucy Luke Maciej Magdalena Malik Margaret Maria
    Mariam Marie Marlene Martin Mary Maryam Matthew Maureen Maya Megan Mehmet Mei Mia Michael
    Michelle Mihai Mohamed Mohammad Mohammed Mohan Monika Muhammad Nadia Naomi Nasreen Natalie Neil
    Ngozi Nicholas Nicola Nigel Nikhil Noah Nora Nusrat Olivia Oliver Olu Omar Oscar Pamela Patricia
    Patrick Paul Pauline Pawel Peter Philip Philippa Piotr Poppy Priya Rachel Rahul Raj Rajesh
    Ranjit Razia Rebecca Rekha Richard Robert Roger Ronald Rosemary Ruth Ryan Sadia Sally Sam
    Samantha Samir Samuel Sandra Sara Sarah Sean Shabana Shanice Sharon Sheila Shirley Simon Siobhan
    Sofia Sophia Sophie Stephanie Stephen Steven Sunita Susan Tariq Temitope Theo Theresa Thomas
    Tomasz Tracey Usha Valerie Veronica Victoria Vijay Wei William Winston Xin Yasmin Yusuf Zainab
    Zara Zoe Zofia
"""
#: Titles before which only a surname can come.
TITLES = re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Dame|Imam|Rabbi)\.? [A-Z]")
#: Real bodies and journals that must not be said to have anything to do with an invented system.
BODIES = re.compile(
    r"\b(NHS (England|Trust|Foundation)|Foundation Trust|Macmillan|Barnardo|Healthwatch|Mencap"
    r"|Samaritans|Age UK|British Red Cross|Lancet|BMJ|Cochrane|King's Fund|Nuffield|Wellcome)\b"
)
SHARED = Path(os.environ.get("EEIC_SHARED") or Path(__file__).parents[3] / "shared")
AUTHORITIES = SHARED / "reference/population/census2021_ethnic19_by_local_authority.csv"


@pytest.fixture(scope="module")
def texts(world):
    """Every different text of every table: (dataset, column, text)."""
    found = set()
    for name, table in {**world.tables, **world.further[0]}.items():
        for column, values in table.items():
            if pd.api.types.is_string_dtype(values) or values.dtype == object:
                found |= {(name, column, str(text)) for text in values.dropna().unique()}
    return found


def named(text):
    """Tell whether a name of a place or an organisation is one of ours."""
    return text.startswith(SYSTEMS) or bool(FORMS.match(text))


def test_every_name_of_a_place_or_body_begins_with_the_systems_or_is_numbered(texts):
    names = {(dataset, column, text) for dataset, column, text in texts if NAMING.search(column)}
    # What kind of site it is, and no site's name.
    names = {name for name in names if name[1] != "programme_site"}
    assert len({text for _, _, text in names}) > 50
    odd = sorted(name for name in names if not named(name[2]))
    assert not odd, odd[:10]


@pytest.mark.parametrize("system", ["lindlemere", "region", "england"])
def test_places_of_every_system_are_invented(system):
    places = systems.system(system).tables["place"]["name"]
    assert places.str.startswith(SYSTEMS).all() and places.is_unique
    ours = places[places.str.startswith("Lindlemere ")]
    assert set(ours.str.removeprefix("Lindlemere ")) <= PLACES


def proper(text):
    """Return the capitalised words inside sentences: those where the capital is the word's own."""
    # After a full stop, a line's beginning, a bullet, a quotation mark or the next item of a list
    # the capital can be the sentence's.
    inside = re.finditer(r"(?<=[a-z0-9,)] )[A-Z][a-z’']+", text)
    return {hit[0].removesuffix("'s").removesuffix("’s") for hit in inside}


def unknown(texts):
    everything = [text for _, _, text in texts] + [str(sheet) for sheet in sheets().values()]
    small = set()
    for text in everything:
        small |= set(re.findall(r"(?<![A-Za-z])[a-z][a-z’']+", text))
    return {
        (dataset, column, word)
        for dataset, column, text in texts
        for word in proper(text)
        if word not in REVIEWED and word.lower() not in small
    }


def test_capitalised_words_in_texts_have_been_looked_at(texts):
    odd = unknown(texts)
    assert not odd, f"a name, or a word for REVIEWED? {sorted(odd)[:20]}"


@pytest.mark.parametrize(
    "text", ["I asked Nasrin at the desk.", "My sister lives in Wolverton now.", "We saw Dr Obasi."]
)
def test_the_check_finds_a_name(text, texts):
    assert unknown({*texts, ("L10", "text", text)})


def test_nobody_is_called_by_a_given_name(texts):
    names = re.compile(rf"\b({'|'.join(GIVEN.split())})\b")
    odd = [(d, c, hit[0], t[:60]) for d, c, t in texts if (hit := names.search(t))]
    assert not odd, odd[:10]
    assert names.search("Then Priya called us.") and not names.search("Leeward")


def test_nobody_has_a_title_and_a_surname(texts):
    odd = [(d, c, hit[0], t[:60]) for d, c, t in texts if (hit := TITLES.search(t))]
    assert not odd, odd[:10]


def test_no_real_body_is_drawn_in(texts):
    odd = [(d, c, hit[0], t[:60]) for d, c, t in texts if (hit := BODIES.search(t))]
    assert not odd, odd[:10]


def test_no_name_is_a_real_english_authoritys(texts):
    if not AUTHORITIES.is_file():
        pytest.skip(
            "the list of local authorities is not on this machine; it is the table of Census 2021 "
            "by local authority (Office for National Statistics), and the test reads it from "
            f"{AUTHORITIES}"
        )
    with AUTHORITIES.open(encoding="utf-8") as lines:
        real = {row["ltla21_name"] for row in csv.DictReader(lines)}
    assert len(real) == 331
    places = set(systems.system("region").tables["place"]["name"])
    places |= {text for _, column, text in texts if NAMING.search(column)}
    short = {place.removeprefix(system).strip() for place in places for system in SYSTEMS}
    assert not (places | short) & real
    within = re.compile(rf"\b({'|'.join(map(re.escape, sorted(real, key=len, reverse=True)))})\b")
    odd = [(d, c, hit[0], t[:60]) for d, c, t in texts if (hit := within.search(t))]
    assert not odd, odd[:10]
    assert within.search("near Wolverhampton") and within.search("in Tower Hamlets,")


def test_no_id_looks_like_a_real_one(texts):
    """No NHS numbers (10 digits), postcodes, practice codes or census area codes."""
    real = re.compile(
        r"\b(\d{10}|\d{3} \d{3} \d{4}|[EWSN]\d{8}|[A-HJ-NPV-Y]\d{5}"
        r"|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b"
    )
    odd = [(d, c, hit[0]) for d, c, t in texts if (hit := real.search(t))]
    assert not odd, odd[:10]
    for like in ("E01000001", "M85063", "B15 2TT", "943 476 5919"):
        assert real.search(like)
