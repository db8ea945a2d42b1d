"""The catalogues of Chinese text: one a room, gathered from code and templates.

No gettext tools are needed: Python is read by its syntax tree, templates by Django's lexer.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.base import Lexer, Token, TokenType

MessageId = str | tuple[str, str]
Message = tuple[str | None, MessageId]  # (context, text or (singular, plural))

SHARED = "shared"
SHARED_CODE = ("counter", "exchange")
SHARED_TEMPLATES = (
    "_components",
    "_frame",
    "gallery",
    "account",
    "allauth",
    "mfa",
    "usersessions",
)
SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXTUAL = {"pgettext", "pgettext_lazy"}
TRANS = re.compile(r"""^trans(?:late)?\s+(?P<text>"[^"]*"|'[^']*')(?P<rest>.*)$""", re.DOTALL)
CONTEXT = re.compile(r"""\bcontext\s+(?P<text>"[^"]*"|'[^']*')""")
CONSTANT = re.compile(r"""_\((?P<text>"[^"]*"|'[^']*')\)""")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def rooms() -> list[str]:
    """Return the names of all catalogues."""
    return [Path(folder).name for folder in settings.LOCALE_PATHS]


def catalogue_path(room: str) -> Path:
    """Return where a room's Chinese stands."""
    folder: Path = settings.BASE_DIR / "locale" / room / "zh_Hans" / "LC_MESSAGES"
    return folder / "django.po"


def gathered(room: str) -> set[Message]:
    """Return every message of a room's code and templates that `shared` does not have."""
    messages: set[Message] = set()
    for path in _files(room):
        source = path.read_text("utf-8")
        messages.update(in_template(source) if path.suffix != ".py" else in_python(source))
    return messages if room == SHARED else messages - gathered(SHARED)


def _files(room: str) -> Iterator[Path]:
    base: Path = settings.BASE_DIR
    templates = base / "templates"
    code, folders = ((room,), (room,)) if room != SHARED else (SHARED_CODE, SHARED_TEMPLATES)
    if room in SHARED_CODE:
        return
    for name in code:
        yield from sorted((base / name).rglob("*.py"))
    for name in folders:
        yield from sorted(path for path in (templates / name).rglob("*") if path.is_file())
    if room == SHARED:
        yield from sorted(templates.glob("*.html"))


def in_python(source: str) -> Iterator[Message]:
    """Yield the messages of Python text: gettext calls and the sentences of refusals."""
    tree = ast.parse(source)
    names = dict(_aliases(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _called(node, names)
        elif isinstance(node, ast.ClassDef):
            yield from _sentences(node)


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what the file calls each of Django's translators, and its real name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


def _called(call: ast.Call, names: dict[str, str]) -> Iterator[Message]:
    called: str = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
    name = names.get(called, called)
    texts = [
        arg.value
        for arg in call.args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
    if name in SINGULAR and texts:
        yield None, texts[0]
    elif name in PLURAL and len(texts) > 1:
        yield None, (texts[0], texts[1])
    elif name in CONTEXTUAL and len(texts) > 1:
        yield texts[0], texts[1]


def _sentences(definition: ast.ClassDef) -> Iterator[Message]:
    for line in definition.body:
        if not isinstance(line, ast.Assign | ast.AnnAssign):
            continue
        targets = line.targets if isinstance(line, ast.Assign) else [line.target]
        named = any(getattr(target, "id", "") == "sentence" for target in targets)
        if named and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str):
            yield None, line.value.value


def in_template(source: str) -> Iterator[Message]:
    """Yield the messages of a template: trans, blocktrans and _("constants")."""
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
            continue
        for match in CONSTANT.finditer(token.contents):
            yield None, match["text"][1:-1].replace("%", "%%")
        if token.token_type is TokenType.VAR:
            continue
        if found := TRANS.match(token.contents):
            yield _context(found["rest"]), found["text"][1:-1].replace("%", "%%")
        elif re.match(r"blocktrans(?:late)?\b", token.contents):
            yield _block(token, tokens)


def _context(rest: str) -> str | None:
    match = CONTEXT.search(rest)
    return match["text"][1:-1] if match else None


def _block(opening: Token, tokens: Iterator[Token]) -> Message:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.BLOCK:
            if token.contents.startswith("endblocktrans"):
                break
            parts.append([])
        elif token.token_type is TokenType.VAR:
            parts[-1].append(f"%({token.contents})s")
        elif token.token_type is TokenType.TEXT:
            parts[-1].append(token.contents.replace("%", "%%"))
    texts = ["".join(part) for part in parts]
    if " trimmed" in opening.contents:
        texts = [
            " ".join(line.strip() for line in text.strip().splitlines() if line.strip())
            for text in texts
        ]
    identity: MessageId = texts[0] if len(texts) == 1 else (texts[0], texts[1])
    return _context(opening.contents), identity


def refreshed(room: str) -> Catalog:
    """Return the room's catalogue: today's messages with the translations there are."""
    path = catalogue_path(room)
    known = Catalog("zh_Hans")
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, "zh_Hans")
    fresh = Catalog(
        "zh_Hans",
        project="Gridhour",
        header_comment=f"# The Chinese of {room}; gathered by manage.py room_messages.",
        creation_date=BEGINNING,
        revision_date=BEGINNING,
        last_translator="Gridhour",
        language_team="Gridhour",
        fuzzy=False,
    )
    for context, identity in sorted(gathered(room), key=lambda row: (str(row[1]), row[0] or "")):
        translated = known.get(identity, context)
        fresh.add(identity, translated.string if translated else "", context=context)
    return fresh


def missing(catalogue: Catalog) -> list[str]:
    """Return the messages without a translation."""
    rows = []
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(strings) or not strings:
            rows.append(str(message.id))
    return rows


def save(room: str, catalogue: Catalog) -> None:
    """Write the room's catalogue, in the same order on every machine."""
    path = catalogue_path(room)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, no_location=True, sort_output=False)


def compile_all() -> int:
    """Compile every catalogue to the form that Django reads; return how many."""
    count = 0
    for room in rooms():
        path = catalogue_path(room)
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, "zh_Hans")
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, catalogue)
            count += 1
    return count
