/** B2C Hakikisha: the name of a customer, before a payout. */
import { families } from "../families.ts";
import { matching, shortcode, text } from "../fields.ts";
import { defineDarajaOperation, type CallReply } from "../operation.ts";
import type { WireObject } from "../wire-json.ts";

const unknownText = "The customer does not exist.";
const customerNumber = /^254[17]\d{8}$/;

export const hakikisha = defineDarajaOperation({
  name: "hakikisha",
  product: "darajaHakikisha",
  title: "B2C Hakikisha",
  description:
    "Returns the names of a customer, the middle one masked. The header repeats the request's id and timestamp. A number that is no customer's, or is malformed, is HTTP 200 with the status 400 in the header.",
  family: "hakikisha",
  path: "/mpesa/b2c/hakikisha/v1/hakikisha",
  fields: {
    "header.requestID": text({
      description: "The caller's own id of the request.",
      example: "5a3c1f0e-7c1d-4f0e-9c55-0b3f8c1d2e4f",
      maxLength: 100,
    }),
    "header.timestamp": matching({
      description: "Seconds since 1970, or yyyyMMddHHmmss.",
      example: "20260101120000",
      expression: /^(?:\d{10}|\d{13,14})$/,
      format: "10, 13 or 14 digits",
    }),
    "body.msisdn": text({ description: "The customer.", example: "254708374149", maxLength: 40 }),
    "body.shortcode": shortcode({ description: "The organisation that asks.", example: "600996" }),
  },
  organisation: "body.shortcode",
  results: {},
  response: {
    header: {
      description: "`requestID` and `timestamp` of the request, `status` 200 or 400, and `message`.",
      example: {
        requestID: "5a3c1f0e-7c1d-4f0e-9c55-0b3f8c1d2e4f",
        timestamp: "20260101120000",
        status: "200",
        message: "Success",
      },
    },
    body: {
      description: "The names, or a `message`.",
      example: { firstName: "John", middleName: "M******", lastName: "Doe" },
    },
  },
  notifications: {},

  async handle(call) {
    const { values, organisations } = call;
    const code = values["body.shortcode"];
    if (!call.mayActFor(code) || (await organisations.find(code)) === undefined)
      return {
        error: families.hakikisha.invalidField("shortcode"),
        reason: "The application may not act for this organisation, or there is none.",
      };
    const msisdn = values["body.msisdn"];
    const customer = customerNumber.test(msisdn) ? await organisations.findCustomer(msisdn) : undefined;
    // As they were sent: numbers stay numbers.
    const { header } = call.json as { readonly header: Readonly<Record<string, string | number>> };
    const reply = (status: string, message: string, body: WireObject, reason: string): CallReply => ({
      body: {
        header: { requestID: header.requestID, timestamp: header.timestamp, status, message },
        body,
      },
      code: status,
      reason,
    });
    if (customer === undefined)
      return reply("400", "Error", { message: unknownText }, "No customer has this number.");
    const { firstName, lastName } = customer;
    return reply("200", "Success", { firstName, middleName: "", lastName }, "The customer exists.");
  },
});
