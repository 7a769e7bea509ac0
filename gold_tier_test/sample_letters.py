"""Letters to a bakery, each with what there is to be read in it."""

from __future__ import annotations

from typing import Any, Final

SENDER: Final = "sam@acme.example"


def request(who: str = SENDER, currency: str = "USD", **fields: Any) -> dict[str, Any]:
    return {"kind": "invoice_request", "who": who, "currency": currency} | fields


CLEAR_REQUESTS: Final[list[tuple[str, dict[str, Any]]]] = [
    (
        """Subject: Invoice please

        Hi, could you please send us an invoice for $150.00 for the November bread delivery?
        Net 30.

        Best regards,
        Sam""",
        request(lines=[("November bread delivery", "1", "150.00")], due="2026-12-23"),
    ),
    (
        """Subject: invoice

        Please invoice us $1,200 for website design, due on receipt.""",
        request(lines=[("website design", "1", "1200.00")], due="2026-11-23"),
    ),
    (
        """Subject: Invoice request - kitchen deep clean

        Please bill us USD 1,200.00. PO 4500012.""",
        request(lines=[("kitchen deep clean", "1", "1200.00")], reference="4500012"),
    ),
    (
        """Subject: Billing

        Can you invoice us for 10 hours of consulting at $120 per hour? Payable in 14 days.""",
        request(lines=[("consulting (hours)", "10", "120.00")], due="2026-12-07"),
    ),
    (
        """Subject: order for Saturday

        Please send the invoice for our order no. 77-12:
        3 x $40.00 bread delivery
        2 x $12.50 apple pie
        Total: $145.00
        Thanks!""",
        request(
            lines=[("bread delivery", "3", "40.00"), ("apple pie", "2", "12.50")],
            reference="77-12",
        ),
    ),
    (
        """Subject: Invoice needed

        We need an invoice with these lines:

        | Item        | Qty | Price (USD) | Total  |
        | Sourdough   | 20  | 4.50        | 90.00  |
        | Croissants  | 30  | 2.00        | 60.00  |""",
        request(lines=[("Sourdough", "20", "4.50"), ("Croissants", "30", "2.00")]),
    ),
    (
        """Subject: Please invoice

        Please send me an invoice:
        - Wedding cake: $350.00
        - Delivery: $25.00
        Pay by December 15.""",
        request(
            lines=[("Wedding cake", "1", "350.00"), ("Delivery", "1", "25.00")], due="2026-12-15"
        ),
    ),
    (
        """Subject: invoice

        Please invoice us $150 for bread and $50 for cakes.""",
        request(lines=[("bread", "1", "150.00"), ("cakes", "1", "50.00")]),
    ),
    (
        """Subject: invoice

        Please invoice us for 3 cakes at $25 each and 2 pies at $12.50 each, $100 in total.""",
        request(lines=[("cakes", "3", "25.00"), ("pies", "2", "12.50")]),
    ),
    (
        """Subject: Invoice for catering

        Please make the invoice out to Blue Sparrow Ltd. Amount: $480.00.
        Payment due end of month.""",
        request("Blue Sparrow Ltd", lines=[("catering", "1", "480.00")], due="2026-11-30"),
    ),
    (
        """Subject: Invoice request

        Customer: Nordlicht GmbH
        Description: Christmas stollen
        Amount: 300.00 USD
        Due: 2026-12-31""",
        request("Nordlicht GmbH", lines=[("Christmas stollen", "1", "300.00")], due="2026-12-31"),
    ),
    (
        """Subject: foreign

        Please invoice us €90 for the tasting.""",
        request(currency="EUR", lines=[("tasting", "1", "90.00")]),
    ),
    (
        """Subject: in words

        Could you bill us 1200 dollars for the workshop?""",
        request(lines=[("workshop", "1", "1200.00")]),
    ),
    (
        """Subject: Invoice

        I'd like an invoice over £75 for the scones, please.""",
        request(currency="GBP", lines=[("scones", "1", "75.00")]),
    ),
    (
        """Subject: Re: Invoice

        Yes, please invoice us $80 for the bagels.

        On Mon, 16 Nov 2026 at 10:00, Baker <baker@crumb.example> wrote:
        > Shall I invoice you $95.00 for the bagels or $80.00?
        > Total: $95.00""",
        request(lines=[("bagels", "1", "80.00")]),
    ),
    (
        """Subject: Re: Order

        Please send an invoice for $60 for the rolls.

        -----Original Message-----
        From: Baker
        Sent: Friday
        That would be $75.""",
        request(lines=[("rolls", "1", "60.00")]),
    ),
    (
        """Subject: Invoice request

        Could you please send an invoice to Acme GmbH for $150.00? It's for web hosting.""",
        request("Acme GmbH", lines=[("web hosting", "1", "150.00")]),
    ),
    (
        """Subject: Invoice for October services

        Please create an invoice for our client: 5 hours x $100/hour for design work.
        Total: $500. Due in 30 days.""",
        request(lines=[("design work", "5", "100.00")], due="2026-12-23"),
    ),
    (
        """Subject: invoice

        I would like to request an invoice for $2,500.00 for the consulting project.
        Client name: John Smith. Client email: john@weaver.example.
        Due date: December 15, 2026.""",
        request(
            "john@weaver.example", lines=[("consulting project", "1", "2500.00")], due="2026-12-15"
        ),
    ),
    (
        """Subject: Invoice

        Please send me the invoice for January: $1,500 - project consulting services""",
        request(lines=[("project consulting services", "1", "1500.00")]),
    ),
    (
        """Subject: Bill

        Please invoice Bluebird Cafe for 12 trays of muffins at $14.00 per tray.
        Net 15, order 5521.""",
        request(
            "Bluebird Cafe",
            lines=[("muffins (trays)", "12", "14.00")],
            due="2026-12-08",
            reference="5521",
        ),
    ),
    (
        """Subject: invoice please

        Please send me an invoice for the following:
        1. Logo design    $400
        2. Business cards    $120
        Thanks
        Maria""",
        request(lines=[("Logo design", "1", "400.00"), ("Business cards", "1", "120.00")]),
    ),
    (
        """Subject: invoice

        please invoice us for the cake: 45 euros""",
        request(currency="EUR", lines=[("cake", "1", "45.00")]),
    ),
    (
        """Subject: invoice

        Please invoice us 2 x $40.00 bread and 1 x $15 cake.""",
        request(lines=[("bread", "2", "40.00"), ("cake", "1", "15.00")]),
    ),
    (
        """Subject: invoice

        Don't forget to invoice us $80 for the buns. We cannot pay without an invoice.""",
        request(lines=[("buns", "1", "80.00")]),
    ),
    (
        """Subject: Widgets

        Hi, please create an invoice: Widget A x 5 @ $20, Widget B x 2 @ $50.""",
        request(lines=[("Widget A", "5", "20.00"), ("Widget B", "2", "50.00")]),
    ),
    (
        """Subject: October

        We'd like to get invoiced:
        - Logo redesign (12 hours at $85/hr)
        Total $1,020""",
        request(lines=[("Logo redesign (hours)", "12", "85.00")]),
    ),
    (
        """Subject: chat

        please invoice me 300 usd for cake""",
        request(lines=[("cake", "1", "300.00")]),
    ),
    (
        """Subject: invoice

        Please invoice Maria Lopez $75 for the flowers.""",
        request("Maria Lopez", lines=[("flowers", "1", "75.00")]),
    ),
    (
        """Subject: invoice

        Please raise an invoice:
        Qty  Description  Unit price
        4  Baguette  3.00
        10  Roll  0.80
        Currency: USD""",
        request(lines=[("Baguette", "4", "3.00"), ("Roll", "10", "0.80")]),
    ),
]


