"""What may a column be called? Headings in the languages of those who export tables."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

_CURRENCIES = frozenset(
    [
        "aed",
        "ars",
        "aud",
        "bgn",
        "brl",
        "cad",
        "chf",
        "clp",
        "cny",
        "cop",
        "czk",
        "dkk",
        "egp",
        "eur",
        "gbp",
        "hkd",
        "huf",
        "idr",
        "ils",
        "inr",
        "isk",
        "jpy",
        "krw",
        "kwd",
        "mad",
        "mxn",
        "myr",
        "nok",
        "nzd",
        "pen",
        "php",
        "pln",
        "qar",
        "ron",
        "rsd",
        "rub",
        "sar",
        "sek",
        "sgd",
        "thb",
        "try",
        "twd",
        "uah",
        "usd",
        "vnd",
        "zar",
    ]
)
_SPOKEN = {
    "dollar": "usd",
    "dollars": "usd",
    "euro": "eur",
    "euros": "eur",
    "euroa": "eur",
    "pound": "gbp",
    "pounds": "gbp",
    "forint": "huf",
}
_SPOKEN |= {
    "ft": "huf",
    "yen": "jpy",
    "円": "jpy",
    "元": "cny",
    "rmb": "cny",
    "kr": "sek",
    "€": "eur",
    "$": "usd",
    "£": "gbp",
    "¥": "jpy",
}
_NEUTRAL = (
    frozenset(["the", "of", "my", "our", "a", "in", "utc", "gmt", "local", "incl", "including"])
    | _CURRENCIES
    | set(_SPOKEN)
)

_CUSTOMER = (
    "customer_id customer customerno customer_nr customer_number customer_code customer_key custid cust_id cust client_id client client_no user_id user "
    "userid uid account_id account account_number member_id member member_number buyer_id buyer shopper_id subscriber_id contact_id person_id patient_id "
    "company_id company tenant_id household_id household household_key customer_unique_id customer_ref client_ref account_no consumer_id patron_id guest_id loyalty_id loyalty_number loyalty_card loyalty_card_id loyalty_card_no loyalty_card_number club_card hshd_num card_id card_no card_number cardholder_id unique_id visitor_id party_id "
    "asiakas asiakas_id asiakasnumero asiakasnro asiakastunnus asiakkaan_numero kanta_asiakasnumero jäsennumero "
    "ügyfél ügyfél_id ügyfélazonosító ügyfél_azonosító ügyfélkód ügyfélszám vevő vevőkód vevő_kód vevő_id vevőazonosító vevő_azonosító vásárló vásárló_id "
    "vásárlóazonosító partner partnerkód felhasználó felhasználó_id "
    "客户 客户编号 客户id 客户号 客户代码 会员 会员编号 会员id 会员号 用户 用户id 用户编号 顾客 顾客编号 顾客id 买家 买家id 买家会员名 "
    "顧客 顧客id 顧客番号 顧客コード 会員 会員id 会員番号 会員コード お客様番号 お客様id 得意先コード 得意先 得意先番号 ユーザーid ユーザid 購入者id "
    "kunde kunden_id kundennummer kundennr kunden_nr kdnr kunden_nummer debitor debitorennummer kundin kd kd_nr kd_nummer kunden kundenkonto kundencode kundenkennung mitgliedsnummer mitglieds_nr debitor_nr client_numéro numéro_client no_client id_client "
    "code_client cliente id_cliente cliente_id código_cliente número_cliente client_numero client_n n_client num_client référence_client abonné cliente_n n_cliente núm_cliente nº_cliente cod_cliente socio número_socio as_nro asiakas_nro"
)
_EMAIL = (
    "email e_mail email_address e_mail_address mail customer_email customer_email_address buyer_email contact_email user_email billing_email "
    "sähköposti sähköpostiosoite email_osoite asiakkaan_sähköposti e_mail_cím email_cím ügyfél_email vevő_email drótposta 邮箱 电子邮箱 电子邮件 客户邮箱 "
    "メール メールアドレス eメール 電子メール e_mail_adresse emailadresse courriel mailadresse e_mail_kunde kunden_email adresse_mail adresse_e_mail adresse_email correo correo_electrónico"
)
_DATE = (
    "date day datetime date_time timestamp time when created created_at created_on created_date päivä päivämäärä pvm aika aikaleima luotu dátum nap "
    "időpont idő keltezés kelt 日期 时间 日時 日付 年月日 datum zeitpunkt zeit date_heure fecha fecha_hora wann tag quand cuándo milloin mikor 何時 什么时候"
)
_ORDER_DATE = (
    "ordered_at order_date orderdate order_time order_datetime order_timestamp order_created_at ordered_on date_ordered invoice_date invoicedate invoice_datetime "
    "purchase_date purchased_at purchase_time transaction_date transaction_time transaction_datetime transaction_timestamp transaction_at trans_time trans_timestamp trans_date txn_date sale_date sales_date sold_at "
    "order_purchase_timestamp paid_at payment_date paid_on posting_date booking_date receipt_date receipt_time ticket_date sale_time sale_timestamp sold_on purchased_on purchase_timestamp purchase_datetime bought_at placed_at checkout_time basket_date "
    "tilauspäivä tilauspvm tilauksen_päivämäärä tilausaika ostopäivä ostopvm ostoaika laskun_päivämäärä laskupäivä laskun_pvm myyntipäivä kuittipäivä maksupäivä "
    "rendelés_dátuma rendelés_ideje rendelésdátum rendelési_dátum megrendelés_dátuma vásárlás_dátuma vásárlás_ideje számla_dátuma számla_kelte teljesítés_dátuma "
    "订单日期 下单时间 下单日期 订单时间 订单创建时间 购买日期 购买时间 交易日期 交易时间 付款时间 销售日期 订单付款时间 "
    "注文日 注文日時 注文日付 購入日 購入日時 受注日 受注日時 売上日 取引日 取引日時 決済日 "
    "bestelldatum bestellt_am rechnungsdatum auftragsdatum kaufdatum belegdatum verkaufsdatum beleg_datum rechnung_vom gekauft_am bestellzeitpunkt umsatzdatum buchungsdatum tositepäivä tositteen_päivä bizonylat_kelte bizonylat_dátuma fecha_venta fecha_de_venta fecha_recibo fecha_documento date_vente date_de_vente date_du_ticket date_de_la_commande date_document date_ticket date_reçu 伝票日付 单据日期 date_commande date_de_commande date_facture date_de_facture "
    "date_achat date_d_achat fecha_pedido fecha_de_pedido fecha_factura fecha_compra fecha_de_compra"
)
_ORDER_ID = (
    "order_id order order_no order_nr order_number orderno ordernumber order_code order_ref order_reference order_name invoice_id invoice invoice_no invoiceno "
    "invoice_number transaction_id transaction transaction_no transaction_number trans_id txn_id receipt receipt_id receipt_no receipt_number sale_id sales_id "
    "purchase_id basket_id basket basket_no basket_num basket_number ticket_id bill_no document_no payment_id reference "
    "tilaus tilausnumero tilaus_id tilausnro tilauksen_numero tilaustunnus laskun_numero laskunumero lasku kuitti kuittinumero kuitin_numero "
    "rendelés rendelésszám rendelés_száma rendelési_szám rendelés_azonosító rendelésazonosító rendelés_id megrendelés megrendelésszám számla számlaszám "
    "számla_száma számla_sorszáma bizonylatszám bizonylat tranzakció_azonosító nyugtaszám "
    "订单 订单号 订单编号 订单id 交易号 交易编号 交易订单号 发票号 单号 流水号 "
    "注文 注文番号 注文id 注文no 受注番号 受注id 伝票番号 取引番号 取引id 請求書番号 売上番号 "
    "bestellung bestellnummer bestell_nr bestellnr rechnung rechnungsnummer rechnungsnr rechnungs_nr auftrag auftragsnummer belegnummer beleg_nr beleg belegnr beleg_id bon bonnummer bon_nr kassenbon vorgang vorgangsnummer auftrags_nr auftragsnr re_nr renr bestell_id tosite tositenumero tositenro n_commande num_commande n_facture num_facture ticket numéro_ticket reçu pièce numéro_pièce n_pedido nº_pedido n_factura nº_factura recibo número_recibo 单据号 単据編号 commande "
    "numéro_commande numéro_de_commande no_commande id_commande facture numéro_facture pedido número_pedido número_de_pedido id_pedido factura número_factura"
)
_TOTAL = (
    "gross total order_total total_amount grand_total order_amount order_value total_price total_paid amount_paid paid_amount invoice_total invoice_amount "
    "total_sales gross_sales gross_amount order_total_amount basket_value basket_total receipt_total transaction_total sales_value sale_value amount_spent total_spend transaction_amount transaction_value purchase_amount revenue sales turnover spend spent "
    "payment_value total_due net_sales sales_amount sale_amount totalprice monetary "
    "loppusumma kokonaissumma yhteensä yhteissumma tilauksen_summa tilaussumma maksettu_summa bruttosumma laskun_summa myynti liikevaihto "
    "végösszeg összesen fizetendő fizetett_összeg rendelés_értéke rendelés_összege bruttó bruttó_összeg bruttó_végösszeg számla_végösszeg forgalom teljes_összeg "
    "总金额 订单金额 订单总额 实付金额 合计 总价 付款金额 交易金额 支付金额 销售额 买家实际支付金额 应付金额 总计 "
    "合計 合計金額 総額 注文金額 注文合計 購入金額 支払金額 請求金額 売上 売上金額 総合計 お支払い金額 決済金額 "
    "gesamt gesamtbetrag gesamtsumme rechnungsbetrag endbetrag bruttobetrag brutto umsatz bestellwert brutto_betrag betrag_brutto summe_brutto brutto_summe umsatz_brutto rechnungssumme zahlbetrag warenwert bestellsumme betrag_netto nettobetrag netto_betrag netto umsatz_netto nettosumme summe_netto montant_net montant_ht total_ht total_net importe_neto total_neto importe_bruto nettosumma veroton_summa nettó nettó_összeg 净额 税抜金額 total_ttc montant_total montant_ttc total_general "
    "importe_total total_pedido"
)
_AMOUNT = "amount value price sum money cost paid summa hinta arvo euroa összeg érték ár 金额 价格 金額 価格 価額 betrag wert preis summe montant prix importe precio valor monto"
_STATUS = (
    "status state order_status payment_status financial_status tila tilauksen_tila maksun_tila tilanne állapot státusz rendelés_állapota fizetés_állapota "
    "状态 订单状态 支付状态 交易状态 ステータス 状態 注文状況 注文ステータス 注文状態 支払状況 bestellstatus zahlungsstatus statut zustand auftragsstatus rechnungsstatus zahlstatus zahlungszustand bearbeitungsstand vaihe_tila situation état statut_commande estado estado_pedido"
)
_COUNTRY = "country country_code land maa ország országkód 国家 国 国名 pays país shipping_country billing_country nation maakoodi toimitusmaa szállítási_ország 国家地区 lieferland länder staat kundenland país_cliente"
_NAME = (
    "name full_name fullname customer_name client_name account_name company_name buyer_name contact_name nimi asiakkaan_nimi asiakasnimi yritys név teljes_név ügyfél_neve "
    "ügyfélnév vevő_neve vásárló_neve 姓名 名称 客户名称 客户姓名 名前 氏名 顧客名 お名前 kundenname name_des_kunden kunde_name name_kunde firma firma_name firmenname firmenbezeichnung unternehmen kundenbezeichnung vor_und_nachname nom_du_client nom_complet raison_sociale société entreprise nombre_del_cliente nombre_completo razón_social empresa asiakkaan_nimi_yritys yrityksen_nimi cégnév cég ügyfél_név 会社名 公司名称 客户全称 nom nom_client nombre nombre_cliente"
)
_PERSON = {
    "email": _EMAIL,
    "name": _NAME,
    "first_name": "first_name firstname given_name etunimi keresztnév utónév 名 vorname prénom",
    "last_name": "last_name lastname surname family_name sukunimi vezetéknév családnév 姓 nachname",
    "phone": "phone phone_number telephone mobile tel puhelin puhelinnumero matkapuhelin telefon telefonszám mobil 电话 手机 手机号 電話 電話番号 téléphone teléfono telefonnummer",
    "country": _COUNTRY,
}
_ENTRY = "currency currency_code valuutta pénznem deviza devizanem 货币 币种 通貨 währung whg wkz währungskennzeichen valuta_koodi monnaie divisa devise moneda"
_QUANTITY = "quantity qty units count pieces items number_of_items item_count määrä kpl lukumäärä kappalemäärä mennyiség darab db darabszám 数量 件数 個数 購入数量 menge anzahl stück quantité cantidad"
_EVENT_TIME = "happened_at event_time event_timestamp event_date occurred_at event_at visited_at logged_at login_time timestamp_utc tapahtuma_aika tapahtumapäivä esemény_időpontja esemény_ideje 事件时间 发生时间 イベント日時 発生日時"

TOTALS = (
    "total", "totals", "grand total", "sum", "sub total", "subtotal", "summe", "summen", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt",
    "zwischensumme", "yhteensä", "kaikki yhteensä", "loppusumma", "välisumma", "összesen", "mindösszesen", "végösszeg", "részösszeg", "合计", "总计", "小计",
    "共计", "合計", "総計", "総合計", "小計", "somme", "totaux", "total général", "sous-total", "total general", "suma total",
)  # fmt: skip
"""What stands where a number is wanted in a line of sums."""

FIELDS: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "customer_id": _CUSTOMER + " id tunnus azonosító 编号 番号",
        **_PERSON,
        "account_id": "account_id account account_number account_no company_id tenant_id organization_id organisation_id org_id household_id household",
        "kind": "kind customer_kind",
        "acquired_at": (
            "acquired_at signup_date sign_up_date signed_up_at signup registered registered_at registration_date join_date joined joined_at joined_on "
            "customer_since member_since date_joined date_created first_seen enrolled_at enrollment_date became_customer liittymispäivä rekisteröitymispäivä "
            "asiakkuus_alkoi rekisteröity regisztráció regisztráció_dátuma regisztrált csatlakozás_dátuma 注册时间 注册日期 入会时间 登録日 登録日時 入会日 会員登録日 "
            "registrierungsdatum registriert_am kunde_seit kundin_seit kundenseit mitglied_seit angelegt_am angelegt anlagedatum erfasst_am erstellt_am eintrittsdatum beitritt beigetreten_am asiakas_alkaen asiakkaana_alkaen asiakkuuden_alku luotu_pvm ügyfél_óta ügyfél_kezdete client_depuis créé_le inscrit_le date_de_création date_d_inscription cliente_desde creado_el alta fecha_alta fecha_de_alta 客户自 成为客户 顧客になった日 date_inscription fecha_registro " + _DATE
        ),
        "source": "source acquisition_channel acquisition_source channel lead_source utm_source referrer lähde kanava forrás csatorna 来源 渠道 流入元 経路 quelle kanal canal origine herkunft werbekanal provenance procedencia",
        "language": "language lang locale kieli nyelv 语言 言語 sprache langue idioma",
        "time_zone": "time_zone timezone tz aikavyöhyke időzóna 时区 タイムゾーン",
        "birthday": "birthday birth_date date_of_birth birthdate dob syntymäaika syntymäpäivä születési_dátum születésnap 生日 出生日期 生年月日 誕生日 geburtsdatum date_naissance fecha_nacimiento",
        "owner": "owner account_owner account_manager contact_owner sales_rep salesperson csm myyjä vastuuhenkilö értékesítő kapcsolattartó 负责人 担当者 betreuer",
    },
    "orders": {
        "order_id": _ORDER_ID + " id",
        "customer_id": _CUSTOMER,
        **_PERSON,
        "ordered_at": _ORDER_DATE + " " + _DATE,
        "clock": "time order_time time_of_day transaction_time trans_time purchase_time sale_time receipt_time time_utc kellonaika aika idő időpont 时间 時刻 時間 uhrzeit zeit heure hora",
        "clock_zone": "time_zone timezone tz zone store_timezone store_time_zone store_tz order_timezone aikavyöhyke időzóna 时区 タイムゾーン zeitzone fuseau_horaire zona_horaria",
        "currency": _ENTRY,
        "gross": _TOTAL + " " + _AMOUNT,
        "discount": "discount discount_amount total_discount discounts alennus alennuksen_määrä kedvezmény kedvezmény_összege 折扣 优惠 优惠金额 折扣金额 割引 割引額 値引 値引額 rabatt rabattbetrag nachlass preisnachlass skonto gutschein réduction rabais remise descuento",
        "tax": "tax taxes tax_amount vat vat_amount sales_tax vero alv alv_määrä arvonlisävero áfa áfa_összege adó 税 税额 税费 税額 消費税 steuer mwst ust tva iva impuesto",
        "shipping": (
            "shipping shipping_cost shipping_amount shipping_fee freight delivery_fee postage toimituskulut toimitusmaksu rahti szállítás szállítási_díj "
            "szállítási_költség 运费 邮费 送料 配送料 versand versandkosten frais_de_port envío gastos_envío"
        ),
        "refunded": (
            "refunded refund refunded_amount amount_refunded refund_amount total_refunded hyvitetty hyvitys palautettu_summa visszatérített visszatérítés "
            "visszatérített_összeg 退款 退款金额 返金 返金額 erstattet erstattung remboursé reembolsado"
        ),
        "status": _STATUS,
        "delivered_at": "delivered_at delivery_date delivered_on delivered toimituspäivä toimitettu kiszállítás_dátuma kézbesítve szállítás_dátuma 送达时间 收货时间 配達日 納品日 lieferdatum date_livraison fecha_entrega",
        "channel": "channel sales_channel source store shop platform location branch kanava myyntikanava myymälä kauppa csatorna értékesítési_csatorna üzlet bolt 渠道 店铺 门店 チャネル 販売チャネル 店舗 店舗名 filiale kanal magasin canal tienda",
        "product_id": (
            "product_id sku stock_code stockcode product_code item_id item_code article article_no article_number item_number asin barcode ean upc tuote_id tuotekoodi "
            "tuotenumero tuotetunnus termékkód cikkszám termék_azonosító 商品编号 商品编码 商品id 货号 商品番号 商品コード 商品id 品番 artikelnummer artikel_nr ref_produit référence_produit código_producto"
        ),
        "product_name": "product_name product item item_name description product_title product_description tuote tuotenimi tuotteen_nimi kuvaus termék termék_neve terméknév megnevezés leírás 商品 商品名称 宝贝标题 商品名 品名 artikel bezeichnung beschreibung produkt produit produit_nom producto descripción",
        "category": "category product_category department product_type product_line tuoteryhmä kategoria osasto kategória termékkategória termékcsoport 类别 品类 商品类别 カテゴリ カテゴリー 分類 kategorie warengruppe catégorie categoría",
        "quantity": _QUANTITY,
        "unit_price": (
            "unit_price unitprice price_per_unit item_price price_each price yksikköhinta kappalehinta á_hinta hinta egységár ár 单价 価格 単価 einzelpreis stückpreis preis "
            "prix_unitaire prix precio_unitario precio"
        ),
        "amount": "line_total line_amount item_total extended_price line_price subtotal rivisumma rivin_summa sor_összege tételösszeg tétel_összege 小计 行金额 小計 明細金額 positionsbetrag zeilensumme total_ligne total_línea",
        "line_no": "line_no line_number line item_no rivi rivinumero sorszám tételszám 行号 行番号 明細番号 position positionsnummer",
    },
    "subscriptions": {
        "subscription_id": (
            "subscription_id subscription subscription_no contract_id contract_no contract_number agreement_id policy_number membership_id id tilaus_id tilausnumero sopimus "
            "sopimusnumero sopimustunnus előfizetés előfizetés_azonosító előfizetésszám szerződésszám szerződés_száma 订阅编号 订阅id 合同号 合同编号 契約番号 契約id "
            "サブスクリプションid 定期番号 vertragsnummer vertrag vertrags_nr vertragsnr vertragsnummer abo abo_id abonr aboid abonnement_id vertrags_id contrat n_contrat numéro_de_contrat id_contrat id_abonnement nº_contrato número_contrato id_contrato sopimus_id abo_nummer abonnement numéro_abonnement numéro_contrat suscripción id_suscripción contrato"
        ),
        "customer_id": _CUSTOMER,
        **_PERSON,
        "plan": "plan plan_id plan_name product product_name tier package pricing_plan subscription_plan subscription_type paketti tuote taso csomag csomagnév tarifa 套餐 方案 订阅方案 プラン プラン名 コース tarif produkt formule plan_nombre paket leistung abotyp abo_typ aboart vertragsart tarifname tarifa_plan offre forfait paquete modalidad tilaustyyppi liittymä díjcsomag",
        "starts_on": (
            "starts_on start_date start starts_at started_at start_at started_on period_start subscription_start subscription_start_date current_period_start valid_from "
            "from from_date contract_start activated_at activation_date begin_date begin effective_date alkupäivä alkaa alkoi aloituspäivä alkamispäivä voimassa_alkaen "
            "kezdete kezdet kezdő_dátum kezdés kezdés_dátuma indulás érvényesség_kezdete előfizetés_kezdete 开始日期 起始日期 开始时间 订阅开始 生效日期 "
            "開始日 契約開始日 利用開始日 開始日時 beginn startdatum vertragsbeginn gültig_ab ab von start_am läuft_seit aktiv_seit abgeschlossen_am vertrag_ab abobeginn abo_beginn depuis débute_le commence_le date_début_contrat desde fecha_de_inicio inicio_contrato date_début début date_de_début fecha_inicio inicio"
        ),
        "ends_on": (
            "ends_on end_date end ends_at ended_at end_at ended_on period_end subscription_end subscription_end_date cancel_date cancellation_date cancelled_on "
            "canceled_on churn_date churned_at churned_on terminated_at termination_date valid_to valid_until to to_date until contract_end expires_at expiry_date "
            "expiration_date expires last_day loppupäivä päättyy päättyi päättymispäivä lopetuspäivä voimassa_asti irtisanomispäivä vége befejezés "
            "befejezés_dátuma záró_dátum lejárat lejárat_dátuma lemondás_dátuma megszűnés_dátuma érvényesség_vége 结束日期 终止日期 结束时间 到期日期 到期日 取消日期 "
            "終了日 契約終了日 解約日 利用終了日 満了日 退会日 ende enddatum vertragsende gültig_bis kündigungsdatum bis läuft_bis vertrag_bis beendet_am aboende abo_ende gekündigt_zum se_termine_le fin_contrat jusqu_au hasta fecha_de_fin fin_contrato date_fin fin date_de_fin date_résiliation fecha_fin fin_fecha fecha_baja"
        ),
        "ends_ahead": "cancel_at cancels_at cancels_on cancel_scheduled_on cancel_scheduled_for scheduled_cancellation scheduled_cancellation_date scheduled_end scheduled_end_date cancellation_effective_date effective_cancellation_date",
        "state": _STATUS + " subscription_status subscription_state",
        "mrr": (
            "mrr monthly_amount monthly_revenue monthly_price monthly_recurring_revenue monthly_fee monthly_value mrr_amount price_per_month amount_per_month monthly_charge "
            "kuukausihinta kuukausimaksu havidíj havi_díj havi_összeg havi_bevétel 月费 月租 月金额 月額 月額料金 monatspreis monatsbetrag monatlicher_betrag preis_monat preis_pro_monat preis_je_monat monatsgebühr monatsbeitrag monatsrate monatlich beitrag_monat eur_monat prix_mois prix_par_mois tarif_mensuel mensualité precio_mes precio_por_mes mensualidad hinta_kk hinta_kuukausi ár_hónap ár_havonta 每月价格 月価格 prix_mensuel montant_mensuel cuota_mensual precio_mensual"
        ),
        "list_mrr": "list_mrr list_price mrr_before_discount listahinta listaár 原价 定価 listenpreis",
        "price": "price amount unit_price price_per_seat price_per_user seat_price plan_price plan_amount fee recurring_amount unit_amount subscription_price total value hinta summa maksu díj összeg ár 价格 金额 料金 金額 preis betrag gebühr beitrag tarifpreis rate kosten tarif_prix cuota tarifa_precio prix montant precio importe",
        "currency": _ENTRY,
        "quantity": "quantity seats licenses licences users units paikat lisenssit määrä mennyiség licencek 数量 席位 ライセンス数 menge lizenzen",
        "interval": "interval billing_interval billing_period billing_cycle period frequency term plan_interval laskutusväli laskutusjakso jakso számlázási_időszak gyakoriság ciklus 计费周期 周期 請求間隔 支払間隔 周期 intervall abrechnungszeitraum turnus zahlungsturnus abrechnungsturnus zahlweise zahlungsweise zahlungsintervall abrechnung laufzeit_einheit rythme périodicité cadence périodicité_paiement periodicidad ciclo_de_pago fréquence frecuencia",
        "cancel_requested_at": "cancel_requested_at cancelled_at canceled_at cancellation_requested_at churn_requested irtisanottu peruttu lemondva lemondás 取消时间 解約申込日 gekündigt_am résilié_le cancelado_el",
        "cancel_reason": "cancel_reason cancellation_reason churn_reason reason irtisanomissyy syy lemondás_oka ok 取消原因 解約理由 kündigungsgrund motif motivo",
        "renews_on": "renews_on renewal_date renewal renewal_on renewal_day next_renewal next_renewal_date next_renewal_on renews_at renews contract_renewal contract_renewal_date next_billing_date next_billing uusiutuu uusiutumispäivä uusiutumispvm uusimispäivä uusimispvm uusinta uusitaan seuraava_uusiminen seuraava_uusiutuminen uusiutuminen uusiminen seuraava_uusinta sopimus_uusiutuu jatkuu_automaattisesti megújul megújulás megújulás_dátuma megújulás_napja megújítás megújítás_dátuma megújítás_napja következő_megújulás következő_megújítás meghosszabbítás meghosszabbítás_dátuma szerződés_megújulása 续费日期 续费日 续费时间 下次续费 下次续费日期 续约日期 续约日 续约时间 续订日期 续订日 自动续费日期 更新日 次回更新日 次回更新 更新予定日 契約更新日 自動更新日 更新日付 verlängerung verlängerung_am verlängerung_zum verlängerungsdatum verlängerungstag nächste_verlängerung vertragsverlängerung vertragsverlängerung_am verlängert_am verlängert_sich_am verlängert_zum verlängert_sich_zum date_renouvellement date_de_renouvellement renouvellement prochain_renouvellement fecha_renovación fecha_de_renovación renovación próxima_renovación",
    },
    "events": {
        "event_id": "event_id id tapahtuma_id esemény_id esemény_azonosító 事件id イベントid",
        "customer_id": _CUSTOMER,
        "email": _EMAIL,
        "happened_at": _EVENT_TIME + " " + _DATE,
        "kind": "event_kind event_category kind category family",
        "name": "event event_name event_type action activity name type feature page tapahtuma toiminto esemény esemény_neve esemény_típusa tevékenység 事件 事件名称 行为 行为类型 イベント イベント名 行動 aktion ereignis événement evento",
        "value": "value event_value duration seconds arvo érték 值 値 wert valeur",
    },
    "touches": {
        "touch_id": "touch_id id message_id call_id activity_id",
        "customer_id": _CUSTOMER,
        "email": _EMAIL,
        "contact_id": "contact_id contact yhteyshenkilö kapcsolattartó",
        "touched_at": "touched_at sent_at sent called_at contacted_at contact_date call_date meeting_date sent_date yhteydenottopäivä lähetetty kapcsolatfelvétel_dátuma küldve 联系时间 发送时间 連絡日 送信日時 gesendet_am kontaktdatum " + _DATE,
        "direction": "direction inbound_outbound suunta irány 方向 richtung",
        "channel": "channel medium contact_type contact_channel touch_type kanava yhteydenottotapa csatorna kapcsolat_típusa 渠道 联系方式 チャネル 連絡方法 kanal",
        "team": "team department tiimi csapat 团队 部署",
        "by": "by agent rep sender user_name employee tekijä myyjä ügyintéző 负责人 担当者 mitarbeiter",
        "reason": "reason value_given",
        "subject": "subject topic title summary aihe tárgy téma 主题 件名 betreff objet asunto",
    },
    "answers": {
        "answer_id": "answer_id response_id id",
        "customer_id": _CUSTOMER,
        "email": _EMAIL,
        "answered_at": "answered_at response_date responded_at submitted_at submitted response_time completed_at vastattu vastauspäivä kitöltés_dátuma válasz_dátuma 回答时间 提交时间 回答日 回答日時 beantwortet_am " + _DATE,
        "asked_at": "asked_at sent_at survey_sent invited_at kysytty kiküldve 発送日",
        "touchpoint": "touchpoint survey trigger survey_name kysely felmérés 调查 アンケート",
        "question": "question metric survey_type kysymys kérdés 问题 質問 frage question_texte pregunta",
        "score": "score rating nps nps_score csat csat_score stars grade arvosana pisteet pontszám értékelés 评分 分数 得分 満足度 評価 点数 スコア bewertung note puntuación",
        "text": "text comment feedback verbatim answer response comments remarks kommentti palaute vapaa_palaute megjegyzés vélemény szöveg 评论 反馈 意见 コメント 感想 自由記述 kommentar commentaire comentario",
        "code": "code reason_code",
    },
    "tickets": {
        "ticket_id": "ticket_id ticket ticket_no ticket_nr ticket_number ticketnummer ticket_nummer case_id case case_no case_number issue_id issue issue_key incident incident_id incident_number complaint_id complaint complaint_no id tiketti tikettinumero tiketin_numero palvelupyyntö palvelupyyntönumero reklamaatio reklamaationumero jegy jegyszám hibajegy hibajegy_száma hibajegyszám bejelentés bejelentés_száma panasz panaszszám 工单 工单号 工单编号 工单id 投诉编号 チケット チケット番号 チケットid 問い合わせ番号 問合せ番号 お問い合わせ番号 案件番号 vorgang vorgangsnummer fall fallnummer anfrage anfragenummer reklamation reklamationsnummer numéro_ticket numéro_de_ticket réclamation número_ticket número_de_ticket incidencia reclamación",
        "customer_id": _CUSTOMER + " requester requester_id requester_external_id",
        "email": _EMAIL + " requester_email",
        "opened_at": "opened_at opened opened_on date_opened open_date ticket_created ticket_date ticket_created_at reported_at reported received_at received submitted_at avattu avauspäivä avattu_pvm luontipäivä saapunut saapumispäivä megnyitva megnyitás megnyitás_dátuma nyitás nyitás_dátuma bejelentve bejelentés_dátuma beérkezett 打开时间 创建时间 创建日期 提交时间 提交日期 受理时间 投诉日期 受付日 受付日時 作成日 作成日時 起票日 発生日 問い合わせ日 eröffnet eröffnet_am eröffnungsdatum eröffnung geöffnet geöffnet_am gemeldet gemeldet_am eingang eingegangen eingegangen_am eingangsdatum erstellt erstellt_am angelegt angelegt_am ouvert ouvert_le date_ouverture date_d_ouverture créé_le abierto abierto_el fecha_apertura fecha_de_apertura creado_el " + _DATE,
        "closed_at": "closed_at closed closed_on date_closed close_date solved_at solved solved_on date_solved resolved_at resolved resolved_on date_resolved resolution_date completed_at completed finished_at suljettu sulkemispäivä suljettu_pvm ratkaistu ratkaisupäivä valmistunut lezárva lezárás lezárás_dátuma lezárt megoldva megoldás_dátuma 关闭时间 关闭日期 解决时间 解决日期 完成时间 完成日期 解決日 解決日時 クローズ日 クローズ日時 完了日 完了日時 対応完了日 geschlossen geschlossen_am schließdatum abgeschlossen abgeschlossen_am abschluss abschlussdatum gelöst gelöst_am erledigt erledigt_am behoben_am fermé fermé_le date_fermeture date_de_fermeture clos_le résolu_le cerrado cerrado_el fecha_cierre fecha_de_cierre resuelto_el",
        "subject": "subject title summary topic problem description aihe otsikko kuvaus ongelma tárgy téma probléma leírás 主题 标题 问题 内容 件名 題名 タイトル 問い合わせ内容 betreff titel thema problem beschreibung kurzbeschreibung objet sujet titre asunto título tema",
        "category": "category ticket_type type kind kategoria laji tyyppi kategória típus 类别 类型 分类 カテゴリ カテゴリー 種別 分類 kategorie art typ catégorie categoría tipo",
        "ticket_status": _STATUS + " ticket_status ticket_state case_status",
        "score": "score rating satisfaction satisfaction_score csat csat_score stars grade arvosana arvio tyytyväisyys értékelés elégedettség pontszám 评分 满意度 評価 満足度 bewertung zufriedenheit note satisfaction_client puntuación valoración",
    },
    "costs": {
        "cost_id": "cost_id entry_id id",
        "month": "month period kuukausi hónap 月 月份 月度 monat mois mes " + _DATE,
        "purpose": "purpose cost_type käyttötarkoitus tarkoitus cél 用途 目的 zweck",
        "category": "category cost_category account_name expense_type cost_center kululaji kategoria laji kategória költségnem 类别 科目 費目 勘定科目 kategorie kostenart catégorie categoría",
        "amount": "cost spend amount_spent ad_spend expense expenses costs kulu kulut kustannus költség kiadás 费用 成本 支出 費用 コスト 経費 kosten ausgaben coût dépense coste gasto " + _AMOUNT,
        "currency": _ENTRY,
        "customer_id": _CUSTOMER,
    },
    "deals": {
        "deal_id": "deal_id opportunity_id deal opportunity record_id id kauppa_id myyntimahdollisuus üzlet_id lehetőség_azonosító 商机编号 商談id 案件id 案件番号",
        "customer_id": _CUSTOMER,
        "name": "deal_name opportunity_name name kaupan_nimi üzlet_neve 商机名称 商談名 案件名",
        "opened_at": "opened_at create_date created_date created_at opened avattu luontipäivä megnyitva 创建时间 作成日",
        "closed_at": "closed_at close_date closed closing_date won_at won_date closed_on päättämispäivä suljettu lezárva lezárás_dátuma 成交日期 关闭日期 完了予定日 クローズ日 受注日 abschlussdatum",
        "outcome": "outcome stage deal_stage won result vaihe lopputulos tulos szakasz eredmény 阶段 结果 商談フェーズ フェーズ 結果 phase étape etapa",
        "amount": "deal_value deal_amount kaupan_arvo üzlet_értéke 商机金额 商談金額 " + _AMOUNT,
        "currency": _ENTRY,
        "owner": "owner deal_owner opportunity_owner rep salesperson omistaja myyjä tulajdonos értékesítő 负责人 担当者",
    },
    "merges": {
        "from_customer_id": "from_customer_id from_id old_customer_id old_id duplicate_id merged_id merged_customer_id source_customer_id",
        "into_customer_id": "into_customer_id into_id new_customer_id new_id surviving_id primary_id kept_id target_customer_id",
        "merged_at": "merged_at merge_date merged_on " + _DATE,
    },
    "assignments": {
        "experiment": (
            "experiment experiment_id experiment_name experiment_key experiment_code test test_id test_name test_key ab_test ab_test_id ab_test_name split_test "
            "koe kokeen_nimi testi kísérlet kísérlet_azonosító teszt 实验 实验编号 实验名称 実験 実験名 テスト テスト名 versuch expérience expérimentation experimento prueba"
        ),
        "unit": "unit unit_id " + _CUSTOMER,
        "email": _EMAIL,
        "arm": (
            "arm variant variant_id variant_name variant_key variation variation_id variation_name variation_key group group_name experiment_group test_group "
            "experiment_variant experiment_arm treatment treatment_group assigned_group assigned_variant assignment branch bucket cell "
            "ryhmä koeryhmä haara csoport változat 分组 实验组 组别 グループ 群 バリアント gruppe testgruppe variante groupe grupo"
        ),
        "assigned_at": (
            "assigned_at assigned_on assigned assignment_date assignment_time assignment_timestamp date_assigned enrolled_at enrollment_date enrolment_date allocated_at "
            "randomized_at randomised_at bucketed_at exposed_at exposure_date exposure_time exposure_timestamp first_exposed_at first_exposure first_exposure_at "
            "first_exposure_timestamp entered_at arvottu_aika 分组时间 割り当て日時 zugewiesen_am "
        )
        + _EVENT_TIME + " " + _DATE,
        "version": "version experiment_version test_version versio verzió 版本 バージョン",
        "salt": "salt seed hash_seed",
        "bucket": "bucket bucket_no bucket_number",
        "propensity": "propensity propensity_score assignment_probability probability chance todennäköisyys valószínűség 概率 確率 wahrscheinlichkeit",
        "eligible_reason": "eligible_reason eligibility_reason reason",
        "triggered_at": "triggered_at trigger_time trigger_date eligible_at",
        "score": "score model_score risk_score",
        "model_version": "model_version model",
        "planned_cost": "planned_cost contact_cost cost_per_contact",
    },
    "refunds": {
        "refund_id": "refund_id return_id credit_note credit_note_number refund_no hyvitys_id hyvityslaskun_numero jóváíró_számla visszatérítés_azonosító 退款编号 退款单号 返金id 返金番号 gutschrift gutschriftnummer avoir",
        "order_id": _ORDER_ID,
        "customer_id": _CUSTOMER,
        "email": _EMAIL,
        "refunded_at": "refunded_at refund_date refunded_on return_date returned_at hyvityspäivä palautuspäivä visszatérítés_dátuma visszaküldés_dátuma 退款时间 退款日期 返金日 返金日時 erstattungsdatum date_remboursement fecha_reembolso " + _DATE,
        "currency": _ENTRY,
        "amount": "refund_amount refunded_amount amount_refunded refund hyvitys hyvityssumma visszatérített_összeg visszatérítés 退款金额 返金額 erstattungsbetrag montant_remboursé importe_reembolso " + _AMOUNT,
        "reason": "reason refund_reason return_reason syy ok indok 退款原因 原因 返金理由 理由 grund motif motivo",
    },
}  # fmt: skip
"""Table -> field -> headings it goes by, best first, words joined by underscores."""


def plain(name: str) -> str:
    """A heading or word without case, accents, blanks, marks and what stands in brackets."""
    return "".join(tokens(name))


def tokens(name: str) -> tuple[str, ...]:
    """The words of a heading: "InvoiceNo", "invoice_no" and "Invoice No." give the same, without case and accents."""
    bare = re.sub(r"[\(\[（].*?[\)\]）]", " ", name)
    bare = re.sub(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare if bare.strip() else name)
    letters = "".join(x for x in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(x)).casefold()
    return tuple(re.findall(r"[^\W_]+|[€$£¥]", letters))


def likeness(name: str, headings: str) -> int:
    """
    How surely a heading is one of those known: 0 not at all, more for whole matches and for those named first.

    Args:
        name: A column's name.
        headings: Known ones, as in FIELDS.
    """
    ranks = _ranks(headings)
    whole, bare = _spoken(name)
    if whole in ranks:
        return 1000 - ranks[whole]
    return 600 - ranks[bare] if bare in ranks else 0


@cache
def _ranks(headings: str) -> dict[str, int]:
    """Known heading -> its place; worked out once, for a wide file asks for every column and field."""
    found: dict[str, int] = {}
    for at, heading in enumerate(headings.split()):
        found.setdefault(plain(heading), at)
    return found


@lru_cache(8192)
def _spoken(name: str) -> tuple[str, str]:
    """A heading in full, and without the words that say nothing."""
    own = tokens(name)
    told = tuple(word for word in own if word not in _NEUTRAL) or own
    return "".join(own), "".join(told)


def currency_in(name: str) -> str | None:
    """The currency a heading names ("mrr_usd", "Summe (EUR)"), None where it names none."""
    for word in re.findall(r"[^\W\d_]+|[€$£¥円元]", name.casefold()):
        if word in _CURRENCIES or word in _SPOKEN:
            return _SPOKEN.get(word, word).upper()
    return None
