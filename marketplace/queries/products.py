"""Products by code: one chip model, or all accelerators."""

from marketplace.domain.products import ACCELERATORS, CPU, Chip, Product
from marketplace.domain.refusals import UnknownCode
from marketplace.models import ChipModel

_FACTS = ("id", "code", "name", "family", "stack", "memory_gb", "nominal_gflops")


def every_product() -> dict[str, Product]:
    """Return all products by code, the accelerators together first."""
    chips = [Chip(*row) for row in ChipModel.objects.values_list(*_FACTS)]
    found = {
        ACCELERATORS: Product(
            ACCELERATORS, "FP16", tuple(chip for chip in chips if chip.family != CPU)
        )
    }
    return found | {chip.code: Product(chip.code, chip.name, (chip,)) for chip in chips}


def product_of(code: str) -> Product:
    """Return a product; refuse a code that the catalogue does not have with UnknownCode."""
    found = every_product().get(code)
    if found is None:
        raise UnknownCode(field="product", value=code)
    return found