GERMAN_FRENCH_SPANISH: Final[list[tuple[str, dict[str, Any]]]] = [
    (
        """Subject: Rechnung

        Bitte stellen Sie uns eine Rechnung über 1.234,50 € für die Lieferung im November.
        Zahlbar innerhalb von 14 Tagen.

        Mit freundlichen Grüßen
        Anna Keller""",
        request(
            currency="EUR", lines=[("Lieferung im November", "1", "1234.50")], due="2026-12-07"
        ),
    ),
    (
        """Subject: Bestellung

        Bitte schicken Sie uns die Rechnung: 10 Stunden Beratung à 120 €.""",
        request(currency="EUR", lines=[("Beratung (Stunden)", "10", "120.00")]),
    ),
    (
        """Subject: Rechnung bitte

        Könnten Sie bitte eine Rechnung an Café Luna GmbH schicken?
        12 x 3,50 € Brezeln
        Fällig am 5. Dezember 2026.""",
        request("Café Luna GmbH", "EUR", lines=[("Brezeln", "12", "3.50")], due="2026-12-05"),
    ),
    (
        """Subject: Facture

        Bonjour, merci de nous envoyer une facture de 1 234,50 EUR pour le buffet.
        Paiement à 30 jours.

        Cordialement,
        Luc""",
        request(currency="EUR", lines=[("buffet", "1", "1234.50")], due="2026-12-23"),
    ),
    (
        """Subject: Facturation

        Pouvez-vous facturer 10 heures de conseil à 120 € ?""",
        request(currency="EUR", lines=[("conseil (heures)", "10", "120.00")]),
    ),
    (
        """Subject: Factura

        Por favor, envíen una factura de 250,00 € por el catering. Vencimiento: 31/12/2026.

        Saludos,
        Ana""",
        request(currency="EUR", lines=[("catering", "1", "250.00")], due="2026-12-31"),
    ),
    (
        """Subject: Horas

        Necesitamos una factura por 10 horas de consultoría a 120 €.""",
        request(currency="EUR", lines=[("consultoría (horas)", "10", "120.00")]),
    ),
]


