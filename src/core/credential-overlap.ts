/**
 * How long an old credential stays valid beside the one that replaces it, so that clients can be changed one after the other.
 *
 * It is wall time, not business time: people change their programs in real time. A sandbox clock that stands still must
 * not keep an old key valid, and one that is advanced by a month must not end the key of a running program.
 */
import { msPerDay } from "./clock.ts";

export const defaultOverlapMs = msPerDay;
export const maxOverlapMs = 7 * msPerDay;
