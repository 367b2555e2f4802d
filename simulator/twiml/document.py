"""Reading a TwiML document, with the errors and warnings that Twilio would log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from simulator.twiml.schema import MESSAGING, VOICE, Grammar

MOST_BYTES = 64 * 1024
MOST_DEPTH = 32

PARSE_ERROR, WRONG_ROOT, SCHEMA_WARNING, WRONG_CONTENT_TYPE, TOO_LARGE = 12100, 12102, 12200, 12300, 11750

_XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
_SPACE = re.compile(r"\s+")


class DocumentError(Exception):
    """A document that Twilio gives up on; caught by the call, which turns to the fallback URL."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Node:
    """A TwiML element. `content` holds the texts and child elements in order."""

    name: str
    attributes: dict[str, str]
    line: int
    content: list["Node | str"] = field(default_factory=list)

    @property
    def children(self) -> list["Node"]:
        """The child elements in order."""
        return [part for part in self.content if isinstance(part, Node)]

    @property
    def text(self) -> str:
        """The text in the element and its children (SSML, for instance), spaces collapsed."""
        return _SPACE.sub(" ", "".join(self._texts())).strip()

    def _texts(self) -> Iterator[str]:
        for part in self.content:
            if isinstance(part, str):
                yield part
            else:
                yield from part._texts()  # noqa: SLF001 - its own kind

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be followed, and what the schema found to warn of (12200)."""

    verbs: tuple[Node, ...]
    warnings: tuple[str, ...]


def read_voice(body: bytes, content_type: str | None) -> Document:
    """Read the answer to a voice webhook.

    Raises:
        DocumentError: with Twilio's code, when it cannot be followed.
    """
    return _read(body, content_type, VOICE)


def read_messaging(body: bytes, content_type: str | None) -> Document:
    """Read the answer to an SMS webhook; plain text becomes one message.

    Raises:
        DocumentError: with Twilio's code, when it cannot be followed.
    """
    return _read(body, content_type, MESSAGING)


def _read(body: bytes, content_type: str | None, grammar: Grammar) -> Document:
    if content_type is None:
        raise DocumentError(WRONG_CONTENT_TYPE, "the answer has no Content-Type: send text/xml")
    kind = content_type.partition(";")[0].strip().lower()
    if len(body) > MOST_BYTES:
        raise DocumentError(TOO_LARGE, f"the document has {len(body)} bytes: at most {MOST_BYTES} are read")
    if kind in _XML_TYPES:
        return _checked(parse(body), grammar)
    if kind.startswith("audio/") and grammar is VOICE:
        return Document((Node("Play", {}, 1, ["(the answer itself)"]), Node("Hangup", {}, 1)), ())
    if kind == "text/plain":
        return _plain(body, grammar)
    raise DocumentError(WRONG_CONTENT_TYPE, f"Content-Type {content_type} is no TwiML: send text/xml")


def _plain(body: bytes, grammar: Grammar) -> Document:
    try:
        return _checked(parse(body), grammar)
    except DocumentError:
        text = body.decode("utf-8", "replace")
        if grammar is VOICE:
            return Document((Node("Say", {}, 1, [text]), Node("Hangup", {}, 1)), ())
        return Document((Node("Message", {}, 1, [text]),), ())


def parse(body: bytes) -> Node:
    """Parse a document into its root element.

    Raises:
        DocumentError: 12100 when it is not well-formed XML (also with white space before the
            declaration, or with entities of its own), 12102 when the root is not Response.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root: list[Node] = []
    open_nodes: list[Node] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        node = Node(name, attributes, parser.CurrentLineNumber)
        if open_nodes:
            open_nodes[-1].content.append(node)
        else:
            root.append(node)
        open_nodes.append(node)
        if len(open_nodes) > MOST_DEPTH:
            raise DocumentError(PARSE_ERROR, f"elements are nested more than {MOST_DEPTH} deep")

    def end(_name: str) -> None:
        open_nodes.pop()

    def text(data: str) -> None:
        open_nodes[-1].content.append(data)

    def entity(name: str, *_rest: object) -> None:
        raise DocumentError(PARSE_ERROR, f"the document declares the entity {name}, which is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise DocumentError(PARSE_ERROR, f"the document is no XML: {error}") from error
    if root[0].name != "Response":
        raise DocumentError(WRONG_ROOT, f"the root element is {root[0].name}: it has to be Response")
    return root[0]


def _checked(root: Node, grammar: Grammar) -> Document:
    warnings: list[str] = []
    _check_children(root, grammar, warnings)
    return Document(tuple(root.children), tuple(warnings))


def _check_children(node: Node, grammar: Grammar, warnings: list[str]) -> None:
    """Warn of what the schema does not know and take it out, as Twilio ignores it."""
    kept: list[Node | str] = []
    for part in node.content:
        if isinstance(part, str):
            if part.strip() and node.name in grammar.without_text:
                warnings.append(f"line {node.line}: text inside {node.name} is ignored")
            kept.append(part)
            continue
        rule = grammar.elements.get(part.name)
        if rule is None or node.name not in rule.parents:
            warnings.append(f"line {part.line}: element {part.name} is not allowed in {node.name}")
            continue
        if rule.is_open:
            kept.append(part)
            continue
        for name in sorted(set(part.attributes) - rule.attributes):
            warnings.append(f"line {part.line}: attribute {name} is not allowed in {part.name}")
            del part.attributes[name]
        _check_children(part, grammar, warnings)
        kept.append(part)
    node.content = kept
