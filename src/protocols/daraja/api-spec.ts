/** This protocol's part of `openapi.json`, generated from the tables that validate requests. */
import type { ApiSpecPart } from "../../http/api-spec.ts";

export const darajaApiSpec = (): ApiSpecPart => ({ tags: [] });
