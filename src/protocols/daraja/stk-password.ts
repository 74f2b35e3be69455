/** The Password of STK calls: base64 of shortcode, passkey and Timestamp. */
import type { DarajaCall } from "./operation.ts";

/** The passkey in a password, or null if the password was not made from this shortcode and timestamp. */
export function extractPasskey(password: string, shortcode: string, timestamp: string): string | null {
  const text = Buffer.from(password, "base64").toString("utf8");
  const passkeyLength = text.length - shortcode.length - timestamp.length;
  if (passkeyLength <= 0 || !text.startsWith(shortcode) || !text.endsWith(timestamp)) return null;
  return text.slice(shortcode.length, shortcode.length + passkeyLength);
}

/** Why a password is not accepted, as a sentence for the request log, or null if it is. */
export async function findPasswordProblem(
  { rail, passkeys }: Pick<DarajaCall, "rail" | "passkeys">,
  { password, shortcode, timestamp }: { password: string; shortcode: string; timestamp: string },
): Promise<string | null> {
  const passkey = extractPasskey(password, shortcode, timestamp);
  if (passkey === null)
    return "The Password is not the base64 of BusinessShortCode, passkey and the Timestamp of this request.";
  const isValid = await passkeys.verify({ ...rail, shortcode }, passkey);
  return isValid ? null : `The Password was made with a passkey that is not that of ${shortcode}.`;
}

const toleratedMs = 10 * 60 * 1000;

/** A sentence about a Timestamp that is far from the time in Nairobi, or null. It is accepted in any case. */
export function describeSkew(timestamp: string, now: number): string | null {
  const [year, month, day, hour, minute, second] = [
    timestamp.slice(0, 4),
    timestamp.slice(4, 6),
    timestamp.slice(6, 8),
    timestamp.slice(8, 10),
    timestamp.slice(10, 12),
    timestamp.slice(12, 14),
  ].map(Number) as [number, number, number, number, number, number];
  const nairobi = Date.UTC(year, month - 1, day, hour - 3, minute, second);
  if (Math.abs(nairobi - now) <= toleratedMs) return null;
  const minutes = Math.round((nairobi - now) / 60_000);
  const direction = minutes < 0 ? "behind" : "ahead of";
  return `The Timestamp is ${Math.abs(minutes)} minutes ${direction} the time in Nairobi; it is accepted.`;
}
