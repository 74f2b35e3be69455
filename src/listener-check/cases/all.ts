/** Every scenario, in the order in which they run: what all others build on first. */
import type { ListenerChecks } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import {
  closesEarly,
  createDuplicate,
  createDuplicateAtOnce,
  createDuplicateReworded,
} from "./duplicates.ts";
import { afterGivingUp, createAfterOwnQuery } from "./late-results.ts";
import { manyAtOnce } from "./load.ts";
import { createMalformed } from "./malformed.ts";
import {
  createRefusalAfterSuccess,
  createTimeoutThenSuccess,
  createTwoStepOutOfOrder,
  outOfOrder,
} from "./ordering.ts";
import { respondsWith503 } from "./outages.ts";
import { createFirstAgain, recordsKept } from "./records-kept.ts";
import { createResponses } from "./responses.ts";
import { createLostResponse, createResultScenarios } from "./results.ts";
import { signatures } from "./signatures.ts";
import { chunked, keepAlive, slowReader, slowSender } from "./transport.ts";
import { createValidation } from "./validation.ts";
import { createVariants } from "./variants.ts";
import { createAnotherPayment, unknownReference, createWrongAmount } from "./unknown-payments.ts";

export function listScenarios(checks: ListenerChecks, calls: readonly string[]): Scenario[] {
  return [
    ...calls.flatMap((call, i) => createResultScenarios(checks, call, i === 0)),
    createLostResponse(checks),
    createDuplicate(checks),
    createDuplicateAtOnce(checks),
    createDuplicateReworded(checks),
    closesEarly,
    recordsKept,
    outOfOrder,
    createRefusalAfterSuccess(checks),
    createTimeoutThenSuccess(checks),
    createTwoStepOutOfOrder(checks),
    afterGivingUp,
    createAfterOwnQuery(checks),
    unknownReference,
    createAnotherPayment(checks),
    createWrongAmount(checks),
    ...createVariants(checks, calls),
    ...createValidation(checks),
    signatures,
    slowSender,
    slowReader,
    keepAlive,
    chunked,
    manyAtOnce,
    respondsWith503,
    createResponses(checks),
    // May take the listener down, so it comes when everything else has been observed.
    createMalformed(checks),
    createFirstAgain(checks),
  ];
}
