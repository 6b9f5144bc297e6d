"""What customers buy next, together and at which price: read, told by `ml`, and written for a date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from include.scoring.elasticities import write_elasticities
from include.scoring.model_policy import read_promotion_policy
from include.scoring.next_purchases import write_next_purchases
from include.scoring.provenance import provenance
from include.scoring.purchase_tables import PURCHASE_TABLES, forget_date
from include.scoring.recommendations import write_recommendations
from include.scoring.serving import Telling
from include.scoring.tables import create_score_tables
from include.scoring.training import open_store
from include.warehouse.connection import open_warehouse
from include.workspace import Workspace


def foretell_purchases(
    workspace: Workspace, as_of: date, context: dict[str, str], progress: Callable[[str], None] = print
) -> None:
    """Replace the date's probabilities and windows of next purchases, recommendations and price elasticities.

    Probabilities and the way lists are made are those of the champions, or of the newest versions trained by the date;
    without one it is trained first. Windows and elasticities are learnt anew each time. The caller holds the
    workspace's lock and has built the layer core for the date; running again gives the same rows.
    """
    with open_warehouse(workspace) as connection:
        create_score_tables(connection)
        (policy_version,) = connection.execute("select policy_version from policy.policy_version").fetchone()
        store = open_store(workspace, read_promotion_policy(connection))
        telling = Telling(store, as_of, provenance(workspace, policy_version, context), progress)
        connection.begin()
        try:
            forget_date(connection, as_of)
            write_next_purchases(connection, telling)
            write_recommendations(connection, telling)
            write_elasticities(connection, as_of, progress)
            counts = {
                table: connection.execute(
                    f"select count(*) from scores.{table} where as_of_date = ?", [as_of]
                ).fetchone()
                for table in PURCHASE_TABLES
            }
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    told = ", ".join(f"{rows} {table.replace('_', ' ')}" for table, (rows,) in counts.items())
    progress(f"Foretold purchases: {told}")
