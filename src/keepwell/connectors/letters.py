"""In which encoding do these bytes make words? Told by the alphabets of languages, by common characters, and by known headings."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from keepwell.connectors.mapping.states import OUTCOMES, STATES, SUBSCRIPTION_STATES
from keepwell.connectors.mapping.words import FIELDS

ALPHABETS = {
    "Finnish or Swedish": "åäöšž",
    "German": "äöüß",
    "French": "àâæçéèêëîïôœùûüÿ",
    "Spanish": "áéíñóúü",
    "Italian": "àèéìíîòóùú",
    "Portuguese": "àáâãçéêíóôõúü",
    "Danish or Norwegian": "æøåéäöüó",
    "Dutch": "áèéëïóöü",
    "Icelandic": "áéíóúýðþæö",
    "Estonian": "äöõüšž",
    "Hungarian": "áéíóöőúüű",
    "Polish": "ąćęłńóśźż",
    "Czech or Slovak": "áäčďéěíĺľňóôŕřšťúůýž",
    "Croatian or Slovene": "čćđšž",
    "Romanian": "ăâîşţ",
    "Turkish": "çğıöşüâî\u0307",
    "Latvian": "āčēģīķļņšūž",
    "Lithuanian": "ąčęėįšųūž",
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
}
"""Language -> its letters beyond the plain Latin ones."""

SINGLE = {
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "iso8859_2": "Latin-2",
    "cp1257": "Windows-1257",
    "koi8_r": "KOI8-R",
    "mac_roman": "Mac Roman",
}
"""Encodings of one byte a letter -> what people call them; of equals the first is taken."""

COMMON = {
    "cp932": "注文番号顧客会員日時付金額合計商品名数量単価状態完了発送済東京都県市区町村大阪山田中佐藤鈴木高橋伊渡辺小林加吉本井口石川松",
    "gb18030": (
        "的一是不了在人有我他这中来上大为和国地到以时要出会可你生下自年后里用道行所家方多经么学起看天分还进好小部主样心前但因想日手十成本"
        "订单号客户编日期金额价格数量商品名称姓手机地址店铺状态已付款完成取消备注元会员交易时间退货发省市区县路街楼室先女士公司有限"
        "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛"
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志海云飞鹏婷雪梅"
    ),
    "big5": (
        "的一是不了在人有我他這中來上大為和國地到以時要出會可你生下自年後用道行所家方多經學起看天分還進好小部主心前但因想日手十成本"
        "訂單號客戶編日期金額價格數量商品名稱姓手機地址店鋪狀態已付款完成取消備註元會員交易時間退貨發市區縣路街樓號室先生女士公司有限台臺北高雄"
        "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴徐周葉蘇莊呂江何蕭羅潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜"
        "雅婷怡君宜淑芬美玲惠志明家豪俊傑文雄建宏華玉秀麗芳英"
    ),
    "cp949": (
        "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지현수영미은준호희경숙자순옥연혜원재동석훈상철용태기선"
        "나라인도시리사다는을가에의로대부화소번객일금액량품명결제료취배송않것들그년월건"
    ),
    "euc_jp": "注文番号顧客会員日時付金額合計商品名数量単価状態完了発送済東京都県市区町村大阪山田中佐藤鈴木高橋伊渡辺小林加吉本井口石川松",
}
"""Encodings of several bytes a character -> characters that are common in what is written in them (kana besides)."""
CALLED = SINGLE | {
    "cp932": "Shift-JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "euc_jp": "EUC-JP",
    "latin-1": "Latin-1",
}
"""Encoding -> what people call it."""

_WORD = re.compile(r"[^\x00-\x40\[-`{-\x7f\s’‘“”„«»–—…€£¥°§©®™·º×¿¡]+")
_CUT = re.compile(r"[,;\t|]")
_PLANES: dict[str, tuple[str, range]] = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
    "cp932": ("euc_jp", range(0xB0, 0xD0)),
    "euc_jp": ("euc_jp", range(0xB0, 0xD0)),
}
"""Encoding -> the standard, and the lead bytes of its characters of everyday writing."""


@dataclass(frozen=True)
class Reading:
    """
    What a sample is in one encoding.

    Args:
        encoding: Its name in Python.
        headings: Known headings and words of state that appear, of those with more than plain letters.
        sense: 0 to 2: how much of it is writing.
        words: How many words tell of the encoding.
    """

    encoding: str
    headings: int
    sense: float
    words: int

    @property
    def score(self) -> float:
        """Writing counts up to 2, every known heading 1."""
        return self.sense + min(self.headings, 5)


def readings(sample: Sequence[bytes]) -> list[Reading]:
    """A sample of lines in every encoding, the likeliest first; where it makes equal sense, in the order above."""
    whole = b"\n".join(sample)
    found = [_read(encoding, whole, _single) for encoding in SINGLE]
    found += [_read(encoding, whole, _several) for encoding in COMMON]
    return sorted(found, key=lambda reading: -round(reading.score, 1))


def _read(encoding: str, whole: bytes, sense: Callable[[str, str], tuple[float, int]]) -> Reading:
    text = whole.decode(encoding, "replace")
    cells = {
        " ".join(cell.strip(" \"\r'").casefold().split()).replace(" ", "_")
        for cell in _CUT.split(text.replace("\n", ","))
    }
    made, words = sense(encoding, text)
    return Reading(encoding, len(cells & _known()), made, words)


@cache
def _known() -> frozenset[str]:
    """Headings and words of state with more than plain letters."""
    texts = [text for fields in FIELDS.values() for text in fields.values()]
    texts += [text for words in (STATES, SUBSCRIPTION_STATES, OUTCOMES) for text in words.values()]
    return frozenset(word for text in texts for word in text.split() if not word.isascii())


def _single(_encoding: str, text: str) -> tuple[float, int]:
    """The share of words that are of some language, and of the commonest one; a letter alone is no word."""
    words = {word for word in _WORD.findall(text) if not word.isascii() and len(word) > 1}
    if not words:
        return 0.0, 0
    own = {name: sum(_of(word, letters) for word in words) for name, letters in ALPHABETS.items()}
    some = sum(any(_of(word, letters) for letters in ALPHABETS.values()) for word in words)
    return (some + max(own.values())) / len(words), len(words)


def _of(word: str, letters: str) -> bool:
    """Whether a word can be of a language: its letters, of one script, no capital inside."""
    strange = {letter for letter in word.lower() if not letter.isascii()}
    latin = any("a" <= letter <= "z" for letter in word.lower())
    inside = any(b.isupper() and a.islower() and not b.isascii() for a, b in pairwise(word))
    return strange <= set(letters) and not inside and not (latin and letters[0] in "аα")


def _several(encoding: str, text: str) -> tuple[float, int]:
    """The share of characters of everyday writing, if it is high, and of common ones."""
    letters = [letter for letter in text if not letter.isascii() and letter not in _MARKS]
    if not letters:
        return 0.0, 0
    standard, leads = _PLANES[encoding]
    kana = encoding in ("cp932", "euc_jp")
    plain = sum(_everyday(letter, standard, leads) or (kana and "ぁ" <= letter <= "ヿ") for letter in letters)
    common = sum(letter in COMMON[encoding] or (kana and "ぁ" <= letter <= "ヿ") for letter in letters)
    share, often = plain / len(letters), common / len(letters)
    return (0.0 if share < 0.8 or often < 0.1 else share + min(1.0, 3 * often)), len(letters)


_MARKS = frozenset("、。「」『』（）・〜～，．：；！？“”‘’—…￥¥　《》【】〇％＋－／＊")


@cache
def _everyday(letter: str, standard: str, leads: range) -> bool:
    try:
        spelt = letter.encode(standard)
    except UnicodeEncodeError:
        return False
    return len(spelt) == 2 and spelt[0] in leads
