/** `@pesarail/sdk/compat`: the classes of M-Pesa's own documentation, for existing programs. */
export {
  APIContext,
  APIMethodTypes,
  APIMethodTypes as APIMethodType,
  type APIContextOptions,
  type ParameterValue,
} from "./api-context.ts";
export { APIRequest, APIResponse } from "./api-request.ts";
