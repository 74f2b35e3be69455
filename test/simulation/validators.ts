/**
 * Validators of a simulation: the organisations' servers that are asked before a customer's payment. The last letter of a
 * payment's account number determines what they do with it.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { validatorBehaviours, type ValidatorBehaviour } from "./daraja-plan.ts";

export interface Validator {
  readonly url: string;
  /** How often each account number was asked about, while the validator was up. */
  readonly requests: ReadonlyMap<string, number>;
  setUp(up: boolean): void;
  close(): Promise<void>;
}

const behavioursByLetter = Object.fromEntries(
  Object.entries(validatorBehaviours).map(([behaviour, letter]) => [letter, behaviour]),
) as Readonly<Record<string, ValidatorBehaviour>>;

/** What a validator does with the payments of an account number. */
export const getValidatorBehaviour = (account: string): ValidatorBehaviour =>
  behavioursByLetter[account.at(-1) ?? ""] ?? "accepts";

const hesitationMs = 200;

export async function createValidator(): Promise<Validator> {
  const requests = new Map<string, number>();
  let isUp = true;
  const server = createServer((request, response) => {
    if (!isUp) {
      request.socket.destroy();
      return;
    }
    text(request).then(
      (body) => {
        const { BillRefNumber: account } = JSON.parse(body) as { readonly BillRefNumber: string };
        requests.set(account, (requests.get(account) ?? 0) + 1);
        answer(getValidatorBehaviour(account), response);
      },
      () => request.socket.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/validation`,
    requests,
    setUp(up) {
      isUp = up;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(behaviour: ValidatorBehaviour, response: ServerResponse): void {
  const send = (code: string): void =>
    void response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify({ ResultCode: code, ResultDesc: behaviour }));
  if (behaviour === "accepts") send("0");
  else if (behaviour === "rejects") send("C2B00012");
  else if (behaviour === "hesitates") setTimeout(() => send("0"), hesitationMs);
  else if (behaviour === "dies") response.socket?.destroy();
  else if (behaviour === "talks_nonsense") response.end("<html>yes</html>");
  // One that is silent never responds.
}
