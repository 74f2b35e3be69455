/**
 * MSISDN tokens: an organisation may store one in place of a customer's number.
 *
 * A token is one AES block, encrypted with a key for the application, in base 36 (25 letters and digits, which match the
 * documented expression `^[0-9a-zA-Z \w=]{1,26}$`; base64 would need `+` and `/`). Two applications get different tokens
 * for one customer, and a token cannot be decoded without the server's key.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

export interface MsisdnTokens {
  tokenFor(applicationId: bigint, msisdn: string): string;
  /** The number of a token of this application, or null for an invalid token. */
  findMsisdn(applicationId: bigint, token: string): string | null;
}

const tokenLength = 25;

export function createMsisdnTokens(tokenKey: Buffer): MsisdnTokens {
  const deriveKey = (applicationId: bigint): Buffer =>
    Buffer.from(hkdfSync("sha256", tokenKey, "msisdn-token", applicationId.toString(), 16));

  return {
    tokenFor(applicationId, msisdn) {
      const block = Buffer.alloc(16);
      // The length is stored because numbers may begin with zeros. The rest of the block stays zero, so that
      // forged tokens can be detected.
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
