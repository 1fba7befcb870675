"""Rule 1 as import-linter contracts (.importlinter), over the same table and the same rules as the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

from tests.architecture.checks import imports
from tests.architecture.checks.sources import Offence


def edges_of(graph: ImportGraph) -> Iterator[imports.Edge]:
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            for detail in graph.get_import_details(importer=importer, imported=imported):
                yield imports.Edge(Path(importer.replace(".", "/")), detail["line_number"], importer, imported)


class HouseContract(Contract):
    """A contract whose rule is a function over import edges."""

    rule: Callable[[Iterable[imports.Edge]], Iterator[Offence]]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = [str(offence) for offence in type(self).rule(edges_of(graph))]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)


class Floors(HouseContract):
    rule = staticmethod(imports.floor_offences)


class Staircase(HouseContract):
    rule = staticmethod(imports.staircase_offences)


class Doors(HouseContract):
    rule = staticmethod(imports.door_offences)


class Kernels(HouseContract):
    rule = staticmethod(imports.kernel_import_offences)
