/** The protocols with the stories. */
import type { ConformingProtocol } from "./caller.ts";
import { darajaStories } from "./daraja.ts";
import { ipgV1Stories } from "./ipg-v1.ts";
import { openapiV2Stories } from "./openapi-v2.ts";
import { soapStories } from "./soap.ts";

export const conformingProtocols: readonly ConformingProtocol[] = [
  openapiV2Stories,
  ipgV1Stories,
  darajaStories,
  soapStories,
];
