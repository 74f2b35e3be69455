/** The codes of synchronous responses (`ResponseMsg`). A rejection has HTTP 200, as every response of the Broker. */

/** `%1` stands for the name of a parameter. */
// prettier-ignore
export const responseTexts = {
  "0":         "Accept the service request successfully.",
  "23":        "Request schema validation error",
  "26":        "System is too busy",
  "30":        "Error serializing request",
  "100000000": "Request was cached, waiting for resending",
  "100000001": "The system is overload",
  "100000002": "Throttling error",
  "100000003": "Exceed the limitation of the LICENSE",
  "100000004": "Internal Server Error",
  "100000005": "Invalid input value:%1",
  "100000006": "SP's status is abnormal",
  "100000007": "Authentication failed",
  "100000008": "Service's status is abnormal",
  "100000009": "API's status is abnormal",
  "100000010": "Insufficient permissions",
  "100000011": "Exceed the limitation of request rate",
  "100000012": "Insufficient balance",
  "100000013": "No route",
  "100000014": "Missing mandatory parameter:%1",
} as const satisfies Record<string, string>;

export type BrokerCode = keyof typeof responseTexts;

/** A synchronous response that is no acceptance. */
export interface BrokerError {
  readonly code: Exclude<BrokerCode, "0">;
  readonly description: string;
}

/** `detail`: the parameter's name in texts that have one; of a schema error, what is wrong. */
export function brokerError(code: BrokerError["code"], detail?: string): BrokerError {
  const text: string = responseTexts[code];
  if (text.includes("%1")) return { code, description: text.replace("%1", detail ?? "") };
  return { code, description: detail === undefined ? text : `${text}: ${detail}` };
}

/** The codes that only faults of the sandbox cause, with what each means for a caller. */
export const faultCodes = {
  soap_serialisation: "30",
  soap_busy: "26",
  soap_cached: "100000000",
  soap_overload: "100000001",
  soap_throttled: "100000002",
  soap_licence: "100000003",
  soap_internal: "100000004",
  soap_api_status: "100000009",
  soap_rate: "100000011",
  soap_balance: "100000012",
  soap_no_route: "100000013",
} as const satisfies Record<string, BrokerError["code"]>;
