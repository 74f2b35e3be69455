/**
 * The cookie of an enrolled device. A customer enrols a device once with a secret from the operator. Without the cookie
 * the server discloses nothing about a number, not even whether it exists.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { msPerSecond, msPerDay } from "../../core/clock.ts";
import type { Market } from "../../core/markets.ts";

export interface LiveHandset {
  readonly market: Market;
  readonly msisdn: string;
}

/** One cookie for each handset, so that one device can be enrolled for several. */
const getCookieName = ({ market, msisdn }: LiveHandset): string => `handset_${market}_${msisdn}`;

/** The maximum that browsers allow. */
const maxAgeSeconds = (400 * msPerDay) / msPerSecond;

/** Returns the device token, or null. */
export function readDeviceCookie(request: FastifyRequest, handset: LiveHandset): string | null {
  const prefix = `${getCookieName(handset)}=`;
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
  return value !== undefined && /^[\w-]{20,200}$/.test(value) ? value : null;
}

/** The browser sends the cookie to live handset pages only, and scripts cannot read it. */
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
