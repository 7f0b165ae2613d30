"""Which site a pasted text is for."""

from __future__ import annotations

from typing import get_args

import pytest

from artkeep.domain.target import TargetKind
from artkeep.errors import NoAdapter, UsageError
from artkeep.settings import Settings
from artkeep.settings.boorus import KNOWN_BOORUS, Engine
from artkeep.sites._registry import ENGINES, adapters, listed, match_target


@pytest.fixture
def sites(tmp_path):
    return adapters(Settings(data_dir=tmp_path, library=tmp_path))


def test_civitai_is_listed_by_its_name(sites):
    assert next(iter(listed(sites))) == "civitai"
    assert {"civitai.com", ".civitai.com", "civitai.red"} <= sites["civitai"].hosts


def test_the_hosts_of_the_settings_are_its_own_too(tmp_path):
    civitai = {"base_url": "http://10.0.0.5:80", "media_url": "http://cdn.example.com"}
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "library": tmp_path, "sites": {"civitai": civitai}}
    )
    assert {"10.0.0.5", "cdn.example.com"} <= adapters(settings)["civitai"].hosts


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("https://civitai.com/user/lena", None, (TargetKind.USER, "lena")),
        (" https://civitai.com/user/lena ", "user", (TargetKind.USER, "lena")),
        ("lena", "user", (TargetKind.USER, "lena")),
        ("sci_fi", TargetKind.MODEL_TAG, (TargetKind.MODEL_TAG, "sci_fi")),
        ("5", "model-tag", (TargetKind.MODEL_TAG, "5")),
        ("910002", "version", (TargetKind.VERSION, "910002")),
    ],
)
def test_a_link_or_a_value_of_a_kind_finds_its_target(sites, text, kind, expected):
    target = match_target(sites, text, kind)
    assert (target.kind, target.value) == expected


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("", None, "Paste a link"),
        ("lena", None, "civitai:user:lena_paints"),
        ("https://civtai.com/user/lena", None, "Did you mean civitai.com?"),
        ("civitia:user:lena", None, "Did you mean civitai:user:lena?"),
        ("https://www.civitai.com/articles/5", None, "collection, generator, image, image tag"),
        ("https://example.com/a", None, "Known sites: civitai, gelbooru, "),
        ("http://[::1", None, "Paste a link"),
        ("5", "pool", "gelbooru:pool:5"),
        (
            "https://www.my-booru.example:8443/index.php?page=post&s=list&tags=sky",
            None,
            '[sites.my-booru]\nengine = "gelbooru02"\n'
            'base_url = "https://www.my-booru.example:8443"',
        ),
        ("https://gelboru.com/index.php?page=post&s=list", None, "Did you mean gelbooru.com?"),
        ("https://example.com/a", "user", "Known sites"),
    ],
)
def test_what_no_site_takes_gets_a_hint(sites, text, kind, hint):
    with pytest.raises(NoAdapter) as caught:
        match_target(sites, text, kind)
    assert hint in str(caught.value)


def test_every_known_booru_is_a_site_and_so_is_one_of_the_settings(tmp_path):
    mine = {"engine": "gelbooru02", "base_url": "http://127.0.0.1:5"}
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "library": tmp_path, "sites": {"mine": mine}}
    )
    sites = adapters(settings)
    assert set(KNOWN_BOORUS) < set(sites)
    assert set(get_args(Engine)) <= set(ENGINES)
    assert (
        match_target(sites, "http://127.0.0.1:5/index.php?page=post&s=view&id=3").site == "mine"
    )
    for name, known in KNOWN_BOORUS.items():
        assert sites[name].title.casefold() == known.title.casefold()
        assert sites[name].limits.requests_per_s <= 3


def test_a_link_of_another_kind_than_asked_for_is_refused(sites):
    with pytest.raises(UsageError, match="is a user lena, not a model"):
        match_target(sites, "civitai.com/user/lena", "model")


def test_an_unknown_kind_is_refused_with_the_nearest(sites):
    with pytest.raises(UsageError, match="Did you mean user"):
        match_target(sites, "lena", "usre")


def test_a_wrong_value_of_a_kind_is_explained(sites):
    with pytest.raises(UsageError, match="not the number of a Civitai model"):
        match_target(sites, "lena", "model")


def test_services_that_are_captured_have_no_links_but_advice(sites):
    with pytest.raises(NoAdapter) as refused:
        match_target(sites, "https://creator.nightcafe.studio/creation/abc")
    assert refused.value.advice == "Creations of NightCafe come in by `artkeep import`."
    with pytest.raises(NoAdapter) as refused:
        match_target(sites, "nightcafe:paste:captures")
    assert "artkeep import" not in refused.value.advice
