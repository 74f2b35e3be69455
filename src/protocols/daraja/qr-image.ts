/** The QR code of a payment, as a PNG. */
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

/** What the code says. M-Pesa's own content is not public: this is the platform's, which its handset page reads. */
export interface QrPayment {
  readonly transactionCode: string;
  readonly creditParty: string;
  readonly amount: string;
  readonly reference: string;
  readonly merchant: string;
}

/** `PB|174379|2000|INV-1|Daima Stores`. */
export const formatQrText = ({
  transactionCode,
  creditParty,
  amount,
  reference,
  merchant,
}: QrPayment): string =>
  [transactionCode, creditParty, amount, reference, merchant]
    .map((part) => part.replaceAll("|", " "))
    .join("|");

const margin = 4;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const compress = promisify(deflate);

/**
 * A square PNG in base64, of one bit a pixel. The library makes the code and not the image: its own takes the event loop a
 * tenth of a second, in which the server serves no other request. It is loaded when the first code is drawn, so that it does not slow a
 * server's start.
 */
export async function drawQrCode(content: string, size: number): Promise<string> {
  const { create } = await import("qrcode");
  const { modules } = create(content, { errorCorrectionLevel: "M" });
  const width = modules.size + 2 * margin;
  const side = Math.max(size, width);
  const rows = drawRows(side, width, (x, y) => modules.data[y * modules.size + x] === 1, modules.size);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // One bit a pixel, grey.
  header[8] = 1;
  const parts = [
    pngSignature,
    formatChunk("IHDR", header),
    formatChunk("IDAT", await compress(rows)),
    formatChunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat(parts).toString("base64");
}

/** The rows of the image, each after its filter: white is 1, and a row is as wide as whole bytes. */
function drawRows(
  side: number,
  width: number,
  isDark: (x: number, y: number) => boolean,
  modules: number,
): Buffer {
  const rowBytes = 1 + Math.ceil(side / 8);
  const rows = Buffer.alloc(side * rowBytes, 0xff);
  const toModule = (pixel: number): number => Math.floor((pixel * width) / side) - margin;
  for (let y = 0; y < side; y += 1) {
    const start = y * rowBytes;
    rows[start] = 0;
    const row = toModule(y);
    if (row < 0 || row >= modules) continue;
    if (y > 0 && toModule(y - 1) === row) {
      rows.copyWithin(start, start - rowBytes, start);
      continue;
    }
    for (let x = 0; x < side; x += 1) {
      const column = toModule(x);
      if (column < 0 || column >= modules || !isDark(column, row)) continue;
      const at = start + 1 + (x >> 3);
      rows[at] = (rows[at] ?? 0) & ~(0x80 >> (x & 7));
    }
  }
  return rows;
}

function formatChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
