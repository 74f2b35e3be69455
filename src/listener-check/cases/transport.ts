/** Unusual transport: slow requests, fragmented bodies and reused connections. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "../case.ts";
import { failed, notApplicable, passed, warning, type Finding } from "../finding.ts";
import { describeExchange, type Delivery, type Exchange } from "../exchange.ts";
import { createKeepAliveAgent, type RawRequest } from "../raw-requests.ts";
import { hasBody, toRawContent } from "../message-content.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";
import { createRequestHold, type RequestHold } from "../hold.ts";

const group = "Transport";
/** For a callback by GET. */
const withoutBody = notApplicable("These callbacks have no body: the result is in the query string.");

const slowCount = 5;
const pieceCount = 6;

const othersServedText = {
  severity: "message",
  expects: "Another message gets its response meanwhile.",
  consequence:
    "A slow or malicious client delays all other results: their calls time out after fifteen seconds and are retried.",
  fix: "Do not let one connection block another: use an event loop or many workers, and limit the duration of a request.",
} as const;

/**
 * Keeps several messages unfinished, and sends an ordinary one meanwhile. They are finished when it has its response,
 * so the response proves that they did not delay it.
 */
async function sendAlongside(
  runner: ScenarioRunner,
  buildRequest: (hold: RequestHold) => Pick<RawRequest, "manner" | "pieces" | "beforeRead">,
): Promise<Delivery[]> {
  const labels = Array.from({ length: slowCount }, (_, i) => `slow ${i + 1}`);
  const payments = await runner.beginAll(labels);
  const baselinePayment = await runner.begin("one alone");
  const ordinaryPayment = await runner.begin("the other one");
  const baseline = await runner.send(runner.successMessage(baselinePayment));
  const hold = createRequestHold(slowCount);
  const slow = payments.map(async (payment): Promise<Delivery> => {
    const message = runner.successMessage(payment);
    const exchange = await runner.sendRaw(payment.label, {
      headers: await runner.buildHeaders(message),
      ...toRawContent(message),
      ...buildRequest(hold),
    });
    return { message, attempts: [exchange], acknowledged: exchange.failure === null };
  });
  const { slowNetworkMs } = runner.settings.timeouts;
  // A listener that handles one request at a time may leave some of them without a response to wait at.
  await waitUntilDeadline(runner, slowNetworkMs, [hold.allWait, Promise.all(slow)]);
  const ordinary = runner.send(runner.successMessage(ordinaryPayment));
  // Longer than alone, because the listener may be slow and the machine busy.
  const wasServed = await waitUntilDeadline(runner, 2 * slowNetworkMs + 2 * baseline.tookMs, [ordinary]);
  hold.release();
  runner.report("others-served", toServedFinding(await ordinary, wasServed));
  return Promise.all(slow);
}

/** Whether one of the promises was fulfilled in time. */
async function waitUntilDeadline(
  { settings }: ScenarioRunner,
  timeoutMs: number,
  promises: readonly Promise<unknown>[],
): Promise<boolean> {
  const timer = new AbortController();
  const signal = AbortSignal.any([timer.signal, settings.signal]);
  const timeout = sleep(timeoutMs, false, { signal });
  timeout.catch(() => {});
  try {
    return await Promise.race([...promises.map((promise) => promise.then(() => true)), timeout]);
  } finally {
    timer.abort();
  }
}

function toServedFinding(exchange: Exchange, wasServed: boolean): Finding {
  if (exchange.failure !== null) return failed(describeExchange(exchange));
  return wasServed
    ? passed(`${describeExchange(exchange)}, while the slow requests were not finished`)
    : failed(`The response came only after the slow requests were finished, after ${exchange.tookMs} ms.`);
}

export const slowSender: Scenario = {
  name: "slow-sender",
  group,
  description: "Sends five messages slowly, in several pieces, and an ordinary one at the same time.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "A body that arrives in pieces is read to its end and acknowledged.",
      consequence: "A result that spans two packets is only half read, and refused.",
      fix: "Read until the body ends (Content-Length), not only the first chunk.",
    },
    "others-served": othersServedText,
  },
  async run(runner) {
    if (!hasBody(runner.successMessage(runner.createUnrequestedPayment("form")))) {
      for (const name of ["acknowledged", "others-served"]) runner.report(name, withoutBody);
      return;
    }
    const { slowNetworkMs } = runner.settings.timeouts;
    const deliveries = await sendAlongside(runner, (hold) => {
      let pauses = 0;
      const pause = async (): Promise<unknown> => {
        pauses += 1;
        return pauses < pieceCount - 1 ? runner.wait(slowNetworkMs / 10) : hold.wait();
      };
      return { manner: "body in six pieces", pieces: { count: pieceCount, pause } };
    });
    runner.reportAcknowledged("acknowledged", deliveries);
  },
};

export const slowReader: Scenario = {
  name: "slow-reader",
  group,
  description:
    "Sends five messages and delays reading the responses, and sends an ordinary one at the same time.",
  cases: { "others-served": othersServedText },
  async run(runner) {
    await sendAlongside(runner, (hold) => ({ manner: "response read late", beforeRead: hold.wait }));
  },
};

export const keepAlive: Scenario = {
  name: "kept-alive",
  group,
  description: "Sends five messages in sequence over one connection.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "Each is acknowledged, over the same connection or a new one.",
      consequence: "The second message of a connection gets the first one's response, or none.",
      fix: "Read each body to its end before you respond, or respond with Connection: close.",
    },
  },
  async run(runner) {
    const agent = createKeepAliveAgent(runner.settings.url);
    const deliveries: Delivery[] = [];
    for (const payment of await runner.beginAll(["first", "second", "third", "fourth", "fifth"])) {
      const message = runner.successMessage(payment);
      const headers = { ...(await runner.buildHeaders(message)), connection: "keep-alive" };
      const exchange = await runner.sendRaw(payment.label, {
        headers,
        ...toRawContent(message),
        manner: "on one connection",
        agent,
      });
      const acknowledgementWarning =
        exchange.failure === null ? message.checkAcknowledgement(exchange.responseBody) : null;
      deliveries.push({ message, attempts: [exchange], acknowledged: exchange.failure === null });
      if (acknowledgementWarning?.includes("another request") === true)
        runner.report("acknowledged", failed(`${payment.label}: ${acknowledgementWarning}`));
    }
    agent.destroy();
    runner.reportAcknowledged("acknowledged", deliveries);
  },
};

export const chunked: Scenario = {
  name: "chunked",
  group,
  description: "Sends a message with chunked encoding, without Content-Length.",
  cases: {
    accepted: {
      severity: "form",
      expects: "It is acknowledged and booked.",
      consequence: "Pesarail always sends a length, but a proxy in front of your listener may not.",
      fix: "Let an HTTP library read the body.",
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    if (!hasBody(message)) return runner.report("accepted", withoutBody);
    const exchange = await runner.sendRaw(payment.label, {
      headers: await runner.buildHeaders(message),
      ...toRawContent(message),
      chunked: true,
      manner: "chunked, without a length",
    });
    if (exchange.failure !== null) return runner.report("accepted", warning(describeExchange(exchange)));
    runner.report("accepted", passed(describeExchange(exchange)));
    if (runner.canObserve(payment)) await runner.expectRecords("accepted", [payment], bookedOnce);
  },
};
