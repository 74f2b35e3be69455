/**
 * Limits the number of validations at the same time, so that a slow validator does not delay the others.
 *
 * A validator is the origin of a URL. Each gets some requests at a time, and after several in a row without an answer
 * only a few. The last quarter of the capacity is reserved: there, a validator starts a request only if it has fewer than
 * two in progress, which is enough for one that answers quickly.
 */
import { LRUCache } from "lru-cache";
import type { ValidationClaim } from "../store/rail/validations.ts";

/** At the same time, per rail and server. */
const maxRequests = 256;
const reservedRequests = maxRequests / 4;
const maxPerValidator = 16;
const reservedPerValidator = 2;
/** After so many requests in a row without an answer, a validator gets only a few at a time. */
const silencesBeforeProbing = 3;
const probesPerValidator = 2;
/** Every claim sends all of them to the database. */
const maxTrackedSilences = 400;

export type ValidationBudget = Omit<ValidationClaim, "leaseMs">;

export interface ValidationSlots {
  /** How many more requests may start. */
  getBudget(): ValidationBudget;
  begin(validator: string): void;
  /** `answered` is null if the result says nothing of the validator. */
  end(validator: string, answered: boolean | null): void;
}

export function createValidationSlots(): ValidationSlots {
  const requestsByValidator = new Map<string, number>();
  const silences = new LRUCache<string, number>({ max: maxTrackedSilences });
  let requests = 0;

  return {
    getBudget() {
      const remaining = maxRequests - requests;
      const isNearlyFull = remaining <= reservedRequests;
      const perValidator = isNearlyFull ? reservedPerValidator : maxPerValidator;
      const freeByValidator: Record<string, number> = {};
      for (const [validator, count] of silences.entries())
        if (count >= silencesBeforeProbing) freeByValidator[validator] = probesPerValidator;
      for (const [validator, count] of requestsByValidator)
        freeByValidator[validator] = Math.max(0, (freeByValidator[validator] ?? perValidator) - count);
      return {
        perValidator,
        freeByValidator,
        limit: isNearlyFull ? remaining : remaining - reservedRequests,
      };
    },
    begin(validator) {
      requests += 1;
      requestsByValidator.set(validator, (requestsByValidator.get(validator) ?? 0) + 1);
    },
    end(validator, answered) {
      requests -= 1;
      const count = (requestsByValidator.get(validator) ?? 1) - 1;
      if (count === 0) requestsByValidator.delete(validator);
      else requestsByValidator.set(validator, count);
      if (answered === true) silences.delete(validator);
      if (answered === false) silences.set(validator, (silences.get(validator) ?? 0) + 1);
    },
  };
}
