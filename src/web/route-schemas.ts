/** The schemas of the pages' routes: they validate requests and describe the pages in `openapi.json`. */
import type { FastifySchema } from "fastify";
import { Type } from "typebox";
import { stringEnum } from "../core/schema.ts";
import { htmlResponse, serverTag, type ApiSpecPart } from "../http/api-spec.ts";
import { behaviours } from "./handset/behaviours.ts";

export const frontPageRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "frontPage",
  summary: "A page with an overview of this server and its addresses.",
  response: { 200: htmlResponse("The page.") },
};

const handsetTag = "Handsets";

/** The pages in `openapi.json`. The HTTP calls of the pages' scripts are internal and not documented. */
export const handsetApiSpec: ApiSpecPart = {
  tags: [{ name: handsetTag, description: "The sandbox's handsets as web pages." }],
};

export const behaviourBody = Type.Object({
  answer: Type.Optional(stringEnum(behaviours)),
  delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
});

const name = Type.String({
  pattern: "^(?!\\s*$)[^\\p{Cc}\\p{Cs}]{1,60}$",
  description: "A name has 1 to 60 characters, and no control characters.",
});
export const registerBody = Type.Object({
  market: Type.String({ maxLength: 40 }),
  msisdn: Type.String({ maxLength: 20 }),
  pin: Type.String({ maxLength: 12 }),
  firstName: name,
  lastName: name,
});

export const listPageRoute: FastifySchema = {
  tags: [handsetTag],
  operationId: "handsetsPage",
  summary: "A page that lists the sandbox's handsets, shows several side by side, and registers new ones.",
  response: { 200: htmlResponse("The page.") },
};

export const handsetPageRoute: FastifySchema = {
  tags: [handsetTag],
  operationId: "handsetPage",
  summary: "A customer's handset: payment prompts with PIN entry, messages, the USSD menu.",
  params: Type.Object({
    market: Type.String({ description: "Such as `vodacomTZN`; upper and lower case are equal." }),
    msisdn: Type.String({ description: "The customer's number with the country code." }),
  }),
  response: {
    200: htmlResponse("The handset."),
    404: htmlResponse("No handset has this number. The page has a form to register it."),
  },
};
