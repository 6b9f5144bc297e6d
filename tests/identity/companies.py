"""Public files of persons as companies: a declaration maps each into `customers`, the rest is the usual path."""

from __future__ import annotations

FEBRL = """
source: febrl
timezone: Australia/Sydney
currency: AUD
tables:
  persons:
    files: dataset*.csv
    format: csv
    key: rec_id
    entities:
      customers:
        columns:
          customer_key: rec_id
          given_name: given_name
          family_name: surname
          street: {expression: "concat_ws(' ', street_number, address_1)"}
          city: suburb
          postal_code: postcode
          region: state
          birth_on: {expression: "cast(try_strptime(date_of_birth, '%Y%m%d') as date)"}
          national_id: soc_sec_id
      orders:
        columns:
          order_key: rec_id
          customer_key: rec_id
          ordered_at: {constant: "2024-01-05"}
          amount: {constant: "10"}
"""
FAKE = """
source: fake
timezone: Europe/London
currency: GBP
tables:
  persons:
    files: fake_1000.csv
    format: csv
    key: unique_id
    entities:
      customers:
        columns:
          customer_key: unique_id
          given_name: first_name
          family_name: surname
          birth_on: dob
          city: city
          email: email
      orders:
        columns:
          order_key: unique_id
          customer_key: unique_id
          ordered_at: {constant: "2024-01-05"}
          amount: {constant: "10"}
"""
