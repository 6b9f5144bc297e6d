"""A made-up company with campaigns of every kind, and what they did, computed once more with numpy and scipy."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

LAST = date(2024, 6, 30)
REGIONS = ("North", "South", "East", "West")
PEOPLE = 320
MARGIN = 0.25  # include/policies/clv.yml: no source tells a cost
# Key, first day, last day, objective, channel, what is known of it.
CAMPAIGNS = [
    ("r1", date(2023, 6, 5), date(2023, 6, 18), "retention", "email", "control"),
    ("r2", date(2023, 8, 7), date(2023, 8, 20), "upgrade", "email", "control"),
    ("r3", date(2023, 10, 9), date(2023, 10, 22), "retention", "sms", "control"),
    ("r4", date(2023, 12, 4), date(2023, 12, 17), "retention", "email", "control"),
    ("r5", date(2024, 2, 5), date(2024, 2, 18), "retention", "email", "control"),
    ("m1", date(2024, 3, 4), date(2024, 3, 20), "loyalty", None, "targets"),
    ("g1", date(2024, 5, 1), date(2024, 5, 31), "brand", "poster", "region"),
    ("a1", date(2024, 1, 8), date(2024, 1, 20), "loyalty", "app", "answers"),
    ("n1", date(2024, 1, 9), None, "brand", "poster", "nothing"),
    ("y1", date(2024, 6, 25), date(2024, 7, 9), "retention", "sms", "control"),
    ("f1", date(2024, 4, 1), date(2024, 4, 9), "win_back", "sms", "few"),
    ("p1", date(2024, 7, 20), date(2024, 8, 2), "retention", "email", "planned"),
    ("p2", date(2024, 7, 21), date(2024, 8, 2), "retention", "email", "unannounced"),
    ("b1", date(2024, 4, 1), date(2024, 4, 14), "activation", "app", "control"),
]
BY_KEY = {row[0]: row for row in CAMPAIGNS}


def people() -> pd.DataFrame:
    keys = [f"k{n}" for n in range(PEOPLE)]
    frame = pd.DataFrame({"customer_key": keys, "region": [REGIONS[n % 4] for n in range(PEOPLE)]}).assign(
        source="shop"
    )
    frame["accepts_marketing"] = [None if n % 13 == 1 else n % 9 != 0 for n in range(PEOPLE)]
    frame["birth_on"] = [date(1960, 1, 1) + timedelta(days=97 * n) for n in range(PEOPLE)]
    frame["created_on"] = date(2022, 9, 1)
    return frame.assign(created_at=pd.Timestamp("2022-09-01"))


def orders(seed: int = 8) -> pd.DataFrame:
    """Purchases with a rhythm and a size of one's own; in the North a third more in the days of g1."""
    random = np.random.default_rng(seed)
    rows = []
    for person in range(PEOPLE):
        rhythm, size = random.choice([8, 20, 45]), random.gamma(4, 20)
        day = date(2022, 9, 1) + timedelta(days=int(random.integers(0, 90)))
        while day <= LAST:
            rows.append((f"k{person}", day, round(float(random.gamma(6, size / 6)), 2) + 1))
            if person % 4 == 0 and date(2024, 5, 1) <= day <= date(2024, 6, 14) and random.random() < 0.6:
                rows.append((f"k{person}", day, round(float(random.gamma(6, size / 6)), 2) + 1))
            day += timedelta(days=1 + int(random.exponential(rhythm)))
    made = pd.DataFrame(rows, columns=["customer_key", "ordered_on", "amount"]).assign(source="shop", kind="sale")
    made["order_key"] = [f"o{n}" for n in range(len(made))]
    made["amount"] = [Decimal(f"{amount:.2f}") for amount in made["amount"]]
    return made.assign(ordered_at=pd.to_datetime(made["ordered_on"]))


def actions() -> pd.DataFrame:
    """What was decided on two nights, a fifth of it held back; nobody else serves cross_sell."""
    rows = pd.DataFrame({"person": range(300)})
    rows["customer_key"] = [f"k{n}" for n in rows["person"]]
    rows["objective"] = [("retention", "loyalty", "cross_sell")[n % 3] for n in rows["person"]]
    rows["as_of_date"] = [date(2024, 1, 31) if n % 2 else date(2024, 3, 31) for n in rows["person"]]
    rows["is_control"] = [n % 5 == 0 for n in rows["person"]]
    rows["cost"] = [Decimal(n % 4) for n in rows["person"]]
    rows["customer_id"] = ["c" + hashlib.md5(f"shop|{key}".encode()).hexdigest()[:16] for key in rows["customer_key"]]
    return rows.assign(action=rows["objective"], action_key=rows["customer_key"], state="acknowledged", is_out=True)


