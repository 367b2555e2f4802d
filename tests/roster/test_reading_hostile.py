"""Whatever stands in the file, the outcome is an organisation or a list of problems."""

from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roster.reading import OrganisationError, read_organisation
from tests.roster.full_file import FULL, problems, read

VALUES = st.sampled_from(
    ["1", "true", '"x"', "[]", "{}", "[[]]", '["kari"]', "2026-01-01", "2026-01-01T00:00:00Z", "08:00:00", "nan", "-1", "9999-12-31T23:59:59", '"kari+ola"', "[{}]", "[{ from = 1 }]", '"\\u0000"', "0xffffffffffffffffffffffff", '""']
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), VALUES)
def test_a_mangled_file_ends_in_an_organisation_or_in_problems(random: Random, value: str) -> None:
    lines = FULL.splitlines()
    for _ in range(random.randrange(1, 4)):
        number = random.randrange(len(lines))
        match random.randrange(5):
            case 0:
                lines[number] = f"{lines[number].split('=')[0]}= {value}"
            case 1:
                del lines[number]
            case 2:
                lines.insert(random.randrange(len(lines)), lines[number])
            case 3:
                lines[number] = lines[number][: random.randrange(len(lines[number]) + 1)]
            case _:
                lines[number] = lines[number].replace(
                    random.choice(lines[number] or " "), random.choice("[]{}\"'=.#é")
                )
    try:
        org = read("\n".join(lines))
    except OrganisationError as error:
        refused = error
    else:
        assert org.timezone == "Europe/Oslo"
        return
    assert refused.problems
    assert all(
        1 <= problem.line <= len(lines) + 1 and problem.what and problem.remedy
        for problem in refused.problems
    )
    assert all(str(problem).isprintable() for problem in refused.problems)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_problems(data: bytes) -> None:
    with pytest.raises(OrganisationError) as refused:
        read_organisation(data, filename="x")
    assert refused.value.problems


def test_thousands_of_mistakes_are_all_told_in_reasonable_time() -> None:
    text = 'timezone = "Europe/Oslo"\n' + "".join(
        f'[[people]]\nid = "p{number}"\nnmae = "x"\n' for number in range(2000)
    )
    begun = process_time()
    found = problems(text)
    assert len(found) == 4000
    assert process_time() - begun < 5
