"""What pasted links and names mean."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.errors import UsageError
from artkeep.settings import Site
from artkeep.sites.civitai.adapter import Civitai


def meaning(civitai: Civitai, text: str) -> str | None:
    target = civitai.match(text)
    return f"{target.kind}:{target.value}" if target else None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/user/lena_paints", "user:lena_paints"),
        ("/user/lena_paints/", "user:lena_paints"),
        ("/user/lena_paints/images", "user:lena_paints"),
        ("/user/lena_paints/videos?sort=Newest", "user:lena_paints"),
        ("/user/lena_paints/models", "user:lena_paints"),
        ("/user/lena%20paints/posts#top", "user:lena paints"),
        ("/user/M%C3%A4x.K", "user:Mäx.K"),
        ("/models/900001", "model:900001"),
        ("/models/900001/misty-valley-style", "model:900001"),
        ("/models/900001/misty?modelVersionId=910002", "version:910002"),
        ("/models/000900001", "model:900001"),
        ("/model-versions/910002", "version:910002"),
        ("/api/v1/model-versions/910002", "version:910002"),
        ("/api/v1/models/900001", "model:900001"),
        ("/api/download/models/910002?type=Model", "version:910002"),
        ("/posts/90000001", "post:90000001"),
        ("/collections/1201", "collection:1201"),
        ("/images/100000008", "image:100000008"),
        ("/images/100000008/?postId=3#comments", "image:100000008"),
        ("/images/9223372036854775807", "image:9223372036854775807"),
        ("/images?tags=5248&view=feed", "image_tag:5248"),
        ("/videos?tags=5248", "image_tag:5248"),
        ("/images?tags=misty+morning", "image_tag:misty morning"),
        ("/tag/sci%20fi", "model_tag:sci fi"),
        ("/models?tag=landscape", "model_tag:landscape"),
        ("/api/v1/models?tag=landscape&nsfw=true", "model_tag:landscape"),
        ("/images?postId=90000001", "post:90000001"),
        ("/images?modelVersionId=910002&username=x", "version:910002"),
        ("/images?username=lena_paints&sort=Newest", "user:lena_paints"),
        ("/api/v1/images?username=lena_paints", "user:lena_paints"),
        ("/api/v1/images?imageId=5", "image:5"),
        ("/api/v1/images?modelId=900001", "model:900001"),
    ],
)
@pytest.mark.parametrize(
    "host", ["https://civitai.com", "http://www.CivitAI.com", "civitai.red", "//civitaired.com"]
)
def test_every_link_of_the_site_is_understood(civitai, host, path, expected):
    assert meaning(civitai, host + path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  <https://civitai.green/user/lena>\n", "user:lena"),
        ("https://civitai.com.:443/user/lena", "user:lena"),
        ("civitai:user:lena", "user:lena"),
        ("Civitai:USER: lena paints", "user:lena paints"),
        ("civitai:model-tag:sci_fi", "model_tag:sci_fi"),
        ("civitai:image_tag:landscape", "image_tag:landscape"),
        ("civitai:version:910002", "version:910002"),
        ("urn:air:sdxl:lora:civitai:900001@910002", "version:910002"),
        ("URN:AIR:flux1:checkpoint:civitai:618692@691639.safetensors", "version:691639"),
        ("air:sd1:model:civitai:900001", "model:900001"),
    ],
)
def test_other_forms_are_understood(civitai, text, expected):
    assert meaning(civitai, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "lena_paints",
        "https://evil-civitai.com/user/lena",
        "https://civitai.com.evil.test/user/lena",
        "https://civitai.com@evil.test/user/lena",
        "https://lena@civitai.com/user/lena",
        "https://lena:secret@civitai.com/user/lena",
        "https://evil.test\\@civitai.com/user/lena",
        "https://evil.test/civitai.com/user/lena",
        "https://evil.test/?u=https://civitai.com/user/lena",
        "https://xcivitai.com/user/lena",
        "https://sub.civitai.com/user/lena",
        "https://civitai.com:8080/user/lena",
        "https://civitai.com:many/user/lena",
        "https://\u2460civitai.com/user/lena",
        "ftp://civitai.com/user/lena",
        "javascript:civitai.com/user/lena",
        "http://[::1/user/lena",
        "https://civitai.com",
        "https://civitai.com/",
        "https://civitai.com/user",
        "https://civitai.com/articles/12",
        "https://civitai.com/images",
        "https://civitai.com/images?sort=Newest",
        "https://civitai.com/models",
        "https://civitai.com/api/v1/model-versions/by-hash/A5F58EB1C3",
        "https://civitai.com/api/v1/tags",
        "https://image.civitai.com/key/uuid/original=true/a.jpeg",
        "https://civitai.com/us\ner/lena",
        "urn:air:sdxl:lora:huggingface:900001@910002",
        "https://civitai.com/user/" + "a" * 5000,
    ],
)
def test_what_is_not_ours_is_left_alone(civitai, text):
    assert civitai.match(text) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://civitai.com/models/abc", "'abc' is not the number of a Civitai model"),
        ("https://civitai.com/models/12a/slug", "'12a' is not the number"),
        ("https://civitai.com/images/0", "'0' is not the number of a Civitai image"),
        ("https://civitai.com/posts/-5", "'-5' is not the number of a Civitai post"),
        ("https://civitai.com/models/2147483648", "up to 2147483647"),
        ("https://civitai.com/images/9223372036854775808", "up to 9223372036854775807"),
        ("https://civitai.com/collections/\u0661", "is not the number"),
        ("https://civitai.com/models/5?modelVersionId=x", "'x' is not the number"),
        ("https://civitai.com/images?tags=1,2", "several tags"),
        ("https://civitai.com/images?tags=1&tags=2", "several tags"),
        ("https://civitai.com/user/a%2Fb", "cannot be the name of a Civitai user"),
        ("https://civitai.com/user/a%00%0ab", "cannot be the name"),
        ("civitai:usr:lena", "Did you mean civitai:user"),
        ("civitai:pool:5", "no kind of target called 'pool'"),
        ("civitai:user:", "needs a value"),
        ("civitai:user", "needs a value"),
        ("urn:air:sdxl:lora:civitai:abc@1x", "'1x' is not the number"),
    ],
)
def test_what_is_ours_but_misspelt_is_explained(civitai, text, what):
    with pytest.raises(UsageError) as caught:
        civitai.match(text)
    assert what in str(caught.value)


def test_the_address_set_in_civitais_place_counts_as_civitai():
    demo = Civitai(Site(base_url="http://127.0.0.1:8123/"))
    assert meaning(demo, "http://127.0.0.1:8123/user/lena") == "user:lena"
    assert meaning(demo, "127.0.0.1:8123/images/5") == "image:5"
    assert meaning(demo, "https://civitai.com/images/5") == "image:5"
    assert demo.match("http://127.0.0.1:8124/images/5") is None


_PIECES = st.sampled_from(
    [
        "https://",
        "//",
        "civitai.com",
        "/",
        "user",
        "models",
        "images",
        "?tags=",
        "&modelVersionId=",
        "%2",
        "%00",
        "@",
        ":",
        "[",
        "]",
        "\\",
        "#",
        "urn:",
        "air:",
        "civitai:",
        "5",
        "lena",
    ]
)


@given(st.text() | st.lists(_PIECES | st.text(max_size=3), max_size=10).map("".join))
def test_no_text_whatever_breaks_the_matching(text):
    civitai = Civitai(Site())
    with contextlib.suppress(UsageError):
        target = civitai.match(text)
        assert target is None or target.value.encode()