def campaigns() -> pd.DataFrame:
    columns = ["campaign_key", "starts_on", "ends_on", "objective", "channel", "known"]
    frame = pd.DataFrame(CAMPAIGNS, columns=columns).assign(source="shop")
    frame["announced_on"] = [
        {"planned": date(2024, 6, 20), "unannounced": date(2024, 7, 1)}.get(known, start)
        for known, start in zip(frame["known"], frame["starts_on"], strict=True)
    ]
    costs = dict.fromkeys(("r1", "r3", "r4", "m1", "g1"), Decimal(150)) | {"r5": Decimal(-20)}  # a partner paid for r5
    frame["cost"] = frame["campaign_key"].map(costs.get)
    frame["region"] = ["North" if known == "region" else None for known in frame["known"]]
    frame["discount_rate"] = [
        0.15 if key in ("r1", "f1") else 0.25 if key == "r3" else None for key in frame["campaign_key"]
    ]
    # Of b1 a tenth was to be held back, and a third was.
    frame["control_share"] = frame["campaign_key"].map({"r1": 1 / 3, "r2": 1 / 3, "b1": 0.1}.get)
    frame["budget"] = [Decimal(1) if key == "p1" else None for key in frame["campaign_key"]]
    return frame.drop(columns="known")


def touches(seed: int = 3) -> pd.DataFrame:
    """Of r1 to r5 a third of those chosen is held back; m1 chooses those who buy often, and tells who redeemed.

    Of r2 and r4 no flag says who is held back: their arms do.
    """
    random = np.random.default_rng(seed)
    sold = orders()
    often = sold.groupby("customer_key").size()
    rows = []
    for key, starts, _, _, channel, known in CAMPAIGNS:
        for person in range(PEOPLE):
            who, draw = f"k{person}", random.random(6)
            if known in ("control", "few"):
                if draw[0] > (0.07 if known == "few" else 0.6):
                    continue
                control = draw[1] < 1 / 3
                rows.append((key, who, "targeted", control, starts, channel, None))
                if not control:
                    rows.append((key, who, "sent", False, starts, channel, Decimal("0.5")))
                    if draw[2] < 0.9:
                        rows.append((key, who, "delivered", False, starts, channel, None))
                        if draw[3] < 0.4:
                            rows.append((key, who, "opened", False, starts + timedelta(days=1), channel, None))
                            if draw[4] < 0.4:
                                rows.append((key, who, "converted", False, starts + timedelta(days=2), channel, None))
            elif known == "targets" and draw[0] < (0.7 if often[who] > often.median() else 0.35):
                rows.append((key, who, "targeted", None, None, None, None))
                if draw[1] < 0.2:
                    rows.append((key, who, "redeemed", None, starts + timedelta(days=3), None, None))
            elif known == "answers" and draw[0] < 0.3:
                rows.append((key, who, "responded", None, starts + timedelta(days=2), channel, None))
    columns = ["campaign_key", "customer_key", "kind", "is_control", "touched_on", "channel", "cost"]
    made = pd.DataFrame(rows, columns=columns).assign(source="shop")
    made["touch_key"] = [f"t{n}" for n in range(len(made))]
    by_name = made["campaign_key"].isin(["r2", "r4"])
    made["arm"] = made["is_control"].map({True: " Holdout", False: "Offer"}).where(by_name).astype(object)
    made["is_control"] = made["is_control"].astype(object).mask(by_name, None)
    return made.assign(touched_at=pd.to_datetime(made["touched_on"]))


SPEND = pd.DataFrame(
    [("s1", date(2023, 8, 8), "shop", "r2", Decimal(40))],
    columns=["spend_key", "spent_on", "source", "campaign_key", "amount"],
)


class Difference(NamedTuple):
    """Treated and peers that count, effect on a treated one, its standard error, and degrees of freedom."""

    treated: int
    peers: int
    effect: float
    error: float
    degrees: int


def difference_in_cells(frame: pd.DataFrame, bands: int = 5) -> Difference:
    """Of `change` in cells of region, bands of revenue and of days with a purchase before, and buying just before."""
    frame = frame.copy()
    for column in ("revenue", "days"):
        frame[f"{column}_band"] = np.ceil(frame[column].rank(method="min") * bands / len(frame))
    weights, effects, variances, others = [], [], [], 0
    for _, cell in frame.groupby(["region", "revenue_band", "days_band", "recent"], dropna=False):
        treated, peers = cell[cell["treated"]]["change"], cell[~cell["treated"]]["change"]
        if len(treated) >= 2 and len(peers) >= 2:
            weights.append(len(treated))
            others += len(peers)
            effects.append(treated.mean() - peers.mean())
            variances.append(treated.var() / len(treated) + peers.var() / len(peers))
    shares = np.array(weights) / sum(weights)
    error = float(np.sqrt(shares**2 @ variances))
    return Difference(sum(weights), others, float(shares @ effects), error, sum(weights) + others - 2 * len(weights))


