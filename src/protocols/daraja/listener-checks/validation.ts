/** The question that a validator of customers' payments must answer. */
import type { ValidationCheck } from "../../listener-checks.ts";
import { parseValidationAnswer } from "../c2b-messages.ts";
import { buildC2bFields, toMessage } from "./messages.ts";

export const validation: ValidationCheck = {
  timeoutMs: 8_000,
  acceptance: '{ "ResultCode": "0", "ResultDesc": "Accepted" }',
  buildMessage: (_random, payment) =>
    toMessage(payment, buildC2bFields(payment, { balanceMinor: null }), "0"),
  findProblem({ status, body }) {
    const answer = parseValidationAnswer({ httpStatus: status, body });
    return answer.verdict === "none" ? answer.failure : null;
  },
};
