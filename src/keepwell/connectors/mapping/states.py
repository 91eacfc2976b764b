"""What words of state are there? Of orders, subscriptions, intervals, costs, deals and contacts, in the languages of those who export."""

from collections.abc import Mapping

from keepwell.connectors.mapping.words import plain

STATES: Mapping[str, str] = {
    "paid": "paid complete completed fulfilled shipped delivered done closed success succeeded successful settled captured approved ok sold processed invoiced sent active confirmed "
    "maksettu valmis toimitettu lähetetty käsitelty laskutettu vahvistettu fizetve kifizetve teljesítve teljesített kiszállítva kézbesítve feladva lezárva kész sikeres "
    "已付款 已支付 已完成 交易成功 已发货 已签收 完成 已收货 支払済 支払済み 入金済 入金済み 完了 発送済 発送済み 配達済み 決済済み 出荷済み "
    "bezahlt abgeschlossen versandt geliefert erledigt payée payé terminé terminée expédiée livrée livré pagado completado enviado entregado",
    "pending": "pending processing open new unpaid on_hold awaiting awaiting_payment authorized authorised in_progress created draft quote payment_pending "
    "odottaa avoin maksamatta käsittelyssä uusi kesken függőben feldolgozás_alatt nyitott fizetésre_vár új fizetetlen 待付款 待发货 处理中 未付款 等待付款 "
    "未払い 未入金 保留 処理中 入金待ち 受付 offen ausstehend in_bearbeitung en_attente en_cours pendiente en_proceso",
    "failed": "failed declined rejected error payment_failed denied epäonnistui hylätty sikertelen elutasítva 失败 支付失败 失敗 決済失敗 fehlgeschlagen abgelehnt échoué refusé fallido rechazado",
    "cancelled": "cancelled canceled void voided expired abandoned cancel peruttu peruutettu mitätöity keskeytetty törölve lemondva visszavonva sztornó sztornózva stornózva 已取消 取消 已关闭 交易关闭 "
    "キャンセル キャンセル済み 取消 取り消し storniert abgebrochen annulé annulée cancelado anulado",
    "refunded": "refunded returned chargeback charged_back reversed hyvitetty palautettu visszatérítve visszaküldve visszáru 已退款 退款 退货 退款成功 返金済 返金済み 返品 "
    "erstattet zurückgegeben remboursé remboursée retourné reembolsado devuelto",
    "partly_refunded": "partly_refunded partially_refunded partial_refund osittain_hyvitetty osittain_palautettu részben_visszatérítve 部分退款 一部返金 teilweise_erstattet partiellement_remboursé "
    "parcialmente_reembolsado",
}  # fmt: skip
"""Canonical order status -> words for it."""

SUBSCRIPTION_STATES: Mapping[str, str] = {
    "paid": "paid active live running current non_renewing in_good_standing aktiivinen voimassa käynnissä aktív élő 有效 活跃 生效中 有効 利用中 契約中 aktiv actif active activo",
    "ended": "ended cancelled canceled expired churned terminated inactive closed päättynyt irtisanottu peruttu lemondott lemondva megszűnt lejárt 已取消 已过期 已到期 已终止 解約 解約済み 終了 満了 "
    "gekündigt beendet abgelaufen résilié terminé expiré cancelado finalizado",
    "trial": "trial trialing in_trial trialling free_trial koeaika kokeilu próba próbaidőszak 试用 试用中 トライアル 試用 お試し testphase essai prueba",
    "free": "free freemium ilmainen ingyenes 免费 無料 kostenlos gratuit gratis",
    "paused": "paused on_hold suspended frozen tauolla keskeytetty szüneteltetve felfüggesztve 暂停 已暂停 休止 一時停止 停止中 pausiert en_pause suspendu pausado",
    "past_due": "past_due overdue unpaid delinquent dunning erääntynyt maksamatta lejárt_tartozás hátralékos fizetetlen 逾期 欠费 未払い 延滞 überfällig en_retard impayé vencido",
}  # fmt: skip
"""Canonical subscription state -> words for it; "ended" is a paid stretch that must have an end."""

