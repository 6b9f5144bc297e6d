"""Made-up reviews of known subject and mood in both languages: words of a subject, and of a mood that fits any."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

SUBJECTS = {
    "en": {
        "delivery": "parcel courier doorstep shipping driver tracking box arrived",
        "app": "screen login update menu button checkout account password",
        "taste": "soup noodles sauce flavour rice spice portion dessert",
        "price": "coupon discount euros cost receipt bill charge pay",
    },
    "zh": {
        "delivery": "快递 包裹 物流 司机 配送 箱子 送货 签收",
        "app": "登录 页面 更新 按钮 密码 账号 手机 软件",
        "taste": "米饭 面条 味道 辣椒 酱料 甜点 汤 肉",
        "price": "优惠券 折扣 价格 账单 发票 费用 红包 付款",
    },
}
# Words that the lexicon does not know, so that only a model can learn them.
MOODS = {
    "en": {True: "zingy sparkling groovy peachy dandy", False: "meh blergh dreary icky grim"},
    "zh": {True: "巴适 安逸 杠杠滴 飞起 绝绝子", False: "拉胯 翻车 下头 扑街 摆烂"},
}


def reviews(language: str, count: int, seed: int, rated: float = 1.0, **shares: float):
    """Table as `ml.voice` reads it, with the subject and mood of each row; `shares` weigh subjects (1 each)."""
    random = np.random.default_rng(seed)
    subjects = list(SUBJECTS[language])
    weights = np.array([shares.get(subject, 1.0) for subject in subjects])
    subject = random.choice(subjects, count, p=weights / weights.sum())
    mood = random.random(count) < 0.6
    between = " " if language == "en" else "，"
    texts = []
    for about, content in zip(subject, mood, strict=True):
        said = [*random.choice(SUBJECTS[language][about].split(), 4, replace=False)]
        said += [*random.choice(MOODS[language][bool(content)].split(), 2, replace=False)]
        random.shuffle(said)
        texts.append(between.join(said))
    stars = np.where(mood, random.integers(4, 6, count), random.integers(1, 3, count)).astype(float)
    stars[random.random(count) >= rated] = np.nan
    table = pa.table(
        {
            "feedback_id": [f"{language}{seed}-{number}" for number in range(count)],
            "customer_id": [f"c{number}" for number in random.integers(0, count, count)],
            "language": pa.array([language] * count, pa.string()),
            "rating": pa.array(stars, from_pandas=True),
            "feedback_text": texts,
        }
    )
    return table, subject, mood
