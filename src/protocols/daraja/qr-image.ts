/** The QR code of a payment, as a PNG. */

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

/** A square PNG in base64. Loaded when the first one is drawn, so that it does not slow a server's start. */
export async function drawQrCode(content: string, size: number): Promise<string> {
  const { toBuffer } = await import("qrcode");
  const png = await toBuffer(content, { type: "png", width: size, errorCorrectionLevel: "M", margin: 4 });
  return png.toString("base64");
}