class ByHand:
    """The company's campaigns, measured in pandas."""

    def __init__(self):
        self.orders, self.touches, self.people = orders(), touches(), people()
        self.daily = self.orders.assign(amount=self.orders["amount"].astype(float), day=self.orders["ordered_at"])

    def span(self, key: str) -> tuple[pd.Timestamp, pd.Timestamp]:
        _, starts, ends, *_ = BY_KEY[key]
        last = (ends or starts + timedelta(days=29)) + timedelta(days=14)
        return pd.Timestamp(starts), min(pd.Timestamp(last), pd.Timestamp(LAST))

    def sums(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
        rows = self.daily[self.daily["day"].between(first, last)]
        return rows.groupby("customer_key")["amount"].sum().reindex(self.people["customer_key"], fill_value=0.0)

    def purchase_days(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
        rows = self.daily[self.daily["day"].between(first, last)]
        return rows.groupby("customer_key")["day"].nunique().reindex(self.people["customer_key"], fill_value=0)

    def arms(self, key: str) -> tuple[pd.Index, pd.Index]:
        own = self.touches[self.touches["campaign_key"] == key]
        is_control = own["is_control"].fillna(False).astype(bool) | own["arm"].eq(" Holdout")
        control = own[is_control]["customer_key"].unique()
        return pd.Index(own["customer_key"].unique()).difference(control), pd.Index(control)

    def against_control(self, key: str, measure: str = "revenue") -> tuple[float, float, float]:
        """Effect on a treated customer, its standard error and Welch's degrees, adjusted for the 180 days before."""
        first, last = self.span(key)
        before = first - pd.Timedelta(days=180), first - pd.Timedelta(days=1)
        if measure == "revenue":
            outcome, covariate = self.sums(first, last), self.sums(*before)
        elif measure == "buyer":
            outcome, covariate = (self.purchase_days(first, last) > 0).astype(float), self.purchase_days(*before)
        else:
            end = pd.Timestamp(BY_KEY[key][2]) + pd.Timedelta(days=14)
            later = self.purchase_days(end + pd.Timedelta(days=1), end + pd.Timedelta(days=90))
            outcome, covariate = (later > 0).astype(float), self.purchase_days(*before)
        groups = [(outcome[arm].to_numpy(), covariate[arm].to_numpy(float)) for arm in self.arms(key)]
        centred = [(z - z.mean(), x - x.mean()) for z, x in groups]
        theta = sum(z @ x for z, x in centred) / sum(x @ x for _, x in centred)
        found = stats.ttest_ind(*(z - theta * x for z, x in groups), equal_var=False)
        adjusted = [z - theta * x for z, x in groups]
        error = np.sqrt(sum(one.var(ddof=1) / len(one) for one in adjusted))
        return float(adjusted[0].mean() - adjusted[1].mean()), float(error), float(found.df)

    def against_peers(self, key: str) -> Difference:
        """Over cells of who bought alike before."""
        first, last = self.span(key)
        days, one = (last - first).days + 1, pd.Timedelta(days=1)
        long = first - pd.Timedelta(days=180), first - one
        frame = pd.DataFrame(
            {
                "region": self.people.set_index("customer_key")["region"],
                "change": self.sums(first, last) - self.sums(first - days * one, first - one),
                "revenue": self.sums(*long).round(4),
                "days": self.purchase_days(*long),
                "recent": self.purchase_days(first - days * one, first - one) > 0,
            }
        )
        first_orders = self.daily.groupby("customer_key")["day"].min()
        frame = frame[first_orders.reindex(frame.index) < first].copy()
        frame["treated"] = frame.index.isin(self.arms(key)[0])
        return difference_in_cells(frame)

    def against_regions(self, key: str) -> tuple[float, float, int]:
        """What the region brought more in whole weeks, its standard error and degrees of freedom."""
        first, last = self.span(key)
        weeks = ((last - first).days + 1) // 7
        rows = self.daily.merge(self.people[["customer_key", "region"]], on="customer_key")
        rows["week"] = (rows["day"] - first).dt.days // 7
        rows = rows[rows["week"].between(-26, weeks - 1)]
        table = rows.pivot_table(index="week", columns="region", values="amount", aggfunc="sum", fill_value=0)
        own, before = table["North"], table.index < 0
        levelled = {r: table[r] * own[before].sum() / table[r][before].sum() for r in ("South", "East", "West")}
        nearest = sorted(levelled, key=lambda region: ((own - levelled[region])[before] ** 2).sum())[:2]
        apart = own - (levelled[nearest[0]] + levelled[nearest[1]]) / 2
        count = int(before.sum())
        spread = (apart[before] ** 2).sum() / (count - 1)
        return float(apart[~before].sum()), float(np.sqrt(spread * (weeks + weeks**2 / count))), count - 1
