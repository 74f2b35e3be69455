/** The handset pages in `openapi.json`. The HTTP calls of the pages' scripts are internal and not documented. */
import type { ApiSpecPart } from "../../http/api-spec-document.ts";

const htmlResponse = (description: string) => ({
  description,
  content: { "text/html": { schema: { type: "string" } } },
});

const pathParameter = (name: string, description: string) => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string" },
});

export const handsetApiSpec: ApiSpecPart = {
  tags: [{ name: "Handsets", description: "The sandbox's handsets as web pages." }],
  paths: {
    "/handset": {
      get: {
        tags: ["Handsets"],
        operationId: "handsetsPage",
        summary:
          "A page that lists the sandbox's handsets, shows several side by side, and registers new ones.",
        responses: { 200: htmlResponse("The page.") },
      },
    },
    "/handset/{market}/{msisdn}": {
      get: {
        tags: ["Handsets"],
        operationId: "handsetPage",
        summary: "A customer's handset: payment prompts with PIN entry, messages, the USSD menu.",
        parameters: [
          pathParameter("market", "Such as `vodacomTZN`; upper and lower case are equal."),
          pathParameter("msisdn", "The customer's number with the country code."),
        ],
        responses: {
          200: htmlResponse("The handset."),
          404: htmlResponse("No handset has this number. The page has a form to register it."),
        },
      },
    },
  },
};