INTERVALS: Mapping[str, str] = {
    "day": "day daily d päivä päivittäin nap napi 日 每日 毎日 täglich jour journalier día diario",
    "week": "week weekly w viikko viikoittain hét heti 周 每周 週 毎週 woche wöchentlich semaine hebdomadaire semana semanal",
    "month": "month monthly m mo 1_month every_month kuukausi kuukausittain kk hónap havi havonta 月 每月 月付 毎月 月次 月額 monat monatlich mois mensuel mensuelle mes mensual",
    "quarter": "quarter quarterly q 3_months every_3_months neljännes neljännesvuosittain negyedév negyedéves 季 季度 每季 季付 四半期 quartal vierteljährlich trimestre trimestriel trimestral",
    "year": "year yearly annual annually y yr 12_months every_year vuosi vuosittain év éves évente 年 每年 年付 毎年 年次 年額 年間 jahr jährlich année annuel annuelle año anual",
}  # fmt: skip
"""Canonical billing interval -> words for it."""

PURPOSES: Mapping[str, str] = {
    "acquire": "acquire acquisition ads advertising marketing sales campaign google facebook meta prospecting hankinta mainonta markkinointi myynti szerzés hirdetés reklám 获客 广告 营销 推广 獲得 広告 広告費 宣伝 werbung publicité publicidad",
    "retain": "retain retention loyalty customer_success winback newsletter crm säilyttäminen kanta_asiakkuus uskollisuus megtartás hűségprogram 留存 维系 维护 维持 維持 継続 ロイヤルティ bindung kundenbindung fidélisation fidelización retención",
    "serve": "serve service support helpdesk delivery shipping hosting palvelu asiakaspalvelu tuki szolgáltatás ügyfélszolgálat támogatás 服务 客服 サービス サポート kundendienst servicio",
    "goods": "goods cogs cost_of_goods products inventory materials tavarat tuotteet áru árubeszerzés 商品 货物 进货 仕入 仕入れ 原価 waren wareneinsatz marchandises mercancía",
}  # fmt: skip
"""Canonical purpose of a cost -> words for it."""

OUTCOMES: Mapping[str, str] = {
    "won": "won closed_won win true yes voitettu sikeres megnyert nyert 赢单 成交 已成交 受注 成約 gewonnen gagné ganado",
    "lost": "lost closed_lost loss false no hävitty menetetty elvesztett vesztett 输单 失败 丢单 失注 verloren perdu perdido",
    "open": "open in_progress pipeline new qualified proposal negotiation appointmentscheduled contractsent avoin kesken nyitott folyamatban 进行中 跟进中 商談中 進行中 offen en_cours abierto",
}  # fmt: skip
"""Canonical outcome of a deal -> words for it."""

TICKET_STATES: Mapping[str, str] = {
    "open": "open new pending waiting on_hold hold in_progress processing assigned reopened unresolved avoin uusi odottaa kesken käsittelyssä työn_alla nyitott nyitva új függőben folyamatban várakozik 打开 新建 待处理 处理中 进行中 未解决 オープン 新規 未対応 対応中 処理中 保留 offen neu wartend wartet zugewiesen in_bearbeitung in_arbeit ouvert nouveau en_attente en_cours abierto nuevo pendiente en_proceso",
    "solved": "solved closed resolved done complete completed finished answered suljettu ratkaistu valmis lezárt lezárva megoldott megoldva kész 已解决 已关闭 关闭 完成 已完成 解決 解決済み クローズ 完了 対応済み 終了 geschlossen gelöst erledigt abgeschlossen behoben beantwortet fermé résolu clos terminé cerrado resuelto",
}  # fmt: skip
"""Canonical status of a ticket -> words for it."""

DIRECTIONS: Mapping[str, str] = {
    "out": "out outbound outgoing sent by_us lähtevä ulos kimenő 外呼 发出 発信 送信 ausgehend sortant saliente",
    "in": "in inbound incoming received by_them saapuva sisään bejövő 呼入 收到 着信 受信 eingehend entrant entrante",
}  # fmt: skip
"""Canonical direction of a touch -> words for it."""


def canonical(word: str, words: Mapping[str, str]) -> str | None:
    """The canonical word for a word of state, None where it is not known."""
    key = plain(word)
    return next((state for state, known in words.items() if key in {plain(each) for each in known.split()}), None)
