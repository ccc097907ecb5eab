// A stock program: the Node SDK with nothing configured, one span with a child.
"use strict";
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { trace, SpanStatusCode } = require("@opentelemetry/api");

async function main() {
  const sdk = new NodeSDK();
  sdk.start();
  const tracer = trace.getTracer("checkout");
  tracer.startActiveSpan("node.checkout", (parent) => {
    parent.setAttribute("http.route", "/checkout/{id}");
    tracer.startActiveSpan("node.charge", (child) => {
      child.recordException(new TypeError("card was refused"));
      child.setStatus({ code: SpanStatusCode.ERROR, message: "card was refused" });
      child.end();
    });
    parent.end();
  });
  await sdk.shutdown();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
