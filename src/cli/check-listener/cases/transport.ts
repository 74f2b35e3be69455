/** How a message arrives: slowly, in pieces, on one connection after the other. */
import { failed, passed, warning, type Scenario } from "../case.ts";
import { inWords, type Exchange } from "../exchange.ts";
import { keptConnection, type OddPost } from "../odd-posts.ts";
import { bookedOnce } from "../records.ts";
import type { Delivery, Stage } from "../stage.ts";

const group = "Transport";
const slowOnes = 5;

const othersServed = {
  harm: "message",
  expects: "Meanwhile another message is answered as fast as ever.",
  otherwise:
    "Whoever comes over a bad line, or means harm, stops everybody's results: each call waits until fifteen seconds are over, and is told again.",
  mend: "Let no connection hold up another: an event loop, or many workers, and a limit for how long a request may take.",
} as const;

/** Sends messages in an unusual way, all at once, and one in the ordinary way while they are under way. */
async function among(
  stage: Stage,
  how: Pick<OddPost, "manner" | "pieces" | "readAfter">,
): Promise<Delivery[]> {
  const labels = Array.from({ length: slowOnes }, (_, i) => `slow ${i + 1}`);
  const payments = await stage.beginAll(labels);
  const alone = await stage.begin("one alone");
  const other = await stage.begin("the other one");
  // What it takes by itself is no fault: only what the slow ones add to it.
  const usual = await stage.send(stage.success(alone));
  const slow = payments.map(async (payment): Promise<Delivery> => {
    const message = stage.success(payment);
    const { body } = message;
    const exchange = await stage.sendOddly(payment.label, {
      headers: await stage.headers(message),
      body,
      ...how,
    });
    return { message, attempts: [exchange], acknowledged: exchange.failure === null };
  });
  const { slowMs } = stage.settings.patience;
  await stage.wait(slowMs / 10);
  const served = await stage.send(stage.success(other));
  stage.report("others-served", servedInTime(served, usual, slowMs));
  return Promise.all(slow);
}

function servedInTime(exchange: Exchange, usual: Exchange, slowMs: number) {
  if (exchange.failure !== null) return failed(inWords(exchange));
  return exchange.tookMs - usual.tookMs < slowMs * 0.75
    ? passed(inWords(exchange))
    : failed(
        `It was answered after ${exchange.tookMs} ms, when the slow ones were over; alone it takes ${usual.tookMs} ms.`,
      );
}

export const slowSender: Scenario = {
  name: "slow-sender",
  group,
  does: "Sends five messages in pieces over some seconds, and an ordinary one meanwhile.",
  cases: {
    acknowledged: {
      harm: "message",
      expects: "A body that arrives in pieces is read to its end, and acknowledged.",
      otherwise: "A result that fills two packets is read by half, and refused.",
      mend: "Read until the body ends (Content-Length), not until the first piece is there.",
    },
    "others-served": othersServed,
  },
  async play(stage) {
    const pause = () => stage.wait(stage.settings.patience.slowMs / 5);
    const deliveries = await among(stage, { manner: "body in six pieces", pieces: { count: 6, pause } });
    stage.acknowledged("acknowledged", deliveries);
  },
};

export const slowReader: Scenario = {
  name: "slow-reader",
  group,
  does: "Sends five messages and does not read their answers for a while, and an ordinary one meanwhile.",
  cases: { "others-served": othersServed },
  async play(stage) {
    const readAfter = () => stage.wait(stage.settings.patience.slowMs);
    await among(stage, { manner: "answer read late", readAfter });
  },
};

export const keptAlive: Scenario = {
  name: "kept-alive",
  group,
  does: "Sends five messages over one connection, one after the other.",
  cases: {
    acknowledged: {
      harm: "message",
      expects: "Each is acknowledged, over the same connection or over a new one.",
      otherwise: "The second message of a connection is answered with the first one's answer, or not at all.",
      mend: "Read each body to its end before you answer, or answer with Connection: close.",
    },
  },
  async play(stage) {
    const connections = keptConnection(stage.settings.url);
    const deliveries: Delivery[] = [];
    for (const payment of await stage.beginAll(["first", "second", "third", "fourth", "fifth"])) {
      const message = stage.success(payment);
      const { body } = message;
      const headers = { ...(await stage.headers(message)), connection: "keep-alive" };
      const exchange = await stage.sendOddly(payment.label, {
        headers,
        body,
        manner: "on one connection",
        connections,
      });
      const about = exchange.failure === null ? message.oddity(exchange.answer) : null;
      deliveries.push({ message, attempts: [exchange], acknowledged: exchange.failure === null });
      if (about?.includes("another conversation") === true)
        stage.report("acknowledged", failed(`${payment.label}: ${about}`));
    }
    connections.destroy();
    stage.acknowledged("acknowledged", deliveries);
  },
};

export const chunked: Scenario = {
  name: "chunked",
  group,
  does: "Sends a message without Content-Length, by HTTP/1.1's chunked coding.",
  cases: {
    accepted: {
      harm: "form",
      expects: "It is acknowledged, and booked.",
      otherwise: "Pesarail always sends a length. A proxy in front of your listener may not.",
      mend: "Let an HTTP library read the body.",
    },
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const exchange = await stage.sendOddly(payment.label, {
      headers: await stage.headers(message),
      body: message.body,
      chunked: true,
      manner: "chunked, without a length",
    });
    if (exchange.failure !== null) return stage.report("accepted", warning(inWords(exchange)));
    stage.report("accepted", passed(inWords(exchange)));
    if (stage.sees(payment)) await stage.watch("accepted", [payment], bookedOnce);
  },
};
