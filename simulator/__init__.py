"""A simulated Twilio with phones, for testing any Twilio application without an account."""

from simulator.clock import VirtualClock
from simulator.facade import CallHandle, Simulator
from simulator.faults import CallbackKind, Disturbance, Faults, RestFaultKind
from simulator.handset import Handset, Heard, Sound
from simulator.journal import Entry, EntryKind, Journal
from simulator.personas import Persona, TextReply
from simulator.phones import Phone
from simulator.switches import Switches
from simulator.transport import HttpTransport, Transport, WsgiTransport

__all__ = [
    "CallHandle",
    "CallbackKind",
    "Disturbance",
    "Entry",
    "EntryKind",
    "Faults",
    "Handset",
    "Heard",
    "HttpTransport",
    "Journal",
    "Persona",
    "Phone",
    "RestFaultKind",
    "Simulator",
    "Sound",
    "Switches",
    "TextReply",
    "Transport",
    "VirtualClock",
    "WsgiTransport",
]
