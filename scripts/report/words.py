"""How a page says numbers and dates: in the shop's currency, with its separators."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

SMALL_AMOUNT = 100  # cents say something below it
SMALL_SHARE = 0.1  # and here decimals of a percentage


class Words:
    """The words of one shop.

    Parameters
    ----------
    shop : dict
        The row of `rpt_shop`.
    """

    def __init__(self, shop: dict[str, Any]) -> None:
        self.shop = shop
        self.currency = shop["currency"]
        try:
            self.locale = Locale.parse(shop["number_locale"])
        except (UnknownLocaleError, ValueError):
            self.locale = Locale("en")
        self.tag = str(self.locale).replace("_", "-")

    def number(self, value: float, digits: int = 0) -> str:
        """A count or a measure."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, pattern, locale=self.locale)

    def count(self, value: float, of: str) -> str:
        """A count of things, such as 1 row or 2 rows."""
        return f"{self.number(value)} {of}{'' if value == 1 else 's'}"

    def money(self, value: float) -> str:
        """An amount, with cents where it is small."""
        digits = 2 if abs(value) < SMALL_AMOUNT else 0
        if len(self.currency) != 3:
            return f"{self.number(value, digits)} {self.currency}".strip()
        pattern = self.locale.currency_formats["standard"].pattern.replace(
            "0.00", "0" if not digits else "0.00"
        )
        return format_currency(
            value, self.currency.upper(), pattern, locale=self.locale, currency_digits=False
        )

    def share(self, value: float) -> str:
        """A share of one as a percentage, with a decimal where it is small."""
        pattern = "0.#%" if 0 < abs(value) < SMALL_SHARE else "0%"
        return (
            format_percent(value, pattern, locale=self.locale)
            .replace("\N{NO-BREAK SPACE}%", "%")
            .replace("%", "\N{NARROW NO-BREAK SPACE}%")
        )

    def day(self, value: date) -> str:
        """A day."""
        return format_date(value, "d MMMM y", locale="en")

    def month(self, value: date) -> str:
        """A month."""
        return format_date(value, "MMMM y", locale="en")

    def change(self, now: float, before: float, when: str = "before") -> str:
        """How much more or less something is than `when`, as a share of that."""
        if before <= 0:
            return f"from {self.number(before)} {when}" if before or now else f"as {when}"
        ratio = now / before - 1
        if round(ratio, 3) == 0:
            return f"as much as {when}"
        return f"{self.share(abs(ratio))} {'more' if ratio > 0 else 'less'} than {when}"


def plain(name: str) -> str:
    """A name of a column or group in words."""
    return name.replace("_", " ")


def sentence(text: str) -> str:
    """A reason as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def as_number(value: Any) -> Any:
    """What JSON can say of a value of DuckDB's: decimals as numbers, days as texts."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat()
