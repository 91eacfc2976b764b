"""By which words is a reason for leaving known? One short table, to be read, corrected and added to."""

WORDS: dict[str, tuple[str, ...]] = {
    "competitor": (
        "competitor", "competition", "switched to", "switching to", "another provider", "other provider", "other supplier",
        "kilpailija", "toinen toimittaja", "vaihdoin", "konkurrent", "annan leverantör", "versenytárs", "másik szolgáltató",
        "anbieterwechsel", "anderer anbieter", "anderen anbieter", "wettbewerb", "concurrent", "autre fournisseur", "competencia", "otro proveedor",
        "竞争", "别家", "其他供应商", "競合", "他社", "乗り換え",
    ),
    "moved or closed": (
        "moved", "moving", "relocat", "closed down", "closing down", "out of business", "bankrupt", "retired", "passed away", "deceased",
        "muutin", "muutimme", "muutto", "lopetimme", "konkurssi", "flytta", "flyttade", "lagt ner", "költöz", "megszűnt", "felszámol",
        "umzug", "umgezogen", "geschlossen", "insolven", "déménag", "fermé", "mudanza", "mudado", "cerramos", "搬家", "倒闭", "引っ越", "転居", "閉店", "廃業",
    ),
    "not needed": (
        "no longer need", "not needed", "no need", "don t need", "do not need", "not using", "not used", "never used", "unused", "too little use",
        "ei enää tarvetta", "en tarvitse", "emme tarvitse", "ei tarvetta", "ei käyttöä", "behöver inte", "använder inte", "nincs szükség", "nem használ",
        "nicht mehr benötigt", "brauche nicht", "brauchen nicht", "kein bedarf", "nicht genutzt", "plus besoin", "pas besoin", "n utilise",
        "ya no necesit", "no necesit", "no uso", "不需要", "用不到", "没有用", "必要なく", "不要", "使わな", "使って い ない", "使っていない",
    ),
    "service": (
        "service", "support", "slow", "slower", "late", "delay", "nobody told", "no answer", "no reply", "rude", "unfriendly", "waiting",
        "palvelu", "asiakaspalvelu", "hidas", "myöhäss", "tuki", "kundtjänst", "bemötande", "långsam", "försenad", "kiszolgálás", "ügyfélszolgálat",
        "lassú", "késett", "késik", "kundendienst", "kundenservice", "langsam", "verspät", "lent", "retard", "servicio", "lento", "retraso",
        "服务", "客服", "太慢", "迟到", "サービス", "サポート", "遅い", "遅れ", "対応",
    ),
    "quality": (
        "quality", "broken", "damaged", "defect", "bug", "bugs", "error", "unreliable", "missing feature", "missing function", "does not work", "doesn t work",
        "laatu", "rikki", "viallinen", "virhe", "puuttuu", "ei toimi", "kvalitet", "trasig", "fel på", "fungerar inte", "minőség", "hibás", "törött",
        "nem működik", "hiányzik", "qualität", "kaputt", "defekt", "fehler", "funktioniert nicht", "qualité", "cassé", "défaut", "ne marche pas",
        "calidad", "roto", "defectuoso", "no funciona", "质量", "坏了", "故障", "缺少", "品質", "壊れ", "不具合", "故障",
    ),
    "price": (
        "price", "pricing", "expensive", "costly", "cost", "costs", "budget", "too dear", "a bit dear", "cheaper", "afford", "too much money",
        "hinta", "hinnan", "kallis", "kalliimpi", "halvempi", "liian kallista", "pris", "priset", "dyr", "dyrt", "billigare", "ár", "ára", "drága", "olcsóbb",
        "preis", "teuer", "billiger", "prix", "cher", "trop cher", "moins cher", "precio", "caro", "cara", "más barato",
        "价格", "太贵", "便宜", "预算", "価格", "値段", "高い", "高すぎ", "料金", "予算",
    ),
    "payment failed": (
        "payment failed", "payment failure", "card expired", "card declined", "non payment", "nonpayment", "not paid", "unpaid", "past due", "involuntary",
        "maksu epäonnistui", "kortti vanhentunut", "betalning misslyckades", "sikertelen fizetés", "zahlung fehlgeschlagen", "paiement refusé",
        "pago rechazado", "付款失败", "支払い失敗", "決済失敗",
    ),
}  # fmt: skip
"""
Root reason -> words and beginnings of words, lower case, without punctuation: English, Finnish, Swedish, Hungarian, German, French, Spanish, Chinese, Japanese.

A text has the first root one of whose words it has: what is more telling stands higher ("switched to a cheaper competitor").
A word in letters is looked for at the start of words ("moved" is not in "removed"), one in signs anywhere. A word of at most
four letters must be a whole word. What is denied does not count ("not expensive"), see leaving_denials.
"""
