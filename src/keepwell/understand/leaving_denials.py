"""When is a reason denied? "Not expensive" is no complaint about the price: the words of denying, in the languages of leaving_words."""

from collections.abc import Iterable

NOT = (
    "not", "no", "never", "isn t", "wasn t", "aren t", "weren t", "neither", "without", "nothing", "don t think", "didn t think", "do not think",
    "don t find", "didn t find", "ei", "eivät", "eikä", "ilman", "inte", "inga", "ingen", "inget", "aldrig", "varken", "nem", "sem", "soha", "nincs", "nincsenek",
    "nicht", "kein", "keine", "keinen", "keiner", "keinerlei", "nie", "weder", "ohne", "pas", "jamais", "aucun", "aucune", "ni", "sans",
    "nunca", "tampoco", "sin", "ningún", "ninguna",
)  # fmt: skip
"""What denies the word after it."""

BETWEEN = (
    "the", "a", "an", "any", "it", "that", "this", "they", "you", "is", "was", "are", "were", "s", "been", "too", "very", "so", "as", "really", "at all", "at",
    "all", "much", "particularly", "especially", "overly", "because of", "due to", "about", "for", "had", "once", "ever", "my", "our", "your",
    "ole", "ollut", "olleet", "se", "liian", "kovin", "niin", "erityisen", "mitään", "ollenkaan",
    "för", "så", "särskilt", "alls", "var", "är", "varit", "det", "den", "på grund av", "om", "några",
    "volt", "voltak", "túl", "olyan", "annyira", "is", "az", "egy",
    "zu", "sehr", "allzu", "besonders", "wirklich", "der", "die", "das", "dem", "den", "ein", "eine", "einen", "wegen", "am", "an", "im", "ist", "war",
    "trop", "si", "très", "tellement", "vraiment", "du tout", "du", "de", "des", "d", "le", "la", "les", "l", "un", "une", "à cause", "était", "est", "n", "ne", "c",
    "es", "era", "fue", "son", "eran", "está", "estaba", "ha sido", "muy", "tan", "demasiado", "nada", "por", "el", "los", "las", "una", "hubo", "tuve",
)  # fmt: skip
"""What may stand between the denying and the denied word, and between a word and its denying."""

BLAMED = (
    "high", "bad", "poor", "expensive", "slow", "reason", "reasons", "problem", "problems", "issue", "cause", "wrong",
    "korkea", "huono", "kallis", "syy", "ongelma", "este", "vika", "hög", "högt", "dyr", "dyrt", "dålig", "dåligt", "problem", "problemet", "orsaken", "anledningen", "skälet",
    "magas", "rossz", "drága", "lassú", "probléma", "gond", "baj", "ok", "oka", "hoch", "schlecht", "teuer", "langsam", "grund", "problem", "schuld",
    "élevé", "mauvais", "mauvaise", "cher", "chère", "lent", "raison", "problème", "cause",
    "alto", "alta", "malo", "mala", "caro", "cara", "lento", "lenta", "problema", "motivo", "razón", "causa",
)  # fmt: skip
"""What a word is not, where it is denied after it: "the price was not the problem"."""

ALSO = ("or", "nor", "oder", "noch", "ou", "ni", "o", "tai", "eikä", "eller", "vagy", "sem")
"""What carries a denial on: "neither slow nor expensive"."""

MISSED = frozenset({
    "service", "support", "quality", "afford", "cheaper", "budget", "palvelu", "asiakaspalvelu", "tuki", "laatu", "halvempi",
    "kundtjänst", "bemötande", "kvalitet", "billigare", "kiszolgálás", "ügyfélszolgálat", "minőség", "olcsóbb", "kundendienst", "kundenservice",
    "qualität", "billiger", "qualité", "moins cher", "servicio", "calidad", "más barato", "too much money",
    "服务", "客服", "质量", "便宜", "预算", "サービス", "サポート", "対応", "品質", "予算",
})  # fmt: skip
"""Words that stay a complaint when "not" or "no" stands before them: "no service", "not cheaper", "could not afford"."""

SINGLE_SIGN = 0x2E80
"""From this sign on scripts are written without blanks."""

_SIGNS_BEFORE = "(?:不是|不算|并不|并非|并没有|没有|没|不)(?:因为)?(?:太|很|那么|特别)?(?:{words})"
_SIGNS_AFTER = (
    "(?:{words})(?:也|并|都|倒)?(?:不是|没有|没)(?:什么|主要)?(?:问题|原因|理由)",
    "(?:{words})(?:也|并|都|倒)?不(?:太|算|是很|是太)?(?:贵|高|差|慢)",
    "(?:{words})(?:が|は|も|の)?(?:高|悪|遅)(?:い(?:わけ|の|こと)(?:で|じゃ)は?|く(?:は)?|すぎ)(?:な[いくか]|ありません)",
    "(?:{words})(?:が|は|も|の)?(?:理由|問題|原因|せい)?(?:だ|という)?(?:わけ|の|こと)?(?:で|じゃ)(?:は|も)?(?:な[いくか]|ありません)",
    "(?:{words})(?:が|は|も|に|の)?(?:問題|不満)(?:は|も)?(?:な[いくか]|ありません)",
)
_SIGNS_NONE = "(?:{words})(?:は|も|て(?:は)?い|とは思わ|とは感じ)?(?:な[いくかし]|ません|ありません)"


def patterns(words: Iterable[str]) -> list[str]:
    """
    What to cut out of a text before reasons are looked for.

    The text has one blank before and one after each word, so two between words.

    Args:
        words: All words of all reasons, lower case.
    """
    told = sorted(words, key=lambda word: (-len(word), word))
    letters, signs = ([w for w in told if (ord(w[0]) >= SINGLE_SIGN) == apart] for apart in (False, True))
    found = []
    if letters:
        some, every = _any(w for w in letters if w not in MISSED), _any(letters)
        never, between, also = _whole(NOT), f"(?:{_whole(BETWEEN)})*", _whole(ALSO)
        found.append(f"{every}{between}(?:{never}){between}(?:{_whole(BLAMED)})")
        found.append(
            f"(?:{_whole(('not because of', 'not due to', 'nicht wegen', 'pas à cause de', 'pas à cause du', 'no por'))}){between}{every}"
        )
        if some:
            found.append(f"(?:{never}){between}{some}(?:(?:{also}){between}{some})*")
    if signs:
        every, some_ = "|".join(signs), "|".join(w for w in signs if w not in MISSED)
        found += [pattern.format(words=every) for pattern in _SIGNS_AFTER]
        found += [pattern.format(words=some_) for pattern in (_SIGNS_BEFORE, _SIGNS_NONE) if some_]
    return found


def _any(words: Iterable[str]) -> str:
    """Any of the words: long ones as a beginning, short ones whole, as leaving looks for them."""
    told = [f" {'  '.join(word.split())}{' ' if len(word) <= 4 else '[^ ]* '}" for word in words]
    return f"(?:{'|'.join(told)})" if told else ""


def _whole(words: Iterable[str]) -> str:
    return "|".join(f" {'  '.join(word.split())} " for word in dict.fromkeys(words))
