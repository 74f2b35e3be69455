/** The results that commands of one family document. */
import type { SoapResultCode } from "./result-codes.ts";

/** What the checks before a command can find. */
const commonResults: readonly SoapResultCode[] = ["15", "17", "18", "19", "20", "21", "22", "24", "25", "28"];

const sort = (codes: readonly SoapResultCode[]): readonly SoapResultCode[] =>
  [...new Set(codes)].sort((a, b) => Number(a) - Number(b));

export const payoutResults = sort([
  ...commonResults,
  "1",
  "2",
  "3",
  "4",
  "5",
  "7",
  "8",
  "11",
  "12",
  "13",
  "33",
  "35",
  "36",
]);

export const transferResults = sort([
  ...commonResults,
  "1",
  "2",
  "3",
  "4",
  "6",
  "7",
  "8",
  "11",
  "13",
  "14",
  "33",
  "34",
  "35",
]);

export const queryResults = sort([...commonResults, "6", "31", "32", "49"]);

export const reversalResults = sort([...commonResults, "1", "4", "6", "11", "49"]);
