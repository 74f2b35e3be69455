/** The cookies of the portal. Scripts cannot read them, and requests from other sites do not carry them. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { endSession, sessionLifeMs } from "../../accounts/sessions.ts";
import { msPerSecond } from "../../core/clock.ts";
import type { Sql } from "../../store/driver/connect.ts";

/** The session's token. */
export const sessionCookie = "pesarail_session";
/** Between the password and the code of a sign-in with two factors. */
export const challengeCookie = "pesarail_second_factor";

/** The value of a cookie; null if the request has none. The first one counts if there are several. */
export function readCookie(request: FastifyRequest, name: string): string | null {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key = "", value = ""] = part.split("=", 2);
    if (key.trim() === name) return value.trim();
  }
  return null;
}

/** `lifeMs` 0 removes the cookie. Secure if the request came by HTTPS. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, value, lifeMs }: { readonly name: string; readonly value: string; readonly lifeMs: number },
): void {
  const parts = [
    `${name}=${value}`,
    "Path=/",
    `Max-Age=${Math.floor(lifeMs / msPerSecond)}`,
    "HttpOnly",
    "SameSite=Lax",
    ...(request.protocol === "https" ? ["Secure"] : []),
  ];
  // Several cookies of one response are several headers.
  void reply.header("set-cookie", parts.join("; "));
}

/** Gives the browser a new session, and ends the one that it had. */
export async function replaceSession(
  request: FastifyRequest,
  reply: FastifyReply,
  sql: Sql,
  token: string,
): Promise<void> {
  const previous = readCookie(request, sessionCookie);
  if (previous !== null) await endSession(sql, previous);
  setCookie(request, reply, { name: sessionCookie, value: token, lifeMs: sessionLifeMs });
}
