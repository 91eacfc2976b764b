"""What is a currency? The codes of ISO 4217, those of today and those that were money once."""

_NOW = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF
    XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
"""
_ONCE = """
    ADP AFA ALK ANG AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BOP BRB BRC BRE BRN BRR BUK BYB
    BYR CHC CSD CSJ CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE GRD GWE GWP HRD HRK
    IEP ILP ILR ISJ ITL LAJ LSM LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MVQ MXP MZE MZM NIC NLG PEH PEI PES
    PLZ PTE RHD ROK ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR TMM TPE TRL UAK UGS UGW USS UYN UYP VEB VEF VNC XEU
    XFO XFU XRE YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWL ZWN ZWR
"""

CURRENT = frozenset(
    code for code in _NOW.split() if not code.startswith("X") or code in ("XAF", "XCD", "XOF", "XPF", "XCG")
)
"""Those books are kept in today; no metals, no units of account."""
CODES = frozenset([*_NOW.split(), *_ONCE.split()])
"""ISO 4217, list one (currencies and funds in use) and list three (former ones), without XTS (a test) and XXX (no currency)."""

WANTED = "an ISO 4217 code in capital letters, such as EUR"
"""What a currency is, in words."""
REMEDY = "Give the ISO 4217 code, such as EUR; points and crypto-currencies (BTC, USDT …) are booked in the money they were worth."
"""What to do about what is none."""

SPOKEN = {"EURO": "EUR", "EUROS": "EUR", "€": "EUR", "US$": "USD", "£": "GBP", "FORINT": "HUF", "FT": "HUF"}
SPOKEN |= {
    "RMB": "CNY",
    "YUAN": "CNY",
    "YEN": "JPY",
    "円": "JPY",
    "人民币": "CNY",
    "ZŁ": "PLN",
    "ZŁOTY": "PLN",
    "KČ": "CZK",
}
"""What people write, in capitals, where it can only be one currency -> its code; $, ¥ and kr are several."""


def meant(word: str) -> str:
    """The code a word means where it is plain which ("euro", "usd"); empty where it is not."""
    word = word.strip().upper()
    return word if word in CODES else SPOKEN.get(word, "")
