#!/usr/bin/env python3
"""One complaint from the first word to the resident's rating, using nothing but the .proto files and grpcio.

    python3 -m venv venv && venv/bin/pip install grpcio grpcio-tools
    hotline serve --data ./data --listen 127.0.0.1:7345 &
    venv/bin/python tests/python/walk.py --addr 127.0.0.1:7345 --token-file ./data/admin.token

Any language with gRPC does the same: compile proto/hotline/**/*.proto, open a channel, send a bearer token with
every call.
"""

import argparse
import importlib
import pathlib
import sys
import tempfile
import uuid

import grpc
from grpc_tools import protoc

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "proto"


def compile_protos(protos):
    """Turns the .proto files into Python modules. Usually done once, when a project is built."""
    out = tempfile.mkdtemp(prefix="hotline-python-")
    files = [str(path) for path in sorted(protos.glob("hotline/**/*.proto"))]
    builtin = str(pathlib.Path(protoc.__file__).parent / "_proto")  # google/protobuf/timestamp.proto
    if protoc.main(["protoc", f"-I{protos}", f"-I{builtin}", f"--python_out={out}", f"--grpc_python_out={out}", *files]):
        sys.exit("the .proto files do not compile")
    sys.path.insert(0, out)


def module(role, kind="pb2"):
    return importlib.import_module(f"hotline.{role}.v1.{role}_{kind}")