ASKED: Final[list[tuple[str, list[str]]]] = [
    ("Subject: i\n\nPlease invoice us $90 for cake. Weaver Studio LLC pays.", ["customer"]),
    ("Subject: Re: Quote\n\nThe quote of $640 is accepted. Please invoice us.", ["description"]),
    ("Subject: invoice\n\nPlease invoice us for the cakes.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us the usual amount for the bread.", ["amount"]),
    ("Subject: invoice\n\nPlease bill us as always for the bread.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us $150 or $200 for the cake.", ["amount"]),
    (
        "Subject: invoice\n\nPlease send an invoice. The cake was $150, the other one $200.",
        ["amount"],
    ),
    ("Subject: invoice\n\nPlease invoice us €1.234 for the oven.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us 99 for the cake.", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us for 10 hours of training at 120.", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us:\n3 x 40.00 bread delivery", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us 99 BTC for the cake.", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us $50 for bread and 40 EUR for cakes.", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us 40 kr for the cake.", ["currency"]),
    ("Subject: invoice\n\nPlease invoice us $5k for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us about $300 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us $100-150 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us -$40.00 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us $0 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us USD 0.001 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us JPY 10.5 for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us ９９ EUR for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us 1\u200b50 EUR for the event.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us $150.", ["description"]),
    ("Subject: invoice\n\nPlease invoice us for catering ($18.50 per person).", ["quantity"]),
    ("Subject: i\n\nPlease refund us $90 and send an invoice for the cake.", ["amount"]),
    ("Subject: i\n\nPlease invoice us for cake: $90, minus 10%.", ["amount"]),
    (
        "Subject: last year\n\nThe total was $5,000. Please invoice us the same for 2026.",
        ["amount"],
    ),
    ("Subject: invoice\n\nPlease invoice us $120 for cake, including VAT.", ["tax"]),
    ("Subject: invoice\n\nPlease invoice us $120 for cake less the deposit.", ["amount"]),
    ("Subject: invoice\n\nPlease invoice us $120 for cake, payment by Friday.", ["due date"]),
    ("Subject: invoice\n\nPlease invoice us $120 for cake, due 31.02.2027.", ["due date"]),
    (
        "Subject: invoice\n\nPlease invoice us $120 for cake. Net 30. Payment due on receipt.",
        ["due date"],
    ),
    (
        "Subject: invoice\n\nPlease bill us:\n3 x $40.00 bread\n2 x $10.00 rolls\nTotal: $150.00",
        ["amount"],
    ),
    ("Subject: invoice\n\nPlease invoice us:\n3 x $40.00 bread\nDeposit paid $20.", ["amount"]),
    (
        "Subject: invoice\n\nPlease invoice us $90 for cake. Customer: Ann\nCustomer: Bob",
        ["customer"],
    ),
    ("Subject: invoice\n\nPO 4711 and PO 4712: please invoice us $90 for cake.", ["reference"]),
    (
        "Subject: invoice\n\nNo invoice needed for October. Please invoice us $90 for November.",
        ["invoice"],
    ),
]


NOT_REQUESTED: Final[list[tuple[str, str]]] = [
    ("Subject: October\n\nNo invoice needed for the $50, thanks.", "other"),
    ("Subject: bill\n\nPlease don't bill us for the broken cake ($30).", "other"),
    ("Subject: Danke\n\nWir brauchen keine Rechnung über 50 €.", "other"),
    ("Subject: Merci\n\nPas besoin de facture pour les 50 €.", "other"),
    ("Subject: Gracias\n\nNo necesitamos factura por los 50 €.", "other"),
    ("Subject: invoice\n\nPlease resend invoice INV/2026/0012.", "question"),
    ("Subject: cash\n\nPlease deliver the $50 order without an invoice.", "other"),
    ("Subject: work\n\nPlease find our invoice for $400 for the cleaning.", "bill"),
    ("Subject: soon\n\nWe will send you an invoice for $400 next week.", "other"),
    (
        "Subject: invoice\n\nI have a question about invoice INV-9 over $300. Why so high?",
        "question",
    ),
    ("Subject: invoice\n\nWhere is the invoice for $50?", "question"),
    (
        "Subject: Deals\n\nFlour for $9.99, sugar for $4.99! Invoice us later? Unsubscribe here.",
        "noise",
    ),
    ("Subject: cake\n\nHow much would a cake for 20 people cost?", "quote_request"),
    ("Subject: Anfrage\n\nBitte machen Sie uns ein Angebot für 200 Brötchen.", "quote_request"),
    ("Subject: post\n\nPlease post the new opening hours on Facebook.", "post_request"),
    ("Subject: hours\n\nAre you open on Sunday?", "question"),
    ("Subject: Hi\n\nThe edits look good to me. Ready to send.", "other"),
    (
        """Subject: Re: hours

        Thank you, that helps.

        On Mon, 16 Nov 2026 at 10:00, Baker <baker@crumb.example> wrote:
        Please invoice us $80 for the bagels.""",
        "other",
    ),
    (
        "Subject: Recurring\n\nYour subscription of 12.00 USD renews on 1 Dec. No action needed.",
        "noise",
    ),
]
