"""What customers of five trades want and say, and what is done for them; one story each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """A goal of theirs: what, its unit, where it began, where it should be, and what was measured on the way."""

    name: str
    unit: str
    baseline: float
    target: float
    values: tuple[float, float, float]


@dataclass(frozen=True)
class Spoken:
    """A meeting: about what, how they feel from 1 to 5, why, and what was said."""

    about: str
    sentiment: int
    because: str
    note: str


@dataclass(frozen=True)
class Given:
    """A promise: what, its type, and what shows that it was kept."""

    text: str
    sort: str
    shown: str


@dataclass(frozen=True)
class Story:
    """
    One customer's quarter.

    Args:
        goal: What they want to reach.
        worth: What we are worth to them, in their words.
        now: What they need now.
        next: What they need next.
        review: The quarterly review.
        regular: The regular meeting.
        promises: What we promised.
        touches: Channel, value and subject of contacts.
        question: What they asked.
        answer: What they were answered.
        risk: What may go wrong, and what we do about it.
        space: What of ours they could have.
        terms: What is to be renewed, and how.
        swot: Strengths, weaknesses, opportunities, threats.
    """

    goal: Wanted
    worth: str
    now: str
    next: str
    review: Spoken
    regular: Spoken
    promises: tuple[Given, ...]
    touches: tuple[tuple[str, str, str], ...]
    question: str
    answer: str
    risk: tuple[str, str]
    space: tuple[str, str]
    terms: str
    swot: tuple[str, str, str, str]


@dataclass(frozen=True)
class Heard:
    """An interview: its codes, an answer to each of the five questions, and where they do it now if they left."""

    codes: tuple[str, ...]
    answers: tuple[str, ...]
    went: str = ""


STORIES = {
    "hotel": Story(
        Wanted("Guests who rate the breakfast room 9 or better", "%", 61, 75, (64, 68, 71)),
        "Since the tableware comes before it runs out, nobody here counts cups on a Sunday night any more.",
        "Glasses that survive the dishwasher: they lose forty a month.",
        "Linen for the twelve rooms they open in spring.",
        Spoken("The season, and what broke", 4, "Deliveries came on the day; glasses still break",
               "They showed the ratings of the breakfast room. Glasses are the one thing guests mention. Spring opening is decided."),
        Spoken("Next month's order", 5, "The new cups are praised by guests", "Short. They want the order confirmed by Thursday from now on."),
        (Given("Samples of three hardened glasses", "material", "Parcel signed for by the kitchen"),
         Given("Answer whether the order may be changed until Thursday", "answer", "Mail of Tuesday, 10:12"),
         Given("A list of what broke this year, by item", "work", "Sheet sent and gone through by phone")),
        (("mail", "result", "What broke this year, by item, and what replaced it"),
         ("call", "idea", "Hardened glasses instead of thin ones: what two other hotels lose"),
         ("visit", "news", "The spring range, with three pieces for the breakfast room")),
        "May the next delivery come before the long weekend?",
        "Yes, on Wednesday before noon; the driver calls.",
        ("The new manager compares prices", "Show what breakage cost before and now"),
        ("Linen for the new rooms", "fit"),
        "Renew for a year at the list price; linen as an addition from April on.",
        ("The kitchen trusts the delivery day", "Glasses break", "Twelve new rooms in spring", "A new manager who does not know us"),
    ),
    "food": Story(
        Wanted("Hours a week spent on ordering", "hours", 6, 2, (5, 3.5, 2.5)),
        "Ordering was an evening's work. Now it is ten minutes with a coffee.",
        "One invoice a month instead of one a delivery.",
        "Packaging for the deliveries they begin next summer.",
        Spoken("Hours saved, and invoices", 4, "Ordering takes a third of the time; the invoices are a nuisance",
               "The owner did the sums himself: four hours a week less. Bookkeeping wants one invoice a month."),
        Spoken("How the standing order runs", 3, "One delivery came without the boards", "The boards came two days later. They were calm, and want to be told earlier."),
        (Given("One invoice a month from the next one on", "work", "First monthly invoice, number 2041"),
         Given("Call before a delivery is short", "follow_up", "Called on Monday, noted in the log"),
         Given("The offer for compostable boxes", "material", "Sent as a file, opened the same day")),
        (("call", "answer", "Why the boards were missing and when they come"),
         ("mail", "result", "Hours spent on ordering since March"),
         ("chat", "idea", "A standing order that follows the season")),
        "Can we have one invoice for the whole month?",
        "Yes, from the next month on; bookkeeping has confirmed it.",
        ("Bookkeeping refuses the many invoices", "One invoice a month, checked by both sides"),
        ("Compostable boxes", "offered"),
        "Renew as it is; the boxes are a separate order.",
        ("The standing order saves them hours", "Short deliveries are told too late", "They begin to deliver", "Two suppliers court them"),
    ),
    "crafts": Story(
        Wanted("Orders that leave the workshop on time", "%", 78, 92, (80, 84, 85)),
        "We promise our own customers a day again, because the wood comes on the day you said.",
        "Oil in larger cans, delivered with the wood.",
        "A second bench when the apprentice starts.",
        Spoken("On time, or not", 3, "Better than last year, not yet what they want",
               "They are at 85 of 100 orders on time. What is late waits for oil, not for wood."),
        Spoken("Oil, and the apprentice", 4, "The larger cans solve it", "They take the larger cans. The apprentice starts after the holidays."),
        (Given("Find out whether oil can travel with the wood", "answer", "Mail with the carrier's answer"),
         Given("A price for ten-litre cans", "material", "Price sent the same evening"),
         Given("Look at the late orders together", "meeting", "Meeting held, list kept in its note")),
        (("visit", "idea", "Where the late orders wait, looked at in the workshop"),
         ("mail", "news", "Larger cans are in stock"),
         ("call", "thanks", "Thanked for the two workshops they sent to us")),
        "Is the oil safe for boards that touch food?",
        "It is; the certificate is in the mail.",
        ("The master retires in two years", "Get to know the daughter, who takes over"),
        ("Oil in ten-litre cans", "own"),
        "Renew with the larger cans in the standing order.",
        ("They recommend us", "What is late waits for oil", "An apprentice, a second bench", "The master retires"),
    ),
    "office": Story(
        Wanted("Colleagues who use the kitchen corner every week", "%", 40, 70, (46, 55, 63)),
        "People eat together again. I would not have believed that mugs could do that.",
        "Fewer deliveries: the reception signs for six a month.",
        "The second floor, which they rent from January on.",
        Spoken("Who uses the corner", 5, "More people than they hoped for",
               "They counted: 63 of 100. The second floor gets the same corner in January, if the budget holds."),
        Spoken("Deliveries, and the second floor", 4, "Two deliveries a month are right", "Agreed on two deliveries. The plan of the second floor comes by mail."),
        (Given("Two deliveries a month instead of six", "work", "Schedule changed, first one delivered"),
         Given("A proposal for the second floor", "material", "Proposal sent, with drawings"),
         Given("Call after the first month of the new schedule", "follow_up", "Called, all well")),
        (("mail", "result", "How many use the corner, by month"),
         ("video", "idea", "The corner of the second floor, drawn"),
         ("call", "promise", "Whether two deliveries are enough")),
        "Who do we call when a delivery is refused at the reception?",
        "Me, on this number; in the evenings the desk at the harbour.",
        ("The budget of January is not decided", "Give the figures of the first floor to whoever decides"),
        ("A corner for the second floor", "offered"),
        "Renew both plans together in January, on one contract.",
        ("The corner is used and seen", "The reception is our only contact on site", "A second floor", "Budgets are cut in January"),
    ),
    "school": Story(
        Wanted("Pupils who eat at the school", "%", 55, 70, (57, 59, 60)),
        "The plates are the first thing we bought that the children have not broken by Christmas.",
        "Plates for small hands; the first class drops the large ones.",
        "What the kitchen of the new wing needs, for the tender in spring.",
        Spoken("Pupils at the table", 3, "A little better, the goal is far",
               "They are at 60 of 100, and wanted 65 by now. The head asks what other schools did."),
        Spoken("Smaller plates", 4, "The first class has them and likes them", "The smaller plates arrived. They want the same in blue."),
        (Given("What three other schools did, on one page", "material", "Page sent to the head"),
         Given("Smaller plates to try, for one class", "work", "Delivered on Monday, photo from the cook"),
         Given("Dates of the tender, when the city tells them", "follow_up", "Forwarded the same day")),
        (("mail", "idea", "What three schools did to have more pupils at the table"),
         ("call", "answer", "Where the blue plates are made, and until when"),
         ("post", "thanks", "A card from all of us after the open day")),
        "Are the plates allowed in the oven of the new kitchen?",
        "Up to 220 degrees; the sheet is in the mail.",
        ("The city puts it out to tender in spring", "Know the dates and who decides before the others"),
        ("Tableware for the new wing", "fit"),
        "Renew until the tender is decided, month by month if they wish.",
        ("The cook speaks for us", "The head hardly knows us", "The new wing", "A tender the cheapest wins"),
    ),
}  # fmt: skip
"""Trade -> its story."""

BOUGHT = (
    Heard(("problem",), ("We ran out of plates twice in one week.", "Forty covers and thirty plates: guests waited.",
                    "The chef and I; he wanted them heavy, I wanted them on time.", "Two others; you answered the same day.",
                    "I sleep on Sundays.")),
    Heard(("recommended", "trust"), ("A colleague showed me her kitchen.", "Nothing matched, and nobody knew what to order again.",
                                "I decided alone.", "I looked at nobody else after that.", "It looks as if we meant it.")),
    Heard(("price", "product"), ("The old supplier raised prices again.", "A fifth more for the same cups.",
                            "Purchasing asked for three offers.", "One was cheaper, and thinner.", "About two thousand a year.")),
)  # fmt: skip
"""From those who bought."""

STAYED = (
    Heard(("value", "service"), ("Because it works and somebody picks up the phone.", "I showed the hours we save.",
                            "The evenings.", "I would be counting cups again.", "No.")),
    Heard(("people",), ("Because of the people who come here.", "Nobody asked.", "They know what we broke before we do.",
                   "We would have bought somewhere, and worse.", "The price was asked about once; the list of what broke answered it.")),
)  # fmt: skip
"""From those who stayed."""

LEFT = (
    Heard(("service",), ("Two late deliveries in the week of the fair.", "With another supplier, for now.", "None. I was angry.",
                    "The goods were good.", "Call before, not after."), "competitor"),
    Heard(("not needed",), ("We closed the shop downstairs.", "Not at all.", "The rent decided.", "Everything, honestly.", "Nothing."), "no need"),
    Heard(("price",), ("The increase in spring.", "We buy ourselves, at the market.", "A sheet with both prices.",
                  "The first year.", "Say in the autumn what spring will cost."), "in-house"),
    Heard(("expectations", "service"), ("We were told that one person would look after us. There were four.", "With a competitor.",
                                   "The chef and I talked for ten minutes.", "The plates.", "Promise less."), "competitor"),
)  # fmt: skip
"""From those who left."""

LOST = (
    ("not needed", "They told support that they have no use for it any more."),
    ("price", "Wrote that it had become too dear after the increase."),
    ("moved or closed", "The parcel came back: moved away."),
    ("competitor", "Said on the phone that they buy elsewhere now."),
    ("service", "The last ticket was about a late delivery; nobody called back."),
)
"""Root reason and what it rests on, of losses told without an interview."""

EXPECTED = (
    ("outcome", "Fewer hours spent on ordering within a quarter."),
    ("feature", "One person who looks after them."),
    ("outcome", "Deliveries on the day that was said."),
)
"""What was expected when they bought."""
