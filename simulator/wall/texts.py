"""The words of the wall of phones in Nynorsk, Bokmål and English."""

from collections.abc import Mapping

LANGUAGES = ("nn", "nb", "en")
DEFAULT_LANGUAGE = "nn"

_TEXTS: dict[str, tuple[str, str, str]] = {
    "title": ("Telefonveggen", "Telefonveggen", "The wall of phones"),
    "lead": (
        "Simulerte telefonar. Ring vakttelefonen frå eit kort, sjå kven det ringjer hos, og svar.",
        "Simulerte telefoner. Ring vakttelefonen fra et kort, se hvem det ringer hos, og svar.",
        "Simulated phones. Call the hotline from a card, see whom it rings, and answer.",
    ),
    "skip": ("Hopp til telefonane", "Hopp til telefonene", "Skip to the phones"),
    "language": ("Språk", "Språk", "Language"),
    "phones": ("Telefonar", "Telefoner", "Phones"),
    "speak-aloud": ("Les høgt", "Les høyt", "Speak aloud"),
    "hotline": ("Nummer å ringje", "Nummer å ringe", "Number to call"),
    "clock": ("Klokka er", "Klokken er", "The time is"),
    "ring": ("Ring", "Ring", "Call"),
    "answer": ("Svar", "Svar", "Answer"),
    "decline": ("Avvis", "Avvis", "Decline"),
    "hang-up": ("Legg på", "Legg på", "Hang up"),
    "keypad": ("Tastar", "Taster", "Keypad"),
    "key": ("Tast", "Tast", "Key"),
    "star": ("stjerne", "stjerne", "star"),
    "hash": ("firkant", "firkant", "hash"),
    "say-label": ("Sei noko", "Si noe", "Say something"),
    "say": ("Sei", "Si", "Say"),
    "persona": ("Kven svarar", "Hvem svarer", "Who answers"),
    "heard": ("Det du høyrer", "Det du hører", "What you hear"),
    "messages": ("Meldingar", "Meldinger", "Messages"),
    "no-messages": ("Ingen meldingar enno", "Ingen meldinger ennå", "No messages yet"),
    "sms-to": ("Til", "Til", "To"),
    "sms-text": ("Melding", "Melding", "Message"),
    "send": ("Send", "Send", "Send"),
    "sent-by-phone": ("Sendt", "Sendt", "Sent"),
    "received": ("Motteken", "Mottatt", "Received"),
    "events": ("Det som skjer", "Det som skjer", "What happens"),
    "no-events": (
        "Ingenting har hendt enno. Ring vakttelefonen!",
        "Ingenting har hendt ennå. Ring vakttelefonen!",
        "Nothing has happened yet. Call the hotline!",
    ),
    "no-phones": (
        "Det er ingen telefonar her enno.",
        "Det er ingen telefoner her ennå.",
        "There are no phones here yet.",
    ),
    "needs-script": (
        "Telefonveggen treng JavaScript for å vise telefonane medan dei ringjer.",
        "Telefonveggen trenger JavaScript for å vise telefonene mens de ringer.",
        "The wall of phones needs JavaScript to show the phones while they ring.",
    ),
    "lost": (
        "Får ikkje kontakt med simulatoren. Prøver att …",
        "Får ikke kontakt med simulatoren. Prøver igjen …",
        "Cannot reach the simulator. Trying again …",
    ),
    "refused": ("Det gjekk ikkje: {reason}", "Det gikk ikke: {reason}", "That did not work: {reason}"),
    "state-idle": ("Ledig", "Ledig", "Idle"),
    "state-ringing": ("Ringjer", "Ringer", "Ringing"),
    "state-calling": ("Ringjer opp", "Ringer opp", "Calling"),
    "state-in-call": ("I samtale", "I samtale", "In a call"),
    "with-ringing": ("og viser {other}", "og viser {other}", "showing {other}"),
    "with-calling": ("{other}", "{other}", "{other}"),
    "with-in-call": ("med {other}", "med {other}", "with {other}"),
    "hint-listening": (
        "Ventar på at du trykkjer ein tast",
        "Venter på at du trykker en tast",
        "Waiting for a key",
    ),
    "hint-beep": ("Tek opp. Snakk no", "Tar opp. Snakk nå", "Recording. Speak now"),
    "hint-ringing": ("Det ringjer …", "Det ringer …", "It rings …"),
    "hint-connected": ("De er kopla saman", "Dere er koblet sammen", "You are connected"),
    "hint-last": ("Førre samtale: {status}", "Forrige samtale: {status}", "Last call: {status}"),
    "hint-music": ("Ventemusikk", "Ventemusikk", "Music on hold"),
    "persona-manual": ("Du sjølv", "Du selv", "You"),
    "persona-human": ("Svarar og trykkjer 1", "Svarer og trykker 1", "Answers and presses 1"),
    "persona-passes": ("Svarar og trykkjer 2", "Svarer og trykker 2", "Answers and presses 2"),
    "persona-wrong-key": ("Trykkjer feil tast først", "Trykker feil tast først", "Presses a wrong key first"),
    "persona-slow": ("Sein", "Sen", "Slow"),
    "persona-voicemail": ("Privat mobilsvar", "Privat mobilsvar", "Private voicemail"),
    "persona-hangs-up": ("Svarar og legg på", "Svarer og legger på", "Answers and hangs up"),
    "persona-declines": ("Avviser", "Avviser", "Declines"),
    "persona-no-answer": ("Svarar ikkje", "Svarer ikke", "Does not answer"),
    "persona-busy": ("Oppteken", "Opptatt", "Busy"),
    "persona-unreachable": ("Slått av", "Slått av", "Switched off"),
    "event-rings": ("ringjer {other}", "ringer {other}", "calls {other}"),
    "event-ringing": ("blir ringd opp", "blir ringt opp", "is being called"),
    "event-answers": ("svarar", "svarer", "answers"),
    "event-hears": ("høyrer: {words}", "hører: {words}", "hears: {words}"),
    "event-presses": ("trykkjer {key}", "trykker {key}", "presses {key}"),
    "event-speaks": ("seier: {words}", "sier: {words}", "says: {words}"),
    "event-hangs-up": ("legg på", "legger på", "hangs up"),
    "event-declines": ("avviser samtalen", "avviser samtalen", "declines the call"),
    "event-forwards": ("koplar vidare til {other}", "kobler videre til {other}", "forwards to {other}"),
    "event-connected": ("snakkar med {other}", "snakker med {other}", "talks with {other}"),
    "event-ended": (
        "er ute av samtalen ({status})",
        "er ute av samtalen ({status})",
        "is out of the call ({status})",
    ),
    "event-texts": ("SMS til {other}: {words}", "SMS til {other}: {words}", "SMS to {other}: {words}"),
    "event-receives": (
        "får SMS frå {other}: {words}",
        "får SMS fra {other}: {words}",
        "gets SMS from {other}: {words}",
    ),
    "event-undelivered": ("SMS kom ikkje fram", "SMS kom ikke fram", "SMS did not arrive"),
    "event-note": ("{words}", "{words}", "{words}"),
    "status-completed": ("ferdig", "ferdig", "completed"),
    "status-busy": ("oppteken", "opptatt", "busy"),
    "status-no-answer": ("ikkje svar", "ikke svar", "no answer"),
    "status-failed": ("fekk ikkje kontakt", "fikk ikke kontakt", "not reached"),
    "status-canceled": ("avbroten", "avbrutt", "cancelled"),
    "bad-key": ("det er ingen tast", "det er ingen tast", "that is no key"),
    "no-call": (
        "telefonen er ikkje i ein samtale",
        "telefonen er ikke i en samtale",
        "the phone is not in a call",
    ),
    "not-ringing": ("telefonen ringjer ikkje", "telefonen ringer ikke", "the phone is not ringing"),
    "engaged": ("telefonen er alt i bruk", "telefonen er allerede i bruk", "the phone is already in use"),
    "no-phone": ("telefonen finst ikkje", "telefonen finnes ikke", "there is no such phone"),
    "no-number": ("nummeret finst ikkje", "nummeret finnes ikke", "there is no such number"),
    "empty-text": ("meldinga er tom", "meldingen er tom", "the message is empty"),
    "long-text": ("meldinga er for lang", "meldingen er for lang", "the message is too long"),
    "no-persona": ("det finst ingen slik rolle", "det finnes ingen slik rolle", "there is no such persona"),
    "no-action": ("det er ukjent", "det er ukjent", "that is unknown"),
    "foreign": (
        "førespurnaden kjem ikkje frå denne sida",
        "forespørselen kommer ikke fra denne siden",
        "the request does not come from this page",
    ),
}


def texts_in(language: str) -> Mapping[str, str]:
    """Return the words in a language; an unknown one is answered in Nynorsk."""
    column = LANGUAGES.index(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    return {key: words[column] for key, words in _TEXTS.items()}


def keys() -> frozenset[str]:
    """Return the names of all words."""
    return frozenset(_TEXTS)
