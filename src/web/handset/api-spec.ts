/** What this folder says of itself in `openapi.json`: its pages. What their buttons send is theirs alone. */
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
  tags: [{ name: "Handsets", description: "The sandbox's phones as web pages, for people." }],
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
        summary: "A customer's phone: prompts with their PIN, messages, the USSD menu.",
        parameters: [
          pathParameter("market", "Such as `vodacomTZN`, in any case."),
          pathParameter("msisdn", "The customer's whole number."),
        ],
        responses: {
          200: htmlResponse("The phone."),
          404: htmlResponse("No handset has this number: a form to register it."),
        },
      },
    },
  },
};
