"""A small company of two channels: everybody is in the web shop, every third one in the store too, spelt otherwise."""

from __future__ import annotations

DECLARATION = """
source: shop
timezone: Asia/Shanghai
currency: CNY
tables:
  people:
    files: people*.csv
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
HEADER = "id,since,name,birth,email,phone,city,country\n"
GIVEN = ["Ann", "Bo", "Carla", "David", "Eve", "Frank", "Greta", "Hugo", "Ida", "Jon"]
FAMILY = ["Larsen", "Miller", "Novak", "Okafor", "Petrov", "Quist"]


def person(number: int, channel: str = "w", **changed: str) -> str:
    """A line of the file; `changed` overrides fields."""
    given, family = GIVEN[number % 10], FAMILY[number % 6]
    fields = {
        "id": f"{channel}{number}",
        "since": f"2024-0{1 + number % 6}-0{1 + number % 9}",
        "name": f"{given} {family}",
        "birth": f"19{50 + number % 45}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "email": f"{given.lower()}.{family.lower()}{number}@mail.example",
        "phone": f"139{number * 7919 % 100_000_000:08d}",
        "city": ["Suzhou", "Wuxi", "Nanjing"][number % 3],
        "country": "China",
    }
    return ",".join((fields | changed).values()) + "\n"


def people(count: int = 60) -> str:
    """The web shop's people, and every third one again as the store wrote them down."""
    web = [person(number) for number in range(count)]
    store = [
        person(number, "s", since="2024-07-01", name=f'"{FAMILY[number % 6].upper()}, {GIVEN[number % 10]}"', city="")
        for number in range(0, count, 3)
    ]
    return HEADER + "".join(web + store)


def sales(count: int = 60) -> str:
    buyers = [f"{channel}{n}" for n in range(count) for channel in ("ws" if n % 3 == 0 else "w")]
    return "number,buyer,at,amount\n" + "".join(f"{buyer}-1,{buyer},2024-08-01,10\n" for buyer in buyers)
