#!/usr/bin/env python3
"""An OTLP receiver made of OpenTelemetry's own Python package: prints its port, then writes each span as a line of JSON.

    python otlp_receiver.py spans.jsonl
"""

import json
import sys
from concurrent import futures

import grpc
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as service


class Receiver(service.TraceServiceServicer):
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")

    def Export(self, request, context):
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    line = MessageToDict(span)
                    line.update(
                        traceId=span.trace_id.hex(),
                        spanId=span.span_id.hex(),
                        parentSpanId=span.parent_span_id.hex(),
                        resource=MessageToDict(resource.resource),
                        scope=scope.scope.name,
                    )
                    self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.file.flush()
        return pb.ExportTraceServiceResponse()


def main():
    # One worker: spans are written one export at a time.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    service.add_TraceServiceServicer_to_server(Receiver(sys.argv[1]), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
