import type { BehaviourWords, HandsetListWords, HandsetPageWords, RegisterFormWords } from "../catalogue.ts";

export const handsetPage: HandsetPageWords = {
  title: (msisdn) => `Handset ${msisdn}`,
  needsScripts: "This page needs JavaScript. All scripts come from this server.",
  info: "About this handset",
  liveHandset: "Live handset",
  sandboxHandset: "Sandbox handset",
  handset: "Handset",
  connecting: "Connecting …",
  allHandsets: "All handsets",

  statusBar: "Status bar",
  clockStopped: "clock stopped",
  signal: "Signal",
  launcher: "Home screen",
  notifications: "Notifications",
  apps: "Apps",
  phoneApp: "Phone",
  messagesApp: "Messages",
  menuApp: "M-Pesa",
  networkApp: "Network",
  backToLauncher: "Back to the home screen",

  sender: "M-PESA",
  messagesNewestFirst: "Messages, newest first",
  noMessages: "No messages yet. Receipts of payments arrive here.",
  codeToDial: "Code to dial",
  deleteLastDigit: "Delete the last digit",
  menuChip: "M-Pesa menu",
  starKey: "star",
  hashKey: "hash",
  call: "Call",

  behaviourLegend: "How this handset answers a request",
  secondsUntilApproval: "Seconds until it approves",
  switchedOff: "Switched off",
  isSwitchedOff: "This handset is switched off.",
  switchOn: "Switch on",

  promptKind: "M-Pesa",
  promptPin: "M-Pesa PIN",
  ussdMenu: "USSD menu",
  ussdReply: "Reply",
  block: "Block",
  cancel: "Cancel",
  send: "Send",
  close: "Close",
};

export const behaviours: BehaviourWords = {
  ask: { title: "Ask me", description: "Shows each request here and waits for your answer." },
  approve: { title: "Always approve", description: "Approves each request at once, without asking." },
  decline: { title: "Always decline", description: "Declines each request at once, without asking." },
  ignore: { title: "Never answer", description: "Each request ends at once, as if it had expired." },
  off: {
    title: "Switched off",
    description: "Requests fail at once. Messages wait until it is switched on.",
  },
  no_signal: {
    title: "No signal",
    description: "Nothing arrives until the signal returns, so requests expire unseen.",
  },
  slow: { title: "Slow", description: "Approves automatically after the number of seconds below." },
  late: {
    title: "Too late",
    description: "Approves five seconds after the request has expired, without effect.",
  },
  loses_signal: {
    title: "Loses signal after the PIN",
    description: "Asks you. After you enter the PIN, the payment completes; its message waits for a signal.",
  },
};

const numbers = ["no", "one", "two", "three", "four"];

export const handsetList: HandsetListWords = {
  title: "Handsets · Pesarail",
  heading: "Handsets",
  lead: (maxOpen) =>
    `The handsets of the sandbox's customers. Open up to ${numbers[maxOpen] ?? maxOpen} side by side.`,
  entrance: "Front page",
  newNumber: "New number",
  board: "Open handsets",
  registerTitle: "A new test number",
  registerLead: "It gets a wallet with test money, and a handset that shows you each request.",
  close: "Close",
  noHandsets: "No handsets yet.",
  numberWithPin: (msisdn, pin) => `${msisdn} · PIN ${pin}`,
  toggleBeside: (name, msisdn) => `Show ${name}, ${msisdn}, side by side`,
};

export const registerForm: RegisterFormWords = {
  unknownNumber: "No handset has this number",
  unknownNumberLead: (msisdn, operator) =>
    `**${msisdn}** has no handset in ${operator}'s sandbox. Register it here:`,
  allHandsets: "All handsets",
  market: "Market",
  number: "Number",
  firstName: "First name",
  lastName: "Last name",
  exampleFirstName: "Test",
  exampleLastName: "Customer",
  pin: "PIN",
  pinHelp: "4 to 6 digits. It is a test PIN, and it is not secret.",
  existingCustomers:
    "A customer without a handset gets one with this PIN, and keeps name, balance and behaviour. A number that already has a handset keeps its PIN.",
  submit: "Register the number",
};
