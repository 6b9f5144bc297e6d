"""One person with two keys is one customer in every table: their orders add up, their best values survive."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

AS_OF = date(2024, 6, 30)


def told(source: str, key: str, name: str, birth: date, email: str | None, **more) -> dict:
    created = pd.Timestamp(more.pop("created", "2024-01-10"))
    return {
        "source": source,
        "customer_key": key,
        "full_name": name,
        "birth_on": birth,
        "email": email,
        "created_at": created,
        "created_on": created.date(),
        **more,
    }


@pytest.fixture(scope="module")
def merged(world):
    made = world()
    strangers = [
        told("web", f"w{n}", f"Given{n} Family{n}", date(1960 + n, 1 + n % 12, 3), f"person{n}@mail.example")
        for n in range(1, 20)
    ]
    ann = [
        told(
            "web", "ann", "Ann Lee", date(1980, 5, 17), "Ann.Lee@Mail.example", phone="139 1234 5670", country="China"
        ),
        told("till", "77", "LEE, Ann", date(1980, 5, 17), "ann.lee@mail.example", created="2024-03-01", city="Suzhou"),
    ]
    bob = [
        told("web", "bob", "Bob Zimmer", date(1971, 2, 3), "bob@mail.example", phone="139 5550 0711"),
        told("till", "78", "Bob Zimmer", date(1971, 2, 3), "bob@mail.example", created="2024-03-01", phone="00000"),
    ]
    made.load("customers", pd.DataFrame(strangers + ann + bob))
    orders = pd.DataFrame(
        [
            {"source": "web", "order_key": "1", "customer_key": "ann", "amount": 100, "currency": "RMB"},
            {"source": "till", "order_key": "2", "customer_key": "77", "amount": 20, "currency": "¥"},
            {"source": "web", "order_key": "3", "customer_key": "w1", "amount": 5, "currency": "cny"},
        ]
    ).assign(ordered_at=pd.Timestamp("2024-04-05"), ordered_on=date(2024, 4, 5), kind="sale")
    made.load("orders", orders)
    for entity, (key, day) in ABOUT_ORDERS.items():
        made.load(entity, _about_orders(entity, key, day))
    return made.build(AS_OF)


ABOUT_ORDERS = {
    "surveys": ("survey_answer_key", "asked"),
    "feedback": ("feedback_key", "written"),
    "payments": ("payment_key", "issued"),
    "tickets": ("ticket_key", "opened"),
}


def _about_orders(entity: str, key: str, day: str) -> pd.DataFrame:
    """Rows about orders: without a customer, with one of their own, of an unknown order, and of an account."""
    rows = [("buyer", "2", None, None), ("own", "2", "none", None), ("lost", "9", None, None), ("firm", "2", None, "a")]
    if entity == "feedback":
        rows = rows[:3]
    made = pd.DataFrame(rows, columns=[key, "order_key", "customer_key", "account_key"]).assign(source="till")
    made = made.drop(columns="account_key") if entity == "feedback" else made
    return made.assign(**{f"{day}_at": pd.Timestamp("2024-05-01"), f"{day}_on": date(2024, 5, 1)})


def test_orders_of_both_keys_are_one_customers(merged):
    xref = merged.read("select customer_key, customer_id, first_id from core.customer_xref").set_index("customer_key")
    assert xref.customer_id["77"] == xref.customer_id["ann"] == xref.first_id["ann"]
    metrics = merged.read("select * from core.customer_metrics where is_current").set_index("customer_id")
    ann = metrics.loc[xref.customer_id["ann"]]
    assert (ann["orders_lifetime"], ann["gross_revenue_lifetime"]) == (2, 120)
    assert xref.first_id["77"] not in metrics.index and len(metrics) == 21


def test_the_golden_record_takes_the_best_of_each(merged):
    row = merged.read("select * from core.dim_customer where records = 2 and email like 'ann%'").iloc[0]
    assert (row["email"], row["email_status"]) == ("ann.lee@mail.example", "valid")
    assert (row["phone"], row["phone_status"], row["country_code"]) == ("+8613912345670", "valid", "CN")
    assert (row["city"], str(row["created_on"])[:10]) == ("Suzhou", "2024-01-10")


def test_a_later_word_that_fills_a_form_takes_no_number_away(merged):
    row = merged.read("select * from core.dim_customer where records = 2 and email = 'bob@mail.example'").iloc[0]
    assert (row["phone"], row["phone_status"]) == ("13955500711", "no_country")


def test_currencies_are_iso(merged):
    assert merged.read("select distinct original_currency as c from stg.stg_crm__orders")["c"].tolist() == ["CNY"]


def test_the_published_crosswalk_leads_from_a_key_to_its_person(merged):
    row = merged.read("select * from marts.customer_xref where customer_key_hash = md5('till|77')").iloc[0]
    assert row["is_merged"] and row["customer_id"] != row["first_id"]
    assert merged.read("select count(*) as n from marts.match_review")["n"][0] == 0


@pytest.mark.parametrize("entity", ABOUT_ORDERS)
def test_who_is_not_named_is_the_buyer_of_the_order(merged, entity):
    """A review of a marketplace names its order alone; a row that names somebody is theirs."""
    key, _ = ABOUT_ORDERS[entity]
    told = merged.read(f"select {key[:-4]}_id as id, customer_id from core.fct_{entity}").set_index("id")["customer_id"]
    told = told.astype(object).where(told.notna(), None)
    ann = merged.read("select customer_id from core.customer_xref where customer_key = 'ann'")["customer_id"][0]
    assert told["till:buyer"] == ann
    own = merged.read("select customer_id from core.customer_xref where customer_key = 'none'")["customer_id"]
    assert [told["till:own"]] == own.tolist() and own[0] != ann
    assert told["till:lost"] is None
    assert entity == "feedback" or told["till:firm"] is None
