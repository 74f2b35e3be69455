/**
 * Who sends a request: the developer of the session, or the sandbox's own developer by the local tools.
 *
 * A session wins over the local tools. The sandbox's own developer exists for requests of this machine only, whether they
 * come with a session or without, so that a database that moves to a public server opens nothing.
 */
import type { FastifyRequest } from "fastify";
import { findSession } from "../../accounts/sessions.ts";
import { isLocalPage } from "../../http/local-page.ts";
import { sandboxDeveloper } from "../../developers/sandbox-developer.ts";
import { readDeveloperByEmail } from "../../store/main/developers.ts";
import type { Developer, PortalDeps } from "./route.ts";
import { readCookie, sessionCookie } from "./session-cookie.ts";

/** Returns null for a stranger. */
export async function findDeveloper(request: FastifyRequest, deps: PortalDeps): Promise<Developer | null> {
  const mayBeLocal = deps.localTools && isLocalPage(request);
  const token = readCookie(request, sessionCookie);
  const session = token === null ? null : await findSession(deps.main, token);
  if (session !== null) {
    const { sessionId, id, email, name, phone, phoneMarket } = session;
    const isSeeded = email === sandboxDeveloper.email;
    if (!isSeeded) return { id, email, name, phone, phoneMarket, sessionId, isLocal: false };
    if (mayBeLocal) return { id, email, name, phone, phoneMarket, sessionId, isLocal: true };
  }
  return mayBeLocal ? readSandboxDeveloper(deps) : null;
}

async function readSandboxDeveloper({ main }: PortalDeps): Promise<Developer | null> {
  const row = await readDeveloperByEmail(main, sandboxDeveloper.email);
  return row === undefined ? null : { ...row, sessionId: null, isLocal: true };
}
