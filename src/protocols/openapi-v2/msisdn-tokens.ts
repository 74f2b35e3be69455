/**
 * MSISDN tokens: what an organisation may keep in place of a customer's number.
 *
 * One AES block under a key of the application's own, written in base 36 (25 letters and digits, which
 * the documented expression `^[0-9a-zA-Z \w=]{1,26}$` lets through; base64 would need `+` and `/`). Two
 * applications see different tokens for one customer, and without the server's key a token says nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

export interface MsisdnTokens {
  tokenFor(applicationId: bigint, msisdn: string): string;
  /** The number behind a token of this application, or null if it is none. */
  findMsisdn(applicationId: bigint, token: string): string | null;
}

const tokenLength = 25;

export function createMsisdnTokens(tokenKey: Buffer): MsisdnTokens {
  const deriveKey = (applicationId: bigint): Buffer =>
    Buffer.from(hkdfSync("sha256", tokenKey, "msisdn-token", applicationId.toString(), 16));

  return {
    tokenFor(applicationId, msisdn) {
      const block = Buffer.alloc(16);
      // The number of digits travels too: numbers may begin with zeros. The rest stays zero, which is
      // how a made-up token is told from a real one.
      block.writeUInt8(msisdn.length, 0);
      block.writeBigUInt64BE(BigInt(msisdn), 1);
      const cipher = createCipheriv("aes-128-ecb", deriveKey(applicationId), null).setAutoPadding(false);
      const sealed = Buffer.concat([cipher.update(block), cipher.final()]);
      return BigInt(`0x${sealed.toString("hex")}`)
        .toString(36)
        .padStart(tokenLength, "0");
    },

    findMsisdn(applicationId, token) {
      if (!/^[0-9a-z]{25}$/.test(token)) return null;
      let value = 0n;
      for (const digit of token) value = value * 36n + BigInt(parseInt(digit, 36));
      if (value >> 128n !== 0n) return null;
      const sealed = Buffer.from(value.toString(16).padStart(32, "0"), "hex");
      const cipher = createDecipheriv("aes-128-ecb", deriveKey(applicationId), null).setAutoPadding(false);
      const block = Buffer.concat([cipher.update(sealed), cipher.final()]);
      if (!block.subarray(9).equals(Buffer.alloc(7))) return null;
      return block.readBigUInt64BE(1).toString().padStart(block.readUInt8(0), "0");
    },
  };
}
