/** How a message arrives: slowly, in pieces, on one connection after the other. */
import { failed, passed, warning, type Scenario } from "../case.ts";
import { describeExchange, type Exchange } from "../exchange.ts";
import { createKeepAliveAgent, type RawRequest } from "../raw-requests.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { Delivery, ScenarioRunner } from "../scenario-runner.ts";

const group = "Transport";
const slowCount = 5;

const othersServedText = {
  severity: "message",
  expects: "Meanwhile another message is answered as fast as ever.",
  consequence:
    "Whoever comes over a bad line, or means harm, stops everybody's results: each call waits until fifteen seconds are over, and is told again.",
  fix: "Let no connection hold up another: an event loop, or many workers, and a limit for how long a request may take.",
} as const;

/** Sends messages in an unusual way, all at once, and one in the ordinary way while they are under way. */
async function sendAlongside(
  runner: ScenarioRunner,
  request: Pick<RawRequest, "manner" | "pieces" | "beforeRead">,
): Promise<Delivery[]> {
  const labels = Array.from({ length: slowCount }, (_, i) => `slow ${i + 1}`);
  const payments = await runner.beginAll(labels);
  const baselinePayment = await runner.begin("one alone");
  const ordinaryPayment = await runner.begin("the other one");
  // What it takes by itself is no fault: only what the slow ones add to it.
  const baseline = await runner.send(runner.successMessage(baselinePayment));
  const slow = payments.map(async (payment): Promise<Delivery> => {
    const message = runner.successMessage(payment);
    const { body } = message;
    const exchange = await runner.sendRaw(payment.label, {
      headers: await runner.buildHeaders(message),
      body,
      ...request,
    });
    return { message, attempts: [exchange], acknowledged: exchange.failure === null };
  });
  const { slowNetworkMs } = runner.settings.timeouts;
  await runner.wait(slowNetworkMs / 10);
  const ordinary = await runner.send(runner.successMessage(ordinaryPayment));
  runner.report("others-served", toServedFinding(ordinary, baseline, slowNetworkMs));
  return Promise.all(slow);
}

function toServedFinding(exchange: Exchange, baseline: Exchange, slowNetworkMs: number) {
  if (exchange.failure !== null) return failed(describeExchange(exchange));
  return exchange.tookMs - baseline.tookMs < slowNetworkMs * 0.75
    ? passed(describeExchange(exchange))
    : failed(
        `It was answered after ${exchange.tookMs} ms, when the slow ones were over; alone it takes ${baseline.tookMs} ms.`,
      );
}

export const slowSender: Scenario = {
  name: "slow-sender",
  group,
  description: "Sends five messages in pieces over some seconds, and an ordinary one meanwhile.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "A body that arrives in pieces is read to its end, and acknowledged.",
      consequence: "A result that fills two packets is read by half, and refused.",
      fix: "Read until the body ends (Content-Length), not until the first piece is there.",
    },
    "others-served": othersServedText,
  },
  async run(runner) {
    const pause = () => runner.wait(runner.settings.timeouts.slowNetworkMs / 5);
    const deliveries = await sendAlongside(runner, {
      manner: "body in six pieces",
      pieces: { count: 6, pause },
    });
    runner.reportAcknowledged("acknowledged", deliveries);
  },
};

export const slowReader: Scenario = {
  name: "slow-reader",
  group,
  description:
    "Sends five messages and does not read their answers for a while, and an ordinary one meanwhile.",
  cases: { "others-served": othersServedText },
  async run(runner) {
    const beforeRead = () => runner.wait(runner.settings.timeouts.slowNetworkMs);
    await sendAlongside(runner, { manner: "answer read late", beforeRead });
  },
};

export const keepAlive: Scenario = {
  name: "kept-alive",
  group,
  description: "Sends five messages over one connection, one after the other.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "Each is acknowledged, over the same connection or over a new one.",
      consequence:
        "The second message of a connection is answered with the first one's answer, or not at all.",
      fix: "Read each body to its end before you answer, or answer with Connection: close.",
    },
  },
  async run(runner) {
    const agent = createKeepAliveAgent(runner.settings.url);
    const deliveries: Delivery[] = [];
    for (const payment of await runner.beginAll(["first", "second", "third", "fourth", "fifth"])) {
      const message = runner.successMessage(payment);
      const { body } = message;
      const headers = { ...(await runner.buildHeaders(message)), connection: "keep-alive" };
      const exchange = await runner.sendRaw(payment.label, {
        headers,
        body,
        manner: "on one connection",
        agent,
      });
      const acknowledgementWarning =
        exchange.failure === null ? message.checkAcknowledgement(exchange.responseBody) : null;
      deliveries.push({ message, attempts: [exchange], acknowledged: exchange.failure === null });
      if (acknowledgementWarning?.includes("another conversation") === true)
        runner.report("acknowledged", failed(`${payment.label}: ${acknowledgementWarning}`));
    }
    agent.destroy();
    runner.reportAcknowledged("acknowledged", deliveries);
  },
};

export const chunked: Scenario = {
  name: "chunked",
  group,
  description: "Sends a message without Content-Length, by HTTP/1.1's chunked coding.",
  cases: {
    accepted: {
      severity: "form",
      expects: "It is acknowledged, and booked.",
      consequence: "Pesarail always sends a length. A proxy in front of your listener may not.",
      fix: "Let an HTTP library read the body.",
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const exchange = await runner.sendRaw(payment.label, {
      headers: await runner.buildHeaders(message),
      body: message.body,
      chunked: true,
      manner: "chunked, without a length",
    });
    if (exchange.failure !== null) return runner.report("accepted", warning(describeExchange(exchange)));
    runner.report("accepted", passed(describeExchange(exchange)));
    if (runner.canObserve(payment)) await runner.expectRecords("accepted", [payment], bookedOnce);
  },
};
