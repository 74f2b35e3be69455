import type { MailboxWords, MailWords } from "../catalogue.ts";

export const mails: MailWords = {
  greeting: (name) => (name === "" ? "Hello," : `Hello ${name},`),
  footer:
    "Pesarail sends this mail because the address was entered on its pages. If you did not do that, ignore it.",
  activation: {
    subject: "Activate your Pesarail account",
    paragraphs: [
      "You registered an account with this address. Follow the link and enter the password that you chose.",
      "The link works once, for 24 hours.",
    ],
    link: "Activate the account",
  },
  accountExists: {
    subject: "You already have a Pesarail account",
    paragraphs: [
      "Someone entered this address to register, but it has an account already. Nothing has changed.",
      "If you forgot your password, set another one on the sign-in page.",
    ],
    link: "Sign in",
  },
  reset: {
    subject: "Set another password for Pesarail",
    paragraphs: [
      "Follow the link to set another password. All sessions end when you do.",
      "The link works once, for one hour.",
    ],
    link: "Set another password",
  },
  emailChange: {
    subject: "Confirm your address for Pesarail",
    paragraphs: [
      "Follow the link in the browser in which you are signed in. From then on you sign in with this address.",
      "The link works once, for one hour.",
    ],
    link: "Confirm the address",
  },
  passwordChanged: {
    subject: "Your Pesarail password was changed",
    paragraphs: [
      "The password of your account was changed, and its other sessions have ended.",
      "If you did not do that, set another password now.",
    ],
    link: "Set another password",
  },
  emailChanged: (email) => ({
    subject: "The address of your Pesarail account was changed",
    paragraphs: [
      `You now sign in with ${email}.`,
      "If you did not do that, write to the operator of this server at once.",
    ],
    link: null,
  }),
  secondFactorOn: {
    subject: "Signing in to Pesarail now needs a code",
    paragraphs: ["From now on, signing in needs your password and a code of your authenticator app."],
    link: null,
  },
  secondFactorOff: {
    subject: "Signing in to Pesarail needs no code any more",
    paragraphs: [
      "The second factor of your account was turned off.",
      "If you did not do that, set another password and turn it on again.",
    ],
    link: "Set another password",
  },
  phoneCode: (code) => `${code} is your Pesarail code. It is valid for ten minutes. Give it to no one.`,
};

export const mailbox: MailboxWords = {
  title: "Mailbox",
  help: "This server sends no e-mail, because `SMTP_URL` and `MAIL_FROM` are not set. What it would send is here, for browsers on this machine.",
  empty: "No mail yet. Register an account, or ask for another password.",
  to: (address) => `To ${address}`,
  back: "All mails",
  notHere: "The mailbox is for browsers on this machine, with the local tools on and without SMTP.",
  pageTitle: (title) => `${title} · Pesarail`,
  time: (utc) => `${utc} UTC`,
};
