/** An SMTP server that accepts mails: as much of RFC 5321 as a client needs. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface AcceptedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message with its headers. */
  readonly data: string;
}

export interface SmtpServer extends AsyncDisposable {
  readonly url: string;
  readonly mails: readonly AcceptedMail[];
  /** How many of the next mails are refused for now. */
  refusals: number;
  /** Resolves with the mail of this number, counted from 1. */
  waitForMail(number: number): Promise<AcceptedMail>;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const mails: AcceptedMail[] = [];
  const waiting = new Map<number, (mail: AcceptedMail) => void>();
  const sockets = new Set<Socket>();
  const state = { refusals: 0 };

  function accept(mail: AcceptedMail): void {
    mails.push(mail);
    waiting.get(mails.length)?.(mail);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const reply = (line: string) => socket.write(`${line}\r\n`);
    let from = "";
    let to: string[] = [];
    let data: string[] | null = null;
    reply("220 test");
    createInterface(socket).on("line", (line) => {
      if (data !== null) {
        if (line !== ".") return void data.push(line.replace(/^\.\./, "."));
        accept({ from, to, data: data.join("\n") });
        data = null;
        return void reply("250 accepted");
      }
      const [, address = ""] = /<([^>]*)>/.exec(line) ?? [];
      if (/^(?:EHLO|HELO)/i.test(line)) return void reply("250 test");
      if (/^MAIL/i.test(line)) {
        if (state.refusals > 0) {
          state.refusals -= 1;
          return void reply("451 not now");
        }
        from = address;
        to = [];
        return void reply("250 sender");
      }
      if (/^RCPT/i.test(line)) {
        to.push(address);
        return void reply("250 recipient");
      }
      if (/^DATA/i.test(line)) {
        data = [];
        return void reply("354 go on");
      }
      if (/^QUIT/i.test(line)) {
        reply("221 closed");
        return void socket.end();
      }
      return void reply("250 nothing");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    get refusals() {
      return state.refusals;
    },
    set refusals(count) {
      state.refusals = count;
    },
    waitForMail(number) {
      const mail = mails[number - 1];
      return mail === undefined
        ? new Promise((resolve) => waiting.set(number, resolve))
        : Promise.resolve(mail);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
