"""Separated text as exports write it: separator, header and records, found without being told."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

Row = list[str]

_SEPARATORS = (",", "\t", ";", "|", "^")
_SAMPLE_LINES = 500
_LOOK_FOR_HEADER = 60
_LINES_AT_ONCE = 2_000
_LONGEST_CELL_LINES = 100  # a quote open for longer is a stray quote, not a cell
_DATA_LIKE = re.compile(
    r"^[-+]?[\d.,]+$|^\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|^\d{1,2}:\d{2}|^\(?-?\d+\.\d+,"
)

csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out."""

    separator: str
    columns: tuple[str, ...]
    header: Row | None  # as written; None where the first record is already data
    lead: int  # records before the first record of data
    usual_width: int


def records(lines: Iterable[str], separator: str, widths: set[int]) -> Iterator[Row]:
    """Yield the records of lines; a quoted cell may span lines.

    A quote that is never closed, or that swallows lines which read well by themselves, is taken
    for an ordinary character, so that one stray quote cannot hide the rest of the file.
    """
    ready: list[str] = []  # lines that are whole records, as far as their quotes tell
    held: list[str] = []
    for line in lines:
        if not held and line.count('"') % 2 == 0:
            ready.append(line)
            if len(ready) >= _LINES_AT_ONCE:
                yield from _one_a_line(ready, separator)
                ready = []
            continue
        yield from _one_a_line(ready, separator)
        ready = []
        held.append(line)
        if sum(part.count('"') for part in held) % 2 and len(held) < _LONGEST_CELL_LINES:
            continue
        yield from _settled(held, separator, widths)
        held = []
    yield from _one_a_line(ready, separator)
    yield from _settled(held, separator, widths)


def _one_a_line(lines: list[str], separator: str) -> list[Row]:
    """Return the record of each line that is not blank."""
    given = [line for line in lines if line.strip("\r\n")]
    rows = list(csv.reader(given, delimiter=separator))
    if len(rows) == len(given):
        return rows
    return [row for line in given for row in csv.reader([line], delimiter=separator)]


def _settled(held: list[str], separator: str, widths: set[int]) -> list[Row]:
    together = [row for row in csv.reader(held, delimiter=separator) if row]
    if len(held) == 1 or (widths and all(len(row) in widths for row in together)):
        return together
    balanced = not sum(part.count('"') for part in held) % 2
    alone = [row for line in held for row in csv.reader([line], delimiter=separator) if row]
    if widths and sum(len(row) in widths for row in alone) > len(held) / 2:
        return alone
    return together if balanced else alone


def next_block(lines: Iterator[str], size: int) -> list[str]:
    """Return the next lines, no cell cut in two: it ends where no quote is left open."""
    block = list(islice(lines, size))
    open_quote = sum(line.count('"') for line in block) % 2
    while open_quote and len(block) < size + _LONGEST_CELL_LINES:
        line = next(lines, None)
        if line is None:
            break
        block.append(line)
        open_quote ^= line.count('"') % 2
    return block


def layout_of(lines: list[str]) -> Layout | None:
    """Return how a text file is laid out, by its first lines; None if it is no table."""
    best: tuple[float, int, str, list[Row]] | None = None
    for separator in _SEPARATORS:
        rows = list(records(lines, separator, set()))
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            continue
        width, often = widths.most_common(1)[0]
        if best is None or (often / len(rows), width) > best[:2]:
            best = (often / len(rows), width, separator, rows)
    if best is None:
        return None
    _, width, separator, rows = best
    for index, row in enumerate(rows[:_LOOK_FOR_HEADER]):
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) >= max(2, 0.6 * width):
            data_like = sum(bool(_DATA_LIKE.match(cell)) for cell in filled)
            if data_like >= max(2, 0.25 * len(filled)):
                return Layout(separator, column_names([], width), None, index, width)
            columns = column_names(row, max(width, len(row)))
            return Layout(separator, columns, row, index + 1, width)
    return None


def column_names(header: Row, width: int) -> tuple[str, ...]:
    """Return one name a column: blanks tidied, the unnamed numbered, doubles told apart."""
    names: list[str] = []
    for place in range(width):
        name = " ".join(header[place].replace("\ufeff", "").split()) if place < len(header) else ""
        name = name or f"column_{place + 1}"
        while name in names:
            name += "_2"
        names.append(name)
    return tuple(names)


def first_lines(text: io.TextIOBase) -> list[str]:
    """Return the first lines of a text for :func:`layout_of`."""
    return [line for line, _ in zip(text, range(_SAMPLE_LINES), strict=False)]


def fitted(row: Row, layout: Layout) -> Row | None:
    """Return a record brought to the header's width, or None if its fields cannot be told."""
    width = len(layout.columns)
    if len(row) == width:
        return row
    if len(row) > width:
        return row[:width] if not any(cell.strip() for cell in row[width:]) else None
    if len(row) == layout.usual_width or (layout.header and len(row) == len(layout.header)):
        return row + [""] * (width - len(row))
    return None


def written(row: Row, separator: str) -> str:
    """Return a record as text again."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(row)
    return out.getvalue()
