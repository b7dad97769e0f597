"""What a request to `/sdapi/v1/txt2img` asks for, in our own words. Pure.

A1111's programs send dozens of fields, most of them always and at their defaults. Each is carried
out; or it is refused in words, where the image would be another one; or the model has no use for
it, and then the answer names it. Fields of its bookkeeping are passed over.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.catalogue.params import shows_nothing
from backend.errors import InvalidInput
from backend.said import msg
from backend.text import cut
from backend.types import ModelSpec
from ui.present.a1111_told import AUTOMATIC, OURS
from ui.present.openai_asked import FileFormat
from ui.present.program_asked import DRAWN, lacks, named_model, twice

USUAL_PX = 512
"""The width and height that programs send where nobody has chosen one."""

SECRET = ("url", "auth")
"""What SillyTavern sends with each request for its own use: our address, and the key itself."""

_FORMATS: dict[str, FileFormat] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}

_OFF = (
    *("enable_hr", "restore_faces", "tiling", "subseed_strength", "seed_resize_from_h"),
    *("seed_resize_from_w", "script_name", "refiner_checkpoint", "init_images", "mask"),
    *("firstpass_image", "infotext"),
)
"""What makes another image wherever it is on, and is done nowhere here."""

_ITS_OWN = frozenset(
    (
        *("save_images", "do_not_save_samples", "do_not_save_grid", "script_args", "comments"),
        *("override_settings_restore_afterwards", "disable_extra_networks", "force_task_id"),
        *("denoising_strength", "subseed", "refiner_switch_at"),
        *("firstphase_width", "firstphase_height"),
        *("eta", "s_churn", "s_tmax", "s_tmin", "s_noise", "s_min_uncond"),
    )
)
"""Of what is off anyway, of samplers that it has itself, or of its own disk."""

_READ = frozenset(
    (
        *("prompt", "negative_prompt", "styles", "seed", "width", "height", "batch_size"),
        *("n_iter", "override_settings", "sd_model_checkpoint", "send_images", "sampler_index"),
        "alwayson_scripts",
    )
)
_NO_CHOICE = ("", AUTOMATIC.lower(), "normal")  # the last is SillyTavern's, before one has chosen
_NO_VAE = ("", "automatic", "none", "n/a")


@dataclass(frozen=True, slots=True)
class Wish:
    """`asked` as `calls.read` takes it, of `model`; `format` is that of the files in the answer.

    `sends` is False where the program wants none of them. `unused` are the fields that the model
    has no use for, in the program's words.
    """

    asked: Mapping[str, object]
    model: ModelSpec
    format: FileFormat
    sends: bool
    unused: tuple[str, ...]


def read_wish(body: Mapping[str, Any], models: Mapping[str, ModelSpec], chosen: str | None) -> Wish:
    """Return what a body asks for; null is left out. Raises: InvalidInput naming the body's field.

    The model is the one that the request names, else the `chosen` one, else the first of `models`.
    The seed, the size and all else that is a model's own is checked where the form's is.
    """
    body = {name: value for name, value in body.items() if value is not None}
    settings = body.get("override_settings", {})
    if not isinstance(settings, dict):
        raise _no_object("override_settings")
    model = named_model(models, named_in(body, chosen))
    own = {spec.name for spec in model.params}
    _refuse_what_is_on(body, own)
    asked: dict[str, object] = {name: body[name] for name in own & body.keys() - OURS.keys()}
    asked |= {"model": model.id, "prompt": body.get("prompt"), "count": _count(body)}
    if body.get("seed", "") in ("", DRAWN, str(DRAWN)):
        asked.pop("seed", None)
    elif "seed" not in own:
        raise lacks(model, "seed")
    if styles := _worn(body.get("styles")):
        asked["styles"] = styles
    unused = [*_without_a_place(body, model), *_theirs(asked, body, model)]
    known = own | OURS.keys() | _READ | _ITS_OWN
    unused += [
        cut(name, 40)
        for name, value in body.items()
        if name not in known and name not in (*_OFF, *SECRET) and not name.startswith("hr_")
        if not _is_off(value) and (name, value) != ("clip_skip", 1)
    ]
    unused += [f"override_settings.{cut(name, 40)}" for name in _settings_unused(settings)]
    format = _format(settings.get("samples_format")) or "png"
    return Wish(asked, model, format, body.get("send_images") is not False, tuple(sorted(unused)))


def named_in(body: Mapping[str, Any], chosen: str | None) -> object:
    """Return how a body names its model, else the `chosen` one."""
    settings = body.get("override_settings")
    own = settings.get("sd_model_checkpoint") if isinstance(settings, dict) else None
    return own or body.get("sd_model_checkpoint") or chosen


def _refuse_what_is_on(body: Mapping[str, Any], own: Container[str]) -> None:
    scripts = body.get("alwayson_scripts", {})
    if not isinstance(scripts, dict):
        raise _no_object("alwayson_scripts")
    on = next((name for name in _OFF if name not in own and not _is_off(body.get(name))), None)
    on = on or next((name for name, script in scripts.items() if not _is_idle(script)), None)
    if on is not None:
        raise InvalidInput(
            msg("{name} is not done here.", name=cut(on, 40)),
            msg("Switch it off, or leave it out."),
            field=on if on in _OFF else "alwayson_scripts",
        )


def _is_off(value: object) -> bool:
    if isinstance(value, int | float):
        return value <= 0
    return not value or _small(value) == "none"


def _is_idle(script: object) -> bool:
    """Whether a script that always runs is told to do nothing: most have a switch in the front."""
    args = script.get("args") if isinstance(script, dict) else script
    return all(_is_switched_off(arg) for arg in args[:1]) if isinstance(args, list) else not args


def _is_switched_off(arg: object) -> bool:
    if isinstance(arg, dict):
        return arg.get("enabled", arg.get("enable")) is False
    return arg is False or arg is None


def _count(body: Mapping[str, Any]) -> object:
    """Return how many images are asked for: batches of some; what is no number is refused later."""
    count = 1
    for part in (_number(body.get(name, 1)) for name in ("batch_size", "n_iter")):
        if not isinstance(part, int) or isinstance(part, bool) or part < 1:
            return part
        count *= part
    return count


def _number(value: object) -> object:
    """Return the whole number that a program wrote as another one or as a text, as A1111 does."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value


