"""The values that tell who somebody is, in the forms in which they may be written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_MAILBOX = re.compile(r"[A-Za-z0-9._%+'-]+$")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DIALLED = re.compile(r"[0-9](?:[ ().\-\u00a0]{0,3}[0-9]){6,14}+")
_DIGITS = re.compile(r"[0-9]{7,15}")
_OTHER = re.compile(r"[^0-9]+")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{3,}")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]+")
_SHORTEST_NUMBER = 7


@dataclass
class Values:
    """Addresses, telephone numbers, names and other words to look for.

    `numbers` leads from each way to dial a number to the number as it was given; `names` is by first word, and holds
    names in small letters; a name in Chinese or Korean signs has no words, and is in `signs`.
    """

    addresses: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    signs: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        addresses: Iterable[str] = (),
        numbers: Iterable[str] = (),
        names: Iterable[str] = (),
        words: Iterable[str] = (),
    ) -> Values:
        """Values that tell nobody (under 7 digits or one digit throughout, 4 letters of a word) are left out."""
        found = cls({one.strip().lower() for one in addresses if "@" in one})
        for number in numbers:
            for form in dialled_forms(number):
                found.numbers[form] = number
        found.words = {one for one in words if _WORD.fullmatch(one)}
        for name in names:
            plain = " ".join(name.lower().split())
            if _HAN.fullmatch(plain) and len(plain) > 1:
                found.signs.add(plain)
            elif len(first := _LETTERS.findall(plain)) > 1:
                found.names.setdefault(first[0], set()).add(plain)
        return found

    def __bool__(self) -> bool:
        return bool(self.addresses or self.numbers or self.words or self.names or self.signs)

    def __len__(self) -> int:
        named = sum(len(names) for names in self.names.values()) + len(self.signs)
        return len(self.addresses) + len(set(self.numbers.values())) + len(self.words) + named

    def places_in(self, text: str, is_text: bool = True) -> list[tuple[str, int, int]]:
        """Every occurrence in the text: (value as it stands there, begin, end).

        In what is no text, digits that stand apart make no number.
        """
        found = []
        if self.addresses and "@" in text:
            found += self._addresses_in(text, is_text)
        if self.numbers:
            if is_text:
                found += [m.span() for m in _DIALLED.finditer(text) if _plain(m.group()) in self.numbers]
            found += [m.span() for m in _DIGITS.finditer(text) if m.group() in self.numbers]
        if self.words:
            found += [m.span() for m in _WORD.finditer(text) if m.group() in self.words]
        if self.names:
            found += self._names_in(text)
        if self.signs:
            found += self._signs_in(text)
        return [(text[begin:end], begin, end) for begin, end in sorted(set(found))]

    def may_be_in(self, column: str) -> str:
        """SQL condition that leaves out texts in which none of the values can be."""
        if self.names or self.signs:
            return "true"
        conditions = ["false"]
        if self.addresses:
            conditions.append(f"contains({column}, '@')")
        if self.numbers:
            conditions.append(f"regexp_matches({column}, '[0-9]([ ().-]{{0,3}}[0-9]){{6}}')")
        if self.words:
            listed = ", ".join(f"'{word}'" for word in sorted(self.words))
            conditions.append(f"(case when length({column}) > 20 then true else {column} in ({listed}) end)")
        return " or ".join(conditions)

    def redact(self, text: str) -> tuple[str, int]:
        """The text with every occurrence replaced by `***`, and how many there were."""
        parts, at, count = [], 0, 0
        for _, begin, end in self.places_in(text):
            if begin >= at:
                parts += [text[at:begin], "***"]
                at, count = end, count + 1
        return "".join([*parts, text[at:]]), count

    def _addresses_in(self, text: str, is_text: bool) -> list[tuple[int, int]]:
        """Looked for from each @ on: to look for what stands before it takes the square of a long text's time."""
        found, at = [], text.find("@")
        hosts = {address.rpartition("@")[2] for address in self.addresses}
        while at >= 0:
            host = _HOST.match(text[at + 1 : at + 256])
            box = _MAILBOX.search(text[max(0, at - 64) : at]) if host else None
            if box:
                begin = at - len(box.group().lstrip("'.%-"))
                # In the bytes of a database the next value's letters may adjoin.
                lengths = [len(host.group())] if is_text else range(len(host.group()), 3, -1)
                for length in lengths:
                    end = at + 1 + length
                    if host.group()[:length].lower() in hosts and text[begin:end].lower() in self.addresses:
                        found.append((begin, end))
            at = text.find("@", at + 1)
        return found

    def _names_in(self, text: str) -> list[tuple[int, int]]:
        lower = text.lower()
        if len(lower) != len(text):
            lower = text
        found = []
        for word in _LETTERS.finditer(lower):
            for name in self.names.get(word.group(), ()):
                end = word.start() + len(name)
                if lower.startswith(name, word.start()) and not lower[end : end + 1].isalnum():
                    found.append((word.start(), end))
        return found

    def _signs_in(self, text: str) -> list[tuple[int, int]]:
        found, lengths = [], sorted({len(name) for name in self.signs})
        for run in _HAN.finditer(text):
            for length in lengths:
                for begin in range(run.start(), run.end() - length + 1):
                    if text[begin : begin + length] in self.signs:
                        found.append((begin, begin + length))
        return found


def dialled_forms(number: str) -> set[str]:
    """The digits of a number as it may be dialled: with the country's code or without, with 00 or 0 before.

    A number of one digit, such as 00000000, is nobody's, and has none. Where the number says its country (`+`), the
    national forms are told by the numbering plan of that country.
    """
    digits = _plain(number)
    if len(digits) < _SHORTEST_NUMBER or len(set(digits)) == 1:
        return set()
    forms = {digits}
    if number.strip().startswith(("+", "00")):
        international = digits.removeprefix("00") if number.strip().startswith("00") else digits
        forms |= {international, f"00{international}"}
        national = _national(international)
        if len(national) >= _SHORTEST_NUMBER:
            forms |= {national, f"0{national}"}
    return forms


def _national(international: str) -> str:
    import phonenumbers

    try:
        return str(phonenumbers.parse(f"+{international}").national_number)
    except phonenumbers.NumberParseException:
        return ""


def _plain(number: str) -> str:
    return _OTHER.sub("", number)
