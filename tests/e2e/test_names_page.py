"""Settings › Names in a real browser: a template with its preview, moving files, and back."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.e2e.library import download
from tests.e2e.page import Screen
from tests.e2e.program import Home
from tests.e2e.settings_page import field, open_section, written
from tests.gallery import Gallery


def test_a_template_is_tried_used_applied_and_taken_back(
    tab: Screen, site: Gallery, home: Home
) -> None:
    site.add("lena", 3)
    assert download(tab.url, "civitai:user:lena")["state"] == "completed"
    before = home.files()
    tab.expected = ("422",)  # a template with a mistake
    page = open_section(tab, "names")
    preview = page.get_by_test_id("layout-preview")
    expect(preview).to_contain_text("CivitAI_Browse/Images/SFW/")

    page.get_by_label("My own").check()
    template = field(page.locator("main"), "Template")
    template.fill("{autor}")
    expect(page.get_by_text("Did you mean {author}?")).to_be_visible()
    expect(tab.button("Use for new files")).to_be_disabled()
    template.fill("")
    for name in ("author", "date"):
        page.get_by_role("button", name=f"Put {name} in").click()
        page.keyboard.type("/")
    page.keyboard.press("Backspace")
    expect(template).to_have_value("{author}/{date}")
    expect(preview).to_contain_text("Several artworks may get the same name.")
    expect(preview).to_contain_text("2 files want names that others want")
    template.fill("{author}/{date} {id}")
    expect(preview).to_contain_text("lena/2026-05-01 1000.png")
    expect(preview.get_by_role("meter")).to_be_visible()
    tab.button("Use for new files").click()
    expect(tab.button("Use for new files")).to_have_count(0)
    assert written(home)["names"] == {
        "layout": "template",
        "template": "{author}/{date} {id}",
    }

    tab.button("Apply to existing files …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 files will be moved.")
    tab.button("Move", dialog).click()
    job = page.get_by_test_id("library-job")
    expect(job).to_have_attribute("data-state", "completed")
    assert sorted(name for name in home.files() if name.endswith(".png")) == [
        f"2026-05-01 {number}.png" for number in (1000, 1001, 1002)
    ]
    moved = page.get_by_test_id("move")
    expect(moved).to_contain_text("3 files moved")
    expect(tab.button("Apply to existing files …")).to_be_disabled()

    tab.button("Move back", moved).click()
    tab.button("Move back", page.get_by_role("dialog")).click()
    expect(moved).to_contain_text("moved back")
    assert home.files() == before
