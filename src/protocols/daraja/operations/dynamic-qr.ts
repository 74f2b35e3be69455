/** Dynamic QR: the image of a payment that a customer scans. */
import { enumeration, matching, optional, optionalNumber, text, wholeAmount } from "../fields.ts";
import { defineDarajaOperation } from "../operation.ts";
import { drawQrCode, formatQrText } from "../qr-image.ts";

const successText = "QR Code Successfully Generated.";
const minSize = 1;
const maxSize = 1000;
const defaultSize = 300;

export const dynamicQr = defineDarajaOperation({
  name: "dynamicQr",
  product: "darajaQr",
  title: "Dynamic QR",
  description:
    "Draws the QR code of a payment. M-Pesa's content is not public: the code says `TrxCode|CPI|Amount|RefNo|MerchantName`. An image that is too small for the code is as large as the code needs.",
  family: "express",
  path: "/mpesa/qrcode/v1/generate",
  fields: {
    MerchantName: text({
      description: "The name that the customer sees.",
      example: "TEST SUPERMARKET",
      maxLength: 100,
    }),
    RefNo: optional(
      text({
        description: "The account or invoice. Mandatory for `PB`.",
        example: "Invoice Test",
        maxLength: 50,
      }),
    ),
    Amount: wholeAmount({ description: "What the customer pays.", example: 1 }),
    TrxCode: enumeration({
      description:
        "`BG` buy goods, `WA` withdraw cash at an agent, `PB` pay bill, `SM` send money, `SB` send to a business.",
      example: "BG",
      values: ["BG", "WA", "PB", "SM", "SB"],
    }),
    CPI: matching({
      description: "The receiver: a till, an agent, a paybill, or a customer's or business's number.",
      example: "373132",
      expression: /^\d{5,12}$/,
      format: "5 to 12 digits",
    }),
    Size: optionalNumber(
      matching({
        description: `Pixels of a side. Default: ${defaultSize}.`,
        example: "300",
        expression: /^(?:[1-9]\d{0,2}|1000)$/,
        format: `a whole number, ${minSize} to ${maxSize}`,
      }),
    ),
  },
  organisation: null,
  results: {},
  response: {
    ResponseCode: { description: "00 if the code was drawn.", example: "00" },
    RequestID: {
      description: "The request's id on the platform.",
      example: "8423-4a3b-87d8-1d918a78741e243712",
    },
    ResponseDescription: { description: "The text of the code.", example: successText },
    QRCode: { description: "A square PNG in base64.", example: "iVBORw0KGgoAAAANSUhEUgAA…" },
  },
  notifications: {},

  validate: ({ TrxCode, RefNo }) =>
    TrxCode === "PB" && RefNo === null
      ? { field: "RefNo", reason: "A pay bill needs an account: RefNo is missing." }
      : null,

  async handle({ id, identifiers, values }) {
    const { MerchantName, RefNo, Amount, TrxCode, CPI, Size } = values;
    const content = formatQrText({
      transactionCode: TrxCode,
      creditParty: CPI,
      amount: (Amount / 100n).toString(),
      reference: RefNo ?? "",
      merchant: MerchantName,
    });
    return {
      body: {
        ResponseCode: "00",
        RequestID: identifiers.requestId(id),
        ResponseDescription: successText,
        QRCode: await drawQrCode(content, Size === null ? defaultSize : Number(Size)),
      },
      code: "00",
      reason: "The code was drawn.",
    };
  },
});
