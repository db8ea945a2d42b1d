"""Our book, compiled where a copy fits the sources: `python -m bench.house`."""

import importlib

from config.compiled import prefer

if __name__ == "__main__":
    told = prefer()
    importlib.import_module("bench.house_book").main(told)
