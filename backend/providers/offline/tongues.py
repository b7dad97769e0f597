"""Words of other languages that the sample engine knows: those of the example prompts. Pure.

German, Japanese and Chinese name a colour before what it colours, as English does; Spanish, French,
Portuguese and Arabic behind it. What is an English word of another meaning (boot, arena) stays out.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Known(NamedTuple):
    """A word of the engine's; `behind` where a colour stands behind such a word, or is one."""

    word: str
    behind: bool = False


_BEFORE = {
    "autumn": "秋 秋天",
    "autumn forest": "herbstwald",
    "balloon": "ballon 気球 气球",
    "bird": "vögel 鳥 鸟 飞鸟",
    "blue": "tiefblauer 深蓝色",
    "blue sky": "青空",
    "boat": "ruderboot segelboot ボート 小船",
    "city": "stadt 街 城市",
    "city street": "stadtstraße",
    "coast": "küste 海岸",
    "coral reef": "korallenriff サンゴ礁 珊瑚礁",
    "dawn": "morgengrauen 夜明け 黎明",
    "dune": "dünen 砂丘 沙丘",
    "dusk": "dämmerung abenddämmerung 夕暮れ 黄昏",
    "evening": "傍晚",
    "evening sky": "abendhimmel 夕空",
    "forest": "wald 森 森林",
    "forest path": "waldweg 林间小路",
    "fox": "fuchs キツネ 狐狸",
    "golden": "goldenes 金色",
    "green": "grüne grünen 緑 绿色 翠绿",
    "hill": "hügel hügeln 丘 山丘",
    "house": "haus 家 小屋",
    "lake": "湖 湖泊",
    "lighthouse": "leuchtturm 灯台 灯塔",
    "mist": "nebel 霧 雾",
    "morning mist": "morgennebel 朝霧 晨雾",
    "mountain": "berge 山 高山 群山",
    "mountain lake": "bergsee",
    "neon sign": "neonschild ネオンサイン 霓虹灯招牌",
    "night": "nacht 夜 夜晚",
    "pastel": "pastellfarbener パステルカラー 粉彩",
    "pine": "kiefern 松 松树",
    "portrait": "porträt ポートレート 肖像",
    "rain": "regen 雨",
    "red": "rote roter 赤い 红 红色",
    "sand dune": "sanddünen",
    "sky": "himmel 天空",
    "soft": "weiches やわらかな 柔和",
    "sun": "sonnenstrahlen 太陽 阳光",
    "sunrise": "sonnenaufgang 日の出 日出",
    "sunset": "sonnenuntergang 日落",
    "tree": "baum 一本の木 孤树",
    "turquoise": "türkisfarbenes ターコイズ色 绿松石色",
    "violet": "violetten すみれ色 紫罗兰色",
    "warm": "warmes 暖かな",
    "warm light": "暖光",
    "water": "wasser 水 海水",
    "wave": "wellen 波 海浪",
    "white": "weißem",
    "white paper": "白い紙 白纸",
    "woman": "frau 女性 女子",
}
_BEHIND = {
    "autumn": "otoño automne outono خريفية",
    "balloon": "globo montgolfière balão منطاد",
    "bird": "pájaros oiseaux pássaros طيور",
    "blue": "azul bleu زرقاء",
    "boat": "barca bateau barco قارب",
    "city": "ciudad ville cidade مدينة",
    "coast": "costa côte ساحل",
    "coral": "corail مرجانية",
    "dawn": "amanecer aube amanhecer فجر",
    "dune": "dunas كثبان",
    "dusk": "anochecer crépuscule anoitecer entardecer غسق",
    "evening": "vespertino soir مسائية",
    "forest": "bosque forêt floresta غابة",
    "fox": "zorro renard raposa ثعلب",
    "golden": "dorada dorée dourada ذهبي",
    "green": "verdes verts vertes خضراء",
    "hill": "colinas collines تلال",
    "house": "casita maison casinha بيت",
    "lake": "lago lac بحيرة",
    "lighthouse": "faro phare farol منارة",
    "mist": "bruma niebla brume névoa ضباب",
    "morning": "matinal matin manhã صباح",
    "mountain": "montaña montañas montagne montagnes montanha montanhas جبال جبلية",
    "neon": "neón néon نيون",
    "night": "noche nuit noite ليل",
    "pastel": "باستيل",
    "pine": "pinos sapins pinheiros صنوبر",
    "portrait": "retrato بورتريه",
    "rain": "lluvia pluie chuva مطر",
    "red": "rojo rojas rouge rouges vermelho vermelhas أحمر حمراء",
    "sand": "رملية",
    "sky": "cielo ciel céu سماء",
    "soft": "delicada douce ناعم ناعمة",
    "sun": "sol soleil شمس",
    "sunrise": "nascer شروق",
    "sunset": "atardecer coucher pôr غروب",
    "tree": "árbol arbre árvore شجرة",
    "turquoise": "turquesa فيروزية",
    "violet": "violeta بنفسجية",
    "warm": "cálida chaude quente دافئ",
    "water": "agua eaux água مياه",
    "wave": "olas vagues ondas أمواج",
    "white": "blanco blanc branco أبيض",
    "woman": "mujer femme mulher امرأة",
}

_KNOWN = {
    form: [Known(word, table is _BEHIND) for word in words.split()]
    for table in (_BEFORE, _BEHIND)
    for words, forms in table.items()
    for form in forms.split()
}
_UNPARTED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
"""Japanese and Chinese, which have no blanks between words."""

_WITHIN = re.compile(
    "|".join(sorted(filter(_UNPARTED.search, _KNOWN), key=lambda form: (-len(form), form)))
)
_ARTICLES = re.compile("^(?:و?(?:بال|كال|ال|لل)|[وبل])(?=..)")
"""What Arabic writes together with the next word: and, in, for, the."""


def known(token: str) -> list[Known]:
    """Return what a word, or a clause without blanks, says in the engine's words; else itself.

    The words of a clause that are not known follow those that are.
    """
    if found := _KNOWN.get(token) or _KNOWN.get(_ARTICLES.sub("", token)):
        return found
    if not _UNPARTED.search(token):
        return [Known(token)]
    words = [word for form in _WITHIN.findall(token) for word in _KNOWN[form]]
    return words + [Known(rest) for rest in _WITHIN.split(token) if rest]
