"""images: every container and pixel format that may come, and what must be turned away."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFile, PngImagePlugin

from backend.errors import BadAnswer
from backend.images import containers, pictures


def picture(mode: str = "RGB", size: tuple[int, int] = (97, 61), seed: int = 1) -> Image.Image:
    """A picture with flat and noisy parts, so that no codec gets by on luck."""
    noise = Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))
    im = Image.new("RGB", size, (30, 120, 200))
    im.paste(noise.crop((0, 0, size[0] // 2, size[1])), (0, 0))
    ImageDraw.Draw(im).ellipse((40, 10, 80, 50), fill=(250, 200, 10))
    if mode == "RGBA":
        im.putalpha(Image.linear_gradient("L").resize(size))
        return im
    if mode == "LA":
        return picture("RGBA", size, seed).convert("LA")
    if mode == "I;16":
        return Image.frombytes("I;16", size, random.Random(seed).randbytes(size[0] * size[1] * 2))
    return im.convert(mode)


def saved(im: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, payload: bytes) -> bytes:
    crc = zlib.crc32(name + payload)
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def png_header(width: int, height: int) -> bytes:
    return containers.PNG_MAGIC + png_chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )


def animated(kind: str) -> bytes:
    frames = [picture(seed=2), picture(seed=3)]
    return saved(picture(), kind, save_all=True, append_images=frames)


def rotated_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


WHOLE: dict[str, Callable[[], bytes]] = {
    "png rgb": lambda: saved(picture(), "PNG"),
    "png rgba": lambda: saved(picture("RGBA"), "PNG"),
    "png palette": lambda: saved(picture("P"), "PNG"),
    "png palette with alpha": lambda: saved(picture("P"), "PNG", transparency=3),
    "png grey": lambda: saved(picture("L"), "PNG"),
    "png grey with alpha": lambda: saved(picture("LA"), "PNG"),
    "png 16 bit": lambda: saved(picture("I;16"), "PNG"),
    "png 1 bit": lambda: saved(picture("1"), "PNG"),
    "jpeg": lambda: saved(picture(), "JPEG"),
    "jpeg progressive": lambda: saved(picture(), "JPEG", progressive=True),
    "jpeg grey": lambda: saved(picture("L"), "JPEG"),
    "jpeg cmyk": lambda: saved(picture("CMYK"), "JPEG"),
    "webp lossy": lambda: saved(picture(), "WEBP"),
    "webp lossless": lambda: saved(picture(), "WEBP", lossless=True),
    "webp lossy alpha": lambda: saved(picture("RGBA"), "WEBP"),
    "webp lossless alpha": lambda: saved(picture("RGBA"), "WEBP", lossless=True),
}
whole = pytest.mark.parametrize("make", WHOLE.values(), ids=WHOLE.keys())


def test_sniff_knows_the_three_formats_by_their_first_bytes_only() -> None:
    assert containers.sniff(saved(picture(), "PNG")) == "png"
    assert containers.sniff(saved(picture(), "JPEG")) == "jpeg"
    assert containers.sniff(saved(picture(), "WEBP")) == "webp"
    for other in (b"", b"\x89PNG", b"RIFF\0\0\0\0WAVE", b"<html>", saved(picture(), "GIF")):
        assert containers.sniff(other) is None


@whole
def test_whole_images_pass_with_their_format_and_size(make: Callable[[], bytes]) -> None:
    data = make()
    info = pictures.verify(data)
    assert (info.width_px, info.height_px) == (97, 61)
    assert info.format == containers.sniff(data)


@whole
def test_an_image_cut_anywhere_is_refused(make: Callable[[], bytes]) -> None:
    data = make()
    cuts = {*range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 25, len(data))}
    for cut in cuts:
        with pytest.raises(BadAnswer):
            pictures.verify(data[:cut])


def test_half_the_pixels_in_a_container_that_is_whole_are_refused() -> None:
    png = zlib.compress(picture().tobytes())
    half_png = png_header(97, 61) + png_chunk(b"IDAT", png[: len(png) // 2])
    lossy = saved(picture(), "WEBP")[20:]
    half = lossy[: len(lossy) // 4 * 2]
    half_webp = b"WEBPVP8 " + struct.pack("<I", len(half)) + half
    for data in (
        half_png + png_chunk(b"IEND", b""),
        b"RIFF" + struct.pack("<I", len(half_webp)) + half_webp,
    ):
        assert containers.header(data).width_px == 97
        with pytest.raises(BadAnswer, match="damaged"):
            pictures.verify(data)


def plain_png(pixels: bytes, *, colour: int = 2, size: tuple[int, int] = (5, 4)) -> bytes:
    """Return a PNG of 8-bit pixels with the packed `pixels`, every checksum right."""
    head = struct.pack(">IIBBBBB", *size, 8, colour, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return containers.PNG_MAGIC + b"".join(png_chunk(*part) for part in parts)


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_a_plain_png_is_known_as_whole_by_its_rows_and_left_to_pillow_otherwise(
    colour: int, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = b"\4" + bytes(range(5 * channels))
    with pytest.raises(BadAnswer, match="damaged"):  # there is no filter 5
        pictures.verify(plain_png(row * 3 + b"\5" + row[1:], colour=colour))
    decoded: list[int] = []
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _: decoded.append(1))
    pictures.verify(plain_png(row * 4, colour=colour))
    assert decoded == []
    for pixels in (row * 3, row * 3 + row[:-1], row * 5, row * 40_000, row[:1] + row[2:] * 4, b""):
        pictures.verify(plain_png(pixels, colour=colour))
        assert decoded.pop()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_passes_without_being_decoded_is_what_pillow_decodes(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = saved(picture(mode), "PNG")
    assert pictures.decoded(data).size == (97, 61)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", None)
    assert pictures.verify(data).format == "png"
    with pytest.raises(BadAnswer):  # those that only Pillow can tell
        pictures.verify(saved(picture("P"), "PNG"))


def test_verify_never_touches_pillows_global_that_accepts_cut_files() -> None:
    pictures.verify(saved(picture(), "JPEG"))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_any_flipped_bit_in_a_pngs_pixels_is_found_though_pillow_passes_over_many() -> None:
    data = saved(Image.linear_gradient("L").convert("RGB"), "PNG", compress_level=1)
    (idat,) = [part for part in containers.png_parts(data) if part.name == b"IDAT"]
    rng = random.Random(4)
    for _ in range(100):
        bad = bytearray(data)
        bad[rng.randrange(idat.body, idat.end)] ^= 1 << rng.randrange(8)
        with pytest.raises(BadAnswer, match="damaged"):
            pictures.verify(bytes(bad))


def test_a_jpeg_whose_frame_header_is_too_short_for_a_size_is_refused() -> None:
    with pytest.raises(BadAnswer, match="damaged"):
        pictures.verify(b"\xff\xd8\xff\xc0\0\4\x08\0" + bytes(40))


@whole
def test_random_damage_raises_nothing_but_bad_answer(make: Callable[[], bytes]) -> None:
    data, rng = make(), random.Random(7)
    for _ in range(60):
        bad = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            bad[rng.randrange(len(bad) if rng.random() < 0.5 else min(80, len(bad)))] = (
                rng.randrange(256)
            )
        for function in (pictures.verify, pictures.thumbnail_webp, pictures.decoded):
            try:
                function(bytes(bad))
            except BadAnswer as error:
                assert error.message.endswith(".")


@pytest.mark.parametrize("data", [b"", b"hello", b"<html>502</html>", b"GIF89a", b"%PDF-1.7"])
def test_other_files_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadAnswer, match="not a PNG, JPEG or WebP"):
        pictures.verify(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations_are_refused(kind: str) -> None:
    with pytest.raises(BadAnswer, match="animated"):
        pictures.verify(animated(kind))


def test_a_format_hidden_behind_anothers_first_bytes_is_not_opened() -> None:
    gif = saved(picture(), "GIF")
    for head in (containers.PNG_MAGIC, b"\xff\xd8\xff", b"RIFF\xff\0\0\0WEBP"):
        with pytest.raises(BadAnswer):
            pictures.verify(head + gif)


def bombs() -> dict[str, bytes]:
    jpeg = bytearray(saved(picture(), "JPEG"))
    sof = jpeg.index(b"\xff\xc0")
    jpeg[sof + 5 : sof + 9] = struct.pack(">HH", 60_000, 60_000)
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\x3f\x00" * 2
    webp = vp8x + saved(picture(), "WEBP")[12:]
    return {
        "png": png_header(60_000, 60_000) + png_chunk(b"IDAT", b"x") + png_chunk(b"IEND", b""),
        "png just over": png_header(40_000_001, 1) + png_chunk(b"IEND", b""),
        "png widest": png_header(2**32 - 1, 2**32 - 1) + png_chunk(b"IEND", b""),
        "jpeg": bytes(jpeg),
        "webp": b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp,
    }


@pytest.mark.parametrize("name", bombs())
def test_a_header_that_claims_more_than_40_megapixels_is_refused_at_once(name: str) -> None:
    for function in (pictures.verify, pictures.thumbnail_webp, pictures.decoded):
        start = time.perf_counter()
        with pytest.raises(BadAnswer, match="megapixels"):
            function(bombs()[name])
        assert time.perf_counter() - start < 2


def test_exactly_40_megapixels_are_not_too_many() -> None:
    data = png_header(8_000, 5_000)
    assert containers.header(data).width_px == 8_000
    with pytest.raises(BadAnswer, match="damaged"):  # not "megapixels": it got to the pixels
        pictures.verify(data)


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_an_image_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadAnswer):
        pictures.verify(png_header(*size) + png_chunk(b"IEND", b""))


def test_a_file_of_countless_empty_parts_is_refused_before_anyone_walks_it() -> None:
    png, jpeg, webp = (saved(picture(), kind) for kind in ("PNG", "JPEG", "WEBP"))
    riff = webp[8:] + b"JUNK\0\0\0\0" * 70_000
    for data in (
        png[:33] + png_chunk(b"teSt", b"") * 70_000 + png[33:],
        jpeg[:2] + b"\xff\xe5\0\2" * 70_000 + jpeg[2:],
        b"RIFF" + struct.pack("<I", len(riff)) + riff,
    ):
        with pytest.raises(BadAnswer, match="damaged"):
            pictures.verify(data)


def test_pillow_is_asked_for_the_sniffed_format_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = Image.open

    def spy(fp: io.BytesIO, formats: list[str] | None = None) -> Image.Image:
        asked.append(formats)
        return real(fp, formats=formats)

    monkeypatch.setattr(Image, "open", spy)
    for kind in ("PNG", "JPEG", "WEBP"):
        pictures.verify(saved(picture(), kind))
    assert asked == [["PNG"], ["JPEG"], ["WEBP"]]


def test_a_decompression_bomb_seen_by_pillow_alone_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = saved(picture(), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(BadAnswer, match="megapixels"):
        pictures.verify(data)


def opened(data: bytes) -> Image.Image:
    im = Image.open(io.BytesIO(data))
    im.load()
    return im


@whole
def test_thumbnails_are_webp_and_look_like_the_original(make: Callable[[], bytes]) -> None:
    data = make()
    small = opened(pictures.thumbnail_webp(data, 48))
    assert small.format == "WEBP"
    assert small.size == (48, 30)
    original = opened(data)
    if original.mode == "I;16":
        original = original.convert("I").point(lambda value: value / 256).convert("L")
    want = original.convert("RGBA").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    got = small.convert("RGBA").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(want, tuple) and isinstance(got, tuple)
    assert max(abs(a - b) for a, b in zip(want, got, strict=True)) <= 12


@pytest.mark.parametrize("size", [(10, 7), (384, 384), (1, 1)])
def test_thumbnails_never_enlarge(size: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        assert opened(pictures.thumbnail_webp(saved(Image.new("RGB", size), kind))).size == size


@pytest.mark.parametrize("size", [(1500, 700), (700, 1500), (3000, 3)])
def test_thumbnails_fit_into_their_box(size: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG"):
        small = opened(pictures.thumbnail_webp(saved(Image.new("RGB", size), kind)))
        assert max(small.size) == 384
        assert min(small.size) >= 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_stand_upright(kind: str, orientation: int) -> None:
    source = Image.new("RGB", (64, 32), "white")
    ImageDraw.Draw(source).rectangle((0, 0, 31, 15), fill="red")
    data = saved(source, kind, exif=rotated_exif(orientation), quality=95)
    small = opened(pictures.thumbnail_webp(data)).convert("RGB")
    assert small.size == ((64, 32) if orientation < 5 else (32, 64))
    corner = {
        1: (0, 0),
        2: (1, 0),
        3: (1, 1),
        4: (0, 1),
        5: (0, 0),
        6: (1, 0),
        7: (1, 1),
        8: (0, 1),
    }
    x, y = corner[orientation]
    red = small.getpixel(
        (small.width // 4 + x * small.width // 2, small.height // 4 + y * small.height // 2)
    )
    assert isinstance(red, tuple)
    assert red[0] > 200 and red[1] < 90
    assert not small.getexif()  # or a browser would turn it a second time


def test_transparent_pixels_stay_transparent_in_a_thumbnail() -> None:
    image = Image.new("RGBA", (600, 600), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (300, 0, 600, 600))
    small = opened(pictures.thumbnail_webp(saved(image, "PNG")))
    assert small.mode == "RGBA"
    assert small.getpixel((20, 20))[3] == 0  # type: ignore[index]
    assert small.getpixel((360, 20))[3] == 255  # type: ignore[index]


def test_an_rgb_profile_goes_into_the_thumbnail_and_others_do_not() -> None:
    profile = bytes(16) + b"RGB " + bytes(108)
    rgb = saved(picture(), "PNG", icc_profile=profile)
    grey = saved(picture("L"), "PNG", icc_profile=bytes(16) + b"GRAY" + bytes(108))
    assert opened(pictures.thumbnail_webp(rgb)).info["icc_profile"] == profile
    assert "icc_profile" not in opened(pictures.thumbnail_webp(grey)).info
