/**
 * `/mailbox`: the mails of a server without SMTP. Links in them open accounts, so the pages are for browsers on this machine,
 * as everything of the local tools, and forms and scripts are off.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Html } from "../../http/html.ts";
import { isLocalPage } from "../../http/local-page.ts";
import type { Mailer } from "../../mail/mailer.ts";
import { documentHeaders } from "../document.ts";
import { readTheme } from "../workspace/theme.ts";
import { getPageWords } from "../page-language.ts";
import { renderMailbox, renderMailPage, renderNoMailbox } from "./page.ts";

export interface MailboxDeps {
  readonly localTools: boolean;
  readonly mailer: Mailer;
}

const maxListed = 50;

export function registerMailbox(app: FastifyInstance, { localTools, mailer }: MailboxDeps): void {
  const send = (reply: FastifyReply, status: number, page: Html) =>
    reply.code(status).headers(documentHeaders).send(page.text);
  const isOpen = (request: FastifyRequest): boolean =>
    localTools && !mailer.sendsBySmtp && isLocalPage(request);

  app.get("/mailbox", { schema: { hide: true } }, async (request, reply) => {
    const options = { words: getPageWords(request), theme: readTheme(request) };
    if (!isOpen(request)) return send(reply, 403, renderNoMailbox(options));
    return send(reply, 200, renderMailbox(await mailer.list(maxListed), options));
  });

  app.get<{ Params: { id: string } }>("/mailbox/:id", { schema: { hide: true } }, async (request, reply) => {
    const options = { words: getPageWords(request), theme: readTheme(request) };
    if (!isOpen(request)) return send(reply, 403, renderNoMailbox(options));
    const { id } = request.params;
    const mail = /^\d{1,18}$/.test(id) ? await mailer.find(BigInt(id)) : null;
    if (mail === null) return send(reply, 404, renderMailbox(await mailer.list(maxListed), options));
    return send(reply, 200, renderMailPage(mail, options));
  });
}
