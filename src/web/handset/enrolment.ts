/**
 * Live handsets: a device is enrolled once with a secret that an operator hands over, and shows a cookie from
 * then on. Without it nothing of a number is told, not even whether it exists.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerSecond, msPerDay } from "../../core/clock.ts";
import type { Market } from "../../core/money.ts";

export interface LiveHandset {
  readonly market: Market;
  readonly msisdn: string;
}

/** One for each handset, so that two of them on one device do not put each other out. */
const getCookieName = ({ market, msisdn }: LiveHandset): string => `handset_${market}_${msisdn}`;

/** The longest that browsers keep one. */
const maxAgeSeconds = (400 * msPerDay) / msPerSecond;

/** What the device shows, or null. */
export function readDeviceCookie(request: FastifyRequest, handset: LiveHandset): string | null {
  const prefix = `${getCookieName(handset)}=`;
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
  return value !== undefined && /^[\w-]{20,200}$/.test(value) ? value : null;
}

/** Lets the browser show it from now on: to this server's live handsets alone, and never to a script. */
export function setDeviceCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  handset: LiveHandset,
  device: string,
): void {
  const secure = request.protocol === "https" ? "; Secure" : "";
  const value = `${getCookieName(handset)}=${device}; Path=/handset/live; Max-Age=${maxAgeSeconds}`;
  void reply.header("set-cookie", `${value}; HttpOnly; SameSite=Strict${secure}`);
}
