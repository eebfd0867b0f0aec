"""A gRPC service for the user container of a revision: answers every call with its revision, and who forwarded the call."""
import concurrent.futures
import os

import grpc


class Who(grpc.GenericRpcHandler):
    def service(self, details):
        metadata = dict(details.invocation_metadata)
        answer = f"{os.environ['K_REVISION']} by {metadata.get('k-proxy-request', 'nobody')}"
        return grpc.unary_unary_rpc_method_handler(lambda request, context: answer.encode())


server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((Who(),))
server.add_insecure_port(f"{os.environ.get('KXDS_POD_IP', '0.0.0.0')}:{os.environ['PORT']}")
server.start()
server.wait_for_termination()
