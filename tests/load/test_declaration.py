"""A wrong declaration is told with file, line and rule, all at once."""

from __future__ import annotations

import pytest

from include.load import DeclarationInvalid, read_declaration
from include.load.declaration import read_declarations
from include.load.expressions import ExpressionRefused, columns_of
from include.workspace import SHIPPED_SOURCES
from tests.load.conftest import LINES, ORDERS

WRONG = {
    "unknown entity": ("customers:\n        where", "clients:\n        where", 12, "The contract has account_"),
    "order without a group": ("        group_by: customer\n", "", 14, "order_by: only grouped entities have one"),
    "constant of another type": ("amount: amount", "amount: {constant: free}", 23, "free is no decimal"),
    "constant that is no day": ("ordered_at: at", "ordered_at: {constant: today}", 21, "today is no timestamp"),
    "column named twice": ("format: csv", "format: csv\n    header: false\n    columns: [id, ID]", 11, "is named more"),
    "indented by a tab": ("    files: orders", "\tfiles: orders", 8, "Indent with blanks, not with tabs."),
    "unknown column": ("created_at: at}", "creatd_at: at}", 16, "Did you mean created_at?"),
    "unknown key": ("    format: csv", "    format: csv\n    delimeter: ;", 10, "Did you mean delimiter?"),
    "unknown format": ("format: csv", "format: cvs", 9, "Did you mean csv?"),
    "unknown zone": ("Europe/Berlin", "Europe/Berln", 3, "Did you mean Europe/Berlin?"),
    "required column": ("          ordered_at: at\n", "", 17, "required column ordered_at is not mapped"),
    "unknown code target": ("R: return", "R: retrun", 22, "Did you mean return?"),
    "key not unique": ("    key: id\n", "", 18, "the table's key is not declared"),
    "subquery": ("amount: amount", "amount: {expression: (select 1)}", 23, "a subquery is not allowed"),
    "files outside": ("orders*.csv", "../orders*.csv", 8, "leaves the landing folder"),
    "rule without a group": ("amount: amount", "amount: {column: amount, rule: sum}", 23, "only grouped entities"),
    "two origins": ("amount: amount", "amount: {column: amount, constant: 1}", 23, "exactly one of"),
    "format of a number": ("amount: amount", 'amount: {column: amount, format: "%d"}', 23, "only dates and times"),
    "given twice": ("currency: EUR", "currency: EUR\ncurrency: USD", 5, "currency is given twice"),
    "skipping by a number in quotes": ("    key: id", "    skip_lines: '2'\n    key: id", 10, "how many of the first"),
    "skipping what is no expression": ("    key: id", "    skip_lines: '('\n    key: id", 10, "regular expression"),
    "currency": ("currency: EUR", "currency: euro", 4, "ISO 4217"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_declaration_is_told_with_its_line(tmp_path, kind):
    old, new, line, words = WRONG[kind]
    assert old in ORDERS
    path = tmp_path / "shop.yml"
    path.write_text(ORDERS.replace(old, new))
    with pytest.raises(DeclarationInvalid) as caught:
        read_declaration(path)
    told = [problem for problem in caught.value.problems if words in problem]
    assert told, caught.value.problems
    assert told[0].startswith(f"{path}:{line}: ")


def test_all_problems_are_told_at_once(tmp_path):
    path = tmp_path / "shop.yml"
    path.write_text(
        ORDERS.replace("EUR", "euro").replace("R: return", "R: retrun").replace("format: csv", "format: cvs")
    )
    with pytest.raises(DeclarationInvalid) as caught:
        read_declaration(path)
    assert len(caught.value.problems) >= 2


@pytest.mark.parametrize(
    "expression",
    [
        "read_text('/etc/passwd')", "(select 1)", "a; drop table x", "sum(a)", "row_number() over ()", "random()",
        "now()", "today()", "current_setting('x')", "getvariable('x')", "nextval('s')", "*", "t.a", "a from x",
        "a) from read_csv('x') where (1=1", "?", "a -- b", "error('x')", "list_transform([a], x -> x)", "unnest([1])",
    ],
)  # fmt: skip
def test_what_is_not_scalar_is_refused(expression):
    with pytest.raises(ExpressionRefused):
        columns_of(expression)


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("a * b", ("a", "b")),
        ("case when a like 'C%' then 'x' else coalesce(b, c) end", ("a", "b", "c")),
        ("cast(a as decimal(18, 4)) between 1 and 2 and not b in ('x', ';')", ("a", "b")),
        ("split_part(a, '; -- /*', 1) || 'it''s;' || \"odd;name\"", ("a", "odd;name")),
        ("a = 'x' /* b */", None),
        ("a = 'x'; select 'y'", None),
        ("e'\\'; select 1 --' || a", None),
        ('"odd name" is not null', ("odd name",)),
        ("try_cast(nullif(trim(a), '') as integer)", ("a",)),
        ("regexp_replace(lower(a), '[^0-9]', '', 'g') || '-' || b", ("a", "b")),
    ],
)
def test_scalar_expressions_name_their_columns(expression, columns):
    if columns is None:
        with pytest.raises(ExpressionRefused, match="semicolons"):
            columns_of(expression)
    else:
        assert columns_of(expression) == columns


def test_code_maps_take_yes_and_no_as_they_are_written(tmp_path):
    path = tmp_path / "shop.yml"
    path.write_text(ORDERS.replace("{S: sale, R: return}", "{yes: sale, no: return, 1: adjustment}"))
    (table,) = read_declaration(path).tables
    (kind,) = [column for column in table.entities[1].columns if column.name == "kind"]
    assert kind.codes == (("yes", "sale"), ("no", "return"), ("1", "adjustment"))


def test_a_workspace_needs_orders_and_customers(tmp_path):
    path = tmp_path / "shop.yml"
    path.write_text(LINES.replace("customers:", "households:").split("      orders:")[0].replace(
        "customer_key: customer, created_at: at, city: city", "household_key: customer"))  # fmt: skip
    with pytest.raises(DeclarationInvalid, match="no source maps the entity customers"):
        read_declarations([path])


def test_shipped_declarations_are_valid():
    paths = sorted(SHIPPED_SOURCES.glob("*.yml"))
    assert [source.name for path in paths for source in read_declarations([path])] == [path.stem for path in paths]


@pytest.mark.parametrize("text", ["dd.mm.yyyy", "%s", "%Q", "%"])
def test_a_time_format_that_is_none_is_told(tmp_path, text):
    path = tmp_path / "shop.yml"
    path.write_text(ORDERS.replace("ordered_at: at", f'ordered_at: {{column: at, format: "{text}"}}'))
    with pytest.raises(DeclarationInvalid, match=r"shop.yml:21: .*ordered_at.format: .* is none of directives such as"):
        read_declaration(path)


def test_an_alias_of_itself_is_told(tmp_path):
    path = tmp_path / "shop.yml"
    path.write_text("source: &shop [*shop]\n")
    with pytest.raises(DeclarationInvalid, match="an alias refers to itself"):
        read_declaration(path)
