"""From declared files to landed rows and contract rows, with a ledger, a quarantine and the customer crosswalk."""

from include.load.contract_tables import create_contract_tables
from include.load.crosswalk import mint_customer_ids
from include.load.declaration import read_declaration
from include.load.errors import DeclarationInvalid, LoadFailed, SourceError
from include.load.result import LoadResult, TableLoad
from include.load.workspace_load import load_workspace

__all__ = [
    "DeclarationInvalid",
    "LoadFailed",
    "LoadResult",
    "SourceError",
    "TableLoad",
    "create_contract_tables",
    "load_workspace",
    "mint_customer_ids",
    "read_declaration",
]
