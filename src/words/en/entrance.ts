import type { EntranceWords } from "../catalogue.ts";

export const entrance: EntranceWords = {
  lead: "A mobile-money platform with M-Pesa's APIs.",
  running: (version) => `Running, version ${version}`,
  introduction:
    "The M-Pesa OpenAPI on your own machine: sessions, payments, mandates and reversals on a real double-entry ledger. A client for M-Pesa works here after changing its base URL and its keys. You can trigger every failure. The request log shows why each request got its response.",
  footer: "The sandbox uses test money. This page is public, so it shows no keys.",

  addresses: "Addresses",
  sandboxGateway: "Gateway, sandbox",
  liveGateway: "Gateway, live",
  market: "market",
  keys: "Keys and customers",
  keysText:
    "`sandbox.json` in the server's data folder (`data` unless you set `DATA_DIR`): the API key, the public key, the control token",
  notFoundTitle: "There is no such page",
  notFound: "The address may have a mistake. The calls of the gateway are in the API description.",
  skip: "Skip to the content",
  openWorkspace: "Open the workspace",
  workspace: "Workspace",
  workspaceText:
    "Send a request by hand, see each request and payment with the reason for its response, and change your applications and the sandbox.",
  handsets: "Handsets",
  handsetsText:
    "The handsets of the sandbox's customers, where you enter PINs and read SMS. Open several side by side.",
  apiDescription: "API description",
  apiDescriptionText: "OpenAPI 3.1: every call, parameter and code of every protocol.",
  controlApi: "Control API",
  controlApiText: (address) =>
    `\`${address}\`: customers, money, prompt behaviour, applications and the request log, for tests and tools with the control token`,
  health: "Health",

  firstPayment: "A first payment",
  firstPaymentLead: ({ payer, organisation, currency }) =>
    `${payer} pays ${organisation} ten ${currency}. Run this in the folder where you started the server.`,
  sealComment: "Encrypts a key (default: the API key) with the public key.",
  sessionComment: "Exchange the API key for a session key.",
  payComment: "Pay with the session key. Each payment needs a new conversation id.",
  firstPaymentResult: "The response is `INS-0` with a `TransactionID`, and the money has moved.",

  failures: "Trigger a failure",
  failuresLead:
    "A number of zeros selects the outcome: a payment from `000000000008` fails because the balance is too low, and one from `000000000002` times out. Or change the behaviour of a customer:",
  lastRequestComment: "Show the last request, and why it got its response.",

  calls: "Supported calls",
  call: "Call",
  callPath: "Path after the market's address",

  customers: "Markets and customers",
  customersLead:
    "Each market has its own currency and its own customers. They approve every prompt unless you change their behaviour; customers with a handset enter their PIN there. All markets have these organisations:",
  withHandset: "With a handset:",
  handsetPin: (pin) => `PIN ${pin}`,
};