class Hotline:
    """The hotline as the holder of one token sees it. Without a token: a resident."""

    def __init__(self, channel, token=None, language="en"):
        self.metadata = [("accept-language", language)]  # errors in English; zh for Chinese
        if token:
            self.metadata.append(("authorization", f"Bearer {token}"))
        service = lambda role, name: getattr(module(role, "pb2_grpc"), f"{name}ServiceStub")(channel)
        self.tickets = service("tickets", "Ticket")
        self.triage = service("triage", "Triage")
        self.feedback = service("feedback", "Feedback")
        self.vault = service("vault", "Vault")

    def ask(self, method, request):
        """Every call has a deadline and carries the token."""
        return method(request, timeout=10, metadata=self.metadata)

    def do(self, method, request):
        """A call that changes something also has a request id: sent again with the same id, it is done only once."""
        request.request_id = str(uuid.uuid4())
        return self.ask(method, request)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--addr", default="127.0.0.1:7345")
    options.add_argument("--token-file", default="data/admin.token", help="the administrator's token")
    options.add_argument("--protos", type=pathlib.Path, default=PROTOS)
    options = options.parse_args()

    compile_protos(options.protos)
    common, tickets, triage = module("common"), module("tickets"), module("triage")
    feedback, vault = module("feedback"), module("vault")

    channel = grpc.insecure_channel(options.addr)
    administrator = Hotline(channel, pathlib.Path(options.token_file).read_text().strip())

    def staff(holder, role, unit=""):
        """The administrator makes a token for each person or machine. It is shown once."""
        request = vault.CreateTokenRequest(holder=holder, role=role, unit=unit, ttl_seconds=3600)
        return Hotline(channel, administrator.do(administrator.vault.CreateToken, request).token)

    def tell(step, ticket):
        print(f"{step}: {common.Phase.Name(ticket.phase)} version {ticket.version}")

    # 登记: an operator takes a call. The resident gets a number and a query code.
    operator = staff("walk-operator", common.ROLE_OPERATOR)
    request = tickets.RegisterRequest(
        channel=common.CHANNEL_PHONE,
        type=common.REQUEST_TYPE_HELP,
        grade=common.GRADE_B,
        subject="龙湖区一小区自来水管爆裂",
        body="龙湖区金霞街道春和园小区门口自来水管爆裂，整栋楼停水，请尽快抢修。",
        place="龙湖区金霞街道春和园小区门口",
        standing=common.STANDING_OWN,
        identity=common.Identity(name="示例", phone="13900000000"),
    )
    registered = operator.do(operator.tickets.Register, request)
    number, query_code = registered.ticket.number, registered.query_code
    tell("register", registered.ticket)

    # 派单: the hotline suggests who is responsible and why; a triager decides.
    triager = staff("walk-triager", common.ROLE_TRIAGER)
    suggested = triager.ask(triager.triage.SuggestTriage, triage.SuggestTriageRequest(number=number))
    category, area, unit = suggested.categories[0], suggested.areas[0], suggested.units[0]
    print(f"suggested: {category.name} in {area.name} by {unit.name} (on the ground of {unit.basis})")
    request = tickets.DispatchRequest(
        number=number,
        lead_unit=unit.unit,
        entry=unit.entry,
        classification=tickets.Classification(category=category.code, area=area.code, confidence_percent=100),
    )
    tell("dispatch", triager.do(triager.tickets.Dispatch, request).ticket)

    # 签收, 先行联系, 回复: the unit's clerk signs for it, rings the resident, does the work and answers.
    clerk = staff("walk-clerk", common.ROLE_UNIT_CLERK, unit=unit.unit)
    tell("sign", clerk.do(clerk.tickets.Sign, tickets.SignRequest(number=number)).ticket)
    request = tickets.RecordFirstContactRequest(
        number=number, means=common.MEANS_PHONE, reached=True, note="已联系，半小时内到场"
    )
    tell("contact", clerk.do(clerk.tickets.RecordFirstContact, request).ticket)
    request = tickets.SubmitReplyRequest(
        number=number,
        claim=common.CLAIM_SOLVED,
        found="小区门口供水支管老化爆裂",
        done="已关阀更换管段二米，恢复供水",
        decided="当晚已恢复供水，并列入管网改造计划",
    )
    tell("reply", clerk.do(clerk.tickets.SubmitReply, request).ticket)

    # 审核: an auditor, never of the replying unit, reads the answer before the resident does.
    auditor = staff("walk-auditor", common.ROLE_AUDITOR)
    tell("audit", auditor.do(auditor.tickets.AuditReply, tickets.AuditReplyRequest(number=number, passed=True)).ticket)

    # 回访: it is now on the callback agents' list. Nobody answers the first ring.
    agent = staff("walk-callback-agent", common.ROLE_CALLBACK_AGENT)
    waiting = agent.ask(agent.feedback.ListCallbacks, feedback.ListCallbacksRequest(page_size=200))
    assert number in [item.number for item in waiting.callbacks]
    try:
        request = tickets.RecordCallbackRequest(number=number, reached=False)
        tell("callback", agent.do(agent.tickets.RecordCallback, request).ticket)
    except grpc.RpcError as refused:
        # A rule may say no: residents are not rung at night or at noon. The code is stable, the words are for people.
        assert refused.code() == grpc.StatusCode.FAILED_PRECONDITION, refused
        print(f"callback: {refused.details()}")

    # 评价: the resident follows the matter with number and query code, needs no token, reads the answer and rates it.
    resident = Hotline(channel)
    tracked = resident.ask(
        resident.feedback.TrackTicket, feedback.TrackTicketRequest(number=number, query_code=query_code)
    )
    print(f"track: {tracked.unit_name}: {tracked.answer.decided}")
    request = feedback.RateTicketRequest(
        rating_link=tracked.rating_link, solved=True, rating=common.RATING_VERY_SATISFIED, reason="很快就修好了"
    )
    rated = resident.ask(resident.feedback.RateTicket, request)
    print(f"rating: {common.Phase.Name(rated.phase)}")

    # Everything that happened, in order.
    request = tickets.ListTicketEventsRequest(number=number, page_size=200)
    for event in operator.ask(operator.tickets.ListTicketEvents, request).events:
        print(f"event {event.version}: {event.kind} by {event.actor}")
    print(f"closed: {number}")


if __name__ == "__main__":
    main()
