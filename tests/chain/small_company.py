"""A small company with seeded customers, made as CSV files and one declaration: enough history for a churn model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DECLARATION = """
source: shop
timezone: Europe/Berlin
currency: EUR
tables:
  people:
    files: people*.csv
    format: csv
    key: id
    entities:
      customers:
        columns:
          customer_key: id
          created_at: {column: joined, format: "%Y-%m-%d"}
          email: mail
          full_name: name
          region: land
  sales:
    files: sales*.csv
    format: csv
    delimiter: ";"
    key: line
    entities:
      orders:
        group_by: receipt
        order_by: at
        columns:
          order_key: receipt
          customer_key: person
          ordered_at: {column: at, format: "%Y-%m-%d %H:%M:%S"}
          kind: {constant: sale}
      order_items:
        columns:
          order_item_key: line
          order_key: receipt
          product_key: article
          quantity: pieces
          amount: paid
      products:
        group_by: article
        columns:
          product_key: article
          category: shelf
"""
FIRST_DAY = np.datetime64("2023-01-01")


def make_small_company(folder: Path, customers: int = 400, days: int = 500, seed: int = 7) -> Path:
    """Write the declaration and its files into `folder`; buying follows BG/NBD with seeded parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / "shop.yml").write_text(DECLARATION)
    random = np.random.default_rng(seed)
    joined = random.integers(0, days // 2, customers)
    rate = random.gamma(1.2, 1 / 18, customers)
    leaving = random.beta(0.8, 6, customers)
    spend = random.gamma(4, 8, customers)
    people, sales, line = [], [], 0
    for person in range(customers):
        name = f"P{person:04d}"
        people.append(
            (name, FIRST_DAY + joined[person], f"{name.lower()}@example.org", f"Given{person} Family{person}")
        )
        day = float(joined[person])
        while day < days:
            receipt = f"R{len(sales):06d}{person}"
            moment = FIRST_DAY.astype("datetime64[s]") + np.timedelta64(int(day * 86400), "s")
            for _ in range(random.integers(1, 4)):
                article = int(random.integers(0, 40))
                paid = round(float(spend[person] * random.uniform(0.5, 1.5)), 2)
                sales.append((f"L{line:07d}", receipt, name, moment, f"A{article:03d}", f"S{article % 6}", 1, paid))
                line += 1
            if random.random() < leaving[person]:
                break
            day += random.exponential(1 / rate[person])
    table = pd.DataFrame(people, columns=["id", "joined", "mail", "name"])
    table["land"] = np.where(np.arange(customers) % 3 == 0, "DE", "AT")
    table.to_csv(folder / "people.csv", index=False)
    columns = ["line", "receipt", "person", "at", "article", "shelf", "pieces", "paid"]
    pd.DataFrame(sales, columns=columns).to_csv(folder / "sales.csv", index=False, sep=";")
    return folder
