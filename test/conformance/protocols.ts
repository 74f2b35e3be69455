/** The protocols with the stories. */
import { protocols } from "../../src/protocols/registry.ts";
import type { ConformingProtocol } from "./caller.ts";
import { darajaStories } from "./daraja.ts";
import { ipgV1Stories, ipgV1SynchronousStories } from "./ipg-v1.ts";
import { openapiV2Stories } from "./openapi-v2.ts";
import { soapStories } from "./soap.ts";

export const conformingProtocols: readonly ConformingProtocol[] = [
  openapiV2Stories,
  ipgV1Stories,
  ipgV1SynchronousStories,
  darajaStories,
  soapStories,
];

/** The name for people. */
export function getTitle({ name, mode }: ConformingProtocol): string {
  const title = protocols.find((protocol) => protocol.name === name)?.title ?? name;
  return mode === undefined ? title : `${title}, ${mode}`;
}
