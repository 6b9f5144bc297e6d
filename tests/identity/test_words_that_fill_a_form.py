"""What only fills a form (n/a, 000000, the first of January 1900) is nobody's: it joins no two people."""

from __future__ import annotations

import pytest

from tests.identity.company import make_company
from tests.identity.people_file import FAMILY, GIVEN

DECLARATION = """
source: shop
timezone: Asia/Shanghai
currency: CNY
tables:
  people:
    files: people.csv
    format: csv
    key: id
    entities:
      customers:
        columns:
          customer_key: id
          created_at: since
          full_name: name
          birth_on: birth
          email: email
          phone: phone
          national_id: national_id
          street: street
          city: city
          country: country
  sales:
    files: sales.csv
    format: csv
    key: number
    entities:
      orders:
        columns: {order_key: number, customer_key: buyer, ordered_at: at, amount: amount}
"""
FILLERS = {
    "phone": ["n/a", "0000000", "", "13800138000"],
    "email": ["n/a", "N/A", "none", "无", "-", "unknown@", "no email", "none@none", "0"],
    "national_id": ["000000", "n/a", "none", "无", "999999999", "123456789012345678", "-", "x"],
    "street": ["n/a", "none", "无", "-", "unknown"],
    "birth": ["1900-01-01", "1970-01-01", "1901-01-01"],
}


def _person(key: str, number: int, **told: str) -> str:
    fields = {
        "id": key,
        "since": "2024-01-01",
        "name": f"{GIVEN[number % 10]} {FAMILY[number // 10 % 6]}",
        "birth": f"19{50 + number % 45}-{1 + number * 7 % 12:02d}-{1 + number * 11 % 28:02d}",
        "email": f"u{number}@mail.example",
        "phone": f"139{number * 7919 % 100_000_000:08d}",
        "national_id": f"{number * 104_729 % 899_999 + 100_000}{number:06d}",
        "street": f"{number} {['Hill', 'Lake', 'Park'][number % 3]} Road",
        "city": ["Suzhou", "Wuxi", "Nanjing"][number % 3],
        "country": "China",
    }
    return ",".join((fields | told).values()) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """People of one name in one city, two by two under the same filler; the rest is not told."""
    folder = tmp_path_factory.mktemp("fillers")
    lines = [_person(f"w{number}", number) for number in range(300)]
    # The same person twice, so that it is seen that people are still found.
    lines += [_person(f"s{number}", number, since="2024-07-01") for number in range(0, 60, 3)]
    number, untold = 1000, {"email": "", "birth": "", "national_id": "", "phone": "n/a", "street": "", "city": "Suzhou"}
    for field, fillers in FILLERS.items():
        for filler in fillers:
            name = f"Zoe {field.title()}{chr(65 + fillers.index(filler))}orn"
            for one in "ab":
                number += 13
                key = f"{field}{fillers.index(filler)}{one}"
                lines.append(_person(key, number, **{**untold, "name": name, field: filler}))
    keys = [line.split(",")[0] for line in lines]
    sales = "number,buyer,at,amount\n" + "".join(f"{key}-1,{key},2024-08-01,10\n" for key in keys)
    header = "id,since,name,birth,email,phone,national_id,street,city,country\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERWORKS_HOME", str(folder / "home"))
        made = make_company(folder, "shop", DECLARATION, people=header + "".join(lines), sales=sales)
        made.run()
        yield made


@pytest.mark.parametrize("field", FILLERS)
def test_a_filler_joins_nobody(shop, field):
    ids = shop.ids()
    joined = [
        filler for number, filler in enumerate(FILLERS[field]) if ids[f"{field}{number}a"] == ids[f"{field}{number}b"]
    ]
    assert joined == []
    statuses = "select distinct status from ops.standard_emails where email in ({})"
    fillers = ", ".join(f"'{filler}'" for filler in FILLERS["email"])
    assert shop.rows(statuses.format(fillers)) == [("placeholder",)]
    assert all(ids[f"s{number}"] == ids[f"w{number}"] for number in range(0, 60, 3))
