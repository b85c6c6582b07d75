"""A night of a company with hostile names and odd instants: every figure is right, and nobody who reads of it is harmed."""

import csv
import io
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from include.activation import safe_csv
from include.activation.reports import files
from include.sandbox.world import WorldConfig
from include.sandbox.world import build as build_world
from include.settings import Settings
from include.sources import REGISTRY
from tests.flows import company as companies
from tests.flows.company import Company
from tests.hostile.odd_instants import oddly_told
from tests.hostile.strange_names import LONG, SKUS, rename
from tests.sandbox.worlds import TODAY

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

SMALL = WorldConfig(today=TODAY, history_days=20, assortment=40, household_share=0.04)
ALLOWED = {
    "a", "body", "br", "caption", "circle", "code", "col", "colgroup", "defs", "details", "div", "em", "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "head",
    "header", "html", "li", "line", "main", "meta", "nav", "ol", "p", "path", "rect", "section", "small", "span", "strong", "style", "summary",
    "svg", "table", "tbody", "td", "text", "th", "thead", "time", "title", "tr", "tspan", "ul", "b", "i", "clippath",
}  # fmt: skip


class Tags(HTMLParser):
    """Everything in a page that is not one of our own tags, or would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.strange: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        runs = [
            name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "").lower()
        ]
        if tag not in ALLOWED or runs:
            self.strange.append(f"{tag} {runs}")


@pytest.fixture(scope="module")
def shop(module_warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The morning after its first night."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(companies, "build_world", lambda config: rename(build_world(config)))
        home = tmp_path_factory.mktemp("sandbox")
        with oddly_told(), companies.company(module_warehouse, home, SMALL) as shop:
            shop.pull([source for source in REGISTRY if source != "amazon"])
            assert shop.failures == {}
            assert shop.build().held == ()
            shop.act()
            yield shop


def test_every_figure_is_as_right_as_with_plain_names(shop: Company) -> None:
    assert shop.differences() == []


def test_names_are_kept_as_they_were_told(shop: Company) -> None:
    told = {one.id: one.title for one in shop.world.products}
    held = {
        int(key.rpartition("/")[2]): title
        for key, title in shop.read("SELECT product_id, title FROM mart.dim_product")
    }
    kept = {number: title for number, title in held.items() if number in told}
    assert kept == {number: told[number] for number in kept}
    assert len(set(kept.values())) > 15
    skus = {sku for (sku,) in shop.read("SELECT sku FROM mart.dim_variant")}
    assert {one.sku for one in shop.world.variants if one.product_id in kept} <= skus
    assert len(skus & set(SKUS)) > 10


def test_odd_instants_are_instants_to_the_marts_too(shop: Company) -> None:
    (first,) = shop.read("SELECT count(*) FROM mart.dim_product WHERE created_at < '0002-01-01'")
    (days,) = shop.read("SELECT count(*) FROM mart.dim_date")
    assert first[0] > 0
    assert days[0] < 20_000, "a day of the year 9999 is none of ours"


def test_no_page_and_no_letter_runs_anything(shop: Company) -> None:
    pages = [file.read_text() for file in files.folder(shop.settings, shop.day).glob("*.html")]
    letters = [mail["body"] for mail in shop.received()["mails"]]
    assert "&lt;script&gt;" in "".join(pages), "no hostile name is shown at all"
    assert [Tags(page).strange for page in (*pages, *letters) if Tags(page).strange] == []
    assert max(map(len, pages)) < 40 * LONG


def test_no_cell_opens_as_a_formula(shop: Company) -> None:
    sheets = [
        file.read_text(encoding="utf-8-sig") for file in files.folder(shop.settings, shop.day).glob("*.csv")
    ]
    cells = [cell for sheet in sheets for row in csv.reader(io.StringIO(sheet, newline="")) for cell in row]
    assert cells
    assert [cell for cell in cells if cell.startswith(safe_csv.DANGEROUS) and not _is_number(cell)] == []


def test_no_message_mentions_anybody(shop: Company) -> None:
    said = str(shop.received()["messages"])
    assert said
    assert "<!channel>" not in said


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