def _worn(styles: object) -> object:
    """Return the names of styles of ours; A1111's page sends an empty one for none."""
    if isinstance(styles, list):
        return [name for name in styles if name != ""]
    return styles


def _without_a_place(body: Mapping[str, Any], model: ModelSpec) -> Iterable[str]:
    """Yield what the model does not take though every program sends it. Raises: InvalidInput.

    A size that somebody has chosen is refused: the image would not have it.
    """
    negative = body.get("negative_prompt", "")
    says_nothing = isinstance(negative, str) and shows_nothing(negative)
    if model.param("negative_prompt") is None and not says_nothing:
        yield "negative_prompt"
    for name in ("width", "height"):
        if name in body and model.param(name) is None:
            if body[name] != USUAL_PX:
                raise lacks(model, name)
            yield name


def _theirs(asked: dict[str, object], body: Mapping[str, Any], model: ModelSpec) -> Iterable[str]:
    """Put what A1111 has other names for under ours; yield what the model has no use for."""
    for theirs, names in OURS.items():
        value = body.get(theirs)
        if theirs == "sampler_name":
            value = value or body.get("sampler_index")
        chooses = theirs in ("sampler_name", "scheduler")
        if value is None or value == "" or (chooses and _small(value) in _NO_CHOICE):
            continue
        spec = next((spec for name in names if (spec := model.param(name))), None)
        if spec is None:
            yield theirs
            continue
        if spec.name != theirs and spec.name in body:
            raise twice(theirs, spec.name)
        same = (choice for choice in spec.choices or () if _small(choice) == _small(value))
        asked[spec.name] = next(same, value) if chooses else value


def _settings_unused(settings: Mapping[str, Any]) -> Iterable[str]:
    for name, value in settings.items():
        if name == "sd_model_checkpoint" or (name, value) == ("CLIP_stop_at_last_layers", 1):
            continue
        if name == "samples_format" and _format(value):
            continue
        if not (_is_off(value) or (name == "sd_vae" and _small(value) in _NO_VAE)):
            yield name


def _format(named: object) -> FileFormat | None:
    return _FORMATS.get(named.lower()) if isinstance(named, str) else None


def _small(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _no_object(name: str) -> InvalidInput:
    return InvalidInput(
        msg("{name} is not what this takes.", name=name), msg("Send a JSON object."), field=name
    )
